import { App } from 'cdk8s';
import { apply, createNamespace, deleteNamespaces, kubectl, KubeObject, refuseExisting } from './kubectl';
import { chosen, inOrder, Row } from './scenario';
import { waitUntilRunning } from './workloads';
import {
  AirflowChart, AirflowChartProps, AirflowNetworkPolicies, AirflowVersion, AirflowWorkload, Broker, Executor, NetworkGraph,
} from '../../src';

const [NAMESPACE, TASKS, STRANGE] = ['airflow-policies', 'airflow-policies-tasks', 'airflow-policies-strange'];
/** Ports that no part has: the Kubernetes API's, which some may reach anywhere, and one that only the code of users may. */
const OTHER_PORTS = [6443, 9999];
const KUBERNETES_PORTS = [443, 6443];

const SETUPS: { readonly [name: string]: AirflowChartProps } = {
  'kubernetes-3.3.2': {},
  'celery-3.3.2': { executor: Executor.celery({ broker: Broker.redis(), flower: {} }) },
  'kubernetes-2.11.2': { version: AirflowVersion.V2_11 },
  'celery-2.11.2': { version: AirflowVersion.V2_11, executor: Executor.celery({ broker: Broker.redis(), flower: {} }) },
};

/** A pod with the labels of a workload, or of none, which listens on every port. */
interface Probe {
  readonly name: string;
  readonly namespace: string;
  readonly workload?: AirflowWorkload;
}

const LISTEN = `
import socket, sys, threading
def serve(port):
    with socket.create_server(("", port), backlog=128) as server:
        while True: server.accept()[0].close()
for port in sys.argv[1:]: threading.Thread(target=serve, args=(int(port),)).start()
`;

/** Prints the targets, of those in its arguments, that a connection reaches. */
const CONNECT = `
import socket, sys
from concurrent.futures import ThreadPoolExecutor
def reached(target):
    host, port = target.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), timeout=3).close()
        return target
    except OSError:
        return None
with ThreadPoolExecutor(64) as pool: print("\\n".join(filter(None, pool.map(reached, sys.argv[1:]))))
`;

/** Asks from a pod of each role and from strangers who reaches whom on which port, and compares the answers with the network graph. */
export async function policies(names: string[]): Promise<Row[]> {
  return inOrder(chosen('setup', Object.keys(SETUPS), names, setup => [setup]), compare);
}

async function compare(setup: string): Promise<Row> {
  const namespaces = [NAMESPACE, TASKS, STRANGE];
  await refuseExisting(...namespaces);
  const chart = new AirflowChart(new App(), 'airflow', { ...SETUPS[setup], namespace: NAMESPACE });
  const { airflow } = chart;
  // A task of Airflow 2 needs the Secrets of the instance, which another namespace does not have.
  if (setup === 'kubernetes-3.3.2') { airflow.addTaskPod('far', { namespace: TASKS }); }
  new AirflowNetworkPolicies(chart, 'policies', { airflow });
  for (const name of namespaces) { await createNamespace(name); }
  await apply((chart.toJson() as KubeObject[]).filter(({ kind }) => kind === 'NetworkPolicy'));
  const { workloads, networkGraph: graph } = airflow;
  const ports = [...new Set([...graph.edges.flatMap(({ targetPort }) => targetPort ?? []), ...OTHER_PORTS])];
  const probes: Probe[] = [
    ...workloads.flatMap(workload => workload.namespaces.map(namespace => ({ name: workload.part, namespace, workload }))),
    ...[NAMESPACE, STRANGE].map(namespace => ({ name: 'stranger', namespace })),
  ];
  await apply(probes.map(probe => pod(probe, ports)));
  const addresses = await waitUntilRunning(namespaces, probes.length);
  const wrong: string[] = [];
  for (const source of probes) { wrong.push(...await differences(source, probes, ports, addresses, graph)); }
  console.log(`[policies@${setup}] ${wrong.length === 0 ? 'as the graph says' : wrong.join('\n')}`);
  await deleteNamespaces(namespaces);
  const asked = probes.length * (probes.length - 1) * ports.length;
  return { setup, asked: `${asked} connections`, wrong: `${wrong.length}`, result: wrong.length === 0 ? 'passed' : 'FAILED' };
}

const keyOf = ({ namespace, name }: Probe) => `${namespace}/${name}`;

/** Never Ready, so that no Service leads to it. */
function pod({ name, namespace, workload }: Probe, ports: number[]): object {
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
  const image = 'apache/airflow:3.3.2';
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: workload?.podLabels },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      containers: [{
        name: 'probe', image, command: ['python', '-c', LISTEN, ...ports.map(String)], securityContext, readinessProbe: { exec: { command: ['false'] }, periodSeconds: 3600 },
      }],
    },
  };
}

async function differences(
  source: Probe, probes: Probe[], ports: number[], addresses: Map<string, string>, graph: NetworkGraph,
): Promise<string[]> {
  const others = probes.filter(probe => probe !== source);
  const targets = others.flatMap(target => ports.map(port => ({ target, port, at: `${addresses.get(keyOf(target))}:${port}` })));
  const { stdout } = await kubectl([
    '--namespace', source.namespace, 'exec', source.name, '--', 'python', '-c', CONNECT, ...targets.map(({ at }) => at),
  ]);
  const reached = new Set(stdout.trim().split('\n'));
  return targets.flatMap(({ target, port, at }) => {
    const expected = leaves(source, target, port, graph) && enters(source, target, port, graph);
    if (expected === reached.has(at)) { return []; }
    return [`${keyOf(source)} ${expected ? 'does not reach' : 'reaches'} ${keyOf(target)} on ${port}`];
  });
}

function connected(source: Probe, target: Probe, port: number, { edges }: NetworkGraph): boolean {
  return edges.some(edge => edge.source === source.workload?.id && edge.target === target.workload?.id && edge.targetPort === port);
}

function leaves(source: Probe, target: Probe, port: number, graph: NetworkGraph): boolean {
  const { workload } = source;
  if (workload === undefined || workload.runsUserCode || connected(source, target, port, graph)) { return true; }
  const callsKubernetes = graph.edges.some(edge => edge.source === workload.id && edge.target === 'kubernetes');
  return callsKubernetes && KUBERNETES_PORTS.includes(port);
}

function enters(source: Probe, target: Probe, port: number, graph: NetworkGraph): boolean {
  return target.workload === undefined || connected(source, target, port, graph);
}
