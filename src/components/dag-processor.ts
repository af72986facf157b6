import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { Component } from './component';
import { ComponentOptions } from './component-options';
import { heartbeatProbes } from './heartbeat';
import { ownExecutionApi } from './own-execution-api';
import { Role } from '../core/needs';
import { IAirflow } from '../instance/i-airflow';
import { checkMembers } from '../kubernetes/members';
import { failure } from '../kubernetes/validate';

/**
 * The greatest age of a healthy heartbeat. Between two heartbeats the dag-processor fetches new DAG files and scans all folders, which
 * can take minutes.
 */
const OLDEST = Duration.minutes(5);

/**
 * Options of the dag-processor.
 */
export interface DagProcessorOptions extends ComponentOptions {}

/**
 * Properties of `DagProcessor`.
 */
export interface DagProcessorProps extends DagProcessorOptions {
  /** The Airflow that this construct belongs to. */
  readonly airflow: IAirflow;
}

/**
 * The dag-processor, which parses the DAG files. Airflow 3 always has one. In Airflow 2 the scheduler does this work, unless the
 * dag-processor runs as a component of its own.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/administration-and-deployment/dagfile-processing.html
 */
export class DagProcessor extends Component {
  constructor(scope: Construct, id: string, props: DagProcessorProps) {
    checkMembers('DagProcessorProps', props, scope, id);
    super(scope, id, {
      ...props,
      _request: {
        role: Role.DAG_PROCESSOR,
        args: ['airflow', 'dag-processor'],
        env: ownExecutionApi(props.airflow.config),
        probes: heartbeatProbes('DagProcessorJob', {
          oldest: OLDEST,
          fetches: props.airflow._instance.parts(Role.DAG_PROCESSOR).reduce((sum, part) => sum + (part.fetches ?? 0), 0),
        }),
        resources: { cpu: { request: kplus.Cpu.millis(100) }, memory: { request: Size.mebibytes(512), limit: Size.gibibytes(2) } },
        terminationGracePeriod: Duration.seconds(30),
      },
    });
    if (!props.airflow._instance.traits.standaloneDagProcessor) {
      throw failure(this, "'dagProcessor' stands alone only when the Airflow has the prop 'dagProcessor' too, "
        + 'since the scheduler reads the DAG files otherwise; set it');
    }
  }
}
