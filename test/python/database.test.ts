import { describe, python, test, withFiles } from './python';

const CONNECTION = 'AIRFLOW__DATABASE__SQL_ALCHEMY_CONN';
const POSTGRES = { [CONNECTION]: 'postgresql+psycopg2://me:pass@host:5432/db' };

/** A driver whose database has these tables, or refuses with `broken`; it keeps what it was asked. */
const DRIVER = `
import sys, types
class Error(Exception): pass
class OperationalError(Error): pass
class InterfaceError(Error): pass
class Cursor:
    def __init__(self, tables): self.tables, self.rows = tables, []
    def __enter__(self): return self
    def __exit__(self, *_): pass
    def execute(self, query, values=()):
        driver.asked.append([query, list(values)])
        if "to_regclass" in query: self.rows = [[values[0] if values[0] in self.tables else None]]
        else: self.rows = [[row] for row in self.tables[query.rsplit(" ", 1)[1]]] if query.startswith("SELECT version_num") else [[driver.age]]
    def fetchone(self): return self.rows[0]
    def fetchall(self): return self.rows
class Connection(Cursor):
    def cursor(self): return Cursor(self.tables)
def connect(url, **options):
    driver.urls.append([url, options])
    if driver.states and driver.states[0] == "broken":
        driver.states.pop(0)
        raise OperationalError("  connection refused\\n")
    return Connection(driver.states.pop(0) if len(driver.states) > 1 else (driver.states or [{}])[0])
driver = types.ModuleType("psycopg2")
driver.Error, driver.OperationalError, driver.InterfaceError = Error, OperationalError, InterfaceError
driver.connect, driver.urls, driver.asked, driver.states, driver.age = connect, [], [], [], None
sys.modules["psycopg2"] = driver
`;

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
metadata_db.connect(metadata_db.driver())
answer(driver.urls)`, { [CONNECTION]: given });
    expect(value).toEqual([[url, { connect_timeout: 5, application_name: '-c' }]]);
  });

  test.each([['mysql://host/db', false], ['sqlite:////tmp/airflow.db', false], ['', false], ['postgresql://host/db', true]])(
    'has a driver for %j: %s', (given, expected) => {
      expect(python(`${DRIVER}\nimport metadata_db\nanswer(metadata_db.driver() is not None)`, { [CONNECTION]: given }).value).toBe(expected);
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

  test('leaves other databases to Airflow', () => {
    const { value, printed } = python(`
import types, wait_for_database as wait
calls, codes = [], [1, 0, 0]
def run(command):
    calls.append(command)
    return types.SimpleNamespace(returncode=codes.pop(0))
wait.subprocess.run, wait.time.sleep = run, lambda seconds: None
wait.main("migrate", {"a": "x"})
wait.main(None, {})
answer(calls)`, { [CONNECTION]: 'mysql://host/db' });
    const migrated = ['airflow', 'db', 'check-migrations', '--migration-wait-timeout=60'];
    expect(value).toEqual([migrated, migrated, ['airflow', 'db', 'check']]);
    expect(printed).toEqual(['waiting for Job migrate']);
  });
});

describe('heartbeat', () => {
  function beat(state: string, starting = false): { code: unknown; printed: string } {
    const { value, printed } = python(`${DRIVER}
import heartbeat
heartbeat.names = lambda: ("pod", "10.0.0.1")
${state}
code = heartbeat.main("SchedulerJob", 40, ${starting ? 'True' : 'False'})
answer([code, driver.asked])`, POSTGRES);
    const [code, asked] = value as [number, [string, unknown[]][]];
    for (const [query, values] of asked) {
      expect(query).toMatch(/FROM job\nWHERE job_type = %s AND hostname IN %s$/);
      expect(values).toEqual(['SchedulerJob', ['pod', '10.0.0.1']]);
    }
    return { code, printed: printed.join('\n') };
  }

  test.each([[3, 0], [40, 0], [41, 1], [4000, 1]])('%d seconds ago ends with %d', (age, code) => {
    expect(beat(`driver.age = ${age}`)).toEqual({ code, printed: `SchedulerJob: last heartbeat ${age} s ago, allowed are 40` });
  });

  test('a job that is not there is a fault at the start only', () => {
    expect(beat('driver.age = None')).toEqual({ code: 0, printed: 'no SchedulerJob on pod, 10.0.0.1' });
    expect(beat('driver.age = None', true).code).toBe(1);
  });

  test('a database that is away is no fault of the component', () => {
    const printed = "the database does not answer, which is not SchedulerJob's fault:   connection refused";
    expect(beat('driver.states = ["broken"]')).toEqual({ code: 0, printed });
  });

  test('that the database refuses to tell is a fault, since it answered', () => {
    expect(() => beat('def refuse(*_): raise Error("no such column")\nCursor.execute = refuse')).toThrow(/Error: no such column\n$/);
  });

  test.each([[[0], 0, 1], [[1, 0], 1, 2], [[1, 1], 0, 2]])('is asked of Airflow where the database is another (%j)', (codes, code, asked) => {
    const { value } = python(`
import heartbeat, types
calls, codes = [], ${JSON.stringify(codes)}
def run(command):
    calls.append(command)
    return types.SimpleNamespace(returncode=codes.pop(0))
heartbeat.subprocess.run = run
code = heartbeat.main("TriggererJob", 40, False)
answer([code, calls])`, { [CONNECTION]: 'mysql://host/db' });
    const commands = [['airflow', 'jobs', 'check', '--job-type', 'TriggererJob', '--local'], ['airflow', 'db', 'check']];
    expect(value).toEqual([code, commands.slice(0, asked)]);
  });

  test('is looked for under every name of the pod', () => {
    const { value } = python('import heartbeat, socket\nanswer([list(heartbeat.names()), socket.gethostname()])');
    const [names, host] = value as [string[], string];
    expect(names).toContain(host);
  });
});
