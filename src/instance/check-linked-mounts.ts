import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { Json } from '../kubernetes/pod';
import { failure } from '../kubernetes/validate';

/**
 * Throws for mounts that would keep Airflow from starting: it walks through its plugins and DAGs, and refuses the folder of a whole ConfigMap or
 * Secret, which has each file twice, behind a link and where it leads.
 *
 * @param walked the folders
 */
export function checkLinkedMounts(scope: Construct, prop: string, walked: string[], mounts: kplus.VolumeMount[] = []): void {
  for (const { path, subPath, subPathExpr, volume } of mounts) {
    const { configMap, secret, projected } = volume._toKube() as unknown as Json;
    const linked = subPath === undefined && subPathExpr === undefined && (configMap ?? secret ?? projected) !== undefined;
    if (linked && walked.some(folder => `${path}/`.startsWith(`${folder}/`))) {
      throw failure(scope, `'${prop}' must have a 'subPath' for each file of plugins or DAGs that is in a ConfigMap or Secret, got all of '${volume.name}' at '${path}'; `
        + 'Airflow refuses its links as a loop');
    }
  }
}
