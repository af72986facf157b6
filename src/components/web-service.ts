import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { labelsFor } from '../core/labels';
import { partOf } from '../core/names';
import { Role } from '../core/needs';
import { IAirflow } from '../instance/i-airflow';
import { isCidr } from '../kubernetes/cidr';
import { IpFamily } from '../kubernetes/ip-family';
import { ObjectMetadata } from '../kubernetes/pod-options';
import { plainService } from '../kubernetes/service';
import { checkLabels, checkPort, failure } from '../kubernetes/validate';

/**
 * The Service in front of a component that serves HTTP.
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
   * @default - 8080, for Flower 5555
   */
  readonly port?: number;

  /**
   * The port on every node. It needs the type `NODE_PORT` or `LOAD_BALANCER`.
   *
   * @default - Kubernetes picks a port if the type needs one
   */
  readonly nodePort?: number;

  /**
   * The client addresses that may use the load balancer, as CIDR ranges. It needs the type `LOAD_BALANCER`.
   *
   * @default - all addresses
   */
  readonly loadBalancerSourceRanges?: string[];
}

/** The port that the API server and the webserver listen on, whatever the port of the Service is. */
export const WEB_PORT = 8080;

/** The purposes for which clients outside of the Airflow connect, where they differ. */
const PURPOSES: { readonly [role in Role]?: string } = { [Role.FLOWER]: 'UI', [Role.EXECUTION_API]: 'execution API' };

/** The scheme and the path of a web component: `https` if the component has a certificate, and the path of its public URL. */
export function webAddress(airflow: IAirflow, section: 'api' | 'webserver', tls?: object): { scheme: 'http' | 'https'; path: string } {
  const certificate = airflow.config._pin(section, section === 'api' ? 'ssl_cert' : 'web_server_ssl_cert');
  return { scheme: certificate || tls !== undefined ? 'https' : 'http', path: airflow._url?.path ?? '' };
}

/** Creates the Service of a component that serves HTTP. */
export function webService(
  scope: Construct, selector: { readonly [name: string]: string }, airflow: IAirflow, role: Role, options: WebServiceOptions = {}, port = WEB_PORT,
): kplus.Service {
  const type = options.type ?? kplus.ServiceType.CLUSTER_IP;
  const labels = labelsFor(airflow._instance.labels, selector['app.kubernetes.io/component']);
  checkPort(scope, 'service.port', options.port);
  checkPort(scope, 'service.nodePort', options.nodePort);
  checkLabels(scope, 'service.labels', options.labels, labels);
  if (options.nodePort !== undefined && type === kplus.ServiceType.CLUSTER_IP) {
    throw failure(scope, `'service.nodePort' needs the type NODE_PORT or LOAD_BALANCER, got ${options.nodePort} with ${type}`);
  }
  if (options.loadBalancerSourceRanges !== undefined && type !== kplus.ServiceType.LOAD_BALANCER) {
    throw failure(scope, `'service.loadBalancerSourceRanges' needs the type LOAD_BALANCER, got ${type}`);
  }
  const wrong = options.loadBalancerSourceRanges?.find(range => !isCidr(range));
  if (wrong !== undefined) {
    throw failure(scope, `'service.loadBalancerSourceRanges' must be of CIDR ranges like 10.0.0.0/8 or fd00::/8, got '${wrong}'`);
  }
  checkFamily(scope, airflow._ipFamily, options.loadBalancerSourceRanges);
  const { _registry: registry } = airflow;
  registry.addService(scope, options.port ?? port, port);
  const purpose = PURPOSES[role] ?? 'UI and API';
  // Only tasks call the execution API, so nobody outside of the cluster does unless the Service invites them.
  if (role !== Role.EXECUTION_API || type !== kplus.ServiceType.CLUSTER_IP) {
    registry.addClient('users', 'users', () => [{ ...registry.endpoint(scope, role, options.port ?? port), purpose }]);
  }
  return plainService(new kplus.Service(scope, 'service', {
    metadata: {
      ...airflow._names.metadata({ scope, kind: 'Service', part: partOf(scope, role) }), labels: { ...options.labels, ...labels }, annotations: options.annotations,
    },
    selector: kplus.Pods.select(scope, 'pods', { labels: { ...selector } }),
    type,
    ports: [{ name: 'http', port: options.port ?? port, targetPort: port, nodePort: options.nodePort }],
    loadBalancerSourceRanges: options.loadBalancerSourceRanges,
  }), airflow._ipFamily);
}

/** Throws if a Service of one IP family admits only addresses of the other. */
function checkFamily(scope: Construct, family: IpFamily | undefined, ranges: string[] = []): void {
  const own = family === IpFamily.IPV4 || family === IpFamily.IPV6 ? family : undefined;
  if (own !== undefined && ranges.length > 0 && !ranges.some(range => range.includes(':') === (own === IpFamily.IPV6))) {
    throw failure(scope, `'service.loadBalancerSourceRanges' must have a range of ${own}, the only family that 'ipFamily' gives the Service, got '${ranges.join("', '")}'`);
  }
}
