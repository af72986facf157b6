import { AirflowConfig } from '../core/airflow-config';
import { Answer, byDefault, ConfigOption, own } from '../core/answer';
import { BindContext } from '../core/bind-context';
import { checkMembers } from '../kubernetes/members';
import { SecretKey } from '../kubernetes/secret-key';
import { failure } from '../kubernetes/validate';

const FAB = 'airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager';
const SIMPLE = 'airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager';
const FAB_CONFIG = `from flask_appbuilder.const import AUTH_DB

AUTH_TYPE = AUTH_DB
`;

/** The first user. */
export interface AdminConfig {
  readonly username: string;
  /** By default the bootstrap makes it. */
  readonly password?: SecretKey;
  readonly email?: string;
}

/** What an auth manager means for the instance. */
export interface AuthConfig extends Answer {
  readonly admin?: AdminConfig;
  /** Whether it keeps users of its own, which `airflow users` creates. */
  readonly keepsUsers: boolean;
  /** The text of `webserver_config.py`, which decides roles and permissions. */
  readonly webserverConfig: string;
  /** Alembic table and folder of the manager's own migrations. */
  readonly migrations: { readonly [table: string]: string };
  /** The command of Airflow that follows the migration. */
  readonly afterMigration?: string;
  /** More options, where the migration, and with it `afterMigration`, is part of the instance. */
  readonly migrationOptions?: ConfigOption[];
}

/**
 * The first user, who may do everything.
 */
export interface AdminOptions {
  /**
   * The name to log in with.
   *
   * @default 'admin'
   */
  readonly username?: string;

  /**
   * The password.
   *
   * @default - the bootstrap makes one, in the Secret that the notes name
   */
  readonly password?: SecretKey;

  /**
   * The e-mail address.
   *
   * @default - the name at example.com
   */
  readonly email?: string;
}

/**
 * Options of the FAB auth manager.
 */
export interface FabAuthOptions {
  /**
   * The first user.
   *
   * @default - a user called admin
   */
  readonly admin?: AdminOptions;

  /**
   * Whether the first user is created at all.
   *
   * @default - true, unless `webserverConfig` says how users log in and `admin` is not given
   */
  readonly createAdmin?: boolean;

  /**
   * The Python text of `webserver_config.py`, for example for OAuth or LDAP.
   *
   * @default - users and passwords in the database
   * @see https://airflow.apache.org/docs/apache-airflow-providers-fab/stable/auth-manager/webserver-authentication.html
   */
  readonly webserverConfig?: string;
}

/**
 * Who may log in and what they may do.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/auth-manager/index.html
 */
export abstract class Auth {
  /**
   * Flask AppBuilder: users and roles in the database, or OAuth, OpenID, LDAP.
   */
  public static fab(options: FabAuthOptions = {}): Auth {
    checkMembers('FabAuthOptions', options);
    return new FabAuth(options);
  }

  /**
   * The SimpleAuthManager of Airflow 3 without any login: everyone may do everything. For trying things out.
   *
   * @throws with Airflow 2, which does not have it
   */
  public static simple(): Auth {
    return new SimpleAuth();
  }

  /**
   * @internal
   */
  public abstract _bind(context: BindContext): AuthConfig;
}

class FabAuth extends Auth {
  constructor(private readonly options: FabAuthOptions) {
    super();
    if (options.createAdmin === false && options.admin !== undefined) {
      throw new Error("'admin' describes a user that 'createAdmin' false does not create; leave one of them out");
    }
  }

  public _bind({ version, config }: BindContext): AuthConfig {
    const { admin, createAdmin, webserverConfig } = this.options;
    return {
      keepsUsers: true,
      admin: !(createAdmin ?? (webserverConfig === undefined || admin !== undefined)) ? undefined : { username: admin?.username ?? 'admin', password: admin?.password, email: admin?.email },
      webserverConfig: webserverConfig ?? FAB_CONFIG,
      migrations: version.isAirflow3 ? { alembic_version_fab: 'airflow/providers/fab/migrations/versions' } : {},
      afterMigration: 'sync-perm',
      // Several processes that write the permissions when they start get into each other's way and end.
      migrationOptions: [byDefault('fab', 'update_fab_perms', 'False')],
      options: [
        own('core', 'auth_manager', FAB, "'auth'"),
        ...unread(config, 'core', ['simple_auth_manager_all_admins', 'simple_auth_manager_users', 'simple_auth_manager_passwords_file'],
          'Auth.fab() does not read it; leave it out, or use Auth.simple()'),
        // Airflow 3 answers a name and password with a token; 2.x has to be told to accept them.
        ...version.isAirflow3 ? [] : [byDefault('api', 'auth_backends',
          'airflow.providers.fab.auth_manager.api.auth.backend.basic_auth,airflow.api.auth.backend.session')],
      ],
    };
  }
}

const EVERYONE = 'Auth.simple() lets everyone do everything; use Auth.fab() for users of your own';

/** Options that nothing reads beside the choice, so that whoever sets one is told. */
function unread(config: AirflowConfig, section: string, names: string[], instead: string): ConfigOption[] {
  return names.filter(name => config._knows(section, name)).map(name => own(section, name, undefined, "'auth'", instead));
}

class SimpleAuth extends Auth {
  public _bind(context: BindContext): AuthConfig {
    const { version, config } = context;
    if (!version.isAirflow3) {
      throw failure(context, `'auth' simple exists from Airflow 3.0 on, but the version is ${version.release}; use Auth.fab()`);
    }
    return {
      keepsUsers: false,
      webserverConfig: '',
      migrations: {},
      options: [
        own('core', 'auth_manager', SIMPLE, "'auth'"),
        own('core', 'simple_auth_manager_all_admins', 'True', "'auth'", EVERYONE),
        ...unread(config, 'core', ['simple_auth_manager_users', 'simple_auth_manager_passwords_file'], EVERYONE),
        ...unread(config, 'fab', config._options('fab'), 'Auth.simple() does not read it; use Auth.fab(), or leave it out'),
      ],
    };
  }
}
