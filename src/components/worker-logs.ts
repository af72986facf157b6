import { Size } from 'cdk8s';

/**
 * A volume for the logs of each worker. It outlives the pod.
 */
export interface WorkerLogsOptions {
  /** The size of each volume. */
  readonly size: Size;

  /**
   * The storage class.
   *
   * @default - the default storage class of the cluster
   */
  readonly storageClassName?: string;

  /**
   * Whether Kubernetes deletes the volumes when the set is deleted.
   *
   * @default false
   */
  readonly deleteWithSet?: boolean;

  /**
   * Whether Kubernetes deletes the volume of a worker when the set is scaled down.
   *
   * @default false
   */
  readonly deleteWhenScaled?: boolean;
}
