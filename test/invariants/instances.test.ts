import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { EXECUTORS, hold, Program, VERSIONS } from './rules-of-all';
import {
  Airflow, AirflowChartProps, AirflowNetworkPolicies, AirflowProps, AirflowSecrets, AirflowVersion, Auth, Broker, CertificateAuthority,
  DagSource, Database, DatabaseToken, Executor, Exposure, GitCredentials, Krb5Config, LogRetention, Scaling, SecretKey,
  SecretsStoreProvider, ServerTls, TaskLogs, TaskPodTemplate, WorkloadIdentity,
} from '../../src';
import { exampleNames, synthExample } from '../examples';
import { airflowChart, Manifest, servedBy, synth, synthAirflow } from '../util';

/** Each version with each executor: with nothing said, and with DAGs by git-sync and logs on a claim. */
function matrix(): Program[] {
  const credentials = GitCredentials.sshKey(SecretKey.of('git', 'ssh-privatekey'), { knownHosts: SecretKey.of('git', 'known_hosts') });
  return VERSIONS.flatMap(version => EXECUTORS.flatMap(([name, executor]): Program[] => [
    [`Airflow ${version.series} with the ${name}`, () => synthAirflow({ version, executor: executor() })],
    [`Airflow ${version.series} with the ${name}, git-sync and a claim`, () => synthAirflow({
      version,
      executor: executor(),
      dagProcessor: {},
      dags: DagSource.gitSync({ repo: 'git@github.com:acme/dags.git', credentials }),
      logs: TaskLogs.newClaim(),
    })],
  ]));
}

function everythingGiven(): AirflowChartProps {
  const elsewhere = new Chart(new App(), 'elsewhere');
  const key = (name: string) => SecretKey.of('keys', name);
  const claim = (name: string) => kplus.PersistentVolumeClaim.fromClaimName(elsewhere, name, name);
  return {
    namespace: 'data',
    secrets: AirflowSecrets.fromSecrets({ fernetKey: { current: key('fernet') }, jwtSecret: key('jwt'), secretKey: key('session') }),
    database: Database.fromSecret(SecretKey.of('database', 'connection')),
    auth: Auth.fab({ admin: { password: SecretKey.of('admin', 'password') } }),
    dags: DagSource.fromClaim(claim('dags')),
    logs: TaskLogs.fromClaim(claim('logs'), { retention: LogRetention.within() }),
    scheduler: { replicas: 2, serviceAccount: { existing: kplus.ServiceAccount.fromServiceAccountName(elsewhere, 'account', 'mine') } },
    apiServer: { service: { port: 80 }, exposure: Exposure.loadBalancer(), publicExecutionApi: true },
  };
}

/** A ticket for tasks, and every connection by TLS with a certificate. */
function guarded(version: AirflowVersion): Manifest[] {
  const tls = { ca: CertificateAuthority.fromSecret(SecretKey.of('ca', 'ca.crt')), clientCertificate: { certificate: SecretKey.of('client', 'tls.crt'), privateKey: SecretKey.of('client', 'tls.key') } };
  const celery = Executor.celery({
    flower: {}, broker: Broker.fromSecret(SecretKey.of('broker', 'connection'), { tls }), resultBackend: SecretKey.of('results', 'connection'), resultBackendTls: tls,
  });
  const key = (name: string) => SecretKey.of('keys', name);
  const chart = airflowChart({
    version,
    executor: Executor.multiple([celery, Executor.kubernetes(), Executor.local()]),
    database: Database.fromSecret(SecretKey.of('database', 'connection'), { tls }),
    secrets: AirflowSecrets.fromSecrets({ fernetKey: { current: key('fernet') }, secretKey: key('session'), jwtSecret: version.isAirflow3 ? key('jwt') : undefined }),
    pods: { kerberos: { principal: 'airflow@EXAMPLE.COM', keytab: SecretKey.of('keytab', 'keytab'), krb5Config: Krb5Config.fromText('[libdefaults]\n') } },
  });
  chart.airflow.addTaskPod('elsewhere', { namespace: 'jobs' });
  chart.airflow.addTaskPod('own', { template: TaskPodTemplate.own() });
  return synth(chart);
}

function twoInstances(one: AirflowProps, two: AirflowProps): Manifest[] {
  const chart = new Chart(new App(), 'both', { namespace: 'data' });
  new Airflow(chart, 'one', one);
  new Airflow(chart, 'two', two);
  return synth(chart);
}

/** A database in parts, with another user for the migration. */
function inParts(version: AirflowVersion): Manifest[] {
  const key = (name: string) => SecretKey.of('database', name);
  const database = Database.postgres({
    host: 'db.example.com',
    nameKey: key('dbname'),
    userKey: key('user'),
    password: key('password'),
    schema: 'airflow',
    tls: {},
    migrateAs: { user: 'owner', password: SecretKey.of('admin', 'password') },
  });
  const executor = Executor.celery({ workers: { scaling: Scaling.keda({ maxReplicas: 3 }) } });
  return synthAirflow({ version, database, executor, pools: { etl: { slots: 1 } } });
}

/** Servers with certificates, which also ask the tasks of all executors for one. */
function withServerTls(version: AirflowVersion): Manifest[] {
  const key = (name: string) => SecretKey.of('server', name);
  const tls = ServerTls.fromSecret({
    certificate: key('tls.crt'),
    privateKey: key('tls.key'),
    ca: CertificateAuthority.fromSecret(key('ca.crt')),
    ...version.isAirflow3 && { clientCertificate: { certificate: SecretKey.of('tasks', 'tls.crt'), privateKey: SecretKey.of('tasks', 'tls.key') } },
  });
  const chart = airflowChart({
    version,
    executor: Executor.multiple([Executor.celery(), Executor.kubernetes(), Executor.local()]),
    ...version.isAirflow3 ? { apiServer: { tls: ServerTls.certManager({ issuer: { name: 'internal' } }), executionApi: { tls } } } : { webserver: { tls } },
  });
  if (version.isAirflow3) { chart.airflow.addTaskPod('elsewhere', { namespace: 'jobs' }); }
  chart.airflow.addTaskPod('own', { template: TaskPodTemplate.own() });
  return synth(chart);
}

/** Keys, connections and variables in a store, while the Fernet key is replaced. */
function keysInStore(version: AirflowVersion, store: 'operator' | 'driver' | 'driver, copied'): Manifest[] {
  const remote = (property: string) => ({ key: 'airflow/keys', property });
  const keys = {
    fernetKey: { current: remote('new'), previous: remote('old') }, secretKey: remote('session'), jwtSecret: version.isAirflow3 ? remote('jwt') : undefined,
  };
  const lookups = { connections: { warehouse: remote('warehouse') }, variables: { slack_token: remote('slack') } };
  const provider = SecretsStoreProvider.vault({ role: 'airflow' });
  const secrets = store === 'operator' ? AirflowSecrets.externalSecrets({ ...keys, ...lookups, store: { name: 'vault' } })
    : AirflowSecrets.csi({ ...keys, provider, ...store === 'driver, copied' && { ...lookups, syncSecret: true } });
  return synthAirflow({ version, secrets, executor: Executor.celery({ flower: {} }), database: Database.cloudNativePg('airflow-db') });
}

function withPolicies(props: AirflowProps): Manifest[] {
  const chart = airflowChart(props);
  new AirflowNetworkPolicies(chart, 'policies', { airflow: chart.airflow });
  return synth(chart);
}

hold([
  ...exampleNames().map((name): Program => [`examples/${name}`, () => synthExample(name)]),
  ...matrix(),
  ['an Airflow 3 whose servers have certificates', () => withServerTls(AirflowVersion.V3_3)],
  ['an Airflow 2 whose server has a certificate', () => withServerTls(AirflowVersion.V2_11)],
  ['an Airflow to which everything is given', () => synthAirflow(everythingGiven())],
  ['an Airflow whose API server is elsewhere', () => synthAirflow(servedBy('https://airflow.example.com'))],
  ['an Airflow whose users come from the namespace', () => synthAirflow({ pods: { securityContext: { userFromNamespace: true } } })],
  ['an Airflow without a login', () => synthAirflow({ auth: Auth.simple({ everyoneIsAdmin: true }) })],
  ...[AirflowVersion.V2_10, AirflowVersion.V3_3].map((version): Program => [
    `Airflow ${version.series} with pools`, () => synthAirflow({ version, pools: { etl: { slots: 16 } } }),
  ]),
  ...[AirflowVersion.V2_11, AirflowVersion.V3_3].map((version): Program => [`Airflow ${version.series} by TLS and with a ticket`, () => guarded(version)]),
  ...[AirflowVersion.V2_11, AirflowVersion.V3_3].map((version): Program => [`Airflow ${version.series} with a database in parts`, () => inParts(version)]),
  ...[AirflowVersion.V2_11, AirflowVersion.V3_3].map((version): Program => [`Airflow ${version.series} with tokens of the database`, () => synthAirflow({
    version,
    executor: Executor.celery(),
    pods: { identity: WorkloadIdentity.aks('11111111-1111-1111-1111-111111111111') },
    database: Database.postgres({ host: 'db', name: 'airflow', user: 'airflow', token: DatabaseToken.azureEntra() }),
  })]),
  ...[AirflowVersion.V2_11, AirflowVersion.V3_3].flatMap(version => (['operator', 'driver', 'driver, copied'] as const).map((store): Program => [
    `Airflow ${version.series} with keys in a store (${store})`, () => keysInStore(version, store),
  ])),
  ['an Airflow with network policies', () => withPolicies({ executor: Executor.celery({ flower: {} }), logs: TaskLogs.newClaim() })],
  ['an Airflow 2 with network policies', () => withPolicies({ version: AirflowVersion.V2_11, executor: Executor.kubernetes() })],
  ['an Airflow with a very long path', () => synth(airflowChart({ logs: TaskLogs.newClaim() }, 'a-very-long-id-'.repeat(9)))],
  ['two instances in one namespace', () => twoInstances({ logs: TaskLogs.newClaim({ size: Size.gibibytes(1) }) }, { logs: TaskLogs.newClaim(), version: AirflowVersion.V2_11 })],
  ['two instances with Celery in one namespace', () => twoInstances(
    { executor: Executor.celery({ flower: {} }) },
    { version: AirflowVersion.V2_11, executor: Executor.celeryKubernetes({ celery: { flower: {} } }) },
  )],
]);

test('there are examples', () => {
  expect(exampleNames()).toEqual(expect.arrayContaining(['quickstart', 'git-mode', 'local-executor']));
});
