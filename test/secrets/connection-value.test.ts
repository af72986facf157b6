import { ConnectionValue } from '../../src/index';
import { secretNamed } from '../util';

const NAME = 'AIRFLOW_CONN_X';
const bound = (value: ConnectionValue) => value._bind(NAME);

test('a connection by a Secret is a reference', () => {
  expect(bound(ConnectionValue.fromSecret(secretNamed('connections'), 'warehouse'))).toEqual(
    { name: NAME, valueFrom: { secretKeyRef: { name: 'connections', key: 'warehouse' } } });
});

describe('a connection without a secret', () => {
  test('is JSON of what was given', () => {
    expect(bound(ConnectionValue.withoutSecret('aws'))).toEqual({ name: NAME, value: '{"conn_type":"aws"}' });
    const all = { host: 'db.example.com', port: 5432, schema: 'sales', login: 'reader', extra: { sslmode: 'require' } };
    expect(JSON.parse(bound(ConnectionValue.withoutSecret('postgres', all)).value as string)).toEqual({ conn_type: 'postgres', ...all });
  });

  test('has nothing that Kubernetes would replace', () => {
    const { value } = bound(ConnectionValue.withoutSecret('http', { host: 'https://example.com', extra: { path: '$(HOME)/x$(' } }));
    expect(value).toBe('{"conn_type":"http","host":"https://example.com","extra":{"path":"$$(HOME)/x$$("}}');
  });

  test.each(['Postgres', 'google-cloud-platform', '', '3d', 'aws '])('fails with a type that Airflow would not know: %s', type => {
    expect(() => ConnectionValue.withoutSecret(type)).toThrow(
      new Error(`'connType' must be of lowercase letters, digits and '_', beginning with a letter, as Airflow calls it, got '${type}'`));
  });

  test.each([0, 65536, 1.5])('fails with a port that is none: %d', port => {
    expect(() => ConnectionValue.withoutSecret('postgres', { port })).toThrow(new Error(`'port' must be a whole number from 1 to 65535, got ${port}`));
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
    ['endpoint_url', { extra: { endpoint_url: 'http://me:verysecret@example.com' } }],
  ])('fails with a secret in %s, and does not tell it', (name, options) => {
    expect(() => ConnectionValue.withoutSecret('aws', options)).toThrow(
      new Error(`'${name}' of a connection without a secret is, or has in it, what Airflow takes for a secret; use ConnectionValue.fromSecret`));
  });
});
