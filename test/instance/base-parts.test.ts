import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AirflowImage, AirflowVersion, Executor, TaskLogs } from '../../src/index';
import { init, main, Manifest, pods, synthAirflow } from '../util';

/** The components whose old logs are deleted. */
function groomed(manifest: Manifest[]): string[] {
  return [...pods(manifest)].filter(([, { spec }]) => spec.initContainers?.some(({ name }) => name === 'log-groomer')).map(([component]) => component).sort();
}

const logs = TaskLogs.fromClaim(kplus.PersistentVolumeClaim.fromClaimName(new Chart(new App(), 'elsewhere'), 'claim', 'logs'));

test('the logs that a component writes into its own pod are kept small', () => {
  expect(groomed(synthAirflow())).toEqual(['dag-processor', 'scheduler', 'triggerer']);
  expect(groomed(synthAirflow({ executor: Executor.local() }))).toEqual(['dag-processor', 'scheduler', 'triggerer']);
});

test('the logs on a claim are not', () => {
  expect(groomed(synthAirflow({ logs }))).toEqual(['dag-processor', 'scheduler']);
  expect(groomed(synthAirflow({ logs, executor: Executor.local() }))).toEqual(['dag-processor']);
});

test('what deletes them runs beside the component, with what it needs', () => {
  const image = AirflowImage.official(AirflowVersion.V3_3, { airflowHome: '/srv/airflow' });
  const groomer = init(synthAirflow({ image }), 'scheduler', 'log-groomer');
  expect(groomer).toMatchObject({
    image: 'apache/airflow:3.3.2',
    restartPolicy: 'Always',
    command: ['python', '-S', '/opt/cdk8s-airflow/groom_logs.py', '/srv/airflow/logs', '512'],
    volumeMounts: [
      { name: 'scripts', mountPath: '/opt/cdk8s-airflow', readOnly: true },
      { name: 'scratch', mountPath: '/srv/airflow/logs', subPath: 'logs' },
    ],
    resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '128Mi' } },
  });
  expect(groomer.env).toBeUndefined();
});

test('they may take half of the scratch volume', () => {
  const sizes = synthAirflow({ scheduler: { pod: { scratchSize: Size.mebibytes(301) } } });
  expect(init(sizes, 'scheduler', 'log-groomer').command!.at(-1)).toBe('150');
  expect(init(synthAirflow({ executor: Executor.local() }), 'scheduler', 'log-groomer').command!.at(-1)).toBe('5120');
});

test('a user that the image does not know gets a name and a home', () => {
  const named = (manifest: Manifest[]) => main(manifest, 'task').env!.filter(({ name }) => ['USER', 'HOME'].includes(name));
  expect(named(synthAirflow())).toEqual([]);
  for (const securityContext of [{ user: 1234 }, { userFromNamespace: true }]) {
    expect(named(synthAirflow({ pods: { securityContext } }))).toEqual([{ name: 'HOME', value: '/home/airflow' }, { name: 'USER', value: 'airflow' }]);
  }
});
