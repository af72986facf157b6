import { Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { checkMembers } from './members';
import { isLabelName, isLabelValue, LABEL_NAMES } from './validate';

/**
 * The effect of a taint on pods that do not tolerate it.
 */
export enum TaintEffect {
  /** The scheduler does not place pods on the node. */
  NO_SCHEDULE = 'NoSchedule',
  /** The scheduler places pods elsewhere if possible. */
  PREFER_NO_SCHEDULE = 'PreferNoSchedule',
  /** The scheduler does not place pods on the node, and running pods are evicted. */
  NO_EXECUTE = 'NoExecute',
}

/**
 * Options of a toleration.
 */
export interface TolerationOptions {
  /**
   * The taint effect to tolerate.
   *
   * @default - every effect
   */
  readonly effect?: TaintEffect;

  /**
   * How long a pod may stay on a node with a `NO_EXECUTE` taint (`tolerationSeconds`), in whole seconds. Needs `effect` to
   * be `NO_EXECUTE`.
   *
   * @default - no limit
   */
  readonly evictAfter?: Duration;
}

/**
 * A taint that a pod tolerates.
 *
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
 */
export class Toleration {
  /**
   * Tolerates every taint with this key, whatever its value.
   *
   * @throws when `key` cannot be the key of a taint, or `evictAfter` is not in whole seconds or lacks the effect
   * `NO_EXECUTE`
   */
  public static exists(key: string, options: TolerationOptions = {}): Toleration {
    checkMembers('TolerationOptions', options);
    return new Toleration({ key: checkKey(key), operator: 'Exists', ...render(options) });
  }

  /**
   * Tolerates the taint with this key and value.
   *
   * @throws when `key` or `value` cannot be those of a taint, or `evictAfter` is not in whole seconds or lacks the effect
   * `NO_EXECUTE`
   */
  public static equal(key: string, value: string, options: TolerationOptions = {}): Toleration {
    checkMembers('TolerationOptions', options);
    if (!isLabelValue(value)) {
      throw new Error(
        `'value' must be at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit, got '${value}'`,
      );
    }
    return new Toleration({ key: checkKey(key), operator: 'Equal', value, ...render(options) });
  }

  /**
   * Tolerates every taint.
   *
   * @throws when `evictAfter` is not in whole seconds or lacks the effect `NO_EXECUTE`
   */
  public static any(options: TolerationOptions = {}): Toleration {
    checkMembers('TolerationOptions', options);
    return new Toleration({ operator: 'Exists', ...render(options) });
  }

  private constructor(private readonly spec: object) {}

  /**
   * @internal
   */
  public _toKube(): object {
    return this.spec;
  }
}

function checkKey(key: string): string {
  if (!isLabelName(key)) { throw new Error(`'key' must be ${LABEL_NAMES}, got '${key}'`); }
  return key;
}

function render({ effect, evictAfter }: TolerationOptions): object {
  const tolerationSeconds = evictAfter?.toSeconds({ integral: false });
  if (tolerationSeconds !== undefined && !Number.isInteger(tolerationSeconds)) {
    throw new Error(`'evictAfter' must be a whole number of seconds, got ${tolerationSeconds}`);
  }
  if (tolerationSeconds !== undefined && effect !== TaintEffect.NO_EXECUTE) {
    throw new Error(`'evictAfter' needs 'effect' to be NO_EXECUTE, got ${tolerationSeconds} seconds with ${effect ?? 'every effect'}`);
  }
  return { effect, tolerationSeconds };
}

/**
 * What the scheduler does with a pod that would break a topology spread constraint.
 */
export enum UnsatisfiableConstraint {
  /** The pod stays Pending. */
  DO_NOT_SCHEDULE = 'DoNotSchedule',
  /** The scheduler places the pod where it breaks the constraint least. */
  SCHEDULE_ANYWAY = 'ScheduleAnyway',
}

/**
 * How the pods of one component spread over nodes or zones.
 *
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
 */
export interface TopologySpread {
  /**
   * The node label whose values are the domains, for example `topology.kubernetes.io/zone`.
   */
  readonly topologyKey: string;

  /**
   * The largest allowed difference between the numbers of pods in two domains.
   *
   * @default 1
   */
  readonly maxSkew?: number;

  /**
   * What the scheduler does with a pod that would break the constraint.
   *
   * @default UnsatisfiableConstraint.SCHEDULE_ANYWAY
   */
  readonly whenUnsatisfiable?: UnsatisfiableConstraint;

  /**
   * The smallest number of domains. Needs `whenUnsatisfiable` to be `DO_NOT_SCHEDULE`.
   *
   * @default - the Kubernetes default (1)
   */
  readonly minDomains?: number;
}

/**
 * A preference for nodes whose labels match.
 */
export interface NodePreference {
  /** The strength of the preference, from 1 to 100. */
  readonly weight: number;

  /** Node labels that must all match. */
  readonly matches: kplus.NodeLabelQuery[];
}

/**
 * Node labels that must all match.
 */
export interface NodeRequirement {
  /** Node labels that must all match. */
  readonly matches: kplus.NodeLabelQuery[];
}

/**
 * Other pods, by label, that this pod runs near or away from.
 */
export interface PodAffinityTerm {
  /** The labels of the other pods. */
  readonly labels: { readonly [name: string]: string };

  /**
   * The node label that defines the place: nodes with the same value are the same place.
   *
   * @default 'kubernetes.io/hostname'
   */
  readonly topologyKey?: string;

  /**
   * The namespaces of the other pods.
   *
   * @default - the namespace of the pod
   */
  readonly namespaces?: string[];

  /**
   * The strength of a preference, from 1 to 100.
   *
   * @default - the term is a requirement
   */
  readonly weight?: number;
}

/**
 * Rules and preferences for the nodes of a pod, and for the pods near it.
 *
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#affinity-and-anti-affinity
 */
export interface Affinity {
  /**
   * Sets of node labels. A node must match one set.
   *
   * @default - any node
   */
  readonly requiredNodes?: NodeRequirement[];

  /**
   * Nodes that the scheduler prefers.
   *
   * @default - none
   */
  readonly preferredNodes?: NodePreference[];

  /**
   * Pods to run near.
   *
   * @default - none
   */
  readonly nearPods?: PodAffinityTerm[];

  /**
   * Pods to run away from.
   *
   * @default - none
   */
  readonly awayFromPods?: PodAffinityTerm[];
}
