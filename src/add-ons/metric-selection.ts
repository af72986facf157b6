import { Construct } from 'constructs';
import { MetricNames } from './metric-names';
import { MetricsSource } from './metrics-source';
import { IAirflow } from '../instance/i-airflow';
import { gather } from '../kubernetes/problems';
import { failure } from '../kubernetes/validate';
import { MetricsKind } from '../metrics/metrics-config';

/**
 * How the metrics of an Airflow are found in Prometheus.
 */
export interface MetricSelection {
  /**
   * The labels that tell the metrics of this Airflow from those of others, for example `{ job: 'airflow-a' }`.
   *
   * @default - `namespace`, with the namespace of the Airflow
   */
  readonly matchers?: { readonly [label: string]: string };

  /**
   * Whether the names of metrics have the suffixes of OpenTelemetry, such as `_total`. A collector of the library adds none. A collector
   * of your own adds them unless it is told not to, and so does Prometheus when it receives OTLP itself.
   *
   * @default - true for `Metrics.openTelemetry()`, otherwise false
   */
  readonly metricSuffixes?: boolean;
}

const LABEL = /^[a-zA-Z_]\w*$/;

/**
 * The names of the metrics of an Airflow.
 *
 * @throws when it sends none
 */
export function metricNames(
  scope: Construct, airflow: IAirflow, { matchers, metricSuffixes }: MetricSelection, byDefault: { readonly [label: string]: string },
): MetricNames {
  const { metricsKind: kind, version } = airflow;
  const own = airflow.workloads.some(({ role }) => role === 'otel-collector');
  gather(scope, problems => {
    if (kind === MetricsKind.NONE) {
      throw failure(
        scope,
        "'airflow' must send metrics whose names are known; set 'telemetry: { metrics: Metrics.statsd() }' of the Airflow, "
          + 'or Metrics.collector(), Metrics.openTelemetry(), or Metrics.external() with the format INFLUXDB',
      );
    }
    if (metricSuffixes !== undefined && (kind !== MetricsKind.OPEN_TELEMETRY || own)) {
      problems.add(
        `'metricSuffixes' is for Metrics.openTelemetry(), whose collector decides the names, got ${metricSuffixes}; leave it out`,
      );
    }
    if (matchers !== undefined && Object.keys(matchers).length === 0) {
      problems.add("'matchers' must have a label, got none; leave it out");
    }
    for (const [label, value] of Object.entries(matchers ?? {})) {
      if (!LABEL.test(label)) {
        problems.add(`'matchers' must have names of letters, digits and '_', beginning with a letter, got '${label}'`);
      }
      if (/["\\\n]/.test(value)) {
        problems.add(`'matchers' must have values without quotation marks and backslashes, got ${JSON.stringify(value)} for '${label}'`);
      }
    }
  });
  return new MetricNames({
    version,
    kind,
    suffixes: metricSuffixes ?? (kind === MetricsKind.OPEN_TELEMETRY && !own),
    matchers: Object.entries(matchers ?? byDefault).map(([label, value]) => `${label}="${value}"`).join(', '),
  });
}

/** Whether Prometheus has the metrics of a source. The exporters that the pods of the Airflow have themselves need not be named. */
export function sourcesOf(
  airflow: IAirflow, given: MetricsSource[] = [MetricsSource.KUBE_STATE_METRICS, MetricsSource.KUBELET],
): (source: MetricsSource) => boolean {
  const served = airflow.workloads.flatMap(({ role, metrics }) => metrics.map(({ portName }) => servedAt(role, portName)));
  return source => given.includes(source) || served.includes(source);
}

function servedAt(role: string, portName: string): MetricsSource | undefined {
  // git-sync is a sidecar of several roles.
  if (/^git-sync/.test(portName) || role === 'git-sync') { return MetricsSource.GIT_SYNC; }
  return role === 'pgbouncer' ? MetricsSource.PGBOUNCER_EXPORTER : undefined;
}
