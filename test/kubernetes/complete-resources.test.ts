import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Broker, Database, Executor, Resources } from '../../src';
import { completeResources } from '../../src/kubernetes/complete-resources';
import { renderResources } from '../../src/kubernetes/render';
import { building, main, synthAirflow } from '../util';

const DEFAULTS: kplus.ContainerResources = {
  cpu: { request: kplus.Cpu.millis(100) }, memory: { request: Size.mebibytes(512), limit: Size.gibibytes(2) },
};
const memory = (request?: string, limit?: string) => Resources.of({ requests: { memory: request }, limits: { memory: limit } });

test.each<[string, kplus.ContainerResources | undefined, object]>([
  ['nothing', undefined, { requests: { cpu: '100m', memory: '512Mi' }, limits: { memory: '2Gi' } }],
  ['a limit', memory(undefined, '1Gi'), { requests: { cpu: '100m', memory: '512Mi' }, limits: { memory: '1Gi' } }],
  ['a request', memory('1Gi'), { requests: { cpu: '100m', memory: '1Gi' }, limits: { memory: '2Gi' } }],
  ['the limit that is the default request', memory(undefined, '512Mi'), { requests: { cpu: '100m', memory: '512Mi' }, limits: { memory: '512Mi' } }],
  ['a limit below the default request', memory(undefined, '256Mi'), { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '256Mi' } }],
  ['a request above the default limit', memory('4Gi'), { requests: { cpu: '100m', memory: '4Gi' }, limits: { memory: '4Gi' } }],
  ['a limit of CPU below the default request', { cpu: { limit: kplus.Cpu.millis(50) } }, { requests: { cpu: '50m', memory: '512Mi' }, limits: { cpu: '50m', memory: '2Gi' } }],
  ['what has no default', { ephemeralStorage: { limit: Size.gibibytes(9) } },
    { requests: { cpu: '100m', memory: '512Mi' }, limits: { 'memory': '2Gi', 'ephemeral-storage': '9Gi' } }],
])('%s leaves the other amounts at their defaults', (_, own, rendered) => {
  expect(renderResources(completeResources(own, DEFAULTS))).toEqual(rendered);
});

const resources = memory(undefined, '3Gi');

test('a limit alone keeps the requests of every container', () => {
  const manifest = synthAirflow({
    database: Database.inCluster({ resources }),
    executor: Executor.multiple([
      Executor.celery({ broker: Broker.redis({ resources }), workers: { resources }, flower: { resources } }), Executor.kubernetes(),
    ]),
    scheduler: { resources },
    apiServer: { resources },
    dagProcessor: { resources },
    triggerer: { resources },
    taskPods: { resources },
    jobs: { migration: { resources }, bootstrapSecrets: { resources } },
  });
  const requests = (component: string) => [component, main(manifest, component).resources];
  const kept = (component: string, cpu: string, request: string) => [component, { requests: { cpu, memory: request }, limits: { memory: '3Gi' } }];
  const expected = [
    kept('postgres', '100m', '256Mi'), kept('redis', '50m', '64Mi'), kept('worker', '500m', '2Gi'), kept('flower', '50m', '384Mi'),
    kept('scheduler', '100m', '512Mi'), kept('api-server', '100m', '512Mi'), kept('dag-processor', '100m', '512Mi'), kept('triggerer', '100m', '384Mi'),
    kept('task', '100m', '256Mi'), kept('migration', '100m', '512Mi'), kept('bootstrap-secrets', '10m', '32Mi'),
  ];
  expect(expected.map(([component]) => requests(component as string))).toEqual(expected);
});

test('fails when the request that is given is above the limit that is given', () => {
  expect(building({ scheduler: { resources: memory('2Gi', '1Gi') } })).toThrow(new Error(
    "test/airflow/scheduler: 'resources.memory.request' must be at most the limit 1Gi, got 2Gi; lower it, or raise 'resources.memory.limit'"));
});
