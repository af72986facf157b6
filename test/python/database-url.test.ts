import { DRIVER } from './driver';
import { describe, python, scriptText, test, withFiles } from './python';

const PARTS = { AIRFLOW_DATABASE_HOST: 'db.example.com', AIRFLOW_DATABASE_PORT: '5432', AIRFLOW_DATABASE_NAME: 'airflow', AIRFLOW_DATABASE_USER: 'me' };
const PASSWORD = 'p%@:/?#[]&= $HOME $(X) %(y)s %41 é"\'\\';
const part = (name: string, value: string) => ({ ...PARTS, [`AIRFLOW_DATABASE_${name}`]: value });

describe('database_url', () => {
  const composed = (env: { [name: string]: string }) => python('import database_url\nanswer(database_url.compose("postgresql+psycopg2"))', env).value;

  test.each([
    [PARTS, 'postgresql+psycopg2://me@db.example.com:5432/airflow'],
    [part('PASSWORD', PASSWORD), 'postgresql+psycopg2://me:p%25%40%3A%2F%3F%23%5B%5D%26%3D%20%24HOME%20%24%28X%29%20%25%28y%29s%20%2541%20%C3%A9%22%27%5C@db.example.com:5432/airflow'],
    [part('USER', 'air flow@app'), 'postgresql+psycopg2://air%20flow%40app@db.example.com:5432/airflow'],
    [part('NAME', 'meta-data %41/x'), 'postgresql+psycopg2://me@db.example.com:5432/meta-data %41/x'],
    [part('HOST', 'fd00::5'), 'postgresql+psycopg2://me@[fd00::5]:5432/airflow'],
    [part('HOST', '[fd00::5]'), 'postgresql+psycopg2://me@[fd00::5]:5432/airflow'],
  ])('encodes what SQLAlchemy decodes, and nothing else: %#', (env, url) => {
    expect(composed(env)).toBe(url);
  });

  const LINE_BREAK = "which 'echo' writes without '-n'; write the Secret again without it";
  test.each([
    ['PASSWORD', '', 'the password of the database is empty (AIRFLOW_DATABASE_PASSWORD); correct the key of the Secret'],
    ['PASSWORD', 'hunter2\n', `the password of the database begins or ends with a line break (AIRFLOW_DATABASE_PASSWORD), ${LINE_BREAK}`],
    ['HOST', 'db\r\n', `the host of the database begins or ends with a line break (AIRFLOW_DATABASE_HOST), ${LINE_BREAK}`],
    ['HOST', 'postgresql://me:hunter2@db/airflow', 'the host of the database must be a name or an address alone (AIRFLOW_DATABASE_HOST); correct the key of the Secret'],
    ['HOST', 'db:5432', 'the host of the database must be a name or an address alone (AIRFLOW_DATABASE_HOST); correct the key of the Secret'],
    ['HOST', 'a,b', 'the host of the database must be a name or an address alone (AIRFLOW_DATABASE_HOST); correct the key of the Secret'],
    ['PORT', 'hunter2', 'the port of the database must be a number from 1 to 65535 (AIRFLOW_DATABASE_PORT); correct the key of the Secret'],
    ['PORT', '0', 'the port of the database must be a number from 1 to 65535 (AIRFLOW_DATABASE_PORT); correct the key of the Secret'],
    ['NAME', 'db?sslmode=x', "the name of the database must have no '?' in it (AIRFLOW_DATABASE_NAME), which begins options in a URL"],
  ])('fails with the %s %j of a Secret, without repeating it', (name, value, message) => {
    const { value: told } = python(`import database_url
try:
    answer(database_url.compose("postgresql"))
except database_url.PartError as error:
    answer(str(error))`, part(name, value));
    expect(told).toBe(message);
  });

  test('prints nothing but the URL, since Airflow takes a line break for a part of it', () => {
    const code = 'import os, subprocess, sys\npath = os.environ["PYTHONPATH"] + "/database_url.py"\n'
      + 'done = subprocess.run([sys.executable, "-S", path, "postgresql+psycopg2"], capture_output=True, text=True)\nanswer([done.returncode, done.stdout, done.stderr])';
    expect(python(code, PARTS).value).toEqual([0, 'postgresql+psycopg2://me@db.example.com:5432/airflow', '']);
    expect(python(code, part('PORT', 'x')).value).toEqual([
      1, '', 'the port of the database must be a number from 1 to 65535 (AIRFLOW_DATABASE_PORT); correct the key of the Secret\n',
    ]);
  });

  test.each([
    [['psycopg2', 'psycopg'], 'postgresql+psycopg2', 'postgresql+psycopg2'], [['psycopg'], 'postgresql+psycopg2', 'postgresql+psycopg'],
    [['psycopg'], 'postgresql', 'postgresql'], [[], 'postgresql+psycopg2', 'postgresql+psycopg2'],
  ])('takes psycopg 3 where psycopg2 is missing: with %j, %s is %s', (drivers, given, taken) => {
    const version = python('import sys\nanswer(f"python{sys.version_info[0]}.{sys.version_info[1]}")').value as string;
    const files = Object.fromEntries(['other', ...drivers].map(name => [`.local/lib/${version}/site-packages/${name}/__init__.py`, '']));
    withFiles(files, HOME => {
      const code = `import metadata_db, database_url\nmetadata_db.site_packages = lambda: ["${HOME}/.local/lib/${version}/site-packages"]\nanswer(database_url.installed("${given}"))`;
      expect(python(code, { HOME }).value).toBe(taken);
    });
  });
});

describe('the scripts', () => {
  test('connect by the parts, as they are', () => {
    const { value } = python(`${DRIVER}
driver.connect = lambda *urls, **options: answer([urls, options, metadata_db.obstacle()])
import metadata_db
metadata_db.connect()`, { ...part('PASSWORD', PASSWORD), AIRFLOW_DATABASE_HOST: 'fd00::5' });
    expect(value).toEqual([[], {
      host: 'fd00::5', port: '5432', dbname: 'airflow', user: 'me', password: PASSWORD, connect_timeout: 5, application_name: '-c',
    }, null]);
  });

  test.each([['3', 3], ['8', 8], ['60', 10]])('wait for a connection of %s s for %s s', (timeout, expected) => {
    const { value } = python(`${DRIVER}
driver.connect = lambda **options: answer(options["connect_timeout"])
import metadata_db
metadata_db.connect()`, part('CONNECT_TIMEOUT', timeout));
    expect(value).toBe(expected);
  });

  test('that waits fails with what is wrong with a part', () => {
    const code = 'import os, subprocess, sys\npath = os.environ["PYTHONPATH"] + "/wait_for_database.py"\n'
      + 'done = subprocess.run([sys.executable, "-S", path, "--tls"], capture_output=True, text=True)\nanswer([done.returncode, done.stdout, done.stderr])';
    expect(python(code, part('PORT', 'x')).value).toEqual([
      1, '', 'the port of the database must be a number from 1 to 65535 (AIRFLOW_DATABASE_PORT); correct the key of the Secret\n',
    ]);
  });
});

describe('the listener of the local settings', () => {
  /** SQLAlchemy as far as the settings use it: it keeps the listener. */
  const SQLALCHEMY = `import sys, types
kept = []
event = types.ModuleType("sqlalchemy.event")
event.listens_for = lambda target, name: lambda listener: kept.append([name, listener])
sqlalchemy, engine = types.ModuleType("sqlalchemy"), types.ModuleType("sqlalchemy.engine")
sqlalchemy.event, engine.Engine = event, None
sys.modules.update({"sqlalchemy": sqlalchemy, "sqlalchemy.event": event, "sqlalchemy.engine": engine})
dialect = types.SimpleNamespace(driver="psycopg2")
`;

  function completed(driver: string, parameters: object, env: { [name: string]: string }): unknown {
    const files = {
      'config/airflow_local_settings/__init__.py': scriptText('airflow_local_settings.py').replace('/opt/cdk8s-airflow', '{SCRIPTS}'),
    };
    return withFiles(files, folder => python(`${SQLALCHEMY}
import os
path = "${folder}/config/airflow_local_settings/__init__.py"
text = open(path).read().replace("{SCRIPTS}", os.environ["PYTHONPATH"])
open(path, "w").write(text)
sys.path.insert(0, "${folder}/config")
import airflow_local_settings
parameters = ${JSON.stringify(parameters)}
dialect.driver = "${driver}"
for name, listener in kept: listener(dialect, None, [], parameters)
answer([[name for name, _ in kept], parameters])`, env).value);
  }

  const env = part('CONNECT_TIMEOUT', '8');
  const psycopg2 = { host: 'db.example.com', port: 5432, database: 'airflow', user: 'me' };

  test.each([
    ['psycopg2', psycopg2, 'connect_timeout'], ['psycopg', { host: 'db.example.com', port: 5432, dbname: 'airflow', user: 'me' }, 'connect_timeout'], ['asyncpg', psycopg2, 'timeout'],
  ])('gives %s the time to connect, under the name that it has for it', (driver, parameters, name) => {
    expect(completed(driver, parameters, env)).toEqual([['do_connect'], { ...parameters, [name]: 8 }]);
  });

  test.each([{ ...psycopg2, host: 'other' }, { ...psycopg2, user: 'someone' }, { ...psycopg2, database: 'sales' }, { ...psycopg2, port: 5433 }, { database: ':memory:' }])(
    'leaves other databases alone: %j', parameters => {
      expect(completed('psycopg2', parameters, env)).toEqual([['do_connect'], parameters]);
    });

  test('is not there without need', () => {
    expect(completed('psycopg2', psycopg2, PARTS)).toEqual([[], psycopg2]);
  });
});
