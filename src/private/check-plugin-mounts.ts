import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { Json } from './pod';
import { failure } from './validate';

/**
 * Throws for mounts that would keep Airflow from starting: it walks through its plugins, and refuses the folder of a whole ConfigMap or Secret,
 * which has each file twice, behind a link and where it leads.
 */
export function checkPluginMounts(scope: Construct, prop: string, plugins: string, mounts: kplus.VolumeMount[] = []): void {
  for (const { path, subPath, subPathExpr, volume } of mounts) {
    const { configMap, secret, projected } = volume._toKube() as unknown as Json;
    const linked = subPath === undefined && subPathExpr === undefined && (configMap ?? secret ?? projected) !== undefined;
    if (linked && `${path}/`.startsWith(`${plugins}/`)) {
      throw failure(scope, `'${prop}' must have a 'subPath' for each file of plugins that is in a ConfigMap or Secret, got all of '${volume.name}' at '${path}'; `
        + 'Airflow refuses its links as a loop');
    }
  }
}
