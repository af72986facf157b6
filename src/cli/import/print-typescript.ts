import { bracket, fits, Place, within } from './layout';
import { Call, Expr, importsOf, isCommented, Literal, Member, Program, Statement } from './program';

/** Prints a program in TypeScript, as the linter of a cdk8s project wants it. */
export function printTypeScript(program: Program): string {
  const imports = [...importsOf(program)].sort(([a], [b]) => a.localeCompare(b)).map(([module, names]) => importLine(module, [...names]));
  const [before, after] = [program.before.map(statement), program.after.map(statement)];
  return [
    [...program.header.map(line => `// ${line}`.trimEnd()), ...imports].join('\n'), '',
    'const app = new App();', ...before,
    statement(program.chart), ...after,
    'app.synth();', '',
  ].map((line, index, lines) => separated(line, lines[index - 1])).join('\n');
}

/** A statement of several lines stands apart. */
function separated(line: string, previous: string | undefined): string {
  return previous !== undefined && previous !== '' && line !== '' && (line.includes('\n') || previous.includes('\n')) ? `\n${line}` : line;
}

function importLine(module: string, names: string[]): string {
  if (module === 'cdk8s-plus-27') { return `import * as kplus from '${module}';`; }
  const sorted = names.sort((a, b) => a.localeCompare(b));
  const flat = `import { ${sorted.join(', ')} } from '${module}';`;
  return flat.length <= 120 ? flat : `import {\n${fill(sorted)}\n} from '${module}';`;
}

/** Names side by side, as many as a line takes. */
function fill(names: readonly string[]): string {
  return names.reduce<string[]>((lines, name) => {
    const last = lines[lines.length - 1];
    if (last !== undefined && last.length + name.length < 116) {
      lines[lines.length - 1] = `${last} ${name},`;
    } else {
      lines.push(`  ${name},`);
    }
    return lines;
  }, []).join('\n');
}

function statement({ constant, value, comments = [] }: Statement): string {
  const start = constant === undefined ? '' : `const ${constant} = `;
  return [...comments.map(line => `// ${line}`.trimEnd()), `${start}${print(value, { indent: 0, column: start.length })};`].join('\n');
}

const STEP = 2;

function print(expr: Expr, place: Place): string {
  switch (expr.kind) {
    case 'literal': return literal(expr);
    case 'name': return expr.name;
    case 'list': return bracket('[', expr.items.map(item => print(item, within(place, STEP))), ']', { step: STEP, place });
    case 'call': return printCall(expr, place);
    default: return printObject(expr.members, place);
  }
}

function printCall({ on, callee, args, isNew }: Call, place: Place): string {
  const open = `${isNew ? 'new ' : ''}${on === undefined ? '' : `${print(on, place)}.`}${callee}(`;
  const [last] = args.slice(-1);
  const before = args.slice(0, -1).map(arg => print(arg, within(place, STEP)));
  const begin = `${open}${[...before, ''].join(', ')}`;
  const flat = bracket(open, [...before, ...last === undefined ? [] : [print(last, within(place, STEP))]], ')', { step: STEP, place });
  const isFlat = !flat.slice(open.length).includes('\n');
  if (isFlat || last === undefined || !fits(begin.slice(open.lastIndexOf('\n') + 1), place)) { return flat; }
  // The last argument breaks by itself: `f('a', {` stays on the line.
  if (last.kind === 'struct' || last.kind === 'dict') { return `${begin}${printObject(last.members, place, true)})`; }
  return last.kind === 'list' ? `${begin}${printList(last.items, place)})` : flat;
}

function printList(items: readonly Expr[], place: Place): string {
  return bracket('[', items.map(item => print(item, within(place, STEP))), ']', { step: STEP, place, broken: true });
}

function printObject(members: readonly Member[], place: Place, broken = members.some(isCommented)): string {
  const isQuoted = members.some(({ name }) => !/^[A-Za-z_$][\w$]*$/.test(name));
  const items = members.map(member => {
    const key = isQuoted ? quoted(member.name) : member.name;
    const value = print(member.value, within(place, STEP, key.length + 2));
    const line = value === key ? key : `${key}: ${value}`;
    return [
      ...(member.comments ?? []).map(comment => `// ${comment}`.trimEnd()),
      member.isOff === true ? line.replace(/^/gm, '// ') : line,
    ].join('\n');
  });
  return bracket('{', items, '}', { padded: true, step: STEP, place, broken });
}

function literal({ value, isOctal }: Literal): string {
  if (typeof value === 'string') { return text(value); }
  return isOctal ? `0o${value.toString(8)}` : `${value}`;
}

function text(value: string): string {
  if (!value.includes('\n')) { return quoted(value); }
  return `\`${value.replace(/\\/g, '\\\\').replace(/`/g, '\\`').replace(/\$\{/g, '\\${')}\``;
}

function quoted(value: string): string {
  const escaped = value.replace(/\\/g, '\\\\').replace(/\t/g, '\\t').replace(/\r/g, '\\r');
  return value.includes("'") && !value.includes('"') ? `"${escaped}"` : `'${escaped.replace(/'/g, "\\'")}'`;
}
