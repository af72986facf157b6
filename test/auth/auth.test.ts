import { App, Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AirflowProps, AirflowSecrets, AirflowVersion, Auth, FabAuthOptions, SecretKey, WebserverConfigFile } from '../../src/index';
import { airflowChart, building, cfg, env, find, init, main, Manifest, mount, pods, synth, synthAirflow, volume, workload } from '../util';

const CONFIG_FOLDER = '/etc/cdk8s-airflow';
const password = SecretKey.of('admin-of-mine', 'pass');

function webserverConfig(manifest: Manifest[]): string {
  return find(manifest, 'ConfigMap', 'airflow-config').data['webserver_config.py'];
}

/** The users that the Job keeps. */
function declaredUsers(manifest: Manifest[]): unknown[] {
  return main(manifest, 'sync-users').args!.slice(3).map(text => JSON.parse(text) as { user?: string }).filter(({ user }) => user !== undefined);
}

describe('fab', () => {
  test('is the default, with users and passwords in the database', () => {
    const manifest = synthAirflow();
    expect(cfg(manifest, 'core', 'auth_manager')).toBe('airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager');
    expect(webserverConfig(manifest)).toBe('from flask_appbuilder.const import AUTH_DB\n\nAUTH_TYPE = AUTH_DB\n');
    expect(cfg(manifest, 'api', 'auth_backends')).toBeUndefined();
  });

  test('has its permissions written once, by the migration', () => {
    for (const version of [AirflowVersion.V2_11, AirflowVersion.V3_3]) {
      const manifest = synthAirflow({ version });
      expect(main(manifest, 'migration').args).toEqual(['python', '/opt/cdk8s-airflow/migrate.py', 'sync-perm']);
      expect(cfg(manifest, 'fab', 'update_fab_perms')).toBe('False');
    }
  });

  test('has them written by whoever starts, where someone else migrates', () => {
    expect(cfg(synthAirflow({ external: { migration: true } }), 'fab', 'update_fab_perms')).toBeUndefined();
  });

  test('lets the API of 2.x accept a name and password', () => {
    expect(cfg(synthAirflow({ version: AirflowVersion.V2_11 }), 'api', 'auth_backends')).toBe(
      'airflow.providers.fab.auth_manager.api.auth.backend.basic_auth,airflow.api.auth.backend.session');
  });

  test('waits for its own migrations in 3.x', () => {
    expect(init(synthAirflow(), 'scheduler', 'wait-for-migration').command).toContain('alembic_version_fab=airflow/providers/fab/migrations/versions');
    const tables = init(synthAirflow({ version: AirflowVersion.V2_11 }), 'scheduler', 'wait-for-migration').command!.slice(7);
    expect(tables).toEqual(['alembic_version=airflow/migrations/versions']);
  });

  test('has the webserver_config.py of the user, where it is read', () => {
    const text = 'AUTH_TYPE = 4\n';
    const manifest = synthAirflow({ auth: Auth.fab({ webserverConfig: text, createAdmin: true }) });
    expect(webserverConfig(manifest)).toBe(text);
    const readers = [...pods(manifest)].filter(([, of]) => volume(of, 'config')?.configMap?.items === undefined && mount(of.spec.containers[0], CONFIG_FOLDER))
      .map(([component]) => component);
    expect(readers.sort()).toEqual(['api-server', 'migration', 'sync-users']);
  });

  test.each([[AirflowVersion.V2_10, 'webserver'], [AirflowVersion.V2_11, 'webserver'], [AirflowVersion.V3_0, 'fab'], [AirflowVersion.V3_3, 'fab']])(
    'tells Airflow %# where the file is, unless the platform has one of its own', (version, section) => {
      expect(cfg(synthAirflow({ version }), section, 'config_file')).toBe('/etc/cdk8s-airflow/webserver_config.py');
      expect(cfg(synthAirflow({ version, config: { [section]: { config_file: '/opt/airflow/mine.py' } } }), section, 'config_file')).toBe('/opt/airflow/mine.py');
      expect(building({ version, auth: Auth.fab({ webserverConfig: 'AUTH_TYPE = 4\n' }), config: { [section]: { config_file: '/opt/airflow/mine.py' } } })).toThrow(
        new Error(`test/airflow: 'config.${section}.config_file' cannot be set, got '/opt/airflow/mine.py'; 'auth' decides it: its 'webserverConfig' is the file; leave one of them out`));
    });

  test('creates an admin whose password the bootstrap makes', () => {
    const chart = airflowChart();
    expect(declaredUsers(synth(chart))).toEqual([{
      user: 'admin',
      roles: ['Admin'],
      email: 'admin@example.com',
      firstName: 'admin',
      lastName: 'User',
      active: true,
      password: '/etc/cdk8s-airflow-passwords/test-airflow-admin/password',
    }]);
    expect(chart.airflow.bootstrapSecrets!.secretNames).toContain('test-airflow-admin');
  });

  test('creates the user that is described', () => {
    const chart = airflowChart({ auth: Auth.fab({ admin: { username: 'jane', email: 'jane@acme.com', password } }) });
    expect(declaredUsers(synth(chart))).toMatchObject([{ user: 'jane', email: 'jane@acme.com', password: '/etc/cdk8s-airflow-passwords/admin-of-mine/pass' }]);
    expect(chart.airflow.bootstrapSecrets!.secretNames).not.toContain('test-airflow-admin');
  });

  test('creates an admin beside a webserver_config.py only when told so, since users may not have passwords then', () => {
    const created = (options: FabAuthOptions) => airflowChart({ auth: Auth.fab({ webserverConfig: 'AUTH_TYPE = 4\n', ...options }) }).airflow.syncUsers;
    expect(created({})).toBeUndefined();
    expect(created({ createAdmin: true })).toBeDefined();
    expect(created({ admin: { username: 'jane' } })).toBeDefined();
  });

  test('runs the migration again when webserver_config.py changes, which may name other permissions', () => {
    const name = (text?: string) => workload(synthAirflow({ auth: Auth.fab({ webserverConfig: text, createAdmin: false }) }), 'migration').metadata.name;
    expect(name('AUTH_TYPE = 4\n')).not.toBe(name());
    expect(name('AUTH_TYPE = 4\n')).toBe(name('AUTH_TYPE = 4\n'));
  });

  test('creates nobody where the UI runs elsewhere, unless told so', () => {
    const key = SecretKey.of('keys', 'key');
    const elsewhere: AirflowProps[] = [
      { external: { apiServerUrl: 'https://airflow.example.com' }, secrets: AirflowSecrets.fromSecrets({ fernetKey: { current: key }, jwtSecret: key, secretKey: key }) },
      { external: { webserver: true }, version: AirflowVersion.V2_11 },
    ];
    for (const props of elsewhere) {
      const job = (options: FabAuthOptions) => airflowChart({ ...props, auth: Auth.fab(options) }).airflow.syncUsers;
      const [none, admin, users] = [{}, { admin: {} }, { users: {} }].map(job);
      expect(none).toBeUndefined();
      expect(admin).toBeDefined();
      expect(users).toBeDefined();
    }
  });

  test('creates nobody when told so', () => {
    const chart = airflowChart({ auth: Auth.fab({ createAdmin: false }) });
    expect(chart.airflow.syncUsers).toBeUndefined();
    expect([...pods(synth(chart)).keys()]).not.toContain('sync-users');
    expect(chart.airflow.bootstrapSecrets!.secretNames).toEqual(['test-airflow-keys', 'test-airflow-database']);
  });

  test('fails with a password in webserver_config.py, unless a variable has it', () => {
    const config = (uri: string) => building({ auth: Auth.fab({ webserverConfig: `SQLALCHEMY_DATABASE_URI = ${uri}\n` }) });
    expect(config("'postgresql://me:hunter2@host/db'")).toThrow(new Error("test/airflow: 'webserverConfig' would put a password into a ConfigMap; "
      + "give the pods a variable from a Secret in 'pods.env', and read it there"));
    for (const uri of ["f'postgresql://me:{password}@host/db'", "'postgresql://me:%s@host/db' % password", "'postgresql://%(me)s:%(password)s@host/db' % names"]) {
      expect(config(uri)).not.toThrow();
    }
  });

  test('fails with a user that is not created', () => {
    expect(() => Auth.fab({ createAdmin: false, admin: { username: 'jane' } })).toThrow(
      new Error("'admin' describes a user that 'createAdmin' false does not create; leave one of them out"));
  });
});

describe('a webserver_config.py in the cluster', () => {
  const file = WebserverConfigFile.fromSecret(SecretKey.of('login', 'config.py'));

  const versions: [AirflowVersion, string, string][] = [[AirflowVersion.V3_3, 'FAB', 'api-server'], [AirflowVersion.V2_11, 'WEBSERVER', 'webserver']];
  test.each(versions)('is mounted where it is read (%#)', (version, section, web) => {
    const manifest = synthAirflow({ version, auth: Auth.fab({ webserverConfigFile: file, admin: {} }) });
    const having = [...pods(manifest)].filter(([, pod]) => volume(pod, 'webserver-config') !== undefined).map(([name]) => name);
    expect(having.sort()).toEqual(['sync-users', 'migration', web].sort());
    for (const role of having) {
      expect(env(main(manifest, role), `AIRFLOW__${section}__CONFIG_FILE`)!.value).toBe('/run/secrets/webserver-config/webserver_config.py');
    }
    expect(volume(pods(manifest).get(web)!, 'webserver-config')!.projected!.sources).toEqual(
      [{ secret: { name: 'login', items: [{ key: 'config.py', path: 'webserver_config.py' }] } }]);
  });

  test('may be in a ConfigMap', () => {
    const chart = new Chart(new App(), 'maps', { namespace: 'data' });
    const configMap = kplus.ConfigMap.fromConfigMapName(chart, 'login', 'login');
    const sources = (options?: object) => {
      const manifest = synthAirflow({ auth: Auth.fab({ webserverConfigFile: WebserverConfigFile.fromConfigMap(configMap, options) }) });
      return volume(pods(manifest).get('api-server')!, 'webserver-config')!.projected!.sources;
    };
    expect(sources()).toEqual([{ configMap: { name: 'login', items: [{ key: 'webserver_config.py', path: 'webserver_config.py' }] } }]);
    expect(sources({ key: 'a.py' })).toEqual([{ configMap: { name: 'login', items: [{ key: 'a.py', path: 'webserver_config.py' }] } }]);
  });

  test('creates no admin by itself, since users may have no passwords', () => {
    expect(airflowChart({ auth: Auth.fab({ webserverConfigFile: file }) }).airflow.syncUsers).toBeUndefined();
  });

  test('fails beside a text', () => {
    expect(() => Auth.fab({ webserverConfigFile: file, webserverConfig: 'AUTH_TYPE = 4\n' })).toThrow(
      new Error("'webserverConfig' excludes 'webserverConfigFile', because there is one configuration of the login; leave one of them out"));
  });
});

describe('public access', () => {
  test('exists only if the program says so', () => {
    const manifest = synthAirflow({ auth: Auth.fab({ publicRole: 'Viewer' }) });
    expect(cfg(manifest, 'fab', 'auth_role_public')).toBe('Viewer');
    expect(webserverConfig(manifest)).toContain('AUTH_ROLE_PUBLIC = "Viewer"\n');
    expect(webserverConfig(synthAirflow({ version: AirflowVersion.V2_11, auth: Auth.fab({ publicRole: 'Viewer' }) }))).toContain('AUTH_ROLE_PUBLIC = "Viewer"\n');
    expect(cfg(synthAirflow(), 'fab', 'auth_role_public')).toBeUndefined();
    expect(webserverConfig(synthAirflow())).not.toContain('PUBLIC');
  });

  test('fails as an option', () => {
    expect(building({ config: { fab: { auth_role_public: 'Admin' } } })).toThrow(
      new Error("test/airflow: 'config.fab.auth_role_public' cannot be set, got 'Admin'; 'publicRole' of Auth.fab() decides it"));
  });

  test('fails with an unknown role, and beside a file that can say so itself', () => {
    expect(() => Auth.fab({ publicRole: 'viewer' })).toThrow(
      new Error("'publicRole' must be a role of Airflow (Admin, Op, User, Viewer, Public) or of 'roles', got 'viewer'; did you mean 'Viewer'?"));
    expect(() => Auth.fab({ publicRole: 'Viewer', webserverConfig: 'AUTH_TYPE = 4\n' })).toThrow(
      new Error("'publicRole' excludes 'webserverConfig', which can set AUTH_ROLE_PUBLIC itself; leave one of them out"));
  });
});

describe('simple', () => {
  test('lets everyone do everything, without users or their tables', () => {
    const chart = airflowChart({ auth: Auth.simple({ everyoneIsAdmin: true }) });
    const manifest = synth(chart);
    expect(cfg(manifest, 'core', 'auth_manager')).toBe('airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager');
    expect(cfg(manifest, 'core', 'simple_auth_manager_all_admins')).toBe('True');
    expect(chart.airflow.syncUsers).toBeUndefined();
    expect(webserverConfig(manifest)).toBe('');
    expect(main(manifest, 'migration').args).toEqual(['python', '/opt/cdk8s-airflow/migrate.py']);
    expect(cfg(manifest, 'fab', 'update_fab_perms')).toBeUndefined();
    expect(init(manifest, 'scheduler', 'wait-for-migration').command!.slice(7)).toEqual(['alembic_version=airflow/migrations/versions']);
  });

  test('fails with Airflow 2', () => {
    expect(building({ version: AirflowVersion.V2_10, auth: Auth.simple({ everyoneIsAdmin: true }) })).toThrow(
      /'auth' simple exists from Airflow 3\.0 on, but the version is 2\.10\.5; use Auth\.fab\(\)$/);
  });
});
