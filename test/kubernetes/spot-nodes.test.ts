import * as kplus from 'cdk8s-plus-27';
import { AirflowProps, SpotNodes, Toleration } from '../../src/index';
import { pod, synthAirflow } from '../util';

const GKE = { key: 'cloud.google.com/gke-spot', operator: 'Equal', value: 'true', effect: 'NoSchedule' };
const AKS = { key: 'kubernetes.azure.com/scalesetpriority', operator: 'Equal', value: 'spot', effect: 'NoSchedule' };
const OWN = { key: 'acme.com/spot', operator: 'Equal', value: 'yes', effect: 'NoSchedule' };

/** Where the pod of a task runs. */
function placed(props: AirflowProps): object {
  const { nodeSelector, affinity, tolerations } = pod(synthAirflow(props), 'task').spec;
  return { nodeSelector, affinity, tolerations };
}

function preferring(...labels: [key: string, value: string, weight?: number][]): object {
  return {
    nodeAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: labels.map(([key, value, weight = 100]) => (
        { weight, preference: { matchExpressions: [{ key, operator: 'In', values: [value] }] } })),
    },
  };
}

test.each<[string, (options?: { required?: boolean }) => SpotNodes, [string, string], object | undefined]>([
  ['GKE', SpotNodes.gke, ['cloud.google.com/gke-spot', 'true'], GKE],
  ['AKS', SpotNodes.aks, ['kubernetes.azure.com/scalesetpriority', 'spot'], AKS],
  ['EKS', SpotNodes.eks, ['eks.amazonaws.com/capacityType', 'SPOT'], undefined],
  ['Karpenter', SpotNodes.karpenter, ['karpenter.sh/capacity-type', 'spot'], undefined],
  ['any cluster', options => SpotNodes.tainted('acme.com/spot', 'yes', options), ['acme.com/spot', 'yes'], OWN],
])('on %s are preferred, or all that there is, and their taint is tolerated', (_, spot, [label, value], taint) => {
  const on = (nodes: SpotNodes) => placed({ taskPods: { spot: nodes } });
  const [tolerations, affinity] = [taint && [taint], preferring([label, value])];
  expect(on(spot())).toEqual({ nodeSelector: undefined, affinity, tolerations });
  expect(on(spot({ required: false }))).toEqual({ nodeSelector: undefined, affinity, tolerations });
  expect(on(spot({ required: true }))).toEqual({ nodeSelector: { [label]: value }, affinity: undefined, tolerations });
});

describe('add to', () => {
  const preferredNodes = [{ weight: 5, matches: [kplus.NodeLabelQuery.is('zone', 'a')] }];
  const own = { nodeSelector: { pool: 'tasks' }, tolerations: [Toleration.exists('tasks')] };
  const [tasks, both] = [{ key: 'tasks', operator: 'Exists' }, { 'pool': 'tasks', 'cloud.google.com/gke-spot': 'true' }];

  test('what the task pod says itself', () => {
    expect(placed({ taskPods: { ...own, affinity: { preferredNodes, nearPods: [{ labels: { a: 'b' } }] }, spot: SpotNodes.gke() } })).toEqual({
      nodeSelector: { pool: 'tasks' },
      affinity: {
        ...preferring(['zone', 'a', 5], ['cloud.google.com/gke-spot', 'true']),
        podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: { a: 'b' } }, topologyKey: 'kubernetes.io/hostname' }] },
      },
      tolerations: [tasks, GKE],
    });
    expect(placed({ taskPods: { ...own, affinity: { preferredNodes }, spot: SpotNodes.gke({ required: true }) } })).toEqual(
      { nodeSelector: both, affinity: preferring(['zone', 'a', 5]), tolerations: [tasks, GKE] });
  });

  test('what every pod says', () => {
    expect(placed({ pods: own, taskPods: { spot: SpotNodes.gke({ required: true }) } })).toEqual(
      { nodeSelector: both, affinity: undefined, tolerations: [tasks, GKE] });
    expect(placed({ pods: own, taskPods: { spot: SpotNodes.eks() } })).toEqual(
      { nodeSelector: { pool: 'tasks' }, affinity: preferring(['eks.amazonaws.com/capacityType', 'SPOT']), tolerations: [tasks] });
  });
});
