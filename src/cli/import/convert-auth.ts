import { compareVersions } from './chart-keys';
import { Conversion } from './conversion';
import { call, dict, Expr, list, lit, Maybe, someStruct, struct } from './program';
import { StructBuilder } from './struct-builder';

const FAB = 'airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager';
const SIMPLE = 'airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager';
/** A text of Python in which a secret stands. */
const SECRET_TEXT = /(secret|password|passwd|token|api_?key)\w*['"]?\s*[:=]\s*['"][^'"$%{]+['"]/i;

/** How users log in, and the first user. */
export function convertAuth(conversion: Conversion): void {
  const manager = conversion.options.take('core.auth_manager');
  if (manager !== undefined && manager.value !== FAB) {
    conversion.line(manager.key, 'prop', 'auth');
    conversion.props.builder.put(
      'auth',
      manager.value === SIMPLE ? call('Auth.simple', simpleUsers(conversion)) : call('Auth.custom', lit(manager.value)),
    );
    for (const key of conversion.values
      .leaves()
      .filter(leaf => /^createUserJob\.(enabled|defaultUser)|ebserverConfig|apiServerConfig|defaultUser/.test(leaf))) {
      conversion.line(key, 'left out', 'only the FAB auth manager has users and a webserver_config.py');
    }
    if (/Keycloak/.test(manager.value)) {
      conversion.line(manager.key, 'decision', 'auth: Auth.keycloak() has props for the server, the realm and the client; the program '
        + 'has Auth.custom(), which needs all options in `config`');
    }
    return;
  }
  if (manager !== undefined) { conversion.line(manager.key, 'default', 'auth: Auth.fab() is the default'); }
  const fab = new StructBuilder();
  file(conversion, fab);
  admin(conversion, fab);
  if (!fab.isEmpty) { conversion.props.builder.put('auth', call('Auth.fab', fab.build('FabAuthOptions'))); }
}

function simpleUsers(conversion: Conversion): Maybe<Expr> {
  const [users, admins] = ['core.simple_auth_manager_users', 'core.simple_auth_manager_all_admins'].map(name =>
    conversion.options.take(name),
  );
  for (const found of [users, admins]) { if (found !== undefined) { conversion.line(found.key, 'prop', 'auth: Auth.simple()'); } }
  const roles = (users?.value ?? '').split(',').map(user => user.split(':').map(part => part.trim())).filter(([user]) => user !== '');
  return someStruct('SimpleAuthOptions', {
    everyoneIsAdmin: /^true$/i.test(admins?.value ?? '') ? lit(true) : undefined,
    users: roles.length === 0 ? undefined : dict(Object.fromEntries(roles.map(([user, role]) => [user, struct('SimpleUserOptions', {
      role: { kind: 'name', name: `SimpleRole.${(role ?? 'viewer').toUpperCase()}` },
    })]))),
  });
}

/** `webserver_config.py`. */
function file(conversion: Conversion, fab: StructBuilder): void {
  const { values } = conversion;
  const places = conversion.isAirflow3 ? ['apiServer.apiServerConfig', 'webserver.webserverConfig'] : ['webserver.webserverConfig'];
  const key = places.find(place => values.given(place) !== undefined);
  const named = places.map(place => `${place}ConfigMapName`).find(place => values.given(place) !== undefined);
  if (named !== undefined) {
    const configMap = conversion.existing('ConfigMap', String(values.given(named)));
    fab.put('webserverConfigFile', call('WebserverConfigFile.fromConfigMap', configMap), conversion.commentsOf(named));
    conversion.line(named, 'prop', 'auth: Auth.fab({ webserverConfigFile })');
  } else if (key !== undefined) {
    const content = String(values.given(key));
    if (SECRET_TEXT.test(content)) {
      const secret = conversion.secret(
        key,
        'webserver-config',
        'webserver_config.py',
        `the text of '${key}', which has a secret in it`,
      );
      fab.put('webserverConfigFile', call('WebserverConfigFile.fromSecret', secret));
    } else {
      fab.put('webserverConfig', lit(content), conversion.commentsOf(key));
      const isOpen = content.includes('{{');
      conversion.line(
        key,
        isOpen ? 'decision' : 'prop',
        isOpen ? 'auth: the text has a template of Helm; write what it gives' : 'auth: Auth.fab({ webserverConfig })',
      );
    }
  }
}

/** The user that the chart's Job creates. */
function admin(conversion: Conversion, fab: StructBuilder): void {
  const { values } = conversion;
  const isLegacy = values.leaves().some(key => key.startsWith('webserver.defaultUser.'));
  const isOld =
    values.leaves().some(key => key.startsWith('apiServer.defaultUser.')) && compareVersions(conversion.chartVersion, '1.19.0') < 0;
  const section = isLegacy ? 'webserver.defaultUser' : isOld ? 'apiServer.defaultUser' : 'createUserJob.defaultUser';
  const off = ['createUserJob.enabled', 'webserver.defaultUser.enabled'].filter(key => values.effective(key) === false && values.has(key));
  if (off.length > 0 || conversion.facts.isRunning === true) {
    // A program with a first user would give the user of that name another password.
    if (!fab.has('webserverConfig') && !fab.has('webserverConfigFile')) {
      fab.put('createAdmin', lit(false), off.flatMap(key => conversion.commentsOf(key)));
    }
    for (const key of values.leaves().filter(leaf => leaf.startsWith(`${section}.`) && !off.includes(leaf))) {
      conversion.line(key, 'left out', 'the database has the users of the release, with the passwords that they have now');
    }
    for (const key of off) { conversion.line(key, 'prop', 'auth: Auth.fab({ createAdmin: false })'); }
    return;
  }
  if (values.has(`${section}.enabled`)) { conversion.line(`${section}.enabled`, 'default', 'Auth.fab() creates the first user'); }
  const role = values.given(`${section}.role`);
  const given = ['username', 'email', 'password'].filter(name => values.given(`${section}.${name}`) !== undefined);
  const said = (names: string[], prop: string) => {
    for (const name of names.filter(other => values.given(`${section}.${other}`) !== undefined)) {
      conversion.line(`${section}.${name}`, 'prop', prop);
    }
  };
  const text = (name: string) =>
    values.given(`${section}.${name}`) === undefined ? undefined : lit(String(values.given(`${section}.${name}`)));
  const password = values.given(`${section}.password`) === undefined ? undefined
    : conversion.secret(`${section}.password`, 'admin', 'password', `the text of '${section}.password'`);
  if (role !== undefined) {
    const user = String(values.effective(`${section}.username`));
    fab.put('users', dict({
      [user]: struct('FabUserOptions', {
        roles: list([lit(String(role))]), password, email: text('email'), firstName: text('firstName'), lastName: text('lastName'),
      }),
    }));
    fab.put('createAdmin', lit(false));
    said(['role', 'username', 'email', 'firstName', 'lastName'], 'auth: Auth.fab({ users })');
    return;
  }
  if (given.length > 0) {
    fab.put('admin', struct('AdminOptions', { username: text('username'), email: text('email'), password }));
    said(['username', 'email'], 'auth: Auth.fab({ admin })');
  }
  for (const name of ['firstName', 'lastName'].filter(other => values.given(`${section}.${other}`) !== undefined)) {
    conversion.line(`${section}.${name}`, 'left out', 'the first administrator needs no name; Auth.fab({ users }) has one');
  }
}

