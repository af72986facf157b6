import { ApiObject } from 'cdk8s';
import { AirflowWorkload } from '../core/airflow-workload';
import { Json } from '../kubernetes/pod';
import { scaledQuantity } from '../kubernetes/quantity';
import { parseYaml } from '../kubernetes/yaml';
import { TaskPods } from '../task-pods/task-pods';

/** The amounts that a ResourceQuota counts, in thousandths of a CPU and in bytes. */
export interface Amounts {
  readonly requestsCpu: number;
  readonly requestsMemory: number;
  readonly limitsCpu: number;
  readonly limitsMemory: number;
}

/** A container with what a LimitRange would fill in. */
export interface DemandingContainer {
  readonly name: string;
  readonly restartPolicy?: string;
  readonly resources?: { readonly requests?: Json; readonly limits?: Json };
}

interface PodSpec {
  readonly containers: DemandingContainer[];
  readonly initContainers?: DemandingContainer[];
}

/** The pods of one workload in a namespace. Pods of tasks can be one of several kinds. */
export interface PodDemand {
  readonly part: string;
  /** The largest number at a time, with those that an update adds; undefined if it has no bound. */
  readonly pods?: number;
  readonly kinds: PodSpec[];
}

/** The defaults of a LimitRange, for containers that say nothing. */
export type Defaults = Amounts;

const NONE: Amounts = { requestsCpu: 0, requestsMemory: 0, limitsCpu: 0, limitsMemory: 0 };
export const AMOUNTS = Object.keys(NONE) as (keyof Amounts)[];

/** The demand of each workload that has pods in a namespace. */
export function demands(
  workloads: readonly AirflowWorkload[], namespace: string, taskPods: number | undefined, objects: readonly ApiObject[],
): PodDemand[] {
  return workloads.filter(({ namespaces }) => namespaces.includes(namespace)).map(({ part, object, scope, namespaces: [own] }) => {
    if (object !== undefined) { return { part, pods: mostPods(object, objects), kinds: [specOf(object)] }; }
    const pods = scope instanceof TaskPods ? scope.pods.map(pod => parseYaml(pod.toYaml())[0]) : [];
    const here = pods.filter(({ metadata }) => ((metadata as { namespace?: string }).namespace ?? own) === namespace);
    return { part, pods: taskPods, kinds: here.map(({ spec }) => spec as unknown as PodSpec) };
  });
}

function specOf(object: ApiObject): PodSpec {
  const { spec } = object.toJson() as { spec: { template: { spec: PodSpec }; jobTemplate?: { spec: { template: { spec: PodSpec } } } } };
  return (spec.jobTemplate?.spec ?? spec).template.spec;
}

/** The replicas, those of an autoscaler if there is one, and the pods that a rolling update adds. */
export function mostPods(object: ApiObject, objects: readonly ApiObject[], withUpdate = true): number {
  if (object.kind === 'Job' || object.kind === 'CronJob') { return 1; }
  const { spec } = object.toJson() as {
    spec: { replicas?: number; strategy?: { type?: string; rollingUpdate?: { maxSurge?: number | string } } };
  };
  const replicas = mostReplicas(object, objects) ?? spec.replicas ?? 1;
  if (!withUpdate || object.kind !== 'Deployment' || spec.strategy?.type === 'Recreate') { return replicas; }
  const surge = spec.strategy?.rollingUpdate?.maxSurge ?? '25%';
  return replicas + (typeof surge === 'number' ? surge : Math.ceil(replicas * Number.parseInt(surge, 10) / 100));
}

function mostReplicas({ kind, name }: ApiObject, objects: readonly ApiObject[]): number | undefined {
  for (const scaler of objects.filter(object => ['HorizontalPodAutoscaler', 'ScaledObject'].includes(object.kind))) {
    const { spec } = scaler.toJson() as {
      spec: { scaleTargetRef: { kind?: string; name: string }; maxReplicas?: number; maxReplicaCount?: number };
    };
    const { kind: ofKind = 'Deployment', name: ofName } = spec.scaleTargetRef;
    if (ofName === name && ofKind === kind) { return spec.maxReplicas ?? spec.maxReplicaCount; }
  }
  return undefined;
}

/** What one container asks for, with the defaults of a LimitRange. A limit without a request is the request, too. */
export function amountsOf({ resources: { requests = {}, limits = {} } = {} }: DemandingContainer, defaults: Defaults): Amounts {
  const read = (amounts: Json, name: string, digits: number) =>
    amounts[name] === undefined ? undefined : scaledQuantity(amounts[name], digits);
  const [cpuLimit, memoryLimit] = [read(limits, 'cpu', 3), read(limits, 'memory', 0)];
  return {
    requestsCpu: read(requests, 'cpu', 3) ?? cpuLimit ?? defaults.requestsCpu,
    requestsMemory: read(requests, 'memory', 0) ?? memoryLimit ?? defaults.requestsMemory,
    limitsCpu: cpuLimit ?? defaults.limitsCpu,
    limitsMemory: memoryLimit ?? defaults.limitsMemory,
  };
}

/**
 * What a pod counts: its containers together, or an init container beside the sidecars before it, whichever is more.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers
 */
export function podAmounts({ containers, initContainers = [] }: PodSpec, defaults: Defaults): Amounts {
  let [sidecars, most] = [NONE, NONE];
  for (const container of initContainers) {
    const own = amountsOf(container, defaults);
    if (container.restartPolicy === 'Always') { sidecars = plus(sidecars, own); }
    most = largest(most, container.restartPolicy === 'Always' ? sidecars : plus(sidecars, own));
  }
  return largest(most, containers.reduce((sum, container) => plus(sum, amountsOf(container, defaults)), sidecars));
}

/** What all pods of a workload count, if they are of the largest kind. */
export function totalOf({ pods = 0, kinds }: PodDemand, defaults: Defaults): Amounts {
  const one = kinds.map(kind => podAmounts(kind, defaults)).reduce(largest, NONE);
  return combine(one, one, amount => amount * pods);
}

export function plus(one: Amounts, other: Amounts): Amounts {
  return combine(one, other, (a, b) => a + b);
}

function largest(one: Amounts, other: Amounts): Amounts {
  return combine(one, other, Math.max);
}

function combine(one: Amounts, other: Amounts, how: (a: number, b: number) => number): Amounts {
  return Object.fromEntries(AMOUNTS.map(name => [name, how(one[name], other[name])])) as unknown as Amounts;
}

/** All containers of the pods, with the part that they belong to. */
export function containersOf(all: readonly PodDemand[]): { readonly part: string; readonly container: DemandingContainer }[] {
  return all.flatMap(({ part, kinds }) => kinds.flatMap(({ containers, initContainers = [] }) =>
    [...initContainers, ...containers].map(container => ({ part, container }))));
}
