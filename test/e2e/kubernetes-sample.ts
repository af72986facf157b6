import assert from 'node:assert/strict';
import { AirflowApi } from './airflow-api';
import { apply, PodWatch, secret } from './kubectl';
import { Manifest } from './manifest';

/** The DAG of the example local-executor: pods that tasks start, here and in another namespace. */
export async function kubernetesSample(api: AirflowApi, { namespaces }: Manifest): Promise<void> {
  await api.waitForDag('kubernetes_sample', 120);
  await apply([secret('warehouse', { password: 'e2e' }, namespaces[0])]);
  const watches = namespaces.map(namespace => new PodWatch(namespace, 'dag_id=kubernetes_sample'));
  const run = await api.trigger('kubernetes_sample');
  const state = await api.waitForEnd(run, 300);
  watches.forEach(watch => watch.stop());
  const tasks = await api.taskInstances(run);
  assert.deepEqual(Object.fromEntries(tasks.map(task => [task.task_id, task.state])), {
    run_this_first: 'success', passing: 'success', failing: 'failed', elsewhere: 'success', with_secret: 'success', result: 'success',
  });
  assert.equal(state, 'failed');
  await api.waitForLog(run, 'passing', 'hello world', 30);
  await api.waitForLog(run, 'failing', 'executable file not found', 30);
  await api.waitForLog(run, 'elsewhere', 'hello from another namespace', 30);
  await api.waitForLog(run, 'with_secret', 'a password of 3 characters', 30);
  // 2.x answers with Python's text of the value.
  assert.equal((await api.xcom(run, 'result')).replace(/'/g, '"').replace(': ', ':'), '{"answer":42}');
  const where = watches.map(watch => [...watch.pods.values()].map(pod => pod.metadata.labels?.task_id).sort());
  assert.deepEqual(where, [['failing', 'passing', 'result', 'with_secret'], ['elsewhere']]);
}
