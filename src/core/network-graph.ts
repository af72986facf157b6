import { WorkloadPort } from './airflow-workload';

/**
 * Who talks, or is talked to.
 */
export interface NetworkNode {
  /** What edges name it by: of a part of the Airflow, its path below it. */
  readonly id: string;

  /** What people call it. */
  readonly label: string;

  /** Whether it is no part of the Airflow: the Kubernetes API, the users, a database that exists. */
  readonly external: boolean;

  /**
   * The labels that select its pods.
   *
   * @default - none: it is no part of the Airflow
   */
  readonly podLabels?: { readonly [name: string]: string };

  /**
   * The namespaces that its pods run in. Only task pods can have more than the Airflow's own.
   *
   * @default - none: it is no part of the Airflow
   */
  readonly namespaces?: string[];

  /**
   * The ports that its containers declare.
   *
   * @default - none: it is no part of the Airflow
   */
  readonly ports?: WorkloadPort[];
}

/**
 * A connection that one opens to another.
 */
export interface NetworkEdge {
  /** The `id` of the node that opens it. */
  readonly source: string;

  /** The `id` of the node that it leads to. */
  readonly target: string;

  /**
   * The port: that of the Service, where there is one.
   *
   * @default - only a Secret, or another file that is not part of the program, knows it
   */
  readonly port?: number;

  /**
   * The port of the pod, which a NetworkPolicy sees; the Service may have another one.
   *
   * @default - the edge leads out of the Airflow
   */
  readonly targetPort?: number;

  /** What it is for. */
  readonly purpose: string;
}

/**
 * Who talks to whom, on which port, and why: what the components of an Airflow need for themselves. What DAGs and `config`
 * add, such as mail, metrics or a secrets backend, is not in it, nor is DNS.
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
    /** The parts of the Airflow, and whom they talk to outside of it. */
    public readonly nodes: NetworkNode[],
    /** The connections between them; two that differ in their purpose alone may be one. */
    public readonly edges: NetworkEdge[],
  ) {}

  /**
   * The graph as a flowchart of Mermaid, which GitHub and GitLab draw.
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

/** Words that would end the frame, or begin something else; and the name of the frame itself. */
const RESERVED = /^(call|class|classDef|click|default|direction|end|flowchart|graph|href|interpolate|linkStyle|namespace|style|subgraph)$/;

/** Two dashes are a line. */
function mermaidId(id: string): string {
  return RESERVED.test(id) ? `${id}_` : id.replace(/[^A-Za-z0-9-]|-(?=-)/g, '_');
}
