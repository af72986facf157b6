import { App, Chart, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { PodProps, UnsatisfiableConstraint } from '../../src';
import { checkPodProps, checkResources } from '../../src/private/check-pod';
import { airflowChart } from '../util';

const { DO_NOT_SCHEDULE, SCHEDULE_ANYWAY } = UnsatisfiableConstraint;
const topologyKey = 'topology.kubernetes.io/zone';
const labels = { app: 'other' };

const { _instance: instance } = airflowChart().airflow;

function checking(props: PodProps): () => void {
  return () => checkPodProps(new Chart(new App(), 'chart'), instance, props, { labels: {}, annotations: {} });
}

test.each<[string, PodProps]>([
  ['nothing', {}],
  ['requests up to their limits', {
    resources: {
      cpu: { request: kplus.Cpu.millis(1000), limit: kplus.Cpu.units(1) },
      memory: { request: Size.mebibytes(1024), limit: Size.gibibytes(1) },
      ephemeralStorage: { request: Size.kibibytes(1), limit: Size.mebibytes(1) },
    },
  }],
  ['requests without limits', { resources: { cpu: { request: kplus.Cpu.units(64) }, memory: { request: Size.gibibytes(64) } } }],
  ['the shortest timings', {
    container: {
      livenessProbe: { initialDelay: Duration.seconds(0), period: Duration.seconds(1), timeout: Duration.millis(1000), failureThreshold: 1 },
    },
  }],
  ['weights of 1 and 100, and none', { affinity: { preferredNodes: [{ weight: 1, matches: [] }], nearPods: [{ labels, weight: 100 }], awayFromPods: [{ labels }] } }],
  ['a hard spread over so many domains', { topologySpread: [{ topologyKey, maxSkew: 1, minDomains: 2, whenUnsatisfiable: DO_NOT_SCHEDULE }] }],
  ['a soft spread', { topologySpread: [{ topologyKey }] }],
])('takes %s', (_, props) => {
  expect(checking(props)).not.toThrow();
});

test.each<[string, kplus.ContainerResources, string]>([
  ['CPU', { cpu: { request: kplus.Cpu.units(1), limit: kplus.Cpu.millis(500) } },
    "'resources.cpu.request' must be at most the limit 500m, got 1; lower it, or raise 'resources.cpu.limit'"],
  ['a fraction of CPU', { cpu: { request: kplus.Cpu.millis(501), limit: kplus.Cpu.units(0.5) } },
    "'resources.cpu.request' must be at most the limit 0.5, got 501m; lower it, or raise 'resources.cpu.limit'"],
  ['memory', { memory: { request: Size.gibibytes(2), limit: Size.mebibytes(1536) } },
    "'resources.memory.request' must be at most the limit 1536Mi, got 2Gi; lower it, or raise 'resources.memory.limit'"],
  ['ephemeral storage', { ephemeralStorage: { request: Size.gibibytes(2), limit: Size.gibibytes(1) } },
    "'resources.ephemeralStorage.request' must be at most the limit 1Gi, got 2Gi; lower it, or raise 'resources.ephemeralStorage.limit'"],
])('fails with a request of %s above the limit', (_, resources, message) => {
  expect(checking({ resources })).toThrow(new Error(`chart: ${message}`));
  expect(() => checkResources(new Chart(new App(), 'postgres'), 'resources', resources)).toThrow(new Error(`postgres: ${message}`));
});

test.each(['initContainers', 'sidecars'])('fails with such a request in %s', prop => {
  const resources = { memory: { request: Size.gibibytes(2), limit: Size.gibibytes(1) } };
  expect(checking({ [prop]: [{ name: 'extra', image: 'extra:1', resources }] })).toThrow(
    new Error(`chart: '${prop}.resources.memory.request' must be at most the limit 1Gi, got 2Gi; lower it, or raise '${prop}.resources.memory.limit'`));
});

describe.each(['startupProbe', 'readinessProbe', 'livenessProbe'])('fails with a %s', probe => {
  test.each([
    [{ failureThreshold: 0 }, 'failureThreshold', 1, 0],
    [{ failureThreshold: 1.5 }, 'failureThreshold', 1, 1.5],
    [{ period: Duration.seconds(0) }, 'period', 1, 0],
    [{ timeout: Duration.seconds(0) }, 'timeout', 1, 0],
    [{ timeout: Duration.millis(500) }, 'timeout', 1, 0.5],
    [{ initialDelay: Duration.millis(500) }, 'initialDelay', 0, 0.5],
  ])('of %j', (timings, prop, least, value) => {
    expect(checking({ container: { [probe]: timings } })).toThrow(
      new Error(`chart: 'container.${probe}.${prop}' must be a whole number of at least ${least}, got ${value}`));
  });
});

test.each([0, 101, 1.5, -1])('fails with a weight of %d', weight => {
  const message = (prop: string) => new Error(`chart: 'affinity.${prop}.weight' must be a whole number from 1 to 100, got ${weight}`);
  expect(checking({ affinity: { preferredNodes: [{ weight: 1, matches: [] }, { weight, matches: [] }] } })).toThrow(message('preferredNodes'));
  expect(checking({ affinity: { nearPods: [{ labels, weight }] } })).toThrow(message('nearPods'));
  expect(checking({ affinity: { awayFromPods: [{ labels }, { labels, weight }] } })).toThrow(message('awayFromPods'));
});

test.each([
  [{ maxSkew: 0 }, "'topologySpread.maxSkew' must be a whole number of at least 1, got 0"],
  [{ minDomains: 0, whenUnsatisfiable: DO_NOT_SCHEDULE }, "'topologySpread.minDomains' must be a whole number of at least 1, got 0"],
  [{ minDomains: 2 }, "'topologySpread.minDomains' needs 'whenUnsatisfiable' to be DO_NOT_SCHEDULE, got 2 with ScheduleAnyway"],
  [{ minDomains: 2, whenUnsatisfiable: SCHEDULE_ANYWAY }, "'topologySpread.minDomains' needs 'whenUnsatisfiable' to be DO_NOT_SCHEDULE, got 2 with ScheduleAnyway"],
])('fails with a spread of %j', (constraint, message) => {
  expect(checking({ topologySpread: [{ topologyKey }, { topologyKey, ...constraint }] })).toThrow(new Error(`chart: ${message}`));
});
