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
  /** The pending period of an alert, if it is not one of the thresholds: how long its expression must hold, for example `5m`. */
  readonly pending: (alert: PendingAlert) => string;
  /** Whether pods renew a Kerberos ticket. */
  readonly kerberos: boolean;
}

/** How long the condition of an alert must hold unless the user says otherwise, in minutes. */
export const PENDING_MINUTES = {
  AirflowMetricsMissing: 5,
  AirflowComponentUnavailable: 10,
  AirflowTriggererFull: 15,
  AirflowQueueGrowing: 30,
  AirflowTaskPodsPending: 1,
  AirflowTaskPodsRefused: 5,
  AirflowTaskHeartbeatTimeouts: 1,
  AirflowScheduleDelay: 5,
  AirflowDagImportErrors: 5,
  AirflowDagFilesNotParsed: 5,
  AirflowGitSyncFailing: 1,
  AirflowGitSyncStale: 1,
  AirflowMigrationFailed: 1,
  AirflowDatabaseConnectionsHigh: 10,
  AirflowPgBouncerClientsWaiting: 5,
  AirflowVolumeFilling: 15,
  AirflowVolumeFull: 1,
  AirflowRedisFull: 5,
  AirflowCertificateExpiring: 60,
  AirflowKerberosTicketNotRenewed: 5,
};

/** An alert whose pending period is not one of the thresholds. */
export type PendingAlert = keyof typeof PENDING_MINUTES;

/** The thresholds that are the pending periods of their alerts. */
export const PENDING_THRESHOLDS: { readonly [alert: string]: keyof AlertThresholds } = {
  AirflowSchedulerDown: 'heartbeat',
  AirflowDagProcessorDown: 'heartbeat',
  AirflowTriggererDown: 'heartbeat',
  AirflowQueueWithoutWorker: 'queued',
  AirflowPoolStarved: 'fullPool',
  AirflowMigrationStuck: 'migration',
};

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
