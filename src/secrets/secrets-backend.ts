import {
  AwsSecretsOptions,
  AzureSecretsOptions,
  CustomSecretsOptions,
  GcpSecretsOptions,
  SecretsFilesOptions,
  SecretsLookup,
  SecretsLookupOptions,
  VaultSecretsOptions,
} from './secrets-backend-options';
import { PodParts } from '../core/answer';
import { cloudEndpoint, Endpoint, endpointAt } from '../core/endpoints';
import { hasSecret } from '../core/secret-names';
import { checkMembers } from '../kubernetes/members';
import { Json } from '../kubernetes/pod';
import { gather } from '../kubernetes/problems';
import { projectedFiles } from '../kubernetes/render';
import { SecretKey } from '../kubernetes/secret-key';
import { checkUrl, failure } from '../kubernetes/validate';

const PROVIDERS = 'airflow.providers';
const TOKEN = 'vault-token';
const CA = 'vault-ca';

/** A backend as plain data. */
export interface SecretsBackendConfig {
  readonly className: string;
  readonly kwargs: Json;
  readonly secretKwargs?: { readonly [name: string]: SecretKey };
  /** The files that the class reads. */
  readonly parts?: PodParts;
  /** The server, if there is one. */
  readonly endpoint?: Endpoint;
}

/**
 * A store in which Airflow looks up connections, variables and values of `airflow.cfg`, before its environment and its database.
 *
 * The image must have the provider of the store. The official image has those of Amazon, Google, Azure and HashiCorp.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/security/secrets/secrets-backend/index.html
 */
export abstract class SecretsBackend {
  /**
   * The KV secrets engine of HashiCorp Vault or OpenBao.
   *
   * @throws when the URL or `kvVersion` is not valid
   */
  public static vault(options: VaultSecretsOptions): SecretsBackend {
    checkMembers('VaultSecretsOptions', options);
    const { url, auth, mountPoint, kvVersion, namespace, ca } = options;
    gather(undefined, problems => {
      problems.check(() => checkUrl(undefined, 'url', url, 'https://vault.example.com:8200'));
      if (kvVersion !== undefined && ![1, 2].includes(kvVersion)) { problems.add(`'kvVersion' must be 1 or 2, got ${kvVersion}`); }
    });
    const { kwargs, secretKwargs, token } = auth._bind();
    return new Backend({
      className: `${PROVIDERS}.hashicorp.secrets.vault.VaultBackend`,
      kwargs: {
        ...lookups(options, 'path'),
        url,
        mount_point: mountPoint,
        kv_engine_version: kvVersion,
        namespace,
        verify: ca && `/run/secrets/${CA}/ca.crt`,
        ...kwargs,
      },
      secretKwargs,
      endpoint: endpointAt('vault', 'Vault', url),
      parts: filesOf({
        ...token && { [TOKEN]: [{ serviceAccountToken: { path: 'token', audience: token.audience, expirationSeconds: 3600 } }] },
        ...ca && { [CA]: ca._bind('ca.crt') },
      }),
    });
  }

  /**
   * AWS Secrets Manager, with the cloud identity of the pods.
   *
   * @throws when `endpointUrl` is not a URL
   */
  public static awsSecretsManager(options: AwsSecretsOptions = {}): SecretsBackend {
    return aws(options, 'secrets_manager.SecretsManagerBackend', 'aws-secrets-manager', 'AWS Secrets Manager');
  }

  /**
   * The Parameter Store of AWS Systems Manager, with the cloud identity of the pods.
   *
   * @throws when `endpointUrl` is not a URL
   */
  public static awsParameterStore(options: AwsSecretsOptions = {}): SecretsBackend {
    return aws(options, 'systems_manager.SystemsManagerParameterStoreBackend', 'aws-parameter-store', 'AWS Parameter Store');
  }

  /** Google Cloud Secret Manager, with the cloud identity of the pods. */
  public static gcpSecretManager(options: GcpSecretsOptions = {}): SecretsBackend {
    checkMembers('GcpSecretsOptions', options);
    return new Backend({
      className: `${PROVIDERS}.google.cloud.secrets.secret_manager.CloudSecretManagerBackend`,
      kwargs: { ...lookups(options, 'prefix'), project_id: options.projectId },
      endpoint: cloudEndpoint('gcp-secret-manager', 'Google Secret Manager'),
    });
  }

  /**
   * Azure Key Vault, with the cloud identity of the pods.
   *
   * @throws when the URL is not valid
   */
  public static azureKeyVault(options: AzureSecretsOptions): SecretsBackend {
    checkMembers('AzureSecretsOptions', options);
    const { url } = options;
    checkUrl(undefined, 'url', url, 'https://acme.vault.azure.net/');
    return new Backend({
      className: `${PROVIDERS}.microsoft.azure.secrets.key_vault.AzureKeyVaultBackend`,
      kwargs: { ...lookups(options, 'prefix'), vault_url: url },
      endpoint: endpointAt('azure-key-vault', 'Azure Key Vault', url),
    });
  }

  /**
   * Files in a Secret or a ConfigMap. Airflow reads them at each lookup, so that a change needs no restart.
   *
   * @throws when there is no file
   */
  public static files(options: SecretsFilesOptions): SecretsBackend {
    checkMembers('SecretsFilesOptions', options);
    const given = Object.entries(options).filter(([, file]) => file !== undefined);
    if (given.length === 0) { throw new Error("'connections' or 'variables' must be a file, got none"); }
    return new Backend({
      className: 'airflow.secrets.local_filesystem.LocalFilesystemBackend',
      kwargs: Object.fromEntries(given.map(([kind, { _name: name }]) => [`${kind}_file_path`, `/run/secrets/airflow-${kind}/${name}`])),
      parts: filesOf(Object.fromEntries(given.map(([kind, { _source: source }]) => [`airflow-${kind}`, [source]]))),
    });
  }

  /**
   * Any other class.
   *
   * @param className the full name of the class, which the image has
   * @throws when the name is not that of a class, or `kwargs` has a secret in it
   */
  public static custom(className: string, options: CustomSecretsOptions = {}): SecretsBackend {
    checkMembers('CustomSecretsOptions', options);
    const { kwargs = {}, secretKwargs } = options;
    if (!/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$/.test(className)) {
      throw new Error(`'className' must be the full name of a class, like acme.secrets.AcmeBackend, got '${className}'`);
    }
    const secret = Object.entries(kwargs).find(([name, value]) => hasSecret(name, value));
    if (secret !== undefined) {
      throw new Error(`'kwargs.${secret[0]}' must be no secret, since everyone can read it; use 'secretKwargs'`);
    }
    const twice = Object.keys(secretKwargs ?? {}).find(name => name in kwargs);
    if (twice !== undefined) { throw new Error(`'secretKwargs.${twice}' is in 'kwargs', too; leave one of them out`); }
    return new Backend({ className, kwargs, secretKwargs });
  }

  /**
   * @internal
   */
  public abstract _bind(): SecretsBackendConfig;
}

class Backend extends SecretsBackend {
  constructor(private readonly config: SecretsBackendConfig) {
    super();
  }

  public _bind(): SecretsBackendConfig {
    return this.config;
  }
}

function aws(options: AwsSecretsOptions, className: string, id: string, label: string): SecretsBackend {
  checkMembers('AwsSecretsOptions', options);
  const { region, endpointUrl } = options;
  checkUrl(undefined, 'endpointUrl', endpointUrl, 'https://secretsmanager.eu-central-1.amazonaws.com');
  return new Backend({
    className: `${PROVIDERS}.amazon.aws.secrets.${className}`,
    kwargs: { ...lookups(options, 'prefix'), region_name: region, endpoint_url: endpointUrl },
    endpoint: endpointUrl === undefined ? cloudEndpoint(id, label) : endpointAt(id, label, endpointUrl),
  });
}

/** The arguments that say where each kind is. A null says that the store has none of the kind. */
function lookups({ without = [], ...places }: SecretsLookupOptions, suffix: string): Json {
  return Object.fromEntries(Object.values(SecretsLookup).map(kind => {
    if (!without.includes(kind)) { return [`${kind}_${suffix}`, places[kind]]; }
    if (places[kind] !== undefined) {
      throw failure(undefined, `'${kind}' is '${places[kind]}', but 'without' says that the store has no ${kind}; leave one of them out`);
    }
    return [`${kind}_${suffix}`, null];
  }));
}

function filesOf(volumes: { readonly [name: string]: object[] }): PodParts {
  return {
    volumes: Object.entries(volumes).map(([name, sources]) => projectedFiles(name, sources as Json[])),
    mounts: Object.keys(volumes).map(name => ({ name, mountPath: `/run/secrets/${name}`, readOnly: true })),
  };
}
