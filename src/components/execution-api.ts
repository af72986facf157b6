import { Construct } from 'constructs';
import { apiServerRequest } from './api-apps';
import { WebComponent, WebComponentOptions } from './web-component';
import { requireAirflow } from '../core/airflow-version';
import { BaseUrl } from '../core/base-url';
import { Role } from '../core/needs';
import { ServerTls } from '../exposure/server-tls';
import { IAirflow } from '../instance/i-airflow';
import { checkMembers } from '../kubernetes/members';

/**
 * Options of the execution API.
 */
export interface ExecutionApiOptions extends WebComponentOptions {
  /**
   * The certificate with which the pods serve HTTPS. All pods that run tasks then trust its authority.
   *
   * @default - the pods serve HTTP
   */
  readonly tls?: ServerTls;
}

/**
 * Properties of `ExecutionApi`.
 */
export interface ExecutionApiProps extends ExecutionApiOptions {
  /** The Airflow that this construct belongs to. */
  readonly airflow: IAirflow;
}

/**
 * An API server of Airflow 3 that serves only the execution API, through which tasks talk to Airflow. Requests of users cannot slow it
 * down, because the UI and the REST API have pods of their own.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/cli-and-env-variables-ref.html#api-server
 */
export class ExecutionApi extends WebComponent {
  /**
   * @throws when the version is 2.x
   */
  constructor(scope: Construct, id: string, props: ExecutionApiProps) {
    checkMembers('ExecutionApiProps', props, scope, id);
    const { tls, ...options } = props;
    const { airflow } = props;
    const publicUrl = airflow._url && new BaseUrl(airflow, 'url', `${airflow._url.text}/execution`, airflow._url.trustedProxies);
    super(scope, id, { ...options, _request: { ...apiServerRequest(airflow, id, Role.EXECUTION_API, 'execution', props), publicUrl } });
    requireAirflow(
      this,
      props.airflow.version,
      3,
      'apiServer.executionApi',
      'leave it out, since the tasks of Airflow 2 talk to the database',
    );
  }
}
