import { Construct } from 'constructs';
import { failure } from './validate';
import type { Airflow } from '../airflow';

/** How many pods a component needs, as the metadata database knows it. */
export interface Demand {
  /** The SQL that answers with one number. */
  readonly query: string;
  /** How many pods there are at least, unless `minReplicas` says it. */
  readonly fewest: number;
}

/** The names of the class, by which tasks may choose the CeleryExecutor beside the one that it goes by. */
const CELERY = ['CeleryExecutor', 'airflow.providers.celery.executors.celery_executor.CeleryExecutor'];
/** Those that are handed to workers; it is the scheduler that holds back scheduled ones, not a lack of workers. */
const WAITING_OR_RUNNING = "state IN ('queued', 'running')";
/** To what queue Airflow sends what it runs on behalf of no task. */
const CALLBACK_QUEUE = 'default';

/** The workers that the tasks of these queues need. */
export function workerDemand({ config, version, _instance: { executor } }: Airflow, queues: string[], concurrency: number): Demand {
  const conditions = [WAITING_OR_RUNNING, `queue IN (${queues.map(literal).join(', ')})`];
  if (executor.celeryExecutor === undefined) {
    // The CeleryKubernetesExecutor (2.x) tells its two by the queue.
    conditions.push(`queue <> ${literal(config._read('celery_kubernetes_executor', 'kubernetes_queue') ?? 'kubernetes')}`);
  } else if (executor.names.length > 1) {
    // The row has the name as the task has it, and none where the task leaves it to the first.
    const own = CELERY.filter(name => !executor.names.includes(name));
    const named = `executor IN (${[executor.celeryExecutor, ...own].map(literal).join(', ')})`;
    conditions.push(executor.names[0] === executor.celeryExecutor ? `(executor IS NULL OR ${named})` : named);
  }
  const tasks = `SELECT COUNT(*) FROM task_instance WHERE ${conditions.join(' AND ')}`;
  const callbacks = `SELECT COUNT(*) FROM callback WHERE type = 'executor' AND ${WAITING_OR_RUNNING}`;
  const runsCallbacks = queues.includes(CALLBACK_QUEUE) && isFrom32(version);
  const count = runsCallbacks ? `(${tasks}) + (${callbacks})` : `(${tasks})`;
  return { query: `SELECT CEIL((${count}) / ${concurrency}.0)`, fewest: 0 };
}

/** The triggerers that the triggers need. */
export function triggererDemand(scope: Construct, { config, version }: Airflow): Demand {
  const option = version.isAirflow3 ? 'capacity' : 'default_capacity';
  const capacity = config._read('triggerer', option) ?? '1000';
  if (!/^[1-9]\d*$/.test(capacity)) {
    throw failure(scope, `'config.triggerer.${option}' must be a whole number of at least 1 for 'workload.scaling', got '${capacity}'`);
  }
  // A triggerer leaves those alone that have a queue, unless it is started for that queue.
  const own = isFrom32(version) ? ' WHERE queue IS NULL' : '';
  // Without one, a deferred task would wait for its first second until the triggerer is up, and Airflow would be unhealthy.
  return { query: `SELECT CEIL(COUNT(*) / ${capacity}.0) FROM trigger${own}`, fewest: 1 };
}

function isFrom32({ major, minor }: Airflow['version']): boolean {
  return major > 3 || (major === 3 && minor >= 2);
}

/** A text in SQL. */
function literal(text: string): string {
  return `'${text.replace(/'/g, "''")}'`;
}
