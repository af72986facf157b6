import { ApiObject, App, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { evictionAnnotations, instanceLabels, labelsOf, saysEviction, selectorLabels } from '../../src/core/labels';

const chart = new Chart(new App(), 'test');
const airflow = new Construct(chart, 'airflow');
const scheduler = new Construct(airflow, 'scheduler');

test('the labels of an instance are those that Kubernetes recommends', () => {
  expect(instanceLabels(airflow)).toEqual(
    { 'app.kubernetes.io/name': 'airflow', 'app.kubernetes.io/instance': 'test-airflow-c8975466', 'app.kubernetes.io/managed-by': 'cdk8s-airflow' });
});

test('pods are selected by application, instance and component, and not by who manages them', () => {
  const { 'cdk8s.io/metadata.addr': address, ...labels } = selectorLabels(scheduler, instanceLabels(airflow), 'scheduler');
  expect(labels).toEqual(
    { 'app.kubernetes.io/name': 'airflow', 'app.kubernetes.io/instance': 'test-airflow-c8975466', 'app.kubernetes.io/component': 'scheduler' });
  expect(address).toBe(scheduler.node.addr);
});

test('an object is asked for its labels', () => {
  const object = new ApiObject(chart, 'object', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { labels: { a: 'b' } } });
  expect(labelsOf(object)).toEqual({ a: 'b' });
});

describe('eviction', () => {
  const SAFE = 'cluster-autoscaler.kubernetes.io/safe-to-evict';
  const KARPENTER = 'karpenter.sh/do-not-disrupt';

  test.each<[boolean | undefined, object]>([
    [true, { [SAFE]: 'true', [KARPENTER]: 'false' }], [false, { [SAFE]: 'false', [KARPENTER]: 'true' }], [undefined, {}],
  ])('is told to both autoscalers: %j', (safeToEvict, annotations) => {
    expect(evictionAnnotations(safeToEvict)).toEqual(annotations);
  });

  test.each([
    [undefined, false], [{}, false], [{ annotations: {} }, false], [{ annotations: { other: 'true' } }, false], [{ annotations: { [SAFE]: 'true' } }, true],
    [{ annotations: { [KARPENTER]: 'false', other: '' } }, true],
  ])('is said by %j: %j', (metadata, said) => {
    expect(saysEviction(metadata)).toBe(said);
  });
});
