import * as kplus from 'cdk8s-plus-27';
import { Scaling } from './scaling';
import { ObjectMetadata, AirflowPodOptions } from '../kubernetes/pod-options';

/**
 * How many pods of a component the cluster may evict at the same time, for example when it drains a node. Give exactly one of the two.
 */
export interface DisruptionBudgetOptions {
  /**
   * The highest number of pods that may be missing.
   *
   * @default - `minAvailable` decides
   */
  readonly maxUnavailable?: kplus.PercentOrAbsolute;

  /**
   * The number of pods that must stay. It must be less than `replicas` or, with `scaling`, less than its `minReplicas` unless that is 0.
   *
   * If the autoscaler may go down to 0 pods, `PercentOrAbsolute.absolute(1)` keeps the last worker until it has no more tasks.
   *
   * @default - `maxUnavailable` decides
   */
  readonly minAvailable?: kplus.PercentOrAbsolute;
}

/**
 * Metadata and update strategy of the Deployment or StatefulSet. A component is a StatefulSet if its pods have volumes that outlive them
 * (`logs`, `claims`).
 */
export interface WorkloadOptions extends ObjectMetadata {
  /**
   * How many pods above `replicas` an update of a Deployment may start.
   *
   * @default PercentOrAbsolute.absolute(1)
   */
  readonly maxSurge?: kplus.PercentOrAbsolute;

  /**
   * How many pods below `replicas` an update of a Deployment may leave running.
   *
   * @default PercentOrAbsolute.absolute(0)
   */
  readonly maxUnavailable?: kplus.PercentOrAbsolute;

  /**
   * Whether an update of a Deployment stops all old pods before it starts new ones.
   *
   * @default false
   */
  readonly recreate?: boolean;

  /**
   * Whether an update of a StatefulSet leaves its pods alone until someone deletes them.
   *
   * @default false
   */
  readonly onDelete?: boolean;

  /**
   * The number of the first pod of a StatefulSet that an update replaces. The pods below it keep the old version, for example while pod 3
   * tries the new one.
   *
   * @default 0
   */
  readonly partition?: number;

  /**
   * How many old revisions Kubernetes keeps for a rollback.
   *
   * @default 3
   */
  readonly revisionHistoryLimit?: number;
}

/**
 * The options of every long-running component.
 */
export interface ComponentOptions extends AirflowPodOptions {
  /**
   * The number of pods. 0 stops the component.
   *
   * @default 1
   */
  readonly replicas?: number;

  /**
   * An autoscaler that decides the number of pods. `scaling` and `replicas` exclude each other.
   *
   * @default - `replicas` decides
   */
  readonly scaling?: Scaling;

  /**
   * A PodDisruptionBudget.
   *
   * @default - with several pods, the cluster may evict one of them at a time, and a quarter of the Celery workers; a single pod has none,
   * because its budget would block the drain of its node
   * @see https://kubernetes.io/docs/concepts/workloads/pods/disruptions/
   */
  readonly disruptionBudget?: DisruptionBudgetOptions;

  /**
   * Metadata, update strategy and history of the workload.
   *
   * @default - a rolling update that starts each new pod before it stops an old one
   */
  readonly workload?: WorkloadOptions;
}
