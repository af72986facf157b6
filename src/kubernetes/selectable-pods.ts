import { Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';

/**
 * A construct that makes pods and selects them, so that a `kplus.NetworkPolicy` can be for them and can name them as a peer.
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

  /** The pods by their labels and namespace, for a policy or an affinity. */
  public toPodSelectorConfig(): kplus.PodSelectorConfig {
    return { labelSelector: kplus.LabelSelector.of({ labels: { ...this.podLabels } }), namespaces: { names: this._podNamespaces() } };
  }

  /** The pods as the source or target of a rule of a network policy. */
  public toNetworkPolicyPeerConfig(): kplus.NetworkPolicyPeerConfig {
    return { podSelector: this.toPodSelectorConfig() };
  }

  /** The construct itself, whose pods a network policy can be for. */
  public toPodSelector(): kplus.IPodSelector | undefined {
    return this;
  }

  /**
   * Where the pods run.
   *
   * @internal
   */
  protected _podNamespaces(): string[] {
    return [Chart.of(this).namespace!];
  }
}
