import { App, Chart, Duration } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-27';
import { Airflow, AirflowHousekeeping, AirflowNamespace, AirflowNetworkPolicies, AirflowVersion, Executor, PodSecurityLevel } from '../../../src';

const { AIRFLOW_VERSION } = process.env as { [name: string]: string };
// A small node has room for it beside others.
const small = { resources: { cpu: { request: Cpu.millis(10) } } };

const app = new App();
const chart = new Chart(app, 'airflow', { namespace: `clean-quota-${AIRFLOW_VERSION.replace(/\./g, '-')}` });
const version = AirflowVersion.of(AIRFLOW_VERSION);
const airflow = new Airflow(chart, 'airflow', {
  version,
  executor: Executor.kubernetes(),
  scheduler: small,
  triggerer: small,
  taskPods: small,
  ...version.isAirflow3 ? { apiServer: small, dagProcessor: small } : { webserver: small },
  pods: { securityContext: { userFromNamespace: true } },
});
const namespace = new AirflowNamespace(chart, 'namespace', {
  airflow, podSecurity: { enforce: PodSecurityLevel.RESTRICTED }, quota: { taskPods: 2, headroomPercent: 0 },
});
new AirflowNetworkPolicies(chart, 'policies', { airflow });
new AirflowHousekeeping(chart, 'housekeeping', { airflow, jobs: { retention: Duration.minutes(1) } });
app.synth();

console.log(airflow.notes);
console.log(namespace.demandTable);
