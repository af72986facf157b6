import { Duration } from 'cdk8s';
import { AirflowChart, AirflowChartProps, Broker, Executor, SecretKey } from '../../src/index';
import { airflowChart, cfg, env, findAll, main, Manifest, synth } from '../util';

const URL = 'AIRFLOW__CELERY__BROKER_URL';
const MADE = { name: 'test-airflow-broker', key: 'password' };

function withBroker(broker: Broker, props: AirflowChartProps = {}, id?: string): AirflowChart {
  return airflowChart({ ...props, executor: Executor.celery({ broker }) }, id);
}

/** What the scheduler is told of a broker. */
function told(manifest: Manifest[]): [password: unknown, url: unknown] {
  const container = main(manifest, 'scheduler');
  const url = env(container, URL);
  return [env(container, 'BROKER_PASSWORD')?.valueFrom?.secretKeyRef, url?.value ?? url?.valueFrom?.secretKeyRef];
}

function visibilityTimeout(manifest: Manifest[]): string | undefined {
  return cfg(manifest, 'celery_broker_transport_options', 'visibility_timeout');
}

describe('a broker that a Secret names', () => {
  const broker = Broker.fromSecret(SecretKey.of('broker-of-mine', 'connection'));

  test('is reached by a reference, never by a text', () => {
    expect(told(synth(withBroker(broker)))).toEqual([undefined, { name: 'broker-of-mine', key: 'connection' }]);
  });

  test('has its URL under another key', () => {
    expect(told(synth(withBroker(Broker.fromSecret(SecretKey.of('broker-of-mine', 'url')))))[1]).toEqual({ name: 'broker-of-mine', key: 'url' });
  });

  test('makes nothing, and does not know what the URL is', () => {
    const chart = withBroker(broker);
    expect([chart.airflow.redis, chart.airflow.rabbitMq]).toEqual([undefined, undefined]);
    expect(findAll(synth(chart), 'StatefulSet').map(({ metadata }) => metadata.name)).toEqual(['test-airflow-postgres']);
    expect(chart.airflow.bootstrapSecrets!.secretNames.filter(name => name.includes('broker'))).toEqual([]);
    expect(visibilityTimeout(synth(chart))).toBeUndefined();
  });
});

describe('a Redis in the cluster', () => {
  const chart = withBroker(Broker.redis());

  test('is reached by a URL that the password is put into, which the bootstrap makes', () => {
    expect(told(synth(chart))).toEqual([MADE, `redis://:$(BROKER_PASSWORD)@${chart.airflow.redis!.service.name}.airflow.svc:6379/0`]);
    expect(chart.airflow.bootstrapSecrets!.secretNames).toContain(MADE.name);
    expect(chart.airflow.rabbitMq).toBeUndefined();
  });

  test('leaves it to Airflow when it gives a task to another worker', () => {
    expect(visibilityTimeout(synth(chart))).toBeUndefined();
  });

  test('has the options of the Redis', () => {
    const manifest = synth(withBroker(Broker.redis({ persistent: false })));
    expect(findAll(manifest, 'StatefulSet', 'redis')[0].spec.volumeClaimTemplates).toBeUndefined();
  });
});

describe('a RabbitMQ in the cluster', () => {
  const chart = withBroker(Broker.rabbitMq());

  test('is reached by a URL with its virtual host, its user and the password of the bootstrap', () => {
    expect(told(synth(chart))).toEqual([MADE, `amqp://airflow:$(BROKER_PASSWORD)@${chart.airflow.rabbitMq!.service.name}.airflow.svc:5672/airflow`]);
    expect(chart.airflow.bootstrapSecrets!.secretNames).toContain(MADE.name);
    expect(chart.airflow.redis).toBeUndefined();
  });

  test('gives a task to another worker only when the first is gone', () => {
    expect(visibilityTimeout(synth(chart))).toBeUndefined();
  });

  test('has the options of the RabbitMQ', () => {
    const manifest = synth(withBroker(Broker.rabbitMq({ storageClassName: 'ssd' })));
    expect(findAll(manifest, 'StatefulSet', 'rabbitmq')[0].spec.volumeClaimTemplates[0].spec.storageClassName).toBe('ssd');
  });
});

describe('the longest task', () => {
  const lasting = (longestTask: Duration, broker?: Broker, config?: AirflowChartProps['config']) =>
    airflowChart({ executor: Executor.celery({ broker, longestTask }), config });

  test.each([
    ['a Redis in the cluster', undefined],
    ['a broker that a Secret names', Broker.fromSecret(SecretKey.of('broker', 'url'))],
    ['one with TLS', Broker.fromSecret(SecretKey.of('broker', 'url'), { tls: {} })],
  ])('ends before %s gives it to another worker, even after an outage', (_, broker) => {
    expect(visibilityTimeout(synth(lasting(Duration.days(2), broker)))).toBe('173160');
  });

  test('fails with a RabbitMQ, which waits for it', () => {
    expect(() => lasting(Duration.hours(1), Broker.rabbitMq())).toThrow(new Error("test/airflow: 'longestTask' has no meaning for Broker.rabbitMq(), which waits "
      + 'for a task as long as it takes, got 3600 seconds; leave it out'));
  });

  test('fails beside the option that it sets', () => {
    expect(() => lasting(Duration.hours(1), undefined, { celery_broker_transport_options: { visibility_timeout: '9' } })).toThrow(
      new Error("test/airflow: 'config.celery_broker_transport_options.visibility_timeout' cannot be set, got '9'; 'longestTask' of 'executor' decides it"));
  });

  test('fails when it takes no time', () => {
    expect(() => lasting(Duration.seconds(0))).toThrow(new Error("test/airflow: 'longestTask' must be a whole number of seconds of at least 1, got 0"));
  });
});

test('there is none without Celery', () => {
  expect([airflowChart().airflow.redis, airflowChart().airflow.rabbitMq]).toEqual([undefined, undefined]);
});

test.each([['Redis', () => Broker.redis()], ['RabbitMQ', () => Broker.rabbitMq()]])('%s is another one for each Airflow in a namespace', (_, make) => {
  const [one, two] = ['one', 'two'].map(id => withBroker(make(), { namespace: 'data' }, id));
  const [[password, url], [otherPassword, otherUrl]] = [one, two].map(chart => told(synth(chart)));
  expect(password).not.toEqual(otherPassword);
  expect(url).not.toEqual(otherUrl);
  const [first, second] = [one, two].map(({ airflow }) => (airflow.redis ?? airflow.rabbitMq)!);
  expect(first.podLabels).not.toEqual(second.podLabels);
  expect(first.workload.name).not.toBe(second.workload.name);
});

test('fails when a Redis is made for an Airflow whose bootstrap is complete', () => {
  const { airflow } = airflowChart();
  expect(() => Broker.redis()._bind(airflow)).toThrow(new Error(
    "test/airflow/redis: 'airflow' is complete, and nothing would make 'password' of the Secret 'test-airflow-broker'; "
    + 'let the Airflow make by its own props what needs it'));
});
