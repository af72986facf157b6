import { AuthConfig, unread } from './auth-config';
import { own } from '../core/answer';
import { BindContext } from '../core/bind-context';
import { failure } from '../kubernetes/validate';

const SIMPLE = 'airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager';
const EVERYONE = 'Auth.simple() lets everyone do everything; use Auth.fab() for users of your own';


/** The SimpleAuthManager. */
export function simpleAuth(context: BindContext): AuthConfig {
  const { version, config } = context;
  if (!version.isAirflow3) {
    throw failure(context, `'auth' simple exists from Airflow 3.0 on, but the version is ${version.release}; use Auth.fab()`);
  }
  return {
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
