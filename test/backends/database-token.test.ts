import { App, Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  AirflowChartProps, AirflowVersion, AwsRdsIamOptions, CertificateAuthority, Database, DatabaseToken, Env, Executor, PostgresDatabaseOptions,
  PostgresSslMode, Scaling, SecretKey, WorkloadIdentity,
} from '../../src/index';
import { airflowChart, building, env, findAll, init, main, Manifest, mount, pod, pods, synthAirflow } from '../util';

const ROLE = 'arn:aws:iam::123456789012:role/airflow';
const irsa = WorkloadIdentity.eksIrsa(ROLE);
const aks = WorkloadIdentity.aks('11111111-1111-1111-1111-111111111111');
const rds: Required<AwsRdsIamOptions> = { region: 'eu-central-1' };
const token = DatabaseToken.awsRdsIam(rds);
const PARTS = { host: 'db.abc.eu-central-1.rds.amazonaws.com', name: 'airflow', user: 'airflow', token };
const ca = CertificateAuthority.fromConfigMap(kplus.ConfigMap.fromConfigMapName(new Chart(new App(), 'elsewhere'), 'ca', 'rds-ca'));

function props(options: Partial<PostgresDatabaseOptions> = {}, more: AirflowChartProps = {}): AirflowChartProps {
  return { pods: { identity: irsa }, ...more, database: Database.postgres({ ...PARTS, ...options }) };
}

/** The variables of the database in a container. */
function variables(manifest: Manifest[], component: string, container = main(manifest, component)): object {
  return Object.fromEntries((container.env ?? []).filter(({ name }) => /^AIRFLOW_DATABASE_(TOKEN|PASSWORD)|^PGSSL/.test(name)).map(({ name, value }) => [name, value]));
}

const VERIFIED = { PGSSLMODE: 'verify-full', PGSSLROOTCERT: '/etc/ssl/certs/ca-certificates.crt' };

describe('tokens in place of a password', () => {
  test('are what every pod with the database asks for, with TLS that is verified', () => {
    const manifest = synthAirflow(props());
    const expected = { AIRFLOW_DATABASE_TOKEN_SOURCE: 'aws-rds-iam', AIRFLOW_DATABASE_TOKEN_REGION: 'eu-central-1', ...VERIFIED };
    for (const component of ['api-server', 'scheduler', 'dag-processor', 'triggerer', 'sync-users', 'migration']) {
      expect([component, variables(manifest, component)]).toEqual([component, expected]);
      const wait = init(manifest, component, component === 'migration' ? 'wait-for-database' : 'wait-for-migration');
      expect([component, variables(manifest, component, wait)]).toEqual([component, expected]);
    }
    expect(variables(manifest, 'task')).toEqual({});
  });

  test.each([[DatabaseToken.azureEntra(), aks, 'azure-entra'], [DatabaseToken.gcpCloudSql(), WorkloadIdentity.gke('airflow@acme.iam.gserviceaccount.com'), 'gcp-cloud-sql']])(
    'come from other clouds: %#', (other, identity, provider) => {
      const manifest = synthAirflow(props({ token: other }, { pods: { identity } }));
      expect(variables(manifest, 'scheduler')).toEqual({ AIRFLOW_DATABASE_TOKEN_SOURCE: provider, ...VERIFIED });
    });

  test('leave no password of the database in any object', () => {
    const manifest = synthAirflow(props({}, { executor: Executor.celery() }));
    expect(JSON.stringify(manifest)).not.toMatch(/DATABASE_PASSWORD|"test-airflow-database"/);
  });

  test('give every pod that connects the identity, Jobs included', () => {
    const accounts = (database?: Database) => {
      const chart = airflowChart({ ...props(), database, pools: { etl: { slots: 1 } }, executor: Executor.celery({ flower: {} }) });
      chart.airflow.addJob('clean', { command: ['airflow', 'version'] });
      const manifest = chart.toJson() as Manifest[];
      return findAll(manifest, 'ServiceAccount').filter(({ metadata }) => metadata.annotations?.['eks.amazonaws.com/role-arn'] === ROLE)
        .map(({ metadata }) => metadata.name.replace('test-airflow-', ''));
    };
    const usual = accounts(Database.inCluster());
    expect(usual).not.toContain('migration');
    expect(accounts(Database.postgres(PARTS)).filter(name => !usual.includes(name))).toEqual(['migration', 'sync-users', 'pools']);
  });

  test('give the pods the labels of the identity', () => {
    const manifest = synthAirflow(props({ token: DatabaseToken.azureEntra() }, { pods: { identity: aks } }));
    const labelled = [...pods(manifest)].filter(([, { metadata }]) => metadata.labels['azure.workload.identity/use'] === 'true').map(([component]) => component);
    expect(labelled).toEqual(expect.arrayContaining(['migration', 'sync-users', 'api-server', 'scheduler', 'dag-processor', 'triggerer']));
  });

  test('lead to the server that knows the identity, in the network graph', () => {
    const edges = (options: Partial<PostgresDatabaseOptions>) => airflowChart(props(options)).airflow.networkGraph.edges
      .filter(({ source, target }) => source === 'migration' && target === 'aws-sts').length;
    expect([edges({}), edges({ token: undefined, password: SecretKey.of('database', 'password') })]).toEqual([1, 0]);
  });

  test('are for the tasks of Airflow 2 too', () => {
    const manifest = synthAirflow(props({}, { version: AirflowVersion.V2_11 }));
    expect(variables(manifest, 'task')).toMatchObject({ AIRFLOW_DATABASE_TOKEN_SOURCE: 'aws-rds-iam' });
    expect(pod(manifest, 'task').spec.serviceAccountName).toBeDefined();
  });

  test('are for another user of the migration, unless this has a password', () => {
    const user = (options: PostgresDatabaseOptions['migrateAs']) => {
      const container = main(synthAirflow(props({ migrateAs: options })), 'migration');
      return ['USER', 'TOKEN_SOURCE', 'PASSWORD'].map(name => env(container, `AIRFLOW_DATABASE_${name}`)).map(found => found?.value ?? found?.valueFrom?.secretKeyRef?.name);
    };
    expect(user({ user: 'owner' })).toEqual(['owner', 'aws-rds-iam', undefined]);
    expect(user({ user: 'owner', password: SecretKey.of('owner', 'password') })).toEqual(['owner', undefined, 'owner']);
  });

  test.each<[PostgresDatabaseOptions['tls'], string]>([[{ ca }, 'verify-full'], [{ ca, mode: PostgresSslMode.VERIFY_CA }, 'verify-ca']])('go to a server of another authority: %#', (tls, mode) => {
    expect(variables(synthAirflow(props({ tls })), 'scheduler')).toMatchObject({ PGSSLMODE: mode, PGSSLROOTCERT: '/run/secrets/database-tls/ca.crt' });
  });
});

describe('the identity', () => {
  const missing = (cloud: string, identities: string) => `'database' logs in with tokens of ${cloud}, but these pods have no cloud identity to request them; `
    + `set 'pods.identity' to ${identities}, or to WorkloadIdentity.none() if the nodes or an existing service account have one`;

  test.each<[string, DatabaseToken, string]>([
    ['AWS', token, 'WorkloadIdentity.eksIrsa() or WorkloadIdentity.eksPodIdentity()'], ['Azure', DatabaseToken.azureEntra(), 'WorkloadIdentity.aks()'],
    ['Google Cloud', DatabaseToken.gcpCloudSql(), 'WorkloadIdentity.gke()'],
  ])('fails without one of %s', (cloud, other, identities) => {
    expect(building(props({ token: other }, { pods: {} }))).toThrow(new Error(`test/airflow/migration: ${missing(cloud, identities)}`));
  });

  test('fails of another cloud', () => {
    expect(building(props({}, { pods: { identity: aks } }))).toThrow(new Error(
      "test/airflow/migration: 'pods.identity' must be an identity of AWS, because 'database' logs in with its tokens, got one of Azure; "
      + "use WorkloadIdentity.eksIrsa() or WorkloadIdentity.eksPodIdentity(), or set AWS_WEB_IDENTITY_TOKEN_FILE in 'pods.env'"));
  });

  test('fails where only one component has one', () => {
    const one = { serviceAccount: { identity: irsa } };
    const several = { pods: {}, jobs: { migration: one, syncUsers: one }, scheduler: one, apiServer: one, triggerer: one };
    expect(building(props({}, several))).toThrow(new Error(
      `test/airflow/dag-processor: ${missing('AWS', 'WorkloadIdentity.eksIrsa() or WorkloadIdentity.eksPodIdentity()')}`));
  });

  test.each<[string, AirflowChartProps]>([
    ['of the nodes', { pods: { identity: WorkloadIdentity.none() } }],
    ['of EKS alone', { pods: { identity: WorkloadIdentity.eksPodIdentity() } }],
    ['of one account for all pods', { pods: { serviceAccount: { identity: irsa } } }],
    ['by a variable, beside one of another cloud', { pods: { identity: aks, env: Env.of({ AWS_WEB_IDENTITY_TOKEN_FILE: '/run/token' }) } }],
    ['of an existing account', { pods: { identity: WorkloadIdentity.none(), serviceAccount: { existing: kplus.ServiceAccount.fromServiceAccountName(new Chart(new App(), 'x'), 'y', 'mine') } } }],
  ])('may be one %s', (_, more) => {
    expect(building(props({}, more))).not.toThrow();
  });

  test('may be a token that the pods project, which the containers that wait have too', () => {
    const projectedToken = { mountPath: '/var/run/secrets/aws', audience: 'sts.amazonaws.com' };
    const wait = (more: Partial<PostgresDatabaseOptions>) => init(synthAirflow(props(more, { pods: { identity: irsa, serviceAccount: { projectedToken } } })), 'scheduler', 'wait-for-migration');
    expect(mount(wait({}), '/var/run/secrets/aws')).toMatchObject({ name: 'service-account-token' });
    expect(mount(wait({ token: undefined, password: SecretKey.of('a', 'b') }), '/var/run/secrets/aws')).toBeUndefined();
  });

  test('may be missing in a migration that has a password', () => {
    const others = { serviceAccount: { identity: irsa } };
    expect(building(props({ migrateAs: { user: 'owner', password: SecretKey.of('owner', 'password') } }, {
      pods: {}, jobs: { syncUsers: others }, scheduler: others, apiServer: others, triggerer: others, dagProcessor: others,
    }))).not.toThrow();
  });
});

test('PgBouncer fails, since it logs users in by a password', () => {
  expect(building(props({}, { pgBouncer: {} }))).toThrow(new Error(
    "test/airflow/pgbouncer: 'pgBouncer' logs users in by their password, but the database has none; give 'database' a 'password', or leave 'pgBouncer' out"));
});

test('KEDA fails without a connection of its own, and passes with one', () => {
  const scaled = (connection?: SecretKey) => building(props({}, { triggerer: { scaling: Scaling.keda({ maxReplicas: 2, connection }) } }));
  expect(scaled()).toThrow(new Error(
    "test/airflow/triggerer: 'scaling' by KEDA needs 'connection' (KEDA cannot request the tokens of the database), a Secret with the address of the Postgres "
    + 'that holds the metadata, like postgresql://user:password@host:5432/airflow?sslmode=require; it reads no other database, and no postgresql+psycopg2://, as Airflow does'));
  expect(scaled(SecretKey.of('keda', 'url'))).not.toThrow();
});

test.each<[string, Partial<PostgresDatabaseOptions>, string]>([
  ['a password as well', { password: SecretKey.of('database', 'password') }, "'password' and 'token' exclude each other; leave one of them out"],
  ['a proxy in the pod', { host: '127.0.0.1' }, "'token' is for a server, but the proxy in the pod at the 'host' logs in by itself; leave out 'token'"],
  ['TLS that checks nothing', { tls: { mode: PostgresSslMode.REQUIRE } },
    "'tls.mode' must be verify-full, or verify-ca beside 'ca', with 'token', got 'require'; any server in between could take the token"],
  ['the whole address of a service account', { token: DatabaseToken.gcpCloudSql(), user: 'airflow@acme.iam.gserviceaccount.com' },
    "'user' must be the address of the service account without '.gserviceaccount.com', as Cloud SQL names it, got 'airflow@acme.iam.gserviceaccount.com'"],
])('fails with %s', (_, options, message) => {
  expect(() => Database.postgres({ ...PARTS, ...options })).toThrow(new Error(message));
});

test.each(['', 'Frankfurt', 'eu-central-1a', 'eu_central_1'])("fails with the region '%s'", region => {
  expect(() => DatabaseToken.awsRdsIam({ region })).toThrow(new Error(`'region' must be like eu-central-1, got '${region}'`));
});

test.each(['us-gov-west-1', 'cn-north-1', 'ap-southeast-2', 'us-iso-east-1', 'eusc-de-east-1'])("passes the region '%s'", region => {
  expect(() => DatabaseToken.awsRdsIam({ region })).not.toThrow();
});
