import { App, Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { CertificateAuthority, DagSource, GitCredentials, GitSyncOptions, SecretKey } from '../../src';
import { building, Container, findAll, init, pod, synthAirflow, volume } from '../util';

const elsewhere = new Chart(new App(), 'elsewhere');
const repo = 'https://git.example.com/dags.git';
const ca = CertificateAuthority.fromConfigMap(kplus.ConfigMap.fromConfigMapName(elsewhere, 'ca', 'git-ca'));
const netrc = kplus.Volume.fromSecret(elsewhere, 'netrc', kplus.Secret.fromSecretName(elsewhere, 'secret', 'netrc'), { name: 'netrc' });
const all: Required<Pick<GitSyncOptions, 'ca' | 'volumeMounts'>> = { ca, volumeMounts: [{ path: '/tmp-home', volume: netrc, readOnly: true }] };

const checked = (container: Container) => {
  expect(container.env).toContainEqual({ name: 'GIT_SSL_CAINFO', value: '/etc/git-ca/ca.crt' });
  expect(container.volumeMounts).toEqual(expect.arrayContaining([
    { name: 'git-ca', mountPath: '/etc/git-ca', readOnly: true }, { name: 'netrc', mountPath: '/tmp-home', readOnly: true },
  ]));
};

test('git trusts a private authority, wherever it runs', () => {
  const manifest = synthAirflow({ dags: DagSource.gitSync({ repo, ...all }) });
  for (const [component, container] of [['dag-processor', 'git-sync'], ['triggerer', 'git-sync'], ['task', 'git-sync-init']]) {
    checked(init(manifest, component, container));
    expect(volume(pod(manifest, component), 'git-ca')).toEqual(
      { name: 'git-ca', projected: { defaultMode: 0o440, sources: [{ configMap: { name: 'git-ca', items: [{ key: 'ca.crt', path: 'ca.crt' }] } }] } });
    expect(volume(pod(manifest, component), 'netrc')).toEqual({ name: 'netrc', secret: { secretName: 'netrc' } });
  }
});

test('a shared git-sync trusts it, too', () => {
  const [{ spec }] = findAll(synthAirflow({ dags: DagSource.gitSync({ repo, ...all, shared: {} }) }), 'Deployment', 'git-sync');
  checked(spec.template.spec.containers[0]);
});

test('several sources have an authority each', () => {
  const manifest = synthAirflow({ dags: DagSource.multiple({ a: DagSource.gitSync({ repo, ca }), b: DagSource.gitSync({ repo, ca }) }) });
  expect([volume(pod(manifest, 'triggerer'), 'git-ca-a'), volume(pod(manifest, 'triggerer'), 'git-ca-b')]).toEqual([expect.anything(), expect.anything()]);
});

const ssh = GitCredentials.sshKey(SecretKey.of('git', 'key'), { knownHosts: SecretKey.of('git', 'hosts') });
test.each<[GitSyncOptions, string]>([
  [{ repo: 'git@git.example.com:dags.git', credentials: ssh, ca }, "'ca' is for a repository that is reached by https, got 'git@git.example.com:dags.git'; leave it out, or use the https URL"],
  [{ repo, ca, env: { GIT_SSL_CAINFO: kplus.EnvValue.fromValue('/x') } }, "'env' cannot set 'GIT_SSL_CAINFO', which the library sets from the other options; leave it out"],
  [{ repo, volumeMounts: [{ path: 'x', volume: netrc }] }, "'volumeMounts' must be an absolute path without '..' and ':', got 'x'"],
])('fails with what git would not use (%#)', (options, message) => {
  expect(building({ dags: DagSource.gitSync(options) })).toThrow(new Error(`test/airflow/git-sync: ${message}`));
});

test('fails with a mount in the place of another', () => {
  expect(building({ dags: DagSource.gitSync({ repo, volumeMounts: [{ path: '/git', volume: netrc }] }) })).toThrow(
    new Error("test/airflow/task-pods/default: container 'git-sync-init' has two mounts at '/git'; move one of them"));
});
