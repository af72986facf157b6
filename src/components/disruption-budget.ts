import { ApiObject } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { DisruptionBudgetOptions } from './component-options';
import { labelsOf } from '../core/labels';
import { Role } from '../core/needs';
import { Instance } from '../instance/instance';
import { failure } from '../kubernetes/validate';

/**
 * The budget of a component without one of its own; undefined for a single pod, whose budget would block the drain of its node. A worker
 * takes its grace period to end, so several of many workers may end at the same time.
 *
 * @param most the highest number of pods that the component can have
 */
export function usualBudget({ disruption }: Instance, role: Role, most: number): DisruptionBudgetOptions | undefined {
  if (!disruption.budgets || most < 2) { return undefined; }
  return { maxUnavailable: role === Role.WORKER ? kplus.PercentOrAbsolute.percent(25) : kplus.PercentOrAbsolute.absolute(1) };
}

/**
 * Limits how many pods the cluster evicts at the same time, for example when it drains a node.
 *
 * @param fewest the lowest number of pods that the component can have; with 0 the component can lose all its pods, so a node drains in
 * the end whatever the budget says
 * @see https://kubernetes.io/docs/tasks/run-application/configure-pdb/
 */
export function limitDisruption(
  scope: Construct, named: { readonly name?: string }, workload: ApiObject, podLabels: object,
  options: DisruptionBudgetOptions, fewest: number,
): ApiObject {
  const prop = 'disruptionBudget';
  const said = (amount: kplus.PercentOrAbsolute | undefined) => amount && `${amount.value as string | number}`;
  const [maxUnavailable, minAvailable] = [said(options.maxUnavailable), said(options.minAvailable)];
  if ((maxUnavailable === undefined) === (minAvailable === undefined)) {
    const got = maxUnavailable === undefined ? 'none' : `'${maxUnavailable}' and '${minAvailable}'`;
    throw failure(scope, `'${prop}' must have one of 'maxUnavailable' and 'minAvailable', got ${got}`);
  }
  const amount = (name: string, text: string | undefined) => {
    if (text !== undefined && !/^(\d+|\d{1,2}%|100%)$/.test(text)) {
      throw failure(scope, `'${prop}.${name}' must be a number or a percentage of at most 100%, got '${text}'`);
    }
    return text === undefined || text.endsWith('%') ? text : Number(text);
  };
  const spec = { maxUnavailable: amount('maxUnavailable', maxUnavailable), minAvailable: amount('minAvailable', minAvailable) };
  if (maxUnavailable !== undefined && parseInt(maxUnavailable) === 0) {
    throw failure(scope, `'${prop}.maxUnavailable' must not be 0, since no node could be drained, got '${maxUnavailable}'; allow 1`);
  }
  // Kubernetes also rounds percentages up.
  const kept =
    minAvailable === undefined
      ? 0
      : minAvailable.endsWith('%')
        ? Math.ceil((parseInt(minAvailable) * fewest) / 100)
        : Number(minAvailable);
  if (fewest > 0 && kept >= fewest) {
    throw failure(
      scope,
      `'${prop}.minAvailable' must leave out one of the pods, of which there may be ${fewest}, since no node could be drained, `
        + `got '${minAvailable}'; lower it, raise the number of pods, or use 'maxUnavailable'`,
    );
  }
  return new ApiObject(scope, 'disruption-budget', {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { ...named, labels: labelsOf(workload) },
    spec: {
      ...spec,
      selector: { matchLabels: podLabels },
      // A pod that never gets Ready must not block the drain of a node forever.
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    },
  });
}
