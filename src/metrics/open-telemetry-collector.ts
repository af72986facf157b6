import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { knowsLegacyNames } from './legacy-names';
import { CollectorMetricsOptions } from './metrics-options';
import { METRICS_PORT, METRICS_RESOURCES, MetricsServer } from './metrics-server';
import { BindContext } from '../core/bind-context';
import { completeResources } from '../kubernetes/complete-resources';
import { bytesOf } from '../kubernetes/quantity';
import { renderResources } from '../kubernetes/render';

const ROLE = 'otel-collector';
const DEFAULT_IMAGE = 'otel/opentelemetry-collector-contrib:0.155.0';
/** The port of OTLP over HTTP. */
export const OTLP_PORT = 4318;
const GRPC_PORT = 4317;
const HEALTH_PORT = 13133;
const FOLDER = '/etc/otel-collector';
const FILE = 'config.yaml';
/** The user of the image. */
const USER = 10001;
const MAX_SERIES = 20_000;
const CHECK = 'airflow.dagrun.dependency-check';
const WITHOUT_DAG = String.raw`replace_pattern(metric.name, "^airflow\\.dagrun\\.dependency-check\\..+$", "${CHECK}")`;

/**
 * An OpenTelemetry Collector that receives the metrics of Airflow by OTLP, adds up those of all processes, and that Prometheus scrapes.
 *
 * @see https://opentelemetry.io/docs/collector/
 */
export class OpenTelemetryCollector extends MetricsServer {
  /**
   * @internal
   */
  public static _of(context: BindContext, options: CollectorMetricsOptions): OpenTelemetryCollector {
    return new OpenTelemetryCollector(context, options);
  }

  private constructor(context: BindContext, options: CollectorMetricsOptions) {
    const { image, pullPolicy, resources, ttl = Duration.days(1), maxSeries = MAX_SERIES } = options;
    const completed = completeResources(resources, METRICS_RESOURCES);
    const check = { httpGet: { path: '/', port: 'health' } };
    super(context, {
      role: ROLE,
      label: 'OpenTelemetry Collector',
      user: USER,
      ports: [
        { name: 'otlp-http', containerPort: OTLP_PORT },
        { name: 'otlp-grpc', containerPort: GRPC_PORT },
      ],
      morePorts: [{ name: 'health', containerPort: HEALTH_PORT }],
      folder: FOLDER,
      file: FILE,
      config: configuration(context, ttl, maxSeries),
      container: {
        image: image ?? DEFAULT_IMAGE,
        imagePullPolicy: pullPolicy ?? kplus.ImagePullPolicy.IF_NOT_PRESENT,
        args: [`--config=${FOLDER}/${FILE}`],
        env: goLimit(completed.memory?.limit),
        resources: renderResources(completed),
        startupProbe: { ...check, periodSeconds: 1, failureThreshold: 60 },
        readinessProbe: { ...check, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
        livenessProbe: { ...check, periodSeconds: 20, timeoutSeconds: 5, failureThreshold: 6 },
      },
    });
  }
}

/** Go collects garbage more often before the container reaches its limit. */
function goLimit(limit: Size | undefined): { name: string; value: string }[] {
  return limit === undefined ? [] : [{ name: 'GOMEMLIMIT', value: `${Math.floor(bytesOf(limit) * 0.8)}` }];
}

/**
 * Each process of Airflow sends what was added since its last message. To the collector they are one writer: it takes the time of arrival,
 * because the periods of the processes overlap, and forgets which process sent it. Short processes thus count, and none overwrites
 * another.
 */
function configuration({ version }: BindContext, ttl: Duration, maxSeries: number): string {
  const expiry = `${ttl.toSeconds()}s`;
  return JSON.stringify({
    extensions: { health_check: { endpoint: `:${HEALTH_PORT}` } },
    receivers: { otlp: { protocols: { http: { endpoint: `:${OTLP_PORT}` }, grpc: { endpoint: `:${GRPC_PORT}` } } } },
    processors: {
      'memory_limiter': { check_interval: '1s', limit_percentage: 80, spike_limit_percentage: 20 },
      'transform/one-writer': {
        error_mode: 'ignore',
        metric_statements: [
          { context: 'resource', statements: ['keep_keys(resource.attributes, [])'] },
          // Before 3.2, no block list leaves the names of timers out.
          ...knowsLegacyNames(version) ? [] : [{ context: 'metric', statements: [WITHOUT_DAG] }],
          {
            context: 'datapoint',
            // Every run has other ids, so they would make endless series.
            statements: [
              'delete_key(datapoint.attributes, "job_id")',
              'delete_key(datapoint.attributes, "run_id")',
              'set(datapoint.time, Now())',
              'set(datapoint.start_time_unix_nano, 1)',
            ],
          },
        ],
      },
      'deltatocumulative': { max_stale: expiry, max_streams: maxSeries },
    },
    exporters: {
      // Without suffixes the names are those of StatsD.
      prometheus: {
        endpoint: `:${METRICS_PORT}`,
        translation_strategy: 'UnderscoreEscapingWithoutSuffixes',
        without_scope_info: true,
        metric_expiration: '1h',
      },
    },
    service: {
      extensions: ['health_check'],
      telemetry: { metrics: { level: 'none' } },
      pipelines: {
        metrics: {
          receivers: ['otlp'],
          processors: ['memory_limiter', 'transform/one-writer', 'deltatocumulative'],
          exporters: ['prometheus'],
        },
      },
    },
  }, null, 2);
}
