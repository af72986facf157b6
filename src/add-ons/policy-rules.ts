import { everywhere, NAMESPACE_NAME, NetworkPeer, NetworkPeerConfig, PolicyPeer } from './network-peer';
import { WebComponent } from '../components/web-component';
import { AirflowWorkload } from '../core/airflow-workload';
import { NetworkEdge, NetworkGraph, NetworkNode } from '../core/network-graph';

/** A rule of a policy: the peers at one end, and their ports. */
export interface PolicyRule {
  readonly peers: PolicyPeer[];
  readonly ports: number[];
  /** `TCP` unless the edge says another. */
  readonly protocol?: string;
  /** The host names that only Cilium can allow. */
  readonly hosts: string[];
  /** The entities of Cilium. */
  readonly entities: string[];
}

/** The rules of the pods of one workload. */
export interface WorkloadRules {
  readonly ingress: PolicyRule[];
  readonly egress: PolicyRule[];
}

/** A connection that the user allows. */
export interface Allowed {
  readonly source: NetworkPeerConfig;
  readonly target: NetworkPeerConfig;
  readonly ports: number[];
}

/** The ports of the Kubernetes API behind its Service: some clusters have 6443, others 443. */
const KUBERNETES_PORTS: { readonly [node: string]: number[] } = { kubernetes: [443, 6443] };

const NO_USERS = "'peers' must say where 'users' come from, since an exposure leads them to a component whose policy would refuse them; "
  + "add peers: { users: [NetworkPeer.namespace('ingress-nginx')] } with the namespace of your controller, or NetworkPeer.anywhere()";

/** Derives the rules of each workload from the network graph, the addresses of what is outside, and the connections that the user adds. */
export class PolicyRules {
  private readonly nodes: Map<string, NetworkNode>;

  constructor(
    private readonly graph: NetworkGraph,
    private readonly outside: { readonly [node: string]: NetworkPeer[] },
    private readonly allowed: readonly Allowed[],
    private readonly openTasks: boolean,
  ) {
    this.nodes = new Map(graph.nodes.map(node => [node.id, node]));
  }

  /** The rules of a workload. */
  public of(workload: AirflowWorkload): WorkloadRules {
    const { id } = workload;
    const { edges } = this.graph;
    const targets = edges.filter(({ source }) => source === id);
    return {
      ingress: [
        ...edges.filter(({ target }) => target === id).flatMap(edge => this.rulesAt(edge.source, edge)),
        ...this.allowed.filter(({ target }) => selectsSome(target, workload)).flatMap(({ source, ports }) => [ruleOf(source, ports)]),
      ],
      egress: [
        ...targets.flatMap(edge => this.rulesAt(edge.target, edge)),
        ...this.allowed.filter(({ source }) => selectsSome(source, workload)).flatMap(({ target, ports }) => [ruleOf(target, ports)]),
        ...workload.runsUserCode && this.openTasks ? [ruleOf({ peers: everywhere(this.closedTo(targets)) }, [])] : [],
      ],
    };
  }

  /** What is wrong: servers and clients without an address, addresses of what is not in the graph, and connections between strangers. */
  public problems(workloads: AirflowWorkload[]): string[] {
    const exposed = workloads.some(({ scope }) => scope instanceof WebComponent && scope.isExposed);
    const external = this.graph.nodes.filter(node => node.external).map(({ id }) => id);
    return [
      ...this.missing(),
      ...this.outside.users === undefined && exposed ? [NO_USERS] : [],
      ...Object.keys(this.outside).filter(node => !external.includes(node)).map(node =>
        `'peers' must name servers and clients outside of the Airflow, which are ${external.map(id => `'${id}'`).join(', ')}, `
        + `got '${node}'; correct it, or leave it out`),
      ...this.allowed.filter(({ source, target }) => !workloads.some(one => selectsSome(source, one) || selectsSome(target, one)))
        .map(() => "'source' or 'target' of allow() must select pods of the Airflow, got neither; "
          + 'take a component of it, like NetworkPeer.of(airflow.scheduler)'),
    ];
  }

  private missing(): string[] {
    const servers = this.graph.nodes.filter(node => node.external && this.edgesTo(node).some(edge => this.isMissing(edge)));
    return servers.map(node => {
      const purposes = [...new Set(this.edgesTo(node).map(({ purpose }) => purpose))].join(', ');
      return `'peers' must have the address and port of '${node.id}' (${purposes}), which only a Secret contains; `
        + `add peers: { '${node.id}': [NetworkPeer.cidr('10.0.3.0/24', { ports: [5432] })] } with yours`;
    });
  }

  private isMissing({ target, port }: NetworkEdge): boolean {
    const given = this.outside[target];
    return (given ?? [undefined]).some(peer => peer?._bind().ports === undefined && port === undefined);
  }

  private edgesTo(node: NetworkNode): NetworkEdge[] {
    return this.graph.edges.filter(({ target }) => target === node.id);
  }

  /** The rules for the other end of an edge. */
  private rulesAt(end: string, edge: NetworkEdge): PolicyRule[] {
    return this.peersAt(end, edge).map(rule => ({ ...rule, protocol: edge.protocol }));
  }

  private peersAt(end: string, edge: NetworkEdge): PolicyRule[] {
    const { external, addresses, namespaces, podLabels } = this.nodes.get(end)!;
    const port = edge.targetPort ?? edge.port;
    const known = KUBERNETES_PORTS[end] ?? (port === undefined ? [] : [port]);
    if (!external) { return [ruleOf({ peers: namespaces!.map(namespace => podsIn(namespace, podLabels!)) }, known)]; }
    const given = this.outside[end]?.map(peer => ruleOf(peer._bind(), known));
    // Nobody connects from outside unless the program says who, because a client has no address that can be known.
    if (given !== undefined || end === edge.source) { return given ?? []; }
    return [ruleOf({ peers: addresses?.map(cidr => ({ ipBlock: { cidr } })) ?? everywhere() }, known)];
  }

  /** The addresses that pods never need: those of servers outside to which they have no edge. */
  private closedTo(targets: NetworkEdge[]): string[] {
    const leadsTo = (edges: NetworkEdge[], node: string) => edges.some(({ target }) => target === node);
    const closed = Object.keys(this.outside).filter(node => leadsTo(this.graph.edges, node) && !leadsTo(targets, node));
    return closed.flatMap(node => this.outside[node].flatMap(peer => peer._bind().peers))
      .flatMap(({ ipBlock }) => (ipBlock === undefined || ipBlock.except !== undefined ? [] : [ipBlock.cidr]));
  }
}

/** A peer that selects pods of a namespace. */
export function podsIn(namespace: string, podLabels: { readonly [name: string]: string }): PolicyPeer {
  return { namespaceSelector: { matchLabels: { [NAMESPACE_NAME]: namespace } }, podSelector: { matchLabels: podLabels } };
}

function ruleOf({ peers, ports, host, entity }: NetworkPeerConfig, known: number[]): PolicyRule {
  return { peers, ports: ports ?? known, hosts: host === undefined ? [] : [host], entities: entity === undefined ? [] : [entity] };
}

interface Selector {
  readonly matchLabels?: { readonly [name: string]: string };
  readonly matchExpressions?: object[];
}

/** Whether the peer selects pods of the workload. */
function selectsSome({ peers }: NetworkPeerConfig, { podLabels, namespaces }: AirflowWorkload): boolean {
  return peers.some(({ podSelector, namespaceSelector, ipBlock }) => {
    const pods = podSelector as Selector | undefined;
    const { [NAMESPACE_NAME]: namespace } = (namespaceSelector as Selector | undefined)?.matchLabels ?? {};
    return ipBlock === undefined && (pods?.matchExpressions ?? []).length === 0
      && Object.entries(pods?.matchLabels ?? {}).every(([name, value]) => podLabels[name] === value)
      && (namespace === undefined || namespaces.includes(namespace));
  });
}
