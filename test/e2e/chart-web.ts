import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { apply, kubectl } from './kubectl';
import { officialChart } from './official-release';
import { run } from './process';
import { startServer } from './server-pod';

const VERSION = '3.3.2';
const SMALL = { requests: { cpu: '10m' } };
const PASSWORD = 'admin';

/** Airflow by the official chart of `HELM_CHART`, as `programs/web.ts` makes a busy one: the same sizes, the same DAG, everything else by default. */
export class ChartWeb {
  public static readonly password = PASSWORD;

  /** Deploys it without waiting for it. */
  public static async install(namespace: string, dag: string): Promise<void> {
    const chart = officialChart();
    await kubectl(['create', 'namespace', namespace]);
    await apply([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'dags', namespace }, data: { [`${dag}.py`]: dagText(dag) } }]);
    // The image of the chart's own Postgres is not on every node. The name is that for which the tests ask.
    await startServer({
      namespace,
      name: 'airflow-postgres-0',
      image: 'postgres:17',
      user: 999,
      env: { POSTGRES_USER: 'airflow', POSTGRES_PASSWORD: 'airflow', PGDATA: '/var/lib/postgresql/data/pgdata' },
      ports: { postgres: 5432 },
      folder: '/var/lib/postgresql/data',
    });
    await run('helm', ['install', 'airflow', chart, '--namespace', namespace, '--values', '-'], { input: JSON.stringify(values(`${dag}.py`)) });
  }

  /** Starts a run of a DAG by the command of Airflow, since each version of the chart has other users. */
  public static async trigger(namespace: string, dag: string): Promise<void> {
    await kubectl(['--namespace', namespace, 'exec', 'deployment/airflow-dag-processor', '--container', 'dag-processor', '--', 'airflow', 'dags', 'reserialize']);
    await kubectl(['--namespace', namespace, 'exec', 'deployment/airflow-dag-processor', '--container', 'dag-processor', '--', 'airflow', 'dags', 'trigger', dag]);
  }
}

function dagText(dag: string): string {
  return readFileSync(join(__dirname, 'dags', `${dag}.py`), 'utf8');
}

function values(dag: string): object {
  const dags = {
    extraVolumes: [{ name: 'dags', configMap: { name: 'dags' } }],
    // The file alone, since a whole ConfigMap has each twice: behind a link and where it leads.
    extraVolumeMounts: [{ name: 'dags', mountPath: `/opt/airflow/dags/${dag}`, subPath: dag }],
  };
  return {
    airflowVersion: VERSION,
    defaultAirflowTag: VERSION,
    executor: 'CeleryExecutor',
    // Without --wait, Helm would start hooks too late for the pods that wait for them.
    migrateDatabaseJob: { useHelmHooks: false },
    createUserJob: { useHelmHooks: false, defaultUser: { username: 'admin', password: PASSWORD } },
    // With half a CPU on a busy node, it does not start within the minute that the chart grants.
    apiServer: { resources: { ...SMALL, limits: { cpu: '500m' } }, startupProbe: { failureThreshold: 60 } },
    scheduler: { resources: SMALL, ...dags },
    dagProcessor: { resources: SMALL, ...dags },
    workers: { replicas: 1, persistence: { enabled: false }, resources: SMALL, ...dags },
    triggerer: { enabled: false },
    statsd: { enabled: false },
    redis: { resources: SMALL, persistence: { enabled: false } },
    postgresql: { enabled: false },
    data: { metadataConnection: { user: 'airflow', pass: 'airflow', host: 'airflow-postgres-0', port: 5432, db: 'airflow' } },
    config: { core: { dags_are_paused_at_creation: 'False' }, celery: { worker_concurrency: 6 } },
  };
}
