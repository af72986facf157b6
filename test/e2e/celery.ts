import assert from 'node:assert/strict';
import { AirflowApi, DagRun } from './airflow-api';
import { kubectl, list, Pod, PodWatch } from './kubectl';
import { Manifest } from './manifest';
import { Pending, timed, until } from './poll';
import { waitUntilReady } from './workloads';

const READY_SECONDS = 300;
const HEAVY = 'celery-worker-heavy';

/** What happens to Celery workers while a task runs on them: it ends well all the same. */
export async function celeryWorkers(api: AirflowApi, { namespaces: [namespace] }: Manifest): Promise<void> {
  await chooseExecutors(api, namespace);
  await killWorker(api, namespace);
  const worker = await heavyWorker(namespace);
  // As kubectl drain does; the pod may end when its task has ended.
  await firstTry(api, namespace, 'worker_evicted', () => evict(namespace, worker.metadata.name));
  await waitUntilReady(namespace, READY_SECONDS);
  // Its next pod has the volume, and so the log.
  await api.waitForLog({ dagId: 'worker_evicted', runId: 'e2e' }, 'long', 'workers: ends', 60);
  const set = worker.metadata.name.replace(/-\d+$/, '');
  const scale = (replicas: number) => kubectl(['--namespace', namespace, 'scale', 'statefulset', set, `--replicas=${replicas}`]);
  await firstTry(api, namespace, 'workers_scaled_down', () => scale(0));
  await scale(1);
  await waitUntilReady(namespace, READY_SECONDS);
  await deleteBroker(api, namespace, 'redis');
}

/** The broker's pod is deleted while tasks run and wait in it: none is lost, and none is run twice. */
export async function deleteBroker(api: AirflowApi, namespace: string, component: string): Promise<void> {
  await api.waitForDag('broker_deleted', 120);
  const run = await api.trigger('broker_deleted');
  const seconds = await timed(async () => {
    await until('five tasks that have ended', { seconds: 120, periodSeconds: 1 }, async () => {
      const ended = (await api.taskInstances(run)).filter(task => task.state === 'success').length;
      if (ended < 5) { throw new Pending(`${ended}`); }
    });
    await kubectl(['--namespace', namespace, 'delete', 'pods', '--selector', `app.kubernetes.io/component=${component}`, '--wait=false']);
    assert.equal(await api.waitForEnd(run, 600), 'success');
  });
  const tasks = await api.taskInstances(run);
  assert.deepEqual(tasks.map(task => `${task.state} ${task.try_number}`), tasks.map(() => 'success 1'));
  assert.equal(tasks.length, 40);
  console.log(`  ${component} deleted during 40 tasks: all succeed on their first try, ${seconds.toFixed(0)} s`);
  await waitUntilReady(namespace, READY_SECONDS);
}

async function chooseExecutors(api: AirflowApi, namespace: string): Promise<void> {
  await api.waitForDag('executors', 120);
  const watch = new PodWatch(namespace, 'dag_id=executors');
  const run = await api.trigger('executors');
  assert.equal(await api.waitForEnd(run, 300), 'success');
  watch.stop();
  assert.deepEqual([...watch.pods.values()].map(pod => pod.metadata.labels?.task_id), ['in_pod']);
  assert.match(await api.xcom(run, 'on_worker'), /celery-worker/);
}

async function killWorker(api: AirflowApi, namespace: string): Promise<void> {
  const { metadata: { name } } = await heavyWorker(namespace);
  const run = await start(api, 'worker_killed');
  const seconds = await timed(async () => {
    // SIGKILL for all but the first process, which ends with the second; the connection ends as well.
    await kubectl(['--namespace', namespace, 'exec', name, '--container', 'worker', '--', 'python', '-c', 'import os; os.kill(-1, 9)'])
      .catch(() => undefined);
    assert.equal(await api.waitForEnd(run, 300), 'success');
  });
  assert.deepEqual((await api.taskInstances(run)).map(task => task.try_number), [2]);
  console.log(`  worker killed: its task succeeds on its second try, ${seconds.toFixed(0)} s after it`);
}

/** The task ends on its first try though its worker was told to end. */
async function firstTry(api: AirflowApi, namespace: string, dagId: string, disturb: () => Promise<unknown>): Promise<void> {
  const run = await start(api, dagId);
  const { metadata: { uid } } = await heavyWorker(namespace);
  const seconds = await timed(async () => {
    await disturb();
    assert.equal(await api.waitForEnd(run, 300), 'success');
  });
  assert.deepEqual((await api.taskInstances(run)).map(task => task.try_number), [1]);
  await until('end of the worker', { seconds: 120 }, async () => {
    const pods = await list<Pod>(namespace, 'pods', '--selector', 'app.kubernetes.io/component=worker');
    if (pods.some(pod => pod.metadata.uid === uid)) { throw new Pending('it is still there'); }
  });
  console.log(`  ${dagId}: its task succeeds on its first try, ${seconds.toFixed(0)} s after it`);
}

async function start(api: AirflowApi, dagId: string): Promise<DagRun> {
  const run = await api.trigger(dagId);
  await api.waitUntilRunning(run, 'long', 120);
  await api.waitForLog(run, 'long', 'workers: begins', 60);
  return run;
}

async function heavyWorker(namespace: string): Promise<Pod> {
  const pods = (await list<Pod>(namespace, 'pods')).filter(pod => pod.metadata.name.includes(HEAVY));
  assert.equal(pods.length, 1, 'workers of the queue heavy');
  return pods[0];
}

async function evict(namespace: string, name: string): Promise<void> {
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
  await kubectl(['create', '--raw', `/api/v1/namespaces/${namespace}/pods/${name}/eviction`, '--filename', '-'], { input: JSON.stringify(eviction) });
}
