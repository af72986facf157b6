import { checkMembers } from '../kubernetes/members';
import { Json } from '../kubernetes/pod';
import { SecretKey } from '../kubernetes/secret-key';

/** The folder of the token with which pods log in to Vault. */
const TOKEN_FOLDER = '/run/secrets/vault-token';

/**
 * Options of `VaultAuth.kubernetes`.
 */
export interface VaultKubernetesOptions {
  /**
   * The mount point of the auth method.
   *
   * @default 'kubernetes'
   */
  readonly mountPoint?: string;

  /**
   * The audience of the service account's token, which the role of Vault may demand.
   *
   * @default - the audience of the Kubernetes API
   */
  readonly audience?: string;
}

/**
 * Options of `VaultAuth.appRole`.
 */
export interface VaultAppRoleOptions {
  /** The role ID. */
  readonly roleId: string;

  /** The secret ID, in which Vault puts only letters, digits and dashes. */
  readonly secretId: SecretKey;

  /**
   * The mount point of the auth method.
   *
   * @default 'approle'
   */
  readonly mountPoint?: string;
}

/** The arguments of the backend that log in, and the token that a pod needs for them. */
export interface VaultAuthConfig {
  readonly kwargs: Json;
  readonly secretKwargs?: { readonly [name: string]: SecretKey };
  /** The audience of a service account's token; undefined if no token is needed. */
  readonly token?: { readonly audience?: string };
}

/**
 * How Airflow logs in to Vault.
 */
export abstract class VaultAuth {
  /**
   * The service account of each pod. Each pod gets a token of its account, of which Vault's role must know the names: `airflow-task`,
   * `airflow-api-server` and so on.
   *
   * @param role the role of Vault
   * @see https://developer.hashicorp.com/vault/docs/auth/kubernetes
   */
  public static kubernetes(role: string, options: VaultKubernetesOptions = {}): VaultAuth {
    checkMembers('VaultKubernetesOptions', options);
    const { mountPoint, audience } = options;
    return new Login({
      kwargs: {
        auth_type: 'kubernetes',
        kubernetes_role: role,
        kubernetes_jwt_path: `${TOKEN_FOLDER}/token`,
        auth_mount_point: mountPoint,
      },
      token: { audience },
    });
  }

  /**
   * An AppRole.
   *
   * @see https://developer.hashicorp.com/vault/docs/auth/approle
   */
  public static appRole(options: VaultAppRoleOptions): VaultAuth {
    checkMembers('VaultAppRoleOptions', options);
    const { roleId, secretId, mountPoint } = options;
    return new Login({
      kwargs: { auth_type: 'approle', role_id: roleId, auth_mount_point: mountPoint }, secretKwargs: { secret_id: secretId },
    });
  }

  /**
   * A token in a Secret. Something else must renew it before it ends.
   */
  public static token(token: SecretKey): VaultAuth {
    return new Login({ kwargs: { auth_type: 'token' }, secretKwargs: { token } });
  }

  /**
   * @internal
   */
  public abstract _bind(): VaultAuthConfig;
}

class Login extends VaultAuth {
  constructor(private readonly config: VaultAuthConfig) {
    super();
  }

  public _bind(): VaultAuthConfig {
    return this.config;
  }
}
