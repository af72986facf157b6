import * as signatures from './signatures.json';
import { AirflowVersion, SecretKey, SecretsBackend, SecretsFile, VaultAuth } from '../../src';

const PLACES = { connections: 'c', variables: 'v', config: 'o' };
const key = SecretKey.of('vault', 'key');
const vault = (auth: VaultAuth) => SecretsBackend.vault({ ...PLACES, url: 'https://vault.example.com:8200', auth, mountPoint: 'kv', kvVersion: 2, namespace: 'team' });

/** Arguments that a class hands on: to the client of boto3, and to that of Vault. Airflow's code read a connection with them. */
const HANDED_ON: { readonly [provider: string]: string[] } = { amazon: ['region_name', 'endpoint_url'], hashicorp: ['namespace', 'verify'] };

const BACKENDS: { readonly [name: string]: SecretsBackend } = {
  'Vault with a service account': vault(VaultAuth.kubernetes('airflow', { mountPoint: 'k8s', audience: 'vault' })),
  'Vault with an AppRole': vault(VaultAuth.appRole({ roleId: 'role', secretId: key, mountPoint: 'approle' })),
  'Vault with a token': vault(VaultAuth.token(key)),
  'Secrets Manager': SecretsBackend.awsSecretsManager({ ...PLACES, region: 'eu-central-1', endpointUrl: 'https://sm.example.com' }),
  'Parameter Store': SecretsBackend.awsParameterStore({ ...PLACES, region: 'eu-central-1', endpointUrl: 'https://ssm.example.com' }),
  'Google': SecretsBackend.gcpSecretManager({ ...PLACES, projectId: 'acme' }),
  'Azure': SecretsBackend.azureKeyVault({ ...PLACES, url: 'https://acme.vault.azure.net/' }),
  'files': SecretsBackend.files({ connections: SecretsFile.fromSecret(SecretKey.of('c', 'c.yaml')), variables: SecretsFile.fromSecret(SecretKey.of('v', 'v.json')) }),
};

test.each(Object.entries(BACKENDS))('%s has arguments that the class takes', (_name, backend) => {
  const { className, kwargs, secretKwargs = {} } = backend._bind();
  const { arguments: known, others } = (signatures as unknown as { [name: string]: { arguments: string[]; others: boolean } })[className];
  const handedOn = others ? HANDED_ON[className.split('.')[2]] ?? [] : [];
  const written = Object.keys(JSON.parse(JSON.stringify({ ...kwargs, ...secretKwargs })) as object);
  expect(written.filter(name => !known.includes(name) && !handedOn.includes(name))).toEqual([]);
  expect(written.length).toBeGreaterThan(1);
});

test('the signatures are those of the newest release', () => {
  expect(signatures['airflow.secrets.local_filesystem.LocalFilesystemBackend'].version).toBe(`apache-airflow-core ${AirflowVersion.V3_3.release}`);
});

