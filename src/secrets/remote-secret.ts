/**
 * A value in a store outside the cluster.
 */
export interface RemoteSecret {
  /** The name or path of the secret in the store, for example `airflow/keys`. */
  readonly key: string;

  /**
   * The property of a secret that holds several values, for example `fernet`.
   *
   * @default - the whole secret
   */
  readonly property?: string;

  /**
   * The version of the secret.
   *
   * @default - the newest version
   */
  readonly version?: string;
}
