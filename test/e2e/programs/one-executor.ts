import { App, Chart } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-27';
import { Airflow, AirflowVersion, Broker, Database, Env, Executor } from '../../../src';

/** What the test sets. */
const { PURPOSE, EXECUTOR, AIRFLOW_VERSION } = process.env as { [name: string]: string };
// A small node has room for it beside others.
const small = { resources: { cpu: { request: Cpu.millis(10) } } };

const app = new App();
const chart = new Chart(app, 'airflow', { namespace: `${PURPOSE}-${EXECUTOR}-${AIRFLOW_VERSION.replace(/\./g, '-')}` });
const celery = EXECUTOR === 'celery';
const version = AirflowVersion.of(AIRFLOW_VERSION);
const airflow = new Airflow(chart, 'airflow', {
  version,
  executor: celery ? Executor.celery({ broker: Broker.redis(small), workers: { concurrency: 8, ...small } }) : Executor.kubernetes(),
  database: Database.inCluster(small),
  pgBouncer: PURPOSE === 'pgbouncer' ? small : undefined,
  // Pods start slowly on a small node.
  pods: PURPOSE === 'pgbouncer' && !celery ? { env: Env.of({ E2E_TASKS: '40' }) } : undefined,
  scheduler: small,
  triggerer: small,
  ...version.isAirflow3 ? { apiServer: small, dagProcessor: small } : { webserver: small },
  ...celery ? {} : { taskPods: small },
});
app.synth();

console.log(airflow.notes);
