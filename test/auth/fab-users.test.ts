import { AirflowProps, AirflowVersion, Auth, FabAuthOptions, SecretKey } from '../../src';
import { building, main, synthAirflow } from '../util';

const { V2_10, V2_11, V3_0, V3_2, V3_3 } = AirflowVersion;
const password = SecretKey.of('passwords', 'ann');

const withAuth = (options: FabAuthOptions, version?: AirflowVersion): AirflowProps => (
  { version, auth: Auth.fab({ createAdmin: false, ...options }) });

/** What the Job gets: the mark, the roles and the users. */
const declared = (options: FabAuthOptions, version?: AirflowVersion) => {
  const [, , mark, ...facts] = main(synthAirflow(withAuth(options, version)), 'sync-users').args!;
  return [mark, ...facts.map(text => JSON.parse(text) as object)];
};

describe('what the Job gets', () => {
  test('are the roles and the users, in an order that does not depend on the program', () => {
    expect(declared({
      roles: { b: { permissions: ['can_read on Pools', 'can_edit on DAG:etl', 'can_read on DAGs'], customPermissions: ['can_list on My Plugin'] }, a: { permissions: [] } },
      users: { ci: { roles: ['b', 'a'], password }, ann: { roles: ['Viewer'], password, email: 'ann@acme.com', firstName: 'Ann', lastName: '' } },
    })).toEqual([
      'cdk8s-airflow test-airflow',
      { role: 'a', permissions: [], created: [] },
      { role: 'b', permissions: ['can_read on DAGs', 'can_read on Pools'], created: ['can_edit on DAG:etl', 'can_list on My Plugin'] },
      { user: 'ann', roles: ['Viewer'], email: 'ann@acme.com', firstName: 'Ann', lastName: '', active: true, password: '/etc/cdk8s-airflow-passwords/passwords/ann' },
      { user: 'ci', roles: ['a', 'b'], email: 'ci@example.com', firstName: 'ci', lastName: 'User', active: true, password: '/etc/cdk8s-airflow-passwords/passwords/ann' },
    ]);
  });

  test('is only the name of a role that somebody made by hand', () => {
    expect(declared({ roles: { byHand: {} }, users: { ann: { roles: ['byHand'], password } } })).toMatchObject([
      'cdk8s-airflow test-airflow', { role: 'byHand' }, { user: 'ann', roles: ['byHand'] },
    ]);
    expect(declared({ roles: { byHand: {} } })[1]).toEqual({ role: 'byHand' });
  });

  test('is no role and no password of a user who may not log in, whose Secret may be gone', () => {
    expect(declared({ users: { ann: { roles: ['Viewer'], password, active: false } } })[1]).toEqual(
      { user: 'ann', roles: [], email: 'ann@example.com', firstName: 'ann', lastName: 'User', active: false });
  });

  test('is the first user as well', () => {
    expect(declared({ createAdmin: true, users: {} })).toMatchObject(['cdk8s-airflow test-airflow', { user: 'admin', roles: ['Admin'] }]);
  });

  test('is nobody, so that everybody whom it has created is deactivated', () => {
    expect(declared({ users: {} })).toEqual(['cdk8s-airflow test-airflow']);
  });

  test('has a mark that the column of the database holds', () => {
    const [, , mark] = main(synthAirflow({ ...withAuth({ users: {} }), name: 'a'.repeat(40) }), 'sync-users').args!;
    expect(mark).toBe(`cdk8s-airflow ${'a'.repeat(40)}`);
    const [, , long] = main(synthAirflow({ ...withAuth({ users: {} }), name: 'b'.repeat(63) }), 'sync-users').args!;
    expect(long).toMatch(/^cdk8s-airflow b+-[0-9a-f]{8}-b+$/);
    expect(long).toHaveLength(64);
  });
});

test.each([
  ['of every version', V2_10, ['can_read on DAGs', 'menu_access on DAG Runs', "menu_access on User's Statistics"]],
  ['of 2.x', V2_11, ['can_read on Datasets', 'can_create on DAG Run:a b']],
  ['of 3.x', V3_0, ['can_read on Assets', 'can_read on DAG Versions', 'can_edit on DAG:a.b']],
  ['of the newest version', V3_3, ['can_read on All Audit Logs']],
])('takes the permissions %s', (_, version, permissions) => {
  expect(building(withAuth({ roles: { analyst: { permissions } } }, version))).not.toThrow();
});

test('takes whatever permission a plugin may have, and a permission that a newer version may have', () => {
  expect(building(withAuth({ roles: { analyst: { customPermissions: ['can_frobnicate on Plugin: a on b', 'can_read on All Audit Logs'] } } }, V3_2))).not.toThrow();
  expect(building(withAuth({ roles: { analyst: { permissions: ['can_read on Something New'] } } }, AirflowVersion.of('3.9.0', { untested: true })))).not.toThrow();
});

test('takes users with names that are email addresses, if their password is given', () => {
  expect(building(withAuth({ users: { 'ann@acme.com': { roles: [], password }, 'CI job': { roles: ['Public'], password } } }))).not.toThrow();
  expect(building(withAuth({ webserverConfig: 'AUTH_TYPE = 4\n', users: { 'ann@acme.com': { roles: ['Viewer'] } } }))).not.toThrow();
});

describe('fails', () => {
  const ann = (roles: string[] = ['Viewer']) => ({ ann: { roles, password } });
  const TEXT = 'characters without a space at either end and without line breaks, got';
  const CUSTOM = "for a permission of a plugin, use 'customPermissions'";
  const SHAPE = "must have permissions like 'can_read on DAGs', an action of at most 100 characters and a resource of at most 250, got";

  test.each<[string, FabAuthOptions, string]>([
    ['a permission of another shape', { roles: { analyst: { permissions: ['DAGs.can_read'] } } }, `'roles.analyst.permissions' ${SHAPE} 'DAGs.can_read'`],
    ['a permission as the UI shows it', { roles: { analyst: { permissions: ['can read on DAGs'] } } },
      `'roles.analyst.permissions' ${SHAPE} 'can read on DAGs'; did you mean 'can_read on DAGs'?`],
    ['a misspelt permission', { roles: { analyst: { permissions: ['can_read on dags'] } } },
      "'roles.analyst.permissions' has 'can_read on dags', which Airflow 3.3 does not have; did you mean 'can_read on DAGs'?"],
    ['an action that the resource does not have', { roles: { analyst: { permissions: ['can_trigger on DAGs'] } } },
      `'roles.analyst.permissions' has 'can_trigger on DAGs', which Airflow 3.3 does not have; 'DAGs' has can_delete, can_edit, can_read, menu_access; ${CUSTOM}`],
    ['an action that one DAG does not have', { roles: { analyst: { permissions: ['can_create on DAG:etl'] } } },
      `'roles.analyst.permissions' has 'can_create on DAG:etl', which Airflow 3.3 does not have; 'DAG:etl' has can_delete, can_edit, can_read; ${CUSTOM}`],
    ['a permission of an earlier version', { roles: { analyst: { permissions: ['can_read on Datasets'] } } },
      "'roles.analyst.permissions' has 'can_read on Datasets', which Airflow 3.3 does not have, but 2.10, 2.11; leave it out"],
    ['a permission that nobody knows', { roles: { analyst: { permissions: ['can_read on My Plugin'] } } },
      `'roles.analyst.permissions' has 'can_read on My Plugin', which Airflow 3.3 does not have; ${CUSTOM}`],
    ['a permission of a plugin without a resource', { roles: { analyst: { customPermissions: ['can_read'] } } }, `'roles.analyst.customPermissions' ${SHAPE} 'can_read'`],
    ['a role of Airflow itself', { roles: { Viewer: { permissions: [] } } },
      "'roles' has 'Viewer', a role of Airflow itself, whose permissions Airflow writes again; give yours another name"],
    ['a role without a name', { roles: { ' ': { permissions: [] } } }, `'roles' must have names of 1 to 64 ${TEXT} " " (1 characters)`],
    ['a role that is a mark', { roles: { 'cdk8s-airflow x': { permissions: [] } } },
      "'roles' has 'cdk8s-airflow x', but names that begin with 'cdk8s-airflow ' mark the users of the library; use another one"],
    ['a misspelt role of a user', { roles: { analyst: { permissions: [] } }, users: ann(['analist']) },
      "'users.ann.roles' must be a role of Airflow (Admin, Op, User, Viewer, Public) or of 'roles', got 'analist'; did you mean 'analyst'?"],
    ['an unknown role of a user', { users: ann(['wizard']) },
      "'users.ann.roles' must be a role of Airflow (Admin, Op, User, Viewer, Public) or of 'roles', got 'wizard'; "
      + "declare it in 'roles' of Auth.fab(), with {} if somebody makes it by hand"],
    ['two users whose names differ in case', { users: { ...ann(), Ann: { roles: [], password } } },
      "'users' has 'Ann', but 'ann' is a user already, and case does not count; use another name"],
    ['a user who is the admin', { createAdmin: true, users: { Admin: { roles: [], password } } },
      "'users' has 'Admin', but 'admin' is a user already, and case does not count; use another name"],
    ['a user name with a line break', { users: { 'a\n': { roles: [], password } } }, `'users' must have names of 1 to 512 ${TEXT} "a\\n" (2 characters)`],
    ['an email that two users have', { users: { ...ann(), bob: { roles: [], password, email: 'ann@example.com' } } },
      "'users.bob.email' must be its own, got 'ann@example.com', which 'ann' has too; give one of them another one"],
    ['an empty email', { users: { ann: { roles: [], password, email: '' } } }, `'users.ann.email' must be 1 to 512 ${TEXT} "" (0 characters)`],
    ['a first name that is too long', { users: { ann: { roles: [], password, firstName: 'x'.repeat(257) } } },
      `'users.ann.firstName' must be 1 to 256 ${TEXT} "${'x'.repeat(257)}" (257 characters)`],
    ['a generated password under a name that is no key', { users: { 'ann@acme.com': { roles: [] } } },
      "'users.ann@acme.com' needs a 'password': a generated one has the name as its key in a Secret, which allows only letters, digits, '-', '_' and '.'"],
    ['an admin without a name', { createAdmin: true, admin: { username: '' } }, `'admin.username' must be 1 to 512 ${TEXT} "" (0 characters)`],
  ])('with %s', (_, options, message) => {
    expect(building(withAuth(options))).toThrow(new Error(`test/airflow: ${message}`));
  });

  test('with all mistakes at once', () => {
    expect(building(withAuth({ roles: { analyst: { permissions: ['x', 'can_raed on DAGs'] } }, users: ann(['analist']) }))).toThrow(new Error([
      'test/airflow: 3 mistakes:',
      `  'roles.analyst.permissions' ${SHAPE} 'x'`,
      "  'roles.analyst.permissions' has 'can_raed on DAGs', which Airflow 3.3 does not have; did you mean 'can_read on DAGs'?",
      "  'users.ann.roles' must be a role of Airflow (Admin, Op, User, Viewer, Public) or of 'roles', got 'analist'; did you mean 'analyst'?",
    ].join('\n')));
  });

  test('with a member that is misspelt', () => {
    expect(() => Auth.fab({ users: { ann: { roles: [], pasword: password } as never } })).toThrow(
      new Error("'users.ann.pasword' is no member of FabUserOptions; did you mean 'password'?"));
  });
});
