import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { Component } from './component';
import { ComponentOptions } from './component-options';
import { triggererDemand } from './demand';
import { heartbeatProbes } from './heartbeat';
import { headlessService, hostname, LogVolumeOptions } from './lasting-volumes';
import { ownExecutionApi } from './own-execution-api';
import { Role } from '../core/needs';
import { IAirflow } from '../instance/i-airflow';
import { checkMembers } from '../kubernetes/members';

/**
 * Options of the triggerer.
 */
export interface TriggererOptions extends ComponentOptions {
  /**
   * A volume for the logs of each triggerer. With it, the triggerer is a StatefulSet, whose pods keep their names. The UI reads the
   * logs from the triggerer while the task waits there.
   *
   * @default - the logs are lost with the pod, unless the prop `logs` of the Airflow keeps them
   */
  readonly logs?: LogVolumeOptions;
}

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
  /** The headless Service that gives each triggerer a DNS name. Undefined unless the triggerers have volumes for their logs. */
  public readonly service?: kplus.Service;

  constructor(scope: Construct, id: string, props: TriggererProps) {
    checkMembers('TriggererProps', props, scope, id);
    super(scope, id, {
      ...props,
      _request: {
        role: Role.TRIGGERER,
        args: ['airflow', 'triggerer'],
        env: [...ownExecutionApi(props.airflow.config), ...hostname(props.airflow, props)],
        volumes: { logs: props.logs },
        probes: heartbeatProbes('TriggererJob'),
        resources: { cpu: { request: kplus.Cpu.millis(100) }, memory: { request: Size.mebibytes(384), limit: Size.gibibytes(2) } },
        terminationGracePeriod: Duration.seconds(60),
        demand: self => triggererDemand(self, props.airflow),
      },
    });
    this.service = headlessService(this, props.airflow, Role.TRIGGERER, this.workload);
  }
}
