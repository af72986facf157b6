import { ApiObject, JsonPatch } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { labelsFor } from '../core/labels';
import { partOf } from '../core/names';
import { Role } from '../core/needs';
import { ExposureConfig } from '../exposure/exposure-config';
import { IAirflow } from '../instance/i-airflow';
import { IpFamily } from '../kubernetes/ip-family';
import { ObjectMetadata } from '../kubernetes/pod-options';
import { plainService } from '../kubernetes/service';
import { checkAnnotations, checkLabels, checkPort, failure } from '../kubernetes/validate';

/**
 * The Service in front of a component that serves HTTP.
 */
export interface WebServiceOptions extends ObjectMetadata {
  /**
   * The port of the Service.
   *
   * @default - 8080, for Flower 5555
   */
  readonly port?: number;
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

/** The component that a Service stands in front of. */
export interface Served {
  readonly scope: Construct;
  readonly airflow: IAirflow;
  readonly role: Role;
  readonly selector: { readonly [name: string]: string };
  /** The port that the component listens on. */
  readonly port: number;
}

/** Creates the Service of a component that serves HTTP. */
export function webService(
  { scope, airflow, role, selector, port }: Served, options: WebServiceOptions = {}, { service: spec, through }: ExposureConfig,
): kplus.Service {
  const { type, nodePort, loadBalancerSourceRanges, loadBalancerClass, loadBalancerIP } = spec;
  const labels = labelsFor(airflow._instance.labels, selector['app.kubernetes.io/component']);
  checkPort(scope, 'service.port', options.port);
  checkLabels(scope, 'service.labels', options.labels, labels);
  checkAnnotations(scope, 'service.annotations', options.annotations, spec.annotations, "leave it out here or in 'exposure'");
  checkFamily(scope, airflow._ipFamily, loadBalancerSourceRanges);
  const { _registry: registry } = airflow;
  registry.addService(scope, options.port ?? port, port);
  const purpose = PURPOSES[role] ?? 'UI and API';
  // Only tasks call the execution API, so nobody outside of the cluster does unless it is exposed.
  if (role !== Role.EXECUTION_API || through !== 'nothing') {
    registry.addClient('users', 'users', () => [{ ...registry.endpoint(scope, role, options.port ?? port), purpose }]);
  }
  const service = plainService(new kplus.Service(scope, 'service', {
    metadata: {
      ...airflow._names.metadata({ scope, kind: 'Service', part: partOf(scope, role) }),
      labels: { ...options.labels, ...labels },
      annotations: spec.annotations === undefined ? options.annotations : { ...options.annotations, ...spec.annotations },
    },
    selector: kplus.Pods.select(scope, 'pods', { labels: { ...selector } }),
    type,
    ports: [{ name: 'http', port: options.port ?? port, targetPort: port, nodePort }],
    loadBalancerSourceRanges,
  }), airflow._ipFamily);
  // The Service of cdk8s-plus lacks these fields. It renders the patched names, so they are those of its own type.
  for (const [field, value] of Object.entries({ loadBalancerClass, loadBalancerIp: loadBalancerIP })) {
    if (value !== undefined) { ApiObject.of(service).addJsonPatch(JsonPatch.add(`/spec/${field}`, value)); }
  }
  return service;
}

/** Throws if a Service of one IP family admits only addresses of the other. */
function checkFamily(scope: Construct, family: IpFamily | undefined, ranges: string[] = []): void {
  const own = family === IpFamily.IPV4 || family === IpFamily.IPV6 ? family : undefined;
  if (own !== undefined && ranges.length > 0 && !ranges.some(range => range.includes(':') === (own === IpFamily.IPV6))) {
    throw failure(scope, `'exposure.sourceRanges' must have a range of ${own}, the only family that 'pods.ipFamily' gives the Service, got '${ranges.join("', '")}'`);
  }
}
