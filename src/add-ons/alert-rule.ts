import { AlertThresholds } from './alert-thresholds';
import { MetricNames } from './metric-names';
import { MetricsSource } from './metric-selection';
import { AirflowWorkload } from '../core/airflow-workload';

/** The facts that decide the alerts of an Airflow. */
export interface AlertFacts {
  readonly instance: string;
  readonly namespace: string;
  readonly names: MetricNames;
  readonly workloads: AirflowWorkload[];
  /** Whether Prometheus has the metrics of a source. */
  readonly has: (source: MetricsSource) => boolean;
  readonly thresholds: Required<AlertThresholds>;
  /** Whether pods renew a Kerberos ticket. */
  readonly kerberos: boolean;
}

/** An alert as the tables of the groups define it. */
export interface AlertRule {
  readonly alert: string;
  /** `critical` wakes somebody up; `warning` waits for the next working day. */
  readonly severity: 'critical' | 'warning';
  readonly expr: string;
  /** How long the expression must hold, for example `5m`. */
  readonly for: string;
  readonly summary: string;
  readonly description: string;
  /** More labels, with which one name can stand for several rules. */
  readonly labels?: { readonly [name: string]: string };
}

/** Alerts of one subject. */
export interface AlertGroup {
  readonly name: string;
  readonly rules: (facts: AlertFacts) => AlertRule[];
}

/** The matchers of the namespaces of workloads. */
export function inNamespaces(namespaces: readonly string[]): string {
  return namespaces.length === 1 ? `namespace="${namespaces[0]}"` : `namespace=~"${namespaces.join('|')}"`;
}

/** Some rules, if the condition holds. */
export function when(condition: boolean, rules: () => AlertRule[]): AlertRule[] {
  return condition ? rules() : [];
}
