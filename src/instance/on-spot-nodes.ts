import { CommonPodOptions } from '../core/common-pod-options';
import { AirflowPodOptions } from '../kubernetes/pod-options';
import { SpotNodes } from '../kubernetes/spot-nodes';

/**
 * The options of a pod on spot nodes. The label and the toleration of the spot nodes are added to the node options of the pod or, if it
 * has none, of the instance.
 */
export function onSpotNodes<T extends AirflowPodOptions>(own: T, common: CommonPodOptions, spot: SpotNodes | undefined): T {
  if (spot === undefined) { return own; }
  const nodeSelector = { ...own.nodeSelector ?? common.nodeSelector, ...spot._nodeSelector };
  const tolerations = [...own.tolerations ?? common.tolerations ?? [], ...spot._tolerations];
  const affinity = own.affinity ?? common.affinity;
  const preferredNodes = [...affinity?.preferredNodes ?? [], ...spot._preferences];
  return {
    ...own,
    nodeSelector: Object.keys(nodeSelector).length === 0 ? own.nodeSelector : nodeSelector,
    tolerations: tolerations.length === 0 ? own.tolerations : tolerations,
    affinity: preferredNodes.length === 0 ? own.affinity : { ...affinity, preferredNodes },
  };
}
