/**
 * A panel. Queries have placeholders: `@series(metric)` or `@series(metric, matcher)` for the series of a metric of Airflow,
 * `@average(metric, label)` for the average of a timer in seconds by a label, `@grown(metric, labels)` for the growth of a counter in 5
 * minutes, and `@here` for the matcher of the namespace. A query that begins with `@needs(word)` exists only with that source of metrics
 * or with pods of that role.
 */
export interface PanelTable {
  readonly title: string;
  readonly text: string;
  readonly unit: string;
  readonly kind?: 'stat';
  readonly stacked?: boolean;
  /** Legend -> query. */
  readonly queries: { readonly [legend: string]: string };
}

/** A dashboard: the panels of its rows. */
export interface BoardTable {
  readonly name: string;
  readonly title: string;
  readonly rows: { readonly [row: string]: PanelTable[] };
}

const sum = (metric: string, by?: string) => (by === undefined ? `sum(@series(${metric}))` : `sum by (${by}) (@series(${metric}))`);
const top = (query: string) => `topk(10, ${query})`;

const stat = (title: string, text: string, query: string, unit = 'short'): PanelTable => ({ title, text, unit, kind: 'stat', queries: { '': query } });
const graph = (title: string, unit: string, text: string, queries: PanelTable['queries']): PanelTable => ({ title, text, unit, queries });
const stack = (title: string, text: string, queries: PanelTable['queries']): PanelTable => ({ title, text, unit: 'short', stacked: true, queries });

const POOLS = ['running', 'queued', 'scheduled', 'deferred', 'open'];
const EXECUTOR = { running: 'executor.running_tasks', queued: 'executor.queued_tasks', open: 'executor.open_slots' };

const finished = stack('Tasks finished in 5 minutes', 'Tries of tasks that ended, by their state.', { '{{state}}': '@grown(ti.finish, state)' });
const heartbeats = graph('Heartbeats a second', 'short', 'While a process lives, its line is above 0.', {
  'scheduler': 'sum(rate(@series(scheduler_heartbeat)[5m]))',
  'dag-processor': 'sum(rate(@series(dag_processor_heartbeat)[5m]))',
  'triggerer': 'sum(rate(@series(triggerer_heartbeat)[5m]))',
});
const slots = stack('Slots of the executor', 'Tasks that the executor runs or is about to run, and how many more it takes (core.parallelism).',
  Object.fromEntries(Object.entries(EXECUTOR).map(([legend, metric]) => [legend, sum(metric)])));

const OVERVIEW: BoardTable = {
  name: 'overview',
  title: 'Airflow overview',
  rows: {
    Now: [
      stat('Running tasks', 'Slots of pools that running tasks hold.', sum('pool.running_slots')),
      stat('Queued tasks', 'Tasks that have a slot and wait for a worker or a pod.', sum('pool.queued_slots')),
      stat('Scheduled tasks', 'Tasks that wait for a slot.', sum('pool.scheduled_slots')),
      stat('Deferred tasks', 'Tasks that wait for an event in the triggerer.', sum('pool.deferred_slots')),
      stat('DAG files with import errors', 'Their DAGs keep their last state, or do not appear.', 'max(@series(dag_processing.import_errors))'),
      stat('DAGs', 'DAGs that were found in the last pass over the files.', 'max(@series(dagbag_size))'),
    ],
    Health: [
      heartbeats,
      finished,
      slots,
      graph('Duration of DAG runs', 's', 'The average of the runs that ended within 30 minutes.', {
        success: '@average(dagrun.duration.success)', failed: '@average(dagrun.duration.failed)',
      }),
      stack('Pods', 'Pods of the namespace by phase.', { '{{phase}}': '@needs(kube-state-metrics)sum by (phase) (kube_pod_status_phase{@here})' }),
    ],
  },
};

const DAGS: BoardTable = {
  name: 'dags',
  title: 'Airflow DAGs',
  rows: {
    'DAG runs': [
      graph('Duration of successful runs', 's', 'By DAG, the ten longest.', { '{{dag_id}}': top('@average(dagrun.duration.success, dag_id)') }),
      graph('Duration of failed runs', 's', 'By DAG, the ten longest.', { '{{dag_id}}': top('@average(dagrun.duration.failed, dag_id)') }),
      graph('Delay of runs', 's', 'How long after its time a scheduled run began.', { '{{dag_id}}': top('@average(dagrun.schedule_delay, dag_id)') }),
      graph('Delay of the first task', 's', 'From the begin of a run to the begin of its first task.', {
        '{{dag_id}}': top('@average(dagrun.first_task_start_delay, dag_id)'),
      }),
    ],
    'Tasks': [
      stack('Failed tries in 5 minutes', 'By DAG.', { '{{dag_id}}': '@grown(ti_failures, dag_id)' }),
      stack('Successful tries in 5 minutes', 'By DAG.', { '{{dag_id}}': '@grown(ti_successes, dag_id)' }),
      graph('Duration of tasks', 's', 'By DAG, the ten longest.', { '{{dag_id}}': top('@average(task.duration, dag_id)') }),
      graph('Time until a slot', 's', 'How long tasks were scheduled before they were queued, by DAG.', {
        '{{dag_id}}': top('@average(task.scheduled_duration, dag_id)'),
      }),
    ],
    'DAG files': [
      graph('Import errors', 'short', 'Files that cannot be imported.', { errors: 'max(@series(dag_processing.import_errors))' }),
      graph('Duration of a pass over all files', 's', 'How long a change of a file may stay unnoticed.', { pass: 'max(@series(dag_processing.total_parse_time))' }),
      graph('Duration of a file', 's', 'The ten longest.', { '{{file_name}}': top('@average(dag_processing.last_duration, file_name)') }),
      graph('Files in the queue', 'short', 'Files that wait to be read.', { files: 'max(@series(dag_processing.file_path_queue_size))' }),
      graph('Seconds since a file was read', 's', 'The ten oldest.', {
        '{{file_name}}': top('max by (file_name) (@series(dag_processing.last_run.seconds_ago))'),
      }),
    ],
  },
};

const SCHEDULER: BoardTable = {
  name: 'scheduler',
  title: 'Airflow scheduler and executor',
  rows: {
    Scheduler: [
      heartbeats,
      graph('Duration of a loop', 's', 'Above some seconds, the scheduler or the database is slow.', {
        'loop': '@average(scheduler.scheduler_loop_duration)',
        'critical section': '@average(scheduler.critical_section_duration)',
        'executor': '@average(scheduler.executor_heartbeat_duration)',
      }),
      graph('Tasks in a loop', 'short', 'Tasks that the last loop could start, and those for which a pool had no slot.', {
        executable: 'max(@series(scheduler.tasks.executable))', starving: 'max(@series(scheduler.tasks.starving))',
      }),
      graph('DAG runs', 'short', 'Running DAG runs.', { running: 'max(@series(scheduler.dagruns.running))' }),
      stack('Orphaned tasks in 5 minutes', 'Tasks whose scheduler had gone: taken over, or started again.', {
        adopted: '@grown(scheduler.orphaned_tasks.adopted)', cleared: '@grown(scheduler.orphaned_tasks.cleared)',
      }),
    ],
    Executor: [
      slots,
      graph('Creation of pods', 's', 'How long Kubernetes takes to create a task pod.', { creation: '@needs(task)@average(kubernetes_executor.pod_creation)' }),
      stack('Answers to the creation of pods in 5 minutes', 'By HTTP status; 2.. is success, with any other Kubernetes refused the pod.', {
        '{{status}}': '@needs(task)@grown(kubernetes_executor.pod_creation_status, status)',
      }),
    ],
    Pools: POOLS.map(kind => stack(`${kind[0].toUpperCase()}${kind.slice(1)} slots`, 'By pool.', {
      '{{pool_name}}': `max by (pool_name) (@series(pool.${kind}_slots))`,
    })),
    Triggerer: [
      graph('Triggers', 'short', 'Deferred tasks that a triggerer watches.', { '{{hostname}}': 'max by (hostname) (@series(triggers.running))' }),
      graph('Capacity left', 'short', 'Triggers that a triggerer can take.', { '{{hostname}}': 'max by (hostname) (@series(triggerer.capacity_left))' }),
    ],
  },
};

const TASKS: BoardTable = {
  name: 'tasks',
  title: 'Airflow workers and task pods',
  rows: {
    Queues: ['running', 'queued', 'scheduled', 'deferred'].map(state => stack(`Tasks that are ${state}`, 'By queue.', {
      '{{queue}}': `sum by (queue) (@series(ti.${state}))`,
    })),
    Results: [
      finished,
      stack('Lost tasks in 5 minutes', 'Tasks that stopped sending heartbeats.', {
        'without heartbeat': '@grown(task_instances_without_heartbeats_killed)',
        'zombies': '@grown(zombies_killed)',
      }),
      stack('Failed tries by operator in 5 minutes', 'By the class of the operator.', { '{{operator_name}}': '@grown(operator_failures, operator_name)' }),
    ],
    Pods: [
      stack('Pods', 'Pods of the namespace by phase.', { '{{phase}}': '@needs(kube-state-metrics)sum by (phase) (kube_pod_status_phase{@here})' }),
      stack('Waiting containers', 'By reason.', {
        '{{reason}}': '@needs(kube-state-metrics)sum by (reason) (kube_pod_container_status_waiting_reason{@here})',
      }),
      // A Prometheus may scrape the containers twice, at /metrics/cadvisor and at /metrics/resource.
      graph('CPU', 'short', 'Cores in use, the ten busiest pods.', {
        '{{pod}}': '@needs(kubelet)topk(10, sum by (pod) (max by (pod, container) (rate(container_cpu_usage_seconds_total{@here, container!=""}[5m]))))',
      }),
      graph('Memory', 'bytes', 'In use, the ten biggest pods.', {
        '{{pod}}': '@needs(kubelet)topk(10, sum by (pod) (max by (pod, container) (container_memory_working_set_bytes{@here, container!=""})))',
      }),
    ],
  },
};

const DATABASE: BoardTable = {
  name: 'database',
  title: 'Airflow database',
  rows: {
    'Seen by Airflow': [
      graph('Duration of the query for tasks', 's', 'The query of the scheduler that finds tasks to start. It grows with the tables.', {
        query: '@average(scheduler.critical_section_query_duration)',
      }),
    ],
    'PostgreSQL': [
      stack('Connections', 'By state.', { '{{state}}': '@needs(postgres-exporter)sum by (state) (pg_stat_activity_count{@here})' }),
      graph('Connections of the limit', 'percent', 'At 100, the database refuses connections.', {
        used: '@needs(postgres-exporter)100 * sum(pg_stat_activity_count{@here}) / max(pg_settings_max_connections{@here})',
      }),
    ],
    'PgBouncer': [
      stack('Clients', 'Clients that have a connection, and that wait for one.', {
        active: '@needs(pgbouncer-exporter)sum(pgbouncer_pools_client_active_connections{@here})',
        waiting: '@needs(pgbouncer-exporter)sum(pgbouncer_pools_client_waiting_connections{@here})',
      }),
    ],
    'Redis': [
      graph('Memory of the limit', 'percent', 'At 100, Redis refuses messages.', {
        used: '@needs(redis-exporter)100 * max(redis_memory_used_bytes{@here}) / (max(redis_memory_max_bytes{@here}) > 0)',
      }),
    ],
    'Volumes': [
      graph('Volumes', 'percent', 'How full the volumes of the namespace are.', {
        '{{persistentvolumeclaim}}': '@needs(kubelet)max by (persistentvolumeclaim) '
          + '(100 * (1 - kubelet_volume_stats_available_bytes{@here} / kubelet_volume_stats_capacity_bytes{@here}))',
      }),
    ],
  },
};

export const BOARDS: BoardTable[] = [OVERVIEW, DAGS, SCHEDULER, TASKS, DATABASE];
