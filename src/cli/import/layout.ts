const WIDTH = 120;

/** Where an expression begins: the column, and the indent of its line. */
export interface Place { readonly indent: number; readonly column: number }

/** The place on a line of its own, one step further in. */
export function within({ indent }: Place, step: number, used = 0): Place {
  return { indent: indent + step, column: indent + step + used };
}

interface BracketOptions {
  /** Whether a space follows the bracket. */
  readonly padded?: boolean;
  /** The width of a step. */
  readonly step: number;
  readonly place: Place;
  /** Whether each item has a line of its own in any case. */
  readonly broken?: boolean;
}

/** Prints `open items close` on one line if it fits, and otherwise each item on a line of its own. */
export function bracket(open: string, items: readonly string[], close: string, options: BracketOptions): string {
  const { padded = false, step, place } = options;
  if (items.length === 0) { return `${open}${close}`; }
  const space = padded ? ' ' : '';
  const flat = `${open}${space}${items.join(', ')}${space}${close}`;
  if (options.broken !== true && fits(flat, place)) { return flat; }
  const indent = ' '.repeat(step);
  return `${open}\n${items.map(item => `${indent}${indentLines(item, indent)},\n`).join('')}${close}`;
}

/** Whether a text takes one line, with a comma or a semicolon after it. */
export function fits(text: string, { column }: Place): boolean { return !text.includes('\n') && column + text.length < WIDTH; }

/** Indents all lines but the first. */
export function indentLines(text: string, indent: string): string {
  return text.replace(/\n(?=[^\n])/g, `\n${indent}`);
}
