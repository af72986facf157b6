import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AirflowImage, AirflowVersion, Executor, TaskLogs } from '../src';
import { building, find, findAll, main, Manifest, mount, pod, pods, synthAirflow, volume } from './util';

const { READ_ONLY_MANY, READ_WRITE_MANY, READ_WRITE_ONCE } = kplus.PersistentVolumeAccessMode;
const LOGS = '/opt/airflow/logs';
const elsewhere = new Chart(new App(), 'elsewhere');
const existing = kplus.PersistentVolumeClaim.fromClaimName(elsewhere, 'existing', 'logs-of-mine');

/** The components that mount the shared logs. */
function sharing(manifest: Manifest[]): string[] {
  return [...pods(manifest)].filter(([, of]) => volume(of, 'logs')).map(([component]) => component).sort();
}

test('are ephemeral by default: in the scratch volume of each pod', () => {
  const manifest = synthAirflow();
  expect(sharing(manifest)).toEqual([]);
  expect(mount(main(manifest, 'task'), LOGS)).toEqual({ name: 'scratch', mountPath: LOGS, subPath: 'logs' });
  expect(findAll(manifest, 'PersistentVolumeClaim')).toEqual([]);
});

describe('on a claim that exists', () => {
  test('are shared by what writes them and what shows them', () => {
    const manifest = synthAirflow({ logs: TaskLogs.fromClaim(existing) });
    expect(sharing(manifest)).toEqual(['api-server', 'task', 'triggerer']);
    expect(volume(pod(manifest, 'task'), 'logs')).toEqual({ name: 'logs', persistentVolumeClaim: { claimName: 'logs-of-mine' } });
    expect(mount(main(manifest, 'task'), LOGS)).toEqual({ name: 'logs', mountPath: LOGS });
    expect(mount(main(manifest, 'scheduler'), LOGS)).toEqual({ name: 'scratch', mountPath: LOGS, subPath: 'logs' });
  });

  test.each([
    ['2.x', { version: AirflowVersion.V2_11 }, ['task', 'triggerer', 'webserver']],
    ['the LocalExecutor', { executor: Executor.local() }, ['api-server', 'scheduler', 'triggerer']],
  ])('are shared by these components in %s', (_, props, components) => {
    expect(sharing(synthAirflow({ logs: TaskLogs.fromClaim(existing), ...props }))).toEqual(components);
  });

  test('have a folder, and follow the AIRFLOW_HOME of the image', () => {
    const image = AirflowImage.official(AirflowVersion.V3_3, { airflowHome: '/srv/airflow' });
    const manifest = synthAirflow({ image, logs: TaskLogs.fromClaim(existing, { subPath: 'team/a' }) });
    expect(mount(main(manifest, 'task'), '/srv/airflow/logs')).toEqual({ name: 'logs', mountPath: '/srv/airflow/logs', subPath: 'team/a' });
  });

  test.each([['ReadWriteOnce', [READ_WRITE_ONCE]], ['ReadOnlyMany', [READ_ONLY_MANY]], ['ReadWriteOnce, ReadOnlyMany', [READ_WRITE_ONCE, READ_ONLY_MANY]]])(
    'fail when it is %s', (named, accessModes) => {
      const claim = new kplus.PersistentVolumeClaim(new Chart(new App(), 'other'), 'claim', {
        metadata: { name: 'logs-of-mine' }, accessModes, storage: Size.gibibytes(1),
      });
      expect(building({ logs: TaskLogs.fromClaim(claim) })).toThrow(
        new Error(`test/airflow: 'logs' must be a claim that is ReadWriteMany, since several pods mount it, got 'logs-of-mine' with ${named}`));
    });

  test('may have more access modes than ReadWriteMany', () => {
    const claim = new kplus.PersistentVolumeClaim(new Chart(new App(), 'other'), 'claim', {
      accessModes: [READ_WRITE_ONCE, READ_WRITE_MANY], storage: Size.gibibytes(1),
    });
    expect(sharing(synthAirflow({ logs: TaskLogs.fromClaim(claim) }))).toHaveLength(3);
  });

  test.each(['/logs', '../logs', ''])('fail with the sub-path %j', subPath => {
    expect(building({ logs: TaskLogs.fromClaim(existing, { subPath }) })).toThrow(
      new Error(`test/airflow: 'logs.subPath' must be a relative path without '..', got '${subPath}'; leave it out for the root`));
  });
});

describe('on a new claim', () => {
  test('have 20 GiB that several pods write to', () => {
    const manifest = synthAirflow({ logs: TaskLogs.claim() });
    const claim = find(manifest, 'PersistentVolumeClaim');
    expect(claim.spec).toEqual({ accessModes: ['ReadWriteMany'], resources: { requests: { storage: '20Gi' } }, volumeMode: 'Filesystem' });
    expect(claim.metadata.labels!['app.kubernetes.io/managed-by']).toBe('cdk8s-airflow');
    expect(volume(pod(manifest, 'api-server'), 'logs')!.persistentVolumeClaim!.claimName).toBe(claim.metadata.name);
  });

  test('have a size, a storage class and a folder', () => {
    const manifest = synthAirflow({ logs: TaskLogs.claim({ size: Size.gibibytes(7), storageClassName: 'nfs', subPath: 'a' }) });
    expect(find(manifest, 'PersistentVolumeClaim').spec).toEqual({
      accessModes: ['ReadWriteMany'], resources: { requests: { storage: '7Gi' } }, storageClassName: 'nfs', volumeMode: 'Filesystem',
    });
    expect(mount(main(manifest, 'task'), LOGS)!.subPath).toBe('a');
  });
});
