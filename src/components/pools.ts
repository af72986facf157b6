import { ApiObject } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { airflowJob, jobLabels, JobOptions } from './job';
import { Role } from '../core/needs';
import { IAirflow } from '../instance/i-airflow';
import { canonical } from '../kubernetes/checksum';
import { checkMembers } from '../kubernetes/members';
import { SelectablePods } from '../kubernetes/selectable-pods';
import { failure } from '../kubernetes/validate';

/** The pool of tasks that name none, which Airflow makes itself. */
export const DEFAULT_POOL = 'default_pool';

/** What Airflow calls it; its API lets nobody change that. */
const DEFAULT_POOL_DESCRIPTION = 'Default pool';

/** As long as the column of the table. */
const LONGEST_NAME = 256;

/** The most that the column of the table holds. */
const MOST_SLOTS = 2147483647;

/**
 * A pool: how many tasks of a kind run at the same time.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/administration-and-deployment/pools.html
 */
export interface PoolOptions {
  /** How many slots there are, of which a task takes one unless it says otherwise; -1 for no limit. */
  readonly slots: number;

  /**
   * What the pool is for.
   *
   * @default - none; Airflow's own for default_pool
   */
  readonly description?: string;

  /**
   * Whether a task that is deferred keeps its slots.
   *
   * @default false
   */
  readonly includeDeferred?: boolean;
}

/**
 * Properties of `Pools`.
 */
export interface PoolsProps extends JobOptions {
  /** The Airflow whose pools they are. */
  readonly airflow: IAirflow;

  /** The pools by their names. */
  readonly pools: { readonly [name: string]: PoolOptions };
}

/**
 * A Job that creates pools, or changes those that exist; again when they or what it runs change.
 *
 * It deletes none: a pool that is not given any more stays until someone deletes it. Going back to earlier pools needs the
 * earlier Job gone, by pruning or by hand, since it has the same name.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/cli-and-env-variables-ref.html#pools
 */
export class Pools extends SelectablePods {
  /** The Job: the way out, for a patch. */
  public readonly workload: ApiObject;
  /** The service account that the pod runs as. */
  public readonly serviceAccount: kplus.IServiceAccount;

  /**
   * @throws when a name or a number of slots is not one that the database holds, when another `Pools` of the Airflow has the name, or when
   * default_pool has a description
   */
  constructor(scope: Construct, id: string, props: PoolsProps) {
    checkMembers('PoolsProps', props, scope, id);
    super(scope, id, jobLabels(props.airflow, id));
    const { airflow, pools } = props;
    for (const [name, pool] of Object.entries(pools)) {
      this.check(name, pool);
      if (!airflow._dagNames.addPool(name)) {
        throw failure(this, `'pools' has '${name}', which this Airflow has from another 'pools' already; give it once`);
      }
    }
    const { workload, serviceAccount } = airflowJob(this, airflow, Role.POOLS, {
      args: ['bash', '-c', 'exec airflow pools import /dev/stdin <<< "$1"', '--', poolsJson(pools)],
      env: [],
      waitFor: 'migration',
    }, props);
    this.workload = workload;
    this.serviceAccount = serviceAccount;
  }

  private check(name: string, { slots, description }: PoolOptions): void {
    const length = [...name].length;
    if (name.trim() === '' || length > LONGEST_NAME) {
      throw failure(this, `'pools' must have names of 1 to ${LONGEST_NAME} characters that are not all spaces, got '${name}' (${length} characters)`);
    }
    if (!Number.isInteger(slots) || slots < -1 || slots > MOST_SLOTS) {
      throw failure(this, `'pools.${name}.slots' must be a whole number from 0 to ${MOST_SLOTS}, or -1 for no limit, got ${slots}`);
    }
    if (name === DEFAULT_POOL && description !== undefined) {
      throw failure(this, `'pools.${name}.description' cannot be set, since Airflow has its own for that pool, got '${description}'; leave it out`);
    }
  }
}

/** The pools as Airflow imports them. */
function poolsJson(pools: PoolsProps['pools']): string {
  const imported = Object.entries(pools).map(([name, { slots, description, includeDeferred }]) => [name, {
    slots,
    description: description ?? (name === DEFAULT_POOL ? DEFAULT_POOL_DESCRIPTION : ''),
    include_deferred: includeDeferred ?? false,
  }]);
  // Kubernetes would replace a $(NAME) in an argument.
  return JSON.stringify(canonical(Object.fromEntries(imported))).replace(/\$/g, '\\u0024');
}
