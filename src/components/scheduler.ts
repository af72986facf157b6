import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { Component } from './component';
import { ComponentOptions } from './component-options';
import { heartbeatProbes } from './heartbeat';
import { headlessService, hostname, LogVolumeOptions } from './lasting-volumes';
import { Role } from '../core/needs';
import { TaskHardwareOptions } from '../core/task-hardware';
import { IAirflow } from '../instance/i-airflow';
import { checkMembers } from '../kubernetes/members';
import { failure } from '../kubernetes/validate';

/**
 * Options of the scheduler. `gpus`, `spot` and `logs` work only with the LocalExecutor, because its tasks run in the scheduler.
 */
export interface SchedulerOptions extends ComponentOptions, TaskHardwareOptions {
  /**
   * A volume for the logs of each scheduler and its tasks. With it, the scheduler is a StatefulSet, whose pods keep their names: an update
   * stops a scheduler before it starts the next.
   *
   * @default - the logs are lost with the pod, unless the prop `logs` of the Airflow keeps them
   */
  readonly logs?: LogVolumeOptions;
}

/**
 * Properties of `Scheduler`.
 */
export interface SchedulerProps extends SchedulerOptions {
  /** The Airflow that this construct belongs to. */
  readonly airflow: IAirflow;
}

/**
 * The scheduler, which decides when each task runs and hands it to the executor. With the LocalExecutor it also runs the tasks.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/administration-and-deployment/scheduler.html
 */
export class Scheduler extends Component {
  /** The headless Service that gives each scheduler a DNS name. Undefined unless the schedulers have volumes for their logs. */
  public readonly service?: kplus.Service;

  /**
   * @throws when `gpus`, `spot` or `logs` is given, but no task runs in the scheduler
   */
  constructor(scope: Construct, id: string, props: SchedulerProps) {
    checkMembers('SchedulerProps', props, scope, id);
    const { tasksInScheduler } = props.airflow._instance.traits;
    super(scope, id, {
      ...props,
      _request: {
        role: Role.SCHEDULER,
        args: ['airflow', 'scheduler'],
        env: hostname(props.airflow, props),
        volumes: { logs: props.logs },
        gpus: props.gpus,
        spot: props.spot,
        probes: heartbeatProbes('SchedulerJob'),
        resources: {
          cpu: { request: kplus.Cpu.millis(tasksInScheduler ? 500 : 100) },
          memory: { request: tasksInScheduler ? Size.gibibytes(1) : Size.mebibytes(512), limit: Size.gibibytes(tasksInScheduler ? 4 : 2) },
        },
        // Running tasks of the LocalExecutor may finish before their scheduler stops.
        terminationGracePeriod: tasksInScheduler ? props.airflow._instance.disruption.taskGracePeriod : Duration.seconds(30),
      },
    });
    for (const prop of ['gpus', 'spot'] as const) {
      if (props[prop] !== undefined && !tasksInScheduler) {
        throw failure(
          this,
          `'${prop}' is for pods that run tasks, but with ${props.airflow._instance.executor.setting} the scheduler runs none; `
            + `leave it out, or set '${prop}' of the task pods or Celery workers`,
        );
      }
    }
    if (props.logs !== undefined && !tasksInScheduler) {
      throw failure(
        this,
        `'logs' keeps the logs of tasks, but with ${props.airflow._instance.executor.setting} the scheduler runs none; leave it out`,
      );
    }
    this.service = headlessService(this, props.airflow, Role.SCHEDULER, this.workload);
  }
}
