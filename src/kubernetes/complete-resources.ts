import * as kplus from 'cdk8s-plus-27';
import { bytesOf, parseQuantity } from './quantity';

interface Amounts<T> {
  readonly request?: T;
  readonly limit?: T;
}

/**
 * Completes resources: an amount that is left out keeps its default. A default never contradicts a given amount. A default
 * request above the given limit becomes that limit (Kubernetes does the same with a request that is left out), and a
 * default limit below the given request becomes that request.
 */
export function completeResources(
  own: kplus.ContainerResources | undefined,
  defaults: kplus.ContainerResources,
): kplus.ContainerResources {
  const { cpu, memory, ephemeralStorage } = own ?? {};
  return {
    cpu: complete(cpu, defaults.cpu, amount => parseQuantity(amount.amount)!),
    memory: complete(memory, defaults.memory, bytesOf),
    ephemeralStorage: complete(ephemeralStorage, defaults.ephemeralStorage, bytesOf),
  };
}

function complete<T>(own: Amounts<T> = {}, defaults: Amounts<T> = {}, value: (amount: T) => number): Amounts<T> {
  const { request = defaults.request, limit = defaults.limit } = own;
  if (request === undefined || limit === undefined || value(request) <= value(limit)) { return { request, limit }; }
  // When the request and the limit are both given, `checkResources` compares them.
  return { request: own.request ?? limit, limit: own.limit ?? request };
}
