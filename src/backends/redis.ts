import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { ExporterOptions, ServerExporter } from './server-exporter';
import { StatefulServerOptions } from './server-options';
import { StatefulServer } from './stateful-server';
import { BindContext } from '../core/bind-context';
import { completeResources } from '../kubernetes/complete-resources';
import { Json } from '../kubernetes/pod';
import { HUNG } from '../kubernetes/probe';
import { bytesOf } from '../kubernetes/quantity';
import { failure } from '../kubernetes/validate';

const ROLE = 'redis';
const DATA = '/data';
const RESOURCES: kplus.ContainerResources = {
  cpu: { request: kplus.Cpu.millis(50) }, memory: { request: Size.mebibytes(64), limit: Size.mebibytes(512) },
};
/** The configuration comes from standard input, so that no argument and no file contains the password. */
const START = 'exec redis-server - "$@" <<END\nrequirepass $REDISCLI_AUTH\nEND';

/**
 * Options of the Redis in the cluster.
 */
export interface RedisOptions extends StatefulServerOptions {
  /**
   * The image, with a tag or digest. It must have `redis-server` and `redis-cli`, as Redis 7.0 or later and Valkey do.
   *
   * @default 'redis:7.2-bookworm'
   * @see https://hub.docker.com/_/redis
   */
  readonly image?: string;

  /**
   * Whether queued tasks survive the pod, on a volume. Lost tasks do not fail: Airflow queues them again after `[scheduler]
   * task_queued_timeout` (ten minutes).
   *
   * @default true
   */
  readonly persistent?: boolean;

  /**
   * The size of the volume.
   *
   * @default Size.gibibytes(1)
   */
  readonly volumeSize?: Size;

  /**
   * CPU and memory. Each amount that is left out keeps its default. A queued task takes about 4 KiB. When 75 percent of the
   * memory limit is in use, Redis refuses all writes, and the scheduler and the workers stop until you raise the limit.
   *
   * @default - requests of 50m CPU and 64Mi memory, a limit of 512Mi memory
   */
  readonly resources?: kplus.ContainerResources;

  /**
   * An exporter of metrics for Prometheus, `redis_exporter`, in a pod of its own, on port 9121.
   *
   * @default - none
   */
  readonly exporter?: ExporterOptions;
}

/**
 * A Redis in the cluster that holds the queues of the Celery workers: one pod, with a volume unless `persistent` is false.
 *
 * @see https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/redis.html
 */
export class Redis extends StatefulServer {
  /**
   * @internal
   */
  public static _of(context: BindContext, id: string, options: RedisOptions): Redis {
    return new Redis(context, id, options);
  }

  /** The exporter of metrics. Undefined if the options have none. */
  public readonly exporter?: ServerExporter;

  private constructor(context: BindContext, id: string, options: RedisOptions) {
    const persistent = options.persistent ?? true;
    const resources = completeResources(options.resources, RESOURCES);
    super(context, id, {
      ...options,
      role: ROLE,
      label: 'Redis',
      image: options.image ?? 'redis:7.2-bookworm',
      user: 999,
      port: 6379,
      portName: 'redis',
      stops: true,
      secret: 'broker',
      defaultVolumeSize: persistent ? Size.gibibytes(1) : undefined,
      resources,
      // Redis writes its data to the volume before it ends.
      terminationGracePeriod: Duration.minutes(1),
      container: password => ({
        command: ['sh', '-c', START, '--', ...settings(persistent, resources.memory?.limit)],
        // redis-cli reads this variable too.
        env: [password._variable('REDISCLI_AUTH')],
        mounts: persistent ? [{ name: 'data', mountPath: DATA }] : [],
        startupProbe: answers({ periodSeconds: 1, failureThreshold: 300 }),
        readinessProbe: { tcpSocket: { port: 'redis' }, periodSeconds: 10, failureThreshold: 3 },
        livenessProbe: answers({ periodSeconds: 30, failureThreshold: 3, ...HUNG }),
      }),
    });
    for (const prop of ['volumeSize', 'storageClassName', 'deleteWithSet', 'volumeAnnotations', 'claim'] as const) {
      if (!persistent && options[prop] !== undefined) {
        throw failure(this, `'${prop}' describes the volume that 'persistent' false leaves out; leave one of them out`);
      }
    }
    this.exporter = options.exporter && ServerExporter._of(context, {
      options: options.exporter,
      role: `${ROLE}-exporter`,
      label: 'Redis exporter',
      image: 'quay.io/oliver006/redis_exporter:v1.88.0',
      port: 9121,
      server: { ...this._endpoint, purpose: 'metrics' },
      container: { env: [{ name: 'REDIS_ADDR', value: `redis://${this.host}:${this.port}` }, this._password._variable('REDIS_PASSWORD')] },
    });
  }
}

function settings(persistent: boolean, memory: Size | undefined): string[] {
  return [
    '--dir', persistent ? DATA : '/tmp',
    // The append-only file writes every change within a second, so snapshots would only cost time.
    '--appendonly', persistent ? 'yes' : 'no',
    '--save', '',
    // Redis refuses a message that does not fit, and the scheduler logs the error. Eviction would lose tasks silently, and an
    // out-of-memory kill would repeat with each loading of the data.
    '--maxmemory-policy', 'noeviction',
    ...(memory === undefined ? [] : ['--maxmemory', `${Math.floor(bytesOf(memory) / 1024 * 3 / 4)}kb`]),
  ];
}

/** With `-e`, an error as the answer fails the check: during the loading of the data, or with a wrong password. */
function answers(timings: Json): Json {
  return { exec: { command: ['redis-cli', '-e', 'ping'] }, timeoutSeconds: 5, ...timings };
}
