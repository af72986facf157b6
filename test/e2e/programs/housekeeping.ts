import { App, Chart, Duration } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-27';
import { Airflow, AirflowHousekeeping, AirflowNetworkPolicies, AirflowVersion, Database, Executor } from '../../../src';

const { AIRFLOW_VERSION } = process.env as { [name: string]: string };
// A small node has room for it beside others.
const small = { resources: { cpu: { request: Cpu.millis(10) } } };

const app = new App();
const chart = new Chart(app, 'airflow', { namespace: `clean-e2e-${AIRFLOW_VERSION.replace(/\./g, '-')}` });
const version = AirflowVersion.of(AIRFLOW_VERSION);
const airflow = new Airflow(chart, 'airflow', {
  version,
  executor: Executor.kubernetes(),
  database: Database.inCluster(small),
  scheduler: small,
  triggerer: small,
  taskPods: small,
  ...version.isAirflow3 ? { apiServer: small, dagProcessor: small } : { webserver: small },
});
new AirflowHousekeeping(chart, 'housekeeping', {
  airflow,
  database: small,
  taskPods: { retention: Duration.hours(1), orphanAge: Duration.minutes(1), ...small },
  jobs: { retention: Duration.minutes(1), ...small },
});
new AirflowNetworkPolicies(chart, 'policies', { airflow });
app.synth();

console.log(airflow.notes);
