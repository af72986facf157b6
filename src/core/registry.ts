import { ApiObject, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { AirflowWorkload, WorkloadMetrics, WorkloadPort } from './airflow-workload';
import { Endpoint, Peer } from './endpoints';
import { partOf } from './names';
import { isRole, Role } from './needs';
import { NetworkEdge, NetworkGraph, NetworkNode } from './network-graph';
import { podSpecOf } from '../kubernetes/rendered-pod';
import { failure } from '../kubernetes/validate';

/** The pods that a construct adds to the registry. */
export interface Enlistment extends Pick<AirflowWorkload, 'scope' | 'role' | 'label' | 'podLabels' | 'object'> {
  readonly scope: Construct;
  /** The servers that the pods talk to. The function runs at each read of the registry. */
  readonly peers?: () => Peer[];
  /** The scripts of `python/` that only these pods run. */
  readonly scripts?: readonly string[];
  /** Whether the pods run code of the users. */
  readonly runsUserCode?: boolean;
  /** Where the pods serve metrics for Prometheus. The function runs at each read of the registry. */
  readonly metrics?: () => WorkloadMetrics[];
  /** Namespaces of the pods other than the Airflow's own. The function runs at each read of the registry. */
  readonly moreNamespaces?: () => readonly string[];
}

/** A client outside of the Airflow that talks to it. */
interface Client {
  readonly id: string;
  readonly label: string;
  readonly peers: () => Peer[];
}

/**
 * The only list of everything that runs. Each construct that creates pods adds them once. The network graph, policies and monitors read
 * this list.
 */
export class Registry {
  private readonly enlisted: Enlistment[] = [];
  private readonly clients: Client[] = [];
  /** The target port of each port of a Service. */
  private readonly targets = new Map<string, number>();

  constructor(private readonly airflow: Construct) {}

  /** The members of the registry. Unlike `workloads`, this renders no workload. */
  public get members(): (Enlistment & { readonly id: string })[] {
    return this.enlisted.map(member => ({ ...member, id: this.idOf(member.scope) }));
  }

  /** The workloads that exist now. */
  public get workloads(): AirflowWorkload[] {
    const namespace = Chart.of(this.airflow).namespace!;
    return this.members.map(({ peers, moreNamespaces, metrics, scripts, runsUserCode = false, ...member }) => ({
      ...member,
      part: partOfMember(member),
      runsUserCode,
      metrics: metrics?.() ?? [],
      namespaces: [namespace, ...moreNamespaces?.() ?? []],
      // The pod is rendered only for a reader of its ports.
      get ports() { return portsOf(member.object); },
    }));
  }

  /**
   * @throws when the pods could not use the objects that the Airflow creates for them, or when one selector would match the pods of two
   * constructs
   */
  public enlist(pods: Enlistment): void {
    const { scope, podLabels } = pods;
    const own = Chart.of(this.airflow).namespace;
    const { namespace } = Chart.of(scope);
    if (namespace !== own) {
      throw failure(
        scope,
        `'airflow' is in the namespace '${own}', with the Secrets and ConfigMaps that the pods need, but the Chart is in `
          + `${namespace === undefined ? 'none' : `'${namespace}'`}; give the Chart the 'namespace' '${own}'`,
      );
    }
    const other = this.enlisted.find(one => selects(one.podLabels, podLabels) || selects(podLabels, one.podLabels));
    if (other !== undefined) {
      throw failure(scope, `'id' gives its pods labels that do not tell them from those of '${other.scope.node.path}', `
        + `got '${scope.node.id}'; use another id or name`);
    }
    this.enlisted.push(pods);
  }

  public addClient(id: string, label: string, peers: () => Peer[]): void {
    this.clients.push({ id, label, peers });
  }

  /** Adds the Service in front of the pods of a construct. */
  public addService(scope: Construct, port: number, targetPort: number): void {
    this.targets.set(`${this.idOf(scope)} ${port}`, targetPort);
  }

  public endpoint(scope: Construct, label: string, port: number): Endpoint {
    return { id: this.idOf(scope), label, port };
  }

  /** The network graph of the workloads that exist now. */
  public graph(): NetworkGraph {
    const own = this.workloads.map(workload => {
      const { id, label, podLabels, namespaces } = workload;
      return { id, label, external: false, podLabels, namespaces, get ports() { return workload.ports; } };
    });
    const clients = this.clients.map(({ id, label }) => ({ id, label, external: true }));
    const nodes = new Map<string, NetworkNode>([...own, ...clients].map(node => [node.id, node]));
    const edges = new Map<string, NetworkEdge>();
    for (const { id: source, peers } of [...this.clients, ...this.members]) {
      for (const { id: target, label, port, protocol, addresses, purpose } of peers?.() ?? []) {
        if (!nodes.has(target)) { nodes.set(target, { id: target, label, external: true, ...addresses && { addresses } }); }
        const targetPort = nodes.get(target)!.external ? undefined : this.targets.get(`${target} ${port}`) ?? port;
        edges.set([source, target, port, purpose].join(' '), { source, target, port, targetPort, ...protocol && { protocol }, purpose });
      }
    }
    return NetworkGraph._of(Chart.of(this.airflow).namespace!, [...nodes.values()], [...edges.values()]);
  }

  private idOf(scope: Construct): string {
    const { path } = scope.node;
    const above = `${this.airflow.node.path}/`;
    return path.startsWith(above) ? path.slice(above.length) : path;
  }
}

/** Whether a selector matches pods with these labels. */
function selects(selector: { readonly [name: string]: string }, labels: { readonly [name: string]: string }): boolean {
  return Object.entries(selector).every(([name, value]) => labels[name] === value);
}

/** The part of the Airflow that the pods are. All task pods are one part. */
function partOfMember({ scope, role }: Enlistment): string {
  return role === Role.TASK ? role : partOf(scope, isRole(role) ? role : undefined);
}

/** The ports of the rendered containers. */
function portsOf(object: ApiObject | undefined): WorkloadPort[] {
  if (object === undefined) { return []; }
  const pod = podSpecOf(object);
  return [...pod.containers, ...pod.initContainers ?? []].flatMap(({ ports = [] }) => ports)
    .map(({ name, containerPort, protocol = 'TCP' }) => ({ name, port: containerPort, protocol }));
}
