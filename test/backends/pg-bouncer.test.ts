import { Duration } from 'cdk8s';
import {
  AirflowChart, AirflowChartProps, AirflowVersion, Broker, CertificateAuthority, Database, Executor, IpFamily,
  PgBouncerOptions, PostgresSslMode, Scaling, SecretKey,
} from '../../src';
import { airflowChart, building, Container, find, findAll, Manifest, synth, workload } from '../util';

const PASSWORD = SecretKey.of('db', 'password');
const PARTS = Database.postgres({ host: 'db.example.com', name: 'airflow', user: 'app', password: PASSWORD });
const CELERY: AirflowChartProps = { executor: Executor.celery({ broker: Broker.redis() }) };
const pooled = (options: PgBouncerOptions = {}, props: AirflowChartProps = {}) => airflowChart({ database: PARTS, ...props, pgBouncer: options });
const container = (manifest: Manifest[], component: string, name: string): Container => {
  const { initContainers = [], containers } = workload(manifest, component).spec.template.spec;
  return [...initContainers, ...containers].find(one => one.name === name)!;
};
const envOf = (manifest: Manifest[], component: string, name: string) =>
  Object.fromEntries(container(manifest, component, name).env!.map(one => [one.name, one.value ?? one.valueFrom?.secretKeyRef]));
const configOf = (manifest: Manifest[]) => {
  const { PGBOUNCER_POOLS: pools, PGBOUNCER_SETTINGS: settings } = envOf(manifest, 'pgbouncer', 'configure') as { [name: string]: string };
  return { pools: JSON.parse(pools) as object, settings: JSON.parse(settings) as { [name: string]: string } };
};

describe('the pods of Airflow', () => {
  test('reach PgBouncer instead of the database, by a URL that a script composes', () => {
    const env = envOf(synth(pooled()), 'scheduler', 'scheduler');
    expect(env).toMatchObject({
      AIRFLOW_DATABASE_HOST: 'test-airflow-pgbouncer.airflow.svc',
      AIRFLOW_DATABASE_PORT: '6432',
      AIRFLOW_DATABASE_NAME: 'metadata',
      AIRFLOW_DATABASE_USER: 'app',
      AIRFLOW_DATABASE_PASSWORD: { name: 'db', key: 'password' },
      AIRFLOW_DATABASE_POOLED: 'metadata',
      AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_CMD: 'python -S /opt/cdk8s-airflow/database_url.py postgresql+psycopg2',
      PGSSLMODE: 'disable',
    });
    expect(env.AIRFLOW__DATABASE__SQL_ALCHEMY_CONN).toBeUndefined();
  });

  test('reach it also where the database is a URL in a Secret or the Postgres of the library', () => {
    const url = SecretKey.of('database', 'connection');
    expect(envOf(synth(pooled({}, { database: Database.fromSecret(url) })), 'scheduler', 'scheduler')).toMatchObject({
      AIRFLOW_DATABASE_URL: { name: 'database', key: 'connection' }, AIRFLOW_DATABASE_HOST: 'test-airflow-pgbouncer.airflow.svc', AIRFLOW_DATABASE_NAME: 'metadata',
    });
    const own = synth(pooled({}, { database: Database.inCluster() }));
    expect(envOf(own, 'scheduler', 'scheduler')).toMatchObject({ AIRFLOW_DATABASE_HOST: 'test-airflow-pgbouncer.airflow.svc', AIRFLOW_DATABASE_USER: 'airflow' });
    expect(envOf(own, 'pgbouncer', 'configure')).toMatchObject({ AIRFLOW_DATABASE_HOST: 'test-airflow-postgres.airflow.svc', AIRFLOW_DATABASE_NAME: 'airflow' });
  });

  test('the migration goes past it, with its own user if it has one', () => {
    expect(envOf(synth(pooled()), 'migration', 'migration')).toMatchObject({ AIRFLOW_DATABASE_HOST: 'db.example.com', AIRFLOW_DATABASE_USER: 'app' });
    const migrateAs = { user: 'owner', password: SecretKey.of('db', 'owner') };
    const database = Database.postgres({ host: 'db.example.com', name: 'airflow', user: 'app', password: PASSWORD, migrateAs });
    const manifest = synth(pooled({}, { database }));
    expect(envOf(manifest, 'migration', 'migration')).toMatchObject({ AIRFLOW_DATABASE_HOST: 'db.example.com', AIRFLOW_DATABASE_USER: 'owner' });
    expect(JSON.stringify(workload(manifest, 'pgbouncer'))).not.toContain('owner');
  });

  test('Celery has a pool of its own for results in the database, and none for results elsewhere', () => {
    const manifest = synth(pooled({}, CELERY));
    const command = 'python -S /opt/cdk8s-airflow/database_url.py db+postgresql+psycopg2 results';
    expect(envOf(manifest, 'worker', 'worker')).toMatchObject({ AIRFLOW_DATABASE_POOLED: 'metadata results', AIRFLOW__CELERY__RESULT_BACKEND_CMD: command });
    expect(envOf(manifest, 'scheduler', 'scheduler').AIRFLOW__CELERY__RESULT_BACKEND_CMD).toBe(command);
    expect(envOf(manifest, 'triggerer', 'triggerer').AIRFLOW__CELERY__RESULT_BACKEND_CMD).toBeUndefined();
    const elsewhere = Executor.celery({ broker: Broker.redis(), resultBackend: SecretKey.of('results', 'url') });
    expect(configOf(synth(pooled({}, { executor: elsewhere }))).pools).toEqual({ metadata: 5 });
  });

  test('task pods of Airflow 3 have nothing of it', () => {
    const { data } = findAll(synth(pooled()), 'ConfigMap').find(({ data: files }) => files['default.yaml'] !== undefined)!;
    expect(data['default.yaml']).not.toMatch(/AIRFLOW_DATABASE|pgbouncer/);
  });

  test('KEDA asks through it', () => {
    const workers = { scaling: Scaling.keda({ maxReplicas: 3 }) };
    const { spec } = find(synth(pooled({}, { executor: Executor.celery({ broker: Broker.redis(), workers }) })), 'ScaledObject');
    expect((spec.triggers as { metadata: object }[])[0].metadata).toMatchObject({
      host: 'test-airflow-pgbouncer.airflow.svc', port: '6432', dbName: 'metadata', userName: 'app', sslmode: 'disable',
    });
  });

  test('wait as long as the database says', () => {
    const database = Database.postgres({ host: 'db', name: 'airflow', user: 'app', password: PASSWORD, connectTimeout: Duration.seconds(7) });
    expect(envOf(synth(pooled({}, { database })), 'scheduler', 'scheduler').AIRFLOW_DATABASE_CONNECT_TIMEOUT).toBe('7');
  });
});

describe('PgBouncer', () => {
  test('is two pods on two nodes, of which the cluster takes one at a time', () => {
    const manifest = synth(pooled());
    const { spec } = workload(manifest, 'pgbouncer');
    expect([spec.replicas, spec.strategy]).toEqual([2, { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } }]);
    const spread = { maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway', labelSelector: spec.selector, matchLabelKeys: ['pod-template-hash'] };
    expect(spec.template.spec.topologySpreadConstraints).toEqual(['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map(topologyKey => ({ ...spread, topologyKey })));
    expect(find(manifest, 'PodDisruptionBudget', 'pgbouncer').spec).toEqual({ maxUnavailable: 1, selector: spec.selector, unhealthyPodEvictionPolicy: 'AlwaysAllow' });
  });

  test('a single one is replaced before it ends, and no budget holds up a node', () => {
    const manifest = synth(pooled({ replicas: 1 }));
    expect(workload(manifest, 'pgbouncer').spec.strategy).toEqual({ type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } });
    expect(findAll(manifest, 'PodDisruptionBudget')).toEqual([]);
  });

  test('ends when the Service has forgotten it and no transaction is open', () => {
    const { spec } = workload(synth(pooled()), 'pgbouncer').spec.template;
    expect(spec.terminationGracePeriodSeconds).toBe(300);
    expect(spec.containers[0].lifecycle).toEqual({
      preStop: { exec: { command: ['sh', '-c', 'sleep 5; kill -INT 1; while kill -0 1 2>/dev/null; do sleep 1; done'] } },
    });
  });

  test('keeps the passwords in memory, and no object has them', () => {
    const manifest = synth(pooled());
    const { volumes } = workload(manifest, 'pgbouncer').spec.template.spec;
    expect(volumes).toContainEqual({ name: 'pgbouncer', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } });
    expect(configOf(manifest).settings).toEqual({
      listen_addr: '*',
      listen_port: '6432',
      unix_socket_dir: '',
      auth_type: 'scram-sha-256',
      auth_file: '/run/pgbouncer/users.txt',
      pool_mode: 'transaction',
      max_client_conn: '120',
      ignore_startup_parameters: 'extra_float_digits',
      server_login_retry: '1',
      log_connections: '0',
      log_disconnections: '0',
    });
  });

  test('speaks TLS at both ends', () => {
    const ca = CertificateAuthority.fromSecret(SecretKey.of('rds', 'ca.crt'));
    const database = Database.postgres({ host: 'db', name: 'airflow', user: 'app', password: PASSWORD, tls: { ca, mode: PostgresSslMode.VERIFY_CA } });
    const tls = {
      certificate: SecretKey.of('pgb', 'tls.crt'), privateKey: SecretKey.of('pgb', 'tls.key'), ca: CertificateAuthority.fromSecret(SecretKey.of('pgb', 'ca.crt')),
    };
    const manifest = synth(pooled({ tls }, { database }));
    expect(configOf(manifest).settings).toMatchObject({
      client_tls_sslmode: 'require',
      client_tls_cert_file: '/run/secrets/pgbouncer-tls/tls.crt',
      client_tls_key_file: '/run/secrets/pgbouncer-tls/tls.key',
      server_tls_sslmode: 'verify-ca',
      server_tls_ca_file: '/run/secrets/database-tls/ca.crt',
    });
    expect(envOf(manifest, 'scheduler', 'scheduler')).toMatchObject({ PGSSLMODE: 'verify-full', PGSSLROOTCERT: '/run/secrets/pgbouncer-tls/ca.crt' });
    const scheduler = JSON.stringify(workload(manifest, 'scheduler'));
    expect([scheduler.includes('tls.key'), scheduler.includes('"rds"'), JSON.stringify(workload(manifest, 'migration')).includes('"rds"')]).toEqual([false, false, true]);
  });

  test('has an exporter if the program wants one, with a user that can only read statistics', () => {
    const manifest = synth(pooled({ exporter: {} }));
    expect(configOf(manifest).settings.stats_users).toBe('stats');
    const stats = { name: 'test-airflow-pgbouncer', key: 'password' };
    expect(envOf(manifest, 'pgbouncer', 'configure').PGBOUNCER_STATS_PASSWORD).toEqual(stats);
    expect(envOf(manifest, 'pgbouncer', 'exporter')).toEqual({
      STATS_PASSWORD: stats, PGBOUNCER_EXPORTER_CONNECTION_STRING: 'postgres://stats:$(STATS_PASSWORD)@127.0.0.1:6432/pgbouncer?sslmode=disable',
    });
  });

  test('is the only one that talks to the database, beside the migration', () => {
    const { networkGraph: { edges } } = pooled({}, { database: Database.inCluster() }).airflow;
    expect(edges.filter(({ target }) => target === 'postgres').map(({ source, purpose }) => `${source}: ${purpose}`)).toEqual(['pgbouncer: pools', 'migration: metadata']);
    expect(edges.filter(({ target }) => target === 'pgbouncer').map(({ source, port }) => `${source} ${port}`)).toEqual(
      ['sync-users', 'api-server', 'scheduler', 'dag-processor', 'triggerer'].map(source => `${source} 6432`));
  });
});

test('its Service has the IP family of the cluster', () => {
  const family = (ipFamily?: IpFamily) => {
    const { spec: { ipFamilies, ipFamilyPolicy } } = find(synth(pooled({}, { pods: { ipFamily } })), 'Service', 'pgbouncer');
    return [ipFamilyPolicy, ipFamilies];
  };
  expect(family(IpFamily.IPV6)).toEqual(['SingleStack', ['IPv6']]);
  expect(family()).toEqual([undefined, undefined]);
});

describe('the sizes of the pools', () => {
  const notes = (chart: AirflowChart) => chart.airflow.notes.split('\n').filter(line => line.startsWith('  ') && !line.includes('kubectl'));

  test('follow from the components, and the notes say how', () => {
    expect(notes(pooled({}, { apiServer: { replicas: 3 }, config: { api: { workers: '2' } }, scheduler: { replicas: 2 } }))).toEqual([
      '  API server: 6 processes, 24 transactions at a time',
      '  scheduler: 2 processes, 4 transactions at a time',
      '  dag-processor: 1 processes, 1 transactions at a time',
      '  triggerer: 1 processes, 2 transactions at a time',
      '  pool for metadata: 31, direct for the migration: 3',
      '  together: 35',
    ]);
  });

  test('count the workers and tasks of Airflow 2, and the most pods of an autoscaler', () => {
    const workers = { concurrency: 8, scaling: Scaling.cpu({ maxReplicas: 4 }) };
    expect(notes(pooled({}, { version: AirflowVersion.V2_11, executor: Executor.celery({ broker: Broker.redis(), workers }) }))).toEqual([
      '  webserver: 4 processes, 4 transactions at a time',
      '  scheduler: 4 processes, 8 transactions at a time',
      '  Celery workers: 36 processes, 9 transactions at a time',
      '  triggerer: 1 processes, 2 transactions at a time',
      '  pool for metadata: 23, for results of Celery: 5, direct for the migration: 3',
      '  together: 33',
    ]);
    expect(notes(pooled({}, { version: AirflowVersion.V2_11 }))).toContain('  task pods: 64 processes, 8 transactions at a time');
  });

  test('are those that the program gives, in equal parts for all pods', () => {
    const manifest = synth(pooled({ poolSize: 20, resultsPoolSize: 5, replicas: 3 }, CELERY));
    expect(configOf(manifest).pools).toEqual({ metadata: 7, results: 2 });
  });

  test('fail beyond what the database has, with the table', () => {
    expect(building({ database: PARTS, pgBouncer: { poolSize: 20, maxConnections: 23 } })).not.toThrow();
    expect(building({ database: PARTS, pgBouncer: { poolSize: 20, maxConnections: 22 } })).toThrow(new Error([
      'Validation failed with the following errors:',
      "[test/airflow/pgbouncer] 'pgBouncer.maxConnections' is 22, but these connections need 23; "
        + "lower 'poolSize' or the replicas, or raise the limit of the database:",
    ].join('\n  ') + `
  API server: 1 processes, 4 transactions at a time
  scheduler: 1 processes, 2 transactions at a time
  dag-processor: 1 processes, 1 transactions at a time
  triggerer: 1 processes, 2 transactions at a time
  pool for metadata: 20, direct for the migration: 3
  together: 23`));
  });
});

describe('fails', () => {
  const failing = (options: PgBouncerOptions, props: AirflowChartProps, message: string) => {
    expect(() => pooled(options, props)).toThrow(new Error(`test/airflow/pgbouncer: ${message}`));
  };

  test.each([['replicas', 0], ['poolSize', 0], ['resultsPoolSize', 1.5], ['maxConnections', -1]])('for the %s %p', (prop, value) => {
    failing({ [prop]: value }, CELERY, `'pgBouncer.${prop}' must be a whole number of at least 1, got ${value}`);
  });

  test('for all mistakes at once', () => {
    expect(() => pooled({ replicas: 0, resultsPoolSize: 3 })).toThrow(new Error([
      'test/airflow/pgbouncer: 2 mistakes:',
      "'pgBouncer.replicas' must be a whole number of at least 1, got 0",
      "'pgBouncer.resultsPoolSize' is for results of Celery in the metadata database, of which there are none, got 3; leave it out",
    ].join('\n  ')));
  });

  test('for a database whose login nothing knows before Airflow', () => {
    const message = "'pgBouncer' needs a database whose login it can know, but a command or a secrets backend gives Airflow the URL; "
      + 'use Database.postgres() or Database.fromSecret()';
    failing({}, { database: Database.fromCommand('/bin/url') }, message);
    failing({}, { database: Database.fromSecretsBackend('url') }, message);
  });

  test('for a proxy in the pods of Airflow', () => {
    failing({}, { database: Database.postgres({ host: '127.0.0.1', name: 'airflow', user: 'app' }) },
      "'pgBouncer' reaches the database from a pod of its own, but the 'host' is a proxy in the pods of Airflow; give the address of the database");
  });

  test('for a database without a password', () => {
    const clientCertificate = { certificate: SecretKey.of('db', 'tls.crt'), privateKey: SecretKey.of('db', 'tls.key') };
    failing({}, { database: Database.postgres({ host: 'db', name: 'airflow', user: 'app', tls: { clientCertificate } }) },
      "'pgBouncer' logs users in by their password, but the database has none; give 'database' a 'password', or leave 'pgBouncer' out");
  });

  test('for a pool of results that are elsewhere', () => {
    failing({ resultsPoolSize: 3 }, {}, "'pgBouncer.resultsPoolSize' is for results of Celery in the metadata database, of which there are none, got 3; leave it out");
  });

  test('for an image without a tag', () => {
    expect(() => pooled({ image: 'acme/pgbouncer' })).toThrow(/^test\/airflow\/pgbouncer: 'pgBouncer.image' /);
  });
});
