import { AirflowVersion } from '../core/airflow-version';

/**
 * Names that contain the id of a DAG, a task, a pool, a host or a file. Airflow sends each of these metrics a second time, under a name
 * without ids, which has them as tags. The patterns search the name in lowercase, and contain no comma. Airflow 2 has added the tags to
 * the name already.
 */
const DUPLICATES = [
  String.raw`^dag\..+\.(duration|queued_duration|scheduled_duration)\b`,
  String.raw`^ti\.(start|finish|scheduled|queued|running|deferred)\.`,
  String.raw`^dagrun\.(duration\.success|duration\.failed|schedule_delay|dependency-check)\.`,
  String.raw`^pool\.\w+\.`,
  '^operator_(failures|successes)_',
  '^task_(instance_created|removed_from_dag|restored_to_dag)[._-]',
  String.raw`^dag_processing\.(last_duration|last_num_of_db_queries|processor_timeouts)\.`,
  String.raw`^local_task_job\.task_exit\.`,
  String.raw`^(triggers\.running|triggerer\.capacity_left)\.`,
  String.raw`^task\.(cpu|mem)_usage\.`,
];

/** Airflow 3.3 sends this one although it leaves the other legacy names out. */
const ALWAYS = String.raw`^dagrun\..+\.first_task_scheduling_delay\b`;

/** A name with a file, for which Airflow has no other before 3.3, whether it leaves out the legacy names or not. */
export const LAST_RUN = String.raw`^dag_processing\.last_run\.seconds_ago\.`;

/** Whether the version has an option that leaves the legacy names out. */
export function knowsLegacyNames(version: AirflowVersion): boolean {
  return version._isFrom(3, 2);
}

/** Whether the version sends the time since a file was read under a name with the file. */
export function namesFiles(version: AirflowVersion): boolean {
  return !version._isFrom(3, 3);
}

/** The patterns of names that would make a metric of their own for each DAG, task, pool, host or file. */
export function blockedNames(version: AirflowVersion): string[] {
  return knowsLegacyNames(version) ? [ALWAYS] : [...DUPLICATES, ALWAYS];
}
