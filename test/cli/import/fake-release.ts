import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { gzipSync } from 'zlib';
import { runImport } from '../../../src/cli/import/import-command';
import { JsonObject } from '../../../src/cli/import/json';
import { UsageError } from '../../../src/cli/import/usage-error';

/** A manifest of objects that have no more than names. */
export const named = (kind: string, ...names: string[]) => names.map(name => `kind: ${kind}\nmetadata: {name: ${name}}\n`).join('---\n');

export const MANIFEST = [
  named('Deployment', 'airflow-scheduler', 'airflow-api-server', 'airflow-dag-processor'), named('StatefulSet', 'airflow-triggerer'),
  named('Service', 'airflow-api-server'), named('ConfigMap', 'airflow-config'), named('ServiceAccount', 'airflow-scheduler', 'airflow-worker'),
  named('Secret', 'airflow-metadata', 'airflow-jwt-secret', 'airflow-api-secret-key'), named('PersistentVolumeClaim', 'airflow-logs'), named('Ingress', 'airflow-ingress'),
].join('---\n');

/** A release with the KubernetesExecutor and a database of its own. */
export const VALUES: JsonObject = {
  executor: 'KubernetesExecutor',
  airflowVersion: '3.3.2',
  defaultAirflowTag: '3.3.2',
  postgresql: { enabled: false },
  data: { metadataConnection: { host: 'db', user: 'airflow', pass: 'never-written', db: 'airflow' } },
  logs: { persistence: { enabled: true } },
  ingress: { apiServer: { enabled: true, hosts: [{ name: 'airflow.example.com' }] } },
  workers: { serviceAccount: { annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/tasks' } } },
};

export const SECRETS: readonly string[] = ['airflow-fernet-key fernet-key', 'airflow-jwt-secret jwt-secret', 'airflow-api-secret-key api-secret-key', 'airflow-metadata connection', 'sh.helm.release.v1.airflow.v4 release'];

interface Fake {
  readonly values?: JsonObject;
  readonly chart?: JsonObject;
  readonly manifest?: string;
  readonly hooks?: JsonObject[];
  /** Objects by kind. An object with a namespace is in no other one. */
  readonly objects?: { readonly [kind: string]: JsonObject[] };
  readonly secrets?: readonly string[];
  /** The namespace in which Helm stores the release; nothing if it stores none. */
  readonly storage?: string | null;
  readonly status?: string;
}

/** A cluster with the release `airflow`; remembers the commands that it gets. */
export function cluster(fake: Fake = {}) {
  const { values = VALUES, chart = {}, manifest = MANIFEST, objects = {}, secrets = SECRETS, storage = 'airflow', status = 'deployed' } = fake;
  const asked: string[] = [];
  const hooks = fake.hooks ?? [{ kind: 'Secret', name: 'airflow-fernet-key', path: 'airflow/templates/secrets/fernetkey-secret.yaml' }];
  const release = { config: values, manifest, chart: { metadata: { name: 'airflow', version: '1.22.0' }, ...chart }, hooks };
  const packed = Buffer.from(gzipSync(JSON.stringify(release)).toString('base64')).toString('base64');
  const items: { [kind: string]: JsonObject[] } = {
    secret: storage === null ? [] : [{
      metadata: {
        name: 'sh.helm.release.v1.airflow.v4', namespace: storage, labels: { owner: 'helm', name: 'airflow', status, version: '4' },
      },
      data: { release: packed },
    }],
    persistentvolumeclaim: [{ metadata: { name: 'airflow-logs' }, spec: { accessModes: ['ReadWriteMany'] } }],
    serviceaccount: [{ metadata: { name: 'airflow-worker', annotations: { 'eks.amazonaws.com/role-arn': 'arn' } } }, { metadata: { name: 'default' } }],
    pod: [{ status: { phase: 'Running' } }, { status: { phase: 'Succeeded' } }],
    ...objects,
  };
  const run = (args: readonly string[]) => {
    asked.push(args.join(' '));
    const [, kind] = args;
    const namespace = args[args.indexOf('--namespace') + 1];
    if (kind === 'application.argoproj.io') {
      const [application] = items.application ?? [];
      if (application === undefined) { throw new UsageError('kubectl get application.argoproj.io failed'); }
      return JSON.stringify(application);
    }
    if (args.some(arg => arg.includes('.kind'))) {
      return [...manifest.matchAll(/kind: (\w+)\nmetadata: \{name: ([\w-]+)\}/g)].map(([, type, name]) => `${type} ${name}\n`).join('');
    }
    if (args.some(arg => arg.startsWith('go-template='))) { return `${secrets.join('\n')}\n`; }
    const here = (object: JsonObject) => [undefined, namespace].includes((object.metadata as JsonObject | undefined)?.namespace as string);
    return JSON.stringify({ items: (items[kind] ?? []).filter(here) });
  };
  return { asked, run };
}

/** Imports the release, and returns the program and the report. */
export function imported(run: (args: readonly string[]) => string, ...more: string[]) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'move-'));
  try {
    const [output, report] = [path.join(folder, 'main.ts'), path.join(folder, 'import.md')];
    const { status } = runImport(['--from-release', 'airflow', '--namespace', 'airflow', '--output', output, '--report', report, ...more], run);
    return { status, program: fs.readFileSync(output, 'utf8'), report: fs.readFileSync(report, 'utf8') };
  } finally { fs.rmSync(folder, { recursive: true }); }
}

export const titlesOf = (report: string) => [...report.matchAll(/^### \d+\. (.*)$/gm)].map(([, title]) => title);
/** The commands of a step, or those of its way back. */
export const commandsOf = (report: string, title: string, part: 'forward' | 'back' = 'forward') => {
  const step = report.split(/^### \d+\. /m).find(text => text.startsWith(`${title}\n`))!.split('### What can go wrong')[0];
  const [forward, back] = step.split(/^Back: /m);
  return (/^```sh\n(.*?)^```$/ms.exec(part === 'forward' ? forward : back)?.[1] ?? '').trim().split('\n');
};
