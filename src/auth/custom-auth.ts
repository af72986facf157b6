import * as kplus from 'cdk8s-plus-27';
import { AuthConfig, unread } from './auth-config';
import { AirflowConfig } from '../core/airflow-config';
import { own } from '../core/answer';
import { BindContext } from '../core/bind-context';
import { isWeb } from '../core/needs';
import { checkLiteral, checkVariable, hasSecret } from '../core/secret-names';
import { gather } from '../kubernetes/problems';
import { renderEnv } from '../kubernetes/render';

/** The auth managers for which the library has a choice of its own. */
const KNOWN: { readonly [name: string]: string } = {
  FabAuthManager: 'Auth.fab()',
  SimpleAuthManager: 'Auth.simple()',
  KeycloakAuthManager: 'Auth.keycloak()',
};

/**
 * Options of an auth manager of your own, or of a provider.
 */
export interface CustomAuthOptions {
  /**
   * The options that the auth manager reads, as section, option and value. They may be in sections that Airflow itself does not have.
   *
   * @default - none
   */
  readonly options?: { readonly [section: string]: { readonly [option: string]: string } };

  /**
   * Environment variables of the pods that serve the UI and the API, for example secrets of the auth manager.
   *
   * @default - none
   */
  readonly env?: { readonly [name: string]: kplus.EnvValue };

  /**
   * The Alembic version tables of the auth manager's own migrations, each with the folder of the migrations below the Python packages, for
   * example `{ alembic_version_acme: 'acme/migrations/versions' }`. Components wait for these migrations.
   *
   * @default - the auth manager has no tables
   */
  readonly migrates?: { readonly [table: string]: string };
}

/** An auth manager that the library does not know. */
export function customAuth(
  context: BindContext, className: string, { options = {}, env = {}, migrates = {} }: CustomAuthOptions,
): AuthConfig {
  const { config } = context;
  gather(context, problems => {
    const known = KNOWN[className.split('.').pop()!];
    if (!/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$/.test(className)) {
      problems.add(`'auth' must be the full name of a class, like acme.auth.AcmeAuthManager, got '${className}'`);
    } else if (className.startsWith('airflow.') && known !== undefined) {
      problems.add(`'auth' is '${className}', for which the library has ${known}; use that`);
    }
    for (const [section, values] of Object.entries(options)) {
      for (const [option, value] of Object.entries(values)) {
        if (hasSecret(option, value)) {
          problems.add(`'auth.options.${section}.${option}' would put a secret into a ConfigMap; `
            + `set ${AirflowConfig.variableName(section, option)} in 'env' from a Secret`);
        }
        if (section === 'core' && option === 'auth_manager') {
          problems.add("'auth.options.core.auth_manager' is the class that Auth.custom() has already; leave it out");
        }
      }
    }
    for (const [name, value] of Object.entries(env)) {
      problems.check(() => checkVariable(context, 'auth.env', name, value.value));
      problems.check(() => checkLiteral(context, 'auth.env', name, value));
    }
    for (const [table, folder] of Object.entries(migrates)) {
      if (!/^\w+$/.test(table) || !/^[\w.-]+(\/[\w.-]+)*$/.test(folder)) {
        problems.add("'auth.migrates' must have tables with folders, like { alembic_version_acme: 'acme/migrations/versions' }, "
          + `got '${table}' with '${folder}'`);
      }
    }
  });
  const all = Object.entries(options).flatMap(([section, values]) =>
    Object.entries(values).map(([option, value]) => ({ section, option, value })),
  );
  // airflow.cfg is checked against Airflow's own options. Other sections are variables, which Airflow reads just as well.
  const [known, others] = [true, false].map(isKnown => all.filter(({ section, option }) => config._knows(section, option) === isKnown));
  const variables = others.map(({ section, option, value }) => ({
    name: AirflowConfig.variableName(section, option),
    value,
  }));
  return {
    webserverConfig: '',
    migrations: migrates,
    options: [
      own('core', 'auth_manager', className, "'auth'"),
      ...known.map(({ section, option, value }) => own(section, option, value, "'options' of Auth.custom()")),
      ...(options.fab === undefined
        ? unread(config, 'fab', config._options('fab'), "Auth.custom() may not read it; set it in 'options' if it does, or leave it out")
        : []),
    ],
    parts: (role, needs) => ({ env: [...(needs.airflow ? variables : []), ...(isWeb(role) ? renderEnv(env) : [])] }),
  };
}
