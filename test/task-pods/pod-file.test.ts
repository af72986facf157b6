import * as childProcess from 'child_process';
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

test('has the text that cdk8s reads in a process of its own', () => {
  const script = path.join(path.dirname(require.resolve('cdk8s')), '_loadurl.mjs');
  const { execFileSync } = jest.requireActual<typeof childProcess>('child_process');
  const file = podFile('apiVersion: v1\nkind: Pod # größer\n');
  expect(execFileSync(process.execPath, [script, file], { encoding: 'utf8' })).toBe(childProcess.execFileSync(process.execPath, [script, file]));
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
  expect(() => TaskPodTemplate.fromFile(specFile({}), { existing: ['Secret/a.b-c', reference] })).toThrow(
    new Error(`'existing' must have references like ServiceAccount/airflow, got '${reference}'`));
});
