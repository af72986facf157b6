import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { gzipSync } from 'zlib';
import { runImport } from '../../../src/cli/import/import-command';
import { JsonObject } from '../../../src/cli/import/json';
import { readRelease } from '../../../src/cli/import/read-release';

const named = (kind: string, ...names: string[]) => names.map(name => `kind: ${kind}\nmetadata: {name: ${name}}\n`).join('---\n');

const MANIFEST = [
  named('Deployment', 'airflow-scheduler', 'airflow-api-server', 'airflow-dag-processor'), named('StatefulSet', 'airflow-triggerer'),
  named('Service', 'airflow-api-server'), named('ConfigMap', 'airflow-config'), named('ServiceAccount', 'airflow-scheduler', 'airflow-worker'),
  named('Secret', 'airflow-metadata', 'airflow-jwt-secret', 'airflow-api-secret-key'), named('PersistentVolumeClaim', 'airflow-logs'), named('Ingress', 'airflow-ingress'),
].join('---\n');

const VALUES: JsonObject = {
  executor: 'KubernetesExecutor',
  airflowVersion: '3.3.2',
  defaultAirflowTag: '3.3.2',
  postgresql: { enabled: false },
  data: { metadataConnection: { host: 'db', user: 'airflow', pass: 'never-written', db: 'airflow' } },
  logs: { persistence: { enabled: true } },
  ingress: { apiServer: { enabled: true, hosts: [{ name: 'airflow.example.com' }] } },
  workers: { serviceAccount: { annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/tasks' } } },
};

const SECRETS = ['airflow-fernet-key fernet-key', 'airflow-jwt-secret jwt-secret', 'airflow-api-secret-key api-secret-key', 'airflow-metadata connection', 'sh.helm.release.v1.airflow.v4 release'];

/** A cluster with a release; remembers the commands that it gets. */
function cluster(values: JsonObject = VALUES, chart = 'airflow', manifest = MANIFEST, more: { [kind: string]: JsonObject[] } = {}) {
  const asked: string[] = [];
  const release = { config: values, manifest, chart: { metadata: { name: chart, version: '1.22.0' } }, hooks: [{ kind: 'Secret', name: 'airflow-fernet-key' }] };
  const packed = Buffer.from(gzipSync(JSON.stringify(release)).toString('base64')).toString('base64');
  const items: { [kind: string]: JsonObject[] } = {
    secret: [{ metadata: { name: 'sh.helm.release.v1.airflow.v4', labels: { owner: 'helm', name: 'airflow', status: 'deployed', version: '4' } }, data: { release: packed } }],
    persistentvolumeclaim: [{ metadata: { name: 'airflow-logs' } }],
    serviceaccount: [{ metadata: { name: 'airflow-worker', annotations: { 'eks.amazonaws.com/role-arn': 'arn' } } }, { metadata: { name: 'default' } }],
    ingress: [{ metadata: { name: 'airflow-ingress', labels: { release: 'airflow' } }, spec: { rules: [{ host: 'airflow.example.com' }] } }],
    pod: [{ status: { phase: 'Running' } }, { status: { phase: 'Succeeded' } }],
    ...more,
  };
  const run = (args: readonly string[]) => {
    asked.push(args.join(' '));
    if (args.some(arg => arg.startsWith('go-template='))) { return `${SECRETS.join('\n')}\n`; }
    return JSON.stringify({ items: items[args[1]] ?? [] });
  };
  return { asked, run };
}

function imported(run: (args: readonly string[]) => string, ...more: string[]) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'move-'));
  try {
    const [output, report] = [path.join(folder, 'main.ts'), path.join(folder, 'import.md')];
    const { status } = runImport(['--from-release', 'airflow', '--namespace', 'airflow', '--output', output, '--report', report, ...more], run);
    return { status, program: fs.readFileSync(output, 'utf8'), report: fs.readFileSync(report, 'utf8') };
  } finally { fs.rmSync(folder, { recursive: true }); }
}

const titlesOf = (report: string) => [...report.matchAll(/^### \d+\. (.*)$/gm)].map(([, title]) => title);
/** The commands of a step, or those of its way back. */
const commandsOf = (report: string, title: string, part: 'forward' | 'back' = 'forward') => {
  const step = report.split(/^### \d+\. /m).find(text => text.startsWith(`${title}\n`))!.split('### What can go wrong')[0];
  const [forward, back] = step.split(/^Back: /m);
  return (/^```sh\n(.*?)^```$/ms.exec(part === 'forward' ? forward : back)?.[1] ?? '').trim().split('\n');
};

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
      '### 1. Save', '### 2. Copy the keys', '### 3. Pause who installs the release', '### 4. Stop the scheduler of the release', '### 5. Start the new instance',
      '### 6. Check', '### 7. Let the tasks of the release end', '### 8. Let Helm forget the release', '### 9. Delete the rest of the release',
    ]);
    expect(plan.match(/^Back: /gm)).toHaveLength(9);
    expect(plan.slice(plan.indexOf('| hazard |')).trim().split('\n')).toHaveLength(2 + 18);
    expect(plan).not.toMatch(/undefined|NaN/);
  });

  test('gives Helm its Secrets back by a command that takes large ones', () => {
    expect(commandsOf(report, 'Let Helm forget the release', 'back')).toEqual(['kubectl --namespace airflow create --filename airflow-helm.yaml']);
  });

  test('deletes neither the claim nor the account that are kept', () => {
    const last = report.slice(report.indexOf('### 9.'), report.indexOf('### What can go wrong'));
    expect(last).toContain('delete serviceaccount --ignore-not-found airflow-scheduler\n');
    expect(last).not.toMatch(/delete persistentvolumeclaim|delete .*airflow-worker/);
    expect(last).not.toContain('kept-');
  });
});

describe('the bundled Postgres', () => {
  const { report, program } = imported(cluster({ executor: 'KubernetesExecutor' }).run, '--accept');

  test('is dumped when all tasks have ended, and restored into one that is there already', () => {
    expect(titlesOf(report)).toEqual([
      'Save', 'Copy the keys', 'Pause who installs the release', 'Start the new database', 'Stop the scheduler of the release',
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
    expect(program).not.toContain('executionApi');
    expect(commandsOf(report, 'Start the new instance').join()).not.toContain('patch');
  });
});

test('the workers of Celery end by themselves, after the Redis of the chart is empty', () => {
  const manifest = [MANIFEST, named('StatefulSet', 'airflow-worker', 'airflow-redis')].join('---\n');
  const { program, report } = imported(cluster({ ...VALUES, executor: 'CeleryExecutor' }, 'airflow', manifest).run);
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
  const { report } = imported(cluster({ ...VALUES, ...extras }, 'airflow', manifest).run, '--accept');
  const deleted = commandsOf(report, 'Delete the rest of the release').join('\n');
  expect(deleted).toContain('delete configmap --ignore-not-found airflow-config\n');
  expect(deleted).toContain('delete secret --ignore-not-found airflow-metadata airflow-jwt-secret airflow-api-secret-key airflow-fernet-key\n');
  expect(commandsOf(report, 'Start the new instance', 'back').pop()).toBe('kubectl --namespace airflow get --filename dist/airflow.k8s.yaml '
    + '--ignore-not-found --output name | grep -vx -e serviceaccount/airflow-worker -e secret/extra -e configmap/plain '
    + '-e resourcequota/airflow-resource-quota | xargs kubectl --namespace airflow delete');
});

test.each([
  [{ labels: { 'helm.toolkit.fluxcd.io/name': 'data', 'helm.toolkit.fluxcd.io/namespace': 'flux' } }, 'flux suspend helmrelease data --namespace flux',
    'flux resume helmrelease data --namespace flux'],
  [{ annotations: { 'argocd.argoproj.io/tracking-id': 'data:apps/Deployment:airflow/airflow-scheduler' } }, 'argocd app set argocd/data --sync-policy none',
    'argocd app set argocd/data --sync-policy automated'],
])('pauses who marks what it installs: %j', (metadata, pause, resume) => {
  const { report } = imported(cluster(VALUES, 'airflow', MANIFEST, { deployment: [{ metadata }] }).run);
  expect(commandsOf(report, 'Pause who installs the release')).toEqual([pause]);
  expect(commandsOf(report, 'Pause who installs the release', 'back')).toEqual([resume]);
});

test('fails when the name has objects of the release', () => {
  expect(() => imported(cluster().run, '--name', 'airflow'))
    .toThrow(/^the program has objects of the release 'airflow': .*'airflow-scheduler'.*; choose another '--name'$/);
});

test('fails for a release that is not there, and for one of another chart', () => {
  expect(() => readRelease('airflow', 'airflow', () => '{"items": []}'))
    .toThrow(new Error("the namespace 'airflow' has no release 'airflow' of Helm; see `helm list --namespace airflow`"));
  expect(() => readRelease('airflow', 'airflow', cluster(VALUES, 'superset').run)).toThrow(new Error("the release 'airflow' is of the chart 'superset', not of 'airflow'"));
});
