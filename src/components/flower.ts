import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { checkServing } from './arguments';
import { Component, described, httpProbes } from './component';
import { ComponentOptions } from './component-options';
import { webService, WebServiceOptions } from './web-service';
import { FlowerAuth, FlowerAuthConfig } from '../auth/flower-auth';
import { Role } from '../core/needs';
import { IAirflow } from '../instance/i-airflow';
import { checkMembers } from '../kubernetes/members';
import { failure } from '../kubernetes/validate';

const PORT = 5555;
const CELERY_APP = 'airflow.providers.celery.executors.celery_executor.app';

/**
 * Options of Flower.
 */
export interface FlowerOptions extends ComponentOptions {
  /**
   * Who may use it.
   *
   * @default FlowerAuth.password()
   */
  readonly auth?: FlowerAuth;

  /**
   * How Flower is reached.
   *
   * @default - a ClusterIP Service on port 5555
   */
  readonly service?: WebServiceOptions;
}

/**
 * Properties of `Flower`.
 */
export interface FlowerProps extends FlowerOptions {
  /** The Airflow that it serves. */
  readonly airflow: IAirflow;
}

/**
 * Flower: shows the Celery workers and what they run, and can stop them. Below the path of `[celery] flower_url_prefix`.
 *
 * It needs nothing but the broker, and waits by itself while that is away. Its options, such as `FLOWER_MAX_TASKS`, are variables of `env`.
 *
 * @see https://flower.readthedocs.io
 */
export class Flower extends Component {
  /** The Service in front of the pods. */
  public readonly service: kplus.Service;
  /** The URL by `kubectl port-forward`. */
  public readonly localUrl: string;

  /**
   * @internal
   */
  public readonly _login: FlowerAuthConfig['login'];

  /**
   * @throws when the executor uses no Celery, or when nothing would make the Secret of `auth`, since the Airflow has no Flower of its own
   */
  constructor(scope: Construct, id: string, props: FlowerProps) {
    checkMembers('FlowerProps', props, scope, id);
    const { airflow } = props;
    const auth = (props.auth ?? FlowerAuth.password())._bind(scope, airflow);
    const given = airflow.config._pin('celery', 'flower_url_prefix') ?? '';
    if (!/^[\w.~/-]*$/.test(given)) {
      throw failure(airflow, `'config.celery.flower_url_prefix' must be a path of letters, digits, '.', '_', '~' and '-', got '${given}'`);
    }
    const prefix = given.replace(/^\/+|\/+$/g, '');
    const path = prefix === '' ? '' : `/${prefix}`;
    super(scope, id, described(props, {
      role: Role.FLOWER,
      // Celery's own command: that of Airflow wants the metadata database, in some versions of its provider migrated.
      args: ['python', '-m', 'celery', '--app', CELERY_APP, 'flower', `--port=${PORT}`, ...(path === '' ? [] : [`--url-prefix=${path}`])],
      ports: [{ name: 'http', containerPort: PORT }],
      // Answers without a login and without the broker, so that its absence restarts nothing.
      probes: httpProbes(`${path}/healthcheck`, 'http', 'HTTP'),
      env: auth.env,
      // It keeps the last 100000 tasks, unless FLOWER_MAX_TASKS says otherwise, of up to 7 KB each.
      resources: { cpu: { request: kplus.Cpu.millis(50) }, memory: { request: Size.mebibytes(384), limit: Size.gibibytes(2) } },
      terminationGracePeriod: Duration.seconds(30),
    }));
    checkServing(this, props, PORT, { '--url-prefix': 'config.celery.flower_url_prefix' });
    if (!airflow._instance.traits.celery) {
      throw failure(this, "'executor' uses no Celery, whose workers Flower shows; use Executor.celery(), alone or in Executor.multiple()");
    }
    this._login = auth.login;
    this.service = webService(this, this.podLabels, airflow, Role.FLOWER, props.service, PORT);
    this.localUrl = `http://localhost:${PORT}${path}${path === '' ? '' : '/'}`;
  }
}
