import assert from 'node:assert/strict';
import { AirflowApi } from './airflow-api';
import { PodWatch } from './kubectl';
import { Manifest } from './manifest';

/** The DAG of the example python-app: a task with a slot of a pool, and one in a pod that it chose by name. */
export async function report(api: AirflowApi, { namespaces: [namespace] }: Manifest): Promise<void> {
  await api.waitForDag('report', 120);
  const watch = new PodWatch(namespace, 'dag_id=report');
  const run = await api.trigger('report');
  assert.equal(await api.waitForEnd(run, 300), 'success');
  watch.stop();
  const pods = [...watch.pods.values()].map(({ metadata: { labels = {} } }) => [labels.task_id, labels['cdk8s-airflow/task-pod']]);
  assert.deepEqual(Object.fromEntries(pods), { extract: 'default', summarize: 'large' });
  assert.equal(await api.xcom(run, 'summarize'), '45');
  await api.waitForLog(run, 'summarize', 'threads: 4', 30);
}
