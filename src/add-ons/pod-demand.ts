import { ApiObject } from 'cdk8s';
import { IConstruct } from 'constructs';
import { AirflowWorkload } from '../core/airflow-workload';
import { Json } from '../kubernetes/pod';
import { scaledQuantity } from '../kubernetes/quantity';
import { podSpecIn, RenderedContainer, RenderedPodSpec, RenderedWorkload } from '../kubernetes/rendered-pod';
import { parseYaml } from '../kubernetes/yaml';
import { TaskPods } from '../task-pods/task-pods';

export const AMOUNTS = ['requestsCpu', 'requestsMemory', 'limitsCpu', 'limitsMemory'] as const;

/** The amounts that a ResourceQuota counts, in thousandths of a CPU and in bytes. */
export type Amounts = { readonly [amount in typeof AMOUNTS[number]]: number };

export const NONE: Amounts = { requestsCpu: 0, requestsMemory: 0, limitsCpu: 0, limitsMemory: 0 };

/** The pods of one workload in a namespace. Pods of tasks can be one of several kinds. */
export interface PodDemand {
  readonly part: string;
  /** The largest number at a time, with those that an update adds; undefined if it has no bound. */
  readonly pods?: number;
  readonly kinds: RenderedPodSpec[];
}

/** A task pod, as its YAML has it. */
type TaskPodManifest = { readonly metadata: { readonly namespace?: string }; readonly spec: RenderedPodSpec };

/** A rendered workload, as far as the number of its pods depends on it. */
type Workload = RenderedWorkload & {
  readonly spec: {
    readonly replicas?: number;
    readonly strategy?: { readonly type?: string; readonly rollingUpdate?: { readonly maxSurge?: number | string } };
  };
};

/** An autoscaler: the workload that it scales, and the most replicas that it gives it. */
export interface Scaler {
  readonly namespace?: string;
  readonly kind: string;
  readonly name: string;
  readonly most?: number;
}

/** The demand of each workload that has pods in a namespace. */
export function demands(
  workloads: readonly AirflowWorkload[], namespace: string, taskPods: number | undefined, scalers: readonly Scaler[],
): PodDemand[] {
  return workloads.filter(({ namespaces }) => namespaces.includes(namespace)).map(({ part, object, scope, namespaces: [own] }) => {
    if (object !== undefined) {
      const workload = rendered(object);
      return { part, pods: mostPods(object, scalers, workload), kinds: [podSpecIn(workload)] };
    }
    const pods = scope instanceof TaskPods ? scope.pods.map(pod => parseYaml(pod.toYaml())[0] as TaskPodManifest) : [];
    return {
      part,
      pods: taskPods,
      kinds: pods.filter(({ metadata }) => (metadata.namespace ?? own) === namespace).map(({ spec }) => spec),
    };
  });
}

/** The autoscalers among the constructs of a program, also those that the user has added to it. */
export function scalersAmong(constructs: readonly IConstruct[]): Scaler[] {
  const objects = constructs.filter(node => ApiObject.isApiObject(node));
  return objects.filter(({ kind }) => ['HorizontalPodAutoscaler', 'ScaledObject'].includes(kind)).map(object => {
    const { spec: { scaleTargetRef, maxReplicas, maxReplicaCount } } = object.toJson() as {
      spec: { scaleTargetRef: { kind?: string; name: string }; maxReplicas?: number; maxReplicaCount?: number };
    };
    return { kind: 'Deployment', ...scaleTargetRef, namespace: object.metadata.namespace, most: maxReplicas ?? maxReplicaCount };
  });
}

/** The replicas of a workload, or the most that its autoscaler gives it. A Job has one pod. */
export function mostReplicas(object: ApiObject, scalers: readonly Scaler[], { spec: { replicas } } = rendered(object)): number {
  const { kind, name, metadata } = object;
  const scaler = scalers.find(one => one.kind === kind && one.name === name && [undefined, metadata.namespace].includes(one.namespace));
  return scaler?.most ?? replicas ?? 1;
}

/** The most replicas, and the pods that a rolling update adds. */
export function mostPods(object: ApiObject, scalers: readonly Scaler[], workload = rendered(object)): number {
  const replicas = mostReplicas(object, scalers, workload);
  const { strategy } = workload.spec;
  if (object.kind !== 'Deployment' || strategy?.type === 'Recreate') { return replicas; }
  const surge = strategy?.rollingUpdate?.maxSurge ?? '25%';
  return replicas + (typeof surge === 'number' ? surge : Math.ceil(replicas * Number.parseInt(surge, 10) / 100));
}

/** The workload with the patches of the user. */
function rendered(object: ApiObject): Workload {
  return object.toJson() as Workload;
}

/** What one container asks for, with the defaults of a LimitRange. A limit without a request is the request, too. */
export function amountsOf({ resources: { requests = {}, limits = {} } = {} }: RenderedContainer, defaults: Amounts): Amounts {
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
export function podAmounts({ containers, initContainers = [] }: RenderedPodSpec, defaults: Amounts): Amounts {
  let [sidecars, most] = [NONE, NONE];
  for (const container of initContainers) {
    const own = amountsOf(container, defaults);
    if (container.restartPolicy === 'Always') { sidecars = plus(sidecars, own); }
    most = largest(most, container.restartPolicy === 'Always' ? sidecars : plus(sidecars, own));
  }
  return largest(most, containers.reduce((sum, container) => plus(sum, amountsOf(container, defaults)), sidecars));
}

/** What all pods of a workload count, if they are of the largest kind. */
export function totalOf({ pods = 0, kinds }: PodDemand, defaults: Amounts): Amounts {
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
  return Object.fromEntries(AMOUNTS.map(name => [name, how(one[name], other[name])])) as Amounts;
}

/** All containers of the pods, with the part that they belong to. */
export function containersOf(all: readonly PodDemand[]): { readonly part: string; readonly container: RenderedContainer }[] {
  return all.flatMap(({ part, kinds }) => kinds.flatMap(({ containers, initContainers = [] }) =>
    [...initContainers, ...containers].map(container => ({ part, container }))));
}
