import { AlertFacts, AlertGroup, AlertRule, when } from './alert-rule';
import { promDuration } from './alert-thresholds';
import { MetricsSource } from './metric-selection';

/** Whether the metadata database is migrated, and has room for connections. */
export const DATABASE: AlertGroup = {
  name: 'database',
  rules: facts => [...migration(facts), ...connections(facts), ...pooler(facts)],
};

function migration(facts: AlertFacts): AlertRule[] {
  const { namespace, thresholds, instance } = facts;
  const jobs = facts.workloads.filter(({ role }) => role === 'migration').map(({ object }) => object!.name);
  const matchers = `namespace="${namespace}", job_name=~"${jobs.join('|')}"`;
  const limit = promDuration(thresholds.migration);
  return when(facts.has(MetricsSource.KUBE_STATE_METRICS) && jobs.length > 0, () => [
    {
      alert: 'AirflowMigrationFailed',
      severity: 'critical',
      expr: `max by (namespace, job_name) (kube_job_failed{${matchers}, condition="true"}) == 1`,
      for: facts.pending('AirflowMigrationFailed'),
      summary: 'The migration of the metadata database of Airflow has failed.',
      description: `The Job {{ $labels.job_name }} of the Airflow ${instance} has failed, so that the new pods of Airflow wait.`,
    },
    {
      alert: 'AirflowMigrationStuck',
      severity: 'warning',
      expr: `max by (namespace, job_name) (kube_job_status_active{${matchers}}) > 0`,
      for: limit,
      summary: 'The migration of the metadata database of Airflow does not end.',
      description: `The Job {{ $labels.job_name }} of the Airflow ${instance} has been running for more than ${limit}, `
        + 'and the new pods of Airflow wait.',
    },
  ]);
}

function connections(facts: AlertFacts): AlertRule[] {
  const { namespace, thresholds, instance } = facts;
  const own = `{namespace="${namespace}"}`;
  return when(facts.has(MetricsSource.POSTGRES_EXPORTER), () => [{
    alert: 'AirflowDatabaseConnectionsHigh',
    severity: 'warning',
    expr: `100 * sum by (namespace) (pg_stat_activity_count${own}) / max by (namespace) (pg_settings_max_connections${own}) > `
      + `${thresholds.databaseConnectionsPercent}`,
    for: facts.pending('AirflowDatabaseConnectionsHigh'),
    summary: 'The metadata database of Airflow runs out of connections.',
    description: `{{ $value | humanize }} % of the connections of the metadata database of the Airflow ${instance} are in use.`,
  }]);
}

function pooler(facts: AlertFacts): AlertRule[] {
  const wait = facts.pending('AirflowPgBouncerClientsWaiting');
  const { namespace, instance } = facts;
  return when(facts.has(MetricsSource.PGBOUNCER_EXPORTER), () => [{
    alert: 'AirflowPgBouncerClientsWaiting',
    severity: 'warning',
    expr: `sum by (namespace, database) (pgbouncer_pools_client_waiting_connections{namespace="${namespace}"}) > 0`,
    for: wait,
    summary: 'Connections to the metadata database of Airflow wait in PgBouncer.',
    description: `{{ $value }} clients of PgBouncer of the Airflow ${instance} have been waiting for a connection `
      + `to the database {{ $labels.database }} for ${wait}.`,
  }]);
}
