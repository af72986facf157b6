import { isIP } from 'net';
import { Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { takeNodePort, takePlace } from './entrances';
import { Exposed, ExposureConfig } from './exposure-config';
import { Place, placeOf } from './hosts';
import { checkHttpRoute, createHttpRoute, HttpRouteExposureOptions } from './http-route';
import { checkBackends, checkIngress, createIngress, IngressExposureOptions } from './ingress';
import { BaseUrl } from '../core/base-url';
import { isCidr } from '../kubernetes/cidr';
import { checkMembers } from '../kubernetes/members';
import { gather } from '../kubernetes/problems';
import { checkAnnotations, checkPort, isLabelName } from '../kubernetes/validate';

/**
 * Which pods a node passes the connections of clients to.
 *
 * @see https://kubernetes.io/docs/reference/networking/virtual-ips/#external-traffic-policy
 */
export enum ExternalTrafficPolicy {
  /** To all pods. The pods see the address of the node. */
  CLUSTER = 'Cluster',
  /** To pods on the same node. The pods see the address of the client, and a node without a pod drops the connection. */
  LOCAL = 'Local',
}

/**
 * Options of `Exposure.loadBalancer`.
 */
export interface LoadBalancerExposureOptions {
  /**
   * The client addresses that may use the load balancer, as CIDR ranges.
   *
   * @default - all addresses
   */
  readonly sourceRanges?: string[];

  /**
   * The class of the load balancer, for example `service.k8s.aws/nlb`.
   *
   * @default - the default implementation of the cluster
   */
  readonly className?: string;

  /**
   * The address of the load balancer. Not every implementation supports it; some take an annotation instead.
   *
   * @default - the load balancer gets any address
   */
  readonly loadBalancerIP?: string;

  /**
   * The port on every node.
   *
   * @default - Kubernetes picks a port
   */
  readonly nodePort?: number;

  /**
   * Annotations of the Service, for features of the load balancer.
   *
   * @default - none
   */
  readonly annotations?: { readonly [name: string]: string };

  /**
   * Whether nodes pass connections only to pods of their own, so that the pods see the addresses of clients (`Local`), or to all pods.
   *
   * @default ExternalTrafficPolicy.CLUSTER
   */
  readonly externalTrafficPolicy?: ExternalTrafficPolicy;
}

/**
 * Options of `Exposure.nodePort`.
 */
export interface NodePortExposureOptions {
  /**
   * The port on every node.
   *
   * @default - Kubernetes picks a port
   */
  readonly nodePort?: number;

  /**
   * Whether nodes pass connections only to pods of their own, so that the pods see the addresses of clients (`Local`), or to all pods.
   *
   * @default ExternalTrafficPolicy.CLUSTER
   */
  readonly externalTrafficPolicy?: ExternalTrafficPolicy;
}

/**
 * How users outside of the cluster reach a component: the API server, the webserver or Flower.
 *
 * No exposure leads to the execution API of Airflow 3, through which tasks talk to Airflow, unless the program says so.
 */
export abstract class Exposure {
  /** Nobody outside of the cluster reaches the component, except with `kubectl port-forward`. */
  public static none(): Exposure {
    return new ServiceExposure('none', kplus.ServiceType.CLUSTER_IP, {});
  }

  /**
   * An Ingress that leads the host and the path of `url` to the component.
   *
   * @throws at the component, when it has no `url`, when the host is not a DNS name, or when another component has the same host and path
   * @see https://kubernetes.io/docs/concepts/services-networking/ingress/
   */
  public static ingress(options: IngressExposureOptions = {}): Exposure {
    checkMembers('IngressExposureOptions', options);
    return new IngressExposure(options);
  }

  /**
   * An HTTPRoute of the Gateway API that leads the host and the path of `url` to the component.
   *
   * @throws at the component, when it has no `url`, when the host is not a DNS name, or when another component has the same host and path
   * @see https://gateway-api.sigs.k8s.io/api-types/httproute/
   */
  public static httpRoute(options: HttpRouteExposureOptions): Exposure {
    checkMembers('HttpRouteExposureOptions', options);
    return new HttpRouteExposure(options);
  }

  /**
   * A Service of the type LoadBalancer. It passes on whole connections, so it cannot keep requests from the execution API: an API server
   * of Airflow 3 then needs `apiServer.executionApi`.
   */
  public static loadBalancer(options: LoadBalancerExposureOptions = {}): Exposure {
    checkMembers('LoadBalancerExposureOptions', options);
    return new ServiceExposure('loadBalancer', kplus.ServiceType.LOAD_BALANCER, options);
  }

  /**
   * A Service of the type NodePort, which every node forwards to. It passes on whole connections, so it cannot keep requests from the
   * execution API: an API server of Airflow 3 then needs `apiServer.executionApi`.
   */
  public static nodePort(options: NodePortExposureOptions = {}): Exposure {
    checkMembers('NodePortExposureOptions', options);
    return new ServiceExposure('nodePort', kplus.ServiceType.NODE_PORT, options);
  }

  /**
   * Whether clients reach the pods without a proxy that tells their address and scheme.
   *
   * @internal
   */
  public abstract get _isDirect(): boolean;

  /**
   * @param scope the component
   * @param cookiePath the path for which browsers keep the log-in to Airflow 3; undefined for any other component
   * @internal
   */
  public abstract _bind(scope: Construct, url: BaseUrl | undefined, cookiePath?: string): ExposureConfig;
}

class ServiceExposure extends Exposure {
  constructor(
    private readonly kind: 'none' | 'loadBalancer' | 'nodePort', private readonly type: kplus.ServiceType,
    private readonly options: LoadBalancerExposureOptions,
  ) {
    super();
  }

  public get _isDirect(): boolean {
    return this.kind !== 'none';
  }

  public _bind(scope: Construct): ExposureConfig {
    const { sourceRanges, className, loadBalancerIP, nodePort, annotations, externalTrafficPolicy } = this.options;
    gather(scope, problems => {
      problems.check(() => checkPort(scope, 'exposure.nodePort', nodePort));
      for (const range of (sourceRanges ?? []).filter(text => !isCidr(text))) {
        problems.add(`'exposure.sourceRanges' must be of CIDR ranges like 10.0.0.0/8 or fd00::/8, got '${range}'`);
      }
      if (sourceRanges?.length === 0) {
        problems.add("'exposure.sourceRanges' must have a range, got none, which Kubernetes takes for all addresses; leave it out");
      }
      if (loadBalancerIP !== undefined && isIP(loadBalancerIP) === 0) {
        problems.add(`'exposure.loadBalancerIP' must be an IP address, got '${loadBalancerIP}'`);
      }
      if (className !== undefined && !isLabelName(className)) {
        problems.add(`'exposure.className' must be the class of a load balancer, like service.k8s.aws/nlb, got '${className}'`);
      }
      problems.check(() => checkAnnotations(scope, 'exposure.annotations', annotations));
    });
    if (nodePort !== undefined) { takeNodePort(scope, nodePort); }
    return {
      choice: `Exposure.${this.kind}()`,
      through: this.kind === 'none' ? 'nothing' : 'connections',
      service: {
        type: this.type,
        nodePort,
        annotations,
        loadBalancerClass: className,
        loadBalancerIP,
        loadBalancerSourceRanges: sourceRanges,
        externalTrafficPolicy,
      },
      create: () => [],
    };
  }
}

/** An exposure by a proxy that reads HTTP requests. */
abstract class HttpExposure extends Exposure {
  public get _isDirect(): boolean {
    return false;
  }

  /** The answer of an exposure that takes a place on hosts. */
  protected answer(
    scope: Construct, choice: string, place: Place, controller: string, cookiePath: string | undefined, create: ExposureConfig['create'],
  ): ExposureConfig {
    const { path } = place.paths[place.paths.length - 1];
    for (const host of place.hosts) { takePlace({ scope, controller, host, path, cookiePath }); }
    return { choice, through: 'http', service: { type: kplus.ServiceType.CLUSTER_IP }, create };
  }
}

class IngressExposure extends HttpExposure {
  constructor(private readonly options: IngressExposureOptions) {
    super();
  }

  public _bind(scope: Construct, url: BaseUrl | undefined, cookiePath?: string): ExposureConfig {
    const choice = 'Exposure.ingress()';
    const place = placeOf(scope, choice, url, this.options);
    checkIngress(scope, place, this.options);
    checkBackends(scope, Chart.of(scope).namespace, place);
    return this.answer(scope, choice, place, `ingress ${this.options.className ?? ''}`, cookiePath,
      (exposed: Exposed) => [createIngress(exposed, place, this.options)]);
  }
}

class HttpRouteExposure extends HttpExposure {
  constructor(private readonly options: HttpRouteExposureOptions) {
    super();
  }

  public _bind(scope: Construct, url: BaseUrl | undefined, cookiePath?: string): ExposureConfig {
    const choice = 'Exposure.httpRoute()';
    const place = placeOf(scope, choice, url, this.options);
    checkHttpRoute(scope, this.options);
    const { gateway, namespace } = this.options;
    const home = gateway.namespace ?? namespace ?? Chart.of(scope).namespace;
    const controller = `gateway ${home} ${gateway.name} ${gateway.sectionName ?? ''}`;
    return this.answer(scope, choice, place, controller, cookiePath, (exposed: Exposed) => createHttpRoute(exposed, place, this.options));
  }
}
