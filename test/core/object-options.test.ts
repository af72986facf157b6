import { AirflowChartProps, Broker, Executor, Metrics, PodObjectsOptions } from '../../src';
import { airflowChart, building, find, findAll, main, synth, synthAirflow } from '../util';

const objects: Required<PodObjectsOptions> = {
  configMaps: { labels: { kind: 'map' }, annotations: { reload: 'yes' } },
  serviceAccounts: { labels: { kind: 'account' }, annotations: { audit: 'yes' } },
  secrets: { labels: { kind: 'secret' }, annotations: { 'reflector.v1.k8s.emberstack.com/reflection-allowed': 'true' } },
};

test('ConfigMaps have the labels and annotations, their copies and those of servers included', () => {
  const executor = Executor.multiple([Executor.kubernetes(), Executor.celery({ broker: Broker.rabbitMq() })]);
  const chart = airflowChart({ pods: { objects }, executor, telemetry: { metrics: Metrics.statsd() } });
  chart.airflow.addTaskPod('elsewhere', { namespace: 'jobs' });
  const maps = findAll(synth(chart), 'ConfigMap');
  expect(maps.some(({ metadata }) => metadata.namespace === 'jobs')).toBe(true);
  expect(maps.some(({ metadata }) => metadata.name.includes('rabbitmq'))).toBe(true);
  expect(maps.some(({ metadata }) => metadata.name.includes('statsd'))).toBe(true);
  for (const { metadata } of maps) {
    expect(metadata.labels).toMatchObject({ 'kind': 'map', 'app.kubernetes.io/name': 'airflow' });
    expect(metadata.annotations).toEqual({ reload: 'yes' });
  }
});

test('service accounts have them, in addition to their own', () => {
  const manifest = synthAirflow({ pods: { objects }, scheduler: { serviceAccount: { labels: { mine: 'yes' }, annotations: { role: 'arn' } } } });
  expect(find(manifest, 'ServiceAccount', 'scheduler').metadata).toMatchObject({ labels: { kind: 'account', mine: 'yes' }, annotations: { audit: 'yes', role: 'arn' } });
  expect(find(manifest, 'ServiceAccount', 'migration').metadata).toMatchObject({ labels: { kind: 'account' }, annotations: { audit: 'yes' } });
  const shared = synthAirflow({ pods: { objects, serviceAccount: { labels: { mine: 'yes' } } } });
  expect(findAll(shared, 'ServiceAccount').map(({ metadata }) => metadata)).toEqual([
    expect.objectContaining({ labels: expect.objectContaining({ kind: 'account', mine: 'yes' }) as object, annotations: { audit: 'yes' } }),
  ]);
});

test('the Job gives them to the Secrets that it makes', () => {
  const secrets = Object.values(JSON.parse(main(synthAirflow({ pods: { objects } }), 'bootstrap-secrets').command!.at(-1)!) as object) as object[];
  expect(secrets.length).toBeGreaterThan(1);
  for (const secret of secrets) {
    expect(secret).toMatchObject({ labels: { 'kind': 'secret', 'app.kubernetes.io/managed-by': 'cdk8s-airflow' }, annotations: objects.secrets.annotations });
  }
});

const NAMES = "at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit, alone or after a DNS name and '/'";
test.each<[AirflowChartProps, string]>([
  [{ pods: { objects: { configMaps: { annotations: { 'a b': '' } } } } }, `test/airflow: 'pods.objects.configMaps.annotations' must have names of ${NAMES}, got 'a b'`],
  [{ pods: { objects: { secrets: { labels: { 'app.kubernetes.io/name': 'mine' } } } } },
    "test/airflow: 'pods.objects.secrets.labels' cannot set 'app.kubernetes.io/name', which the library sets itself, got 'mine'; leave it out"],
])('fails with metadata that the objects cannot have (%#)', (props, message) => {
  expect(building(props)).toThrow(new Error(message));
});

test('the UI reads the logs of pods only if it may', () => {
  const rights = (readPodLogs?: boolean) => {
    const manifest = synthAirflow({ executor: Executor.kubernetes({ readPodLogs }) });
    return [findAll(manifest, 'Role', 'pod-log-reader').length, find(manifest, 'Deployment', 'api-server').spec.template.spec.automountServiceAccountToken];
  };
  expect([rights(), rights(true), rights(false)]).toEqual([[1, true], [1, true], [0, false]]);
});
