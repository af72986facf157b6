import { camel, Conversion } from './conversion';
import { create, Expr, keyOf, lit, Member, name, Program, Statement, Struct } from './program';
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

/** The expressions that stand in a program more than once. */
function repeats(roots: readonly Expr[]): Set<string> {
  const counts = new Map<string, number>();
  const count = (expr: Expr): void => {
    if (expr.kind === 'literal' || expr.kind === 'name') { return; }
    const key = keyOf(expr);
    const times = counts.get(key) ?? 0;
    counts.set(key, times + 1);
    // The parts of what repeats belong to one constant.
    if (times > 0) { return; }
    if (expr.kind === 'struct' || expr.kind === 'dict') { expr.members.forEach(({ value }) => count(value)); }
    if (expr.kind === 'list') { expr.items.forEach(count); }
    if (expr.kind === 'call') { [...expr.on === undefined ? [] : [expr.on], ...expr.args].forEach(count); }
  };
  roots.forEach(count);
  return new Set([...counts].filter(([key, times]) => times > 1 && contentOf(key) >= SHORTEST).map(([key]) => key));
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
    private readonly repeated: ReadonlySet<string>,
    private readonly free: (base: string) => string,
  ) {}

  public top(expr: Expr): Expr {
    if (expr.kind !== 'call') { return this.inner(expr, '', 'value'); }
    const last = expr.args.length - 1;
    return {
      ...expr,
      on: expr.on && this.top(expr.on),
      args: expr.args.map((arg, index) =>
        index === last && arg.kind === 'struct' ? (this.struct(arg, arg.type ?? '') as Expr) : this.inner(arg, '', 'value'),
      ),
    };
  }

  private inner(expr: Expr, type: string, base: string): Expr {
    const isText = expr.kind === 'literal' && typeof expr.value === 'string' && expr.value.includes('\n');
    const key = keyOf(expr);
    if (!isText && !this.repeated.has(key)) { return this.parts(expr, type, base); }
    const known = this.known.get(key);
    if (known !== undefined) { return name(known); }
    const constant = this.free(/^[A-Za-z]\w*$/.test(base) ? base : 'value');
    this.known.set(key, constant);
    const typed = expr.kind === 'struct' && expr.type === undefined && type !== '' ? { ...expr, type } : expr;
    this.constants.push({ constant, value: isText ? expr : this.parts(typed, type, base) });
    return name(constant);
  }

  private parts(expr: Expr, type: string, base: string): Expr {
    const inside = /^[[{](.*)[\]}]$/.exec(type)?.[1] ?? '';
    switch (expr.kind) {
      case 'struct': return this.struct(expr, expr.type ?? type);
      case 'dict': return { ...expr, members: expr.members.map(member => this.member(member, inside, camel(member.name))) };
      case 'list': return { ...expr, items: expr.items.map(item => this.inner(item, inside, singular(base))) };
      case 'call': return {
        ...expr,
        on: expr.on && this.inner(expr.on, '', base),
        args: expr.args.map((arg, index) =>
          index === expr.args.length - 1 && arg.kind === 'struct' ? this.struct(arg, arg.type ?? '') : this.inner(arg, '', base),
        ),
      };
      default: return expr;
    }
  }

  private struct(expr: Expr & { kind: 'struct' }, type: string): Expr {
    const types = typesOf(type);
    return { ...expr, members: expr.members.map(member => this.member(member, types[member.name] ?? '', member.name)) };
  }

  private member(member: Member, type: string, base: string): Member {
    return { ...member, value: this.inner(member.value, type, base) };
  }
}

function singular(base: string): string { return base.endsWith('s') && !base.endsWith('ss') ? base.slice(0, -1) : base; }
