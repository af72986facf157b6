import * as kplus from 'cdk8s-plus-27';
import { VaultAuth } from './vault-auth';
import { SecretKey } from '../kubernetes/secret-key';
import { CertificateAuthority } from '../kubernetes/tls';

/**
 * What a secrets backend looks up.
 */
export interface SecretsLookupOptions {
  /**
   * Where the connections are: a path or prefix, in the notation of the store.
   *
   * @default - the default of Airflow's provider
   */
  readonly connections?: string;

  /**
   * Where the variables are.
   *
   * @default - the default of Airflow's provider
   */
  readonly variables?: string;

  /**
   * Where values of `airflow.cfg` are, which an option named `<option>_secret` refers to.
   *
   * @default - the default of Airflow's provider
   */
  readonly config?: string;

  /**
   * Kinds that are not in the store, so that Airflow does not ask for them.
   *
   * @default - none
   */
  readonly without?: SecretsLookup[];
}

/** A kind of value that a secrets backend can look up. */
export enum SecretsLookup {
  /** Connections. */
  CONNECTIONS = 'connections',
  /** Variables. */
  VARIABLES = 'variables',
  /** Values of `airflow.cfg`. */
  CONFIG = 'config',
}

/**
 * Options of `SecretsBackend.vault`.
 */
export interface VaultSecretsOptions extends SecretsLookupOptions {
  /** The URL of Vault or OpenBao, for example `https://vault.example.com:8200`. */
  readonly url: string;

  /** How Airflow logs in. */
  readonly auth: VaultAuth;

  /**
   * The mount point of the KV secrets engine.
   *
   * @default 'secret'
   */
  readonly mountPoint?: string;

  /**
   * The version of the KV secrets engine, 1 or 2.
   *
   * @default 2
   */
  readonly kvVersion?: number;

  /**
   * The namespace of Vault Enterprise or HCP.
   *
   * @default - none
   */
  readonly namespace?: string;

  /**
   * The authority that signed the certificate of Vault.
   *
   * @default - the public authorities that the image trusts
   */
  readonly ca?: CertificateAuthority;
}

/**
 * Options of `SecretsBackend.awsSecretsManager` and `SecretsBackend.awsParameterStore`.
 */
export interface AwsSecretsOptions extends SecretsLookupOptions {
  /**
   * The region.
   *
   * @default - the region of the pods, `AWS_DEFAULT_REGION`
   */
  readonly region?: string;

  /**
   * The URL of the service, for a VPC endpoint or a stand-in.
   *
   * @default - the public service of the region
   */
  readonly endpointUrl?: string;
}

/**
 * Options of `SecretsBackend.gcpSecretManager`.
 */
export interface GcpSecretsOptions extends SecretsLookupOptions {
  /**
   * The project.
   *
   * @default - the project of the pods' identity
   */
  readonly projectId?: string;
}

/**
 * Options of `SecretsBackend.azureKeyVault`.
 */
export interface AzureSecretsOptions extends SecretsLookupOptions {
  /** The URL of the Key Vault, for example `https://acme.vault.azure.net/`. */
  readonly url: string;
}

/**
 * Options of `SecretsBackend.files`. At least one of them is required.
 */
export interface SecretsFilesOptions {
  /**
   * The file with the connections.
   *
   * @default - no connections
   */
  readonly connections?: SecretsFile;

  /**
   * The file with the variables.
   *
   * @default - no variables
   */
  readonly variables?: SecretsFile;
}

/**
 * A file with connections or variables, in a Secret or a ConfigMap. Its key ends with the format: `.yaml`, `.yml`, `.json` or `.env`.
 */
export class SecretsFile {
  /**
   * A file in a Secret.
   *
   * @throws when the key does not end with a format that Airflow reads
   */
  public static fromSecret(file: SecretKey): SecretsFile {
    return new SecretsFile(file.key, { secret: { name: file.secretName, items: [{ key: file.key, path: file.key }] } });
  }

  /**
   * A file in a ConfigMap, which must have no secrets in it.
   *
   * @throws when the key does not end with a format that Airflow reads
   */
  public static fromConfigMap(configMap: kplus.IConfigMap, key: string): SecretsFile {
    return new SecretsFile(key, { configMap: { name: configMap.name, items: [{ key, path: key }] } });
  }

  /**
   * @internal
   */
  public readonly _name: string;
  /**
   * @internal
   */
  public readonly _source: object;

  private constructor(name: string, source: object) {
    if (!/.\.(yaml|yml|json|env)$/.test(name)) {
      throw new Error("'key' must end with the format of the file, .yaml, .yml, .json or .env, by which Airflow reads it, "
        + `got '${name}'; rename it`);
    }
    this._name = name;
    this._source = source;
  }
}

/**
 * Options of `SecretsBackend.custom`.
 */
export interface CustomSecretsOptions {
  /**
   * The arguments of the class, without secrets: texts, numbers, booleans, lists and maps of these.
   *
   * @default - none
   */
  readonly kwargs?: { readonly [name: string]: any };

  /**
   * Arguments that are secrets. Their values must have no quotation mark, backslash or line break, because they become part of a
   * JSON text.
   *
   * @default - none
   */
  readonly secretKwargs?: { readonly [name: string]: SecretKey };
}
