import { Duration } from 'cdk8s';
import { CloudNativePgOptions, Database, Executor, PostgresSslMode, Scaling, SecretKey } from '../../src';
import { env, find, Manifest, pods, synthAirflow } from '../util';

const databaseOf = (manifest: Manifest[], component = 'scheduler') => Object.fromEntries(pods(manifest).get(component)!.spec.containers[0].env!
  .filter(({ name }) => /^(AIRFLOW_DATABASE_|PG)/.test(name)).map(({ name, value, valueFrom }) => [name, value ?? valueFrom!.secretKeyRef]));

test('has the login and the authority from the Secrets of the operator, and verifies the primary', () => {
  const manifest = synthAirflow({ database: Database.cloudNativePg('airflow-db') });
  const app = (key: string) => ({ name: 'airflow-db-app', key });
  expect(databaseOf(manifest)).toEqual({
    AIRFLOW_DATABASE_HOST: 'airflow-db-rw.airflow.svc',
    AIRFLOW_DATABASE_PORT: '5432',
    AIRFLOW_DATABASE_NAME: app('dbname'),
    AIRFLOW_DATABASE_USER: app('username'),
    AIRFLOW_DATABASE_PASSWORD: app('password'),
    PGSSLMODE: PostgresSslMode.VERIFY_FULL,
    PGSSLROOTCERT: '/run/secrets/database-tls/ca.crt',
  });
  // The Secret has the private key of the authority as well, which no pod may have.
  expect(pods(manifest).get('scheduler')!.spec.volumes).toContainEqual({
    name: 'database-tls', projected: { defaultMode: 0o440, sources: [{ secret: { name: 'airflow-db-ca', items: [{ key: 'ca.crt', path: 'ca.crt' }] } }] },
  });
});

test('of another namespace, with Secrets of other names, another user for the migration, and a timeout', () => {
  const options: Required<CloudNativePgOptions> = {
    namespace: 'databases',
    name: 'airflow',
    secretName: 'db-login',
    caSecretName: 'db-authority',
    migrateAs: { user: 'owner', password: SecretKey.of('db-owner', 'password') },
    connectTimeout: Duration.seconds(8),
    schema: 'airflow',
    pool: { size: 3 },
  };
  const manifest = synthAirflow({ database: Database.cloudNativePg('db', options) });
  expect(databaseOf(manifest)).toMatchObject({
    AIRFLOW_DATABASE_HOST: 'db-rw.databases.svc',
    AIRFLOW_DATABASE_NAME: 'airflow',
    AIRFLOW_DATABASE_USER: { name: 'db-login', key: 'username' },
    AIRFLOW_DATABASE_CONNECT_TIMEOUT: '8',
  });
  expect(databaseOf(manifest, 'migration').AIRFLOW_DATABASE_USER).toBe('owner');
  expect(JSON.stringify(pods(manifest).get('scheduler')!.spec.volumes)).toContain('db-authority');
});

test('is behind PgBouncer and asked by KEDA, which is in another namespace', () => {
  const manifest = synthAirflow({ database: Database.cloudNativePg('db'), pgBouncer: {} });
  expect(env(pods(manifest).get('scheduler')!.spec.containers[0], 'AIRFLOW_DATABASE_HOST')!.value).toBe('test-airflow-pgbouncer.airflow.svc');
  const keda = synthAirflow({ database: Database.cloudNativePg('db'), executor: Executor.celery({ workers: { scaling: Scaling.keda({ maxReplicas: 4 }) } }) });
  expect(JSON.stringify(find(keda, 'ScaledObject', 'celery-worker').spec)).toContain('db-rw.airflow.svc');
});

describe('fails', () => {
  test('for names that no cluster has', () => {
    expect(() => Database.cloudNativePg('Airflow_DB', { namespace: 'data.bases' })).toThrow(new Error(
      "2 mistakes:\n  'cluster' must be at most 50 lowercase letters, digits and dashes, beginning and ending with a letter or digit, got 'Airflow_DB' (10 characters)\n"
      + "  'namespace' must be at most 63 lowercase letters, digits and dashes, beginning and ending with a letter or digit, got 'data.bases' (10 characters)"));
    expect(() => Database.cloudNativePg('a'.repeat(51))).toThrow(new Error(
      `'cluster' must be at most 50 lowercase letters, digits and dashes, beginning and ending with a letter or digit, got '${'a'.repeat(51)}' (51 characters)`));
  });

  test('for a Secret of your own without the name of the database', () => {
    expect(() => Database.cloudNativePg('db', { secretName: 'login' })).toThrow(
      new Error("'name' must be the name of the database with 'secretName', since 'login' need not have the key 'dbname'; set it"));
  });

  test('for a user of the migration without a password, and a schema that is none', () => {
    expect(() => Database.cloudNativePg('db', { migrateAs: { user: 'owner' }, schema: 'a b' })).toThrow(new Error(
      "2 mistakes:\n  'migrateAs.password' must be set, since the other user has a 'password' as well\n"
      + "  'schema' must be the name of a schema, of at most 63 letters, digits, '_', '$' and '-', got 'a b'"));
  });
});
