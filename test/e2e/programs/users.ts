import { App, Chart } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-27';
import { Airflow, AirflowVersion, Auth, Database, Executor, FabAuthOptions, SecretKey } from '../../../src';

/** What the test sets. */
const { AIRFLOW_VERSION, STEP } = process.env as { [name: string]: string };
const small = { resources: { cpu: { request: Cpu.millis(10) } } };

const password = SecretKey.of('passwords', 'ci');
const READS = ['can_read on DAGs', 'can_read on DAG Runs', 'can_read on Task Instances'];
const TRIGGERS = [...READS, 'can_edit on DAGs', 'can_create on DAG Runs'];

/** What the program declares, change by change. */
const STEPS: { readonly [step: string]: FabAuthOptions } = {
  1: {
    roles: { deployer: { permissions: TRIGGERS, customPermissions: ['can_read on My Plugin'] } },
    users: { ci: { roles: ['deployer'], password }, ann: { roles: ['Viewer'] } },
  },
  2: {
    roles: { deployer: { permissions: TRIGGERS }, handmade: {} },
    users: { ci: { roles: ['deployer'], password, firstName: 'CI' }, ann: { roles: ['deployer', 'handmade'] } },
  },
  3: {
    roles: { deployer: { permissions: READS } },
    users: { ann: { roles: ['deployer'] } },
  },
};

const app = new App();
const version = AirflowVersion.of(AIRFLOW_VERSION);
const chart = new Chart(app, 'airflow', { namespace: `users-${AIRFLOW_VERSION.replace(/\./g, '-')}` });
const airflow = new Airflow(chart, 'airflow', {
  version,
  auth: Auth.fab(STEPS[STEP]),
  executor: Executor.local(),
  database: Database.inCluster(small),
  scheduler: small,
  external: { triggerer: true },
  // The value of the Secret changes with the step.
  jobs: { syncUsers: { revision: STEP, ...small } },
  ...version.isAirflow3 ? { apiServer: small, dagProcessor: small } : { webserver: small },
});
app.synth();

console.log(airflow.notes);
