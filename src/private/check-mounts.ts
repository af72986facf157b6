import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { Json } from './pod';
import { checkAbsolutePath, failure } from './validate';

/**
 * Throws for mounts at no path, and for those that would keep Airflow from starting: it walks through its plugins, and refuses the folder
 * of a whole ConfigMap or Secret, which has each file twice, behind a link and where it leads.
 */
export function checkMounts(scope: Construct, mounts: kplus.VolumeMount[], plugins: string): void {
  for (const { path, subPath, subPathExpr, volume } of mounts) {
    checkAbsolutePath(scope, 'volumeMounts', path);
    const { configMap, secret, projected } = volume._toKube() as unknown as Json;
    const linked = subPath === undefined && subPathExpr === undefined && (configMap ?? secret ?? projected) !== undefined;
    if (linked && `${path}/`.startsWith(`${plugins}/`)) {
      throw failure(scope, `'volumeMounts' must have a 'subPath' for each file of plugins that is in a ConfigMap or Secret, got all of '${volume.name}' at '${path}'; `
        + 'Airflow refuses its links as a loop');
    }
  }
}
