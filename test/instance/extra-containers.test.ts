import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AirflowChartProps, ContainerOptions, DagSource, Executor, TaskLogs } from '../../src';
import { airflowChart, building, init, pod, synthAirflow } from '../util';

const shipper: ContainerOptions = { name: 'shipper', image: 'fluent/fluent-bit:4.0', podVolumeMounts: [{ volume: 'logs', mountPath: '/logs', readOnly: true }] };
const shared = kplus.PersistentVolumeClaim.fromClaimName(airflowChart(), 'claim', 'shared');
const mounts = (props: AirflowChartProps, component: string) => init(synthAirflow(props), component, 'shipper').volumeMounts;

describe('a sidecar mounts', () => {
  test.each<[string, AirflowChartProps, string, object]>([
    ['logs that end with the pod', { scheduler: { sidecars: [shipper] } }, 'scheduler', { name: 'scratch', subPath: 'logs' }],
    ['those of a task', { taskPods: { sidecars: [shipper] } }, 'task', { name: 'scratch', subPath: 'logs' }],
    ['those on a claim', { logs: TaskLogs.fromClaim(shared, { subPath: 'logs' }), taskPods: { sidecars: [shipper] } }, 'task', { name: 'logs', subPath: 'logs' }],
    ['those of a worker with a volume of its own', {
      executor: Executor.celery({ workers: { logs: { size: Size.gibibytes(1) }, sidecars: [shipper] } }),
    }, 'worker', { name: 'logs' }],
  ])('%s', (_, props, component, expected) => {
    expect(mounts(props, component)).toEqual([{ mountPath: '/logs', readOnly: true, ...expected }]);
  });

  test('DAGs, folders of the scratch volume and others by their names', () => {
    const podVolumeMounts = [
      { volume: 'dags', mountPath: '/dags', readOnly: true }, { volume: 'scratch', mountPath: '/scratch' }, { volume: 'scratch', mountPath: '/mine', subPath: 'mine' },
    ];
    const dags = DagSource.fromClaim(shared, { subPath: 'dags' });
    expect(mounts({ dags, triggerer: { sidecars: [{ ...shipper, podVolumeMounts }] } }, 'triggerer')).toEqual([
      { name: 'dags', mountPath: '/dags', subPath: 'dags', readOnly: true },
      { name: 'scratch', mountPath: '/scratch' },
      { name: 'scratch', mountPath: '/mine', subPath: 'mine' },
    ]);
  });
});

test('containers that run first stand before the library\'s own', () => {
  const image = 'acme/helper:1';
  const { spec } = pod(synthAirflow({
    dags: DagSource.gitSync({ repo: 'https://git.example.com/dags.git' }),
    triggerer: {
      initContainers: [{ name: 'last', image }, { name: 'first', image, runsFirst: true }],
      sidecars: [{ name: 'beside', image }, { name: 'proxy', image, runsFirst: true }],
    },
  }), 'triggerer');
  const names = spec.initContainers!.map(({ name }) => name);
  expect(names.filter(name => ['proxy', 'git-sync', 'beside'].includes(name))).toEqual(['proxy', 'git-sync', 'beside']);
  expect(names.filter(name => ['first', 'wait-for-migration', 'last'].includes(name))).toEqual(['first', 'wait-for-migration', 'last']);
});

test('a sidecar has probes, commands and a folder to start in', () => {
  const sidecar: ContainerOptions = {
    ...shipper,
    ports: [{ number: 2020 }],
    workingDir: '/work',
    livenessProbe: kplus.Probe.fromHttpGet('/health', { periodSeconds: Duration.seconds(7) }),
    readinessProbe: kplus.Probe.fromTcpSocket({ port: 9 }),
    startupProbe: kplus.Probe.fromCommand(['ready'], { failureThreshold: 60 }),
    lifecycle: { preStop: ['flush'] },
  };
  expect(init(synthAirflow({ scheduler: { sidecars: [sidecar] } }), 'scheduler', 'shipper')).toMatchObject({
    workingDir: '/work',
    livenessProbe: { httpGet: { path: '/health', port: 2020, scheme: 'HTTP' }, periodSeconds: 7, failureThreshold: 3 },
    readinessProbe: { tcpSocket: { port: 9 } },
    startupProbe: { exec: { command: ['ready'] }, failureThreshold: 60 },
    lifecycle: { preStop: { exec: { command: ['flush'] } } },
  });
});

describe('fails', () => {
  test('for a volume that the pod does not have', () => {
    const podVolumeMounts = [{ volume: 'models', mountPath: '/models' }];
    expect(building({ scheduler: { sidecars: [{ ...shipper, podVolumeMounts }] } })).toThrow(
      /^test\/airflow\/scheduler: container 'shipper' mounts 'models' at '\/models', which is not a volume of the pod \(/);
  });

  test('for a path that is none', () => {
    const podVolumeMounts = [{ volume: 'logs', mountPath: 'logs' }];
    expect(building({ scheduler: { sidecars: [{ ...shipper, podVolumeMounts }] } })).toThrow(
      new Error("test/airflow/scheduler: 'sidecars.podVolumeMounts.mountPath' must be an absolute path without '..' and ':', got 'logs'"));
  });

  test('for a probe of a container that ends', () => {
    const initContainers = [{ ...shipper, livenessProbe: kplus.Probe.fromCommand(['true']) }];
    expect(building({ scheduler: { initContainers } })).toThrow(new Error(
      "test/airflow/scheduler: 'initContainers.livenessProbe' of 'shipper' is for a container that stays; leave it out, or add the container to 'sidecars'"));
  });
});
