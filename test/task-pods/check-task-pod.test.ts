import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { DefaultTaskPodOptions, Gpu, TuningLimits } from '../../src/index';
import { Json } from '../../src/kubernetes/pod';
import { checkTaskPod } from '../../src/task-pods/check-task-pod';

/** Checks a pod of one container `base`, with these fields of its spec. */
function checking(spec: Json, options: DefaultTaskPodOptions = {}): () => void {
  const scope = Object.assign(new Construct(new Chart(new App(), 'chart'), 'pod'), { _options: options });
  return () => checkTaskPod(scope, { metadata: {}, spec: { restartPolicy: 'Never', containers: [{ name: 'base' }], ...spec } });
}

function checkingBase(base: Json, options: DefaultTaskPodOptions = {}): () => void {
  return checking({ containers: [{ name: 'base', ...base }] }, options);
}

const refused = (message: string) => new Error(`chart/pod: ${message}`);

test.each(['Always', 'OnFailure', undefined])('fails with the restart policy %s', restartPolicy => {
  expect(checking({ restartPolicy })).toThrow(
    refused(`'spec.restartPolicy' of a task pod must be Never, got '${restartPolicy}'; Airflow decides when a task is tried again`));
});

test('fails with what every pod is refused for', () => {
  expect(checking({ hostPID: true })).toThrow(refused("'spec.hostPID' is true, which the Pod Security level restricted refuses; leave it out"));
});

describe('limits of tuning', () => {
  const resources = {
    requests: { 'cpu': '1500m', 'memory': '1Gi', 'ephemeral-storage': '1Gi' }, limits: { 'cpu': '4', 'memory': '2Gi', 'ephemeral-storage': '3Gi', 'nvidia.com/gpu': '2' },
  };
  const gpus = Gpu.nvidia(2);

  test('may be what the pod has; of CPU its request, since a limit rises with it', () => {
    const tuneUpTo = { cpu: kplus.Cpu.units(1.5), memory: Size.mebibytes(2048), ephemeralStorage: Size.gibibytes(3), gpus: 2 };
    expect(checkingBase({ resources }, { gpus, tuneUpTo })).not.toThrow();
    expect(checkingBase({}, { tuneUpTo: { cpu: kplus.Cpu.millis(1), memory: Size.mebibytes(1) } })).not.toThrow();
  });

  test.each<[string, TuningLimits, string, string]>([
    ['cpu', { cpu: kplus.Cpu.units(1) }, '1500m', '1'],
    ['memory', { memory: Size.mebibytes(1536) }, '2Gi', '1536Mi'],
    ['memory', { memory: Size.mebibytes(512) }, '1Gi', '512Mi'],
    ['ephemeralStorage', { ephemeralStorage: Size.gibibytes(2) }, '3Gi', '2Gi'],
    ['gpus', { gpus: 1 }, '2', '1'],
  ])('fail below that: %s (%#)', (keyword, tuneUpTo, own, got) => {
    expect(checkingBase({ resources }, { gpus, tuneUpTo })).toThrow(
      refused(`'tuneUpTo.${keyword}' must be at least what the task pod has itself, ${own}, got ${got}; raise it, or leave it out`));
  });
});
