import { Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';

/**
 * A construct that creates pods and selects them. A `kplus.NetworkPolicy` can apply to the pods and allow them as a peer.
 *
 * @internal
 */
export abstract class SelectablePods extends Construct implements kplus.INetworkPolicyPeer, kplus.IPodSelector {
  /** The labels that select the pods. */
  public readonly podLabels: { readonly [name: string]: string };

  protected constructor(scope: Construct, id: string, podLabels: { readonly [name: string]: string }) {
    super(scope, id);
    // A parameter property of a base that is not exported would be missing in other languages.
    this.podLabels = podLabels;
  }

  /** Selects the pods by label and namespace, for a network policy or an affinity. */
  public toPodSelectorConfig(): kplus.PodSelectorConfig {
    return { labelSelector: kplus.LabelSelector.of({ labels: { ...this.podLabels } }), namespaces: { names: this._podNamespaces() } };
  }

  /** Makes the pods the source or target of a network policy rule. */
  public toNetworkPolicyPeerConfig(): kplus.NetworkPolicyPeerConfig {
    return { podSelector: this.toPodSelectorConfig() };
  }

  /** Selects the pods that a network policy applies to. */
  public toPodSelector(): kplus.IPodSelector | undefined {
    return this;
  }

  /**
   * The namespaces of the pods.
   *
   * @internal
   */
  protected _podNamespaces(): string[] {
    return [Chart.of(this).namespace!];
  }
}
