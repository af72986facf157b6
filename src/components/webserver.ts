import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { componentTls, serverProbes } from './server-tls';
import { WebComponent, WebComponentOptions } from './web-component';
import { WEB_PORT, webAddress } from './web-service';
import { requireAirflow } from '../core/airflow-version';
import { Role } from '../core/needs';
import { ServerTls } from '../exposure/server-tls';
import { IAirflow } from '../instance/i-airflow';
import { checkMembers } from '../kubernetes/members';

/**
 * Options of the webserver.
 */
export interface WebserverOptions extends WebComponentOptions {
  /**
   * The certificate with which the pods serve HTTPS.
   *
   * @default - the pods serve HTTP
   */
  readonly tls?: ServerTls;
}

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
    const { tls: serverTls, ...options } = props;
    const tls = componentTls(props.airflow, id, Role.WEBSERVER, serverTls);
    const { scheme, path } = webAddress(props.airflow, 'webserver', tls);
    super(scope, id, {
      ...options,
      _request: {
        role: Role.WEBSERVER,
        // The root file system is read-only, so the file with the process id is in /tmp.
        args: ['airflow', 'webserver', '--pid', '/tmp/airflow-webserver.pid'],
        scheme,
        path,
        publicUrl: props.airflow._url,
        port: WEB_PORT,
        tls,
        elsewhere: {
          '--ssl-cert': 'tls', '--ssl-key': 'tls', ...props.airflow._ipFamily && { '--hostname': 'pods.ipFamily', '-H': 'pods.ipFamily' },
        },
        // Unlike /health, it answers without the database, so that a slow or absent database restarts nothing.
        probes: serverProbes(`${path}/api/v1/version`, scheme, WEB_PORT, tls),
        resources: { cpu: { request: kplus.Cpu.millis(100) }, memory: { request: Size.gibibytes(1), limit: Size.gibibytes(3) } },
      },
    });
    requireAirflow(this, props.airflow.version, 2, 'webserver', "use 'apiServer'");
  }
}
