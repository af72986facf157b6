import { App, Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AirflowVersion, GitCredentials, SecretKey } from '../../src/index';

const elsewhere = new Chart(new App(), 'elsewhere');
const key = (name: string) => SecretKey.of('git-secret-of-mine', name);
const password = key('password');
const sshKey = key('ssh-privatekey');
const appKey = key('private-key');
const bound = (credentials: GitCredentials) => ({ env: credentials._env(), sources: credentials._sources() });
const hosts = kplus.ConfigMap.fromConfigMapName(elsewhere, 'hosts', 'known-hosts-of-mine');

test('an SSH key and its known hosts come from one Secret', () => {
  expect(bound(GitCredentials.sshKey(sshKey, { knownHosts: key('known_hosts') }))).toEqual({
    env: [
      { name: 'GITSYNC_SSH_KEY_FILE', value: '/etc/git-secret/ssh' },
      { name: 'GITSYNC_SSH_KNOWN_HOSTS_FILE', value: '/etc/git-secret/known_hosts' },
    ],
    sources: [{ secret: { name: 'git-secret-of-mine', items: [{ key: 'ssh-privatekey', path: 'ssh' }, { key: 'known_hosts', path: 'known_hosts' }] } }],
  });
});

test('the key has another name, and the known hosts come from a ConfigMap', () => {
  const { sources } = bound(GitCredentials.sshKey(key('gitSshKey'), { knownHostsConfigMap: hosts }));
  expect(sources).toEqual([
    { secret: { name: 'git-secret-of-mine', items: [{ key: 'gitSshKey', path: 'ssh' }] } },
    { configMap: { name: 'known-hosts-of-mine', items: [{ key: 'known_hosts', path: 'known_hosts' }] } },
  ]);
});

test('a name comes as a variable and a token as a file', () => {
  expect(bound(GitCredentials.token(password))).toEqual({
    env: [
      { name: 'GITSYNC_USERNAME', valueFrom: { secretKeyRef: { name: 'git-secret-of-mine', key: 'username' } } },
      { name: 'GITSYNC_PASSWORD_FILE', value: '/etc/git-secret/password' },
    ],
    sources: [{ secret: { name: 'git-secret-of-mine', items: [{ key: 'password', path: 'password' }] } }],
  });
});

test('the name of a token is in another Secret', () => {
  const { env, sources } = bound(GitCredentials.token(key('token'), { usernameSecret: SecretKey.of('names', 'login') }));
  expect(env[0]).toEqual({ name: 'GITSYNC_USERNAME', valueFrom: { secretKeyRef: { name: 'names', key: 'login' } } });
  expect(sources).toEqual([{ secret: { name: 'git-secret-of-mine', items: [{ key: 'token', path: 'password' }] } }]);
});

test('a token has a name that is no secret', () => {
  const { env, sources } = bound(GitCredentials.token(password, { username: 'x-access-token' }));
  expect(env).toEqual([{ name: 'GITSYNC_USERNAME', value: 'x-access-token' }, { name: 'GITSYNC_PASSWORD_FILE', value: '/etc/git-secret/password' }]);
  expect(sources).toMatchObject([{ secret: { items: [{ key: 'password', path: 'password' }] } }]);
});

test('a host is not checked where that is said', () => {
  expect(bound(GitCredentials.sshKeyForAnyHost(key('id')))).toEqual({
    env: [{ name: 'GITSYNC_SSH_KEY_FILE', value: '/etc/git-secret/ssh' }, { name: 'GITSYNC_SSH_KNOWN_HOSTS', value: 'false' }],
    sources: [{ secret: { name: 'git-secret-of-mine', items: [{ key: 'id', path: 'ssh' }] } }],
  });
});

test('a GitHub App has its IDs as variables and its key as a file', () => {
  const { env, sources } = bound(GitCredentials.githubApp(appKey, { applicationId: 12, installationId: 34 }));
  expect(env).toEqual([
    { name: 'GITSYNC_GITHUB_APP_APPLICATION_ID', value: '12' },
    { name: 'GITSYNC_GITHUB_APP_INSTALLATION_ID', value: '34' },
    { name: 'GITSYNC_GITHUB_APP_PRIVATE_KEY_FILE', value: '/etc/git-secret/private-key' },
  ]);
  expect(sources).toEqual([{ secret: { name: 'git-secret-of-mine', items: [{ key: 'private-key', path: 'private-key' }] } }]);
});

test('a GitHub App has a client ID, another key and another API', () => {
  const { env, sources } = bound(GitCredentials.githubApp(key('app.pem'), {
    clientId: 'Iv1.8a61', installationId: 34, baseUrl: 'https://github.example.com/api/v3/',
  }));
  expect(env).toEqual([
    { name: 'GITSYNC_GITHUB_APP_CLIENT_ID', value: 'Iv1.8a61' },
    { name: 'GITSYNC_GITHUB_APP_INSTALLATION_ID', value: '34' },
    { name: 'GITSYNC_GITHUB_APP_PRIVATE_KEY_FILE', value: '/etc/git-secret/private-key' },
    { name: 'GITSYNC_GITHUB_BASE_URL', value: 'https://github.example.com/api/v3/' },
  ]);
  expect(sources).toMatchObject([{ secret: { items: [{ key: 'app.pem' }] } }]);
});

test.each([
  [{ installationId: 1 }, "'githubApp' must have one of 'applicationId' and 'clientId', got none"],
  [{ installationId: 1, applicationId: 1, clientId: 'a' }, "'githubApp' must have one of 'applicationId' and 'clientId', got both"],
  [{ installationId: 0, applicationId: 1 }, "'installationId' must be a whole number of at least 1, got 0"],
  [{ installationId: 1, applicationId: 1.5 }, "'applicationId' must be a whole number of at least 1, got 1.5"],
  [{ installationId: 1, clientId: 'a b' }, "'clientId' must be letters, digits, '_' and '.', got 'a b'"],
  [{ installationId: 1, clientId: 'a', baseUrl: 'github.example.com' }, "'baseUrl' must be like https://github.example.com/api/v3/, without a login, got 'github.example.com'"],
  [{ installationId: 1, clientId: 'a', baseUrl: 'https://h:99999/' }, "'baseUrl' must be like https://github.example.com/api/v3/, without a login, got 'https://h:99999/'"],
  [{ installationId: 1, clientId: 'a', baseUrl: 'https://ghe/api' }, "'baseUrl' must be like https://github.example.com/api/v3/, without a login, got 'https://ghe/api'"],
])('a GitHub App fails with %j', (options, message) => {
  expect(() => GitCredentials.githubApp(appKey, options)).toThrow(new Error(message));
});

test.each([
  [{ username: 'a', usernameSecret: key('b') },
    "'username' and 'usernameSecret' both give the name of the token, got 'a' and the Secret 'git-secret-of-mine'; leave one of them out"],
  [{ username: 'a b' }, "'username' must be letters, digits and '_.@+-', got 'a b'; put another one into the Secret"],
  [{ username: '$(id)' }, "'username' must be letters, digits and '_.@+-', got '$(id)'; put another one into the Secret"],
])('a token fails with %j', (options, message) => {
  expect(() => GitCredentials.token(password, options)).toThrow(new Error(message));
});

test.each([
  [{}, "'sshKey' must have one of 'knownHosts' and 'knownHostsConfigMap', got none; GitCredentials.sshKeyForAnyHost does without"],
  [{ knownHosts: key('known_hosts'), knownHostsConfigMap: hosts },
    "'sshKey' must have one of 'knownHosts' and 'knownHostsConfigMap', got both; leave one of them out"],
])('an SSH key fails unless its known hosts are given once (%#)', (options, message) => {
  expect(() => GitCredentials.sshKey(sshKey, options)).toThrow(new Error(message));
});

test('each is for its protocols', () => {
  const app = GitCredentials.githubApp(appKey, { applicationId: 1, installationId: 2 });
  const all = [GitCredentials.sshKeyForAnyHost(sshKey), GitCredentials.token(password), app];
  expect(all.map(credentials => credentials._protocols)).toEqual([['ssh'], ['https', 'http'], ['https']]);
});

describe('of a bundle', () => {
  const bundled = (credentials: GitCredentials, version = AirflowVersion.V3_3) => credentials._bundle(elsewhere, version, '/etc/x', 'main');

  test('an SSH key and its known hosts are files that the connection names', () => {
    expect(bundled(GitCredentials.sshKey(sshKey, { knownHostsConfigMap: hosts }))).toEqual({
      extra: { key_file: '/etc/x/main/ssh', strict_host_key_checking: 'yes', known_hosts_file: '/etc/x/main/known_hosts' },
      sources: [
        { secret: { name: 'git-secret-of-mine', items: [{ key: 'ssh-privatekey', path: 'main/ssh' }] } },
        { configMap: { name: 'known-hosts-of-mine', items: [{ key: 'known_hosts', path: 'main/known_hosts' }] } },
      ],
    });
    expect(bundled(GitCredentials.sshKeyForAnyHost(sshKey), AirflowVersion.V3_0).extra).toEqual({ key_file: '/etc/x/main/ssh', strict_host_key_checking: 'no' });
  });

  test('a token is what git asks for', () => {
    expect(bundled(GitCredentials.token(password))).toEqual({
      helper: {
        command: '!f() { read -r user < /etc/x/main/username; read -r password < /etc/x/main/password; '
          + "printf 'username=%s\\npassword=%s\\n' \"$user\" \"$password\"; }; f",
        login: '[{"secretName":"git-secret-of-mine","key":"password"},{"secretName":"git-secret-of-mine","key":"username"}]',
      },
      sources: [{ secret: { name: 'git-secret-of-mine', items: [{ key: 'username', path: 'main/username' }, { key: 'password', path: 'main/password' }] } }],
    });
    expect(bundled(GitCredentials.token(password, { username: 'oauth2' }))).toEqual({
      helper: {
        command: "!f() { user=oauth2; read -r password < /etc/x/main/password; printf 'username=%s\\npassword=%s\\n' \"$user\" \"$password\"; }; f",
        login: '[{"secretName":"git-secret-of-mine","key":"password"},"oauth2"]',
      },
      sources: [{ secret: { name: 'git-secret-of-mine', items: [{ key: 'password', path: 'main/password' }] } }],
    });
  });

  test('a GitHub App is named in the connection', () => {
    expect(bundled(GitCredentials.githubApp(appKey, { applicationId: 12, installationId: 34 }))).toEqual({
      extra: { github_app_id: '12', github_installation_id: '34', key_file: '/etc/x/main/private-key' },
      sources: [{ secret: { name: 'git-secret-of-mine', items: [{ key: 'private-key', path: 'main/private-key' }] } }],
    });
  });

  test.each([
    [GitCredentials.sshKey(sshKey, { knownHosts: key('hosts') }), AirflowVersion.V3_1,
      "'credentials' by an SSH key with known hosts exist for bundles from Airflow 3.2 on, but the version is 3.1.8; use DagSource.gitSync, or GitCredentials.token"],
    [GitCredentials.githubApp(appKey, { applicationId: 1, installationId: 2 }), AirflowVersion.V3_2,
      "'credentials' by a GitHub App exist for bundles from Airflow 3.3 on, but the version is 3.2.2; use DagSource.gitSync"],
    [GitCredentials.githubApp(appKey, { clientId: 'Iv1', installationId: 2 }), AirflowVersion.V3_3,
      "'credentials' have a 'clientId', which the bundles of Airflow do not know, got 'Iv1'; use 'applicationId'"],
    [GitCredentials.githubApp(appKey, { applicationId: 1, installationId: 2, baseUrl: 'https://ghe/' }), AirflowVersion.V3_3,
      "'credentials' have a 'baseUrl', which the bundles of Airflow do not know, got 'https://ghe/'; use DagSource.gitSync"],
  ])('they fail where the provider lacks them (%#)', (credentials, version, message) => {
    expect(() => bundled(credentials, version)).toThrow(new Error(`elsewhere: ${message}`));
  });
});
