import { Instance } from './instance';
import { Rbac } from './rbac';
import { Postgres } from '../backends/postgres';
import { AirflowWorkload } from '../core/airflow-workload';
import { BindContext } from '../core/bind-context';
import { DagNames } from '../core/dag-names';
import { NetworkGraph } from '../core/network-graph';

/**
 * What a component or an add-on may know of an Airflow.
 */
export interface IAirflow extends BindContext {
  /** Service accounts and what they may do. */
  readonly rbac: Rbac;

  /** The Postgres; undefined when the database is elsewhere. */
  readonly postgres?: Postgres;

  /** Who talks to whom, on which port, and why; as it is when it is asked for. */
  readonly networkGraph: NetworkGraph;

  /** All that runs: the components, the Jobs, the servers and the task pods; as it is when it is asked for. */
  readonly workloads: AirflowWorkload[];

  /**
   * @internal
   */
  readonly _instance: Instance;

  /**
   * @internal
   */
  readonly _dagNames: DagNames;
}
