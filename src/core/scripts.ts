import * as fs from 'fs';
import * as path from 'path';
/** Where the scripts of `python/` are mounted in every Airflow container. */
export const SCRIPTS_PATH = '/opt/cdk8s-airflow';

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
