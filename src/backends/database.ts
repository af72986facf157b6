import * as kplus from 'cdk8s-plus-27';
import { Postgres, PostgresOptions } from './postgres';
import { BindContext } from '../core/bind-context';
import { secretVariable } from '../core/generated-secrets';
import { ConnectionTarget } from '../core/pod-parts';
import { checkPostgresTls, DATABASE_TLS, postgresParameters, tlsFiles } from '../core/tls-files';
import { checkMembers } from '../kubernetes/members';
import { EnvVar } from '../kubernetes/pod';
import { PostgresTlsOptions } from '../kubernetes/tls';

const CONNECTION = 'AIRFLOW__DATABASE__SQL_ALCHEMY_CONN';

/** What a database means for the instance. */
export interface DatabaseConfig extends ConnectionTarget {
  /** The variables that give a container the connection. */
  readonly env: EnvVar[];
  /** The Postgres that was made, if one was. */
  readonly postgres?: Postgres;
}

/**
 * Options of a database that is reached by a Secret.
 */
export interface SecretDatabaseOptions {
  /**
   * The key of the Secret that holds the connection, as SQLAlchemy writes it: `postgresql://user:password@host:5432/database`.
   *
   * @default 'connection'
   */
  readonly key?: string;

  /**
   * TLS to a Postgres: as variables of libpq, so that the connection itself says nothing of it.
   *
   * @default - as the connection says
   */
  readonly tls?: PostgresTlsOptions;
}

/**
 * The metadata database.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/howto/set-up-database.html
 */
export abstract class Database {
  /**
   * A Postgres in the cluster, for development: one pod, one volume, no backup. Its password is made by the bootstrap.
   */
  public static inCluster(options: PostgresOptions = {}): Database {
    checkMembers('PostgresOptions', options);
    return new InClusterDatabase(options);
  }

  /**
   * A database that exists, by a Secret that holds its connection.
   *
   * @throws when `tls.mode` does not go with `tls.ca`
   */
  public static fromSecret(secret: kplus.ISecret, options: SecretDatabaseOptions = {}): Database {
    checkMembers('SecretDatabaseOptions', options);
    return new SecretDatabase(secret, options);
  }

  /**
   * @internal
   */
  public abstract _bind(context: BindContext): DatabaseConfig;
}

class InClusterDatabase extends Database {
  constructor(private readonly options: PostgresOptions) {
    super();
  }

  public _bind(context: BindContext): DatabaseConfig {
    const postgres = Postgres._of(context, 'postgres', this.options);
    const password = 'DATABASE_PASSWORD';
    return {
      postgres,
      endpoint: postgres._endpoint,
      env: [
        secretVariable(password, postgres._password),
        { name: CONNECTION, value: `postgresql+psycopg2://${postgres.databaseName}:$(${password})@${postgres.host}:${postgres.port}/${postgres.databaseName}` },
      ],
    };
  }
}

class SecretDatabase extends Database {
  constructor(private readonly secret: kplus.ISecret, private readonly options: SecretDatabaseOptions) {
    super();
    checkPostgresTls('tls', options.tls);
  }

  public _bind(): DatabaseConfig {
    const { key, tls } = this.options;
    const connection = secretVariable(CONNECTION, { secretName: this.secret.name, key: key ?? 'connection' });
    const endpoint = { id: 'database', label: 'database' };
    if (tls === undefined) { return { env: [connection], endpoint }; }
    const files = tlsFiles(DATABASE_TLS, tls);
    // psycopg of either version reads them, and asyncpg, which could not read the same in the URL.
    const variables = Object.entries(postgresParameters(tls, files)).map(([name, value]) => ({ name: `PG${name.toUpperCase()}`, value }));
    return { env: [connection, ...variables], endpoint, parts: files.parts };
  }
}
