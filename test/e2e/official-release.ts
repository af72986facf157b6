import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { run } from './process';

/** What the release runs. */
export interface OfficialValues {
  /** The name of the release. */
  readonly release: string;
  readonly version: string;
  readonly executor: string;
  /** Whether the chart runs the database; otherwise its server is a Service of that name. */
  readonly database?: string;
  /** For a namespace with policies, `restricted` Pod Security and names by the newer rule of the chart. */
  readonly locked?: boolean;
}

/** The official chart, a folder or an archive. Neither it nor helm is downloaded. */
export function officialChart(): string {
  const chart = process.env.HELM_CHART;
  if (chart === undefined || !existsSync(chart)) {
    throw new Error(`set HELM_CHART to the official chart, a folder or a .tgz, and have helm on the PATH; got ${chart ?? 'nothing'}`);
  }
  return chart;
}

/** Installs the official chart. */
export async function installOfficialChart(namespace: string, values: OfficialValues): Promise<void> {
  const file = join(mkdtempSync(join(tmpdir(), 'cdk8s-airflow-helm-')), 'values.yaml');
  writeFileSync(file, stringify(valuesOf(values)));
  await helm(['install', values.release, officialChart(), '--namespace', namespace, '--values', file]);
}

export async function helm(args: string[]): Promise<string> {
  return (await run('helm', args)).stdout;
}

const LOCKED = {
  useStandardNaming: true,
  networkPolicies: { enabled: true },
  securityContexts: {
    pod: { runAsUser: 50000, fsGroup: 0, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  },
};

const SMALL = { resources: { requests: { cpu: '25m', memory: '128Mi' } } };

function valuesOf({ version, executor, database, locked = false }: OfficialValues): object {
  const isAirflow2 = version.startsWith('2.');
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
    apiServer: {
      resources: { requests: { cpu: '50m', memory: '256Mi' } },
      // By default, the policies of the chart keep its own tasks away.
      ...locked ? { networkPolicy: { ingress: { from: [{ podSelector: {} }] } } } : {},
    },
    ...isAirflow2 ? { webserver: { ...SMALL, defaultUser: { enabled: true } } } : { dagProcessor: SMALL },
    workers: celery
      ? { resources: { requests: { cpu: '100m', memory: '512Mi' } }, persistence: { enabled: false } }
      : SMALL,
    config: {
      core: { parallelism: 64 },
      ...celery ? { celery: { worker_concurrency: 20 } } : {},
      // The tests log in by name and password.
      ...isAirflow2 ? { api: { auth_backends: 'airflow.providers.fab.auth_manager.api.auth.backend.basic_auth' } } : {},
    },
    ...locked ? LOCKED : {},
  };
}
