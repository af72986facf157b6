import { App, Chart, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AirflowImage, AirflowVersion, Airflow, DefaultTaskPodOptions, SpotNodes, TaskPodTemplate, Toleration } from '../../src/index';
import { baseFile, specFile } from '../pod-file';
import { airflowChart } from '../util';

const existing = kplus.ServiceAccount.fromServiceAccountName(new Chart(new App(), 'elsewhere'), 'account', 'mine');
const adopt = (file: string) => ({ template: TaskPodTemplate.fromFile(file, { existingObjects: ['ServiceAccount/airflow'] }) });

/** What is thrown for a default task pod of that file, and then for another one. */
function refusal(file: string, options: DefaultTaskPodOptions, then: (airflow: Airflow) => unknown = () => undefined): string {
  try {
    then(airflowChart({ taskPods: { ...options, ...adopt(file) } }).airflow);
  } catch (error) {
    return (error as Error).message.replaceAll(file, 'FILE').replace('test/airflow/task-pods/', '');
  }
  return 'nothing is thrown';
}

const annotations = { 'a': 'b', 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true' };
const SAID: [prop: string, file: string, options: DefaultTaskPodOptions][] = [
  ['image', baseFile({ image: 'apache/airflow:3.3.2' }), { image: AirflowImage.official(AirflowVersion.V3_3) }],
  ['resources', baseFile({ resources: { limits: { memory: '1Gi' } } }), { resources: {} }],
  ['container.command', baseFile({ command: ['file'] }), { container: { command: ['prop'] } }],
  ['container.ports', baseFile({ ports: [{ containerPort: 1 }] }), { container: { ports: [] } }],
  ['container.lifecycle', baseFile({ lifecycle: { preStop: { sleep: { seconds: 1 } } } }), { container: { lifecycle: { preStop: ['true'] } } }],
  ['securityContext.readOnlyRootFilesystem', baseFile({ securityContext: { readOnlyRootFilesystem: false } }), { securityContext: { readOnlyRootFilesystem: true } }],
  ['securityContext.group', specFile({ securityContext: { runAsGroup: 0 } }), { securityContext: { group: 0 } }],
  ['securityContext.fsGroup', specFile({ securityContext: { fsGroup: 1 } }), { securityContext: { fsGroup: 2 } }],
  ['securityContext.supplementalGroups', specFile({ securityContext: { supplementalGroups: [1] } }), { securityContext: { supplementalGroups: [2] } }],
  ['nodeSelector', specFile({ nodeSelector: { a: 'file' } }), { nodeSelector: { a: 'prop' } }],
  ['tolerations', specFile({ tolerations: [{ operator: 'Exists' }] }), { tolerations: [] }],
  ['affinity', specFile({ affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1 }] } } }), { affinity: {} }],
  ['topologySpread', specFile({ topologySpreadConstraints: [{ topologyKey: 'zone' }] }), { topologySpread: [] }],
  ['priorityClassName', specFile({ priorityClassName: 'file' }), { priorityClassName: 'prop' }],
  ['terminationGracePeriod', specFile({ terminationGracePeriodSeconds: 0 }), { terminationGracePeriod: Duration.minutes(1) }],
  ['activeDeadline', specFile({ activeDeadlineSeconds: 1 }), { activeDeadline: Duration.minutes(1) }],
  ['serviceAccount.existing', specFile({ serviceAccountName: 'airflow' }), { serviceAccount: { existing } }],
  ['serviceAccount.annotations', specFile({ serviceAccountName: 'airflow' }), { serviceAccount: { annotations: {} } }],
  ['serviceAccount.automountToken', specFile({ automountServiceAccountToken: true }), { serviceAccount: { automountToken: false } }],
  ['pod.runtimeClassName', specFile({ runtimeClassName: 'file' }), { pod: { runtimeClassName: 'prop' } }],
  ['pod.schedulerName', specFile({ schedulerName: 'file' }), { pod: { schedulerName: 'prop' } }],
  ['pod.dns', specFile({ dnsPolicy: 'Default' }), { pod: { dns: { nameservers: ['10.0.0.10'] } } }],
  ['pod.dns', specFile({ dnsConfig: { searches: ['acme.local'] } }), { pod: { dns: {} } }],
  ['pod.dns', specFile({ hostAliases: [{ ip: '10.1.2.3', hostnames: ['db'] }] }), { pod: { dns: {} } }],
  ['pod.annotations', specFile({}, { annotations }), { pod: { annotations: { c: 'd', a: 'prop' } } }],
  ['pod.safeToEvict', specFile({}, { annotations }), { pod: { safeToEvict: false } }],
];

test.each(SAID)('fails with %s where the file says it as well', (prop, file, options) => {
  expect(refusal(file, options)).toBe(`default: '${prop}' is also said by FILE, the 'template'; leave it out here or there`);
});

test.each(SAID)('takes %s where the file does not say it', (_, __, options) => {
  expect(refusal(specFile({}), options)).toBe('nothing is thrown');
});

test('takes resources where those of the file are empty', () => {
  expect(refusal(baseFile({ resources: {} }), { resources: { cpu: { request: kplus.Cpu.units(1) } } })).toBe('nothing is thrown');
});

test('takes what the file says instead of what a base of another template says', () => {
  const { airflow } = airflowChart({ taskPods: { nodeSelector: { a: 'prop' }, terminationGracePeriod: Duration.minutes(1) } });
  const adopted = airflow.addTaskPod('adopted', adopt(specFile({ nodeSelector: { b: 'file' }, terminationGracePeriodSeconds: 7 })));
  expect(adopted._merged().spec).toMatchObject({ nodeSelector: { b: 'file' }, terminationGracePeriodSeconds: 7 });
  expect(airflow.addTaskPod('third', { basedOn: adopted, nodeSelector: { c: 'own' } })._merged().spec).toMatchObject(
    { nodeSelector: { c: 'own' }, terminationGracePeriodSeconds: 7 });
});

describe('a template of the library over one that was adopted', () => {
  const file = specFile({});
  const own = { template: TaskPodTemplate.own() };
  const message = "'template' is the library's own, which has nothing of FILE, the template of what this task pod is based on; "
    + 'adopt a file for this one, too, or say in that file what is special to it';

  test('fails, since it would lose what the file says', () => {
    expect(refusal(file, {}, airflow => airflow.addTaskPod('own', own))).toBe(`own: ${message}`);
    expect(refusal(file, {}, airflow => airflow.addTaskPod('own', { basedOn: airflow.addTaskPod('between', {}), ...own }))).toBe(`own: ${message}`);
  });

  test('is fine as another file, and where nothing was adopted', () => {
    expect(refusal(file, {}, airflow => airflow.addTaskPod('other', adopt(file)))).toBe('nothing is thrown');
    const { airflow } = airflowChart({ taskPods: own });
    airflow.addTaskPod('adopted', adopt(file));
    expect(airflow.addTaskPod('own', own)._hasOwnTemplate).toBe(true);
  });
});

describe('the namespace of a file', () => {
  const message = (namespace: string) => `'namespace' is '${namespace}', but FILE, the 'template', says 'jobs'; make them the same`;

  test('must be that of the pod, since Airflow would ignore it', () => {
    const file = specFile({}, { namespace: 'jobs' });
    expect(refusal(file, {})).toBe(`default: ${message('airflow')}`);
    const { airflow } = airflowChart();
    airflow.addTaskPod('same', { namespace: 'jobs', ...adopt(file) });
    expect(() => airflow.addTaskPod('other', { namespace: 'other', ...adopt(file) })).toThrow(
      new Error(`test/airflow/task-pods/other: ${message('other').replace('FILE', file)}`));
  });

  test('may be another one for what is based on it', () => {
    const file = specFile({}, { namespace: 'airflow' });
    expect(refusal(file, {}, airflow => airflow.addTaskPod('elsewhere', { namespace: 'jobs' }))).toBe('nothing is thrown');
  });
});

describe('spot nodes', () => {
  const message = (prop: string) => `'spot' adds to '${prop}', which FILE, the 'template', says; move it from there to the prop '${prop}'`;
  const [selecting, tolerating, near] = [
    specFile({ nodeSelector: { pool: 'tasks' } }), specFile({ tolerations: [{ key: 'tasks', operator: 'Exists' }] }), specFile({ affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone' }] } } }),
  ];

  test.each<[string, string, SpotNodes]>([
    ['nodeSelector', selecting, SpotNodes.gke({ required: true })], ['tolerations', tolerating, SpotNodes.gke()], ['affinity', near, SpotNodes.eks()],
  ])('fail where the file says %s, of which one would be lost', (prop, file, spot) => {
    expect(refusal(file, { spot })).toBe(`default: ${message(prop)}`);
    expect(refusal(file, {}, airflow => airflow.addTaskPod('spot', { spot }))).toBe(`spot: ${message(prop)}`);
  });

  test('fail where the base has them and the file says where its pods run', () => {
    const { airflow } = airflowChart({ taskPods: { tolerations: [Toleration.exists('base')], spot: SpotNodes.gke() } });
    expect(() => airflow.addTaskPod('adopted', adopt(tolerating))).toThrow(/^test\/airflow\/task-pods\/adopted: 'spot' adds to 'tolerations', which /);
  });

  test('are fine where the file says nothing of them, or the task pod says it all', () => {
    expect(refusal(selecting, { spot: SpotNodes.gke() })).toBe('nothing is thrown');
    expect(refusal(tolerating, { spot: SpotNodes.eks() })).toBe('nothing is thrown');
    expect(refusal(near, { spot: SpotNodes.gke({ required: true }) })).toBe('nothing is thrown');
    expect(refusal(tolerating, {}, airflow => {
      const { spec } = airflow.addTaskPod('spot', { tolerations: [Toleration.exists('own')], spot: SpotNodes.gke() })._merged() as { spec: { tolerations: object[] } };
      expect(spec.tolerations).toEqual([
        { key: 'own', operator: 'Exists' }, { key: 'cloud.google.com/gke-spot', operator: 'Equal', value: 'true', effect: 'NoSchedule' },
      ]);
    })).toBe('nothing is thrown');
  });
});
