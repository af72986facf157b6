import { App, Chart, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AirflowPodOptions, UnsatisfiableConstraint } from '../../src/index';
import { checkPodProps } from '../../src/instance/check-pod-props';
import { checkResources } from '../../src/kubernetes/check-resources';
import { airflowChart } from '../util';

const { DO_NOT_SCHEDULE, SCHEDULE_ANYWAY } = UnsatisfiableConstraint;
const topologyKey = 'topology.kubernetes.io/zone';
const labels = { app: 'other' };

const { _instance: instance } = airflowChart().airflow;

function checking(props: AirflowPodOptions): () => void {
  return () => checkPodProps(new Chart(new App(), 'chart'), instance, props, { labels: {}, annotations: {} });
}

test.each<[string, AirflowPodOptions]>([
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
  ['a soft spread beside a hard one', { topologySpread: [{ topologyKey }, { topologyKey, whenUnsatisfiable: DO_NOT_SCHEDULE }, { topologyKey: 'rack' }] }],
  ['the smallest volumes', { pod: { scratchSize: Size.mebibytes(1), ephemeralClaims: [{ name: 'a', mountPath: '/a', size: Size.mebibytes(1) }] } }],
  ['name servers of its own', { pod: { dns: { policy: kplus.DnsPolicy.NONE, nameservers: ['10.0.0.10'] } } }],
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
      new Error(`chart: 'container.${probe}.${prop}' must be a whole number of ${prop === 'failureThreshold' ? '' : 'seconds of '}at least ${least}, got ${value}`));
  });
});

test.each([0, 101, 1.5, -1])('fails with a weight of %d', weight => {
  const message = (prop: string) => new Error(`chart: 'affinity.${prop}.weight' must be a whole number from 1 to 100, got ${weight}`);
  expect(checking({ affinity: { preferredNodes: [{ weight: 1, matches: [] }, { weight, matches: [] }] } })).toThrow(message('preferredNodes'));
  expect(checking({ affinity: { nearPods: [{ labels, weight }] } })).toThrow(message('nearPods'));
  expect(checking({ affinity: { awayFromPods: [{ labels }, { labels, weight }] } })).toThrow(message('awayFromPods'));
});

const NAMES = "names of at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit, alone or after a DNS name and '/'";

test.each<[AirflowPodOptions, string]>([
  [{ affinity: { requiredNodes: [] } }, "'affinity.requiredNodes' must have 'matches' with at least one label each, got none; leave it out for any node"],
  [{ affinity: { requiredNodes: [{ matches: [kplus.NodeLabelQuery.exists('a')] }, { matches: [] }] } },
    "'affinity.requiredNodes' must have 'matches' with at least one label each, got one without any; leave it out for any node"],
  [{ affinity: { nearPods: [{ labels: { 'a b': 'c' } }] } }, `'affinity.nearPods.labels' must have ${NAMES}, got 'a b'`],
  [{ affinity: { awayFromPods: [{ labels: { 'a b': 'c' } }] } }, `'affinity.awayFromPods.labels' must have ${NAMES}, got 'a b'`],
  [{ nodeSelector: { 'a b/c/d': 'e' } }, `'nodeSelector' must have ${NAMES}, got 'a b/c/d'`],
  [{ nodeSelector: { a: 'b c' } }, "'nodeSelector' must have values of at most 63 letters, digits, '-', '_' and '.', got 'b c' (3 characters) for 'a'"],
  [{ pod: { labels: { 'a b': 'c' } } }, `'pod.labels' must have ${NAMES}, got 'a b'`],
  [{ pod: { annotations: { 'a b': 'c' } } }, `'pod.annotations' must have ${NAMES}, got 'a b'`],
  [{ pod: { dns: { policy: kplus.DnsPolicy.NONE } } }, "'pod.dns.policy' NONE needs 'nameservers', got none; add one, or leave the policy out"],
  [{ pod: { dns: { policy: kplus.DnsPolicy.NONE, nameservers: [] } } }, "'pod.dns.policy' NONE needs 'nameservers', got none; add one, or leave the policy out"],
  [{ pod: { scratchSize: Size.gibibytes(0) } }, "'pod.scratchSize' must be at least 1Mi, got 0Gi"],
  [{ pod: { ephemeralClaims: [{ name: 'a', mountPath: '/a', size: Size.kibibytes(1023) }] } }, "'pod.ephemeralClaims.size' must be at least 1Mi, got 1023Ki"],
  [{ sidecars: [{ name: 'a', image: 'a:1', user: -1 }] }, "'sidecars.user' must be a whole number from 0 to 2147483647, got -1"],
  [{ topologySpread: [{ topologyKey }, { topologyKey, maxSkew: 2, whenUnsatisfiable: SCHEDULE_ANYWAY }] },
    `'topologySpread' must have one of each 'topologyKey' and 'whenUnsatisfiable', got '${topologyKey}' with ScheduleAnyway twice; leave one of them out`],
])('fails with what only the cluster would refuse (%#)', (props, message) => {
  expect(checking(props)).toThrow(new Error(`chart: ${message}`));
});

describe('users and groups', () => {
  test.each(['user', 'group', 'fsGroup'])('fail where %s is no number of one', name => {
    for (const value of [-1, 1.5, 2 ** 31]) {
      expect(checking({ securityContext: { [name]: value } })).toThrow(new Error(`chart: 'securityContext.${name}' must be a whole number from 0 to 2147483647, got ${value}`));
    }
  });

  test('fail with a further group that is none', () => {
    expect(checking({ securityContext: { supplementalGroups: [4, -4] } })).toThrow(
      new Error("chart: 'securityContext.supplementalGroups' must be a whole number from 0 to 2147483647, got -4"));
  });

  test.each(['user', 'group', 'fsGroup'])('fail where %s is given and left to the namespace', name => {
    expect(checking({ securityContext: { userFromNamespace: true, [name]: 7 } })).toThrow(
      new Error(`chart: 'securityContext.${name}' is 7, but 'userFromNamespace' leaves it to the namespace; leave one of them out`));
  });

  test('may be further groups beside those of the namespace', () => {
    expect(checking({ securityContext: { userFromNamespace: true, supplementalGroups: [0, 2 ** 31 - 1] } })).not.toThrow();
    expect(checking({ securityContext: { userFromNamespace: false, user: 7, group: 0, fsGroup: 7 } })).not.toThrow();
  });
});

test.each([
  [{ maxSkew: 0 }, "'topologySpread.maxSkew' must be a whole number of at least 1, got 0"],
  [{ minDomains: 0, whenUnsatisfiable: DO_NOT_SCHEDULE }, "'topologySpread.minDomains' must be a whole number of at least 1, got 0"],
  [{ minDomains: 2 }, "'topologySpread.minDomains' needs 'whenUnsatisfiable' to be DO_NOT_SCHEDULE, got 2 with ScheduleAnyway"],
  [{ minDomains: 2, whenUnsatisfiable: SCHEDULE_ANYWAY }, "'topologySpread.minDomains' needs 'whenUnsatisfiable' to be DO_NOT_SCHEDULE, got 2 with ScheduleAnyway"],
])('fails with a spread of %j', (constraint, message) => {
  expect(checking({ topologySpread: [{ topologyKey: 'rack' }, { topologyKey, ...constraint }] })).toThrow(new Error(`chart: ${message}`));
});
