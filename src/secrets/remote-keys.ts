import { AirflowConnection } from './airflow-connection';
import { RemoteKeysOptions } from './airflow-secrets-options';
import { Connections } from './connections';
import { KeyEnv, Keys, KEYS, mapKeys } from './keys';
import { RemoteSecret } from './remote-secret';
import { RemoteFile } from './secrets-store-provider';
import { checksum } from '../kubernetes/checksum';
import { Problems } from '../kubernetes/problems';
import { SecretKey } from '../kubernetes/secret-key';

const CONNECTION = 'connection.';
const VARIABLE = 'variable.';

/**
 * The keys as files. Another place in the store gives the file another name, so that a change replaces the pods, and pods that
 * still run keep their value.
 */
export function filesOfKeys(options: RemoteKeysOptions): Keys<RemoteFile> {
  return mapKeys(options, (name, remote: RemoteSecret) => ({ file: `${KEYS[name].label}-${checksum(remote).slice(0, 6)}`, remote }));
}

/** What there is of each key: of the Fernet key up to two, of the others at most one. */
export function listed<T>({ fernetKey, jwtSecret, secretKey }: Keys<T>): { readonly [key in keyof KeyEnv]: T[] } {
  const given = (...keys: (T | undefined)[]) => keys.filter(key => key !== undefined);
  return {
    fernetKey: given(fernetKey?.current, fernetKey?.previous, fernetKey?.next),
    jwtSecret: given(jwtSecret),
    secretKey: given(secretKey),
  };
}

/** The connections and variables as files. */
export function filesOfLookups({ connections = {}, variables = {} }: RemoteKeysOptions): RemoteFile[] {
  const named = (prefix: string, remotes: { readonly [name: string]: RemoteSecret }) =>
    Object.entries(remotes).map(([name, remote]) => ({ file: `${prefix}${name}`, remote }));
  return [...named(CONNECTION, connections), ...named(VARIABLE, variables)];
}

/** Adds the connections and variables, where the function knows the key of a Secret that has the content of a file. */
export function addLookups(
  { connections = {}, variables = {} }: RemoteKeysOptions, target: Connections, keyOf: (file: string) => SecretKey,
): void {
  for (const id of Object.keys(connections)) { target.add(id, AirflowConnection.fromSecret(keyOf(`${CONNECTION}${id}`))); }
  for (const key of Object.keys(variables)) { target.addVariable(key, keyOf(`${VARIABLE}${key}`).toEnvValue()); }
}

/** A reference as text for an error. */
export function textOfRemote({ key, property, version }: RemoteSecret): string {
  return [
    `'${key}'`,
    ...(property === undefined ? [] : [`'${property}'`]),
    ...(version === undefined ? [] : [`version '${version}'`]),
  ].join(' ');
}

/** All references to the store, with the props that have them. */
export function remotesOf(options: RemoteKeysOptions): [prop: string, remote: RemoteSecret][] {
  const { fernetKey, jwtSecret, secretKey, connections = {}, variables = {} } = options;
  const of = (prop: string, map: { readonly [name: string]: RemoteSecret | undefined }) =>
    Object.entries(map).flatMap(([name, remote]): [string, RemoteSecret][] => (remote === undefined ? [] : [[`${prop}${name}`, remote]]));
  return [
    ...of('fernetKey.', { ...fernetKey }),
    ...of('', { jwtSecret, secretKey }),
    ...of('connections.', connections),
    ...of('variables.', variables),
  ];
}

/** Finds the mistakes that every kind of store has. */
export function checkRemotes(problems: Problems, options: RemoteKeysOptions): void {
  const remotes = remotesOf(options);
  if (remotes.length === 0) {
    problems.add("'fernetKey', 'jwtSecret', 'secretKey', 'connections' or 'variables' must name a value of the store, got none; "
      + "leave 'secrets' out to generate the keys");
  }
  for (const [prop, names] of Object.entries({ connections: options.connections, variables: options.variables })) {
    for (const name of Object.keys(names ?? {}).filter(one => !/^[\w.-]+$/.test(one))) {
      problems.add(`'${prop}' must have names of letters, digits, '_', '-' and '.', `
        + `since they become the names of environment variables, got '${name}'`);
    }
  }
  for (const [prop, { key, property, version }] of remotes) {
    for (const [name, text] of Object.entries({ key, property, version })) {
      if (text !== undefined && (text.trim() === '' || /[\x00-\x1f\x7f]/.test(text))) {
        problems.add(`'${prop}.${name}' must be a text without line breaks, got ${JSON.stringify(text)}`);
      }
    }
  }
}
