import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AirflowChart, AirflowChartProps, Broker, Database, Executor, ExporterOptions, SecretKey } from '../../src/index';
import * as references from '../references';
import * as rules from '../rules';
import { airflowChart, env, find, findAll, main, Manifest, pod, synth } from '../util';

const both = (exporter?: ExporterOptions): AirflowChartProps => ({
  database: Database.inCluster({ exporter }),
  executor: Executor.celery({ broker: Broker.redis({ exporter }) }),
});
const chartWith = (exporter?: ExporterOptions): AirflowChart => airflowChart(both(exporter));
const made = (exporter: ExporterOptions = {}): Manifest[] => synth(chartWith(exporter));
const SERVERS = ['postgres', 'redis'];

test('a server has no exporter unless the program wants one', () => {
  expect(findAll(synth(chartWith()), 'Deployment', '-exporter')).toEqual([]);
  expect([chartWith().airflow.postgres!.exporter, chartWith().airflow.redis!.exporter]).toEqual([undefined, undefined]);
});

test.each(SERVERS)('the exporter of %s is a pod of its own, so that the server is ready without it', server => {
  const manifest = made();
  const { spec, metadata } = find(manifest, 'Deployment', `${server}-exporter`);
  expect([metadata.name, spec.replicas]).toEqual([`test-airflow-${server}-exporter`, 1]);
  expect(pod(manifest, `${server}-exporter`).spec.securityContext).toMatchObject({ runAsUser: 65534, runAsNonRoot: true });
  expect(pod(manifest, server).spec.containers).toEqual(pod(synth(chartWith()), server).spec.containers);
});

test('the exporter of Postgres logs in by a file with the password', () => {
  const { env: variables, volumeMounts, ports } = main(made(), 'postgres-exporter');
  expect(variables).toEqual([
    { name: 'DATA_SOURCE_PASS_FILE', value: '/run/secrets/database/password' },
    { name: 'DATA_SOURCE_URI', value: 'test-airflow-postgres.airflow.svc:5432/airflow?sslmode=disable' },
    { name: 'DATA_SOURCE_USER', value: 'airflow' },
  ]);
  expect(volumeMounts).toEqual([{ name: 'password', mountPath: '/run/secrets/database', readOnly: true }]);
  expect(pod(made(), 'postgres-exporter').spec.volumes).toEqual([{ name: 'password', secret: { secretName: 'test-airflow-database', defaultMode: 0o440 } }]);
  expect(ports).toEqual([{ name: 'metrics', containerPort: 9187 }]);
});

test('the exporter of Redis has its address and its password', () => {
  const exporter = main(made(), 'redis-exporter');
  expect(env(exporter, 'REDIS_ADDR')!.value).toBe('redis://test-airflow-redis.airflow.svc:6379');
  expect(env(exporter, 'REDIS_PASSWORD')!.valueFrom!.secretKeyRef).toEqual({ name: 'test-airflow-broker', key: 'password' });
  expect(exporter.ports).toEqual([{ name: 'metrics', containerPort: 9121 }]);
});

test('both log in with a password of the program', () => {
  const password = SecretKey.of('own', 'word');
  const manifest = synth(airflowChart({
    database: Database.inCluster({ password, exporter: {} }), executor: Executor.celery({ broker: Broker.redis({ password, exporter: {} }) }),
  }));
  expect(env(main(manifest, 'redis-exporter'), 'REDIS_PASSWORD')!.valueFrom!.secretKeyRef).toEqual({ name: 'own', key: 'word' });
  expect(env(main(manifest, 'postgres-exporter'), 'DATA_SOURCE_PASS_FILE')!.value).toBe('/run/secrets/database/word');
});

test('the network graph leads from each exporter to its server', () => {
  const { edges } = chartWith({}).airflow.networkGraph;
  expect(edges.filter(({ source }) => source.endsWith('-exporter')).map(({ source, target, port, purpose }) => [source, target, port, purpose]))
    .toEqual([['postgres-exporter', 'postgres', 5432, 'metrics'], ['redis-exporter', 'redis', 6379, 'metrics']]);
});

test('nothing is measured during maintenance', () => {
  const manifest = synth(airflowChart({ ...both({}), maintenance: true }));
  expect(SERVERS.map(server => find(manifest, 'Deployment', `${server}-exporter`).spec.replicas)).toEqual([0, 0]);
});

test.each(SERVERS)('the exporter of %s has all its options', server => {
  const all: Required<ExporterOptions> = {
    image: 'mirror.example.com/exporter:1.2',
    pullPolicy: kplus.ImagePullPolicy.NEVER,
    resources: { cpu: { request: kplus.Cpu.millis(20) }, memory: { request: Size.mebibytes(40), limit: Size.mebibytes(80) } },
  };
  const { image, imagePullPolicy, resources } = main(made(all), `${server}-exporter`);
  expect([image, imagePullPolicy]).toEqual(['mirror.example.com/exporter:1.2', 'Never']);
  expect(resources).toEqual({ requests: { cpu: '20m', memory: '40Mi' }, limits: { memory: '80Mi' } });
});

test.each(Object.entries({ ...rules, ...references }))('keeps the rule %s', (_, rule) => {
  expect(rule(made())).toEqual([]);
});

test('fails with an image that is not pinned and a request above the limit', () => {
  const database = Database.inCluster({ exporter: { image: 'exporter', resources: { memory: { request: Size.gibibytes(1), limit: Size.mebibytes(128) } } } });
  expect(() => airflowChart({ database })).toThrow(new Error([
    'test/airflow/postgres-exporter: 2 mistakes:',
    "  'exporter.image' must be an image with a tag other than 'latest' or with a sha256 digest, got 'exporter'",
    "  'exporter.resources.memory.request' must be at most the limit 128Mi, got 1Gi; lower it, or raise 'exporter.resources.memory.limit'",
  ].join('\n')));
});
