import * as kplus from 'cdk8s-plus-27';
import { AirflowVersion } from './airflow-version';
import { providerVersion } from './config-table';
import { REFERENCE, ImageOptions, checkPinned } from '../kubernetes/image';
import { checkMembers } from '../kubernetes/members';

/**
 * How an Airflow image is pulled and laid out.
 */
export interface OfficialImageOptions extends ImageOptions {
  /**
   * Secrets of type `kubernetes.io/dockerconfigjson` for the registry; every pod gets them.
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
   * The version of Airflow inside; a constant of `AirflowVersion` leaves the patch to the tag.
   *
   * @default - read from the tag; a tag or digest that does not tell makes this prop necessary
   */
  readonly version?: AirflowVersion;

  /**
   * The version of the provider `apache-airflow-providers-cncf-kubernetes` inside, which decides how the pods of tasks are merged.
   *
   * @default - that of the official image of the release
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
    return AirflowImage.of(`apache/airflow:${airflowVersion.release}`, options);
  }

  /**
   * Any image that keeps the contract of the official one: its user 50000, its paths and its entry point.
   *
   * @param reference repository with tag or digest, for example `registry.example.com/airflow:3.3.2-7`
   * @throws when the tag is missing or `latest`, when it contradicts `version`, or when neither tells the version
   */
  public static of(reference: string, options: AirflowImageOptions = {}): AirflowImage {
    checkMembers('AirflowImageOptions', options);
    checkPinned('reference', reference);
    const release = releaseOfTag(reference);
    const tagged = release === undefined ? undefined : AirflowVersion._parse(release);
    const version = tagged ?? options.version;
    if (version === undefined) {
      throw new Error(`'reference' must have a tag that begins with a supported version of Airflow, got '${reference}'; or say it by 'version'`);
    }
    if (release !== undefined && options.version !== undefined && !(tagged !== undefined && options.version._admits(tagged))) {
      throw new Error(`'version' ${options.version.release} contradicts the tag of the image '${reference}', which says ${release}; correct one of them`);
    }
    return new AirflowImage(reference, version, options);
  }

  /** When the image is pulled. */
  public readonly pullPolicy: kplus.ImagePullPolicy;
  /** `AIRFLOW_HOME` inside the image. */
  public readonly airflowHome: string;
  /** The version of the provider for Kubernetes; undefined where it is not known. */
  public readonly kubernetesProvider?: string;
  /** Secrets for the registry. */
  public readonly pullSecrets: kplus.ISecret[];

  private constructor(
    /** Repository with tag or digest. */
    public readonly reference: string,
    /** The version of Airflow inside. */
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
   * Whether nothing is in it that the official one has not.
   *
   * @internal
   */
  public get _isOfficial(): boolean {
    return this.reference.startsWith('apache/airflow:');
  }
}

/** What the tag says where it begins like a release of Airflow; other numbers count the releases of the image. */
function releaseOfTag(reference: string): string | undefined {
  return /^v?([23]\.\d+\.\d+)(?![\d.])/.exec(REFERENCE.exec(reference)?.[1] ?? '')?.[1];
}
