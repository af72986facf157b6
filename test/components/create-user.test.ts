import { Duration } from 'cdk8s';
import { AirflowVersion, Auth, CreateUser, CreateUserProps, SecretKey } from '../../src';
import { airflowChart, env, find, main, pod, synth, synthAirflow, volume, workload } from '../util';

const password = SecretKey.of('users', 'jane');

test('creates the user unless there is one, in a shell that keeps the password out of the arguments', () => {
  const { args, command } = main(synthAirflow(), 'create-user');
  expect(command).toBeUndefined();
  expect(args).toEqual([
    'bash', '-c',
    'exec airflow users create --username "$1" --role "$2" --email "$3" --firstname "$4" --lastname "$5" --password "$USER_PASSWORD"',
    '--', 'admin', 'Admin', 'admin@example.com', 'admin', 'User',
  ]);
});

test('has the password as a variable that refers to a Secret', () => {
  const container = main(synthAirflow({ auth: Auth.fab({ admin: { password } }) }), 'create-user');
  expect(env(container, 'USER_PASSWORD')).toEqual({ name: 'USER_PASSWORD', valueFrom: { secretKeyRef: { name: 'users', key: 'jane' } } });
});

test('gets the database and no key that it does not need', () => {
  for (const version of [AirflowVersion.V2_11, AirflowVersion.V3_3]) {
    const names = main(synthAirflow({ version }), 'create-user').env!.filter(variable => variable.valueFrom).map(variable => variable.name);
    expect(names).toEqual(['DATABASE_PASSWORD', 'USER_PASSWORD']);
  }
});

test('reads the configuration of the auth manager', () => {
  expect(volume(pod(synthAirflow(), 'create-user'), 'config')!.configMap).toEqual({ name: 'test-airflow-config' });
});

test('is a Job that stays, named by what it runs', () => {
  const job = workload(synthAirflow(), 'create-user');
  expect(job.metadata.name).toMatch(/^test-airflow-create-user-[0-9a-f]{6}$/);
  expect(job.spec.ttlSecondsAfterFinished).toBeUndefined();
  expect(pod(synthAirflow(), 'create-user').spec.restartPolicy).toBe('Never');
  expect(workload(synthAirflow({ auth: Auth.fab({ admin: { username: 'root' } }) }), 'create-user').metadata.name).not.toBe(job.metadata.name);
});

describe('for one more user', () => {
  const all: Omit<CreateUserProps, 'airflow'> = {
    username: 'jane',
    password,
    role: 'Viewer',
    email: 'jane@acme.com',
    firstName: 'Jane',
    lastName: 'Doe',
    backoffLimit: 1,
    activeDeadline: Duration.minutes(5),
    workload: { annotations: { a: 'b' } },
    nodeSelector: { pool: 'x' },
  };

  test('has all its options', () => {
    const chart = airflowChart();
    new CreateUser(chart, 'jane', { ...all, airflow: chart.airflow });
    const job = find(synth(chart), 'Job', 'jane');
    expect(job.spec.template.spec.containers[0].args!.slice(4)).toEqual(['jane', 'Viewer', 'jane@acme.com', 'Jane', 'Doe']);
    expect(job.spec).toMatchObject({ backoffLimit: 1, activeDeadlineSeconds: 300 });
    expect(job.metadata.annotations).toEqual({ a: 'b' });
    expect(job.spec.template.spec.nodeSelector).toEqual({ pool: 'x' });
  });

  test('fails where the auth manager keeps none', () => {
    const chart = airflowChart({ auth: Auth.simple() });
    expect(() => new CreateUser(chart, 'jane', { airflow: chart.airflow, username: 'jane', password })).toThrow(
      new Error("test/jane: 'airflow' has an auth manager that keeps no users, so that the Job would fail for ever; use Auth.fab()"));
  });

  const MISSING = "must be a text that is not empty and has no '$(' in it, got";
  const EXPANDED = "must be a text that has no '$(' in it, got";

  test.each<[Partial<CreateUserProps>, string]>([
    [{ username: '' }, `'username' ${MISSING} ''`],
    [{ username: '$(AIRFLOW_HOME)' }, `'username' ${MISSING} '$(AIRFLOW_HOME)'`],
    [{ role: ' ' }, `'role' ${MISSING} ' '`],
    [{ email: '' }, `'email' ${MISSING} ''`],
    [{ firstName: '$(X)' }, `'firstName' ${EXPANDED} '$(X)'`],
    [{ lastName: '$(X)' }, `'lastName' ${EXPANDED} '$(X)'`],
  ])('fails with what it cannot be (%#)', (props, message) => {
    const chart = airflowChart();
    expect(() => new CreateUser(chart, 'jane', { airflow: chart.airflow, username: 'jane', password, ...props })).toThrow(new Error(`test/jane: ${message}`));
  });
});
