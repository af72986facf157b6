const WIDTH = 120;

interface BracketOptions {
  /** Whether a space follows the bracket. */
  readonly padded?: boolean;
  readonly indent: string;
  /** How much of the line is used in front of the bracket. */
  readonly used: number;
  /** Whether each item has a line of its own in any case. */
  readonly broken?: boolean;
}

/** Prints `open items close` on one line if it fits, and otherwise each item on a line of its own. */
export function bracket(open: string, items: readonly string[], close: string, options: BracketOptions): string {
  const { padded = false, indent, used } = options;
  if (items.length === 0) { return `${open}${close}`; }
  const space = padded ? ' ' : '';
  const flat = `${open}${space}${items.join(', ')}${space}${close}`;
  const isBroken = options.broken === true || items.some(item => item.includes('\n')) || used + flat.length > WIDTH;
  // The last argument may break by itself: `f('a', {` stays on the line.
  if (isBroken && options.broken !== true && hugs(open, items) && used + open.length + items.slice(0, -1).join(', ').length < WIDTH - 20) {
    return `${open}${items.join(', ')}${close}`;
  }
  if (!isBroken) { return flat; }
  return `${open}\n${items.map(item => `${indent}${indentLines(item, indent)},\n`).join('')}${close}`;
}

/** Indents all lines but the first. */
export function indentLines(text: string, indent: string): string {
  return text.replace(/\n(?=[^\n])/g, `\n${indent}`);
}

function hugs(open: string, items: readonly string[]): boolean {
  const last = items[items.length - 1];
  return open.endsWith('(') && /^[{[]\n/.test(last) && items.slice(0, -1).every(item => !item.includes('\n'));
}
