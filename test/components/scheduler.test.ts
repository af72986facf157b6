import { Executor, Scheduler } from '../../src';
import { AFTER_DATABASE, airflowChart, findAll, main, mount, pod, synth, synthAirflow, workload } from '../util';

test('starts task pods', () => {
  const manifest = synthAirflow();
  const container = main(manifest, 'scheduler');
  expect(container.args).toEqual([...AFTER_DATABASE, 'airflow', 'scheduler']);
  expect(container.ports).toBeUndefined();
  expect(container.workingDir).toBeUndefined();
  expect(container.resources).toEqual({ requests: { cpu: '100m', memory: '512Mi' }, limits: { memory: '2Gi' } });
  expect(pod(manifest, 'scheduler').spec.terminationGracePeriodSeconds).toBe(30);
});

test('reads the pod template from a directory, so that a changed one needs no restart', () => {
  const { mountPath, subPath, readOnly } = mount(main(synthAirflow(), 'scheduler'), '/opt/airflow/pod_templates')!;
  expect([mountPath, subPath, readOnly]).toEqual(['/opt/airflow/pod_templates', undefined, true]);
  expect(mount(main(synthAirflow({ executor: Executor.local() }), 'scheduler'), '/opt/airflow/pod_templates')).toBeUndefined();
});

test('is checked by its heartbeat, without an import of Airflow', () => {
  const { startupProbe, readinessProbe, livenessProbe } = main(synthAirflow(), 'scheduler');
  const command = ['python', '-S', '/opt/cdk8s-airflow/heartbeat.py', 'SchedulerJob', '40'];
  expect(startupProbe).toEqual({ exec: { command: [...command, '--starting', '10'] }, periodSeconds: 2, timeoutSeconds: 20, failureThreshold: 150 });
  expect(readinessProbe).toBeUndefined();
  expect(livenessProbe).toEqual({ exec: { command }, periodSeconds: 30, timeoutSeconds: 20, failureThreshold: 2, terminationGracePeriodSeconds: 10 });
});

test('has room to write in its scratch volume and nowhere else', () => {
  const mounts = main(synthAirflow(), 'scheduler').volumeMounts!.filter(({ readOnly }) => !readOnly);
  expect(mounts).toEqual([
    { name: 'scratch', mountPath: '/tmp', subPath: 'tmp' },
    { name: 'scratch', mountPath: '/opt/airflow/logs', subPath: 'logs' },
  ]);
});

test('looks like this', () => {
  const { template, ...spec } = workload(synthAirflow(), 'scheduler').spec;
  const { containers, initContainers, ...rest } = template.spec;
  const names = [...initContainers!, ...containers].map(container => container.name);
  expect({ ...spec, template: { labels: template.metadata.labels, ...rest, names } }).toMatchSnapshot();
});

test('a second one can have other options', () => {
  const chart = airflowChart();
  new Scheduler(chart, 'more', { airflow: chart.airflow, replicas: 2 });
  expect(findAll(synth(chart), 'Deployment', 'scheduler')).toHaveLength(1);
  expect(findAll(synth(chart), 'Deployment', 'more')[0].spec.replicas).toBe(2);
});
