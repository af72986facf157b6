import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { AirflowConfig } from './airflow-config';
import { AirflowImage } from './airflow-image';
import { GitSync, GitSyncOptions } from './components/git-sync';
import { checkClaim, claimParts } from './private/claim';
import { PodParts } from './private/instance';
import { Role } from './private/roles';
import { checkAbsolutePath, checkSubPath } from './private/validate';

/** What a DAG source means for the instance. */
export interface DagSourceConfig {
  /** `[core] dags_folder`. */
  readonly folder: string;
  /** What a pod needs that reads DAGs. */
  readonly parts: (role: Role) => PodParts;
  /** Whether it only works under a user that the image knows, as ssh does. */
  readonly needsNamedUser?: boolean;
  /** How often the folder is looked through for new files, in seconds. */
  readonly refreshSeconds?: number;
}

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
 * Where the DAG files come from.
 *
 * @see https://airflow.apache.org/docs/helm-chart/stable/manage-dag-files.html
 */
export abstract class DagSource {
  /**
   * Built into the image.
   */
  public static fromImage(options: ImageDagsOptions = {}): DagSource {
    return new ImageDags(options);
  }

  /**
   * On a claim that several pods can read.
   *
   * @throws when the claim is known to be ReadWriteOnce, or a path is not one
   */
  public static fromClaim(claim: kplus.IPersistentVolumeClaim, options: ClaimDagsOptions = {}): DagSource {
    return new ClaimDags(claim, options);
  }

  /**
   * From a git repository, by git-sync in each pod that reads DAGs.
   *
   * @throws when the repository, the reference or the sub-path is not one
   */
  public static gitSync(options: GitSyncOptions): DagSource {
    return new GitSyncDags(options);
  }

  /**
   * The options that follow from where the DAGs are.
   *
   * @internal
   */
  public static _configure(config: AirflowConfig, source: DagSourceConfig, airflow3: boolean): void {
    config._own('core', 'dags_folder', source.folder, "'dags'");
    if (source.refreshSeconds === undefined) { return; }
    const [section, option] = airflow3 ? ['dag_processor', 'refresh_interval'] : ['scheduler', 'dag_dir_list_interval'];
    config._default(section, option, `${source.refreshSeconds}`);
  }

  /**
   * @internal
   */
  public abstract _bind(scope: Construct, image: AirflowImage): DagSourceConfig;
}

class ImageDags extends DagSource {
  constructor(private readonly options: ImageDagsOptions) {
    super();
  }

  public _bind(scope: Construct, image: AirflowImage): DagSourceConfig {
    const folder = this.options.path ?? `${image.airflowHome}/dags`;
    checkAbsolutePath(scope, 'dags.path', folder);
    return { folder, parts: () => ({}) };
  }
}

class ClaimDags extends DagSource {
  constructor(private readonly claim: kplus.IPersistentVolumeClaim, private readonly options: ClaimDagsOptions) {
    super();
  }

  public _bind(scope: Construct, image: AirflowImage): DagSourceConfig {
    const { subPath, readOnly } = this.options;
    const folder = this.options.mountPath ?? `${image.airflowHome}/dags`;
    checkAbsolutePath(scope, 'dags.mountPath', folder);
    checkSubPath(scope, 'dags.subPath', subPath);
    const { READ_WRITE_MANY, READ_ONLY_MANY } = kplus.PersistentVolumeAccessMode;
    checkClaim(scope, 'dags', this.claim, readOnly === false ? [READ_WRITE_MANY] : [READ_WRITE_MANY, READ_ONLY_MANY]);
    const parts = claimParts('dags', this.claim, folder, { subPath, readOnly: readOnly ?? true });
    return { folder, parts: () => parts, refreshSeconds: 30 };
  }
}

class GitSyncDags extends DagSource {
  constructor(private readonly options: GitSyncOptions) {
    super();
  }

  public _bind(scope: Construct, image: AirflowImage): DagSourceConfig {
    const sync = new GitSync(scope, 'git-sync', this.options);
    const mountPath = `${image.airflowHome}/dags`;
    return {
      folder: sync._dagsFolder(mountPath),
      needsNamedUser: this.options.credentials?._bind().protocols.includes('ssh'),
      parts: role => sync._parts(mountPath, role === Role.TASK),
      // A fraction of the period, so that a new file is seen soon after its commit has come.
      refreshSeconds: Math.max(5, Math.min(30, Math.floor(sync.period.toSeconds() / 4))),
    };
  }
}
