import { App, Chart, Duration } from 'cdk8s';
import { ConfigMap, Cpu } from 'cdk8s-plus-27';
import { Airflow, AirflowVersion, CertificateAuthority, Database, DatabaseToken, Env, WorkloadIdentity } from '../../../src';

/** What the test sets: where its database and its cloud are. */
const { AIRFLOW_VERSION, DATABASE_HOST, DATABASE_CA, STS_URL } = process.env as { [name: string]: string };
const TOKENS = '/var/run/secrets/aws';
const small = { resources: { cpu: { request: Cpu.millis(10) } } };

const app = new App();
const chart = new Chart(app, 'airflow', { namespace: 'airflow-database-token' });
const ca = new ConfigMap(chart, 'ca', { metadata: { name: 'database-ca' }, data: { 'ca.crt': DATABASE_CA } });
const version = AirflowVersion.of(AIRFLOW_VERSION);
const airflow = new Airflow(chart, 'airflow', {
  version,
  database: Database.postgres({
    host: DATABASE_HOST,
    name: 'airflow',
    user: 'airflow',
    token: DatabaseToken.awsRdsIam({ region: 'eu-central-1' }),
    tls: { ca: CertificateAuthority.fromConfigMap(ca) },
    connectTimeout: Duration.seconds(10),
  }),
  pods: {
    // What the webhook of EKS adds to pods.
    identity: WorkloadIdentity.none(),
    serviceAccount: { projectedToken: { mountPath: TOKENS, audience: 'sts.amazonaws.com' } },
    env: Env.of({
      AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/airflow', AWS_WEB_IDENTITY_TOKEN_FILE: `${TOKENS}/token`, AWS_ENDPOINT_URL_STS: STS_URL,
    }),
  },
  scheduler: small,
  triggerer: small,
  ...version.isAirflow3 ? { apiServer: small, dagProcessor: small } : { webserver: small },
  taskPods: small,
});
app.synth();

console.log(airflow.notes);
