import * as kplus from 'cdk8s-plus-27';
import { ComponentOptions, DisruptionBudgetOptions, Executor, Scaling } from '../../src/index';
import { airflowChart, building, find, findAll, synth, synthAirflow, workload } from '../util';

const { absolute, percent } = kplus.PercentOrAbsolute;

const limited = (disruptionBudget: DisruptionBudgetOptions, options: ComponentOptions = {}) => (
  { scheduler: { ...options, workload: { ...options.workload }, disruptionBudget } });

test('says how many pods may be missing', () => {
  const chart = airflowChart(limited({ maxUnavailable: absolute(1) }, { workload: { labels: { a: 'b' } } }));
  const manifest = synth(chart);
  const budget = find(manifest, 'PodDisruptionBudget');
  expect(budget.apiVersion).toBe('policy/v1');
  expect(budget.metadata.labels).toEqual({ ...chart.airflow._instance.labels, 'app.kubernetes.io/component': 'scheduler', 'a': 'b' });
  expect(budget.spec).toEqual({
    maxUnavailable: 1,
    selector: workload(manifest, 'scheduler').spec.selector,
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
  });
  expect(chart.airflow.scheduler!.disruptionBudget!.name).toBe(budget.metadata.name);
  expect(chart.airflow.triggerer!.disruptionBudget).toBeUndefined();
});

test.each<[DisruptionBudgetOptions, ComponentOptions, object]>([
  [{ maxUnavailable: percent(50) }, {}, { maxUnavailable: '50%' }],
  [{ maxUnavailable: percent(100) }, {}, { maxUnavailable: '100%' }],
  [{ minAvailable: absolute(2) }, { replicas: 3 }, { minAvailable: 2 }],
  [{ minAvailable: absolute(0) }, {}, { minAvailable: 0 }],
  [{ minAvailable: percent(50) }, { replicas: 2 }, { minAvailable: '50%' }],
  [{ minAvailable: absolute(1) }, { replicas: 0 }, { minAvailable: 1 }],
  [{ minAvailable: absolute(1) }, { scaling: Scaling.cpu({ minReplicas: 2, maxReplicas: 3 }) }, { minAvailable: 1 }],
])('takes an amount that lets nodes be drained (%#)', (budget, options, expected) => {
  const { spec } = find(synthAirflow(limited(budget, options)), 'PodDisruptionBudget');
  const amounts = Object.fromEntries(Object.entries(spec).filter(([field]) => /Available|maxUnavailable/.test(field)));
  expect(amounts).toEqual(expected);
});

test('is one for each set of Celery workers, whose pods it selects alone', () => {
  const workers = { disruptionBudget: { maxUnavailable: absolute(1) } };
  const chart = airflowChart({ executor: Executor.multiple([Executor.celery({ workers }), Executor.kubernetes()]) });
  const gpu = chart.airflow.addCeleryWorkers('gpu', { ...workers, queues: ['gpu'] });
  const selectors = findAll(synth(chart), 'PodDisruptionBudget').map(({ spec }) => spec.selector.matchLabels);
  expect(selectors).toEqual([chart.airflow.celeryWorkers!.podLabels, gpu.podLabels]);
  expect(selectors[0]).not.toEqual(selectors[1]);
});

const drained = (fewest: number, got: string) => `'disruptionBudget.minAvailable' must leave out one of the pods, of which there may be ${fewest}, `
  + `since no node could be drained, got '${got}'; lower it, raise the number of pods, or use 'maxUnavailable'`;

test.each<[DisruptionBudgetOptions, ComponentOptions, string]>([
  [{}, {}, "'disruptionBudget' must have one of 'maxUnavailable' and 'minAvailable', got none"],
  [{ maxUnavailable: absolute(1), minAvailable: absolute(2) }, { replicas: 3 },
    "'disruptionBudget' must have one of 'maxUnavailable' and 'minAvailable', got '1' and '2'"],
  [{ maxUnavailable: absolute(0) }, {}, "'disruptionBudget.maxUnavailable' must not be 0, since no node could be drained, got '0'; allow 1"],
  [{ maxUnavailable: percent(0) }, {}, "'disruptionBudget.maxUnavailable' must not be 0, since no node could be drained, got '0%'; allow 1"],
  [{ maxUnavailable: absolute(-1) }, {}, "'disruptionBudget.maxUnavailable' must be a number or a percentage of at most 100%, got '-1'"],
  [{ minAvailable: percent(101) }, {}, "'disruptionBudget.minAvailable' must be a number or a percentage of at most 100%, got '101%'"],
  [{ minAvailable: absolute(1.5) }, {}, "'disruptionBudget.minAvailable' must be a number or a percentage of at most 100%, got '1.5'"],
  [{ minAvailable: absolute(1) }, {}, drained(1, '1')],
  [{ minAvailable: absolute(3) }, { replicas: 2 }, drained(2, '3')],
  [{ minAvailable: percent(51) }, { replicas: 2 }, drained(2, '51%')],
  [{ minAvailable: percent(1) }, { replicas: 1 }, drained(1, '1%')],
  [{ minAvailable: absolute(2) }, { scaling: Scaling.cpu({ minReplicas: 2, maxReplicas: 9 }) }, drained(2, '2')],
])('fails with a budget that is none (%#)', (budget, options, message) => {
  expect(building(limited(budget, options))).toThrow(new Error(`test/airflow/scheduler: ${message}`));
});

describe('with an autoscaler by KEDA', () => {
  const workers = (minReplicas: number | undefined, disruptionBudget: DisruptionBudgetOptions) => (
    { executor: Executor.celery({ workers: { scaling: Scaling.keda({ maxReplicas: 9, minReplicas }), disruptionBudget } }) });

  test.each([[0, absolute(1), 1], [undefined, absolute(1), 1], [0, percent(100), '100%']])('that goes down to no worker (%p), keeps %s until then', (minReplicas, minAvailable, rendered) => {
    expect(find(synthAirflow(workers(minReplicas, { minAvailable })), 'PodDisruptionBudget').spec.minAvailable).toBe(rendered);
  });

  test('fails for the only worker that it leaves', () => {
    expect(building(workers(1, { minAvailable: absolute(1) }))).toThrow(new Error(`test/airflow/celery-workers: ${drained(1, '1')}`));
  });
});
