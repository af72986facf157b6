import { App, Chart, Duration } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-27';
import { Airflow, AirflowAlerts, AirflowMonitoring, AirflowVersion, AlertOutput, Database, Metrics } from '../../../src';

/** What the test sets. */
const { NAMESPACE, AIRFLOW_VERSION, E2E_POSTGRES_EXPORTER_IMAGE } = process.env as { [name: string]: string };
// A small node has room for it beside others.
const small = { resources: { cpu: { request: Cpu.millis(10) } } };
const labels = { release: 'e2e' };

const app = new App();
const chart = new Chart(app, 'airflow', { namespace: NAMESPACE });
const version = AirflowVersion.of(AIRFLOW_VERSION);
const airflow = new Airflow(chart, 'airflow', {
  version,
  database: Database.inCluster({ ...small, exporter: { image: E2E_POSTGRES_EXPORTER_IMAGE } }),
  pgBouncer: { replicas: 1, exporter: {}, ...small },
  telemetry: { metrics: Metrics.statsd(small) },
  scheduler: small,
  triggerer: small,
  taskPods: small,
  ...version.isAirflow3 ? { apiServer: small, dagProcessor: small } : { webserver: small },
});
new AirflowMonitoring(chart, 'monitoring', { airflow, labels });
new AirflowAlerts(chart, 'alerts', {
  airflow, sources: [], output: AlertOutput.prometheusRule({ labels }), thresholds: { heartbeat: Duration.seconds(30) },
});
app.synth();

console.log(airflow.notes);
