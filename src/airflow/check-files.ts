import * as path from 'path';
import { AirflowConfig } from '../core/airflow-config';
import { isRole, needsOf, Role } from '../core/needs';
import { FILE_OPTIONS, FileOption } from '../core/option-files';
import { CONFIG_PATH } from '../core/scripts';
import { IAirflow } from '../instance/i-airflow';
import { Mount } from '../kubernetes/pod';
import { podSpecOf, RenderedContainer, RenderedPodSpec } from '../kubernetes/rendered-pod';
import { TaskPods } from '../task-pods/task-pods';

interface CheckedAirflow extends IAirflow {
  readonly taskPods: TaskPods;
}

/** The value of an option in a container, and what sets it. */
interface Setting {
  readonly what: string;
  /** Undefined if the value is not known, for example from a Secret. */
  readonly value?: string;
}

/** The main container of a pod that runs Airflow, as it is rendered. */
interface Runner {
  readonly label: string;
  readonly role: Role;
  readonly container: RenderedContainer;
}

/** What the library itself puts into the folder of the configuration. */
const CONFIG_FILES = ['airflow.cfg', 'webserver_config.py'].map(file => `${CONFIG_PATH}/${file}`);
/** The volume that is empty when a pod starts: no file that an option names comes from it. */
const SCRATCH = 'scratch';
const TASK_PODS = 'task pods';
const ONE_TASK_POD = 'task pod ';
const REMEDY = "mount it there too by 'volumeMounts', or in every pod by 'pods.volumeMounts'";
const PLUGINS = FILE_OPTIONS.find(({ section, option }) => section === 'core' && option === 'plugins_folder');
const GIT = "for plugins of a git repository, use 'pluginsSubPath' of DagSource.gitSync";

/** A module, which every process of Airflow imports when it starts. */
const LOGGING: FileOption = { section: 'logging', option: 'logging_config_class', isRead: ({ needs }) => needs.airflow };

/**
 * Adds a check of the files that options name. It runs at synthesis. If one pod of the Airflow mounts such a file, every pod that reads
 * the file must mount it. A path that no pod mounts may be in the image.
 */
export function checkFiles(airflow: CheckedAirflow): void {
  airflow.node.addValidation({ validate: () => missingFiles(airflow) });
}

function missingFiles(airflow: CheckedAirflow): string[] {
  const { config } = airflow;
  const options = [...FILE_OPTIONS, LOGGING].filter(({ section, option }) => {
    const file = config.get(section, option);
    return config.hasVariable(section, option) || (file !== undefined && !CONFIG_FILES.includes(file));
  });
  if (options.length === 0) { return []; } // spares rendering all pods
  const runners = runnersOf(airflow);
  return options.flatMap(option => missing(airflow, option, runners));
}

/** All pods that run Airflow, with the patches of the user. */
function runnersOf(airflow: CheckedAirflow): Runner[] {
  const components = airflow.workloads.flatMap(({ role, label, object }): Runner[] => {
    if (object === undefined || !isRole(role)) { return []; }
    return [{ label, role, container: podSpecOf(object).containers[0] }];
  });
  const pods = airflow._instance.traits.launchesPods ? airflow.taskPods.pods : [];
  return [...components, ...pods.map((pod, index): Runner => {
    const { containers } = pod._merged().spec as RenderedPodSpec;
    const label = index === 0 ? TASK_PODS : `${ONE_TASK_POD}${pod.name}`;
    return { label, role: Role.TASK, container: containers.find(({ name }) => name === 'base') ?? containers[0] };
  })];
}

/** A value of an option, and the pods that read this file but do not mount it. */
interface Lack {
  readonly what: string;
  readonly file: string;
  readonly labels: string[];
}

/** Returns one error for each value of the option. The values can differ, because a variable may set the option for each pod. */
function missing(airflow: CheckedAirflow, option: FileOption, runners: Runner[]): string[] {
  return lacks(airflow, option, runners).flatMap(({ file, what, labels }) => {
    if (isUnderConfig(file)) {
      return [`'${what}' must not name a file in ${CONFIG_PATH}, where only those of the library are, got '${file}'; mount it elsewhere`];
    }
    const holders = runners.filter(({ container }) => has(airflow, option, container, file)).map(({ label }) => label);
    const remedy = option === PLUGINS ? `${REMEDY}; ${GIT}` : REMEDY;
    return holders.length === 0 ? []
      : [`'${what}' names '${file}', which is mounted for ${list(holders)}, but not for ${list(labels)}, `
        + `where Airflow reads it; ${remedy}`];
  });
}

function lacks(airflow: CheckedAirflow, option: FileOption, runners: Runner[]): Lack[] {
  const { config, _instance: { traits } } = airflow;
  const found = new Map<string, Lack>();
  for (const { role, label, container } of runners) {
    const { value: file, what } = valueIn(config, container, option.section, option.option);
    const get = (section: string, name: string) => valueIn(config, container, section, name).value;
    const isRead = option.isRead({ role, needs: needsOf(role, traits), get });
    if (file === undefined || !isRead || has(airflow, option, container, file) !== false) { continue; }
    const key = `${what} ${file}`;
    found.set(key, { what, file, labels: [...found.get(key)?.labels ?? [], label] });
  }
  return [...found.values()];
}

function valueIn(config: AirflowConfig, { env = [] }: RenderedContainer, section: string, option: string): Setting {
  const what = AirflowConfig.variableName(section, option);
  const variable = env.find(({ name }) => name === what);
  return variable === undefined
    ? { value: config.get(section, option), what: `config.${section}.${option}` }
    : { value: variable.value, what };
}

/** Whether a container mounts the file; undefined if this cannot be known. */
function has(
  { _instance: { image } }: CheckedAirflow, option: FileOption, container: RenderedContainer, value: string,
): boolean | undefined {
  const mounts = (container.volumeMounts ?? []).map(({ name, mountPath }) => ({ name, mountPath: path.posix.normalize(`${mountPath}/`) }));
  if (option === LOGGING) { return hasModule(mounts, `${image.airflowHome}/config/`, value); }
  // The path is not known: Airflow replaces variables, and other programs replace the home directory.
  if (!value.startsWith('/') || value.includes('$')) { return undefined; }
  const file = path.posix.normalize(`${value}/`);
  if (option === PLUGINS && file === `${image.airflowHome}/plugins/`) { return undefined; }
  const innermost = mounts
    .filter(({ mountPath }) => file.startsWith(mountPath))
    .sort((a, b) => b.mountPath.length - a.mountPath.length)[0];
  if (innermost?.mountPath === `${CONFIG_PATH}/`) { return CONFIG_FILES.includes(file.slice(0, -1)); }
  return innermost !== undefined && innermost.name !== SCRATCH;
}

function hasModule(mounts: Mount[], folder: string, name: string): boolean | undefined {
  // Another volume that is mounted there may contain the module.
  if (mounts.some(({ mountPath }) => folder.startsWith(mountPath))) { return undefined; }
  const [module] = name.split('.');
  return mounts.some(({ mountPath }) => [`${folder}${module}.py/`, `${folder}${module}/`].some(place => mountPath.startsWith(place)));
}

function isUnderConfig(file: string): boolean {
  return path.posix.normalize(file).startsWith(`${CONFIG_PATH}/`);
}

/** As a sentence has it. What the default task pod lacks, those that extend it lack too. */
function list(labels: string[]): string {
  const named = labels.includes(TASK_PODS) ? labels.filter(label => !label.startsWith(ONE_TASK_POD)) : labels;
  return named.length === 1 ? named[0] : `${named.slice(0, -1).join(', ')} and ${named[named.length - 1]}`;
}
