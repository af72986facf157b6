import { Size } from 'cdk8s';
import { BUNDLE_CREDENTIALS, DagBundle, DagBundleConfig, GIT_BUNDLE, LOCAL_BUNDLE } from './dag-bundle';
import { PodParts } from '../core/answer';
import { BindContext } from '../core/bind-context';
import { Role } from '../core/needs';
import { EnvVar } from '../kubernetes/pod';
import { renderSize } from '../kubernetes/quantity';
import { projectedFiles } from '../kubernetes/render';
import { failure } from '../kubernetes/validate';

const VOLUME = 'dag-bundles';
const CREDENTIALS = 'dag-bundle-credentials';

/** The bundles of an instance, after binding. */
export type BoundBundles = [name: string, config: DagBundleConfig][];

/**
 * Binds the bundles. Throws unless each bundle has its own name and connection, and git can tell which credentials belong
 * to which URL.
 */
export function bindBundles(airflow: BindContext, bundles: DagBundle[]): BoundBundles {
  if (bundles.length === 0) { throw failure(airflow, "'dags' must have at least one bundle, got none"); }
  const seen = new Map<string, string>();
  for (const { _name: name, _connectionId: id } of bundles) {
    const other = seen.get(id);
    if (other !== undefined) {
      throw failure(
        airflow,
        `'dags' must have bundles whose names differ in their letters and digits, got '${other}' and '${name}'; rename one of them`,
      );
    }
    seen.set(id, name);
  }
  const bound: BoundBundles = bundles.map(bundle => [bundle._name, bundle._bind(airflow)]);
  const first = new Map<string, Helper>();
  for (const helper of helpers(bound)) {
    const same = first.get(helper.url) ?? helper;
    if (same.login !== helper.login) {
      throw failure(
        airflow,
        `'dags.${same.name}.credentials' and 'dags.${helper.name}.credentials' must be the same, since git takes one of them for all of `
          + `'${helper.url}'; use the same keys of one Secret`,
      );
    }
    first.set(helper.url, same);
  }
  return bound;
}

/** The value of `[dag_processor] dag_bundle_config_list`. */
export function bundleList(bundles: BoundBundles): string {
  return JSON.stringify(bundles.map(([name, { classPath, kwargs }]) => ({ name, classpath: classPath, kwargs })));
}

/**
 * The parts of a pod that fetches the files of the bundles, or of a pod that only needs the connections because it creates
 * the bundle objects, as the UI does for its links.
 */
export function bundleParts(
  bundles: BoundBundles, role: Role, reads: boolean, storage: { readonly path: string; readonly size?: Size },
): PodParts {
  // The triggerer creates no bundle objects, although it reads the DAGs of other sources.
  const fetches = reads && role !== Role.TRIGGERER;
  if (!fetches) {
    return {
      env: [Role.API_SERVER, Role.SCHEDULER].includes(role) ? bundles.flatMap(([, { connection }]) => connection?.bareEnv ?? []) : [],
    };
  }
  const sources = bundles.flatMap(([, { credentials }]) => credentials?.sources ?? []);
  return {
    env: [...bundles.flatMap(([, { connection }]) => connection?.env ?? []), ...gitEnv(bundles)],
    volumes: [
      { name: VOLUME, emptyDir: { sizeLimit: renderSize(storage.size ?? Size.gibibytes(2)) } },
      ...(sources.length === 0 ? [] : [projectedFiles(CREDENTIALS, sources)]),
    ],
    mounts: [
      { name: VOLUME, mountPath: storage.path },
      ...(sources.length === 0 ? [] : [{ name: CREDENTIALS, mountPath: BUNDLE_CREDENTIALS, readOnly: true }]),
    ],
    ...(bundles.some(([, { usesSsh }]) => usesSsh) ? { ssh: 'main' } : {}),
    // Every bundle except local folders, which need no fetching.
    atStart: repairs(bundles, storage.path),
    fetches: bundles.filter(([, { classPath }]) => classPath !== LOCAL_BUNDLE).length,
    peers: () => bundles.flatMap(([, { peers }]) => peers ?? []),
  };
}

/**
 * Deletes the working copies of the repositories, which Airflow clones anew from its bare clone in the same volume. A container that was
 * killed may have left a lock of git in them, with which Airflow never refreshes the bundle again, or half a version, which it takes for a
 * whole one. Airflow repairs the bare clone by itself.
 */
function repairs(bundles: BoundBundles, path: string): string[] {
  const copies = bundles.filter(([, { classPath }]) => classPath === GIT_BUNDLE)
    .flatMap(([name]) => ['tracking_repo', 'versions'].map(folder => `${path}/${name}/${folder}`));
  return copies.length === 0 ? [] : [`rm -rf ${copies.join(' ')}`];
}

/** Configures git through environment variables: the credential helper of each repository, then of each host. */
function gitEnv(bundles: BoundBundles): EnvVar[] {
  const all = helpers(bundles).sort((a, b) => b.url.split('/').length - a.url.split('/').length);
  if (all.length === 0) { return []; }
  return [
    { name: 'GIT_CONFIG_COUNT', value: `${all.length}` },
    ...all.flatMap(({ url, command }, index) => [
      { name: `GIT_CONFIG_KEY_${index}`, value: `credential.${url}.helper` }, { name: `GIT_CONFIG_VALUE_${index}`, value: command },
    ]),
  ];
}

interface Helper {
  readonly name: string;
  readonly url: string;
  readonly command: string;
  readonly login: string;
}

/** The credential helpers of git, one for each URL. */
function helpers(bundles: BoundBundles): Helper[] {
  return bundles.flatMap(([name, { credentials, credentialUrls = [] }]) => (
    credentials?.helper === undefined ? [] : credentialUrls.map(url => ({ name, url, ...credentials.helper! }))));
}
