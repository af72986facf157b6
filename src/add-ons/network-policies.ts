import { ApiObject, Chart, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { NetworkPeer, PolicyPeer } from './network-peer';
import { Allowed, podsIn, PolicyRule, PolicyRules, WorkloadRules } from './policy-rules';
import { AirflowWorkload } from '../core/airflow-workload';
import { checkSameNamespace, IAirflow } from '../instance/i-airflow';
import { checkMembers } from '../kubernetes/members';
import { checkPort } from '../kubernetes/validate';

/**
 * A connection that `AirflowNetworkPolicies.allow` adds.
 */
export interface AllowedConnection {
  /** The pods or addresses that open the connection, for example `NetworkPeer.of(airflow.apiServer)`. */
  readonly source: NetworkPeer;

  /** The pods or addresses that the connection leads to. */
  readonly target: NetworkPeer;

  /** The port of the target's pods. */
  readonly port: number;
}

/**
 * Properties of `AirflowNetworkPolicies`.
 */
export interface AirflowNetworkPoliciesProps {
  /** The Airflow whose pods the policies protect. */
  readonly airflow: IAirflow;

  /**
   * The addresses of the servers and clients outside of the Airflow, by the `id` of their node in `airflow.networkGraph`: `database`,
   * `broker`, `users`, `kubernetes`, `git-github.com`, `s3` ...
   *
   * @default - servers: every address at the port that the program knows; clients, such as `users`: none, so that the UI can only be
   * reached with `kubectl port-forward`
   */
  readonly peers?: { readonly [node: string]: NetworkPeer[] };

  /**
   * The DNS servers.
   *
   * @default - the pods `k8s-app: kube-dns` of `kube-system`, and the node-local cache at 169.254.20.10, on port 53
   */
  readonly dns?: NetworkPeer[];

  /**
   * Whether the pods that run code of the users (tasks, the triggerer, the dag-processor) may connect to every server outside of the
   * Airflow. The metadata address of the cloud, and the addresses in `peers` that they do not need, stay closed.
   *
   * @default true
   */
  readonly openTasks?: boolean;
}

const DNS_PORT = 53;
const DEFAULT_DENY = 'default-deny';

/**
 * NetworkPolicies for all pods of an Airflow, in both directions: what `airflow.networkGraph` does not contain is refused.
 *
 * The policies cover the pods of the Airflow alone. A pod that a KubernetesPodOperator starts has the policies of its namespace.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
export class AirflowNetworkPolicies extends Construct {
  private readonly props: AirflowNetworkPoliciesProps;
  private readonly allowed: Allowed[] = [];
  /** The rules of each workload at the last validation, which precedes each rendering. Computing them renders all workloads. */
  private settled = new Map<string, WorkloadRules>();

  /**
   * @throws at synthesis, when `peers` lacks a server whose address only a Secret contains, or names an unknown one
   */
  constructor(scope: Construct, id: string, props: AirflowNetworkPoliciesProps) {
    checkMembers('AirflowNetworkPoliciesProps', props, scope, id);
    super(scope, id);
    this.props = props;
    checkSameNamespace(this, props.airflow, 'policies');
    this.complete(props.airflow.workloads);
    // Workloads may be added later, and their policies must exist when the Chart is rendered.
    this.node.addValidation({ validate: () => this.finish() });
  }

  /**
   * Allows a connection that the network graph does not contain, for example to a secrets backend or from a monitor.
   *
   * @throws when the port is not valid; at synthesis, when neither end is a pod of the Airflow
   */
  public allow(connection: AllowedConnection): void {
    checkMembers('AllowedConnection', connection, this);
    const { source, target, port } = connection;
    checkPort(this, 'port', port);
    this.allowed.push({ source: source._bind(), target: target._bind(), ports: [port] });
  }

  private finish(): string[] {
    const { airflow: { networkGraph, workloads }, peers = {}, openTasks = true } = this.props;
    this.complete(workloads);
    const rules = new PolicyRules(networkGraph, peers, this.allowed, openTasks);
    const problems = rules.problems(workloads);
    if (problems.length > 0) { return problems; }
    this.settled = new Map(workloads.map(workload => [workload.id, rules.of(workload)]));
    for (const workload of workloads.filter(({ id }) => needsCilium(this.settled.get(id)!))) {
      for (const namespace of workload.namespaces) { this.admitByCilium(workload, namespace); }
    }
    return [];
  }

  /** Creates the policies that do not exist yet. */
  private complete(workloads: AirflowWorkload[]): void {
    for (const namespace of new Set(workloads.flatMap(({ namespaces }) => namespaces))) { this.denyByDefault(namespace); }
    for (const workload of workloads) {
      for (const namespace of workload.namespaces) { this.admit(workload, namespace); }
    }
  }

  private denyByDefault(namespace: string): void {
    const { labels = {} } = this.props.airflow.objectMetadata(this, 'NetworkPolicy', DEFAULT_DENY);
    const matchLabels = Object.fromEntries(['app.kubernetes.io/name', 'app.kubernetes.io/instance'].map(name => [name, labels[name]]));
    this.create('NetworkPolicy', DEFAULT_DENY, namespace, () => ({ podSelector: { matchLabels }, policyTypes: ['Ingress', 'Egress'] }));
  }

  private admit({ id, part, podLabels }: AirflowWorkload, namespace: string): void {
    this.create('NetworkPolicy', part, namespace, () => {
      const { ingress, egress } = this.settled.get(id)!;
      return {
        podSelector: { matchLabels: podLabels },
        policyTypes: ['Ingress', 'Egress'],
        ...unlessEmpty('ingress', rendered('from', ingress)),
        ...unlessEmpty('egress', [...rendered('to', egress), ...this.dnsRules()]),
      };
    });
  }

  /** Host names and entities, which a NetworkPolicy cannot name. */
  private admitByCilium({ id, part, podLabels }: AirflowWorkload, namespace: string): void {
    this.create('CiliumNetworkPolicy', part, namespace, () => {
      const { ingress, egress } = this.settled.get(id)!;
      const byName = egress.filter(({ hosts }) => hosts.length > 0);
      return {
        endpointSelector: { matchLabels: podLabels },
        ...unlessEmpty('ingress', entityRules('fromEntities', ingress)),
        ...unlessEmpty('egress', [
          ...byName.length > 0 ? [CILIUM_DNS] : [],
          ...byName.map(({ hosts, ...rule }) => ({
            toFQDNs: hosts.map(host => (host.includes('*') ? { matchPattern: host } : { matchName: host })), ...ciliumPorts(rule),
          })),
          ...entityRules('toEntities', egress),
        ]),
      };
    });
  }

  private dnsRules(): object[] {
    const { dns } = this.props;
    if (dns === undefined) {
      return [dnsRule([podsIn('kube-system', { 'k8s-app': 'kube-dns' }), { ipBlock: { cidr: '169.254.20.10/32' } }], [DNS_PORT])];
    }
    return dns.map(peer => peer._bind()).map(({ peers, ports = [DNS_PORT] }) => dnsRule(peers, ports));
  }

  private create(kind: 'NetworkPolicy' | 'CiliumNetworkPolicy', part: string, namespace: string, spec: () => object): void {
    const { airflow } = this.props;
    const elsewhere = namespace === Chart.of(this).namespace ? [] : [namespace];
    const id = [part, ...elsewhere, ...kind === 'NetworkPolicy' ? [] : ['hosts']].join('-');
    if (this.node.tryFindChild(id) !== undefined) { return; }
    new ApiObject(this, id, {
      apiVersion: kind === 'NetworkPolicy' ? 'networking.k8s.io/v1' : 'cilium.io/v2',
      kind,
      metadata: { ...airflow.objectMetadata(this, kind, part), namespace },
      spec: Lazy.any({ produce: spec }),
    });
  }
}

/** Cilium learns the addresses of a host name from the answers of the DNS server, which it must be told to read. */
const CILIUM_DNS = {
  toEndpoints: [{ matchLabels: { 'k8s:io.kubernetes.pod.namespace': 'kube-system', 'k8s:k8s-app': 'kube-dns' } }],
  toPorts: [{ ports: [{ port: `${DNS_PORT}`, protocol: 'ANY' }], rules: { dns: [{ matchPattern: '*' }] } }],
};

function needsCilium({ ingress, egress }: WorkloadRules): boolean {
  return egress.some(({ hosts }) => hosts.length > 0) || [...ingress, ...egress].some(({ entities }) => entities.length > 0);
}

function entityRules(key: 'fromEntities' | 'toEntities', rules: PolicyRule[]): object[] {
  const named = rules.filter(({ entities }) => entities.length > 0);
  return unique(named.map(({ entities, ...rule }) => ({ [key]: entities, ...ciliumPorts(rule) })));
}

function ciliumPorts({ ports, protocol = 'TCP' }: Pick<PolicyRule, 'ports' | 'protocol'>): object {
  return { toPorts: [{ ports: ports.map(port => ({ port: `${port}`, protocol })) }] };
}

function dnsRule(to: PolicyPeer[], ports: number[]): object {
  return { to, ports: ports.flatMap(port => ['UDP', 'TCP'].map(protocol => ({ port, protocol }))) };
}

/** Kubernetes stores no empty list, so that each apply of one would change the object again. Nothing is allowed in either case. */
function unlessEmpty(key: 'ingress' | 'egress', rules: object[]): { [key: string]: object[] } {
  return rules.length === 0 ? {} : { [key]: rules };
}

/** The rules as Kubernetes writes them, each once. */
function rendered(key: 'from' | 'to', rules: PolicyRule[]): object[] {
  return unique(rules.filter(({ peers }) => peers.length > 0).map(({ peers, ports, protocol = 'TCP' }) => ({
    [key]: peers, ...ports.length > 0 && { ports: ports.map(port => ({ port, protocol })) },
  })));
}

function unique(rules: object[]): object[] {
  return [...new Set(rules.map(rule => JSON.stringify(rule)))].map(text => JSON.parse(text) as object);
}
