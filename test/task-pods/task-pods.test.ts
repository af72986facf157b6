import * as kplus from 'cdk8s-plus-27';
import { parse } from 'yaml';
import { AirflowProps, AirflowVersion, Executor } from '../../src/index';
import { airflowChart, cfg, find, findAll, main, mount, pod, synth, synthAirflow, volume } from '../util';

function text(props?: AirflowProps): string {
  return find(synthAirflow(props), 'ConfigMap', 'pod-templates').data['default.yaml'];
}

test('is a Pod whose first container is called base, as the executor wants it', () => {
  const template = parse(text()) as { apiVersion: string; kind: string };
  expect([template.apiVersion, template.kind]).toEqual(['v1', 'Pod']);
  expect(main(synthAirflow(), 'task').name).toBe('base');
  expect(pod(synthAirflow(), 'task').spec.restartPolicy).toBe('Never');
  expect([main(synthAirflow(), 'task').args, main(synthAirflow(), 'task').command]).toEqual([undefined, undefined]);
});

test('is where airflow.cfg says and the scheduler mounts it', () => {
  const chart = airflowChart();
  const { templatesConfigMap, defaultPod: task } = chart.airflow.taskPods;
  const { name } = volume(pod(synth(chart), 'scheduler'), 'pod-templates')!.configMap!;
  expect(name).toBe(templatesConfigMap!.name);
  const { mountPath } = mount(main(synth(chart), 'scheduler'), '/opt/airflow/pod_templates')!;
  expect(cfg(synth(chart), 'kubernetes_executor', 'pod_template_file')).toBe(`${mountPath}/${task.name}.yaml`);
});

test('is mounted in the task as well in 2.x, which renders the pod there for the UI', () => {
  const manifest = synthAirflow({ version: AirflowVersion.V2_11 });
  const { name } = find(manifest, 'ConfigMap', 'pod-templates').metadata;
  expect(volume(pod(manifest, 'task'), 'pod-templates')).toEqual({ name: 'pod-templates', configMap: { name } });
  for (const component of ['task', 'scheduler', 'webserver']) {
    expect(mount(main(manifest, component), '/opt/airflow/pod_templates')).toEqual(
      { name: 'pod-templates', mountPath: '/opt/airflow/pod_templates', readOnly: true });
  }
  expect(mount(main(synthAirflow(), 'task'), '/opt/airflow/pod_templates')).toBeUndefined();
});

test('mounts nothing that a task does not run', () => {
  expect(pod(synthAirflow(), 'task').spec.volumes!.map(({ name }) => name)).toEqual(['config', 'local-settings', 'task-pods', 'scratch']);
});

test('says nothing that is not set, since null is a value to the executor', () => {
  expect(text()).not.toContain('null');
  expect(text({ taskPods: { resources: {}, nodeSelector: { a: 'b' } }, version: AirflowVersion.V2_10 })).not.toContain('null');
});

test('has task pods that no Service or Deployment selects', () => {
  const manifest = synthAirflow();
  const { labels } = pod(manifest, 'task').metadata;
  expect(labels).toEqual({
    'app.kubernetes.io/name': 'airflow',
    'app.kubernetes.io/instance': 'test-airflow',
    'app.kubernetes.io/managed-by': 'cdk8s-airflow',
    'app.kubernetes.io/component': 'task',
    'cdk8s-airflow/task-pod': 'default',
  });
});

test('lets tasks write to their working directory, the cache and /tmp, and nothing lies over the home of Airflow', () => {
  const mounts = main(synthAirflow(), 'task').volumeMounts!;
  expect(mounts.filter(({ readOnly }) => !readOnly).map(({ mountPath }) => mountPath)).toEqual(
    ['/tmp', '/opt/airflow/logs', '/home/airflow/.cache', '/opt/airflow/work']);
  expect(main(synthAirflow(), 'task').workingDir).toBe('/opt/airflow/work');
  expect(volume(pod(synthAirflow(), 'task'), 'scratch')!.emptyDir).toEqual({ sizeLimit: '10Gi' });
});

test('keeps the autoscalers from ending tasks and Jobs, and lets them move other pods, unless told otherwise', () => {
  const annotations = (props: AirflowProps | undefined, component: string) => pod(synthAirflow(props), component).metadata.annotations!;
  const said = (safe: boolean) => ({ 'cluster-autoscaler.kubernetes.io/safe-to-evict': `${safe}`, 'karpenter.sh/do-not-disrupt': `${!safe}` });
  expect(annotations(undefined, 'task')).toMatchObject(said(false));
  expect(annotations({ taskPods: { pod: { safeToEvict: true } } }, 'task')).toMatchObject(said(true));
  for (const component of ['migration', 'sync-users']) { expect(annotations(undefined, component)).toMatchObject(said(false)); }
  for (const component of ['scheduler', 'api-server', 'dag-processor', 'triggerer']) { expect(annotations(undefined, component)).toMatchObject(said(true)); }
  // Karpenter would wait for ever for a worker that it must not evict.
  const pinned = { ...said(false), 'karpenter.sh/do-not-disrupt': 'false' };
  expect(annotations({ executor: Executor.local() }, 'scheduler')).toMatchObject(pinned);
  expect(annotations({ executor: Executor.celery() }, 'worker')).toMatchObject(pinned);
  expect(annotations({ executor: Executor.celery({ workers: { pod: { safeToEvict: true } } }) }, 'worker')).toMatchObject(said(true));
});

test('keeps the autoscalers from ending tasks whatever is said of all pods, to which the others keep', () => {
  const name = 'cluster-autoscaler.kubernetes.io/safe-to-evict';
  const other = 'karpenter.sh/do-not-disrupt';
  const evict = (value: string, component: string, props: AirflowProps = {}) => {
    const { annotations } = pod(synthAirflow({ ...props, pods: { annotations: { [name]: value } } }), component).metadata;
    return [annotations![name], annotations![other]];
  };
  expect(evict('true', 'task')).toEqual(['false', 'true']);
  expect(evict('true', 'worker', { executor: Executor.celery() })).toEqual(['false', 'false']);
  expect(evict('false', 'scheduler')).toEqual(['false', undefined]);
  expect(evict('false', 'postgres')).toEqual(['false', undefined]);
  expect(evict('false', 'scheduler', { scheduler: { pod: { annotations: { [name]: 'true' } } } })).toEqual(['true', undefined]);
});

test('does not wait for the database in 3.x, and tasks end in ten minutes', () => {
  const { spec } = pod(synthAirflow(), 'task');
  expect(spec.initContainers).toBeUndefined();
  expect(spec.terminationGracePeriodSeconds).toBe(600);
  expect(main(synthAirflow(), 'task').resources).toEqual({ requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '2Gi' } });
});

test('does not restart the scheduler when it changes', () => {
  const checksum = (props?: AirflowProps) => pod(synthAirflow(props), 'scheduler').metadata.annotations;
  const env = { A: kplus.EnvValue.fromValue('b') };
  expect(text({ taskPods: { env } })).not.toBe(text());
  expect(checksum({ taskPods: { env } })).toEqual(checksum());
});

test('is read at synthesis, after everything has been said', () => {
  const chart = airflowChart();
  chart.airflow.allowPodOperator();
  expect(pod(synth(chart), 'task').spec.automountServiceAccountToken).toBe(true);
  expect(findAll(synth(chart), 'ConfigMap', 'pod-templates')).toHaveLength(1);
});

test('looks like this', () => {
  expect(text()).toMatchSnapshot();
});
