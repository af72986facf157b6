import * as fs from 'fs';
import * as path from 'path';
import { EnvVar } from '../kubernetes/pod';

/** Where the scripts of `python/` are mounted in every Airflow container. */
export const SCRIPTS_PATH = '/opt/cdk8s-airflow';

/**
 * Where `airflow.cfg` and `webserver_config.py` are mounted, as a folder: of a file that is mounted alone, by `subPath`, kubelet refuses the next
 * start of the container after the ConfigMap has changed.
 */
export const CONFIG_PATH = '/etc/cdk8s-airflow';

/** By these Airflow finds the folder and its configuration. */
export function homeEnv(airflowHome: string): EnvVar[] {
  return [{ name: 'AIRFLOW_HOME', value: airflowHome }, { name: 'AIRFLOW_CONFIG', value: `${CONFIG_PATH}/airflow.cfg` }];
}

/** Python without its site packages: starts in a tenth of the time of an Airflow. */
export const PYTHON = ['python', '-S'];

/** The text of a file of `python/`. */
export function script(name: string): string {
  return fs.readFileSync(path.join(__dirname, '..', '..', 'python', name), 'utf8');
}

/** The command that runs a script. */
export function run(name: string, ...args: string[]): string[] {
  return [...PYTHON, `${SCRIPTS_PATH}/${name}`, ...args];
}

/** What DAG authors import. */
export const MODULE = 'airflow_task_pods';
