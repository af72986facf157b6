import { AuthConfig, unread } from './auth-config';
import { AirflowConfig } from '../core/airflow-config';
import { PodParts, own } from '../core/answer';
import { BindContext } from '../core/bind-context';
import { endpointAt } from '../core/endpoints';
import { isWeb, Role } from '../core/needs';
import { SCRIPTS_PATH } from '../core/scripts';
import { tlsFiles } from '../core/tls-files';
import { gather } from '../kubernetes/problems';
import { SecretKey } from '../kubernetes/secret-key';
import { CertificateAuthority } from '../kubernetes/tls';
import { checkBaseUrl } from '../kubernetes/validate';

const KEYCLOAK = 'airflow.providers.keycloak.auth_manager.keycloak_auth_manager.KeycloakAuthManager';
const SECTION = 'keycloak_auth_manager';
const SCRIPT = 'keycloak_client.py';

/**
 * A Keycloak user who may change the client of Airflow.
 */
export interface KeycloakAdminOptions {
  /** The user name. */
  readonly username: string;

  /** The password. */
  readonly password: SecretKey;

  /**
   * The realm of the user.
   *
   * @default 'master'
   */
  readonly realm?: string;
}

/**
 * Options of the Keycloak auth manager.
 */
export interface KeycloakAuthOptions {
  /** The URL of Keycloak, for example `https://keycloak.example.com`, without `/realms`. */
  readonly url: string;

  /** The name of the realm. */
  readonly realm: string;

  /** The ID of the client of Airflow. The client needs "Client authentication" and "Authorization". */
  readonly clientId: SecretKey;

  /** The secret of the client. */
  readonly clientSecret: SecretKey;

  /**
   * The user by whom a Job prepares the client: the roles of Airflow that neither the realm nor the client has, the decision strategy
   * "Affirmative", and the scopes, resources and permissions of Airflow (`airflow keycloak-auth-manager create-all`). The Job runs
   * again when its pod changes.
   *
   * @default - no Job; run the command yourself
   */
  readonly admin?: KeycloakAdminOptions;

  /**
   * The authorities that the API server trusts, for a Keycloak whose certificate no public authority signed. They replace the public ones
   * for everything that the Python library `requests` calls, so include those in the file if logs or connections need them.
   *
   * @default - the public authorities
   */
  readonly ca?: CertificateAuthority;
}

/** The Keycloak auth manager. */
export function keycloakAuth(context: BindContext, options: KeycloakAuthOptions): AuthConfig {
  const { version, config, image } = context;
  const url = options.url.replace(/\/$/, '');
  gather(context, problems => {
    problems.check(() => checkBaseUrl(context, 'auth.url', options.url));
    if (/\/realms(\/|$)/.test(url)) { problems.add(`'auth.url' must be without '/realms', which 'realm' adds, got '${options.url}'`); }
    if (options.realm.trim() === '' || /[/?#]/.test(options.realm)) {
      problems.add(`'auth.realm' must be the name of a realm, got '${options.realm}'`);
    }
    if (!version.isAirflow3) {
      problems.add(
        `'auth' keycloak exists from Airflow 3.0 on, but the version is ${version.release}; use Auth.fab() with OAuth.keycloak()`,
      );
    } else if (image._isOfficial) {
      problems.add(
        "'auth' keycloak needs the package apache-airflow-providers-keycloak, "
          + `which the official image '${image.reference}' does not have; `
          + "give an 'image' that has it, or use Auth.fab() with OAuth.keycloak()",
      );
    }
  });
  const option = (name: string, value?: string) => own(SECTION, name, value, "'auth'");
  return {
    webserverConfig: '',
    migrations: {},
    scripts: options.admin === undefined ? [] : [SCRIPT],
    options: [
      own('core', 'auth_manager', KEYCLOAK, "'auth'"),
      option('server_url', url),
      option('realm', options.realm),
      option('client_id'),
      option('client_secret'),
      ...unread(config, 'fab', config._options('fab'), 'Auth.keycloak() does not read it; use Auth.fab(), or leave it out'),
    ],
    parts: role => keycloakParts(role, options),
    job: options.admin && resourcesJob(options.admin),
    notes: (base = "<'url' of the Airflow>") => [
      'The redirect URI to register at Keycloak:', `  ${base}/auth/login_callback`,
      'The post logout redirect URI to register at Keycloak:', `  ${base}/auth/logout_callback`,
    ],
  };
}

function keycloakParts(role: Role, { url, clientId, clientSecret, ca }: KeycloakAuthOptions): PodParts {
  if (!isWeb(role) && role !== Role.AUTH_RESOURCES) { return {}; }
  const files = ca && tlsFiles('login-tls', { ca });
  return {
    ...files?.parts,
    env: [
      clientId._variable(AirflowConfig.variableName(SECTION, 'client_id')),
      ...isWeb(role) ? [clientSecret._variable(AirflowConfig.variableName(SECTION, 'client_secret'))] : [],
      ...files === undefined ? [] : [{ name: 'REQUESTS_CA_BUNDLE', value: files.ca }],
    ],
    peers: () => [{ ...endpointAt('login', 'Keycloak', url), purpose: isWeb(role) ? 'login' : 'creates resources' }],
  };
}

/**
 * The script creates what the command takes for granted. The shell reads the password from a variable, so that it is not among the
 * arguments in the YAML.
 */
function resourcesJob({ username, password, realm = 'master' }: KeycloakAdminOptions): AuthConfig['job'] {
  const prepare = `python ${SCRIPTS_PATH}/${SCRIPT} "$1" "$2"`;
  const create = 'exec airflow keycloak-auth-manager create-all --username "$1" --user-realm "$2" --password "$KEYCLOAK_PASSWORD"';
  return {
    args: ['bash', '-c', `${prepare} && ${create}`, '--', username, realm],
    env: [password._variable('KEYCLOAK_PASSWORD')],
  };
}
