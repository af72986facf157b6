import * as kplus from 'cdk8s-plus-27';
import { AirflowVersion } from './airflow-version';
import { providerVersion } from './config-table';
import { officialTag, releaseOf } from './official-image';
import { ImageOptions, checkPinned } from '../kubernetes/image';
import { checkMembers } from '../kubernetes/members';

/**
 * Options of the official image: how it is pulled, and its paths.
 */
export interface OfficialImageOptions extends ImageOptions {
  /**
   * Secrets of type `kubernetes.io/dockerconfigjson` for the registry. Every pod gets them.
   *
   * @default - none
   */
  readonly pullSecrets?: kplus.ISecret[];

  /**
   * `AIRFLOW_HOME` inside the image.
   *
   * @default '/opt/airflow'
   */
  readonly airflowHome?: string;
}

/**
 * Options of an Airflow image.
 */
export interface AirflowImageOptions extends OfficialImageOptions {
  /**
   * The version of Airflow in the image. The library trusts it, because the tag of your own image counts your own releases and does not
   * tell the version of Airflow. Together with a tag of the official image, a constant such as `AirflowVersion.V3_3` leaves the patch
   * version to the tag.
   *
   * @default - the version in the tag of `apache/airflow`; required for any other image
   */
  readonly version?: AirflowVersion;

  /**
   * The version of the provider `apache-airflow-providers-cncf-kubernetes` in the image. It decides how Airflow merges a pod template
   * with the options of a task.
   *
   * @default - the version in the official image of the same release
   */
  readonly kubernetesProvider?: string;
}

/**
 * The image that all Airflow containers run.
 */
export class AirflowImage {
  /**
   * The official image of a version.
   *
   * @see https://airflow.apache.org/docs/docker-stack/
   */
  public static official(airflowVersion: AirflowVersion, options: OfficialImageOptions = {}): AirflowImage {
    checkMembers('OfficialImageOptions', options);
    return AirflowImage.of(`apache/airflow:${airflowVersion.release}`, { ...options, version: airflowVersion });
  }

  /**
   * Any image with the same user (50000), paths and entry point as the official image.
   *
   * @param reference repository with tag or digest, for example `registry.example.com/airflow:1.4.0`
   * @throws when the tag is missing or `latest`, when the tag of the official image contradicts `version`, or when neither the tag nor
   * `version` tells the version
   */
  public static of(reference: string, options: AirflowImageOptions = {}): AirflowImage {
    checkMembers('AirflowImageOptions', options);
    checkPinned('reference', reference);
    const { version } = options;
    const tag = officialTag(reference);
    if (tag === undefined) {
      if (version === undefined) {
        throw new Error(`'version' must say which Airflow is in '${reference}', since only tags of apache/airflow tell it; `
          + `give AirflowImage.of a { version }, such as AirflowVersion.of('${AirflowVersion.V3_3.release}')`);
      }
      return new AirflowImage(reference, version, options);
    }
    const release = releaseOf(tag);
    const tagged = release === undefined ? undefined : AirflowVersion._parse(release);
    if (release !== undefined && version !== undefined && !version._admitsRelease(release)) {
      throw new Error(
        `'version' ${version.release} contradicts the tag of the image '${reference}', which says ${release}; correct one of them`,
      );
    }
    if (tagged === undefined && version === undefined) { throw new Error(untold(reference, release)); }
    return new AirflowImage(reference, tagged ?? version!, options);
  }

  /** When the image is pulled. */
  public readonly pullPolicy: kplus.ImagePullPolicy;
  /** `AIRFLOW_HOME` inside the image. */
  public readonly airflowHome: string;
  /** The version of the provider for Kubernetes. Undefined if it is not known. */
  public readonly kubernetesProvider?: string;
  /** The pull Secrets for the registry. */
  public readonly pullSecrets: kplus.ISecret[];

  private constructor(
    /** Repository with tag or digest. */
    public readonly reference: string,
    /** The version of Airflow in the image. */
    public readonly version: AirflowVersion,
    options: AirflowImageOptions,
  ) {
    this.pullPolicy = options.pullPolicy ?? kplus.ImagePullPolicy.IF_NOT_PRESENT;
    this.airflowHome = options.airflowHome ?? '/opt/airflow';
    this.pullSecrets = [...options.pullSecrets ?? []];
    this.kubernetesProvider = options.kubernetesProvider ?? providerVersion(version, 'cncf-kubernetes');
    if (this.kubernetesProvider !== undefined && !/^\d+\.\d+\.\d+/.test(this.kubernetesProvider)) {
      throw new Error(`'kubernetesProvider' must be a version like 10.22.0, got '${this.kubernetesProvider}'`);
    }
    if (!/^(\/[\w.-]+)+$/.test(this.airflowHome) || this.airflowHome.includes('/..')) {
      throw new Error(`'airflowHome' must be an absolute path of letters, digits, '_', '.' and '-', got '${this.airflowHome}'`);
    }
  }

  /**
   * Whether this is the official image, without any additions.
   *
   * @internal
   */
  public get _isOfficial(): boolean {
    return officialTag(this.reference) !== undefined;
  }
}

/** Why a tag of the official image does not tell the version. */
function untold(reference: string, release: string | undefined): string {
  if (release !== undefined && AirflowVersion._parseNewer(release) !== undefined) {
    return `'reference' '${reference}' has an Airflow that is newer than this library; use a newer one, or, at your own risk, `
      + `{ version: AirflowVersion.of('${release}', { untested: true }) }`;
  }
  return `'reference' must have a tag that begins with a supported version of Airflow, got '${reference}'; or say it by 'version'`;
}
