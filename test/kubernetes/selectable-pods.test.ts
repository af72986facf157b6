import * as kplus from 'cdk8s-plus-27';
import { IConstruct } from 'constructs';
import { Airflow, AirflowChart, AirflowChartProps, Broker, DagSource, Executor, LogRetention, TaskLogs } from '../../src';
import { airflowChart, find, podList, synth, Texts } from '../util';

type Pods = IConstruct & kplus.INetworkPolicyPeer & kplus.IPodSelector & { readonly podLabels: Texts };

const PROPS: AirflowChartProps = {
  executor: Executor.multiple([Executor.celery({ flower: {} }), Executor.kubernetes()]),
  dags: DagSource.gitSync({ repo: 'https://git.example.com/dags.git', shared: {} }),
  logs: TaskLogs.newClaim({ retention: LogRetention.within() }),
  pools: { loads: { slots: 3 } },
};

const KINDS: { readonly [component: string]: (airflow: Airflow) => Pods | undefined } = {
  'postgres': airflow => airflow.postgres,
  'redis': airflow => airflow.redis,
  'git-sync': airflow => airflow.gitSync,
  'flower': airflow => airflow.flower,
  'bootstrap-secrets': airflow => airflow.bootstrapSecrets,
  'migration': airflow => airflow.migration,
  'sync-users': airflow => airflow.syncUsers,
  'pools': airflow => airflow.pools,
  'log-groomer': airflow => airflow.logGroomer,
  'api-server': airflow => airflow.apiServer,
  'scheduler': airflow => airflow.scheduler,
  'worker': airflow => airflow.celeryWorkers,
  'job-roles': airflow => airflow.addJob('roles', { command: ['airflow', 'version'] }),
};

/** A policy for the pods themselves, by which they may talk to each other. */
function policyOf(chart: AirflowChart, pods: Pods) {
  const policy = new kplus.NetworkPolicy(chart, 'policy', { selector: pods });
  policy.addIngressRule(pods, [kplus.NetworkPolicyPort.tcp(80)]);
  return () => find(synth(chart), 'NetworkPolicy', 'policy');
}

function peer(matchLabels: Texts, namespace = 'airflow'): object {
  return { podSelector: { matchLabels }, namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } };
}

function selected(chart: AirflowChart, labels: Texts): string[] {
  const matches = (pod: Texts) => Object.entries(labels).every(([name, value]) => pod[name] === value);
  return podList(synth(chart)).filter(([, { metadata }]) => matches(metadata.labels)).map(([name]) => name);
}

test.each(Object.entries({ ...KINDS, rabbitmq: (airflow: Airflow) => airflow.rabbitMq }))('a network policy is for %s alone and names it', (component, of) => {
  const chart = airflowChart(component === 'rabbitmq' ? { executor: Executor.celery({ broker: Broker.rabbitMq() }) } : PROPS);
  const pods = of(chart.airflow)!;
  expect(pods.podLabels).toEqual({
    'app.kubernetes.io/name': 'airflow',
    'app.kubernetes.io/instance': 'test-airflow',
    'app.kubernetes.io/component': component,
    ...component === 'worker' && { 'cdk8s-airflow/worker-set': 'default' },
  });
  const { metadata, spec } = policyOf(chart, pods)();
  expect(metadata.namespace).toBe('airflow');
  expect(spec).toMatchObject({ podSelector: { matchLabels: pods.podLabels }, ingress: [{ from: [peer(pods.podLabels)] }] });
  expect(selected(chart, pods.podLabels)).toHaveLength(1);
});

describe('pods of tasks', () => {
  const chart = airflowChart();
  const { taskPods } = chart.airflow;
  const big = chart.airflow.addTaskPod('big');
  const elsewhere = chart.airflow.addTaskPod('elsewhere', { namespace: 'jobs' });
  const TASKS = { 'app.kubernetes.io/name': 'airflow', 'app.kubernetes.io/instance': 'test-airflow', 'app.kubernetes.io/component': 'task' };

  test('are peers all together, in all their namespaces', () => {
    const policy = new kplus.NetworkPolicy(chart, 'to-scheduler', { selector: chart.airflow.scheduler });
    policy.addIngressRule(taskPods);
    expect(find(synth(chart), 'NetworkPolicy', 'to-scheduler').spec).toMatchObject({ ingress: [{ from: [peer(TASKS), peer(TASKS, 'jobs')] }] });
  });

  test('are peers by the name of their task pod, which their labels tell', () => {
    expect([taskPods.defaultPod, big, elsewhere].map(pod => [pod.podLabels['cdk8s-airflow/task-pod'], pod.toPodSelectorConfig().namespaces!.names])).toEqual([
      ['default', ['airflow']], ['big', ['airflow']], ['elsewhere', ['jobs']],
    ]);
    const policy = new kplus.NetworkPolicy(chart, 'of-elsewhere', { selector: elsewhere });
    policy.addEgressRule(big);
    expect(find(synth(chart), 'NetworkPolicy', 'of-elsewhere')).toMatchObject({
      metadata: { namespace: 'jobs' },
      spec: { podSelector: { matchLabels: elsewhere.podLabels }, egress: [{ to: [peer(big.podLabels)] }] },
    });
    for (const pod of [taskPods.defaultPod, big, elsewhere]) {
      for (const [name, value] of Object.entries(pod.podLabels)) { expect(pod.toYaml()).toContain(`${name}: ${value}\n`); }
    }
  });
});
