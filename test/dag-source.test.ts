import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AirflowImage, AirflowVersion, DagSource, Executor, GitCredentials } from '../src';
import { building, cfg, main, mount, pod, pods as podsOf, secretNamed, synthAirflow, volume } from './util';

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
  const credentials = GitCredentials.sshKey(secretNamed('git'), { knownHostsKey: 'known_hosts' });
  const pods = { securityContext: { userFromNamespace: true } };
  expect(building({ dags: DagSource.gitSync({ repo: 'git@host:dags.git', credentials }), pods })).toThrow(new Error("test/airflow: 'dags' by ssh needs a "
    + "user with a name, but 'pods.securityContext.userFromNamespace' gives one without; use GitCredentials.token"));
  const byToken = DagSource.gitSync({ repo: 'https://host/dags.git', credentials: GitCredentials.token(secretNamed('git')) });
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
