import { AirflowVersion, Gpu } from '../../src/index';
import { building, main, synthAirflow } from '../util';

test.each<[Gpu, string, number]>([
  [Gpu.nvidia(), 'nvidia.com/gpu', 1],
  [Gpu.nvidia(8), 'nvidia.com/gpu', 8],
  [Gpu.amd(2), 'amd.com/gpu', 2],
  [Gpu.nvidiaMig('1g.5gb'), 'nvidia.com/mig-1g.5gb', 1],
  [Gpu.nvidiaMig('1g.10gb.me', 3), 'nvidia.com/mig-1g.10gb.me', 3],
  [Gpu.of('habana.ai/gaudi', 4), 'habana.ai/gaudi', 4],
  [Gpu.of('gpu.intel.com/i915'), 'gpu.intel.com/i915', 1],
])('is a resource and how many (%#)', (gpu, resource, count) => {
  expect([gpu.resource, gpu.count]).toEqual([resource, count]);
});

test.each(['1g', '5gb', '1g5gb', '1G.5GB', 'mig-1g.5gb', '1g.5gb+me', ' 1g.5gb', ''])('fails with the slice %j', profile => {
  expect(() => Gpu.nvidiaMig(profile)).toThrow(new Error(`'profile' must be the name of a MIG slice like 1g.5gb or 1g.10gb.me, got '${profile}'`));
});

test.each(['gpu', '/gpu', 'habana.ai/', 'Habana.ai/gaudi', 'habana.ai/-gaudi', 'habana.ai/gaudi/2', 'habana ai/gaudi', ''])('fails with the resource %j', resource => {
  expect(() => Gpu.of(resource)).toThrow(new Error(`'resource' must be a name with a domain, like habana.ai/gaudi, got '${resource}'`));
});

test.each([0, -1, 0.5, NaN])('fails with a count of %d', count => {
  const message = new Error(`'count' must be a whole number of at least 1, got ${count}; leave the Gpu out for none`);
  for (const make of [() => Gpu.nvidia(count), () => Gpu.amd(count), () => Gpu.nvidiaMig('1g.5gb', count), () => Gpu.of('habana.ai/gaudi', count)]) {
    expect(make).toThrow(message);
  }
});

test.each([AirflowVersion.V2_11, AirflowVersion.V3_3])('is a limit of the container, which is its request, too (%#)', version => {
  expect(main(synthAirflow({ version, taskPods: { gpus: Gpu.nvidia(2) } }), 'task').resources).toEqual(
    { requests: { cpu: '100m', memory: '256Mi' }, limits: { 'memory': '2Gi', 'nvidia.com/gpu': '2' } });
});

test('fails where a task may have fewer than its pod', () => {
  expect(building({ taskPods: { gpus: Gpu.nvidia(2), tuneUpTo: { gpus: 1 } } })).toThrow(
    new Error("test/airflow/task-pods/default: 'tuneUpTo.gpus' must be at least what the task pod has itself, 2, got 1; raise it, or leave it out"));
});
