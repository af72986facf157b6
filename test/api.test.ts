import * as fs from 'fs';
import * as path from 'path';

interface Docs {
  readonly summary?: string;
  readonly default?: string;
}

interface TypeReference {
  readonly fqn?: string;
  readonly primitive?: string;
  readonly collection?: { readonly elementtype: TypeReference };
  readonly union?: { readonly types: TypeReference[] };
  readonly intersection?: { readonly types: TypeReference[] };
}

interface Value {
  readonly name: string;
  readonly type: TypeReference;
  readonly optional?: boolean;
  readonly docs?: Docs;
  readonly static?: boolean;
}

interface Callable {
  readonly name?: string;
  readonly docs?: Docs;
  readonly parameters?: Value[];
  readonly returns?: { readonly type: TypeReference };
}

interface Type {
  readonly fqn: string;
  readonly name: string;
  readonly kind: 'class' | 'interface' | 'enum';
  readonly datatype?: boolean;
  readonly docs?: Docs;
  readonly interfaces?: string[];
  readonly base?: string;
  readonly initializer?: Callable;
  readonly methods?: Callable[];
  readonly properties?: Value[];
  readonly members?: Value[];
}

const FILE = path.join(__dirname, '..', '.jsii');
const LARGEST_STRUCT = 30;

function readTypes(): Type[] {
  if (!fs.existsSync(FILE)) { throw new Error(`${FILE} is missing; run 'npx projen compile' first, which writes what these tests read`); }
  return Object.values((JSON.parse(fs.readFileSync(FILE, 'utf8')) as { types: { [fqn: string]: Type } }).types);
}

const TYPES = readTypes();
const STRUCTS = TYPES.filter(type => type.datatype);

function struct(name: string): Type {
  return TYPES.find(other => other.name === name)!;
}

function members(of: Type): Value[] {
  return [...of.properties ?? [], ...of.members ?? []];
}

/** The members of a struct with those that it inherits; other libraries' structs count as none. */
function allMembers(of: Type): Value[] {
  const inherited = (of.interfaces ?? []).flatMap(fqn => TYPES.filter(other => other.fqn === fqn)).flatMap(allMembers);
  return [...inherited, ...of.properties ?? []];
}

function flatten(reference: TypeReference): TypeReference[] {
  const inner = [
    ...reference.collection ? [reference.collection.elementtype] : [], ...reference.union?.types ?? [], ...reference.intersection?.types ?? [],
  ];
  return [reference, ...inner.flatMap(flatten)];
}

/** Every type that the API mentions, with the place where it does. */
function mentioned(): { where: string; reference: TypeReference }[] {
  return TYPES.flatMap(of => {
    const callables = [...of.initializer ? [{ ...of.initializer, name: 'constructor' }] : [], ...of.methods ?? []];
    const values = [
      ...(of.properties ?? []).map(property => ({ where: `${of.name}.${property.name}`, reference: property.type })),
      ...callables.flatMap(({ name, parameters, returns }) => [
        ...(parameters ?? []).map(parameter => ({ where: `${of.name}.${name}(${parameter.name})`, reference: parameter.type })),
        ...returns ? [{ where: `${of.name}.${name}`, reference: returns.type }] : [],
      ]),
    ];
    return values.flatMap(({ where, reference }) => flatten(reference).map(inner => ({ where, reference: inner })));
  });
}

function placesOf(wrong: (reference: TypeReference) => boolean): string[] {
  return mentioned().filter(({ reference }) => wrong(reference)).map(({ where }) => where);
}

test('the API is that of the library', () => {
  expect(TYPES.map(of => of.name)).toEqual(expect.arrayContaining(['Airflow', 'AirflowChart', 'AirflowProps', 'Executor', 'Scheduler']));
  expect(mentioned().length).toBeGreaterThan(200);
});

test('every type is documented', () => {
  expect(TYPES.filter(of => !of.docs?.summary).map(of => of.name)).toEqual([]);
});

test('every member is documented', () => {
  const properties = TYPES.flatMap(of => members(of).filter(member => !member.docs?.summary).map(member => `${of.name}.${member.name}`));
  const methods = TYPES.flatMap(of => (of.methods ?? []).filter(method => !method.docs?.summary).map(method => `${of.name}.${method.name}`));
  expect([...properties, ...methods]).toEqual([]);
});

test('no summary ends inside a sentence, where jsii cuts it', () => {
  const cut = TYPES.flatMap(of => [...members(of), ...of.methods ?? []].filter(({ docs }) => docs?.summary?.endsWith(';')).map(({ name }) => `${of.name}.${name}`));
  expect(cut).toEqual([]);
});

test('no name is a word that Python reserves, to which jsii would add a dash', () => {
  const reserved = new Set(('False None True and as assert async await break class continue def del elif else except finally for from global if import in is '
    + 'lambda nonlocal not or pass raise return try while with yield').split(' '));
  const names = TYPES.flatMap(of => [
    ...members(of).map(({ name }) => ({ where: of.name, name })),
    ...(of.methods ?? []).flatMap(({ name, parameters = [] }) => [{ where: of.name, name: name! }, ...parameters.map(each => ({ where: `${of.name}.${name}`, name: each.name }))]),
  ]);
  expect(names.filter(({ name }) => reserved.has(name))).toEqual([]);
});

test('every optional prop says what happens without it', () => {
  const silent = STRUCTS.flatMap(of => (of.properties ?? []).filter(({ optional, docs }) => optional && !docs?.default).map(({ name }) => `${of.name}.${name}`));
  expect(silent).toEqual([]);
});

test('no required prop has a default', () => {
  const idle = STRUCTS.flatMap(of => (of.properties ?? []).filter(({ optional, docs }) => !optional && docs?.default).map(({ name }) => `${of.name}.${name}`));
  expect(idle).toEqual([]);
});

test('a default is a value, or says after a dash what happens', () => {
  const odd = STRUCTS.flatMap(of => (of.properties ?? []).filter(({ docs }) => docs?.default !== undefined
    && !/^(- \S.*|'.*'|-?\d+|true|false|[A-Z]\w*\.\w+(\([^)]*\))?)$/.test(docs.default.replace(/\n/g, ' '))).map(({ name, docs }) => `${of.name}.${name}: ${docs!.default}`));
  expect(odd).toEqual([]);
});

test('no type is a union', () => {
  expect(placesOf(reference => reference.union !== undefined || reference.intersection !== undefined)).toEqual([]);
});

test('no type is any, but where Airflow takes any JSON', () => {
  expect(placesOf(reference => reference.primitive === 'any' || reference.primitive === 'json')).toEqual([
    'ConnectionOptions.extra', // lists and maps, too: each hook reads its own keys
    'CustomBundleOptions.kwargs', // the arguments of a class that only its author knows
    'CustomSecretsOptions.kwargs', // the same
  ]);
});

test('no type is of the L1 layer', () => {
  expect(placesOf(reference => /^cdk8s-plus-\d+\.k8s\./.test(reference.fqn ?? ''))).toEqual([]);
});

test('every type is exported', () => {
  const known = new Set(TYPES.map(of => of.fqn));
  expect(placesOf(({ fqn }) => fqn !== undefined && fqn.startsWith('cdk8s-airflow.') && !known.has(fqn))).toEqual([]);
});

test('no struct has more than 30 members, counting those that it inherits', () => {
  const large = STRUCTS.map(of => ({ name: of.name, members: allMembers(of).length })).filter(of => of.members > LARGEST_STRUCT);
  expect(large).toEqual([]);
  expect(allMembers(struct('ComponentOptions')).length).toBe(allMembers(struct('AirflowPodOptions')).length + 4);
});

test('what only holds data is a struct, which other languages take as keywords', () => {
  const dataOnly = TYPES.filter(of => of.kind === 'interface' && !of.datatype && (of.methods ?? []).length === 0 && of.interfaces === undefined).map(of => of.name);
  expect(dataOnly).toEqual([]);
});

test('a struct is not called like an interface', () => {
  expect(STRUCTS.filter(of => /^I[A-Z]/.test(of.name)).map(of => of.name)).toEqual([]);
});

/** Whether the type, or a class that it extends, has the member. */
function has(of: Type, name: string): boolean {
  const base = TYPES.find(other => other.fqn === of.base);
  return members(of).some(member => member.name === name) || (base !== undefined && has(base, name));
}

test('a construct that users make is made from a scope, an id and props', () => {
  const workloads = TYPES.filter(of => of.initializer !== undefined && has(of, 'workload'));
  const constructors = workloads.map(of => (of.initializer!.parameters ?? []).map(({ name }) => name));
  expect(constructors.length).toBeGreaterThan(8);
  for (const names of constructors) { expect(names).toEqual(['scope', 'id', 'props']); }
});

test('what makes pods tells their labels in every language', () => {
  const selecting = TYPES.filter(({ interfaces }) => interfaces?.includes('cdk8s-plus-27.IPodSelector'));
  expect(selecting.map(({ name }) => name)).toContain('Component');
  expect(selecting.filter(({ properties }) => !properties?.some(({ name }) => name === 'podLabels')).map(({ name }) => name)).toEqual([]);
});
