import { OpenTelemetryCollector } from './open-telemetry-collector';
import { StatsdExporter } from './statsd-exporter';
import { Answer } from '../core/answer';

/**
 * How the metrics of an Airflow reach Prometheus, which decides their names and types.
 */
export enum MetricsKind {
  /** Through a StatsD exporter: timers are summaries in seconds. */
  STATSD = 'statsd',
  /** Through an OpenTelemetry Collector: timers are histograms in milliseconds, or gauges before Airflow 3.3. */
  OPEN_TELEMETRY = 'openTelemetry',
  /** Airflow sends no metrics, or what receives them is unknown. */
  NONE = 'none',
}

/** The result of a choice of metrics. */
export interface MetricsConfig extends Answer {
  readonly kind: MetricsKind;
  readonly statsd?: StatsdExporter;
  readonly collector?: OpenTelemetryCollector;
}
