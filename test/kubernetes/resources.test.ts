import { Size } from 'cdk8s';
import { Gpu, Resources, ResourcesOptions } from '../../src/index';
import { bytesOf } from '../../src/kubernetes/quantity';
import { building, main, synthAirflow } from '../util';

/** The amounts of one kind, in units of CPU or bytes. */
const cpu = (quantity: string) => Resources.of({ requests: { cpu: quantity } }).cpu!.request!.amount;
const bytes = (quantity: string) => bytesOf(Resources.of({ limits: { memory: quantity } }).memory!.limit!);

test('resources are said in the words of Kubernetes', () => {
  const all: Required<ResourcesOptions> = {
    requests: { cpu: '500m', memory: '1Gi', ephemeralStorage: '2Gi' }, limits: { cpu: '2', memory: '1500Mi', ephemeralStorage: '3G' },
  };
  expect(main(synthAirflow({ scheduler: { resources: Resources.of(all) } }), 'scheduler').resources).toEqual({
    requests: { 'cpu': '500m', 'memory': '1Gi', 'ephemeral-storage': '2Gi' }, limits: { 'cpu': '2', 'memory': '1500Mi', 'ephemeral-storage': '3000000000' },
  });
});

test('resources have only what is said', () => {
  expect(Resources.of({})).toEqual({});
  expect(Resources.of({ requests: {}, limits: {} })).toEqual({});
  expect(Resources.of({ requests: { memory: '1Gi' } })).toEqual({ memory: { request: Size.kibibytes(1024 * 1024) } });
});

test.each([
  ['500m', '500m'], ['2', '2'], ['1.5', '1500m'], ['.5', '500m'], ['0', '0'], ['2000m', '2'], ['1e3', '1000'], ['700000u', '700m'], ['0.7', '700m'],
  ['1k', '1000'], ['7e-1', '700m'], ['+1', '1'], ['1Ki', '1024'], ['0.001', '1m'], ['1.005', '1005m'],
])('%s of CPU is %s', (quantity, amount) => {
  expect(cpu(quantity)).toBe(amount);
});

test.each([
  ['0', 0], ['1', 1], ['1k', 1e3], ['1M', 1e6], ['1G', 1e9], ['1T', 1e12], ['1P', 1e15], ['1Ki', 1024], ['1.5Mi', 1572864], ['1Gi', 2 ** 30], ['1Ti', 2 ** 40],
  ['1Pi', 2 ** 50], ['128974848000m', 128974848], ['129e6', 129e6], ['1E3', 1000], ['123Mi', 123 * 2 ** 20], ['1.1G', 1.1e9],
])('%s of memory is %d bytes', (quantity, amount) => {
  expect(bytes(quantity)).toBe(amount);
});

const NONE = (prop: string, like: string, got: string) => `'${prop}' must be a quantity of Kubernetes, like ${like}, got '${got}'`;

test.each<[ResourcesOptions, string]>([
  [{ requests: { cpu: 'half' } }, NONE('requests.cpu', '500m, 2 or 1.5', 'half')],
  [{ requests: { cpu: '-1' } }, NONE('requests.cpu', '500m, 2 or 1.5', '-1')],
  [{ limits: { memory: '2GB' } }, NONE('limits.memory', '512Mi, 2Gi or 1G', '2GB')],
  [{ limits: { memory: '2 Gi' } }, NONE('limits.memory', '512Mi, 2Gi or 1G', '2 Gi')],
  [{ requests: { ephemeralStorage: '' } }, NONE('requests.ephemeralStorage', '512Mi, 2Gi or 1G', '')],
  [{ limits: { cpu: '0.5m' } },
    "'limits.cpu' must be a whole number of thousandths of a CPU, since Kubernetes cuts nothing smaller, got '0.5m', which is 0.5; round it"],
  [{ limits: { memory: '1.8Gi' } },
    "'limits.memory' must be a whole number of bytes, since Kubernetes cuts nothing smaller, got '1.8Gi', which is 1932735283.2; round it"],
  [{ limits: { memory: '100m' } }, "'limits.memory' must be a whole number of bytes, since Kubernetes cuts nothing smaller, got '100m', which is 0.1; round it"],
])('fails with a quantity that Kubernetes does not take (%#)', (options, message) => {
  expect(() => Resources.of(options)).toThrow(new Error(message));
});

describe('a size with a part of a byte', () => {
  const size = Size.gibibytes(1.8);

  test.each<[string, Parameters<typeof building>[0], string]>([
    ['memory', { scheduler: { resources: { memory: { limit: size } } } }, "test/airflow/scheduler: 'resources.memory.limit'"],
    ['ephemeral storage', { taskPods: { resources: { ephemeralStorage: { request: size } } } }, "test/airflow/task-pods/default: 'resources.ephemeralStorage.request'"],
    ['scratch', { scheduler: { pod: { scratchSize: size } } }, "test/airflow/scheduler: 'pod.scratchSize'"],
    ['a sidecar', { scheduler: { sidecars: [{ name: 'x', image: 'x:1', resources: { memory: { request: size } } }] } },
      "test/airflow/scheduler: 'sidecars.resources.memory.request'"],
    ['tuning', { taskPods: { tuneUpTo: { memory: Size.gibibytes(2.3) } } }, "test/airflow/task-pods/default: 'tuneUpTo.memory'"],
  ])('fails with the path of its prop: %s', (_, props, prop) => {
    const [got, use] = prop.includes('tuneUpTo') ? ['2.3Gi', 2356] : ['1.8Gi', 1844];
    expect(building(props)).toThrow(new Error(`${prop} must be a whole number of bytes, got ${got}; use Size.mebibytes(${use})`));
  });
});

describe('extended resources', () => {
  test('are limits of the main container, beside its other resources and those of a task pod that it is based on', () => {
    const manifest = synthAirflow({
      scheduler: { extendedResources: { 'example.com/fpga': '2', 'hugepages-2Mi': '512Mi' } }, taskPods: { extendedResources: { 'example.com/fpga': '1' } },
    });
    expect(main(manifest, 'scheduler').resources!.limits).toEqual({ 'memory': '2Gi', 'example.com/fpga': '2', 'hugepages-2Mi': '512Mi' });
    expect(main(manifest, 'task').resources!.limits).toEqual({ 'memory': '2Gi', 'example.com/fpga': '1' });
  });

  const NAMES = "'extendedResources' must have names with a domain, like example.com/fpga, or of huge pages, like hugepages-2Mi, got";

  test.each<[{ [name: string]: string }, string]>([
    [{ fpga: '1' }, `${NAMES} 'fpga'`],
    [{ memory: '1Gi' }, `${NAMES} 'memory'; use 'resources'`],
    [{ 'kubernetes.io/fpga': '1' }, `${NAMES} 'kubernetes.io/fpga'`],
    [{ 'hugepages-': '1Gi' }, `${NAMES} 'hugepages-'`],
    [{ 'example.com/fpga': '0.5' }, "'extendedResources.example.com/fpga' must be a whole number, like 2, got '0.5'"],
    [{ 'example.com/fpga': '-1' }, "'extendedResources.example.com/fpga' must be a whole number, like 2, got '-1'"],
    [{ 'hugepages-2Mi': '3Mi' }, "'extendedResources.hugepages-2Mi' must be a multiple of 2Mi, like 2Mi, got '3Mi'"],
  ])('fail where Kubernetes would refuse them (%#)', (extendedResources, message) => {
    expect(building({ scheduler: { extendedResources } })).toThrow(new Error(`test/airflow/scheduler: ${message}`));
  });

  test('fail where they count GPUs again', () => {
    expect(building({ taskPods: { gpus: Gpu.nvidia(), extendedResources: { 'nvidia.com/gpu': '2' } } })).toThrow(
      new Error("test/airflow/task-pods/default: 'extendedResources' has 'nvidia.com/gpu', which 'gpus' counts; leave it out"));
  });
});
