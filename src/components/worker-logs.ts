import { Size } from 'cdk8s';

/**
 * A volume for the logs of each worker, which outlives its pod.
 */
export interface WorkerLogsOptions {
  /** Its size. */
  readonly size: Size;

  /**
   * The storage class.
   *
   * @default - the cluster's
   */
  readonly storageClassName?: string;

  /**
   * Whether the volumes are deleted with the set.
   *
   * @default false
   */
  readonly deleteWithSet?: boolean;

  /**
   * Whether the volume of a worker is deleted when the set is scaled down.
   *
   * @default false
   */
  readonly deleteWhenScaled?: boolean;
}
