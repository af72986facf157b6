import { App, Chart } from 'cdk8s';
import { ConfigMap, Cpu } from 'cdk8s-plus-27';
import {
  Airflow, AirflowVersion, Broker, CertificateAuthority, CertManagerServerTlsOptions, Database, Executor, SecretKey, ServerTls,
} from '../../../src';

/** What the test sets. */
const { NAMESPACE, AIRFLOW_VERSION, MUTUAL, ISSUER } = process.env as { [name: string]: string };
// A small node has room for it beside others.
const small = { resources: { cpu: { request: Cpu.millis(10) } } };

const app = new App();
const chart = new Chart(app, 'airflow', { namespace: NAMESPACE });
const key = (secret: string, name: string) => SecretKey.of(secret, name);
const mutual = MUTUAL === 'yes';
const issued: CertManagerServerTlsOptions = { issuer: { name: ISSUER }, mutual };
const tls = ISSUER !== undefined ? ServerTls.certManager(issued) : ServerTls.fromSecret({
  certificate: key('server', 'tls.crt'),
  privateKey: key('server', 'tls.key'),
  ca: CertificateAuthority.fromConfigMap(ConfigMap.fromConfigMapName(chart, 'authority', 'authority')),
  ...mutual && { clientCertificate: { certificate: key('tasks', 'tls.crt'), privateKey: key('tasks', 'tls.key') } },
});
const version = AirflowVersion.of(AIRFLOW_VERSION);
const airflow = new Airflow(chart, 'airflow', {
  version,
  executor: Executor.multiple([
    Executor.local(), Executor.celery({ broker: Broker.redis(small), workers: { concurrency: 8, ...small } }), Executor.kubernetes(),
  ]),
  database: Database.inCluster(small),
  scheduler: small,
  triggerer: small,
  ...version.isAirflow3 ? { apiServer: { tls, ...small }, dagProcessor: small } : { webserver: { tls, ...small } },
  taskPods: small,
});
app.synth();

console.log(airflow.notes);
