import { App, Chart, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AirflowImage, AirflowVersion, DagSource, Executor, LogRetention, NewClaimLogsOptions, TaskLogs } from '../../src/index';
import { airflowChart, building, find, findAll, main, Manifest, mount, pod, pods, synth, synthAirflow, volume } from '../util';

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
    expect(findAll(manifest, 'CronJob')).toEqual([]);
    expect(volume(pod(manifest, 'task'), 'logs')).toEqual({ name: 'logs', persistentVolumeClaim: { claimName: 'logs-of-mine' } });
    expect(mount(main(manifest, 'task'), LOGS)).toEqual({ name: 'logs', mountPath: LOGS });
    expect(mount(main(manifest, 'scheduler'), LOGS)).toEqual({ name: 'scratch', mountPath: LOGS, subPath: 'logs' });
  });

  test.each([
    ['2.x', { version: AirflowVersion.V2_11 }, ['task', 'triggerer', 'webserver']],
    ['the LocalExecutor', { executor: Executor.local() }, ['api-server', 'scheduler', 'triggerer']],
    ['the CeleryExecutor', { executor: Executor.celery() }, ['api-server', 'triggerer', 'worker']],
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
    const manifest = synthAirflow({ logs: TaskLogs.newClaim() });
    const claim = find(manifest, 'PersistentVolumeClaim');
    expect(claim.spec).toEqual({ accessModes: ['ReadWriteMany'], resources: { requests: { storage: '20Gi' } }, volumeMode: 'Filesystem' });
    expect(claim.metadata.labels!['app.kubernetes.io/managed-by']).toBe('cdk8s-airflow');
    expect(volume(pod(manifest, 'api-server'), 'logs')!.persistentVolumeClaim!.claimName).toBe(claim.metadata.name);
  });

  test('have a size, a storage class and a folder', () => {
    const manifest = synthAirflow({ logs: TaskLogs.newClaim({ size: Size.gibibytes(7), storageClassName: 'nfs', subPath: 'a' }) });
    expect(find(manifest, 'PersistentVolumeClaim').spec).toEqual({
      accessModes: ['ReadWriteMany'], resources: { requests: { storage: '7Gi' } }, storageClassName: 'nfs', volumeMode: 'Filesystem',
    });
    expect(mount(main(manifest, 'task'), LOGS)!.subPath).toBe('a');
  });

  test('may be bound to a volume that exists, of the class that the volume has', () => {
    const chart = new Chart(new App(), 'volumes');
    const byHand = kplus.PersistentVolume.fromPersistentVolumeName(chart, 'by-hand', 'logs-volume');
    const specOf = (options: NewClaimLogsOptions) => find(synthAirflow({ logs: TaskLogs.newClaim(options) }), 'PersistentVolumeClaim').spec;
    expect(specOf({ volume: byHand })).toMatchObject({ volumeName: 'logs-volume', storageClassName: '', accessModes: ['ReadWriteMany'] });
    expect(specOf({ volume: byHand, storageClassName: 'manual' })).toMatchObject({ volumeName: 'logs-volume', storageClassName: 'manual' });
    const made = new kplus.GCEPersistentDiskPersistentVolume(chart, 'made', { pdName: 'disk', storageClassName: 'disks', metadata: { name: 'disk' } });
    expect(specOf({ volume: made })).toMatchObject({ volumeName: 'disk', storageClassName: 'disks' });
  });
});

test.each<[Size, string, number]>([[Size.mebibytes(512), '512Mi', 409], [Size.gibibytes(1.5), '1536Mi', 1228], [Size.tebibytes(1), '1024Gi', 838860]])(
  'are on a new claim of any size, of which 80 percent are kept: %p', (size, storage, most) => {
    const manifest = synthAirflow({ logs: TaskLogs.newClaim({ size }) });
    expect(find(manifest, 'PersistentVolumeClaim').spec.resources).toEqual({ requests: { storage } });
    expect(JSON.stringify(find(manifest, 'CronJob'))).toContain(`"${most}"`);
  });

test.each<[Size, string]>([
  [Size.mebibytes(0), 'at least 1Mi, got 0Gi'], [Size.gibibytes(1.8), 'a whole number of bytes, got 1.8Gi; use Size.mebibytes(1844)'],
])('fail on a new claim of a size that no volume has: %p', (size, wrong) => {
  expect(building({ logs: TaskLogs.newClaim({ size }) })).toThrow(new Error(`test/airflow: 'logs.size' must be ${wrong}`));
});

describe('beside other files on the same claim', () => {
  const retention = LogRetention.within();
  const dags = (subPath?: string) => DagSource.fromClaim(existing, { subPath });
  const both = (dagsPath: string | undefined, logsPath: string | undefined, options = {}) =>
    building({ dags: dags(dagsPath), logs: TaskLogs.fromClaim(existing, { subPath: logsPath, retention, ...options }) });

  test.each([[undefined, undefined, ''], ['dags', undefined, ''], ['team/dags', 'team', "in 'team' "], ['team', 'team', "in 'team' "]])(
    'fail where they would be deleted too: DAGs in %p, logs in %p', (dagsPath, logsPath, where) => {
      expect(both(dagsPath, logsPath)).toThrow(new Error(`test/airflow: 'logs.retention' deletes what is old ${where}on the claim 'logs-of-mine', `
        + "but '/opt/airflow/dags' is there, too; give 'logs' a 'subPath' of its own, or leave 'retention' out"));
    });

  test.each([['dags', 'logs'], ['team', 'team/logs'], ['logs-dags', 'logs']])('are deleted alone: DAGs in %p, logs in %p', (dagsPath, logsPath) => {
    expect(both(dagsPath, logsPath)).not.toThrow();
  });

  test('may share a folder with them when nothing is deleted', () => {
    expect(both(undefined, undefined, { retention: undefined })).not.toThrow();
  });

  test('fail beside a shared clone', () => {
    const claim = new kplus.PersistentVolumeClaim(new Chart(new App(), 'other'), 'claim', {
      metadata: { name: 'shared' }, accessModes: [READ_WRITE_MANY], storage: Size.gibibytes(1),
    });
    expect(building({ dags: DagSource.gitSync({ repo: 'https://host/dags', shared: { claim } }), logs: TaskLogs.fromClaim(claim, { retention }) })).toThrow(
      /'logs.retention' deletes what is old on the claim 'shared', but '\/opt\/airflow\/dags' is there, too/);
  });
});

describe('are deleted when they are old', () => {
  const command = (logs: TaskLogs) => main(synthAirflow({ logs }), 'log-groomer').command!.slice(3);

  test('on a claim that is made: after 15 days, and beyond 80 percent of its size', () => {
    expect(command(TaskLogs.newClaim())).toEqual(['/opt/airflow/logs', '16384', '--age', '1296000', '--once']);
    expect(command(TaskLogs.newClaim({ size: Size.gibibytes(1) }))).toEqual(['/opt/airflow/logs', '819', '--age', '1296000', '--once']);
  });

  test('on a volume that exists: when the platform says so', () => {
    const volumeOfMine = kplus.PersistentVolume.fromPersistentVolumeName(new Chart(new App(), 'volumes'), 'by-hand', 'logs-volume');
    expect(airflowChart({ logs: TaskLogs.newClaim({ volume: volumeOfMine }) }).airflow.logGroomer).toBeUndefined();
    expect(command(TaskLogs.newClaim({ volume: volumeOfMine, retention: LogRetention.within() }))).toEqual(
      ['/opt/airflow/logs', '16384', '--age', '1296000', '--once']);
  });

  test('on a claim that exists: when the platform says so, beyond a size where it says one', () => {
    expect(command(TaskLogs.fromClaim(existing, { retention: LogRetention.within() }))).toEqual(['/opt/airflow/logs', '--age', '1296000', '--once']);
    const retention = LogRetention.within({ maxAge: Duration.days(3), maxSize: Size.gibibytes(2) });
    expect(command(TaskLogs.fromClaim(existing, { retention }))).toEqual(['/opt/airflow/logs', '2048', '--age', '259200', '--once']);
  });

  test('never, where they are kept for ever', () => {
    const airflow = airflowChart({ logs: TaskLogs.newClaim({ retention: LogRetention.forever() }) });
    expect(airflow.airflow.logGroomer).toBeUndefined();
    expect(findAll(synth(airflow), 'CronJob')).toEqual([]);
  });

  test.each([
    ['an age of minutes', { maxAge: Duration.minutes(59) }, "'logs.retention.maxAge' must be a whole number of seconds of at least 3600, got 3540"],
    ['an age of a fraction', { maxAge: Duration.millis(3600001) }, "'logs.retention.maxAge' must be a whole number of seconds of at least 3600, got 3600.001"],
    ['no size', { maxSize: Size.kibibytes(1023) }, "'logs.retention.maxSize' must be at least 1Mi, got 1023Ki"],
    ['the whole claim', { maxSize: Size.gibibytes(20) },
      "'logs.retention.maxSize' must be less than the size of the claim, 20Gi, got 20Gi; what is written until the next run needs room, too"],
    ['more than the limit', { resources: { memory: { request: Size.gibibytes(2), limit: Size.gibibytes(1) } } },
      "'logs.retention.resources.memory.request' must be at most the limit 1Gi, got 2Gi; lower it, or raise 'logs.retention.resources.memory.limit'"],
  ])('fail with %s', (_, options, message) => {
    expect(building({ logs: TaskLogs.newClaim({ retention: LogRetention.within(options) }) })).toThrow(new Error(`test/airflow: ${message}`));
  });
});
