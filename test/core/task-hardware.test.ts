import { Executor, Gpu, SpotNodes } from '../../src';
import { airflowChart, building, main, pod, synth, synthAirflow } from '../util';

const hardware = { gpus: Gpu.nvidia(2), spot: SpotNodes.gke({ required: true }) };
const TAINT = { key: 'cloud.google.com/gke-spot', operator: 'Equal', value: 'true', effect: 'NoSchedule' };

test.each<[string, ReturnType<typeof synth>, string]>([
  ['a task pod', synthAirflow({ taskPods: hardware }), 'task'],
  ['Celery workers', synthAirflow({ executor: Executor.celery({ workers: hardware }) }), 'worker'],
  ['the scheduler with the LocalExecutor', synthAirflow({ executor: Executor.local(), scheduler: hardware }), 'scheduler'],
])('%s has GPUs, and is bound to spot nodes', (_, manifest, component) => {
  expect(main(manifest, component).resources!.limits).toMatchObject({ 'nvidia.com/gpu': '2' });
  const { nodeSelector, tolerations } = pod(manifest, component).spec;
  expect([nodeSelector, tolerations]).toEqual([{ 'cloud.google.com/gke-spot': 'true' }, [TAINT]]);
});

test('a set of Celery workers has its own', () => {
  const chart = airflowChart({ executor: Executor.celery(), pods: { nodeSelector: { pool: 'airflow' } } });
  const set = chart.airflow.addCeleryWorkers('gpu', { ...hardware, queues: ['gpu'] });
  const { spec } = synth(chart).find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === set.workload.name)!.spec.template;
  expect(spec.containers[0].resources!.limits).toEqual({ 'memory': '4Gi', 'nvidia.com/gpu': '2' });
  expect(spec.nodeSelector).toEqual({ 'pool': 'airflow', 'cloud.google.com/gke-spot': 'true' });
});

test.each(['gpus', 'spot'] as const)('fails for the scheduler where no task runs in it: %s', prop => {
  expect(building({ scheduler: { [prop]: hardware[prop] } })).toThrow(new Error(
    `test/airflow/scheduler: '${prop}' is for pods that run tasks, but with KubernetesExecutor the scheduler runs none; `
    + `leave it out, or set '${prop}' of the task pods or Celery workers`));
});
