import { ApiObject, Chart, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { checkServing } from './arguments';
import { Component, ComponentRequest } from './component';
import { ComponentOptions } from './component-options';
import { ComponentTls, componentTlsParts } from './server-tls';
import { webService, WebServiceOptions } from './web-service';
import { BaseUrl } from '../core/base-url';
import { labelsFor } from '../core/labels';
import { partOf } from '../core/names';
import { Exposure } from '../exposure/exposure';
import { ExposureConfig } from '../exposure/exposure-config';
import { IAirflow } from '../instance/i-airflow';
import { failure } from '../kubernetes/validate';

const DRAIN = Duration.seconds(10);
/** The time to drain, and then to answer the requests that have come. */
const GRACE = Duration.seconds(40);

/** The pod, port and path that a component that serves HTTP requests. */
export interface WebRequest extends Omit<ComponentRequest, 'ports' | 'terminationGracePeriod' | 'preStop'> {
  readonly scheme: 'http' | 'https';
  /** The path of the UI; empty for the root. */
  readonly path: string;
  /** The public URL. */
  readonly publicUrl?: BaseUrl;
  /** The certificate; undefined without TLS. */
  readonly tls?: ComponentTls;
  /** The port that the component listens on, and the default port of the Service. */
  readonly port: number;
  /** The file that tells the server to let its clients leave. */
  readonly drainMark?: string;
  /** The path for which browsers keep the log-in to Airflow 3. */
  readonly cookiePath?: string;
  /** What this component must not be exposed as, as text for an error; undefined if there is nothing wrong. */
  readonly refuses?: (exposure: ExposureConfig) => string | undefined;
  /** Arguments that the Service and the probes would not follow, each with the option to set instead. */
  readonly elsewhere: { readonly [argument: string]: string };
}

/**
 * The options of every component that serves HTTP.
 */
export interface WebComponentOptions extends ComponentOptions {
  /**
   * The Service in front of the pods.
   *
   * @default - a ClusterIP Service on port 8080, for Flower on port 5555
   */
  readonly service?: WebServiceOptions;

  /**
   * How users outside of the cluster reach the component.
   *
   * @default Exposure.none()
   */
  readonly exposure?: Exposure;
}

/**
 * Properties of `WebComponent`, only for the library. A subclass of your own extends a component and takes its props, for example
 * `ApiServerProps`.
 */
export interface WebComponentProps extends WebComponentOptions {
  /** The Airflow that the component is part of. */
  readonly airflow: IAirflow;

  /**
   * The pod and probes that the component requests. Only the library sets this.
   *
   * @internal
   */
  readonly _request: WebRequest;
}

/**
 * A component that serves HTTP, behind a Service: the API server, the execution API, the webserver or Flower.
 */
export abstract class WebComponent extends Component {
  /** The Service in front of the pods. */
  public readonly service: kplus.Service;
  /** Whether users outside of the cluster reach the component, by its `exposure`. */
  public readonly isExposed: boolean;
  /** The Ingress, or the HTTPRoute and its ReferenceGrants, for patches. Empty with any other exposure. */
  public readonly exposureObjects: ApiObject[];
  /** The public URL of the UI. Undefined without `url`. */
  public readonly publicUrl?: string;
  /** The URL inside the cluster, with the path below which the component serves. */
  public readonly url: string;
  /** The URL on your machine while the `kubectl port-forward` command of `airflow.notes` runs. */
  public readonly localUrl: string;

  /**
   * The certificate; undefined without `tls`.
   *
   * @internal
   */
  public readonly _tls?: ComponentTls;

  protected constructor(scope: Construct, id: string, props: WebComponentProps) {
    const { service, exposure, _request, ...options } = props;
    const { scheme, path, publicUrl, cookiePath, drainMark, tls, port, elsewhere, refuses, ...request } = _request ?? {} as WebRequest;
    let host = '';
    super(scope, id, {
      ...options,
      _request: {
        ...request,
        ports: [{ name: 'http', containerPort: port }],
        terminationGracePeriod: GRACE,
        preStop: preStopOf(options, drainMark),
        parts: componentTlsParts(props.airflow, tls, () => host, request.parts),
      },
    });
    checkServing(this, options, port, elsewhere);
    const { airflow } = props;
    const { role } = request;
    const exposed = (exposure ?? Exposure.none())._bind(this, publicUrl, cookiePath);
    const refusal = exposed.through === 'nothing' ? undefined : refuses?.(exposed);
    if (refusal !== undefined) { throw failure(this, refusal); }
    const served = { scope: this, airflow, role, selector: this.podLabels, port, more: morePorts(options), tls: tls !== undefined };
    this.service = webService(served, service, exposed);
    this.isExposed = exposed.through !== 'nothing';
    this.exposureObjects = exposed.create({
      scope: this,
      service: this.service,
      metadata: kind => ({
        ...airflow._names.metadata({ scope: this, kind, part: partOf(this, role) }),
        labels: labelsFor(airflow._instance.labels, this.podLabels['app.kubernetes.io/component']),
      }),
      certificateSecret: () => airflow._names.secret(`${partOf(this, role)}-tls`),
    });
    host = `${this.service.name}.${Chart.of(this).namespace}.svc`;
    this._tls = tls;
    tls?.create(this, this.service.name);
    this.publicUrl = publicUrl?.text;
    this.url = `${scheme}://${host}:${this.service.port}${path}`;
    this.localUrl = `${scheme}://localhost:${port}${path}`;
  }
}

/** The ports of the user's containers. */
function morePorts({ sidecars = [], container }: ComponentOptions): number[] {
  return [...container?.ports ?? [], ...sidecars.flatMap(({ ports = [] }) => ports)].map(({ number }) => number);
}

/**
 * Proxies and nodes send requests for some seconds to a pod that ends, because they hear of its end later than the pod itself. The server
 * closes its port at SIGTERM, so SIGTERM waits. A shorter grace period leaves half of it for the requests that are being answered.
 */
function preStopOf({ terminationGracePeriod = GRACE }: ComponentOptions, drainMark?: string): string[] | undefined {
  const seconds = Math.min(DRAIN.toSeconds(), Math.floor(terminationGracePeriod.toSeconds() / 2));
  if (seconds === 0) { return undefined; }
  return drainMark === undefined ? ['sleep', `${seconds}`] : ['sh', '-c', `touch ${drainMark}; sleep ${seconds}`];
}
