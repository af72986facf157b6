import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { StatefulServerOptions } from './server-options';
import { StatefulServer } from './stateful-server';
import { BindContext } from '../core/bind-context';
import { CONFIG_PATH } from '../core/scripts';
import { completeResources } from '../kubernetes/complete-resources';
import { Json } from '../kubernetes/pod';
import { bytesOf } from '../kubernetes/quantity';

const NAME = 'airflow';
const HOME = '/var/lib/rabbitmq';
const CONFIG = 'airflow.conf';
/** The port of the plugin `rabbitmq_prometheus`. */
const METRICS_PORT = 15692;
/**
 * Tells the server itself to end. The first process of the official image would do so, but the script of Debian's package, for example,
 * does not pass signals on, and the pod would take its whole grace period and then be killed.
 */
const STOP =
  'for process in /proc/[0-9]*; do read -r name <"$process/comm" && [ "$name" = beam.smp ] && kill "${process#/proc/}"; done; true';
const RESOURCES: kplus.ContainerResources = {
  cpu: { request: kplus.Cpu.millis(100) }, memory: { request: Size.mebibytes(256), limit: Size.gibibytes(1) },
};

/**
 * Options of the RabbitMQ in the cluster.
 */
export interface RabbitMqOptions extends StatefulServerOptions {
  /**
   * The image, with a tag or digest. It must be compatible with the official image. A newer RabbitMQ migrates the data at
   * its start, and the migration cannot be undone. 4.3 can only follow 4.2.
   *
   * @default 'rabbitmq:4.2'
   * @see https://hub.docker.com/_/rabbitmq
   */
  readonly image?: string;

  /**
   * The size of the volume.
   *
   * @default Size.gibibytes(2)
   */
  readonly volumeSize?: Size;

  /**
   * Whether RabbitMQ serves metrics for Prometheus on port 15692. The image must have enabled the plugin `rabbitmq_prometheus`, as the
   * official one has.
   *
   * @default false
   */
  readonly metrics?: boolean;

  /**
   * CPU and memory. Each amount that is left out keeps its default. Senders of messages have to wait while more than 60
   * percent of the memory limit is in use.
   *
   * @default - requests of 100m CPU and 256Mi memory, a limit of 1Gi memory
   */
  readonly resources?: kplus.ContainerResources;
}

/**
 * A RabbitMQ in the cluster that holds the queues of the Celery workers: one pod and one volume, not clustered.
 *
 * @see https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/rabbitmq.html
 */
export class RabbitMq extends StatefulServer {
  /**
   * @internal
   */
  public static _of(context: BindContext, id: string, options: RabbitMqOptions): RabbitMq {
    return new RabbitMq(context, id, options);
  }

  /** The name of the virtual host and of its user. There is no user `guest`. */
  public readonly virtualHost = NAME;

  private constructor(context: BindContext, id: string, options: RabbitMqOptions) {
    const image = options.image ?? 'rabbitmq:4.2';
    const resources = completeResources(options.resources, RESOURCES);
    super(context, id, {
      ...options,
      role: 'rabbitmq',
      label: 'RabbitMQ',
      image,
      user: 999,
      port: 5672,
      portName: 'amqp',
      stops: true,
      ...options.metrics && { metricsPort: METRICS_PORT },
      secret: 'broker',
      defaultVolumeSize: Size.gibibytes(2),
      resources,
      // RabbitMQ writes its queues to the volume before it ends.
      terminationGracePeriod: Duration.minutes(5),
      config: { [CONFIG]: settings(image, resources.memory?.limit) },
      container: password => ({
        env: [
          { name: 'RABBITMQ_DEFAULT_USER', value: NAME },
          password._variable('RABBITMQ_DEFAULT_PASS'),
          { name: 'RABBITMQ_DEFAULT_VHOST', value: NAME },
          // The data folder contains the node name. A fixed name keeps the data readable in a new pod.
          { name: 'RABBITMQ_NODENAME', value: 'rabbit@localhost' },
          // The files in the image's `conf.d` still apply.
          { name: 'RABBITMQ_CONFIG_FILE', value: `${CONFIG_PATH}/${CONFIG}` },
          // A client that knows the cookie may do everything, so only the pod itself can connect.
          { name: 'ERL_EPMD_ADDRESS', value: '127.0.0.1' },
          { name: 'RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS', value: '-kernel inet_dist_use_interface {127,0,0,1}' },
        ],
        mounts: [
          // Each pod gets a new cookie. On the volume, fsGroup would make the cookie readable for the group, which Erlang refuses.
          { name: 'scratch', mountPath: HOME, subPath: 'home' },
          { name: 'data', mountPath: `${HOME}/mnesia` },
          { name: 'scratch', mountPath: '/var/log/rabbitmq', subPath: 'log' },
          { name: 'scratch', mountPath: '/tmp', subPath: 'tmp' },
          { name: 'config', mountPath: CONFIG_PATH, readOnly: true },
        ],
        volumes: [{ name: 'scratch', emptyDir: { sizeLimit: '1Gi' } }],
        startupProbe: listens({ periodSeconds: 2, failureThreshold: 300 }),
        readinessProbe: listens({ periodSeconds: 10, failureThreshold: 3 }),
        livenessProbe: listens({ periodSeconds: 30, failureThreshold: 4 }),
        lifecycle: { preStop: { exec: { command: ['sh', '-c', STOP] } } },
      }),
    });
  }
}

/**
 * RabbitMQ opens its port after it has loaded its queues. A deeper check would start another Erlang process, which takes a
 * second of CPU.
 */
function listens(timings: Json): Json {
  return { tcpSocket: { port: 'amqp' }, timeoutSeconds: 5, ...timings };
}

function settings(image: string, memory: Size | undefined): string {
  const lines = [
    'log.console = true',
    // One year. Airflow acknowledges a task when it ends; with the default of 30 minutes, RabbitMQ would give a longer task to
    // another worker.
    'consumer_timeout = 31536000000',
    ...(memory === undefined ? [] : [`vm_memory_high_watermark.absolute = ${Math.floor(bytesOf(memory) * 0.6)}`]),
    // Celery needs these deprecated features for its own queues and to limit the tasks of a worker. From 4.3 on, RabbitMQ
    // refuses them by default.
    ...(isBefore43(image)
      ? []
      : ['transient_nonexcl_queues', 'global_qos'].map(feature => `deprecated_features.permit.${feature} = true`)),
  ];
  return `${lines.join('\n')}\n`;
}

/** Reads the version from the tag, if the tag begins with one. An older RabbitMQ does not start with an unknown setting. */
function isBefore43(image: string): boolean {
  const [, major, minor] = /:v?(\d+)(?:\.(\d+))?[^/]*$/.exec(image.split('@')[0]) ?? [];
  return Number(major) < 4 || (major === '4' && Number(minor) < 3);
}
