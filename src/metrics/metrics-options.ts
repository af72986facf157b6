import { Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { OtlpOptions } from './otlp-options';
import { ImageOptions } from '../kubernetes/image';

/**
 * Which metrics Airflow sends.
 */
export interface MetricsFilterOptions {
  /**
   * Regular expressions for the only metrics that Airflow sends, such as `^scheduler\\.`. They search the lowercase name without
   * its prefix, and contain no comma.
   *
   * @default - all metrics
   */
  readonly allowList?: string[];

  /**
   * Regular expressions for metrics that Airflow does not send. Together with `allowList`, Airflow would ignore them.
   *
   * @default - only the library's own: names that contain ids of DAGs or tasks, which Airflow sends a second time with the ids as tags
   */
  readonly blockList?: string[];
}

/**
 * The pod of an exporter or collector.
 */
export interface MetricsServerOptions extends ImageOptions {
  /**
   * CPU and memory. Each amount that is left out keeps its default. 10,000 series take some 50 MiB.
   *
   * @default - requests of 20m CPU and 64Mi memory, a limit of 256Mi memory
   */
  readonly resources?: kplus.ContainerResources;

  /**
   * How long the exporter remembers a counter or timer that nobody sends any more, for example that of a removed DAG. It shows a gauge for
   * 10 minutes after its last message; a collector shows everything for an hour.
   *
   * @default Duration.days(1)
   */
  readonly ttl?: Duration;
}

/**
 * Options of `Metrics.statsd`.
 */
export interface StatsdMetricsOptions extends MetricsServerOptions, MetricsFilterOptions {
  /**
   * The image, with a tag or digest. Its entry point is `statsd_exporter` 0.22 or newer.
   *
   * @default 'quay.io/prometheus/statsd-exporter:v0.31.0'
   */
  readonly image?: string;
}

/**
 * Options of `Metrics.collector`.
 */
export interface CollectorMetricsOptions extends MetricsServerOptions, MetricsFilterOptions {
  /**
   * The image, with a tag or digest. It has the OpenTelemetry Collector with the `transform` and `deltatocumulative` processors and the
   * `prometheus` exporter, as the distribution `contrib` has from 0.140 on.
   *
   * @default 'otel/opentelemetry-collector-contrib:0.155.0'
   */
  readonly image?: string;

  /**
   * How often each process sends its metrics.
   *
   * @default Duration.seconds(30)
   */
  readonly interval?: Duration;

  /**
   * The number of series at most. The collector drops a counter or histogram beyond them, so that a mistake in a DAG cannot fill
   * its memory.
   *
   * @default 20000
   */
  readonly maxSeries?: number;
}

/**
 * Options of `Metrics.openTelemetry`.
 */
export interface OpenTelemetryMetricsOptions extends OtlpOptions, MetricsFilterOptions {
  /**
   * How often each process sends its metrics.
   *
   * @default Duration.seconds(30)
   */
  readonly interval?: Duration;

  /**
   * Whether processes send what was added since their last message (delta) instead of their own totals. Airflow has many short processes
   * with the same identity, whose totals overwrite each other. A collector that keeps totals must be able to add deltas.
   *
   * @default false
   */
  readonly delta?: boolean;
}

/**
 * How a StatsD server expects tags.
 */
export enum StatsdFormat {
  /** Tags in the name, `name,tag=value`: InfluxDB, Telegraf, and the StatsD exporter of Prometheus. */
  INFLUXDB = 'influxdb',
  /** Tags at the end, `|#tag:value`: Datadog. The image needs the Python package `datadog`. */
  DATADOG = 'datadog',
  /** No tags. Every DAG and task then has metrics of its own, with the ids in their names. */
  PLAIN = 'plain',
}

/**
 * Options of `Metrics.external`.
 */
export interface ExternalMetricsOptions extends MetricsFilterOptions {
  /**
   * The host of the StatsD server. A field of the pod is an agent on each node:
   * `kplus.EnvValue.fromFieldRef(kplus.EnvFieldPaths.NODE_IP)`.
   */
  readonly host: kplus.EnvValue;

  /**
   * The UDP port of the StatsD server.
   *
   * @default 8125
   */
  readonly port?: number;

  /**
   * How the server expects tags.
   *
   * @default StatsdFormat.INFLUXDB
   */
  readonly format?: StatsdFormat;

  /**
   * What all names begin with.
   *
   * @default 'airflow'
   */
  readonly prefix?: string;
}
