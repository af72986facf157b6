import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AirflowChart, Broker, Executor, RedisOptions } from '../../src/index';
import * as references from '../references';
import * as rules from '../rules';
import { airflowChart, env, find, main, Manifest, pod, synth } from '../util';

function chartWith(options: RedisOptions = {}): AirflowChart {
  return airflowChart({ executor: Executor.celery({ broker: Broker.redis(options) }) });
}

function made(options?: RedisOptions): Manifest[] {
  return synth(chartWith(options));
}

function settings(manifest: Manifest[]): string[] {
  return main(manifest, 'redis').command!.slice(4);
}

test('is one pod behind a Service that has its address', () => {
  const chart = chartWith();
  const manifest = synth(chart);
  const set = find(manifest, 'StatefulSet', 'redis');
  const service = find(manifest, 'Service', 'redis');
  expect(set.spec).toMatchObject({ replicas: 1, serviceName: service.metadata.name });
  expect(service.spec).toMatchObject({ clusterIP: 'None', ports: [{ name: 'redis', port: 6379 }] });
  expect(service.spec.selector).toEqual(set.spec.selector.matchLabels);
  expect(set.spec.template.metadata.labels).toEqual({ ...set.spec.selector.matchLabels, 'app.kubernetes.io/managed-by': 'cdk8s-airflow' });
  expect([chart.airflow.redis!.host, chart.airflow.redis!.port]).toEqual([`${service.metadata.name}.airflow.svc`, 6379]);
});

test('reads its password by standard input, so that no argument has it', () => {
  const container = main(made(), 'redis');
  expect(container.command!.slice(0, 4)).toEqual(['sh', '-c', 'exec redis-server - "$@" <<END\nrequirepass $REDISCLI_AUTH\nEND', '--']);
  expect(env(container, 'REDISCLI_AUTH')!.valueFrom!.secretKeyRef).toEqual({ name: 'test-airflow-broker', key: 'password' });
  expect(container.env!.length).toBe(1);
});

test('keeps what is queued on a volume, and never drops any of it', () => {
  const manifest = made();
  expect(settings(manifest)).toEqual(
    ['--dir', '/data', '--appendonly', 'yes', '--save', '', '--maxmemory-policy', 'noeviction', '--maxmemory', '393216kb']);
  expect(main(manifest, 'redis').volumeMounts).toEqual([{ name: 'data', mountPath: '/data' }]);
  const [claim] = find(manifest, 'StatefulSet', 'redis').spec.volumeClaimTemplates;
  expect(claim.metadata.name).toBe('data');
  expect(claim.spec).toEqual({ accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, volumeMode: 'Filesystem' });
});

test('writes nothing without a volume', () => {
  const manifest = made({ persistent: false });
  expect(settings(manifest).slice(0, 6)).toEqual(['--dir', '/tmp', '--appendonly', 'no', '--save', '']);
  expect(main(manifest, 'redis').volumeMounts).toBeUndefined();
  expect(pod(manifest, 'redis').spec.volumes).toBeUndefined();
  expect(find(manifest, 'StatefulSet', 'redis').spec.volumeClaimTemplates).toBeUndefined();
  expect(find(manifest, 'StatefulSet', 'redis').spec.persistentVolumeClaimRetentionPolicy).toBeUndefined();
});

test('refuses messages before its memory is full, where it is limited', () => {
  expect(settings(made({ resources: { memory: { limit: Size.gibibytes(4) } } })).slice(-2)).toEqual(['--maxmemory', '3145728kb']);
  expect(settings(made({ resources: { memory: { request: Size.gibibytes(4) } } })).slice(-2)).toEqual(['--maxmemory', '3145728kb']);
});

test('has a pod that gives way to a corrected one, Ready or not', () => {
  expect(find(made(), 'StatefulSet', 'redis').spec.podManagementPolicy).toBe('Parallel');
});

test('runs as the user of its image, without a token', () => {
  const { spec } = pod(made(), 'redis');
  expect(spec.securityContext).toMatchObject({ runAsUser: 999, runAsGroup: 999, fsGroup: 999 });
  expect(spec.automountServiceAccountToken).toBe(false);
});

test('is Ready when it has loaded its data, and has time to end', () => {
  const { startupProbe, readinessProbe, livenessProbe } = main(made(), 'redis');
  const check = { exec: { command: ['redis-cli', '-e', 'ping'] }, timeoutSeconds: 5 };
  expect(startupProbe).toEqual({ ...check, periodSeconds: 1, failureThreshold: 300 });
  expect(readinessProbe).toEqual({ tcpSocket: { port: 'redis' }, periodSeconds: 10, failureThreshold: 3 });
  expect(livenessProbe).toEqual({ ...check, periodSeconds: 30, failureThreshold: 3, terminationGracePeriodSeconds: 10 });
  expect(pod(made(), 'redis').spec.terminationGracePeriodSeconds).toBe(60);
});

test('keeps its volume when it is deleted', () => {
  expect(find(made(), 'StatefulSet', 'redis').spec.persistentVolumeClaimRetentionPolicy).toEqual({ whenDeleted: 'Retain', whenScaled: 'Retain' });
});

test('has all its options', () => {
  const all: Required<Omit<RedisOptions, 'password' | 'exporter' | 'claim' | 'volumeAnnotations' | 'placement'>> = {
    image: 'valkey/valkey:8.1',
    pullPolicy: kplus.ImagePullPolicy.NEVER,
    persistent: true,
    volumeSize: Size.gibibytes(5),
    storageClassName: 'ssd',
    deleteWithSet: true,
    resources: { cpu: { request: kplus.Cpu.units(1) }, memory: { request: Size.gibibytes(2), limit: Size.gibibytes(4) } },
  };
  const manifest = made(all);
  const container = main(manifest, 'redis');
  expect([container.image, container.imagePullPolicy]).toEqual(['valkey/valkey:8.1', 'Never']);
  expect(container.resources).toEqual({ requests: { cpu: '1', memory: '2Gi' }, limits: { memory: '4Gi' } });
  expect(find(manifest, 'StatefulSet', 'redis').spec.persistentVolumeClaimRetentionPolicy).toEqual({ whenDeleted: 'Delete', whenScaled: 'Retain' });
  expect(find(manifest, 'StatefulSet', 'redis').spec.volumeClaimTemplates[0].spec).toEqual(
    { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '5Gi' } }, storageClassName: 'ssd', volumeMode: 'Filesystem' });
});

test.each(Object.entries({ ...rules, ...references }))('keeps the rule %s', (_, rule) => {
  expect(rule(made())).toEqual([]);
  expect(rule(made({ persistent: false }))).toEqual([]);
});

test.each(['redis', 'redis:latest'])('fails with the image %s, which is not pinned', image => {
  expect(() => made({ image })).toThrow(
    new Error(`test/airflow/redis: 'image' must be an image with a tag other than 'latest' or with a sha256 digest, got '${image}'`));
});

test('fails with a volume of nothing', () => {
  expect(() => made({ volumeSize: Size.gibibytes(0) })).toThrow(new Error("test/airflow/redis: 'volumeSize' must be at least 1Mi, got 0Gi"));
});

test('fails when it requests more than its limit', () => {
  const resources = { memory: { request: Size.gibibytes(2), limit: Size.gibibytes(1) } };
  expect(() => made({ resources })).toThrow(new Error(
    "test/airflow/redis: 'resources.memory.request' must be at most the limit 1Gi, got 2Gi; lower it, or raise 'resources.memory.limit'"));
});

test.each([{ volumeSize: Size.gibibytes(2) }, { storageClassName: 'ssd' }, { deleteWithSet: true }])('fails when there is no volume for %j', options => {
  const [prop] = Object.keys(options);
  expect(() => made({ ...options, persistent: false })).toThrow(new Error(
    `test/airflow/redis: '${prop}' describes the volume that 'persistent' false leaves out; leave one of them out`));
});
