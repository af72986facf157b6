import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { httpProbes, WebComponent, WebComponentOptions } from './web-component';
import { WEB_PORT, webAddress } from './web-service';
import { requireAirflow } from '../core/airflow-version';
import { Role } from '../core/needs';
import { IAirflow } from '../instance/i-airflow';
import { checkMembers } from '../kubernetes/members';

/**
 * Options of the webserver.
 */
export interface WebserverOptions extends WebComponentOptions {}

/**
 * Properties of `Webserver`.
 */
export interface WebserverProps extends WebserverOptions {
  /** The Airflow that this construct belongs to. */
  readonly airflow: IAirflow;
}

/**
 * The webserver of Airflow 2. It serves the UI and the REST API.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/2.11.2/core-concepts/overview.html
 */
export class Webserver extends WebComponent {
  constructor(scope: Construct, id: string, props: WebserverProps) {
    checkMembers('WebserverProps', props, scope, id);
    const { scheme, path } = webAddress(props.airflow, 'webserver');
    super(scope, id, {
      ...props,
      _request: {
        role: Role.WEBSERVER,
        // The root file system is read-only, so the file with the process id is in /tmp.
        args: ['airflow', 'webserver', '--pid', '/tmp/airflow-webserver.pid'],
        scheme,
        path,
        publicUrl: props.airflow._url,
        port: WEB_PORT,
        elsewhere: { '--ssl-cert': 'config.webserver.web_server_ssl_cert', ...props.airflow._ipFamily && { '--hostname': 'ipFamily', '-H': 'ipFamily' } },
        probes: httpProbes(`${path}/health`, 'http', scheme.toUpperCase()),
        resources: { cpu: { request: kplus.Cpu.millis(100) }, memory: { request: Size.gibibytes(1), limit: Size.gibibytes(3) } },
      },
    });
    requireAirflow(this, props.airflow.version, 2, 'webserver', "use 'apiServer'");
  }
}
