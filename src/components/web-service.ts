import { ApiObject, Duration, JsonPatch } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { labelsFor } from '../core/labels';
import { partOf } from '../core/names';
import { Role } from '../core/needs';
import { ExposureConfig } from '../exposure/exposure-config';
import { IAirflow } from '../instance/i-airflow';
import { IpFamily } from '../kubernetes/ip-family';
import { ObjectMetadata } from '../kubernetes/pod-options';
import { gather, Problems } from '../kubernetes/problems';
import { plainService } from '../kubernetes/service';
import { checkAnnotations, checkBetween, checkDnsLabel, checkLabels, checkPort, failure, isLabelName } from '../kubernetes/validate';

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

  /**
   * How long the requests from one client address go to the same pod (`sessionAffinity: ClientIP`), at most one day. Behind a proxy, the
   * address is that of the proxy.
   *
   * @default - each connection goes to any pod
   */
  readonly sessionAffinity?: Duration;

  /**
   * The protocol that gateways and meshes speak to the port, for example `http` or `kubernetes.io/h2c`.
   *
   * @default - `https` with a certificate of `tls`, otherwise not said
   */
  readonly appProtocol?: string;

  /**
   * Ports in addition to the port of the component, for example that of a sidecar.
   *
   * @default - none
   */
  readonly ports?: ServicePortOptions[];
}

/**
 * An additional port of a Service.
 */
export interface ServicePortOptions {
  /** The name, unique in the Service. */
  readonly name: string;

  /** The port of the Service. */
  readonly port: number;

  /**
   * The port of a container. A sidecar or the main container must have it in its `ports`.
   *
   * @default - the same as `port`
   */
  readonly targetPort?: number;

  /**
   * The protocol that gateways and meshes speak to the port.
   *
   * @default - not said
   */
  readonly appProtocol?: string;
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
  /** The other ports on which containers of the pod listen. */
  readonly more: number[];
  /** Whether the component has a certificate. */
  readonly tls: boolean;
}

/** Creates the Service of a component that serves HTTP. */
export function webService(
  served: Served, options: WebServiceOptions = {}, { service: spec, through }: ExposureConfig,
): kplus.Service {
  const { scope, airflow, role, selector, port } = served;
  const { type, nodePort, loadBalancerSourceRanges, loadBalancerClass, loadBalancerIP, externalTrafficPolicy } = spec;
  const labels = labelsFor(airflow._instance.labels, selector['app.kubernetes.io/component']);
  checkPorts(served, options);
  checkLabels(scope, 'service.labels', options.labels, labels);
  checkAnnotations(scope, 'service.annotations', options.annotations, spec.annotations, "leave it out here or in 'exposure'");
  checkFamily(scope, airflow._ipFamily, loadBalancerSourceRanges);
  const { _registry: registry } = airflow;
  const own = {
    name: 'http',
    port: options.port ?? port,
    targetPort: port,
    appProtocol: options.appProtocol ?? (served.tls ? 'https' : undefined),
  };
  const ports = [own, ...options.ports ?? []];
  for (const { port: at, targetPort = at } of ports) { registry.addService(scope, at, targetPort); }
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
    ports: ports.map(({ name, port: at, targetPort = at }, index) => ({ name, port: at, targetPort, ...index === 0 && { nodePort } })),
    loadBalancerSourceRanges,
  }), airflow._ipFamily);
  // The Service of cdk8s-plus lacks these fields. It renders the patched names, so they are those of its own type.
  const sessionAffinityConfig = options.sessionAffinity && { clientIp: { timeoutSeconds: options.sessionAffinity.toSeconds() } };
  const fields = {
    loadBalancerClass,
    loadBalancerIp: loadBalancerIP,
    externalTrafficPolicy,
    sessionAffinity: sessionAffinityConfig && 'ClientIP',
    sessionAffinityConfig,
    ...Object.fromEntries(ports.map(({ appProtocol }, index) => [`ports/${index}/appProtocol`, appProtocol])),
  };
  for (const [field, value] of Object.entries(fields)) {
    if (value !== undefined) { ApiObject.of(service).addJsonPatch(JsonPatch.add(`/spec/${field}`, value)); }
  }
  return service;
}

function checkPorts(
  { scope, port, more, tls }: Served, { port: given, ports = [], sessionAffinity, appProtocol }: WebServiceOptions,
): void {
  gather(scope, problems => {
    problems.check(() => checkPort(scope, 'service.port', given));
    const seconds = sessionAffinity?.toSeconds({ integral: false });
    problems.check(() => checkBetween(scope, 'service.sessionAffinity', seconds, 1, 86400));
    checkProtocol(problems, 'service.appProtocol', appProtocol);
    if (tls && appProtocol !== undefined && appProtocol !== 'https') {
      problems.add(`'service.appProtocol' must be https, since the component has a certificate, got '${appProtocol}'; leave it out`);
    }
    const [names, numbers] = [new Set(['http']), new Set([given ?? port])];
    for (const { name, port: at, targetPort = at, appProtocol: protocol } of ports) {
      checkProtocol(problems, `service.ports.${name}.appProtocol`, protocol);
      problems.check(() => checkDnsLabel(scope, 'service.ports.name', name, 15));
      problems.check(() => checkPort(scope, 'service.ports.port', at));
      if (names.has(name) || numbers.has(at)) {
        problems.add(`'service.ports' must have other names and ports than 'http' and each other, got '${name}' at ${at} again`);
      }
      names.add(name);
      numbers.add(at);
      if (!more.includes(targetPort)) {
        problems.add(
          `'service.ports.${name}' leads to the port ${targetPort}, on which no container listens (${[port, ...more].join(', ')}); `
            + "add it to 'ports' of a sidecar or of 'container'",
        );
      }
    }
  });
}

function checkProtocol(problems: Problems, prop: string, protocol: string | undefined): void {
  if (protocol !== undefined && !isLabelName(protocol)) {
    problems.add(`'${prop}' must be the name of a protocol, like http or kubernetes.io/h2c, got '${protocol}'`);
  }
}

/** Throws if a Service of one IP family admits only addresses of the other. */
function checkFamily(scope: Construct, family: IpFamily | undefined, ranges: string[] = []): void {
  const own = family === IpFamily.IPV4 || family === IpFamily.IPV6 ? family : undefined;
  if (own !== undefined && ranges.length > 0 && !ranges.some(range => range.includes(':') === (own === IpFamily.IPV6))) {
    throw failure(scope, `'exposure.sourceRanges' must have a range of ${own}, the only family that 'pods.ipFamily' gives the Service, `
      + `got '${ranges.join("', '")}'`);
  }
}
