import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { AirflowChart, AirflowChartProps, Broker, DagSource, Executor, IAirflow, LogRetention, Pools, Scheduler, TaskLogs } from '../../src';
import { airflowChart, Manifest, podList, synth } from '../util';

type Labels = { readonly [name: string]: string };

/** A construct of a user: one NetworkPolicy for each node, written with nothing but the graph. */
class Policies extends Construct {
  constructor(scope: Construct, id: string, { networkGraph: { nodes, edges } }: IAirflow) {
    super(scope, id);
    const peer = (nodeId: string) => {
      const { podLabels, namespaces } = nodes.find(node => node.id === nodeId)!;
      return podLabels === undefined ? [] : namespaces!.map(namespace => ({
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } }, podSelector: { matchLabels: podLabels },
      }));
    };
    const rules = (key: 'from' | 'to', found: typeof edges, end: 'source' | 'target') => found.map(edge => ({
      [key]: peer(edge[end]),
      ...(edge.targetPort ?? edge.port) === undefined ? {} : { ports: [{ port: edge.targetPort ?? edge.port }] },
    }));
    for (const { id: name, podLabels, namespaces = [] } of nodes) {
      for (const namespace of namespaces) {
        new ApiObject(this, `${name}-${namespace}`, {
          apiVersion: 'networking.k8s.io/v1',
          kind: 'NetworkPolicy',
          metadata: { name, namespace },
          spec: {
            podSelector: { matchLabels: podLabels },
            policyTypes: ['Ingress', 'Egress'],
            ingress: rules('from', edges.filter(({ target }) => target === name), 'source'),
            egress: rules('to', edges.filter(({ source }) => source === name), 'target'),
          },
        });
      }
    }
  }
}

const EVERYTHING: AirflowChartProps = {
  executor: Executor.multiple([Executor.celery({ broker: Broker.rabbitMq(), flower: { service: { port: 80 } } }), Executor.kubernetes()]),
  dags: DagSource.gitSync({ repo: 'https://git.example.com/dags.git', shared: {} }),
  logs: TaskLogs.newClaim({ retention: LogRetention.within() }),
  pools: { loads: { slots: 3 } },
};

function everything(): AirflowChart {
  const chart = airflowChart(EVERYTHING);
  chart.airflow.addCeleryWorkers('heavy', { queues: ['heavy'] });
  return chart;
}

function withTasksElsewhere(): AirflowChart {
  const chart = airflowChart();
  chart.airflow.addTaskPod('elsewhere', { namespace: 'tasks' });
  return chart;
}

const selects = (labels: Labels, pod: Labels) => Object.entries(labels).every(([name, value]) => pod[name] === value);

describe('workloads', () => {
  test('each has an id, a role and the object that makes the pods', () => {
    expect(everything().airflow.workloads.map(({ id, role, object }) => `${id} ${role} ${object?.kind ?? '-'}`)).toEqual([
      'git-sync git-sync Deployment',
      'postgres postgres StatefulSet',
      'rabbitmq rabbitmq StatefulSet',
      'flower flower Deployment',
      'bootstrap-secrets bootstrap-secrets Job',
      'migration migration Job',
      'sync-users sync-users Job',
      'pools pools Job',
      'log-groomer log-groomer CronJob',
      'task-pods task -',
      'api-server api-server Deployment',
      'scheduler scheduler Deployment',
      'dag-processor dag-processor Deployment',
      'celery-workers worker Deployment',
      'triggerer triggerer Deployment',
      'celery-workers-heavy worker Deployment',
    ]);
  });

  test('the labels of exactly one select each pod', () => {
    const chart = everything();
    const { workloads } = chart.airflow;
    const selecting = (labels: Labels) => workloads.filter(({ podLabels }) => selects(podLabels, labels)).map(({ id }) => id);
    const found = podList(synth(chart)).map(([, { metadata }]) => selecting(metadata.labels));
    expect(found.filter(ids => ids.length !== 1)).toEqual([]);
    expect(new Set(found.flat())).toEqual(new Set(workloads.map(({ id }) => id)));
  });

  test('the ports are those of the containers, sidecars included', () => {
    const scheduler = { sidecars: [{ name: 'exporter', image: 'acme/exporter:1', ports: [{ number: 9102, name: 'metrics' }] }] };
    const { workloads } = airflowChart({ ...EVERYTHING, scheduler }).airflow;
    const lines = workloads.flatMap(({ id, ports }) => ports.map(({ name, port, protocol }) => [id, name, port, protocol].join(' ')));
    expect(lines).toEqual([
      'git-sync git-sync 1234 TCP',
      'postgres postgres 5432 TCP',
      'rabbitmq amqp 5672 TCP',
      'flower http 5555 TCP',
      'api-server http 8080 TCP',
      'scheduler metrics 9102 TCP',
      'celery-workers task-logs 8793 TCP',
      'triggerer trigger-logs 8794 TCP',
    ]);
  });

  test('task pods run in the namespaces that they name, all others in that of the Airflow', () => {
    const { workloads } = withTasksElsewhere().airflow;
    expect(workloads.filter(({ namespaces }) => namespaces.length > 1).map(({ id, namespaces }) => [id, namespaces])).toEqual([['task-pods', ['airflow', 'tasks']]]);
    expect(workloads.map(({ namespaces }) => namespaces[0]).filter(namespace => namespace !== 'airflow')).toEqual([]);
  });

  test('one that is added later is listed from then on', () => {
    const { airflow } = airflowChart();
    const before = airflow.workloads;
    new Scheduler(airflow, 'spare-scheduler', { airflow });
    new Pools(airflow, 'more-pools', { airflow, pools: { loads: { slots: 3 } } });
    expect(airflow.workloads.slice(before.length).map(({ id, role, label, podLabels }) => [id, role, label, podLabels['app.kubernetes.io/component']])).toEqual([
      ['spare-scheduler', 'scheduler', 'scheduler: spare-scheduler', 'spare-scheduler'],
      ['more-pools', 'pools', 'pools (Job): more-pools', 'more-pools'],
    ]);
  });

  test('a caller cannot change the list', () => {
    const { airflow } = airflowChart();
    const { length } = airflow.workloads;
    airflow.workloads.pop();
    expect(airflow.workloads).toHaveLength(length);
  });
});

describe('a construct of a user that reads the graph alone', () => {
  const policies = (chart = everything()): Manifest[] => {
    new Policies(chart, 'policies', chart.airflow);
    return synth(chart).filter(({ kind }) => kind === 'NetworkPolicy');
  };
  const policy = (name: string, chart?: AirflowChart, namespace = 'airflow') =>
    policies(chart).find(({ metadata }) => metadata.name === name && metadata.namespace === namespace)!.spec;
  const component = (name: string, namespace = 'airflow', more: Labels = {}) => ({
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    podSelector: { matchLabels: { 'app.kubernetes.io/name': 'airflow', 'app.kubernetes.io/instance': 'test-airflow', 'app.kubernetes.io/component': name, ...more } },
  });

  test('has a policy for each workload, in each of its namespaces', () => {
    const chart = withTasksElsewhere();
    expect(policies(chart).map(({ metadata: { name, namespace } }) => `${namespace}/${name}`)).toEqual(
      chart.airflow.workloads.flatMap(({ id, namespaces }) => namespaces.map(namespace => `${namespace}/${id}`)));
  });

  test('names the port of the pod, not that of the Service', () => {
    expect(policy('flower')).toEqual({
      podSelector: component('flower').podSelector,
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [], ports: [{ port: 5555 }] }],
      egress: [{ to: [component('rabbitmq')], ports: [{ port: 5672 }] }],
    });
  });

  test('lets task pods of another namespace reach the API server', () => {
    expect(policy('task-pods', withTasksElsewhere(), 'tasks')).toEqual({
      podSelector: component('task').podSelector,
      policyTypes: ['Ingress', 'Egress'],
      ingress: [],
      egress: [{ to: [component('api-server')], ports: [{ port: 8080 }] }],
    });
    expect(policy('api-server', withTasksElsewhere()).ingress).toContainEqual({ from: [component('task'), component('task', 'tasks')], ports: [{ port: 8080 }] });
  });

  test('knows the set of Celery workers', () => {
    expect(policy('celery-workers-heavy').podSelector).toEqual(component('worker', 'airflow', { 'cdk8s-airflow/worker-set': 'heavy' }).podSelector);
  });
});
