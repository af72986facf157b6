import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  Airflow, AirflowChartProps, AirflowConnection, AirflowProps, AirflowVersion, Auth, Broker, CertificateAuthority, DagBundle, DagSource, Database,
  Executor, FlowerAuth, FlowerOAuthProvider, GitCredentials, Gpu, Krb5Config, LogRetention, Scaling, SecretKey, SpotNodes, TaskLogs, TaskPodTemplate,
} from '../src';
import { exampleNames, synthExample } from './examples';
import { Rendered } from './golden/case';
import { taskPodsOf } from './golden/sections';
import { blogFile } from './pod-file';
import * as references from './references';
import * as rules from './rules';
import { airflowChart, Manifest, servedBy, synth, synthAirflow } from './util';

const RULES: [string, rules.Rule][] = [
  ['every pod meets the Pod Security level restricted', rules.restricted],
  ['every root file system is read-only', rules.readOnlyRoot],
  ['every container requests CPU and memory and has a limit of memory', rules.resources],
  ['every image is pinned', rules.pinned],
  ['whatever goes on is checked for life', rules.liveness],
  ['no secret is a literal', rules.noSecret],
  ['every variable is set once, before it is used', rules.environment],
  ['no Service adds variables', rules.serviceLinks],
  ['every name is valid and short enough', rules.names],
  ['every selector selects the pods of one workload and none of a task', rules.selectors],
  ['every mount has a volume', rules.mounts],
  ['a token is mounted where a Role is bound, and nowhere else', rules.tokens],
  ['nothing is null or an empty list', rules.settled],
  ['everything is in a namespace', rules.namespaced],
  ['every ConfigMap, Secret, claim and account is there', references.objects],
  ['every Role and account of a binding is there', references.bindings],
  ['every workload that is scaled is there, and the Secret that it takes', references.scaling],
  ['every port is listened on', references.ports],
  ['every address is that of a Service', references.addresses],
  ['every file that airflow.cfg names is mounted', references.files],
];

const VERSIONS = [
  AirflowVersion.V2_10, AirflowVersion.V2_11, AirflowVersion.V3_0, AirflowVersion.V3_1, AirflowVersion.V3_2, AirflowVersion.V3_3,
];
const EXECUTORS: [string, () => Executor][] = [
  ['KubernetesExecutor', () => Executor.kubernetes()], ['LocalExecutor', () => Executor.local()], ['CeleryExecutor', () => Executor.celery({ flower: {} })],
];
const KEEPING_LOGS = Executor.celery({ flower: {}, workers: { logs: { size: Size.gibibytes(1) } } });
const GIVEN: rules.Given = {
  secrets: [
    'git', 'keys', 'database', 'admin', 'registry', 'shared', 'broker', 'results', 'flower', 'store', 'ca', 'client', 'keytab',
    'airflow-gitsync-ssh-key', 'airflow-metadata-secret', 'airflow-connections',
  ],
  configMaps: ['known-hosts'],
  claims: ['dags', 'logs'],
  accounts: ['mine', 'airflow'],
};

/** Each version with each executor: with nothing said, and with DAGs by git-sync and logs on a claim. */
function matrix(): [string, () => Manifest[]][] {
  const credentials = GitCredentials.sshKey(SecretKey.of('git', 'ssh-privatekey'), { knownHosts: SecretKey.of('git', 'known_hosts') });
  return VERSIONS.flatMap(version => EXECUTORS.flatMap(([name, executor]): [string, () => Manifest[]][] => [
    [`Airflow ${version.series} with the ${name}`, () => synthAirflow({ version, executor: executor() })],
    [`Airflow ${version.series} with the ${name}, git-sync and a claim`, () => synthAirflow({
      version,
      executor: executor(),
      dagProcessor: {},
      dags: DagSource.gitSync({ repo: 'git@github.com:acme/dags.git', credentials }),
      logs: TaskLogs.claim(),
    })],
  ]));
}

function everythingGiven(): AirflowChartProps {
  const elsewhere = new Chart(new App(), 'elsewhere');
  const key = (name: string) => SecretKey.of('keys', name);
  const claim = (name: string) => kplus.PersistentVolumeClaim.fromClaimName(elsewhere, name, name);
  return {
    namespace: 'data',
    secrets: { fernetKey: key('fernet'), jwtSecret: key('jwt'), secretKey: key('session') },
    database: Database.fromSecret(SecretKey.of('database', 'connection')),
    auth: Auth.fab({ admin: { password: SecretKey.of('admin', 'password') } }),
    dags: DagSource.fromClaim(claim('dags')),
    logs: TaskLogs.fromClaim(claim('logs'), { retention: LogRetention.within() }),
    scheduler: { replicas: 2, serviceAccount: { existing: kplus.ServiceAccount.fromServiceAccountName(elsewhere, 'account', 'mine') } },
    apiServer: { service: { type: kplus.ServiceType.LOAD_BALANCER, port: 80 } },
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
    secrets: { fernetKey: key('fernet'), secretKey: key('session'), jwtSecret: version.isAirflow3 ? key('jwt') : undefined },
    pods: { kerberos: { principal: 'airflow@EXAMPLE.COM', keytab: SecretKey.of('keytab', 'keytab'), krb5Config: Krb5Config.fromText('[libdefaults]\n') } },
  });
  chart.airflow.addTaskPod('elsewhere', { task: { namespace: 'jobs' } });
  chart.airflow.addTaskPod('own', { task: { template: TaskPodTemplate.own() } });
  return synth(chart);
}

function withPodOperator(executor: Executor): Manifest[] {
  const chart = airflowChart({ executor });
  chart.airflow.allowPodOperator();
  chart.airflow.allowPodOperator({ namespace: 'jobs' });
  return synth(chart);
}

/** Task pods of every kind, in an Airflow whose tasks need nothing that is made in one namespace alone. */
function everyTaskPod(version: AirflowVersion): Manifest[] {
  const key = (name: string) => SecretKey.of('keys', name);
  const secrets = { fernetKey: key('fernet'), secretKey: key('session'), jwtSecret: version.isAirflow3 ? key('jwt') : undefined };
  const chart = airflowChart({ version, secrets, database: Database.fromSecret(SecretKey.of('database', 'connection')) });
  const { airflow } = chart;
  const gpu = airflow.addTaskPod('gpu', { gpus: Gpu.nvidia(), resources: { memory: { request: Size.gibibytes(8), limit: Size.gibibytes(8) } } });
  airflow.addTaskPod('spot', { basedOn: gpu, spot: SpotNodes.gke() });
  const helper = { image: 'acme/helper:1', volumeMounts: [{ path: '/data', volume: kplus.Volume.fromEmptyDir(chart, 'data', 'data') }] };
  airflow.addTaskPod('helped', { initContainers: [{ name: 'fetch', ...helper }], sidecars: [{ name: 'proxy', ...helper }], volumeMounts: helper.volumeMounts });
  airflow.addTaskPod('account', { serviceAccount: { annotations: { role: 'arn' } }, env: { A: kplus.EnvValue.fromValue('b') } });
  airflow.addTaskPod('own', { pod: { scratchSize: Size.gibibytes(50) }, task: { template: TaskPodTemplate.own() } });
  const template = TaskPodTemplate.fromFile(blogFile(version.release), { existing: ['ServiceAccount/airflow'] });
  const adopted = airflow.addTaskPod('adopted', { task: { template } });
  airflow.addTaskPod('from_adopted', { basedOn: adopted, securityContext: { readOnlyRootFilesystem: true } });
  airflow.addTaskPod('elsewhere', { task: { namespace: 'jobs' } });
  return synth(chart);
}

/** Sets of workers and a triggerer of as many pods as the cluster decides. */
function scaled(version: AirflowVersion): Manifest[] {
  const by = (scaling: Scaling) => ({ scaling, disruptionBudget: { maxUnavailable: '1' } });
  const keda = Scaling.keda({ maxReplicas: 3 });
  const executor = Executor.multiple([Executor.celery({ workers: by(keda) }), Executor.kubernetes()]);
  const chart = airflowChart({ version, executor, triggerer: by(keda), scheduler: by(Scaling.cpu({ maxReplicas: 2 })) });
  chart.airflow.addCeleryWorkers('gpu', { ...by(keda), queues: ['gpu'], logs: { size: Size.gibibytes(1) } });
  return synth(chart);
}

/** Several executors with sets of workers, of which one keeps its logs, and broker, results and the users of Flower elsewhere. */
function withWorkers(version: AirflowVersion): Manifest[] {
  const celery = Executor.celery({
    broker: Broker.fromSecret(SecretKey.of('broker', 'connection')),
    resultBackend: SecretKey.of('results', 'connection'),
    flower: {
      auth: FlowerAuth.oauth({
        provider: FlowerOAuthProvider.GOOGLE, clientId: SecretKey.of('flower', 'id'), clientSecret: SecretKey.of('flower', 'secret'), redirectUrl: 'https://example.com/flower/login', emailDomain: 'example.com',
      }),
    },
  });
  const executor = Executor.multiple([Executor.kubernetes(), celery, Executor.custom('acme.executors.ConsoleExecutor')]);
  const chart = airflowChart({ version, executor, config: { celery: { flower_url_prefix: '/flower' } } });
  chart.airflow.allowPodOperator();
  chart.airflow.addTaskPod('gpu', { gpus: Gpu.nvidia() });
  chart.airflow.addCeleryWorkers('etl', { replicas: 2, queues: ['etl'], logs: { size: Size.gibibytes(1), deleteWithSet: true } });
  return synth(chart);
}

/** DAGs of several sources, one of them cloned once for all pods. */
function manySources(version: AirflowVersion): Manifest[] {
  const elsewhere = new Chart(new App(), 'elsewhere');
  const repo = 'https://github.com/acme/dags.git';
  return synthAirflow({
    version,
    dags: DagSource.multiple({
      token: DagSource.gitSync({ repo, subPath: 'dags', credentials: GitCredentials.token(SecretKey.of('git', 'password')), sparseCheckout: ['/dags/'] }),
      app: DagSource.gitSync({ repo, credentials: GitCredentials.gitHubApp(SecretKey.of('git', 'private-key'), { applicationId: 1, installationId: 2 }), http: { metrics: true } }),
      shared: DagSource.gitSync({ repo, shared: {} }),
      claim: DagSource.fromClaim(kplus.PersistentVolumeClaim.fromClaimName(elsewhere, 'claim', 'dags')),
      image: DagSource.fromImage(),
    }),
  });
}

/** DAGs that Airflow fetches by itself, in every way that the version has. */
function bundles(version: AirflowVersion, executor: Executor): Manifest[] {
  const ssh = { repo: 'git@github.com:acme/dags.git', ref: 'main' };
  const known = version.minor >= 2
    ? GitCredentials.sshKey(SecretKey.of('git', 'ssh-privatekey'), { knownHosts: SecretKey.of('git', 'known_hosts') }) : GitCredentials.sshKeyForAnyHost(SecretKey.of('git', 'ssh-privatekey'));
  return synthAirflow({
    version,
    executor,
    dags: DagSource.bundles([
      DagBundle.git('ssh', { ...ssh, credentials: known }),
      DagBundle.git('https', { repo: 'https://github.com/acme/b.git', ref: 'main', credentials: GitCredentials.token(SecretKey.of('git', 'password')) }),
      DagBundle.git('given', { ref: 'main', connection: AirflowConnection.fromSecret(SecretKey.of('git', 'connection')) }),
      DagBundle.s3('bucket', { bucket: 'acme-dags' }),
      DagBundle.local('image', '/opt/airflow/dags'),
    ]),
  });
}

/** Each store of logs in each version that knows it, with one executor after the other. */
function stores(): [string, () => Manifest[]][] {
  const connection = AirflowConnection.fromSecret(SecretKey.of('store', 'connection'));
  const key = (name: string) => SecretKey.of('store', name);
  const logGroupArn = 'arn:aws:logs:eu-central-1:123456789012:log-group:/acme/airflow';
  const server = { url: 'https://search.acme:9200', username: 'elastic', password: key('password'), ca: CertificateAuthority.fromSecret(SecretKey.of('ca', 'ca.crt')) };
  const all: [string, AirflowVersion[], TaskLogs][] = [
    ['S3', VERSIONS, TaskLogs.s3({ bucket: 'acme', connection })],
    ['S3 by identity', VERSIONS, TaskLogs.s3({ bucket: 'acme', region: 'eu-central-1', endpointUrl: 'http://s3.acme:9000' })],
    ['GCS', VERSIONS, TaskLogs.gcs({ bucket: 'acme' })],
    ['Azure', VERSIONS, TaskLogs.azureBlob({ container: 'logs', account: 'acme' })],
    ['CloudWatch', VERSIONS, TaskLogs.cloudWatch({ logGroupArn, connection })],
    ['Elasticsearch', VERSIONS, TaskLogs.elasticsearch(server)],
    ['Elasticsearch, directly', VERSIONS.filter(version => version.isAirflow3), TaskLogs.elasticsearch({ ...server, direct: true })],
    ['OpenSearch', [AirflowVersion.V3_2, AirflowVersion.V3_3], TaskLogs.openSearch({ ...server, direct: true })],
  ];
  return all.flatMap(([name, versions, logs]) => versions.map((version, index): [string, () => Manifest[]] => {
    const [executorName, executor] = EXECUTORS[index % EXECUTORS.length];
    return [`Airflow ${version.series} with the ${executorName} and logs in ${name}`, () => synthAirflow({ version, logs, executor: executor() })];
  }));
}

function twoInstances(one: AirflowProps, two: AirflowProps): Manifest[] {
  const chart = new Chart(new App(), 'both', { namespace: 'data' });
  new Airflow(chart, 'one', one);
  new Airflow(chart, 'two', two);
  return synth(chart);
}

const PROGRAMS: [string, () => Manifest[]][] = [
  ...exampleNames().map((name): [string, () => Manifest[]] => [`examples/${name}`, () => synthExample(name)]),
  ...matrix(),
  ['an Airflow to which everything is given', () => synthAirflow(everythingGiven())],
  ['an Airflow whose API server is elsewhere', () => synthAirflow(servedBy('https://airflow.example.com'))],
  ['an Airflow whose users come from the namespace', () => synthAirflow({ pods: { securityContext: { userFromNamespace: true } } })],
  ['an Airflow without a login', () => synthAirflow({ auth: Auth.simple() })],
  ...[AirflowVersion.V2_10, AirflowVersion.V3_3].map((version): [string, () => Manifest[]] => [
    `Airflow ${version.series} with pools`, () => synthAirflow({ version, jobs: { pools: { etl: { slots: 16 } } } }),
  ]),
  ...VERSIONS.map((version): [string, () => Manifest[]] => [`Airflow ${version.series} with task pods of every kind`, () => everyTaskPod(version)]),
  ...[AirflowVersion.V2_11, AirflowVersion.V3_3].map((version): [string, () => Manifest[]] => [
    `Airflow ${version.series} of as many pods as the cluster decides`, () => scaled(version),
  ]),
  ...[AirflowVersion.V2_11, AirflowVersion.V3_3].map((version): [string, () => Manifest[]] => [`Airflow ${version.series} by TLS and with a ticket`, () => guarded(version)]),
  ['tasks that start pods', () => withPodOperator(Executor.kubernetes())],
  ['tasks of the LocalExecutor that start pods', () => withPodOperator(Executor.local())],
  ['tasks of Celery workers that start pods', () => withPodOperator(Executor.celery())],
  ...VERSIONS.map((version): [string, () => Manifest[]] => [`Airflow ${version.series} with several executors`, () => withWorkers(version)]),
  ...[Executor.celeryKubernetes({ flower: {} }), Executor.localKubernetes()].map((executor, index): [string, () => Manifest[]] => [
    `an executor that is two (${index})`, () => synthAirflow({ version: AirflowVersion.V2_11, executor }),
  ]),
  ['Celery workers whose users come from the namespace', () => synthAirflow({ executor: KEEPING_LOGS, pods: { securityContext: { userFromNamespace: true } } })],
  ...stores(),
  ['an Airflow with a very long path', () => synth(airflowChart({ logs: TaskLogs.claim() }, 'a-very-long-id-'.repeat(9)))],
  ['Celery workers with a very long path', () => synth(airflowChart({ executor: KEEPING_LOGS }, 'a-very-long-id-'.repeat(9)))],
  ...VERSIONS.map((version): [string, () => Manifest[]] => [`Airflow ${version.series} with DAGs of several sources`, () => manySources(version)]),
  ...VERSIONS.filter(({ isAirflow3 }) => isAirflow3).flatMap(version => EXECUTORS.map(([name, executor]): [string, () => Manifest[]] => [
    `Airflow ${version.series} with the ${name} and DAG bundles`, () => bundles(version, executor()),
  ])),
  ['DAGs on a new claim', () => synthAirflow({ dags: DagSource.claim({ size: Size.gibibytes(1) }) })],
  ['two instances in one namespace', () => twoInstances({ logs: TaskLogs.claim({ size: Size.gibibytes(1) }) }, { logs: TaskLogs.claim(), version: AirflowVersion.V2_11 })],
  ['two instances with Celery in one namespace', () => twoInstances(
    { executor: Executor.celery({ flower: {} }) }, { version: AirflowVersion.V2_11, executor: Executor.celeryKubernetes({ flower: {} }) })],
];

test('there are examples', () => {
  expect(exampleNames()).toEqual(expect.arrayContaining(['quickstart', 'git-mode', 'local-executor']));
});

describe.each(PROGRAMS)('%s', (_, program) => {
  let manifest: Manifest[];
  beforeAll(() => {
    manifest = program();
  });

  test.each(RULES)('%s', (__, rule) => expect(rule(manifest, GIVEN)).toEqual([]));
});

test.each(taskPodsOf(AirflowVersion.V3_3.release))('no secret is a literal in a task pod of %s', (_, given) => {
  expect(rules.noSecret(new Rendered(AirflowVersion.V3_3, given).manifest)).toEqual([]);
});
