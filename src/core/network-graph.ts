import { WorkloadPort } from './airflow-workload';

/**
 * A node of the network graph: a part of the Airflow, or a server or client outside of it.
 */
export interface NetworkNode {
  /** The id that edges refer to. For a part of the Airflow, it is the path of the construct below the Airflow. */
  readonly id: string;

  /** The name for people, for example in diagrams. */
  readonly label: string;

  /** Whether the node is outside of the Airflow, for example the Kubernetes API, the users or an existing database. */
  readonly external: boolean;

  /**
   * The addresses of the node, as CIDR ranges.
   *
   * @default - unknown, or the addresses of its pods
   */
  readonly addresses?: string[];

  /**
   * The labels that select the pods of the node.
   *
   * @default - none, because the node is outside of the Airflow
   */
  readonly podLabels?: { readonly [name: string]: string };

  /**
   * The namespaces of the node's pods. Only task pods can have namespaces other than the one of the Airflow.
   *
   * @default - none, because the node is outside of the Airflow
   */
  readonly namespaces?: string[];

  /**
   * The ports that the node's containers declare.
   *
   * @default - none, because the node is outside of the Airflow
   */
  readonly ports?: WorkloadPort[];
}

/**
 * A network connection that one node opens to another.
 */
export interface NetworkEdge {
  /** The `id` of the node that opens the connection. */
  readonly source: string;

  /** The `id` of the node that the connection leads to. */
  readonly target: string;

  /**
   * The port that the source connects to. If the target has a Service, it is the port of the Service.
   *
   * @default - unknown, because only a Secret or another file outside of the program contains it
   */
  readonly port?: number;

  /**
   * The port of the target's pod, which a NetworkPolicy must allow. The port of the Service may differ.
   *
   * @default - none, because the edge leads out of the Airflow
   */
  readonly targetPort?: number;

  /**
   * `TCP` or `UDP`.
   *
   * @default 'TCP'
   */
  readonly protocol?: string;

  /** The purpose of the connection. */
  readonly purpose: string;
}

/**
 * The network connections that the components of an Airflow need: source, target, port and purpose. The graph does not contain DNS, nor
 * connections that DAGs and `config` add, such as mail or a service.
 */
export class NetworkGraph {
  /**
   * @internal
   */
  public static _of(namespace: string, nodes: NetworkNode[], edges: NetworkEdge[]): NetworkGraph {
    return new NetworkGraph(namespace, nodes, edges);
  }

  private constructor(
    private readonly namespace: string,
    /** The parts of the Airflow, and the servers and clients outside of it. */
    public readonly nodes: NetworkNode[],
    /** The connections between the nodes. Connections that differ only in their purpose may be merged. */
    public readonly edges: NetworkEdge[],
  ) {}

  /**
   * The graph as a Mermaid flowchart, which GitHub and GitLab render.
   *
   * @see https://mermaid.js.org/syntax/flowchart.html
   */
  public toMermaid(): string {
    const arrows = new Map<string, { edge: NetworkEdge; purposes: string[] }>();
    for (const edge of this.edges) {
      const key = [edge.source, edge.target, edge.port].join(' ');
      arrows.set(key, { edge, purposes: [...arrows.get(key)?.purposes ?? [], edge.purpose] });
    }
    return [
      'flowchart LR',
      `  subgraph namespace["namespace ${this.namespace}"]`,
      ...this.nodes.filter(({ external }) => !external).map(({ id, label }) => `    ${mermaidId(id)}["${label}"]`),
      '  end',
      ...this.nodes.filter(({ external }) => external).map(({ id, label }) => `  ${mermaidId(id)}(["${label}"])`),
      ...[...arrows.values()].map(({ edge: { source: from, target: to, port }, purposes }) =>
        `  ${mermaidId(from)} -->|"${port === undefined ? '' : `${port}: `}${purposes.join(', ')}"| ${mermaidId(to)}`),
      '',
    ].join('\n');
  }
}

/** Words that have a meaning in Mermaid, and the name of the frame itself. */
const RESERVED = /^(call|class|classDef|click|default|direction|end|flowchart|graph|href|interpolate|linkStyle|namespace|style|subgraph)$/;

/** The id of a node in Mermaid, where two dashes would be a line. */
function mermaidId(id: string): string {
  return RESERVED.test(id) ? `${id}_` : id.replace(/[^A-Za-z0-9-]|-(?=-)/g, '_');
}
