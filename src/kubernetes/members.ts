import * as fs from 'fs';
import * as path from 'path';
import { Construct } from 'constructs';
import { nearest } from './nearest';
import { Problems } from './problems';

/**
 * Struct -> member -> the struct of its value, `[struct]` for a list, `{struct}` for a map, or an empty text for a value
 * that is not checked.
 */
export type Members = { readonly [struct: string]: { readonly [member: string]: string } };

/** A member that its struct does not have. */
export interface UnknownMember {
  readonly path: string;
  readonly member: string;
  readonly struct: string;
}

let table: Members | undefined;

/**
 * Throws for an unknown member that looks like a misspelled one. JavaScript ignores unknown members, and so does
 * TypeScript when types are only stripped. Other unknown members pass, because a subclass may hand its own, wider props to
 * `super`.
 *
 * @param struct the name of the struct in the API
 * @param id the id of the construct under construction, whose parent is `scope`
 */
export function checkMembers(struct: string, value: object | undefined, scope?: Construct, id?: string): void {
  table ??= readMembers('members');
  const unknown = unknownMembers(table, struct, value);
  if (unknown.length === 0) { return; }
  const problems = new Problems([scope?.node.path, id].filter(Boolean).join('/'));
  for (const { path: place, member, struct: owner } of unknown) {
    const near = nearest(member, Object.keys(table[owner]));
    if (near !== undefined) { problems.add(`'${place}' is no member of ${owner.split('.').pop()!}; did you mean '${near}'?`); }
  }
  problems.throwAny();
}

/** Reads a table from the folder `data`. */
export function readMembers(name: string): Members {
  return JSON.parse(fs.readFileSync(path.join(__dirname, '..', '..', 'data', `${name}.json`), 'utf8')) as Members;
}

/** Lists the members of a value, and of the values inside it, that the table does not have. Only plain objects are checked. */
export function unknownMembers(known: Members, type: string, value: unknown, at = ''): UnknownMember[] {
  if (type === '' || value === undefined) { return []; }
  const inner = type.slice(1, -1);
  if (type.startsWith('[')) {
    return Array.isArray(value) ? value.flatMap((item, index) => unknownMembers(known, inner, item, `${at}[${index}]`)) : [];
  }
  if (!isPlain(value)) { return []; }
  const members = known[type];
  return Object.entries(value).flatMap(([member, held]) => {
    const place = at === '' ? member : `${at}.${member}`;
    if (type.startsWith('{')) { return unknownMembers(known, inner, held, place); }
    if (Object.hasOwn(members, member)) { return unknownMembers(known, members[member], held, place); }
    // An undefined member has no effect.
    return held === undefined ? [] : [{ path: place, member, struct: type }];
  });
}

function isPlain(value: unknown): value is object {
  if (value === null || typeof value !== 'object') { return false; }
  const prototype = Object.getPrototypeOf(value) as unknown;
  return prototype === Object.prototype || prototype === null;
}
