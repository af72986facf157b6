import { Postgres, PostgresOptions } from './postgres';
import { BindContext } from '../core/bind-context';
import { ConnectionTarget } from '../core/pod-parts';
import { checkPostgresTls, DATABASE_TLS, postgresParameters, tlsFiles } from '../core/tls-files';
import { checkMembers } from '../kubernetes/members';
import { EnvVar } from '../kubernetes/pod';
import { SecretKey } from '../kubernetes/secret-key';
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
 * Options of `Database.fromSecret`.
 */
export interface SecretDatabaseOptions {
  /**
   * TLS for PostgreSQL, set through the variables of libpq (`PGSSLMODE` and others). The connection must then have no `ssl*` parameter.
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
   * A database that exists.
   *
   * @param connection the key that holds the connection as SQLAlchemy writes it: `postgresql://user:password@host:5432/database`
   * @throws when `tls.mode` does not go with `tls.ca`
   */
  public static fromSecret(connection: SecretKey, options: SecretDatabaseOptions = {}): Database {
    checkMembers('SecretDatabaseOptions', options);
    return new SecretDatabase(connection, options);
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
        postgres._password._variable(password),
        { name: CONNECTION, value: `postgresql+psycopg2://${postgres.databaseName}:$(${password})@${postgres.host}:${postgres.port}/${postgres.databaseName}` },
      ],
    };
  }
}

class SecretDatabase extends Database {
  constructor(private readonly connection: SecretKey, private readonly options: SecretDatabaseOptions) {
    super();
    checkPostgresTls('tls', options.tls);
  }

  public _bind(): DatabaseConfig {
    const { tls } = this.options;
    const connection = this.connection._variable(CONNECTION);
    const endpoint = { id: 'database', label: 'database' };
    if (tls === undefined) { return { env: [connection], endpoint }; }
    const files = tlsFiles(DATABASE_TLS, tls);
    // psycopg of either version reads them, and asyncpg, which could not read the same in the URL.
    const variables = Object.entries(postgresParameters(tls, files)).map(([name, value]) => ({ name: `PG${name.toUpperCase()}`, value }));
    return { env: [connection, ...variables], endpoint, parts: files.parts };
  }
}
