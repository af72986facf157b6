import { AFTER_DATABASE, main, pod, synthAirflow } from '../util';

test('waits for deferred tasks and serves their logs', () => {
  const manifest = synthAirflow();
  const container = main(manifest, 'triggerer');
  expect(container.args).toEqual([...AFTER_DATABASE, 'airflow', 'triggerer']);
  expect(container.ports).toEqual([{ name: 'trigger-logs', containerPort: 8794 }]);
  expect(container.resources).toEqual({ requests: { cpu: '100m', memory: '384Mi' }, limits: { memory: '2Gi' } });
  expect(pod(manifest, 'triggerer').spec.terminationGracePeriodSeconds).toBe(60);
});

test('is checked by its heartbeat', () => {
  const { startupProbe, readinessProbe, livenessProbe } = main(synthAirflow(), 'triggerer');
  const command = ['python', '-S', '/opt/cdk8s-airflow/heartbeat.py', 'TriggererJob', '40'];
  expect(startupProbe!.exec!.command).toEqual([...command, '--starting', '10']);
  expect(livenessProbe!.exec!.command).toEqual(command);
  expect(readinessProbe).toBeUndefined();
});
