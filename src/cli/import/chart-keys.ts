import { createHash } from 'crypto';
import * as fs from 'fs';
import * as path from 'path';
import { Json } from './json';

/** What `data/chart-keys.json` knows of one key. */
export interface ChartKey {
  /** The first version of the chart that has the key; the oldest one that is known if it is missing. */
  readonly from?: string;
  /** The last version that has the key. */
  readonly to?: string;
  readonly value?: Json;
  /** The first letters of the SHA-256 of former defaults that are templates of Helm. */
  readonly templates?: readonly string[];
  /** Former defaults, each with the last version that has it. */
  readonly earlier?: readonly (readonly [version: string, value: Json])[];
}

interface Table {
  /** The first letters of the SHA-256 of each line of the chart's comments, one after the other. */
  readonly comments: string;
  /** The version of Airflow that each version of the chart installs. */
  readonly airflow: { readonly [version: string]: string };
  readonly keys: { readonly [key: string]: ChartKey };
}

let loaded: Table | undefined;

function table(): Table {
  loaded ??= JSON.parse(fs.readFileSync(path.join(__dirname, '..', '..', '..', 'data', 'chart-keys.json'), 'utf8')) as Table;
  return loaded;
}

/** The versions of the chart that are known, the oldest first. */
export function chartVersions(): string[] { return Object.keys(table().airflow); }

/** Compares versions such as `1.9.0` and `1.22.0`. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map(version => version.split('.').map(Number));
  const index = left.findIndex((part, at) => part !== right[at]);
  return index < 0 ? 0 : left[index] - right[index];
}

let chartComments: Set<string> | undefined;

/** Whether a line of a comment is the user's: not of the chart, and no value that somebody has switched off. */
export function isOwnComment(line: string): boolean {
  chartComments ??= new Set(table().comments.match(/.{6}/g));
  const hash = createHash('sha256').update(line).digest('hex').slice(0, 6);
  return !chartComments.has(hash) && !/^#|^-\s|^[\w.-]+:(\s|$)/.test(line);
}

/** The keys of one version of the chart. */
export class ChartKeys {
  private readonly inner = new Set<string>();

  constructor(private readonly version: string) {
    for (const key of Object.keys(table().keys)) {
      const parts = key.split('.');
      for (let length = 1; length < parts.length; length++) { this.inner.add(parts.slice(0, length).join('.')); }
    }
  }

  /** Whether the chart has keys below this one. */
  public hasChildren(key: string): boolean { return this.inner.has(key); }

  /** The key, if this version or another one has it. */
  public get(key: string): ChartKey | undefined { return table().keys[key]; }

  public isKnown(key: string): boolean {
    if (this.inner.has(key)) { return true; }
    const found = this.get(key);
    if (found === undefined) { return false; }
    const { from = this.version, to = this.version } = found;
    return compareVersions(from, this.version) <= 0 && compareVersions(this.version, to) <= 0;
  }

  /** Whether a template of Helm is the default of some version. */
  public isTemplate(key: string, value: Json): boolean {
    const hash = createHash('sha256').update(JSON.stringify(value).replace(/\s/g, '')).digest('hex').slice(0, 6);
    return this.get(key)?.templates?.includes(hash) ?? false;
  }

  public defaultOf(key: string): Json | undefined {
    const found = this.get(key);
    const former = found?.earlier?.find(([version]) => compareVersions(this.version, version) <= 0);
    return former === undefined ? found?.value : former[1];
  }

  /** All keys of this version. */
  public all(): string[] { return Object.keys(table().keys).filter(key => this.isKnown(key)); }

  /** The first names of all keys. */
  public top(): string[] { return [...new Set(Object.keys(table().keys).map(key => key.split('.')[0]))]; }

  /** The keys of this version that stand directly below. */
  public below(key: string): string[] {
    const start = `${key}.`;
    return [
      ...new Set(
        Object.keys(table().keys)
          .filter(other => other.startsWith(start))
          .map(other => other.slice(start.length).split('.')[0]),
      ),
    ];
  }
}
