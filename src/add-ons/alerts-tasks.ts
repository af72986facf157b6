import { AlertFacts, AlertGroup, AlertRule, inNamespaces, when } from './alert-rule';
import { promDuration } from './alert-thresholds';
import { grown } from './metric-names';
import { MetricsSource } from './metric-selection';

/** The counter of tasks whose process was lost, in Airflow 3 and 2. */
const LOST = ['task_instances_without_heartbeats_killed', 'zombies_killed'];

/** Whether tasks run, and whether they run in time. */
export const TASKS: AlertGroup = {
  name: 'tasks',
  rules: facts => [
    ...queueWithoutWorker(facts),
    ...queueGrowing(facts),
    ...fullPool(facts),
    ...pendingPods(facts),
    ...refusedPods(facts),
    ...lostTasks(facts),
    ...scheduleDelay(facts),
  ],
};

function queueWithoutWorker({ names, thresholds, instance }: AlertFacts): AlertRule[] {
  const rule = (by: string, queued: string, running: string, queue: string): AlertRule => ({
    alert: 'AirflowQueueWithoutWorker',
    severity: 'critical',
    expr: `sum by (${by}) (${names.series(queued)}) > 0\nunless\nsum by (${by}) (${names.series(running)}) > 0`,
    for: promDuration(thresholds.queued),
    summary: 'Tasks of Airflow are queued, and nothing runs them.',
    description:
      `{{ $value }} tasks of the Airflow ${instance} are queued${queue}, and none has run for ${promDuration(thresholds.queued)}: `
      + 'there is no worker, or no pod starts.',
  });
  // The metrics of queues are missing in some versions, those of pools in none.
  return [names.has('ti.queued', 'ti.running')
    ? rule('namespace, queue', 'ti.queued', 'ti.running', ' in the queue {{ $labels.queue }}')
    : rule('namespace', 'pool.queued_slots', 'pool.running_slots', '')];
}

function queueGrowing({ names, thresholds, instance, pending }: AlertFacts): AlertRule[] {
  const period = pending('AirflowQueueGrowing');
  const [queued, scheduled] = ['pool.queued_slots', 'pool.scheduled_slots'].map(name => `sum by (namespace) (${names.series(name)})`);
  const waiting = `(${queued} + ${scheduled})`;
  return [{
    alert: 'AirflowQueueGrowing',
    severity: 'warning',
    expr: `${waiting} > ${thresholds.queueLength}\nand\nderiv(${waiting}[${period}:]) > 0`,
    for: period,
    summary: 'More and more tasks of Airflow wait.',
    description: `{{ $value }} tasks of the Airflow ${instance} wait, and their number has been growing for ${period}.`,
  }];
}

function fullPool({ names, thresholds, instance }: AlertFacts): AlertRule[] {
  const slots = (kind: string) => `max by (namespace, pool_name) (${names.series(`pool.${kind}_slots`)})`;
  return [{
    alert: 'AirflowPoolStarved',
    severity: 'warning',
    // `pool.starving_tasks` keeps its last value when tasks no longer starve, so it could not resolve.
    expr: `${slots('scheduled')} > 0\nand\n${slots('open')} <= 0`,
    for: promDuration(thresholds.fullPool),
    summary: 'Tasks of Airflow wait for a pool that is full.',
    description: `The pool {{ $labels.pool_name }} of the Airflow ${instance} has been full for ${promDuration(thresholds.fullPool)}, `
      + 'and {{ $value }} tasks wait for it.',
  }];
}

function pendingPods(facts: AlertFacts): AlertRule[] {
  const { thresholds, instance } = facts;
  const task = facts.workloads.filter(({ role }) => role === 'task');
  const own = inNamespaces([...new Set(task.flatMap(({ namespaces }) => namespaces))]);
  const age = thresholds.pendingPod.toSeconds();
  // Task pods belong to no other object. The names of the owner were `<none>` in earlier releases of kube-state-metrics.
  const pods = [
    `(kube_pod_status_phase{${own}, phase="Pending"} == 1)`,
    `and on (namespace, pod) (time() - kube_pod_created{${own}} > ${age})`,
    `and on (namespace, pod) kube_pod_info{${own}, created_by_kind=~"|<none>"}`,
  ].join(' ');
  const waiting = (kind: string) => `kube_pod_${kind}_status_waiting_reason{${own}, reason!="PodInitializing"} == 1`;
  const reasons = `max by (namespace, pod, reason) (\n    ${waiting('container')}\n    or ${waiting('init_container')}\n`
    + `    or label_replace(kube_pod_status_unschedulable{${own}} == 1, "reason", "Unschedulable", "", "")\n  )`;
  return when(task.length > 0 && facts.has(MetricsSource.KUBE_STATE_METRICS), () => [
    {
      alert: 'AirflowTaskPodsPending',
      severity: 'warning',
      expr:
        `count by (namespace, reason) (\n  ${reasons}\n  and on (namespace, pod) (${pods})\n`
        + `  or label_replace(${pods} unless on (namespace, pod) ${reasons}, "reason", "Initializing", "", "")\n)`,
      for: facts.pending('AirflowTaskPodsPending'),
      summary: 'Task pods of Airflow do not start.',
      description:
        `{{ $value }} task pods of the Airflow ${instance} in the namespace {{ $labels.namespace }} have been Pending for more than `
        + `${promDuration(thresholds.pendingPod)}: {{ $labels.reason }}.`,
    },
  ]);
}

function refusedPods({ names, workloads, instance, pending }: AlertFacts): AlertRule[] {
  const metric = 'kubernetes_executor.pod_creation_status';
  return when(names.has(metric) && workloads.some(({ role }) => role === 'task'), () => [{
    alert: 'AirflowTaskPodsRefused',
    severity: 'warning',
    expr: `${grown(names.series(metric, 'status!~"2.."'), '15m', 'namespace, status')} > 0`,
    for: pending('AirflowTaskPodsRefused'),
    summary: 'Kubernetes refuses task pods of Airflow.',
    description: `Kubernetes has answered {{ $labels.status }} when the scheduler of the Airflow ${instance} wanted to create task pods `
      + '({{ $value | humanize }} times in 15 minutes).',
  }]);
}

function lostTasks({ names, thresholds, instance, pending }: AlertFacts): AlertRule[] {
  return LOST.filter(metric => names.has(metric)).slice(0, 1).map(metric => ({
    alert: 'AirflowTaskHeartbeatTimeouts',
    severity: 'warning',
    expr: `${grown(names.series(metric), '30m', 'namespace')} > ${thresholds.heartbeatTimeouts}`,
    for: pending('AirflowTaskHeartbeatTimeouts'),
    summary: 'Tasks of Airflow lose their heartbeat.',
    description: `In 30 minutes, {{ $value | humanize }} tasks of the Airflow ${instance} have stopped sending heartbeats. `
      + 'Airflow counts them as failed.',
  }));
}

function scheduleDelay({ names, thresholds, instance, pending }: AlertFacts): AlertRule[] {
  return [{
    alert: 'AirflowScheduleDelay',
    severity: 'warning',
    expr: `${names.average('dagrun.schedule_delay', '30m', 'namespace, dag_id')} > ${thresholds.scheduleDelay.toSeconds()}`,
    for: pending('AirflowScheduleDelay'),
    summary: 'Runs of an Airflow DAG start late.',
    description: `The runs of the DAG {{ $labels.dag_id }} of the Airflow ${instance} start {{ $value | humanizeDuration }} `
      + 'after their time.',
  }];
}
