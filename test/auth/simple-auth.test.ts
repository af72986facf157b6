import { AirflowVersion, Auth, SecretKey, SimpleAuthOptions, SimpleRole } from '../../src/index';
import { airflowChart, building, cfg, env, find, init, main, mount, pods, synth, synthAirflow, volume } from '../util';

const password = SecretKey.of('people', 'jane');
const users = { 'jane': { role: SimpleRole.OP, password }, 'joe.doe': { role: SimpleRole.VIEWER } };
const simple = (options?: SimpleAuthOptions) => airflowChart({ auth: Auth.simple(options) });

describe('users', () => {
  const chart = simple({ users });
  const manifest = synth(chart);

  test('have the roles in the configuration', () => {
    expect(cfg(manifest, 'core', 'auth_manager')).toBe('airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager');
    expect(cfg(manifest, 'core', 'simple_auth_manager_users')).toBe('jane:op,joe.doe:viewer');
    expect(cfg(manifest, 'core', 'simple_auth_manager_all_admins')).toBe('False');
    expect(cfg(manifest, 'core', 'simple_auth_manager_passwords_file')).toBe('/run/simple-auth/passwords.json');
  });

  test('have the passwords in a file in memory, which only the API server has', () => {
    expect([...pods(manifest)].filter(([, pod]) => volume(pod, 'simple-passwords') !== undefined).map(([name]) => name)).toEqual(['api-server']);
    expect(volume(pods(manifest).get('api-server')!, 'simple-passwords')!.emptyDir).toEqual({ medium: 'Memory', sizeLimit: '1Mi' });
    expect(mount(main(manifest, 'api-server'), '/run/simple-auth')!.readOnly).toBeUndefined();
    expect(find(manifest, 'ConfigMap', 'scripts').data['simple_passwords.py']).toBeDefined();
  });

  test('have the passwords as variables of nothing but the container that writes the file', () => {
    const container = init(manifest, 'api-server', 'write-passwords');
    expect(container.command).toEqual(['python', '-S', '/opt/cdk8s-airflow/simple_passwords.py', '/run/simple-auth/passwords.json', '["jane","joe.doe"]']);
    expect(env(container, 'CDK8S_AIRFLOW_PASSWORD_0')!.valueFrom!.secretKeyRef).toEqual({ name: 'people', key: 'jane' });
    expect(env(container, 'CDK8S_AIRFLOW_PASSWORD_1')!.valueFrom!.secretKeyRef).toEqual({ name: 'test-airflow-users', key: 'joe.doe' });
    expect(JSON.stringify(main(manifest, 'api-server').env)).not.toContain('CDK8S_AIRFLOW_PASSWORD');
  });

  test('have the passwords that are not given from the bootstrap Job, as the notes tell', () => {
    expect(chart.airflow.bootstrapSecrets!.secretNames).toContain('test-airflow-users');
    expect(chart.airflow.notes).toContain("The password of the user 'joe.doe':\n  kubectl --namespace airflow get secret test-airflow-users"
      + ' --output go-template=\'{{index .data "joe.doe" | base64decode}}\'');
    expect(chart.airflow.notes).not.toContain("'jane'");
  });

  test('are one admin with a generated password where the program names none', () => {
    const plain = simple();
    expect(cfg(synth(plain), 'core', 'simple_auth_manager_users')).toBe('admin:admin');
    expect(plain.airflow.notes).toContain("The password of the user 'admin':\n  kubectl --namespace airflow get secret test-airflow-admin");
    expect(plain.airflow.syncUsers).toBeUndefined();
  });

  test('with an address as name need a password', () => {
    expect(building({ auth: Auth.simple({ users: { 'jane@acme.com': { role: SimpleRole.ADMIN, password } } }) })).not.toThrow();
  });
});

test('everyone is admin only if the program says so', () => {
  const manifest = synth(simple({ everyoneIsAdmin: true }));
  expect(cfg(manifest, 'core', 'simple_auth_manager_all_admins')).toBe('True');
  expect(cfg(manifest, 'core', 'simple_auth_manager_users')).toBeUndefined();
  expect(volume(pods(manifest).get('api-server')!, 'simple-passwords')).toBeUndefined();
  expect(cfg(synthAirflow({ auth: Auth.simple({ everyoneIsAdmin: false }) }), 'core', 'simple_auth_manager_all_admins')).toBe('False');
});

test.each<[string, SimpleAuthOptions, string]>([
  ['users and everyone', { users, everyoneIsAdmin: true }, "'everyoneIsAdmin' excludes 'users', whose roles nobody would need; leave one of them out"],
  ['no user', { users: {} }, "'users' must have at least one user, got none, so nobody could log in; leave it out for an admin"],
  ['a name that ends the option', { users: { 'a:admin,b': { role: SimpleRole.VIEWER } } }, "'users' must have names of letters, digits and '._-@', got 'a:admin,b'"],
  ['an address without a password', { users: { 'a@b.c': { role: SimpleRole.VIEWER } } },
    "'users[a@b.c].password' must be set, because the generated one would have the name as its key, which may have no '@'"],
])('fails with %s', (_, options, message) => {
  expect(() => Auth.simple(options)).toThrow(new Error(message));
});

test('fails with Airflow 2, and with an option that the users decide', () => {
  expect(building({ version: AirflowVersion.V2_11, auth: Auth.simple({ users }) })).toThrow(
    new Error("test/airflow: 'auth' simple exists from Airflow 3.0 on, but the version is 2.11.2; use Auth.fab()"));
  expect(building({ auth: Auth.simple(), config: { core: { simple_auth_manager_all_admins: 'True' } } })).toThrow(
    new Error("test/airflow: 'config.core.simple_auth_manager_all_admins' cannot be set, got 'True'; 'auth' decides it: Auth.simple() decides who may log in"));
});
