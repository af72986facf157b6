import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';

/**
 * Options of DAGs in the image.
 */
export interface ImageDagsOptions {
  /**
   * The absolute path of the DAG folder in the image.
   *
   * @default - the folder `dags` in the image's AIRFLOW_HOME
   */
  readonly path?: string;
}

/**
 * Options of DAGs on a PersistentVolumeClaim.
 */
export interface ClaimDagsOptions {
  /**
   * The folder of the volume that holds the DAGs.
   *
   * @default - the root of the volume
   */
  readonly subPath?: string;

  /**
   * The path at which the pods mount the volume.
   *
   * @default - the folder `dags` in the image's AIRFLOW_HOME
   */
  readonly mountPath?: string;

  /**
   * Whether the pods mount the volume read-only. With false, `kubectl cp` can copy DAGs to the volume through one of the
   * pods.
   *
   * @default true
   */
  readonly readOnly?: boolean;
}

/**
 * Options of a new PersistentVolumeClaim for DAGs.
 */
export interface NewClaimDagsOptions extends ClaimDagsOptions {
  /**
   * The size of the volume.
   *
   * @default Size.gibibytes(1)
   */
  readonly size?: Size;

  /**
   * The storage class of the claim. Its volumes must support the access mode.
   *
   * @default - the cluster's default; with `volume`, the class of that volume
   */
  readonly storageClassName?: string;

  /**
   * The access mode: ReadWriteMany, or ReadOnlyMany for a volume that something else fills.
   *
   * @default PersistentVolumeAccessMode.READ_WRITE_MANY
   */
  readonly accessMode?: kplus.PersistentVolumeAccessMode;

  /**
   * An existing volume to bind the claim to.
   *
   * @default - a new volume of the storage class
   */
  readonly volume?: kplus.IPersistentVolume;

  /**
   * Annotations of the claim, for example for a backup tool.
   *
   * @default - none
   */
  readonly annotations?: { readonly [name: string]: string };
}
