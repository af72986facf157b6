import * as kplus from 'cdk8s-plus-27';
import { secretVariable } from '../core/generated-secrets';
import { checkMembers } from '../kubernetes/members';
import { defined, EnvVar, Json } from '../kubernetes/pod';

/** A connection, by the variables that define it. */
export interface ConnectionConfig {
  readonly id: string;
  /** For the pods that log in by it. */
  readonly env: EnvVar[];
  /** For those that only look it up: without a secret. */
  readonly bareEnv: EnvVar[];
}

/**
 * Options of a connection in a Secret.
 */
export interface SecretConnectionOptions {
  /**
   * The key of the Secret that holds the connection, as a URI or as JSON.
   *
   * @default 'connection'
   */
  readonly key?: string;
}

/**
 * A connection by which Airflow itself logs in: where it keeps the logs of tasks, or where it gets DAG bundles.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/howto/connection.html#storing-connections-in-environment-variables
 */
export abstract class AirflowConnection {
  /**
   * One that Airflow has: for a bundle in its database or in a secrets backend, for logs also by `addConnection`.
   *
   * @throws when the id cannot be one
   */
  public static existing(id: string): AirflowConnection {
    if (!/^[\w#!()\-.:/\\]+$/.test(id)) {
      throw new Error(`'id' of a connection must be of letters, digits and #!()-.:/\\_, got '${id}'`);
    }
    return new ConnectionFrom(() => ({ id, env: [], bareEnv: [] }));
  }

  /**
   * One in a Secret, as a variable of exactly the pods that log in by it.
   */
  public static fromSecret(secret: kplus.ISecret, options: SecretConnectionOptions = {}): AirflowConnection {
    checkMembers('SecretConnectionOptions', options);
    return new ConnectionFrom((id, type) => ({
      id,
      env: [secretVariable(connectionVariable(id), { secretName: secret.name, key: options.key ?? 'connection' })],
      bareEnv: plainConnection(id, { conn_type: type }).env,
    }));
  }

  /**
   * @param id what it is called unless it has an id already
   * @internal
   */
  public abstract _bind(id: string, type: string): ConnectionConfig;
}

class ConnectionFrom extends AirflowConnection {
  constructor(private readonly bind: (id: string, type: string) => ConnectionConfig) {
    super();
  }

  public _bind(id: string, type: string): ConnectionConfig {
    return this.bind(id, type);
  }
}

/** A connection without a secret in it; the files that its extra names are only there for those that log in by it. */
export function plainConnection(id: string, connection: Json, extra?: Json): ConnectionConfig {
  const env = (value: Json) => [{ name: connectionVariable(id), value: JSON.stringify(defined(value)) }];
  return { id, env: env({ ...connection, ...extra && { extra } }), bareEnv: env(connection) };
}

function connectionVariable(id: string): string {
  return `AIRFLOW_CONN_${id.toUpperCase()}`;
}
