import { Duration, Size } from 'cdk8s';
import { GitCredentials } from './git-credentials';
import { AirflowConnection } from '../secrets/airflow-connection';

/**
 * Options of every DAG bundle.
 */
export interface DagBundleOptions {
  /**
   * How often the dag-processor looks for changes, in whole seconds.
   *
   * @default - `[dag_processor] refresh_interval`: one minute, unless `config` changes it
   */
  readonly refreshInterval?: Duration;

  /**
   * The URL that the UI links to, from Airflow 3.1 on. It may contain `{version}`.
   *
   * @default - the repository's page on GitHub, GitLab or Bitbucket, or the S3 bucket; no link for other bundles
   */
  readonly viewUrlTemplate?: string;
}

/**
 * Options of a DAG bundle in a git repository.
 */
export interface GitBundleOptions extends DagBundleOptions {
  /**
   * The URL of the repository, for example `https://github.com/acme/dags.git` or `git@github.com:acme/dags.git`. In Airflow
   * 3.0, leave it out together with a `connection`, which must then have the URL as its host.
   *
   * @default - the host field of the `connection`
   */
  readonly repo?: string;

  /** The branch, tag or commit to follow. */
  readonly ref: string;

  /**
   * The folder of the repository that holds the DAGs.
   *
   * @default - the root of the repository
   */
  readonly subPath?: string;

  /**
   * The credentials for the git server. Excludes `connection`.
   *
   * @default - no login
   */
  readonly credentials?: GitCredentials;

  /**
   * An Airflow connection of the type `git` with the login. Excludes `credentials`.
   *
   * @default - a connection that the library makes of `repo` and `credentials`
   */
  readonly connection?: AirflowConnection;

  /**
   * Whether Airflow clones the submodules, from Airflow 3.1 on. The clone of a run then keeps its `.git` folder.
   *
   * @default false
   */
  readonly submodules?: boolean;

  /**
   * Whether the clone of a run keeps its `.git` folder, from Airflow 3.1 on. Tasks can then use git in the clone.
   *
   * @default false
   */
  readonly keepGitFolder?: boolean;

  /**
   * The folders to check out, from Airflow 3.2 on.
   *
   * @default - all folders
   */
  readonly sparseFolders?: string[];
}

/**
 * Options of a DAG bundle in a bucket.
 */
export interface BucketBundleOptions extends DagBundleOptions {
  /** The name of the bucket. */
  readonly bucket: string;

  /**
   * The prefix (folder) in the bucket that holds the DAGs.
   *
   * @default - the root of the bucket
   */
  readonly prefix?: string;

  /**
   * The Airflow connection that logs in to the cloud.
   *
   * @default - the cloud identity of the pods
   */
  readonly connection?: AirflowConnection;
}

/**
 * Options of a DAG bundle of your own class.
 */
export interface CustomBundleOptions extends DagBundleOptions {
  /** The import path of the class in the image, for example `acme.bundles.ArtifactBundle`. */
  readonly classPath: string;

  /**
   * The keyword arguments of the class, in addition to name, refresh interval and URL. Values must be JSON, for example `{
   * repository: 'acme', channels: ['stable'] }`.
   *
   * @default - none
   */
  readonly kwargs?: { readonly [name: string]: any };
}

/**
 * Options that all bundles of an instance share.
 */
export interface BundledDagsOptions {
  /**
   * The size limit of the volume that a pod clones or downloads the bundles to.
   *
   * @default Size.gibibytes(2)
   */
  readonly cloneSize?: Size;

  /**
   * Whether all tasks of a DAG run see the version of the bundle with which the run began. Only for bundles with versions,
   * such as git.
   *
   * @default true
   */
  readonly versionedRuns?: boolean;
}

/**
 * Options of DAGs in one git bundle.
 */
export interface GitBundleDagsOptions extends GitBundleOptions, BundledDagsOptions {}
