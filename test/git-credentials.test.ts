import { App, Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { GitCredentials } from '../src';

const elsewhere = new Chart(new App(), 'elsewhere');
const secret = kplus.Secret.fromSecretName(elsewhere, 'secret', 'git-secret-of-mine');
const hosts = kplus.ConfigMap.fromConfigMapName(elsewhere, 'hosts', 'known-hosts-of-mine');

test('an SSH key and its known hosts come from one Secret', () => {
  expect(GitCredentials.sshKey(secret, { knownHostsKey: 'known_hosts' })._bind()).toEqual({
    protocols: ['ssh'],
    env: [
      { name: 'GITSYNC_SSH_KEY_FILE', value: '/etc/git-secret/ssh' },
      { name: 'GITSYNC_SSH_KNOWN_HOSTS_FILE', value: '/etc/git-secret/known_hosts' },
    ],
    volumes: [{
      name: 'git-secret',
      projected: {
        defaultMode: 0o440,
        sources: [{
          secret: { name: 'git-secret-of-mine', items: [{ key: 'ssh-privatekey', path: 'ssh' }, { key: 'known_hosts', path: 'known_hosts' }] },
        }],
      },
    }],
    mounts: [{ name: 'git-secret', mountPath: '/etc/git-secret', readOnly: true }],
  });
});

test('the key has another name, and the known hosts come from a ConfigMap', () => {
  const { volumes } = GitCredentials.sshKey(secret, { key: 'gitSshKey', knownHostsKey: 'hosts', knownHostsConfigMap: hosts })._bind();
  expect(volumes[0].projected).toEqual({
    defaultMode: 0o440,
    sources: [
      { secret: { name: 'git-secret-of-mine', items: [{ key: 'gitSshKey', path: 'ssh' }] } },
      { configMap: { name: 'known-hosts-of-mine', items: [{ key: 'hosts', path: 'known_hosts' }] } },
    ],
  });
});

test('a name comes as a variable and a token as a file', () => {
  expect(GitCredentials.token(secret)._bind()).toEqual({
    protocols: ['https', 'http'],
    env: [
      { name: 'GITSYNC_USERNAME', valueFrom: { secretKeyRef: { name: 'git-secret-of-mine', key: 'username' } } },
      { name: 'GITSYNC_PASSWORD_FILE', value: '/etc/git-secret/password' },
    ],
    volumes: [{
      name: 'git-secret',
      projected: { defaultMode: 0o440, sources: [{ secret: { name: 'git-secret-of-mine', items: [{ key: 'password', path: 'password' }] } }] },
    }],
    mounts: [{ name: 'git-secret', mountPath: '/etc/git-secret', readOnly: true }],
  });
});

test('the keys of a token have other names', () => {
  const { env, volumes } = GitCredentials.token(secret, { usernameKey: 'login', passwordKey: 'token' })._bind();
  expect(env[0]).toEqual({ name: 'GITSYNC_USERNAME', valueFrom: { secretKeyRef: { name: 'git-secret-of-mine', key: 'login' } } });
  expect(volumes[0].projected).toEqual({
    defaultMode: 0o440, sources: [{ secret: { name: 'git-secret-of-mine', items: [{ key: 'token', path: 'password' }] } }],
  });
});
