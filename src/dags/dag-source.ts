import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { bindBundles, bundleList, bundleParts } from './bound-bundles';
import { DagBundle } from './dag-bundle';
import { BundledDagsOptions, GitBundleDagsOptions } from './dag-bundle-options';
import { readDagFiles } from './dag-files';
import { DagPlace, DagSourceConfig } from './dag-source-config';
import { ClaimDagsOptions, ImageDagsOptions, NewClaimDagsOptions } from './dag-source-options';
import { GitSync, GitSyncPlace, volumeName } from './git-sync';
import { GitSyncOptions } from './git-sync-options';
import { bindFolders, linkParts } from './multiple-sources';
import { SharedGitSync } from './shared-git-sync';
import { byDefault, own, PodParts } from '../core/answer';
import { BindContext } from '../core/bind-context';
import { sharedMetadata } from '../core/labels';
import { Needs, Role } from '../core/needs';
import { checkClaim, claimParts, newClaim } from '../kubernetes/claim';
import { checkMembers } from '../kubernetes/members';
import { gather } from '../kubernetes/problems';
import { checkSize } from '../kubernetes/quantity';
import { checkAbsolutePath, checkSubPath, failure } from '../kubernetes/validate';

const { READ_WRITE_MANY, READ_ONLY_MANY } = kplus.PersistentVolumeAccessMode;

/**
 * The source of the DAG files (the Python files that define workflows).
 *
 * @see https://airflow.apache.org/docs/helm-chart/stable/manage-dag-files.html
 */
export abstract class DagSource {
  /**
   * DAGs that the image contains.
   */
  public static fromImage(options: ImageDagsOptions = {}): DagSource {
    checkMembers('ImageDagsOptions', options);
    return new ImageDags(options);
  }

  /**
   * DAGs on an existing claim that several pods can mount.
   *
   * @throws when the claim is known to be ReadWriteOnce, or a path is invalid
   */
  public static fromClaim(claim: kplus.IPersistentVolumeClaim, options: ClaimDagsOptions = {}): DagSource {
    checkMembers('ClaimDagsOptions', options);
    return new ClaimDags(() => claim, options);
  }

  /**
   * DAGs on a new claim that several pods can mount, with a volume of a storage class or an existing volume.
   *
   * @throws when the access mode allows only one node, the size is not in whole bytes or below 1Mi, or a path is invalid
   */
  public static newClaim(options: NewClaimDagsOptions = {}): DagSource {
    checkMembers('NewClaimDagsOptions', options);
    const { size = Size.gibibytes(1), accessMode, storageClassName, volume, annotations } = options;
    return new ClaimDags((airflow, id) => newClaim(airflow, id, {
      prop: 'dags.size',
      metadata: sharedMetadata(airflow, 'PersistentVolumeClaim', id),
      size,
      accessMode,
      storageClassName,
      volume,
      annotations,
    }), options);
  }

  /**
   * DAGs in a folder beside the program, in a new ConfigMap of at most 1 MiB. A changed file reaches running pods within two
   * minutes, without a restart.
   *
   * @param folder the folder, relative to the working directory of the program. Hidden files other than `.airflowignore`, and the
   * caches of Python, are left out.
   * @throws at the instance, when the folder has no file, a file that is no text, or more than a ConfigMap holds
   */
  public static configMap(folder: string): DagSource {
    return new ConfigMapDags(folder);
  }

  /**
   * DAGs in a git repository, which git-sync clones in each pod that reads DAGs, or once for all pods (`shared`).
   *
   * @throws when an option is invalid, for example the repository, the reference or the sub-path
   */
  public static gitSync(options: GitSyncOptions): DagSource {
    checkMembers('GitSyncOptions', options);
    return new GitSyncDags(options);
  }

  /**
   * DAGs in a git repository, which Airflow 3 clones itself. A DAG run keeps the commit with which it began.
   *
   * @throws in Airflow 2, and when the repository, the reference or the sub-path is invalid
   */
  public static gitBundle(options: GitBundleDagsOptions): DagSource {
    checkMembers('GitBundleDagsOptions', options);
    const { cloneSize, versionedRuns, ...bundle } = options;
    return new BundledDags([DagBundle.git('dags', bundle)], { cloneSize, versionedRuns });
  }

  /**
   * DAGs in one or several bundles, which Airflow 3 fetches itself.
   *
   * @throws in Airflow 2, and when two bundles have the same name
   */
  public static bundles(bundles: DagBundle[], options: BundledDagsOptions = {}): DagSource {
    checkMembers('BundledDagsOptions', options);
    return new BundledDags(bundles, options);
  }

  /**
   * DAGs from several sources. Each source has its own folder: its own bundle in Airflow 3, a folder below one DAG folder in
   * Airflow 2.
   *
   * @param sources the sources by name; a name has lowercase letters, digits and dashes
   * @throws when a name is invalid, when two sources share a folder or a port, or when a source consists of bundles or of
   * several sources itself
   */
  public static multiple(sources: { readonly [name: string]: DagSource }): DagSource {
    return new MultipleDags(sources);
  }

  /**
   * @param place the place of the source, if it is one of several
   * @internal
   */
  public abstract _place(airflow: BindContext, place?: DagPlace): DagSourceConfig;

  /**
   * @internal
   */
  public _bind(context: BindContext): DagSourceConfig {
    const source = this._place(context);
    const [section, option] = context.version.isAirflow3 ? ['dag_processor', 'refresh_interval'] : ['scheduler', 'dag_dir_list_interval'];
    return {
      ...source,
      options: [
        own('core', 'dags_folder', source.folder, "'dags'"),
        ...(source.pluginsFolder === undefined
          ? []
          : [own('core', 'plugins_folder', source.pluginsFolder, "'dags'", "its 'pluginsSubPath' is the folder")]),
        ...Object.entries(source.bundles ?? {}).map(([name, value]) => own('dag_processor', name, value, "'dags'")),
        ...(source.refreshSeconds === undefined ? [] : [byDefault(section, option, `${source.refreshSeconds}`)]),
      ],
    };
  }
}

class ImageDags extends DagSource {
  constructor(private readonly options: ImageDagsOptions) {
    super();
  }

  public _place(airflow: BindContext): DagSourceConfig {
    const folder = this.options.path ?? `${airflow.image.airflowHome}/dags`;
    checkAbsolutePath(airflow, 'dags.path', folder);
    return { folder, parts: () => ({}) };
  }
}

class ClaimDags extends DagSource {
  constructor(
    private readonly claim: (airflow: BindContext, id: string) => kplus.IPersistentVolumeClaim,
    private readonly options: ClaimDagsOptions,
  ) {
    super();
  }

  public _place(airflow: BindContext, place?: DagPlace): DagSourceConfig {
    const { subPath, readOnly } = this.options;
    const name = nameIn('dags', place?.name);
    const folder = this.options.mountPath ?? place?.path ?? `${airflow.image.airflowHome}/dags`;
    gather(airflow, problems => {
      problems.check(() => checkAbsolutePath(airflow, 'dags.mountPath', folder));
      problems.check(() => checkSubPath(airflow, 'dags.subPath', subPath));
    });
    const claim = this.claim(airflow, name);
    checkClaim(airflow, 'dags', claim, readOnly === false ? [READ_WRITE_MANY] : [READ_WRITE_MANY, READ_ONLY_MANY]);
    const parts = claimParts(name, claim, folder, { subPath, readOnly: readOnly ?? true });
    return { folder, parts: (_, { dags: reads }) => (reads ? parts : {}), refreshSeconds: 30 };
  }
}

class ConfigMapDags extends DagSource {
  constructor(private readonly folder: string) {
    super();
  }

  public _place(airflow: BindContext, place?: DagPlace): DagSourceConfig {
    const name = nameIn('dags', place?.name);
    const mountPath = place?.path ?? `${airflow.image.airflowHome}/dags`;
    const files = readDagFiles(airflow, this.folder);
    const configMap = airflow._configMaps.create(name, () => Object.fromEntries(files.map(({ key, text }) => [key, text]))).name;
    const parts = {
      volumes: [{ name, configMap: { name: configMap, items: files.map(({ key, path }) => ({ key, path })) } }],
      mounts: [{ name, mountPath, readOnly: true }],
    };
    return {
      // In the mount itself, each file is there twice: as a link, and in the folder that kubelet exchanges. Airflow refuses that as
      // a loop.
      folder: `${mountPath}/..data`,
      parts: (_, { dags: reads }) => (reads ? parts : {}),
      refreshSeconds: 30,
    };
  }
}

class GitSyncDags extends DagSource {
  constructor(private readonly options: GitSyncOptions) {
    super();
  }

  public _place(airflow: BindContext, among?: DagPlace): DagSourceConfig {
    const { sparseCheckout, subPath, pluginsSubPath } = this.options;
    const sync = new GitSync(airflow, nameIn('git-sync', among?.name), this.options);
    const place: GitSyncPlace = {
      mountPath: among?.path ?? `${airflow.image.airflowHome}/dags`,
      name: among?.name,
      index: among?.index ?? 0,
      sparseConfigMap:
        sparseCheckout
        && airflow._configMaps.create(nameIn('sparse-checkout', among?.name), () => ({
          'sparse-checkout': `${sparseCheckout.join('\n')}\n`,
        })).name,
    };
    const { gitSync, parts: shared } = this.shared(airflow, sync, place) ?? {};
    return {
      gitSync,
      folder: sync._folder(place.mountPath, subPath),
      pluginsFolder: pluginsSubPath === undefined ? undefined : sync._folder(place.mountPath, pluginsSubPath),
      parts: (role, { dags, plugins }) => {
        const reads = dags || (plugins && pluginsSubPath !== undefined);
        return reads ? shared ?? sync._parts(place, role === Role.TASK) : {};
      },
      port: shared === undefined ? sync._port(place) : undefined,
      // A fraction of the period, so that Airflow sees a new file soon after git-sync has fetched the commit.
      refreshSeconds: Math.max(5, Math.min(30, Math.floor(sync.period.toSeconds() / 4))),
    };
  }

  /** The claim that the shared git-sync writes to. Pods mount its root, because git-sync's link is relative. */
  private shared(airflow: BindContext, sync: GitSync, place: GitSyncPlace): { gitSync: SharedGitSync; parts: PodParts } | undefined {
    const { shared, cloneSize } = this.options;
    if (shared === undefined) { return undefined; }
    gather(sync, problems => {
      if (cloneSize !== undefined) {
        problems.add("'cloneSize' is that of each pod's own clone, but 'shared' has one for all; use 'shared.size'");
      }
      if (shared.claim !== undefined && (shared.size ?? shared.storageClassName ?? shared.annotations) !== undefined) {
        problems.add("'shared.size', 'shared.storageClassName' and 'shared.annotations' are for a new claim, "
          + `but 'shared.claim' is '${shared.claim.name}'; leave them out`);
      }
    });
    const { size = Size.gibibytes(2), storageClassName, annotations } = shared;
    const claim =
      shared.claim
      ?? newClaim(airflow, volumeName(place), {
        prop: 'dags.shared.size',
        metadata: sharedMetadata(airflow, 'PersistentVolumeClaim', volumeName(place)),
        size,
        storageClassName,
        annotations,
      });
    checkClaim(sync, 'shared.claim', claim, [READ_WRITE_MANY]);
    return {
      gitSync: SharedGitSync._of(sync, 'shared', { airflow, sync, place, claim, placement: shared.placement }),
      parts: claimParts(volumeName(place), claim, place.mountPath, { readOnly: true }),
    };
  }
}

class BundledDags extends DagSource {
  constructor(private readonly bundles: DagBundle[], private readonly options: BundledDagsOptions) {
    super();
  }

  public _place(airflow: BindContext, place?: DagPlace): DagSourceConfig {
    if (!airflow.version.isAirflow3) {
      throw failure(
        airflow,
        `'dags' of bundles exist in Airflow 3, but the version is ${airflow.version.release}; use DagSource.gitSync or DagSource.multiple`,
      );
    }
    if (place !== undefined) {
      throw failure(
        airflow,
        `'dags.${place.name}' must not be of bundles, which Airflow fetches by itself; use DagSource.bundles, which takes several`,
      );
    }
    const { airflowHome } = airflow.image;
    const { cloneSize, versionedRuns } = this.options;
    const path = `${airflowHome}/dag-bundles`;
    checkSize(airflow, 'dags.cloneSize', cloneSize);
    const bundles = bindBundles(airflow, this.bundles);
    return {
      folder: `${airflowHome}/dags`,
      parts: (role, needs) => bundleParts(bundles, role, needs.dags, { path, size: cloneSize }),
      refreshSeconds: 60,
      bundles: {
        dag_bundle_config_list: bundleList(bundles),
        dag_bundle_storage_path: path,
        ...(versionedRuns === false ? { disable_bundle_versioning: 'True' } : {}),
      },
    };
  }
}

class MultipleDags extends DagSource {
  constructor(private readonly sources: { readonly [name: string]: DagSource }) {
    super();
  }

  public _place(airflow: BindContext, place?: DagPlace): DagSourceConfig {
    if (place !== undefined) {
      throw failure(airflow, `'dags.${place.name}' must not be of several sources again; name them all in one DagSource.multiple`);
    }
    const bound = bindFolders(airflow, this.sources);
    const configs = bound.map(([, config]) => config);
    const intervals = configs.flatMap(({ refreshSeconds }) => refreshSeconds ?? []);
    const common = {
      refreshSeconds: intervals.length === 0 ? undefined : Math.min(...intervals),
      pluginsFolder: configs.find(({ pluginsFolder }) => pluginsFolder !== undefined)?.pluginsFolder,
    };
    const all = (role: Role, needs: Pick<Needs, 'dags' | 'plugins'>) => configs.map(config => config.parts(role, needs));
    if (airflow.version.isAirflow3) {
      const local = bindBundles(airflow, bound.map(([name, { folder }]) => DagBundle.local(name, folder)));
      const bundles = { dag_bundle_config_list: bundleList(local) };
      return { ...common, folder: `${airflow.image.airflowHome}/dags`, bundles, parts: (role, needs) => merged(all(role, needs)) };
    }
    const folder = `${airflow.image.airflowHome}/dag-folders`;
    const links = linkParts(airflow, folder, bound.map(([name, config]) => [name, config.folder]));
    return { ...common, folder, parts: (role, needs) => merged([...all(role, needs), needs.dags ? links : {}]) };
  }
}

/** The name of an object or container that belongs to one of several sources. */
function nameIn(what: string, source: string | undefined): string {
  return source === undefined ? what : `${what}-${source}`;
}

function merged(parts: PodParts[]): PodParts {
  const all = <T>(pick: (part: PodParts) => T[] | undefined) => parts.flatMap(part => pick(part) ?? []);
  return {
    env: all(part => part.env),
    mounts: all(part => part.mounts),
    volumes: all(part => part.volumes),
    initContainers: all(part => part.initContainers),
    sidecars: all(part => part.sidecars),
    ssh: parts.find(part => part.ssh !== undefined)?.ssh,
    metrics: all(part => part.metrics),
    peers: role => parts.flatMap(part => part.peers?.(role) ?? []),
  };
}
