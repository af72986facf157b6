import { Chart, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { checkServing } from './arguments';
import { Component, ComponentRequest } from './component';
import { ComponentOptions } from './component-options';
import { webService, WebServiceOptions } from './web-service';
import { IAirflow } from '../instance/i-airflow';
import { HUNG, Probes } from '../kubernetes/probe';

/** What a component that serves HTTP says of itself. */
export interface WebRequest extends Omit<ComponentRequest, 'ports' | 'terminationGracePeriod'> {
  readonly scheme: 'http' | 'https';
  /** Where the UI is: empty at the root. */
  readonly path: string;
  /** The port that it listens on, and that of the Service by default. */
  readonly port: number;
  /** Arguments that the Service and the probes would not see, and the option that says the same to both. */
  readonly elsewhere: { readonly [argument: string]: string };
}

/**
 * What every component that serves HTTP can be given.
 */
export interface WebComponentOptions extends ComponentOptions {
  /**
   * The Service in front of the pods.
   *
   * @default - a ClusterIP Service on port 8080; of Flower on port 5555
   */
  readonly service?: WebServiceOptions;
}

/**
 * Properties of every `WebComponent`.
 */
export interface WebComponentProps extends WebComponentOptions {
  /** The Airflow that it is part of. */
  readonly airflow: IAirflow;

  /**
   * What the component says of itself; only the library can.
   *
   * @internal
   */
  readonly _request: WebRequest;
}

/**
 * A component that serves HTTP, behind a Service: the API server, the webserver or Flower.
 */
export abstract class WebComponent extends Component {
  /** The Service in front of the pods. */
  public readonly service: kplus.Service;
  /** The URL inside the cluster. */
  public readonly url: string;
  /** The URL on this machine while `kubectl port-forward` runs, which the notes of the Airflow show. */
  public readonly localUrl: string;

  protected constructor(scope: Construct, id: string, props: WebComponentProps) {
    const { service, _request: { scheme, path, port, elsewhere, ...request } = {} as WebRequest, ...options } = props;
    super(scope, id, {
      ...options,
      _request: { ...request, ports: [{ name: 'http', containerPort: port }], terminationGracePeriod: Duration.seconds(30) },
    });
    checkServing(this, options, port, elsewhere);
    this.service = webService(this, this.podLabels, props.airflow, request.role, service, port);
    this.url = `${scheme}://${this.service.name}.${Chart.of(this).namespace}.svc:${this.service.port}${path}`;
    this.localUrl = `${scheme}://localhost:${port}${path}`;
  }
}

/** The probes of a component that serves HTTP. */
export function httpProbes(path: string, port: string, scheme: string): Probes {
  const check = { httpGet: { path, port, scheme } };
  return {
    startup: { check, timings: { period: Duration.seconds(2), timeout: Duration.seconds(5), failureThreshold: 150 } },
    readiness: { check, timings: { period: Duration.seconds(10), timeout: Duration.seconds(5), failureThreshold: 3 } },
    liveness: { check, timings: { period: Duration.seconds(15), timeout: Duration.seconds(15), failureThreshold: 3 }, more: HUNG },
  };
}
