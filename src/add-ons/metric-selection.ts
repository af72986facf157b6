import { Construct } from 'constructs';
import { MetricNames } from './metric-names';
import { IAirflow } from '../instance/i-airflow';
import { gather, Problems } from '../kubernetes/problems';
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

/**
 * Where metrics come from that are not Airflow's own.
 */
export enum MetricsSource {
  /** kube-state-metrics: the state of pods, Jobs and Deployments. */
  KUBE_STATE_METRICS = 'kube-state-metrics',
  /** The kubelet: how full volumes are. */
  KUBELET = 'kubelet',
  /** cert-manager: when its certificates end. */
  CERT_MANAGER = 'cert-manager',
  /** x509-certificate-exporter: when the certificates in Secrets end. */
  X509_CERTIFICATE_EXPORTER = 'x509-certificate-exporter',
  /** postgres_exporter, for the metadata database. */
  POSTGRES_EXPORTER = 'postgres-exporter',
  /** redis_exporter, for the broker. */
  REDIS_EXPORTER = 'redis-exporter',
  /** pgbouncer_exporter. */
  PGBOUNCER_EXPORTER = 'pgbouncer-exporter',
  /** git-sync, which must serve its metrics. */
  GIT_SYNC = 'git-sync',
}

const LABEL = /^[a-zA-Z_]\w*$/;

/** Adds the mistakes in the names of labels of Prometheus. */
export function checkLabelNames(problems: Problems, prop: string, names: string[]): void {
  for (const name of names.filter(each => !LABEL.test(each))) {
    problems.add(`'${prop}' must have names of letters, digits and '_', beginning with a letter, got '${name}'`);
  }
}

/** Throws for an Airflow that sends no metrics, and for a selection that does not fit it. */
export function checkSelection(scope: Construct, airflow: IAirflow, { matchers, metricSuffixes }: MetricSelection): void {
  gather(scope, problems => {
    if (airflow.metricsKind === MetricsKind.NONE) {
      throw failure(
        scope,
        "'airflow' must send metrics whose names are known; set 'telemetry: { metrics: Metrics.statsd() }' of the Airflow, "
          + 'or Metrics.collector(), Metrics.openTelemetry(), or Metrics.external() with the format INFLUXDB',
      );
    }
    if (metricSuffixes !== undefined && !leavesNamesToOthers(airflow)) {
      problems.add(
        `'metricSuffixes' is for Metrics.openTelemetry(), whose collector decides the names, got ${metricSuffixes}; leave it out`,
      );
    }
    const labels = Object.entries(matchers ?? {});
    if (matchers !== undefined && labels.length === 0) { problems.add("'matchers' must have a label, got none; leave it out"); }
    checkLabelNames(problems, 'matchers', labels.map(([label]) => label));
    for (const [label, value] of labels) {
      if (/["\\\n]/.test(value)) {
        problems.add(`'matchers' must have values without quotation marks and backslashes, got ${JSON.stringify(value)} for '${label}'`);
      }
    }
  });
}

/** The names of the metrics of an Airflow, whose series are in the namespace unless `matchers` say otherwise. */
export function metricNames(airflow: IAirflow, { matchers, metricSuffixes }: MetricSelection, namespace: string): MetricNames {
  return new MetricNames({
    version: airflow.version,
    kind: airflow.metricsKind,
    suffixes: metricSuffixes ?? leavesNamesToOthers(airflow),
    matchers: Object.entries(matchers ?? { namespace }).map(([label, value]) => `${label}="${value}"`).join(', '),
  });
}

/** Whether OpenTelemetry brings the metrics to a collector that is not the library's own. */
function leavesNamesToOthers({ metricsKind, workloads }: IAirflow): boolean {
  return metricsKind === MetricsKind.OPEN_TELEMETRY && workloads.every(({ role }) => role !== 'otel-collector');
}

/** Whether Prometheus has the metrics of a source. The exporters that the Airflow has itself need not be named. */
export function sourcesOf(
  airflow: IAirflow, given: MetricsSource[] = [MetricsSource.KUBE_STATE_METRICS, MetricsSource.KUBELET],
): (source: MetricsSource) => boolean {
  const served = airflow.workloads.flatMap(({ role, metrics }) => metrics.map(({ portName }) => servedAt(role, portName)));
  return source => given.includes(source) || served.includes(source);
}

const SERVED: { readonly [role: string]: MetricsSource | undefined } = {
  'pgbouncer': MetricsSource.PGBOUNCER_EXPORTER,
  'postgres-exporter': MetricsSource.POSTGRES_EXPORTER,
  'redis-exporter': MetricsSource.REDIS_EXPORTER,
};

function servedAt(role: string, portName: string): MetricsSource | undefined {
  // git-sync is a sidecar of several roles.
  if (/^git-sync/.test(portName) || role === 'git-sync') { return MetricsSource.GIT_SYNC; }
  return SERVED[role];
}
