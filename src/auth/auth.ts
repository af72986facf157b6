import { AuthConfig } from './auth-config';
import { customAuth, CustomAuthOptions } from './custom-auth';
import { checkFabOptions, fabAuth, FabAuthOptions } from './fab-auth';
import { keycloakAuth, KeycloakAuthOptions } from './keycloak-auth';
import { checkSimpleOptions, simpleAuth, SimpleAuthOptions } from './simple-auth';
import { BindContext } from '../core/bind-context';
import { checkMembers } from '../kubernetes/members';

/**
 * The auth manager of Airflow: who may log in, and with which permissions.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/auth-manager/index.html
 */
export abstract class Auth {
  /**
   * The FAB (Flask AppBuilder) auth manager: users and roles in the database, or a login with OAuth, OpenID or LDAP.
   *
   * @throws when `admin` is set and `createAdmin` is false
   */
  public static fab(options: FabAuthOptions = {}): Auth {
    checkMembers('FabAuthOptions', options);
    checkFabOptions(options);
    return new Chosen(context => fabAuth(context, options));
  }

  /**
   * The SimpleAuthManager of Airflow 3: a few users with fixed roles. By default, one admin with a generated password. Airflow
   * means it for development and tests, and not for production.
   *
   * @throws when a name is invalid, a password is missing, or the options contradict each other; at the instance with Airflow 2,
   * which does not have this auth manager
   */
  public static simple(options: SimpleAuthOptions = {}): Auth {
    checkMembers('SimpleAuthOptions', options);
    checkSimpleOptions(options);
    return new Chosen(context => simpleAuth(context, options));
  }

  /**
   * The Keycloak auth manager of Airflow 3: Keycloak decides who may log in and what they may do. The image needs the package
   * apache-airflow-providers-keycloak, which the official image does not have.
   *
   * @throws at the instance, when the URL or realm is invalid, with Airflow 2, or with the official image
   * @see https://airflow.apache.org/docs/apache-airflow-providers-keycloak/stable/auth-manager/index.html
   */
  public static keycloak(options: KeycloakAuthOptions): Auth {
    checkMembers('KeycloakAuthOptions', options);
    return new Chosen(context => keycloakAuth(context, options));
  }

  /**
   * Another auth manager: one of a provider, such as that of Amazon, or one of your own. The image must have it.
   *
   * @param className the full name of the class, for example `airflow.providers.amazon.aws.auth_manager.aws_auth_manager.AwsAuthManager`
   * @throws at the instance, when the name is not that of a class, when the library has a choice for it, or when an option contains
   * a secret
   */
  public static custom(className: string, options: CustomAuthOptions = {}): Auth {
    checkMembers('CustomAuthOptions', options);
    return new Chosen(context => customAuth(context, className, options));
  }

  /**
   * @internal
   */
  public abstract _bind(context: BindContext): AuthConfig;
}

class Chosen extends Auth {
  constructor(private readonly bind: Auth['_bind']) {
    super();
  }

  public _bind(context: BindContext): AuthConfig {
    return this.bind(context);
  }
}
