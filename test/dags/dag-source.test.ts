import { App, Chart, Duration, JsonPatch, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AirflowImage, AirflowVersion, DagSource, Executor, GitCredentials, SecretKey } from '../../src/index';
import {
  airflowChart, building, bundleListOf, cfg, cfgText, find, findAll, init, main, mount, pod, pods as podsOf, synth, synthAirflow,
  volume, workload,
} from '../util';

const { READ_ONLY_MANY, READ_WRITE_MANY, READ_WRITE_ONCE } = kplus.PersistentVolumeAccessMode;
const elsewhere = new Chart(new App(), 'elsewhere');
const existing = kplus.PersistentVolumeClaim.fromClaimName(elsewhere, 'existing', 'dags-of-mine');

function claim(...accessModes: kplus.PersistentVolumeAccessMode[]): kplus.PersistentVolumeClaim {
  return new kplus.PersistentVolumeClaim(new Chart(new App(), 'other'), 'claim', {
    metadata: { name: 'dags-of-mine' }, accessModes, storage: Size.gibibytes(1),
  });
}

/** The components whose main container mounts the claim. */
function readers(manifest: ReturnType<typeof synthAirflow>): string[] {
  return [...podsOf(manifest)].filter(([, { spec }]) => mount(spec.containers[0], '/opt/airflow/dags')).map(([component]) => component).sort();
}

describe('DAGs in the image', () => {
  test('are in AIRFLOW_HOME and need no volume', () => {
    const manifest = synthAirflow();
    expect(cfg(manifest, 'core', 'dags_folder')).toBe('/opt/airflow/dags');
    expect(cfg(manifest, 'dag_processor', 'refresh_interval')).toBeUndefined();
    expect(readers(manifest)).toEqual([]);
  });

  test('follow the AIRFLOW_HOME of the image', () => {
    const image = AirflowImage.official(AirflowVersion.V3_3, { airflowHome: '/srv/airflow' });
    expect(cfg(synthAirflow({ image }), 'core', 'dags_folder')).toBe('/srv/airflow/dags');
  });

  test('are where the option says', () => {
    expect(cfg(synthAirflow({ dags: DagSource.fromImage({ path: '/srv/dags' }) }), 'core', 'dags_folder')).toBe('/srv/dags');
  });

  test.each(['dags', '', './dags', '/srv/../dags', '/a:b'])('fail with the path %j', path => {
    expect(building({ dags: DagSource.fromImage({ path }) })).toThrow(
      new Error(`test/airflow: 'dags.path' must be an absolute path without '..' and ':', got '${path}'`));
  });
});

test('DAGs by ssh fail where the namespace gives users, who have no name', () => {
  const credentials = GitCredentials.sshKey(SecretKey.of('git', 'ssh-privatekey'), { knownHosts: SecretKey.of('git', 'known_hosts') });
  const dags = DagSource.gitSync({ repo: 'git@host:dags.git', credentials });
  const pods = { securityContext: { userFromNamespace: true } };
  const message = (prop: string) => `'dags' by ssh needs a user with a name, but '${prop}.userFromNamespace' gives one without; reach the repository by https`;
  expect(building({ dags, pods })).toThrow(new Error(`test/airflow/task-pods/default: ${message('pods.securityContext')}`));
  expect(building({ dags, dagProcessor: pods })).toThrow(new Error(`test/airflow/dag-processor: ${message('securityContext')}`));
  expect(building({ dags, dagProcessor: { securityContext: { user: 1000 } }, apiServer: pods })).not.toThrow();
  const byToken = DagSource.gitSync({ repo: 'https://host/dags.git', credentials: GitCredentials.token(SecretKey.of('git', 'password')) });
  expect(building({ dags: byToken, pods })).not.toThrow();
});

describe('DAGs on a claim', () => {
  test('are mounted read-only by whatever reads DAGs', () => {
    const manifest = synthAirflow({ dags: DagSource.fromClaim(existing) });
    expect(readers(manifest)).toEqual(['dag-processor', 'task', 'triggerer']);
    expect(volume(pod(manifest, 'task'), 'dags')).toEqual({ name: 'dags', persistentVolumeClaim: { claimName: 'dags-of-mine' } });
    expect(mount(main(manifest, 'dag-processor'), '/opt/airflow/dags')).toEqual({ name: 'dags', mountPath: '/opt/airflow/dags', readOnly: true });
    expect(cfg(manifest, 'core', 'dags_folder')).toBe('/opt/airflow/dags');
    expect(cfg(manifest, 'dag_processor', 'refresh_interval')).toBe('30');
  });

  test.each([
    ['2.x, where the scheduler parses them', { version: AirflowVersion.V2_11 }, ['scheduler', 'task', 'triggerer']],
    ['2.x with a dag-processor', { version: AirflowVersion.V2_11, dagProcessor: {} }, ['dag-processor', 'task', 'triggerer']],
    ['the LocalExecutor, where the scheduler runs them', { executor: Executor.local() }, ['dag-processor', 'scheduler', 'triggerer']],
  ])('are mounted by these components in %s', (_, props, components) => {
    expect(readers(synthAirflow({ dags: DagSource.fromClaim(existing), ...props }))).toEqual(components);
  });

  test('are looked through as often in 2.x, where the option has another name', () => {
    const manifest = synthAirflow({ version: AirflowVersion.V2_10, dags: DagSource.fromClaim(existing) });
    expect(cfg(manifest, 'scheduler', 'dag_dir_list_interval')).toBe('30');
  });

  test('have a folder, a mount path and may be written to', () => {
    const manifest = synthAirflow({ dags: DagSource.fromClaim(existing, { subPath: 'team/dags', mountPath: '/srv/dags', readOnly: false }) });
    expect(mount(main(manifest, 'task'), '/srv/dags')).toEqual({ name: 'dags', mountPath: '/srv/dags', subPath: 'team/dags' });
    expect(cfg(manifest, 'core', 'dags_folder')).toBe('/srv/dags');
  });

  test.each([[READ_ONLY_MANY], [READ_WRITE_MANY], [READ_WRITE_ONCE, READ_ONLY_MANY]])('may be read by several pods (%s)', (...modes) => {
    expect(readers(synthAirflow({ dags: DagSource.fromClaim(claim(...modes)) }))).toHaveLength(3);
  });

  test('fail on a claim that one node mounts', () => {
    expect(building({ dags: DagSource.fromClaim(claim(READ_WRITE_ONCE)) })).toThrow(new Error(
      "test/airflow: 'dags' must be a claim that is ReadWriteMany or ReadOnlyMany, since several pods mount it, got 'dags-of-mine' with ReadWriteOnce"));
  });

  test('fail on a claim that cannot be written to, when they shall be', () => {
    expect(building({ dags: DagSource.fromClaim(claim(READ_ONLY_MANY), { readOnly: false }) })).toThrow(new Error(
      "test/airflow: 'dags' must be a claim that is ReadWriteMany, since several pods mount it, got 'dags-of-mine' with ReadOnlyMany"));
  });

  test.each(['/dags', '../dags', 'a/../../b', ''])('fail with the sub-path %j', subPath => {
    expect(building({ dags: DagSource.fromClaim(existing, { subPath }) })).toThrow(
      new Error(`test/airflow: 'dags.subPath' must be a relative path without '..', got '${subPath}'; leave it out for the root`));
  });

  test('fail with a mount path that is not one', () => {
    expect(building({ dags: DagSource.fromClaim(existing, { mountPath: 'dags' }) })).toThrow(
      new Error("test/airflow: 'dags.mountPath' must be an absolute path without '..' and ':', got 'dags'"));
  });
});

test('fail with a folder that is another line of airflow.cfg', () => {
  expect(building({ dags: DagSource.fromImage({ path: '/a\nfoo = bar' }) })).toThrow(
    new Error("test/airflow: 'dags.path' must have no line break or other control character in it, got \"/a\\nfoo = bar\""));
});

describe('DAGs on a new claim', () => {
  const volumeOfMine = kplus.PersistentVolume.fromPersistentVolumeName(elsewhere, 'volume', 'airflow-dags');

  test('are mounted from one that several pods can read', () => {
    const manifest = synthAirflow({ dags: DagSource.newClaim() });
    const made = find(manifest, 'PersistentVolumeClaim', 'airflow-dags');
    expect(made.spec).toEqual({ accessModes: ['ReadWriteMany'], resources: { requests: { storage: '1Gi' } }, volumeMode: 'Filesystem' });
    expect(made.metadata.labels!['app.kubernetes.io/name']).toBe('airflow');
    expect(volume(pod(manifest, 'task'), 'dags')!.persistentVolumeClaim).toEqual({ claimName: made.metadata.name });
    expect(readers(manifest)).toEqual(['dag-processor', 'task', 'triggerer']);
  });

  test('are on a class of storage', () => {
    const dags = DagSource.newClaim({ size: Size.gibibytes(5), storageClassName: 'nfs', subPath: 'team', mountPath: '/srv/dags', readOnly: false });
    const manifest = synthAirflow({ dags });
    expect(find(manifest, 'PersistentVolumeClaim', 'airflow-dags').spec).toMatchObject({
      storageClassName: 'nfs', resources: { requests: { storage: '5Gi' } },
    });
    expect(mount(main(manifest, 'triggerer'), '/srv/dags')).toEqual({ name: 'dags', mountPath: '/srv/dags', subPath: 'team' });
  });

  test('are on a volume that exists, and on nothing else', () => {
    const manifest = synthAirflow({ dags: DagSource.newClaim({ accessMode: READ_ONLY_MANY, volume: volumeOfMine }) });
    expect(find(manifest, 'PersistentVolumeClaim', 'airflow-dags').spec).toEqual({
      accessModes: ['ReadOnlyMany'], resources: { requests: { storage: '1Gi' } }, volumeMode: 'Filesystem', volumeName: 'airflow-dags', storageClassName: '',
    });
  });

  test('are on a volume of a class', () => {
    const manifest = synthAirflow({ dags: DagSource.newClaim({ storageClassName: 'manual', volume: volumeOfMine }) });
    expect(find(manifest, 'PersistentVolumeClaim', 'airflow-dags').spec).toMatchObject({ volumeName: 'airflow-dags', storageClassName: 'manual' });
  });

  test.each([
    ['dags.size', (size: Size) => DagSource.newClaim({ size })],
    ['dags.shared.size', (size: Size) => DagSource.gitSync({ repo: 'https://host/dags', shared: { size } })],
  ])('have any %s that Kubernetes takes', (prop, dags) => {
    expect(find(synthAirflow({ dags: dags(Size.mebibytes(512)) }), 'PersistentVolumeClaim', 'dags').spec.resources).toEqual({ requests: { storage: '512Mi' } });
    expect(building({ dags: dags(Size.gibibytes(1.8)) })).toThrow(
      new Error(`test/airflow: '${prop}' must be a whole number of bytes, got 1.8Gi; use Size.mebibytes(1844)`));
    expect(building({ dags: dags(Size.kibibytes(1)) })).toThrow(new Error(`test/airflow: '${prop}' must be at least 1Mi, got 1Ki`));
  });

  test.each([READ_WRITE_ONCE, kplus.PersistentVolumeAccessMode.READ_WRITE_ONCE_POD])('fail with the access mode %s', accessMode => {
    expect(building({ dags: DagSource.newClaim({ accessMode }) })).toThrow(
      /'dags' must be a claim that is ReadWriteMany or ReadOnlyMany, since several pods mount it, got 'test-airflow-dags' with ReadWriteOnce(Pod)?$/);
  });
});

describe('DAGs of one clone for all', () => {
  const repo = 'https://host/dags.git';
  const credentials = GitCredentials.token(SecretKey.of('git', 'password'));
  const manifest = synthAirflow({ dags: DagSource.gitSync({ repo, subPath: 'dags', credentials, shared: { size: Size.gibibytes(3), storageClassName: 'nfs' } }) });
  const made = find(manifest, 'PersistentVolumeClaim', 'airflow-dags');

  test('are written by one pod to a claim', () => {
    const sync = workload(manifest, 'git-sync');
    expect(made.spec).toEqual({
      accessModes: ['ReadWriteMany'], resources: { requests: { storage: '3Gi' } }, volumeMode: 'Filesystem', storageClassName: 'nfs',
    });
    expect([sync.kind, sync.spec.replicas, sync.spec.strategy]).toEqual(['Deployment', 1, { type: 'Recreate' }]);
    const { spec } = sync.spec.template;
    expect(spec.containers.map(({ name }) => name)).toEqual(['git-sync']);
    expect(spec.containers[0].volumeMounts).toContainEqual({ name: 'dags', mountPath: '/git' });
    expect(spec.containers[0].terminationMessagePolicy).toBe('FallbackToLogsOnError');
    expect(spec.securityContext).toMatchObject({ runAsUser: 65533, runAsGroup: 65533, fsGroup: 65533 });
    expect(spec.automountServiceAccountToken).toBe(false);
    expect(volume(sync.spec.template, 'dags')).toEqual({ name: 'dags', persistentVolumeClaim: { claimName: made.metadata.name } });
    expect(volume(sync.spec.template, 'git-secret')!.projected).toEqual(
      { defaultMode: 0o440, sources: [{ secret: { name: 'git', items: [{ key: 'password', path: 'password' }] } }] });
  });

  test('are read by the others, whole, since the link in it is relative', () => {
    for (const component of ['dag-processor', 'triggerer', 'task']) {
      expect(mount(main(manifest, component), '/opt/airflow/dags')).toEqual({ name: 'dags', mountPath: '/opt/airflow/dags', readOnly: true });
      expect(volume(pod(manifest, component), 'dags')).toEqual({ name: 'dags', persistentVolumeClaim: { claimName: made.metadata.name } });
      expect((pod(manifest, component).spec.initContainers ?? []).filter(({ name }) => name.startsWith('git-sync'))).toEqual([]);
      expect(volume(pod(manifest, component), 'git-secret')).toBeUndefined();
    }
    expect(cfg(manifest, 'core', 'dags_folder')).toBe('/opt/airflow/dags/repo/dags');
  });

  test('by ssh fail where the namespace gives users to it, but not where it gives them to those that read', () => {
    const dags = DagSource.gitSync({ repo: 'git@host:dags.git', credentials: GitCredentials.sshKeyForAnyHost(SecretKey.of('git', 'ssh-privatekey')), shared: {} });
    expect(building({ dags, pods: { securityContext: { userFromNamespace: true } } })).toThrow("test/airflow/git-sync/shared: 'dags' by ssh needs a user "
      + "with a name, but 'pods.securityContext.userFromNamespace' gives one without; reach the repository by https");
    expect(building({ dags, dagProcessor: { securityContext: { userFromNamespace: true } } })).not.toThrow();
  });

  test('may be patched', () => {
    const chart = airflowChart({ dags: DagSource.gitSync({ repo, shared: {} }) });
    chart.airflow.gitSync!.workload.addJsonPatch(JsonPatch.replace('/spec/revisionHistoryLimit', 7));
    expect(workload(synth(chart), 'git-sync').spec.revisionHistoryLimit).toBe(7);
    expect(airflowChart({ dags: DagSource.gitSync({ repo }) }).airflow.gitSync).toBeUndefined();
  });

  test('are on a claim that exists', () => {
    const shared = { claim: claim(READ_WRITE_MANY) };
    const other = synthAirflow({ dags: DagSource.gitSync({ repo, shared }), pods: { nodeSelector: { pool: 'data' }, securityContext: { userFromNamespace: true } } });
    expect(findAll(other, 'PersistentVolumeClaim', 'dags')).toEqual([]);
    const { spec } = workload(other, 'git-sync').spec.template;
    expect(volume(workload(other, 'git-sync').spec.template, 'dags')!.persistentVolumeClaim).toEqual({ claimName: 'dags-of-mine' });
    expect(spec.nodeSelector).toEqual({ pool: 'data' });
    expect([spec.securityContext.runAsUser, spec.containers[0].securityContext.runAsUser]).toEqual([undefined, undefined]);
  });

  test.each([
    [{ shared: { claim: claim(READ_ONLY_MANY) } },
      "'shared.claim' must be a claim that is ReadWriteMany, since several pods mount it, got 'dags-of-mine' with ReadOnlyMany"],
    [{ shared: { claim: existing, size: Size.gibibytes(1) } },
      "'shared.size', 'shared.storageClassName' and 'shared.annotations' are for a new claim, but 'shared.claim' is 'dags-of-mine'; leave them out"],
    [{ shared: { claim: existing, storageClassName: 'nfs' } },
      "'shared.size', 'shared.storageClassName' and 'shared.annotations' are for a new claim, but 'shared.claim' is 'dags-of-mine'; leave them out"],
    [{ shared: {}, cloneSize: Size.gibibytes(1) }, "'cloneSize' is that of each pod's own clone, but 'shared' has one for all; use 'shared.size'"],
  ])('fail with %#', (options, message) => {
    expect(building({ dags: DagSource.gitSync({ repo, ...options }) })).toThrow(new Error(`test/airflow/git-sync: ${message}`));
  });
});

describe('DAGs of several sources', () => {
  const gitSync = (name: string, more = {}) => DagSource.gitSync({ repo: `https://host/${name}.git`, subPath: 'dags', ...more });
  const sources = {
    sales: gitSync('sales', { period: Duration.seconds(40), credentials: GitCredentials.token(SecretKey.of('git', 'password')) }),
    core: gitSync('core', { sparseCheckout: ['/dags/'] }),
    shared: DagSource.fromClaim(existing, { subPath: 'shared' }),
    image: DagSource.fromImage(),
  };

  test('have names, volumes and ports of their own in each pod', () => {
    const manifest = synthAirflow({ dags: DagSource.multiple(sources) });
    const { spec } = pod(manifest, 'dag-processor');
    const syncs = spec.initContainers!.filter(({ name }) => name.startsWith('git-sync'));
    expect(syncs.map(({ name, ports }) => [name, ports])).toEqual([
      ['git-sync-core', [{ name: 'git-sync', containerPort: 1234 }]], ['git-sync-sales', [{ name: 'git-sync-2', containerPort: 1236 }]],
    ]);
    expect(spec.containers[0].volumeMounts!.filter(({ mountPath }) => mountPath.includes('dag-'))).toEqual([
      { name: 'dags-core', mountPath: '/opt/airflow/dag-sources/core', readOnly: true },
      { name: 'dags-sales', mountPath: '/opt/airflow/dag-sources/sales', readOnly: true },
      { name: 'dags-shared', mountPath: '/opt/airflow/dag-sources/shared', subPath: 'shared', readOnly: true },
    ]);
    expect(spec.volumes!.map(({ name }) => name)).toEqual(expect.arrayContaining(['git-secret-sales', 'git-config-core']));
    expect(syncs[1].volumeMounts).toEqual([
      { name: 'dags-sales', mountPath: '/git' }, { name: 'scratch', mountPath: '/tmp', subPath: 'git-sales' },
      { name: 'git-secret-sales', mountPath: '/etc/git-secret', readOnly: true },
    ]);
    expect(pod(manifest, 'task').spec.initContainers!.map(({ name }) => name)).toEqual(['git-sync-init-core', 'git-sync-init-sales']);
  });

  test('are bundles of Airflow 3, each of a folder', () => {
    const manifest = synthAirflow({ dags: DagSource.multiple(sources) });
    const classpath = 'airflow.dag_processing.bundles.local.LocalDagBundle';
    expect(bundleListOf(manifest)).toEqual([
      { name: 'core', classpath, kwargs: { path: '/opt/airflow/dag-sources/core/repo/dags' } },
      { name: 'image', classpath, kwargs: { path: '/opt/airflow/dags' } },
      { name: 'sales', classpath, kwargs: { path: '/opt/airflow/dag-sources/sales/repo/dags' } },
      { name: 'shared', classpath, kwargs: { path: '/opt/airflow/dag-sources/shared' } },
    ]);
    expect(cfgText(manifest)).toContain('\nrefresh_interval = 10\n');
  });

  test('are links in one folder in 2.x', () => {
    const manifest = synthAirflow({ version: AirflowVersion.V2_11, dags: DagSource.multiple(sources) });
    expect(cfg(manifest, 'core', 'dags_folder')).toBe('/opt/airflow/dag-folders');
    expect(cfg(manifest, 'scheduler', 'dag_dir_list_interval')).toBe('10');
    expect(cfgText(manifest)).not.toContain('dag_bundle_config_list');
    for (const component of ['scheduler', 'task']) {
      const link = init(manifest, component, 'link-dags');
      expect(link.command).toEqual(['sh', '-ec', 'while [ $# -gt 0 ]; do ln -sfn "$2" "$1"; shift 2; done', '--',
        '/opt/airflow/dag-folders/core', '/opt/airflow/dag-sources/core/repo/dags',
        '/opt/airflow/dag-folders/image', '/opt/airflow/dags',
        '/opt/airflow/dag-folders/sales', '/opt/airflow/dag-sources/sales/repo/dags',
        '/opt/airflow/dag-folders/shared', '/opt/airflow/dag-sources/shared']);
      expect(link.volumeMounts).toEqual([{ name: 'dag-folders', mountPath: '/opt/airflow/dag-folders' }]);
      expect(mount(main(manifest, component), '/opt/airflow/dag-folders')).toEqual({ name: 'dag-folders', mountPath: '/opt/airflow/dag-folders', readOnly: true });
    }
    expect((pod(manifest, 'webserver').spec.initContainers ?? []).map(({ name }) => name)).not.toContain('link-dags');
  });

  test('are the same in whatever order', () => {
    const turned = Object.fromEntries(Object.entries(sources).reverse());
    expect(synthAirflow({ dags: DagSource.multiple(turned) })).toEqual(synthAirflow({ dags: DagSource.multiple(sources) }));
  });

  test('of which one is by ssh need a user with a name', () => {
    const credentials = GitCredentials.sshKeyForAnyHost(SecretKey.of('git', 'ssh-privatekey'));
    const dags = DagSource.multiple({ a: DagSource.fromImage(), b: DagSource.gitSync({ repo: 'git@host:b.git', credentials }) });
    expect(building({ dags, pods: { securityContext: { userFromNamespace: true } } })).toThrow(/'dags' by ssh needs a user with a name/);
  });

  test.each([
    [{}, "'dags' must have at least one source, got none; use DagSource.fromImage() for those of the image"],
    [{ A: DagSource.fromImage() },
      "'dags' must be at most 40 lowercase letters, digits and dashes, beginning and ending with a letter or digit, got 'A' (1 characters)"],
    [{ a: DagSource.fromImage(), b: DagSource.fromImage() },
      "'dags' must be sources that share nothing, but 'a' and 'b' both have the folder /opt/airflow/dags; change one of them"],
    [{ a: gitSync('a', { http: { port: 1235 } }), b: gitSync('b') },
      "'dags' must be sources that share nothing, but 'a' and 'b' both have the port 1235; change one of them"],
    [{ a: DagSource.multiple({ b: DagSource.fromImage() }) },
      "'dags.a' must not be of several sources again; name them all in one DagSource.multiple"],
    [{ a: DagSource.gitBundle({ repo: 'https://host/a', ref: 'main' }) },
      "'dags.a' must not be of bundles, which Airflow fetches by itself; use DagSource.bundles, which takes several"],
  ])('fail with %#', (wrong, message) => {
    expect(building({ dags: DagSource.multiple(wrong) })).toThrow(new Error(`test/airflow: ${message}`));
  });

  test('of which each is shared have no port in common, since they are pods of their own', () => {
    const dags = DagSource.multiple({ a: gitSync('a', { shared: {}, http: { port: 1300 } }), b: gitSync('b', { shared: {}, http: { port: 1300 } }) });
    const manifest = synthAirflow({ dags });
    expect(findAll(manifest, 'PersistentVolumeClaim', 'dags-').map(({ metadata }) => metadata.name)).toEqual(['test-airflow-dags-a', 'test-airflow-dags-b']);
    expect(findAll(manifest, 'Deployment', 'git-sync')).toHaveLength(2);
  });
});
