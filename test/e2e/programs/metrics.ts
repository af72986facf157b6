import { App, Chart, Duration } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-27';
import { Airflow, AirflowVersion, Database, Metrics } from '../../../src';

/** What the test sets. */
const { CHOICE, AIRFLOW_VERSION } = process.env as { [name: string]: string };
// A small node has room for it beside others.
const small = { resources: { cpu: { request: Cpu.millis(10) } } };

const app = new App();
const chart = new Chart(app, 'airflow', { namespace: `metrics-${CHOICE}-${AIRFLOW_VERSION.replace(/\./g, '-')}` });
const version = AirflowVersion.of(AIRFLOW_VERSION);
const airflow = new Airflow(chart, 'airflow', {
  version,
  database: Database.inCluster(small),
  telemetry: {
    metrics: CHOICE === 'statsd' ? Metrics.statsd(small) : Metrics.collector({ ...small, interval: Duration.seconds(5) }),
  },
  pools: { small: { slots: 1 } },
  scheduler: small,
  triggerer: small,
  taskPods: small,
  ...version.isAirflow3 ? { apiServer: small, dagProcessor: small } : { webserver: small },
});
app.synth();

console.log(airflow.notes);
