import { Chart, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { argumentOf, checkServing } from './arguments';
import { Component, described, httpProbes } from './component';
import { ComponentOptions } from './component-options';
import { WEB_PORT, webAddress, webService, WebServiceOptions } from './web-service';
import { requireAirflow } from '../core/airflow-version';
import { Role } from '../core/needs';
import { IAirflow } from '../instance/i-airflow';
import { checkMembers } from '../kubernetes/members';
import { Probes } from '../kubernetes/probe';

/**
 * Options of the API server.
 */
export interface ApiServerOptions extends ComponentOptions {
  /**
   * How the API server is reached.
   *
   * @default - a ClusterIP Service on port 8080
   */
  readonly service?: WebServiceOptions;
}

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
export class ApiServer extends Component {
  /** The Service in front of the pods. */
  public readonly service: kplus.Service;
  /** The URL inside the cluster. */
  public readonly url: string;
  /** The URL by `kubectl port-forward`. */
  public readonly localUrl: string;

  constructor(scope: Construct, id: string, props: ApiServerProps) {
    checkMembers('ApiServerProps', props, scope, id);
    const { scheme, path } = webAddress(props.airflow, 'api');
    super(scope, id, described(props, {
      role: Role.API_SERVER,
      args: ['airflow', 'api-server'],
      ports: [{ name: 'http', containerPort: WEB_PORT }],
      probes: probesOf(props.container?.args, of => httpProbes(`${path}${of}`, 'http', scheme.toUpperCase())),
      resources: { cpu: { request: kplus.Cpu.millis(100) }, memory: { request: Size.mebibytes(512), limit: Size.gibibytes(2) } },
      terminationGracePeriod: Duration.seconds(30),
    }));
    checkServing(this, props, WEB_PORT, { '--ssl-cert': 'config.api.ssl_cert' });
    requireAirflow(this, props.airflow.version, 3, 'apiServer', "use 'webserver'");
    this.service = webService(this, this.podLabels, props.airflow, Role.API_SERVER, props.service);
    this.url = `${scheme}://${this.service.name}.${Chart.of(this).namespace}.svc:${this.service.port}${path}`;
    this.localUrl = `${scheme}://localhost:${WEB_PORT}${path}`;
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
