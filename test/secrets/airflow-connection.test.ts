import { AirflowConnection, SecretKey } from '../../src/index';
import { plainConnection } from '../../src/secrets/airflow-connection';

const literal = (connection: AirflowConnection) => connection._bind('x').env[0].value!;

test('a connection in a Secret is a reference where it is used, and empty where it is only looked up', () => {
  expect(AirflowConnection.fromSecret(SecretKey.of('store', 'connection'))._bind('task_logs', 'aws')).toEqual({
    id: 'task_logs',
    env: [{ name: 'AIRFLOW_CONN_TASK_LOGS', valueFrom: { secretKeyRef: { name: 'store', key: 'connection' } } }],
    bareEnv: [{ name: 'AIRFLOW_CONN_TASK_LOGS', value: '{"conn_type":"aws"}' }],
  });
  expect(AirflowConnection.fromSecret(SecretKey.of('store', 'uri'))._bind('task_logs', 'aws').env[0].valueFrom).toEqual(
    { secretKeyRef: { name: 'store', key: 'uri' } });
});

test('a connection in a Secret has no variable without it if nobody knows its type', () => {
  expect(AirflowConnection.fromSecret(SecretKey.of('store', 'uri'))._bind('x').bareEnv).toEqual([]);
});

test('what comes from files is only where they are', () => {
  expect(plainConnection('git', { conn_type: 'git', host: undefined }, { key_file: '/run/secrets/git/key' })).toEqual({
    id: 'git',
    env: [{ name: 'AIRFLOW_CONN_GIT', value: '{"conn_type":"git","extra":{"key_file":"/run/secrets/git/key"}}' }],
    bareEnv: [{ name: 'AIRFLOW_CONN_GIT', value: '{"conn_type":"git"}' }],
  });
});

test.each(['aws_default', 'a.b-c', 'team/aws'])('a connection that exists keeps its id: %s', id => {
  expect(AirflowConnection.fromId(id)._bind('task_logs', 'aws')).toEqual({ id, env: [], bareEnv: [] });
});

test.each(['', 'aws logs', 'a=b'])('a connection that exists fails with the id %j', id => {
  expect(() => AirflowConnection.fromId(id)).toThrow(new Error(`'id' of a connection must be of letters, digits and #!()-.:/\\_, got '${id}'`));
});

describe('a connection without a secret', () => {
  test('is JSON of what was given', () => {
    const env = [{ name: 'AIRFLOW_CONN_X', value: '{"conn_type":"aws"}' }];
    expect(AirflowConnection.withoutSecret('aws')._bind('x')).toEqual({ id: 'x', env, bareEnv: env });
    const all = { host: 'db.example.com', port: 5432, schema: 'sales', login: 'reader', extra: { sslmode: 'require' } };
    expect(JSON.parse(literal(AirflowConnection.withoutSecret('postgres', all)))).toEqual({ conn_type: 'postgres', ...all });
  });

  test('may have members within members', () => {
    const extra = { proxies: { https: 'http://proxy:8080' }, service_account: 'me@acme.example', verify: false, retries: [1, 2], api_secret_name: 'x', region: null };
    expect(JSON.parse(literal(AirflowConnection.withoutSecret('http', { extra })))).toEqual({ conn_type: 'http', extra });
  });

  test('has nothing that Kubernetes would replace', () => {
    expect(literal(AirflowConnection.withoutSecret('http', { host: 'https://example.com', extra: { path: '$(HOME)/x$(' } }))).toBe('{"conn_type":"http","host":"https://example.com","extra":{"path":"$$(HOME)/x$$("}}');
  });

  test.each(['Postgres', 'google-cloud-platform', '', '3d', 'aws '])('fails with a type that Airflow would not know: %s', type => {
    expect(() => AirflowConnection.withoutSecret(type)).toThrow(
      new Error(`'connType' must be of lowercase letters, digits and '_', beginning with a letter, as Airflow calls it, got '${type}'`));
  });

  test.each([1, 65535])('may have the port %d', port => {
    expect(JSON.parse(literal(AirflowConnection.withoutSecret('postgres', { port })))).toEqual({ conn_type: 'postgres', port });
  });

  test.each([0, 65536, 1.5])('fails with a port that is none: %d', port => {
    expect(() => AirflowConnection.withoutSecret('postgres', { port })).toThrow(new Error(`'port' must be a whole number from 1 to 65535, got ${port}`));
  });

  test.each<[string, object]>([
    ['aws_secret_access_key', { extra: { aws_secret_access_key: 'verysecret' } }],
    ['keyfile_dict', { extra: { keyfile_dict: '{}' } }],
    ['Private_Key', { extra: { Private_Key: 'verysecret' } }],
    ['host', { host: 'https://me:verysecret@example.com' }],
    ['host', { host: 'https://me:verysecret@example.com', extra: { host: 'x' } }],
    ['login', { login: 'me:verysecret@', extra: { login: 'x' } }],
    ['host', { host: 'https://verysecret@example.com' }],
    ['endpoint_url', { extra: { endpoint_url: 'http://verysecret@example.com/x' } }],
    ['login', { login: 'me:verysecret@' }],
    ['proxies', { extra: { proxies: { https: 'http://me:verysecret@proxy:8080' } } }],
    ['proxies', { extra: { proxies: { https: ['http://verysecret@proxy:8080'] } } }],
    ['proxies', { extra: { proxies: { http: 'http://proxy:8080', https: 'http://me:verysecret@proxy:8080' } } }],
    ['environment', { extra: { environment: 'HTTPS_PROXY=https://verysecret@proxy' } }],
    ['auth', { extra: { auth: { type: 'oauth', clientSecret: 'verysecret' } } }],
    ['endpoint_url', { extra: { endpoint_url: 'http://me:verysecret@example.com' } }],
  ])('fails with a secret in %s, and does not tell it', (name, options) => {
    expect(() => AirflowConnection.withoutSecret('aws', options)).toThrow(
      new Error(`'${name}' of a connection without a secret is, or has in it, what Airflow takes for a secret; use AirflowConnection.fromSecret`));
  });
});
