import { ChartKeys } from './chart-keys';
import { equal, isObject, Json, JsonObject } from './json';
import { accountName, fullName, Release, resolve } from './templates';

/** Keys whose text the chart does not read as a template. */
const LITERAL = /^(env|secret)$|\.env$/;

/** The values of a release, over the defaults of the chart. */
export class ChartValues {
  constructor(private readonly user: JsonObject, private readonly keys: ChartKeys, private readonly release: Release) {}

  /** What the user gives for a key; nothing if it is the chart's default. */
  public given(key: string): Json | undefined {
    const found = this.userValue(key);
    return found === undefined || found === null || found === '' || this.isUsual(key, found) ? undefined : this.resolved(key, found);
  }

  /** What counts for a key: the user's value, else the chart's default. */
  public effective(key: string): Json | undefined {
    const found = this.userValue(key);
    const value = found === undefined || this.isUsual(key, found) ? this.keys.defaultOf(key) : found;
    return value === null || value === undefined ? undefined : this.resolved(key, value);
  }

  /** What the names of the release's objects begin with. */
  public get fullName(): string { return fullName(this.release, this.user); }

  /** What the names of its service accounts begin with. */
  public get accountName(): string { return accountName(this.release, this.user); }

  /** Whether the user's file has the key. */
  public has(key: string): boolean { return this.userValue(key) !== undefined; }

  /** Every key of the user's that has a value, down to what the chart knows as a value. */
  public leaves(node: JsonObject = this.user, path: readonly string[] = []): string[] {
    return Object.entries(node).flatMap(([name, value]) => {
      const at = [...path, name];
      const key = at.join('.');
      const descends = isObject(value) && Object.keys(value).length > 0 && this.descends(key, path);
      return descends ? this.leaves(value as JsonObject, at) : [key];
    });
  }

  public defaultOf(key: string): Json | undefined { return this.keys.defaultOf(key); }

  /** Whether the user gives nothing for a key, which takes the default away. */
  public isEmpty(key: string): boolean { return isEmpty(this.userValue(key)); }

  public isDefault(key: string): boolean {
    const [found, usual] = [this.userValue(key), this.keys.defaultOf(key)];
    return (found !== undefined && this.isUsual(key, found)) || equal(found, usual) || (isEmpty(found) && isEmpty(usual));
  }

  /** Whether a value is the default of this version or, if it is a template, of another one. */
  private isUsual(key: string, value: Json): boolean {
    return equal(value, this.keys.defaultOf(key)) || this.keys.isTemplate(key, value);
  }

  private descends(key: string, path: readonly string[]): boolean {
    if (this.keys.hasChildren(key)) { return true; }
    // Sections of airflow.cfg and values of the other chart are known by no table.
    return path[0] === 'config' && path.length === 1 || ['postgresql', 'global'].includes(key.split('.')[0]);
  }

  private resolved(key: string, value: Json): Json {
    return LITERAL.test(key) ? value : resolve(value, this.release, this.user);
  }

  private userValue(key: string): Json | undefined {
    return pathOf(key).reduce<Json | undefined>((inner, part) => (isObject(inner) ? inner[part] : undefined), this.user);
  }
}

/** The names on the way to a key. A section of airflow.cfg can have a dot in its name: `common.io`. */
function pathOf(key: string): string[] {
  const [, section, option] = /^config\.(.+)\.([^.]+)$/.exec(key) ?? [];
  return section === undefined ? key.split('.') : ['config', section, option];
}

function isEmpty(value: Json | undefined): boolean {
  return value === null || value === undefined || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);
}
