import { BucketBundleOptions, CustomBundleOptions, DagBundleOptions, GitBundleOptions } from './dag-bundle-options';
import { BundleCredentials } from './git-credentials';
import { checkRef, checkRepo, isBySsh, gitPeers } from './git-repository';
import { BindContext } from '../core/bind-context';
import { checkBucket, cloudEndpoint, GCS, Peer, S3 } from '../core/endpoints';
import { checkMembers } from '../kubernetes/members';
import { defined, Json } from '../kubernetes/pod';
import { gather, Problems } from '../kubernetes/problems';
import { checkAbsolutePath, checkSeconds, checkSubPath, checkUrl, failure } from '../kubernetes/validate';
import { ConnectionConfig, plainConnection } from '../secrets/airflow-connection';

/** The mount path of the bundles' credentials. Each bundle has a folder with its name. */
export const BUNDLE_CREDENTIALS = '/etc/dag-bundles';
/** The class of a git repository. */
export const GIT_BUNDLE = 'airflow.providers.git.bundles.git.GitDagBundle';
/** The class of a local folder, which needs no fetching. */
export const LOCAL_BUNDLE = 'airflow.dag_processing.bundles.local.LocalDagBundle';
/** Airflow gives this name to the bundle of its own examples. */
const RESERVED = 'example_dags';

/** The configuration of the instance that results from a bundle. */
export interface DagBundleConfig {
  readonly classPath: string;
  readonly kwargs: Json;
  readonly connection?: ConnectionConfig;
  readonly credentials?: BundleCredentials;
  /** The URLs for which git asks the credential helper. */
  readonly credentialUrls?: string[];
  readonly usesSsh?: boolean;
  /** The endpoints that a pod connects to when it fetches the files. */
  readonly peers?: Peer[];
}

/**
 * A set of DAG files that Airflow 3 fetches itself. DAG runs refer to the bundle by its name.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/administration-and-deployment/dag-bundles.html
 */
export abstract class DagBundle {
  /**
   * A bundle in a git repository. A DAG run keeps the commit with which it began.
   *
   * @throws at the instance, when an option is invalid or needs a later Airflow version
   */
  public static git(name: string, options: GitBundleOptions): DagBundle {
    checkMembers('GitBundleOptions', options);
    return new GitBundle(name, options);
  }

  /**
   * A bundle in an S3 bucket. Needs the provider `amazon` in the image.
   */
  public static s3(name: string, options: BucketBundleOptions): DagBundle {
    checkMembers('BucketBundleOptions', options);
    return new S3Bundle(name, options);
  }

  /**
   * A bundle in a Google Cloud Storage bucket, from Airflow 3.1 on. Needs the provider `google` in the image.
   */
  public static gcs(name: string, options: BucketBundleOptions): DagBundle {
    checkMembers('BucketBundleOptions', options);
    return new GcsBundle(name, options);
  }

  /**
   * A bundle in a folder of the image or of a volume.
   *
   * @param path the absolute path of the folder
   */
  public static local(name: string, path: string, options: DagBundleOptions = {}): DagBundle {
    checkMembers('DagBundleOptions', options);
    return new LocalBundle(name, path, options);
  }

  /**
   * A bundle of your own class.
   */
  public static custom(name: string, options: CustomBundleOptions): DagBundle {
    checkMembers('CustomBundleOptions', options);
    return new CustomBundle(name, options);
  }

  /**
   * The name of the bundle.
   *
   * @internal
   */
  public abstract readonly _name: string;

  /**
   * The ID of the connection that the library makes for the bundle.
   *
   * @internal
   */
  public abstract readonly _connectionId: string;

  /**
   * @internal
   */
  public abstract _bind(airflow: BindContext): DagBundleConfig;
}

/** What all bundles share. */
abstract class Bundle extends DagBundle {
  constructor(public readonly _name: string, private readonly common: DagBundleOptions) {
    super();
  }

  public get _connectionId(): string {
    return `dag_bundle_${this._name.toLowerCase().replace(/\W/g, '_')}`;
  }

  public _bind(airflow: BindContext): DagBundleConfig {
    const name = this._name;
    const { refreshInterval, viewUrlTemplate } = this.common;
    if (!/^[A-Za-z0-9][\w.-]{0,199}$/.test(name) || name === RESERVED) {
      throw failure(
        airflow,
        `'dags' must have bundles whose names are letters, digits and '_.-', at most 200 and not '${RESERVED}', got '${name}'`,
      );
    }
    let described: DagBundleConfig | undefined;
    gather(airflow, problems => {
      problems.check(() => checkSeconds(airflow, this.prop('refreshInterval'), refreshInterval, 1));
      if (viewUrlTemplate !== undefined) { problems.check(() => this.requireMinor(airflow, 'viewUrlTemplate', 1)); }
      problems.check(() =>
        checkUrl(airflow, this.prop('viewUrlTemplate'), viewUrlTemplate, 'https://host/path/{version}, without a login'),
      );
      described = this.describe(airflow);
    });
    const { kwargs, ...config } = described!;
    return {
      ...config,
      kwargs: defined({ ...kwargs, refresh_interval: refreshInterval?.toSeconds(), view_url_template: viewUrlTemplate }),
    };
  }

  protected abstract describe(airflow: BindContext): DagBundleConfig;

  protected prop(option: string): string {
    return `dags.${this._name}.${option}`;
  }

  /** Throws unless the provider in the image of this Airflow version has the option. */
  protected requireMinor(airflow: BindContext, option: string, minor: number): void {
    const { version } = airflow;
    if (!version._isFrom(3, minor)) {
      throw failure(
        airflow,
        `'${this.prop(option)}' exists from Airflow 3.${minor} on, but the version is ${version.release}; leave it out`,
      );
    }
  }
}

class GitBundle extends Bundle {
  constructor(name: string, private readonly options: GitBundleOptions) {
    super(name, options);
  }

  protected describe(airflow: BindContext): DagBundleConfig {
    const { repo, ref, subPath, submodules, keepGitFolder, sparseFolders } = this.options;
    gather(airflow, problems => this.check(problems, airflow));
    const credentials = this.options.credentials?._bundle(airflow, airflow.version, BUNDLE_CREDENTIALS, this._name);
    const connection = this.options.connection?._bind(this._connectionId, 'git')
      ?? plainConnection(this._connectionId, { conn_type: 'git', host: repo }, credentials?.extra);
    return {
      classPath: GIT_BUNDLE,
      kwargs: {
        git_conn_id: connection.id,
        // The connection already has the host, unless it is the user's own connection.
        repo_url: this.options.connection && repo,
        tracking_ref: ref,
        subdir: subPath,
        submodules: submodules || undefined,
        prune_dotgit_folder: keepGitFolder ? false : undefined,
        sparse_dirs: sparseFolders,
      },
      connection,
      credentials,
      // Submodules are other repositories on the same host.
      credentialUrls: [repo ?? '', ...submodules ? /^https?:\/\/[^/]+/.exec(repo ?? '') ?? [] : []],
      usesSsh: repo !== undefined && isBySsh(repo),
      peers: gitPeers(repo, this.options.credentials?._tokenUrl),
    };
  }

  private check(problems: Problems, airflow: BindContext): void {
    const { repo, ref, subPath, credentials, connection, submodules, keepGitFolder, sparseFolders } = this.options;
    if (connection !== undefined && credentials !== undefined) {
      problems.add(`'${this.prop('connection')}' and '${this.prop('credentials')}' both say how Airflow logs in; leave one of them out`);
    }
    if (repo === undefined && connection === undefined) {
      problems.add(`'${this.prop('repo')}' must be set, got none; only a 'connection' can say it instead`);
    }
    if (repo !== undefined && connection !== undefined && airflow.version.series === '3.0') {
      problems.add(`'${this.prop('repo')}' must be left out beside a 'connection' in Airflow 3.0, which then ignores its password; `
        + 'make it the host of the connection');
    }
    if (repo !== undefined) { problems.check(() => checkRepo(airflow, this.prop('repo'), repo, credentials, connection !== undefined)); }
    problems.check(() => checkRef(airflow, this.prop('ref'), ref));
    problems.check(() => checkSubPath(airflow, this.prop('subPath'), subPath));
    for (const folder of sparseFolders ?? []) { problems.check(() => checkSubPath(airflow, this.prop('sparseFolders'), folder)); }
    if (sparseFolders?.length === 0) {
      problems.add(`'${this.prop('sparseFolders')}' must have at least one folder, got none; leave it out for all`);
    }
    if (submodules) { problems.check(() => this.requireMinor(airflow, 'submodules', 1)); }
    if (keepGitFolder) { problems.check(() => this.requireMinor(airflow, 'keepGitFolder', 1)); }
    if (sparseFolders !== undefined) { problems.check(() => this.requireMinor(airflow, 'sparseFolders', 2)); }
  }
}

/** A bundle in a bucket of any cloud. */
abstract class BucketBundle extends Bundle {
  constructor(name: string, private readonly options: BucketBundleOptions) {
    super(name, options);
  }

  protected bucketConfig(
    airflow: BindContext, classPath: string, type: string, connectionArgument: string, store: [id: string, label: string],
  ): DagBundleConfig {
    const { bucket, prefix, connection } = this.options;
    checkBucket(airflow, this.prop('bucket'), store, bucket);
    checkSubPath(airflow, this.prop('prefix'), prefix);
    const bound = connection?._bind(this._connectionId, type) ?? plainConnection(this._connectionId, { conn_type: type });
    const peers = [{ ...cloudEndpoint(...store, connection), purpose: 'DAGs' }];
    return { classPath, kwargs: { [connectionArgument]: bound.id, bucket_name: bucket, prefix }, connection: bound, peers };
  }
}

class S3Bundle extends BucketBundle {
  protected describe(airflow: BindContext): DagBundleConfig {
    return this.bucketConfig(airflow, 'airflow.providers.amazon.aws.bundles.s3.S3DagBundle', 'aws', 'aws_conn_id', S3);
  }
}

class GcsBundle extends BucketBundle {
  protected describe(airflow: BindContext): DagBundleConfig {
    const { version } = airflow;
    if (version.series === '3.0') {
      throw failure(airflow, `'dags.${this._name}' in Google Cloud Storage exists from Airflow 3.1 on, `
        + `but the version is ${version.release}; use another bundle`);
    }
    const classPath = 'airflow.providers.google.cloud.bundles.gcs.GCSDagBundle';
    return this.bucketConfig(airflow, classPath, 'google_cloud_platform', 'gcp_conn_id', GCS);
  }
}

class LocalBundle extends Bundle {
  constructor(name: string, private readonly path: string, options: DagBundleOptions) {
    super(name, options);
  }

  protected describe(airflow: BindContext): DagBundleConfig {
    checkAbsolutePath(airflow, this.prop('path'), this.path);
    return { classPath: LOCAL_BUNDLE, kwargs: { path: this.path } };
  }
}

class CustomBundle extends Bundle {
  constructor(name: string, private readonly options: CustomBundleOptions) {
    super(name, options);
  }

  protected describe(airflow: BindContext): DagBundleConfig {
    const { classPath } = this.options;
    if (!/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$/.test(classPath)) {
      throw failure(airflow, `'${this.prop('classPath')}' must be like acme.bundles.ArtifactBundle, got '${classPath}'`);
    }
    return { classPath, kwargs: this.kwargs(airflow) };
  }

  private kwargs(airflow: BindContext): Json {
    const kwargs = this.options.kwargs ?? {};
    if (!isJson(kwargs)) {
      throw failure(airflow, `'${this.prop('kwargs')}' must be texts, numbers, booleans, lists and maps of these, `
        + 'which is what JSON can write; correct the others');
    }
    const own = ['name', 'version', 'refresh_interval', 'view_url_template'].find(name => name in kwargs);
    if (own !== undefined) {
      throw failure(airflow, `'${this.prop('kwargs')}' cannot have '${own}', which the other options say; leave it out`);
    }
    return kwargs;
  }
}

/** Whether JSON can represent the value without loss. */
function isJson(value: unknown): boolean {
  if (Array.isArray(value)) { return value.every(isJson); }
  if (value === null || ['string', 'boolean'].includes(typeof value)) { return true; }
  if (typeof value === 'object') { return Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isJson); }
  return Number.isFinite(value);
}
