import { App, Chart, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  AirflowChartProps, AirflowVersion, CertificateAuthority, ClientCertificateOptions, Database, DatabaseLoginOptions, DatabaseOptions,
  DatabasePoolOptions, Executor, PostgresDatabaseOptions, PostgresSslMode, Scaling, SecretKey,
} from '../../src/index';
import { airflowChart, building, cfg, Container, env, find, init, main, Manifest, mount, pod, pods, synthAirflow, volume } from '../util';

const password = SecretKey.of('database', 'password');
const PARTS = { host: 'db.example.com', name: 'airflow', user: 'airflow', password };
const clientCertificate: ClientCertificateOptions = { certificate: SecretKey.of('client', 'tls.crt'), privateKey: SecretKey.of('client', 'tls.key') };
const ca = CertificateAuthority.fromConfigMap(kplus.ConfigMap.fromConfigMapName(new Chart(new App(), 'elsewhere'), 'ca', 'database-ca'));
const COMMAND = 'AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_CMD';

function made(options: Partial<PostgresDatabaseOptions> = {}, props: AirflowChartProps = {}): Manifest[] {
  return synthAirflow({ ...props, database: Database.postgres({ ...PARTS, ...options }) });
}

/** The variables of the database that a container has: the value, or the Secret and its key. */
function variables(container: Container): { [name: string]: string } {
  return Object.fromEntries((container.env ?? []).filter(({ name }) => /^AIRFLOW_DATABASE_|SQL_ALCHEMY_CONN/.test(name)).map(({ name, value, valueFrom }) => {
    const key = valueFrom?.secretKeyRef;
    return [name.replace('AIRFLOW_DATABASE_', ''), value ?? `${key!.name}/${key!.key}`];
  }));
}

const COMPOSED = {
  HOST: 'db.example.com',
  PORT: '5432',
  NAME: 'airflow',
  USER: 'airflow',
  PASSWORD: 'database/password',
  [COMMAND]: 'python -S /opt/cdk8s-airflow/database_url.py postgresql+psycopg2',
};

describe('a Postgres in parts', () => {
  test('is in every container that connects as variables, with a command that composes the URL', () => {
    const manifest = made();
    for (const component of ['api-server', 'scheduler', 'dag-processor', 'triggerer', 'sync-users', 'migration']) {
      const wait = init(manifest, component, component === 'migration' ? 'wait-for-database' : 'wait-for-migration');
      for (const container of [main(manifest, component), wait]) {
        expect([component, variables(container)]).toEqual([component, COMPOSED]);
        expect(mount(container, '/opt/cdk8s-airflow')).toEqual({ name: 'scripts', mountPath: '/opt/cdk8s-airflow', readOnly: true });
      }
    }
    expect(variables(main(manifest, 'task'))).toEqual({});
    expect(manifest.map(({ kind }) => kind)).not.toContain('StatefulSet');
  });

  test('is composed in the task pods of Airflow 2 as well, which therefore have the scripts', () => {
    const manifest = made({}, { version: AirflowVersion.V2_11 });
    expect(variables(main(manifest, 'task'))).toEqual(COMPOSED);
    expect(mount(main(manifest, 'task'), '/opt/cdk8s-airflow')).toBeDefined();
    expect(volume(pod(manifest, 'task'), 'scripts')!.configMap!.name).toBe('test-airflow-scripts');
    expect(mount(main(made(), 'task'), '/opt/cdk8s-airflow')).toBeUndefined();
    expect(mount(main(synthAirflow({ version: AirflowVersion.V2_11 }), 'task'), '/opt/cdk8s-airflow')).toBeUndefined();
  });

  test('takes each part from a Secret', () => {
    const key = (name: string) => SecretKey.of('app', name);
    const database = Database.postgres({ hostKey: key('host'), portKey: key('port'), nameKey: key('dbname'), userKey: key('user'), password: key('password') });
    expect(variables(main(synthAirflow({ database }), 'scheduler'))).toEqual({
      ...COMPOSED, HOST: 'app/host', PORT: 'app/port', NAME: 'app/dbname', USER: 'app/user', PASSWORD: 'app/password',
    });
  });

  test('has an address in the network graph, unless a Secret holds the port', () => {
    const database = (options: Partial<PostgresDatabaseOptions>) => Database.postgres({ ...PARTS, ...options });
    const port = (options: Partial<PostgresDatabaseOptions>) => airflowChart({ database: database(options) }).airflow.networkGraph.edges
      .find(({ target, source }) => target === 'database' && source === 'scheduler')!.port;
    expect([port({}), port({ port: 6432 }), port({ portKey: SecretKey.of('app', 'port') })]).toEqual([5432, 6432, undefined]);
  });

  test('needs no password where a certificate or a proxy in the pod logs in', () => {
    for (const options of [{ tls: { ca, clientCertificate } }, { host: '127.0.0.1' }, { host: 'localhost' }, { host: '::1' }]) {
      expect(variables(main(made({ ...options, password: undefined }), 'scheduler'))).not.toHaveProperty('PASSWORD');
    }
  });

  test('leaves the driver to Airflow from 3.4 on', () => {
    expect(variables(main(made({}, { version: AirflowVersion.of('3.4.0', { untested: true }) }), 'scheduler'))[COMMAND]).toBe('python -S /opt/cdk8s-airflow/database_url.py postgresql');
  });

  test('has every option', () => {
    const pool: Required<DatabasePoolOptions> = { enabled: true, size: 3, overflow: -1, recycle: Duration.minutes(5), prePing: false };
    const migrateAs: Required<Omit<DatabaseLoginOptions, 'userKey'>> = { user: 'owner', password: SecretKey.of('owner', 'password') };
    const options: Required<Omit<PostgresDatabaseOptions, 'hostKey' | 'portKey' | 'nameKey' | 'userKey' | 'token'>> = {
      ...PARTS, port: 6432, schema: 'flows', pool, tls: { ca, clientCertificate }, migrateAs, connectTimeout: Duration.seconds(8),
    };
    const manifest = made(options);
    expect(variables(main(manifest, 'scheduler'))).toEqual({ ...COMPOSED, PORT: '6432', CONNECT_TIMEOUT: '8' });
    const tls = (component: string) => ['PGSSLMODE', 'PGSSLROOTCERT', 'PGSSLCERT', 'PGSSLKEY'].map(name => env(main(manifest, component), name)?.value);
    expect(tls('scheduler')).toEqual(['verify-full', ...['ca.crt', 'tls.crt', 'tls.key'].map(file => `/run/secrets/database-tls/${file}`)]);
    expect(tls('migration')).toEqual(tls('scheduler'));
    const set = (option: string) => cfg(manifest, 'database', option);
    expect(['schema', 'pool_enabled', 'pool_size', 'max_overflow', 'pool_recycle', 'pool_pre_ping'].map(name => set(`sql_alchemy_${name}`)))
      .toEqual(['flows', 'True', '3', '-1', '300', 'False']);
  });
});

describe('another user for the migration', () => {
  const migrateAs = { userKey: SecretKey.of('owner', 'user'), password: SecretKey.of('owner', 'password') };

  test('is in the migration alone, in both of its containers', () => {
    const manifest = made({ migrateAs });
    const containers = [...pods(manifest)].flatMap(([component, { spec }]) => [...spec.initContainers ?? [], ...spec.containers]
      .filter(container => variables(container).USER === 'owner/user' && variables(container).PASSWORD === 'owner/password').map(({ name }) => `${component}/${name}`));
    expect(containers).toEqual(['migration/wait-for-database', 'migration/migration']);
    expect(variables(main(manifest, 'migration'))).toEqual({ ...COMPOSED, USER: 'owner/user', PASSWORD: 'owner/password' });
  });

  test('creates the tables in which Celery keeps results, because the workers may not', () => {
    const args = (options: Partial<PostgresDatabaseOptions>, executor: Executor) => main(made(options, { executor }), 'migration').args!.slice(2);
    expect(args({ migrateAs }, Executor.celery())).toEqual(['--celery-results', 'sync-perm']);
    expect(args({}, Executor.celery())).toEqual(['sync-perm']);
    expect(args({ migrateAs }, Executor.kubernetes())).toEqual(['sync-perm']);
    expect(args({ migrateAs }, Executor.celery({ resultBackend: SecretKey.of('results', 'url') }))).toEqual(['sync-perm']);
  });
});

describe('KEDA', () => {
  const scaled = (options: Partial<PostgresDatabaseOptions>, connection?: SecretKey) =>
    ({ database: Database.postgres({ ...PARTS, ...options }), triggerer: { scaling: Scaling.keda({ maxReplicas: 2, connection }) } });
  const login = (manifest: Manifest[]) => find(manifest, 'TriggerAuthentication').spec.secretTargetRef;
  const server = (manifest: Manifest[]) => {
    const { query, targetQueryValue, ...rest } = (find(manifest, 'ScaledObject').spec.triggers as { metadata: { [name: string]: string } }[])[0].metadata;
    return rest;
  };

  test('reads the same parts', () => {
    const literal = synthAirflow(scaled({}));
    expect(server(literal)).toEqual({ host: 'db.example.com', port: '5432', userName: 'airflow', dbName: 'airflow', sslmode: 'prefer' });
    expect(login(literal)).toEqual([{ parameter: 'password', name: 'database', key: 'password' }]);
    const key = (name: string) => SecretKey.of('app', name);
    const secret = synthAirflow(scaled({
      host: undefined, hostKey: key('host'), portKey: key('port'), name: undefined, nameKey: key('dbname'), user: undefined, userKey: key('user'),
    }));
    expect(server(secret)).toEqual({ sslmode: 'prefer' });
    expect(login(secret)).toEqual([
      ...[['host', 'host'], ['port', 'port'], ['userName', 'user'], ['dbName', 'dbname']].map(([parameter, name]) => ({ parameter, name: 'app', key: name })),
      { parameter: 'password', name: 'database', key: 'password' },
    ]);
  });

  test.each([[{}, 'verify-full'], [{ mode: PostgresSslMode.REQUIRE }, 'require'], [{ ca }, 'require'], [{ ca, mode: PostgresSslMode.VERIFY_CA }, 'require']])(
    'checks the certificate as far as its image can: %#', (tls, mode) => {
      expect(server(synthAirflow(scaled({ tls }))).sslmode).toBe(mode);
    });

  test('may have a connection of its own', () => {
    expect(login(synthAirflow(scaled({ tls: { clientCertificate } }, SecretKey.of('keda', 'url'))))).toEqual([{ parameter: 'connection', name: 'keda', key: 'url' }]);
  });

  test.each<[string, Partial<PostgresDatabaseOptions>, string]>([
    ['a proxy in the pods', { host: '127.0.0.1' }, "the proxy at the 'host' of the database is in the pods of Airflow alone"],
    ['a client certificate', { tls: { clientCertificate } }, 'KEDA cannot show the client certificate of the database'],
  ])('fails for %s without one', (_, options, because) => {
    expect(building(scaled(options))).toThrow(new Error(
      `test/airflow/triggerer: 'scaling' by KEDA needs 'connection' (${because}), a Secret with the address of the Postgres that holds the metadata, like `
      + 'postgresql://user:password@host:5432/airflow?sslmode=require; it reads no other database, and no postgresql+psycopg2://, as Airflow does'));
  });
});

const HOST = "'host' must be one DNS name or IP address";
const NAMED = "must be a name of 1 to 63 bytes without '?', '$(' and line breaks";

test.each<[string, Partial<PostgresDatabaseOptions>, string]>([
  ['no host', { host: undefined }, "'host' must be set, or 'hostKey' if a Secret holds it"],
  ['no name', { name: undefined }, "'name' must be set, or 'nameKey' if a Secret holds it"],
  ['no user', { user: undefined }, "'user' must be set, or 'userKey' if a Secret holds it"],
  ['no password', { password: undefined }, "'password' or 'token' must be set; without them, only a server that trusts 'tls.clientCertificate', or a proxy in the pod at the 'host' 127.0.0.1, lets Airflow in"],
  ['two hosts', { hostKey: SecretKey.of('app', 'host') }, "'host' is 'db.example.com', but 'hostKey' takes it from a Secret; leave one of them out"],
  ['two ports', { port: 1, portKey: SecretKey.of('app', 'port') }, "'port' is '1', but 'portKey' takes it from a Secret; leave one of them out"],
  ['two users', { userKey: SecretKey.of('app', 'user') }, "'user' is 'airflow', but 'userKey' takes it from a Secret; leave one of them out"],
  ['a URL for a host', { host: 'postgresql://me:hunter2@db/airflow' }, `${HOST}, got a URL; give its parts, or use Database.fromSecret() for a URL in a Secret`],
  ['a socket', { host: '/cloudsql/acme:eu:db' }, `${HOST}, got '/cloudsql/acme:eu:db'; Airflow cannot use a socket with all of its drivers, so let the proxy listen on a port`],
  ['several hosts', { host: 'a,b' }, `${HOST}, got 'a,b'; name the one that leads to the primary, or use Database.fromSecret() for a URL with several`],
  ['a port in the host', { host: 'db:6432' }, `${HOST}, got 'db:6432'; give 'port' for the number after the colon`],
  ['an address in brackets', { host: '[fd00::5]' }, `${HOST}, an IPv6 address without brackets, got '[fd00::5]'`],
  ['an empty host', { host: '' }, `${HOST}, an IPv6 address without brackets, got ''`],
  ['a variable for a host', { host: '$(DB_HOST)' }, `${HOST}, an IPv6 address without brackets, got '$(DB_HOST)'`],
  ['a port that is none', { port: 70000 }, "'port' must be a whole number from 1 to 65535, got 70000"],
  ['an empty name', { name: ' ' }, `'name' ${NAMED}, got " "`],
  ['options in the name', { name: 'airflow?sslmode=require' }, `'name' ${NAMED}, got "airflow?sslmode=require"`],
  ['a name with a line break', { user: 'airflow\n' }, `'user' ${NAMED}, got "airflow\\n"`],
  ['a name that Postgres cuts off', { name: 'ä'.repeat(32) }, `'name' ${NAMED}, got "${'ä'.repeat(32)}"`],
  ['the same user for the migration', { migrateAs: { user: 'airflow', password } }, "'migrateAs.user' must be another user than 'user', got 'airflow'; leave 'migrateAs' out"],
  ['the same key for the migration', { user: undefined, userKey: SecretKey.of('a', 'b'), migrateAs: { userKey: SecretKey.of('a', 'b'), password } },
    "'migrateAs.user' must be another user than 'user', got the same key of a Secret; leave 'migrateAs' out"],
  ['a migration without a user', { migrateAs: { password } }, "'migrateAs.user' must be set, or 'migrateAs.userKey' if a Secret holds it"],
  ['a migration without a password', { migrateAs: { user: 'owner' } }, "'migrateAs.password' must be set, since the other user has a 'password' as well"],
  ['no time to connect', { connectTimeout: Duration.seconds(1) }, "'connectTimeout' must be a whole number of seconds of at least 2, got 1"],
  ['a TLS mode that contradicts the authority', { tls: { ca, mode: PostgresSslMode.REQUIRE } },
    "'tls.mode' must be verify-ca or verify-full beside 'ca', got 'require', which looks at no certificate; leave one of them out"],
])('fails with %s', (_, options, message) => {
  expect(() => Database.postgres({ ...PARTS, ...options })).toThrow(new Error(message));
});

test.each<[DatabaseOptions['pool'], string]>([
  [{ size: -1 }, "'pool.size' must be a whole number of at least 0, got -1"],
  [{ overflow: -2 }, "'pool.overflow' must be a whole number of at least -1, got -2"],
  [{ recycle: Duration.millis(500) }, "'pool.recycle' must be a whole number of seconds of at least 1, got 0.5"],
  [{ enabled: false, size: 3 }, "'pool.size' describes connections that a process keeps, but 'pool.enabled' is false; leave one of them out"],
])('fails with a pool of %j, whatever the database', (pool, message) => {
  expect(() => Database.postgres({ ...PARTS, pool })).toThrow(new Error(message));
  expect(() => Database.fromSecret(password, { pool })).toThrow(new Error(message));
  expect(() => Database.fromCommand('acme-token', { pool })).toThrow(new Error(message));
});

test('fails with all mistakes at once, and with a misspelled member', () => {
  expect(() => Database.postgres({ host: 'db', port: 0, name: 'airflow', pool: { size: -1 } })).toThrow(new Error([
    '4 mistakes:',
    "  'port' must be a whole number from 1 to 65535, got 0",
    "  'user' must be set, or 'userKey' if a Secret holds it",
    "  'password' or 'token' must be set; without them, only a server that trusts 'tls.clientCertificate', or a proxy in the pod at the 'host' 127.0.0.1, lets Airflow in",
    "  'pool.size' must be a whole number of at least 0, got -1",
  ].join('\n')));
  expect(() => Database.postgres({ ...PARTS, hots: 'db' } as PostgresDatabaseOptions)).toThrow(new Error("'hots' is no member of PostgresDatabaseOptions; did you mean 'host'?"));
});

test.each<[string, Partial<PostgresDatabaseOptions>]>([
  ['an IPv4 address', { host: '10.0.0.7' }], ['an IPv6 address', { host: 'fd00::5' }], ['a name with an underscore', { host: 'db_1.internal' }],
  ['a name with a dot at its end', { host: 'db.example.com.' }], ['names that need encoding', { name: 'meta data', user: 'air@flow-é' }],
  ['a user of an identity', { user: 'airflow@acme.iam' }], ['no limit of connections', { pool: { size: 0, overflow: -1 } }], ['no pool', { pool: { enabled: false } }],
])('passes %s', (_, options) => {
  expect(building({ database: Database.postgres({ ...PARTS, ...options }) })).not.toThrow();
});

test('fails where a variable of the pods would replace a part', () => {
  expect(building({ database: Database.postgres(PARTS), pods: { env: { AIRFLOW_DATABASE_HOST: kplus.EnvValue.fromValue('other') } } })).toThrow(
    new Error("test/airflow/migration: 'env' of container 'wait-for-database' sets 'AIRFLOW_DATABASE_HOST' twice, or the library sets it already; leave one out"));
});
