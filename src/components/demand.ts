import { Construct } from 'constructs';
import { CELERY_EXECUTOR } from '../core/import-paths';
import { IAirflow } from '../instance/i-airflow';
import { failure } from '../kubernetes/validate';

/** The number of pods that a component needs, according to the metadata database. */
export interface Demand {
  /** The SQL query. It returns one number. */
  readonly query: string;
  /** The default of `minReplicas`. */
  readonly fewest: number;
}

/** The class names of the CeleryExecutor. Tasks may use them instead of the name that the executor has. */
const CELERY = ['CeleryExecutor', CELERY_EXECUTOR];
/**
 * The tasks that the scheduler has handed to workers. Tasks in the state `scheduled` do not count: the scheduler holds them back, so more
 * workers would not help.
 */
const HANDED_OVER = "state IN ('queued', 'running')";
/** The queue of the callbacks for missed deadlines. Airflow uses it whatever the default queue is. */
const CALLBACK_QUEUE = 'default';

/** The number of workers that the tasks of these queues need. */
export function workerDemand(airflow: IAirflow, queues: string[], concurrency: number): Demand {
  // The tasks in the Kubernetes queue of the CeleryKubernetesExecutor (2.x) run as pods, so they do not count.
  const conditions = [HANDED_OVER, `queue IN (${queues.map(literal).join(', ')})`];
  const tasks = `FROM ${table(airflow, 'task_instance')} WHERE ${[...conditions, ...ownExecutor(airflow, 'executor')].join(' AND ')}`;
  if (!queues.includes(CALLBACK_QUEUE) || !airflow.version._isFrom(3, 2)) {
    return { query: `SELECT CEIL(COUNT(*) / ${concurrency}.0) ${tasks}`, fewest: 0 };
  }
  const callbacks = `FROM ${table(airflow, 'callback')} WHERE `
    + `${["type = 'executor'", HANDED_OVER, ...ownExecutor(airflow, "data #>> '{__var,executor}'")].join(' AND ')}`;
  return { query: `SELECT CEIL(((SELECT COUNT(*) ${tasks}) + (SELECT COUNT(*) ${callbacks})) / ${concurrency}.0)`, fewest: 0 };
}

/** The condition that the CeleryExecutor runs the task, if several executors run. */
function ownExecutor({ _instance: { executor: { names, celeryExecutor } } }: IAirflow, column: string): string[] {
  if (celeryExecutor === undefined || names.length < 2) { return []; }
  // Airflow stores the executor name as the task spells it, and NULL if the task leaves the choice to the default executor.
  const own = [celeryExecutor, ...CELERY.filter(name => !names.includes(name))];
  const named = `${column} IN (${own.map(literal).join(', ')})`;
  return [names[0] === celeryExecutor ? `(${column} IS NULL OR ${named})` : named];
}

/** The number of triggerers that the triggers need. */
export function triggererDemand(scope: Construct, airflow: IAirflow): Demand {
  const { config, version } = airflow;
  const option = version.isAirflow3 ? 'capacity' : 'default_capacity';
  const capacity = config._pin('triggerer', option) ?? '1000';
  if (!/^[1-9]\d*$/.test(capacity)) {
    throw failure(scope, `'config.triggerer.${option}' must be a whole number of at least 1 for 'scaling', got '${capacity}'`);
  }
  // A triggerer ignores triggers that have a queue, unless it is started for that queue.
  const own = version._isFrom(3, 2) ? ' WHERE queue IS NULL' : '';
  // One triggerer always runs. Without it, a deferred task would wait until a triggerer has started, and Airflow would report itself as
  // unhealthy.
  return { query: `SELECT CEIL(COUNT(*) / ${capacity}.0) FROM ${table(airflow, 'trigger')}${own}`, fewest: 1 };
}

/** The name of a table of Airflow, with its schema. */
function table({ config }: IAirflow, name: string): string {
  const schema = config.get('database', 'sql_alchemy_schema');
  return schema === undefined ? name : `"${schema}".${name}`;
}

/** A text as an SQL literal. */
function literal(text: string): string {
  return `'${text.replace(/'/g, "''")}'`;
}
