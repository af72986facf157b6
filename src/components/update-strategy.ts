import { ApiObject, Lazy } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { WorkloadOptions } from './component-options';
import { LastingVolumeOptions, LastingVolumes, LOGS } from './lasting-volumes';
import { claimTemplate } from '../kubernetes/claim';
import { Json } from '../kubernetes/pod';
import { gather, Problems } from '../kubernetes/problems';
import { checkAbsolutePath, checkAnnotations, checkAtLeast, checkDnsLabel, failure } from '../kubernetes/validate';

/** The part of a Deployment's spec that a StatefulSet does not have. */
export function deploymentSpec(scope: Construct, workload: WorkloadOptions = {}): Json {
  gather(scope, problems => {
    for (const prop of ['onDelete', 'partition'] as const) {
      if (workload[prop] !== undefined) {
        problems.add(`'workload.${prop}' is for a StatefulSet, but pods without a volume of their own are a Deployment, `
          + `got ${workload[prop]}; leave it out`);
      }
    }
  });
  return { strategy: strategy(scope, workload) };
}

function strategy(scope: Construct, { maxSurge, maxUnavailable, recreate }: WorkloadOptions): object {
  if (recreate) {
    if (maxSurge !== undefined || maxUnavailable !== undefined) {
      throw failure(
        scope,
        "'workload.recreate' ends all pods at once, so 'maxSurge' and 'maxUnavailable' mean nothing beside it; leave them out",
      );
    }
    return { type: 'Recreate' };
  }
  const amount = (prop: string, given: kplus.PercentOrAbsolute, most = Infinity) => {
    const text = said(given);
    if (!/^\d+%?$/.test(text) || (text.endsWith('%') && parseInt(text) > most)) {
      throw failure(
        scope,
        `'workload.${prop}' must be a number or a percentage${most < Infinity ? ` of at most ${most}%` : ''}, got '${text}'`,
      );
    }
    return text.endsWith('%') ? text : Number(text);
  };
  const rollingUpdate = {
    maxSurge: amount('maxSurge', maxSurge ?? kplus.PercentOrAbsolute.absolute(1)),
    maxUnavailable: amount('maxUnavailable', maxUnavailable ?? kplus.PercentOrAbsolute.absolute(0), 100),
  };
  if (Object.values(rollingUpdate).every(value => parseInt(`${value}`) === 0)) {
    throw failure(
      scope,
      "'workload.maxSurge' and 'workload.maxUnavailable' must not both be 0, since no pod could be replaced; raise one of them",
    );
  }
  return { type: 'RollingUpdate', rollingUpdate };
}

/**
 * The part of a StatefulSet's spec that a Deployment does not have. All pods start and stop in parallel, and keep their names and volumes.
 *
 * @param workload the StatefulSet, after whose name its Service is called
 */
export function statefulSetSpec(
  scope: Construct, options: WorkloadOptions = {}, volumes: LastingVolumes, labels: object, workload: () => ApiObject,
): Json {
  gather(scope, problems => {
    checkStrategy(problems, scope, options);
    checkVolumes(problems, scope, volumes);
  });
  const { logs, claims = [] } = volumes;
  const [{ options: { deleteWithSet, deleteWhenScaled } }] = lasting(volumes);
  return {
    serviceName: Lazy.any({ produce: () => workload().name }),
    podManagementPolicy: 'Parallel',
    updateStrategy: updateStrategy(options),
    persistentVolumeClaimRetentionPolicy: {
      whenDeleted: deleteWithSet ? 'Delete' : 'Retain',
      whenScaled: deleteWhenScaled ? 'Delete' : 'Retain',
    },
    volumeClaimTemplates: [
      ...(logs === undefined ? [] : [claimTemplate(scope, { ...logs, prop: 'logs.size', name: LOGS, labels })]),
      ...claims.map(claim => claimTemplate(scope, { ...claim, prop: 'claims.size', labels })),
    ],
  };
}

/** Undefined without a wish, so that the API server's default stands. */
function updateStrategy({ onDelete, partition }: WorkloadOptions): Json | undefined {
  if (onDelete) { return { type: 'OnDelete' }; }
  return partition === undefined ? undefined : { type: 'RollingUpdate', rollingUpdate: { partition } };
}

function checkStrategy(problems: Problems, scope: Construct, workload: WorkloadOptions): void {
  for (const prop of ['maxSurge', 'maxUnavailable', 'recreate'] as const) {
    if (workload[prop] !== undefined) {
      problems.add(`'workload.${prop}' is for a Deployment, but pods that keep their logs are a StatefulSet, `
        + `got '${said(workload[prop]!)}'; leave one of them out`);
    }
  }
  problems.check(() => checkAtLeast(scope, 'workload.partition', workload.partition, 0));
  if (workload.onDelete && workload.partition !== undefined) {
    problems.add(`'workload.onDelete' updates no pod by itself, so 'partition' means nothing beside it, got ${workload.partition}; `
      + 'leave one of them out');
  }
}

function lasting({ logs, claims = [] }: LastingVolumes): { prop: string; options: LastingVolumeOptions }[] {
  return [
    ...(logs === undefined ? [] : [{ prop: 'logs', options: logs }]),
    ...claims.map(options => ({ prop: `claims.${options.name}`, options })),
  ];
}

function checkVolumes(problems: Problems, scope: Construct, volumes: LastingVolumes): void {
  const [first, ...others] = lasting(volumes);
  for (const prop of ['deleteWithSet', 'deleteWhenScaled'] as const) {
    const other = others.find(({ options }) => (options[prop] ?? false) !== (first.options[prop] ?? false));
    if (other !== undefined) {
      problems.add(`'${prop}' must be the same for all volumes of the pods, got ${first.options[prop] ?? false} in '${first.prop}' and `
        + `${other.options[prop] ?? false} in '${other.prop}'`);
    }
  }
  for (const { prop, options } of [first, ...others]) {
    problems.check(() => checkAnnotations(scope, `${prop}.annotations`, options.annotations));
  }
  for (const { name, mountPath } of volumes.claims ?? []) {
    problems.check(() => checkDnsLabel(scope, 'claims.name', name));
    problems.check(() => checkAbsolutePath(scope, 'claims.mountPath', mountPath));
  }
}

function said(value: kplus.PercentOrAbsolute | boolean): string {
  return `${typeof value === 'boolean' ? value : value.value as string | number}`;
}
