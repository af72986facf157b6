import { App } from 'cdk8s';
import { AirflowChart, AirflowVersion, Broker } from '../src';
import { withBroker } from './brokers';
import { findAll, secretNamed } from './util';
import { EnvVar } from '../src/private/pod';

const URL = 'AIRFLOW__CELERY__BROKER_URL';

function variable(env: EnvVar[], name: string): EnvVar | undefined {
  return env.find(other => other.name === name);
}

describe('a broker that a Secret names', () => {
  test('is reached by a reference, never by a text', () => {
    const { config } = withBroker(Broker.fromSecret(secretNamed('broker-of-mine')));
    expect(config.env).toEqual([{ name: URL, valueFrom: { secretKeyRef: { name: 'broker-of-mine', key: 'connection' } } }]);
  });

  test('has its URL under another key', () => {
    const { config } = withBroker(Broker.fromSecret(secretNamed('broker-of-mine'), { key: 'url' }));
    expect(config.env).toEqual([{ name: URL, valueFrom: { secretKeyRef: { name: 'broker-of-mine', key: 'url' } } }]);
  });

  test('makes nothing, and does not know what the URL is', () => {
    const { config, manifest, chart } = withBroker(Broker.fromSecret(secretNamed('broker-of-mine')));
    expect(Object.keys(config)).toEqual(['env', 'endpoint']);
    expect(findAll(manifest, 'StatefulSet').map(({ metadata }) => metadata.name)).toEqual(['test-airflow-postgres-c852b31b']);
    expect(chart.airflow.bootstrapSecrets!.secretNames.filter(name => name.includes('broker'))).toEqual([]);
  });
});

describe('a Redis in the cluster', () => {
  test('has a password that the bootstrap makes', () => {
    const { config, chart } = withBroker(Broker.redis());
    expect(variable(config.env, 'BROKER_PASSWORD')).toEqual(
      { name: 'BROKER_PASSWORD', valueFrom: { secretKeyRef: { name: 'test-airflow-broker-c8975466', key: 'password' } } });
    expect(chart.airflow.bootstrapSecrets!.secretNames).toContain('test-airflow-broker-c8975466');
  });

  test('is reached by a URL that the password is put into', () => {
    const { config } = withBroker(Broker.redis());
    expect(variable(config.env, URL)!.value).toBe(`redis://:$(BROKER_PASSWORD)@${config.redis!.service.name}.airflow.svc:6379/0`);
  });

  test('gives a task that is not acknowledged to another worker', () => {
    expect(withBroker(Broker.redis()).config.usesVisibilityTimeout).toBe(true);
  });

  test('has the options of the Redis', () => {
    const { manifest } = withBroker(Broker.redis({ persistent: false }));
    expect(findAll(manifest, 'StatefulSet', 'redis')[0].spec.volumeClaimTemplates).toBeUndefined();
  });
});

describe('a RabbitMQ in the cluster', () => {
  test('is reached by a URL with its virtual host, its user and the password of the bootstrap', () => {
    const { config, chart } = withBroker(Broker.rabbitMq());
    expect(variable(config.env, 'BROKER_PASSWORD')!.valueFrom).toEqual({ secretKeyRef: { name: 'test-airflow-broker-c8975466', key: 'password' } });
    expect(variable(config.env, URL)!.value).toBe(`amqp://airflow:$(BROKER_PASSWORD)@${config.rabbitMq!.service.name}.airflow.svc:5672/airflow`);
    expect(chart.airflow.bootstrapSecrets!.secretNames).toContain('test-airflow-broker-c8975466');
  });

  test('gives a task to another worker only when the first is gone', () => {
    expect(withBroker(Broker.rabbitMq()).config.usesVisibilityTimeout).toBe(false);
  });

  test('has the options of the RabbitMQ', () => {
    const { manifest } = withBroker(Broker.rabbitMq({ storageClassName: 'ssd' }));
    expect(findAll(manifest, 'StatefulSet', 'rabbitmq')[0].spec.volumeClaimTemplates[0].spec.storageClassName).toBe('ssd');
  });
});

test('is the same for every version', () => {
  const env = (version: AirflowVersion) => withBroker(Broker.redis(), { version }).config.env;
  expect(env(AirflowVersion.V2_10)).toEqual(env(AirflowVersion.V3_3));
});

test.each([['Redis', () => Broker.redis()], ['RabbitMQ', () => Broker.rabbitMq()]])('%s is another one for each Airflow in a namespace', (_, make) => {
  const [one, two] = ['one', 'two'].map(id => withBroker(make(), { namespace: 'data' }, id).config);
  for (const name of ['BROKER_PASSWORD', URL]) { expect(variable(one.env, name)).not.toEqual(variable(two.env, name)); }
  const [first, second] = [one, two].map(config => (config.redis ?? config.rabbitMq)!);
  expect(first.podLabels).not.toEqual(second.podLabels);
  expect(first.workload.name).not.toBe(second.workload.name);
});

test('fails when a Redis is made for an Airflow whose bootstrap is complete', () => {
  const { airflow } = new AirflowChart(new App(), 'test');
  expect(() => Broker.redis()._bind(airflow)).toThrow(new Error(
    "test/airflow/redis: 'airflow' is complete, and nothing would make 'password' of the Secret 'test-airflow-broker-c8975466'; "
    + 'let the Airflow make by its own props what needs it, or name a Secret that exists'));
});
