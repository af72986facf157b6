import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { Component } from './component';
import { ComponentOptions } from './component-options';
import { triggererDemand } from './demand';
import { heartbeatProbes } from './heartbeat';
import { ownExecutionApi } from './own-execution-api';
import { Role } from '../core/needs';
import { IAirflow } from '../instance/i-airflow';
import { checkMembers } from '../kubernetes/members';

/**
 * Options of the triggerer.
 */
export interface TriggererOptions extends ComponentOptions {}

/**
 * Properties of `Triggerer`.
 */
export interface TriggererProps extends TriggererOptions {
  /** The Airflow that this construct belongs to. */
  readonly airflow: IAirflow;
}

/**
 * The triggerer. It waits for events on behalf of deferred tasks, so that a waiting task needs no worker.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/authoring-and-scheduling/deferring.html
 */
export class Triggerer extends Component {
  constructor(scope: Construct, id: string, props: TriggererProps) {
    checkMembers('TriggererProps', props, scope, id);
    super(scope, id, {
      ...props,
      _request: {
        role: Role.TRIGGERER,
        args: ['airflow', 'triggerer'],
        env: ownExecutionApi(props.airflow.config),
        probes: heartbeatProbes('TriggererJob'),
        resources: { cpu: { request: kplus.Cpu.millis(100) }, memory: { request: Size.mebibytes(384), limit: Size.gibibytes(2) } },
        terminationGracePeriod: Duration.seconds(60),
        demand: self => triggererDemand(self, props.airflow),
      },
    });
  }
}
