import { Construct } from 'constructs';
import { CELERY_EXECUTOR } from '../core/import-paths';
import { IAirflow } from '../instance/i-airflow';
import { failure } from '../kubernetes/validate';

/** How many pods a component needs, as the metadata database knows it. */
export interface Demand {
  /** The SQL that answers with one number. */
  readonly query: string;
  /** How many pods there are at least, unless `minReplicas` says it. */
  readonly fewest: number;
}

/** The names of the class, by which tasks may choose the CeleryExecutor beside the one that it goes by. */
const CELERY = ['CeleryExecutor', CELERY_EXECUTOR];
/** Those that are handed to workers; it is the scheduler that holds back scheduled ones, not a lack of workers. */
const HANDED_OVER = "state IN ('queued', 'running')";
/** To what queue Airflow sends what it calls when a deadline is missed, whatever the default queue is. */
const CALLBACK_QUEUE = 'default';

/** The workers that the tasks of these queues need. */
export function workerDemand(airflow: IAirflow, queues: string[], concurrency: number): Demand {
  // The queue of pods that the CeleryKubernetesExecutor (2.x) has is none of theirs.
  const conditions = [HANDED_OVER, `queue IN (${queues.map(literal).join(', ')})`];
  const tasks = `FROM ${table(airflow, 'task_instance')} WHERE ${[...conditions, ...ownExecutor(airflow, 'executor')].join(' AND ')}`;
  if (!queues.includes(CALLBACK_QUEUE) || !airflow.version._isFrom(3, 2)) {
    return { query: `SELECT CEIL(COUNT(*) / ${concurrency}.0) ${tasks}`, fewest: 0 };
  }
  const callbacks = `FROM ${table(airflow, 'callback')} WHERE ${["type = 'executor'", HANDED_OVER, ...ownExecutor(airflow, "data #>> '{__var,executor}'")].join(' AND ')}`;
  return { query: `SELECT CEIL(((SELECT COUNT(*) ${tasks}) + (SELECT COUNT(*) ${callbacks})) / ${concurrency}.0)`, fewest: 0 };
}

/** The condition that the CeleryExecutor runs it, where there are others. */
function ownExecutor({ _instance: { executor: { names, celeryExecutor } } }: IAirflow, column: string): string[] {
  if (celeryExecutor === undefined || names.length < 2) { return []; }
  // Airflow writes down the name as the task has it, and none where the task leaves it to the first.
  const own = [celeryExecutor, ...CELERY.filter(name => !names.includes(name))];
  const named = `${column} IN (${own.map(literal).join(', ')})`;
  return [names[0] === celeryExecutor ? `(${column} IS NULL OR ${named})` : named];
}

/** The triggerers that the triggers need. */
export function triggererDemand(scope: Construct, airflow: IAirflow): Demand {
  const { config, version } = airflow;
  const option = version.isAirflow3 ? 'capacity' : 'default_capacity';
  const capacity = config._pin('triggerer', option) ?? '1000';
  if (!/^[1-9]\d*$/.test(capacity)) {
    throw failure(scope, `'config.triggerer.${option}' must be a whole number of at least 1 for 'scaling', got '${capacity}'`);
  }
  // A triggerer leaves those alone that have a queue, unless it is started for that queue.
  const own = version._isFrom(3, 2) ? ' WHERE queue IS NULL' : '';
  // Without one, a deferred task would wait for its first second until the triggerer is up, and Airflow would be unhealthy.
  return { query: `SELECT CEIL(COUNT(*) / ${capacity}.0) FROM ${table(airflow, 'trigger')}${own}`, fewest: 1 };
}

/** A table of Airflow, in its schema. */
function table({ config }: IAirflow, name: string): string {
  const schema = config.get('database', 'sql_alchemy_schema');
  return schema === undefined ? name : `"${schema}".${name}`;
}

/** A text in SQL. */
function literal(text: string): string {
  return `'${text.replace(/'/g, "''")}'`;
}
