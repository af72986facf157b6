import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { argumentOf } from './arguments';
import { httpProbes, WebComponent, WebComponentOptions } from './web-component';
import { WEB_PORT, webAddress } from './web-service';
import { requireAirflow } from '../core/airflow-version';
import { Role } from '../core/needs';
import { IAirflow } from '../instance/i-airflow';
import { checkMembers } from '../kubernetes/members';
import { Probes } from '../kubernetes/probe';
import { failure } from '../kubernetes/validate';

const PROXY_HEADERS = '--proxy-headers';
const FORWARDED_ALLOW_IPS = 'FORWARDED_ALLOW_IPS';

/**
 * Options of the API server.
 */
export interface ApiServerOptions extends WebComponentOptions {}

/**
 * Properties of `ApiServer`.
 */
export interface ApiServerProps extends ApiServerOptions {
  /** The Airflow that this construct belongs to. */
  readonly airflow: IAirflow;
}

/**
 * The API server of Airflow 3. It serves the UI, the REST API, and the execution API that tasks talk to.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/overview.html
 */
export class ApiServer extends WebComponent {
  constructor(scope: Construct, id: string, props: ApiServerProps) {
    checkMembers('ApiServerProps', props, scope, id);
    const { scheme, path } = webAddress(props.airflow, 'api');
    const proxied = (props.airflow._url?.trustedProxies ?? 0) > 0;
    super(scope, id, {
      ...props,
      _request: {
        role: Role.API_SERVER,
        args: ['airflow', 'api-server', ...proxied ? [PROXY_HEADERS] : []],
        // The server takes the headers only from addresses that it trusts. Those of the proxies' pods are not known.
        env: proxied && !hasOwn(props, FORWARDED_ALLOW_IPS) ? [{ name: FORWARDED_ALLOW_IPS, value: '*' }] : [],
        scheme,
        path,
        publicUrl: props.airflow._url,
        port: WEB_PORT,
        elsewhere: { '--ssl-cert': 'config.api.ssl_cert' },
        probes: probesOf(props.container?.args, of => httpProbes(`${path}${of}`, 'http', scheme.toUpperCase())),
        resources: { cpu: { request: kplus.Cpu.millis(100) }, memory: { request: Size.mebibytes(512), limit: Size.gibibytes(2) } },
      },
    });
    requireAirflow(this, props.airflow.version, 3, 'apiServer', "use 'webserver'");
    checkProxyHeaders(this, props);
  }
}

/** Whether a variable of the component or of all pods sets the name. */
function hasOwn({ env, airflow }: ApiServerProps, name: string): boolean {
  return { ...airflow._common.env, ...env }[name] !== undefined;
}

/** Throws if the UI would be behind a proxy that it does not trust, so that browsers would also send its cookies without TLS. */
function checkProxyHeaders(scope: Construct, { airflow, container }: ApiServerProps): void {
  const args = container?.args?.flatMap(arg => arg.split(/\s+/));
  if (args === undefined || args.includes(PROXY_HEADERS) || !airflow._url?.trustedProxies || argumentOf(args, '--apps') === 'execution') { return; }
  throw failure(scope, `'container.args' must have '${PROXY_HEADERS}', without which Airflow would not know from the proxy that users come by `
    + `${airflow._url.scheme}; add it, or set 'trustedProxies' to 0`);
}

/** Checks the apps that `--apps` selects. Both checks answer without the database, so that its absence restarts nothing. */
function probesOf(args: string[] | undefined, at: (path: string) => Probes): Probes {
  const apps = argumentOf(args, '--apps')?.split(',') ?? ['all'];
  const serves = (app: string) => apps.includes('all') || apps.includes(app);
  const execution = at('/execution/health');
  const core = at('/api/v2/version');
  if (!serves('core')) { return execution; }
  // The first request builds the execution API, and the server answers nothing else meanwhile. Tasks would give up in that time, so the
  // startup probe makes this first request. Without the execution API the probe asks the UI.
  return serves('execution') ? { ...core, startup: execution.startup } : core;
}
