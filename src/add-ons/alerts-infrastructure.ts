import { AlertFacts, AlertGroup, AlertRule, inNamespaces, PendingAlert, when } from './alert-rule';
import { promDuration } from './alert-thresholds';
import { MetricsSource } from './metric-selection';

const NEARLY_FULL = 97;

/** What ends by itself: volumes, memory of the broker, certificates, tickets. */
export const INFRASTRUCTURE: AlertGroup = {
  name: 'infrastructure',
  rules: facts => [...volumes(facts), ...redis(facts), ...certificates(facts), ...kerberos(facts)],
};

function volumes(facts: AlertFacts): AlertRule[] {
  const { namespace, thresholds, instance } = facts;
  const own = `{namespace="${namespace}"}`;
  const used = 'max by (namespace, persistentvolumeclaim) '
    + `(100 * (1 - kubelet_volume_stats_available_bytes${own} / kubelet_volume_stats_capacity_bytes${own}))`;
  const rule = (alert: PendingAlert, severity: AlertRule['severity'], limit: number, effect: string): AlertRule => ({
    alert,
    severity,
    expr: `${used} > ${limit}`,
    for: facts.pending(alert),
    summary: `A volume of Airflow is ${severity === 'critical' ? 'full' : 'filling up'}.`,
    description: `The volume of the claim {{ $labels.persistentvolumeclaim }} in the namespace of the Airflow ${instance} `
      + `is {{ $value | humanize }} % full. ${effect}`,
  });
  return when(facts.has(MetricsSource.KUBELET), () => [
    rule('AirflowVolumeFilling', 'warning', thresholds.volumePercent,
      'When it is full, what writes to it stops: the database, the broker, or tasks with their logs.'),
    rule('AirflowVolumeFull', 'critical', NEARLY_FULL,
      'What writes to it stops: the database, the broker, or tasks with their logs.'),
  ]);
}

function redis(facts: AlertFacts): AlertRule[] {
  const { namespace, thresholds, instance } = facts;
  const own = `{namespace="${namespace}"}`;
  return when(facts.has(MetricsSource.REDIS_EXPORTER), () => [{
    alert: 'AirflowRedisFull',
    severity: 'warning',
    // A Redis without a limit says 0.
    expr: `100 * max by (namespace) (redis_memory_used_bytes${own}) / (max by (namespace) (redis_memory_max_bytes${own}) > 0) > `
      + `${thresholds.redisMemoryPercent}`,
    for: facts.pending('AirflowRedisFull'),
    summary: 'The Redis of Airflow runs out of memory.',
    description: `The Redis of the Airflow ${instance} uses {{ $value | humanize }} % of its memory. When it is full, it refuses `
      + 'messages, and no task reaches a worker.',
  }]);
}

function certificates(facts: AlertFacts): AlertRule[] {
  const { namespace, thresholds, instance } = facts;
  const ends = [
    ...facts.has(MetricsSource.CERT_MANAGER) ? [`certmanager_certificate_expiration_timestamp_seconds{namespace="${namespace}"}`] : [],
    ...facts.has(MetricsSource.X509_CERTIFICATE_EXPORTER)
      ? [`label_replace(x509_cert_not_after{secret_namespace="${namespace}"}, "name", "$1", "secret_name", "(.+)")`] : [],
  ];
  return when(ends.length > 0, () => [{
    alert: 'AirflowCertificateExpiring',
    severity: 'warning',
    expr: `min by (name) (${ends.join(' or ')}) - time() < ${thresholds.certificate.toSeconds()}`,
    for: facts.pending('AirflowCertificateExpiring'),
    labels: { namespace },
    summary: 'A certificate of Airflow ends soon.',
    description: `The certificate {{ $labels.name }} in the namespace of the Airflow ${instance} ends in {{ $value | humanizeDuration }}, `
      + `and ought to have been renewed ${promDuration(thresholds.certificate)} before its end.`,
  }]);
}

function kerberos(facts: AlertFacts): AlertRule[] {
  const own = inNamespaces([...new Set(facts.workloads.flatMap(({ namespaces }) => namespaces))]);
  return when(facts.kerberos && facts.has(MetricsSource.KUBE_STATE_METRICS), () => [{
    alert: 'AirflowKerberosTicketNotRenewed',
    severity: 'critical',
    // The sidecar is ready while its ticket is fresh.
    expr: `min by (namespace, pod) (kube_pod_init_container_status_ready{${own}, container="kerberos"}\n`
      + `  and on (namespace, pod) (kube_pod_status_phase{${own}, phase="Running"} == 1)) == 0`,
    for: facts.pending('AirflowKerberosTicketNotRenewed'),
    summary: 'The Kerberos ticket of tasks of Airflow is not renewed.',
    description: `The pod {{ $labels.pod }} of the Airflow ${facts.instance} could not renew its Kerberos ticket. When the ticket ends, `
      + 'its tasks lose their access.',
  }]);
}
