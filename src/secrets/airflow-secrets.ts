import { Construct } from 'constructs';
import { AirflowConfig } from '../core/airflow-config';
import { AirflowVersion } from '../core/airflow-version';
import { GeneratedSecrets, SecretKind } from '../core/generated-secrets';
import { EnvVar } from '../kubernetes/pod';
import { SecretKey } from '../kubernetes/secret-key';
import { failure } from '../kubernetes/validate';

/**
 * The keys that an Airflow signs and encrypts with; those left out are made once in the cluster.
 */
export interface AirflowSecrets {
  /**
   * The Fernet key, which encrypts connections and variables.
   *
   * @default - made by the bootstrap
   * @see https://airflow.apache.org/docs/apache-airflow/stable/security/secrets/fernet.html
   */
  readonly fernetKey?: SecretKey;

  /**
   * The key that signs the tokens of users and tasks (3.x); at least 64 bytes.
   *
   * @default - made by the bootstrap
   * @see https://airflow.apache.org/docs/apache-airflow/stable/configurations-ref.html#jwt-secret
   */
  readonly jwtSecret?: SecretKey;

  /**
   * The key that signs sessions and the requests for logs: `[api] secret_key`, in 2.x `[webserver] secret_key`.
   *
   * @default - made by the bootstrap
   */
  readonly secretKey?: SecretKey;
}

/** The keys, each as an environment variable. */
export interface KeyEnv {
  readonly fernetKey: EnvVar[];
  readonly jwtSecret: EnvVar[];
  readonly secretKey: EnvVar[];
}

/** The variables of the keys: by the user's references, else by those that the bootstrap makes. */
export function bindSecrets(
  scope: Construct, given: AirflowSecrets, version: AirflowVersion, generated: GeneratedSecrets, config: AirflowConfig,
): KeyEnv {
  const bind = (section: string, option: string, key: string, kind: SecretKind, value: SecretKey | undefined): EnvVar[] => {
    config._own(section, option, undefined, "'secrets'");
    return [(value ?? generated.request(scope, 'keys', key, kind))._variable(AirflowConfig.variableName(section, option))];
  };
  if (!version.isAirflow3 && given.jwtSecret !== undefined) {
    throw failure(scope, `'secrets.jwtSecret' exists from Airflow 3.0 on, but the version is ${version.release}; leave it out`);
  }
  return {
    fernetKey: bind('core', 'fernet_key', 'fernet-key', 'fernet', given.fernetKey),
    jwtSecret: version.isAirflow3 ? bind('api_auth', 'jwt_secret', 'jwt-secret', 'token', given.jwtSecret) : [],
    secretKey: bind(version.isAirflow3 ? 'api' : 'webserver', 'secret_key', 'secret-key', 'token', given.secretKey),
  };
}
