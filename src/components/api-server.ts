import { Construct } from 'constructs';
import { apiServerRequest, servedApps } from './api-apps';
import { ExecutionApiOptions } from './execution-api';
import { WebComponent, WebComponentOptions } from './web-component';
import { requireAirflow } from '../core/airflow-version';
import { loginPath } from '../core/base-url';
import { Role } from '../core/needs';
import { ServerTls } from '../exposure/server-tls';
import { IAirflow } from '../instance/i-airflow';
import { checkMembers } from '../kubernetes/members';
import { failure } from '../kubernetes/validate';

const PROXY_HEADERS = '--proxy-headers';
const FORWARDED_ALLOW_IPS = 'FORWARDED_ALLOW_IPS';
/** With this variable, the local settings keep requests from outside away from the execution API. */
const GUARD = 'CDK8S_AIRFLOW_GUARD';

/**
 * Options of the API server.
 */
export interface ApiServerOptions extends WebComponentOptions {
  /**
   * The certificate with which the pods serve HTTPS. All pods that run tasks then trust its authority, unless they talk to an
   * `executionApi`.
   *
   * @default - the pods serve HTTP
   */
  readonly tls?: ServerTls;

  /**
   * Whether clients outside of the cluster may use the execution API, for example workers at another place. Otherwise the server refuses
   * requests to it that come through a proxy. It has no effect together with `executionApi`, which has an `exposure` of its own.
   *
   * @default false
   */
  readonly publicExecutionApi?: boolean;

  /**
   * An own Deployment for the execution API, through which tasks talk to Airflow (3.x). Without it, the API server also serves the tasks,
   * and users who overload it slow down the tasks. With it, the API server serves only the UI and the REST API.
   *
   * @default - the API server serves the execution API
   */
  readonly executionApi?: ExecutionApiOptions;
}

/**
 * Properties of `ApiServer`.
 */
export interface ApiServerProps extends ApiServerOptions {
  /** The Airflow that this construct belongs to. */
  readonly airflow: IAirflow;
}

/**
 * The API server of Airflow 3. It serves the UI, the REST API and, unless it has an `executionApi`, the execution API that tasks
 * talk to.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/overview.html
 */
export class ApiServer extends WebComponent {
  constructor(scope: Construct, id: string, props: ApiServerProps) {
    checkMembers('ApiServerProps', props, scope, id);
    const { airflow, tls, publicExecutionApi, executionApi, ...options } = props;
    const app = airflow._instance.executionApi.role === Role.EXECUTION_API ? 'core' : undefined;
    const proxied = (airflow._url?.trustedProxies ?? 0) > 0;
    const { args, env, ...request } = apiServerRequest(airflow, id, Role.API_SERVER, app, props);
    const guards = !publicExecutionApi && servedApps(props.container?.args ?? args).includes('execution');
    super(scope, id, {
      ...options,
      airflow,
      _request: {
        ...request,
        args: [...args, ...proxied ? [PROXY_HEADERS] : []],
        // The server takes the headers only from addresses that it trusts. Those of the proxies' pods are not known.
        env: [
          ...env,
          ...proxied && !hasOwn(props, FORWARDED_ALLOW_IPS) ? [{ name: FORWARDED_ALLOW_IPS, value: '*' }] : [],
          ...guards ? [{ name: GUARD, value: 'True' }] : [],
        ],
        publicUrl: airflow._url,
        cookiePath: loginPath(airflow.version, airflow._url),
        refuses: ({ choice, through }) => (guards && through === 'connections' ? refusal(choice) : undefined),
      },
    });
    requireAirflow(this, airflow.version, 3, 'apiServer', "use 'webserver'");
    if (executionApi !== undefined) {
      throw failure(
        this,
        "'executionApi' works only in 'apiServer' of the Airflow, which creates it; construct an ExecutionApi, or leave it out",
      );
    }
    checkProxyHeaders(this, props);
  }
}

function refusal(choice: string): string {
  return `'exposure' ${choice} would also lead to the execution API, through which tasks talk to Airflow; `
    + "set 'apiServer.executionApi', which gives tasks a server of their own, "
    + "or use Exposure.ingress() or Exposure.httpRoute(), or set 'publicExecutionApi' to true";
}

/** Whether a variable of the component or of all pods sets the name. */
function hasOwn({ env, airflow }: ApiServerProps, name: string): boolean {
  return { ...airflow._common.env, ...env }[name] !== undefined;
}

/** Throws if the UI would be behind a proxy that it does not trust, so that browsers would also send its cookies without TLS. */
function checkProxyHeaders(scope: Construct, { airflow, container }: ApiServerProps): void {
  const args = container?.args?.flatMap(arg => arg.split(/\s+/));
  if (args === undefined || args.includes(PROXY_HEADERS) || !airflow._url?.trustedProxies || !servedApps(args).includes('core')) {
    return;
  }
  throw failure(
    scope,
    `'container.args' must have '${PROXY_HEADERS}', without which Airflow would not know from the proxy that users come by `
      + `${airflow._url.scheme}; add it, or set 'ui.trustedProxies' to 0`,
  );
}
