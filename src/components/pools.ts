import { Construct } from 'constructs';
import { JobOptions } from './job';
import { RoleJob } from './role-job';
import { Role } from '../core/needs';
import { IAirflow } from '../instance/i-airflow';
import { canonical } from '../kubernetes/checksum';
import { checkMembers } from '../kubernetes/members';
import { failure } from '../kubernetes/validate';

/** The pool of tasks that name no pool. Airflow creates it itself. */
export const DEFAULT_POOL = 'default_pool';

/** The description that Airflow gives to `default_pool`. Its API does not let anyone change it. */
const DEFAULT_POOL_DESCRIPTION = 'Default pool';

/** The length of the column in the database. */
const LONGEST_NAME = 256;

/** The largest number that the column in the database holds. */
const MOST_SLOTS = 2147483647;

/**
 * A pool, which limits how many tasks of a kind run at the same time.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/administration-and-deployment/pools.html
 */
export interface PoolOptions {
  /** The number of slots. A task takes one slot unless it sets `pool_slots`. -1 means no limit. */
  readonly slots: number;

  /**
   * The description of the pool in the UI.
   *
   * @default - no description; `default_pool` keeps the description of Airflow
   */
  readonly description?: string;

  /**
   * Whether deferred tasks keep their slots.
   *
   * @default false
   */
  readonly includeDeferred?: boolean;
}

/**
 * Properties of `Pools`.
 */
export interface PoolsProps extends JobOptions {
  /** The Airflow that gets the pools. */
  readonly airflow: IAirflow;

  /** The pools by their names. */
  readonly pools: { readonly [name: string]: PoolOptions };
}

/**
 * A Job that creates pools and changes existing ones. It runs again when the pools or its pod change.
 *
 * The Job deletes no pools: a pool that you remove here stays until you delete it in Airflow. If you go back to earlier pools, the
 * earlier Job must have been pruned or deleted, because the new Job has the same name and would not run.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/cli-and-env-variables-ref.html#pools
 */
export class Pools extends RoleJob {
  /**
   * @throws when the database cannot hold a name or a number of slots, when another `Pools` of the Airflow has a pool with the same name,
   * or when `default_pool` has a description
   */
  constructor(scope: Construct, id: string, props: PoolsProps) {
    checkMembers('PoolsProps', props, scope, id);
    super(scope, id, props, Role.POOLS, job => {
      for (const [name, pool] of Object.entries(props.pools)) { check(job, props.airflow, name, pool); }
      return {
        args: ['bash', '-c', 'exec airflow pools import /dev/stdin <<< "$1"', '--', poolsJson(props.pools)],
        env: [],
        waitFor: 'migration',
      };
    });
  }

}

function check(scope: Construct, airflow: IAirflow, name: string, { slots, description }: PoolOptions): void {
  const length = [...name].length;
  if (name.trim() === '' || length > LONGEST_NAME) {
    throw failure(
      scope,
      `'pools' must have names of 1 to ${LONGEST_NAME} characters that are not all spaces, got '${name}' (${length} characters)`,
    );
  }
  if (!Number.isInteger(slots) || slots < -1 || slots > MOST_SLOTS) {
    throw failure(scope, `'pools.${name}.slots' must be a whole number from 0 to ${MOST_SLOTS}, or -1 for no limit, got ${slots}`);
  }
  if (name === DEFAULT_POOL && description !== undefined) {
    throw failure(
      scope,
      `'pools.${name}.description' cannot be set, since Airflow has its own for that pool, got '${description}'; leave it out`,
    );
  }
  if (!airflow._dagNames.addPool(name)) {
    throw failure(scope, `'pools' has '${name}', which this Airflow has from another 'pools' already; give it once`);
  }
}

/** The pools in the JSON format that Airflow imports. */
function poolsJson(pools: PoolsProps['pools']): string {
  const imported = Object.entries(pools).map(([name, { slots, description, includeDeferred }]) => [name, {
    slots,
    description: description ?? (name === DEFAULT_POOL ? DEFAULT_POOL_DESCRIPTION : ''),
    include_deferred: includeDeferred ?? false,
  }]);
  // The escaped dollar sign keeps Kubernetes from replacing $(NAME) in an argument.
  return JSON.stringify(canonical(Object.fromEntries(imported))).replace(/\$/g, '\\u0024');
}
