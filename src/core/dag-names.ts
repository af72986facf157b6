import type { AirflowConfig } from './airflow-config';

/** The default of `[operators] default_queue`. */
export const DEFAULT_QUEUE = 'default';

/** The queue of tasks that name no queue. */
export function defaultQueue(config: AirflowConfig): string {
  return config._pin('operators', 'default_queue') ?? DEFAULT_QUEUE;
}

/** The pools and queues that DAGs may name. Each construct that creates one adds it here. */
export class DagNames {
  private readonly poolNames = new Set<string>();
  private readonly queueNames = new Set<string>();

  /** The pools that a Job imports. */
  public get pools(): string[] {
    return [...this.poolNames];
  }

  /** The queues of all sets of Celery workers. */
  public get queues(): string[] {
    return [...this.queueNames];
  }

  /** Adds a pool. Returns whether it is the first with its name. */
  public addPool(name: string): boolean {
    const isNew = !this.poolNames.has(name);
    this.poolNames.add(name);
    return isNew;
  }

  public addQueues(names: readonly string[]): void {
    names.forEach(name => this.queueNames.add(name));
  }
}
