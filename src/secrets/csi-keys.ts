import { ApiObject } from 'cdk8s';
import { CsiKeysOptions } from './airflow-secrets-options';
import { bindKeys, BoundKeys, checkFernet, KeyEnv, KeyPlace, Keys, KEYS, mapKeys } from './keys';
import { addLookups, checkRemotes, filesOfKeys, filesOfLookups, listed, remotesOf, textOfRemote } from './remote-keys';
import { RemoteFile } from './secrets-store-provider';
import { PodParts } from '../core/answer';
import { BindContext } from '../core/bind-context';
import { Needs } from '../core/needs';
import { checksum } from '../kubernetes/checksum';
import { gather } from '../kubernetes/problems';
import { SecretKey } from '../kubernetes/secret-key';

const FOLDER = '/run/secrets';
const DRIVER = 'secrets-store.csi.k8s.io';
const KIND = 'SecretProviderClass';

/** The volume of connections and variables. */
const LOOKUPS = 'connections';

/** The values that the same pods need: one volume, and one SecretProviderClass. */
interface Bundle {
  readonly volume: string;
  readonly files: RemoteFile[];
  readonly needed: (needs: Needs) => boolean;
}

/** Finds the mistakes of the options. */
export function checkCsi(options: CsiKeysOptions): void {
  gather(undefined, problems => {
    const { provider, syncSecret, connections = {}, variables = {} } = options;
    checkRemotes(problems, options);
    for (const [prop, remote] of remotesOf(options)) { provider._check(problems, prop, remote); }
    checkFernet(problems, options.fernetKey, textOfRemote);
    for (const [prop, map] of Object.entries({ connections, variables })) {
      if (!syncSecret && Object.keys(map).length > 0) {
        problems.add(
          `'${prop}' needs 'syncSecret', since Airflow reads each of them from an environment variable; set it, or use a secrets backend`,
        );
      }
    }
  });
}

/** Creates the SecretProviderClasses, and binds the keys to the files or Secrets that the driver makes of them. */
export function bindCsi(context: BindContext, options: CsiKeysOptions): BoundKeys {
  const keys = filesOfKeys(options);
  const bundles = bundlesOf(keys, options);
  const classes = new Map(bundles.map(bundle => [bundle.volume, providerClass(context, options, bundle)]));
  const keyOf = (volume: string, file: string) => SecretKey.of(classes.get(volume)!, file);
  const places = mapKeys(keys, (name, { file }): KeyPlace => {
    const { label: volume } = KEYS[name];
    return options.syncSecret ? keyOf(volume, file) : { path: `${FOLDER}/${volume}/${file}` };
  });
  return {
    ...bindKeys(context, places),
    parts: (_role, needs) => partsOf(bundles.filter(({ needed }) => needs.airflow && needed(needs)), classes),
    connect: target => addLookups(options, target, file => keyOf(LOOKUPS, file)),
  };
}

function bundlesOf(keys: Keys<RemoteFile>, options: CsiKeysOptions): Bundle[] {
  const ofKey = (name: keyof KeyEnv): Bundle => ({ volume: KEYS[name].label, files: listed(keys)[name], needed: needs => needs[name] });
  const ofLookups: Bundle = { volume: LOOKUPS, files: filesOfLookups(options), needed: needs => needs.connections };
  return [ofKey('fernetKey'), ofKey('jwtSecret'), ofKey('secretKey'), ofLookups].filter(({ files }) => files.length > 0);
}

/**
 * Creates a SecretProviderClass. Its name ends with the hash of its content: pods that run keep theirs while new pods read another
 * place of the store.
 */
function providerClass(context: BindContext, { provider, syncSecret }: CsiKeysOptions, { volume, files }: Bundle): string {
  const spec = provider._bind(files);
  const name = context._names.hashed({ scope: context, kind: KIND, part: volume }, checksum(spec).slice(0, 6), `${volume}-class`);
  const labels = { ...context._labels };
  new ApiObject(context, `${volume}-class`, {
    apiVersion: 'secrets-store.csi.x-k8s.io/v1',
    kind: KIND,
    metadata: { name, labels },
    spec: {
      ...spec,
      ...(syncSecret && {
        secretObjects: [{ secretName: name, type: 'Opaque', labels, data: files.map(({ file }) => ({ objectName: file, key: file })) }],
      }),
    },
  });
  context._generated.announce(name);
  return name;
}

/** The volumes of the bundles, and the places where a pod has them. */
function partsOf(bundles: Bundle[], classes: ReadonlyMap<string, string>): PodParts {
  return {
    volumes: bundles.map(({ volume }) => (
      { name: volume, csi: { driver: DRIVER, readOnly: true, volumeAttributes: { secretProviderClass: classes.get(volume) } } })),
    mounts: bundles.map(({ volume }) => ({ name: volume, mountPath: `${FOLDER}/${volume}`, readOnly: true })),
  };
}
