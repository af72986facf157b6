import { Duration } from 'cdk8s';
import { AirflowChartProps, AirflowSecrets, AirflowVersion, Database, ExternalKeysOptions, SecretKey } from '../../src';
import { airflowChart, building, env, find, Manifest, pods, synth, synthAirflow } from '../util';

const store = { name: 'vault' };
const remote = (property: string) => ({ key: 'airflow/keys', property });
const FERNET = { current: remote('fernet') };
const ALL: ExternalKeysOptions = { store, fernetKey: FERNET, jwtSecret: remote('jwt'), secretKey: remote('session') };

function variable(manifest: Manifest[], component: string, name: string) {
  return env(pods(manifest).get(component)!.spec.containers[0], name);
}

test('every key comes from the store, once, by a Secret of its own', () => {
  const manifest = synthAirflow({ secrets: AirflowSecrets.externalSecrets(ALL) });
  const { metadata, spec } = find(manifest, 'ExternalSecret', 'external-keys');
  const labels = { 'app.kubernetes.io/instance': 'test-airflow', 'app.kubernetes.io/managed-by': 'cdk8s-airflow', 'app.kubernetes.io/name': 'airflow' };
  expect(metadata).toEqual({ name: 'test-airflow-external-keys', namespace: 'airflow', labels });
  expect(spec).toEqual({
    refreshPolicy: 'OnChange',
    secretStoreRef: { name: 'vault', kind: 'SecretStore' },
    target: {
      name: 'test-airflow-external-keys', creationPolicy: 'Owner', deletionPolicy: 'Retain', template: { metadata: { labels }, mergePolicy: 'Merge' },
    },
    data: [
      { secretKey: 'fernet-key-017a7d', remoteRef: { key: 'airflow/keys', property: 'fernet' } },
      { secretKey: 'jwt-secret-b7ff8a', remoteRef: { key: 'airflow/keys', property: 'jwt' } },
      { secretKey: 'secret-key-2fe5a1', remoteRef: { key: 'airflow/keys', property: 'session' } },
    ],
  });
  expect(manifest.filter(({ kind }) => kind === 'ExternalSecret')).toHaveLength(1);
  expect(variable(manifest, 'api-server', 'AIRFLOW__CORE__FERNET_KEY')).toEqual({
    name: 'AIRFLOW__CORE__FERNET_KEY', valueFrom: { secretKeyRef: { name: 'test-airflow-external-keys', key: 'fernet-key-017a7d' } },
  });
  expect(JSON.stringify(pods(manifest).get('bootstrap-secrets')!.spec.containers[0].command)).not.toContain('airflow-keys');
});

test('another place in the store replaces the pods, and has another key of the Secret', () => {
  const keyOf = (version?: string) => {
    const manifest = synthAirflow({ secrets: AirflowSecrets.externalSecrets({ store, jwtSecret: { ...remote('jwt'), version } }) });
    return variable(manifest, 'scheduler', 'AIRFLOW__API_AUTH__JWT_SECRET')!.valueFrom!.secretKeyRef!.key;
  };
  expect(keyOf('2')).not.toEqual(keyOf());
});

test('connections and variables are read again and again, and only the pods that look them up have them', () => {
  const secrets = AirflowSecrets.externalSecrets({
    store: { name: 'aws', clusterWide: true },
    connections: { warehouse: { key: 'airflow/connections/warehouse' } },
    variables: { slack_token: { key: 'airflow/variables', property: 'slack', version: '3' } },
    refreshInterval: Duration.minutes(90),
  });
  const manifest = synthAirflow({ secrets });
  expect(manifest.filter(({ kind }) => kind === 'ExternalSecret').map(({ metadata }) => metadata.name)).toEqual(['test-airflow-external-connections']);
  expect(find(manifest, 'ExternalSecret', 'external-connections').spec).toMatchObject({
    refreshPolicy: 'Periodic',
    refreshInterval: '1h30m0s',
    secretStoreRef: { name: 'aws', kind: 'ClusterSecretStore' },
    data: [
      { secretKey: 'connection.warehouse', remoteRef: { key: 'airflow/connections/warehouse' } },
      { secretKey: 'variable.slack_token', remoteRef: { key: 'airflow/variables', property: 'slack', version: '3' } },
    ],
  });
  const having = (name: string) => [...pods(manifest).keys()].filter(component => variable(manifest, component, name) !== undefined);
  expect(having('AIRFLOW_CONN_WAREHOUSE')).toEqual(['api-server', 'dag-processor', 'triggerer']);
  expect(having('AIRFLOW_VAR_SLACK_TOKEN')).toEqual(['api-server', 'dag-processor', 'triggerer']);
  expect(variable(manifest, 'api-server', 'AIRFLOW__CORE__FERNET_KEY')!.valueFrom!.secretKeyRef).toEqual({ name: 'test-airflow-keys', key: 'fernet-key' });
});

test('connections are read again every hour unless the program says how often', () => {
  const manifest = synthAirflow({ secrets: AirflowSecrets.externalSecrets({ store, connections: { warehouse: remote('warehouse') } }) });
  expect(find(manifest, 'ExternalSecret', 'external-connections').spec).toMatchObject({ refreshInterval: '1h0m0s' });
});

test('two Airflows of one namespace have different Secrets', () => {
  const names = ['one', 'two'].map(name => find(synthAirflow({ name, secrets: AirflowSecrets.externalSecrets(ALL) }), 'ExternalSecret').metadata.name);
  expect(names).toEqual(['one-external-keys', 'two-external-keys']);
});

describe('fails', () => {
  const KEYS = "'fernetKey', 'jwtSecret', 'secretKey', 'connections' or 'variables' must name a value of the store, got none; leave 'secrets' out to generate the keys";

  test.each<[ExternalKeysOptions, string]>([
    [{ store }, KEYS],
    [{ ...ALL, store: { name: 'Vault_1' } }, "'store.name' must be the name of a SecretStore, of lowercase letters, digits, '-' and '.', got 'Vault_1'"],
    [{ ...ALL, refreshInterval: Duration.millis(100) }, "'refreshInterval' must be a whole number of seconds of at least 1, got 0.1"],
    [{ ...ALL, jwtSecret: { key: ' ' } }, "'jwtSecret.key' must be a text without line breaks, got \" \""],
    [{ ...ALL, fernetKey: { current: { key: 'a', property: 'b\nc' } } }, "'fernetKey.current.property' must be a text without line breaks, got \"b\\nc\""],
    [{ store, connections: { db: { key: '' } }, variables: { v: { key: 'a', version: '' } } },
      "2 mistakes:\n  'connections.db.key' must be a text without line breaks, got \"\"\n  'variables.v.version' must be a text without line breaks, got \"\""],
    [{ ...ALL, fernetKey: { current: remote('fernet'), previous: remote('fernet') } },
      "'fernetKey.previous' must be another key than 'fernetKey.current', got 'airflow/keys' 'fernet' twice; keep each key in a place of its own"],
    [{ ...ALL, fernetKey: { current: { key: 'a', version: '2' }, next: { key: 'a', version: '2' } } },
      "'fernetKey.next' must be another key than 'fernetKey.current', got 'a' version '2' twice; keep each key in a place of its own"],
    [{ ...ALL, fernetKey: { current: { key: 'a', version: '2' }, previous: { key: 'a', version: '1' }, next: { key: 'a', version: '3' } } },
      "'fernetKey.previous' and 'fernetKey.next' are two steps of a change; first set 'next', and set 'previous' when 'next' has become 'current'"],
  ])('with wrong references (%#)', (options, message) => {
    expect(() => AirflowSecrets.externalSecrets(options)).toThrow(new Error(message));
  });

  test('for connections that the Airflow cannot have', () => {
    expect(() => AirflowSecrets.externalSecrets({ store, connections: { 'a b': { key: 'a' } } })).toThrow(new Error(
      "'connections' must have names of letters, digits, '_', '-' and '.', since they become the names of environment variables, got 'a b'"));
    expect(() => AirflowSecrets.externalSecrets({ store, variables: { 'a=b': { key: 'a' } } })).toThrow(new Error(
      "'variables' must have names of letters, digits, '_', '-' and '.', since they become the names of environment variables, got 'a=b'"));
    const twice = AirflowSecrets.externalSecrets({ store, variables: { A: { key: 'a' }, a: { key: 'b' } } });
    expect(building({ secrets: twice })).toThrow(
      new Error("test/airflow: 'key' must be that of one variable, whatever the case of its letters, got 'a' again; leave one of them out"));
  });

  test('for a JWT secret in Airflow 2', () => {
    expect(building({ version: AirflowVersion.V2_11, secrets: AirflowSecrets.externalSecrets(ALL) })).toThrow(
      new Error("test/airflow: 'secrets.jwtSecret' exists from Airflow 3.0 on, but the version is 2.11.2; leave it out"));
  });

  test('for task pods of Airflow 2 in another namespace, where the operator makes no Secret', () => {
    const props: AirflowChartProps = {
      version: AirflowVersion.V2_11,
      database: Database.fromSecret(SecretKey.of('database', 'connection')),
      secrets: AirflowSecrets.externalSecrets({ store, fernetKey: FERNET, secretKey: remote('session') }),
    };
    expect(() => airflowChart(props).airflow.addTaskPod('pod0', { namespace: 'jobs' })).toThrow(new Error("test/airflow/task-pods/pod0: 'namespace' is 'jobs', where "
      + "Secret/test-airflow-external-keys, which Airflow 2 needs in every task, is not made; give 'database' and 'secrets' by Secrets that you keep in both namespaces, or use Airflow 3"));
  });
});

test('is there when the keys are shared with an API server elsewhere', () => {
  expect(() => synth(airflowChart({ external: { apiServerUrl: 'https://a.example.com' }, secrets: AirflowSecrets.externalSecrets(ALL) }))).not.toThrow();
});
