import { ApiObject, Duration } from 'cdk8s';
import { AirflowConnection } from './airflow-connection';
import { ExternalKeysOptions } from './airflow-secrets-options';
import { bindKeys, checkFernet, KeysConfig } from './keys';
import { checkRemotes, filesOfKeys, placed, RemoteFile, textOfRemote } from './remote-keys';
import { RemoteSecret } from './remote-secret';
import { BindContext } from '../core/bind-context';
import { goDuration } from '../kubernetes/certificate';
import { defined } from '../kubernetes/pod';
import { gather } from '../kubernetes/problems';
import { SecretKey } from '../kubernetes/secret-key';
import { isSubdomain } from '../kubernetes/validate';

const CONNECTION = 'connection.';
const VARIABLE = 'variable.';

/** Finds the mistakes of the options. */
export function checkExternal(options: ExternalKeysOptions): void {
  gather(undefined, problems => {
    const { store: { name }, refreshInterval } = options;
    if (!isSubdomain(name)) {
      problems.add(`'store.name' must be the name of a SecretStore, of lowercase letters, digits, '-' and '.', got '${name}'`);
    }
    const seconds = refreshInterval?.toSeconds({ integral: false });
    if (seconds !== undefined && (!Number.isInteger(seconds) || seconds < 1)) {
      problems.add(`'refreshInterval' must be a whole number of seconds of at least 1, got ${seconds}`);
    }
    checkRemotes(problems, options);
    checkFernet(problems, options.fernetKey, textOfRemote);
  });
}

/** Creates the ExternalSecrets, and binds the keys to the Secrets that the operator makes of them. */
export function bindExternal(context: BindContext, options: ExternalKeysOptions): Omit<KeysConfig, 'backend' | 'taskBackend'> {
  const { connections = {}, variables = {}, refreshInterval = Duration.hours(1) } = options;
  // The Secrets have other names than those of the bootstrap Job, because the operator would empty a Secret that exists.
  const keys = secretName(context, 'external-keys');
  const lookups = secretName(context, 'external-connections');
  const files = Object.values(filesOfKeys(options)).flat();
  if (files.length > 0) { externalSecret(context, keys, options, files, { refreshPolicy: 'OnChange' }); }
  const values = [...named(CONNECTION, connections), ...named(VARIABLE, variables)];
  if (values.length > 0) {
    externalSecret(context, lookups, options, values, { refreshPolicy: 'Periodic', refreshInterval: goDuration(refreshInterval) });
  }
  return {
    ...bindKeys(context, placed(options, (_name, file) => SecretKey.of(keys, file))),
    connect: target => {
      for (const id of Object.keys(connections)) {
        target.add(id, AirflowConnection.fromSecret(SecretKey.of(lookups, `${CONNECTION}${id}`)));
      }
      for (const key of Object.keys(variables)) { target.addVariable(key, SecretKey.of(lookups, `${VARIABLE}${key}`).toEnvValue()); }
    },
  };
}

function secretName(context: BindContext, purpose: string): string {
  const name = context._names.secret(purpose);
  context._generated.announce(name);
  return name;
}

function named(prefix: string, remotes: { readonly [name: string]: RemoteSecret }): RemoteFile[] {
  return Object.entries(remotes).map(([name, remote]) => ({ file: `${prefix}${name}`, remote }));
}

function externalSecret(context: BindContext, name: string, { store }: ExternalKeysOptions, files: RemoteFile[], refresh: object): void {
  new ApiObject(context, name, {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name, labels: { ...context._labels } },
    spec: {
      ...refresh,
      secretStoreRef: { name: store.name, kind: store.clusterWide ? 'ClusterSecretStore' : 'SecretStore' },
      target: {
        name,
        creationPolicy: 'Owner',
        deletionPolicy: 'Retain',
        template: { metadata: { labels: { ...context._labels } }, mergePolicy: 'Merge' },
      },
      data: files.map(({ file, remote: { key, property, version } }) => ({
        secretKey: file,
        remoteRef: defined({ key, property, version }),
      })),
    },
  });
}
