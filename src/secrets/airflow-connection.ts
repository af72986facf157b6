import { hasSecret } from '../core/secret-names';
import { checkMembers } from '../kubernetes/members';
import { defined, EnvVar, Json } from '../kubernetes/pod';
import { SecretKey } from '../kubernetes/secret-key';

/** A connection, by the variables that define it. */
export interface ConnectionConfig {
  readonly id: string;
  /** For the pods that log in by it. */
  readonly env: EnvVar[];
  /** For those that only look it up: without a secret. */
  readonly bareEnv: EnvVar[];
}

/**
 * What a connection that needs no secret says.
 */
export interface ConnectionOptions {
  /**
   * The host, or what the type of connection has in its place.
   *
   * @default - none
   */
  readonly host?: string;

  /**
   * The port.
   *
   * @default - the service's own
   */
  readonly port?: number;

  /**
   * The schema: the database, in most types.
   *
   * @default - none
   */
  readonly schema?: string;

  /**
   * The user.
   *
   * @default - none
   */
  readonly login?: string;

  /**
   * More fields of the type of connection, as JSON has them: `{ region_name: 'eu-central-1', proxies: { https: 'http://proxy:8080' } }`.
   *
   * @default - nothing
   */
  readonly extra?: { readonly [name: string]: any };
}

/**
 * A connection of Airflow: for `addConnection`, for the store of task logs and for DAG bundles.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/howto/connection.html#storing-connections-in-environment-variables
 */
export abstract class AirflowConnection {
  /**
   * A connection that Airflow has under this id: in its database, in a secrets backend, or by `addConnection`. For a DAG bundle it must
   * be in the database or in a secrets backend.
   *
   * @throws when the id cannot be one
   */
  public static fromId(id: string): AirflowConnection {
    if (!/^[\w#!()\-.:/\\]+$/.test(id)) {
      throw new Error(`'id' of a connection must be of letters, digits and #!()-.:/\\_, got '${id}'`);
    }
    return new ConnectionFrom(() => ({ id, env: [], bareEnv: [] }));
  }

  /**
   * A connection in a Secret. Only the pods that log in by it get it.
   *
   * @param connection the key that holds it, as a URI or as JSON like `{"conn_type": "postgres", "host": "db", "password": "..."}`
   */
  public static fromSecret(connection: SecretKey): AirflowConnection {
    return new ConnectionFrom((id, type) => ({
      id,
      env: [connection._variable(connectionVariable(id))],
      bareEnv: type === undefined ? [] : plainConnection(id, { conn_type: type }).env,
    }));
  }

  /**
   * A connection that needs no secret, since the service asks for none or the pods have a workload identity.
   *
   * @param connType the type as Airflow calls it, for example `aws` or `google_cloud_platform`
   * @throws when something in it can only be a secret, or the type or port cannot be one
   */
  public static withoutSecret(connType: string, options: ConnectionOptions = {}): AirflowConnection {
    checkMembers('ConnectionOptions', options);
    if (!/^[a-z][a-z0-9_]*$/.test(connType)) {
      throw new Error(`'connType' must be of lowercase letters, digits and '_', beginning with a letter, as Airflow calls it, got '${connType}'`);
    }
    const { host, port, schema, login, extra } = options;
    if (port !== undefined && (!Number.isInteger(port) || port < 1 || port > 65535)) {
      throw new Error(`'port' must be a whole number from 1 to 65535, got ${port}`);
    }
    for (const [name, value] of [...Object.entries({ host, schema, login }), ...Object.entries(extra ?? {})]) {
      if (hasSecret(name, value) || hasLogin(value)) {
        throw new Error(`'${name}' of a connection without a secret is, or has in it, what Airflow takes for a secret; use AirflowConnection.fromSecret`);
      }
    }
    return new ConnectionFrom(id => plainConnection(id, { conn_type: connType, host, port, schema, login, extra }));
  }

  /**
   * @param id what it is called unless it has an id already
   * @param type what Airflow calls its type, where something needs to know
   * @internal
   */
  public abstract _bind(id: string, type?: string): ConnectionConfig;
}

/** Whether a text, or one within, logs in by itself: a name without a password can be a token. */
function hasLogin(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) { return Object.values(value).some(hasLogin); }
  return typeof value === 'string' && /:[^/@]*@|^https?:\/\/[^/]*@/.test(value);
}

class ConnectionFrom extends AirflowConnection {
  constructor(private readonly bind: (id: string, type?: string) => ConnectionConfig) {
    super();
  }

  public _bind(id: string, type?: string): ConnectionConfig {
    return this.bind(id, type);
  }
}

/** A connection without a secret in it; the files that its extra names are only there for those that log in by it. */
export function plainConnection(id: string, connection: Json, extra?: Json): ConnectionConfig {
  // Kubernetes would put a variable in the place of $(NAME).
  const env = (value: Json) => [{ name: connectionVariable(id), value: JSON.stringify(defined(value)).replace(/\$\(/g, '$$$$(') }];
  return { id, env: env({ ...connection, ...extra && { extra } }), bareEnv: env(connection) };
}

function connectionVariable(id: string): string {
  return `AIRFLOW_CONN_${id.toUpperCase()}`;
}
