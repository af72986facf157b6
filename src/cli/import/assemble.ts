import { camel, Conversion } from './conversion';
import { create, Expr, keyOf, lit, name, Program, Statement, Struct } from './program';
import { members as typesOf } from './struct-types';

/** The props in the order in which a person tells them. */
const ORDER = [
  'namespace', 'name', 'version', 'image', 'url', 'executor', 'dags', 'database', 'pgBouncer', 'logs', 'auth', 'secrets', 'config',
  'localSettings', 'pools', 'labels', 'pods', 'taskPods', 'telemetry', 'maintenance', 'disruption', 'apiServer', 'webserver', 'ui',
  'scheduler', 'dagProcessor', 'triggerer', 'jobs', 'external',
];
const CHART = 'AirflowChartProps';
/** A shorter expression is not worth a constant. */
const SHORTEST = 34;

/** Makes a program of what the converters have found. */
export function assemble(conversion: Conversion, header: readonly string[]): Program {
  const { props, constants, after, facts: { release } } = conversion;
  props.builder.put('namespace', lit(release.namespace));
  const instance = conversion.instance ?? release.name;
  if (instance !== 'airflow') { props.builder.put('name', lit(instance)); }
  const made = switchOff(props.builder.build(CHART, ORDER), conversion.off, '') as Struct;
  const chart = create('AirflowChart', name('app'), lit('airflow'), made);
  const before: Statement[] = [...constants];
  const free = (base: string) => conversion.free(base);
  const repeated = repeats([chart, ...after.map(({ value }) => value)]);
  const hoist = new Hoist(before, repeated, free);
  const later = after.map(({ value, ...rest }) => ({ ...rest, value: hoist.top(value) }));
  const isNamed = later.some(({ value }) => JSON.stringify(value).includes('"chart'));
  const decisions = conversion.lines.filter(({ outcome }) => outcome === 'decision').map(({ key, text }) => `Decide '${key}': ${text}`);
  const statement = {
    value: hoist.top(chart),
    ...(isNamed ? { constant: 'chart' } : {}),
    ...(decisions.length === 0 ? {} : { comments: decisions.flatMap(wrap) }),
  };
  return { header, before, chart: statement, after: later };
}

/** Marks the members whose paths are given. Calls and lists have no part in a path. */
function switchOff(expr: Expr, off: ReadonlySet<string>, path: string): Expr {
  if (off.size === 0) { return expr; }
  switch (expr.kind) {
    case 'struct': case 'dict': return {
      ...expr,
      members: expr.members.map(member => {
        const at = path === '' ? member.name : `${path}.${member.name}`;
        return { ...member, value: switchOff(member.value, off, at), ...off.has(at) ? { isOff: true } : {} };
      }),
    };
    case 'list': return { ...expr, items: expr.items.map(item => switchOff(item, off, path)) };
    case 'call': return { ...expr, args: expr.args.map(arg => switchOff(arg, off, path)) };
    default: return expr;
  }
}

/** Comments are as wide as the program. */
function wrap(line: string): string[] {
  return line.split(' ').reduce<string[]>((lines, word) => {
    const last = lines[lines.length - 1];
    if (last === undefined || last.length + word.length >= 112) { return [...lines, last === undefined ? word : `  ${word}`]; }
    return [...lines.slice(0, -1), `${last} ${word}`];
  }, []);
}

/** An expression at its place: the struct that the place takes, and the name that the place gives it. */
interface Use { readonly expr: Expr; readonly type: string; readonly base: string }

/** Two structs with the same members are the same only if both places take the same struct. */
function idOf({ expr, type }: Use): string { return `${expr.kind === 'struct' ? expr.type ?? type : ''}${keyOf(expr)}`; }

/** The parts of an expression, at their places. */
function partsOf({ expr, type, base }: Use): Use[] {
  const inside = /^[[{](.*)[\]}]$/.exec(type)?.[1] ?? '';
  switch (expr.kind) {
    case 'struct': {
      const types = typesOf(expr.type ?? type);
      return expr.members.map(({ name: member, value }) => ({ expr: value, type: types[member] ?? '', base: member }));
    }
    case 'dict': return expr.members.map(({ name: key, value }) => ({ expr: value, type: inside, base: camel(key) }));
    case 'list': return expr.items.map(item => ({ expr: item, type: inside, base: singular(base) }));
    case 'call': return [
      ...expr.on === undefined ? [] : [{ expr: expr.on, type: '', base }],
      // A text has no other name than that of its call.
      ...expr.args.map(arg => ({ expr: arg, type: '', base: arg.kind === 'literal' ? base : '' })),
    ];
    default: return [];
  }
}

/** Makes the same expression of other parts, which come in the order of `partsOf`. */
function withParts(expr: Expr, parts: readonly Expr[]): Expr {
  switch (expr.kind) {
    case 'struct': case 'dict': return { ...expr, members: expr.members.map((member, index) => ({ ...member, value: parts[index] })) };
    case 'list': return { ...expr, items: parts };
    case 'call': return { ...expr, ...expr.on === undefined ? { args: parts } : { on: parts[0], args: parts.slice(1) } };
    default: return expr;
  }
}

/** The last struct of a call has its options, which belong to the call. */
function isOptions(parent: Expr, part: Expr): boolean {
  return parent.kind === 'call' && part.kind === 'struct' && parent.args[parent.args.length - 1] === part;
}

/** How often an expression stands in a program, the names that its places give it, and the constant that holds it. */
interface Repeat { readonly count: number; readonly bases: readonly string[]; readonly constant?: string }

/** The expressions that stand in a program more than once. */
function repeats(roots: readonly Expr[]): Map<string, Repeat> {
  const found = new Map<string, Repeat>();
  const count = (use: Use): void => {
    if (use.expr.kind === 'literal' || use.expr.kind === 'name') { return; }
    const { count: times, bases: before } = found.get(idOf(use)) ?? { count: 0, bases: [] };
    const bases = [...new Set([...before, use.base])];
    found.set(idOf(use), { count: times + 1, bases, constant: nameOf(use, bases) });
    // The parts of what repeats belong to one constant.
    if (times === 0) { partsOf(use).forEach(part => (isOptions(use.expr, part.expr) ? partsOf(part).forEach(count) : count(part))); }
  };
  roots.forEach(expr => count({ expr, type: '', base: '' }));
  const isWorth = (id: string) => contentOf(id.slice(id.indexOf('{'))) >= SHORTEST;
  return new Map([...found].filter(([id, { count: times, constant }]) => times > 1 && constant !== undefined && isWorth(id)));
}

/** How many letters of its own an expression has. */
function contentOf(key: string): number {
  return (JSON.stringify(JSON.parse(key)).match(/"(?:value|name|callee)":("[^"]*"|\d+)/g) ?? []).reduce(
    (sum, part) => sum + part.length - part.indexOf(':') - 1,
    0,
  );
}

/** Moves what repeats, and texts of several lines, into constants. */
class Hoist {
  private readonly known = new Map<string, string>();

  constructor(
    private readonly constants: Statement[],
    private readonly repeated: ReadonlyMap<string, Repeat>,
    private readonly free: (base: string) => string,
  ) {}

  /** A statement stays where it is, but for its parts. */
  public top(expr: Expr): Expr { return this.inside({ expr, type: '', base: '' }); }

  private inside(use: Use): Expr {
    const parts = partsOf(use).map(part => (isOptions(use.expr, part.expr) ? this.inside(part) : this.part(part)));
    return withParts(use.expr, parts);
  }

  private part(use: Use): Expr {
    const { expr, type } = use;
    const isText = expr.kind === 'literal' && typeof expr.value === 'string' && expr.value.includes('\n');
    const repeat = this.repeated.get(idOf(use));
    if (!isText && repeat === undefined) { return this.inside(use); }
    const known = this.known.get(idOf(use));
    if (known !== undefined) { return name(known); }
    const constant = this.free(repeat?.constant ?? nameOf(use, [use.base]) ?? 'text');
    this.known.set(idOf(use), constant);
    const typed = expr.kind === 'struct' && expr.type === undefined && type !== '' ? { ...expr, type } : expr;
    this.constants.push({ constant, value: this.inside({ ...use, expr: typed }) });
    return name(constant);
  }
}

/** What a constant is called: what all its places call it, otherwise what it is. Labels that are annotations as well have no such name. */
function nameOf({ expr, type }: Use, bases: readonly string[]): string | undefined {
  const names = bases.filter(base => /^[A-Za-z]\w*$/.test(base));
  if (names.length === 1) { return names[0]; }
  const kind = expr.kind === 'call' ? expr.callee.replace(/^kplus\./, '').split('.')[0] : expr.kind === 'struct' ? expr.type ?? type : '';
  return kind === '' ? undefined : camel(kind.replace(/(Options|Props)$/, ''));
}

function singular(base: string): string { return base.endsWith('s') && !base.endsWith('ss') ? base.slice(0, -1) : base; }
