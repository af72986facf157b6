import { Duration } from 'cdk8s';
import { DatabaseToken } from './database-token';
import { SecretKey } from '../kubernetes/secret-key';
import { PostgresTlsOptions } from '../kubernetes/tls';

/**
 * The connections that each process of Airflow keeps open to the database.
 *
 * @see https://docs.sqlalchemy.org/en/20/core/pooling.html
 */
export interface DatabasePoolOptions {
  /**
   * Whether a process keeps connections for later use (`[database] sql_alchemy_pool_enabled`). Without a pool, each session opens a
   * connection and closes it.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * The number of connections that a process keeps (`[database] sql_alchemy_pool_size`). 0 means any number.
   *
   * @default - Airflow's default, 5
   */
  readonly size?: number;

  /**
   * The number of connections that a process opens in addition to `size` for a short time (`[database] sql_alchemy_max_overflow`).
   * -1 means any number.
   *
   * @default - Airflow's default, 10
   */
  readonly overflow?: number;

  /**
   * The age at which a process replaces a connection (`[database] sql_alchemy_pool_recycle`). Choose less than the time after which the
   * server, a pooler or a firewall closes an idle connection.
   *
   * @default - Airflow's default, 30 minutes
   */
  readonly recycle?: Duration;

  /**
   * Whether a process tests a connection before each use (`[database] sql_alchemy_pool_pre_ping`).
   *
   * @default - Airflow's default, true
   */
  readonly prePing?: boolean;
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

  /**
   * The connections that each process of Airflow keeps open.
   *
   * @default - the defaults of Airflow
   */
  readonly pool?: DatabasePoolOptions;
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
 * A user of PostgreSQL and its password.
 */
export interface DatabaseLoginOptions {
  /**
   * The name of the user.
   *
   * @default - the value of `userKey`
   */
  readonly user?: string;

  /**
   * The name of the user, if a Secret holds it.
   *
   * @default - the value of `user`
   */
  readonly userKey?: SecretKey;

  /**
   * The password, as it is: the library percent-encodes its special characters.
   *
   * @default - none, for a server that asks for none: it trusts a client certificate, or a proxy in the same pod logs in
   */
  readonly password?: SecretKey;
}

/**
 * Options of `Database.cloudNativePg`.
 */
export interface CloudNativePgOptions extends DatabaseOptions {
  /**
   * The namespace of the cluster. In another namespace than the Airflow's, copy both Secrets to the namespace of the Airflow.
   *
   * @default - the namespace of the Airflow
   */
  readonly namespace?: string;

  /**
   * The name of the database.
   *
   * @default - the value of `dbname` in the Secret
   */
  readonly name?: string;

  /**
   * The name of the Secret with `username` and `password`. A Secret that you gave to the cluster (`bootstrap.initdb.secret`) has no
   * `dbname`, so set `name` as well.
   *
   * @default '<cluster>-app'
   */
  readonly secretName?: string;

  /**
   * The name of the Secret with the certificate of the authority, `ca.crt`.
   *
   * @default '<cluster>-ca'
   */
  readonly caSecretName?: string;

  /**
   * Another user for the migration Job, as in `Database.postgres`.
   *
   * @default - the same user
   */
  readonly migrateAs?: DatabaseLoginOptions;

  /**
   * How long Airflow waits for a connection to be established, as in `Database.postgres`.
   *
   * @default - the same as in `Database.postgres`
   */
  readonly connectTimeout?: Duration;
}

/**
 * Options of `Database.postgres`. Of each part, give either the value or the key of a Secret that holds it.
 */
export interface PostgresDatabaseOptions extends DatabaseOptions, DatabaseLoginOptions {
  /**
   * The host: a DNS name, an IPv4 address, or an IPv6 address without brackets.
   *
   * @default - the value of `hostKey`
   */
  readonly host?: string;

  /**
   * The host, if a Secret holds it.
   *
   * @default - the value of `host`
   */
  readonly hostKey?: SecretKey;

  /**
   * The port.
   *
   * @default - the value of `portKey`, else 5432
   */
  readonly port?: number;

  /**
   * The port, if a Secret holds it.
   *
   * @default - the value of `port`
   */
  readonly portKey?: SecretKey;

  /**
   * The name of the database.
   *
   * @default - the value of `nameKey`
   */
  readonly name?: string;

  /**
   * The name of the database, if a Secret holds it.
   *
   * @default - the value of `name`
   */
  readonly nameKey?: SecretKey;

  /**
   * Short-lived tokens in place of `password`, which the cloud identity of the pods requests.
   *
   * @default - none
   */
  readonly token?: DatabaseToken;

  /**
   * TLS, set through libpq variables (`PGSSLMODE` and others). With `token`, `mode` must not be `require`.
   *
   * @default - with `token`, the certificate must be from a public authority for the host; otherwise TLS without a check of the
   * certificate if the server offers it, as libpq does by itself
   */
  readonly tls?: PostgresTlsOptions;

  /**
   * Another user for the migration Job, which creates and alters tables. All other pods then have a user that needs no such right. With
   * `token`, the user needs no password: the identity of the Job requests a token for it.
   *
   * @default - the same user
   */
  readonly migrateAs?: DatabaseLoginOptions;

  /**
   * How long Airflow waits for a connection to be established. Probes wait at most 10 seconds.
   *
   * @default - as long as the operating system tries; 60 seconds for asyncpg, 5 seconds for the library's own scripts
   */
  readonly connectTimeout?: Duration;
}
