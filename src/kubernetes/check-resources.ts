import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { Gpu } from './gpu';
import { checkWholeBytes, parseQuantity, renderSize } from './quantity';
import { failure } from './validate';

/**
 * Throws when a request is above its limit, or when an amount of memory or storage is not a whole number of bytes.
 *
 * @see https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
 */
export function checkResources(scope: Construct, prop: string, resources: kplus.ContainerResources = {}): void {
  const { cpu, memory, ephemeralStorage } = resources;
  const check = <T>(name: string, amounts: { request?: T; limit?: T } | undefined, text: (amount: T) => string) => {
    const [request, limit] = [amounts?.request, amounts?.limit].map(amount => amount && text(amount));
    if (request !== undefined && limit !== undefined && parseQuantity(request)! > parseQuantity(limit)!) {
      throw failure(
        scope,
        `'${prop}.${name}.request' must be at most the limit ${limit}, got ${request}; lower it, or raise '${prop}.${name}.limit'`,
      );
    }
  };
  for (const [name, amounts] of Object.entries({ memory, ephemeralStorage })) {
    for (const side of ['request', 'limit'] as const) { checkWholeBytes(scope, `${prop}.${name}.${side}`, amounts?.[side]); }
  }
  check('cpu', cpu, amount => amount.amount);
  check('memory', memory, renderSize);
  check('ephemeralStorage', ephemeralStorage, renderSize);
}

const DEVICE = /^(?!([a-z0-9-]+\.)*kubernetes\.io\/)[a-z0-9]([-a-z0-9.]*[a-z0-9])?\/[A-Za-z0-9]([-\w.]*[A-Za-z0-9])?$/;

/** Throws when a name is neither an extended resource nor huge pages, or when its amount is invalid. */
export function checkExtendedResources(scope: Construct, resources: { readonly [name: string]: string } = {}, gpus?: Gpu): void {
  if (gpus !== undefined && resources[gpus.resource] !== undefined) {
    throw failure(scope, `'extendedResources' has '${gpus.resource}', which 'gpus' counts; leave it out`);
  }
  for (const [name, amount] of Object.entries(resources)) {
    const pages = /^hugepages-(.+)$/.exec(name)?.[1];
    if (pages === undefined ? !DEVICE.test(name) : !(parseQuantity(pages)! > 0)) {
      const own = ['cpu', 'memory', 'ephemeral-storage'].includes(name) ? "; use 'resources'" : '';
      throw failure(scope, "'extendedResources' must have names with a domain, like example.com/fpga, or of huge pages, "
        + `like hugepages-2Mi, got '${name}'${own}`);
    }
    const units = (parseQuantity(amount) ?? -1) / (pages === undefined ? 1 : parseQuantity(pages)!);
    if (!Number.isInteger(units) || units < 0) {
      const what = pages === undefined ? 'a whole number, like 2' : `a multiple of ${pages}, like ${pages}`;
      throw failure(scope, `'extendedResources.${name}' must be ${what}, got '${amount}'`);
    }
  }
}
