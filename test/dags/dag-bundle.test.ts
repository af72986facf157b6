import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AirflowConnection, AirflowVersion, DagBundle, BundledDagsOptions, DagSource, Executor, GitBundleOptions, GitCredentials, SecretKey } from '../../src/index';
import { AFTER_DATABASE, building, bundleListOf, cfgText, env, main, Manifest, mount, pod, synthAirflow, volume } from '../util';

const GIT = 'airflow.providers.git.bundles.git.GitDagBundle';
const REPO = 'https://github.com/acme/dags.git';
const SSH = 'git@github.com:acme/dags.git';
const { V2_11, V3_0, V3_1, V3_2, V3_3 } = AirflowVersion;

function bundled(bundles: DagBundle[], options: BundledDagsOptions = {}, version = V3_3): Manifest[] {
  return synthAirflow({ version, dags: DagSource.bundles(bundles, options) });
}

function git(options: Partial<GitBundleOptions> = {}, version = V3_3): Manifest[] {
  return bundled([DagBundle.git('main', { repo: REPO, ref: 'main', ...options })], {}, version);
}

function failing(bundle: DagBundle, version = V3_3): () => Manifest[] {
  return () => bundled([bundle], {}, version);
}

/** The names of the variables by which a component knows connections and the settings of git. */
function known(manifest: Manifest[], component: string): string[] {
  return (main(manifest, component).env ?? []).map(({ name }) => name).filter(name => /^(AIRFLOW_CONN|GIT_)/.test(name));
}

describe('a git bundle', () => {
  test('is called dags where it is the only one', () => {
    const manifest = synthAirflow({ dags: DagSource.gitBundle({ repo: REPO, ref: 'main' }) });
    expect(bundleListOf(manifest)).toEqual([{ name: 'dags', classpath: GIT, kwargs: { git_conn_id: 'dag_bundle_dags', tracking_ref: 'main' } }]);
    expect(env(main(manifest, 'dag-processor'), 'AIRFLOW_CONN_DAG_BUNDLE_DAGS')!.value).toBe(`{"conn_type":"git","host":"${REPO}"}`);
    expect(cfgText(manifest)).toContain('\ndag_bundle_storage_path = /opt/airflow/dag-bundles\n');
    expect(cfgText(manifest)).toContain('\nrefresh_interval = 60\n');
    expect(cfgText(manifest)).not.toContain('disable_bundle_versioning');
    expect(cfgText(manifest)).toContain('\ndags_folder = /opt/airflow/dags\n');
  });

  test('has all its options', () => {
    const manifest = git({
      ref: 'release/2026',
      subPath: 'team/dags',
      submodules: true,
      keepGitFolder: true,
      sparseFolders: ['team', 'shared'],
      refreshInterval: Duration.seconds(15),
      viewUrlTemplate: 'https://git.example.com/dags/{version}',
    });
    expect(bundleListOf(manifest)).toEqual([{
      name: 'main',
      classpath: GIT,
      kwargs: {
        git_conn_id: 'dag_bundle_main',
        tracking_ref: 'release/2026',
        subdir: 'team/dags',
        submodules: true,
        prune_dotgit_folder: false,
        sparse_dirs: ['team', 'shared'],
        refresh_interval: 15,
        view_url_template: 'https://git.example.com/dags/{version}',
      },
    }]);
  });

  test('is fetched by whatever parses or runs DAGs, into a volume of its own', () => {
    const manifest = git();
    for (const component of ['dag-processor', 'task']) {
      expect(mount(main(manifest, component), '/opt/airflow/dag-bundles')).toEqual({ name: 'dag-bundles', mountPath: '/opt/airflow/dag-bundles' });
      expect(volume(pod(manifest, component), 'dag-bundles')).toEqual({ name: 'dag-bundles', emptyDir: { sizeLimit: '2Gi' } });
      expect(known(manifest, component)).toEqual(['AIRFLOW_CONN_DAG_BUNDLE_MAIN']);
    }
    for (const component of ['api-server', 'scheduler', 'triggerer', 'migration']) {
      expect(mount(main(manifest, component), '/opt/airflow/dag-bundles')).toBeUndefined();
    }
  });

  test.each([
    ['the LocalExecutor', Executor.local(), 'scheduler'],
    ['the CeleryExecutor', Executor.celery(), 'worker'],
  ])('is fetched where %s runs tasks', (_, executor, component) => {
    const manifest = synthAirflow({ executor, dags: DagSource.gitBundle({ repo: SSH, ref: 'main', credentials: GitCredentials.sshKeyForAnyHost(SecretKey.of('git', 'ssh-privatekey')) }) });
    expect(mount(main(manifest, component), '/opt/airflow/dag-bundles')).toEqual({ name: 'dag-bundles', mountPath: '/opt/airflow/dag-bundles' });
    expect(mount(main(manifest, component), '/etc/dag-bundles')).toEqual({ name: 'dag-bundle-credentials', mountPath: '/etc/dag-bundles', readOnly: true });
  });

  test('begins each start of a component without the copies that a killed container left', () => {
    const repair = 'rm -rf /opt/airflow/dag-bundles/dags/tracking_repo /opt/airflow/dag-bundles/dags/versions';
    const start = (executor: Executor, component: string) => main(synthAirflow({ executor, dags: DagSource.gitBundle({ repo: REPO, ref: 'main' }) }), component).args!.slice(0, 4);
    const waits = `${repair} && python -S /opt/cdk8s-airflow/wait_for_database.py && exec "$@"`;
    expect(start(Executor.kubernetes(), 'dag-processor')).toEqual(['bash', '-c', waits, '--']);
    expect(start(Executor.local(), 'scheduler')).toEqual(['bash', '-c', waits, '--']);
    expect(start(Executor.celery(), 'worker')).toEqual(['bash', '-c', waits, '--']);
    // A worker of Airflow 3 has no database, unless it keeps results there.
    const resultBackend = SecretKey.of('results', 'url');
    expect(start(Executor.celery({ resultBackend }), 'worker')).toEqual(['bash', '-c', `${repair} && exec "$@"`, '--']);
    // It fetches nothing.
    expect(start(Executor.kubernetes(), 'scheduler')).toEqual(AFTER_DATABASE);
    // A task pod never starts again.
    expect(main(git(), 'task').args).toBeUndefined();
  });

  test('has a volume of another size, and runs that go with the branch', () => {
    const manifest = synthAirflow({ dags: DagSource.gitBundle({ repo: REPO, ref: 'main', cloneSize: Size.gibibytes(9), versionedRuns: false }) });
    expect(volume(pod(manifest, 'task'), 'dag-bundles')!.emptyDir).toEqual({ sizeLimit: '9Gi' });
    expect(cfgText(manifest)).toContain('\ndisable_bundle_versioning = True\n');
  });

  test('gets a token by git, in no variable and no URL', () => {
    const manifest = git({ credentials: GitCredentials.token(SecretKey.of('git', 'password')) });
    expect(known(manifest, 'task')).toEqual(['AIRFLOW_CONN_DAG_BUNDLE_MAIN', 'GIT_CONFIG_COUNT', 'GIT_CONFIG_KEY_0', 'GIT_CONFIG_VALUE_0']);
    expect(env(main(manifest, 'task'), 'GIT_CONFIG_COUNT')!.value).toBe('1');
    expect(env(main(manifest, 'task'), 'GIT_CONFIG_KEY_0')!.value).toBe(`credential.${REPO}.helper`);
    expect(env(main(manifest, 'task'), 'GIT_CONFIG_VALUE_0')!.value).toContain('/etc/dag-bundles/main/password');
    expect(volume(pod(manifest, 'task'), 'dag-bundle-credentials')!.projected).toEqual({
      defaultMode: 0o440,
      sources: [{ secret: { name: 'git', items: [{ key: 'username', path: 'main/username' }, { key: 'password', path: 'main/password' }] } }],
    });
    expect(mount(main(manifest, 'task'), '/etc/dag-bundles')).toEqual({ name: 'dag-bundle-credentials', mountPath: '/etc/dag-bundles', readOnly: true });
    for (const component of ['api-server', 'scheduler', 'triggerer']) { expect(volume(pod(manifest, component), 'dag-bundle-credentials')).toBeUndefined(); }
  });

  test('gets a token for itself and for the whole host where it has submodules', () => {
    const task = main(git({ credentials: GitCredentials.token(SecretKey.of('git', 'password')), submodules: true }), 'task');
    expect(['GIT_CONFIG_COUNT', 'GIT_CONFIG_KEY_0', 'GIT_CONFIG_KEY_1'].map(name => env(task, name)!.value)).toEqual(
      ['2', `credential.${REPO}.helper`, 'credential.https://github.com.helper']);
  });

  test('gets an SSH key by files that its connection names where they are', () => {
    const manifest = git({ repo: SSH, credentials: GitCredentials.sshKey(SecretKey.of('git', 'ssh-privatekey'), { knownHosts: SecretKey.of('git', 'known_hosts') }) });
    const connection = (component: string) => JSON.parse(env(main(manifest, component), 'AIRFLOW_CONN_DAG_BUNDLE_MAIN')!.value!) as unknown;
    expect(connection('dag-processor')).toEqual({
      conn_type: 'git',
      host: SSH,
      extra: { key_file: '/etc/dag-bundles/main/ssh', strict_host_key_checking: 'yes', known_hosts_file: '/etc/dag-bundles/main/known_hosts' },
    });
    expect(connection('api-server')).toEqual({ conn_type: 'git', host: SSH });
    expect(connection('scheduler')).toEqual({ conn_type: 'git', host: SSH });
    expect(known(manifest, 'triggerer')).toEqual([]);
  });

  test('by ssh needs a user with a name', () => {
    const dags = DagSource.gitBundle({ repo: SSH, ref: 'main', credentials: GitCredentials.sshKeyForAnyHost(SecretKey.of('git', 'ssh-privatekey')) });
    expect(building({ dags, pods: { securityContext: { userFromNamespace: true } } })).toThrow(/'dags' by ssh needs a user with a name/);
    expect(building({ dags, pods: { securityContext: { user: 1000 } } })).toThrow(new Error("test/airflow/task-pods/default: 'dags' by ssh needs the user 50000, "
      + "who alone has a name in the official image, got 'pods.securityContext.user' 1000; reach the repository by https"));
    expect(building({ dags, dagProcessor: { securityContext: { user: 1000 } } })).toThrow(new Error("test/airflow/dag-processor: 'dags' by ssh needs the user 50000, "
      + "who alone has a name in the official image, got 'securityContext.user' 1000; reach the repository by https"));
    expect(building({ dags, apiServer: { securityContext: { user: 1000 } } })).not.toThrow();
    const connected = DagSource.gitBundle({ repo: SSH, ref: 'main', connection: AirflowConnection.fromId('git') });
    expect(building({ dags: connected, pods: { securityContext: { user: 1000 } } })).toThrow(/'dags' by ssh needs the user 50000/);
  });

  test('takes a connection from a Secret, where files are fetched', () => {
    const connection = AirflowConnection.fromSecret(SecretKey.of('connections', 'git'));
    const manifest = git({ repo: undefined, connection });
    expect(bundleListOf(manifest)[0].kwargs).toEqual({ git_conn_id: 'dag_bundle_main', tracking_ref: 'main' });
    expect(env(main(manifest, 'task'), 'AIRFLOW_CONN_DAG_BUNDLE_MAIN')).toEqual({
      name: 'AIRFLOW_CONN_DAG_BUNDLE_MAIN', valueFrom: { secretKeyRef: { name: 'connections', key: 'git' } },
    });
    expect(env(main(manifest, 'scheduler'), 'AIRFLOW_CONN_DAG_BUNDLE_MAIN')!.value).toBe('{"conn_type":"git"}');
    const usual = git({ connection: AirflowConnection.fromSecret(SecretKey.of('connections', 'connection')) });
    expect(env(main(usual, 'task'), 'AIRFLOW_CONN_DAG_BUNDLE_MAIN')!.valueFrom!.secretKeyRef).toEqual({ name: 'connections', key: 'connection' });
    expect(bundleListOf(usual)[0].kwargs.repo_url).toBe(REPO);
  });

  test('takes a connection that Airflow has', () => {
    const manifest = git({ repo: SSH, connection: AirflowConnection.fromId('git_default') });
    expect(bundleListOf(manifest)[0].kwargs).toEqual({ git_conn_id: 'git_default', repo_url: SSH, tracking_ref: 'main' });
    expect(known(manifest, 'task')).toEqual([]);
  });

  test.each([
    [{ repo: undefined }, "'dags.main.repo' must be set, got none; only a 'connection' can say it instead"],
    [{ repo: 'github.com/acme' },
      "'dags.main.repo' must be like https://host/path, git://host/path, ssh://user@host/path or user@host:path, got 'github.com/acme'"],
    [{ repo: 'https://me:secret@host/dags' }, "'dags.main.repo' must not hold a user, password or token, got a URL with one; use 'credentials'"],
    [{ repo: 'git+https://me:secret@host/dags' }, "'dags.main.repo' must not hold a user, password or token, got a URL with one; use 'credentials'"],
    [{ repo: 'me:secret@host/dags' }, "'dags.main.repo' must not hold a user, password or token, got a URL with one; use 'credentials'"],
    [{ repo: 'https://me:secret@host/dags', connection: AirflowConnection.fromId('x') },
      "'dags.main.repo' must not hold a user, password or token, got a URL with one; use 'credentials'"],
    [{ repo: 'ssh://git:hunter2@host/dags', connection: AirflowConnection.fromId('x') },
      "'dags.main.repo' must not hold a user, password or token, got a URL with one; use 'credentials'"],
    [{ repo: 'x y', connection: AirflowConnection.fromId('x') },
      "'dags.main.repo' must be like https://host/path, git://host/path, ssh://user@host/path or user@host:path, got 'x y'"],
    [{ repo: SSH }, `'credentials' are needed for '${SSH}', which is reached by ssh; use GitCredentials.sshKey`],
    [{ repo: SSH, credentials: GitCredentials.token(SecretKey.of('git', 'password')) },
      `'credentials' are for https or http, but the repo '${SSH}' is reached by ssh; change one of them`],
    [{ ref: 'a b' }, "'dags.main.ref' must be a branch, a tag or a commit by the rules of git check-ref-format, got 'a b'"],
    [{ subPath: '/dags' }, "'dags.main.subPath' must be a relative path without '..', got '/dags'; leave it out for the root"],
    [{ sparseFolders: ['../x'] }, "'dags.main.sparseFolders' must be a relative path without '..', got '../x'; leave it out for the root"],
    [{ sparseFolders: [] }, "'dags.main.sparseFolders' must have at least one folder, got none; leave it out for all"],
    [{ refreshInterval: Duration.millis(1500) }, "'dags.main.refreshInterval' must be a whole number of seconds of at least 1, got 1.5"],
    [{ refreshInterval: Duration.seconds(0) }, "'dags.main.refreshInterval' must be a whole number of seconds of at least 1, got 0"],
    [{ viewUrlTemplate: 'javascript:x' }, "'dags.main.viewUrlTemplate' must be like https://host/path/{version}, without a login, got 'javascript:x'"],
    [{ connection: AirflowConnection.fromId('x'), credentials: GitCredentials.token(SecretKey.of('git', 'password')) },
      "'dags.main.connection' and 'dags.main.credentials' both say how Airflow logs in; leave one of them out"],
  ])('fails with %#', (options: Partial<GitBundleOptions>, message) => {
    expect(() => git(options)).toThrow(new Error(`test/airflow: ${message}`));
  });

  test.each([
    [{ submodules: true }, V3_0, 'submodules', '3.1', '3.0.6'],
    [{ keepGitFolder: true }, V3_0, 'keepGitFolder', '3.1', '3.0.6'],
    [{ viewUrlTemplate: 'https://host/{version}' }, V3_0, 'viewUrlTemplate', '3.1', '3.0.6'],
    [{ sparseFolders: ['a'] }, V3_1, 'sparseFolders', '3.2', '3.1.8'],
  ])('fails with %j in a version that lacks it', (options, version, option, from, release) => {
    expect(() => git(options, version)).toThrow(
      new Error(`test/airflow: 'dags.main.${option}' exists from Airflow ${from} on, but the version is ${release}; leave it out`));
  });

  test('fails in 3.0 with a repo beside a connection', () => {
    expect(() => git({ connection: AirflowConnection.fromId('x') }, V3_0)).toThrow(new Error("test/airflow: 'dags.main.repo' must be left out beside a "
      + "'connection' in Airflow 3.0, which then ignores its password; make it the host of the connection"));
    expect(bundleListOf(git({ repo: undefined, connection: AirflowConnection.fromId('x') }, V3_0))[0].kwargs.git_conn_id).toBe('x');
  });

  test.each([V3_0, V3_1, V3_2])('is there in $series', version => {
    expect(bundleListOf(git({ credentials: GitCredentials.token(SecretKey.of('git', 'password')) }, version))[0].name).toBe('main');
  });
});

describe('several bundles', () => {
  test('are listed in their order, each with what it needs', () => {
    const manifest = bundled([
      DagBundle.git('team-a', { repo: REPO, ref: 'main', submodules: true, credentials: GitCredentials.token(SecretKey.of('a', 'password'), { username: 'x' }) }),
      DagBundle.git('Team.B', { repo: 'https://github.com/acme/b.git', ref: 'v1', credentials: GitCredentials.token(SecretKey.of('b', 'password'), { username: 'x' }) }),
      DagBundle.s3('artifacts', { bucket: 'acme-dags', prefix: 'airflow/dags', refreshInterval: Duration.minutes(2) }),
      DagBundle.gcs('more', { bucket: 'acme_dags' }),
      DagBundle.local('image', '/opt/airflow/dags'),
      DagBundle.custom('own', { classPath: 'acme.bundles.Artifact', kwargs: { repository: 'dags', depth: 2 } }),
      DagBundle.custom('bare', { classPath: 'acme.bundles.Artifact' }),
    ]);
    expect(bundleListOf(manifest)).toEqual([
      { name: 'team-a', classpath: GIT, kwargs: { git_conn_id: 'dag_bundle_team_a', tracking_ref: 'main', submodules: true } },
      { name: 'Team.B', classpath: GIT, kwargs: { git_conn_id: 'dag_bundle_team_b', tracking_ref: 'v1' } },
      {
        name: 'artifacts',
        classpath: 'airflow.providers.amazon.aws.bundles.s3.S3DagBundle',
        kwargs: { aws_conn_id: 'dag_bundle_artifacts', bucket_name: 'acme-dags', prefix: 'airflow/dags', refresh_interval: 120 },
      },
      { name: 'more', classpath: 'airflow.providers.google.cloud.bundles.gcs.GCSDagBundle', kwargs: { gcp_conn_id: 'dag_bundle_more', bucket_name: 'acme_dags' } },
      { name: 'image', classpath: 'airflow.dag_processing.bundles.local.LocalDagBundle', kwargs: { path: '/opt/airflow/dags' } },
      { name: 'own', classpath: 'acme.bundles.Artifact', kwargs: { repository: 'dags', depth: 2 } },
      { name: 'bare', classpath: 'acme.bundles.Artifact', kwargs: {} },
    ]);
    const container = main(manifest, 'dag-processor');
    expect(env(container, 'AIRFLOW_CONN_DAG_BUNDLE_ARTIFACTS')!.value).toBe('{"conn_type":"aws"}');
    expect(env(container, 'AIRFLOW_CONN_DAG_BUNDLE_MORE')!.value).toBe('{"conn_type":"google_cloud_platform"}');
    expect(known(manifest, 'api-server')).toEqual(['ARTIFACTS', 'MORE', 'TEAM_A', 'TEAM_B'].map(name => `AIRFLOW_CONN_DAG_BUNDLE_${name}`));
    // That of one repository is asked before that of a whole host.
    expect(['GIT_CONFIG_COUNT', 'GIT_CONFIG_KEY_0', 'GIT_CONFIG_KEY_1', 'GIT_CONFIG_KEY_2'].map(name => env(container, name)!.value)).toEqual(
      ['3', `credential.${REPO}.helper`, 'credential.https://github.com/acme/b.git.helper', 'credential.https://github.com.helper']);
    expect(volume(pod(manifest, 'task'), 'dag-bundle-credentials')!.projected!.sources.map(({ secret }) => secret!.name)).toEqual(['a', 'b']);
  });

  test('of one host and with submodules have one token', () => {
    const token = (secret: string, key = 'password') => GitCredentials.token(SecretKey.of(secret, key));
    const pair = (a: GitCredentials, b: GitCredentials, options = { submodules: true }) => ['a', 'b'].map(
      (name, index) => DagBundle.git(name, { repo: options.submodules ? `https://github.com/acme/${name}.git` : REPO, ref: 'main', credentials: [a, b][index], ...options }));
    const conflict = (url: string) => new Error("test/airflow: 'dags.a.credentials' and 'dags.b.credentials' must be the same, "
      + `since git takes one of them for all of '${url}'; use the same keys of one Secret`);
    expect(() => bundled(pair(token('a'), token('b')))).toThrow(conflict('https://github.com'));
    expect(() => bundled(pair(token('a', 'x'), token('a', 'y')))).toThrow(conflict('https://github.com'));
    expect(() => bundled(pair(token('a'), token('b'), { submodules: false }))).toThrow(conflict(REPO));
    expect(env(main(bundled(pair(token('a'), token('a'))), 'task'), 'GIT_CONFIG_COUNT')!.value).toBe('4');
  });

  test('in buckets take connections', () => {
    const connection = AirflowConnection.fromSecret(SecretKey.of('aws', 'connection'));
    const manifest = bundled([DagBundle.s3('a', { bucket: 'acme', connection }), DagBundle.gcs('b', { bucket: 'acme', connection: AirflowConnection.fromId('gcp') })]);
    expect(env(main(manifest, 'task'), 'AIRFLOW_CONN_DAG_BUNDLE_A')!.valueFrom!.secretKeyRef).toEqual({ name: 'aws', key: 'connection' });
    expect(env(main(manifest, 'scheduler'), 'AIRFLOW_CONN_DAG_BUNDLE_A')!.value).toBe('{"conn_type":"aws"}');
    expect(bundleListOf(manifest)[1].kwargs.gcp_conn_id).toBe('gcp');
  });

  test('leave the percent sign to airflow.cfg', () => {
    const manifest = git({ viewUrlTemplate: 'https://host/a%20b/{version}' });
    expect(cfgText(manifest)).toContain('a%%20b');
    expect(bundleListOf(manifest)[0].kwargs.view_url_template).toBe('https://host/a%20b/{version}');
  });

  test.each([
    [[], "'dags' must have at least one bundle, got none"],
    [['a', 'a'], "'dags' must have bundles whose names differ in their letters and digits, got 'a' and 'a'; rename one of them"],
    [['a-b', 'A_b'], "'dags' must have bundles whose names differ in their letters and digits, got 'a-b' and 'A_b'; rename one of them"],
    [['a/b'], "'dags' must have bundles whose names are letters, digits and '_.-', at most 200 and not 'example_dags', got 'a/b'"],
    [[''], "'dags' must have bundles whose names are letters, digits and '_.-', at most 200 and not 'example_dags', got ''"],
    [['example_dags'], "'dags' must have bundles whose names are letters, digits and '_.-', at most 200 and not 'example_dags', got 'example_dags'"],
  ])('fail with the names %j', (names, message) => {
    expect(() => bundled(names.map(name => DagBundle.local(name, '/dags')))).toThrow(new Error(`test/airflow: ${message}`));
  });

  test.each([
    [DagBundle.local('x', 'dags'), "'dags.x.path' must be an absolute path without '..' and ':', got 'dags'"],
    [DagBundle.s3('x', { bucket: 's3://acme' }), "'dags.x.bucket' must be the name of a bucket, of 3 to 63 lowercase letters, digits, dots, dashes and _, got 's3://acme'"],
    [DagBundle.s3('x', { bucket: 'Acme' }), "'dags.x.bucket' must be the name of a bucket, of 3 to 63 lowercase letters, digits, dots, dashes and _, got 'Acme'"],
    [DagBundle.gcs('x', { bucket: 'gs://a' }), "'dags.x.bucket' must be the name of a bucket, of at least 3 lowercase letters, digits, dots, dashes and _, got 'gs://a'"],
    [DagBundle.s3('x', { bucket: 'acme', prefix: '/dags' }), "'dags.x.prefix' must be a relative path without '..', got '/dags'; leave it out for the root"],
    [DagBundle.custom('x', { classPath: 'Bundle' }), "'dags.x.classPath' must be like acme.bundles.ArtifactBundle, got 'Bundle'"],
    ...[{ token: SecretKey.of('a', 'b') }, { at: [new Date(0)] }, { run: () => 1 }, { most: NaN }, { none: undefined }].map((kwargs): [DagBundle, string] => [
      DagBundle.custom('x', { classPath: 'a.B', kwargs }),
      "'dags.x.kwargs' must be texts, numbers, booleans, lists and maps of these, which is what JSON can write; correct the others",
    ]),
    [DagBundle.custom('x', { classPath: 'a.B', kwargs: { name: 1 } }), "'dags.x.kwargs' cannot have 'name', which the other options say; leave it out"],
  ])('fail with %#', (bundle, message) => {
    expect(failing(bundle)).toThrow(new Error(`test/airflow: ${message}`));
  });

  test('fail with Google Cloud Storage in 3.0', () => {
    expect(failing(DagBundle.gcs('x', { bucket: 'acme' }), V3_0)).toThrow(
      new Error("test/airflow: 'dags.x' in Google Cloud Storage exists from Airflow 3.1 on, but the version is 3.0.6; use another bundle"));
  });

  test('fail in Airflow 2', () => {
    expect(building({ version: V2_11, dags: DagSource.gitBundle({ repo: REPO, ref: 'main' }) })).toThrow(
      new Error("test/airflow: 'dags' of bundles exist in Airflow 3, but the version is 2.11.2; use DagSource.gitSync or DagSource.multiple"));
  });

  test('fail with a volume that holds nothing', () => {
    expect(() => bundled([DagBundle.local('x', '/dags')], { cloneSize: Size.kibibytes(1023) })).toThrow(new Error("test/airflow: 'dags.cloneSize' must be at least 1Mi, got 1023Ki"));
  });

  test('are decided by one prop', () => {
    const dags = DagSource.gitBundle({ repo: REPO, ref: 'main' });
    expect(building({ dags, config: { dag_processor: { dag_bundle_config_list: '[]' } } })).toThrow(/'config.dag_processor.dag_bundle_config_list' cannot be set.*'dags' decides it/);
    const later = synthAirflow({ dags, config: { dag_processor: { refresh_interval: '20' } } });
    expect(cfgText(later)).toContain('\nrefresh_interval = 20\n');
  });

  test('do not share the settings of git with other variables', () => {
    const own = { GIT_CONFIG_COUNT: kplus.EnvValue.fromValue('0') };
    expect(building({ dags: DagSource.gitBundle({ repo: REPO, ref: 'main', credentials: GitCredentials.token(SecretKey.of('git', 'password')) }), pods: { env: own } }))
      .toThrow(/sets 'GIT_CONFIG_COUNT' twice/);
  });
});
