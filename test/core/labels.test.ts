import { ApiObject, App, Chart } from 'cdk8s';
import { evictionAnnotations, instanceLabels, labelsFor, labelsOf, saysEviction, selectorLabels, TASK_POD_LABEL } from '../../src/core/labels';

const LABELS = { 'app.kubernetes.io/name': 'airflow', 'app.kubernetes.io/instance': 'data-airflow', 'app.kubernetes.io/managed-by': 'cdk8s-airflow' };
const SELECTED = { 'app.kubernetes.io/name': 'airflow', 'app.kubernetes.io/instance': 'data-airflow' };
const LONG = 'x'.repeat(64);

test('the labels of an instance are those that Kubernetes recommends', () => {
  expect(instanceLabels('data-airflow')).toEqual(LABELS);
});

test('an object of a component has the labels of the instance, and its component', () => {
  expect(labelsFor(LABELS, 'scheduler')).toEqual({ ...LABELS, 'app.kubernetes.io/component': 'scheduler' });
});

test('pods are selected by application, instance and component, and Celery workers by their set', () => {
  expect(selectorLabels(LABELS, 'scheduler')).toEqual({ ...SELECTED, 'app.kubernetes.io/component': 'scheduler' });
  expect(selectorLabels(LABELS, 'worker', 'highmem')).toEqual(
    { ...SELECTED, 'app.kubernetes.io/component': 'worker', 'cdk8s-airflow/worker-set': 'highmem' });
});

test('a pod has the label by which its task pod is found', () => {
  expect(TASK_POD_LABEL).toBe('cdk8s-airflow/task-pod');
});

test('a label that would be too long keeps a hash', () => {
  const values = [...Object.values(instanceLabels(LONG)), ...Object.values(selectorLabels(LABELS, LONG, LONG))].filter(value => value.includes('xxx'));
  expect(values.length).toBe(3);
  for (const value of values) { expect(value).toMatch(/^x{27}-[0-9a-f]{8}-x{26}$/); }
});

test('an object is asked for its labels', () => {
  const object = new ApiObject(new Chart(new App(), 'test'), 'object', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { labels: { a: 'b' } } });
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
