import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { run } from './process';

/** The name of the release in the tests. */
export const RELEASE = 'airflow';

/** What the release runs. */
export interface OfficialValues {
  readonly version: string;
  readonly executor: string;
  /** Whether the chart runs the database; otherwise its server is a Service of that name. */
  readonly database?: string;
}

/** Installs the official chart of the environment variable CHART by the helm of HELM. Neither is downloaded. */
export async function installOfficialChart(namespace: string, values: OfficialValues): Promise<void> {
  const file = join(mkdtempSync(join(tmpdir(), 'cdk8s-airflow-helm-')), 'values.yaml');
  writeFileSync(file, stringify(valuesOf(values)));
  await helm(['install', RELEASE, given('CHART', 'the archive of the official chart, for example airflow-1.22.0.tgz'),
    '--namespace', namespace, '--values', file]);
}

export async function helm(args: string[]): Promise<string> {
  return (await run(helmProgram(), args)).stdout;
}

/** The program, which the commands of a plan expect in the path. */
export function helmProgram(): string {
  return given('HELM', 'the program helm, version 3');
}

function given(variable: string, what: string): string {
  const path = process.env[variable];
  if (path === undefined || !existsSync(path)) {
    throw new Error(`the environment variable ${variable} must be the path of ${what}; got ${path ?? 'nothing'}`);
  }
  return path;
}

const SMALL = { resources: { requests: { cpu: '25m', memory: '128Mi' } } };

function valuesOf({ version, executor, database }: OfficialValues): object {
  const celery = executor.includes('Celery');
  // The chart's own image is gone from the registry; an image that takes the same variables has another user.
  const bundled = {
    image: { repository: 'postgres', tag: '17' },
    primary: {
      resources: { requests: { cpu: '50m', memory: '128Mi' } },
      podSecurityContext: { fsGroup: 999 },
      containerSecurityContext: { runAsUser: 999 },
    },
  };
  return {
    airflowVersion: version,
    defaultAirflowTag: version,
    executor,
    ...database === undefined ? { postgresql: bundled } : {
      postgresql: { enabled: false },
      data: { metadataConnection: { user: 'airflow', pass: 'airflow', host: database, db: 'airflow' } },
    },
    // Helm would wait for them before they can be scheduled.
    migrateDatabaseJob: { useHelmHooks: false },
    createUserJob: { useHelmHooks: false },
    logs: { persistence: { enabled: true, size: '1Gi' } },
    dags: { persistence: { enabled: true, size: '1Gi', accessMode: 'ReadWriteMany' } },
    statsd: { enabled: false },
    triggerer: { enabled: false },
    scheduler: SMALL,
    apiServer: { ...SMALL, resources: { requests: { cpu: '50m', memory: '256Mi' } } },
    dagProcessor: SMALL,
    workers: celery
      ? { resources: { requests: { cpu: '100m', memory: '512Mi' } }, persistence: { enabled: false } }
      : SMALL,
    config: { core: { parallelism: 64 }, ...celery ? { celery: { worker_concurrency: 20 } } : {} },
  };
}
