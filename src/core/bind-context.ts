import { IConstruct } from 'constructs';
import { AirflowConfig } from './airflow-config';
import { AirflowImage } from './airflow-image';
import { AirflowVersion } from './airflow-version';
import { BaseUrl } from './base-url';
import { CommonPodOptions } from './common-pod-options';
import { ConfigMaps } from './config-maps';
import { GeneratedSecrets } from './generated-secrets';
import { ObjectNames } from './names';
import { Registry } from './registry';
import { IpFamily } from '../kubernetes/ip-family';

/**
 * The facts of an Airflow that are settled when its choices are bound. A choice cannot use parts that do not exist yet.
 *
 * @internal
 */
export interface BindContext extends IConstruct {
  /** The version of Airflow. */
  readonly version: AirflowVersion;
  /** The image that all Airflow containers run. */
  readonly image: AirflowImage;
  /** The options of `airflow.cfg`. */
  readonly config: AirflowConfig;
  /** Whether `maintenance` is set: nothing but the database and its migration runs. */
  readonly maintenance: boolean;
  /**
   * The public URL; undefined if `url` is not set.
   *
   * @internal
   */
  readonly _url?: BaseUrl;
  /**
   * The names of all its objects.
   *
   * @internal
   */
  readonly _names: ObjectNames;
  /**
   * The options of every pod.
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
   * The IP addresses of its Services; undefined if the cluster decides.
   *
   * @internal
   */
  readonly _ipFamily?: IpFamily;
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
