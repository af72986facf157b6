import { Duration, Size } from 'cdk8s';
import { GitCredentials } from './git-credentials';
import { AirflowConnection } from '../secrets/airflow-connection';

/**
 * Options of every DAG bundle.
 */
export interface DagBundleOptions {
  /**
   * How often the dag-processor looks for what is new.
   *
   * @default - `[dag_processor] refresh_interval`, which is a minute unless `config` has another
   */
  readonly refreshInterval?: Duration;

  /**
   * Where the UI links to, from Airflow 3.1 on: a URL that may have `{version}` in it.
   *
   * @default - GitHub, GitLab and Bitbucket by the repository, S3 by the bucket; no link for others
   */
  readonly viewUrlTemplate?: string;
}

/**
 * Options of a DAG bundle in a git repository.
 */
export interface GitBundleOptions extends DagBundleOptions {
  /**
   * The repository, for example `https://github.com/acme/dags.git` or `git@github.com:acme/dags.git`.
   *
   * @default - the host of the `connection`
   */
  readonly repo?: string;

  /** The branch, tag or commit that is followed. */
  readonly ref: string;

  /**
   * The folder of the repository that holds the DAGs.
   *
   * @default - its root
   */
  readonly subPath?: string;

  /**
   * How Airflow logs in.
   *
   * @default - it does not
   */
  readonly credentials?: GitCredentials;

  /**
   * A connection of the type `git` that says how, instead of `credentials`.
   *
   * @default - one of the repository and the credentials
   */
  readonly connection?: AirflowConnection;

  /**
   * Whether the submodules are cloned, from Airflow 3.1 on; the clones of a run then keep their `.git`.
   *
   * @default false
   */
  readonly submodules?: boolean;

  /**
   * Whether the clone of a run keeps its `.git`, from Airflow 3.1 on, so that tasks can use git in it.
   *
   * @default false
   */
  readonly keepGitFolder?: boolean;

  /**
   * The folders that are checked out, from Airflow 3.2 on.
   *
   * @default - all
   */
  readonly sparseFolders?: string[];
}

/**
 * Options of a DAG bundle in a bucket.
 */
export interface BucketBundleOptions extends DagBundleOptions {
  /** The bucket. */
  readonly bucket: string;

  /**
   * The folder in the bucket that holds the DAGs.
   *
   * @default - its root
   */
  readonly prefix?: string;

  /**
   * The connection that says how Airflow logs in.
   *
   * @default - none: by the identity of the pods
   */
  readonly connection?: AirflowConnection;
}

/**
 * Options of a DAG bundle of a class of your own.
 */
export interface CustomBundleOptions extends DagBundleOptions {
  /** The class, for example `acme.bundles.ArtifactBundle`; it is in the image. */
  readonly classPath: string;

  /**
   * What the class is made with besides name, refresh interval and URL: what JSON can write, for example `{ repository: 'acme', channels: ['stable'] }`.
   *
   * @default - nothing
   */
  readonly kwargs?: { readonly [name: string]: any };
}

/**
 * What all bundles have in common.
 */
export interface BundledDagsOptions {
  /**
   * The size limit of the volume that a pod clones or downloads to.
   *
   * @default Size.gibibytes(2)
   */
  readonly cloneSize?: Size;

  /**
   * Whether all tasks of a run see the version that it began with, where the bundle has versions.
   *
   * @default true
   */
  readonly versionedRuns?: boolean;
}
