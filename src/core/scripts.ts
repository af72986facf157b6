import * as fs from 'fs';
import * as path from 'path';
import { EnvVar } from '../kubernetes/pod';

/** The folder at which every Airflow container mounts the scripts of `python/`. */
export const SCRIPTS_PATH = '/opt/cdk8s-airflow';

/**
 * The folder at which `airflow.cfg` and `webserver_config.py` are mounted. The mount is a whole folder: if a single file is mounted
 * through `subPath` and its ConfigMap changes, kubelet refuses to restart the container.
 */
export const CONFIG_PATH = '/etc/cdk8s-airflow';

/** The variables with which Airflow finds its home and its configuration. */
export function homeEnv(airflowHome: string): EnvVar[] {
  return [{ name: 'AIRFLOW_HOME', value: airflowHome }, { name: 'AIRFLOW_CONFIG', value: `${CONFIG_PATH}/airflow.cfg` }];
}

/** Python without its site packages, which starts ten times faster than Airflow. */
export const PYTHON = ['python', '-S'];

/** The text of a file in `python/`. */
export function script(name: string): string {
  return fs.readFileSync(path.join(__dirname, '..', '..', 'python', name), 'utf8');
}

/** The command that runs a script. */
export function run(name: string, ...args: string[]): string[] {
  return [...PYTHON, `${SCRIPTS_PATH}/${name}`, ...args];
}

/** The Python module that DAG authors import. */
export const MODULE = 'airflow_task_pods';
