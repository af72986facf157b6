import { ApiObject, Duration } from 'cdk8s';
import { ExternalKeysOptions } from './airflow-secrets-options';
import { bindKeys, BoundKeys, checkFernet, mapKeys } from './keys';
import { addLookups, checkRemotes, filesOfKeys, filesOfLookups, listed, textOfRemote } from './remote-keys';
import { RemoteFile } from './secrets-store-provider';
import { BindContext } from '../core/bind-context';
import { goDuration } from '../kubernetes/certificate';
import { defined } from '../kubernetes/pod';
import { gather } from '../kubernetes/problems';
import { SecretKey } from '../kubernetes/secret-key';
import { checkSeconds, isSubdomain } from '../kubernetes/validate';

/** Finds the mistakes of the options. */
export function checkExternal(options: ExternalKeysOptions): void {
  gather(undefined, problems => {
    const { store: { name }, refreshInterval } = options;
    if (!isSubdomain(name)) {
      problems.add(`'store.name' must be the name of a SecretStore, of lowercase letters, digits, '-' and '.', got '${name}'`);
    }
    problems.check(() => checkSeconds(undefined, 'refreshInterval', refreshInterval, 1));
    checkRemotes(problems, options);
    checkFernet(problems, options.fernetKey, textOfRemote);
  });
}

/** Creates the ExternalSecrets, and binds the keys to the Secrets that the operator makes of them. */
export function bindExternal(context: BindContext, options: ExternalKeysOptions): BoundKeys {
  const { refreshInterval = Duration.hours(1) } = options;
  // The Secrets have other names than those of the bootstrap Job, because the operator would empty a Secret that exists.
  const ofKeys = secretName(context, 'external-keys');
  const ofLookups = secretName(context, 'external-connections');
  const [keys, lookups] = [filesOfKeys(options), filesOfLookups(options)];
  const files = Object.values(listed(keys)).flat();
  if (files.length > 0) { externalSecret(context, ofKeys, options, files, { refreshPolicy: 'OnChange' }); }
  if (lookups.length > 0) {
    externalSecret(context, ofLookups, options, lookups, { refreshPolicy: 'Periodic', refreshInterval: goDuration(refreshInterval) });
  }
  return {
    ...bindKeys(context, mapKeys(keys, (_name, { file }) => SecretKey.of(ofKeys, file))),
    connect: target => addLookups(options, target, file => SecretKey.of(ofLookups, file)),
  };
}

function secretName(context: BindContext, purpose: string): string {
  const name = context._names.secret(purpose);
  context._generated.announce(name);
  return name;
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
