import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { WebComponent, WebComponentOptions } from './web-component';
import { httpProbes } from './web-probes';
import { FlowerAuth, FlowerAuthConfig } from '../auth/flower-auth';
import { AirflowImage } from '../core/airflow-image';
import { BaseUrl } from '../core/base-url';
import { Role } from '../core/needs';
import { checkSameAirflow } from '../core/same-airflow';
import { IAirflow } from '../instance/i-airflow';
import { checkMembers } from '../kubernetes/members';
import { gather } from '../kubernetes/problems';
import { failure } from '../kubernetes/validate';

const PORT = 5555;
const CELERY_APP = 'airflow.providers.celery.executors.celery_executor.app';

/**
 * Options of Flower.
 */
export interface FlowerOptions extends WebComponentOptions {
  /**
   * The public URL of Flower: scheme, host and an optional path prefix. Flower serves below the prefix.
   *
   * @default - `/flower` below `url` of the Airflow; without one, Flower serves at the root of its Service
   */
  readonly url?: string;

  /**
   * How users log in to Flower.
   *
   * @default FlowerAuth.password()
   */
  readonly auth?: FlowerAuth;

  /**
   * The image, for example one with the package `flower` beside an image without it. It must have the same version of Airflow,
   * because Flower reads the configuration.
   *
   * @default - the image of the Airflow
   */
  readonly image?: AirflowImage;
}

/**
 * Properties of `Flower`.
 */
export interface FlowerProps extends FlowerOptions {
  /** The Airflow that this construct belongs to. */
  readonly airflow: IAirflow;
}

/**
 * Flower, a web UI that shows the Celery workers and their tasks, and can stop both.
 *
 * Flower needs only the broker, and waits by itself while the broker is away. Set its options, such as `FLOWER_MAX_TASKS`, in `env`.
 *
 * @see https://flower.readthedocs.io
 */
export class Flower extends WebComponent {
  /**
   * @internal
   */
  public readonly _login: FlowerAuthConfig['login'];

  /**
   * @throws when the executor does not use Celery, or when no Job would create the Secret of `auth`, because the Airflow has no Flower of
   * its own
   */
  constructor(scope: Construct, id: string, props: FlowerProps) {
    checkMembers('FlowerProps', props, scope, id);
    const { airflow } = props;
    const { url, ...options } = props;
    const publicUrl = urlOf(scope, airflow, url);
    const auth = (props.auth ?? FlowerAuth.password())._bind(scope, airflow, publicUrl);
    const path = publicUrl?.path ?? '';
    super(scope, id, {
      ...options,
      _request: {
        role: Role.FLOWER,
        image: props.image,
        // Flower starts through Celery's own command. Airflow's command needs the metadata database, which must even be migrated in some
        // versions of the provider.
        args: [
          'python', '-m', 'celery', '--app', CELERY_APP, 'flower', `--port=${PORT}`, ...path === '' ? [] : [`--url-prefix=${path}`],
        ],
        scheme: 'http',
        path: path === '' ? '' : `${path}/`,
        publicUrl,
        refuses: ({ choice }) => (auth.isOpen ? `'exposure' ${choice} would let everyone see the arguments of tasks, `
          + "because 'auth' is FlowerAuth.none(); "
          + 'use another FlowerAuth, or lead users through a proxy of your own that has a log-in' : undefined),
        port: PORT,
        elsewhere: { '--url-prefix': 'url' },
        // This path answers without a login and without the broker, so that an absent broker restarts nothing.
        probes: httpProbes(`${path}/healthcheck`, 'http', 'HTTP'),
        env: auth.env,
        // Like the health, this path has no login.
        parts: { metrics: [{ portName: 'http', port: PORT, path: `${path}/metrics` }] },
        // Flower keeps the last 100000 tasks in memory, up to 7 KB each, unless FLOWER_MAX_TASKS changes the number.
        resources: { cpu: { request: kplus.Cpu.millis(50) }, memory: { request: Size.mebibytes(384), limit: Size.gibibytes(2) } },
      },
    });
    gather(this, problems => checkSameAirflow(problems, airflow.image, props.image));
    if (!airflow._instance.traits.celery) {
      throw failure(this, "'executor' uses no Celery, whose workers Flower shows; use Executor.celery(), alone or in Executor.multiple()");
    }
    this._login = auth.login;
  }
}

/** The public URL of Flower, by default below that of the Airflow. */
function urlOf(scope: Construct, { _url }: IAirflow, url: string | undefined): BaseUrl | undefined {
  if (url === undefined && _url === undefined) { return undefined; }
  return new BaseUrl(scope, 'flower.url', url ?? `${_url!.text}/flower`, _url?.trustedProxies ?? 1);
}
