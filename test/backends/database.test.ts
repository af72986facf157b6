import { Size } from 'cdk8s';
import { AirflowVersion, Database, Executor, Scaling, SecretKey } from '../../src/index';
import { airflowChart, building, cfg, cfgText, Container, env, findAll, init, Manifest, pods, synth, synthAirflow } from '../util';

const CONNECTION = 'AIRFLOW__DATABASE__SQL_ALCHEMY_CONN';
const connection = SecretKey.of('database-of-mine', 'uri');

function containers(manifest: Manifest[]): [string, Container][] {
  return [...pods(manifest)].flatMap(([component, { spec }]) => [...spec.containers, ...spec.initContainers ?? []]
    .map(container => [`${component}/${container.name}`, container] as [string, Container]));
}

/** The containers that know how to reach the database. */
function connected(manifest: Manifest[]): string[] {
  return containers(manifest).filter(([, container]) => env(container, CONNECTION)).map(([name]) => name);
}

describe('a database that a Secret names', () => {
  test('is reached by a reference, never by a text', () => {
    const manifest = synthAirflow({ database: Database.fromSecret(connection) });
    const told = containers(manifest).flatMap(([, container]) => env(container, CONNECTION) ?? []);
    expect(told).toEqual(Array(12).fill({ name: CONNECTION, valueFrom: { secretKeyRef: { name: 'database-of-mine', key: 'uri' } } }));
    expect(cfgText(manifest)).not.toContain('sql_alchemy_conn');
  });

  test('comes without a Postgres', () => {
    const chart = airflowChart({ database: Database.fromSecret(connection) });
    expect(chart.airflow.postgres).toBeUndefined();
    expect(synth(chart).map(object => object.kind)).not.toContain('StatefulSet');
  });
});

describe('a schema of its own', () => {
  test.each([
    ['fromSecret', Database.fromSecret(connection, { schema: 'airflow' })],
    ['fromCommand', Database.fromCommand('acme-token', { schema: 'airflow' })],
    ['fromSecretsBackend', Database.fromSecretsBackend('airflow/db', { schema: 'airflow' })],
  ])('is that of %s', (_, database) => {
    expect(cfg(synthAirflow({ database }), 'database', 'sql_alchemy_schema')).toBe('airflow');
  });

  test('is where KEDA counts tasks and triggers', () => {
    const scaling = Scaling.keda({ maxReplicas: 3, connection });
    const queries = (database: Database) => findAll(synthAirflow({
      database, executor: Executor.celery({ workers: { scaling } }), triggerer: { scaling },
    }), 'ScaledObject').map(({ spec }) => (spec.triggers as { metadata: { query: string } }[])[0].metadata.query.match(/FROM (\S+)/g));
    expect(queries(Database.fromSecret(connection, { schema: 'airflow' }))).toEqual([
      ['FROM "airflow".task_instance', 'FROM "airflow".callback'], ['FROM "airflow".trigger'],
    ]);
    expect(queries(Database.fromSecret(connection))).toEqual([['FROM task_instance', 'FROM callback'], ['FROM trigger']]);
  });

  test('fails when it is no name, or when Airflow has a Postgres for itself', () => {
    for (const wrong of ['', 'a.b', 'a"b', '1a', 'x'.repeat(64)]) {
      expect(() => Database.fromSecret(connection, { schema: wrong })).toThrow(
        new Error(`'schema' must be the name of a schema, of at most 63 letters, digits, '_', '$' and '-', got '${wrong}'`));
    }
    expect(building({ config: { database: { sql_alchemy_schema: 'airflow' } } })).toThrow(new Error(
      "test/airflow: 'config.database.sql_alchemy_schema' cannot be set, got 'airflow'; 'schema' of 'database' decides it: "
      + 'a database that Airflow has for itself needs none; use Database.fromSecret() for another'));
  });
});

describe('a database in the cluster', () => {
  test('is the default, with a password that the bootstrap makes', () => {
    const chart = airflowChart();
    const postgres = chart.airflow.postgres!;
    const [container] = containers(synth(chart)).find(([name]) => name === 'scheduler/scheduler')!.slice(1) as [Container];
    expect(env(container, 'DATABASE_PASSWORD')!.valueFrom!.secretKeyRef).toEqual({ name: 'test-airflow-database', key: 'password' });
    expect(env(container, CONNECTION)!.value).toBe(
      `postgresql+psycopg2://airflow:$(DATABASE_PASSWORD)@${postgres.service.name}.airflow.svc:5432/airflow`);
    expect(chart.airflow.bootstrapSecrets!.secretNames).toContain('test-airflow-database');
  });

  test('names the password before the connection that it is part of', () => {
    const before = containers(synthAirflow()).flatMap(([, { env: variables = [] }]) => {
      const names = variables.map(({ name }) => name);
      return names.includes(CONNECTION) ? [names[names.indexOf(CONNECTION) - 1]] : [];
    });
    expect(before).toEqual(Array(12).fill('DATABASE_PASSWORD'));
  });

  test('has the options of the Postgres', () => {
    const manifest = synthAirflow({ database: Database.inCluster({ volumeSize: Size.gibibytes(3) }) });
    const claim = manifest.find(object => object.kind === 'StatefulSet')!.spec.volumeClaimTemplates[0];
    expect(claim.spec.resources).toEqual({ requests: { storage: '3Gi' } });
  });
});

describe('only what needs it gets the connection', () => {
  const components = ['migration', 'sync-users', 'api-server', 'scheduler', 'dag-processor', 'triggerer'];
  const both = (name: string) => [`${name}/${name}`, `${name}/wait-for-${name === 'migration' ? 'database' : 'migration'}`];

  test('in 3.x every component but the tasks', () => {
    expect(connected(synthAirflow())).toEqual(components.flatMap(both));
  });

  test('in 2.x the tasks too, which write to it themselves', () => {
    const manifest = synthAirflow({ version: AirflowVersion.V2_11, dagProcessor: {} });
    expect(connected(manifest).sort()).toEqual(
      [...components.map(name => name.replace('api-server', 'webserver')).flatMap(both), 'task/base'].sort());
  });

  test('no entry point checks it again', () => {
    for (const executor of [Executor.kubernetes(), Executor.local()]) {
      const mains = [...pods(synthAirflow({ executor }))].filter(([component]) => !['postgres', 'bootstrap-secrets'].includes(component));
      const counts = mains.map(([, { spec }]) => env(spec.containers[0], 'CONNECTION_CHECK_MAX_COUNT')?.value);
      expect(new Set(counts)).toEqual(new Set(['0']));
    }
  });
});

describe('a database that Airflow finds by itself', () => {
  test.each([
    ['a command', Database.fromCommand('acme-token --host db'), `${CONNECTION}_CMD`, 'acme-token --host db'],
    ['the secrets backend', Database.fromSecretsBackend('airflow/db'), `${CONNECTION}_SECRET`, 'airflow/db'],
  ])('by %s: the variable is in every container that connects, and in no other', (_, database, name, value) => {
    const manifest = synthAirflow({ database });
    const told = containers(manifest).flatMap(([, container]) => env(container, name) ?? []);
    expect(told).toEqual(Array(12).fill({ name, value }));
    expect(connected(manifest)).toEqual([]);
    expect(synth(airflowChart({ database })).map(object => object.kind)).not.toContain('StatefulSet');
  });

  test('fails without a command or a key, and with a password in the command', () => {
    expect(() => Database.fromCommand(' ')).toThrow(new Error("'command' must be a program and its arguments, got none"));
    expect(() => Database.fromSecretsBackend('')).toThrow(new Error("'key' must be that of the connection in the secrets backend, got none"));
    expect(() => Database.fromCommand('echo postgresql://airflow:hunter2@db/airflow')).toThrow(
      new Error("'command' must not have a password in it; let it read a variable that 'pods.env' takes from a Secret"));
  });
});

test('the container that waits has the memory that Airflow itself takes, and says why it ended', () => {
  const wait = init(synthAirflow({}), 'scheduler', 'wait-for-migration');
  expect(wait.resources!.limits!.memory).toBe('512Mi');
  expect(wait.resources!.requests!.memory).toBe('32Mi');
  expect(wait.terminationMessagePolicy).toBe('FallbackToLogsOnError');
});
