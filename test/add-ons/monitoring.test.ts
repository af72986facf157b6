import { App, Chart, Duration } from 'cdk8s';
import {
  AirflowChart, AirflowChartProps, AirflowMonitoring, AirflowMonitoringProps, AirflowNetworkPolicies, Broker, DagSource, Database, Executor, Metrics,
  MetricsDiscovery, NetworkPeer, SecretKey,
} from '../../src';
import { airflowChart, find, findAll, Manifest, synth } from '../util';

type Options = Omit<AirflowMonitoringProps, 'airflow'>;

const STATSD: AirflowChartProps = { telemetry: { metrics: Metrics.statsd() } };
const PASSWORD = SecretKey.of('db', 'password');
const EVERYTHING: AirflowChartProps = {
  ...STATSD,
  url: 'https://example.com/airflow',
  executor: Executor.celery({ broker: Broker.rabbitMq({ metrics: true }), flower: {} }),
  dags: DagSource.gitSync({ repo: 'https://github.com/acme/dags.git', http: { metrics: true } }),
  database: Database.postgres({ host: 'db.example.com', name: 'airflow', user: 'app', password: PASSWORD }),
  pgBouncer: { exporter: {} },
};

function monitored(props: AirflowChartProps = STATSD, options: Options = {}): AirflowChart {
  const chart = airflowChart(props);
  new AirflowMonitoring(chart, 'monitoring', { ...options, airflow: chart.airflow });
  return chart;
}

const monitors = (manifest: Manifest[]) => Object.fromEntries(findAll(manifest, 'PodMonitor').map(({ metadata, spec }) => [metadata.name, spec.podMetricsEndpoints]));

test('a PodMonitor finds the exporter by the labels of its pods', () => {
  const manifest = synth(monitored(STATSD, { labels: { release: 'kube-prometheus-stack' }, interval: Duration.seconds(15) }));
  const monitor = find(manifest, 'PodMonitor');
  expect(monitor.metadata).toMatchObject({
    name: 'test-airflow-statsd', labels: { 'app.kubernetes.io/instance': 'test-airflow', 'release': 'kube-prometheus-stack' },
  });
  expect(monitor.spec).toEqual({
    selector: { matchLabels: find(manifest, 'Deployment', 'statsd').spec.selector.matchLabels },
    podMetricsEndpoints: [{ port: 'metrics', path: '/metrics', interval: '15s' }],
  });
});

test('everything that serves metrics has one, at the path below a prefix as well', () => {
  const metrics = [{ port: 'metrics', path: '/metrics' }];
  const gitSync = [{ port: 'git-sync', path: '/metrics' }];
  expect(monitors(synth(monitored(EVERYTHING)))).toEqual({
    'test-airflow-statsd': metrics,
    'test-airflow-pgbouncer': metrics,
    'test-airflow-rabbitmq': metrics,
    'test-airflow-flower': [{ port: 'http', path: '/airflow/flower/metrics' }],
    'test-airflow-dag-processor': gitSync,
    'test-airflow-triggerer': gitSync,
    'test-airflow-celery-worker': gitSync,
  });
  const servers = { database: Database.inCluster({ exporter: {} }), executor: Executor.celery({ broker: Broker.redis({ exporter: {} }) }) };
  expect(monitors(synth(monitored({ ...STATSD, ...servers })))).toEqual({
    'test-airflow-statsd': metrics, 'test-airflow-postgres-exporter': metrics, 'test-airflow-redis-exporter': metrics,
  });
});

test('every named port exists', () => {
  const { airflow } = airflowChart(EVERYTHING);
  const served = airflow.workloads.filter(({ metrics }) => metrics.length > 0);
  const absent = served.flatMap(({ metrics, ports }) => metrics.filter(({ portName, port }) =>
    !ports.some(one => one.name === portName && one.port === port)));
  expect(absent).toEqual([]);
});

test('workloads that come later have one, too', () => {
  const chart = monitored({ ...EVERYTHING, dags: DagSource.gitSync({ repo: 'https://github.com/acme/dags.git', http: { metrics: true } }) });
  chart.airflow.addCeleryWorkers('heavy');
  expect(Object.keys(monitors(synth(chart)))).toContain('test-airflow-celery-worker-heavy');
});

test('annotations of a Service are for a Prometheus without the operator', () => {
  const manifest = synth(monitored(STATSD, { discovery: MetricsDiscovery.ANNOTATIONS }));
  const service = find(manifest, 'Service', 'statsd-metrics');
  expect(service.metadata.annotations).toEqual({ 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9102', 'prometheus.io/path': '/metrics' });
  expect(service.spec).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true, ports: [{ name: 'metrics', port: 9102, targetPort: 9102 }] });
  expect(findAll(manifest, 'PodMonitor')).toEqual([]);
});

test('policies let Prometheus in at the ports of the metrics', () => {
  const chart = airflowChart(STATSD);
  const policies = new AirflowNetworkPolicies(chart, 'policies', { airflow: chart.airflow });
  new AirflowMonitoring(chart, 'monitoring', { airflow: chart.airflow, policies, prometheus: NetworkPeer.namespace('monitoring') });
  const { spec } = findAll(synth(chart), 'NetworkPolicy').find(({ metadata }) => metadata.name === 'test-airflow-statsd')!;
  expect(spec.ingress).toContainEqual({
    from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }], ports: [{ port: 9102, protocol: 'TCP' }],
  });
});

test('fails if no pod serves metrics', () => {
  expect(() => synth(monitored({}))).toThrow("[test/monitoring] 'airflow' has no pod that serves metrics; set 'telemetry.metrics' of the Airflow to "
    + 'Metrics.statsd() or Metrics.collector(), or leave the monitoring out');
});

test('fails in another namespace', () => {
  const chart = airflowChart(STATSD);
  expect(() => new AirflowMonitoring(new Chart(new App(), 'other', { namespace: 'monitoring' }), 'monitoring', { airflow: chart.airflow })).toThrow(new Error(
    "other/monitoring: 'airflow' is in the namespace 'airflow', but the Chart of its monitoring is in 'monitoring'; give both one 'namespace'"));
});

test('fails for a reserved label, an interval that annotations cannot tell, and policies without Prometheus, all at once', () => {
  const chart = airflowChart(STATSD);
  const policies = new AirflowNetworkPolicies(chart, 'policies', { airflow: chart.airflow });
  const options = { discovery: MetricsDiscovery.ANNOTATIONS, interval: Duration.seconds(30), labels: { 'app.kubernetes.io/name': 'x' }, policies };
  expect(() => new AirflowMonitoring(chart, 'monitoring', { ...options, airflow: chart.airflow })).toThrow(new Error([
    'test/monitoring: 3 mistakes:',
    "  'labels' cannot set 'app.kubernetes.io/name', which the library sets itself, got 'x'; leave it out",
    "  'interval' cannot be told by annotations, got 30 seconds; set it in the configuration of Prometheus",
    "  'policies' needs 'prometheus', since the policies let the pods of Prometheus in; set both",
  ].join('\n')));
});
