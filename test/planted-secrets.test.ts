import * as kplus from 'cdk8s-plus-27';
import {
  AirflowChartProps, AirflowConnection, AirflowSecrets, AirflowVersion, Auth, Broker, CustomSecretsOptions, DagBundle, DagSource, Database,
  Executor, FlowerAuth, FlowerOAuthProvider, GitCredentials, Scaling, SecretKey, SecretsBackend, SecretsStoreProvider, TaskLogs,
  VaultAuth,
} from '../src';
import { airflowChart, synth } from './util';

const text = (value: string) => kplus.EnvValue.fromValue(value);
const url = (value: string) => `postgresql://user:${value}@db:5432/airflow`;
const web = (value: string) => `https://user:${value}@example.com`;
const json = (value: string) => JSON.stringify({ conn_type: 'http', password: value });
const key = SecretKey.of('a', 'b');
const celery = (executor: Parameters<typeof Executor.celery>[0]) => ({ executor: Executor.celery(executor) });

/** Where people put a secret by mistake. */
const PLACES: { readonly [place: string]: (secret: string) => AirflowChartProps } = {
  'config of the connection URL': s => ({ config: { database: { sql_alchemy_conn: url(s) } } }),
  'config of the Fernet key': s => ({ config: { core: { fernet_key: s } } }),
  'config of the JWT secret': s => ({ config: { api_auth: { jwt_secret: s } } }),
  'config of the secret key': s => ({ config: { api: { secret_key: s } } }),
  'config of the secret key, in Airflow 2': s => ({ version: AirflowVersion.V2_11, config: { webserver: { secret_key: s } } }),
  'config of mail': s => ({ config: { smtp: { smtp_password: s } } }),
  'config of Sentry': s => ({ config: { sentry: { sentry_dsn: web(s) } } }),
  'config of the arguments of a backend': s => ({ config: { secrets: { backend_kwargs: JSON.stringify({ token: s }) } } }),
  'config with a URL': s => ({ config: { elasticsearch: { host: web(s) } } }),
  'env with a URL': s => ({ pods: { env: { WAREHOUSE: text(url(s)) } } }),
  'env with the name of a secret': s => ({ pods: { env: { SLACK_TOKEN: text(s) } } }),
  'env with a connection': s => ({ triggerer: { env: { AIRFLOW_CONN_DB: text(json(s)) } } }),
  'env of the Fernet key': s => ({ pods: { env: { AIRFLOW__CORE__FERNET_KEY: text(s) } } }),
  'env of a task pod': s => ({ taskPods: { env: { AWS_SECRET_ACCESS_KEY: text(s) } } }),
  'a host that is a URL': s => ({ database: Database.postgres({ host: url(s), name: 'a', user: 'a', password: key }) }),
  'a command': s => ({ database: Database.fromCommand(`acme --dsn ${url(s)}`) }),
  'the URL of the UI': s => ({ url: web(s) }),
  'the URL of an API server elsewhere': s => ({ external: { apiServerUrl: web(s) } }),
  'the URL of Vault': s => ({ secrets: AirflowSecrets.bootstrap({ backend: SecretsBackend.vault({ url: web(s), auth: VaultAuth.token(key) }) }) }),
  'the URL of a provider': s => ({
    secrets: AirflowSecrets.csi({ provider: SecretsStoreProvider.vault({ role: 'a', url: web(s) }), secretKey: { key: 'a', property: 'b' } }),
  }),
  'the endpoint of a store': s => ({ secrets: AirflowSecrets.bootstrap({ backend: SecretsBackend.awsSecretsManager({ endpointUrl: web(s) }) }) }),
  'the arguments of a backend': s => ({ secrets: AirflowSecrets.bootstrap({ backend: SecretsBackend.custom('a.B', kwargs({ password: s })) }) }),
  'arguments in arguments of a backend': s => ({
    secrets: AirflowSecrets.bootstrap({ backend: SecretsBackend.custom('a.B', kwargs({ options: { client_secret: s } })) }),
  }),
  'a repository': s => ({ dags: DagSource.gitSync({ repo: web(s), ref: 'main' }) }),
  'the repository of a bundle': s => ({ dags: DagSource.bundles([DagBundle.git('a', { repo: web(s), ref: 'main' })]) }),
  'local settings': s => ({ localSettings: `URL = '${url(s)}'\n` }),
  'an extra of a connection': s => ({
    logs: TaskLogs.s3({ bucket: 'logs', connection: AirflowConnection.withoutSecret('aws', { extra: { aws_secret_access_key: s } }) }),
  }),
  'the host of a connection': s => ({ logs: TaskLogs.s3({ bucket: 'logs', connection: AirflowConnection.withoutSecret('http', { host: web(s) }) }) }),
  'the search server of logs': s => ({ logs: TaskLogs.elasticsearch({ url: web(s) }) }),
  'the URL of Flower': s => celery({ flower: { url: web(s) } }),
  'env of the API server': s => ({ apiServer: { env: { OIDC_CLIENT_SECRET: text(s) } } }),
};

function kwargs(values: { [name: string]: unknown }): CustomSecretsOptions {
  return { kwargs: values };
}

test('there are thirty places', () => {
  expect(Object.keys(PLACES).length).toBeGreaterThanOrEqual(30);
});

test.each(Object.entries(PLACES))('%s is refused, without repeating the secret', (_place, props) => {
  const secret = 'hunter2-planted-4711';
  let error: Error | undefined;
  try {
    synth(airflowChart(props(secret)));
  } catch (thrown) {
    error = thrown as Error;
  }
  expect(error?.message).toMatch(/'[\w.]+'/);
  expect(`${error!.message} ${error!.stack}`).not.toContain(secret);
});

test('a reference to a Secret shows its names and nothing else', () => {
  const chart = airflowChart({
    database: Database.postgres({ host: 'db', name: 'a', user: 'a', password: key }),
    auth: Auth.fab({ admin: { password: key } }),
    dags: DagSource.gitSync({ repo: 'https://example.com/dags.git', ref: 'main', credentials: GitCredentials.token(key) }),
    ...celery({
      broker: Broker.fromSecret(key),
      workers: { scaling: Scaling.keda({ maxReplicas: 2, connection: key }) },
      flower: { auth: FlowerAuth.oauth({ provider: FlowerOAuthProvider.GOOGLE, clientId: key, clientSecret: key, emailDomain: 'example.com' }), url: 'https://flower.example.com' },
    }),
  });
  expect(JSON.stringify(synth(chart)).match(/"secretKeyRef":\{"key":"b","name":"a"\}/g)!.length).toBeGreaterThan(5);
});
