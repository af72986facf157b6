import { ApiObject } from 'cdk8s';
import { PgBouncer, PoolSizes } from '../backends/pg-bouncer';
import { PgBouncerOptions } from '../backends/pg-bouncer-options';
import { CeleryWorkers } from '../components/celery-workers';
import { Component } from '../components/component';
import { needsOf, Role } from '../core/needs';
import { IAirflow } from '../instance/i-airflow';

/** Connections of the migration, which goes past PgBouncer: its lock, its work, and the check of the version. */
const MIGRATION = 3;
/** The smallest pool, for scripts, Jobs and commands of people. */
const [LEAST_METADATA, LEAST_RESULTS] = [10, 2];
/** SQLAlchemy's pool of each process, by Airflow's own defaults. */
const [POOL_SIZE, OVERFLOW] = [5, 10];
const MOST_CLIENTS = 10_000;

/** The processes of one workload that use the database. */
export interface DatabaseLoad {
  readonly label: string;
  readonly processes: number;
  /** The transactions that the processes have open at the same time at most. */
  readonly transactions: number;
}

/** The connections that an Airflow behind a PgBouncer needs. */
export interface DatabaseBudget extends PoolSizes {
  readonly loads: DatabaseLoad[];
  /** All connections to the database. */
  readonly total: number;
}

/** Computes the sizes of the pools from the components. */
export function databaseBudget(airflow: IAirflow, options: PgBouncerOptions, { _replicas, _mostPods }: PgBouncer): DatabaseBudget {
  const { traits } = airflow._instance;
  const keepsResults = traits.celery && traits.resultsInDatabase;
  const loads = airflow._registry.members.flatMap(({ scope, role, label, object }) => loadOf(airflow, role as Role, label, scope, object));
  const sum = (of: (load: DatabaseLoad) => number) => loads.reduce((total, load) => total + of(load), 0);
  const celery = airflow._registry.members.filter(({ role }) => keepsResults && (role === Role.WORKER || role === Role.SCHEDULER));
  const clients = celery.map(({ scope, role, object }) => podsOf(scope, object) * (role === Role.WORKER ? slots(scope) : 1));
  const resultClients = clients.reduce((total, count) => total + count, 0);
  const metadata = options.poolSize ?? Math.max(LEAST_METADATA, sum(({ transactions }) => transactions));
  const results = keepsResults ? options.resultsPoolSize ?? Math.max(LEAST_RESULTS, Math.ceil(resultClients / 8)) : undefined;
  const share = (size: number) => Math.max(1, Math.ceil(size / _replicas)) * _mostPods;
  return {
    loads,
    metadata,
    results,
    clients: clientsOf(airflow, sum(({ processes }) => processes) + resultClients),
    total: share(metadata) + (results === undefined ? 0 : share(results)) + MIGRATION,
  };
}

/** The table of the connections, for the notes and for errors. */
export function budgetTable({ loads, metadata, results, total }: DatabaseBudget): string[] {
  const ofResults = results === undefined ? '' : `, for results of Celery: ${results}`;
  return [
    ...loads.map(({ label, processes, transactions }) => `  ${label}: ${processes} processes, ${transactions} transactions at a time`),
    `  pool for metadata: ${metadata}${ofResults}, direct for the migration: ${MIGRATION}`,
    `  together: ${total}`,
  ];
}

/** Each process may open all of its own pool, and a PgBouncer must take the clients of another that is away. */
function clientsOf({ config, version }: IAirflow, processes: number): number {
  const option = (name: string, usual: number) => Number(config.get('database', name) ?? usual);
  const [size, overflow] = [option('sql_alchemy_pool_size', POOL_SIZE), option('sql_alchemy_max_overflow', OVERFLOW)];
  // The API server has a second pool for asynchronous code.
  const each = size === 0 || overflow < 0 ? MOST_CLIENTS : (size + overflow) * (version.isAirflow3 ? 2 : 1);
  return Math.min(MOST_CLIENTS, Math.max(100, processes * each));
}

function loadOf(airflow: IAirflow, role: Role, label: string, scope: object, object: ApiObject | undefined): DatabaseLoad[] {
  const { config, version, _instance: { traits } } = airflow;
  const number = (section: string, option: string, usual: number) => Number(config.get(section, option) ?? usual);
  const load = (processes: number, transactionsOfEach: number): DatabaseLoad[] => {
    const all = podsOf(scope, object) * processes;
    return [{ label, processes: all, transactions: Math.ceil(all * transactionsOfEach) }];
  };
  const parsing = number(version.isAirflow3 ? 'dag_processor' : 'scheduler', 'parsing_processes', 2);
  switch (role) {
    // Requests run in threads.
    case Role.API_SERVER: case Role.EXECUTION_API: return load(number('api', 'workers', version.series === '3.0' ? 4 : 1), 4);
    case Role.WEBSERVER: return load(number('webserver', 'workers', 4), 1);
    case Role.SCHEDULER: {
      const tasks = traits.tasksInScheduler && !version.isAirflow3 ? number('core', 'parallelism', 32) : 0;
      return load(1 + (traits.standaloneDagProcessor ? 0 : 1 + parsing) + tasks, tasks > 0 ? 0.5 : 2);
    }
    case Role.DAG_PROCESSOR: return load(version.isAirflow3 ? 1 : 1 + parsing, 1);
    case Role.TRIGGERER: return load(1, 2);
    // A task of Airflow 2 seldom asks the database between its start and its end.
    case Role.WORKER: return needsOf(role, traits).metadata ? load(slots(scope), 0.25) : [];
    case Role.TASK: {
      const parallel = number('core', 'parallelism', 32);
      return needsOf(role, traits).metadata ? [{ label, processes: 2 * parallel, transactions: Math.ceil(parallel / 4) }] : [];
    }
    default: return [];
  }
}

/** How many tasks a Celery worker runs at a time, and the worker itself. */
function slots(scope: object): number {
  return scope instanceof CeleryWorkers ? scope.concurrency + 1 : 1;
}

interface Replicated {
  readonly spec: { readonly replicas?: number; readonly maxReplicas?: number; readonly maxReplicaCount?: number };
}

/** The most pods that there can be. */
function podsOf(scope: object, object: ApiObject | undefined): number {
  const autoscaler = scope instanceof Component ? scope.autoscaler : undefined;
  const { replicas, maxReplicas, maxReplicaCount } = ((autoscaler ?? object)?.toJson() as Replicated | undefined)?.spec ?? {};
  // The pools keep their sizes during maintenance, so that PgBouncer does not restart.
  const stopped = scope instanceof Component ? scope._stopped : undefined;
  return maxReplicas ?? maxReplicaCount ?? stopped ?? replicas ?? 1;
}
