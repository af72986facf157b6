import { AirflowChartProps, AirflowSecrets, AirflowVersion, CsiKeysOptions, Database, SecretKey, SecretsStoreProvider, WorkloadIdentity } from '../../src';
import { parseYaml } from '../../src/kubernetes/yaml';
import { airflowChart, env, Manifest, pods, synthAirflow } from '../util';

const vault = SecretsStoreProvider.vault({ role: 'airflow', url: 'https://vault.example.com:8200', mountPoint: 'k8s', namespace: 'team' });
const remote = (property: string) => ({ key: 'secret/data/airflow', property });
const ALL: CsiKeysOptions = { provider: vault, fernetKey: { current: remote('fernet') }, jwtSecret: remote('jwt'), secretKey: remote('session') };
const FERNET = 'AIRFLOW__CORE__FERNET_KEY';

const classes = (manifest: Manifest[]) => manifest.filter(({ kind }) => kind === 'SecretProviderClass');
const classOf = (manifest: Manifest[], part: string) => classes(manifest).find(({ metadata: { name } }) => name.startsWith(`test-airflow-${part}-`))!;
const main = (manifest: Manifest[], component: string) => pods(manifest).get(component)!.spec.containers[0];
/** The parameters of the class of the Fernet key. */
const parametersOf = (options: CsiKeysOptions) =>
  (classOf(synthAirflow({ secrets: AirflowSecrets.csi(options) }), 'fernet-key').spec as unknown as { parameters: { [name: string]: string } }).parameters;

describe('files', () => {
  const manifest = synthAirflow({ secrets: AirflowSecrets.csi(ALL) });

  test('each pod mounts the keys that it needs, and Airflow reads them from there', () => {
    const volumes = (component: string) => pods(manifest).get(component)!.spec.volumes!.filter(volume => 'csi' in volume).map(({ name }) => name);
    expect(['api-server', 'scheduler', 'dag-processor', 'triggerer', 'migration', 'task'].map(component => [component, volumes(component)])).toEqual([
      ['api-server', ['fernet-key', 'jwt-secret', 'secret-key']],
      ['scheduler', ['fernet-key', 'jwt-secret']],
      ['dag-processor', ['fernet-key']],
      ['triggerer', ['fernet-key', 'secret-key']],
      ['migration', ['fernet-key']],
      ['task', []],
    ]);
    expect(env(main(manifest, 'api-server'), `${FERNET}_CMD`)!.value).toBe('cat /run/secrets/fernet-key/fernet-key-b6d070');
    expect(env(main(manifest, 'api-server'), FERNET)).toBeUndefined();
    expect(main(manifest, 'api-server').volumeMounts).toContainEqual({ name: 'fernet-key', mountPath: '/run/secrets/fernet-key', readOnly: true });
    expect(pods(manifest).get('api-server')!.spec.volumes).toContainEqual({
      name: 'fernet-key',
      csi: {
        driver: 'secrets-store.csi.k8s.io', readOnly: true, volumeAttributes: { secretProviderClass: classOf(manifest, 'fernet-key').metadata.name },
      },
    });
  });

  test('no Secret has the keys', () => {
    expect(classes(manifest).map(({ apiVersion }) => apiVersion)).toEqual(Array(3).fill('secrets-store.csi.x-k8s.io/v1'));
    expect(classOf(manifest, 'jwt-secret').metadata).toEqual({
      name: classOf(manifest, 'jwt-secret').metadata.name,
      namespace: 'airflow',
      labels: { 'app.kubernetes.io/instance': 'test-airflow', 'app.kubernetes.io/managed-by': 'cdk8s-airflow', 'app.kubernetes.io/name': 'airflow' },
    });
    expect(classes(manifest).map(({ spec }) => Object.keys(spec as object))).toEqual([['parameters', 'provider'], ['parameters', 'provider'], ['parameters', 'provider']]);
  });

  test('another place in the store makes another class, so that pods that run keep theirs', () => {
    const name = (property: string) => classOf(synthAirflow({ secrets: AirflowSecrets.csi({ ...ALL, jwtSecret: remote(property) }) }), 'jwt-secret').metadata.name;
    expect(name('jwt-2')).not.toBe(name('jwt'));
    expect(name('jwt')).toMatch(/^test-airflow-jwt-secret-[0-9a-f]{6}$/);
  });

  test('two Fernet keys are one value with a comma in between', () => {
    const rotating = synthAirflow({ secrets: AirflowSecrets.csi({ ...ALL, fernetKey: { current: remote('new'), previous: remote('old') } }) });
    expect(env(main(rotating, 'api-server'), `${FERNET}_CMD`)!.value).toMatch(
      /^bash -c 'echo -n "\$\(< \/run\/secrets\/fernet-key\/fernet-key-[0-9a-f]{6}\),\$\(< \/run\/secrets\/fernet-key\/fernet-key-[0-9a-f]{6}\)"'$/);
  });
});

test('with syncSecret the keys are variables of a Secret that the driver makes, and the pods mount its volume', () => {
  const manifest = synthAirflow({
    secrets: AirflowSecrets.csi({ ...ALL, syncSecret: true, connections: { warehouse: remote('warehouse') }, variables: { slack_token: remote('slack') } }),
  });
  const { metadata: { name, labels }, spec } = classOf(manifest, 'fernet-key');
  expect((spec as unknown as { secretObjects: unknown }).secretObjects).toEqual([
    { secretName: name, type: 'Opaque', labels, data: [{ objectName: 'fernet-key-b6d070', key: 'fernet-key-b6d070' }] },
  ]);
  expect(env(main(manifest, 'api-server'), FERNET)!.valueFrom!.secretKeyRef).toEqual({ name, key: 'fernet-key-b6d070' });
  const connections = classOf(manifest, 'connections').metadata.name;
  expect(env(main(manifest, 'triggerer'), 'AIRFLOW_CONN_WAREHOUSE')!.valueFrom!.secretKeyRef).toEqual({ name: connections, key: 'connection.warehouse' });
  expect(env(main(manifest, 'triggerer'), 'AIRFLOW_VAR_SLACK_TOKEN')!.valueFrom!.secretKeyRef).toEqual({ name: connections, key: 'variable.slack_token' });
  expect(pods(manifest).get('triggerer')!.spec.volumes!.map(volume => volume.name)).toContain('connections');
  expect(pods(manifest).get('scheduler')!.spec.volumes!.map(volume => volume.name)).not.toContain('connections');
});

describe('the providers', () => {
  const fernetKey = (key: string, more: object = {}) => ({ current: { key, ...more } });

  test('Vault', () => {
    const { objects, ...others } = parametersOf(ALL);
    expect(others).toEqual({ roleName: 'airflow', vaultAddress: 'https://vault.example.com:8200', vaultKubernetesMountPath: 'k8s', vaultNamespace: 'team' });
    expect(parseYaml(objects)).toEqual([[{ objectName: 'fernet-key-b6d070', secretPath: 'secret/data/airflow', secretKey: 'fernet' }]]);
  });

  test('Vault at the address with which the provider was installed', () => {
    const { objects, ...others } = parametersOf({ ...ALL, provider: SecretsStoreProvider.vault({ role: 'airflow' }) });
    expect(others).toEqual({ roleName: 'airflow' });
    expect(objects).toContain('fernet-key-b6d070');
  });

  test('AWS, a property of a secret and a whole parameter', () => {
    const one = parametersOf({ provider: SecretsStoreProvider.awsSecretsManager({ region: 'eu-central-1' }), fernetKey: fernetKey('airflow/keys', { property: 'fernet', version: 'v1' }) });
    expect(one).toEqual({ region: 'eu-central-1', objects: one.objects });
    expect(parseYaml(one.objects)).toEqual([[{
      objectName: 'airflow/keys',
      objectType: 'secretsmanager',
      objectAlias: 'fernet-key-94a394-whole',
      objectVersion: 'v1',
      jmesPath: [{ path: 'fernet', objectAlias: 'fernet-key-94a394' }],
    }]]);
    const two = parametersOf({ provider: SecretsStoreProvider.awsParameterStore({ podIdentity: true }), fernetKey: fernetKey('/airflow/fernet') });
    expect(two).toEqual({ usePodIdentity: 'true', objects: two.objects });
    expect(parseYaml(two.objects)).toEqual([[{ objectName: '/airflow/fernet', objectType: 'ssmparameter', objectAlias: 'fernet-key-ff7a8c' }]]);
  });

  test('Azure', () => {
    const { objects, ...others } = parametersOf({
      provider: SecretsStoreProvider.azureKeyVault({ keyVault: 'acme', tenantId: 'tenant', clientId: 'client' }), fernetKey: fernetKey('airflow-fernet', { version: '1' }),
    });
    expect(others).toEqual({ keyvaultName: 'acme', tenantId: 'tenant', clientID: 'client' });
    const [{ array: [object] }] = parseYaml(objects) as unknown as { array: string[] }[];
    expect(parseYaml(object)).toEqual([{ objectName: 'airflow-fernet', objectType: 'secret', objectAlias: 'fernet-key-669661', objectVersion: '1' }]);
  });

  test('Google Cloud', () => {
    const { secrets } = parametersOf({ provider: SecretsStoreProvider.gcpSecretManager(), fernetKey: fernetKey('projects/acme/secrets/fernet') });
    expect(parseYaml(secrets)).toEqual([[{ resourceName: 'projects/acme/secrets/fernet/versions/latest', path: 'fernet-key-2d5434' }]]);
    const regional = parametersOf({
      provider: SecretsStoreProvider.gcpSecretManager(), fernetKey: fernetKey('projects/acme/locations/europe-west3/secrets/fernet', { version: '3' }),
    });
    expect(parseYaml(regional.secrets)).toMatchObject([[{ resourceName: 'projects/acme/locations/europe-west3/secrets/fernet/versions/3' }]]);
  });

  test('of a cloud alone read the values with the identity of the pods', () => {
    const uses = (provider: SecretsStoreProvider, key: string) =>
      AirflowSecrets.csi({ provider, fernetKey: { current: provider === vault ? remote('fernet') : { key } } })._usesIdentity;
    expect(uses(vault, '')).toBe(false);
    expect(uses(SecretsStoreProvider.awsSecretsManager(), 'a')).toBe(true);
    expect(uses(SecretsStoreProvider.awsParameterStore(), 'a')).toBe(true);
    expect(uses(SecretsStoreProvider.azureKeyVault({ keyVault: 'acme', tenantId: 't', clientId: 'c' }), 'a')).toBe(true);
    expect(uses(SecretsStoreProvider.gcpSecretManager(), 'projects/acme/secrets/fernet')).toBe(true);
  });

  test('of a cloud give its identity to every pod with a key', () => {
    const manifest = synthAirflow({
      secrets: AirflowSecrets.csi({ provider: SecretsStoreProvider.awsSecretsManager(), fernetKey: fernetKey('airflow/fernet') }),
      pods: { identity: WorkloadIdentity.eksIrsa('arn:aws:iam::123456789012:role/airflow') },
    });
    const accounts = manifest.filter(({ kind, metadata }) => kind === 'ServiceAccount' && 'eks.amazonaws.com/role-arn' in ((metadata as { annotations?: object }).annotations ?? {}));
    expect(accounts.map(({ metadata }) => metadata.name)).toContain('test-airflow-migration');
  });
});

describe('fails', () => {
  const fernetKey = { current: { key: 'airflow/fernet' } };

  test.each<[CsiKeysOptions, string]>([
    [{ provider: vault, fernetKey }, "'fernetKey.current.property' must name the value in the secret of Vault, got none"],
    [{ ...ALL, jwtSecret: { ...remote('jwt'), version: '3' } },
      "'jwtSecret.version' must be left out, since the provider reads the newest version of Vault, got '3'; keep each key in a place of its own"],
    [{ provider: SecretsStoreProvider.gcpSecretManager(), fernetKey }, "'fernetKey.current.key' must be like projects/acme/secrets/airflow-fernet, got 'airflow/fernet'"],
    [{ provider: SecretsStoreProvider.azureKeyVault({ keyVault: 'acme', tenantId: 't', clientId: 'c' }), secretKey: remote('session') },
      "'secretKey.property' must be left out, since a secret of Azure Key Vault is one value, got 'session'; keep each value in a secret of its own"],
    [{ provider: SecretsStoreProvider.gcpSecretManager(), jwtSecret: { key: 'projects/acme/secrets/jwt', property: 'a' } },
      "'jwtSecret.property' must be left out, since a secret of Google Cloud is one value, got 'a'; keep each value in a secret of its own"],
    [{ provider: vault, syncSecret: true, connections: { db: { key: 'a' } }, variables: { v: { key: 'b' } } },
      "2 mistakes:\n  'connections.db.property' must name the value in the secret of Vault, got none\n"
      + "  'variables.v.property' must name the value in the secret of Vault, got none"],
    [{ ...ALL, connections: { db: remote('db') }, variables: { v: remote('v') } },
      "2 mistakes:\n  'connections' needs 'syncSecret', since Airflow reads each of them from an environment variable; set it, or use a secrets backend\n"
      + "  'variables' needs 'syncSecret', since Airflow reads each of them from an environment variable; set it, or use a secrets backend"],
    [{ ...ALL, fernetKey: { current: remote('a'), next: remote('a') } },
      "'fernetKey.next' must be another key than 'fernetKey.current', got 'secret/data/airflow' 'a' twice; keep each key in a place of its own"],
  ])('with wrong references (%#)', (options, message) => {
    expect(() => AirflowSecrets.csi(options)).toThrow(new Error(message));
  });

  test.each([
    'acme/projects/acme/secrets/a', 'projects/acme/secrets/a/versions/1', 'projects/acme/secrets/a b', 'projects/ac me/secrets/a', 'projects//secrets/a',
    'projects/acme/secrets/', 'projects/acme/locations//secrets/a', 'projects/acme/locations/eu west/secrets/a',
  ])('for %j, which names no secret of Google Cloud', key => {
    expect(() => AirflowSecrets.csi({ provider: SecretsStoreProvider.gcpSecretManager(), secretKey: { key } })).toThrow(
      new Error(`'secretKey.key' must be like projects/acme/secrets/airflow-fernet, got '${key}'`));
  });

  test.each(['abc', `a${'-'.repeat(22)}z`, 'A1'.repeat(12)])('not for the Key Vault %j', keyVault => {
    expect(() => SecretsStoreProvider.azureKeyVault({ keyVault, tenantId: 't', clientId: 'c' })).not.toThrow();
  });

  test.each(['ab', 'A1'.repeat(12) + 'b', '1bc', 'ab-', 'a_c', '-abc'])('for the Key Vault %j', keyVault => {
    expect(() => SecretsStoreProvider.azureKeyVault({ keyVault, tenantId: 't', clientId: 'c' })).toThrow(
      new Error(`'keyVault' must be the name of a Key Vault, like acme for https://acme.vault.azure.net/, got '${keyVault}'`));
  });

  test('for the address of Vault and the name of a Key Vault', () => {
    expect(() => SecretsStoreProvider.vault({ role: 'airflow', url: 'vault' })).toThrow(new Error("'url' must be like https://vault.example.com:8200, got 'vault'"));
    expect(() => SecretsStoreProvider.azureKeyVault({ keyVault: 'https://acme.vault.azure.net', tenantId: 't', clientId: 'c' })).toThrow(
      new Error("'keyVault' must be the name of a Key Vault, like acme for https://acme.vault.azure.net/, got 'https://acme.vault.azure.net'"));
  });

  test('for task pods of Airflow 2 in another namespace, where no class is', () => {
    const props: AirflowChartProps = {
      version: AirflowVersion.V2_11,
      database: Database.fromSecret(SecretKey.of('database', 'connection')),
      secrets: AirflowSecrets.csi({ provider: vault, fernetKey: ALL.fernetKey, secretKey: ALL.secretKey }),
    };
    expect(() => airflowChart(props).airflow.addTaskPod('pod0', { namespace: 'jobs' })).toThrow(
      /^test\/airflow\/task-pods\/pod0: 'namespace' is 'jobs', where SecretProviderClass\/test-airflow-fernet-key-[0-9a-f]{6}, which Airflow 2 needs in every task, is not made; /);
  });
});
