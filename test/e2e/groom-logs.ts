import assert from 'node:assert/strict';
import { AirflowApi } from './airflow-api';
import { kubectl, list, podOf } from './kubectl';
import { Manifest } from './manifest';
import { runNow } from './workloads';

const FOLDER = '/opt/airflow/logs';

/** The CronJob of a claim for logs deletes the old ones, and no other. */
export async function groomLogs(api: AirflowApi, { namespaces: [namespace] }: Manifest): Promise<void> {
  const pod = await podOf(namespace, 'api-server');
  const shell = async (script: string) => (await kubectl(['--namespace', namespace, 'exec', pod, '--container', 'api-server', '--', 'sh', '-c', script])).stdout;
  await shell(`mkdir -p ${FOLDER}/dag_id=old && touch -d '20 days ago' ${FOLDER}/dag_id=old/attempt=1.log`);
  const [groomer] = (await list(namespace, 'cronjobs')).map(({ metadata: { name } }) => name).filter(name => name.includes('groom'));
  assert.match(await runNow(namespace, groomer, 'groom-now', 300), /deleted 1 old log/);
  assert.equal(await shell(`ls ${FOLDER}/dag_id=old`), '');
  await api.waitForLog({ dagId: 'e2e', runId: 'e2e' }, 'waits', 'e2e: released', 30);
  await kubectl(['--namespace', namespace, 'delete', 'job', 'groom-now']);
  console.log('  the CronJob has deleted an old log, and no other');
}
