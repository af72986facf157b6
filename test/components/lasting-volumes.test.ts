import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  AirflowChartProps, CeleryWorkersOptions, ClaimTemplateOptions, Executor, IpFamily, LastingVolumeOptions, LogVolumeOptions, NewClaimDagsOptions,
  DagSource, TaskLogs, WorkloadOptions,
} from '../../src';
import { airflowChart, building, find, findAll, main, pod, synthAirflow, volume, workload } from '../util';

const logs = { size: Size.gibibytes(5) };
const celery = (workers: CeleryWorkersOptions): AirflowChartProps => ({ executor: Executor.celery({ workers }) });
interface Kept { logs: LogVolumeOptions; workload?: WorkloadOptions; replicas?: number }
const ofEach: [string, string, number, (volumes: Kept) => AirflowChartProps][] = [
  ['triggerer', 'trigger-logs', 8794, triggerer => ({ triggerer })],
  ['scheduler', 'task-logs', 8793, scheduler => ({ executor: Executor.local(), scheduler })],
  ['worker', 'task-logs', 8793, celery],
];

describe.each(ofEach)('a %s that keeps its logs', (component, port, containerPort, propsWith) => {
  const all: Required<LogVolumeOptions> = { ...logs, storageClassName: 'fast', annotations: { backup: 'no' }, deleteWithSet: true, deleteWhenScaled: true };
  const manifest = synthAirflow(propsWith({ logs: all, replicas: 2 }));
  const set = workload(manifest, component);

  test('is a StatefulSet with a claim for each pod', () => {
    expect(set.kind).toBe('StatefulSet');
    expect(set.spec).toMatchObject({ replicas: 2, podManagementPolicy: 'Parallel', persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Delete' } });
    expect(set.spec.volumeClaimTemplates).toEqual([{
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'logs', labels: set.spec.selector.matchLabels, annotations: { backup: 'no' } },
      spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'fast', resources: { requests: { storage: '5Gi' } }, volumeMode: 'Filesystem' },
      status: { phase: 'Pending' },
    }]);
    expect(main(manifest, component).volumeMounts).toContainEqual({ name: 'logs', mountPath: '/opt/airflow/logs' });
    expect(volume(pod(manifest, component), 'logs')).toBeUndefined();
  });

  test('is found by its name, which the next pod has', () => {
    const service = find(manifest, 'Service', set.metadata.name);
    expect(service.spec).toEqual({ type: 'ClusterIP', clusterIP: 'None', publishNotReadyAddresses: true, selector: set.spec.selector.matchLabels, ports: [{ name: port, port: containerPort }] });
    expect(set.spec.serviceName).toBe(service.metadata.name);
    expect(main(manifest, component).env).toContainEqual({ name: 'AIRFLOW__CORE__HOSTNAME_CALLABLE', value: 'airflow.utils.net.getfqdn' });
  });

  test('is a Deployment without its own volume', () => {
    const ephemeral = synthAirflow(propsWith({} as Kept));
    expect(workload(ephemeral, component).kind).toBe('Deployment');
    expect(findAll(ephemeral, 'Service', component)).toEqual([]);
  });

  test('is updated as told', () => {
    const strategy = (options: WorkloadOptions) => workload(synthAirflow(propsWith({ logs, workload: options })), component).spec.updateStrategy;
    expect(strategy({})).toBeUndefined();
    expect(strategy({ onDelete: true })).toEqual({ type: 'OnDelete' });
    expect(strategy({ partition: 1, onDelete: false })).toEqual({ type: 'RollingUpdate', rollingUpdate: { partition: 1 } });
  });

  test('has the addresses of the cluster', () => {
    const of = synthAirflow({ ...propsWith({ logs }), pods: { ipFamily: IpFamily.IPV6 } });
    expect(find(of, 'Service', workload(of, component).metadata.name).spec).toMatchObject({ ipFamilies: ['IPv6'] });
  });

  const construct = component === 'worker' ? 'celery-workers' : component;
  test.each<[WorkloadOptions, string]>([
    [{ partition: -1 }, "'workload.partition' must be a whole number of at least 0, got -1"],
    [{ onDelete: true, partition: 2 }, "'workload.onDelete' updates no pod by itself, so 'partition' means nothing beside it, got 2; leave one of them out"],
    [{ recreate: true }, "'workload.recreate' is for a Deployment, but pods that keep their logs are a StatefulSet, got 'true'; leave one of them out"],
  ])('fails with an update that a StatefulSet does not have (%#)', (options, message) => {
    expect(building(propsWith({ logs, workload: options }))).toThrow(new Error(`test/airflow/${construct}: ${message}`));
  });

  test('fails beside a claim for all logs', () => {
    expect(building({ ...propsWith({ logs }), logs: TaskLogs.newClaim() })).toThrow(new Error(`test/airflow/${construct}: 'logs' keeps the logs of each pod, `
      + "but the prop 'logs' of the Airflow keeps those of all tasks on one volume; leave one of them out"));
  });
});

test('fails with an update of a StatefulSet in a Deployment', () => {
  expect(building({ apiServer: { workload: { partition: 0, onDelete: true } } })).toThrow(new Error('test/airflow/api-server: 2 mistakes:\n'
    + "  'workload.onDelete' is for a StatefulSet, but pods without a volume of their own are a Deployment, got true; leave it out\n"
    + "  'workload.partition' is for a StatefulSet, but pods without a volume of their own are a Deployment, got 0; leave it out"));
});

test('fails to keep logs of tasks in a scheduler that runs none', () => {
  expect(building({ scheduler: { logs } })).toThrow(new Error(
    "test/airflow/scheduler: 'logs' keeps the logs of tasks, but with KubernetesExecutor the scheduler runs none; leave it out"));
});

describe('workers with volumes of any kind', () => {
  const volumeOptions: Required<LastingVolumeOptions> = {
    size: Size.gibibytes(100), storageClassName: 'nvme', annotations: { backup: 'yes' }, deleteWithSet: true, deleteWhenScaled: false,
  };
  const claim: Required<ClaimTemplateOptions> = { ...volumeOptions, name: 'models', mountPath: '/models', accessMode: kplus.PersistentVolumeAccessMode.READ_WRITE_ONCE_POD };

  test('are a StatefulSet that keeps them', () => {
    const manifest = synthAirflow(celery({ claims: [claim] }));
    const set = workload(manifest, 'worker');
    expect(set.kind).toBe('StatefulSet');
    expect(set.spec.persistentVolumeClaimRetentionPolicy).toEqual({ whenDeleted: 'Delete', whenScaled: 'Retain' });
    expect(set.spec.volumeClaimTemplates).toEqual([expect.objectContaining({
      metadata: { name: 'models', labels: set.spec.selector.matchLabels, annotations: { backup: 'yes' } },
      spec: { accessModes: ['ReadWriteOncePod'], storageClassName: 'nvme', resources: { requests: { storage: '100Gi' } }, volumeMode: 'Filesystem' },
    })]);
    expect(main(manifest, 'worker').volumeMounts).toContainEqual({ name: 'models', mountPath: '/models' });
    // The logs are on the scratch volume, and end with the pod.
    expect(main(manifest, 'worker').volumeMounts).toContainEqual({ name: 'scratch', mountPath: '/opt/airflow/logs', subPath: 'logs' });
    expect(find(manifest, 'Service', set.metadata.name).spec.ports).toEqual([{ name: 'task-logs', port: 8793 }]);
  });

  test('have them beside logs', () => {
    const both = workload(synthAirflow(celery({ logs: { ...logs, deleteWithSet: true }, claims: [claim] })), 'worker');
    expect(both.spec.volumeClaimTemplates.map(({ metadata }) => metadata.name)).toEqual(['logs', 'models']);
  });

  test.each<[CeleryWorkersOptions, string]>([
    [{ claims: [claim], logs }, "'deleteWithSet' must be the same for all volumes of the pods, got false in 'logs' and true in 'claims.models'"],
    [{ claims: [{ ...claim, name: 'Bad_Name' }] }, "'claims.name' must be at most 63 lowercase letters, digits and dashes, beginning and ending with a letter or digit, "
      + "got 'Bad_Name' (8 characters)"],
    [{ claims: [{ ...claim, mountPath: 'models' }] }, "'claims.mountPath' must be an absolute path without '..' and ':', got 'models'"],
    [{ claims: [{ ...claim, size: Size.kibibytes(1) }] }, "'claims.size' must be at least 1Mi, got 1Ki"],
    [{ claims: [{ ...claim, annotations: { 'a b': '' } }] }, "'claims.models.annotations' must have names of at most 63 letters, digits, '-', '_' and '.', "
      + "beginning and ending with a letter or digit, alone or after a DNS name and '/', got 'a b'"],
    [{ claims: [claim, { ...claim, mountPath: '/other' }] }, "'spec.volumes' of the pod has two of the name 'models'; rename one of them"],
    [{ claims: [{ ...claim, mountPath: '/tmp' }] }, "2 mistakes:\n  container 'wait-for-migration' has two mounts at '/tmp'; move one of them\n  container 'worker' has two mounts at '/tmp'; move one of them"],
  ])('fail with one that Kubernetes refuses (%#)', (workers, message) => {
    expect(building(celery(workers))).toThrow(new Error(`test/airflow/celery-workers: ${message}`));
  });
});

test('new claims have annotations', () => {
  const annotations = { 'backup.velero.io/backup-volumes': 'dags' };
  const all: Required<Omit<NewClaimDagsOptions, 'volume' | 'subPath' | 'mountPath' | 'readOnly'>> = {
    size: Size.gibibytes(1), storageClassName: 'shared', accessMode: kplus.PersistentVolumeAccessMode.READ_WRITE_MANY, annotations,
  };
  const manifest = synthAirflow({ dags: DagSource.newClaim(all), logs: TaskLogs.newClaim({ annotations }) });
  expect(findAll(manifest, 'PersistentVolumeClaim').map(({ metadata }) => metadata.annotations)).toEqual([annotations, annotations]);
  const shared = synthAirflow({ dags: DagSource.gitSync({ repo: 'https://git.example.com/dags.git', shared: { annotations } }) });
  expect(find(shared, 'PersistentVolumeClaim').metadata.annotations).toEqual(annotations);
  expect(building({ logs: TaskLogs.newClaim({ annotations: { '/': '' } }) })).toThrow(new Error("test/airflow: 'logs.annotations' must have names of at most 63 letters, digits, "
    + "'-', '_' and '.', beginning and ending with a letter or digit, alone or after a DNS name and '/', got '/'"));
});

test('the headless Services are properties', () => {
  const { airflow } = airflowChart({ executor: Executor.local(), scheduler: { logs }, triggerer: { logs } });
  expect([airflow.scheduler!.service?.name, airflow.triggerer!.service?.name]).toEqual(['test-airflow-scheduler', 'test-airflow-triggerer']);
  expect(airflowChart().airflow.triggerer!.service).toBeUndefined();
});
