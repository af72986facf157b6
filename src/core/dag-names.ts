import type { AirflowConfig } from './airflow-config';

/** Where `[operators] default_queue` says no other. */
export const DEFAULT_QUEUE = 'default';

/** The queue of tasks that name none. */
export function defaultQueue(config: AirflowConfig): string {
  return config._pin('operators', 'default_queue') ?? DEFAULT_QUEUE;
}

/** What an Airflow has for DAGs to name; what makes a pool or a queue adds it. */
export class DagNames {
  private readonly poolNames = new Set<string>();
  private readonly queueNames = new Set<string>();

  /** The pools that are imported. */
  public get pools(): string[] {
    return [...this.poolNames];
  }

  /** The queues of all sets of Celery workers. */
  public get queues(): string[] {
    return [...this.queueNames];
  }

  /** Whether it is the first pool of that name. */
  public addPool(name: string): boolean {
    const isNew = !this.poolNames.has(name);
    this.poolNames.add(name);
    return isNew;
  }

  public addQueues(names: readonly string[]): void {
    names.forEach(name => this.queueNames.add(name));
  }
}
