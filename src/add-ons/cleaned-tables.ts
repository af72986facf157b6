const ALWAYS = [
  'celery_taskmeta', 'celery_tasksetmeta', 'dag', 'dag_run', 'import_error', 'job', 'log', 'session', 'task_instance',
  'task_instance_history', 'task_reschedule', 'trigger', 'xcom',
];
const TWO = ['callback_request', 'dataset_event', 'sla_miss', 'task_fail'];
const THREE = ['_xcom_archive', 'asset_event', 'dag_version', 'deadline'];

/**
 * The tables that `airflow db clean` knows, by the series of Airflow.
 *
 * @see https://github.com/apache/airflow/blob/main/airflow-core/src/airflow/utils/db_cleanup.py
 */
export const CLEANED_TABLES: { readonly [series: string]: string[] } = {
  '2.10': [...ALWAYS, ...TWO].sort(),
  '2.11': [...ALWAYS, ...TWO].sort(),
  '3.0': [...ALWAYS, ...THREE, 'callback_request', 'sla_miss'].sort(),
  '3.1': [...ALWAYS, ...THREE, 'callback_request', 'sla_miss'].sort(),
  '3.2': [...ALWAYS, ...THREE, 'callback_request', 'revoked_token', 'sla_miss'].sort(),
  '3.3': [
    ...ALWAYS,
    ...THREE,
    'callback',
    'connection_test_request',
    'partitioned_asset_key_log',
    'revoked_token',
    'task_state_store',
  ].sort(),
};
