import { IConstruct } from 'constructs';
import { AirflowConfig } from './airflow-config';
import { AirflowImage } from './airflow-image';
import { AirflowVersion } from './airflow-version';
import { CommonPodOptions } from './common-pod-options';
import { ConfigMaps } from './config-maps';
import { GeneratedSecrets } from './generated-secrets';
import { ObjectNames } from './names';
import { Registry } from './registry';

/**
 * What is settled of an Airflow when its choices are bound: a choice cannot reach what does not exist yet.
 *
 * @internal
 */
export interface BindContext extends IConstruct {
  /** The version of Airflow. */
  readonly version: AirflowVersion;
  /** The image that all Airflow containers run. */
  readonly image: AirflowImage;
  /** The options of Airflow. */
  readonly config: AirflowConfig;
  /**
   * What all its objects are called.
   *
   * @internal
   */
  readonly _names: ObjectNames;
  /**
   * What reaches every pod.
   *
   * @internal
   */
  readonly _common: CommonPodOptions;
  /**
   * The labels that all objects share.
   *
   * @internal
   */
  readonly _labels: { readonly [name: string]: string };
  /**
   * @internal
   */
  readonly _configMaps: ConfigMaps;
  /**
   * @internal
   */
  readonly _generated: GeneratedSecrets;
  /**
   * @internal
   */
  readonly _registry: Registry;
}
