import { Yaml } from 'cdk8s';
import { RemoteSecret } from './remote-secret';
import { checkMembers } from '../kubernetes/members';
import { defined, Json } from '../kubernetes/pod';
import { Problems } from '../kubernetes/problems';
import { checkUrl, failure } from '../kubernetes/validate';

/**
 * Options of `SecretsStoreProvider.vault`.
 */
export interface VaultProviderOptions {
  /** The role of Vault's auth method for Kubernetes, which trusts the service accounts of the pods. */
  readonly role: string;

  /**
   * The URL of Vault.
   *
   * @default - the address with which the provider was installed
   */
  readonly url?: string;

  /**
   * The mount point of the auth method.
   *
   * @default 'kubernetes'
   */
  readonly mountPoint?: string;

  /**
   * The namespace of Vault Enterprise or HCP.
   *
   * @default - none
   */
  readonly namespace?: string;
}

/**
 * Options of `SecretsStoreProvider.awsSecretsManager` and `SecretsStoreProvider.awsParameterStore`.
 */
export interface AwsProviderOptions {
  /**
   * The region.
   *
   * @default - the region of the node
   */
  readonly region?: string;

  /**
   * Whether the pods have their identity by EKS Pod Identity. Without it, they have it by IAM roles for service accounts (IRSA).
   *
   * @default false
   */
  readonly podIdentity?: boolean;
}

/**
 * Options of `SecretsStoreProvider.azureKeyVault`.
 */
export interface AzureProviderOptions {
  /** The name of the Key Vault, for example `acme` of `https://acme.vault.azure.net/`. */
  readonly keyVault: string;

  /** The tenant ID. */
  readonly tenantId: string;

  /** The client ID of the workload identity. */
  readonly clientId: string;
}

/** A value of a store, and the name of its file or of its key in a Secret. */
export interface RemoteFile {
  readonly file: string;
  readonly remote: RemoteSecret;
}

/**
 * A store that the Secrets Store CSI Driver reads, by the provider that is installed beside the driver.
 */
export abstract class SecretsStoreProvider {
  /**
   * HashiCorp Vault. `key` is the path in Vault's API, for example `secret/data/airflow`, and `property` the name of the value.
   *
   * @throws when `url` is not a URL
   * @see https://developer.hashicorp.com/vault/docs/platform/k8s/csi
   */
  public static vault(options: VaultProviderOptions): SecretsStoreProvider {
    checkMembers('VaultProviderOptions', options);
    const { role, url, mountPoint, namespace } = options;
    checkUrl(undefined, 'url', url, 'https://vault.example.com:8200');
    return new Provider('vault', false, files => ({
      roleName: role,
      vaultAddress: url,
      vaultKubernetesMountPath: mountPoint,
      vaultNamespace: namespace,
      objects: Yaml.stringify(
        files.map(({ file, remote: { key, property } }) => ({ objectName: file, secretPath: key, secretKey: property })),
      ),
    }), (problems, prop, { property, version }) => {
      if (property === undefined) { problems.add(`'${prop}.property' must name the value in the secret of Vault, got none`); }
      if (version !== undefined) { problems.add(unknownVersion(prop, version, 'Vault')); }
    });
  }

  /**
   * AWS Secrets Manager, with the cloud identity of the pods. `key` is the name or ARN of a secret.
   *
   * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/integrate_eks.html
   */
  public static awsSecretsManager(options: AwsProviderOptions = {}): SecretsStoreProvider {
    return aws(options, 'secretsmanager');
  }

  /** The Parameter Store of AWS Systems Manager, with the cloud identity of the pods. `key` is the name or ARN of a parameter. */
  public static awsParameterStore(options: AwsProviderOptions = {}): SecretsStoreProvider {
    return aws(options, 'ssmparameter');
  }

  /**
   * Azure Key Vault, with the workload identity of the pods. `key` is the name of a secret.
   *
   * @throws when the name of the Key Vault is not valid
   * @see https://azure.github.io/secrets-store-csi-driver-provider-azure/
   */
  public static azureKeyVault(options: AzureProviderOptions): SecretsStoreProvider {
    checkMembers('AzureProviderOptions', options);
    const { keyVault, tenantId, clientId } = options;
    if (!/^[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]$/.test(keyVault)) {
      throw failure(undefined, "'keyVault' must be the name of a Key Vault, like acme for https://acme.vault.azure.net/, "
        + `got '${keyVault}'`);
    }
    return new Provider('azure', true, files => ({
      keyvaultName: keyVault,
      tenantId,
      clientID: clientId,
      objects: Yaml.stringify({
        array: files.map(({ file, remote: { key, version } }) =>
          Yaml.stringify(defined({ objectName: key, objectType: 'secret', objectAlias: file, objectVersion: version }))),
      }),
    }), (problems, prop, { property }) => wholeSecret(problems, prop, property, 'Azure Key Vault'));
  }

  /**
   * Google Cloud Secret Manager, with the identity of the pods. `key` is like `projects/acme/secrets/airflow-fernet`.
   *
   * @see https://github.com/GoogleCloudPlatform/secrets-store-csi-driver-provider-gcp
   */
  public static gcpSecretManager(): SecretsStoreProvider {
    return new Provider(
      'gcp',
      true,
      files => ({
        secrets: Yaml.stringify(
          files.map(({ file, remote: { key, version = 'latest' } }) => ({ resourceName: `${key}/versions/${version}`, path: file })),
        ),
      }),
      (problems, prop, { key, property }) => {
        if (!/^projects\/[^/\s]+\/(locations\/[^/\s]+\/)?secrets\/[^/\s]+$/.test(key)) {
          problems.add(`'${prop}.key' must be like projects/acme/secrets/airflow-fernet, got '${key}'`);
        }
        wholeSecret(problems, prop, property, 'Google Cloud');
      },
    );
  }

  /**
   * Whether the identity of the pods reads the values.
   *
   * @internal
   */
  public abstract readonly _usesIdentity: boolean;

  /**
   * The spec of a SecretProviderClass.
   *
   * @internal
   */
  public abstract _bind(files: RemoteFile[]): object;

  /**
   * Finds the mistakes of a reference to the store.
   *
   * @internal
   */
  public abstract _check(problems: Problems, prop: string, remote: RemoteSecret): void;
}

class Provider extends SecretsStoreProvider {
  constructor(
    private readonly name: string,
    public readonly _usesIdentity: boolean,
    private readonly parameters: (files: RemoteFile[]) => Json,
    private readonly check: (problems: Problems, prop: string, remote: RemoteSecret) => void,
  ) {
    super();
  }

  public _bind(files: RemoteFile[]): object {
    return { provider: this.name, parameters: defined(this.parameters(files)) };
  }

  public _check(problems: Problems, prop: string, remote: RemoteSecret): void {
    this.check(problems, prop, remote);
  }
}

function aws(options: AwsProviderOptions, objectType: string): SecretsStoreProvider {
  checkMembers('AwsProviderOptions', options);
  const { region, podIdentity } = options;
  const objectOf = ({ file, remote: { key, property, version } }: RemoteFile) => defined({
    objectName: key,
    objectType,
    // The provider writes the whole secret as well, so its name differs.
    objectAlias: property === undefined ? file : `${file}-whole`,
    objectVersion: version,
    jmesPath: property === undefined ? undefined : [{ path: property, objectAlias: file }],
  });
  return new Provider('aws', true, files => ({
    region, usePodIdentity: podIdentity ? 'true' : undefined, objects: Yaml.stringify(files.map(objectOf)),
  }), () => undefined);
}

function wholeSecret(problems: Problems, prop: string, property: string | undefined, store: string): void {
  if (property !== undefined) {
    problems.add(`'${prop}.property' must be left out, since a secret of ${store} is one value, got '${property}'; `
      + 'keep each value in a secret of its own');
  }
}

function unknownVersion(prop: string, version: string, store: string): string {
  return `'${prop}.version' must be left out, since the provider reads the newest version of ${store}, got '${version}'; `
    + 'keep each key in a place of its own';
}
