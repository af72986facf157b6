import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, python, test, withFiles } from './python';

const PARTS = {
  AIRFLOW_DATABASE_HOST: 'db.example.com', AIRFLOW_DATABASE_PORT: '5432', AIRFLOW_DATABASE_NAME: "air'flow", AIRFLOW_DATABASE_USER: 'app', AIRFLOW_DATABASE_PASSWORD: 'p"a\'s%s',
};
const SETTINGS = { PGBOUNCER_POOLS: '{"metadata": 5, "results": 2}', PGBOUNCER_SETTINGS: '{"listen_port": "6432", "server_tls_sslmode": "verify-full"}' };

function written(env: { [name: string]: string }): { ini: string; users: string; modes: string[]; error: unknown } {
  let result!: { ini: string; users: string; modes: string[]; error: unknown };
  withFiles({ empty: '' }, folder => {
    const code = `import pgbouncer_config, database_url
try:
    pgbouncer_config.main("${folder}")
    answer(None)
except database_url.PartError as error:
    answer(str(error))`;
    const { value: error } = python(code, env);
    const read = (name: string) => (error === null ? readFileSync(join(folder, name), 'utf8') : '');
    const modes = error === null ? ['pgbouncer.ini', 'users.txt'].map(name => statSync(join(folder, name)).mode.toString(8).slice(-3)) : [];
    result = { ini: read('pgbouncer.ini'), users: read('users.txt'), modes, error };
  });
  return result;
}

describe('pgbouncer_config', () => {
  test('writes a line for each pool, and the users for nobody else to read', () => {
    const { ini, users, modes } = written({ ...PARTS, ...SETTINGS });
    expect(ini).toBe(`[databases]
metadata = host='db.example.com' port='5432' dbname='air''flow' pool_size=5
results = host='db.example.com' port='5432' dbname='air''flow' pool_size=2

[pgbouncer]
listen_port = 6432
server_tls_sslmode = verify-full
`);
    expect(users).toBe('"app" "p""a\'s%s"\n');
    expect(modes).toEqual(['600', '600']);
  });

  test('adds the user of the statistics', () => {
    expect(written({ ...PARTS, ...SETTINGS, PGBOUNCER_STATS_PASSWORD: 'seen' }).users).toBe('"app" "p""a\'s%s"\n"stats" "seen"\n');
  });

  test.each([
    ['postgresql://app:p%40ss@db:6000/airflow', "metadata = host='db' port='6000' dbname='airflow' pool_size=5", '"app" "p@ss"\n'],
    ['postgresql+psycopg2://app:x@[fd00::5]/air-flow', "metadata = host='fd00::5' port='5432' dbname='air-flow' pool_size=5", '"app" "x"\n'],
    ['postgres://a%20b:x@DB.example/d?sslmode=require\n', "metadata = host='DB.example' port='5432' dbname='d' pool_size=5", '"a b" "x"\n'],
  ])('reads the URL of a Secret: %j', (url, line, users) => {
    const found = written({ AIRFLOW_DATABASE_URL: url, PGBOUNCER_POOLS: '{"metadata": 5}', PGBOUNCER_SETTINGS: '{}' });
    expect([found.error, found.ini.split('\n')[1], found.users]).toEqual([null, line, users]);
    expect(found.ini.includes('server_tls_sslmode = require')).toBe(url.includes('sslmode'));
  });

  test.each([
    ['mysql://app:hunter2@db/airflow', 'the URL of the database must be one of PostgreSQL with a user and a host, for PgBouncer; correct the Secret'],
    ['postgresql:///airflow', 'the URL of the database must be one of PostgreSQL with a user and a host, for PgBouncer; correct the Secret'],
    ['postgresql://app:hunter2@db/airflow?sslrootcert=/x&options=y', 'the URL of the database has options that PgBouncer cannot pass on: options, sslrootcert; '
      + "take them out of the Secret, and use 'tls' of the database for certificates"],
    ['postgresql://app@db/airflow', 'the URL of the database has no password, by which PgBouncer lets the pods of Airflow in'],
  ])('fails for the URL %j, without repeating it', (url, message) => {
    expect(written({ AIRFLOW_DATABASE_URL: url, ...SETTINGS }).error).toBe(message);
  });
});

describe('database_url behind PgBouncer', () => {
  const POOLED = { AIRFLOW_DATABASE_URL: 'postgresql://app:p%40ss@db:5432/airflow', AIRFLOW_DATABASE_HOST: 'pgb', AIRFLOW_DATABASE_PORT: '6432', AIRFLOW_DATABASE_NAME: 'metadata', AIRFLOW_DATABASE_POOLED: 'metadata results' };

  test('composes the URL of a pool with the login of the Secret', () => {
    const code = 'import database_url\nanswer([database_url.compose("postgresql+psycopg2"), database_url.compose("db+postgresql", "results")])';
    expect(python(code, POOLED).value).toEqual(['postgresql+psycopg2://app:p%40ss@pgb:6432/metadata', 'db+postgresql://app:p%40ss@pgb:6432/results']);
  });

  test('knows the connections of both pools as its own', () => {
    const code = `import database_url
answer([database_url.is_ours({"host": "pgb", "port": 6432, "user": "app", "dbname": name}) for name in ("metadata", "results", "other")])`;
    expect(python(code, POOLED).value).toEqual([true, true, false]);
  });

  test.each([
    ['psycopg2', {}], ['psycopg', { prepare_threshold: null }],
    ['asyncpg', { statement_cache_size: 0, prepared_statement_cache_size: 0, prepared_statement_name_func: 'two names' }],
  ])('prepares no statement with %s', (driver, expected) => {
    const code = `import database_url
found = {}
database_url.complete("${driver}", found)
name = found.get("prepared_statement_name_func")
answer({**found, **({"prepared_statement_name_func": "two names" if name() != name() else "one"} if name else {})})`;
    expect(python(code, POOLED).value).toEqual(expected);
  });
});
