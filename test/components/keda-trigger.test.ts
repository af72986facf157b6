import { Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  Executor, KedaCronOptions, KedaFallback, KedaMetricType, KedaScalingOptions, KedaTrigger, KedaTriggerOptions, MetricsScalingOptions, Scaling,
  ScalingBehavior, SecretKey,
} from '../../src';
import { airflowChart, building, find, findAll, synthAirflow } from '../util';

const behavior: Required<ScalingBehavior> = {
  scaleUp: {
    stabilizationWindow: Duration.seconds(0),
    strategy: kplus.ScalingStrategy.MIN_CHANGE,
    policies: [{ replicas: kplus.Replicas.absolute(2), duration: Duration.minutes(1) }],
  },
  scaleDown: { policies: [{ replicas: kplus.Replicas.percent(10) }] },
};
const up = { stabilizationWindowSeconds: 0, selectPolicy: 'Min', policies: [{ type: 'Pods', value: 2, periodSeconds: 60 }] };
const down = { policies: [{ type: 'Percent', value: 10, periodSeconds: 15 }] };
const hours: Required<KedaCronOptions> = { timezone: 'Europe/Berlin', start: '0 6 * * 1-5', end: '0 20 * * 1-5', replicas: 4 };
const rabbit: Required<KedaTriggerOptions> = {
  metadata: { queueName: 'etl', mode: 'QueueLength', value: '20' }, authentication: { host: SecretKey.of('broker', 'http') }, metricType: KedaMetricType.AVERAGE_VALUE,
};

describe('a HorizontalPodAutoscaler', () => {
  test('scales as fast as told', () => {
    const { spec } = find(synthAirflow({ apiServer: { scaling: Scaling.cpu({ maxReplicas: 4, ...behavior }) } }), 'HorizontalPodAutoscaler');
    expect(spec.behavior).toEqual({ scaleUp: up, scaleDown: down });
  });

  test('has metrics of any kind', () => {
    const all: Required<MetricsScalingOptions> = {
      ...behavior,
      maxReplicas: 6,
      minReplicas: 2,
      metrics: [
        kplus.Metric.resourceMemory(kplus.MetricTarget.averageUtilization(70)),
        kplus.Metric.pods({ name: 'requests_per_second', target: kplus.MetricTarget.averageValue(50) }),
        kplus.Metric.external({ name: 'queue_length', target: kplus.MetricTarget.value(100) }),
      ],
    };
    const { spec } = find(synthAirflow({ apiServer: { scaling: Scaling.metrics(all) } }), 'HorizontalPodAutoscaler');
    expect(spec).toMatchObject({ minReplicas: 2, maxReplicas: 6, behavior: { scaleUp: up, scaleDown: down } });
    expect(spec.metrics).toEqual([
      { type: 'Resource', resource: { name: 'memory', target: { type: 'Utilization', averageUtilization: 70 } } },
      { type: 'Pods', pods: { metric: { name: 'requests_per_second' }, target: { type: 'AverageValue', averageValue: 50 } } },
      { type: 'External', external: { metric: { name: 'queue_length' }, target: { type: 'Value', value: 100 } } },
    ]);
  });

  test('fails with a sidecar without a request of what a metric measures against requests', () => {
    const sidecars = [{ name: 'proxy', image: 'acme/proxy:1', resources: {} }];
    const cpu = kplus.Metric.resourceCpu(kplus.MetricTarget.averageUtilization(70));
    const memory = kplus.Metric.resourceMemory(kplus.MetricTarget.averageUtilization(70));
    expect(building({ apiServer: { sidecars, scaling: Scaling.metrics({ maxReplicas: 2, metrics: [cpu, memory] }) } })).toThrow(new Error(
      "test/airflow/api-server: 'scaling' measures CPU against what is requested, but 'sidecars.proxy.resources' requests none; set cpu.request there"));
    const bytes = kplus.Metric.resourceMemory(kplus.MetricTarget.averageValue(1024 ** 3));
    expect(building({ apiServer: { sidecars, scaling: Scaling.metrics({ maxReplicas: 2, metrics: [bytes] }) } })).not.toThrow();
  });

  test.each<[() => Scaling, string]>([
    [() => Scaling.metrics({ maxReplicas: 2, metrics: [] }), "'metrics' must have at least one metric, got none; use Scaling.cpu() for the CPU"],
    [() => Scaling.cpu({ maxReplicas: 2, scaleDown: { stabilizationWindow: Duration.hours(2) } }),
      "'scaleDown.stabilizationWindow' must be a whole number of seconds from 0 to 3600, got 7200"],
    [() => Scaling.cpu({ maxReplicas: 2, scaleUp: { policies: [] } }), "'scaleUp.policies' must have at least one policy, got none; leave it out"],
    [() => Scaling.keda({ maxReplicas: 2, scaleUp: { policies: [{ replicas: kplus.Replicas.absolute(1), duration: Duration.hours(1) }] } }),
      "'scaleUp.policies.duration' must be a whole number of seconds from 1 to 1800, got 3600"],
  ])('fails with what Kubernetes refuses (%#)', (make, message) => {
    expect(make).toThrow(new Error(message));
  });
});

describe('KEDA', () => {
  const fallback: Required<KedaFallback> = { failureThreshold: 3, replicas: 2 };
  const more: Required<Omit<KedaScalingOptions, 'connection' | 'minReplicas' | 'pollingInterval'>> = {
    ...behavior,
    maxReplicas: 5,
    cooldownPeriod: Duration.minutes(1),
    query: 'SELECT 3',
    triggers: [KedaTrigger.cron(hours), KedaTrigger.of('rabbitmq', rabbit)],
    fallback,
    restoreOriginalReplicas: true,
  };
  const manifest = synthAirflow({ executor: Executor.celery({ workers: { scaling: Scaling.keda(more) } }) });
  const { spec } = find(manifest, 'ScaledObject');

  test('scales by an own query, hours and a queue', () => {
    expect(spec.triggers).toEqual([
      {
        type: 'postgresql',
        metadata: expect.objectContaining({ query: 'SELECT 3', targetQueryValue: '1' }),
        authenticationRef: { name: 'test-airflow-celery-worker' },
      },
      { type: 'cron', metadata: { timezone: 'Europe/Berlin', start: '0 6 * * 1-5', end: '0 20 * * 1-5', desiredReplicas: '4' } },
      { type: 'rabbitmq', metadata: rabbit.metadata, metricType: 'AverageValue', authenticationRef: { name: 'test-airflow-celery-worker-trigger-2' } },
    ]);
    expect(find(manifest, 'TriggerAuthentication', 'trigger-2').spec).toEqual({ secretTargetRef: [{ parameter: 'host', name: 'broker', key: 'http' }] });
  });

  test('scales as fast as told', () => {
    expect(spec).toMatchObject({ cooldownPeriod: 60, fallback });
    expect(spec.advanced).toEqual({
      restoreToOriginalReplicaCount: true,
      horizontalPodAutoscalerConfig: { behavior: { scaleUp: up, scaleDown: { stabilizationWindowSeconds: 60, ...down } } },
    });
  });

  test('scales any component by triggers, without the database', () => {
    const chart = airflowChart({ apiServer: { scaling: Scaling.keda({ maxReplicas: 4, triggers: [KedaTrigger.cron(hours)] }) } });
    const objects = chart.toJson() as { kind: string; spec: object }[];
    expect(objects.find(({ kind }) => kind === 'ScaledObject')!.spec).toMatchObject({ minReplicaCount: 1, triggers: [{ type: 'cron' }] });
    expect(findAll(objects as never, 'TriggerAuthentication')).toEqual([]);
    expect(chart.airflow.networkGraph.nodes.map(({ id }) => id)).not.toContain('keda');
  });

  test('scales any component by a query', () => {
    const scaled = synthAirflow({ dagProcessor: { scaling: Scaling.keda({ maxReplicas: 4, query: 'SELECT 1' }) } });
    expect(find(scaled, 'ScaledObject').spec.triggers).toEqual([expect.objectContaining({ type: 'postgresql' })]);
  });

  test.each<[Partial<KedaScalingOptions>, string]>([
    [{ query: ' ' }, "'query' must be an SQL query that returns a number, got none; leave it out"],
    [{ triggers: [] }, "'triggers' must have at least one trigger, got none; leave it out"],
    [{ fallback: { failureThreshold: 0, replicas: 1 } }, "'fallback.failureThreshold' must be a whole number of at least 1, got 0"],
    [{ fallback: { failureThreshold: 1, replicas: 9 } }, "'fallback.replicas' must be a whole number from 0 to 5, got 9"],
  ])('fails with what it refuses (%#)', (options, message) => {
    expect(() => Scaling.keda({ maxReplicas: 5, ...options })).toThrow(new Error(message));
  });

  test.each<[() => KedaTrigger, string]>([
    [() => KedaTrigger.cron({ ...hours, start: '0 6 * *' }), "'start' must be a cron expression of five fields, like '0 6 * * 1-5', with Sunday as 0, got '0 6 * *'"],
    [() => KedaTrigger.cron({ ...hours, end: hours.start }), "'start' and 'end' must be different times, got '0 6 * * 1-5' for both"],
    [() => KedaTrigger.cron({ ...hours, timezone: '+02:00' }), "'timezone' must be the name of a time zone, like Europe/Berlin, got '+02:00'"],
    [() => KedaTrigger.cron({ ...hours, timezone: 'Europe/Berln' }), "'timezone' must be the name of a time zone, like Europe/Berlin, got 'Europe/Berln'"],
    [() => KedaTrigger.cron({ ...hours, replicas: 0 }), "'replicas' must be a whole number of at least 1, got 0"],
    [() => KedaTrigger.of('Rabbit MQ', rabbit), "'type' must be the name of a scaler of KEDA, like rabbitmq, got 'Rabbit MQ'"],
    [() => KedaTrigger.of('redis', { metadata: { password: 'hunter2' } }),
      "'metadata' must not have a password in 'password', since everyone who reads the YAML would have it; give it in 'authentication'"],
    [() => KedaTrigger.of('rabbitmq', { metadata: { host: 'amqp://me:hunter2@host' } }),
      "'metadata' must not have a password in 'host', since everyone who reads the YAML would have it; give it in 'authentication'"],
    [() => KedaTrigger.of('rabbitmq', { metadata: { host: 'x' }, authentication: rabbit.authentication }),
      "'host' is both in 'metadata' and in 'authentication'; leave one of them out"],
  ])('fails with a trigger that it refuses (%#)', (make, message) => {
    expect(make).toThrow(new Error(message));
  });
});
