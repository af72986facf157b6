import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';

/**
 * Options of DAGs in the image.
 */
export interface ImageDagsOptions {
  /**
   * The folder in the image.
   *
   * @default - `dags` in the image's AIRFLOW_HOME
   */
  readonly path?: string;
}

/**
 * Options of DAGs on a claim.
 */
export interface ClaimDagsOptions {
  /**
   * The folder of the volume that holds the DAGs.
   *
   * @default - its root
   */
  readonly subPath?: string;

  /**
   * Where the volume is mounted.
   *
   * @default - `dags` in the image's AIRFLOW_HOME
   */
  readonly mountPath?: string;

  /**
   * Whether the pods may only read; false lets `kubectl cp` put DAGs there through one of them.
   *
   * @default true
   */
  readonly readOnly?: boolean;
}

/**
 * Options of a claim for DAGs that the chart makes.
 */
export interface NewClaimDagsOptions extends ClaimDagsOptions {
  /**
   * The size of the volume.
   *
   * @default Size.gibibytes(1)
   */
  readonly size?: Size;

  /**
   * A storage class that gives volumes of the access mode.
   *
   * @default - the cluster's default; with a `volume`, that of the volume
   */
  readonly storageClassName?: string;

  /**
   * ReadWriteMany, or ReadOnlyMany for a volume that something else fills.
   *
   * @default PersistentVolumeAccessMode.READ_WRITE_MANY
   */
  readonly accessMode?: kplus.PersistentVolumeAccessMode;

  /**
   * A volume that exists and is bound.
   *
   * @default - the storage class makes one
   */
  readonly volume?: kplus.IPersistentVolume;
}
