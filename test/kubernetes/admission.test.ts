import { App, Chart } from 'cdk8s';
import { checkRenderedPod } from '../../src/kubernetes/admission';
import { Json } from '../../src/kubernetes/pod';

/** Checks a pod of one container `base`, with these fields of its spec. */
function checking(spec: Json, claims?: string[]): () => void {
  return () => checkRenderedPod(new Chart(new App(), 'chart'), { metadata: {}, spec: { containers: [{ name: 'base' }], ...spec } }, claims);
}

function checkingBase(base: Json): () => void {
  return checking({ containers: [{ name: 'base', ...base }] });
}

const refused = (message: string) => new Error(`chart: ${message}`);
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
    securityContext: {
      runAsNonRoot: true, runAsUser: 1, runAsGroup: 0, seccompProfile: { type: 'Localhost' }, sysctls: ['net.ipv4.tcp_syncookies', 'net.ipv4.tcp_rmem'].map(name => ({ name, value: '1' })), seLinuxOptions: { type: '', level: 's0' },
    },
    containers: [{
      name: 'base',
      securityContext: {
        privileged: false,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
        procMount: 'Default',
        seccompProfile: { type: 'RuntimeDefault' },
        appArmorProfile: { type: 'Localhost' },
        seLinuxOptions: { type: 'container_t' },
      },
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

test.each<[string, Json, string]>([
  ['containers', { containers: [{ name: 'base' }, { name: 'base' }] }, 'base'],
  ['containers', { initContainers: [{ name: 'base' }] }, 'base'],
  ['volumes', { volumes: [{ name: 'data', emptyDir: {} }, { name: 'data', secret: {} }] }, 'data'],
])('fails with two %s of a name (%#)', (field, spec, name) => {
  expect(checking(spec)).toThrow(refused(`'spec.${field}' of the pod has two of the name '${name}'; rename one of them`));
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

  test('may be of a claim that a StatefulSet makes', () => {
    const containers = [{ name: 'base', volumeMounts: [{ name: 'logs', mountPath: '/x' }] }];
    expect(checking({ containers }, ['logs'])).not.toThrow();
    expect(checking({ containers })).toThrow(refused("container 'base' mounts 'logs' at '/x', which is not a volume of the pod ()"));
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
    ['procMount', { procMount: 'Unmasked' }, '"Unmasked"'],
    ['appArmorProfile.type', { appArmorProfile: { type: 'Unconfined' } }, '"Unconfined"'],
    ['seLinuxOptions.type', { seLinuxOptions: { type: 'spc_t' } }, '"spc_t"'],
    ['seLinuxOptions.user', { seLinuxOptions: { user: 'system_u' } }, '"system_u"'],
    ['seLinuxOptions.role', { seLinuxOptions: { role: 'system_r' } }, '"system_r"'],
    ['windowsOptions.hostProcess', { windowsOptions: { hostProcess: true } }, 'true'],
    ['sysctls', { sysctls: ['net.ipv4.tcp_syncookies', 'net.core.somaxconn'].map(name => ({ name, value: '1' })) }, '["net.ipv4.tcp_syncookies","net.core.somaxconn"]'],
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
