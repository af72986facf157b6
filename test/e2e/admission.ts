import { App, Chart } from 'cdk8s';
import { parse } from 'yaml';
import { apply, deleteNamespaces, kubectl, KubeObject, list, Pod, refuseExisting } from './kubectl';
import { chosen, inOrder, Row } from './scenario';
import { Airflow, AirflowHousekeeping, AirflowNamespace, AirflowProps, AirflowVersion, Broker, Executor } from '../../src';
import { mostPods } from '../../src/add-ons/pod-demand';

const NAMESPACE = `${process.env.E2E_PREFIX ?? ''}clean-admission`;
const celery = Executor.celery({ broker: Broker.redis(), flower: {} });
/** The Airflows that share the namespace. */
const SETUPS: { readonly [name: string]: AirflowProps[] } = {
  'kubernetes-3.3.2': [{}],
  'celery-3.3.2': [{ executor: celery }],
  'kubernetes-2.11.2': [{ version: AirflowVersion.V2_11 }],
  'celery-2.11.2': [{ version: AirflowVersion.V2_11, executor: celery }],
  'shared': [{}, { executor: celery }],
};

interface PodTemplate {
  readonly metadata: object;
  readonly spec: { readonly volumes?: object[] };
}

interface WorkloadSpec {
  readonly template: PodTemplate;
  readonly jobTemplate?: { readonly spec: { readonly template: PodTemplate } };
  readonly volumeClaimTemplates?: KubeObject[];
}

/** Creates all pods of a default deployment at a time, which no node gets, under its own quota without headroom; then one more. */
export async function admission(names: string[]): Promise<Row[]> {
  return inOrder(chosen('setup', Object.keys(SETUPS), names, setup => [setup]), admit);
}

async function admit(setup: string): Promise<Row> {
  await refuseExisting(NAMESPACE);
  const chart = new Chart(new App(), 'teams', { namespace: NAMESPACE });
  const all = SETUPS[setup].map((props, index) => new Airflow(chart, `team-${index}`, { ...props, config: { core: { parallelism: '3' } } }));
  for (const airflow of all) {
    new AirflowHousekeeping(airflow, 'housekeeping', { airflow });
    new AirflowNamespace(chart, `${airflow.node.id}-namespace`, { airflow, quota: { headroomPercent: 0 } });
  }
  const objects = chart.toJson() as KubeObject[];
  await apply(objects.filter(({ kind }) => ['Namespace', 'ServiceAccount', 'LimitRange', 'ResourceQuota'].includes(kind)));
  const pods = all.flatMap(airflow => podsOf(airflow, objects));
  const refused = await create(pods);
  const admitted = await list<Pod>(NAMESPACE, 'pods');
  const limited = admitted.flatMap(({ spec }) => spec.containers as unknown as { resources: { limits?: { cpu?: string; memory?: string } } }[]);
  const without = limited.filter(({ resources: { limits } }) => limits?.cpu === undefined || limits.memory === undefined).length;
  // The quota has no room for what is not counted.
  const more = await create(times(1, 'one-more', { metadata: {}, spec: { ...pods[0].spec } }));
  [...refused, ...more].forEach(text => console.log(`[admission@${setup}] ${text}`));
  await deleteNamespaces([NAMESPACE]);
  const full = more.length === 1 && more[0].includes('exceeded quota');
  const passed = refused.length === 0 && without === 0 && admitted.length === pods.length && full;
  return {
    setup, 'admitted': `${admitted.length} of ${pods.length} pods`, 'without limit': `${without}`, 'one more': full ? 'refused' : 'admitted', 'result': passed ? 'passed' : 'FAILED',
  };
}

/** The most pods that there may be at a time. */
function podsOf({ workloads, taskPods, node }: Airflow, objects: KubeObject[]): (KubeObject & PodTemplate)[] {
  return workloads.flatMap(({ part, object }) => {
    const name = `${node.id}-${part}`;
    if (object === undefined) { return times(3, name, parse(taskPods.defaultPod.toYaml()) as PodTemplate); }
    const rendered = objects.find(({ kind, metadata }) => kind === object.kind && metadata.name === object.name)!;
    return times(mostPods(object, []), name, templateOf(rendered));
  });
}

function templateOf(object: KubeObject): PodTemplate {
  const { spec } = object as unknown as { spec: WorkloadSpec };
  const { metadata, spec: pod } = (spec.jobTemplate?.spec ?? spec).template;
  const claims = (spec.volumeClaimTemplates ?? []).map(({ metadata: { name } }) => ({ name, emptyDir: {} }));
  return { metadata, spec: { ...pod, volumes: [...pod.volumes ?? [], ...claims] } };
}

function times(count: number, part: string, { metadata, spec }: PodTemplate): (KubeObject & PodTemplate)[] {
  return [...Array(count).keys()].map(index => ({
    apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name: `${part}-${index}`, namespace: NAMESPACE }, spec: { ...spec, schedulerName: 'nobody' },
  }));
}

/** Creates pods; answers what the API server says of those that it refuses. */
async function create(pods: KubeObject[]): Promise<string[]> {
  const refused: string[] = [];
  for (const pod of pods) {
    await kubectl(['create', '--filename', '-'], { input: JSON.stringify(pod) }).catch((error: Error) => refused.push(error.message));
  }
  return refused;
}
