import { AirflowVersion, Executor } from '../src';
import { airflowChart, building, cfg, cfgText, findAll, main, pods, synth, synthAirflow, workload } from './util';

const KUBERNETES_OPTIONS = ['worker_pods_creation_batch_size', 'delete_worker_pods', 'delete_worker_pods_on_failure', 'namespace', 'pod_template_file'];

describe('the KubernetesExecutor', () => {
  test('is the default, with a pod template', () => {
    const manifest = synthAirflow();
    expect(cfg(manifest, 'core', 'executor')).toBe('KubernetesExecutor');
    expect(KUBERNETES_OPTIONS.map(option => cfg(manifest, 'kubernetes_executor', option))).toEqual(
      ['8', 'True', 'False', 'airflow', '/opt/airflow/pod_templates/default.yaml']);
    expect([...pods(manifest).keys()]).toContain('task');
  });

  test('has its options in airflow.cfg', () => {
    const manifest = synthAirflow({ executor: Executor.kubernetes({ creationBatchSize: 32, deletePods: true, deletePodsOnFailure: true }) });
    expect(KUBERNETES_OPTIONS.slice(0, 3).map(option => cfg(manifest, 'kubernetes_executor', option))).toEqual(['32', 'True', 'True']);
    const kept = synthAirflow({ executor: Executor.kubernetes({ deletePods: false }) });
    expect(cfg(kept, 'kubernetes_executor', 'delete_worker_pods')).toBe('False');
  });

  test('fails when it shall delete the pods of failed tasks alone', () => {
    expect(() => Executor.kubernetes({ deletePods: false, deletePodsOnFailure: true })).toThrow(
      new Error("'deletePodsOnFailure' adds failed pods to those that 'deletePods' deletes, which is false; leave one of them out"));
  });

  test.each([0, -1, 1.5, NaN])('fails with the batch size %d', creationBatchSize => {
    expect(() => Executor.kubernetes({ creationBatchSize })).toThrow(
      new Error(`'creationBatchSize' must be a whole number of at least 1, got ${creationBatchSize}`));
  });
});

describe('the LocalExecutor', () => {
  const manifest = synthAirflow({ executor: Executor.local() });

  test('has no pod template and no option of the other executor', () => {
    expect(cfg(manifest, 'core', 'executor')).toBe('LocalExecutor');
    expect(cfgText(manifest)).not.toContain('kubernetes_executor');
    expect([...pods(manifest).keys()]).not.toContain('task');
    expect(airflowChart({ executor: Executor.local() }).airflow.taskPods.templates).toBeUndefined();
  });

  test('runs the tasks in the scheduler, which has room and time for them and serves their logs', () => {
    const scheduler = main(manifest, 'scheduler');
    expect(scheduler.resources).toEqual({ requests: { cpu: '500m', memory: '1Gi' }, limits: { memory: '4Gi' } });
    expect(scheduler.ports).toEqual([{ name: 'task-logs', containerPort: 8793 }]);
    expect(scheduler.workingDir).toBe('/opt/airflow/work');
    expect(workload(manifest, 'scheduler').spec.template.spec.terminationGracePeriodSeconds).toBe(600);
    expect(scheduler.volumeMounts!.map(mount => mount.mountPath)).toEqual(expect.arrayContaining(['/home/airflow/.cache', '/opt/airflow/work']));
  });

  test('gives no component rights in the Kubernetes API', () => {
    const roles = findAll(manifest, 'Role').filter(role => !role.metadata.name.includes('bootstrap'));
    expect(roles).toEqual([]);
    const tokens = [...pods(manifest)].filter(([, pod]) => pod.spec.automountServiceAccountToken).map(([component]) => component);
    expect(tokens).toEqual(['bootstrap-secrets']);
  });

  test('fails with options of task pods', () => {
    expect(building({ executor: Executor.local(), taskPods: {} })).toThrow(
      new Error("test/airflow: 'taskPods' has options, but the executor LocalExecutor starts no pods; leave it out, or use Executor.kubernetes()"));
  });
});

test('one executor can serve several instances', () => {
  const executor = Executor.kubernetes({ creationBatchSize: 2 });
  for (const version of [AirflowVersion.V2_10, AirflowVersion.V3_3]) {
    expect(cfg(synth(airflowChart({ version, executor })), 'kubernetes_executor', 'worker_pods_creation_batch_size')).toBe('2');
  }
});
