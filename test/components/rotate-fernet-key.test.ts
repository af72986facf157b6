import { AirflowChartProps, AirflowSecrets, AirflowVersion, Database, SecretKey } from '../../src';
import { airflowChart, building, env, find, Manifest, pods, synth, synthAirflow } from '../util';

const key = (name: string) => SecretKey.of('keys-of-mine', name);
const FERNET = 'AIRFLOW__CORE__FERNET_KEY';
const rotating = AirflowSecrets.fromSecrets({ fernetKey: { current: key('2027'), previous: key('2026') } });
const job = (manifest: Manifest[]) => manifest.find(({ kind, metadata }) => kind === 'Job' && metadata.name.includes('rotate-fernet-key'));
/** The variables of the Fernet keys that a component has. */
const keysOf = (manifest: Manifest[], component: string) =>
  pods(manifest).get(component)!.spec.containers[0].env!.filter(({ name }) => name.includes('FERNET_KEY'));

test('a next key can be read by all pods, but does not encrypt yet', () => {
  const manifest = synthAirflow({ secrets: AirflowSecrets.fromSecrets({ fernetKey: { current: key('2026'), next: key('2027') } }) });
  expect(keysOf(manifest, 'api-server')).toEqual([
    { name: 'FERNET_KEY_1', valueFrom: { secretKeyRef: { name: 'keys-of-mine', key: '2026' } } },
    { name: 'FERNET_KEY_2', valueFrom: { secretKeyRef: { name: 'keys-of-mine', key: '2027' } } },
    { name: FERNET, value: '$(FERNET_KEY_1),$(FERNET_KEY_2)' },
  ]);
  expect(job(manifest)).toBeUndefined();
});

test('a previous key makes a Job, which knows the variables that every pod must have', () => {
  const chart = airflowChart({ secrets: rotating });
  const manifest = synth(chart);
  const keys = keysOf(manifest, 'scheduler');
  expect(keys[0].valueFrom!.secretKeyRef!.key).toBe('2027');
  expect(job(manifest)!.metadata.name).toMatch(/^test-airflow-rotate-fernet-key-[0-9a-f]{6}$/);
  const { args, env: variables } = pods(manifest).get('rotate-fernet-key')!.spec.containers[0];
  expect(args!.slice(0, 3)).toEqual(['python', '/opt/cdk8s-airflow/rotate_fernet_key.py',
    'app.kubernetes.io/name=airflow,app.kubernetes.io/instance=test-airflow,app.kubernetes.io/managed-by=cdk8s-airflow']);
  // Kubernetes replaces $(NAME) in an argument, and $$(NAME) becomes $(NAME).
  expect(args![3]).not.toMatch(/(?<!\$)\$\(/);
  expect(JSON.parse(args![3].replace(/\$\$\(/g, '$('))).toEqual(keys);
  expect(variables).toEqual(expect.arrayContaining(keys));
  expect(chart.airflow.rotateFernetKey!.workload.name).toBe(job(manifest)!.metadata.name);
  expect(pods(manifest).get('rotate-fernet-key')!.spec.initContainers!.map(({ name }) => name)).toEqual(['wait-for-migration']);
});

test('the Job may list the pods, and nothing else', () => {
  const manifest = synthAirflow({ secrets: rotating });
  expect(find(manifest, 'Role', 'pod-lister').rules).toEqual([{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }]);
  expect(find(manifest, 'RoleBinding', 'pod-lister').subjects).toEqual([{ kind: 'ServiceAccount', name: 'test-airflow-rotate-fernet-key', namespace: 'airflow' }]);
  expect(pods(manifest).get('rotate-fernet-key')!.spec.automountServiceAccountToken).toBe(true);
});

test('in Airflow 2 it lists the task pods of other namespaces as well', () => {
  const database = SecretKey.of('database', 'password');
  const chart = airflowChart({
    version: AirflowVersion.V2_11,
    secrets: AirflowSecrets.fromSecrets({
      fernetKey: { current: key('2027'), previous: key('2026') }, secretKey: key('session'),
    }),
    database: databaseOf(database),
  });
  chart.airflow.addTaskPod('pod0', { namespace: 'jobs' });
  const roles = synth(chart).filter(({ kind, metadata }) => kind === 'Role' && metadata.name.includes('pod-lister'));
  expect(roles.map(({ metadata }) => metadata.namespace)).toEqual(['airflow', 'jobs']);
});

test('keys of the bootstrap have names, and a new name is a new key', () => {
  const manifest = synthAirflow({
    secrets: AirflowSecrets.bootstrap({
      fernetKey: { current: 'fernet-key-2', previous: 'fernet-key' }, jwtSecret: 'jwt-secret-2', secretKey: 'secret-key-2',
    }),
  });
  const made = JSON.parse(pods(manifest).get('bootstrap-secrets')!.spec.containers[0].command![3]) as { [name: string]: { data: object } };
  expect(made['test-airflow-keys'].data).toEqual({ 'fernet-key-2': 'fernet', 'fernet-key': 'fernet', 'jwt-secret-2': 'token', 'secret-key-2': 'token' });
  expect(env(pods(manifest).get('api-server')!.spec.containers[0], 'AIRFLOW__API_AUTH__JWT_SECRET')!.valueFrom!.secretKeyRef!.key).toBe('jwt-secret-2');
  expect(job(manifest)).toBeDefined();
});

describe('fails', () => {
  test.each<[() => unknown, string]>([
    [() => AirflowSecrets.fromSecrets({ fernetKey: { current: key('a'), previous: key('a') } }),
      "'fernetKey.previous' must be another key than 'fernetKey.current', got 'a' of the Secret 'keys-of-mine' twice; keep each key in a place of its own"],
    [() => AirflowSecrets.bootstrap({ fernetKey: { current: 'a', next: 'a', previous: 'b' } }),
      "2 mistakes:\n  'fernetKey.previous' and 'fernetKey.next' are two steps of a change; first set 'next', and set 'previous' when 'next' has become 'current'\n"
      + "  'fernetKey.next' must be another key than 'fernetKey.current', got 'a' twice; keep each key in a place of its own"],
  ])('with keys that are no steps (%#)', (make, message) => {
    expect(make).toThrow(new Error(message));
  });

  test('with a name that no key of a Secret can have', () => {
    expect(building({ secrets: AirflowSecrets.bootstrap({ jwtSecret: 'jwt secret' }) })).toThrow(new Error("'key' of the Secret 'test-airflow-keys' must be at most 253 letters, "
      + "digits, '-', '_' and '.', and must not begin with '..' or be '.', got 'jwt secret'"));
  });

  test('with options of a Job that does not exist', () => {
    expect(building({ jobs: { rotateFernetKey: {} } })).toThrow(
      new Error("test/airflow: 'jobs.rotateFernetKey' has options, but 'secrets' has no previous Fernet key; leave it out"));
  });
});

function databaseOf(password: SecretKey): AirflowChartProps['database'] {
  return Database.postgres({ host: 'db', name: 'airflow', user: 'airflow', password });
}
