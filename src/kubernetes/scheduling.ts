import { Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { checkMembers } from './members';
import { isLabelName, isLabelValue, LABEL_NAMES } from './validate';

/**
 * What a taint does to pods that do not tolerate it.
 */
export enum TaintEffect {
  /** Pods are not scheduled on the node. */
  NO_SCHEDULE = 'NoSchedule',
  /** Pods are scheduled elsewhere if possible. */
  PREFER_NO_SCHEDULE = 'PreferNoSchedule',
  /** Pods are not scheduled on the node, and running ones are evicted. */
  NO_EXECUTE = 'NoExecute',
}

/**
 * Options of a toleration.
 */
export interface TolerationOptions {
  /**
   * The effect that is tolerated.
   *
   * @default - every effect
   */
  readonly effect?: TaintEffect;

  /**
   * How long a pod may stay on a node with a `NO_EXECUTE` taint (`tolerationSeconds`), in whole seconds; needs that `effect`.
   *
   * @default - for ever
   */
  readonly evictAfter?: Duration;
}

/**
 * A taint that a pod accepts.
 *
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
 */
export class Toleration {
  /**
   * Tolerates every taint with this key, whatever its value.
   *
   * @throws when no taint has such a key, or `evictAfter` means nothing
   */
  public static exists(key: string, options: TolerationOptions = {}): Toleration {
    checkMembers('TolerationOptions', options);
    return new Toleration({ key: checkKey(key), operator: 'Exists', ...render(options) });
  }

  /**
   * Tolerates the taint with this key and value.
   *
   * @throws when no taint has such a key or value, or `evictAfter` means nothing
   */
  public static equal(key: string, value: string, options: TolerationOptions = {}): Toleration {
    checkMembers('TolerationOptions', options);
    if (!isLabelValue(value)) {
      throw new Error(`'value' must be at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit, got '${value}'`);
    }
    return new Toleration({ key: checkKey(key), operator: 'Equal', value, ...render(options) });
  }

  /**
   * Tolerates every taint.
   *
   * @throws when `evictAfter` means nothing
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
 * What happens to a pod that would break a topology spread constraint.
 */
export enum UnsatisfiableConstraint {
  /** The pod stays Pending. */
  DO_NOT_SCHEDULE = 'DoNotSchedule',
  /** The pod is placed where it breaks the constraint least. */
  SCHEDULE_ANYWAY = 'ScheduleAnyway',
}

/**
 * How the pods of one component are spread over nodes or zones.
 *
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
 */
export interface TopologySpread {
  /**
   * The node label whose values are the domains, for example `topology.kubernetes.io/zone`.
   */
  readonly topologyKey: string;

  /**
   * By how many pods two domains may differ.
   *
   * @default 1
   */
  readonly maxSkew?: number;

  /**
   * What happens to a pod that would break the constraint.
   *
   * @default UnsatisfiableConstraint.SCHEDULE_ANYWAY
   */
  readonly whenUnsatisfiable?: UnsatisfiableConstraint;

  /**
   * The least number of domains; needs `DO_NOT_SCHEDULE`.
   *
   * @default - Kubernetes' own (1)
   */
  readonly minDomains?: number;
}

/**
 * A preference for nodes that match.
 */
export interface NodePreference {
  /** From 1 to 100; the higher, the stronger. */
  readonly weight: number;

  /** All must match. */
  readonly matches: kplus.NodeLabelQuery[];
}

/**
 * A set of node labels that must all match.
 */
export interface NodeRequirement {
  /** All must match. */
  readonly matches: kplus.NodeLabelQuery[];
}

/**
 * Pods that attract or repel, by their labels and where they run.
 */
export interface PodAffinityTerm {
  /** The labels of the other pods. */
  readonly labels: { readonly [name: string]: string };

  /**
   * The node label that says what counts as the same place.
   *
   * @default 'kubernetes.io/hostname'
   */
  readonly topologyKey?: string;

  /**
   * The namespaces of the other pods.
   *
   * @default - the pod's own
   */
  readonly namespaces?: string[];

  /**
   * From 1 to 100 for a preference.
   *
   * @default - the term is a requirement
   */
  readonly weight?: number;
}

/**
 * Where a pod may or should run.
 *
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#affinity-and-anti-affinity
 */
export interface Affinity {
  /**
   * Nodes that are required: one of the sets has to match.
   *
   * @default - any node
   */
  readonly requiredNodes?: NodeRequirement[];

  /**
   * Nodes that are preferred.
   *
   * @default - none
   */
  readonly preferredNodes?: NodePreference[];

  /**
   * Pods to run near to.
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
