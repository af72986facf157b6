import { hasSecret } from '../core/secret-names';
import { checkMembers } from '../kubernetes/members';
import { defined, EnvVar, Json } from '../kubernetes/pod';
import { SecretKey } from '../kubernetes/secret-key';
import { checkPort } from '../kubernetes/validate';

/** A connection as environment variables. */
export interface ConnectionConfig {
  readonly id: string;
  /** For the pods that log in with the connection. */
  readonly env: EnvVar[];
  /** For the pods that only look the connection up: without its secrets. */
  readonly bareEnv: EnvVar[];
}

/**
 * Fields of a connection that needs no secret.
 */
export interface ConnectionOptions {
  /**
   * The host. Some connection types keep another value in this field.
   *
   * @default - none
   */
  readonly host?: string;

  /**
   * The port.
   *
   * @default - the default port of the service
   */
  readonly port?: number;

  /**
   * The schema. Most connection types keep the name of the database in this field.
   *
   * @default - none
   */
  readonly schema?: string;

  /**
   * The name of the user.
   *
   * @default - none
   */
  readonly login?: string;

  /**
   * Extra fields of the connection type, as JSON: `{ region_name: 'eu-central-1', proxies: { https: 'http://proxy:8080' }
   * }`.
   *
   * @default - none
   */
  readonly extra?: { readonly [name: string]: any };
}

/**
 * An Airflow connection: where a service is and how to log in. For `addConnection`, remote task logs and DAG bundles.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/howto/connection.html#storing-connections-in-environment-variables
 */
export abstract class AirflowConnection {
  /**
   * A connection that Airflow already has under this ID: in its database, in a secrets backend, or from `addConnection`. A
   * DAG bundle needs one from the database or a secrets backend.
   *
   * @throws when `id` is not a valid connection ID
   */
  public static fromId(id: string): AirflowConnection {
    if (!/^[\w#!()\-.:/\\]+$/.test(id)) {
      throw new Error(`'id' of a connection must be of letters, digits and #!()-.:/\\_, got '${id}'`);
    }
    return new ConnectionFrom(() => ({ id, env: [], bareEnv: [] }));
  }

  /**
   * A connection in a Secret. Only the pods that log in with the connection receive it.
   *
   * @param connection the key that holds the connection, as a URI or as JSON like `{"conn_type": "postgres", "host": "db",
   * "password": "..."}`
   */
  public static fromSecret(connection: SecretKey): AirflowConnection {
    return new ConnectionFrom((id, type) => ({
      id,
      env: [connection._variable(connectionVariable(id))],
      bareEnv: type === undefined ? [] : plainConnection(id, { conn_type: type }).env,
    }));
  }

  /**
   * A connection without a secret, for a service that asks for none or for pods with a workload identity.
   *
   * @param connType the connection type in Airflow, for example `aws` or `google_cloud_platform`
   * @throws when a field looks like a secret, or when the type or port is invalid
   */
  public static withoutSecret(connType: string, options: ConnectionOptions = {}): AirflowConnection {
    checkMembers('ConnectionOptions', options);
    if (!/^[a-z][a-z0-9_]*$/.test(connType)) {
      throw new Error(
        `'connType' must be of lowercase letters, digits and '_', beginning with a letter, as Airflow calls it, got '${connType}'`,
      );
    }
    const { host, port, schema, login, extra } = options;
    checkPort(undefined, 'port', port);
    for (const [name, value] of [...Object.entries({ host, schema, login }), ...Object.entries(extra ?? {})]) {
      if (hasSecret(name, value) || hasLogin(value)) {
        throw new Error(
          `'${name}' of a connection without a secret is, or has in it, what Airflow takes for a secret; use AirflowConnection.fromSecret`,
        );
      }
    }
    return new ConnectionFrom(id => plainConnection(id, { conn_type: connType, host, port, schema, login, extra }));
  }

  /**
   * @param id the connection ID, for a connection that has none yet
   * @param type the connection type in Airflow, where the user of the connection has to know it
   * @internal
   */
  public abstract _bind(id: string, type?: string): ConnectionConfig;
}

/** Whether a text, or a text inside the value, is a login. A user name without a password can be a token. */
function hasLogin(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) { return Object.values(value).some(hasLogin); }
  return /:[^/@]*@|https?:\/\/[^/]*@/.test(String(value));
}

class ConnectionFrom extends AirflowConnection {
  constructor(private readonly bind: (id: string, type?: string) => ConnectionConfig) {
    super();
  }

  public _bind(id: string, type?: string): ConnectionConfig {
    return this.bind(id, type);
  }
}

/** A connection without a secret. `bareEnv` leaves out the extra, because its files exist only in the pods that log in. */
export function plainConnection(id: string, connection: Json, extra?: Json): ConnectionConfig {
  // Kubernetes would replace $(NAME) with the value of that variable.
  const env = (value: Json) => [{ name: connectionVariable(id), value: JSON.stringify(defined(value)).replace(/\$\(/g, '$$$$(') }];
  return { id, env: env({ ...connection, ...extra && { extra } }), bareEnv: env(connection) };
}

function connectionVariable(id: string): string {
  return `AIRFLOW_CONN_${id.toUpperCase()}`;
}
