import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { App, Chart, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AirflowImage, AirflowVersion, DefaultTaskPodOptions, Gpu, SpotNodes, TaskPodTemplate, Toleration, TuningLimits, WorkloadIdentity } from '../../src/index';
import { extendTaskPod } from '../../src/task-pods/extend-task-pod';

const identity = WorkloadIdentity.eksPodIdentity();
const elsewhere = new Chart(new App(), 'elsewhere');
const text = kplus.EnvValue.fromValue;
const account = (name: string) => kplus.ServiceAccount.fromServiceAccountName(elsewhere, name, name);
const mount = (name: string) => ({ path: `/${name}`, volume: kplus.Volume.fromEmptyDir(elsewhere, `volume-${name}`, name) });
const source = (name: string) => new kplus.EnvFrom(kplus.ConfigMap.fromConfigMapName(elsewhere, `env-${name}`, name));
const helper = (name: string, tag = '1') => ({ name, image: `acme/${name}:${tag}` });
const adopt = (name: string) => {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'task-pod-')), name);
  fs.writeFileSync(file, 'apiVersion: v1\nkind: Pod\nspec: { containers: [{ name: base }] }\n');
  return TaskPodTemplate.fromFile(file);
};

const tuneUpTo: Required<TuningLimits> = { cpu: kplus.Cpu.units(9), memory: Size.gibibytes(9), ephemeralStorage: Size.gibibytes(9), gpus: 9 };
const task = {
  description: 'The base.',
  tuneUpTo,
  startTimeout: Duration.minutes(20),
  activeDeadline: Duration.hours(1),
  namespace: 'jobs',
  template: TaskPodTemplate.own(),
};
const BASE: Required<DefaultTaskPodOptions> = {
  image: AirflowImage.official(AirflowVersion.V3_3),
  gpus: Gpu.nvidia(),
  spot: SpotNodes.gke(),
  resources: { cpu: { request: kplus.Cpu.units(1), limit: kplus.Cpu.units(2) }, memory: { request: Size.gibibytes(1), limit: Size.gibibytes(2) } },
  extendedResources: { 'example.com/fpga': '1', 'example.com/nic': '1' },
  env: { A: text('base'), B: text('base') },
  envFrom: [source('a')],
  volumeMounts: [mount('a')],
  initContainers: [helper('first'), helper('second')],
  sidecars: [helper('proxy')],
  nodeSelector: { pool: 'base', disk: 'ssd' },
  affinity: { nearPods: [{ labels: { a: 'b' } }] },
  tolerations: [Toleration.exists('base')],
  topologySpread: [{ topologyKey: 'zone' }],
  priorityClassName: 'base',
  serviceAccount: { annotations: { role: 'base' }, automountToken: true },
  terminationGracePeriod: Duration.minutes(1),
  securityContext: { user: 1, fsGroup: 2 },
  pod: { labels: { a: 'base', b: 'base' }, annotations: { a: 'base' }, runtimeClassName: 'base', dns: { searches: ['base'] } },
  container: { command: ['base'], ports: [{ number: 1 }] },
  ...task,
};

/** What is different from the base. */
function changed(own: DefaultTaskPodOptions): object {
  const extended = extendTaskPod(BASE, own);
  return Object.fromEntries(Object.entries(extended).filter(([prop, value]) => !Object.hasOwn(task, prop)
    && value !== BASE[prop as keyof DefaultTaskPodOptions]
    && JSON.stringify(value) !== JSON.stringify(BASE[prop as keyof DefaultTaskPodOptions])));
}

test('a task pod that says nothing is its base, but for what describes it', () => {
  expect(extendTaskPod(BASE, {})).toEqual({ ...BASE, description: undefined, template: undefined });
  expect(extendTaskPod(BASE, { env: undefined, pod: undefined, spot: undefined })).toEqual(extendTaskPod(BASE, {}));
});

test('what is undefined in a group is not given, with a base or without', () => {
  expect(Object.keys(extendTaskPod({}, { resources: { cpu: undefined, memory: BASE.resources.memory } }).resources!)).toEqual(['memory']);
  expect(extendTaskPod(BASE, { resources: { cpu: undefined }, pod: { labels: undefined, dns: undefined } })).toEqual(extendTaskPod(BASE, {}));
});

test('a base that says nothing changes nothing', () => {
  expect(extendTaskPod({}, BASE)).toEqual({ ...BASE, template: undefined });
  expect(extendTaskPod({}, {})).toEqual({ initContainers: [], sidecars: [] });
});

test('what is no group and no list is replaced', () => {
  const own: DefaultTaskPodOptions = {
    image: AirflowImage.of('acme/airflow:3.3.2', { version: AirflowVersion.V3_3 }),
    gpus: Gpu.amd(2),
    nodeSelector: { pool: 'own' },
    affinity: { awayFromPods: [] },
    tolerations: [],
    topologySpread: [],
    priorityClassName: 'own',
    terminationGracePeriod: Duration.seconds(0),
  };
  expect(changed(own)).toEqual(own);
});

test.each<[DefaultTaskPodOptions, DefaultTaskPodOptions]>([
  [{ resources: { memory: { request: Size.gibibytes(4) } } }, { resources: { cpu: BASE.resources.cpu, memory: { request: Size.gibibytes(4) } } }],
  [{ env: { B: text('own'), C: text('own') } }, { env: { A: text('base'), B: text('own'), C: text('own') } }],
  [{ securityContext: { user: 3, readOnlyRootFilesystem: false } }, { securityContext: { user: 3, fsGroup: 2, readOnlyRootFilesystem: false } }],
  [{ container: { command: ['own'] } }, { container: { command: ['own'], ports: [{ number: 1 }] } }],
  [{ pod: { labels: { b: 'own', c: 'own' }, annotations: { b: 'own' }, schedulerName: 'own', dns: { nameservers: ['own'] } } }, {
    pod: {
      labels: { a: 'base', b: 'own', c: 'own' }, annotations: { a: 'base', b: 'own' }, runtimeClassName: 'base', schedulerName: 'own', dns: { nameservers: ['own'] },
    },
  }],
  [{ serviceAccount: { automountToken: false } }, { serviceAccount: { annotations: { role: 'base' }, automountToken: false } }],
  [{ serviceAccount: { identity } }, { serviceAccount: { annotations: { role: 'base' }, automountToken: true, identity } }],
])('the members of groups replace those of the same name (%#)', (own, expected) => {
  expect(changed(own)).toEqual(expected);
});

test.each<[DefaultTaskPodOptions, DefaultTaskPodOptions]>([
  [{ envFrom: [source('b')] }, { envFrom: [BASE.envFrom[0], expect.objectContaining({ configMap: expect.objectContaining({ name: 'b' }) })] } as never],
  [{ volumeMounts: [mount('b')] }, { volumeMounts: [BASE.volumeMounts[0], expect.objectContaining({ path: '/b' })] }],
  [{ initContainers: [helper('third')] }, { initContainers: [helper('first'), helper('second'), helper('third')] }],
  [{ initContainers: [helper('third'), helper('first', '2')] }, { initContainers: [helper('first', '2'), helper('second'), helper('third')] }],
  [{ sidecars: [helper('proxy', '2'), helper('first')] }, { sidecars: [helper('proxy', '2'), helper('first')] }],
])('lists grow, and a container replaces the one of its name (%#)', (own, expected) => {
  const extended = extendTaskPod(BASE, own);
  expect({ ...BASE, ...expected }).toEqual({ ...extended, ...task });
});

test('two containers of a name are both kept, so that they fail', () => {
  const twice = [helper('first', '2'), helper('first', '3')];
  expect(extendTaskPod(BASE, { initContainers: twice }).initContainers).toEqual([...twice, helper('second')]);
  expect(extendTaskPod({}, { initContainers: twice }).initContainers).toEqual(twice);
});

describe('an account of its own', () => {
  const mine = account('mine');

  test('that exists has no annotations of the base', () => {
    expect(extendTaskPod(BASE, { serviceAccount: { existing: mine } }).serviceAccount).toEqual({ existing: mine, automountToken: true });
  });

  test('that is made is not the existing one of the base', () => {
    const base = { serviceAccount: { existing: mine, automountToken: true } };
    expect(extendTaskPod(base, { serviceAccount: { annotations: { role: 'own' } } }).serviceAccount).toEqual({ annotations: { role: 'own' }, automountToken: true });
    expect(extendTaskPod(base, { serviceAccount: { automountToken: false } }).serviceAccount).toEqual({ existing: mine, automountToken: false });
  });
});

describe('of the options of the task', () => {
  test('all but the description are those of the base, unless given', () => {
    expect(extendTaskPod(BASE, { namespace: 'own', description: 'Own.', tuneUpTo: { cpu: kplus.Cpu.units(1) } })).toEqual(
      { ...BASE, template: undefined, namespace: 'own', description: 'Own.', tuneUpTo: { ...tuneUpTo, cpu: kplus.Cpu.units(1) } });
  });

  test('the template is the file that the pod comes from, through any number of bases', () => {
    const [one, other] = [adopt('one.yaml'), adopt('other.yaml')];
    const base = extendTaskPod({}, { template: one });
    const [child, replaced] = [extendTaskPod(base, {}), extendTaskPod(base, { template: other })];
    const all = [base, child, extendTaskPod(child, { template: undefined }), replaced].map(({ template }) => template);
    expect(all).toEqual([one, one, one, other]);
    expect(extendTaskPod({}, { template: TaskPodTemplate.own() }).template).toBeUndefined();
  });
});
