import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { parseQuantity, renderSize } from './quantity';
import { failure } from './validate';

/**
 * Throws when more is requested than the limit allows.
 *
 * @see https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
 */
export function checkResources(scope: Construct, prop: string, resources: kplus.ContainerResources = {}): void {
  const { cpu, memory, ephemeralStorage } = resources;
  const check = <T>(name: string, amounts: { request?: T; limit?: T } | undefined, text: (amount: T) => string) => {
    const [request, limit] = [amounts?.request, amounts?.limit].map(amount => amount && text(amount));
    if (request !== undefined && limit !== undefined && parseQuantity(request)! > parseQuantity(limit)!) {
      throw failure(scope, `'${prop}.${name}.request' must be at most the limit ${limit}, got ${request}; lower it, or raise '${prop}.${name}.limit'`);
    }
  };
  check('cpu', cpu, amount => amount.amount);
  check('memory', memory, renderSize);
  check('ephemeralStorage', ephemeralStorage, renderSize);
}
