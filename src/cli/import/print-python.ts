import { bracket, fits, Place, within } from './layout';
import { Call, Expr, importsOf, isCommented, Member, moduleOf, Program, Statement, statements, Struct } from './program';
import { members as table } from './struct-types';

const MODULES: { readonly [module: string]: string } = { 'cdk8s': 'cdk8s', 'cdk8s-airflow': 'cdk8s_airflow' };

/** Prints a program in Python. */
export function printPython(program: Program): string {
  const printer = new Printer();
  const lines = statements(program).map(line => printer.statement(line));
  const imports = importsOf(program);
  for (const type of printer.structs) {
    const module = moduleOf(type)!;
    imports.set(module, (imports.get(module) ?? new Set()).add(type.split('.')[0]));
  }
  const importLines = [...imports].sort(([a], [b]) => a.localeCompare(b)).map(([module, names]) => importLine(module, [...names]));
  return [
    ['#!/usr/bin/env python', ...program.header.map(line => `# ${line}`.trimEnd()), ...importLines].join('\n'),
    '',
    'app = App()',
    ...lines,
    'app.synth()',
    '',
  ]
    .map((line, index, all) =>
      index > 0 && all[index - 1] !== '' && line !== '' && (line.includes('\n') || all[index - 1].includes('\n')) ? `\n${line}` : line,
    )
    .join('\n');
}

function importLine(module: string, names: string[]): string {
  if (module === 'cdk8s-plus-27') { return 'import cdk8s_plus_27 as kplus'; }
  const sorted = names.sort((a, b) => a.localeCompare(b));
  const flat = `from ${MODULES[module]} import ${sorted.join(', ')}`;
  return flat.length <= 100 ? flat : `from ${MODULES[module]} import (\n${sorted.map(name => `    ${name},\n`).join('')})`;
}

const STEP = 4;

class Printer {
  /** The structs whose classes the program needs. */
  public readonly structs = new Set<string>();

  public statement({ constant, value, comments = [] }: Statement): string {
    const start = constant === undefined ? '' : `${snake(constant)} = `;
    const text = this.print(value, { indent: 0, column: start.length });
    return [...comments.map(line => `# ${line}`.trimEnd()), `${start}${text}`].join('\n');
  }

  /** @param type the type of the place, as `data/members.json` has it */
  private print(expr: Expr, place: Place, type = ''): string {
    const inner = /^[[{](.*)[\]}]$/.exec(type)?.[1] ?? '';
    switch (expr.kind) {
      case 'literal': return expr.isOctal ? `0o${expr.value.toString(8)}` : literal(expr.value);
      case 'name': return variable(expr.name);
      case 'list': {
        const items = expr.items.map(item => this.print(item, within(place, STEP), inner));
        return bracket('[', items, ']', { step: STEP, place });
      }
      case 'dict': return this.dict(expr.members, place, inner);
      case 'call': return this.call(expr, place);
      default: return this.struct(expr, place, type);
    }
  }

  private dict(members: readonly Member[], place: Place, type: string): string {
    const items = members.map(member =>
      withComments(member, `${literal(member.name)}: ${this.print(member.value, within(place, STEP, member.name.length + 4), type)}`),
    );
    return bracket('{', items, '}', { step: STEP, place, broken: members.some(isCommented) });
  }

  private struct(expr: Struct, place: Place, placeType: string): string {
    const type = pythonType(expr.type ?? placeType);
    if (type === '') { return this.dict(expr.members.map(member => ({ ...member, name: snake(member.name) })), place, ''); }
    this.structs.add(type);
    return this.arguments(`${type}(`, [], expr, place, expr.type ?? placeType);
  }

  private call({ on, callee, args }: Call, place: Place): string {
    const called = on === undefined ? variable(callee) : `${this.print(on, place)}.${snake(callee)}`;
    const options = args[args.length - 1];
    const hasOptions = options?.kind === 'struct';
    const positional = (hasOptions ? args.slice(0, -1) : args).map(arg => this.print(arg, within(place, STEP)));
    return this.arguments(`${called}(`, positional, hasOptions ? options : undefined, place, hasOptions ? options.type ?? '' : '');
  }

  /** The members of the last struct are keyword arguments. */
  private arguments(open: string, positional: string[], options: Struct | undefined, place: Place, type: string): string {
    const named = (options?.members ?? []).map(member => {
      const name = snake(member.name);
      return withComments(member, `${name}=${this.print(member.value, within(place, STEP, name.length + 1), table(type)[member.name])}`);
    });
    const broken = options?.members.some(isCommented);
    const [last = ''] = positional.slice(-1);
    const begin = `${open}${[...positional.slice(0, -1), ''].join(', ')}`;
    // A list as the last argument breaks by itself.
    if (named.length === 0 && last.startsWith('[\n') && fits(begin, place)) { return `${begin}${last})`; }
    return bracket(open, [...positional, ...named], ')', { step: STEP, place, broken });
  }
}

function withComments({ comments = [], isOff }: Member, line: string): string {
  return [...comments.map(comment => `# ${comment}`.trimEnd()), isOff === true ? line.replace(/^/gm, '# ') : line].join('\n');
}

/** `cdk8s-plus-27.VolumeMount` is `kplus.VolumeMount`, and `cdk8s.ApiObjectMetadata` is imported by its name. */
function pythonType(type: string): string {
  return /^[[{]/.test(type) ? '' : type.replace(/^cdk8s-plus-27\./, 'kplus.').replace(/^cdk8s\./, '');
}

/** Constants of classes keep their name; variables of the program do not. */
function variable(text: string): string {
  return text
    .split('.')
    .map((part, index) => (/^[A-Z_0-9]+$/.test(part) || /^[A-Z]/.test(part) || (index === 0 && part === 'kplus') ? part : snake(part)))
    .join('.');
}

/** Words of Python that a member of a class can have as its name in TypeScript. */
const KEYWORDS = ['and', 'as', 'del', 'from', 'global', 'in', 'is', 'not', 'or', 'pass', 'raise', 'with'];

/** As jsii names members in Python. */
export function snake(text: string): string {
  const name = text.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2').toLowerCase();
  return KEYWORDS.includes(name) ? `${name}_` : name;
}

function literal(value: string | number | boolean): string {
  if (typeof value === 'boolean') { return value ? 'True' : 'False'; }
  if (typeof value === 'number') { return `${value}`; }
  if (!value.includes('\n')) { return JSON.stringify(value); }
  return `"""\\\n${value.replace(/\\/g, '\\\\').replace(/"""/g, '\\"\\"\\"')}"""`;
}
