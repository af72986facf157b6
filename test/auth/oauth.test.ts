import {
  AirflowVersion, Auth, CertificateAuthority, EntraOAuthOptions, FabAuthOptions, GithubOAuthOptions, GoogleOAuthOptions, KeycloakOAuthOptions, OAuth,
  OidcOAuthOptions, OktaOAuthOptions, SecretKey,
} from '../../src/index';
import { airflowChart, building, cfg, env, find, main, Manifest, mount, pods, synth, synthAirflow, volume } from '../util';

const client = { clientId: SecretKey.of('login', 'id'), clientSecret: SecretKey.of('login', 'secret') };
const groups = { data: ['Op'] };
const TENANT = '8a9b1c2d-0000-4000-8000-1234567890ab';
const CA = CertificateAuthority.fromSecret(SecretKey.of('keycloak-tls', 'ca.crt'));

const google = (options: Partial<GoogleOAuthOptions> = {}) => OAuth.google({ ...client, users: { 'jane@acme.com': ['Admin'] }, ...options });
const github = (options: Partial<GithubOAuthOptions> = {}) => OAuth.github({ ...client, organizations: ['acme'], groups: { 'acme/data': ['Op'] }, ...options });
const entra = (options: Partial<EntraOAuthOptions> = {}) => OAuth.entra({ ...client, tenant: TENANT, groups, ...options });
const okta = (options: Partial<OktaOAuthOptions> = {}) => OAuth.okta({ ...client, url: 'https://acme.okta.com', groups, ...options });
const keycloak = (options: Partial<KeycloakOAuthOptions> = {}) =>
  OAuth.keycloak({ ...client, url: 'https://keycloak.acme.com', realm: 'main', groups, ...options });
const oidc = (options: Partial<OidcOAuthOptions> = {}) => OAuth.oidc({ ...client, issuer: 'https://login.acme.com', groups, ...options });

const fab = (oauth: OAuth, more: FabAuthOptions = {}) => Auth.fab({ oauth, ...more });
const manifestOf = (oauth: OAuth, more?: FabAuthOptions) => synthAirflow({ auth: fab(oauth, more) });

function settings(manifest: Manifest[]): { [name: string]: unknown } {
  return JSON.parse(find(manifest, 'ConfigMap', 'airflow-config').data['fab_login.json']) as { [name: string]: unknown };
}

describe('the settings', () => {
  const common = { type: 'oauth', passwordLogin: false };

  test.each<[string, OAuth, object]>([
    ['Google', google({ allowedDomains: ['acme.com'], defaultRole: 'Viewer' }), {
      kind: 'google',
      name: 'google',
      icon: 'fa-google',
      scope: 'openid profile email',
      groups: { 'jane@acme.com': ['Admin'] },
      defaultRole: 'Viewer',
      ignoresCase: true,
      asksUserinfo: false,
      allowedDomains: ['acme.com'],
      client: { server_metadata_url: 'https://accounts.google.com/.well-known/openid-configuration' },
    }],
    ['GitHub', github(), {
      kind: 'github',
      name: 'github',
      icon: 'fa-github',
      scope: 'read:user user:email read:org',
      groups: { 'acme/data': ['Op'] },
      ignoresCase: true,
      organizations: ['acme'],
      client: {
        api_base_url: 'https://api.github.com/',
        access_token_url: 'https://github.com/login/oauth/access_token',
        authorize_url: 'https://github.com/login/oauth/authorize',
      },
    }],
    ['GitHub Enterprise Server', github({ url: 'https://git.acme.com/', ca: CA }), {
      kind: 'github',
      name: 'github',
      icon: 'fa-github',
      scope: 'read:user user:email read:org',
      groups: { 'acme/data': ['Op'] },
      ignoresCase: true,
      organizations: ['acme'],
      ca: '/run/secrets/login-tls/ca.crt',
      client: {
        api_base_url: 'https://git.acme.com/api/v3/',
        access_token_url: 'https://git.acme.com/login/oauth/access_token',
        authorize_url: 'https://git.acme.com/login/oauth/authorize',
      },
    }],
    ['Entra', entra(), {
      kind: 'entra',
      name: 'entra',
      icon: 'fa-windows',
      scope: 'openid profile email',
      groups,
      tenant: TENANT,
      asksUserinfo: false,
      client: { server_metadata_url: `https://login.microsoftonline.com/${TENANT}/v2.0/.well-known/openid-configuration` },
    }],
    ['Okta', okta(), {
      kind: 'okta',
      name: 'okta',
      icon: 'fa-circle-o',
      scope: 'openid profile email groups',
      groups,
      asksUserinfo: true,
      client: { server_metadata_url: 'https://acme.okta.com/.well-known/openid-configuration' },
    }],
    ['an authorization server of Okta', okta({ url: 'https://acme.okta.com/oauth2/default' }), {
      kind: 'okta',
      name: 'okta',
      icon: 'fa-circle-o',
      scope: 'openid profile email',
      groups,
      asksUserinfo: true,
      client: { server_metadata_url: 'https://acme.okta.com/oauth2/default/.well-known/openid-configuration' },
    }],
    ['Keycloak', keycloak({ realm: 'my realm', ca: CA }), {
      kind: 'keycloak',
      name: 'keycloak',
      icon: 'fa-key',
      scope: 'openid profile email',
      groups,
      asksUserinfo: true,
      ca: '/run/secrets/login-tls/ca.crt',
      client: { server_metadata_url: 'https://keycloak.acme.com/realms/my%20realm/.well-known/openid-configuration' },
    }],
    ['another provider', oidc({ name: 'auth0', scopes: ['openid', 'roles'], groupsClaim: 'https://acme.com/groups', usernameClaim: 'sub', allowedDomains: ['acme.com'] }), {
      kind: 'oidc',
      name: 'auth0',
      icon: 'fa-key',
      scope: 'openid roles',
      groups,
      asksUserinfo: true,
      groupsClaim: 'https://acme.com/groups',
      usernameClaim: 'sub',
      allowedDomains: ['acme.com'],
      client: { server_metadata_url: 'https://login.acme.com/.well-known/openid-configuration' },
    }],
    ['a provider in the cluster', keycloak({ metadataUrl: 'http://keycloak.auth.svc:8080/realms/main/.well-known/openid-configuration' }), {
      kind: 'keycloak',
      name: 'keycloak',
      icon: 'fa-key',
      scope: 'openid profile email',
      groups,
      asksUserinfo: true,
      client: { server_metadata_url: 'http://keycloak.auth.svc:8080/realms/main/.well-known/openid-configuration' },
    }],
  ])('of %s', (_, oauth, expected) => {
    expect(settings(manifestOf(oauth))).toEqual({ ...common, ...expected });
  });

  test('are read by the scripts beside them', () => {
    const manifest = manifestOf(keycloak());
    expect(find(manifest, 'ConfigMap', 'airflow-config').data['webserver_config.py']).toContain('fab_login.json');
    expect(Object.keys(find(manifest, 'ConfigMap', 'scripts').data)).toEqual(expect.arrayContaining(['fab_config.py', 'fab_login.py', 'fab_security_manager.py']));
    expect(Object.keys(find(synthAirflow(), 'ConfigMap', 'scripts').data).filter(name => name.startsWith('fab_'))).toEqual([]);
  });

  test('let a session end within half a day, since roles are decided at a login', () => {
    expect(cfg(manifestOf(keycloak()), 'fab', 'session_lifetime_minutes')).toBe('720');
    expect(cfg(synthAirflow({ version: AirflowVersion.V2_11, auth: fab(keycloak()) }), 'webserver', 'session_lifetime_minutes')).toBe('720');
    expect(cfg(synthAirflow({ auth: fab(keycloak()), config: { fab: { session_lifetime_minutes: '60' } } }), 'fab', 'session_lifetime_minutes')).toBe('60');
    expect(cfg(synthAirflow(), 'fab', 'session_lifetime_minutes')).toBeUndefined();
  });
});

describe('the pods', () => {
  test.each([[AirflowVersion.V3_3, 'api-server'], [AirflowVersion.V2_11, 'webserver']])('that serve the UI alone have the client and the certificate (%#)', (version, role) => {
    const manifest = synthAirflow({ version, auth: fab(keycloak({ ca: CA })) });
    const having = [...pods(manifest)].filter(([, pod]) => JSON.stringify(pod).includes('CDK8S_AIRFLOW_OAUTH') || volume(pod, 'login-tls') !== undefined);
    expect(having.map(([name]) => name)).toEqual([role]);
    const container = main(manifest, role);
    expect(env(container, 'CDK8S_AIRFLOW_OAUTH_CLIENT_ID')!.valueFrom!.secretKeyRef).toEqual({ name: 'login', key: 'id' });
    expect(env(container, 'CDK8S_AIRFLOW_OAUTH_CLIENT_SECRET')!.valueFrom!.secretKeyRef).toEqual({ name: 'login', key: 'secret' });
    expect(mount(container, '/run/secrets/login-tls')).toBeDefined();
  });

  test('that serve the UI talk to the provider', () => {
    const { edges } = airflowChart({ auth: fab(github()) }).airflow.networkGraph;
    expect(edges.filter(({ purpose }) => purpose === 'login')).toEqual([
      { source: 'api-server', target: 'login-api.github.com', port: 443, purpose: 'login' },
      { source: 'api-server', target: 'login-github.com', port: 443, purpose: 'login' },
    ]);
  });
});

describe('the first user', () => {
  test('does not exist where nobody may log in with a password', () => {
    expect(airflowChart({ auth: fab(keycloak()) }).airflow.syncUsers).toBeUndefined();
    expect(airflowChart({ auth: fab(keycloak(), { passwordLogin: false, createAdmin: false }) }).airflow.syncUsers).toBeUndefined();
  });

  test('exists beside a login with a password', () => {
    const chart = airflowChart({ auth: fab(keycloak(), { passwordLogin: true }) });
    expect(chart.airflow.syncUsers).toBeDefined();
    expect(settings(synth(chart)).passwordLogin).toBe(true);
  });
});

describe('the notes', () => {
  test.each([
    [{ version: AirflowVersion.V3_3, url: 'https://acme.com/airflow/' }, 'https://acme.com/airflow/auth/oauth-authorized/keycloak'],
    [{ version: AirflowVersion.V2_11, url: 'https://acme.com/airflow' }, 'https://acme.com/airflow/oauth-authorized/keycloak'],
    [{ version: AirflowVersion.V3_3 }, "<'url' of the Airflow>/auth/oauth-authorized/keycloak"],
  ])('tell the redirect URI (%#)', (props, uri) => {
    expect(airflowChart({ ...props, auth: fab(keycloak()) }).airflow.notes).toContain(`The redirect URI to register at Keycloak:\n  ${uri}`);
  });
});

describe('valid programs', () => {
  test.each<[string, () => Auth]>([
    ['only a default role', () => fab(keycloak({ groups: undefined, defaultRole: 'Viewer' }))],
    ['Keycloak below /auth, with a path as group', () => fab(keycloak({ url: 'https://sso.acme.com/auth/', groups: { '/data/ärzte': ['Op', 'User'] } }))],
    ['Keycloak over http in the cluster', () => fab(keycloak({ url: 'http://keycloak.auth.svc.cluster.local:8080' }))],
    ['Keycloak over http on the machine', () => fab(keycloak({ url: 'http://localhost:8080' }))],
    ['an issuer with a slash at its end', () => fab(oidc({ issuer: 'https://acme.eu.auth0.com/' }))],
    ['an issuer with a path', () => fab(oidc({ issuer: 'https://auth.acme.com/application/o/airflow/' }))],
    ['a domain as tenant', () => fab(entra({ tenant: 'acme.onmicrosoft.com' }))],
    ['a national cloud', () => fab(entra({ url: 'https://login.microsoftonline.us' }))],
    ['a custom domain of Okta', () => fab(okta({ url: 'https://login.acme.com/oauth2/aus1a2b3c' }))],
    ['an organization as group, in another case', () => fab(github({ organizations: ['Acme'], groups: { 'acme': ['Viewer'], 'ACME/Data.Team_1': ['Op'] } }))],
    ['users of Google alone', () => fab(google())],
    ['an admin with a password', () => fab(keycloak(), { passwordLogin: true, admin: { username: 'break-glass' } })],
    ['Google groups that are roles by claims', () => fab(oidc({ groupsClaim: 'realm_access.roles' }))],
  ])('%s', (_, auth) => {
    expect(building({ auth: auth() })).not.toThrow();
  });
});

describe('fails', () => {
  test.each<[string, () => unknown, string]>([
    ['where nobody could log in', () => fab(keycloak({ groups: undefined })),
      "'oauth.groups' must give at least one of them a role, got none, so nobody could log in; name one, or set 'defaultRole'"],
    ['with a group of an unknown role', () => fab(keycloak({ groups: { data: ['analyst'] } })),
      "'oauth.groups[data]' must be a role of Airflow (Admin, Op, User, Viewer, Public) or of 'roles', got 'analyst'; "
      + "declare it in 'roles' of Auth.fab(), with {} if somebody makes it by hand"],
    ['with a role in another case', () => fab(keycloak({ groups: { data: ['admin'] } })),
      "'oauth.groups[data]' must be a role of Airflow (Admin, Op, User, Viewer, Public) or of 'roles', got 'admin'; did you mean 'Admin'?"],
    ['with an unknown default role', () => fab(keycloak({ defaultRole: 'Viwer' })),
      "'oauth.defaultRole' must be a role of Airflow (Admin, Op, User, Viewer, Public) or of 'roles', got 'Viwer'; did you mean 'Viewer'?"],
    ['with a group without a role', () => fab(keycloak({ groups: { data: [] } })), "'oauth.groups' must give 'data' at least one role, got none; leave it out"],
    ['with a group without a name', () => fab(keycloak({ groups: { ' ': ['Op'] } })), "'oauth.groups' must have names that are not empty, got ' '"],
    ['with a webserver_config.py too', () => fab(keycloak(), { webserverConfig: 'AUTH_TYPE = 4\n' }),
      "'oauth' excludes 'webserverConfig', because there is one configuration of the login; leave one of them out"],
    ['with an admin whose password nobody could use', () => fab(keycloak(), { admin: {} }),
      "'admin' makes a user with a password, but nobody may log in with one; give a group or a user of 'oauth' the role 'Admin', or set 'passwordLogin'"],
    ['with the creation of an admin whose password nobody could use', () => fab(keycloak(), { createAdmin: true }),
      "'createAdmin' makes a user with a password, but nobody may log in with one; give a group or a user of 'oauth' the role 'Admin', or set 'passwordLogin'"],
    ['with passwordLogin alone', () => Auth.fab({ passwordLogin: true }), "'passwordLogin' is for a login with 'oauth', 'ldap' or 'remoteUser', got true without it; leave it out"],
    ['with a default role for all of Google', () => google({ defaultRole: 'Viewer' }),
      "'defaultRole' would give everyone with a Google account the role 'Viewer'; set 'allowedDomains'"],
    ['with a Google group', () => google({ users: { 'data-team': ['Op'] } }), "'users' must have email addresses, got 'data-team'; Google tells no groups"],
    ['with an address as domain', () => google({ allowedDomains: ['@acme.com'] }), "'allowedDomains' must have domains like example.com, got '@acme.com'"],
    ['with no domain', () => oidc({ allowedDomains: [] }), "'allowedDomains' must name at least one domain, got none; leave it out for all domains"],
    ['without an organization', () => github({ organizations: [], groups: {} }), "'organizations' must name at least one organization, got none, so nobody could log in"],
    ['with a URL as organization', () => github({ organizations: ['github.com/acme'], groups: { acme: ['Op'] } }), [
      '2 mistakes:',
      "  'organizations' must have names of organizations, of letters, digits and single dashes, got 'github.com/acme'",
      "  'groups' must have an organization of 'organizations', or one of its teams, like 'github.com/acme/data-team', got 'acme'",
    ].join('\n')],
    ['with a team of another organization', () => github({ groups: { 'evil/data': ['Op'] } }),
      "'groups' must have an organization of 'organizations', or one of its teams, like 'acme/data-team', got 'evil/data'"],
    ['with a certificate for github.com', () => github({ ca: CA }), "'ca' is for the server at 'url', but that is not set; leave one of them out, or set both"],
    ['with the API as URL of GitHub', () => github({ url: 'https://git.acme.com/api/v3' }), "'url' must be like https://github.example.com, got 'https://git.acme.com/api/v3'"],
    ['with all tenants', () => entra({ tenant: 'common' }),
      "'tenant' must be the ID of one tenant or one of its domains, like acme.onmicrosoft.com, got 'common', which lets users of other tenants in"],
    ['with a name as tenant', () => entra({ tenant: 'Acme Inc' }), "'tenant' must be the ID of one tenant or one of its domains, like acme.onmicrosoft.com, got 'Acme Inc'"],
    ['with an authority over http', () => entra({ url: 'http://login.microsoftonline.com' }),
      "'url' must be like https://login.microsoftonline.us, got 'http://login.microsoftonline.com'"],
    ['with a page as URL of Okta', () => okta({ url: 'https://acme.okta.com/app/airflow' }),
      "'url' must be like https://acme.okta.com or https://acme.okta.com/oauth2/default, got 'https://acme.okta.com/app/airflow'"],
    ['with the realm in the URL of Keycloak', () => keycloak({ url: 'https://keycloak.acme.com/realms/main' }),
      "'url' must be like https://keycloak.example.com, without '/realms', got 'https://keycloak.acme.com/realms/main'"],
    ['with Keycloak over http', () => keycloak({ url: 'http://keycloak.acme.com' }),
      "'url' must begin with https://, because a login over http can be read on its way, got 'http://keycloak.acme.com'; only a host of the cluster may have http"],
    ['with a password in the URL', () => keycloak({ url: 'https://me:hunter2@keycloak.acme.com' }),
      "'url' must be like https://keycloak.example.com, without '/realms', got 'https://...@keycloak.acme.com'"],
    ['with a path as realm', () => keycloak({ realm: 'a/b' }), "'realm' must be the name of a realm, got 'a/b'"],
    ['with the metadata as issuer', () => oidc({ issuer: 'https://login.acme.com/.well-known/openid-configuration' }),
      "'issuer' must be like https://login.example.com, without '/.well-known', got 'https://login.acme.com/.well-known/openid-configuration'"],
    ['with a name that no URI can have', () => oidc({ name: 'Acme Login' }),
      "'name' must be at most 32 lowercase letters, digits and dashes, beginning and ending with a letter or digit, got 'Acme Login'"],
    ['with scopes of OAuth alone', () => oidc({ scopes: ['profile', 'groups'] }),
      "'scopes' must contain 'openid', without which the provider sends no signed claims, got 'profile groups'"],
    ['with no name of a claim', () => oidc({ groupsClaim: ' ' }), "'groupsClaim' must be the name of a claim, got ' '; leave it out for the default"],
    ['with a relative URL of the metadata', () => keycloak({ metadataUrl: '/realms/main' }),
      "'metadataUrl' must be like https://keycloak.example.com/realms/main/.well-known/openid-configuration, got '/realms/main'"],
  ])('%s', (_, build, message) => {
    expect(build).toThrow(new Error(message));
  });

  test('with a configuration file of the platform', () => {
    expect(building({ auth: fab(keycloak()), config: { fab: { config_file: '/opt/mine.py' } } })).toThrow(new Error(
      "test/airflow: 'config.fab.config_file' cannot be set, got '/opt/mine.py'; 'auth' decides it: its 'oauth' is the file; leave one of them out"));
  });
});
