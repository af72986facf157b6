import { AuthConfig } from './auth-config';
import { checkFabOptions, fabAuth, FabAuthOptions } from './fab-auth';
import { simpleAuth } from './simple-auth';
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
   * The SimpleAuthManager of Airflow 3 without a login: everyone has all permissions. Only for trying Airflow out.
   *
   * @throws at the instance, with Airflow 2, which does not have this auth manager
   */
  public static simple(): Auth {
    return new Chosen(simpleAuth);
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
