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
  /** pgbouncer_exporter. */
  PGBOUNCER_EXPORTER = 'pgbouncer-exporter',
  /** git-sync, which must serve its metrics. */
  GIT_SYNC = 'git-sync',
}
