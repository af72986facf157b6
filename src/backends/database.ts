import { Postgres, PostgresOptions } from './postgres';
import { ConnectionAnswer, filesFor, own } from '../core/answer';
import { BindContext } from '../core/bind-context';
import { holdsPassword } from '../core/secret-names';
import { checkPostgresTls, DATABASE_TLS, postgresParameters, tlsFiles } from '../core/tls-files';
import { checkMembers } from '../kubernetes/members';
import { SecretKey } from '../kubernetes/secret-key';
import { PostgresTlsOptions } from '../kubernetes/tls';

const SCHEMA = "'schema' of 'database'";
const CONNECTION = 'AIRFLOW__DATABASE__SQL_ALCHEMY_CONN';

/** The configuration of the instance that results from a database. */
export interface DatabaseConfig extends ConnectionAnswer {
  /** The Postgres, if the library created one. */
  readonly postgres?: Postgres;
}

/**
 * Options of an existing database.
 */
export interface DatabaseOptions {
  /**
   * The schema of Airflow's tables (`[database] sql_alchemy_schema`). The migrations name tables without a schema, so the
   * database role needs the same schema first in its search path: `ALTER ROLE airflow SET search_path = airflow`.
   *
   * @default - the first schema of the search path; `public` unless the role has another search path
   */
  readonly schema?: string;
}

/**
 * Options of `Database.fromSecret`.
 */
export interface SecretDatabaseOptions extends DatabaseOptions {
  /**
   * TLS for PostgreSQL, set through libpq variables (`PGSSLMODE` and others). The connection URL must then have no `ssl*`
   * parameter.
   *
   * @default - the settings of the connection URL
   */
  readonly tls?: PostgresTlsOptions;
}

/**
 * The metadata database, in which Airflow keeps its state: DAG runs, task instances, users, connections.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/howto/set-up-database.html
 */
export abstract class Database {
  /**
   * A Postgres in the cluster, for development: one pod, one volume, no backup. The bootstrap Job generates its password.
   */
  public static inCluster(options: PostgresOptions = {}): Database {
    checkMembers('PostgresOptions', options);
    return new InClusterDatabase(options);
  }

  /**
   * An existing database, with its connection URL in a Secret.
   *
   * @param connection the key that holds the SQLAlchemy URL, for example `postgresql://user:password@host:5432/database`
   * @throws when `tls.mode` and `tls.ca` do not fit together, or `schema` is not a valid name
   */
  public static fromSecret(connection: SecretKey, options: SecretDatabaseOptions = {}): Database {
    checkMembers('SecretDatabaseOptions', options);
    return new SecretDatabase(connection, options);
  }

  /**
   * An existing database whose connection URL a command prints, for example a command that requests a short-lived password
   * (`[database] sql_alchemy_conn_cmd`). Each process runs the command at its start.
   *
   * @param command the program in the image and its arguments, without a shell
   * @throws when the command is empty or contains a password, or `schema` is not a valid name
   */
  public static fromCommand(command: string, options: DatabaseOptions = {}): Database {
    checkMembers('DatabaseOptions', options);
    if (command.trim() === '') { throw new Error("'command' must be a program and its arguments, got none"); }
    if (holdsPassword(command)) { throw new Error("'command' must not have a password in it; let it read a variable that 'pods.env' takes from a Secret"); }
    return new IndirectDatabase(`${CONNECTION}_CMD`, command, options);
  }

  /**
   * An existing database whose connection URL is in the secrets backend (`[database] sql_alchemy_conn_secret`).
   *
   * @param key the key of the connection among the backend's configuration values
   * @throws when the key is empty, or `schema` is not a valid name
   */
  public static fromSecretsBackend(key: string, options: DatabaseOptions = {}): Database {
    checkMembers('DatabaseOptions', options);
    if (key.trim() === '') { throw new Error("'key' must be that of the connection in the secrets backend, got none"); }
    return new IndirectDatabase(`${CONNECTION}_SECRET`, key, options);
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
    // From 3.4 on, the default driver of Airflow is psycopg 3. A URL without a driver leaves the choice to Airflow.
    const scheme = context.version._isFrom(3, 4) ? 'postgresql' : 'postgresql+psycopg2';
    return {
      postgres,
      endpoint: postgres._endpoint,
      options: [own('database', 'sql_alchemy_schema', undefined, SCHEMA, 'a database that Airflow has for itself needs none; use Database.fromSecret() for another')],
      env: [
        postgres._password._variable(password),
        { name: CONNECTION, value: `${scheme}://${postgres.databaseName}:$(${password})@${postgres.host}:${postgres.port}/${postgres.databaseName}` },
      ],
    };
  }
}

class SecretDatabase extends Database {
  constructor(private readonly connection: SecretKey, private readonly options: SecretDatabaseOptions) {
    super();
    checkPostgresTls('tls', options.tls);
    checkSchema(options);
  }

  public _bind(): DatabaseConfig {
    const { tls } = this.options;
    const connection = this.connection._variable(CONNECTION);
    const elsewhere = existing(this.options);
    if (tls === undefined) { return { env: [connection], ...elsewhere }; }
    const files = tlsFiles(DATABASE_TLS, tls);
    // psycopg 2, psycopg 3 and asyncpg read these variables. asyncpg cannot read the same parameters in the URL.
    const variables = Object.entries(postgresParameters(tls, files)).map(([name, value]) => ({ name: `PG${name.toUpperCase()}`, value }));
    return { env: [connection, ...variables], ...elsewhere, parts: filesFor('database', files.parts) };
  }
}

/** A database whose connection URL Airflow fetches itself, in the way that an environment variable defines. */
class IndirectDatabase extends Database {
  constructor(private readonly variable: string, private readonly value: string, private readonly options: DatabaseOptions) {
    super();
    checkSchema(options);
  }

  public _bind(): DatabaseConfig {
    return { env: [{ name: this.variable, value: this.value }], ...existing(this.options) };
  }
}

/** The parts that every existing database has. */
function existing({ schema }: DatabaseOptions): Pick<DatabaseConfig, 'endpoint' | 'options'> {
  return { endpoint: { id: 'database', label: 'database' }, options: [own('database', 'sql_alchemy_schema', schema, SCHEMA)] };
}

/** The scripts quote the name, as SQLAlchemy does where necessary. */
function checkSchema({ schema }: DatabaseOptions): void {
  if (schema !== undefined && !/^[A-Za-z_][\w$-]{0,62}$/.test(schema)) {
    throw new Error(`'schema' must be the name of a schema, of at most 63 letters, digits, '_', '$' and '-', got '${schema}'`);
  }
}
