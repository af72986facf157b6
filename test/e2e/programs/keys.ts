import { App, Chart } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-27';
import { Airflow, AirflowSecrets, AirflowVersion, Database, GeneratedKeysOptions } from '../../../src';

/** What the test sets. */
const { AIRFLOW_VERSION, STEP, RESTORED } = process.env as { [name: string]: string };
const small = { resources: { cpu: { request: Cpu.millis(10) } } };

const app = new App();
const version = AirflowVersion.of(AIRFLOW_VERSION);

/** What the program says of the keys, change by change. */
const STEPS: { readonly [step: string]: GeneratedKeysOptions } = {
  1: {},
  2: { fernetKey: { current: 'fernet-key', next: 'fernet-key-2' } },
  3: { fernetKey: { current: 'fernet-key-2', previous: 'fernet-key' } },
  4: { fernetKey: { current: 'fernet-key-2' } },
  5: { fernetKey: { current: 'fernet-key-2' }, secretKey: 'secret-key-2', ...version.isAirflow3 && { jwtSecret: 'jwt-secret-2' } },
};

const chart = new Chart(app, 'airflow', { namespace: `keys-${AIRFLOW_VERSION.replace(/\./g, '-')}${RESTORED === undefined ? '' : '-restored'}` });
const airflow = new Airflow(chart, 'airflow', {
  version,
  database: Database.inCluster(small),
  secrets: AirflowSecrets.bootstrap(STEPS[STEP]),
  scheduler: small,
  taskPods: small,
  external: { triggerer: true },
  jobs: { migration: { revision: RESTORED ?? '1' } },
  ...version.isAirflow3 ? { apiServer: small, dagProcessor: small } : { webserver: small },
});
app.synth();

console.log(airflow.notes);
