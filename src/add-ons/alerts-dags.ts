import { AlertFacts, AlertGroup, AlertRule, when } from './alert-rule';
import { promDuration } from './alert-thresholds';
import { grown } from './metric-names';
import { MetricsSource } from './metric-selection';

/** Whether DAG files arrive and are read. */
export const DAGS: AlertGroup = {
  name: 'dags',
  rules: facts => [...importErrors(facts), ...unparsed(facts), ...gitSync(facts)],
};

function importErrors({ names, thresholds, instance, pending }: AlertFacts): AlertRule[] {
  return [{
    alert: 'AirflowDagImportErrors',
    severity: 'warning',
    expr: `max by (namespace) (${names.series('dag_processing.import_errors')}) > ${thresholds.importErrors}`,
    for: pending('AirflowDagImportErrors'),
    summary: 'DAG files of Airflow cannot be imported.',
    description: `{{ $value }} DAG files of the Airflow ${instance} fail to import. Their DAGs keep their last state, or do not appear.`,
  }];
}

function unparsed({ names, thresholds, instance, pending }: AlertFacts): AlertRule[] {
  const window = promDuration(thresholds.unparsed);
  const file = 'dag_processing.last_run.seconds_ago';
  const known = names.has(file);
  const most = thresholds.unparsed.toSeconds();
  const byFile = () => `max by (namespace, bundle_name, file_path, file_name) (${names.series(file)}) > ${most}`;
  // The duration of a pass is never the same twice, so without a change there was no pass.
  const byPass = `max by (namespace) (changes(${names.series('dag_processing.total_parse_time')}[${window}])) == 0`;
  // Before Airflow 3, nothing else tells that the whole dag-processor stands still.
  const expressions = [...known ? [byFile()] : [], ...known && names.has('dag_processor_heartbeat') ? [] : [byPass]];
  return [{
    alert: 'AirflowDagFilesNotParsed',
    severity: 'warning',
    expr: expressions.join('\nor\n'),
    for: pending('AirflowDagFilesNotParsed'),
    summary: 'DAG files of Airflow are not read.',
    description: '{{ with or $labels.file_path $labels.file_name }}The file {{ . }}'
      + '{{ with $labels.bundle_name }} of the bundle {{ . }}{{ end }} '
      + `of the Airflow ${instance} was last read {{ $value | humanizeDuration }} ago.{{ else }}`
      + `The Airflow ${instance} has not finished a pass over its DAG files for ${window}.{{ end }}`,
  }];
}

function gitSync(facts: AlertFacts): AlertRule[] {
  const { namespace, thresholds, instance, pending } = facts;
  const window = promDuration(thresholds.gitSync);
  const by = 'namespace, pod, instance';
  const syncs = (status: string) => grown(`git_sync_count_total{namespace="${namespace}", status=~"${status}"}`, window, by);
  const present = `sum by (${by}) (git_sync_count_total{namespace="${namespace}"})`;
  // A Prometheus that finds its targets by annotations knows no pods.
  const where = 'git-sync{{ with $labels.pod }} in the pod {{ . }}{{ end }}{{ with $labels.instance }} at {{ . }}{{ end }}';
  return when(facts.has(MetricsSource.GIT_SYNC), () => [
    {
      alert: 'AirflowGitSyncFailing',
      severity: 'warning',
      expr: `${syncs('error')} > 0\nunless\n${syncs('success|noop')} > 0`,
      for: pending('AirflowGitSyncFailing'),
      summary: 'git-sync cannot fetch the DAGs of Airflow.',
      description: `${where} of the Airflow ${instance} has only had errors for ${window}. `
        + 'The pod keeps the DAGs that it has.',
    },
    {
      alert: 'AirflowGitSyncStale',
      severity: 'warning',
      // The samples of a pod that is gone stay in the window, the last of them without growth.
      expr: `${syncs('success|noop')} == 0\nunless\n${syncs('error')} > 0\nand\n${present}`,
      for: pending('AirflowGitSyncStale'),
      summary: 'git-sync does not look for new DAGs of Airflow.',
      description: `${where} of the Airflow ${instance} `
        + `has neither succeeded nor failed for ${window}: it hangs.`,
    },
  ]);
}
