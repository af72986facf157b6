import { describe, python, test } from './python';

/** What a function of `fab_login.py` answers, or the reason for which it refuses, followed by the user of whom the provider is sure. */
function login(call: string): unknown {
  return python(`
import fab_login as login
try: answer(${call})
except login.Refused as refused: answer(["refused", str(refused), refused.username])`).value;
}

const json = (value: unknown) => `json.loads('''${JSON.stringify(value)}''')`;

describe('the roles', () => {
  const settings = { groups: { '/data/Team': ['Op'], 'Ärzte': ['User', 'Viewer'], 'admins': ['Admin'] } };

  test.each<[string, object, string[], string[]]>([
    ['are those of all groups, without duplicates', { groups: { a: ['Op', 'User'], b: ['User'] } }, ['a', 'b'], ['Op', 'User']],
    ['are none without a group', settings, [], []],
    ['are those of a path, with and without its first slash', settings, ['data/Team'], ['Op']],
    ['are not those of a group with the same name in another path', settings, ['Team', 'data/x/Team', '/data'], []],
    ['are not those of a group in another case', settings, ['/data/team', 'ADMINS'], []],
    ['are those of a group in another case where the provider ignores it', { ...settings, ignoresCase: true }, ['ADMINS'], ['Admin']],
    ['are those of a name whose letters are composed otherwise', settings, ['A\u0308rzte'], ['User', 'Viewer']],
    ['are the default for whoever has no other', { ...settings, defaultRole: 'Viewer' }, ['others'], ['Viewer']],
    ['are not the default for whoever has another', { ...settings, defaultRole: 'Viewer' }, ['admins'], ['Admin']],
    ['are the default where no group is mapped', { groups: null, defaultRole: 'Viewer' }, ['x'], ['Viewer']],
  ])('%s', (_, given, groups, expected) => {
    expect(login(`login.roles_of(${json(given)}, ${json(groups)})`)).toEqual(expected);
  });

  test('refuse whoever has none, with the groups and what differs', () => {
    expect(login(`login.required_roles(${json(settings)}, "jane", ["Admins", "x"])`)).toEqual(['refused',
      "no role for 'jane', who has Admins, x; 'Admins' is not 'admins', since upper and lower case differ; give one of them a role in 'groups', or set 'defaultRole'", 'jane']);
    expect(login(`login.required_roles(${json({ ...settings, kind: 'google' })}, "jane", [])`)).toEqual(['refused',
      "no role for 'jane', who has no groups; give one of them a role in 'users', or set 'defaultRole'", 'jane']);
  });
});

describe('a claim', () => {
  test.each<[string, unknown]>([
    ['groups', ['a']], ['realm_access.roles', ['b']], ['https://acme.com/groups', ['c']], ['realm_access.none', null], ['groups.x', null], ['none', null],
  ])('has the name %s', (path, expected) => {
    const claims = { 'groups': ['a'], 'realm_access': { roles: ['b'] }, 'https://acme.com/groups': ['c'] };
    expect(login(`login.claim(${json(claims)}, "${path}")`)).toEqual(expected);
  });

  test.each<[unknown, string[]]>([['one', ['one']], [['a', 1, null, ' ', 'b'], ['a', 'b']], [{ a: 1 }, []], [null, []], [7, []]])('has texts (%j)', (value, expected) => {
    expect(login(`login.texts(${json(value)})`)).toEqual(expected);
  });
});

describe('a user of OpenID Connect', () => {
  const user = (settings: object, claims: object) => login(`login.oidc_user(${json(settings)}, ${json(claims)})`);
  const jane = { preferred_username: ' jane ', given_name: 'Jane', family_name: 'Doe', email: 'jane@acme.com', email_verified: true, groups: ['data'] };

  test('is stored with the claims', () => {
    expect(user({}, jane)).toEqual({ username: 'jane', email: 'jane@acme.com', first_name: 'Jane', last_name: 'Doe', role_keys: ['data'] });
  });

  test('has a name even if the provider sends only parts of it', () => {
    expect(user({}, { preferred_username: 'jürgen', name: 'Jürgen von Müller' })).toMatchObject({ first_name: 'Jürgen', last_name: 'von Müller', email: '', role_keys: [] });
    expect(user({}, { email: 'x@acme.com' })).toMatchObject({ username: 'x@acme.com', first_name: 'x@acme.com', last_name: '-' });
  });

  test('has the names of other claims', () => {
    expect(user({ usernameClaim: 'sub', groupsClaim: 'roles' }, { ...jane, sub: '1', roles: 'Ops' })).toMatchObject({ username: '1', role_keys: ['Ops'] });
  });

  test('is refused without a name', () => {
    expect(user({}, { sub: '1' })).toEqual(['refused', "the identity provider sent no user name; see 'usernameClaim' and 'scopes'", null]);
  });

  test.each<[object, unknown]>([
    [{ email: 'jane@ACME.com' }, null],
    [{ email: 'jane@evil.com' }, "'jane' is not of the domain acme.com"],
    [{ email: 'jane@acme.com.evil.com' }, "'jane' is not of the domain acme.com"],
    [{ email_verified: false }, "the email address of 'jane' is not verified, and 'allowedDomains' decides by it"],
    [{ email_verified: 'true' }, "the email address of 'jane' is not verified, and 'allowedDomains' decides by it"],
    [{ email: null }, "the email address of 'jane' is missing, and 'allowedDomains' decides by it"],
  ])('is refused with an address of another domain, or of which the provider is not sure (%j)', (claims, reason) => {
    const answer = user({ allowedDomains: ['Acme.com'] }, { ...jane, preferred_username: 'jane', ...claims });
    expect(answer).toEqual(reason === null ? expect.objectContaining({ username: 'jane' }) : ['refused', reason, 'jane']);
  });
});

describe('a Google account', () => {
  const user = (claims: object) => login(`login.google_user({"allowedDomains": ["acme.com"]}, ${json({ email: 'jane@acme.com', email_verified: true, ...claims })})`);

  test('has its address as name and as group', () => {
    expect(user({ hd: 'ACME.com' })).toMatchObject({ username: 'jane@acme.com', role_keys: ['jane@acme.com'] });
  });

  test('is refused if the domain does not manage it, even with an address of the domain', () => {
    expect(user({})).toEqual(['refused', "'jane@acme.com' is not an account of the Google Workspace domain acme.com", 'jane@acme.com']);
    expect(user({ hd: 'evil.com' })).toEqual(['refused', "'jane@acme.com' is not an account of the Google Workspace domain acme.com", 'jane@acme.com']);
  });

  test('is refused with an address that is not verified', () => {
    expect(user({ hd: 'acme.com', email_verified: false })).toEqual(['refused', "the email address of 'jane@acme.com' is not verified", null]);
  });
});

describe('a user of Entra ID', () => {
  const tenant = '8a9b1c2d-0000-4000-8000-1234567890ab';
  const user = (claims: object, settings: object = { tenant, groups: { g: ['Op'] } }) =>
    login(`login.entra_user(${json(settings)}, ${json({ tid: tenant, preferred_username: 'jane@acme.com', ...claims })})`);
  const tooMany = "'jane@acme.com' is in more groups than Entra ID puts into a token; let the app registration emit only 'Groups assigned to the application', or use app roles";

  test('has app roles and groups', () => {
    expect(user({ roles: ['r'], groups: ['g'] })).toMatchObject({ username: 'jane@acme.com', email: 'jane@acme.com', role_keys: ['r', 'g'] });
  });

  test('is refused with more groups than a token holds, unless an app role gives a role', () => {
    expect(user({ _claim_names: { groups: 'src1' } })).toEqual(['refused', tooMany, 'jane@acme.com']);
    expect(user({ hasgroups: true }, { tenant, groups: { g: ['Op'] }, defaultRole: 'Viewer' })).toEqual(['refused', tooMany, 'jane@acme.com']);
    expect(user({ hasgroups: true, roles: ['g'] })).toMatchObject({ role_keys: ['g'] });
  });

  test('is refused if of another tenant, and keeps the user of the same name out of it', () => {
    expect(user({ tid: 'other' })).toEqual(['refused', `the user is of the tenant other, and not of ${tenant}`, null]);
    expect(user({ tid: 'any' }, { tenant: 'acme.onmicrosoft.com' })).toMatchObject({ username: 'jane@acme.com' });
  });
});

describe('a user of GitHub', () => {
  const user = (organizations: string[], teams: [string, string][], emails: object[] = []) => login(
    `login.github_user({"organizations": ["Acme"]}, {"login": "jane", "name": "Jane Doe"}, ${json(emails)}, ${json(organizations.map(name => ({ login: name })))}, `
    + `${json(teams.map(([name, slug]) => ({ slug, organization: { login: name } })))})`);

  test('has the allowed organizations and their teams as groups', () => {
    expect(user(['acme', 'other'], [['acme', 'data'], ['other', 'data']])).toEqual(
      { username: 'jane', email: '', first_name: 'Jane', last_name: 'Doe', role_keys: ['acme', 'acme/data'] });
  });

  test('has the first address that is verified', () => {
    expect(user(['acme'], [], [{ email: 'a@x.com', primary: true, verified: false }, { email: 'b@x.com', verified: true }])).toMatchObject({ email: 'b@x.com' });
    expect(user(['acme'], [], [{ email: 'b@x.com', verified: true }, { email: 'a@x.com', primary: true, verified: true }])).toMatchObject({ email: 'a@x.com' });
  });

  test('is refused outside of the organizations', () => {
    expect(user(['evil'], [['evil', 'data']])).toEqual(['refused',
      "'jane' is no member of the organization acme that GitHub shows to this OAuth app; an owner of the organization may have to approve the app", 'jane']);
  });
});

describe('a group of LDAP', () => {
  const roles = (group: string, dn: string) => login(`login.roles_of(${json({ type: 'ldap', groups: { [group]: ['Op'] } })}, [json.loads(${JSON.stringify(JSON.stringify(dn))})])`);

  test.each([
    ['cn=data,ou=groups,dc=acme', 'CN=Data, OU=Groups,DC=acme'],
    ['cn=Ärzte,dc=acme', 'cn=\\C3\\84rzte,dc=acme'],
    ['cn=a b,dc=acme', ' cn = a b , dc = acme '],
  ])('is the same, however its DN is written (%s)', (group, dn) => {
    expect(roles(group.replaceAll('\\', '\\\\'), dn)).toEqual(['Op']);
  });

  test.each([['cn=data,dc=acme', 'cn=data,ou=x,dc=acme'], ['cn=data,dc=acme', 'cn=data2,dc=acme'], ['cn=a b,dc=acme', 'cn=ab,dc=acme']])(
    'is another with another DN (%s, %s)', (group, dn) => {
      expect(roles(group, dn)).toEqual([]);
    });

  test('is found by the user, also in other groups of Active Directory', () => {
    expect(login('login.ldap_filter({}, "uid=a", "a")')).toBe('(|(member=uid=a)(uniqueMember=uid=a)(memberUid=a))');
    expect(login('login.ldap_filter({"nestedGroups": True}, "uid=a", "a")')).toBe('(member:1.2.840.113556.1.4.1941:=uid=a)');
  });
});

describe('a name of LDAP', () => {
  test('has no blanks around it', () => {
    expect(login('login.check_ldap_name(" jane.doe@acme.com ")')).toBe('jane.doe@acme.com');
  });

  test.each(['', ' ', 'jan*', 'x)(uid=jane', '\\\\2a', '\\x00'])('is refused if it could be another (%s)', name => {
    expect(login(`login.check_ldap_name("${name}")`)).toEqual(['refused', 'a user name must not be empty, and must have none of the signs *, (, ) and \\', null]);
  });
});

test('groups of a header have commas between them', () => {
  expect(login('[login.header_groups(text) for text in (" a, b,,", "", None)]')).toEqual([['a', 'b'], [], []]);
});
