import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { REFERENCE } from '../kubernetes/image';
import { EnvVar } from '../kubernetes/pod';

/** The official image under each of its names. */
const OFFICIAL = /^(?:(?:index\.)?docker\.io\/)?apache\/airflow[:@]/i;

/** The tag of the official image, empty where a digest stands alone; undefined of any other image, whose tags count its own releases. */
export function officialTag(reference: string): string | undefined {
  return OFFICIAL.test(reference) ? REFERENCE.exec(reference)?.[1] ?? '' : undefined;
}

/** What a tag of the official image says where it begins like a release. */
export function releaseOf(tag: string): string | undefined {
  return /^([23]\.\d+\.\d+)(?![\d.])/.exec(tag)?.[1];
}

/** The home of the image's user, where Airflow itself is installed: only folders below it can be mounted over. */
export const USER_HOME = '/home/airflow';
/** The user of the image, and the group by which it lets other users write. */
export const AIRFLOW_USER = 50000;
export const AIRFLOW_GROUP = 0;
/** For a user that the image does not know: it has no name, which Airflow asks for, and no home. */
export const NAMELESS: EnvVar[] = [{ name: 'HOME', value: USER_HOME }, { name: 'USER', value: 'airflow' }];
/** What the small scripts beside Airflow need. */
export const SCRIPT_RESOURCES: kplus.ContainerResources = {
  cpu: { request: kplus.Cpu.millis(10) },
  memory: { request: Size.mebibytes(32), limit: Size.mebibytes(128) },
};
/**
 * What it takes to wait for the database. Where the script has to ask Airflow's own commands, these take up to 192 MiB. The limit is not
 * what the pod asks the cluster for, since the containers that come after it ask for more.
 */
export const WAIT_RESOURCES: kplus.ContainerResources = {
  cpu: { request: kplus.Cpu.millis(10) },
  memory: { request: Size.mebibytes(32), limit: Size.mebibytes(512) },
};
