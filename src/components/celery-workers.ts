import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { Component } from './component';
import { ComponentOptions } from './component-options';
import { workerDemand } from './demand';
import { ClaimTemplateOptions, headlessService, hostname, LogVolumeOptions } from './lasting-volumes';
import { AirflowImage } from '../core/airflow-image';
import { defaultQueue } from '../core/dag-names';
import { workerSet } from '../core/names';
import { Role } from '../core/needs';
import { checkSameAirflow } from '../core/same-airflow';
import { run } from '../core/scripts';
import { TaskHardwareOptions } from '../core/task-hardware';
import { IAirflow } from '../instance/i-airflow';
import { checkMembers } from '../kubernetes/members';
import { Probes, HUNG } from '../kubernetes/probe';
import { gather, Problems } from '../kubernetes/problems';
import { checkAtLeast, failure } from '../kubernetes/validate';

const HEARTBEAT = '/tmp/celery-heartbeat';
/** The greatest age of a healthy worker's heartbeat, in seconds. Celery sends one every 2 seconds. */
const OLDEST = 60;
const CONCURRENCY = '16';

/**
 * Options of a set of Celery workers.
 */
export interface CeleryWorkersOptions extends ComponentOptions, TaskHardwareOptions {
  /**
   * The queues that the workers take tasks from.
   *
   * @default - the queue of `[operators] default_queue`
   */
  readonly queues?: string[];

  /**
   * The number of tasks that one worker runs at the same time.
   *
   * @default - the maximum of `[celery] worker_autoscale`; if that is not set, `[celery] worker_concurrency`, which is 16 unless `config`
   * sets it
   */
  readonly concurrency?: number;

  /**
   * The image of these workers. It must have the same version of Airflow.
   *
   * @default - the image of the Airflow
   */
  readonly image?: AirflowImage;

  /**
   * A volume for the logs of each worker. With it, the set is a StatefulSet, and its workers keep their names.
   *
   * @default - the logs are lost with the pod, unless the prop `logs` of the Airflow keeps them
   */
  readonly logs?: LogVolumeOptions;

  /**
   * Volumes of each worker that outlive it, such as a cache of models. With one, the set is a StatefulSet, and its workers keep
   * their names.
   *
   * @default - none; `pod.ephemeralClaims` has volumes that end with the pod
   */
  readonly claims?: ClaimTemplateOptions[];
}

/**
 * Properties of `CeleryWorkers`.
 */
export interface CeleryWorkersProps extends CeleryWorkersOptions {
  /** The Airflow that the workers belong to. */
  readonly airflow: IAirflow;
}

/**
 * A set of workers of the CeleryExecutor. A worker is a long-running process that takes tasks from its queues.
 *
 * When Kubernetes stops a worker, the worker takes no new tasks. Its running tasks may finish within the grace period of the pod.
 *
 * @see https://airflow.apache.org/docs/apache-airflow-providers-celery/stable/celery_executor.html
 */
export class CeleryWorkers extends Component {
  /** The queues that the workers take tasks from. */
  public readonly queues: string[];
  /** The number of tasks that one worker runs at the same time. */
  public readonly concurrency: number;
  /** The headless Service that gives each worker a DNS name. Undefined unless the workers have volumes that outlive them. */
  public readonly service?: kplus.Service;

  /**
   * @throws when the executor does not use Celery, when the Airflow cannot use `queues`, `concurrency` or `image`, when two options would
   * keep the logs, or when the broker would hand a running task to another worker before the grace period ends
   */
  constructor(scope: Construct, id: string, props: CeleryWorkersProps) {
    checkMembers('CeleryWorkersProps', props, scope, id);
    const { airflow } = props;
    const queues = props.queues ?? [defaultQueue(airflow.config)];
    const { taskGracePeriod, spot: taskSpot } = airflow._instance.disruption;
    const concurrency =
      props.concurrency ?? Number(mostTasks(airflow) ?? airflow.config._pin('celery', 'worker_concurrency') ?? CONCURRENCY);
    super(scope, id, {
      ...props,
      _request: {
        role: Role.WORKER,
        set: workerSet(id),
        args: [
          'airflow', 'celery', 'worker', '--queues', queues.join(','), '--concurrency', `${concurrency}`, '--without-gossip',
          '--without-mingle',
        ],
        probes: probes(),
        image: props.image,
        gpus: props.gpus,
        spot: props.spot ?? taskSpot,
        env: hostname(airflow, props),
        resources: { cpu: { request: kplus.Cpu.millis(500) }, memory: { request: Size.gibibytes(2), limit: Size.gibibytes(4) } },
        terminationGracePeriod: taskGracePeriod,
        volumes: { logs: props.logs, claims: props.claims },
        demand: () => workerDemand(airflow, queues, concurrency),
      },
    });
    this.queues = queues;
    this.concurrency = concurrency;
    this.check(airflow, props);
    airflow._dagNames.addQueues(queues);
    this.service = headlessService(this, airflow, Role.WORKER, this.workload);
  }

  /** Throws if `concurrency` contradicts `[celery] worker_autoscale`, which takes precedence in Celery. */
  private checkAutoscale({ config }: IAirflow, { concurrency }: CeleryWorkersOptions): void {
    const autoscale = config.get('celery', 'worker_autoscale');
    if (autoscale === undefined) { return; }
    const [most, least = 0] = autoscale.split(',').map(Number);
    if (!/^\d+(,\d+)?$/.test(autoscale) || most < 1 || most < least) {
      throw failure(
        this,
        `'config.celery.worker_autoscale' must be the most and the least processes of a worker, like '16,4', got '${autoscale}'`,
      );
    }
    const other = [['concurrency', concurrency], ['config.celery.worker_concurrency', config.get('celery', 'worker_concurrency')]]
      .find(([, value]) => value !== undefined);
    if (other !== undefined) {
      throw failure(
        this,
        `'${other[0]}' is ${other[1]}, but 'config.celery.worker_autoscale', '${autoscale}', `
          + 'decides how many tasks a worker runs at once; leave one of them out',
      );
    }
  }

  private check(airflow: IAirflow, props: CeleryWorkersProps): void {
    gather(this, problems => {
      problems.check(() => this.checkConcurrency(airflow, props));
      this.checkQueues(problems, airflow);
      if (!airflow._instance.traits.celery) {
        problems.add("'executor' uses no Celery, whose workers these are; use Executor.celery(), alone or in Executor.multiple()");
      }
      checkSameAirflow(problems, airflow.image, props.image);
      const { terminationGracePeriod } = props;
      const visible = airflow.config._pin('celery_broker_transport_options', 'visibility_timeout') ?? defaultVisibility(airflow);
      const { taskGracePeriod } = airflow._instance.disruption;
      const [prop, grace] = terminationGracePeriod === undefined
        ? ['disruption.taskGracePeriod', taskGracePeriod.toSeconds()] : ['terminationGracePeriod', terminationGracePeriod.toSeconds()];
      if (visible !== undefined && !(Number(visible) > grace)) {
        problems.add(
          `'config.celery_broker_transport_options.visibility_timeout' must be more than '${prop}', ${grace} seconds, got '${visible}'; `
            + "the broker would hand a task to another worker while the first one finishes it. 'longestTask' of Executor.celery() sets it",
        );
      }
    });
  }

  private checkConcurrency(airflow: IAirflow, props: CeleryWorkersProps): void {
    checkAtLeast(this, 'concurrency', props.concurrency, 1);
    this.checkAutoscale(airflow, props);
    if (!(Number.isInteger(this.concurrency) && this.concurrency >= 1)) {
      throw failure(this, "'config.celery.worker_concurrency' must be a whole number of at least 1, "
        + `got '${airflow.config.get('celery', 'worker_concurrency')}'`);
    }
  }

  private checkQueues(problems: Problems, { config, _instance: { executor } }: IAirflow): void {
    // Kubernetes replaces $(NAME) in arguments, and the command line takes a name that begins with a dash for an option.
    const wrong = this.queues.find(queue => !/^[^\s,-][^\s,]*$/.test(queue) || queue.includes('$('));
    if (this.queues.length === 0 || wrong !== undefined) {
      problems.add("'queues' must be at least one name without blanks, commas and '$(' that does not begin with '-', "
        + `got ${JSON.stringify(this.queues)}`);
    }
    const podQueue = executor.podQueue?.(config);
    if (podQueue !== undefined && this.queues.includes(podQueue)) {
      problems.add(`'queues' must not have '${podQueue}', whose tasks the ${executor.setting} gives pods to; leave it out`);
    }
  }
}

/** The visibility timeout that Airflow assumes for Redis. The kind of a broker is unknown here if only a Secret has its URL. */
function defaultVisibility({ _instance: { endpoints: { broker } } }: IAirflow): string | undefined {
  return broker?.label === 'Redis' ? '86400' : undefined;
}

/** The highest number of tasks of a worker that adapts the number of its processes to the load: the first part of `max` or `max,min`. */
function mostTasks({ config }: IAirflow): string | undefined {
  return config._pin('celery', 'worker_autoscale')?.split(',')[0];
}

function probes(): Probes {
  const check = { exec: { command: run('celery_heartbeat.py', HEARTBEAT, `${OLDEST}`) } };
  return {
    startup: { check, timings: { period: Duration.seconds(2), timeout: Duration.seconds(10), failureThreshold: 150 } },
    liveness: { check, timings: { period: Duration.seconds(30), timeout: Duration.seconds(10), failureThreshold: 2 }, more: HUNG },
  };
}
