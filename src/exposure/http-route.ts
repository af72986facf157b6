import { ApiObject, Chart, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { Exposed, HostsOptions } from './exposure-config';
import { Place } from './hosts';
import { gather } from '../kubernetes/problems';
import { checkAnnotations, checkDnsLabel, checkPort, checkSeconds, isSubdomain } from '../kubernetes/validate';

/**
 * A Gateway that exists, and perhaps one of its listeners.
 */
export interface GatewayOptions {
  /** The name of the Gateway. */
  readonly name: string;

  /**
   * The namespace of the Gateway. Its listener must allow routes from the namespace of the HTTPRoute (`allowedRoutes`).
   *
   * @default - the namespace of the HTTPRoute
   */
  readonly namespace?: string;

  /**
   * The name of the listener, for example the one with TLS.
   *
   * @default - every listener that allows the host
   */
  readonly sectionName?: string;

  /**
   * The port of the listener.
   *
   * @default - every port
   */
  readonly port?: number;
}

/**
 * Options of `Exposure.httpRoute`.
 */
export interface HttpRouteExposureOptions extends HostsOptions {
  /** The Gateway that takes the requests. Its listener has the certificate. */
  readonly gateway: GatewayOptions;

  /**
   * The namespace of the HTTPRoute, if the Gateway allows routes only from there. A ReferenceGrant then lets the route use the Service.
   *
   * @default - the namespace of the Airflow
   */
  readonly namespace?: string;

  /**
   * How long the Gateway waits for a whole answer, for example while Airflow reads a large log.
   *
   * @default - the Gateway decides
   */
  readonly timeout?: Duration;

  /**
   * Annotations of the HTTPRoute.
   *
   * @default - none
   */
  readonly annotations?: { readonly [name: string]: string };
}

const GROUP = 'gateway.networking.k8s.io';

/** Throws for names that Kubernetes would refuse. */
export function checkHttpRoute(scope: Construct, { gateway, namespace, timeout, annotations }: HttpRouteExposureOptions): void {
  gather(scope, problems => {
    for (const [prop, name] of [['gateway.name', gateway.name], ['gateway.sectionName', gateway.sectionName]] as const) {
      if (name !== undefined && !isSubdomain(name)) {
        problems.add(`'exposure.${prop}' must be a name of lowercase letters, digits, '-' and '.', got '${name}'`);
      }
    }
    if (gateway.namespace !== undefined) { problems.check(() => checkDnsLabel(scope, 'exposure.gateway.namespace', gateway.namespace!)); }
    if (namespace !== undefined) { problems.check(() => checkDnsLabel(scope, 'exposure.namespace', namespace)); }
    problems.check(() => checkPort(scope, 'exposure.gateway.port', gateway.port));
    problems.check(() => checkSeconds(scope, 'exposure.timeout', timeout, 1));
    problems.check(() => checkAnnotations(scope, 'exposure.annotations', annotations));
  });
}

/** Creates the HTTPRoute, and a ReferenceGrant for each Service that it uses in another namespace. */
export function createHttpRoute(exposed: Exposed, { hosts, paths }: Place, options: HttpRouteExposureOptions): ApiObject[] {
  const { scope, service, metadata } = exposed;
  const { gateway: { name, namespace, sectionName, port }, timeout, annotations } = options;
  const own = Chart.of(scope).namespace!;
  const home = options.namespace ?? own;
  const foreign: { service: kplus.Service; namespace: string }[] = [];
  const backend = (to: kplus.Service) => {
    const other = ApiObject.of(to).metadata.namespace ?? own;
    if (other === home) { return { name: to.name, port: to.port }; }
    if (!foreign.some(({ service: known }) => known === to)) { foreign.push({ service: to, namespace: other }); }
    return { name: to.name, namespace: other, port: to.port };
  };
  const route = new ApiObject(scope, 'http-route', {
    apiVersion: `${GROUP}/v1`,
    kind: 'HTTPRoute',
    metadata: { ...metadata('HTTPRoute'), namespace: options.namespace, annotations },
    spec: {
      parentRefs: [{ name, namespace, sectionName, port }],
      hostnames: hosts,
      rules: paths.map(({ path, extra }) => ({
        matches: [{ path: { type: 'PathPrefix', value: path } }],
        backendRefs: [backend(extra?.service ?? service)],
        timeouts: timeout && { request: `${timeout.toSeconds()}s` },
      })),
    },
  });
  return [route, ...foreign.map((to, index) => referenceGrant(exposed, home, to, index))];
}

function referenceGrant(
  { scope, metadata }: Exposed, from: string, { service, namespace }: { service: kplus.Service; namespace: string }, index: number,
): ApiObject {
  const { name, labels } = metadata('ReferenceGrant');
  return new ApiObject(scope, index === 0 ? 'reference-grant' : `reference-grant-${index + 1}`, {
    apiVersion: `${GROUP}/v1beta1`,
    kind: 'ReferenceGrant',
    metadata: { name: name && index > 0 ? `${name}-${index + 1}` : name, labels, namespace },
    spec: { from: [{ group: GROUP, kind: 'HTTPRoute', namespace: from }], to: [{ group: '', kind: 'Service', name: service.name }] },
  });
}
