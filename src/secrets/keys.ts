import { SecretsBackendsOptions } from './airflow-secrets-options';
import { Connections } from './connections';
import { AirflowConfig } from '../core/airflow-config';
import { Answer, ConfigOption, own } from '../core/answer';
import { BindContext } from '../core/bind-context';
import { SecretKind } from '../core/generated-secrets';
import { EnvVar } from '../kubernetes/pod';
import { Problems } from '../kubernetes/problems';
import { SecretKey } from '../kubernetes/secret-key';
import { failure } from '../kubernetes/validate';

/** Where a pod reads a key: in a Secret, or in a file. */
export type KeyPlace = SecretKey | { readonly path: string };

/** The Fernet keys of any kind. */
export interface Fernet<T> {
  readonly current: T;
  readonly previous?: T;
  readonly next?: T;
}

/** The keys of any kind. */
export interface Keys<T> {
  readonly fernetKey?: Fernet<T>;
  readonly jwtSecret?: T;
  readonly secretKey?: T;
}

/** The environment variables of each key. */
export interface KeyEnv {
  readonly fernetKey: EnvVar[];
  readonly jwtSecret: EnvVar[];
  readonly secretKey: EnvVar[];
}

/** The result of a choice of secrets. */
export interface KeysConfig extends Answer, SecretsBackendsOptions {
  readonly env: KeyEnv;
  /** Whether a Job encrypts everything with another Fernet key. */
  readonly rotatesFernetKey: boolean;
  /** Adds the connections and variables that the choice brings. */
  readonly connect?: (connections: Connections) => void;
}

/** What the choice of a place decides, without the stores in which Airflow looks up connections and variables. */
export type BoundKeys = Omit<KeysConfig, keyof SecretsBackendsOptions>;

/** How each key is called in a Secret or a store, and how the bootstrap Job generates it. */
export const KEYS: { readonly [key in keyof KeyEnv]: { readonly label: string; readonly kind: SecretKind } } = {
  fernetKey: { label: 'fernet-key', kind: 'fernet' },
  jwtSecret: { label: 'jwt-secret', kind: 'token' },
  secretKey: { label: 'secret-key', kind: 'token' },
};

/** Converts each of the keys. */
export function mapKeys<T, U>({ fernetKey, jwtSecret, secretKey }: Keys<T>, convert: (name: keyof KeyEnv, key: T) => U): Keys<U> {
  const optional = (name: keyof KeyEnv, key: T | undefined) => (key === undefined ? undefined : convert(name, key));
  return {
    fernetKey: fernetKey && {
      current: convert('fernetKey', fernetKey.current),
      previous: optional('fernetKey', fernetKey.previous),
      next: optional('fernetKey', fernetKey.next),
    },
    jwtSecret: optional('jwtSecret', jwtSecret),
    secretKey: optional('secretKey', secretKey),
  };
}

/** A key that the bootstrap Job generates. */
export function generatedKey(context: BindContext, name: keyof KeyEnv, key: string = KEYS[name].label): SecretKey {
  return context._generated.request(context, 'keys', key, KEYS[name].kind);
}

/** Binds the keys to the places where pods read them. A key that is left out is generated. */
export function bindKeys(context: BindContext, given: Keys<KeyPlace>): BoundKeys {
  const { version } = context;
  if (!version.isAirflow3 && given.jwtSecret !== undefined) {
    throw failure(context, `'secrets.jwtSecret' exists from Airflow 3.0 on, but the version is ${version.release}; leave it out`);
  }
  const options: ConfigOption[] = [];
  const bind = (section: string, option: string, name: keyof KeyEnv, ...places: KeyPlace[]): EnvVar[] => {
    options.push(own(section, option, undefined, "'secrets'"));
    return setting(AirflowConfig.variableName(section, option), places.length > 0 ? places : [generatedKey(context, name)]);
  };
  const fernet = given.fernetKey;
  const optional = (place: KeyPlace | undefined) => (place === undefined ? [] : [place]);
  const env = {
    // Airflow encrypts with the first key, and decrypts with any of them.
    fernetKey: bind('core', 'fernet_key', 'fernetKey', ...[fernet?.current, fernet?.next ?? fernet?.previous].flatMap(optional)),
    jwtSecret: version.isAirflow3 ? bind('api_auth', 'jwt_secret', 'jwtSecret', ...optional(given.jwtSecret)) : [],
    secretKey: bind(version.isAirflow3 ? 'api' : 'webserver', 'secret_key', 'secretKey', ...optional(given.secretKey)),
  };
  return { env, options, rotatesFernetKey: fernet?.previous !== undefined };
}

/** The variables that set an option to one key, or to two keys with a comma in between. */
function setting(variable: string, places: KeyPlace[]): EnvVar[] {
  const paths = places.flatMap(place => (place instanceof SecretKey ? [] : [place.path]));
  if (paths.length > 0) {
    const command = paths.length === 1 ? `cat ${paths[0]}` : `bash -c 'echo -n "${paths.map(path => `$(< ${path})`).join(',')}"'`;
    return [{ name: `${variable}_CMD`, value: command }];
  }
  const keys = places as SecretKey[];
  if (keys.length === 1) { return [keys[0]._variable(variable)]; }
  const names = ['FERNET_KEY_1', 'FERNET_KEY_2'];
  return [...keys.map((key, index) => key._variable(names[index])), { name: variable, value: names.map(name => `$(${name})`).join(',') }];
}

/** Finds the mistakes of the steps by which a Fernet key is replaced. */
export function checkFernet<T>(problems: Problems, fernet: Fernet<T> | undefined, textOf: (key: T) => string): void {
  if (fernet === undefined) { return; }
  const { current, previous, next } = fernet;
  if (previous !== undefined && next !== undefined) {
    problems.add("'fernetKey.previous' and 'fernetKey.next' are two steps of a change; "
      + "first set 'next', and set 'previous' when 'next' has become 'current'");
  }
  for (const [name, other] of Object.entries({ previous, next })) {
    if (other !== undefined && textOf(other) === textOf(current)) {
      problems.add(
        `'fernetKey.${name}' must be another key than 'fernetKey.current', got ${textOf(other)} twice; `
          + 'keep each key in a place of its own',
      );
    }
  }
}
