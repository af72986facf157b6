import { CONNECTION, DRIVER, POSTGRES } from './driver';
import { describe, python, test, withFiles } from './python';

test('python3 is 3.11 or newer, as the scripts need it', () => {
  expect(python('import sys\nanswer(sys.version_info >= (3, 11))').value).toBe(true);
});

describe('metadata_db', () => {
  test.each([
    ['postgresql+psycopg2://me:pass@host/db', 'postgresql://me:pass@host/db'],
    ['postgres://me@host/db?sslmode=require', 'postgresql://me@host/db?sslmode=require'],
    ['postgresql+asyncpg://host/db', 'postgresql://host/db'],
  ])('hands %s to libpq without the name of the driver', (given, url) => {
    const { value } = python(`${DRIVER}
import metadata_db
metadata_db.connect()
answer(driver.urls)`, { [CONNECTION]: given });
    expect(value).toEqual([[url, { connect_timeout: 5, application_name: '-c' }]]);
  });

  const obstacle = (env: { [name: string]: string }, start = DRIVER) => python(`${start}\nimport metadata_db\nanswer(metadata_db.obstacle())`, env).value;

  test.each([
    ['mysql://host/db', 'the database is not Postgres'], ['sqlite:////tmp/airflow.db', 'the database is not Postgres'], ['', 'the database is not Postgres'],
    ['postgresql://host/db', null],
  ])('says what keeps it from %j: %s', (given, expected) => {
    expect(obstacle({ [CONNECTION]: given })).toBe(expected);
  });

  test.each([
    ['SQL_ALCHEMY_CONNECT_ARGS', 'acme.db.arguments', true],
    ['SQL_ALCHEMY_ENGINE_ARGS', '{"pool_size": 3, "pool_pre_ping": true, "echo": false, "isolation_level": "READ COMMITTED"}', false],
    ['SQL_ALCHEMY_ENGINE_ARGS', '{"pool_size": 3, "plugins": ["acme"]}', true],
    ['SQL_ALCHEMY_ENGINE_ARGS', 'not JSON', true],
    ['SQL_ALCHEMY_ENGINE_ARGS_CMD', 'cat /file', true],
    ['SQL_ALCHEMY_CONN_SECRET', 'left over', false],
  ])('knows of %s=%s whether it has a part in the connection: %s', (option, value, differs) => {
    expect(obstacle({ ...POSTGRES, [`AIRFLOW__DATABASE__${option}`]: value }))
      .toBe(differs ? `'[database] ${option.toLowerCase()}' has a part in the connection` : null);
  });

  test('knows the options of airflow.cfg, unless a variable sets them', () => {
    withFiles({ 'airflow.cfg': '[database]\nsql_alchemy_connect_args = acme.db.arguments\nsql_alchemy_pool_size = 100%%\n' }, AIRFLOW_HOME => {
      expect(obstacle({ ...POSTGRES, AIRFLOW_HOME })).toBe("'[database] sql_alchemy_connect_args' has a part in the connection");
      expect(obstacle({ ...POSTGRES, AIRFLOW_HOME, AIRFLOW__DATABASE__SQL_ALCHEMY_CONNECT_ARGS: '' })).toBe(null);
    });
  });

  test.each(['config/airflow_local_settings/user_settings.py', 'config/airflow_local_settings.py'])('knows the listener of %s', file => {
    withFiles({ [file]: '@event.listens_for(Engine, "do_connect")\ndef token(): ...\n' }, AIRFLOW_HOME => {
      expect(obstacle({ ...POSTGRES, AIRFLOW_HOME })).toBe(`a listener in ${AIRFLOW_HOME}/${file} has a part in the connection`);
    });
    withFiles({ [file]: 'def task_policy(task): ...\n' }, AIRFLOW_HOME => {
      expect(obstacle({ ...POSTGRES, AIRFLOW_HOME })).toBe(null);
    });
  });

  test('connects by what the command prints', () => {
    const { value } = python(`${DRIVER}
import metadata_db
metadata_db.connect()
answer([metadata_db.obstacle(), driver.urls[0][0]])`, { [`${CONNECTION}_CMD`]: 'printf "postgresql://me:%s@host/db\n" token' });
    expect(value).toEqual([null, 'postgresql://me:token@host/db']);
  });

  test('has an obstacle where a secrets backend knows the connection', () => {
    expect(obstacle({ [`${CONNECTION}_SECRET`]: 'airflow/db' })).toBe("'[database] sql_alchemy_conn_secret' has a part in the connection");
  });

  test('takes psycopg 3 where it is the only driver, and nothing where there is none', () => {
    const only = DRIVER.replace('ModuleType("psycopg2")', 'ModuleType("psycopg")').replace('sys.modules["psycopg2"] = driver', 'sys.modules.update({"psycopg": driver, "psycopg2": None})');
    expect(obstacle(POSTGRES, only)).toBe(null);
    expect(obstacle(POSTGRES, 'import sys\nsys.modules.update({"psycopg": None, "psycopg2": None})')).toBe('the image has neither psycopg2 nor psycopg');
  });

  test.each([
    ['connection to server at "10.0.0.1", port 5432 failed: fe_sendauth: no password supplied', true],
    ['connection failed: FATAL:  password authentication failed for user "airflow"', true],
    ['FATAL:  no pg_hba.conf entry for host "10.0.0.9"', true],
    ['connection refused', false],
    ['FATAL:  the database system is starting up', false],
    ['FATAL:  sorry, too many clients already', false],
    ['FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute', false],
    ['canceling statement due to statement timeout', false],
  ])('takes "%s" for a refusal: %s', (message, expected) => {
    expect(python('import metadata_db, os\nanswer(metadata_db.refused(os.environ["MESSAGE"]))', { MESSAGE: message }).value).toBe(expected);
  });

  test('finds the libraries of the image, which -S leaves out', () => {
    const version = python('import sys\nanswer(f"python{sys.version_info[0]}.{sys.version_info[1]}")').value as string;
    withFiles({ [`.local/lib/${version}/site-packages/mine.py`]: 'X = 7\n' }, HOME => {
      const { value } = python('import metadata_db, mine\nanswer([metadata_db.site_packages()[0], mine.X])', { HOME });
      expect(value).toEqual([`${HOME}/.local/lib/${version}/site-packages`, 7]);
    });
  });
});

describe('heads', () => {
  const VERSIONS = 'airflow/migrations/versions';

  function heads(migrations: { [file: string]: string }): unknown {
    const version = python('import sys\nanswer(f"python{sys.version_info[0]}.{sys.version_info[1]}")').value as string;
    const files = Object.fromEntries(Object.entries(migrations).map(([file, text]) => [`.local/lib/${version}/site-packages/${VERSIONS}/${file}`, text]));
    return withFiles(files, HOME => python(`import wait_for_database\nanswer(sorted(wait_for_database.heads("${VERSIONS}")))`, { HOME }).value);
  }

  test('are the revisions that no other comes after', () => {
    expect(heads({
      '0001_a.py': 'revision = "aaa"\ndown_revision = None\n',
      '0002_b.py': 'revision = "bbb"\ndown_revision = "aaa"\nbranch_labels = None\n',
      '0003_c.py': "revision: str = 'ccc'\ndown_revision: str | None = 'bbb'\n",
      '__init__.py': 'revision = "not-one"\n',
      'README.md': 'revision = "not-one"\n',
    })).toEqual(['ccc']);
  });

  test('know a revision that merges several, on one line or on more', () => {
    expect(heads({
      'a.py': 'revision = "aaa"\ndown_revision = None\n',
      'b.py': 'revision = "bbb"\ndown_revision = None\n',
      'c.py': 'revision = "ccc"\ndown_revision = ("aaa", "bbb")\n',
      'd.py': 'revision = "ddd"\ndown_revision = (\n    "ccc",\n)\n',
    })).toEqual(['ddd']);
  });

  test('are several where the migrations branch', () => {
    expect(heads({
      'a.py': 'revision = "aaa"\ndown_revision = None\n', 'b.py': 'revision = "bbb"\ndown_revision = "aaa"\n', 'c.py': 'revision = "ccc"\ndown_revision = "aaa"\n',
    })).toEqual(['bbb', 'ccc']);
  });
});

describe('wait_for_database', () => {
  /** The database goes through the states; nothing sleeps. */
  function wait(states: string, call: string): { printed: string[]; slept: number } {
    const { printed, value } = python(`${DRIVER}
import wait_for_database as wait
slept = []
wait.time.sleep = slept.append
wait.heads = lambda folder: {"new"}
driver.states = ${states}
wait.main(${call})
answer(len(slept))`, POSTGRES);
    return { printed, slept: value as number };
  }

  test('waits until the database answers', () => {
    expect(wait('["broken", "broken", {}]', 'None, {}')).toEqual({ printed: ['waiting for the database: connection refused', 'the database is ready'], slept: 2 });
  });

  test('waits until every table is at the revision of the image, and says which Job to look at', () => {
    const states = '["broken", {}, {"alembic_version": ["old"]}, {"alembic_version": ["old"]}, {"alembic_version": ["new"]}]';
    const hint = '; if this lasts, look at the Job migrate, or delete it and apply again';
    expect(wait(states, '"migrate", {"alembic_version": "folder"}')).toEqual({
      printed: [
        `waiting for the database: connection refused${hint}`,
        `waiting for the migration: table alembic_version does not exist yet${hint}`,
        `waiting for the migration: alembic_version is at ['old'], this image needs ['new']${hint}`,
        'the database is ready',
      ],
      slept: 4,
    });
  });

  test('waits for the Job that imports the DAGs, after the migration', () => {
    const { printed, value } = python(`${DRIVER}
import wait_for_database as wait
wait.time.sleep = lambda seconds: driver.jobs.append([1])
driver.states = [{"a": ["new"]}]
wait.heads = lambda folder: {"new"}
wait.main("migrate", {"a": "x"}, "check-dags-1")
answer(driver.asked[-1])`, POSTGRES);
    expect(printed).toEqual([
      'waiting for the Job check-dags-1, which imports all DAGs; if it failed, its log names the files; if this lasts, look at the Job migrate, or delete it and apply again',
      'the database is ready',
    ]);
    expect(value).toEqual(['SELECT 1 FROM variable WHERE key = %s', ['cdk8s-airflow.dags-checked.check-dags-1']]);
  });

  test('is done at once where everything is there', () => {
    expect(wait('[{"a": ["new"], "b": ["new"]}]', '"migrate", {"a": "x", "b": "y"}')).toEqual({ printed: ['the database is ready'], slept: 0 });
  });

  test('fails where the image has no such migrations, for which it would wait for ever', () => {
    const run = () => python(`${DRIVER}
import wait_for_database as wait
wait.main("migrate", {"alembic_version_fab": "airflow/no/such/folder"})`, POSTGRES);
    expect(run).toThrow(/this image has no migrations in airflow\/no\/such\/folder, so alembic_version_fab can never be ready; is the provider installed\?\n$/);
  });

  const told = (url: string) => () => python('import wait_for_database as wait\nwait.check_tls()\nanswer(None)', { [CONNECTION]: url });

  test('lets the variables of libpq decide about TLS', () => {
    expect(told('postgresql+psycopg2://user:sslmode=x@host/db?application_name=airflow')().printed).toEqual([]);
  });

  test.each(['?sslmode=require', '?connect_timeout=5&sslrootcert=/ca', '?ssl=true'])('fails where the connection ends with %s, which would decide instead', query => {
    expect(told(`postgresql://host/db${query}`)).toThrow(
      /the connection in the Secret has an option of TLS, which 'tls' of the database decides; leave the option out there\n$/);
  });

  test('fails with TLS for a database that does not know these variables', () => {
    expect(told('mysql://host/db')).toThrow(/'tls' of the database is for Postgres, but the connection in the Secret is to another one; leave 'tls' out\n$/);
  });

  /** What Airflow's own commands answer, one after the other; those that were run, and what was printed. */
  function asked(codes: (number | null)[], call: string, env: { [name: string]: string }, start = ''): { calls: unknown; printed: string[] } {
    const { value, printed } = python(`${start}
import subprocess, types, wait_for_database as wait
calls, codes = [], ${JSON.stringify(codes)}
def run(command, timeout):
    calls.append(command)
    return types.SimpleNamespace(returncode=codes.pop(0))
subprocess.run, wait.time.sleep = run, lambda seconds: None
wait.heads = lambda folder: {"new"}
${call}
answer(calls)`, env);
    return { calls: value, printed };
  }
  const MIGRATED = ['airflow', 'db', 'check-migrations', '--migration-wait-timeout=60'];

  test('leaves other databases to Airflow', () => {
    const { calls, printed } = asked([1, 0, 0], 'wait.main("migrate", {"a": "x"})\nwait.main(None, {})', { [CONNECTION]: 'mysql://host/db' });
    expect(calls).toEqual([MIGRATED, MIGRATED, ['airflow', 'db', 'check']]);
    const asking = 'asking Airflow itself, which needs some 250 MiB of memory, since the database is not Postgres';
    expect(printed).toEqual([asking, 'waiting for Job migrate', 'the database is ready', asking, 'the database is ready']);
  });

  test('says that a command of Airflow was killed', () => {
    expect(asked([-9, 0], 'wait.main(None, {})', { [CONNECTION]: 'mysql://host/db' }).printed[1]).toBe(
      "'airflow db check' was killed, most likely for want of memory: it needs some 250 MiB beside what else runs in the container");
  });

  test('asks Airflow where the database refuses the URL, and goes on by itself where Airflow gets no further', () => {
    const start = `${DRIVER}\ndriver.error = "fe_sendauth: no password supplied"\ndriver.states = ["broken", "broken", {}]`;
    const { calls, printed } = asked([0, 0], 'wait.main("migrate", {"a": "x"})', POSTGRES, start);
    expect(calls).toEqual([['airflow', 'db', 'check'], MIGRATED]);
    expect(printed.slice(1)).toEqual([
      'asking Airflow itself, which needs some 250 MiB of memory, since it connects in another way than by the URL', 'the database is ready',
    ]);
    expect(asked([1], 'wait.main(None, {})', POSTGRES, start)).toEqual({
      calls: [['airflow', 'db', 'check']], printed: ['waiting for the database: fe_sendauth: no password supplied', 'the database is ready'],
    });
  });
});

describe('the version of the image', () => {
  function check(made: string, ...distributions: string[]): string[] {
    const version = python('import sys\nanswer(f"python{sys.version_info[0]}.{sys.version_info[1]}")').value as string;
    const files = Object.fromEntries(distributions.map(name => [`.local/lib/${version}/site-packages/${name}.dist-info/METADATA`, '']));
    return withFiles({ ...files, x: '' }, HOME => python(`import wait_for_database as wait\nwait.check_version("${made}")\nanswer(None)`, { HOME }).printed);
  }

  test('is that of the YAML', () => {
    expect(check('3.3.2', 'apache_airflow-3.3.2', 'apache_airflow_core-3.3.2', 'apache_airflow_providers_git-0.4.1')).toEqual([]);
    expect(check('2.11.2', 'apache_airflow-2.11.2')).toEqual([]);
  });

  test('may be another release of the series, which the log says', () => {
    expect(check('3.3.2', 'apache_airflow_core-3.3.0', 'apache_airflow-3.3.0')).toEqual(['the image has Airflow 3.3.0, and the YAML was made for 3.3.2 of the same series']);
  });

  test('is left alone where it cannot be told', () => {
    expect(check('3.3.2')).toEqual([]);
  });

  test('fails of another series, before anything is migrated', () => {
    expect(() => check('3.1.1', 'apache_airflow-2.10.3')).toThrow(
      /the image has Airflow 2\.10\.3, but the YAML was made for 3\.1\.1; correct the version, by AirflowVersion\.of\('2\.10\.3'\) with the image, or use an image that has Airflow 3\.1\.1\. Nothing was migrated by this pod\n$/);
  });
});
