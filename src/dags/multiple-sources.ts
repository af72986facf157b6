import { DagPlace, DagSourceConfig } from './dag-source-config';
import { PodParts } from '../core/answer';
import { BindContext } from '../core/bind-context';
import { SCRIPT_RESOURCES } from '../core/official-image';
import { helperResources } from '../core/plain-pod';
import { checkDnsLabel, failure } from '../kubernetes/validate';

const VOLUME = 'dag-folders';
const LINK = 'while [ $# -gt 0 ]; do ln -sfn "$2" "$1"; shift 2; done';

/** One of several sources. */
interface Source {
  _place(context: BindContext, place: DagPlace): DagSourceConfig;
}

/** Binds several sources, sorted by name, each at its own place. */
export function bindFolders(airflow: BindContext, sources: { readonly [name: string]: Source }): [string, DagSourceConfig][] {
  const names = Object.keys(sources).sort();
  if (names.length === 0) {
    throw failure(airflow, "'dags' must have at least one source, got none; use DagSource.fromImage() for those of the image");
  }
  const folders = new Map<string, string>();
  const ports = new Map<number, string>();
  const withPlugins: string[] = [];
  return names.map((name, index) => {
    // Names of containers and volumes contain the name of the source.
    checkDnsLabel(airflow, 'dags', name, 40);
    const place: DagPlace = { name, index, path: `${airflow.image.airflowHome}/dag-sources/${name}` };
    const config = sources[name]._place(airflow, place);
    claimOnce(airflow, 'the folder', folders, config.folder, name);
    if (config.port !== undefined) { claimOnce(airflow, 'the port', ports, config.port, name); }
    if (config.pluginsFolder !== undefined) { withPlugins.push(name); }
    if (withPlugins.length > 1) {
      throw failure(airflow, "'pluginsSubPath' must be that of one source, since Airflow has one folder of plugins, "
        + `got it for '${withPlugins.join("' and '")}'; leave one out`);
    }
    return [name, config];
  });
}

function claimOnce<T>(airflow: BindContext, what: string, seen: Map<T, string>, value: T, name: string): void {
  const other = seen.get(value);
  if (other !== undefined) {
    throw failure(
      airflow,
      `'dags' must be sources that share nothing, but '${other}' and '${name}' both have ${what} ${value}; change one of them`,
    );
  }
  seen.set(value, name);
}

/**
 * One folder with a link to the folder of each source. The parent folder of the mounts cannot be used: Airflow would read
 * a clone's DAGs twice, because the commit's folder is next to the link that points to it.
 */
export function linkParts({ image, _common }: BindContext, folder: string, folders: [name: string, folder: string][]): PodParts {
  return {
    volumes: [{ name: VOLUME, emptyDir: { sizeLimit: '1Mi' } }],
    mounts: [{ name: VOLUME, mountPath: folder, readOnly: true }],
    initContainers: [{
      name: 'link-dags',
      image: image.reference,
      imagePullPolicy: image.pullPolicy,
      command: ['sh', '-ec', LINK, '--', ...folders.flatMap(([name, target]) => [`${folder}/${name}`, target])],
      mounts: [{ name: VOLUME, mountPath: folder }],
      resources: helperResources(_common, SCRIPT_RESOURCES),
    }],
  };
}
