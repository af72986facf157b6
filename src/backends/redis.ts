import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { StatefulServer } from './stateful-server';
import { BindContext } from '../core/bind-context';
import { completeResources } from '../kubernetes/complete-resources';
import { ImageOptions } from '../kubernetes/image';
import { Json } from '../kubernetes/pod';
import { HUNG } from '../kubernetes/probe';
import { bytesOf } from '../kubernetes/quantity';
import { failure } from '../kubernetes/validate';

const DATA = '/data';
const RESOURCES: kplus.ContainerResources = {
  cpu: { request: kplus.Cpu.millis(50) }, memory: { request: Size.mebibytes(64), limit: Size.mebibytes(512) },
};
/** The configuration comes by standard input, so that the password is in no argument and no file. */
const START = 'exec redis-server - "$@" <<END\nrequirepass $REDISCLI_AUTH\nEND';

/**
 * Options of the Redis in the cluster.
 */
export interface RedisOptions extends ImageOptions {
  /**
   * The image with tag or digest; it has `redis-server` and `redis-cli`, as those of Redis from 7.0 on and of Valkey have.
   *
   * @default 'redis:7.2-bookworm'
   * @see https://hub.docker.com/_/redis
   */
  readonly image?: string;

  /**
   * Whether what is queued survives the pod, on a volume. What is lost fails nothing, but Airflow waits for
   * `[scheduler] task_queued_timeout` (ten minutes) before it queues it again.
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
   * The storage class of the volume.
   *
   * @default - the cluster's default
   */
  readonly storageClassName?: string;

  /**
   * Whether the volume is deleted with the StatefulSet.
   *
   * @default false
   */
  readonly deleteWithSet?: boolean;

  /**
   * CPU and memory. When three quarters of the limit of memory are in use, Redis refuses all changes, and neither the
   * scheduler nor the workers go on until the limit is raised: a queued task takes some 4 KiB.
   *
   * @default - requests of 50m CPU and 64Mi memory, a limit of 512Mi memory
   */
  readonly resources?: kplus.ContainerResources;
}

/**
 * A Redis in the cluster, that keeps what is queued for the Celery workers: one pod, and a volume unless it shall have none.
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

  private constructor(context: BindContext, id: string, options: RedisOptions) {
    const persistent = options.persistent ?? true;
    const resources = completeResources(options.resources, RESOURCES);
    super(context, id, {
      ...options,
      role: 'redis',
      label: 'Redis',
      image: options.image ?? 'redis:7.2-bookworm',
      user: 999,
      port: 6379,
      portName: 'redis',
      secret: 'broker',
      volumeSize: persistent ? options.volumeSize ?? Size.gibibytes(1) : undefined,
      resources,
      // It writes what it has in memory before it ends.
      terminationGracePeriod: Duration.minutes(1),
      container: password => ({
        command: ['sh', '-c', START, '--', ...settings(persistent, resources.memory?.limit)],
        // By this name redis-cli reads it too.
        env: [password._variable('REDISCLI_AUTH')],
        mounts: persistent ? [{ name: 'data', mountPath: DATA }] : [],
        startupProbe: answers({ periodSeconds: 1, failureThreshold: 300 }),
        readinessProbe: { tcpSocket: { port: 'redis' }, periodSeconds: 10, failureThreshold: 3 },
        livenessProbe: answers({ periodSeconds: 30, failureThreshold: 3, ...HUNG }),
      }),
    });
    for (const prop of ['volumeSize', 'storageClassName', 'deleteWithSet'] as const) {
      if (!persistent && options[prop] !== undefined) {
        throw failure(this, `'${prop}' describes the volume that 'persistent' false leaves out; leave one of them out`);
      }
    }
  }
}

function settings(persistent: boolean, memory: Size | undefined): string[] {
  return [
    '--dir', persistent ? DATA : '/tmp',
    // What is queued is a log of changes, written every second; snapshots beside it would only cost.
    '--appendonly', persistent ? 'yes' : 'no',
    '--save', '',
    // A message that does not fit is refused, which the logs of the scheduler say; to drop some would be silent, and to be
    // killed would repeat itself with each loading of the data.
    '--maxmemory-policy', 'noeviction',
    ...(memory === undefined ? [] : ['--maxmemory', `${Math.floor(bytesOf(memory) / 1024 * 3 / 4)}kb`]),
  ];
}

/** With `-e`, an answer that is an error fails the check: while it loads its data, or when the password is not the one. */
function answers(timings: Json): Json {
  return { exec: { command: ['redis-cli', '-e', 'ping'] }, timeoutSeconds: 5, ...timings };
}
