import { App, Chart, Size } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-27';
import { Airflow, AirflowVersion, Executor } from '../../../src';

/** What the test sets. */
const { EXECUTOR, AIRFLOW_VERSION } = process.env as { [name: string]: string };
const resources = { cpu: { request: Cpu.millis(50) }, memory: { request: Size.mebibytes(256), limit: Size.gibibytes(2) } };

const app = new App();
const chart = new Chart(app, 'airflow', { namespace: `faults-${EXECUTOR}-${AIRFLOW_VERSION.replace(/\./g, '-')}` });
const celery = EXECUTOR === 'celery';
const airflow = new Airflow(chart, 'airflow', {
  version: AirflowVersion.of(AIRFLOW_VERSION),
  executor: celery ? Executor.celery({ workers: { concurrency: 8, resources } }) : Executor.kubernetes(),
  ...celery ? {} : { taskPods: { resources: { ...resources, memory: { ...resources.memory, limit: Size.gibibytes(1) } } } },
});
app.synth();

console.log(airflow.notes);
