import type { AirflowConfig } from '../airflow-config';

/** The queue of tasks that name none. */
export function defaultQueue(config: AirflowConfig): string {
  return config._read('operators', 'default_queue') ?? 'default';
}
