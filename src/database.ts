import * as kplus from 'cdk8s-plus-27';
import type { Airflow } from './airflow';
import { Postgres, PostgresOptions } from './components/postgres';
import { secretVariable } from './private/generated-secrets';
import { EnvVar } from './private/pod';

const CONNECTION = 'AIRFLOW__DATABASE__SQL_ALCHEMY_CONN';

/** What a database means for the instance. */
export interface DatabaseConfig {
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
    return new InClusterDatabase(options);
  }

  /**
   * A database that exists, by a Secret that holds its connection.
   */
  public static fromSecret(secret: kplus.ISecret, options: SecretDatabaseOptions = {}): Database {
    return new SecretDatabase(secret, options);
  }

  /**
   * @internal
   */
  public abstract _bind(airflow: Airflow): DatabaseConfig;
}

class InClusterDatabase extends Database {
  constructor(private readonly options: PostgresOptions) {
    super();
  }

  public _bind(airflow: Airflow): DatabaseConfig {
    const postgres = new Postgres(airflow, 'postgres', { ...this.options, airflow });
    const password = 'DATABASE_PASSWORD';
    return {
      postgres,
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
  }

  public _bind(): DatabaseConfig {
    return { env: [secretVariable(CONNECTION, { secretName: this.secret.name, key: this.options.key ?? 'connection' })] };
  }
}
