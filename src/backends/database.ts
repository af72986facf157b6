import { Chart } from 'cdk8s';
import { CloudNativePgOptions, DatabaseOptions, PostgresDatabaseOptions, SecretDatabaseOptions } from './database-options';
import { checkDatabase, checkParts, CONNECTION, partsEnv, partsOf, poolOptions, tlsEnv, tlsOf, urlCommand } from './database-parts';
import { Postgres, PostgresOptions } from './postgres';
import { ConnectionAnswer, partsFor, own } from '../core/answer';
import { BindContext } from '../core/bind-context';
import { DatabaseParts } from '../core/database-parts';
import { Endpoint } from '../core/endpoints';
import { holdsPassword } from '../core/secret-names';
import { checkPostgresTls, DATABASE_TLS, postgresParameters, tlsFiles } from '../core/tls-files';
import { checkMembers } from '../kubernetes/members';
import { EnvVar } from '../kubernetes/pod';
import { gather } from '../kubernetes/problems';
import { SecretKey } from '../kubernetes/secret-key';
import { CertificateAuthority, PostgresTlsOptions } from '../kubernetes/tls';
import { checkDnsLabel } from '../kubernetes/validate';

const SCHEMA = "'schema' of 'database'";

/** The configuration of the instance that results from a database. */
export interface DatabaseConfig extends ConnectionAnswer {
  /** The Postgres, if the library created one. */
  readonly postgres?: Postgres;
  /** The environment variables of the migration, if they differ from `env`. */
  readonly migrationEnv?: EnvVar[];
  /** The key of a Secret that holds the connection URL. */
  readonly url?: SecretKey;
  /** TLS, if it is set by a prop. */
  readonly tls?: PostgresTlsOptions;
  /** The server behind a pooler, with which the migration talks. */
  readonly directEndpoint?: Endpoint;
  /** The connection in parts; undefined if only a Secret or a command knows it. */
  readonly inParts?: DatabaseParts;
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
   * An existing PostgreSQL, by the parts of its connection. Every process composes the connection URL at its start, so that the password
   * may have any characters.
   *
   * @throws when a part is missing, given twice or invalid, or when `tls.mode` and `tls.ca` do not fit together
   */
  public static postgres(options: PostgresDatabaseOptions): Database {
    checkMembers('PostgresDatabaseOptions', options);
    return new PartsDatabase(options);
  }

  /**
   * A PostgreSQL that CloudNativePG runs, by the Secrets that the operator writes: `<cluster>-app` has the login, `<cluster>-ca`
   * the authority. Airflow connects to the primary, `<cluster>-rw`, and verifies its certificate.
   *
   * @param cluster the name of the Cluster object
   * @throws when a name is not valid, or when `secretName` is set without `name`
   * @see https://cloudnative-pg.io/documentation/current/applications/
   */
  public static cloudNativePg(cluster: string, options: CloudNativePgOptions = {}): Database {
    checkMembers('CloudNativePgOptions', options);
    return new CloudNativePgDatabase(cluster, options);
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
    if (holdsPassword(command)) {
      throw new Error("'command' must not have a password in it; let it read a variable that 'pods.env' takes from a Secret");
    }
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
   * Whether a script of the library composes the connection URL in the pods.
   *
   * @internal
   */
  public readonly _composed: boolean = false;

  /**
   * Whether Airflow asks the secrets backend for the connection URL.
   *
   * @internal
   */
  public readonly _inSecretsBackend: boolean = false;

  /**
   * Whether the migration has a user of its own.
   *
   * @internal
   */
  public readonly _migratesAsOther: boolean = false;

  /**
   * Whether the identity of the pods logs in with tokens.
   *
   * @internal
   */
  public readonly _usesToken: boolean = false;

  /**
   * @internal
   */
  public abstract _bind(context: BindContext): DatabaseConfig;
}

class InClusterDatabase extends Database {
  public readonly _composed: boolean;

  constructor(private readonly options: PostgresOptions) {
    super();
    // A generated password is safe in a URL, and another one may have any characters.
    this._composed = options.password !== undefined;
  }

  public _bind(context: BindContext): DatabaseConfig {
    const postgres = Postgres._of(context, 'postgres', this.options);
    const password = 'DATABASE_PASSWORD';
    const inParts = partsInCluster(postgres);
    const env = [
      postgres._password._variable(password),
      {
        name: CONNECTION,
        value: `${schemeOf(context)}://${postgres.databaseName}:$(${password})@${postgres.host}:${postgres.port}/${postgres.databaseName}`,
      },
    ];
    return {
      postgres,
      inParts,
      endpoint: postgres._endpoint,
      options: [
        own(
          'database',
          'sql_alchemy_schema',
          undefined,
          SCHEMA,
          'a database that Airflow has for itself needs none; use Database.fromSecret() for another',
        ),
      ],
      env: this._composed ? [...partsEnv(inParts, {}), urlCommand(CONNECTION, schemeOf(context))] : env,
    };
  }
}

/** From 3.4 on, the default driver of Airflow is psycopg 3. A URL without a driver leaves the choice to Airflow. */
export function schemeOf({ version }: BindContext): string {
  return version._isFrom(3, 4) ? 'postgresql' : 'postgresql+psycopg2';
}

/** The parts of the Postgres that the library creates. */
function partsInCluster({ host, port, databaseName, _password: password }: Postgres): DatabaseParts {
  return {
    host: { value: host },
    port: { value: `${port}` },
    name: { value: databaseName },
    user: { value: databaseName },
    password,
    sslMode: 'prefer',
    ownCa: false,
    clientCertificate: false,
    ownPod: false,
  };
}

class PartsDatabase extends Database {
  public readonly _composed = true;
  public readonly _migratesAsOther: boolean;
  public readonly _usesToken: boolean;

  constructor(private readonly options: PostgresDatabaseOptions) {
    super();
    checkParts(options);
    this._usesToken = options.token !== undefined;
    this._migratesAsOther = options.migrateAs !== undefined;
  }

  public _bind(context: BindContext): DatabaseConfig {
    const { options } = this;
    const { migrateAs } = options;
    const inParts = partsOf(options);
    const command = urlCommand(CONNECTION, schemeOf(context));
    const { env, parts } = tlsAnswer(tlsOf(options));
    const envOf = (login: PostgresDatabaseOptions) => [...partsEnv(partsOf(login), login), command, ...env];
    const { endpoint, ...existed } = existing(options);
    return {
      ...existed,
      endpoint: { ...endpoint, port: inParts.port.value === undefined ? undefined : Number(inParts.port.value) },
      env: envOf(options),
      migrationEnv: migrateAs && envOf({ ...options, user: migrateAs.user, userKey: migrateAs.userKey, password: migrateAs.password }),
      inParts,
      parts,
      tls: tlsOf(options),
    };
  }
}

class CloudNativePgDatabase extends Database {
  public readonly _composed = true;
  public readonly _migratesAsOther: boolean;

  constructor(private readonly cluster: string, private readonly options: CloudNativePgOptions) {
    super();
    const { namespace, name, secretName } = options;
    gather(undefined, problems => {
      // The operator refuses longer names, because it appends to them.
      problems.check(() => checkDnsLabel(undefined, 'cluster', cluster, 50));
      if (namespace !== undefined) { problems.check(() => checkDnsLabel(undefined, 'namespace', namespace)); }
      if (secretName !== undefined && name === undefined) {
        problems.add(
          `'name' must be the name of the database with 'secretName', since '${secretName}' need not have the key 'dbname'; set it`,
        );
      }
    });
    checkParts(this.parts('airflow'));
    this._migratesAsOther = options.migrateAs !== undefined;
  }

  public _bind(context: BindContext): DatabaseConfig {
    return new PartsDatabase(this.parts(Chart.of(context).namespace!))._bind(context);
  }

  private parts(airflowNamespace: string): PostgresDatabaseOptions {
    const { cluster } = this;
    const { namespace = airflowNamespace, name, secretName = `${cluster}-app`, caSecretName = `${cluster}-ca`, ...others } = this.options;
    return {
      ...others,
      // KEDA connects from another namespace. The certificate names this host, too.
      host: `${cluster}-rw.${namespace}.svc`,
      name,
      nameKey: name === undefined ? SecretKey.of(secretName, 'dbname') : undefined,
      userKey: SecretKey.of(secretName, 'username'),
      password: SecretKey.of(secretName, 'password'),
      tls: { ca: CertificateAuthority.fromSecret(SecretKey.of(caSecretName, 'ca.crt')) },
    };
  }
}

class SecretDatabase extends Database {
  constructor(private readonly connection: SecretKey, private readonly options: SecretDatabaseOptions) {
    super();
    checkDatabase(options, problems => problems.check(() => checkPostgresTls('tls', options.tls)));
  }

  public _bind(): DatabaseConfig {
    const { tls } = this.options;
    const { env, parts } = tlsAnswer(tls);
    return { env: [this.connection._variable(CONNECTION), ...env], ...existing(this.options), parts, url: this.connection, tls };
  }
}

function tlsAnswer(tls: PostgresTlsOptions | undefined): { env: EnvVar[]; parts?: DatabaseConfig['parts'] } {
  if (tls === undefined) { return { env: [] }; }
  const files = tlsFiles(DATABASE_TLS, tls);
  return { env: tlsEnv(postgresParameters(tls, files)), parts: partsFor('database', files.parts) };
}

/** A database whose connection URL Airflow fetches itself, in the way that an environment variable defines. */
class IndirectDatabase extends Database {
  public readonly _inSecretsBackend: boolean;

  constructor(private readonly variable: string, private readonly value: string, private readonly options: DatabaseOptions) {
    super();
    checkDatabase(options);
    this._inSecretsBackend = variable.endsWith('_SECRET');
  }

  public _bind(): DatabaseConfig {
    return { env: [{ name: this.variable, value: this.value }], ...existing(this.options) };
  }
}

/** The parts that every existing database has. */
function existing({ schema, pool }: DatabaseOptions): Pick<DatabaseConfig, 'endpoint' | 'options'> {
  return {
    endpoint: { id: 'database', label: 'database' },
    options: [own('database', 'sql_alchemy_schema', schema, SCHEMA), ...poolOptions(pool)],
  };
}
