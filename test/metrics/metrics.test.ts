import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  AirflowChartProps, AirflowNetworkPolicies, AirflowVersion, Broker, Executor, IpFamily, Metrics, MetricsKind, OtlpProtocol, SecretKey, StatsdFormat,
  Traces,
} from '../../src';
import { airflowChart, building, componentOf, Env, find, findAll, Manifest, podList, synth, synthAirflow, workload } from '../util';

const V2_11: AirflowChartProps = { version: AirflowVersion.V2_11 };
const withMetrics = (metrics: Metrics, props: AirflowChartProps = {}): AirflowChartProps => ({ ...props, telemetry: { metrics } });
const sectionOf = (manifest: Manifest[], section: string): { [option: string]: string } => {
  const cfg = find(manifest, 'ConfigMap', 'airflow-config').data['airflow.cfg'];
  const text = cfg.split(/^\[/m).find(part => part.startsWith(`${section}]`)) ?? '';
  return Object.fromEntries(text.split('\n').flatMap(line => { const at = line.indexOf(' = '); return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 3)]]; }));
};
const envOf = (manifest: Manifest[], component: string): { [name: string]: Env['value'] | object } => {
  const [, pod] = podList(manifest).find(([name]) => name === component)!;
  return Object.fromEntries(pod.spec.containers[0].env!.map(one => [one.name, one.value ?? one.valueFrom!]));
};
/** The components whose main container has the variable. */
const withVariable = (manifest: Manifest[], variable: string) =>
  podList(manifest).filter(([, { spec }]) => spec.containers[0].env?.some(({ name }) => name === variable)).map(([name]) => name).sort();
const statsd = (manifest: Manifest[]) => JSON.parse(find(manifest, 'ConfigMap', 'statsd-config').data['mapping.yaml']) as { defaults: object; mappings: object[] };

describe('Metrics.statsd', () => {
  const manifest = synthAirflow(withMetrics(Metrics.statsd()));

  test('is a Deployment behind a Service whose address outlasts its pods', () => {
    const { spec } = workload(manifest, 'statsd');
    expect(spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
    expect(spec.template.spec.containers[0]).toMatchObject({
      image: 'quay.io/prometheus/statsd-exporter:v0.31.0',
      ports: [{ name: 'statsd', containerPort: 9125, protocol: 'UDP' }, { name: 'metrics', containerPort: 9102 }],
      resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '256Mi' } },
      readinessProbe: { httpGet: { path: '/-/ready', port: 'metrics' } },
    });
    const service = find(manifest, 'Service', 'statsd').spec;
    expect(service.ports).toEqual([{ name: 'statsd', port: 9125, protocol: 'UDP' }]);
    expect(service.clusterIP).toBeUndefined();
  });

  test('gives Airflow tags instead of names with ids', () => {
    expect(sectionOf(manifest, 'metrics')).toEqual({
      legacy_names_on: 'False',
      metrics_block_list: '^dagrun\\..+\\.first_task_scheduling_delay\\b',
      statsd_host: 'test-airflow-statsd.airflow.svc',
      statsd_influxdb_enabled: 'True',
      statsd_port: '9125',
      statsd_prefix: 'airflow',
    });
  });

  test('leaves out the names with ids, but for that of a file before 3.3, which the exporter makes a label', () => {
    const two = synthAirflow(withMetrics(Metrics.statsd(), V2_11));
    const { metrics_block_list: blocked, ...rest } = sectionOf(two, 'metrics');
    expect(rest).toMatchObject({ metrics_use_pattern_match: 'True', timer_unit_consistency: 'True' });
    const patterns = blocked.split(',').map(pattern => new RegExp(pattern));
    const isBlocked = (name: string) => patterns.some(pattern => pattern.test(name));
    expect(['dag.a.b.duration', 'ti.finish.a.b.success', 'ti.start.a.b', 'pool.open_slots.default', 'operator_failures_bashoperator', 'task_instance_created_bashoperator',
      'dagrun.duration.success.a', 'dagrun.a.first_task_scheduling_delay', 'local_task_job.task_exit.7.a.b.0', 'task.mem_usage.a.b', 'triggers.running.host',
      'dag_processing.last_duration.a', 'dagrun.a.first_task_scheduling_delay,dag_id=a'].filter(name => !isBlocked(name))).toEqual([]);
    expect(['dag.callback_exceptions', 'ti.finish', 'ti_failures', 'pool.open_slots', 'operator_failures', 'task_instance_created', 'dagrun.duration.success', 'dagrun.schedule_delay',
      'dagrun.first_task_scheduling_delay', 'local_task_job.task_exit', 'local_task_job_prolonged_heartbeat_failure', 'triggers.running', 'dag_processing.last_duration',
      'dag_processing.last_run.seconds_ago.a', 'executor.open_slots', 'executor.open_slots.celeryexecutor', 'dagrun.first_task_scheduling_delay,dag_id=a', 'scheduler_heartbeat', 'task.duration'].filter(isBlocked)).toEqual([]);
    const byFile = [
      {
        match: '^airflow\\.dag_processing\\.last_run\\.seconds_ago\\.(.+)$',
        match_type: 'regex',
        name: 'airflow_dag_processing_last_run_seconds_ago',
        labels: { file_name: '$1' },
        ttl: '600s',
      },
      { match: '^(.+)$', match_type: 'regex', match_metric_type: 'gauge', name: '$1', ttl: '600s' },
    ];
    expect(statsd(two).mappings).toEqual(byFile);
    expect(statsd(synthAirflow(withMetrics(Metrics.statsd(), { version: AirflowVersion.V3_2 }))).mappings).toEqual(byFile);
  });

  test('is on only in the pods that send metrics', () => {
    expect(withVariable(manifest, 'AIRFLOW__METRICS__STATSD_ON')).toEqual(['api-server', 'dag-processor', 'scheduler', 'task', 'triggerer']);
    const executor = Executor.celery({ broker: Broker.redis(), flower: {} });
    const celery = synthAirflow(withMetrics(Metrics.statsd(), { ...V2_11, executor, dagProcessor: {} }));
    expect(withVariable(celery, 'AIRFLOW__METRICS__STATSD_ON')).toEqual(['dag-processor', 'scheduler', 'triggerer', 'worker']);
  });

  test('takes an image, resources, a time to live and lists of metrics', () => {
    const given = synthAirflow(withMetrics(Metrics.statsd({
      image: 'registry.example.com/statsd-exporter:v0.28.0',
      pullPolicy: kplus.ImagePullPolicy.ALWAYS,
      resources: { memory: { limit: Size.mebibytes(512) } },
      ttl: Duration.hours(2),
      blockList: ['^serde\\.'],
    })));
    const [container] = workload(given, 'statsd').spec.template.spec.containers;
    expect(container).toMatchObject({ image: 'registry.example.com/statsd-exporter:v0.28.0', imagePullPolicy: 'Always', resources: { limits: { memory: '512Mi' } } });
    expect(statsd(given).defaults).toMatchObject({ ttl: '7200s', observer_type: 'histogram' });
    expect(sectionOf(given, 'metrics').metrics_block_list).toBe('^dagrun\\..+\\.first_task_scheduling_delay\\b,^serde\\.');
    const allowed = sectionOf(synthAirflow(withMetrics(Metrics.statsd({ allowList: ['^scheduler\\.', '^pool\\.'] }))), 'metrics');
    expect(allowed.metrics_allow_list).toBe('^scheduler\\.,^pool\\.');
    expect(allowed.metrics_block_list).toBeUndefined();
  });

  test('has an edge by UDP from every sender, which a policy allows', () => {
    const chart = airflowChart(withMetrics(Metrics.statsd()));
    new AirflowNetworkPolicies(chart, 'policies', { airflow: chart.airflow });
    const edges = chart.airflow.networkGraph.edges.filter(({ purpose }) => purpose === 'metrics');
    expect(edges.map(({ source, target, port, protocol }) => [source, target, port, protocol])).toEqual(
      ['task-pods', 'api-server', 'scheduler', 'dag-processor', 'triggerer'].map(source => [source, 'statsd', 9125, 'UDP']));
    const policy = findAll(synth(chart), 'NetworkPolicy').find(({ metadata }) => metadata.name === 'test-airflow-statsd')!;
    const ingress = policy.spec.ingress as { ports: object[] }[];
    expect(new Set(ingress.flatMap(({ ports }) => ports.map(port => JSON.stringify(port))))).toEqual(new Set(['{"port":9125,"protocol":"UDP"}']));
  });

  test('tells its construct and its kind', () => {
    const { airflow } = airflowChart(withMetrics(Metrics.statsd()));
    expect(airflow.metricsKind).toBe(MetricsKind.STATSD);
    expect(airflow.statsdExporter!.host).toBe('test-airflow-statsd.airflow.svc');
    expect(airflow.workloads.filter(({ metrics }) => metrics.length > 0).map(({ part, metrics }) => [part, metrics])).toEqual([
      ['statsd', [{ portName: 'metrics', port: 9102, path: '/metrics' }]],
    ]);
    expect(airflowChart().airflow.metricsKind).toBe(MetricsKind.NONE);
  });
});

describe('Metrics.collector', () => {
  const manifest = synthAirflow(withMetrics(Metrics.collector({ maxSeries: 500, interval: Duration.seconds(10) })));

  test('adds up what the processes of Airflow send', () => {
    const config = JSON.parse(find(manifest, 'ConfigMap', 'otel-collector-config').data['config.yaml']) as { processors: { [name: string]: object }; exporters: object };
    expect(Object.keys(config.processors)).toEqual(['memory_limiter', 'transform/one-writer', 'deltatocumulative']);
    expect(config.processors.deltatocumulative).toEqual({ max_stale: '86400s', max_streams: 500 });
    expect(envOf(manifest, 'scheduler')).toMatchObject({
      AIRFLOW__METRICS__OTEL_ON: 'True',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://test-airflow-otel-collector.airflow.svc:4318/v1/metrics',
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
      OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '5',
      OTEL_SERVICE_NAME: 'test-airflow',
      OTEL_RESOURCE_ATTRIBUTES: 'k8s.namespace.name=$(OTEL_POD_NAMESPACE),k8s.pod.name=$(OTEL_POD_NAME),k8s.pod.uid=$(OTEL_POD_UID),'
        + 'k8s.node.name=$(OTEL_NODE_NAME),airflow.component=scheduler',
      OTEL_POD_NAME: { fieldRef: { fieldPath: 'metadata.name' } },
    });
    expect(sectionOf(manifest, 'metrics')).toMatchObject({ otel_interval_milliseconds: '10000', otel_prefix: 'airflow', legacy_names_on: 'False' });
  });

  test('is a Deployment that Go keeps below its limit', () => {
    const [container] = workload(manifest, 'otel-collector').spec.template.spec.containers;
    expect(container).toMatchObject({
      image: 'otel/opentelemetry-collector-contrib:0.155.0',
      env: [{ name: 'GOMEMLIMIT', value: `${Math.floor(256 * 1024 * 1024 * 0.8)}` }],
      readinessProbe: { httpGet: { path: '/', port: 'health' } },
    });
    expect(find(manifest, 'Service', 'otel-collector').spec.ports.map(({ name, port }) => [name, port])).toEqual([['otlp-http', 4318], ['otlp-grpc', 4317]]);
    expect(airflowChart(withMetrics(Metrics.collector())).airflow.openTelemetryCollector!.service.name).toBe('test-airflow-otel-collector');
  });

  test('gets a host and a port from Airflow before 3.2, and from Airflow 2 the right content type', () => {
    const two = synthAirflow(withMetrics(Metrics.collector(), V2_11));
    expect(sectionOf(two, 'metrics')).toMatchObject({
      otel_host: 'test-airflow-otel-collector.airflow.svc', otel_port: '4318', otel_ssl_active: 'False', otel_service: 'test-airflow',
    });
    expect(envOf(two, 'scheduler').OTEL_EXPORTER_OTLP_METRICS_ENDPOINT).toBeUndefined();
    expect(Object.keys(find(two, 'ConfigMap', 'local-settings').data)).toContain('otlp_content_type.py');
    expect(Object.keys(find(manifest, 'ConfigMap', 'local-settings').data)).not.toContain('otlp_content_type.py');
    // Before 3.3, Airflow has this name only with a file in it.
    const ofFile = '^dag_processing\\.last_run\\.seconds_ago\\.';
    expect(sectionOf(two, 'metrics').metrics_block_list).toContain(ofFile);
    expect(sectionOf(synthAirflow(withMetrics(Metrics.collector(), { version: AirflowVersion.V3_2 })), 'metrics').metrics_block_list).toContain(ofFile);
    expect(sectionOf(manifest, 'metrics').metrics_block_list).not.toContain(ofFile);
    const older = synthAirflow(withMetrics(Metrics.collector(), { version: AirflowVersion.V3_1 }));
    expect(sectionOf(older, 'metrics').otel_host).toBe('test-airflow-otel-collector.airflow.svc');
    expect(Object.keys(find(older, 'ConfigMap', 'local-settings').data)).not.toContain('otlp_content_type.py');
  });
});

describe('Metrics.openTelemetry', () => {
  const given = Metrics.openTelemetry({ endpoint: 'https://otlp.example.com/tenant', headers: SecretKey.of('otlp', 'headers'), delta: true });

  test('sends to an endpoint with a path and headers from a Secret', () => {
    const env = envOf(synthAirflow(withMetrics(given)), 'task');
    expect(env).toMatchObject({
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://otlp.example.com/tenant/v1/metrics',
      OTEL_EXPORTER_OTLP_METRICS_HEADERS: { secretKeyRef: { name: 'otlp', key: 'headers' } },
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
    });
  });

  test('sends by gRPC, and totals unless the collector adds deltas', () => {
    const chart = airflowChart(withMetrics(Metrics.openTelemetry({ endpoint: 'http://collector.monitoring.svc:4317', protocol: OtlpProtocol.GRPC })));
    const env = envOf(synth(chart), 'scheduler');
    expect(env).toMatchObject({ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://collector.monitoring.svc:4317', OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'grpc' });
    expect(env.OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE).toBeUndefined();
    expect(chart.airflow.metricsKind).toBe(MetricsKind.OPEN_TELEMETRY);
    expect(chart.airflow.networkGraph.edges.filter(({ purpose }) => purpose === 'metrics').map(({ target, port }) => `${target}:${port}`)[0])
      .toBe('otlp-collector.monitoring.svc:4317');
    expect(synth(chart).filter(({ metadata }) => componentOf(metadata) === 'otel-collector')).toEqual([]);
  });
});

describe('Metrics.external', () => {
  const agent = kplus.EnvValue.fromFieldRef(kplus.EnvFieldPaths.NODE_IP);

  test('sends to an agent on the node of each pod', () => {
    const chart = airflowChart(withMetrics(Metrics.external({ host: agent, format: StatsdFormat.DATADOG, prefix: 'data.airflow' })));
    const manifest = synth(chart);
    expect(envOf(manifest, 'task')).toMatchObject({
      AIRFLOW__METRICS__STATSD_DATADOG_ENABLED: 'True', AIRFLOW__METRICS__STATSD_HOST: { fieldRef: { fieldPath: 'status.hostIP' } },
    });
    expect(sectionOf(manifest, 'metrics')).toMatchObject({ statsd_port: '8125', statsd_prefix: 'data.airflow', statsd_influxdb_enabled: 'False' });
    expect(chart.airflow.metricsKind).toBe(MetricsKind.NONE);
  });

  test('keeps the names with ids for a server without tags, and knows a server that takes tags in the name', () => {
    const host = kplus.EnvValue.fromValue('statsd.monitoring.svc');
    const plain = sectionOf(synthAirflow(withMetrics(Metrics.external({ host, port: 9125, format: StatsdFormat.PLAIN }))), 'metrics');
    expect(plain).toEqual({ statsd_influxdb_enabled: 'False', statsd_port: '9125', statsd_prefix: 'airflow' });
    expect(airflowChart(withMetrics(Metrics.external({ host }))).airflow.metricsKind).toBe(MetricsKind.STATSD);
  });
});

describe('errors', () => {
  const fails = (metrics: Metrics, message: string, props: AirflowChartProps = {}) => {
    expect(building(withMetrics(metrics, props))).toThrow(new Error(message));
  };
  const OTLP = 'http://collector:4318';

  test('fails for an endpoint that is no URL, and does not repeat a login', () => {
    fails(Metrics.openTelemetry({ endpoint: 'collector:4318' }),
      "test/airflow: 'telemetry.metrics.endpoint' must be like http://collector.monitoring.svc:4318, without a login or a query, got 'collector:4318'");
    fails(Metrics.openTelemetry({ endpoint: 'http://me:secret@collector:4318' }),
      "test/airflow: 'telemetry.metrics.endpoint' must be like http://collector.monitoring.svc:4318, without a login or a query, got 'http://...@collector:4318'");
  });

  test('fails for the path of a signal, a path with gRPC, and a path before 3.2', () => {
    fails(Metrics.openTelemetry({ endpoint: `${OTLP}/v1/metrics` }),
      "test/airflow: 'telemetry.metrics.endpoint' must not end with the path of a signal, which is added, got 'http://collector:4318/v1/metrics'; leave it out");
    fails(Metrics.openTelemetry({ endpoint: `${OTLP}/x`, protocol: OtlpProtocol.GRPC }),
      "test/airflow: 'telemetry.metrics.endpoint' must have no path for gRPC, got 'http://collector:4318/x'; leave '/x' out");
    fails(Metrics.openTelemetry({ endpoint: `${OTLP}/x` }),
      "test/airflow: 'telemetry.metrics.endpoint' can have a path from Airflow 3.2 on, but the version is 2.11.2, got 'http://collector:4318/x'; leave '/x' out", V2_11);
  });

  test('fails for gRPC before 3.2', () => {
    fails(Metrics.openTelemetry({ endpoint: OTLP, protocol: OtlpProtocol.GRPC }),
      "test/airflow: 'telemetry.metrics.protocol' can be gRPC from Airflow 3.2 on, but the version is 3.1.8; "
      + 'use OtlpProtocol.HTTP and the port of OTLP over HTTP, usually 4318', { version: AirflowVersion.V3_1 });
  });

  test('fails for two lists, an empty list and a bad pattern', () => {
    fails(Metrics.statsd({ allowList: ['^pool'], blockList: ['^ti'] }),
      "test/airflow: 'telemetry.metrics.blockList' must not be set together with 'allowList', since Airflow would ignore it; leave one of them out");
    fails(Metrics.statsd({ blockList: [] }), "test/airflow: 'telemetry.metrics.blockList' must not be empty; leave it out");
    fails(Metrics.statsd({ blockList: ['a,b', '('] }), ['test/airflow: 2 mistakes:',
      "  'telemetry.metrics.blockList' must have regular expressions without a comma, like '^scheduler\\.', got 'a,b'",
      "  'telemetry.metrics.blockList' must have regular expressions without a comma, like '^scheduler\\.', got '('"].join('\n'));
  });

  test('fails for an image without a tag, a short time to live and a request above its limit, all at once', () => {
    fails(Metrics.statsd({ image: 'statsd-exporter', ttl: Duration.seconds(5), resources: { memory: { request: Size.gibibytes(2), limit: Size.gibibytes(1) } } }), [
      'test/airflow: 3 mistakes:',
      "  'telemetry.metrics.image' must be an image with a tag other than 'latest' or with a sha256 digest, got 'statsd-exporter'",
      "  'telemetry.metrics.resources.memory.request' must be at most the limit 1Gi, got 2Gi; lower it, or raise 'telemetry.metrics.resources.memory.limit'",
      "  'telemetry.metrics.ttl' must be a whole number of seconds of at least 60, got 5",
    ].join('\n'));
  });

  test('fails for an interval below a second and no series', () => {
    fails(Metrics.collector({ interval: Duration.millis(500), maxSeries: 0 }), ['test/airflow: 2 mistakes:',
      "  'telemetry.metrics.interval' must be a whole number of seconds of at least 1, got 0.5",
      "  'telemetry.metrics.maxSeries' must be a whole number of at least 1, got 0"].join('\n'));
  });

  test('fails for the URL of a StatsD server, its port and a prefix', () => {
    fails(Metrics.external({ host: kplus.EnvValue.fromValue('udp://statsd:8125'), port: 0, prefix: 'air flow' }), ['test/airflow: 3 mistakes:',
      "  'telemetry.metrics.port' must be a whole number from 1 to 65535, got 0",
      "  'telemetry.metrics.prefix' must consist of letters, digits, '_' and '.', beginning with a letter, got 'air flow'",
      "  'telemetry.metrics.host' must be the name or address of a host, without a scheme and a port, got 'udp://statsd:8125'"].join('\n'));
  });

  test('fails for options of airflow.cfg that the choice decides', () => {
    expect(building({ telemetry: { metrics: Metrics.statsd() }, config: { metrics: { statsd_on: 'False' } } })).toThrow(
      new Error("test/airflow: 'config.metrics.statsd_on' cannot be set, got 'False'; 'telemetry.metrics' decides it"));
    expect(building({ telemetry: { metrics: Metrics.statsd() }, config: { metrics: { metrics_block_list: 'x' } } })).toThrow(
      new Error("test/airflow: 'config.metrics.metrics_block_list' cannot be set, got 'x'; 'telemetry.metrics' decides it: 'blockList' is the list"));
  });

  test('fails for StatsD in Airflow 2 without IPv4, which its client needs', () => {
    fails(Metrics.statsd(), "test/airflow: 'telemetry.metrics' by StatsD needs IPv4 in Airflow 2, but 'pods.ipFamily' is IPv6; use Metrics.collector()",
      { ...V2_11, pods: { ipFamily: IpFamily.IPV6 } });
    expect(sectionOf(synthAirflow(withMetrics(Metrics.statsd(), { pods: { ipFamily: IpFamily.IPV6 } })), 'metrics').statsd_ipv6).toBe('True');
  });

  test('fails for an unknown member', () => {
    expect(() => Metrics.statsd({ blocklist: ['x'] } as object)).toThrow(
      new Error("'blocklist' is no member of StatsdMetricsOptions; did you mean 'blockList'?"));
  });

  test('fails for JSON logs before 3.2', () => {
    expect(building({ ...V2_11, telemetry: { jsonLogs: true } })).toThrow(new Error(
      "test/airflow: 'telemetry.jsonLogs' exists from Airflow 3.2 on, but the version is 2.11.2; leave it out, and let the shipper parse the lines"));
  });

  test('fails for attributes that nothing sends, that the library sets, or that are no names', () => {
    expect(building({ telemetry: { metrics: Metrics.statsd(), resourceAttributes: { team: 'data' } } })).toThrow(new Error(
      "test/airflow: 'telemetry.resourceAttributes' are attributes of OpenTelemetry, but neither 'metrics' nor 'traces' use it; leave them out"));
    expect(building({ telemetry: { metrics: Metrics.collector(), resourceAttributes: { 'k8s.pod.name': 'x', 'a=b': 'y' } } })).toThrow(new Error([
      'test/airflow: 2 mistakes:',
      "  'telemetry.resourceAttributes' cannot set 'k8s.pod.name', which the library sets itself; leave it out",
      "  'telemetry.resourceAttributes' must have names of letters, digits, '_', '-' and '.', beginning with a letter, got 'a=b'",
    ].join('\n')));
  });

  test('fails for a share of traces that is none or that the version cannot take, and for spans of loops', () => {
    const traces = Traces.openTelemetry({ endpoint: OTLP, sampleRatio: 2 });
    expect(building({ telemetry: { traces } })).toThrow(new Error("test/airflow: 'telemetry.traces.sampleRatio' must be a number from 0 to 1, got 2"));
    expect(building({ ...V2_11, telemetry: { traces: Traces.openTelemetry({ endpoint: OTLP, sampleRatio: 0.5, debug: true }) } })).toThrow(new Error([
      'test/airflow: 2 mistakes:',
      "  'telemetry.traces.sampleRatio' exists from Airflow 3.3 on, but the version is 2.11.2; leave it out, or let a collector sample",
      "  'telemetry.traces.debug' exists from Airflow 3.1 on, but the version is 2.11.2; leave it out",
    ].join('\n')));
  });
});

describe('Traces.openTelemetry', () => {
  const telemetry = { traces: Traces.openTelemetry({ endpoint: 'http://jaeger.tracing.svc:4318', sampleRatio: 0.1 }), resourceAttributes: { team: 'data, all' } };

  test('sends from every component that has spans, with the identity of its pod', () => {
    const manifest = synthAirflow({ telemetry });
    expect(withVariable(manifest, 'AIRFLOW__TRACES__OTEL_ON')).toEqual(['api-server', 'dag-processor', 'scheduler', 'task', 'triggerer']);
    const env = envOf(manifest, 'task');
    expect(env).toMatchObject({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://jaeger.tracing.svc:4318/v1/traces',
      OTEL_TRACES_EXPORTER: 'otlp_proto_http',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.1',
    });
    expect(env.OTEL_RESOURCE_ATTRIBUTES).toMatch(/,airflow\.component=task,team=data%2C%20all$/);
    expect(env.AIRFLOW__METRICS__OTEL_ON).toBeUndefined();
    expect(sectionOf(manifest, 'traces')).toEqual({ otel_debug_traces_on: 'False', task_runner_flush_timeout_milliseconds: '5000' });
  });

  test('by gRPC names the exporter of gRPC', () => {
    const traces = Traces.openTelemetry({ endpoint: 'http://tempo:4317', protocol: OtlpProtocol.GRPC, debug: true });
    const manifest = synthAirflow({ telemetry: { traces } });
    expect(envOf(manifest, 'scheduler')).toMatchObject({ OTEL_TRACES_EXPORTER: 'otlp_proto_grpc', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://tempo:4317' });
    expect(sectionOf(manifest, 'traces').otel_debug_traces_on).toBe('True');
  });

  test('gives the spans of Airflow 2 tags, since they have no other attributes', () => {
    const manifest = synthAirflow({ ...V2_11, telemetry: { traces: Traces.openTelemetry({ endpoint: 'https://jaeger.example.com' }) } });
    expect(sectionOf(manifest, 'traces')).toEqual({ otel_host: 'jaeger.example.com', otel_port: '443', otel_service: 'test-airflow', otel_ssl_active: 'True' });
    expect(envOf(manifest, 'scheduler').AIRFLOW__TRACES__TAGS).toContain('k8s.pod.name=$(OTEL_POD_NAME)');
  });
});

test('telemetry.jsonLogs makes every line of the components JSON', () => {
  expect(sectionOf(synthAirflow({ telemetry: { jsonLogs: true } }), 'logging').json_logs).toBe('True');
  expect(sectionOf(synthAirflow(), 'logging').json_logs).toBeUndefined();
});
