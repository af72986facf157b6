import { AirflowSecrets, AirflowVersion, Auth, Database, Executor, SecretKey } from '../../src/index';
import { airflowChart, building, cfgText, env, Manifest, pods, synth, synthAirflow } from '../util';

const FERNET = 'AIRFLOW__CORE__FERNET_KEY';
const JWT = 'AIRFLOW__API_AUTH__JWT_SECRET';
const KEY3 = 'AIRFLOW__API__SECRET_KEY';
const KEY2 = 'AIRFLOW__WEBSERVER__SECRET_KEY';
const reference = (key: string) => SecretKey.of('keys-of-mine', key);

/** The components whose main container has the variable, and the distinct references. */
function holders(manifest: Manifest[], name: string): { components: string[]; references: unknown[] } {
  const found = [...pods(manifest)].map(([component, { spec }]) => ({ component, variable: env(spec.containers[0], name) }))
    .filter(({ variable }) => variable !== undefined);
  const references = [...new Set(found.map(({ variable }) => JSON.stringify(variable!.valueFrom!.secretKeyRef)))];
  return { components: found.map(({ component }) => component).sort(), references: references.map(text => JSON.parse(text) as unknown) };
}

describe('by default', () => {
  const manifest = synthAirflow();

  test.each([
    [FERNET, 'fernet-key', ['api-server', 'dag-processor', 'migration', 'scheduler', 'triggerer']],
    [JWT, 'jwt-secret', ['api-server', 'scheduler']],
    [KEY3, 'secret-key', ['api-server', 'triggerer']],
  ])('%s is made by the bootstrap and goes only to who needs it', (name, key, components) => {
    expect(holders(manifest, name)).toEqual({ components, references: [{ name: 'test-airflow-keys', key }] });
  });

  test('the bootstrap makes each key in the form that Airflow takes', () => {
    const argument = JSON.parse(pods(manifest).get('bootstrap-secrets')!.spec.containers[0].command![3]) as { [name: string]: { data: object } };
    expect(argument['test-airflow-keys'].data).toEqual({ 'fernet-key': 'fernet', 'jwt-secret': 'token', 'secret-key': 'token' });
  });

  test('task pods of 3.x get no secret at all', () => {
    const { env: variables, envFrom } = pods(manifest).get('task')!.spec.containers[0];
    expect(variables!.filter(variable => variable.valueFrom !== undefined)).toEqual([]);
    expect(envFrom).toBeUndefined();
  });

  test('no key is in airflow.cfg', () => {
    expect(cfgText(manifest)).not.toMatch(/fernet|jwt_secret|secret_key/);
  });

  test('with the LocalExecutor the scheduler serves logs and so gets the key for them', () => {
    expect(holders(synthAirflow({ executor: Executor.local() }), KEY3).components).toEqual(['api-server', 'scheduler', 'triggerer']);
  });
});

describe('in 2.x', () => {
  const manifest = synthAirflow({ version: AirflowVersion.V2_11, dagProcessor: {} });

  test.each([
    [FERNET, ['dag-processor', 'migration', 'scheduler', 'task', 'triggerer', 'webserver']],
    [KEY2, ['triggerer', 'webserver']],
    [JWT, []],
    [KEY3, []],
  ])('%s goes only to who needs it', (name, components) => {
    expect(holders(manifest, name).components).toEqual(components);
  });

  test('fails with a JWT secret', () => {
    expect(building({ version: AirflowVersion.V2_11, secrets: AirflowSecrets.fromSecrets({ jwtSecret: reference('jwt') }) })).toThrow(
      /'secrets\.jwtSecret' exists from Airflow 3\.0 on, but the version is 2\.11\.2; leave it out$/);
  });
});

describe('given', () => {
  const all = AirflowSecrets.fromSecrets({
    fernetKey: { current: reference('fernet') }, jwtSecret: reference('jwt'), secretKey: reference('session'),
  });

  test.each([[FERNET, 'fernet'], [JWT, 'jwt'], [KEY3, 'session']])('%s is read from the key %s', (name, key) => {
    expect(holders(synthAirflow({ secrets: all }), name).references).toEqual([{ name: 'keys-of-mine', key }]);
  });

  test.each(['previous', 'next'] as const)('two Fernet keys are one value, which the Job encrypts with the first of (%s)', step => {
    const chart = airflowChart({ secrets: AirflowSecrets.fromSecrets({ fernetKey: { current: reference('fernet'), [step]: reference('other') } }) });
    const { env: variables = [] } = pods(synth(chart)).get('scheduler')!.spec.containers[0];
    expect(variables.filter(({ name }) => name.includes('FERNET_KEY'))).toEqual([
      { name: 'FERNET_KEY_1', valueFrom: { secretKeyRef: { name: 'keys-of-mine', key: 'fernet' } } },
      { name: 'FERNET_KEY_2', valueFrom: { secretKeyRef: { name: 'keys-of-mine', key: 'other' } } },
      { name: FERNET, value: '$(FERNET_KEY_1),$(FERNET_KEY_2)' },
    ]);
    expect(chart.airflow.rotateFernetKey !== undefined).toBe(step === 'previous');
  });

  test('what is given is known, so that another Airflow can have the same', () => {
    expect(all._given).toEqual(['fernetKey', 'jwtSecret', 'secretKey']);
    expect(AirflowSecrets.fromSecrets({ jwtSecret: reference('jwt') })._given).toEqual(['jwtSecret']);
    expect(AirflowSecrets.bootstrap({ jwtSecret: 'jwt-2' })._given).toEqual([]);
    expect([all, AirflowSecrets.bootstrap()].map(({ _usesIdentity }) => _usesIdentity)).toEqual([false, false]);
  });

  test.each([['core', 'fernet_key'], ['api_auth', 'jwt_secret'], ['api', 'secret_key']])('fails with the key %s.%s in the configuration', (section, option) => {
    expect(building({ config: { [section]: { [option]: 'abc' } } })).toThrow(
      new Error(`test/airflow: 'config.${section}.${option}' cannot be set; 'secrets' decides it`));
  });

  test('a key that is left out is still made', () => {
    const chart = airflowChart({ secrets: AirflowSecrets.fromSecrets({ fernetKey: { current: reference('fernet') } }) });
    expect(holders(synth(chart), JWT).references).toEqual([{ name: 'test-airflow-keys', key: 'jwt-secret' }]);
    const argument = JSON.parse(pods(synth(chart)).get('bootstrap-secrets')!.spec.containers[0].command![3]) as { [name: string]: { data: object } };
    expect(argument['test-airflow-keys'].data).toEqual({ 'jwt-secret': 'token', 'secret-key': 'token' });
  });

  test('nothing is left for the bootstrap when everything is given', () => {
    const chart = airflowChart({
      secrets: all, database: Database.fromSecret(reference('connection')), auth: Auth.fab({ admin: { password: reference('admin') } }),
    });
    expect(chart.airflow.bootstrapSecrets).toBeUndefined();
    expect([...pods(synth(chart)).keys()]).not.toContain('bootstrap-secrets');
    expect(chart.airflow.notes).not.toContain('password');
  });
});
