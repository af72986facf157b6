import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { DefaultTaskPodOptions, Gpu, TuningLimits } from '../../src';
import { checkTaskPod } from '../../src/private/check-task-pod';
import { Json } from '../../src/private/pod';

/** Checks a pod of one container `base`, with these fields of its spec. */
function checking(spec: Json, options: DefaultTaskPodOptions = {}): () => void {
  const scope = Object.assign(new Construct(new Chart(new App(), 'chart'), 'pod'), { _options: options });
  return () => checkTaskPod(scope, { metadata: {}, spec: { restartPolicy: 'Never', containers: [{ name: 'base' }], ...spec } });
}

function checkingBase(base: Json, options: DefaultTaskPodOptions = {}): () => void {
  return checking({ containers: [{ name: 'base', ...base }] }, options);
}

const refused = (message: string) => new Error(`chart/pod: ${message}`);
const LEVEL = 'which the Pod Security level restricted refuses';

test.each<[string, Json]>([
  ['nothing', {}],
  ['volumes of every type that the level admits', {
    volumes: ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'image', 'persistentVolumeClaim', 'projected', 'secret'].map((type, index) => (
      { name: `v${index}`, [type]: {} })),
  }],
  ['a volume without a type', { volumes: [{ name: 'empty' }] }],
  ['what the level admits', {
    hostNetwork: false,
    securityContext: { runAsNonRoot: true, runAsUser: 1, runAsGroup: 0, seccompProfile: { type: 'Localhost' } },
    containers: [{
      name: 'base',
      securityContext: { privileged: false, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] }, seccompProfile: { type: 'RuntimeDefault' } },
      ports: [{ containerPort: 1, hostPort: 0 }],
    }],
  }],
  ['quantities of every spelling', {
    containers: [{ name: 'base', resources: { requests: { cpu: 1, memory: '1e3' }, limits: { 'cpu': '1000m', 'memory': '1k', 'nvidia.com/gpu': 1, 'ephemeral-storage': '1.5Gi' } } }],
  }],
  ['a request of 700m with the limit 0.7', { containers: [{ name: 'base', resources: { requests: { cpu: '700m' }, limits: { cpu: '0.7' } } }] }],
  ['a request of a GPU that is its limit', { containers: [{ name: 'base', resources: { requests: { 'nvidia.com/gpu': 1 }, limits: { 'nvidia.com/gpu': '1' } } }] }],
])('takes %s', (_, spec) => {
  expect(checking(spec)).not.toThrow();
});

test.each(['Always', 'OnFailure', undefined])('fails with the restart policy %s', restartPolicy => {
  expect(checking({ restartPolicy })).toThrow(
    refused(`'spec.restartPolicy' of a task pod must be Never, got '${restartPolicy}'; Airflow decides when a task is tried again`));
});

test.each<[string, Json, string]>([
  ['containers', { containers: [{ name: 'base' }, { name: 'base' }] }, 'base'],
  ['containers', { initContainers: [{ name: 'base' }] }, 'base'],
  ['volumes', { volumes: [{ name: 'data', emptyDir: {} }, { name: 'data', secret: {} }] }, 'data'],
])('fails with two %s of a name (%#)', (field, spec, name) => {
  expect(checking(spec)).toThrow(refused(`'spec.${field}' of a task pod has two of the name '${name}'; rename one of them`));
});

test.each<[string, Json]>([['containers', { initContainers: [{ name: 'Bad_Name' }] }], ['volumes', { volumes: [{ name: 'Bad_Name' }] }]])(
  'fails with %s of a name that Kubernetes refuses', (field, spec) => {
    expect(checking(spec)).toThrow(refused(`'spec.${field}.name' must be at most 63 lowercase letters, digits and dashes, `
      + "beginning and ending with a letter or digit, got 'Bad_Name' (8 characters)"));
  });

describe('mounts', () => {
  const volumes = [{ name: 'data', emptyDir: {} }, { name: 'more', emptyDir: {} }];

  test('fail without their volume', () => {
    expect(checking({ volumes, initContainers: [{ name: 'first', volumeMounts: [{ name: 'other', mountPath: '/x' }] }] })).toThrow(
      refused("container 'first' mounts 'other' at '/x', which is not a volume of the pod (data, more)"));
  });

  test('fail where there is another one, written with a slash or without', () => {
    const volumeMounts = [{ name: 'data', mountPath: '/x/y' }, { name: 'more', mountPath: '/x/y/' }];
    expect(checking({ volumes, containers: [{ name: 'base', volumeMounts }] })).toThrow(refused("container 'base' has two mounts at '/x/y'; move one of them"));
  });

  test('may be of one volume, and in the same place of other containers', () => {
    const volumeMounts = [{ name: 'data', mountPath: '/x' }, { name: 'data', mountPath: '/x/y' }];
    expect(checking({ volumes, containers: [{ name: 'base', volumeMounts }, { name: 'other', volumeMounts }] })).not.toThrow();
  });
});

describe('resources', () => {
  test.each(['1 Gi', '-1', 'lots', '', true, '1e3Ki'])('fail with %j, which is no quantity', amount => {
    const message = (side: string) => refused(`'resources.${side}.memory' of container 'base' must be a quantity like 500m or 2Gi, got '${amount}'`);
    expect(checkingBase({ resources: { requests: { memory: amount } } })).toThrow(message('requests'));
    expect(checkingBase({ resources: { limits: { memory: amount } } })).toThrow(message('limits'));
  });

  test.each([['cpu', '2', '1500m'], ['memory', '1Gi', '1G'], ['memory', 2048, '1Ki']])('fail with a request of %s above the limit', (name, request, limit) => {
    expect(checking({ containers: [{ name: 'base' }, { name: 'other', resources: { requests: { [name]: request }, limits: { [name]: limit } } }] })).toThrow(
      refused(`'resources.requests.${name}' of container 'other' must be at most the limit ${limit}, got ${request}; lower it, or raise the limit`));
  });

  test.each([[{}, '1 and no limit'], [{ 'nvidia.com/gpu': 2 }, '1 and 2']])('fail with a request of a GPU that is not its limit (%#)', (limits, got) => {
    expect(checkingBase({ resources: { requests: { 'nvidia.com/gpu': 1 }, limits } })).toThrow(
      refused(`'resources.requests.nvidia.com/gpu' of container 'base' must be the same as the limit, got ${got}; leave the request out and set the limit`));
  });
});

describe('what the Pod Security level refuses fails:', () => {
  test.each<[string, Json, string]>([
    ['privileged', { privileged: true }, 'true'],
    ['allowPrivilegeEscalation', { allowPrivilegeEscalation: true }, 'true'],
    ['runAsNonRoot', { runAsNonRoot: false }, 'false'],
    ['runAsUser', { runAsUser: 0 }, '0'],
    ['seccompProfile.type', { seccompProfile: { type: 'Unconfined' } }, '"Unconfined"'],
    ['capabilities.add', { capabilities: { add: ['NET_BIND_SERVICE', 'SYS_ADMIN'] } }, '["NET_BIND_SERVICE","SYS_ADMIN"]'],
    ['capabilities.drop', { capabilities: { drop: ['NET_RAW'] } }, '["NET_RAW"]'],
  ])('%s', (field, securityContext, value) => {
    const message = (where: string) => refused(`'securityContext.${field}' of ${where} is ${value}, ${LEVEL}; leave it out`);
    expect(checkingBase({ securityContext })).toThrow(message("container 'base'"));
    expect(checking({ initContainers: [{ name: 'first', securityContext }] })).toThrow(message("container 'first'"));
    expect(checking({ securityContext })).toThrow(message("the pod's spec"));
  });

  test.each(['hostNetwork', 'hostPID', 'hostIPC'])('%s', field => {
    expect(checking({ [field]: true })).toThrow(refused(`'spec.${field}' is true, ${LEVEL}; leave it out`));
  });

  test('a port of the node', () => {
    expect(checkingBase({ ports: [{ containerPort: 1 }, { containerPort: 2, hostPort: 3 }] })).toThrow(
      refused(`'ports.hostPort' of container 'base' is 3, ${LEVEL}; leave it out`));
  });

  test.each(['hostPath', 'nfs', 'gcePersistentDisk'])('a volume of type %s', type => {
    expect(checking({ volumes: [{ name: 'data', [type]: {} }] })).toThrow(refused(`the volume 'data' is of type ${type}, ${LEVEL}; `
      + 'use one of configMap, csi, downwardAPI, emptyDir, ephemeral, image, persistentVolumeClaim, projected, secret'));
  });
});

describe('limits of tuning', () => {
  const resources = {
    requests: { 'cpu': '1500m', 'memory': '1Gi', 'ephemeral-storage': '1Gi' }, limits: { 'cpu': '4', 'memory': '2Gi', 'ephemeral-storage': '3Gi', 'nvidia.com/gpu': '2' },
  };
  const gpus = Gpu.nvidia(2);

  test('may be what the pod has; of CPU its request, since a limit rises with it', () => {
    const tuneUpTo = { cpu: kplus.Cpu.units(1.5), memory: Size.mebibytes(2048), ephemeralStorage: Size.gibibytes(3), gpus: 2 };
    expect(checkingBase({ resources }, { gpus, task: { tuneUpTo } })).not.toThrow();
    expect(checkingBase({}, { task: { tuneUpTo: { cpu: kplus.Cpu.millis(1), memory: Size.mebibytes(1) } } })).not.toThrow();
  });

  test.each<[string, TuningLimits, string, string]>([
    ['cpu', { cpu: kplus.Cpu.units(1) }, '1500m', '1'],
    ['memory', { memory: Size.mebibytes(1536) }, '2Gi', '1536Mi'],
    ['memory', { memory: Size.mebibytes(512) }, '1Gi', '512Mi'],
    ['ephemeralStorage', { ephemeralStorage: Size.gibibytes(2) }, '3Gi', '2Gi'],
    ['gpus', { gpus: 1 }, '2', '1'],
  ])('fail below that: %s (%#)', (keyword, tuneUpTo, own, got) => {
    expect(checkingBase({ resources }, { gpus, task: { tuneUpTo } })).toThrow(
      refused(`'task.tuneUpTo.${keyword}' must be at least what the task pod has itself, ${own}, got ${got}; raise it, or leave it out`));
  });
});
