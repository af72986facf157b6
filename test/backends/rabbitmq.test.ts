import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AirflowChart, Broker, Executor, RabbitMqOptions } from '../../src/index';
import * as references from '../references';
import * as rules from '../rules';
import { airflowChart, env, find, main, Manifest, pod, synth, volume } from '../util';

const PERMITTED = ['deprecated_features.permit.transient_nonexcl_queues = true', 'deprecated_features.permit.global_qos = true'];

function chartWith(options: RabbitMqOptions = {}): AirflowChart {
  return airflowChart({ executor: Executor.celery({ broker: Broker.rabbitMq(options) }) });
}

function made(options?: RabbitMqOptions): Manifest[] {
  return synth(chartWith(options));
}

function settings(manifest: Manifest[]): string[] {
  return find(manifest, 'ConfigMap', 'rabbitmq').data['airflow.conf'].trim().split('\n');
}

test('is one pod behind a Service that has its address', () => {
  const chart = chartWith();
  const manifest = synth(chart);
  const set = find(manifest, 'StatefulSet', 'rabbitmq');
  const service = find(manifest, 'Service', 'rabbitmq');
  expect(set.spec).toMatchObject({ replicas: 1, serviceName: service.metadata.name });
  expect(service.spec).toMatchObject({ clusterIP: 'None', ports: [{ name: 'amqp', port: 5672 }] });
  expect(service.spec.selector).toEqual(set.spec.selector.matchLabels);
  expect(set.spec.template.metadata.labels).toEqual({ ...set.spec.selector.matchLabels, 'app.kubernetes.io/managed-by': 'cdk8s-airflow' });
  expect([chart.airflow.rabbitMq!.host, chart.airflow.rabbitMq!.port]).toEqual([`${service.metadata.name}.airflow.svc`, 5672]);
});

test('has a virtual host and a user of its own, with the password of the bootstrap', () => {
  const container = main(made(), 'rabbitmq');
  expect([env(container, 'RABBITMQ_DEFAULT_USER')!.value, env(container, 'RABBITMQ_DEFAULT_VHOST')!.value]).toEqual(['airflow', 'airflow']);
  expect(env(container, 'RABBITMQ_DEFAULT_PASS')!.valueFrom!.secretKeyRef).toEqual({ name: 'test-airflow-broker', key: 'password' });
});

test('is the same node after a restart, which no other pod can command', () => {
  const container = main(made(), 'rabbitmq');
  expect(env(container, 'RABBITMQ_NODENAME')!.value).toBe('rabbit@localhost');
  expect(env(container, 'ERL_EPMD_ADDRESS')!.value).toBe('127.0.0.1');
  expect(env(container, 'RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS')!.value).toBe('-kernel inet_dist_use_interface {127,0,0,1}');
  expect(container.ports).toEqual([{ name: 'amqp', containerPort: 5672 }]);
});

test('is told to end even where the first process of the image does not pass signals on', () => {
  const manifest = made();
  expect(main(manifest, 'rabbitmq').lifecycle).toEqual({
    preStop: {
      exec: {
        command: ['sh', '-c',
          'for process in /proc/[0-9]*; do read -r name <"$process/comm" && [ "$name" = beam.smp ] && kill "${process#/proc/}"; done; true'],
      },
    },
  });
  expect(pod(manifest, 'rabbitmq').spec.terminationGracePeriodSeconds).toBe(300);
});

test('keeps its data on a volume, and its cookie off it', () => {
  const manifest = made();
  expect(main(manifest, 'rabbitmq').volumeMounts).toEqual([
    { name: 'scratch', mountPath: '/var/lib/rabbitmq', subPath: 'home' },
    { name: 'data', mountPath: '/var/lib/rabbitmq/mnesia' },
    { name: 'scratch', mountPath: '/var/log/rabbitmq', subPath: 'log' },
    { name: 'scratch', mountPath: '/tmp', subPath: 'tmp' },
    { name: 'config', mountPath: '/etc/cdk8s-airflow', readOnly: true },
  ]);
  expect(volume(pod(manifest, 'rabbitmq'), 'scratch')).toEqual({ name: 'scratch', emptyDir: { sizeLimit: '1Gi' } });
  const [claim] = find(manifest, 'StatefulSet', 'rabbitmq').spec.volumeClaimTemplates;
  expect(claim.spec).toEqual({ accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } }, volumeMode: 'Filesystem' });
});

test('waits a year for a task to end, and knows its limit of memory', () => {
  const manifest = made();
  expect(settings(manifest)).toEqual(['log.console = true', 'consumer_timeout = 31536000000', 'vm_memory_high_watermark.absolute = 644245094']);
  expect(volume(pod(manifest, 'rabbitmq'), 'config')!.configMap).toEqual({ name: find(manifest, 'ConfigMap', 'rabbitmq').metadata.name });
  expect(env(main(manifest, 'rabbitmq'), 'RABBITMQ_CONFIG_FILE')!.value).toBe('/etc/cdk8s-airflow/airflow.conf');
  expect(settings(made({ resources: { memory: { limit: Size.gibibytes(2) } } }))).toContain('vm_memory_high_watermark.absolute = 1288490188');
});

test('restarts when its settings change, and only then', () => {
  const sum = (options: RabbitMqOptions) => pod(made(options), 'rabbitmq').metadata.annotations!['cdk8s-airflow/config-checksum'];
  const memory = (limit: number) => ({ resources: { memory: { limit: Size.gibibytes(limit) } } });
  expect(sum({})).toMatch(/^[0-9a-f]{10}$/);
  expect(sum(memory(1))).toBe(sum({ storageClassName: 'ssd' }));
  expect(sum(memory(2))).not.toBe(sum(memory(1)));
});

test.each([
  'rabbitmq:4.3', 'rabbitmq:4.3.2-management-alpine', 'rabbitmq:4.10', 'rabbitmq:5.0', 'rabbitmq:4', 'rabbitmq:management', 'mirror:5000/rabbitmq:v4.4',
  `rabbitmq@sha256:${'0'.repeat(64)}`,
])('permits what Celery does with %s', image => {
  expect(settings(made({ image })).slice(-2)).toEqual(PERMITTED);
});

test.each([
  'rabbitmq:4.2', 'rabbitmq:4.2.8-management', 'rabbitmq:4.1', 'rabbitmq:3', 'rabbitmq:3.13-alpine', 'mirror:5000/rabbitmq:v3.12', 'rabbitmq:4.0-management',
  `rabbitmq:4.2.8@sha256:${'0'.repeat(64)}`,
])('sets nothing that %s does not know', image => {
  expect(settings(made({ image })).join('\n')).not.toContain('deprecated_features');
});

test('has a pod that gives way to a corrected one, Ready or not', () => {
  expect(find(made(), 'StatefulSet', 'rabbitmq').spec.podManagementPolicy).toBe('Parallel');
});

test('runs as the user of its image, without a token', () => {
  const { spec } = pod(made(), 'rabbitmq');
  expect(spec.securityContext).toMatchObject({ runAsUser: 999, runAsGroup: 999, fsGroup: 999 });
  expect(spec.automountServiceAccountToken).toBe(false);
});

test('is checked without starting an Erlang, and has time to start and to end', () => {
  const { startupProbe, readinessProbe, livenessProbe } = main(made(), 'rabbitmq');
  const check = { tcpSocket: { port: 'amqp' }, timeoutSeconds: 5 };
  expect(startupProbe).toEqual({ ...check, periodSeconds: 2, failureThreshold: 300 });
  expect(readinessProbe).toEqual({ ...check, periodSeconds: 10, failureThreshold: 3 });
  expect(livenessProbe).toEqual({ ...check, periodSeconds: 30, failureThreshold: 4 });
  expect(pod(made(), 'rabbitmq').spec.terminationGracePeriodSeconds).toBe(300);
});

test('keeps its volume when it is deleted', () => {
  expect(find(made(), 'StatefulSet', 'rabbitmq').spec.persistentVolumeClaimRetentionPolicy).toEqual({ whenDeleted: 'Retain', whenScaled: 'Retain' });
});

test('has all its options', () => {
  const all: Required<Omit<RabbitMqOptions, 'password' | 'claim' | 'volumeAnnotations' | 'placement'>> = {
    image: 'mirror.example.com/rabbitmq:4.2.8',
    pullPolicy: kplus.ImagePullPolicy.NEVER,
    volumeSize: Size.gibibytes(5),
    storageClassName: 'ssd',
    deleteWithSet: true,
    metrics: true,
    resources: { cpu: { request: kplus.Cpu.units(1) }, memory: { request: Size.gibibytes(2), limit: Size.gibibytes(4) } },
  };
  const manifest = made(all);
  const container = main(manifest, 'rabbitmq');
  expect([container.image, container.imagePullPolicy]).toEqual(['mirror.example.com/rabbitmq:4.2.8', 'Never']);
  expect(container.resources).toEqual({ requests: { cpu: '1', memory: '2Gi' }, limits: { memory: '4Gi' } });
  expect(container.ports).toEqual([{ name: 'amqp', containerPort: 5672 }, { name: 'metrics', containerPort: 15692 }]);
  expect(find(manifest, 'StatefulSet', 'rabbitmq').spec.persistentVolumeClaimRetentionPolicy).toEqual({ whenDeleted: 'Delete', whenScaled: 'Retain' });
  expect(find(manifest, 'StatefulSet', 'rabbitmq').spec.volumeClaimTemplates[0].spec).toEqual(
    { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '5Gi' } }, storageClassName: 'ssd', volumeMode: 'Filesystem' });
});

test.each(Object.entries({ ...rules, ...references }))('keeps the rule %s', (_, rule) => {
  expect(rule(made())).toEqual([]);
});

test('fails with an image that is not pinned', () => {
  expect(() => made({ image: 'rabbitmq' })).toThrow(
    new Error("test/airflow/rabbitmq: 'image' must be an image with a tag other than 'latest' or with a sha256 digest, got 'rabbitmq'"));
});

test('fails with a volume of nothing', () => {
  expect(() => made({ volumeSize: Size.gibibytes(0) })).toThrow(new Error("test/airflow/rabbitmq: 'volumeSize' must be at least 1Mi, got 0Gi"));
});

test('fails when it requests more than its limit', () => {
  const resources = { cpu: { request: kplus.Cpu.units(2), limit: kplus.Cpu.millis(500) } };
  expect(() => made({ resources })).toThrow(new Error(
    "test/airflow/rabbitmq: 'resources.cpu.request' must be at most the limit 500m, got 2; lower it, or raise 'resources.cpu.limit'"));
});
