import * as kplus from 'cdk8s-plus-27';
import { secretVariable } from '../core/generated-secrets';
import { looksSecret } from '../core/secret-names';
import { checkMembers } from '../kubernetes/members';
import { EnvVar } from '../kubernetes/pod';

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
   * What the type of connection knows beside these, for example `{ region_name: 'eu-central-1' }`.
   *
   * @default - nothing
   */
  readonly extra?: { readonly [name: string]: string };
}

/**
 * Where the value of a connection of Airflow comes from.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/howto/connection.html#storing-connections-in-environment-variables
 */
export abstract class ConnectionValue {
  /**
   * A key of a Secret that holds the connection as a URI, or as JSON like `{"conn_type": "postgres", "host": "db", "password": "..."}`.
   */
  public static fromSecret(secret: kplus.ISecret, key: string): ConnectionValue {
    return new Value(name => secretVariable(name, { secretName: secret.name, key }));
  }

  /**
   * A connection that needs no secret, since the service asks for none or the pods have a workload identity.
   *
   * @param connType the type as Airflow calls it, for example `aws` or `google_cloud_platform`
   * @throws when something in it can only be a secret, or the type or port cannot be one
   */
  public static withoutSecret(connType: string, options: ConnectionOptions = {}): ConnectionValue {
    checkMembers('ConnectionOptions', options);
    if (!/^[a-z][a-z0-9_]*$/.test(connType)) {
      throw new Error(`'connType' must be of lowercase letters, digits and '_', beginning with a letter, as Airflow calls it, got '${connType}'`);
    }
    const { host, port, schema, login, extra } = options;
    if (port !== undefined && (!Number.isInteger(port) || port < 1 || port > 65535)) {
      throw new Error(`'port' must be a whole number from 1 to 65535, got ${port}`);
    }
    for (const [name, value] of [...Object.entries({ host, schema, login }), ...Object.entries(extra ?? {})]) {
      if (looksSecret(name) || /:[^/@]*@|^https?:\/\/[^/]*@/.test(value ?? '')) {
        throw new Error(`'${name}' of a connection without a secret is, or has in it, what Airflow takes for a secret; use ConnectionValue.fromSecret`);
      }
    }
    const json = JSON.stringify({ conn_type: connType, host, port, schema, login, extra });
    // Kubernetes would put a variable in the place of $(NAME).
    return new Value(name => ({ name, value: json.replace(/\$\(/g, '$$$$(') }));
  }

  /**
   * @internal
   */
  public abstract _bind(variable: string): EnvVar;
}

class Value extends ConnectionValue {
  constructor(private readonly bind: (variable: string) => EnvVar) {
    super();
  }

  public _bind(variable: string): EnvVar {
    return this.bind(variable);
  }
}
