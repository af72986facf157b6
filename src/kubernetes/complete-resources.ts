import * as kplus from 'cdk8s-plus-27';

/** Resources of which each amount that is left out keeps its default. */
export function completeResources(own: kplus.ContainerResources | undefined, defaults: kplus.ContainerResources): kplus.ContainerResources {
  const { cpu, memory, ephemeralStorage } = own ?? {};
  return {
    cpu: amounts(cpu, defaults.cpu),
    memory: amounts(memory, defaults.memory),
    ephemeralStorage: amounts(ephemeralStorage, defaults.ephemeralStorage),
  };
}

function amounts<T>(own: { request?: T; limit?: T } = {}, defaults: { request?: T; limit?: T } = {}): { request?: T; limit?: T } {
  return { request: own.request ?? defaults.request, limit: own.limit ?? defaults.limit };
}
