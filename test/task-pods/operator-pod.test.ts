import { Json } from '../../src/kubernetes/pod';
import { operatorPod } from '../../src/task-pods/operator-pod';

const LABEL = 'cdk8s-airflow/task-pod';
const LIBRARY = {
  'app.kubernetes.io/name': 'airflow', 'app.kubernetes.io/instance': 'x', 'app.kubernetes.io/managed-by': 'cdk8s-airflow', 'app.kubernetes.io/component': 'task',
};
const BASE = {
  name: 'base',
  image: 'apache/airflow:3.3.2',
  workingDir: '/opt/airflow/work',
  securityContext: { privileged: false },
  env: [{ name: 'AIRFLOW_HOME', value: '/opt/airflow' }],
  envFrom: [{ configMapRef: { name: 'proxy' } }],
  volumeMounts: [{ mountPath: '/tmp', name: 'scratch', subPath: 'tmp' }],
  resources: { requests: { cpu: '100m' } },
};
const SPEC = {
  containers: [BASE],
  initContainers: [{ name: 'git-sync-init', volumeMounts: [{ mountPath: '/git', name: 'dags' }] }],
  volumes: [{ emptyDir: {}, name: 'scratch' }, { emptyDir: {}, name: 'dags' }],
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  restartPolicy: 'Never',
  securityContext: { runAsUser: 50000 },
  serviceAccountName: 'task',
  terminationGracePeriodSeconds: 600,
};
const BARE = { metadata: { name: 'task', namespace: 'airflow', labels: { ...LIBRARY, [LABEL]: 'default' } }, spec: SPEC };

function made(spec: Json, metadata: Json = {}, namespace?: string): { metadata: Json; spec: Json } {
  const labels = { ...LIBRARY, [LABEL]: 'own', ...metadata.labels as Json | undefined };
  return operatorPod({ metadata: { ...BARE.metadata, ...metadata, labels }, spec: { ...SPEC, ...spec } }, BARE, namespace) as never;
}

test('of a task pod of which the platform says nothing has its name and its resources', () => {
  expect(operatorPod(BARE, BARE)).toEqual({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { labels: { [LABEL]: 'default' } },
    spec: { containers: [{ name: 'base', resources: { requests: { cpu: '100m' } } }] },
  });
});

test('has the labels that are not of the library, every annotation, and the namespace', () => {
  const labels = { 'app.kubernetes.io/part-of': 'data', 'team': 'risk' };
  expect(made({}, { labels, annotations: { a: 'b' }, finalizers: ['x'] }, 'jobs').metadata).toEqual(
    { namespace: 'jobs', labels: { ...labels, [LABEL]: 'own' }, annotations: { a: 'b' } });
});

test('runs where the task pod runs, and as long', () => {
  const placement = {
    nodeSelector: { a: 'b' },
    affinity: { nodeAffinity: {} },
    tolerations: [{ operator: 'Exists' }],
    priorityClassName: 'p',
    runtimeClassName: 'r',
    schedulerName: 's',
    dnsPolicy: 'None',
    dnsConfig: { searches: ['x'] },
    hostAliases: [{ ip: '1.2.3.4' }],
    activeDeadlineSeconds: 7,
    imagePullSecrets: [{ name: 'i' }],
    resourceClaims: [{ name: 'gpu', resourceClaimTemplateName: 'gpu' }],
  };
  const { containers, ...rest } = made({ ...placement, restartPolicy: 'Never', hostname: 'x' }).spec;
  expect(rest).toEqual(placement);
});

test.each([['serviceAccountName', 'own'], ['automountServiceAccountToken', true], ['securityContext', { runAsUser: 7 }], ['terminationGracePeriodSeconds', 0]])(
  'has %s only where it is not that of any task', (field, value) => {
    expect(made({ [field]: value }).spec[field]).toEqual(value);
    expect(made({}).spec).not.toHaveProperty(field);
  });

test('is spread with its own kind, by the label that it has, unless a file says by which', () => {
  const ours = { maxSkew: 1, topologyKey: 'zone', labelSelector: { matchLabels: { ...LIBRARY, [LABEL]: 'own' } } };
  const theirs = { maxSkew: 2, topologyKey: 'zone', labelSelector: { matchLabels: { tier: 'worker' } } };
  const bare = { maxSkew: 3, topologyKey: 'zone' };
  expect(made({ topologySpreadConstraints: [ours, theirs, bare] }).spec.topologySpreadConstraints).toEqual(
    [{ ...ours, labelSelector: { matchLabels: { [LABEL]: 'own' } } }, theirs, bare]);
});

test('has init containers that are not of the library, told by their names', () => {
  const initContainers = [{ ...SPEC.initContainers[0], securityContext: {} }, { name: 'fetch', volumeMounts: [{ mountPath: '/data', name: 'data' }] }];
  const { containers, ...rest } = made({ initContainers, volumes: [...SPEC.volumes, { name: 'data', emptyDir: {} }] }).spec;
  expect(rest).toEqual({ initContainers: [initContainers[1]], volumes: [{ name: 'data', emptyDir: {} }] });
});

describe('its container', () => {
  function more(base: Json, spec: Json = {}): { containers: Json[]; volumes?: Json[] } {
    return made({ ...spec, containers: [{ ...BASE, ...base }] }).spec as never;
  }

  test('has what the platform adds, but neither image nor what only Airflow needs', () => {
    const [env, envFrom, mount] = [{ name: 'A', value: 'b' }, { secretRef: { name: 's' } }, { mountPath: '/data', name: 'data' }];
    const volumes = [...SPEC.volumes, { name: 'data', secret: {} }];
    const base = { env: [...BASE.env, env], envFrom: [...BASE.envFrom, envFrom], volumeMounts: [...BASE.volumeMounts, mount] };
    const found = more(base, { volumes });
    expect(found.containers).toEqual([{ name: 'base', env: [env], envFrom: [envFrom], volumeMounts: [mount], resources: BASE.resources }]);
    expect(found.volumes).toEqual([{ name: 'data', secret: {} }]);
  });

  test('has a variable of Airflow that the platform sets to something else', () => {
    expect(more({ env: [{ name: 'AIRFLOW_HOME', value: '/srv' }] }).containers[0].env).toEqual([{ name: 'AIRFLOW_HOME', value: '/srv' }]);
  });

  test('has no home of a user in the image of Airflow', () => {
    const env = [{ name: 'HOME', value: '/home/airflow' }, { name: 'USER', value: 'airflow' }];
    expect(more({ env: [...BASE.env, ...env] }).containers[0].env).toBeUndefined();
    expect(more({ env: [{ name: 'HOME', value: '/srv' }] }).containers[0].env).toEqual([{ name: 'HOME', value: '/srv' }]);
  });
});

describe('other containers', () => {
  const other = { name: 'proxy', image: 'acme/proxy:1', volumeMounts: [{ mountPath: '/logs', name: 'scratch', subPath: 'logs' }] };

  test('are there, with the volumes that they mount, but for those that only Airflow needs', () => {
    const sidecar = { ...other, name: 'sidecar', restartPolicy: 'Always', volumeMounts: [{ mountPath: '/x', name: 'x' }] };
    const volumes = [...SPEC.volumes, { name: 'unused', emptyDir: {} }, { name: 'x', emptyDir: {} }];
    const { spec } = made({ containers: [BASE, other], initContainers: [...SPEC.initContainers, sidecar], volumes });
    expect(spec.containers).toEqual([{ name: 'base', resources: BASE.resources }, other]);
    expect(spec.initContainers).toEqual([sidecar]);
    expect(spec.volumes).toEqual([{ emptyDir: {}, name: 'scratch' }, { name: 'x', emptyDir: {} }]);
  });
});
