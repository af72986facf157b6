import { Size } from 'cdk8s';
import { Instance } from './instance';
import { PodParts } from '../core/answer';
import { Needs, Role } from '../core/needs';
import { USER_HOME, SCRIPT_RESOURCES } from '../core/official-image';
import { helperResources } from '../core/plain-pod';
import { CONFIG_PATH, run, SCRIPTS_PATH, MODULE } from '../core/scripts';
import { Container, Mount, Volume } from '../kubernetes/pod';
import { bytesOf, renderSize } from '../kubernetes/quantity';

/** The working directory of tasks, which they may write to. */
export function workingDirectory(instance: Instance): string {
  return `${instance.image.airflowHome}/work`;
}

/** The facts about a pod that its role does not tell. */
interface BaseOptions {
  readonly longRunning: boolean;
  readonly scratchSize?: Size;
  /** The parts that the choices of the instance add to the pod. */
  readonly shared: PodParts[];
  /** A volume for the logs that outlives the pod, and its size. */
  readonly logsClaim?: { readonly name: string; readonly size: Size };
}

/**
 * The files that every container of the Airflow image mounts: the scripts, writable folders and, if the container runs Airflow, the
 * configuration.
 */
export function baseParts(instance: Instance, needs: Needs, role: Role, options: BaseOptions): PodParts {
  const { airflowHome } = instance.image;
  const size = options.scratchSize ?? (needs.runsTasks ? Size.gibibytes(10) : Size.gibibytes(1));
  const scratch = (mountPath: string, subPath: string): Mount => ({ name: 'scratch', mountPath, subPath });
  const { configMaps } = instance;
  const configMap = (name: string, configMapName: string): Volume => ({ name, configMap: { name: configMapName } });
  const logs = options.logsClaim === undefined
    ? scratch(`${airflowHome}/logs`, 'logs') : { name: options.logsClaim.name, mountPath: `${airflowHome}/logs` };
  const ownLogs = !options.shared.some(part => part.volumes?.some(volume => volume.name === 'logs'));
  // A task pod ends before its logs grow large, and the web components write no log files.
  const writesLogs = ownLogs && options.longRunning && ![Role.API_SERVER, Role.EXECUTION_API, Role.WEBSERVER, Role.FLOWER].includes(role);
  const grooms = writesLogs && instance.common.logGroomer?.enabled !== false;
  const scripts: Mount[] = !needs.scripts ? [] : [{ name: 'scripts', mountPath: SCRIPTS_PATH, readOnly: true }];
  const scratchVolume: Volume = { name: 'scratch', emptyDir: { sizeLimit: renderSize(size) } };
  if (!needs.airflow) {
    return { volumes: [configMap('scripts', configMaps.scripts), scratchVolume], mounts: [...scripts, scratch('/tmp', 'tmp')] };
  }
  return {
    volumes: [
      configFiles(configMaps.config, needs),
      instance.common.localSettingsFile === undefined ? configMap('local-settings', configMaps.localSettings)
        : {
          name: 'local-settings',
          projected: { sources: [{ configMap: { name: configMaps.localSettings } }, ...instance.common.localSettingsFile._sources] },
        },
      configMap('task-pods', configMaps.taskPods),
      ...(needs.scripts ? [configMap('scripts', configMaps.scripts)] : []),
      scratchVolume,
    ],
    mounts: [
      { name: 'config', mountPath: CONFIG_PATH, readOnly: true },
      { name: 'local-settings', mountPath: `${airflowHome}/config/airflow_local_settings`, readOnly: true },
      // The mount is a directory without `subPath`, so that kubelet updates it and DAGs can use a new task pod without a restart.
      { name: 'task-pods', mountPath: `${airflowHome}/config/${MODULE}`, readOnly: true },
      ...scripts,
      scratch('/tmp', 'tmp'),
      ...(ownLogs ? [logs] : []),
      ...(needs.runsTasks ? [scratch(`${USER_HOME}/.cache`, 'cache'), scratch(workingDirectory(instance), 'work')] : []),
    ],
    sidecars: grooms ? [groomer(instance, [...scripts, logs], options.logsClaim?.size ?? size)] : [],
  };
}

/** The configuration, without `webserver_config.py` if nothing in the pod reads that file. */
function configFiles(name: string, { webserverConfig }: Needs): Volume {
  const file = 'airflow.cfg';
  return { name: 'config', configMap: { name, ...webserverConfig ? {} : { items: [{ key: file, path: file }] } } };
}

/**
 * The sidecar that deletes old logs. Airflow never deletes the logs of a component, and kubelet evicts the pod when they fill its volume.
 */
function groomer({ image, common }: Instance, mounts: Mount[], scratch: Size): Container {
  const age = common.logGroomer?.maxAge;
  return {
    name: 'log-groomer',
    image: image.reference,
    imagePullPolicy: image.pullPolicy,
    command: run('groom_logs.py', `${image.airflowHome}/logs`, `${Math.floor(bytesOf(scratch) / 1024 ** 2 / 2)}`,
      ...age === undefined ? [] : ['--age', `${age.toSeconds()}`]),
    mounts,
    resources: helperResources(common, SCRIPT_RESOURCES),
  };
}
