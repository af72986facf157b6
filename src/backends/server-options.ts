import * as kplus from 'cdk8s-plus-27';
import { ImageOptions } from '../kubernetes/image';
import { PlacementOptions } from '../kubernetes/placement';
import { SecretKey } from '../kubernetes/secret-key';

/**
 * Options of every stateful server in the cluster: PostgreSQL, Redis and RabbitMQ.
 */
export interface StatefulServerOptions extends ImageOptions {
  /**
   * The password. A server that has data keeps its old password, so change it there as well.
   *
   * @default - the bootstrap Job generates one
   */
  readonly password?: SecretKey;

  /**
   * An existing ReadWriteOnce claim with the data, in place of a new volume. Excludes `volumeSize`, `storageClassName`,
   * `volumeAnnotations` and `deleteWithSet`.
   *
   * @default - a new volume
   */
  readonly claim?: kplus.IPersistentVolumeClaim;

  /**
   * The storage class of the volume.
   *
   * @default - the cluster's default
   */
  readonly storageClassName?: string;

  /**
   * Annotations of the claim of the volume, for example for a backup tool.
   *
   * @default - none
   */
  readonly volumeAnnotations?: { readonly [name: string]: string };

  /**
   * Whether the volume is deleted together with the StatefulSet.
   *
   * @default false
   */
  readonly deleteWithSet?: boolean;

  /**
   * The nodes of the pod. Each of its members replaces the one of `pods`.
   *
   * @default - the placement of all pods
   */
  readonly placement?: PlacementOptions;
}
