import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { REFERENCE } from '../kubernetes/image';
import { EnvVar } from '../kubernetes/pod';

/** The beginning of a reference to the official image, under each of its names. */
const OFFICIAL = /^(?:(?:index\.)?docker\.io\/)?apache\/airflow[:@]/i;

/**
 * The tag of the official image, empty for a digest without a tag. Undefined for any other image, because its tags count its own
 * releases.
 */
export function officialTag(reference: string): string | undefined {
  return OFFICIAL.test(reference) ? REFERENCE.exec(reference)?.[1] ?? '' : undefined;
}

/** The release at the beginning of a tag of the official image; undefined if there is none. */
export function releaseOf(tag: string): string | undefined {
  return /^([23]\.\d+\.\d+)(?![\d.])/.exec(tag)?.[1];
}

/** The home of the image's user. Airflow itself is installed there, so volumes can be mounted only at folders below it. */
export const USER_HOME = '/home/airflow';
/** The user of the image. The group next to it is the one through which other users may write. */
export const AIRFLOW_USER = 50000;
export const AIRFLOW_GROUP = 0;
/** The variables for a user that the image does not know. Airflow needs a user name and a home directory. */
export const NAMELESS: EnvVar[] = [{ name: 'HOME', value: USER_HOME }, { name: 'USER', value: 'airflow' }];
/** The resources of the small scripts that run beside Airflow. */
export const SCRIPT_RESOURCES: kplus.ContainerResources = {
  cpu: { request: kplus.Cpu.millis(10) },
  memory: { request: Size.mebibytes(32), limit: Size.mebibytes(128) },
};
/**
 * The resources of the containers that wait for the database. If the script has to run Airflow's own commands, they use up to 192 MiB.
 * The limit does not increase the requests of the pod, because the containers that start later request more.
 */
export const WAIT_RESOURCES: kplus.ContainerResources = {
  cpu: { request: kplus.Cpu.millis(10) },
  memory: { request: Size.mebibytes(32), limit: Size.mebibytes(512) },
};
