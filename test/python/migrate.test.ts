import { describe, python, test } from './python';

/** An Airflow whose command does something, with an auth manager of that class. */
const airflow = (command: string, manager = 'airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager', version = '3.3.2') => `
import os, sys, types
def module(name, **names):
    made = sys.modules[name] = types.ModuleType(name)
    vars(made).update(names)
    return made
seen = []
class FabAuthManager: pass
FabAuthManager.__module__ = "airflow.providers.fab.auth_manager.fab_auth_manager"
class Derived(FabAuthManager): pass
class Other: pass
module("airflow.providers.fab.auth_manager.fab_auth_manager", FabAuthManager=FabAuthManager)
module("acme", Derived=Derived, Other=Other)
def command():
    seen.append(sys.argv)
    ${command}
module("airflow", __version__="${version}"); module("airflow.settings"); module("airflow.__main__", main=command)
module("airflow.configuration", conf=types.SimpleNamespace(get=lambda section, name: "${manager}"))
class Engine: pass
listeners = []
def listens_for(target, name):
    assert (target, name) == (Engine, "begin")
    return listeners.append
module("sqlalchemy", event=types.SimpleNamespace(listens_for=listens_for)); module("sqlalchemy.engine", Engine=Engine)
import migrate
migrate.os.execvp = lambda *command: seen.append(list(command))
`;

describe('migrate', () => {
  const run = (command: string, manager?: string, version?: string) => {
    const { value, printed } = python(`${airflow(command, manager, version)}\nstatus = migrate.main(["sync-perm"])\nanswer([status, seen])`);
    const [status, seen] = value as [number, unknown[]];
    return { status, seen, printed };
  };
  const MIGRATE = ['airflow', 'db', 'migrate'];
  const PERMISSIONS = ['airflow', ['airflow', 'sync-perm']];

  test('migrates, and then writes the permissions of FAB and of what is made of it', () => {
    expect(run('pass')).toEqual({ status: 0, seen: [MIGRATE, PERMISSIONS], printed: [] });
    expect(run('sys.exit(0)', 'acme.Derived')).toEqual({ status: 0, seen: [MIGRATE, PERMISSIONS], printed: [] });
  });

  test('writes the permissions of Airflow 2 as its webserver does, since the command forgets some', () => {
    const { seen } = run('seen.append(os.environ.get("AIRFLOW__FAB__UPDATE_FAB_PERMS"))', undefined, '2.11.2');
    expect(seen).toEqual([MIGRATE, null, [expect.stringContaining('python'), [
      expect.stringContaining('python'), '-c', 'from airflow.www.app import create_app; create_app()',
    ]]]);
    expect(python(`${airflow('pass', undefined, '2.10.5')}\nmigrate.main(["sync-perm"])\nanswer(os.environ["AIRFLOW__FAB__UPDATE_FAB_PERMS"])`).value).toBe('True');
  });

  test('leaves out the permissions of another auth manager, which has no command for them', () => {
    expect(run('pass', 'acme.Other')).toEqual({ status: 0, seen: [MIGRATE], printed: ['acme.Other has no permissions to write'] });
  });

  test.each([['sys.exit(3)', 3, []], ['sys.exit("no such revision")', 1, ['no such revision']], ['raise ValueError("of 1")', 1, []]])(
    'ends with what "%s" ends with, and goes no further', (command, status, told) => {
      expect(run(command)).toEqual({ status, seen: [MIGRATE], printed: [...told, 'the migration failed after 0 s'] });
    });

  test('creates the tables of Celery results where it is told to, after a migration that went well', () => {
    const results = (command: string, asked: string) => python(`${airflow(command)}
sys.modules["airflow.settings"].engine = types.SimpleNamespace(dialect=types.SimpleNamespace(name="mysql"))
Base = types.SimpleNamespace(metadata=types.SimpleNamespace(create_all=lambda engine: seen.append(["created", engine.dialect.name])))
for name in ("celery", "celery.backends", "celery.backends.database"): module(name)
module("celery.backends.database.models", ResultModelBase=Base)
migrate.main([], ${asked})
answer(seen)`).value;
    expect(results('pass', 'True')).toEqual([MIGRATE, ['created', 'mysql']]);
    expect(results('pass', 'False')).toEqual([MIGRATE]);
    expect(results('sys.exit(3)', 'True')).toEqual([MIGRATE]);
  });

  test('waits no longer than half a minute for a lock of a Postgres, in each transaction', () => {
    const { value } = python(`${airflow('pass')}
migrate.limit_locks()
asked = []
for name in ["postgresql", "mysql"]:
    listeners[0](types.SimpleNamespace(dialect=types.SimpleNamespace(name=name), exec_driver_sql=lambda sql, name=name: asked.append([name, sql])))
answer(asked)`);
    expect(value).toEqual([['postgresql', "SET LOCAL lock_timeout = '30s'"]]);
  });
});

describe('what a migration waits for', () => {
  /** The rows that the database answers with, look by look; what was printed, and then told of a failure. */
  const looks = (...rows: unknown[][][]) => python(`${airflow('pass')}
import json
watch = migrate.Watch()
for rows in json.loads(os.environ["ROWS"]):
    migrate.answer = lambda connection, sql: seen.append(sql) or rows
    watch.look(None)
print("--")
migrate.tell(watch.holders)
answer(seen[0] == migrate.HOLDERS)`, { ROWS: JSON.stringify(rows) }).printed.join('\n').split('--').map(text => text.trim());

  const scheduler = (waited: number) => [waited, 'ALTER TABLE\n  dag_run ADD x', 17, 'scheduler@airflow-scheduler-7d-x', '10.0.0.7', 'idle in transaction', 80.2, 'SELECT 1'];
  const HELD = '  scheduler@airflow-scheduler-7d-x at 10.0.0.7, idle in transaction in a transaction of 80 s; SELECT pg_terminate_backend(17) ends it. Its last query: SELECT 1';

  test('is said once, when it lasts, and told again when it has failed', () => {
    expect(looks([scheduler(2)], [scheduler(11)], [scheduler(12)], [])).toEqual([
      `the migration waits for a lock: ALTER TABLE dag_run ADD x\n${HELD}`,
      ['the migration needs locks that these sessions hold:', HELD,
        'Scale down what they belong to (pods airflow-scheduler-7d-x) until the migration is done, or end the sessions. The Job tries again.'].join('\n'),
    ]);
  });

  test('is told of a wait that is too short to be said, such as that for another migration', () => {
    expect(looks([[1, 'SELECT pg_advisory_lock(1)', 4, 'psql', null, 'active', 3, '']])[1]).toContain('  psql, active in a transaction of 3 s; SELECT pg_terminate_backend(4) ends it.');
  });

  test('may be a transaction without a session', () => {
    expect(looks([[1, 'ALTER', null, 'a prepared transaction, see pg_prepared_xacts', null, null, null, null]])[1]).toContain(
      '  a prepared transaction, see pg_prepared_xacts, no session. Its last query:');
  });

  test('is nothing where nothing was in the way', () => {
    expect(looks([])).toEqual(['', '']);
  });

  const clear = (revisions: string[], holders: unknown[][][]) => python(`${airflow('pass')}
import json
found = json.loads(os.environ["ROWS"])
migrate.heads = lambda folder: {"new"}
slept = []
migrate.time.sleep = slept.append
migrate.time.monotonic = lambda: len(slept)
def answer_rows(connection, sql):
    if "to_regclass" in sql: return [["alembic_version"] if ${JSON.stringify(revisions)} else [None]]
    if sql == "SELECT version_num FROM alembic_version": return [[revision] for revision in ${JSON.stringify(revisions)}]
    if sql == "SELECT clock_timestamp()": return [["2026-01-01 00:00:00+00"]]
    assert sql.endswith("xact_start < '2026-01-01 00:00:00+00')")
    return found.pop(0) if len(found) > 1 else found[0]
migrate.answer = answer_rows
answer([migrate.way_is_clear("connection"), len(slept)])`, { ROWS: JSON.stringify(holders) });
  const HOLDER = scheduler(0).slice(2);

  test('before it begins, it is waited for', () => {
    expect(clear(['old'], [[]]).value).toEqual([true, 0]);
    expect(clear(['old'], [[HOLDER], [HOLDER], []]).value).toEqual([true, 2]);
    // Said once, after ten seconds.
    expect(clear(['old'], [...Array<unknown[][]>(15).fill([HOLDER]), []]).printed).toEqual([
      'the migration waits for at most 30 s until the transactions of these sessions end:', HELD,
    ]);
  });

  test('before it begins, it is told when it lasts, and nothing is migrated', () => {
    const { value, printed } = clear(['old'], [[HOLDER]]);
    expect(value).toEqual([false, 31]);
    expect(printed.slice(0, 4)).toEqual([
      'the migration waits for at most 30 s until the transactions of these sessions end:', HELD,
      'the migration needs locks that these sessions hold:', HELD,
    ]);
  });

  test('before it begins, it is nothing where there is nothing to migrate, or nothing to be in the way of', () => {
    expect(clear(['new'], [[HOLDER]]).value).toEqual([true, 0]);
    expect(clear([], [[HOLDER]]).value).toEqual([true, 0]);
    expect(python(`${airflow('pass')}\nanswer(migrate.way_is_clear(None))`).value).toBe(true);
  });
});
