import { App, Chart, Duration, Size } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-27';
import { Airflow, AirflowVersion, Broker, Database, Disruption, Executor } from '../../../src';

/** What the test sets. */
const { NAMESPACE, EXECUTOR, AIRFLOW_VERSION, REPLICAS = '1', TASK_GRACE = '600', NEW_RUNS, MAINTENANCE, DOWNGRADE_TO } = process.env as { [name: string]: string };
// A small node has room for it beside others.
const memory = { request: Size.mebibytes(256) };
const small = { resources: { cpu: { request: Cpu.millis(10) }, memory } };
const several = { ...small, replicas: Number(REPLICAS) };
// What answers users gets its share of a node that is full of tasks, as in a real deployment.
const web = { ...several, resources: { cpu: { request: Cpu.millis(150) }, memory } };

const app = new App();
const chart = new Chart(app, 'airflow', { namespace: NAMESPACE });
const celery = EXECUTOR === 'celery';
const version = AirflowVersion.of(AIRFLOW_VERSION);
const airflow = new Airflow(chart, 'airflow', {
  version,
  executor: celery ? Executor.celery({ broker: Broker.redis(small), workers: { concurrency: 4, ...several } }) : Executor.kubernetes(),
  database: Database.inCluster(small),
  disruption: Disruption.onDemand({ taskGracePeriod: Duration.seconds(Number(TASK_GRACE)) }),
  maintenance: MAINTENANCE === 'yes',
  jobs: DOWNGRADE_TO === undefined ? {} : { downgrade: { toVersion: AirflowVersion.of(DOWNGRADE_TO) } },
  scheduler: several,
  triggerer: small,
  // Four processes of the webserver need more memory than a small node has for three pods.
  ...version.isAirflow3 ? { apiServer: web, dagProcessor: small } : { webserver: web },
  config: {
    ...version.isAirflow3 ? {} : { webserver: { workers: '2' } },
    ...NEW_RUNS === 'no' ? { scheduler: { use_job_schedule: 'False' } } : {},
  },
  ...celery ? {} : { taskPods: small },
});
app.synth();

console.log(airflow.notes);
