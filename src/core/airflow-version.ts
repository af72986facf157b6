const KNOWN = ['2.10', '2.11', '3.0', '3.1', '3.2', '3.3'];
/** The first release whose `[api] secret_key` is called so. */
const OLDEST_OF_3_0 = 2;

/**
 * A version of Airflow: decides which components and options exist. Beside an image, a constant stands for any release of its series.
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
   * @throws when the minor version is not one of 2.10, 2.11 and 3.0 to 3.3
   */
  public static of(release: string): AirflowVersion {
    const version = AirflowVersion._parse(release);
    if (version === undefined) {
      throw new Error(`'release' must be major.minor.patch of one of ${KNOWN.join(', ')} (3.0 from 3.0.${OLDEST_OF_3_0} on), got '${release}'`);
    }
    return version;
  }

  /**
   * The version, or undefined when it is not a supported one.
   *
   * @internal
   */
  public static _parse(release: string): AirflowVersion | undefined {
    const [, major, minor, patch] = /^(\d+)\.(\d+)\.(0|[1-9]\d*)$/.exec(release) ?? [];
    const known = KNOWN.includes(`${major}.${minor}`) && !(`${major}.${minor}` === '3.0' && Number(patch) < OLDEST_OF_3_0);
    return known ? new AirflowVersion(Number(major), Number(minor), Number(patch), true) : undefined;
  }

  private constructor(
    /** 2 or 3. */
    public readonly major: number,
    /** The second number. */
    public readonly minor: number,
    /** The third number. */
    public readonly patch: number,
    /** Whether the patch was chosen; a constant stands for its series, where nothing else says the patch. */
    private readonly exact = false,
  ) {}

  /**
   * Whether an image with that version is what was asked for.
   *
   * @internal
   */
  public _admits(image: AirflowVersion): boolean {
    return this.exact ? this.release === image.release : this.series === image.series;
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
