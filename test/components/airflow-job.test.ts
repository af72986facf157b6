import { Cron, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AirflowJobOptions, AirflowVersion } from '../../src';
import { airflowChart, env, find, findAll, Manifest, mount, Pod, synth } from '../util';

const command = ['airflow', 'roles', 'create', 'Reader'];
/** The objects of an Airflow with one Job. */
function withJob(options: Partial<AirflowJobOptions> = {}, version?: AirflowVersion): Manifest[] {
  const chart = airflowChart({ version });
  chart.airflow.addJob('roles', { command, ...options });
  return synth(chart);
}
const nameOf = (options?: Partial<AirflowJobOptions>) => find(withJob(options), 'Job', 'job-roles').metadata.name;

describe.each([AirflowVersion.V3_3, AirflowVersion.V2_11])('a Job of one\'s own, with Airflow %#', version => {
  const job = find(withJob({}, version), 'Job', 'job-roles');
  const { spec } = job.spec.template;
  const [container] = spec.containers;

  test('runs the command by the entry point of the image, with an account of its own and no token', () => {
    expect([container.command, container.args]).toEqual([undefined, command]);
    expect(container.image).toBe(`apache/airflow:${version.release}`);
    expect(spec.serviceAccountName).toBe(find(withJob({}, version), 'ServiceAccount', 'job-roles').metadata.name);
    expect([spec.automountServiceAccountToken, spec.restartPolicy, job.spec.backoffLimit]).toEqual([false, 'Never', 10]);
    expect(job.metadata.labels).toMatchObject({ 'app.kubernetes.io/component': 'job-roles' });
  });

  test('waits for the migration, and has the configuration, the database and the Fernet key', () => {
    expect(spec.initContainers!.map(({ name }) => name)).toEqual(['wait-for-migration']);
    for (const name of ['AIRFLOW__DATABASE__SQL_ALCHEMY_CONN', 'AIRFLOW__CORE__FERNET_KEY']) { expect(env(container, name)).toBeDefined(); }
    expect(mount(container, '/etc/cdk8s-airflow')).toBeDefined();
    expect(mount(container, '/opt/airflow/dags')).toBeUndefined();
  });
});

test('what the Job runs is in its name, so that it runs again when that changes', () => {
  expect(nameOf()).toMatch(/^test-airflow-job-roles-[0-9a-f]{6}$/);
  expect(nameOf()).toBe(nameOf());
  expect(nameOf({ command: ['airflow', 'roles', 'list'] })).not.toBe(nameOf());
});

test('a schedule makes a CronJob, whose runs do not overlap', () => {
  const manifest = withJob({ schedule: Cron.daily(), activeDeadline: Duration.hours(1), backoffLimit: 2, workload: { labels: { team: 'data' } } });
  const { metadata, spec } = find(manifest, 'CronJob', 'job-roles');
  expect(metadata.name).toBe('test-airflow-job-roles');
  expect(metadata.labels).toMatchObject({ team: 'data' });
  expect(spec).toMatchObject({ schedule: '0 0 * * *', concurrencyPolicy: 'Forbid' });
  const { spec: job } = spec.jobTemplate as { spec: { backoffLimit: number; activeDeadlineSeconds: number; template: Pod } };
  expect([job.backoffLimit, job.activeDeadlineSeconds]).toEqual([2, 3600]);
  expect(job.template.spec.containers[0].args).toEqual(command);
  expect(findAll(manifest, 'Job', 'job-roles')).toEqual([]);
});

test('the pod takes what those of components take', () => {
  const manifest = withJob({
    resources: { memory: { request: Size.gibibytes(1), limit: Size.gibibytes(1) } }, env: { TEAM: kplus.EnvValue.fromValue('data') }, nodeSelector: { pool: 'x' },
  });
  const { spec } = find(manifest, 'Job', 'job-roles').spec.template;
  expect(spec.containers[0].resources).toMatchObject({ requests: { memory: '1Gi' }, limits: { memory: '1Gi' } });
  expect([env(spec.containers[0], 'TEAM')?.value, spec.nodeSelector]).toEqual(['data', { pool: 'x' }]);
});

describe('fails', () => {
  test('for a name that is taken, or is none', () => {
    const { airflow } = airflowChart();
    airflow.addJob('roles', { command });
    expect(() => airflow.addJob('roles', { command })).toThrow(new Error("test/airflow: 'name' must be that of one Job, got 'roles' again; use another one"));
    expect(() => airflow.addJob('My Roles', { command })).toThrow(/^test\/airflow: 'name' must be /);
  });

  test('without a command', () => {
    expect(() => airflowChart().airflow.addJob('roles', { command: [] })).toThrow(new Error(
      "test/airflow/job-roles: 'command' must have at least the name of a program, like ['airflow', 'version'], got nothing"));
  });

  test('with a limit of tries or a deadline that is none', () => {
    for (const schedule of [undefined, Cron.daily()]) {
      expect(() => withJob({ schedule, backoffLimit: -1 })).toThrow(/'backoffLimit' must be a whole number of at least 0, got -1$/);
    }
  });
});
