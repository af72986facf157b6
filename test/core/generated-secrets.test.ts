import { App, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { GeneratedSecrets } from '../../src/core/generated-secrets';
import { ObjectNames } from '../../src/core/names';

function made(): { airflow: Construct; secrets: GeneratedSecrets } {
  const airflow = new Construct(new Chart(new App(), 'test'), 'airflow');
  return { airflow, secrets: new GeneratedSecrets(new ObjectNames(airflow)) };
}

const KEYS = 'test-airflow-keys';
const ADMIN = 'test-airflow-admin';

test('nothing is asked for at first', () => {
  const { secrets } = made();
  expect([secrets.names, secrets.seal()]).toEqual([[], {}]);
});

test('each purpose has one Secret of the instance, whose keys are collected', () => {
  const { airflow, secrets } = made();
  const fernet = secrets.request(airflow, 'keys', 'fernet', 'fernet');
  const other = secrets.request(airflow, 'keys', 'session', 'token');
  const password = secrets.request(airflow, 'admin', 'password', 'password');
  expect([fernet, other, password].map(({ secretName, key }) => [secretName, key])).toEqual(
    [[KEYS, 'fernet'], [KEYS, 'session'], [ADMIN, 'password']]);
  expect(secrets.names).toEqual([KEYS, ADMIN]);
  expect(secrets.seal()).toEqual({ [KEYS]: { fernet: 'fernet', session: 'token' }, [ADMIN]: { password: 'password' } });
});

test('a key that is made can be asked for again, also when the Airflow is complete', () => {
  const { airflow, secrets } = made();
  secrets.request(airflow, 'keys', 'fernet', 'fernet');
  secrets.seal();
  expect(secrets.request(airflow, 'keys', 'fernet', 'fernet').key).toBe('fernet');
  expect(secrets.names).toEqual([KEYS]);
});

test.each([['keys', 'more', KEYS], ['admin', 'fernet', ADMIN]])('fails with a key of %s that comes too late', (purpose, key, name) => {
  const { airflow, secrets } = made();
  secrets.request(airflow, 'keys', 'fernet', 'fernet');
  secrets.seal();
  expect(() => secrets.request(new Construct(airflow, 'late'), purpose, key, 'token')).toThrow(new Error(
    `test/airflow/late: 'airflow' is complete, and nothing would make '${key}' of the Secret '${name}'; let the Airflow make by its own props what needs it`));
  expect(secrets.names).toEqual([KEYS]);
});
