import { ApiObject, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { Exposed, HostsOptions } from './exposure-config';
import { Place } from './hosts';
import { gather } from '../kubernetes/problems';
import { checkAnnotations, checkSeconds, failure, isSubdomain } from '../kubernetes/validate';

type Annotations = { readonly [name: string]: string };

/**
 * The certificate of an Ingress.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/ingress/#tls
 */
export class IngressTls {
  /** A certificate from a Secret with the keys `tls.crt` and `tls.key`. */
  public static fromSecret(secret: kplus.ISecret): IngressTls {
    return new IngressTls({}, secret.name);
  }

  /** A certificate that cert-manager gets from an Issuer in the namespace of the Airflow. */
  public static certManagerIssuer(name: string): IngressTls {
    return new IngressTls({ 'cert-manager.io/issuer': issuer(name) });
  }

  /** A certificate that cert-manager gets from a ClusterIssuer. */
  public static certManagerClusterIssuer(name: string): IngressTls {
    return new IngressTls({ 'cert-manager.io/cluster-issuer': issuer(name) });
  }

  /**
   * @param _annotations the annotations that request the certificate
   * @param _secretName the Secret that exists; undefined if cert-manager creates it
   * @internal
   */
  private constructor(public readonly _annotations: Annotations, public readonly _secretName?: string) {}
}

function issuer(name: string): string {
  if (!isSubdomain(name)) {
    throw new Error(`'name' must be the name of an issuer, of lowercase letters, digits, '-' and '.', got '${name}'`);
  }
  return name;
}

/**
 * How long an Ingress controller waits for an answer. An Ingress has no field for it, so each controller has an annotation of its own.
 */
export class IngressTimeout {
  /** The community's ingress-nginx. Its default is 60 seconds between two reads of an answer. */
  public static nginx(timeout: Duration): IngressTimeout {
    return new IngressTimeout(timeout, seconds => ({
      'nginx.ingress.kubernetes.io/proxy-read-timeout': `${seconds}`, 'nginx.ingress.kubernetes.io/proxy-send-timeout': `${seconds}`,
    }));
  }

  /** Contour. Its default is 15 seconds for a whole answer. */
  public static contour(timeout: Duration): IngressTimeout {
    return new IngressTimeout(timeout, seconds => ({ 'projectcontour.io/response-timeout': `${seconds}s` }));
  }

  /** HAProxy Technologies' controller. Its default is 50 seconds without data from the server. */
  public static haproxy(timeout: Duration): IngressTimeout {
    return new IngressTimeout(timeout, seconds => ({ 'haproxy.org/timeout-server': `${seconds}s` }));
  }

  /**
   * @internal
   */
  private constructor(public readonly _timeout: Duration, private readonly render: (seconds: number) => Annotations) {}

  /**
   * @internal
   */
  public get _annotations(): Annotations {
    return this.render(this._timeout.toSeconds());
  }
}

/**
 * Options of `Exposure.ingress`.
 */
export interface IngressExposureOptions extends HostsOptions {
  /**
   * The name of the IngressClass, and so the controller that serves the Ingress.
   *
   * @default - the default class of the cluster
   */
  readonly className?: string;

  /**
   * The certificate with which the controller serves the hosts.
   *
   * @default - none; with an https `url`, the controller or a load balancer before it has the certificate
   */
  readonly tls?: IngressTls;

  /**
   * How long the controller waits for an answer, for example while Airflow reads a large log.
   *
   * @default - the controller decides
   */
  readonly timeout?: IngressTimeout;

  /**
   * Further annotations, for features of the controller.
   *
   * @default - none
   */
  readonly annotations?: { readonly [name: string]: string };
}

/** Throws for options that do not fit together. */
export function checkIngress(scope: Construct, { url }: Place, { className, tls, timeout, annotations }: IngressExposureOptions): void {
  gather(scope, problems => {
    if (tls !== undefined && url.scheme === 'http') {
      problems.add(
        `'exposure.tls' has a certificate, but 'url' is without TLS, got '${url.text}'; begin 'url' with https, or leave 'tls' out`,
      );
    }
    if (className !== undefined && !isSubdomain(className)) {
      problems.add(
        `'exposure.className' must be the name of an IngressClass, of lowercase letters, digits, '-' and '.', got '${className}'`,
      );
    }
    problems.check(() => checkSeconds(scope, 'exposure.timeout', timeout?._timeout, 1));
    // The annotations of the timeout can only be rendered if it is valid.
    if (problems.isEmpty) {
      problems.check(() =>
        checkAnnotations(scope, 'exposure.annotations', annotations, { ...tls?._annotations, ...timeout?._annotations }),
      );
    }
    if (annotations?.['kubernetes.io/ingress.class'] !== undefined) {
      problems.add("'exposure.annotations' cannot set 'kubernetes.io/ingress.class', "
        + `got '${annotations['kubernetes.io/ingress.class']}'; use 'className'`);
    }
  });
}

/** Creates the Ingress. */
export function createIngress(
  { scope, service, metadata, certificateSecret }: Exposed, { hosts, paths }: Place, options: IngressExposureOptions,
): ApiObject {
  const { className, tls, timeout, annotations } = options;
  const all = { ...annotations, ...tls?._annotations, ...timeout?._annotations };
  const rendered = paths.map(({ path, extra }) => {
    const { name, port } = extra?.service ?? service;
    return { path, pathType: 'Prefix', backend: { service: { name, port: { number: port } } } };
  });
  return new ApiObject(scope, 'ingress', {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { ...metadata('Ingress'), annotations: Object.keys(all).length === 0 ? undefined : all },
    spec: {
      ingressClassName: className,
      tls: tls && [{ hosts, secretName: tls._secretName ?? certificateSecret() }],
      rules: hosts.map(host => ({ host, http: { paths: rendered } })),
    },
  });
}

/** Throws for a Service in another namespace, which an Ingress cannot name. */
export function checkBackends(scope: Construct, namespace: string | undefined, { paths }: Place): void {
  for (const { extra } of paths) {
    const other = extra && ApiObject.of(extra.service).metadata.namespace;
    if (other !== undefined && other !== namespace) {
      throw failure(scope, `'exposure.extraPaths' must lead to Services of the namespace '${namespace}', `
        + `since an Ingress knows no other, got '${extra!.path}' to the namespace '${other}'; use Exposure.httpRoute()`);
    }
  }
}
