import type { AirflowConfig } from './airflow-config';

/** Where `[operators] default_queue` says no other. */
export const DEFAULT_QUEUE = 'default';

/** The queue of tasks that name none. */
export function defaultQueue(config: AirflowConfig): string {
  return config._pin('operators', 'default_queue') ?? DEFAULT_QUEUE;
}
