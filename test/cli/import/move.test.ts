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
function cluster(values: JsonObject = VALUES, chart = 'airflow', manifest = MANIFEST) {
  const asked: string[] = [];
  const release = { config: values, manifest, chart: { metadata: { name: chart, version: '1.22.0' } }, hooks: [{ kind: 'Secret', name: 'airflow-fernet-key' }] };
  const packed = Buffer.from(gzipSync(JSON.stringify(release)).toString('base64')).toString('base64');
  const items: { [kind: string]: JsonObject[] } = {
    secret: [{ metadata: { name: 'sh.helm.release.v1.airflow.v4', labels: { owner: 'helm', name: 'airflow', status: 'deployed', version: '4' } }, data: { release: packed } }],
    persistentvolumeclaim: [{ metadata: { name: 'airflow-logs' } }],
    serviceaccount: [{ metadata: { name: 'airflow-worker', annotations: { 'eks.amazonaws.com/role-arn': 'arn' } } }, { metadata: { name: 'default' } }],
    ingress: [{ metadata: { name: 'airflow-ingress', labels: { release: 'airflow' } }, spec: { rules: [{ host: 'airflow.example.com' }] } }],
    pod: [{ status: { phase: 'Running' } }, { status: { phase: 'Succeeded' } }],
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

  test('deletes neither the claim nor the account that are kept', () => {
    const last = report.slice(report.indexOf('### 9.'), report.indexOf('### What can go wrong'));
    expect(last).toContain('delete serviceaccount --ignore-not-found airflow-scheduler\n');
    expect(last).not.toMatch(/delete persistentvolumeclaim|delete .*airflow-worker/);
    expect(last).not.toContain('kept-');
  });
});

test('the bundled Postgres is dumped and restored', () => {
  const { report } = imported(cluster({ executor: 'KubernetesExecutor' }).run, '--accept');
  expect(report).toContain('### 3. Move the database');
  expect(report).toContain('pg_dump');
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
