import { App, Chart, Duration, Size } from 'cdk8s';
import { AirflowImage, DefaultTaskPodOptions } from '../../src/index';
import { Json } from '../../src/kubernetes/pod';
import { mergePods } from '../../src/task-pods/pod-merge';
import { overrideBetween, withSaid } from '../../src/task-pods/pod-override';

const scope = new Chart(new App(), 'chart');
const REMEDY = 'do something else';
const RULES = { initContainersByName: true, dropsFalsy: false };

function podOf(spec: Json, metadata: Json = {}): Json {
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [{ name: 'base' }], ...spec } };
}

function podOfBase(base: Json): Json {
  return podOf({ containers: [{ name: 'base', ...base }] });
}

/** The spec of the override without the name of the container, which is always there. */
function difference(from: Json, to: Json, template = from, rules = RULES): Json {
  const override = overrideBetween(scope, from, to, template, rules, REMEDY) as Json & { spec: Json & { containers: Json[] } };
  const { apiVersion, kind, metadata, spec } = override;
  const { containers: [{ name, ...base }], ...fields } = spec;
  expect([name, apiVersion, kind]).toEqual(['base', 'v1', 'Pod']);
  const said = { ...fields, base, metadata };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => ![undefined, '{}'].includes(JSON.stringify(value))));
}

/** Says that the override is this one and makes the second pod of the first. */
function expectDifference(from: Json, to: Json, expected: Json): void {
  expect(difference(from, to)).toEqual(expected);
  expect(mergePods(from, overrideBetween(scope, from, to, from, RULES, REMEDY), RULES)).toEqual(to);
}

const refused = (field: string) => new Error(`chart: '${field}' of the default task pod cannot be changed or removed by the override that Airflow gets; `
  + REMEDY);

test('of a pod and itself is nothing', () => {
  const full = podOf({ nodeSelector: { a: 'b' }, volumes: [{ name: 'a' }], initContainers: [{ name: 'first' }] }, { labels: { a: 'b' } });
  expectDifference(full, structuredClone(full), {});
});

test.each<[string, Json, Json, Json]>([
  ['fields that were not there', podOf({}), podOf({ nodeSelector: { a: 'b' }, priorityClassName: 'p' }), { nodeSelector: { a: 'b' }, priorityClassName: 'p' }],
  ['fields that are others', podOf({ nodeSelector: { a: 'b', c: 'd' }, x: 1 }), podOf({ nodeSelector: { a: 'e' }, x: 2 }), { nodeSelector: { a: 'e' }, x: 2 }],
  ['lists that Airflow replaces', podOf({ tolerations: [{ key: 'a' }] }), podOf({ tolerations: [{ key: 'b' }] }), { tolerations: [{ key: 'b' }] }],
  ['labels and annotations', podOf({}, { labels: { a: '1', b: '1' } }), podOf({}, { labels: { a: '1', b: '2', c: '3' }, annotations: { d: '4' } }),
    { metadata: { labels: { b: '2', c: '3' }, annotations: { d: '4' } } }],
  ['new volumes', podOf({ volumes: [{ name: 'a' }] }), podOf({ volumes: [{ name: 'a' }, { name: 'b' }] }), { volumes: [{ name: 'b' }] }],
  ['new init containers', podOf({ initContainers: [{ name: 'a' }] }), podOf({ initContainers: [{ name: 'a' }, { name: 'b' }] }), { initContainers: [{ name: 'b' }] }],
  ['changed init containers', podOf({ initContainers: [{ name: 'a', image: 'x:1', args: ['y'] }] }), podOf({ initContainers: [{ name: 'a', image: 'x:2', args: ['y'] }] }),
    { initContainers: [{ name: 'a', image: 'x:2' }] }],
  ['an image and a command', podOfBase({ image: 'a:1' }), podOfBase({ image: 'a:2', command: ['x'] }), { base: { image: 'a:2', command: ['x'] } }],
  ['new variables', podOfBase({ env: [{ name: 'A', value: '1' }] }), podOfBase({ env: [{ name: 'A', value: '1' }, { name: 'B', value: '2' }] }),
    { base: { env: [{ name: 'B', value: '2' }] } }],
  ['new sources of variables', podOfBase({ envFrom: [{ secretRef: { name: 'a' } }] }), podOfBase({ envFrom: [{ secretRef: { name: 'a' } }, { secretRef: { name: 'b' } }] }),
    { base: { envFrom: [{ secretRef: { name: 'b' } }] } }],
  ['new mounts', podOfBase({ volumeMounts: [{ name: 'v', mountPath: '/a' }] }), podOfBase({ volumeMounts: [{ name: 'v', mountPath: '/a' }, { name: 'v', mountPath: '/b' }] }),
    { base: { volumeMounts: [{ name: 'v', mountPath: '/b' }] } }],
  ['new ports', podOfBase({ ports: [{ containerPort: 1 }] }), podOfBase({ ports: [{ containerPort: 1 }, { containerPort: 2 }] }), { base: { ports: [{ containerPort: 2 }] } }],
  ['resources, as a whole', podOfBase({ resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '1Gi' } } }),
    podOfBase({ resources: { requests: { cpu: '2', memory: '1Gi' } } }), { base: { resources: { requests: { cpu: '2', memory: '1Gi' } } } }],
])('has %s', (_, from, to, expected) => {
  expectDifference(from, to, expected);
});

test('has a variable that is another one, of which Kubernetes takes the later one', () => {
  const [from, to] = [podOfBase({ env: [{ name: 'A', value: '1' }, { name: 'B', value: '2' }] }), podOfBase({ env: [{ name: 'A', value: '3' }, { name: 'B', value: '2' }] })];
  expect(difference(from, to)).toEqual({ base: { env: [{ name: 'A', value: '3' }] } });
});

test('does not depend on the order of fields', () => {
  const [one, other] = [{ name: 'v', mountPath: '/a' }, { mountPath: '/a', name: 'v' }];
  expect(difference(podOf({ affinity: { a: 1, b: 2 }, containers: [{ name: 'base', volumeMounts: [one] }] }),
    podOf({ affinity: { b: 2, a: 1 }, containers: [{ name: 'base', volumeMounts: [other] }] }))).toEqual({});
});

describe('of resources keeps those of an adopted template', () => {
  const from = podOfBase({ resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '2Gi' } } });
  const template = podOfBase({ resources: { requests: { cpu: '4', memory: '8Gi' }, limits: { 'memory': '8Gi', 'nvidia.com/gpu': 1 } } });

  test.each<[Json, Json]>([
    [{ requests: { cpu: '2', memory: '256Mi' }, limits: { memory: '2Gi' } }, { requests: { cpu: '2', memory: '8Gi' }, limits: { 'memory': '8Gi', 'nvidia.com/gpu': 1 } }],
    [{ requests: { cpu: '100m', memory: '1Gi' } }, { requests: { cpu: '4', memory: '1Gi' }, limits: { 'nvidia.com/gpu': 1 } }],
    [{ requests: { cpu: '100m', memory: '256Mi' }, limits: { 'memory': '2Gi', 'amd.com/gpu': '1' } },
      { requests: { cpu: '4', memory: '8Gi' }, limits: { 'memory': '8Gi', 'nvidia.com/gpu': 1, 'amd.com/gpu': '1' } }],
  ])('(%#)', (resources, expected) => {
    expect(difference(from, podOfBase({ resources }), template)).toEqual({ base: { resources: expected } });
  });
});

describe('fails with what Airflow does not let an override say:', () => {
  test.each<[string, Json, Json]>([
    ['priorityClassName', podOf({ priorityClassName: 'p' }), podOf({})],
    ['terminationGracePeriodSeconds', podOf({ terminationGracePeriodSeconds: 600 }), podOf({ terminationGracePeriodSeconds: 0 })],
    ['automountServiceAccountToken', podOf({ automountServiceAccountToken: true }), podOf({ automountServiceAccountToken: false })],
    ['tolerations', podOf({ tolerations: [{ key: 'a' }] }), podOf({ tolerations: [] })],
    ['nodeSelector', podOf({ nodeSelector: { a: 'b' } }), podOf({ nodeSelector: {} })],
    ['labels.a', podOf({}, { labels: { a: '1' } }), podOf({}, { labels: {} })],
    ['annotations.a', podOf({}, { annotations: { a: '1' } }), podOf({})],
    ['volumes.a', podOf({ volumes: [{ name: 'a', emptyDir: {} }] }), podOf({ volumes: [{ name: 'a', secret: {} }] })],
    ['volumes.a', podOf({ volumes: [{ name: 'a', emptyDir: {} }] }), podOf({})],
    ['initContainers.a', podOf({ initContainers: [{ name: 'a' }] }), podOf({})],
    ['env.A', podOfBase({ env: [{ name: 'A', value: '1' }] }), podOfBase({})],
    ['volumeMounts./a', podOfBase({ volumeMounts: [{ name: 'v', mountPath: '/a' }] }), podOfBase({ volumeMounts: [{ name: 'w', mountPath: '/a' }] })],
    ['envFrom.{"secretRef":{"name":"a"}}', podOfBase({ envFrom: [{ secretRef: { name: 'a' } }] }), podOfBase({})],
    ['command', podOfBase({ command: ['a'] }), podOfBase({})],
  ])('%s (%#)', (field, from, to) => {
    expect(() => difference(from, to)).toThrow(refused(field));
  });

  test('an init container, where the provider appends those of the same name', () => {
    const [from, to] = [podOf({ initContainers: [{ name: 'a', image: 'x:1' }] }), podOf({ initContainers: [{ name: 'a', image: 'x:2' }] })];
    expect(() => difference(from, to, from, { ...RULES, initContainersByName: false })).toThrow(refused('initContainers.a'));
  });
});

test('of security contexts is what changes over that of the template', () => {
  const from = podOf({ securityContext: { runAsUser: 1, fsGroup: 2, seccompProfile: { type: 'a' } } });
  const to = podOf({ securityContext: { runAsUser: 3, seccompProfile: { type: 'a' } } });
  const template = podOf({ securityContext: { runAsUser: 1, fsGroup: 9, sysctls: ['x'], seccompProfile: { type: 'b' } } });
  expect(difference(from, to, template)).toEqual({ securityContext: { runAsUser: 3, sysctls: ['x'], seccompProfile: { type: 'b' } } });
  expect(difference(from, from, template)).toEqual({});
});

test('repeats the variables of a file that refer to a changed one, in their order', () => {
  const [from, to] = ['default', 'own'].map(value => podOfBase({ env: [{ name: 'HOST', value }] }));
  const ofFile = [{ name: 'OTHER', value: '$(PORT)' }, { name: 'URL', value: 'http://$(HOST)' }, { name: 'API', value: '$(URL)/api' }];
  const template = podOfBase({ env: [{ name: 'HOST', value: 'default' }, ...ofFile] });
  expect(difference(from, to, template)).toEqual({
    base: { env: [{ name: 'HOST', value: 'own' }, { name: 'URL', value: 'http://$(HOST)' }, { name: 'API', value: '$(URL)/api' }] },
  });
  expect(difference(from, from, template)).toEqual({});
});

describe('takes from the template what options say', () => {
  const pod = podOf({
    terminationGracePeriodSeconds: 600,
    securityContext: { runAsUser: 1, fsGroup: 2 },
    containers: [{ name: 'base', image: 'i', resources: { requests: { cpu: '1', memory: '2' }, limits: { memory: '4' } } }],
  }, { annotations: { a: 'b', c: 'd' } });
  const template = podOf({
    automountServiceAccountToken: true,
    terminationGracePeriodSeconds: 30,
    securityContext: { runAsUser: 1, fsGroup: 7 },
    containers: [{ name: 'base', image: 'j', resources: { requests: { cpu: '9', memory: '9' } }, securityContext: { readOnlyRootFilesystem: false } }],
  }, { annotations: { a: 'x', c: 'y' } });

  test.each<[DefaultTaskPodOptions, Json]>([
    [{}, pod],
    [{ terminationGracePeriod: Duration.minutes(10), serviceAccount: { automountToken: false } },
      { ...pod, spec: { ...pod.spec as Json, automountServiceAccountToken: true, terminationGracePeriodSeconds: 30 } }],
    [{ securityContext: { fsGroup: 2 }, pod: { annotations: { a: 'b' } } },
      { ...pod, metadata: { annotations: { a: 'x', c: 'd' } }, spec: { ...pod.spec as Json, securityContext: { runAsUser: 1, fsGroup: 7 } } }],
    [{ image: AirflowImage.of('apache/airflow:3.3.2'), resources: { memory: { limit: Size.gibibytes(1) } }, securityContext: { readOnlyRootFilesystem: true } }, {
      ...pod,
      spec: {
        ...pod.spec as Json,
        containers: [{ name: 'base', image: 'j', resources: { requests: { cpu: '1', memory: '9' }, limits: {} }, securityContext: { readOnlyRootFilesystem: false } }],
      },
    }],
  ])('(%#)', (options, expected) => {
    const before = JSON.stringify([pod, template]);
    expect(withSaid(pod, template, options)).toEqual(expected);
    expect(JSON.stringify([pod, template])).toBe(before);
  });
});
