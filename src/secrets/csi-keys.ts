import { ApiObject } from 'cdk8s';
import { AirflowConnection } from './airflow-connection';
import { CsiKeysOptions } from './airflow-secrets-options';
import { bindKeys, checkFernet, KeyEnv, KeysConfig } from './keys';
import { checkRemotes, filesOfKeys, placed, RemoteFile, remotesOf, textOfRemote } from './remote-keys';
import { RemoteSecret } from './remote-secret';
import { PodParts } from '../core/answer';
import { BindContext } from '../core/bind-context';
import { Needs } from '../core/needs';
import { checksum } from '../kubernetes/checksum';
import { gather } from '../kubernetes/problems';
import { SecretKey } from '../kubernetes/secret-key';

const FOLDER = '/run/secrets';
const DRIVER = 'secrets-store.csi.k8s.io';
const KIND = 'SecretProviderClass';

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
export function bindCsi(context: BindContext, options: CsiKeysOptions): Omit<KeysConfig, 'backend' | 'taskBackend'> {
  const { connections = {}, variables = {}, syncSecret } = options;
  const { fernetKey, jwtSecret, secretKey } = filesOfKeys(options);
  const bundles: { readonly [key in keyof KeyEnv]: Bundle } = {
    fernetKey: { volume: 'fernet-key', files: fernetKey, needed: needs => needs.fernetKey },
    jwtSecret: { volume: 'jwt-secret', files: jwtSecret, needed: needs => needs.jwtSecret },
    secretKey: { volume: 'secret-key', files: secretKey, needed: needs => needs.secretKey },
  };
  const lookups: Bundle = {
    volume: 'connections',
    files: [...named('connection.', connections), ...named('variable.', variables)],
    needed: needs => needs.connections,
  };
  const made = new Map([...Object.values(bundles), lookups].filter(({ files }) => files.length > 0)
    .map(bundle => [bundle, providerClass(context, options, bundle)]));
  const keyOf = (bundle: Bundle, file: string) => SecretKey.of(made.get(bundle)!, file);
  return {
    ...bindKeys(context, placed(options, (name, file) =>
      (syncSecret ? keyOf(bundles[name], file) : { path: `${FOLDER}/${bundles[name].volume}/${file}` }))),
    parts: (_role, needs) => partsOf([...made].filter(([bundle]) => needs.airflow && bundle.needed(needs))),
    connect: target => {
      for (const id of Object.keys(connections)) { target.add(id, AirflowConnection.fromSecret(keyOf(lookups, `connection.${id}`))); }
      for (const key of Object.keys(variables)) { target.addVariable(key, keyOf(lookups, `variable.${key}`).toEnvValue()); }
    },
  };
}

function named(prefix: string, remotes: { readonly [name: string]: RemoteSecret }): RemoteFile[] {
  return Object.entries(remotes).map(([name, remote]) => ({ file: `${prefix}${name}`, remote }));
}

/**
 * Creates a SecretProviderClass. Its name ends with the hash of its content: pods that run keep theirs while new pods read another place of
 * the store.
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

function partsOf(bundles: [Bundle, string][]): PodParts {
  return {
    volumes: bundles.map(([{ volume }, secretProviderClass]) => (
      { name: volume, csi: { driver: DRIVER, readOnly: true, volumeAttributes: { secretProviderClass } } })),
    mounts: bundles.map(([{ volume }]) => ({ name: volume, mountPath: `${FOLDER}/${volume}`, readOnly: true })),
  };
}
