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

/**
 * Options of the API server.
 */
export interface ApiServerOptions extends WebComponentOptions {}

/**
 * Properties of `ApiServer`.
 */
export interface ApiServerProps extends ApiServerOptions {
  /** The Airflow that it serves. */
  readonly airflow: IAirflow;
}

/**
 * The API server of Airflow 3: the UI, the REST API and the execution API that tasks talk to.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/overview.html
 */
export class ApiServer extends WebComponent {
  constructor(scope: Construct, id: string, props: ApiServerProps) {
    checkMembers('ApiServerProps', props, scope, id);
    const { scheme, path } = webAddress(props.airflow, 'api');
    super(scope, id, {
      ...props,
      _request: {
        role: Role.API_SERVER,
        args: ['airflow', 'api-server'],
        scheme,
        path,
        port: WEB_PORT,
        elsewhere: { '--ssl-cert': 'config.api.ssl_cert' },
        probes: probesOf(props.container?.args, of => httpProbes(`${path}${of}`, 'http', scheme.toUpperCase())),
        resources: { cpu: { request: kplus.Cpu.millis(100) }, memory: { request: Size.mebibytes(512), limit: Size.gibibytes(2) } },
      },
    });
    requireAirflow(this, props.airflow.version, 3, 'apiServer', "use 'webserver'");
  }
}

/** Checks what it serves, which `--apps` decides. Both answer without the database, so that its absence restarts nothing. */
function probesOf(args: string[] | undefined, at: (path: string) => Probes): Probes {
  const apps = argumentOf(args, '--apps')?.split(',') ?? ['all'];
  const serves = (app: string) => apps.includes('all') || apps.includes(app);
  const execution = at('/execution/health');
  const core = at('/api/v2/version');
  if (!serves('core')) { return execution; }
  // The execution API is built by its first request, during which nothing else is answered, and tasks give up after a while.
  // Without that API the UI answers in its place.
  return serves('execution') ? { ...core, startup: execution.startup } : core;
}
