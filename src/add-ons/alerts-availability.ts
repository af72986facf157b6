import { AlertFacts, AlertGroup, AlertRule, when } from './alert-rule';
import { promDuration } from './alert-thresholds';
import { MetricsSource } from './metric-selection';
import { AirflowWorkload } from '../core/airflow-workload';

/** The processes that send heartbeats: their roles and metrics. */
const HEARTBEATS = [
  {
    role: 'scheduler',
    alert: 'AirflowSchedulerDown',
    metric: 'scheduler_heartbeat',
    effect: 'no task starts, and no DAG run begins or ends',
  },
  {
    role: 'dag-processor',
    alert: 'AirflowDagProcessorDown',
    metric: 'dag_processor_heartbeat',
    effect: 'new and changed DAG files are not read, while known DAGs go on',
  },
  { role: 'triggerer', alert: 'AirflowTriggererDown', metric: 'triggerer_heartbeat', effect: 'deferred tasks wait for ever' },
];

/** Prometheus needs two samples to see whether a counter grows. */
const WINDOW = '3m';

/** A metric of each source that is always there while the source is scraped. */
const PRESENCE: { readonly [source in MetricsSource]?: string } = {
  [MetricsSource.KUBE_STATE_METRICS]: 'kube_pod_info',
  [MetricsSource.POSTGRES_EXPORTER]: 'pg_up',
  [MetricsSource.REDIS_EXPORTER]: 'redis_up',
  [MetricsSource.PGBOUNCER_EXPORTER]: 'pgbouncer_up',
  [MetricsSource.GIT_SYNC]: 'git_sync_count_total',
};

/** Whether the parts of the Airflow run, and whether Prometheus would know. */
export const AVAILABILITY: AlertGroup = {
  name: 'availability',
  rules: facts => [...missing(facts), ...heartbeats(facts), ...unavailable(facts), ...fullTriggerer(facts)],
};

function missing(facts: AlertFacts): AlertRule[] {
  const { names, namespace } = facts;
  const wait = facts.pending('AirflowMetricsMissing');
  const sources = Object.entries(PRESENCE).filter(([source]) => facts.has(source as MetricsSource));
  const expressions = [
    ['airflow', `absent(${names.any()})`],
    ...sources.map(([source, metric]) => [source, `absent(${metric}{namespace="${namespace}"})`]),
  ];
  return expressions.map(([source, expr]) => ({
    alert: 'AirflowMetricsMissing',
    severity: 'critical',
    expr,
    for: wait,
    labels: { source },
    summary: `Prometheus has no metrics of ${source === 'airflow' ? 'Airflow' : source}.`,
    description: `Prometheus has had no metrics of ${source} for the Airflow ${facts.instance} for ${wait}. `
      + 'The alerts that read them cannot fire.',
  }));
}

function heartbeats(facts: AlertFacts): AlertRule[] {
  const { names, workloads, thresholds } = facts;
  const silence = promDuration(thresholds.heartbeat);
  const present = HEARTBEATS.filter(
    ({ role, metric }) => names.has(metric) && workloads.some(workload => workload.role === role && runs(workload)),
  );
  return present.map(({ role, alert, metric, effect }) => ({
    alert,
    severity: 'critical',
    // Heartbeats are counters: while the process lives, they grow. Without a series there is nothing that could stop growing.
    expr: `sum by (namespace) (rate(${names.series(metric)}[${WINDOW}])) == 0\nor\nabsent(${names.series(metric)})`,
    for: silence,
    summary: `No ${role} of Airflow sends heartbeats.`,
    description: `No ${role} of the Airflow ${facts.instance} has sent a heartbeat for ${silence}: ${effect}.`,
  }));
}

/** Whether the workload is not scaled to zero for ever. */
function runs({ object }: AirflowWorkload): boolean {
  const { spec } = object!.toJson() as { spec: { replicas?: number } };
  return spec.replicas !== 0;
}

function unavailable(facts: AlertFacts): AlertRule[] {
  const { namespace, workloads } = facts;
  const wait = facts.pending('AirflowComponentUnavailable');
  const rules = [
    ['Deployment', 'deployment', 'kube_deployment_status_replicas_available', 'kube_deployment_spec_replicas'],
    ['StatefulSet', 'statefulset', 'kube_statefulset_status_replicas_ready', 'kube_statefulset_replicas'],
  ].flatMap(([kind, label, available, wanted]) => {
    const names = namesOf(workloads, kind);
    const matchers = `namespace="${namespace}", ${label}=~"${names.join('|')}"`;
    // Workers that are scaled to zero are not missed.
    const expr = `label_replace(${available}{${matchers}} == 0 and ${wanted}{${matchers}} > 0, "workload", "$1", "${label}", "(.+)")`;
    return names.length === 0 ? [] : [expr];
  });
  return when(facts.has(MetricsSource.KUBE_STATE_METRICS) && rules.length > 0, () => [{
    alert: 'AirflowComponentUnavailable',
    severity: 'critical',
    expr: `max by (namespace, workload) (\n  ${rules.join('\n  or\n  ')}\n)`,
    for: wait,
    summary: 'A part of Airflow has no pod that is ready.',
    description: `No pod of {{ $labels.workload }}, a part of the Airflow ${facts.instance}, has been ready for ${wait}.`,
  }]);
}

function namesOf(workloads: AirflowWorkload[], kind: string): string[] {
  return workloads.flatMap(({ object }) => (object?.kind === kind ? [object.name] : []));
}

function fullTriggerer({ names, instance, pending }: AlertFacts): AlertRule[] {
  const wait = pending('AirflowTriggererFull');
  return when(names.has('triggerer.capacity_left'), () => [{
    alert: 'AirflowTriggererFull',
    severity: 'warning',
    expr: `max by (namespace, hostname) (${names.series('triggerer.capacity_left')}) <= 0`,
    for: wait,
    summary: 'A triggerer of Airflow can take no more triggers.',
    description: `The triggerer {{ $labels.hostname }} of the Airflow ${instance} has been full for ${wait}, `
      + 'so that further deferred tasks wait.',
  }]);
}
