import * as fs from 'fs';
import * as path from 'path';
import { Json } from './json';

/** A row of `data/chart-values.json`: a capability of the chart, and what the library has for it. */
export interface Row {
  readonly capability: string;
  /** Keys of the chart. Braces stand for several names, `.*` at the end for everything below. */
  readonly keys: readonly string[];
  /** `mapped`: a prop has it. `better`: the library does more, or it does it by itself. `refused`: the library does not do it. */
  readonly state: 'mapped' | 'better' | 'refused';
  readonly prop?: string;
  readonly reason?: string;
  /** Values that show the row, and the field of an object that they must reach, or the object that they leave out. */
  readonly example?: Json;
  readonly shows?: { readonly object: string; readonly field?: string; readonly value?: Json; readonly absent?: boolean };
}

interface Table {
  /** Sections of the chart that have the same keys. `{pods}` in a key stands for all of them. */
  readonly groups: { readonly [name: string]: readonly string[] };
  readonly rows: readonly Row[];
}

let loaded: Table | undefined;

function table(): Table {
  loaded ??= JSON.parse(fs.readFileSync(path.join(__dirname, '..', '..', '..', 'data', 'chart-values.json'), 'utf8')) as Table;
  return loaded;
}

export function rows(): readonly Row[] { return table().rows; }

export function groups(): Table['groups'] { return table().groups; }

let index: Map<string, Row> | undefined;

/** The row of a key: the one that names it, else the one with the longest prefix. */
export function rowOf(key: string): Row | undefined {
  index ??= new Map(rows().flatMap(row => row.keys.flatMap(keysOf).map(name => [name, row] as const)));
  const exact = index.get(key);
  if (exact !== undefined) { return exact; }
  const parts = key.split('.');
  for (let length = parts.length; length > 0; length--) {
    const found = index.get(`${parts.slice(0, length).join('.')}.*`);
    if (found !== undefined) { return found; }
  }
  return undefined;
}

/** `{scheduler,triggerer}.env` is `scheduler.env` and `triggerer.env`. */
export function keysOf(pattern: string): string[] {
  const [, before, inner, after] = /^(.*?)\{([^{}]*)\}(.*)$/.exec(pattern) ?? [];
  return inner === undefined
    ? [pattern]
    : inner
      .split(',')
      .flatMap(part => table().groups[part] ?? [part])
      .flatMap(name => keysOf(`${before}${name}${after}`));
}
