import { ApiObject, Duration, JsonPatch, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { Component } from './component';
import { ComponentOptions } from './component-options';
import { workerDemand } from './demand';
import { WorkerLogsOptions } from './worker-logs';
import { AirflowImage } from '../core/airflow-image';
import { defaultQueue } from '../core/dag-names';
import { TASK_LOGS_PORT } from '../core/endpoints';
import { BY_ADDRESS, BY_NAME } from '../core/import-paths';
import { labelsFor } from '../core/labels';
import { workerSet } from '../core/names';
import { Role } from '../core/needs';
import { run } from '../core/scripts';
import { TaskHardwareOptions } from '../core/task-hardware';
import { IAirflow } from '../instance/i-airflow';
import { checkMembers } from '../kubernetes/members';
import { EnvVar } from '../kubernetes/pod';
import { Probes, HUNG } from '../kubernetes/probe';
import { gather, Problems } from '../kubernetes/problems';
import { plainService } from '../kubernetes/service';
import { checkAtLeast, failure } from '../kubernetes/validate';

const HEARTBEAT = '/tmp/celery-heartbeat';
/** Celery sends one every 2 seconds. */
const OLDEST = 60;
const CONCURRENCY = '16';
const GRACE = Duration.minutes(10);

/**
 * Options of a set of Celery workers.
 */
export interface CeleryWorkersOptions extends ComponentOptions, TaskHardwareOptions {
  /**
   * The queues that the workers take tasks from.
   *
   * @default - `[operators] default_queue`
   */
  readonly queues?: string[];

  /**
   * How many tasks one worker runs at once.
   *
   * @default - the most of `[celery] worker_autoscale`, else `[celery] worker_concurrency`, which is 16 unless `config` sets it
   */
  readonly concurrency?: number;

  /**
   * The image, with the same version of Airflow.
   *
   * @default - that of the Airflow
   */
  readonly image?: AirflowImage;

  /**
   * A volume of its own for the logs of each worker; the set is then a StatefulSet, whose workers keep their names.
   *
   * @default - logs end with the pod, unless the prop `logs` of the Airflow keeps them
   */
  readonly logs?: WorkerLogsOptions;
}

/**
 * Properties of `CeleryWorkers`.
 */
export interface CeleryWorkersProps extends CeleryWorkersOptions {
  /** The Airflow that they serve. */
  readonly airflow: IAirflow;
}

/**
 * Workers of the CeleryExecutor: processes that wait for tasks of their queues.
 *
 * A worker that is told to end takes no more tasks and lets those that run finish, for the grace period of its pod.
 *
 * @see https://airflow.apache.org/docs/apache-airflow-providers-celery/stable/celery_executor.html
 */
export class CeleryWorkers extends Component {
  /** The queues that they take tasks from. */
  public readonly queues: string[];
  /** How many tasks one worker runs at once. */
  public readonly concurrency: number;
  /** The Service that gives each worker a name; undefined unless they keep their logs. */
  public readonly service?: kplus.Service;

  /**
   * @throws when the executor uses no Celery, when `queues`, `concurrency` or `image` is not one that the Airflow can use, when logs would be kept twice,
   * or when the broker would give a task to another worker within the grace period
   */
  constructor(scope: Construct, id: string, props: CeleryWorkersProps) {
    checkMembers('CeleryWorkersProps', props, scope, id);
    const { airflow } = props;
    const queues = props.queues ?? [defaultQueue(airflow.config)];
    const concurrency = props.concurrency ?? Number(mostTasks(airflow) ?? airflow.config._pin('celery', 'worker_concurrency') ?? CONCURRENCY);
    super(scope, id, {
      ...props,
      _request: {
        role: Role.WORKER,
        set: workerSet(id),
        args: ['airflow', 'celery', 'worker', '--queues', queues.join(','), '--concurrency', `${concurrency}`, '--without-gossip', '--without-mingle'],
        probes: probes(),
        image: props.image,
        gpus: props.gpus,
        spot: props.spot,
        env: hostname(airflow, props),
        resources: { cpu: { request: kplus.Cpu.millis(500) }, memory: { request: Size.gibibytes(2), limit: Size.gibibytes(4) } },
        terminationGracePeriod: GRACE,
        logs: props.logs,
        demand: () => workerDemand(airflow, queues, concurrency),
      },
    });
    this.queues = queues;
    this.concurrency = concurrency;
    this.check(airflow, props);
    airflow._dagNames.addQueues(queues);
    if (props.logs !== undefined) {
      this.service = plainService(new kplus.Service(this, 'service', {
        metadata: { name: this.workload.name, labels: labelsFor(airflow._instance.labels, Role.WORKER) },
        selector: kplus.Pods.select(this, 'pods', { labels: { ...this.podLabels } }),
        clusterIP: 'None',
        ports: [{ name: 'task-logs', port: TASK_LOGS_PORT }],
      }));
      // A worker that lets its tasks finish still shows their logs.
      ApiObject.of(this.service).addJsonPatch(JsonPatch.add('/spec/publishNotReadyAddresses', true));
    }
  }

  /** Celery lets it decide, whatever else is said. */
  private checkAutoscale({ config }: IAirflow, { concurrency }: CeleryWorkersOptions): void {
    const autoscale = config.get('celery', 'worker_autoscale');
    if (autoscale === undefined) { return; }
    const [most, least = 0] = autoscale.split(',').map(Number);
    if (!/^\d+(,\d+)?$/.test(autoscale) || most < 1 || most < least) {
      throw failure(this, `'config.celery.worker_autoscale' must be the most and the least processes of a worker, like '16,4', got '${autoscale}'`);
    }
    const other = [['concurrency', concurrency], ['config.celery.worker_concurrency', config.get('celery', 'worker_concurrency')]]
      .find(([, value]) => value !== undefined);
    if (other !== undefined) {
      throw failure(this, `'${other[0]}' is ${other[1]}, but 'config.celery.worker_autoscale', '${autoscale}', decides how many tasks a worker runs at once; `
        + 'leave one of them out');
    }
  }

  private check(airflow: IAirflow, props: CeleryWorkersProps): void {
    gather(this, problems => {
      problems.check(() => this.checkConcurrency(airflow, props));
      this.checkQueues(problems, airflow);
      if (!airflow._instance.traits.celery) {
        problems.add("'executor' uses no Celery, whose workers these are; use Executor.celery(), alone or in Executor.multiple()");
      }
      const { image, terminationGracePeriod = GRACE } = props;
      const { version, airflowHome } = airflow.image;
      if (image !== undefined && (image.version.release !== version.release || image.airflowHome !== airflowHome)) {
        problems.add(`'image' must have Airflow ${version.release} at ${airflowHome}, as the scheduler has, got '${image.reference}' `
          + `with ${image.version.release} at ${image.airflowHome}`);
      }
      const visible = airflow.config._pin('celery_broker_transport_options', 'visibility_timeout') ?? defaultVisibility(airflow);
      const grace = terminationGracePeriod.toSeconds();
      if (visible !== undefined && !(Number(visible) > grace)) {
        problems.add(`'config.celery_broker_transport_options.visibility_timeout' must be more than 'terminationGracePeriod', ${grace} seconds, got '${visible}'; `
          + "the broker would hand a task to another worker while the first one finishes it. 'longestTask' of Executor.celery() sets it");
      }
    });
  }

  private checkConcurrency(airflow: IAirflow, props: CeleryWorkersProps): void {
    checkAtLeast(this, 'concurrency', props.concurrency, 1);
    this.checkAutoscale(airflow, props);
    if (!(Number.isInteger(this.concurrency) && this.concurrency >= 1)) {
      throw failure(this, `'config.celery.worker_concurrency' must be a whole number of at least 1, got '${airflow.config.get('celery', 'worker_concurrency')}'`);
    }
  }

  private checkQueues(problems: Problems, { config, _instance: { executor } }: IAirflow): void {
    // Kubernetes puts the value of NAME for a $(NAME) on the command line, which has what begins with a dash for an option.
    const wrong = this.queues.find(queue => !/^[^\s,-][^\s,]*$/.test(queue) || queue.includes('$('));
    if (this.queues.length === 0 || wrong !== undefined) {
      problems.add(`'queues' must be at least one name without blanks, commas and '$(' that does not begin with '-', got ${JSON.stringify(this.queues)}`);
    }
    const podQueue = executor.podQueue?.(config);
    if (podQueue !== undefined && this.queues.includes(podQueue)) {
      problems.add(`'queues' must not have '${podQueue}', whose tasks the ${executor.setting} gives pods to; leave it out`);
    }
  }
}

/** What Airflow assumes of a Redis; nobody knows here what a broker is that only a Secret names. */
function defaultVisibility({ _instance: { endpoints: { broker } } }: IAirflow): string | undefined {
  return broker?.label === 'Redis' ? '86400' : undefined;
}

/** How many tasks a worker runs at most, where it starts and ends its processes by what there is to do: `most` or `most,least`. */
function mostTasks({ config }: IAirflow): string | undefined {
  return config._pin('celery', 'worker_autoscale')?.split(',')[0];
}

/** A worker with a volume of its own is found by its name, unless the platform says otherwise of all names. */
function hostname({ config }: IAirflow, { logs }: CeleryWorkersOptions): EnvVar[] {
  return logs === undefined || config._pin('core', 'hostname_callable') !== BY_ADDRESS ? [] : [{ name: 'AIRFLOW__CORE__HOSTNAME_CALLABLE', value: BY_NAME }];
}

function probes(): Probes {
  const check = { exec: { command: run('celery_heartbeat.py', HEARTBEAT, `${OLDEST}`) } };
  return {
    startup: { check, timings: { period: Duration.seconds(2), timeout: Duration.seconds(10), failureThreshold: 150 } },
    liveness: { check, timings: { period: Duration.seconds(30), timeout: Duration.seconds(10), failureThreshold: 2 }, more: HUNG },
  };
}
