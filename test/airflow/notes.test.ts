import { Size } from 'cdk8s';
import { AirflowChartProps, AirflowVersion, Executor, TaskLogs } from '../../src';
import { airflowChart } from '../util';

const logs = { size: Size.gibibytes(1) };
const of = (pods: string, or = '') => (
  `NOTE: the logs of tasks are lost with the pods of the ${pods}. To keep them, set 'logs' to a claim, a bucket or a search server${or}.`);
const own = ", or give the pods volumes by their own 'logs'";

test.each<[string, AirflowChartProps, string | undefined]>([
  ['the KubernetesExecutor', {}, of('tasks')],
  ['the KubernetesExecutor of Airflow 2', { version: AirflowVersion.V2_11 }, of('tasks')],
  ['the LocalExecutor', { executor: Executor.local() }, of('scheduler', own)],
  ['the CeleryExecutor', { executor: Executor.celery() }, of('Celery workers', own)],
  ['a scheduler that keeps its logs', { executor: Executor.local(), scheduler: { logs } }, undefined],
  ['workers that keep their logs', { executor: Executor.celery({ workers: { logs } }) }, undefined],
  ['a claim for all logs', { logs: TaskLogs.newClaim() }, undefined],
  ['a bucket', { logs: TaskLogs.s3({ bucket: 'logs' }) }, undefined],
])('the notes say where logs are lost: %s', (_, props, note) => {
  const { notes } = airflowChart(props).airflow;
  expect(notes.split('\n').filter(line => line.startsWith('NOTE: the logs'))).toEqual(note === undefined ? [] : [note]);
});

test('one set of workers that loses its logs is enough', () => {
  const { airflow } = airflowChart({ executor: Executor.celery({ workers: { logs } }) });
  airflow.addCeleryWorkers('etl', { queues: ['etl'] });
  expect(airflow.notes).toContain(of('Celery workers', own));
});
