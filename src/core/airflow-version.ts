import { Construct } from 'constructs';
import { checkMembers } from '../kubernetes/members';
import { failure } from '../kubernetes/validate';

const KNOWN = ['2.10', '2.11', '3.0', '3.1', '3.2', '3.3'];
const NEWEST_MINOR = 3;
/** The first patch release of 3.0 that has the option `[api] secret_key` under this name. */
const OLDEST_OF_3_0 = 2;

/**
 * Options of `AirflowVersion.of`.
 */
export interface AirflowVersionOptions {
  /**
   * Whether to accept a release of Airflow 3 that is newer than this library, at your own risk. The library then treats it as the newest
   * series that it knows, does not check options that this series does not have, and adds a warning to `notes`. It has no effect for a
   * release that the library knows.
   *
   * @default false
   */
  readonly untested?: boolean;
}

/**
 * A version of Airflow. It decides which components and options exist. Together with an image, a constant such as `V3_3` accepts any
 * release of its series.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/release_notes.html
 */
export class AirflowVersion {
  /** Airflow 2.10, image 2.10.5. */
  public static readonly V2_10 = new AirflowVersion(2, 10, 5);
  /** Airflow 2.11, image 2.11.2. */
  public static readonly V2_11 = new AirflowVersion(2, 11, 2);
  /** Airflow 3.0, image 3.0.6. */
  public static readonly V3_0 = new AirflowVersion(3, 0, 6);
  /** Airflow 3.1, image 3.1.8. */
  public static readonly V3_1 = new AirflowVersion(3, 1, 8);
  /** Airflow 3.2, image 3.2.2. */
  public static readonly V3_2 = new AirflowVersion(3, 2, 2);
  /** Airflow 3.3, image 3.3.2. */
  public static readonly V3_3 = new AirflowVersion(3, 3, 2);

  /**
   * An exact release.
   *
   * @param release `major.minor.patch`, for example `3.3.1`
   * @throws when the minor version is not 2.10, 2.11 or 3.0 to 3.3, unless it is a newer one of Airflow 3 and `untested` is true
   */
  public static of(release: string, options: AirflowVersionOptions = {}): AirflowVersion {
    checkMembers('AirflowVersionOptions', options);
    const version = AirflowVersion._parse(release);
    if (version !== undefined) { return version; }
    const newer = AirflowVersion._parseNewer(release);
    if (newer === undefined) {
      throw new Error(
        `'release' must be major.minor.patch of one of ${KNOWN.join(', ')} (3.0 from 3.0.${OLDEST_OF_3_0} on), got '${release}'`,
      );
    }
    if (!options.untested) {
      throw new Error(
        `'release' ${release} is newer than this library, which knows ${KNOWN.join(', ')}; use a newer one, or, at your own risk, `
          + `AirflowVersion.of('${release}', { untested: true })`,
      );
    }
    return newer;
  }

  /**
   * The version; undefined if it is not supported.
   *
   * @internal
   */
  public static _parse(release: string): AirflowVersion | undefined {
    const [, major, minor, patch] = /^(\d+)\.(\d+)\.(0|[1-9]\d*)$/.exec(release) ?? [];
    const known = KNOWN.includes(`${major}.${minor}`) && !(`${major}.${minor}` === '3.0' && Number(patch) < OLDEST_OF_3_0);
    return known ? new AirflowVersion(Number(major), Number(minor), Number(patch), true) : undefined;
  }

  /**
   * A release of Airflow 3 that is newer than this library; undefined for any other text.
   *
   * @internal
   */
  public static _parseNewer(release: string): AirflowVersion | undefined {
    const [, minor, patch] = /^3\.([1-9]\d*)\.(0|[1-9]\d*)$/.exec(release) ?? [];
    return Number(minor) > NEWEST_MINOR ? new AirflowVersion(3, Number(minor), Number(patch), true) : undefined;
  }

  private constructor(
    /** The major version: 2 or 3. */
    public readonly major: number,
    /** The minor version. */
    public readonly minor: number,
    /** The patch version. */
    public readonly patch: number,
    /** Whether the user chose the patch version. A constant accepts every patch version of its series. */
    private readonly exact = false,
  ) {}

  /**
   * Whether an image with this version fulfils the request.
   *
   * @internal
   */
  public _admits(image: AirflowVersion): boolean {
    return this.exact ? this.release === image.release : this.series === image.series;
  }

  /**
   * Whether an image with this release fulfils the request; the release need not be supported.
   *
   * @internal
   */
  public _admitsRelease(release: string): boolean {
    const version = AirflowVersion._parse(release) ?? AirflowVersion._parseNewer(release);
    return version !== undefined && this._admits(version);
  }

  /**
   * `major.minor`, for example `3.3`.
   */
  public get series(): string {
    return `${this.major}.${this.minor}`;
  }

  /**
   * `major.minor.patch`, for example `3.3.2`.
   */
  public get release(): string {
    return `${this.series}.${this.patch}`;
  }

  /**
   * The series as which the library treats the version: its own, or the newest known series for an untested version.
   */
  public get knownSeries(): string {
    return this._isUntested ? `3.${NEWEST_MINOR}` : this.series;
  }

  /**
   * Whether the version is newer than the library.
   *
   * @internal
   */
  public get _isUntested(): boolean {
    return !KNOWN.includes(this.series);
  }

  /**
   * Whether this is an Airflow 3, with an API server and the task execution API.
   */
  public get isAirflow3(): boolean {
    return this.major >= 3;
  }

  /**
   * Whether this is a release of that minor version or a later one.
   *
   * @internal
   */
  public _isFrom(major: number, minor: number): boolean {
    return this.major > major || (this.major === major && this.minor >= minor);
  }
}

/** Throws if the version does not have the component of the prop. */
export function requireAirflow(scope: Construct, version: AirflowVersion, major: 2 | 3, prop: string, instead: string): void {
  if (version.major !== major) {
    throw failure(scope, `'${prop}' exists in Airflow ${major}, but the version is ${version.release}; ${instead}`);
  }
}
