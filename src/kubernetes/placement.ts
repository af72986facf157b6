import { Affinity, Toleration } from './scheduling';

/**
 * The nodes of a pod, and its priority.
 */
export interface PlacementOptions {
  /**
   * Labels that a node must have to run the pod.
   *
   * @default - those of `pods`
   */
  readonly nodeSelector?: { readonly [label: string]: string };

  /**
   * Rules and preferences for the nodes of the pod, and for the pods near it.
   *
   * @default - those of `pods`
   */
  readonly affinity?: Affinity;

  /**
   * Taints that the pod tolerates.
   *
   * @default - those of `pods`
   */
  readonly tolerations?: Toleration[];

  /**
   * The name of the priority class.
   *
   * @default - that of `pods`
   */
  readonly priorityClassName?: string;
}
