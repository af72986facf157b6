import { AirflowVersion, Auth, CertificateAuthority, FabAuthOptions, Ldap, LdapOptions, SecretKey } from '../../src/index';
import { airflowChart, building, cfg, env, find, main, mount, pods, synthAirflow, volume } from '../util';

const CA = CertificateAuthority.fromSecret(SecretKey.of('ldap-tls', 'ca.crt'));
const DATA = 'cn=data,ou=groups,dc=acme,dc=com';

const ldap = (options: Partial<LdapOptions> = {}) => Ldap.of({
  url: 'ldaps://ldap.acme.com',
  bindDn: 'cn=airflow,dc=acme,dc=com',
  bindPassword: SecretKey.of('ldap', 'password'),
  userBase: 'ou=people,dc=acme,dc=com',
  groups: { [DATA]: ['Op'] },
  ...options,
});
const fab = (options: Partial<LdapOptions> = {}, more: FabAuthOptions = {}) => Auth.fab({ ldap: ldap(options), ...more });

function settings(options?: Partial<LdapOptions>): unknown {
  return JSON.parse(find(synthAirflow({ auth: fab(options) }), 'ConfigMap', 'airflow-config').data['fab_login.json']);
}

describe('the settings', () => {
  const common = { type: 'ldap', passwordLogin: false, bindDn: 'cn=airflow,dc=acme,dc=com', userBase: 'ou=people,dc=acme,dc=com' };

  test('check the certificate with the public authorities', () => {
    expect(settings()).toEqual({
      ...common,
      url: 'ldaps://ldap.acme.com',
      startTls: false,
      tls: true,
      ca: '/etc/ssl/certs/ca-certificates.crt',
      usernameAttribute: 'uid',
      groupAttribute: 'memberOf',
      groups: { [DATA]: ['Op'] },
    });
  });

  test('are those of Active Directory', () => {
    const options = {
      url: 'ldap://dc1.acme.com:3268',
      startTls: true,
      ca: CA,
      usernameAttribute: 'sAMAccountName',
      userFilter: '(objectClass=user)',
      groupBase: 'dc=acme,dc=com',
      nestedGroups: true,
      bindDn: 'airflow@acme.com',
      defaultRole: 'Viewer',
    };
    expect(settings(options)).toEqual({
      ...common, ...options, tls: true, ca: '/run/secrets/login-tls/ca.crt', groupAttribute: 'memberOf', groups: { [DATA]: ['Op'] },
    });
  });

  test('are without TLS in the cluster', () => {
    expect(settings({ url: 'ldap://openldap.auth.svc:1389' })).toMatchObject({ url: 'ldap://openldap.auth.svc:1389', tls: false, startTls: false });
  });

  test('let a session end within half a day', () => {
    expect(cfg(synthAirflow({ auth: fab() }), 'fab', 'session_lifetime_minutes')).toBe('720');
  });
});

describe('the pods', () => {
  test.each([[AirflowVersion.V3_3, 'api-server'], [AirflowVersion.V2_11, 'webserver']])('that serve the UI alone have the password and the certificate (%#)', (version, role) => {
    const manifest = synthAirflow({ version, auth: fab({ ca: CA }) });
    const having = [...pods(manifest)].filter(([, pod]) => JSON.stringify(pod).includes('CDK8S_AIRFLOW_LDAP_PASSWORD') || volume(pod, 'login-tls') !== undefined);
    expect(having.map(([name]) => name)).toEqual([role]);
    expect(env(main(manifest, role), 'CDK8S_AIRFLOW_LDAP_PASSWORD')!.valueFrom!.secretKeyRef).toEqual({ name: 'ldap', key: 'password' });
    expect(mount(main(manifest, role), '/run/secrets/login-tls')).toBeDefined();
  });

  test.each([['ldaps://ldap.acme.com', 636], ['ldap://ldap.acme.com:1389', 1389]])('that serve the UI talk to the server (%s)', (url, port) => {
    const { edges } = airflowChart({ auth: fab({ url, startTls: url.startsWith('ldap:') }) }).airflow.networkGraph;
    expect(edges.filter(({ purpose }) => purpose === 'login')).toEqual([{ source: 'api-server', target: 'login-ldap.acme.com', port, purpose: 'login' }]);
  });

  test('create no admin whose password nobody could use', () => {
    expect(airflowChart({ auth: fab() }).airflow.syncUsers).toBeUndefined();
    expect(airflowChart({ auth: fab({}, { passwordLogin: true }) }).airflow.syncUsers).toBeDefined();
  });
});

describe('valid programs', () => {
  test.each<[string, Partial<LdapOptions>]>([
    ['a DN with blanks, escaped commas and letters that are not ASCII', { groups: { 'CN=Doe\\, Jane, OU=Ärzte,DC=acme,DC=com': ['Op'] } }],
    ['a user of a domain', { bindDn: 'ACME\\airflow' }],
    ['StartTLS in the cluster with an authority', { url: 'ldap://openldap:389', startTls: true, ca: CA }],
    ['an address of IPv6', { url: 'ldaps://[fd00::1]:636' }],
    ['a filter of several', { userFilter: '(&(objectClass=person)(!(title=\\28x)))' }],
    ['a default role alone', { groups: undefined, defaultRole: 'Viewer' }],
    ['an attribute with a dash', { usernameAttribute: 'x-uid' }],
  ])('%s', (_, options) => {
    expect(building({ auth: fab(options) })).not.toThrow();
  });
});

describe('fails', () => {
  test.each<[string, Partial<LdapOptions>, string]>([
    ['without TLS', { url: 'ldap://ldap.acme.com' },
      "'url' must begin with ldaps://, or have 'startTls', because passwords could be read on their way, got 'ldap://ldap.acme.com'; "
      + 'only a host of the cluster may do without'],
    ['with another protocol', { url: 'https://ldap.acme.com' }, "'url' must be like ldaps://ldap.example.com or ldap://ldap.example.com:389, got 'https://ldap.acme.com'"],
    ['with a password in the URL', { url: 'ldaps://me:hunter2@ldap.acme.com' },
      "'url' must be like ldaps://ldap.example.com or ldap://ldap.example.com:389, got 'ldaps://...@ldap.acme.com'"],
    ['with a DN in the URL', { url: 'ldaps://ldap.acme.com/dc=acme' }, "'url' must be like ldaps://ldap.example.com or ldap://ldap.example.com:389, got 'ldaps://ldap.acme.com/dc=acme'"],
    ['with TLS twice', { startTls: true }, "'startTls' is for ldap://, but 'url' is 'ldaps://ldap.acme.com', which begins with TLS already; leave one of them out"],
    ['with an authority for nothing', { url: 'ldap://openldap:389', ca: CA }, "'ca' is for TLS, but 'ldap://openldap:389' has none; set 'startTls', or begin 'url' with ldaps://"],
    ['with a name as group', { groups: { data: ['Op'] } }, "'groups' must have DNs like cn=data,ou=groups,dc=example,dc=com, got 'data'"],
    ['with a domain as base', { userBase: 'acme.com', groupBase: 'groups' }, [
      '2 mistakes:',
      "  'userBase' must have DNs like cn=data,ou=groups,dc=example,dc=com, got 'acme.com'",
      "  'groupBase' must have DNs like cn=data,ou=groups,dc=example,dc=com, got 'groups'",
    ].join('\n')],
    ['with a name as account', { bindDn: 'airflow' },
      "'bindDn' must be a DN like cn=airflow,dc=example,dc=com, or a user of Active Directory like airflow@example.com, got 'airflow'"],
    ['with a filter that is open', { userFilter: '(&(a=b)(c=d)' },
      "'userFilter' must begin with '(', end with ')' and close every parenthesis, like (objectClass=person), got '(&(a=b)(c=d)'"],
    ['with a filter that begins in the middle', { userFilter: '(a=b))((c=d)' },
      "'userFilter' must begin with '(', end with ')' and close every parenthesis, like (objectClass=person), got '(a=b))((c=d)'"],
    ['with an attribute that is a filter', { usernameAttribute: 'uid=*' }, "'usernameAttribute' must be the name of an attribute, got 'uid=*'"],
    ['with groups from two places', { groupBase: 'ou=groups,dc=acme,dc=com', groupAttribute: 'memberOf' },
      "'groupBase' excludes 'groupAttribute', because the groups are either found there or told by the user's entry; leave one of them out"],
    ['with nested groups of nowhere', { nestedGroups: true }, "'nestedGroups' needs 'groupBase', below which the groups are, got none; set it"],
  ])('%s', (_, options, message) => {
    expect(() => ldap(options)).toThrow(new Error(message));
  });

  test('where nobody could log in', () => {
    expect(() => fab({ groups: {} })).toThrow(
      new Error("'ldap.groups' must give at least one of them a role, got none, so nobody could log in; name one, or set 'defaultRole'"));
  });
});
