import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { ObjectMetadata } from '../pod-options';
import { Role } from '../private/roles';
import { checkAtLeast, failure } from '../private/validate';

/**
 * How the UI and the REST API are reached.
 */
export interface WebServiceOptions extends ObjectMetadata {
  /**
   * The type of the Service.
   *
   * @default ServiceType.CLUSTER_IP
   */
  readonly type?: kplus.ServiceType;

  /**
   * The port of the Service.
   *
   * @default 8080
   */
  readonly port?: number;

  /**
   * The port on every node; needs the type `NODE_PORT` or `LOAD_BALANCER`.
   *
   * @default - Kubernetes picks one, where the type has one
   */
  readonly nodePort?: number;

  /**
   * Who may use the load balancer, as CIDR ranges; needs the type `LOAD_BALANCER`.
   *
   * @default - everyone
   */
  readonly loadBalancerSourceRanges?: string[];
}

/** The Service of a component that serves HTTP. */
export function webService(
  scope: Construct, targetPort: number, selector: { readonly [name: string]: string }, labels: { readonly [name: string]: string },
  role: Role, options: WebServiceOptions = {},
): kplus.Service {
  const type = options.type ?? kplus.ServiceType.CLUSTER_IP;
  checkAtLeast(scope, 'service.port', options.port, 1);
  if (options.nodePort !== undefined && type === kplus.ServiceType.CLUSTER_IP) {
    throw failure(scope, `'service.nodePort' needs the type NODE_PORT or LOAD_BALANCER, got ${options.nodePort} with ${type}`);
  }
  if (options.loadBalancerSourceRanges !== undefined && type !== kplus.ServiceType.LOAD_BALANCER) {
    throw failure(scope, `'service.loadBalancerSourceRanges' needs the type LOAD_BALANCER, got ${type}`);
  }
  return new kplus.Service(scope, 'service', {
    metadata: { labels: { ...options.labels, ...labels, 'app.kubernetes.io/component': role }, annotations: options.annotations },
    selector: kplus.Pods.select(scope, 'pods', { labels: { ...selector } }),
    type,
    ports: [{ name: 'http', port: options.port ?? 8080, targetPort, nodePort: options.nodePort }],
    loadBalancerSourceRanges: options.loadBalancerSourceRanges,
  });
}
