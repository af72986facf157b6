import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AirflowVersion, DagSource, GitCredentials, GitSubmodules, GitSyncOptions, SecretKey } from '../../src/index';
import { building, cfg, Container, env, find, init, main, Manifest, mount, pod, synthAirflow, volume } from '../util';

const REPO = 'https://github.com/acme/dags.git';
const SSH = 'git@github.com:acme/dags.git';
const sshKey = GitCredentials.sshKey(SecretKey.of('git', 'ssh-privatekey'), { knownHosts: SecretKey.of('git', 'known_hosts') });
const token = GitCredentials.token(SecretKey.of('git', 'password'));
const HOOK = kplus.EnvValue.fromValue('https://example.com/hook');

function synced(options: Partial<GitSyncOptions> = {}, version = AirflowVersion.V3_3): Manifest[] {
  return synthAirflow({ version, dags: DagSource.gitSync({ repo: REPO, ...options }) });
}

function syncing(options: Partial<GitSyncOptions>): () => Manifest[] {
  return building({ dags: DagSource.gitSync({ repo: REPO, ...options }) });
}

function settings(container: Container): { [name: string]: string | undefined } {
  return Object.fromEntries((container.env ?? []).map(variable => [variable.name, variable.value]));
}

describe('beside a long-running component', () => {
  const manifest = synced();
  const sidecar = init(manifest, 'dag-processor', 'git-sync');

  test('is a native sidecar that goes on', () => {
    expect(sidecar.restartPolicy).toBe('Always');
    expect(settings(sidecar)).toEqual({
      GITSYNC_REPO: REPO,
      GITSYNC_REF: 'HEAD',
      GITSYNC_DEPTH: '1',
      GITSYNC_ROOT: '/git',
      GITSYNC_LINK: 'repo',
      GITSYNC_PERIOD: '60s',
      GITSYNC_MAX_FAILURES: '3',
      GITSYNC_HTTP_BIND: ':1234',
    });
    expect(pod(manifest, 'dag-processor').spec.initContainers!.map(container => container.name)).toEqual(['log-groomer', 'git-sync', 'wait-for-migration']);
  });

  test('lets the containers after it start when the first clone is there', () => {
    expect(sidecar.startupProbe).toEqual({ httpGet: { path: '/', port: 1234 }, periodSeconds: 1, failureThreshold: 540 });
    expect(sidecar.livenessProbe).toEqual({ httpGet: { path: '/', port: 1234 }, periodSeconds: 30, timeoutSeconds: 5, failureThreshold: 4 });
    expect(sidecar.ports).toEqual([{ name: 'git-sync', containerPort: 1234 }]);
  });

  test('runs as its own user, with a pinned image and what it needs', () => {
    expect(sidecar.image).toBe('registry.k8s.io/git-sync/git-sync:v4.4.0');
    expect(sidecar.imagePullPolicy).toBe('IfNotPresent');
    expect(sidecar.securityContext.runAsUser).toBe(65533);
    expect(sidecar.resources).toEqual({ requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '1Gi' } });
    expect(sidecar.volumeMounts).toEqual([{ name: 'dags', mountPath: '/git' }, { name: 'scratch', mountPath: '/tmp', subPath: 'git' }]);
  });

  test('removes the locks that a killed git left in its clone, before it starts', () => {
    const [shell, option, script] = sidecar.command!;
    expect([shell, option, sidecar.command!.length]).toEqual(['sh', '-c', 3]);
    const clone = fs.mkdtempSync(path.join(os.tmpdir(), 'clone-'));
    const files = [
      'HEAD.lock', 'shallow.lock', 'worktrees/1a2b/index.lock', 'worktrees/1a2b/HEAD.lock', 'worktrees/1a2b/modules/lib/index.lock', 'refs/remotes/origin/main.lock',
      'HEAD', 'worktrees/1a2b/index', 'refs/remotes/origin/main',
    ];
    for (const file of files) {
      fs.mkdirSync(path.join(clone, '.git', path.dirname(file)), { recursive: true });
      fs.writeFileSync(path.join(clone, '.git', file), '');
    }
    fs.mkdirSync(path.join(clone, '1a2b'));
    fs.writeFileSync(path.join(clone, '1a2b/poetry.lock'), '');
    const run = script.replace(/\/git\//g, `${clone}/`).replace('exec /git-sync', 'echo started');
    expect(spawnSync('sh', ['-c', run], { encoding: 'utf8' })).toMatchObject({ status: 0, stdout: 'started\n', stderr: '' });
    expect(files.filter(file => fs.existsSync(path.join(clone, '.git', file)))).toEqual(['HEAD', 'worktrees/1a2b/index', 'refs/remotes/origin/main']);
    expect(fs.existsSync(path.join(clone, '1a2b/poetry.lock'))).toBe(true);
    fs.rmSync(clone, { recursive: true });
  });

  test('shares its clone with the main container, which may only read it', () => {
    expect(volume(pod(manifest, 'dag-processor'), 'dags')).toEqual({ name: 'dags', emptyDir: { sizeLimit: '2Gi' } });
    expect(mount(main(manifest, 'dag-processor'), '/opt/airflow/dags')).toEqual({ name: 'dags', mountPath: '/opt/airflow/dags', readOnly: true });
    expect(cfg(manifest, 'core', 'dags_folder')).toBe('/opt/airflow/dags/repo');
  });
});

test.each([
  [{ syncTimeout: Duration.minutes(10) }, 3 * (600 + 60)],
  [{ syncTimeout: Duration.minutes(10), period: Duration.seconds(5), maxFailures: -1 }, 605],
  [{ syncTimeout: Duration.seconds(10), maxFailures: 0 }, 300],
])('with %j may take %d s for its first clone, before the kubelet ends it', (options, seconds) => {
  expect(init(synced(options), 'dag-processor', 'git-sync').startupProbe!.failureThreshold).toBe(seconds);
});

describe('in the pod of a task', () => {
  const manifest = synced();
  const once = init(manifest, 'task', 'git-sync-init');

  test('clones once, so that the pod can end', () => {
    expect(once.restartPolicy).toBeUndefined();
    expect(settings(once).GITSYNC_ONE_TIME).toBe('true');
    expect(settings(once).GITSYNC_HTTP_BIND).toBeUndefined();
    expect([once.ports, once.startupProbe, once.livenessProbe]).toEqual([undefined, undefined, undefined]);
    expect(pod(manifest, 'task').spec.initContainers!.map(container => container.name)).toEqual(['git-sync-init']);
  });
});

test('is nowhere where no DAGs are read', () => {
  const names = (component: string) => (pod(synced(), component).spec.initContainers ?? []).map(container => container.name);
  expect(names('api-server')).toEqual(['wait-for-migration']);
  expect(names('scheduler')).toEqual(['log-groomer', 'wait-for-migration']);
  expect(names('migration')).toEqual(['wait-for-database']);
});

test('says in the end what git said', () => {
  expect(init(synced(), 'dag-processor', 'git-sync').terminationMessagePolicy).toBe('FallbackToLogsOnError');
  expect(init(synced(), 'task', 'git-sync-init').terminationMessagePolicy).toBe('FallbackToLogsOnError');
  expect(main(synced(), 'task').terminationMessagePolicy).toBeUndefined();
});

test('has all its options', () => {
  const all: Omit<Required<GitSyncOptions>, 'shared' | 'ca' | 'volumeMounts'> = {
    repo: SSH,
    ref: 'release/2026',
    subPath: 'team/dags',
    pluginsSubPath: 'team/plugins',
    depth: 0,
    period: Duration.minutes(5),
    syncTimeout: Duration.minutes(3),
    maxFailures: -1,
    submodules: GitSubmodules.OFF,
    sparseCheckout: ['/team/', '!/team/notebooks/'],
    staleWorktreeTimeout: Duration.hours(1),
    credentials: sshKey,
    hooks: {
      webhook: {
        url: kplus.EnvValue.fromValue('https://example.com/hook'), method: 'PUT', successStatus: 0, timeout: Duration.seconds(5), backoff: Duration.seconds(7),
      },
      exec: { command: '/hooks/check', timeout: Duration.minutes(1), backoff: Duration.seconds(9) },
    },
    http: { port: 4321, metrics: true },
    env: { HTTPS_PROXY: kplus.EnvValue.fromValue('http://proxy:3128') },
    image: 'mirror.example.com/git-sync:v4.4.1',
    pullPolicy: kplus.ImagePullPolicy.ALWAYS,
    resources: { cpu: { request: kplus.Cpu.millis(20) }, memory: { limit: Size.gibibytes(1) } },
    cloneSize: Size.gibibytes(5),
  };
  const manifest = synced(all);
  expect(cfg(manifest, 'core', 'plugins_folder')).toBe('/opt/airflow/dags/repo/team/plugins');
  const sidecar = init(manifest, 'triggerer', 'git-sync');
  const file = settings(sidecar).GITSYNC_SPARSE_CHECKOUT_FILE!;
  const everywhere = {
    GITSYNC_REPO: SSH,
    GITSYNC_REF: 'release/2026',
    GITSYNC_DEPTH: '0',
    GITSYNC_ROOT: '/git',
    GITSYNC_LINK: 'repo',
    GITSYNC_PERIOD: '300s',
    GITSYNC_SYNC_TIMEOUT: '180s',
    GITSYNC_SUBMODULES: 'off',
    GITSYNC_SPARSE_CHECKOUT_FILE: file,
    GITSYNC_EXECHOOK_COMMAND: '/hooks/check',
    GITSYNC_EXECHOOK_TIMEOUT: '60s',
    GITSYNC_EXECHOOK_BACKOFF: '9s',
    GITSYNC_SSH_KEY_FILE: '/etc/git-secret/ssh',
    GITSYNC_SSH_KNOWN_HOSTS_FILE: '/etc/git-secret/known_hosts',
    HTTPS_PROXY: 'http://proxy:3128',
  };
  expect(settings(sidecar)).toEqual({
    ...everywhere,
    GITSYNC_MAX_FAILURES: '-1',
    GITSYNC_HTTP_BIND: ':4321',
    GITSYNC_HTTP_METRICS: 'true',
    GITSYNC_STALE_WORKTREE_TIMEOUT: '3600s',
    GITSYNC_WEBHOOK_URL: 'https://example.com/hook',
    GITSYNC_WEBHOOK_METHOD: 'PUT',
    GITSYNC_WEBHOOK_SUCCESS_STATUS: '0',
    GITSYNC_WEBHOOK_TIMEOUT: '5s',
    GITSYNC_WEBHOOK_BACKOFF: '7s',
  });
  // It has to end, has nobody to serve, and is no news.
  expect(settings(init(manifest, 'task', 'git-sync-init'))).toEqual({ ...everywhere, GITSYNC_MAX_FAILURES: '3', GITSYNC_ONE_TIME: 'true' });
  expect(sidecar.ports).toEqual([{ name: 'git-sync', containerPort: 4321 }]);
  expect([sidecar.startupProbe!.httpGet!.port, sidecar.livenessProbe!.httpGet!.port]).toEqual([4321, 4321]);
  const [, name] = /^\/etc\/git-sync\/(sparse-checkout-\w+)$/.exec(file)!;
  expect(find(manifest, 'ConfigMap', 'sparse-checkout').data).toEqual({ 'sparse-checkout': '/team/\n!/team/notebooks/\n' });
  expect(volume(pod(manifest, 'triggerer'), 'git-config')).toEqual({
    name: 'git-config', configMap: { name: find(manifest, 'ConfigMap', 'sparse-checkout').metadata.name, items: [{ key: 'sparse-checkout', path: name }] },
  });
  expect(mount(sidecar, '/etc/git-sync')).toEqual({ name: 'git-config', mountPath: '/etc/git-sync', readOnly: true });

  expect(sidecar.image).toBe('mirror.example.com/git-sync:v4.4.1');
  expect(sidecar.imagePullPolicy).toBe('Always');
  expect(sidecar.resources).toEqual({ requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '1Gi' } });
  expect(sidecar.volumeMounts).toContainEqual({ name: 'git-secret', mountPath: '/etc/git-secret', readOnly: true });
  expect(volume(pod(manifest, 'triggerer'), 'dags')!.emptyDir).toEqual({ sizeLimit: '5Gi' });
  expect(volume(pod(manifest, 'triggerer'), 'git-secret')!.projected).toEqual({
    defaultMode: 0o440, sources: [{ secret: { name: 'git', items: [{ key: 'ssh-privatekey', path: 'ssh' }, { key: 'known_hosts', path: 'known_hosts' }] } }],
  });
  expect(cfg(manifest, 'core', 'dags_folder')).toBe('/opt/airflow/dags/repo/team/dags');
});

test('other lines of a sparse checkout are another file, which replaces the pods', () => {
  const file = (line: string) => settings(init(synced({ sparseCheckout: [line] }), 'triggerer', 'git-sync')).GITSYNC_SPARSE_CHECKOUT_FILE;
  expect(file('/a/')).toBe(file('/a/'));
  expect(file('/a/')).not.toBe(file('/b/'));
});

test('takes the URL of a webhook from a Secret', () => {
  const url = SecretKey.of('git', 'hook').toEnvValue();
  const { valueFrom } = env(init(synced({ hooks: { webhook: { url } } }), 'triggerer', 'git-sync'), 'GITSYNC_WEBHOOK_URL')!;
  expect(valueFrom!.secretKeyRef).toEqual({ name: 'git', key: 'hook' });
});

test.each([
  'ftp://host/hook', 'https://me:secret@host/hook', 'host', 'https://', 'https://h:99999/x', 'https://host/hook\n',
])('fails with the literal URL %j of a webhook, which may be a secret', literal => {
  expect(syncing({ hooks: { webhook: { url: kplus.EnvValue.fromValue(literal) } } })).toThrow(new Error(
    "test/airflow/git-sync: 'hooks.webhook.url' must be like https://host/path, without a login, or come from a Secret, got another literal"));
});

test('gives its credentials to git-sync alone', () => {
  const manifest = synced({ credentials: token });
  expect(env(init(manifest, 'task', 'git-sync-init'), 'GITSYNC_USERNAME')!.valueFrom!.secretKeyRef).toEqual({ name: 'git', key: 'username' });
  expect(mount(init(manifest, 'task', 'git-sync-init'), '/etc/git-secret')).toEqual({ name: 'git-secret', mountPath: '/etc/git-secret', readOnly: true });
  expect(mount(main(manifest, 'task'), '/etc/git-secret')).toBeUndefined();
  expect(JSON.stringify(main(manifest, 'task').env)).not.toContain('GITSYNC');
});

test.each([[60, '15'], [5, '5'], [600, '30'], [30, '7']])('new files are looked for in a fraction of a period of %d s', (seconds, interval) => {
  expect(cfg(synced({ period: Duration.seconds(seconds) }), 'dag_processor', 'refresh_interval')).toBe(interval);
  expect(cfg(synced({ period: Duration.seconds(seconds) }, AirflowVersion.V2_11), 'scheduler', 'dag_dir_list_interval')).toBe(interval);
});

test.each(['main', 'v1.2', 'release/2026', '0123456789abcdef0123456789abcdef01234567', 'feature/a-b_c', 'HEAD', 'refs/heads/main'])('takes the ref %s', ref => {
  expect(settings(init(synced({ ref }), 'task', 'git-sync-init')).GITSYNC_REF).toBe(ref);
});

test.each(['', 'my branch', 'a..b', 'a~1', 'HEAD^', 'a:b', '-x', '/x', 'x/', 'x.', 'a//b', 'x.lock', 'x.lock/y', 'a@{1}', '*', 'a\\b', 'a?', 'a[b', 'a\tb', '.a'])(
  'fails with the ref %j', ref => {
    expect(syncing({ ref })).toThrow(
      new Error(`test/airflow/git-sync: 'ref' must be a branch, a tag or a commit by the rules of git check-ref-format, got '${ref}'`));
  });

test.each(['/dags', '../dags', 'a/../b', ''])('fails with the sub-path %j', subPath => {
  expect(syncing({ subPath })).toThrow(
    new Error(`test/airflow/git-sync: 'subPath' must be a relative path without '..', got '${subPath}'; leave it out for the root`));
});

test.each(['github.com/acme/dags', '/srv/dags.git', 'file:///srv/dags.git', 'ftp://host/dags', 'https://', 'https://host', 'https:/host/dags', 'git@host:/', 'git@host:a b', 'git@host://x', '', 'https://host/a b', 'https://h:99999/x', 'ssh://git@h:99999/x'])(
  'fails with the repo %j', repo => {
    expect(syncing({ repo })).toThrow(
      new Error(`test/airflow/git-sync: 'repo' must be like https://host/path, git://host/path, ssh://user@host/path or user@host:path, got '${repo}'`));
  });

test.each(['git@host:/srv/dags.git', 'git@host:dags', 'ssh://git@host/~me/dags'])('takes the repo %s', repo => {
  expect(settings(init(synced({ repo, credentials: sshKey }), 'task', 'git-sync-init')).GITSYNC_REPO).toBe(repo);
});

test.each([
  'https://me:secret@github.com/acme/dags', 'http://me:@host/dags', 'https://ghp_0123456789@github.com/acme/dags', 'https://me:secret@host', 'ssh://git:secret@host/dags',
])(
  'fails with a repo that holds a password or token, without repeating it (%#)', repo => {
    expect(syncing({ repo })).toThrow(
      new Error("test/airflow/git-sync: 'repo' must not hold a user, password or token, got a URL with one; use 'credentials'"));
  });

test.each([
  [SSH, token, 'https or http', 'ssh'],
  ['ssh://git@host/dags', token, 'https or http', 'ssh'],
  [REPO, sshKey, 'ssh', 'https'],
  ['git://host/dags', sshKey, 'ssh', 'git'],
])('fails with %s and credentials for another protocol', (repo, credentials, fitting, protocol) => {
  expect(syncing({ repo, credentials })).toThrow(
    new Error(`test/airflow/git-sync: 'credentials' are for ${fitting}, but the repo '${repo}' is reached by ${protocol}; change one of them`));
});

test.each([SSH, 'ssh://git@github.com:2222/acme/dags.git'])('fails with %s and no credentials', repo => {
  expect(syncing({ repo })).toThrow(
    new Error(`test/airflow/git-sync: 'credentials' are needed for '${repo}', which is reached by ssh; use GitCredentials.sshKey`));
});

test.each([
  [{ depth: -1 }, "'depth' must be a whole number of at least 0, got -1"],
  [{ depth: 1.5 }, "'depth' must be a whole number of at least 0, got 1.5"],
  [{ cloneSize: Size.gibibytes(0) }, "'cloneSize' must be at least 1Mi, got 0Gi"],
  [{ maxFailures: -2 }, "'maxFailures' must be a whole number of at least -1, got -2"],
  [{ period: Duration.seconds(0) }, "'period' must be a whole number of seconds of at least 1, got 0"],
  [{ period: Duration.millis(500) }, "'period' must be a whole number of seconds of at least 1, got 0.5"],
  [{ syncTimeout: Duration.seconds(0) }, "'syncTimeout' must be a whole number of seconds of at least 1, got 0"],
  [{ staleWorktreeTimeout: Duration.seconds(0) }, "'staleWorktreeTimeout' must be a whole number of seconds of at least 1, got 0"],
  [{ http: { port: 0 } }, "'http.port' must be a whole number from 1 to 65535, got 0"],
  [{ http: { port: 8793 } }, "'http.port' must not be 8793, by which Airflow serves logs in the same pod; use another one"],
  [{ http: { port: 8794 } }, "'http.port' must not be 8794, by which Airflow serves logs in the same pod; use another one"],
  [{ sparseCheckout: [] }, "'sparseCheckout' must be lines of a sparse-checkout file, at least one, got []"],
  [{ sparseCheckout: ['a\nb'] }, "'sparseCheckout' must be lines of a sparse-checkout file, at least one, got [\"a\\nb\"]"],
  [{ hooks: { webhook: { url: HOOK, timeout: Duration.seconds(0) } } }, "'hooks.webhook.timeout' must be a whole number of seconds of at least 1, got 0"],
  [{ hooks: { webhook: { url: HOOK, backoff: Duration.seconds(0) } } }, "'hooks.webhook.backoff' must be a whole number of seconds of at least 1, got 0"],
  [{ hooks: { webhook: { url: HOOK, successStatus: -1 } } }, "'hooks.webhook.successStatus' must be a whole number of at least 0, got -1"],
  [{ hooks: { webhook: { url: HOOK, method: 'post' } } }, "'hooks.webhook.method' must be an HTTP method in capitals, got 'post'"],
  [{ image: 'acme/git-sync:1', hooks: { exec: { command: '/x', timeout: Duration.seconds(0) } } }, "'hooks.exec.timeout' must be a whole number of seconds of at least 1, got 0"],
  [{ image: 'acme/git-sync:1', hooks: { exec: { command: '/x', backoff: Duration.seconds(0) } } }, "'hooks.exec.backoff' must be a whole number of seconds of at least 1, got 0"],
  [{ image: 'acme/git-sync:1', hooks: { exec: { command: '/x -v' } } },
    "'hooks.exec.command' must be the path of one file without arguments, got '/x -v'; put them into a script in the image"],
  [{ hooks: { exec: { command: '/x' } } }, "'hooks.exec' needs an 'image' that has '/x', which git-sync's own has not; set it"],
])('fails with %j', (options, message) => {
  expect(syncing(options)).toThrow(new Error(`test/airflow/git-sync: ${message}`));
});

test.each([
  'GITSYNC_REPO', 'GITSYNC_REF', 'GITSYNC_DEPTH', 'GITSYNC_ROOT', 'GITSYNC_LINK', 'GITSYNC_PERIOD', 'GITSYNC_MAX_FAILURES', 'GITSYNC_ONE_TIME',
  'GITSYNC_HTTP_BIND', 'GITSYNC_USERNAME', 'GITSYNC_PASSWORD_FILE',
])('fails with an env that sets %s, as the library does', name => {
  expect(syncing({ credentials: token, env: { [name]: kplus.EnvValue.fromValue('x') } })).toThrow(
    new Error(`test/airflow/git-sync: 'env' cannot set '${name}', which the library sets from the other options; leave it out`));
});

test.each(['GITSYNC_PASSWORD', 'GIT_SYNC_PASSWORD', 'GITSYNC_GITHUB_APP_PRIVATE_KEY'])('fails with a literal %s, without repeating it', name => {
  expect(syncing({ env: { [name]: kplus.EnvValue.fromValue('hunter2') } })).toThrow(
    new Error(`test/airflow/git-sync: 'env' must not hold a password, got a literal value for '${name}'; use GitCredentials.token or GitCredentials.githubApp`));
  const valueFrom = { secretKeyRef: { name: 'git', key: 'password' } };
  const manifest = synced({ env: { [name]: SecretKey.of('git', 'password').toEnvValue() } });
  expect(env(init(manifest, 'task', 'git-sync-init'), name)).toEqual({ name, valueFrom });
});

test('fails with a password in the URL of a proxy, without repeating it', () => {
  expect(syncing({ env: { HTTPS_PROXY: kplus.EnvValue.fromValue('http://me:hunter2@proxy:3128') } })).toThrow(new Error(
    "test/airflow/git-sync: 'env' must not have a password in 'HTTPS_PROXY', since everyone who reads the YAML would have it; take it from a Secret (SecretKey.of(...).toEnvValue(), in a file 'secretKeyRef')"));
});

test('fails with a variable that is no name', () => {
  expect(syncing({ env: { 'NO PROXY': kplus.EnvValue.fromValue('x') } })).toThrow(
    new Error("test/airflow/git-sync: 'env' must have names of letters, digits and '_' that do not begin with a digit, got 'NO PROXY'"));
});

test('fails with a request above its limit', () => {
  expect(syncing({ resources: { memory: { request: Size.gibibytes(2), limit: Size.gibibytes(1) } } })).toThrow(
    new Error("test/airflow/git-sync: 'resources.memory.request' must be at most the limit 1Gi, got 2Gi; lower it, or raise 'resources.memory.limit'"));
});

test('fails with an image that is not pinned', () => {
  expect(syncing({ image: 'registry.k8s.io/git-sync/git-sync' })).toThrow(
    new Error("test/airflow/git-sync: 'image' must be an image with a tag other than 'latest' or with a sha256 digest, got 'registry.k8s.io/git-sync/git-sync'"));
});
