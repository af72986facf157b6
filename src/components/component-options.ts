import * as kplus from 'cdk8s-plus-27';
import { Scaling } from './scaling';
import { ObjectMetadata, AirflowPodOptions } from '../kubernetes/pod-options';

/**
 * How many pods of a component the cluster may take away at once, when it drains nodes for example; one of the two is given.
 */
export interface DisruptionBudgetOptions {
  /**
   * How many pods may be missing.
   *
   * @default - `minAvailable` decides
   */
  readonly maxUnavailable?: kplus.PercentOrAbsolute;

  /**
   * How many pods must stay; fewer than `replicas`, or than the fewest of `scaling` unless that is 0.
   *
   * Where the autoscaler may go down to 0 pods, `PercentOrAbsolute.absolute(1)` keeps the last worker until it has nothing left to do.
   *
   * @default - `maxUnavailable` decides
   */
  readonly minAvailable?: kplus.PercentOrAbsolute;
}

/**
 * Metadata of the Deployment or StatefulSet, and how a Deployment replaces its pods.
 */
export interface WorkloadOptions extends ObjectMetadata {
  /**
   * How many pods more than `replicas` an update may start.
   *
   * @default PercentOrAbsolute.absolute(1)
   */
  readonly maxSurge?: kplus.PercentOrAbsolute;

  /**
   * How many pods fewer than `replicas` an update may leave.
   *
   * @default PercentOrAbsolute.absolute(0)
   */
  readonly maxUnavailable?: kplus.PercentOrAbsolute;

  /**
   * End all pods before new ones start.
   *
   * @default false
   */
  readonly recreate?: boolean;

  /**
   * How many old revisions are kept for a rollback.
   *
   * @default 3
   */
  readonly revisionHistoryLimit?: number;
}

/**
 * What every long-running component can be given, under the same name everywhere.
 */
export interface ComponentOptions extends AirflowPodOptions {
  /**
   * How many pods run; 0 stops the component.
   *
   * @default 1
   */
  readonly replicas?: number;

  /**
   * An autoscaler that decides how many pods run; excludes `replicas`.
   *
   * @default - `replicas` decides
   */
  readonly scaling?: Scaling;

  /**
   * A PodDisruptionBudget.
   *
   * @default - the cluster may take away all pods at once
   * @see https://kubernetes.io/docs/concepts/workloads/pods/disruptions/
   */
  readonly disruptionBudget?: DisruptionBudgetOptions;

  /**
   * Metadata, update strategy and history of the workload.
   *
   * @default - a rolling update without a gap
   */
  readonly workload?: WorkloadOptions;
}
