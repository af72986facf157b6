import { Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import type { KedaTrigger } from './keda-trigger';
import { SecretKey } from '../kubernetes/secret-key';

/**
 * How fast a HorizontalPodAutoscaler starts and stops pods.
 *
 * @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#configurable-scaling-behavior
 */
export interface ScalingBehavior {
  /**
   * How fast pods are started.
   *
   * @default - the Kubernetes default: at once, at most four pods or twice as many in 15 seconds
   */
  readonly scaleUp?: kplus.ScalingRules;

  /**
   * How fast pods are stopped.
   *
   * @default - the Kubernetes default: after a lower number was enough for five minutes
   */
  readonly scaleDown?: kplus.ScalingRules;
}

/**
 * Options of `Scaling.cpu`.
 */
export interface CpuScalingOptions extends ScalingBehavior {
  /**
   * The highest number of pods.
   */
  readonly maxReplicas: number;

  /**
   * The lowest number of pods.
   *
   * @default 1
   */
  readonly minReplicas?: number;

  /**
   * The target for the mean CPU usage of the pods, in percent of their CPU requests.
   *
   * @default 80
   */
  readonly cpuUtilization?: number;
}

/**
 * Options of `Scaling.metrics`.
 */
export interface MetricsScalingOptions extends ScalingBehavior {
  /**
   * The highest number of pods.
   */
  readonly maxReplicas: number;

  /**
   * The lowest number of pods.
   *
   * @default 1
   */
  readonly minReplicas?: number;

  /**
   * The metrics and their targets, for example `kplus.Metric.resourceMemory(kplus.MetricTarget.averageUtilization(70))`. The metric
   * that needs the most pods decides.
   */
  readonly metrics: kplus.Metric[];
}

/**
 * The number of pods while KEDA cannot read its triggers.
 *
 * @see https://keda.sh/docs/latest/reference/scaledobject-spec/#fallback
 */
export interface KedaFallback {
  /** The number of failures in a row after which this number of pods applies. */
  readonly failureThreshold: number;

  /** The number of pods. */
  readonly replicas: number;
}

/**
 * Options of `Scaling.keda`.
 */
export interface KedaScalingOptions extends ScalingBehavior {
  /**
   * The highest number of pods.
   */
  readonly maxReplicas: number;

  /**
   * The lowest number of pods. It may be 0.
   *
   * @default - 0 for Celery workers, 1 for the triggerer and for other components
   */
  readonly minReplicas?: number;

  /**
   * How often KEDA checks whether a first pod is needed.
   *
   * @default Duration.seconds(10)
   */
  readonly pollingInterval?: Duration;

  /**
   * How long a lower number of pods must be enough before Kubernetes stops pods. At most one hour.
   *
   * @default Duration.minutes(5)
   */
  readonly cooldownPeriod?: Duration;

  /**
   * The connection URL of the PostgreSQL metadata database, in the format of libpq:
   * `postgresql://user:password@host:5432/database?sslmode=require`.
   *
   * @default - the parts of `Database.inCluster()` or `Database.postgres()`; required with any other database, with a client certificate,
   * and with a proxy in the pods
   */
  readonly connection?: SecretKey;

  /**
   * A query of your own in the metadata database. It returns the number of pods.
   *
   * @default - for Celery workers and the triggerer, a query that counts their work; none for other components
   */
  readonly query?: string;

  /**
   * Triggers in addition to the query, such as working hours. The trigger that needs the most pods decides.
   *
   * @default - none
   */
  readonly triggers?: KedaTrigger[];

  /**
   * The number of pods while KEDA cannot read the database or another trigger.
   *
   * @default - the number of pods stays as it is
   */
  readonly fallback?: KedaFallback;

  /**
   * Whether the workload gets back the number of pods that it had before, when the ScaledObject is deleted.
   *
   * @default false
   */
  readonly restoreOriginalReplicas?: boolean;
}
