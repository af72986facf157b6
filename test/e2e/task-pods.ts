import assert from 'node:assert/strict';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { AirflowApi, DagRun } from './airflow-api';
import { KubeObject, kubectl, list, Pod, PodWatch } from './kubectl';
import { Manifest } from './manifest';
import { Pending, until } from './poll';
import { run as runProcess } from './process';
import { ROOT } from '../markdown';

type Json = { [field: string]: unknown };

const TASK_POD = 'cdk8s-airflow/task-pod';
/** Which task runs in which task pod, and in which the pods run that an operator starts. */
const TASKS: { readonly [task: string]: string } = {
  usual: 'default', greedy: 'small', uses_model: 'prepared', spills: 'scratch', tuned: 'large', elsewhere: 'default', any_image: 'default',
};
const OPERATORS: { readonly [task: string]: string } = { elsewhere: 'large', any_image: 'large' };
/** What Airflow adds to a pod for its task: nothing else differs from the preview. */
const TASK_LABELS = ['dag_id', 'task_id', 'try_number', 'kubernetes_executor', 'airflow_version', 'airflow-worker', 'map_index', 'run_id', 'execution_date', 'logical_date'];
const TASK_ANNOTATIONS = ['dag_id', 'task_id', 'try_number', 'map_index', 'run_id', 'execution_date', 'logical_date'];

/** The DAGs of the example task-pods: each task's pod is what the preview shows. */
export async function taskPods(api: AirflowApi, manifest: Manifest): Promise<void> {
  const [namespace] = manifest.namespaces;
  await api.waitForDag('task_pods', 120);
  const watch = new PodWatch(namespace, 'dag_id=task_pods');
  const run = await api.trigger('task_pods');
  // A process that the kernel has killed alone is missed after [scheduler] task_instance_heartbeat_timeout, ten minutes.
  assert.equal(await api.waitForEnd(run, 1200), 'success');
  watch.stop();
  const pods = [...watch.pods.values()];
  await checkResults(api, run);
  await checkKilled(api, run, pods);
  const previews = await readPreviews(manifest);
  for (const pod of pods) { await checkPod(pod, previews, namespace); }
  await checkGpu(api, namespace, previews);
  await checkImportError(api);
}

async function checkResults(api: AirflowApi, run: DagRun): Promise<void> {
  assert.equal(await api.xcom(run, 'greedy'), '2');
  assert.equal((await api.xcom(run, 'uses_model')).replace(/'/g, '"').replace(/, /, ','), '["weights","weights"]');
  assert.equal(await api.xcom(run, 'spills'), `${2 ** 20}`);
  const tries = (await api.taskInstances(run)).filter(task => task.try_number !== 1).map(task => [task.task_id, task.try_number]);
  assert.deepEqual(tries, [['greedy', 2]], 'another task than the one that was killed was tried again');
  await api.waitForLog(run, 'any_image', 'any_image: threads 4', 30);
  await api.waitForLog(run, 'elsewhere', 'elsewhere: threads 4', 30);
}

/** The kernel ended the task that took too much memory: the whole container or, under cgroup v1, its largest process. */
async function checkKilled(api: AirflowApi, run: DagRun, pods: Pod[]): Promise<void> {
  const first = pods.find(({ metadata: { labels } }) => labels?.task_id === 'greedy' && labels.try_number === '1');
  const ended = first?.status.containerStatuses?.[0].state.terminated;
  if (ended?.reason !== 'OOMKilled') { await api.waitForLog(run, 'greedy', 'SIGKILL', 30); }
}

async function readPreviews(manifest: Manifest): Promise<{ readonly [name: string]: Json }> {
  const args = [require.resolve('tsx/cli'), '--tsconfig', 'test/tsconfig.json', join('src', 'cli', 'cli.ts'), 'preview', manifest.file];
  const { stdout } = await runProcess(process.execPath, args, { cwd: ROOT });
  const pods = parseAllDocuments(stdout).map(document => document.toJS() as Json & { metadata: { labels: { [name: string]: string } } });
  return Object.fromEntries(pods.map(pod => [pod.metadata.labels[TASK_POD], pod]));
}

async function checkPod(pod: Pod, previews: { readonly [name: string]: Json }, namespace: string): Promise<void> {
  const { labels = {} } = pod.metadata;
  if (labels.kubernetes_executor === undefined) {
    assert.equal(labels[TASK_POD], OPERATORS[labels.task_id], `the pod that ${labels.task_id} starts`);
    return;
  }
  assert.equal(labels[TASK_POD], TASKS[labels.task_id], `the pod of ${labels.task_id}`);
  const tuned = { limits: { memory: '768Mi' }, requests: { cpu: '250m', memory: '768Mi' } };
  await sameAsPreview(pod, previews[TASKS[labels.task_id]], namespace, labels.task_id === 'tuned' ? tuned : undefined);
}

/** The API server fills in its defaults in both. */
async function sameAsPreview(pod: Pod, preview: Json, namespace: string, resources?: Json): Promise<void> {
  const expected = structuredClone(preview) as unknown as KubeObject & { spec: { containers: Json[] } };
  if (resources !== undefined) { expected.spec.containers[0].resources = resources; }
  const { stdout } = await kubectl(['--namespace', namespace, 'create', '--dry-run=server', '--output', 'json', '--filename', '-'],
    { input: JSON.stringify({ ...expected, metadata: { ...expected.metadata, name: 'preview' } }) });
  assert.deepEqual(comparable(pod as unknown as Json), comparable(JSON.parse(stdout) as Json), `the pod ${pod.metadata.name} is not the preview`);
}

function comparable(pod: Json): Json {
  const { metadata, spec } = structuredClone(pod) as { metadata: { labels: Json; annotations: Json }; spec: Json & { containers: Json[] } };
  for (const label of TASK_LABELS) { delete metadata.labels[label]; }
  for (const annotation of TASK_ANNOTATIONS) { delete metadata.annotations[annotation]; }
  delete spec.containers[0].args;
  delete spec.nodeName;
  return JSON.parse(JSON.stringify({ labels: metadata.labels, annotations: metadata.annotations, spec }).replace(/kube-api-access-\w+/g, 'kube-api-access')) as Json;
}

/** There is no GPU: the pod is right and waits, and the scheduler says why. */
async function checkGpu(api: AirflowApi, namespace: string, previews: { readonly [name: string]: Json }): Promise<void> {
  await api.waitForDag('task_pods_gpu', 30);
  const run = await api.trigger('task_pods_gpu');
  const pod = await until('a pod that waits for a GPU', { seconds: 120 }, async () => {
    const [waiting] = await list<Pod>(namespace, 'pods', '--selector', 'dag_id=task_pods_gpu');
    const condition = waiting?.status.conditions?.find(({ type }) => type === 'PodScheduled') as { reason?: string; message?: string } | undefined;
    if (condition?.reason !== 'Unschedulable') { throw new Pending(waiting === undefined ? 'there is no pod' : `it is ${waiting.status.phase}`); }
    assert.match(condition.message!, /nvidia\.com\/gpu|node affinity\/selector/);
    return waiting;
  });
  assert.equal(pod.status.phase, 'Pending');
  await sameAsPreview(pod, previews.gpu, namespace);
  await api.fail(run);
  // Airflow leaves it until it starts.
  await kubectl(['--namespace', namespace, 'delete', 'pod', pod.metadata.name]);
}

/** A DAG that names an unknown task pod tells which ones there are. */
async function checkImportError(api: AirflowApi): Promise<void> {
  const message = await until('the import error', { seconds: 120 }, async () => {
    const error = (await api.importErrors()).find(({ filename }) => filename.endsWith('unknown_task_pod.py'));
    if (error === undefined) { throw new Pending('there is none'); }
    return error.stack_trace;
  });
  assert.match(message, /no task pod 'gpuu' in this deployment, which has: default, gpu, large, prepared, scratch, small/);
}
