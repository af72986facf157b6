import { AirflowVersion, Auth, OAuth, RemoteUser, RemoteUserOptions, SecretKey } from '../../src/index';
import { building, env, find, main, pods, synthAirflow } from '../util';

const remoteUser = (options: Partial<RemoteUserOptions> = {}) => RemoteUser.of({ secret: SecretKey.of('proxy', 'secret'), groups: { data: ['Op'] }, ...options });

test('the settings name the headers, and not the secret', () => {
  const manifest = synthAirflow({ auth: Auth.fab({ remoteUser: remoteUser({ userHeader: 'X-Auth-Request-User' }) }) });
  expect(JSON.parse(find(manifest, 'ConfigMap', 'airflow-config').data['fab_login.json'])).toEqual({
    type: 'remoteUser',
    passwordLogin: false,
    secretHeader: 'X-Airflow-Proxy-Secret',
    userHeader: 'X-Auth-Request-User',
    groupsHeader: 'X-Forwarded-Groups',
    emailHeader: 'X-Forwarded-Email',
    groups: { data: ['Op'] },
  });
});

test.each([[AirflowVersion.V3_3, 'api-server'], [AirflowVersion.V2_11, 'webserver']])('the pods that serve the UI alone have the secret (%#)', (version, role) => {
  const manifest = synthAirflow({ version, auth: Auth.fab({ remoteUser: remoteUser() }) });
  expect([...pods(manifest)].filter(([, pod]) => JSON.stringify(pod).includes('CDK8S_AIRFLOW_PROXY_SECRET')).map(([name]) => name)).toEqual([role]);
  expect(env(main(manifest, role), 'CDK8S_AIRFLOW_PROXY_SECRET')!.valueFrom!.secretKeyRef).toEqual({ name: 'proxy', key: 'secret' });
});

test('the address may be the user name', () => {
  expect(building({ auth: Auth.fab({ remoteUser: remoteUser({ userHeader: 'X-Forwarded-Email' }) }) })).not.toThrow();
});

test.each<[string, () => unknown, string]>([
  ['a header with _', () => remoteUser({ userHeader: 'REMOTE_USER' }), "'userHeader' must be the name of a header, of letters, digits and '-', got 'REMOTE_USER'"],
  ['one header for two purposes', () => remoteUser({ groupsHeader: 'x-forwarded-user' }),
    "'groupsHeader' must be another header than 'userHeader', got 'x-forwarded-user' for both"],
  ['nobody', () => Auth.fab({ remoteUser: remoteUser({ groups: {} }) }),
    "'remoteUser.groups' must give at least one of them a role, got none, so nobody could log in; name one, or set 'defaultRole'"],
  ['two logins', () => Auth.fab({
    remoteUser: remoteUser(),
    oauth: OAuth.oidc({ issuer: 'https://login.acme.com', clientId: SecretKey.of('a', 'b'), clientSecret: SecretKey.of('a', 'c'), defaultRole: 'Viewer' }),
  }), "'oauth' excludes 'remoteUser', because there is one configuration of the login; leave one of them out"],
])('fails with %s', (_, build, message) => {
  expect(build).toThrow(new Error(message));
});
