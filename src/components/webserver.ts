import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { checkServing } from './arguments';
import { Component, described, httpProbes } from './component';
import { ComponentOptions } from './component-options';
import { WEB_PORT, webAddress, webService, WebServiceOptions } from './web-service';
import { requireAirflow } from '../core/airflow-version';
import { Role } from '../core/needs';
import { IAirflow } from '../instance/i-airflow';
import { checkMembers } from '../kubernetes/members';

/**
 * Options of the webserver.
 */
export interface WebserverOptions extends ComponentOptions {
  /**
   * How the webserver is reached.
   *
   * @default - a ClusterIP Service on port 8080
   */
  readonly service?: WebServiceOptions;
}

/**
 * Properties of `Webserver`.
 */
export interface WebserverProps extends WebserverOptions {
  /** The Airflow that it serves. */
  readonly airflow: IAirflow;
}

/**
 * The webserver of Airflow 2: the UI and the REST API.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/2.11.2/core-concepts/overview.html
 */
export class Webserver extends Component {
  /** The Service in front of the pods. */
  public readonly service: kplus.Service;
  /** The URL by `kubectl port-forward`. */
  public readonly localUrl: string;

  constructor(scope: Construct, id: string, props: WebserverProps) {
    checkMembers('WebserverProps', props, scope, id);
    const { scheme, path } = webAddress(props.airflow, 'webserver');
    super(scope, id, described(props, {
      role: Role.WEBSERVER,
      // Its process id goes where a read-only root lets it be written.
      args: ['airflow', 'webserver', '--pid', '/tmp/airflow-webserver.pid'],
      ports: [{ name: 'http', containerPort: WEB_PORT }],
      probes: httpProbes(`${path}/health`, 'http', scheme.toUpperCase()),
      resources: { cpu: { request: kplus.Cpu.millis(100) }, memory: { request: Size.gibibytes(1), limit: Size.gibibytes(3) } },
      terminationGracePeriod: Duration.seconds(30),
    }));
    checkServing(this, props, WEB_PORT, { '--ssl-cert': 'config.webserver.web_server_ssl_cert' });
    requireAirflow(this, props.airflow.version, 2, 'webserver', "use 'apiServer'");
    this.service = webService(this, this.podLabels, props.airflow, Role.WEBSERVER, props.service);
    this.localUrl = `${scheme}://localhost:${WEB_PORT}${path}`;
  }
}
