import * as kplus from 'cdk8s-plus-27';
import { isCidr } from '../kubernetes/cidr';
import { checkMembers } from '../kubernetes/members';

/** The label that Kubernetes gives every namespace, with its name. */
export const NAMESPACE_NAME = 'kubernetes.io/metadata.name';

/** One `from` or `to` of a NetworkPolicy. */
export interface PolicyPeer {
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
  readonly namespaceSelector?: object;
  readonly podSelector?: object;
}

/** A peer as plain data. */
export interface NetworkPeerConfig {
  /** The peers of a Kubernetes NetworkPolicy. */
  readonly peers: PolicyPeer[];
  /** The ports that the user has set. */
  readonly ports?: number[];
  /** The host name, which only Cilium can allow. */
  readonly host?: string;
  /** The entity of Cilium. */
  readonly entity?: string;
}

/** What Cilium knows by a name of its own, and by no address. */
const ENTITIES = ['all', 'cluster', 'health', 'host', 'ingress', 'init', 'kube-apiserver', 'remote-node', 'unmanaged', 'world'];

/**
 * Options of the factories of `NetworkPeer`.
 */
export interface NetworkPeerOptions {
  /**
   * The ports of the server.
   *
   * @default - the port that the network graph knows
   */
  readonly ports?: number[];
}

/**
 * Options of `NetworkPeer.namespace`.
 */
export interface NamespacePeerOptions extends NetworkPeerOptions {
  /**
   * The labels of the pods.
   *
   * @default - all pods of the namespace
   */
  readonly podLabels?: { readonly [name: string]: string };
}

/**
 * The address of a server or client in a network policy.
 */
export abstract class NetworkPeer {
  /**
   * The addresses of a range.
   *
   * @param range a CIDR range like `10.0.3.0/24`, `10.0.3.7/32` or `fd00:3::/64`
   * @throws when the range is not valid, or a port is not
   */
  public static cidr(range: string, options: NetworkPeerOptions = {}): NetworkPeer {
    checkMembers('NetworkPeerOptions', options);
    if (!isCidr(range)) { throw new Error(`'range' must be a CIDR range like 10.0.3.0/24 or fd00:3::/64, got '${range}'`); }
    return new Fixed({ peers: [{ ipBlock: { cidr: range } }], ports: checked(options.ports) });
  }

  /**
   * The pods of a namespace.
   *
   * @param name the name of the namespace
   * @throws when the name is not valid, or a port is not
   */
  public static namespace(name: string, options: NamespacePeerOptions = {}): NetworkPeer {
    checkMembers('NamespacePeerOptions', options);
    if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) {
      throw new Error(`'name' must be that of a namespace, of lowercase letters, digits and dashes, got '${name}'`);
    }
    const { podLabels, ports } = options;
    const podSelector = podLabels === undefined ? {} : { podSelector: { matchLabels: podLabels } };
    const namespaceSelector = { matchLabels: { [NAMESPACE_NAME]: name } };
    return new Fixed({ peers: [{ namespaceSelector, ...podSelector }], ports: checked(ports) });
  }

  /**
   * Pods that cdk8s-plus-27 selects, a `kplus.NetworkPolicyIpBlock`, or a component of an Airflow.
   *
   * @throws when a port is not valid
   */
  public static of(peer: kplus.INetworkPolicyPeer, options: NetworkPeerOptions = {}): NetworkPeer {
    checkMembers('NetworkPeerOptions', options);
    return new Fixed({ peers: peersOf(peer.toNetworkPolicyPeerConfig()), ports: checked(options.ports) });
  }

  /**
   * A host by its DNS name. Only Cilium can allow it, so the library adds a CiliumNetworkPolicy. Only for servers.
   *
   * @param name a DNS name like `db.example.com`, or a pattern like `*.s3.amazonaws.com`
   * @throws when the name is not valid, or a port is not
   * @see https://docs.cilium.io/en/stable/security/policy/language/#dns-based
   */
  public static host(name: string, options: NetworkPeerOptions = {}): NetworkPeer {
    checkMembers('NetworkPeerOptions', options);
    if (!/^(\*|[a-z0-9*]([-a-z0-9*]*[a-z0-9*])?)(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$/.test(name)) {
      throw new Error(`'name' must be a DNS name like db.example.com, got '${name}'; an address is a NetworkPeer.cidr()`);
    }
    return new Fixed({ peers: [], ports: checked(options.ports), host: name });
  }

  /**
   * An entity of Cilium, in a CiliumNetworkPolicy that the library adds. With Cilium, ranges of addresses do not contain the nodes of the
   * cluster, so a Kubernetes API on a node is `kube-apiserver`, Cilium's own ingress controller or gateway is `ingress`, and pods with
   * `hostNetwork` are `host` and `remote-node`.
   *
   * @param name the name of the entity, for example `kube-apiserver`
   * @throws when Cilium has no such entity, or a port is not valid
   * @see https://docs.cilium.io/en/stable/security/policy/language/#entities-based
   */
  public static ciliumEntity(name: string, options: NetworkPeerOptions = {}): NetworkPeer {
    checkMembers('NetworkPeerOptions', options);
    if (!ENTITIES.includes(name)) { throw new Error(`'name' must be an entity of Cilium (${ENTITIES.join(', ')}), got '${name}'`); }
    return new Fixed({ peers: [], ports: checked(options.ports), entity: name });
  }

  /**
   * Every address, except the metadata addresses of clouds.
   *
   * @throws when a port is not valid
   */
  public static anywhere(options: NetworkPeerOptions = {}): NetworkPeer {
    checkMembers('NetworkPeerOptions', options);
    return new Fixed({ peers: everywhere(), ports: checked(options.ports) });
  }

  /**
   * @internal
   */
  public abstract _bind(): NetworkPeerConfig;
}

class Fixed extends NetworkPeer {
  constructor(private readonly config: NetworkPeerConfig) {
    super();
  }

  public _bind(): NetworkPeerConfig {
    return this.config;
  }
}

/**
 * Addresses at which clouds give the credentials of a node or a pod: AWS, Google, Azure (also its wire server), Alibaba, Oracle, Scaleway
 * and Akamai. The whole link-local ranges are among them. A cluster with both IP families has both kinds.
 */
const METADATA = [
  '169.254.0.0/16', '168.63.129.16/32', '100.100.100.200/32', '192.0.0.192/32',
  'fd00:ec2::/32', 'fd20:ce::254/128', 'fd00:100::100:200/128', 'fd00:c1::a9fe:a9fe/128', 'fd00:42::42/128', 'fd00:a9fe:a9fe::1/128',
  'fe80::/10',
];

/** Every address, except the metadata addresses of clouds and the given ranges. */
export function everywhere(without: readonly string[] = []): PolicyPeer[] {
  const except = (separator: string) => [...new Set([...METADATA, ...without])].filter(range => range.includes(separator));
  return [
    { ipBlock: { cidr: '0.0.0.0/0', except: except('.') } },
    { ipBlock: { cidr: '::/0', except: except(':') } },
  ];
}

function peersOf({ ipBlock, podSelector }: kplus.NetworkPolicyPeerConfig): PolicyPeer[] {
  if (ipBlock !== undefined) { return [{ ipBlock: { cidr: ipBlock.cidr, ...ipBlock.except && { except: ipBlock.except } } }]; }
  const pods = podSelector?.labelSelector?._toKube();
  const labels = podSelector?.namespaces?.labelSelector?._toKube();
  const { names } = podSelector?.namespaces ?? {};
  const { matchLabels, matchExpressions } = labels ?? {};
  const namespaces = names?.map(name => ({ matchLabels: { ...matchLabels, [NAMESPACE_NAME]: name }, matchExpressions })) ?? [labels];
  return namespaces.map(namespaceSelector => ({ ...namespaceSelector && { namespaceSelector }, ...pods && { podSelector: pods } }));
}

function checked(ports: number[] | undefined): number[] | undefined {
  const wrong = ports?.find(port => !Number.isInteger(port) || port < 1 || port > 65535);
  if (wrong !== undefined) { throw new Error(`'ports' must be of whole numbers from 1 to 65535, got ${wrong}`); }
  if (ports?.length === 0) { throw new Error("'ports' must have a port, got none; leave it out"); }
  return ports;
}
