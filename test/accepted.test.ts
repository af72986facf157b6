import { EnvValue, Volume } from 'cdk8s-plus-27';
import { parse } from 'yaml';
import {
  AirflowChartProps, AirflowConnection, AirflowImage, AirflowVersion, Broker, DagBundle, DagSource, Database, Env, Executor, GitCredentials,
  SecretKey, TaskPodTemplate, WorkloadIdentity,
} from '../src';
import { airflowChart, building, secretNamed, synth } from './util';

const ssh = { repo: 'git@host:acme/dags', ref: 'main', credentials: GitCredentials.sshKeyForAnyHost(SecretKey.of('git', 'ssh-privatekey')) };
const identity = WorkloadIdentity.aks('11111111-1111-1111-1111-111111111111');

/** What looks like one of the mistakes that throw, and is none. */
test.each<[string, AirflowChartProps]>([
  ['an annotation of all pods that task pods have by themselves', { pods: { annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' } } }],
  ['a label of all pods that an identity brings to one', { pods: { labels: { 'azure.workload.identity/use': 'true' } }, scheduler: { serviceAccount: { identity } } }],
  ['a URL and an address in JSON', { config: { openlineage: { transport: '{"url": "http://marquez:5000", "headers": {"owner": "a@example.com"}}' } } }],
  ['a command that prints a secret', { config: { sentry: { sentry_dsn_cmd: "printf 'https://user:%s@host' \"$(cat /dsn)\"" } } }],
  ['an option that only begins like a secret', {
    executor: Executor.celery({ broker: Broker.fromSecret(SecretKey.of('broker', 'connection')) }), config: { celery_broker_transport_options: { sts_token_timeout: '900' } },
  }],
  ['a setting that hides passwords', { localSettings: 'def hide(text):\n    return re.sub(r"://.*@", "://***:***@", text)\n' }],
  ['settings that put passwords in', { localSettings: 'A = "redis://:" + password + "@host"\nB = expandvars("redis://user:$PASSWORD@host")\nC = "redis://u:%(password)r@host"\n' }],
  ['a password in a comment', { localSettings: '# postgresql://user:password@host/database\n' }],
  ['an old bucket, and a prefix of a folder', { dags: DagSource.bundles([DagBundle.s3('main', { bucket: 'acme_dags', prefix: 'team a/dags/' })]) }],
  ['a host of the configuration of ssh', { dags: DagSource.gitBundle({ repo: 'github-work:acme/dags.git', ref: 'main', connection: AirflowConnection.fromId('git') }) }],
  ['ssh under a user of an own image', { image: AirflowImage.of('acme/airflow:3.3.2-1', { version: AirflowVersion.V3_3 }), pods: { securityContext: { user: 1000 } }, dags: DagSource.gitBundle(ssh) }],
  ['ssh under a user to whom the entry point gives a name', {
    pods: { securityContext: { user: 1000, readOnlyRootFilesystem: false } }, dags: DagSource.gitBundle(ssh),
  }],
  ['a whole ConfigMap where no DAGs are', {
    dags: DagSource.gitBundle({ repo: 'https://host/dags', ref: 'main' }),
    pods: { volumeMounts: [{ path: '/opt/airflow/dags', volume: Volume.fromSecret(airflowChart(), 'files', secretNamed('files')) }] },
  }],
  ['results that may be in no Postgres', {
    database: Database.fromSecret(SecretKey.of('database', 'connection'), { tls: {} }), executor: Executor.celery({ resultBackend: SecretKey.of('results', 'connection') }),
  }],
  ['a webhook whose port comes later', {
    dags: DagSource.gitSync({ repo: 'https://host/dags', ref: 'main', hooks: { webhook: { url: EnvValue.fromValue('https://host:$(PORT)/hook') } } }),
  }],
  ['the arguments of a secrets backend that have no secret in them', {
    config: { secrets: { backend: 'acme.Backend', backend_kwargs: '{"auth_type": "kubernetes", "kubernetes_role": "airflow"}' } },
  }],
  ['a name that only looks like that of a secret', { pods: { env: Env.of({ MAX_TOKENS: '4096', KPO_SERVICE_ACCOUNT: 'tasks', HTTPS_PROXY: 'http://p:8080', NO_PROXY: 'localhost,127.0.0.1,.svc,$(KUBERNETES_SERVICE_HOST)' }) } }],
  ['a value that is no secret, whatever it is called', { pods: { env: { SSO_TOKEN: Env.notSecret('a constant') } } }],
  ['a schema of its own', { database: Database.fromSecret(SecretKey.of('database', 'connection'), { schema: 'airflow' }) }],
])('passes %s', (_, props) => {
  expect(building(props)).not.toThrow();
});

test('passes a connection with proxies, and variables that only look like secrets', () => {
  const { airflow } = airflowChart();
  airflow.addConnection('web', AirflowConnection.withoutSecret('http', { extra: { proxies: { https: 'http://p:8080' } } }));
  for (const key of ['max_tokens', 'airflow_kpo_service_account', 'api_secret_name']) { airflow.addVariable(key, EnvValue.fromValue('x')); }
  expect(airflow.notes).toBe(airflowChart().airflow.notes);
});

test.each([
  ['https://airflow.example.com', 'https://airflow.example.com', ''],
  ['https://airflow.example.com/', 'https://airflow.example.com', ''],
  ['https://Airflow.Example.com:443/Team-1/v1.2/~x_y/', 'https://airflow.example.com/Team-1/v1.2/~x_y', '/Team-1/v1.2/~x_y'],
  ['http://airflow:8080/a', 'http://airflow:8080/a', '/a'],
  ['http://10.0.0.1:30080', 'http://10.0.0.1:30080', ''],
  ['http://[fd00::1]:8080/airflow', 'http://[fd00::1]:8080/airflow', '/airflow'],
])("passes the public URL '%s'", (url, text, path) => {
  const { apiServer, config } = airflowChart({ url }).airflow;
  expect([config.get('api', 'base_url'), apiServer!.url.replace(/^http:\/\/[^/]+/, '')]).toEqual([text, path]);
});

test('passes a default queue that is set later where no Celery reads it', () => {
  const { airflow } = airflowChart();
  airflow.config.set('operators', 'default_queue', 'later');
  expect(airflow.config.get('operators', 'default_queue')).toBe('later');
});

test.each([
  [{ user: 1000, fsGroup: 7 }, { userFromNamespace: true }, {}, [undefined, undefined]],
  [{ user: 1000, fsGroup: 7 }, { userFromNamespace: true }, { template: TaskPodTemplate.own() }, [undefined, undefined]],
  [{ userFromNamespace: true }, { user: 1000, fsGroup: 8 }, {}, [1000, 8]],
])('passes a task pod with other users than those of its base (%#)', (base, own, task, users) => {
  const chart = airflowChart({ taskPods: { securityContext: base } });
  const pod = parse(chart.airflow.addTaskPod('other', { securityContext: own, ...task }).toYaml()) as { spec: { securityContext: { runAsUser?: number; fsGroup?: number } } };
  const { runAsUser, fsGroup } = pod.spec.securityContext;
  expect([runAsUser, fsGroup]).toEqual(users);
  expect(() => synth(chart)).not.toThrow();
});
