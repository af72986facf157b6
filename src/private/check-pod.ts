import { Duration, Size, SizeRoundingBehavior } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { ProbeTimings } from '../container-options';
import { PodProps } from '../pod-options';
import { Affinity, TopologySpread, UnsatisfiableConstraint } from '../scheduling';
import { renderSize } from './kube';
import { checkAtLeast, failure } from './validate';

/** Throws for what the API server refuses in a pod only when it is applied. */
export function checkPodProps(scope: Construct, props: PodProps): void {
  checkResources(scope, 'resources', props.resources);
  for (const prop of ['initContainers', 'sidecars'] as const) {
    for (const { resources } of props[prop] ?? []) { checkResources(scope, `${prop}.resources`, resources); }
  }
  for (const prop of ['startupProbe', 'readinessProbe', 'livenessProbe'] as const) {
    checkTimings(scope, `container.${prop}`, props.container?.[prop]);
  }
  checkAffinity(scope, props.affinity);
  for (const constraint of props.topologySpread ?? []) { checkTopologySpread(scope, constraint); }
}

/**
 * Throws when more is requested than the limit allows.
 *
 * @see https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
 */
export function checkResources(scope: Construct, prop: string, resources: kplus.ContainerResources = {}): void {
  const { cpu, memory, ephemeralStorage } = resources;
  const check = <T>(name: string, amounts: { request?: T; limit?: T } | undefined, number: (amount: T) => number, text: (amount: T) => string) => {
    const { request, limit } = amounts ?? {};
    if (request !== undefined && limit !== undefined && number(request) > number(limit)) {
      throw failure(scope, `'${prop}.${name}.request' must be at most the limit ${text(limit)}, got ${text(request)}; lower it, or raise '${prop}.${name}.limit'`);
    }
  };
  check('cpu', cpu, cores, amount => amount.amount);
  check('memory', memory, kibibytes, renderSize);
  check('ephemeralStorage', ephemeralStorage, kibibytes, renderSize);
}

/** The number of an amount like `500m` or `0.5`. */
export function cores(cpu: kplus.Cpu): number {
  return cpu.amount.endsWith('m') ? Number(cpu.amount.slice(0, -1)) / 1000 : Number(cpu.amount);
}

export function kibibytes(size: Size): number {
  return size.toKibibytes({ rounding: SizeRoundingBehavior.NONE });
}

function checkTimings(scope: Construct, prop: string, timings: ProbeTimings = {}): void {
  const seconds = (duration?: Duration) => duration?.toSeconds({ integral: false });
  checkAtLeast(scope, `${prop}.initialDelay`, seconds(timings.initialDelay), 0);
  checkAtLeast(scope, `${prop}.period`, seconds(timings.period), 1);
  checkAtLeast(scope, `${prop}.timeout`, seconds(timings.timeout), 1);
  checkAtLeast(scope, `${prop}.failureThreshold`, timings.failureThreshold, 1);
}

function checkAffinity(scope: Construct, affinity: Affinity = {}): void {
  for (const prop of ['preferredNodes', 'nearPods', 'awayFromPods'] as const) {
    for (const { weight } of affinity[prop] ?? []) {
      if (weight !== undefined && (!Number.isInteger(weight) || weight < 1 || weight > 100)) {
        throw failure(scope, `'affinity.${prop}.weight' must be a whole number from 1 to 100, got ${weight}`);
      }
    }
  }
}

function checkTopologySpread(scope: Construct, constraint: TopologySpread): void {
  const { maxSkew, minDomains, whenUnsatisfiable } = constraint;
  checkAtLeast(scope, 'topologySpread.maxSkew', maxSkew, 1);
  checkAtLeast(scope, 'topologySpread.minDomains', minDomains, 1);
  if (minDomains !== undefined && whenUnsatisfiable !== UnsatisfiableConstraint.DO_NOT_SCHEDULE) {
    throw failure(scope, `'topologySpread.minDomains' needs 'whenUnsatisfiable' to be DO_NOT_SCHEDULE, got ${minDomains} with `
      + `${whenUnsatisfiable ?? UnsatisfiableConstraint.SCHEDULE_ANYWAY}`);
  }
}
