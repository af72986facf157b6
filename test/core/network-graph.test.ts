import { ApiObject } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { parse } from 'yaml';
import {
  Airflow, AirflowConnection, AirflowProps, AirflowVersion, Broker, DagBundle, DagSource, Database, Executor, GitCredentials, Scaling,
  Scheduler, SecretKey, TaskLogs,
} from '../../src/index';
import { exampleAirflows, exampleNames } from '../examples';
import { airflowChart, Env, Pod, servedBy } from '../util';

const { V2_11 } = AirflowVersion;
const ours = SecretKey.of('ours', 'url');
const airflow = (props: AirflowProps = {}) => airflowChart(props).airflow;
const ssh = { repo: 'git@github.com:acme/dags.git', credentials: GitCredentials.sshKey(ours, { knownHosts: ours }) };

/** Each edge in one line. */
function edges({ networkGraph }: Airflow): string[] {
  return networkGraph.edges.map(({ source, target, port, purpose }) => `${source} > ${target} ${port ?? '?'} ${purpose}`).sort();
}

/** The edges that another Airflow has not. */
function more(props: AirflowProps, than: AirflowProps = {}): string[] {
  const known = edges(airflow(than));
  return edges(airflow(props)).filter(edge => !known.includes(edge));
}

const QUICKSTART = [
  'api-server > kubernetes 443 logs of task pods',
  'api-server > postgres 5432 metadata',
  'api-server > triggerer 8794 trigger logs',
  'bootstrap-secrets > kubernetes 443 creates Secrets',
  'dag-processor > postgres 5432 metadata',
  'migration > postgres 5432 metadata',
  'scheduler > kubernetes 443 starts task pods',
  'scheduler > postgres 5432 metadata',
  'sync-users > postgres 5432 metadata',
  'task-pods > api-server 8080 execution API',
  'triggerer > postgres 5432 metadata',
  'users > api-server 8080 UI and API',
];

describe('by default', () => {
  test('a task of Airflow 3 talks to the API server, and all others to the database', () => {
    expect(edges(airflow())).toEqual(QUICKSTART);
  });

  test('a task of Airflow 2 talks to the database', () => {
    expect(edges(airflow({ version: V2_11 }))).toEqual([
      'bootstrap-secrets > kubernetes 443 creates Secrets',
      'migration > postgres 5432 metadata',
      'scheduler > kubernetes 443 starts task pods',
      'scheduler > postgres 5432 metadata',
      'sync-users > postgres 5432 metadata',
      'task-pods > postgres 5432 metadata',
      'triggerer > postgres 5432 metadata',
      'users > webserver 8080 UI and API',
      'webserver > kubernetes 443 logs of task pods',
      'webserver > postgres 5432 metadata',
      'webserver > triggerer 8794 trigger logs',
    ]);
  });

  test('the nodes say what is part of the Airflow', () => {
    expect(airflow().networkGraph.nodes.map(({ id, label, external }) => ({ id, label, external }))).toEqual([
      { id: 'postgres', label: 'Postgres', external: false },
      { id: 'bootstrap-secrets', label: 'bootstrap-secrets (Job)', external: false },
      { id: 'migration', label: 'migration (Job)', external: false },
      { id: 'sync-users', label: 'sync-users (Job)', external: false },
      { id: 'task-pods', label: 'task pods', external: false },
      { id: 'api-server', label: 'API server', external: false },
      { id: 'scheduler', label: 'scheduler', external: false },
      { id: 'dag-processor', label: 'dag-processor', external: false },
      { id: 'triggerer', label: 'triggerer', external: false },
      { id: 'users', label: 'users', external: true },
      { id: 'kubernetes', label: 'Kubernetes API', external: true },
    ]);
  });
});

describe('executors', () => {
  test('LocalExecutor: the scheduler runs tasks and serves their logs, and nobody starts pods', () => {
    expect(edges(airflow({ executor: Executor.local() }))).toEqual([
      'api-server > postgres 5432 metadata',
      'api-server > scheduler 8793 task logs',
      ...QUICKSTART.filter(edge => !/^task-pods|kubernetes 443 (logs|starts)|^api-server > postgres|^users/.test(edge)),
      'scheduler > api-server 8080 execution API',
      'users > api-server 8080 UI and API',
    ].sort());
    expect(edges(airflow({ version: V2_11, executor: Executor.local() })).filter(edge => /8793|execution/.test(edge))).toEqual([
      'webserver > scheduler 8793 task logs',
    ]);
  });

  test('Celery with Redis and Flower: tasks go over the broker, results into the database', () => {
    expect(more({ executor: Executor.celery({ flower: {} }) })).toEqual([
      'api-server > celery-workers 8793 task logs',
      'celery-workers > api-server 8080 execution API',
      'celery-workers > postgres 5432 results',
      'celery-workers > redis 6379 queues',
      'flower > redis 6379 queues',
      'scheduler > postgres 5432 results',
      'scheduler > redis 6379 queues',
      'users > flower 5555 UI',
    ]);
  });

  test('a worker of Airflow 2, and of 3.0, talks to the database for more than results', () => {
    const executor = () => Executor.celery({ broker: Broker.rabbitMq() });
    const ofWorkers = (version: AirflowVersion) => edges(airflow({ version, executor: executor() })).filter(edge => edge.startsWith('celery-workers'));
    expect(ofWorkers(V2_11)).toEqual([
      'celery-workers > postgres 5432 metadata', 'celery-workers > postgres 5432 results', 'celery-workers > rabbitmq 5672 queues',
    ]);
    expect(ofWorkers(AirflowVersion.V3_0)).toEqual([
      'celery-workers > api-server 8080 execution API', 'celery-workers > postgres 5432 metadata', 'celery-workers > postgres 5432 results',
      'celery-workers > rabbitmq 5672 queues',
    ]);
  });

  test('several executors: what each of them needs', () => {
    expect(more({ executor: Executor.multiple([Executor.celery(), Executor.kubernetes()]) })).toEqual([
      'api-server > celery-workers 8793 task logs',
      'celery-workers > api-server 8080 execution API',
      'celery-workers > postgres 5432 results',
      'celery-workers > redis 6379 queues',
      'scheduler > postgres 5432 results',
      'scheduler > redis 6379 queues',
    ]);
  });

  test('a broker and results elsewhere are at ports that their Secrets know', () => {
    const executor = Executor.celery({ broker: Broker.fromSecret(ours), resultBackend: ours });
    expect(more({ executor })).toEqual([
      'api-server > celery-workers 8793 task logs',
      'celery-workers > api-server 8080 execution API',
      'celery-workers > broker ? queues',
      'celery-workers > result-backend ? results',
      'scheduler > broker ? queues',
      'scheduler > result-backend ? results',
    ]);
  });

  test('KEDA asks the database', () => {
    const scaled = (scaling?: Scaling): AirflowProps => ({ executor: Executor.celery({ workers: { scaling } }) });
    expect(more(scaled(Scaling.keda({ maxReplicas: 4 })), scaled())).toEqual(['keda > postgres 5432 work that waits']);
    expect(more(scaled(Scaling.cpu({ maxReplicas: 4 })), scaled())).toEqual([]);
  });
});

describe('what is added later', () => {
  test('a set of workers', () => {
    const celery = airflow({ executor: Executor.celery() });
    const before = edges(celery);
    celery.addCeleryWorkers('heavy');
    expect(edges(celery).filter(edge => !before.includes(edge))).toEqual([
      'api-server > celery-workers-heavy 8793 task logs',
      'celery-workers-heavy > api-server 8080 execution API',
      'celery-workers-heavy > postgres 5432 results',
      'celery-workers-heavy > redis 6379 queues',
    ]);
    expect(celery.networkGraph.nodes).toContainEqual(expect.objectContaining({ id: 'celery-workers-heavy', label: 'Celery workers: heavy', external: false }));
    celery.addCeleryWorkers('worker');
    expect(celery.networkGraph.nodes).toContainEqual(expect.objectContaining({ id: 'celery-workers-worker', label: 'Celery workers: worker', external: false }));
  });

  test('operators that start pods', () => {
    const own = airflow();
    own.allowPodOperator();
    expect(edges(own).filter(edge => !QUICKSTART.includes(edge))).toEqual([
      'task-pods > kubernetes 443 pods of KubernetesPodOperator', 'triggerer > kubernetes 443 pods of KubernetesPodOperator',
    ]);
  });

  test('a component of its own, which is named by its whole path', () => {
    const chart = airflowChart({});
    new Scheduler(chart, 'spare-scheduler', { airflow: chart.airflow });
    expect(edges(chart.airflow).filter(edge => !QUICKSTART.includes(edge))).toEqual([
      'test/spare-scheduler > kubernetes 443 starts task pods', 'test/spare-scheduler > postgres 5432 metadata',
    ]);
    expect(chart.airflow.networkGraph.toMermaid()).toContain('    test_spare-scheduler["scheduler: spare-scheduler"]\n');
  });
});

describe('what is elsewhere', () => {
  test('a database', () => {
    const { networkGraph } = airflow({ database: Database.fromSecret(ours) });
    expect(networkGraph.nodes).toContainEqual(expect.objectContaining({ id: 'database', label: 'database', external: true }));
    expect(more({ database: Database.fromSecret(ours) })).toEqual(
      ['api-server', 'dag-processor', 'migration', 'scheduler', 'sync-users', 'triggerer'].map(from => `${from} > database ? metadata`));
  });

  test('an API server', () => {
    const props = servedBy('https://airflow.example.com/team');
    expect(more(props)).toEqual(['task-pods > api-server-airflow.example.com 443 execution API']);
    expect(edges(airflow(props)).filter(edge => /^api-server|^users/.test(edge))).toEqual([]);
  });

  test('the other components', () => {
    const external = { scheduler: true, dagProcessor: true, triggerer: true, migration: true };
    expect(edges(airflow({ external }))).toEqual(QUICKSTART.filter(edge => !/scheduler|dag-processor|triggerer|migration/.test(edge)));
  });

  test('the port of a Service is the one that is connected to', () => {
    expect(more({ apiServer: { service: { port: 80 } } })).toEqual(['task-pods > api-server 80 execution API', 'users > api-server 80 UI and API']);
  });
});

describe('DAGs', () => {
  test('git-sync is in each pod that reads them', () => {
    expect(more({ dags: DagSource.gitSync(ssh) })).toEqual(['dag-processor', 'task-pods', 'triggerer'].map(from => `${from} > git-github.com 22 DAGs`));
    expect(more({ version: V2_11, dags: DagSource.gitSync(ssh) }, { version: V2_11 })).toEqual(
      ['scheduler', 'task-pods', 'triggerer'].map(from => `${from} > git-github.com 22 DAGs`));
  });

  test('git-sync for all pods is in one of its own', () => {
    expect(more({ dags: DagSource.gitSync({ ...ssh, shared: {} }) })).toEqual(['git-sync > git-github.com 22 DAGs']);
  });

  test.each([
    ['https://git.example.com/acme/dags.git', 'git-git.example.com 443 DAGs'],
    ['http://git.git.svc:8080/dags.git', 'git-git.git.svc 8080 DAGs'],
    ['git://git.example.com/dags.git', 'git-git.example.com 9418 DAGs'],
  ])('%s is at %s', (repo, server) => {
    expect(more({ dags: DagSource.gitSync({ repo, shared: {} }) })).toEqual([`git-sync > ${server}`]);
  });

  test('of several sources, each by its own', () => {
    const dags = () => DagSource.multiple({ a: DagSource.gitSync({ repo: 'https://a.example.com/dags.git', shared: {} }), b: DagSource.gitSync(ssh) });
    expect(more({ dags: dags() })).toEqual([
      'dag-processor > git-github.com 22 DAGs', 'git-sync-a > git-a.example.com 443 DAGs', 'task-pods > git-github.com 22 DAGs', 'triggerer > git-github.com 22 DAGs',
    ]);
  });

  test('git-sync gets tokens from GitHub, and tells others of a commit', () => {
    const credentials = GitCredentials.githubApp(ours, { applicationId: 1, installationId: 2 });
    const hooks = { webhook: { url: kplus.EnvValue.fromValue('http://hook.acme.svc:9000/new') } };
    expect(more({ dags: DagSource.gitSync({ repo: 'https://github.com/acme/dags.git', credentials, hooks }) })).toEqual([
      ...['dag-processor', 'task-pods', 'triggerer'].flatMap(from => [
        `${from} > git-api.github.com 443 token`, `${from} > git-github.com 443 DAGs`,
        ...from === 'task-pods' ? [] : [`${from} > webhook-hook.acme.svc 9000 new commit`],
      ]),
    ]);
    const secret = { webhook: { url: ours.toEnvValue() } };
    expect(more({ dags: DagSource.gitSync({ repo: 'https://github.com/acme/dags.git', hooks: secret, shared: {} }) })).toEqual([
      'git-sync > git-github.com 443 DAGs', 'git-sync > webhook ? new commit',
    ]);
  });

  test('bundles are fetched by the dag-processor and by tasks', () => {
    const bundles = () => [
      DagBundle.git('team', { repo: 'https://github.com/acme/dags.git', ref: 'main' }), DagBundle.s3('shared', { bucket: 'acme-dags' }),
      DagBundle.gcs('lake', { bucket: 'acme-lake' }), DagBundle.local('own', '/opt/airflow/dags'),
    ];
    expect(more({ dags: DagSource.bundles(bundles()) })).toEqual(['dag-processor', 'task-pods'].flatMap(
      from => [`${from} > gcs 443 DAGs`, `${from} > git-github.com 443 DAGs`, `${from} > s3 443 DAGs`]));
  });
});

describe('logs', () => {
  test('in S3: tasks and the triggerer write them, the API server reads them', () => {
    const logs = [
      'api-server > s3 443 reads logs', 'task-pods > s3 443 writes logs', 'triggerer > s3 443 writes logs',
    ];
    expect(more({ logs: TaskLogs.s3({ bucket: 'acme-logs' }) })).toEqual(logs);
    expect(more({ logs: TaskLogs.s3({ bucket: 'acme-logs', endpointUrl: 'http://minio.minio.svc:9000' }) })).toEqual(
      logs.map(edge => edge.replace('s3 443', 's3-minio.minio.svc 9000')));
    expect(more({ logs: TaskLogs.s3({ bucket: 'acme-logs', connection: AirflowConnection.fromSecret(ours) }) })).toEqual(logs.map(edge => edge.replace('443', '?')));
  });

  test.each([
    ['gcs', TaskLogs.gcs({ bucket: 'acme-logs' })],
    ['azure-blob', TaskLogs.azureBlob({ container: 'acme-logs', account: 'acme' })],
  ])('in %s', (id, logs) => {
    expect(more({ logs })).toEqual([`api-server > ${id} 443 reads logs`, `task-pods > ${id} 443 writes logs`, `triggerer > ${id} 443 writes logs`]);
  });

  test('in CloudWatch, to which the dag-processor talks as well', () => {
    const logs = TaskLogs.cloudWatch({ logGroupArn: 'arn:aws:logs:eu-central-1:123456789012:log-group:/acme/airflow' });
    expect(more({ logs })).toContain('dag-processor > cloudwatch 443 writes logs');
  });

  test('in Elasticsearch, to which only the API server talks where a log shipper writes', () => {
    const url = 'https://elasticsearch.logs.svc:9200';
    expect(more({ logs: TaskLogs.elasticsearch({ url }) })).toEqual(['api-server > elasticsearch-elasticsearch.logs.svc 9200 reads logs']);
    expect(more({ logs: TaskLogs.openSearch({ url, direct: true }) })).toEqual([
      'api-server > opensearch-elasticsearch.logs.svc 9200 reads logs',
      'task-pods > opensearch-elasticsearch.logs.svc 9200 writes logs',
      'triggerer > opensearch-elasticsearch.logs.svc 9200 writes logs',
    ]);
  });

  test('on a claim, which a CronJob that talks to nobody grooms', () => {
    const { networkGraph } = airflow({ logs: TaskLogs.newClaim() });
    expect(networkGraph.nodes).toContainEqual(expect.objectContaining({ id: 'log-groomer', label: 'log-groomer (CronJob)', external: false }));
    expect(networkGraph.edges).toHaveLength(QUICKSTART.length);
  });
});

test('a ticket comes from Kerberos', () => {
  expect(more({ pods: { kerberos: { principal: 'airflow@EXAMPLE.COM', keytab: ours } } })).toEqual(['task-pods > kdc ? ticket', 'triggerer > kdc ? ticket']);
});

test('a Job for the pools', () => {
  expect(more({ pools: { etl: { slots: 4 } } })).toEqual(['pools > postgres 5432 metadata']);
});

describe('as Mermaid', () => {
  test('what runs in the namespace is framed, and two purposes of a connection are one arrow', () => {
    const own = airflow({ executor: Executor.celery({ broker: Broker.fromSecret(ours) }), external: { triggerer: true, migration: true } });
    expect(own.networkGraph.toMermaid()).toBe(`flowchart LR
  subgraph namespace["namespace airflow"]
    postgres["Postgres"]
    bootstrap-secrets["bootstrap-secrets (Job)"]
    sync-users["sync-users (Job)"]
    api-server["API server"]
    scheduler["scheduler"]
    dag-processor["dag-processor"]
    celery-workers["Celery workers"]
  end
  users(["users"])
  kubernetes(["Kubernetes API"])
  broker(["broker"])
  users -->|"8080: UI and API"| api-server
  bootstrap-secrets -->|"443: creates Secrets"| kubernetes
  sync-users -->|"5432: metadata"| postgres
  api-server -->|"5432: metadata"| postgres
  api-server -->|"8793: task logs"| celery-workers
  scheduler -->|"5432: metadata, results"| postgres
  scheduler -->|"queues"| broker
  dag-processor -->|"5432: metadata"| postgres
  celery-workers -->|"8080: execution API"| api-server
  celery-workers -->|"queues"| broker
  celery-workers -->|"5432: results"| postgres
`);
  });

  test('names are no syntax', () => {
    const own = airflow({ executor: Executor.celery(), dags: DagSource.gitSync({ ...ssh, shared: {} }) });
    own.addCeleryWorkers('a--b');
    new Scheduler(own, 'end', { airflow: own });
    const lines = own.networkGraph.toMermaid().split('\n');
    expect(lines).toContain('  git-github_com(["git server github.com"])');
    expect(lines).toContain('  git-sync -->|"22: DAGs"| git-github_com');
    expect(lines).toContain('    celery-workers-a_-b["Celery workers: a--b"]');
    expect(lines).toContain('    end_["scheduler: end"]');
  });
});

const WORKLOADS = ['Deployment', 'StatefulSet', 'Job', 'CronJob'];

/** The pod of a node, as it is written to the YAML. */
function podOf(own: Airflow, id: string): Pod {
  if (id === 'task-pods') { return parse((own.taskPods.templatesConfigMap!.toJson() as { data: { [file: string]: string } }).data['default.yaml']) as Pod; }
  const objects = own.node.findChild(id).node.findAll().filter(child => ApiObject.isApiObject(child));
  const workload = objects.find(({ kind }) => WORKLOADS.includes(kind))!;
  const { spec } = workload.toJson() as { spec: { template?: Pod; jobTemplate?: { spec: { template: Pod } } } };
  return spec.template ?? spec.jobTemplate!.spec.template;
}

describe.each(exampleNames().flatMap(name => exampleAirflows(name).map((own, index): [string, number, Airflow] => [name, index, own])))('examples/%s (%s)', (_, __, own) => {
  const { nodes, edges: all } = own.networkGraph;
  const inside = nodes.filter(({ external }) => !external).map(({ id }) => id);
  const talking = (...to: string[]) => inside.filter(id => all.some(edge => edge.source === id && to.includes(edge.target)));
  const withVariable = (name: string) => inside.filter(id => podOf(own, id).spec.containers[0].env?.some((variable: Env) => variable.name === name));

  test('who has a connection opens it', () => {
    expect(talking('postgres', 'database')).toEqual(withVariable('AIRFLOW__DATABASE__SQL_ALCHEMY_CONN'));
    expect(talking('redis', 'rabbitmq', 'broker')).toEqual(withVariable('AIRFLOW__CELERY__BROKER_URL'));
  });

  test('who has a token calls the Kubernetes API', () => {
    expect(talking('kubernetes')).toEqual(inside.filter(id => podOf(own, id).spec.automountServiceAccountToken));
  });

  test('who has git-sync talks to git', () => {
    const synced = inside.filter(id => [...podOf(own, id).spec.initContainers ?? [], ...podOf(own, id).spec.containers].some(({ name }) => name.startsWith('git-sync')));
    expect(inside.filter(id => all.some(({ source, target }) => source === id && target.startsWith('git-')))).toEqual(synced);
  });

  test('what is connected to listens at that port', () => {
    const listened = (id: string) => podOf(own, id).spec.containers.flatMap(({ ports }) => ports ?? []).map(port => port.containerPort);
    const connected = all.filter(({ target }) => inside.includes(target));
    expect(connected.filter(({ target, targetPort }) => !listened(target).includes(targetPort!))).toEqual([]);
  });
});
