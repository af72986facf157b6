import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { secretVariable } from './private/generated-secrets';
import { EnvVar } from './private/pod';
import { failure } from './private/validate';

/** The id of the connection that the library itself defines. */
const OWN = 'task_logs';
const OWN_VARIABLE = 'AIRFLOW_CONN_TASK_LOGS';

/** What a connection means for the pods that use it. */
export interface LogsConnectionConfig {
  /** `[logging] remote_log_conn_id`. */
  readonly id: string;
  readonly env: EnvVar[];
}

/**
 * Options of a connection in a Secret.
 */
export interface SecretLogsConnectionOptions {
  /**
   * The key of the Secret that holds the connection, as a URI or as JSON.
   *
   * @default 'connection'
   */
  readonly key?: string;
}

/**
 * With what Airflow logs in where it keeps the logs of tasks.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/howto/connection.html#storing-connections-in-environment-variables
 */
export abstract class LogsConnection {
  /**
   * From a Secret, as the variable AIRFLOW_CONN_TASK_LOGS of the pods that write or show logs of tasks, and of no other.
   */
  public static fromSecret(secret: kplus.ISecret, options: SecretLogsConnectionOptions = {}): LogsConnection {
    return new SecretConnection(secret, options);
  }

  /**
   * One that Airflow has: in its database, in a secrets backend or in the variables of all pods.
   *
   * @throws when the id is not one
   */
  public static existing(id: string): LogsConnection {
    return new ExistingConnection(id);
  }

  /**
   * One without credentials, so that pods log in by the identity that they have; in the environment, so that nobody looks for it elsewhere.
   *
   * @internal
   */
  public static _withoutLogin(type: string, details: { readonly host?: string; readonly extra?: object }): LogsConnectionConfig {
    return { id: OWN, env: [{ name: OWN_VARIABLE, value: JSON.stringify({ conn_type: type, ...details }) }] };
  }

  /**
   * @internal
   */
  public abstract _bind(scope: Construct): LogsConnectionConfig;
}

class SecretConnection extends LogsConnection {
  constructor(private readonly secret: kplus.ISecret, private readonly options: SecretLogsConnectionOptions) {
    super();
  }

  public _bind(): LogsConnectionConfig {
    return { id: OWN, env: [secretVariable(OWN_VARIABLE, { secretName: this.secret.name, key: this.options.key ?? 'connection' })] };
  }
}

class ExistingConnection extends LogsConnection {
  constructor(private readonly id: string) {
    super();
  }

  public _bind(scope: Construct): LogsConnectionConfig {
    if (!/^[\w#!()\-.:/\\]+$/.test(this.id)) {
      throw failure(scope, `'logs.connection' must be named by letters, digits and #!()-.:/\\_, got '${this.id}'`);
    }
    return { id: this.id, env: [] };
  }
}
