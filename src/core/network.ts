import { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { Endpoint, KUBERNETES, Peer, endpointAt } from './endpoints';
import { NetworkEdge, NetworkGraph, NetworkNode } from './network-graph';
import { isWeb, needsOf, Role } from './roles';
import type { Airflow } from '../airflow/airflow';

const TITLES: { readonly [role in Role]: string } = {
  [Role.API_SERVER]: 'API server',
  [Role.WEBSERVER]: 'webserver',
  [Role.SCHEDULER]: 'scheduler',
  [Role.DAG_PROCESSOR]: 'dag-processor',
  [Role.TRIGGERER]: 'triggerer',
  [Role.TASK]: 'task pods',
  [Role.WORKER]: 'Celery workers',
  [Role.FLOWER]: 'Flower',
  [Role.MIGRATION]: 'migration (Job)',
  [Role.CREATE_USER]: 'create-user (Job)',
  [Role.POOLS]: 'pools (Job)',
};

interface Member {
  readonly node: NetworkNode;
  /** Undefined where it is no pod of Airflow. */
  readonly role?: Role;
  readonly peers: () => Peer[];
}

/** Who takes part in the network of an Airflow; each construct that makes pods enlists them. */
export class Network {
  private readonly members: Member[] = [];
  private readonly clients: Member[] = [];

  constructor(private readonly airflow: Airflow) {}

  /** Pods that run Airflow: their role says whom they talk to. Of several the usual ones have no name. */
  public addRole(scope: Construct, role: Role, name = scope.node.id === role ? '' : scope.node.id): void {
    const label = name === '' ? TITLES[role] : `${TITLES[role]}: ${name}`;
    this.members.push({ role, node: { id: this.idOf(scope), label, external: false }, peers: () => this.peersOf(role) });
  }

  /** Other pods. */
  public add(scope: Construct, label: string, peers: Peer[] = []): void {
    this.members.push({ node: { id: this.idOf(scope), label, external: false }, peers: () => peers });
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
    const nodes = new Map<string, NetworkNode>([...this.members, ...this.clients].map(({ node }) => [node.id, node]));
    const edges = new Map<string, NetworkEdge>();
    for (const { node, peers } of [...this.clients, ...this.members]) {
      for (const { id, label, port, purpose } of peers()) {
        if (!nodes.has(id)) { nodes.set(id, { id, label, external: true }); }
        edges.set([node.id, id, port, purpose].join(' '), { from: node.id, to: id, port, purpose });
      }
    }
    return NetworkGraph._of(Chart.of(this.airflow).namespace!, [...nodes.values()], [...edges.values()]);
  }

  private idOf(scope: Construct): string {
    const { path } = scope.node;
    const above = `${this.airflow.node.path}/`;
    return path.startsWith(above) ? path.slice(above.length) : path;
  }

  private peersOf(role: Role): Peer[] {
    const { traits, targets, kubernetesCalls, parts } = this.airflow._instance;
    const needs = needsOf(role, traits);
    const when = (needed: boolean, peer: () => Peer) => (needed ? [peer()] : []);
    const { database, broker, results = database } = targets;
    return [
      ...when(needs.executionApi, () => this.executionApi()),
      ...when(needs.metadata, () => ({ ...database!.endpoint, purpose: 'metadata' })),
      ...when(needs.broker, () => ({ ...broker!.endpoint, purpose: 'queues' })),
      ...when(needs.results, () => ({ ...results!.endpoint, purpose: 'results' })),
      ...isWeb(role) ? this.logServers() : [],
      ...kubernetesCalls(role).map(purpose => ({ ...KUBERNETES, purpose })),
      ...parts(role).flatMap(part => part.peers?.(role) ?? []),
    ];
  }

  private executionApi(): Peer {
    const { apiServer, config } = this.airflow;
    const endpoint = endpointAt('api-server', TITLES[Role.API_SERVER], config.get('core', 'execution_api_server_url')!);
    return { ...endpoint, ...(apiServer && { id: this.idOf(apiServer) }), purpose: 'execution API' };
  }

  /** Those that serve the logs that they write. */
  private logServers(): Peer[] {
    return this.members.flatMap(({ node, role }) => {
      const port = role && needsOf(role, this.airflow._instance.traits).servesLogs;
      return port === undefined ? [] : [{ ...node, port: port.containerPort, purpose: port.name.replace('-', ' ') }];
    });
  }
}
