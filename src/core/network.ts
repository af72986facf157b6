import { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { Endpoint, Peer } from './endpoints';
import { NetworkEdge, NetworkGraph, NetworkNode } from './network-graph';
import { Role } from './roles';

/** One that takes part in the network. */
export interface Member {
  readonly node: NetworkNode;
  /** Undefined where it is no pod of Airflow. */
  readonly role?: Role;
  readonly peers: () => Peer[];
}

/** Who takes part in the network of an Airflow; each construct that makes pods enlists them. */
export class Network {
  private readonly enlisted: Member[] = [];
  private readonly clients: Member[] = [];

  constructor(private readonly airflow: Construct) {}

  /** The pods of the Airflow. */
  public get members(): readonly Member[] {
    return this.enlisted;
  }

  /** Enlists pods, by the construct that makes them. */
  public add(scope: Construct, label: string, peers: () => Peer[] = () => [], role?: Role): void {
    this.enlisted.push({ role, node: { id: this.idOf(scope), label, external: false }, peers });
  }

  /** Someone who is no part of the Airflow, but talks to it. */
  public addClient(id: string, label: string, peers: () => Peer[]): void {
    this.clients.push({ node: { id, label, external: true }, peers });
  }

  public endpoint(scope: Construct, label: string, port: number): Endpoint {
    return { id: this.idOf(scope), label, port };
  }

  /** As it is now. */
  public graph(): NetworkGraph {
    const nodes = new Map<string, NetworkNode>([...this.enlisted, ...this.clients].map(({ node }) => [node.id, node]));
    const edges = new Map<string, NetworkEdge>();
    for (const { node, peers } of [...this.clients, ...this.enlisted]) {
      for (const { id, label, port, purpose } of peers()) {
        if (!nodes.has(id)) { nodes.set(id, { id, label, external: true }); }
        edges.set([node.id, id, port, purpose].join(' '), { source: node.id, target: id, port, purpose });
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
