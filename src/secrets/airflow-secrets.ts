import { AirflowConfig } from '../core/airflow-config';
import { Answer, ConfigOption, own } from '../core/answer';
import { BindContext } from '../core/bind-context';
import { SecretKind } from '../core/generated-secrets';
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

/** What the keys mean for an Airflow. */
export interface KeysConfig extends Answer {
  readonly env: KeyEnv;
}

/** Binds the keys: by the user's references, else by those that the bootstrap makes. */
export function bindKeys(context: BindContext, given: AirflowSecrets): KeysConfig {
  const { version, _generated: generated } = context;
  if (!version.isAirflow3 && given.jwtSecret !== undefined) {
    throw failure(context, `'secrets.jwtSecret' exists from Airflow 3.0 on, but the version is ${version.release}; leave it out`);
  }
  const options: ConfigOption[] = [];
  const bind = (section: string, option: string, key: string, kind: SecretKind, value: SecretKey | undefined): EnvVar[] => {
    options.push(own(section, option, undefined, "'secrets'"));
    return [(value ?? generated.request(context, 'keys', key, kind))._variable(AirflowConfig.variableName(section, option))];
  };
  const env = {
    fernetKey: bind('core', 'fernet_key', 'fernet-key', 'fernet', given.fernetKey),
    jwtSecret: version.isAirflow3 ? bind('api_auth', 'jwt_secret', 'jwt-secret', 'token', given.jwtSecret) : [],
    secretKey: bind(version.isAirflow3 ? 'api' : 'webserver', 'secret_key', 'secret-key', 'token', given.secretKey),
  };
  return { env, options };
}
