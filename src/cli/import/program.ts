/** A program as a tree, before anyone decides the language. The printers and the evaluation read it. */
export type Expr = Literal | Struct | Dict | List | Call | Name;

export interface Literal { readonly kind: 'literal'; readonly value: string | number | boolean; readonly isOctal?: boolean }
/** An object whose members are props of a struct. `type` is its name if the place does not decide it. */
export interface Struct { readonly kind: 'struct'; readonly type?: string; readonly members: readonly Member[] }
/** An object whose keys are the user's own. */
export interface Dict { readonly kind: 'dict'; readonly members: readonly Member[] }
export interface List { readonly kind: 'list'; readonly items: readonly Expr[] }
/** A function, a method or, with `isNew`, a class. */
export interface Call {
  readonly kind: 'call';
  readonly on?: Expr;
  readonly callee: string;
  readonly args: readonly Expr[];
  readonly isNew?: boolean;
}
/** A variable, or a constant of a class. */
export interface Name { readonly kind: 'name'; readonly name: string }

/** A member of an object. One that is off is printed as a comment. */
export interface Member { readonly name: string; readonly value: Expr; readonly comments?: readonly string[]; readonly isOff?: boolean }

/** Whether a member cannot share its line. */
export function isCommented({ comments, isOff }: Member): boolean { return comments !== undefined || isOff === true; }

/** Values that may be left out. */
export type Maybe<T> = T | undefined;

export function lit(value: string | number | boolean): Literal { return { kind: 'literal', value }; }
export function name(text: string): Name { return { kind: 'name', name: text }; }
export function list(items: readonly Expr[]): List { return { kind: 'list', items }; }
export function call(callee: string, ...args: Maybe<Expr>[]): Call { return { kind: 'call', callee, args: present(args) }; }
export function create(callee: string, ...args: Maybe<Expr>[]): Call { return { kind: 'call', callee, args: present(args), isNew: true }; }

/** A method of a value. */
export function method(on: Expr, callee: string, ...args: Maybe<Expr>[]): Call {
  return { kind: 'call', on, callee, args: present(args) };
}

/** The members that have a value, as a struct. */
export function struct(type: string | undefined, members: { readonly [name: string]: Maybe<Expr> }): Struct {
  return { kind: 'struct', type, members: membersOf(members) };
}

/** A struct, or nothing if no member has a value. */
export function someStruct(type: string | undefined, members: { readonly [name: string]: Maybe<Expr> }): Maybe<Struct> {
  const made = struct(type, members);
  return made.members.length === 0 ? undefined : made;
}

export function dict(members: { readonly [name: string]: Maybe<Expr> }): Dict {
  return { kind: 'dict', members: membersOf(members) };
}

/** A list, or nothing if it is empty. */
export function someList(items: readonly Expr[]): Maybe<List> { return items.length === 0 ? undefined : list(items); }

/** Whether two expressions say the same. */
export function keyOf(expr: Expr): string { return JSON.stringify(expr); }

function membersOf(members: { readonly [name: string]: Maybe<Expr> }): Member[] {
  return Object.entries(members).flatMap(([member, value]) => (value === undefined ? [] : [{ name: member, value }]));
}

function present<T>(values: readonly Maybe<T>[]): T[] {
  return values.filter((value): value is T => value !== undefined);
}

/** A line of the program: a constant, or a call whose result nobody needs. */
export interface Statement { readonly constant?: string; readonly value: Expr; readonly comments?: readonly string[] }

/** The whole program. */
export interface Program {
  readonly header: readonly string[];
  readonly before: readonly Statement[];
  readonly chart: Statement;
  readonly after: readonly Statement[];
}

/** All expressions within an expression, from the outside in. */
export function within(expr: Expr): Expr[] {
  return [expr, ...childrenOf(expr).flatMap(within)];
}

function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'struct': case 'dict': return expr.members.filter(({ isOff }) => isOff !== true).map(({ value }) => value);
    case 'list': return expr.items;
    case 'call': return [...expr.on === undefined ? [] : [expr.on], ...expr.args];
    default: return [];
  }
}

export function statements({ before, chart, after }: Program): Statement[] { return [...before, chart, ...after]; }

const CDK8S = ['App', 'ApiObject', 'ApiObjectMetadata', 'Chart', 'Cron', 'Duration', 'Include', 'JsonPatch', 'Size'];

/** The modules from which a program imports, by the first word of a name. */
export function moduleOf(callee: string): 'cdk8s' | 'cdk8s-plus-27' | 'cdk8s-airflow' | undefined {
  const [first] = callee.split('.');
  if (first === 'kplus') { return 'cdk8s-plus-27'; }
  if (CDK8S.includes(first)) { return 'cdk8s'; }
  return /^[A-Z]/.test(first) ? 'cdk8s-airflow' : undefined;
}

/** The names that a program imports. */
export function importsOf(program: Program): Map<string, Set<string>> {
  const imports = new Map<string, Set<string>>([['cdk8s', new Set(['App'])]]);
  for (const expr of statements(program).flatMap(({ value }) => within(value))) {
    const callee = expr.kind === 'call' && expr.on === undefined ? expr.callee : expr.kind === 'name' ? expr.name : undefined;
    const module = callee === undefined ? undefined : moduleOf(callee);
    if (module === undefined) { continue; }
    imports.set(module, (imports.get(module) ?? new Set()).add(callee!.split('.')[0]));
  }
  return imports;
}
