import * as fs from 'fs';
import * as path from 'path';

interface TypeReference {
  readonly fqn?: string;
  readonly collection?: { readonly kind: 'array' | 'map'; readonly elementtype: TypeReference };
}

interface Type {
  readonly datatype?: boolean;
  readonly interfaces?: string[];
  readonly properties?: { readonly name: string; readonly type: TypeReference }[];
}

interface Assembly {
  readonly name: string;
  readonly types: { readonly [fqn: string]: Type };
  readonly dependencies?: { readonly [name: string]: string };
}

/** Struct -> member -> the struct in it, `[a list]` or `{a map}` of such, or nothing. */
export type Members = { [struct: string]: { [member: string]: string } };

const ROOT = path.join(__dirname, '..');
/** What the library reads when it runs. */
export const MEMBERS_FILE = path.join(ROOT, 'data', 'members.json');

/** The members of all structs of the library, and of those of its peers that stand in them, as its assembly says. */
export function readMembers(): Members {
  const own = readAssembly(ROOT);
  const types: { [fqn: string]: Type } = Object.assign({}, own.types,
    ...Object.keys(own.dependencies ?? {}).map(name => readAssembly(path.join(ROOT, 'node_modules', name)).types));
  const table: Members = {};
  const nameOf = (fqn: string) => (fqn.startsWith(`${own.name}.`) ? fqn.slice(own.name.length + 1) : fqn);
  const allMembers = (fqn: string): Type['properties'] => {
    const { interfaces = [], properties = [] } = types[fqn];
    return [...interfaces.flatMap(base => allMembers(base)!), ...properties];
  };
  const nested = ({ fqn, collection }: TypeReference): string => {
    if (collection !== undefined) {
      const inner = nested(collection.elementtype);
      return inner && (collection.kind === 'map' ? `{${inner}}` : `[${inner}]`);
    }
    if (fqn === undefined || !types[fqn]?.datatype) { return ''; }
    add(fqn);
    return nameOf(fqn);
  };
  const add = (fqn: string) => {
    if (table[nameOf(fqn)] !== undefined) { return; }
    const members = table[nameOf(fqn)] = {} as Members[string];
    const sorted = [...allMembers(fqn)!].sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const { name, type } of sorted) { members[name] = nested(type); }
  };
  for (const [fqn, { datatype }] of Object.entries(own.types)) {
    if (datatype) { add(fqn); }
  }
  return table;
}

/** A struct a line, so that a change shows where it is. */
export function membersText(members: Members): string {
  const lines = Object.keys(members).sort().map(struct => `  ${JSON.stringify(struct)}: ${JSON.stringify(members[struct])}`);
  return `{\n${lines.join(',\n')}\n}\n`;
}

function readAssembly(folder: string): Assembly {
  const file = path.join(folder, '.jsii');
  if (!fs.existsSync(file)) { throw new Error(`${file} is missing; run 'npx projen compile' first, which writes it`); }
  return JSON.parse(fs.readFileSync(file, 'utf8')) as Assembly;
}

if (require.main === module) { fs.writeFileSync(MEMBERS_FILE, membersText(readMembers())); }
