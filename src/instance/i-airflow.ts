import { Construct } from 'constructs';
import { Instance } from './instance';
import { Rbac } from './rbac';
import { Postgres } from '../backends/postgres';
import { BindContext } from '../core/bind-context';
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

  /**
   * @internal
   */
  readonly _instance: Instance;

  /**
   * Its long-running parts, in the order in which they were made.
   *
   * @internal
   */
  readonly _components: Construct[];

  /**
   * The names of the pools that are imported.
   *
   * @internal
   */
  readonly _pools: string[];

  /**
   * The queues of all sets of Celery workers.
   *
   * @internal
   */
  readonly _queues: string[];
}
