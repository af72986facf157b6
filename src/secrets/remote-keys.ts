import { RemoteKeysOptions } from './airflow-secrets-options';
import { Fernet, KeyEnv, Keys } from './keys';
import { RemoteSecret } from './remote-secret';
import { checksum } from '../kubernetes/checksum';
import { Problems } from '../kubernetes/problems';

/** A value of a store, and the name of its file or of its key in a Secret. */
export interface RemoteFile {
  readonly file: string;
  readonly remote: RemoteSecret;
}

/** The keys of a store by their option, each with the files that it needs. */
export type RemoteFiles = { readonly [key in keyof KeyEnv]: RemoteFile[] };

/**
 * The name of a value's file. Another place in the store gives another name, so that a change replaces the pods, and pods that still run keep
 * their value.
 */
function fileOf(name: string, remote: RemoteSecret): RemoteFile {
  return { file: `${name}-${checksum(remote).slice(0, 6)}`, remote };
}

/** The files of all keys. */
export function filesOfKeys({ fernetKey, jwtSecret, secretKey }: RemoteKeysOptions): RemoteFiles {
  const files = (name: string, ...remotes: (RemoteSecret | undefined)[]) =>
    remotes.flatMap(remote => (remote === undefined ? [] : [fileOf(name, remote)]));
  return {
    fernetKey: files('fernet-key', fernetKey?.current, fernetKey?.previous, fernetKey?.next),
    jwtSecret: files('jwt-secret', jwtSecret),
    secretKey: files('secret-key', secretKey),
  };
}

/** The keys with a place for each, where the function knows the place of a file. */
export function placed<T>(
  { fernetKey, jwtSecret, secretKey }: RemoteKeysOptions,
  placeOf: (name: keyof KeyEnv, file: string) => T,
): Keys<T> {
  const at = (name: keyof KeyEnv, prefix: string, remote: RemoteSecret | undefined) =>
    remote === undefined ? undefined : placeOf(name, fileOf(prefix, remote).file);
  const fernet = (remote: RemoteSecret | undefined) => at('fernetKey', 'fernet-key', remote);
  return {
    fernetKey: fernetKey && { current: fernet(fernetKey.current)!, previous: fernet(fernetKey.previous), next: fernet(fernetKey.next) },
    jwtSecret: at('jwtSecret', 'jwt-secret', jwtSecret),
    secretKey: at('secretKey', 'secret-key', secretKey),
  };
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
    ...of('fernetKey.', { ...fernetKey as Fernet<RemoteSecret> | undefined }),
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
      problems.add(`'${prop}' must have names of letters, digits, '_', '-' and '.', since they become the names of environment variables, got '${name}'`);
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
