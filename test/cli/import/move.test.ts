import { cluster, commandsOf, imported, MANIFEST, named, titlesOf, VALUES } from './fake-release';

describe('the import of a release', () => {
  const { asked, run } = cluster();
  const { program, report } = imported(run);

  test('only reads, and asks for no value of a Secret but for what Helm stores', () => {
    expect(asked.map(command => command.split(' ')[0])).toEqual(asked.map(() => 'get'));
    expect(asked.filter(command => command.includes('get secret') && !command.includes('owner=helm') && !command.includes('go-template='))).toEqual([]);
  });

  test('keeps the keys, the database, the claim and the account that a cloud trusts', () => {
    expect(program).toContain("fernetKey: { current: SecretKey.of('airflow-kept-fernet-key', 'fernet-key') }");
    expect(program).toContain("jwtSecret: SecretKey.of('airflow-kept-jwt-secret', 'jwt-secret')");
    expect(program).toContain("database: Database.fromSecret(SecretKey.of('airflow-kept-metadata', 'connection'))");
    expect(program).toContain("PersistentVolumeClaim.fromClaimName(app, 'airflow-logs-claim', 'airflow-logs')");
    expect(program).toContain("name: 'airflow-worker'");
  });

  test('has a name that no object of the release has', () => {
    expect(program).toContain("name: 'airflow-v2'");
  });

  test('queues a task again when the token of the release has ended', () => {
    expect(program).toContain("config: { scheduler: { task_queued_timeout: '600' } }");
    expect(report).toContain("The token of a queued task lives for the release's `[scheduler] task_queued_timeout`. The program has the same value");
  });

  test('serves running tasks by a server that takes the name of the old Service', () => {
    expect(program).toContain('executionApi: {}');
    expect(report).toContain('patch service airflow-api-server --patch');
    expect(report).toContain('"app.kubernetes.io/component":"execution-api"');
  });

  test('leaves the users alone, whose passwords only the database knows', () => {
    expect(program).toContain('auth: Auth.fab({ createAdmin: false })');
  });

  test('writes no password', () => {
    expect(program + report).not.toContain('never-written');
  });

  test('has a plan of numbered steps, each with the way back, and an answer for each of the 18 hazards', () => {
    const plan = report.slice(report.indexOf('## Plan of the move'));
    expect(plan.match(/^### \d+\. .*$/gm)).toEqual([
      '### 1. Save', '### 2. Copy the keys', '### 3. Try the program', '### 4. Pause who installs the release',
      '### 5. Stop the scheduler of the release', '### 6. Start the new instance', '### 7. Check', '### 8. Let the tasks of the release end',
      '### 9. Let Helm forget the release', '### 10. Delete the rest of the release',
    ]);
    expect(plan.match(/^Back: /gm)).toHaveLength(10);
    expect(plan.slice(plan.indexOf('| hazard |')).trim().split('\n')).toHaveLength(2 + 18);
    expect(plan).not.toMatch(/undefined|NaN/);
  });

  test('gives Helm its Secrets back by a command that takes large ones', () => {
    expect(commandsOf(report, 'Let Helm forget the release', 'back')).toEqual(['kubectl --namespace airflow create --filename airflow-helm.yaml']);
  });

  test('deletes neither the claim nor the account that are kept', () => {
    const last = report.slice(report.indexOf('### 10.'), report.indexOf('### What can go wrong'));
    expect(last).toContain('delete serviceaccount --ignore-not-found airflow-scheduler\n');
    expect(last).not.toMatch(/delete persistentvolumeclaim|delete .*airflow-worker/);
    expect(last).not.toContain('kept-');
  });
});

describe('the bundled Postgres', () => {
  const { report, program } = imported(cluster({ values: { executor: 'KubernetesExecutor' } }).run, '--accept');

  test('is dumped when all tasks have ended, and restored into one that is there already', () => {
    expect(titlesOf(report)).toEqual([
      'Save', 'Copy the keys', 'Try the program', 'Pause who installs the release', 'Start the new database', 'Stop the scheduler of the release',
      'Let the tasks of the release end', 'Move the database', 'Start the new instance', 'Check', 'Let Helm forget the release',
      'Delete the rest of the release',
    ]);
    const [stop, gone, dump, restore] = commandsOf(report, 'Move the database');
    expect(stop).toBe('kubectl --namespace airflow scale --replicas=0 deployment/airflow-api-server');
    expect(gone).toContain('wait --for=delete pod');
    expect(dump).toContain('pg_dump --username postgres --format custom postgres');
    expect(restore).toContain('exec --stdin statefulset/airflow-v2-postgres -- sh -c \'pg_restore');
  });

  test('needs no execution API for running tasks, since none runs', () => {
    expect(program).not.toMatch(/executionApi|task_queued_timeout/);
    expect(commandsOf(report, 'Start the new instance').join()).not.toContain('patch');
  });
});

test('the workers of Celery end by themselves, after the Redis of the chart is empty', () => {
  const manifest = [MANIFEST, named('StatefulSet', 'airflow-worker', 'airflow-redis')].join('---\n');
  const { program, report } = imported(cluster({ values: { ...VALUES, executor: 'CeleryExecutor' }, manifest }).run);
  const [empty, orphan, end] = commandsOf(report, 'Let the tasks of the release end');
  expect(program).toContain("scheduler: { task_queued_timeout: '600' }");
  expect(empty).toBe('until left=$(kubectl --namespace airflow exec statefulset/airflow-redis -- sh -c \'set -e; '
    + 'keys=$(redis-cli --no-auth-warning -a "$REDIS_PASSWORD" --scan); echo "$keys" | grep -v -e "^$" -e _kombu -e pidbox -e unacked_ '
    + '|| true\') && [ -z "$left" ]; do sleep 5; done');
  expect(orphan).toBe('kubectl --namespace airflow delete statefulset/airflow-worker --cascade=orphan');
  expect(end).toBe("kubectl --namespace airflow delete replicaset,pod --selector 'release=airflow,component=worker' --cascade=orphan --grace-period=86400");
});

test('what the values add beside Airflow is in both, and is neither deleted nor made anew', () => {
  const extras = { extraSecrets: { extra: { stringData: { key: 'never-written' } } }, extraConfigMaps: { plain: { data: { a: 'b' } } }, quotas: { pods: 9 } };
  const manifest = [MANIFEST, named('Secret', 'extra'), named('ConfigMap', 'plain'), named('ResourceQuota', 'airflow-resource-quota')].join('---\n');
  const { report } = imported(cluster({ values: { ...VALUES, ...extras }, manifest }).run, '--accept');
  const deleted = commandsOf(report, 'Delete the rest of the release').join('\n');
  expect(deleted).toContain('delete configmap --ignore-not-found airflow-config\n');
  expect(deleted).toContain('delete secret --ignore-not-found airflow-metadata airflow-jwt-secret airflow-api-secret-key airflow-fernet-key\n');
  expect(commandsOf(report, 'Start the new instance', 'back').pop()).toBe('kubectl --namespace airflow get --filename dist/airflow.k8s.yaml '
    + '--ignore-not-found --output name | grep -vx -e serviceaccount/airflow-worker -e secret/extra -e configmap/plain '
    + '-e resourcequota/airflow-resource-quota | xargs kubectl --namespace airflow delete');
});

test('fails when the name has objects of the release', () => {
  expect(() => imported(cluster().run, '--name', 'airflow'))
    .toThrow(/^the program has objects of the release 'airflow': .*'airflow-scheduler'.*; choose another '--name'$/);
});
