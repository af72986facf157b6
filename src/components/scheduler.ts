import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { Component } from './component';
import { ComponentOptions } from './component-options';
import { heartbeatProbes } from './heartbeat';
import { Role } from '../core/roles';
import { IAirflow } from '../instance/i-airflow';
import { checkMembers } from '../kubernetes/members';

/**
 * Options of the scheduler.
 */
export interface SchedulerOptions extends ComponentOptions {}

/**
 * Properties of `Scheduler`.
 */
export interface SchedulerProps extends SchedulerOptions {
  /** The Airflow that it serves. */
  readonly airflow: IAirflow;
}

/**
 * The scheduler; with the LocalExecutor it runs the tasks as well.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/administration-and-deployment/scheduler.html
 */
export class Scheduler extends Component {
  constructor(scope: Construct, id: string, props: SchedulerProps) {
    checkMembers('SchedulerProps', props, scope, id);
    const { tasksInScheduler } = props.airflow._instance.traits;
    super(scope, id, props.airflow, props, {
      role: Role.SCHEDULER,
      args: ['airflow', 'scheduler'],
      probes: heartbeatProbes('SchedulerJob'),
      resources: {
        cpu: { request: kplus.Cpu.millis(tasksInScheduler ? 500 : 100) },
        memory: { request: tasksInScheduler ? Size.gibibytes(1) : Size.mebibytes(512), limit: Size.gibibytes(tasksInScheduler ? 4 : 2) },
      },
      // Tasks of the LocalExecutor may end before their scheduler does.
      terminationGracePeriod: tasksInScheduler ? Duration.minutes(10) : Duration.seconds(30),
    });
  }
}
