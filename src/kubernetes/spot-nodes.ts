import { Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { checkMembers } from './members';
import { NodePreference, TaintEffect, Toleration } from './scheduling';

/** The time between the notice and the end of a node: two minutes on AWS, half a minute elsewhere. */
const [LONG_NOTICE, SHORT_NOTICE] = [Duration.seconds(120), Duration.seconds(30)];

/**
 * How strictly pods run on spot nodes.
 */
export interface SpotNodesOptions {
  /**
   * Whether pods run only on spot nodes.
   *
   * @default - false: pods prefer spot nodes but may run elsewhere
   */
  readonly required?: boolean;
}

/**
 * Spot nodes, which are cheap and may disappear at any time, by their node label and the taint that keeps other pods away.
 */
export class SpotNodes {
  /**
   * Spot VMs of Google Kubernetes Engine.
   *
   * @see https://cloud.google.com/kubernetes-engine/docs/concepts/spot-vms
   */
  public static gke(options: SpotNodesOptions = {}): SpotNodes {
    checkMembers('SpotNodesOptions', options);
    return SpotNodes.tainted('cloud.google.com/gke-spot', 'true', options);
  }

  /**
   * Spot node pools of Azure Kubernetes Service.
   *
   * @see https://learn.microsoft.com/azure/aks/spot-node-pool
   */
  public static aks(options: SpotNodesOptions = {}): SpotNodes {
    checkMembers('SpotNodesOptions', options);
    return SpotNodes.tainted('kubernetes.azure.com/scalesetpriority', 'spot', options);
  }

  /**
   * Managed node groups of Amazon EKS with spot capacity. These nodes have no taint.
   *
   * @see https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html
   */
  public static eks(options: SpotNodesOptions = {}): SpotNodes {
    checkMembers('SpotNodesOptions', options);
    return new SpotNodes('eks.amazonaws.com/capacityType', 'SPOT', [], options, LONG_NOTICE);
  }

  /**
   * Spot nodes of Karpenter. These nodes have no taint.
   *
   * @see https://karpenter.sh/docs/concepts/nodepools/
   */
  public static karpenter(options: SpotNodesOptions = {}): SpotNodes {
    checkMembers('SpotNodesOptions', options);
    return new SpotNodes('karpenter.sh/capacity-type', 'spot', [], options, LONG_NOTICE);
  }

  /**
   * Nodes that have a label and a `NoSchedule` taint with the same key and value.
   */
  public static tainted(label: string, value: string, options: SpotNodesOptions = {}): SpotNodes {
    checkMembers('SpotNodesOptions', options);
    return new SpotNodes(label, value, [Toleration.equal(label, value, { effect: TaintEffect.NO_SCHEDULE })], options, SHORT_NOTICE);
  }

  private constructor(
    private readonly label: string,
    private readonly value: string,
    /**
     * @internal
     */
    public readonly _tolerations: Toleration[],
    private readonly options: SpotNodesOptions,
    /**
     * @internal
     */
    public readonly _notice: Duration,
  ) {}

  /**
   * @internal
   */
  public get _nodeSelector(): { [label: string]: string } {
    return this.options.required ? { [this.label]: this.value } : {};
  }

  /**
   * @internal
   */
  public get _preferences(): NodePreference[] {
    return this.options.required ? [] : [{ weight: 100, matches: [kplus.NodeLabelQuery.is(this.label, this.value)] }];
  }
}
