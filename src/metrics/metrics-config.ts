import { OpenTelemetryCollector } from './open-telemetry-collector';
import { StatsdExporter } from './statsd-exporter';
import { Answer, partsFor } from '../core/answer';
import { Endpoint } from '../core/endpoints';
import { EnvVar } from '../kubernetes/pod';

/**
 * How the metrics of an Airflow reach Prometheus, which decides their names and types.
 */
export enum MetricsKind {
  /** Through a StatsD exporter: timers are histograms in seconds. */
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

/** What Airflow sends by OTLP, which is also the section of its options. */
export type Signal = 'metrics' | 'traces';

/** Lets the pods that have telemetry send a signal to a server. The environment turns it on. */
export function sends(signal: Signal, env: EnvVar[], endpoint: Endpoint): Required<Answer>['parts'] {
  return partsFor('telemetry', { env, peers: () => [{ ...endpoint, purpose: signal }] });
}
