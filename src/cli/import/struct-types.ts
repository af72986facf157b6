import * as fs from 'fs';
import * as path from 'path';

type Types = { readonly [member: string]: string };

let loaded: { readonly [struct: string]: Types } | undefined;

/** The members of a struct of the library, each with the struct of its value. */
export function members(struct: string): Types {
  loaded ??= JSON.parse(fs.readFileSync(path.join(__dirname, '..', '..', '..', 'data', 'members.json'), 'utf8')) as {
    readonly [struct: string]: Types;
  };
  return loaded[struct] ?? {};
}
