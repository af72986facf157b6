import * as path from 'path';
import { TaskPodTemplate } from '../../src/index';
import { readPod } from '../../src/task-pods/pod-file';
import { baseFile, podFile, specFile } from '../pod-file';

/** What is thrown, with the path of the file shortened. */
function refusal(file: string): string {
  try {
    readPod(file);
  } catch (error) {
    return (error as Error).message.replaceAll(file, 'pod.yaml');
  }
  return 'nothing is thrown';
}

test('is what the file says, without what is null or an empty list', () => {
  const file = specFile({
    containers: [{ name: 'base', args: [], env: [{ name: 'A', value: '' }, { name: 'B', valueFrom: null }], resources: {} }],
    volumes: [{ name: 'empty', emptyDir: {} }, { name: 'nothing', emptyDir: null }],
    securityContext: { fsGroup: 0, runAsNonRoot: false, supplementalGroups: [] },
    affinity: null,
    tolerations: [],
  }, { labels: { a: '' } });
  expect(readPod(file)).toEqual({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { labels: { a: '' } },
    spec: {
      containers: [{ name: 'base', env: [{ name: 'A', value: '' }, { name: 'B' }], resources: {} }],
      volumes: [{ name: 'empty', emptyDir: {} }, { name: 'nothing' }],
      securityContext: { fsGroup: 0, runAsNonRoot: false },
    },
  });
});

test('has what an anchor stands for', () => {
  const file = podFile('apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: base\n    env: &env [{ name: A, value: b }]\n  - { name: other, env: *env }\n');
  const [base, other] = (readPod(file).spec as { containers: object[] }).containers;
  expect([base, other]).toEqual([{ name: 'base', env: [{ name: 'A', value: 'b' }] }, { name: 'other', env: [{ name: 'A', value: 'b' }] }]);
});

test.each([path.join(__dirname, 'no-such.yaml'), __dirname, 'https://example.com/pod.yaml', ''])('fails with the path %j, which is no file', file => {
  expect(() => TaskPodTemplate.fromFile(file)).toThrow(new Error(`'file' must be the path of a pod template, got '${file}', which is not a file`));
});

test.each([
  ['', 'nothing'],
  ['# nothing but words\n', 'nothing'],
  ['---\n---\n', 'nothing'],
  ['just text\n', 'something else'],
  ['- apiVersion: v1\n  kind: Pod\n', 'something else'],
  ['apiVersion: v1\nkind: PodTemplate\n', 'v1 PodTemplate'],
  ['apiVersion: apps/v1\nkind: Pod\n', 'apps/v1 Pod'],
  ['kind: Pod\n', 'undefined Pod'],
  ['apiVersion: v1\nkind: Pod\n---\napiVersion: v1\nkind: Secret\n', 'v1 Pod, v1 Secret'],
])('fails with %j, which is not one pod', (content, found) => {
  expect(refusal(podFile(content))).toBe(`'file' must be one object of apiVersion v1 and kind Pod, got 'pod.yaml' with ${found}`);
});

test('fails with what YAML cannot say', () => {
  expect(refusal(podFile('apiVersion: v1\nkind: *anchor\n'))).toBe(
    "'file' must be YAML, got 'pod.yaml': Unresolved alias (the anchor must be set before the alias): anchor");
});

test.each([
  ["apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: 'base\n", "Missing closing 'quote at line 6, column 1"],
  ['apiVersion: v1\nkind: Pod\nkind: Pod\n', 'Map keys must be unique at line 3, column 1'],
  ['apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: base\n volumes: []\n', 'All mapping items must start at the same column at line 6, column 1'],
])('fails with an error of syntax, after which the parser only guesses: %j', (content, error) => {
  expect(refusal(podFile(content))).toBe(`'file' must be YAML, got 'pod.yaml': ${error}`);
});

test.each<[string, string]>([
  [specFile({ ttlSecondsAfterFinished: 60 }), "'spec.ttlSecondsAfterFinished' of 'pod.yaml' is no field of PodSpec in Kubernetes; leave it out"],
  [specFile({ nodeselector: { a: 'b' } }), "'spec.nodeselector' of 'pod.yaml' is no field of PodSpec in Kubernetes; did you mean 'nodeSelector'?"],
  [baseFile({ resource: {} }), "'spec.containers[0].resource' of 'pod.yaml' is no field of Container in Kubernetes; did you mean 'resources'?"],
  [specFile({ volumes: [{ name: 'a', emptydir: {} }] }), "'spec.volumes[0].emptydir' of 'pod.yaml' is no field of Volume in Kubernetes; did you mean 'emptyDir'?"],
  [specFile({}, { label: { a: 'b' } }), "'metadata.label' of 'pod.yaml' is no field of ObjectMeta in Kubernetes; did you mean 'labels'?"],
  [podFile('apiVersion: v1\nkind: Pod\ntemplate: {}\n'), "'template' of 'pod.yaml' is no field of Pod in Kubernetes; leave it out"],
])('fails with a field that Kubernetes does not have (%#)', (file, message) => {
  expect(refusal(file)).toBe(message);
});

test('takes every field of Kubernetes, the newest included', () => {
  const spec = {
    containers: [{
      name: 'base',
      resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }],
      restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }],
      lifecycle: { preStop: { sleep: { seconds: 5 } }, stopSignal: 'SIGUSR1' },
      env: [{ name: 'A', valueFrom: { fileKeyRef: { volumeName: 'env', path: 'env', key: 'A' } } }],
      resources: { claims: [{ name: 'gpu', request: 'one' }], limits: { 'nvidia.com/gpu': '1' } },
      securityContext: { appArmorProfile: { type: 'RuntimeDefault' } },
      volumeMounts: [{ name: 'model', mountPath: '/model', recursiveReadOnly: 'Enabled' }],
    }],
    initContainers: [{ name: 'proxy', image: 'proxy:1.2', restartPolicy: 'Always', startupProbe: { grpc: { port: 80 } } }],
    volumes: [
      { name: 'model', image: { reference: 'registry/model:1', pullPolicy: 'IfNotPresent' } },
      { name: 'trust', projected: { sources: [{ clusterTrustBundle: { name: 'a', path: 'b' } }, { podCertificate: { signerName: 'a/b', keyType: 'ED25519' } }] } },
      { name: 'work', ephemeral: { volumeClaimTemplate: { spec: { volumeAttributesClassName: 'fast', resources: { requests: { storage: '1Gi' } } } } } },
    ],
    resources: { requests: { cpu: '1' } },
    resourceClaims: [{ name: 'gpu', resourceClaimTemplateName: 'gpu' }],
    schedulingGates: [{ name: 'a/b' }],
    securityContext: { supplementalGroupsPolicy: 'Strict', seLinuxChangePolicy: 'Recursive' },
    topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', matchLabelKeys: ['a'], nodeTaintsPolicy: 'Honor' }],
    affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', matchLabelKeys: ['a'] }] } },
    hostnameOverride: 'worker',
    os: { name: 'linux' },
  };
  expect(readPod(specFile(spec)).spec).toEqual(spec);
});

test('fails with all that is wrong with the file at once', () => {
  expect(refusal(specFile({ ttlSecondsAfterFinished: 60, nodeSelector: { gpu: true }, serviceAccount: 'airflow', volumes: { scratch: {} } }))).toBe([
    '4 mistakes:',
    "  'spec.nodeSelector.gpu' of 'pod.yaml' must be a text, got true; put it in quotes",
    "  'spec.volumes' of 'pod.yaml' must be a list, got {\"scratch\":{}}",
    "  'spec.ttlSecondsAfterFinished' of 'pod.yaml' is no field of PodSpec in Kubernetes; leave it out",
    "  'spec.serviceAccount' of 'pod.yaml' is the old name of 'spec.serviceAccountName'; rename it",
  ].join('\n'));
});

test.each<[string, string]>([
  [specFile({ containers: { name: 'base' } }), "'spec.containers' of 'pod.yaml' must be a list, got {\"name\":\"base\"}"],
  [specFile({ volumes: { scratch: {} } }), "'spec.volumes' of 'pod.yaml' must be a list, got {\"scratch\":{}}"],
  [specFile({ initContainers: 'first' }), "'spec.initContainers' of 'pod.yaml' must be a list, got \"first\""],
  [specFile({ imagePullSecrets: ['registry'] }), "'spec.imagePullSecrets[0]' of 'pod.yaml' must be fields with values, got \"registry\""],
  [specFile({ securityContext: [1] }), "'spec.securityContext' of 'pod.yaml' must be fields with values, got [1]"],
  [specFile({ volumes: [{ emptyDir: {} }] }), "'spec.volumes[0]' of 'pod.yaml' must have a 'name', got {\"emptyDir\":{}}"],
  [specFile({ volumes: [null] }), "'spec.volumes[0]' of 'pod.yaml' must be fields with values, got null"],
  [specFile({ containers: [{ name: 'base' }, { image: 'x:1' }] }), "'spec.containers[1]' of 'pod.yaml' must have a 'name', got {\"image\":\"x:1\"}"],
  [baseFile({ env: { A: 'b' } }), "'spec.containers[0].env' of 'pod.yaml' must be a list, got {\"A\":\"b\"}"],
  [baseFile({ env: [{ value: 'b' }] }), "'spec.containers[0].env[0]' of 'pod.yaml' must have a 'name', got {\"value\":\"b\"}"],
  [baseFile({ volumeMounts: [{ name: 'data' }] }), "'spec.containers[0].volumeMounts[0]' of 'pod.yaml' must have a 'mountPath', got {\"name\":\"data\"}"],
  [baseFile({ resources: { limits: ['1Gi'] } }), "'spec.containers[0].resources.limits' of 'pod.yaml' must be fields with values, got [\"1Gi\"]"],
  [specFile({ securityContext: { sysctls: ['kernel.sem'] } }), "'spec.securityContext.sysctls[0]' of 'pod.yaml' must be fields with values, got \"kernel.sem\""],
  [baseFile({ securityContext: { capabilities: { drop: 'ALL' } } }), "'spec.containers[0].securityContext.capabilities.drop' of 'pod.yaml' must be a list, got \"ALL\""],
  [podFile('apiVersion: v1\nkind: Pod\nspec: containers\n'), "'spec' of 'pod.yaml' must be fields with values, got \"containers\""],
])('fails with what the library cannot read (%#)', (file, message) => {
  expect(refusal(file)).toBe(message);
});

test.each<[string, string, string]>([
  [specFile({ nodeSelector: { gpu: true } }), 'spec.nodeSelector.gpu', 'true'],
  [specFile({}, { labels: { version: 1.1 } }), 'metadata.labels.version', '1.1'],
  [specFile({}, { annotations: { 'a.b/c': false } }), 'metadata.annotations.a.b/c', 'false'],
  [baseFile({ env: [{ name: 'A', value: 'b' }, { name: 'PORT', value: 8080 }] }), 'spec.containers[0].env[1].value', '8080'],
  [specFile({ initContainers: [{ name: 'first', image: 3 }] }), 'spec.initContainers[0].image', '3'],
])('fails with what is no text, of which Airflow would make one of its own (%#)', (file, field, value) => {
  expect(refusal(file)).toBe(`'${field}' of 'pod.yaml' must be a text, got ${value}; put it in quotes`);
});

test('fails with the old name of the account, which the new one would hide', () => {
  expect(refusal(specFile({ serviceAccount: 'airflow' }))).toBe("'spec.serviceAccount' of 'pod.yaml' is the old name of 'spec.serviceAccountName'; rename it");
});

test.each(['airflow', 'serviceaccount/airflow', 'ServiceAccount/', 'ServiceAccount/Airflow', 'v1/Secret/airflow', ''])('fails with the reference %j', reference => {
  expect(() => TaskPodTemplate.fromFile(specFile({}), { existingObjects: ['Secret/a.b-c', reference] })).toThrow(
    new Error(`'existingObjects' must have references like ServiceAccount/airflow, got '${reference}'`));
});
