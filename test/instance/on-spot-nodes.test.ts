import { AirflowPodOptions, SpotNodes, Toleration } from '../../src';
import { onSpotNodes } from '../../src/instance/on-spot-nodes';

test('options stay as they are where there are no spot nodes', () => {
  const options = { nodeSelector: {}, tolerations: [] };
  expect(onSpotNodes(options, { tolerations: [Toleration.any()] }, undefined)).toBe(options);
});

test('nodes that carry no taint leave tolerations alone, so that those of all pods hold', () => {
  const { tolerations, nodeSelector } = onSpotNodes<AirflowPodOptions>({}, {}, SpotNodes.eks());
  expect([tolerations, nodeSelector]).toEqual([undefined, undefined]);
  expect(onSpotNodes({ tolerations: [] }, { tolerations: [Toleration.any()] }, SpotNodes.eks()).tolerations).toEqual([]);
});
