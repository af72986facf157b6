import * as kplus from 'cdk8s-plus-27';
import {
  AirflowChartProps, AirflowNetworkPolicies, AirflowSecrets, AirflowVersion, Broker, CertificateAuthority, Database, Executor, NetworkPeer, SecretKey,
  SecretsBackend, SecretsFile, SecretsLookup, VaultAuth,
} from '../../src';
import { airflowChart, building, find, Manifest, podList, synth, synthAirflow } from '../util';

const VAULT_URL = 'https://vault.example.com:8200';
const CELERY: AirflowChartProps = { executor: Executor.celery({ broker: Broker.redis(), flower: {} }) };

function podOf(manifest: Manifest[], component: string) {
  const [, { spec }] = podList(manifest).find(([name]) => name === component)!;
  const { env = [], volumeMounts: mounts } = spec.containers[0];
  return { env: Object.fromEntries(env.map(one => [one.name, one.value ?? one.valueFrom?.secretKeyRef])), volumes: spec.volumes, mounts };
}

function kwargsOf(backend: SecretsBackend, version = AirflowVersion.V3_3): { [name: string]: unknown } {
  const { env } = podOf(synthAirflow({ secrets: AirflowSecrets.bootstrap({ backend }), version }), 'triggerer');
  return JSON.parse(env.AIRFLOW__SECRETS__BACKEND_KWARGS as string) as { [name: string]: unknown };
}

describe('who asks the backend', () => {
  const asking = (props: AirflowChartProps, variable = 'AIRFLOW__SECRETS__BACKEND') =>
    podList(synthAirflow(props)).filter(([, { spec }]) => spec.containers[0].env?.some(({ name }) => name === variable)).map(([name]) => name);
  const backend = SecretsBackend.awsSecretsManager();

  test('in Airflow 3: tasks, what runs DAG code, and the API server', () => {
    expect(asking({ secrets: AirflowSecrets.bootstrap({ backend }) })).toEqual(['api-server', 'dag-processor', 'triggerer', 'task']);
    expect(asking({ ...CELERY, secrets: AirflowSecrets.bootstrap({ backend }) })).toEqual(['api-server', 'dag-processor', 'worker', 'triggerer']);
  });

  test('in Airflow 2: also the scheduler, which reads the DAG files', () => {
    expect(asking({ secrets: AirflowSecrets.bootstrap({ backend }), version: AirflowVersion.V2_11 })).toEqual(['webserver', 'scheduler', 'triggerer', 'task']);
  });

  test('all that have the database, if its URL is there', () => {
    expect(asking({ secrets: AirflowSecrets.bootstrap({ backend }), database: Database.fromSecretsBackend('airflow/db') })).toEqual(
      ['migration', 'sync-users', 'api-server', 'scheduler', 'dag-processor', 'triggerer', 'task']);
  });

  test('DAGs, tasks and triggers ask another one if there is one for them', () => {
    const props = { secrets: AirflowSecrets.bootstrap({ backend, taskBackend: SecretsBackend.custom('acme.Tasks') }) };
    expect(asking(props)).toEqual(['api-server', 'dag-processor', 'triggerer']);
    expect(asking(props, 'AIRFLOW__WORKERS__SECRETS_BACKEND')).toEqual(['dag-processor', 'triggerer', 'task']);
    expect(podOf(synthAirflow(props), 'task').env.AIRFLOW__WORKERS__SECRETS_BACKEND).toBe('acme.Tasks');
  });
});

describe('Vault', () => {
  test('by the service account of each pod, with a token for it', () => {
    const auth = VaultAuth.kubernetes('airflow', { audience: 'vault', mountPoint: 'k8s' });
    const backend = SecretsBackend.vault({ url: VAULT_URL, auth, mountPoint: 'kv', kvVersion: 1 });
    const { env, volumes, mounts } = podOf(synthAirflow({ secrets: AirflowSecrets.bootstrap({ backend }) }), 'task');
    expect(env.AIRFLOW__SECRETS__BACKEND).toBe('airflow.providers.hashicorp.secrets.vault.VaultBackend');
    expect(JSON.parse(env.AIRFLOW__SECRETS__BACKEND_KWARGS as string)).toEqual({
      url: VAULT_URL,
      mount_point: 'kv',
      kv_engine_version: 1,
      auth_type: 'kubernetes',
      kubernetes_role: 'airflow',
      auth_mount_point: 'k8s',
      kubernetes_jwt_path: '/run/secrets/vault-token/token',
    });
    expect(volumes).toContainEqual({
      name: 'vault-token', projected: { defaultMode: 0o440, sources: [{ serviceAccountToken: { path: 'token', audience: 'vault', expirationSeconds: 3600 } }] },
    });
    expect(mounts).toContainEqual({ name: 'vault-token', mountPath: '/run/secrets/vault-token', readOnly: true });
  });

  test('by an AppRole or a token, which no object has', () => {
    const appRole = VaultAuth.appRole({ roleId: 'role', secretId: SecretKey.of('vault', 'secret-id') });
    const { env } = podOf(synthAirflow({ secrets: AirflowSecrets.bootstrap({ backend: SecretsBackend.vault({ url: VAULT_URL, auth: appRole }) }) }), 'api-server');
    expect(env.SECRETS_BACKEND_SECRET_ID).toEqual({ name: 'vault', key: 'secret-id' });
    expect(env.AIRFLOW__SECRETS__BACKEND_KWARGS).toBe(`{"url":"${VAULT_URL}","auth_type":"approle","role_id":"role","secret_id":"$(SECRETS_BACKEND_SECRET_ID)"}`);
    const names = Object.keys(env);
    expect(names.indexOf('SECRETS_BACKEND_SECRET_ID')).toBeLessThan(names.indexOf('AIRFLOW__SECRETS__BACKEND_KWARGS'));
    expect(kwargsOf(SecretsBackend.vault({ url: VAULT_URL, auth: VaultAuth.token(SecretKey.of('vault', 'token')) }))).toEqual({
      url: VAULT_URL, auth_type: 'token', token: '$(SECRETS_BACKEND_TOKEN)',
    });
  });

  test('with an authority of its own, a namespace, and paths', () => {
    const ca = CertificateAuthority.fromSecret(SecretKey.of('vault-ca', 'ca.crt'));
    const auth = VaultAuth.token(SecretKey.of('vault', 'token'));
    const options = { url: VAULT_URL, auth, ca, namespace: 'team', connections: 'airflow/connections', without: [SecretsLookup.CONFIG, SecretsLookup.VARIABLES] };
    expect(kwargsOf(SecretsBackend.vault(options))).toMatchObject({
      verify: '/run/secrets/vault-ca/ca.crt', namespace: 'team', connections_path: 'airflow/connections', variables_path: null, config_path: null,
    });
  });

  test('is in the network graph, so that policies allow it', () => {
    const chart = airflowChart({ secrets: AirflowSecrets.bootstrap({ backend: SecretsBackend.vault({ url: VAULT_URL, auth: VaultAuth.kubernetes('airflow') }) }) });
    const edges = chart.airflow.networkGraph.edges.filter(({ target }) => target === 'vault-vault.example.com');
    expect(edges.map(({ source, port }) => `${source} ${port}`)).toEqual(['task-pods 8200', 'api-server 8200', 'dag-processor 8200', 'triggerer 8200']);
    const vault = NetworkPeer.namespace('vault', { ports: [8200] });
    new AirflowNetworkPolicies(chart, 'policies', { airflow: chart.airflow, peers: { 'vault-vault.example.com': [vault] } });
    expect(find(synth(chart), 'NetworkPolicy', 'api-server').spec.egress).toContainEqual({
      to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'vault' } } }], ports: [{ port: 8200, protocol: 'TCP' }],
    });
  });
});

describe('the other stores', () => {
  test.each<[string, SecretsBackend, string[]]>([
    ['AWS Secrets Manager', SecretsBackend.awsSecretsManager(), ['aws-secrets-manager 443']],
    ['an endpoint of its own', SecretsBackend.awsSecretsManager({ endpointUrl: 'http://moto.test.svc:5000' }), ['aws-secrets-manager-moto.test.svc 5000']],
    ['AWS Parameter Store', SecretsBackend.awsParameterStore(), ['aws-parameter-store 443']],
    ['Google Secret Manager', SecretsBackend.gcpSecretManager(), ['gcp-secret-manager 443']],
    ['Azure Key Vault', SecretsBackend.azureKeyVault({ url: 'https://acme.vault.azure.net/' }), ['azure-key-vault-acme.vault.azure.net 443']],
    ['a class of your own', SecretsBackend.custom('acme.Backend'), []],
  ])('are in the network graph as what the program knows: %s', (_, backend, servers) => {
    const { edges } = airflowChart({ secrets: AirflowSecrets.bootstrap({ backend }) }).airflow.networkGraph;
    expect(edges.filter(({ source, purpose }) => source === 'task-pods' && purpose === 'secrets backend').map(({ target, port }) => `${target} ${port}`))
      .toEqual(servers);
  });

  test.each([
    [
      SecretsBackend.awsSecretsManager({ region: 'eu-central-1', connections: 'acme/connections' }),
      { region_name: 'eu-central-1', connections_prefix: 'acme/connections' },
    ],
    [
      SecretsBackend.awsParameterStore({ endpointUrl: 'http://moto.test.svc:5000', without: [SecretsLookup.CONFIG] }),
      { endpoint_url: 'http://moto.test.svc:5000', config_prefix: null },
    ],
    [SecretsBackend.gcpSecretManager({ projectId: 'acme', variables: 'vars' }), { project_id: 'acme', variables_prefix: 'vars' }],
    [SecretsBackend.azureKeyVault({ url: 'https://acme.vault.azure.net/' }), { vault_url: 'https://acme.vault.azure.net/' }],
    [
      SecretsBackend.custom('acme.secrets.Backend', { kwargs: { depth: 2 }, secretKwargs: { key: SecretKey.of('acme', 'key') } }),
      { depth: 2, key: '$(SECRETS_BACKEND_KEY)' },
    ],
  ])('has the arguments of its class: %#', (backend, kwargs) => {
    expect(kwargsOf(backend)).toEqual(kwargs);
    expect(kwargsOf(backend, AirflowVersion.V2_11)).toEqual(kwargs);
  });

  test('files are mounted from a Secret and a ConfigMap as folders, so that a change arrives', () => {
    const chart = airflowChart();
    const configMap = kplus.ConfigMap.fromConfigMapName(chart, 'variables', 'variables');
    const backend = SecretsBackend.files({
      connections: SecretsFile.fromSecret(SecretKey.of('connections', 'connections.yaml')), variables: SecretsFile.fromConfigMap(configMap, 'all.json'),
    });
    const { env, volumes, mounts } = podOf(synthAirflow({ secrets: AirflowSecrets.bootstrap({ backend }) }), 'task');
    expect(JSON.parse(env.AIRFLOW__SECRETS__BACKEND_KWARGS as string)).toEqual({
      connections_file_path: '/run/secrets/airflow-connections/connections.yaml', variables_file_path: '/run/secrets/airflow-variables/all.json',
    });
    expect(volumes).toContainEqual({
      name: 'airflow-connections',
      projected: { defaultMode: 0o440, sources: [{ secret: { name: 'connections', items: [{ key: 'connections.yaml', path: 'connections.yaml' }] } }] },
    });
    expect(mounts).toContainEqual({ name: 'airflow-variables', mountPath: '/run/secrets/airflow-variables', readOnly: true });
  });
});

describe('fails', () => {
  const auth = VaultAuth.kubernetes('airflow');

  test('for the URL and the version of Vault at once', () => {
    expect(() => SecretsBackend.vault({ url: 'vault:8200', auth, kvVersion: 3 })).toThrow(new Error(
      "2 mistakes:\n  'url' must be like https://vault.example.com:8200, got 'vault:8200'\n  'kvVersion' must be 1 or 2, got 3"));
  });

  test('for a URL with a login, without repeating it', () => {
    expect(() => SecretsBackend.vault({ url: 'https://me:hunter2@vault', auth })).toThrow(
      new Error("'url' must be like https://vault.example.com:8200, got 'https://...@vault'"));
  });

  test('for other URLs', () => {
    expect(() => SecretsBackend.azureKeyVault({ url: 'acme' })).toThrow(new Error("'url' must be like https://acme.vault.azure.net/, got 'acme'"));
    expect(() => SecretsBackend.awsSecretsManager({ endpointUrl: 'moto' })).toThrow(
      new Error("'endpointUrl' must be like https://secretsmanager.eu-central-1.amazonaws.com, got 'moto'"));
  });

  test('for a place of what the store does not have', () => {
    expect(() => SecretsBackend.awsParameterStore({ variables: '/vars', without: [SecretsLookup.VARIABLES] })).toThrow(
      new Error("'variables' is '/vars', but 'without' says that the store has no variables; leave one of them out"));
  });

  test('for files without a file or a format', () => {
    expect(() => SecretsBackend.files({})).toThrow(new Error("'connections' or 'variables' must be a file, got none"));
    expect(() => SecretsFile.fromSecret(SecretKey.of('connections', 'connections'))).toThrow(
      new Error("'key' must end with the format of the file, .yaml, .yml, .json or .env, by which Airflow reads it, got 'connections'; rename it"));
  });

  test('for a class that is none, and for arguments that are secrets or given twice', () => {
    expect(() => SecretsBackend.custom('Acme')).toThrow(new Error("'className' must be the full name of a class, like acme.secrets.AcmeBackend, got 'Acme'"));
    expect(() => SecretsBackend.custom('a.B', { kwargs: { token: 'hunter2' } })).toThrow(
      new Error("'kwargs.token' must be no secret, since everyone can read it; use 'secretKwargs'"));
    expect(() => SecretsBackend.custom('a.B', { kwargs: { key: 1 }, secretKwargs: { key: SecretKey.of('a', 'b') } })).toThrow(
      new Error("'secretKwargs.key' is in 'kwargs', too; leave one of them out"));
  });

  test('for a backend of tasks in Airflow 2', () => {
    expect(building({ version: AirflowVersion.V2_11, secrets: AirflowSecrets.bootstrap({ taskBackend: SecretsBackend.custom('a.B') }) })).toThrow(
      /^test\/airflow: 'secrets.taskBackend' exists from Airflow 3.0 on, but the version is 2\.11\.\d+; use 'secrets.backend', which tasks ask, too$/);
  });

  test('for two backends with different files at one place', () => {
    const vault = (audience?: string) => SecretsBackend.vault({ url: VAULT_URL, auth: VaultAuth.kubernetes('airflow', { audience }) });
    expect(building({ secrets: AirflowSecrets.bootstrap({ backend: vault(), taskBackend: vault() }) })).not.toThrow();
    expect(building({ secrets: AirflowSecrets.bootstrap({ backend: vault(), taskBackend: vault('tasks') }) })).toThrow(new Error(
      "test/airflow: 'secrets.taskBackend' and 'secrets.backend' would have different files at /run/secrets/vault-token in the same pods; give both the same"));
  });

  test('not for two backends with the same files, which are there once', () => {
    const vault = SecretsBackend.vault({ url: VAULT_URL, auth: VaultAuth.kubernetes('airflow') });
    const { volumes, mounts } = podOf(synthAirflow({ secrets: AirflowSecrets.bootstrap({ backend: vault, taskBackend: vault }) }), 'dag-processor');
    expect(volumes!.filter(({ name }) => name === 'vault-token')).toHaveLength(1);
    expect(mounts!.filter(({ name }) => name === 'vault-token')).toHaveLength(1);
  });

  test('for the same options of tasks in the configuration', () => {
    expect(building({
      secrets: AirflowSecrets.bootstrap({ taskBackend: SecretsBackend.custom('a.B') }), config: { workers: { secrets_backend: 'acme.Backend' } },
    })).toThrow(new Error("test/airflow: 'config.workers.secrets_backend' cannot be set, got 'acme.Backend'; 'secrets.taskBackend' decides it"));
  });

  test('for the same options in the configuration', () => {
    const backend = SecretsBackend.awsSecretsManager();
    expect(building({ secrets: AirflowSecrets.bootstrap({ backend }), config: { secrets: { backend: 'acme.Backend' } } })).toThrow(
      new Error("test/airflow: 'config.secrets.backend' cannot be set, got 'acme.Backend'; 'secrets.backend' decides it"));
  });
});
