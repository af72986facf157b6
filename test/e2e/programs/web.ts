import { App, Chart } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-27';
import { Airflow, AirflowVersion, Broker, ComponentOptions, Database, Executor } from '../../../src';

/** What the test sets. */
const { NAMESPACE, AIRFLOW_VERSION, WEB, SPLIT } = process.env as { [name: string]: string };
// A small node has room for it beside others.
const small = { resources: { cpu: { request: Cpu.millis(10) } } };
const half = { resources: { cpu: { request: Cpu.millis(10), limit: Cpu.millis(500) } } };

/** `two`: two replicas of the web component. `busy`: one, limited to half a CPU, beside workers with tasks. */
const busy = WEB === 'busy';
const web: ComponentOptions = busy ? half : { ...small, replicas: 2 };
const version = AirflowVersion.of(AIRFLOW_VERSION);
const app = new App();
const chart = new Chart(app, 'airflow', { namespace: NAMESPACE });
const airflow = new Airflow(chart, 'airflow', {
  version,
  executor: busy ? Executor.celery({ broker: Broker.redis(small), workers: { concurrency: 6, ...small } }) : Executor.local(),
  database: Database.inCluster(small),
  scheduler: small,
  external: { triggerer: true },
  ...version.isAirflow3
    ? { apiServer: { ...web, ...SPLIT === 'yes' ? { executionApi: small } : {} }, dagProcessor: small }
    // Four processes of the webserver need more memory than a small node has for three pods.
    : { webserver: web, config: { webserver: { workers: '2' } } },
});
app.synth();

console.log(airflow.notes);
