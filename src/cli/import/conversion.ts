import { ChartValues } from './chart-values';
import { Json, JsonObject } from './json';
import { call, create, dict, Expr, keyOf, lit, Maybe, method, name, Statement, struct } from './program';
import { StructBuilder } from './struct-builder';
import { isTemplate, Release } from './templates';
import { AirflowVersion } from '../../core/airflow-version';

/** What became of a key. */
export type Outcome = 'prop' | 'better' | 'secret' | 'decision' | 'left out' | 'default' | 'unknown';

/** A line of the report. */
export interface Line { readonly key: string; readonly outcome: Outcome; readonly text: string }

/** What an object is, and what it is called. */
export interface ObjectId { readonly apiVersion: string; readonly kind: string; readonly name: string }

/** A Secret that someone has to make, since its content stands in the values. */
export interface NeededSecret { readonly secret: string; readonly keys: Map<string, string> }

/** Thrown by a converter for a value that needs a decision of a person. */
export class Undecided extends Error {}

/** Where a converter puts its props, and what the report calls the place. */
export interface Target { readonly builder: StructBuilder; readonly label: string }

export type Convert = (value: Json, key: string) => Maybe<Expr>;

/** The options of airflow.cfg that the values set, until a prop takes them. */
export class Options {
  private readonly values = new Map<string, { readonly key: string; readonly value: string }>();

  public set(name_: string, key: string, value: string): void { this.values.set(name_, { key, value }); }
  public get(name_: string): string | undefined { return this.values.get(name_)?.value; }
  public get names(): string[] { return [...this.values.keys()]; }

  /** The option, for the prop that decides it from now on. */
  public take(name_: string): { readonly key: string; readonly value: string } | undefined {
    const found = this.values.get(name_);
    this.values.delete(name_);
    return found;
  }
}

/** The settled facts of an import. */
export interface Facts {
  readonly values: ChartValues;
  readonly release: Release;
  readonly comments: ReadonlyMap<string, readonly string[]>;
  /** The version of Airflow, for example `3.2.2`. */
  readonly airflow: string;
  readonly chartVersion: string;
  /** Whether the release runs, so that its database has users already. */
  readonly isRunning?: boolean;
  /** Whether the values have the defaults of the chart as well, of which nobody has to read. */
  readonly hasDefaults?: boolean;
}

/** One import while it runs: the program that grows, and the line of each key. */
export class Conversion {
  public readonly props: Target = { builder: new StructBuilder(), label: '' };
  public readonly lines: Line[] = [];
  public readonly secrets: NeededSecret[] = [];
  /** Constants in front of the chart, and calls after it. */
  public readonly constants: Statement[] = [];
  public readonly after: Statement[] = [];
  public readonly options = new Options();
  /** Secrets, commands and keys in variables that a prop decides. */
  public readonly references = new Map<string, Expr>();
  /** Variables of all pods, each with the key that has it. */
  public readonly environment: { readonly key: string; readonly item: JsonObject }[] = [];
  /** Files that the program reads. */
  public readonly files = new Map<string, string>();
  /** Keys of Airflow that Secrets hold. */
  public readonly keys = new Map<'fernetKey' | 'jwtSecret' | 'secretKey', Expr>();
  /** What the network policies have to be told. */
  public readonly peers = new Set<string>();
  /** The name of the instance, if it is another one than that of the release. */
  public instance?: string;
  /** Props that the library refuses. */
  public readonly off = new Set<string>();
  private ids = new Set<string>();
  private shared = new Map<string, string>();

  constructor(public readonly facts: Facts) {}

  /** The same program so far, with names of its own. */
  public copy(): Conversion {
    const copied = new Conversion(this.facts);
    const { constants, after, lines, ids, shared, off } = this;
    const own = {
      constants: [...constants],
      after: [...after],
      lines: [...lines],
      ids: new Set(ids),
      shared: new Map(shared),
      off: new Set(off),
    };
    Object.assign(copied, { ...this, ...own });
    return copied;
  }

  /** An import of other values into the same program. */
  public within(values: ChartValues): Conversion {
    const inner = new Conversion({ ...this.facts, values });
    inner.ids = this.ids;
    inner.shared = this.shared;
    (inner as { constants: Statement[] }).constants = this.constants;
    (inner as { secrets: NeededSecret[] }).secrets = this.secrets;
    return inner;
  }

  public get values(): ChartValues { return this.facts.values; }
  /** The version that decides which options there are. */
  public get version(): AirflowVersion { return AirflowVersion.of(this.facts.airflow, { untested: true }); }
  public get isAirflow3(): boolean { return !this.facts.airflow.startsWith('2.'); }
  public get name(): string { return this.facts.release.name; }
  public get chartVersion(): string { return this.facts.chartVersion; }

  /** Converts the user's value of a key and puts it into a prop. */
  public take(key: string, prop: string, convert: Convert, target: Target = this.props): void {
    const value = this.values.given(key);
    if (value === undefined) { return; }
    this.attempt(key, () => {
      const expr = convert(value, key);
      if (expr === undefined) {
        if (/ffinity$/.test(key)) { this.line(key, 'better', 'the library keeps the pods of a component apart by itself'); }
        return;
      }
      if (isTemplate(value) && JSON.stringify(expr).includes('{{')) {
        throw new Undecided(
          `the value has a template of Helm that only Helm can fill in: '${JSON.stringify(value).slice(0, 80)}'; write what it gives`,
        );
      }
      this.put(key, prop, expr, target);
    });
  }

  /** Puts what a key says into a prop, with the comments of the key. */
  public put(key: string, prop: string, expr: Expr, target: Target = this.props): void {
    target.builder.put(prop, expr, this.commentsOf(key));
    this.line(key, 'prop', `${target.label}${prop}`);
  }

  /** Runs a step that may leave a decision to a person. */
  public attempt(key: string, step: () => void): void {
    try {
      step();
    } catch (error) {
      if (!(error instanceof Undecided)) { throw error; }
      this.line(key, 'decision', error.message);
    }
  }

  public line(key: string, outcome: Outcome, text: string): void {
    if (!this.lines.some(line => line.key === key && line.outcome === outcome && line.text === text)) {
      this.lines.push({ key, outcome, text });
    }
  }

  /**
   * A key of a Secret that someone has to make: the values have its content, which is never written down.
   *
   * @param part what the name of the Secret ends with
   */
  public secret(key: string, part: string, secretKey: string, what: string): Expr {
    return this.namedSecret(key, this.secretName(part), secretKey, what);
  }

  /** The same, for a Secret whose name is given. */
  public namedSecret(key: string, secret: string, secretKey: string, what: string): Expr {
    const found = this.secrets.find(other => other.secret === secret) ?? { secret, keys: new Map<string, string>() };
    if (!this.secrets.includes(found)) { this.secrets.push(found); }
    found.keys.set(secretKey, what);
    this.line(key, 'secret', `the Secret '${secret}', key '${secretKey}': make it with ${what}`);
    return secretKeyOf(secret, secretKey);
  }

  /** The name of a Secret that someone makes for the program. A running release may have one of the plain name, which goes with it. */
  public secretName(part: string): string { return `${this.name}${this.facts.isRunning === true ? '-kept' : ''}-${part}`; }

  /** Nobody has to make this key of a Secret any more: `text` says where it comes from. */
  public hasSecret(secret: string, secretKey: string, text: string): void {
    const at = this.secrets.findIndex(other => other.secret === secret);
    if (at < 0) { return; }
    const { keys } = this.secrets[at];
    keys.delete(secretKey);
    if (keys.size === 0) { this.secrets.splice(at, 1); }
    this.lines.forEach((line, index) => {
      if (line.outcome !== 'secret' || !line.text.startsWith(`the Secret '${secret}', key '${secretKey}'`)) { return; }
      this.lines[index] = { ...line, outcome: 'prop', text };
    });
  }

  /** The constant that holds a construct of the app, made once for each content. */
  public constant(base: string, make: (id: string) => Expr): Expr {
    const content = keyOf(make('id'));
    const known = this.shared.get(content);
    if (known !== undefined) { return name(known); }
    const constant = this.free(camel(base));
    this.shared.set(content, constant);
    this.constants.push({ constant, value: make(kebab(constant)) });
    return name(constant);
  }

  /** A name that no other constant has. */
  public free(base: string): string {
    let found = base;
    for (let count = 2; this.ids.has(found) || RESERVED.includes(found); count++) { found = `${base}${count}`; }
    this.ids.add(found);
    return found;
  }

  public existing(kind: 'Secret' | 'ConfigMap' | 'PersistentVolumeClaim' | 'ServiceAccount', object: string): Expr {
    const factory = {
      Secret: 'fromSecretName',
      ConfigMap: 'fromConfigMapName',
      PersistentVolumeClaim: 'fromClaimName',
      ServiceAccount: 'fromServiceAccountName',
    }[kind];
    const suffix = { Secret: 'secret', ConfigMap: 'config-map', PersistentVolumeClaim: 'claim', ServiceAccount: 'account' }[kind];
    const base = kebab(object).endsWith(suffix) ? object : `${object}-${suffix}`;
    return this.constant(base, id => call(`kplus.${kind}.${factory}`, name('app'), lit(id), lit(object)));
  }

  /** An object of cdk8s that has no construct of its own. */
  public apiObject(object: ObjectId, rest: { readonly [field: string]: Json }): void {
    const [kind, named] = [kebab(object.kind), kebab(object.name)];
    const id = kebab(this.free(camel(named.includes(kind) ? named : `${kind} ${named}`)));
    const made = create('ApiObject', name('chart'), lit(id), struct('ApiObjectProps', {
      apiVersion: lit(object.apiVersion), kind: lit(object.kind), metadata: dict({ name: lit(object.name) }),
    }));
    const patches = Object.entries(rest).map(([field, value]) => call('JsonPatch.add', lit(`/${field}`), plain(value)));
    this.after.push({ value: patches.length === 0 ? made : method(made, 'addJsonPatch', ...patches) });
  }

  /** Comments of the user's own at a key. */
  public commentsOf(key: string): readonly string[] { return this.facts.comments.get(key) ?? []; }
}

const RESERVED = [
  'app', 'chart', 'airflow', 'kplus', 'package', 'class', 'import', 'lambda', 'from', 'global', 'pass', 'default', 'new', 'in', 'is', 'if',
  'for', 'with', 'as',
];

export function secretKeyOf(secret: string, key: string): Expr { return call('SecretKey.of', lit(secret), lit(key)); }

/** A value of YAML as it is, with the user's own keys. */
export function plain(value: Json): Expr {
  if (Array.isArray(value)) { return { kind: 'list', items: value.map(plain) }; }
  if (typeof value === 'object' && value !== null) {
    return dict(Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, inner === null ? undefined : plain(inner)])));
  }
  return lit(value ?? '');
}

export function camel(text: string): string {
  const words = text.split(/[^A-Za-z0-9]+/).filter(word => word !== '');
  const joined = words
    .map((word, index) => (index === 0 ? word[0].toLowerCase() + word.slice(1) : word[0].toUpperCase() + word.slice(1)))
    .join('');
  return /^[A-Za-z]/.test(joined) ? joined : `value${joined}`;
}

export function kebab(text: string): string {
  return text.replace(/([a-z0-9])([A-Z])/g, '$1-$2').replace(/[^A-Za-z0-9]+/g, '-').toLowerCase();
}
