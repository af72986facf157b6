import { asObject, isObject, Json, JsonObject } from './json';
import { nameOf } from './kubernetes-objects';
import { objects } from './scalars';
import { parseQuantity } from '../../kubernetes/quantity';

/** A ResourceQuota of the namespace, and how much of it is used. */
export interface Quota { readonly name: string; readonly hard: JsonObject; readonly used: JsonObject }

/** A quota with a scope counts some pods alone. */
export function quotasOf(found: readonly JsonObject[]): Quota[] {
  return found.filter(({ spec }) => asObject(spec).scopes === undefined && asObject(spec).scopeSelector === undefined)
    .map(quota => ({ name: nameOf(quota), hard: asObject(asObject(quota.status).hard), used: asObject(asObject(quota.status).used) }));
}

/** What quotas refuse while the release and the program run at the same time. */
export function shortages(quotas: readonly Quota[], program: readonly JsonObject[]): string[] {
  const pods = program.flatMap(podsOf);
  return quotas.flatMap(({ name, hard, used }) => Object.entries(hard).flatMap(([resource, most]) => {
    const lacks = (need: number) => short(name, resource, { most, used: used[resource] ?? 0, need });
    if (resource === 'pods' || resource === 'count/pods') { return lacks(sum(pods.map(({ count }) => count))); }
    const [, kind = 'requests', amount] = /^(?:(requests|limits)\.)?(cpu|memory)$/.exec(resource) ?? [];
    if (amount === undefined) { return []; }
    const isOpen = ({ spec }: Pods) => containersOf(spec).some(one => amountOf(one, kind, amount) === undefined);
    const open = new Set(pods.filter(isOpen).map(pod => pod.name));
    return [
      ...lacks(sum(pods.map(({ count, spec }) => count * demandOf(spec, kind, amount)))),
      ...open.size === 0 ? [] : [`The quota \`${name}\` refuses a container without \`${resource}\`, unless a LimitRange gives it one: `
        + `${[...open].map(pod => `\`${pod}\``).join(', ')}.`],
    ];
  }));
}

interface Pods { readonly name: string; readonly count: number; readonly spec: JsonObject }

function podsOf(object: JsonObject): Pods[] {
  const { replicas, template } = asObject(object.spec);
  if (!['Deployment', 'StatefulSet', 'Job'].includes(String(object.kind)) || !isObject(template)) { return []; }
  return [{ name: nameOf(object), count: typeof replicas === 'number' ? replicas : 1, spec: asObject(template.spec) }];
}

function containersOf({ containers, initContainers }: JsonObject): JsonObject[] {
  return [...objects(containers), ...objects(initContainers)];
}

/** A request that is missing is that of the limit. */
function amountOf({ resources }: JsonObject, kind: string, amount: string): number | undefined {
  const { requests, limits } = asObject(resources);
  return parseQuantity((kind === 'requests' ? asObject(requests)[amount] : undefined) ?? asObject(limits)[amount]);
}

/** Init containers run one after the other, but for those that go on. */
function demandOf({ containers, initContainers }: JsonObject, kind: string, amount: string): number {
  const of = (container: JsonObject) => amountOf(container, kind, amount) ?? 0;
  const [all, isSidecar] = [objects(initContainers), ({ restartPolicy }: JsonObject) => restartPolicy === 'Always'];
  const lasting = sum(all.filter(isSidecar).map(of));
  return lasting + Math.max(sum(objects(containers).map(of)), ...all.filter(one => !isSidecar(one)).map(of));
}

function short(quota: string, resource: string, { most, used, need }: { most: Json; used: Json; need: number }): string[] {
  const [all = 0, now = 0] = [parseQuantity(most), parseQuantity(used)];
  if (now + need <= all) { return []; }
  const more = resource.endsWith('memory') ? `${Math.ceil(need / 1024 ** 2)}Mi` : Math.round(need * 1000) / 1000;
  return [`The quota \`${quota}\` allows ${String(most)} of \`${resource}\`, ${String(used)} are used, and the instance needs `
    + `${more} more: raise it until the release is gone.`];
}

function sum(numbers: readonly number[]): number { return numbers.reduce((all, one) => all + one, 0); }
