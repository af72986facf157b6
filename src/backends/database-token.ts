import { TOKEN_VARIABLE, TokenFacts } from '../core/database-parts';
import { checkMembers } from '../kubernetes/members';
import { EnvVar } from '../kubernetes/pod';

/**
 * Options of `DatabaseToken.awsRdsIam`.
 */
export interface AwsRdsIamOptions {
  /** The AWS region of the database, for example `eu-central-1`. */
  readonly region: string;
}

/** The result of a choice of tokens. */
export interface DatabaseTokenConfig extends TokenFacts {
  /** The environment variables that python/database_token.py reads. */
  readonly env: EnvVar[];
}

/**
 * Short-lived tokens in place of the database's password. The cloud identity of the pods requests them, so that no Secret has a
 * password. A pod renews its token before it ends.
 *
 * All pods that connect to the database need the identity: set `pods.identity`. The connection uses TLS, because a token is a secret too.
 */
export abstract class DatabaseToken {
  /**
   * IAM database authentication of Amazon RDS, Aurora and RDS Proxy. A token is valid for 15 minutes. The image needs boto3, which the
   * official image has.
   *
   * @throws when `region` is not the name of a region
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html
   */
  public static awsRdsIam(options: AwsRdsIamOptions): DatabaseToken {
    checkMembers('AwsRdsIamOptions', options);
    const { region } = options;
    if (!/^[a-z]{2,5}(-[a-z]+)+-\d$/.test(region)) { throw new Error(`'region' must be like eu-central-1, got '${region}'`); }
    return new Token({
      cloud: 'AWS',
      identities: 'WorkloadIdentity.eksIrsa() or WorkloadIdentity.eksPodIdentity()',
      variables: ['AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_CONTAINER_CREDENTIALS_FULL_URI'],
      env: [{ name: TOKEN_VARIABLE, value: 'aws-rds-iam' }, { name: 'AIRFLOW_DATABASE_TOKEN_REGION', value: region }],
    });
  }

  /**
   * Microsoft Entra authentication of Azure Database for PostgreSQL. A token is valid for about an hour. The image needs azure-identity,
   * which the official image has.
   *
   * @see https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-azure-ad-authentication
   */
  public static azureEntra(): DatabaseToken {
    return new Token({
      cloud: 'Azure',
      identities: 'WorkloadIdentity.aks()',
      variables: ['AZURE_FEDERATED_TOKEN_FILE'],
      env: [{ name: TOKEN_VARIABLE, value: 'azure-entra' }],
    });
  }

  /**
   * IAM database authentication of Google Cloud SQL. A token is valid for about an hour. The image needs google-auth, which the official
   * image has.
   *
   * @see https://cloud.google.com/sql/docs/postgres/iam-authentication
   */
  public static gcpCloudSql(): DatabaseToken {
    return new Token({
      cloud: 'Google Cloud',
      identities: 'WorkloadIdentity.gke()',
      variables: ['GOOGLE_APPLICATION_CREDENTIALS'],
      env: [{ name: TOKEN_VARIABLE, value: 'gcp-cloud-sql' }],
    });
  }

  /**
   * @internal
   */
  public abstract _bind(): DatabaseTokenConfig;
}

class Token extends DatabaseToken {
  constructor(private readonly config: DatabaseTokenConfig) {
    super();
  }

  public _bind(): DatabaseTokenConfig {
    return this.config;
  }
}
