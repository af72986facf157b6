import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AirflowApi } from './airflow-api';
import { DagDelivery, dagFile } from './dag-delivery';
import type { Example } from './examples';
import { GitServer } from './git-server';
import { KubeObject, secret } from './kubectl';
import { Manifest } from './manifest';
import { S3Server } from './s3-server';
import { createWith, startServer } from './server-pod';
import { ROOT } from '../markdown';

const BUCKET = 'your-bucket';
// Airflow masks it in all logs, so it is no word of them.
const PASSWORD = 'stand-in';
const DATABASE = 'airflow-e2e-database';

/** What production has elsewhere, inside the cluster: git by ssh, S3, a secrets backend, and a Postgres. */
class Elsewhere implements DagDelivery {
  public readonly namespaces = ['airflow-e2e-git', 'airflow-e2e-s3', DATABASE];
  private readonly git = new GitServer('airflow-e2e-git', true);
  private readonly s3 = new S3Server('airflow-e2e-s3');
  private secrets: KubeObject[] = [];

  constructor(private readonly version: string) {}

  public async prepare(): Promise<{ readonly [name: string]: string }> {
    const { git, s3, version } = this;
    await Promise.all([git.start(), s3.start(BUCKET), startPostgres()]);
    await git.commit('dags/e2e.py', readFileSync(dagFile('e2e.py'), 'utf8'));
    await git.commit('dags/pod_customization.py', readFileSync(join(ROOT, 'examples', 'production', 'dags', 'pod_customization.py'), 'utf8'));
    this.secrets = [
      secret('airflow-metadata-secret', { connection: `postgresql://airflow:${PASSWORD}@postgres.${DATABASE}.svc:5432/airflow` }),
      secret('airflow-gitsync-ssh-key', { gitSshKey: await git.key('user'), known_hosts: await git.key('known_hosts') }),
      // In the place of the identity, which no cloud looks at here.
      secret('airflow-connections', { AWS_ACCESS_KEY_ID: PASSWORD, AWS_SECRET_ACCESS_KEY: PASSWORD, AIRFLOW_CONN_AWS_DEFAULT: 'aws:///?region_name=us-east-1' }),
    ];
    return { AIRFLOW_VERSION: version, DAGS_REPO: git.sshUrl(), S3_URL: s3.url };
  }

  /** On one node that has little CPU and no labels. */
  public patch(manifest: Manifest): void {
    manifest.add(this.secrets);
    manifest.changePods(({ spec }) => {
      delete spec.nodeSelector;
      for (const { resources } of [...spec.initContainers ?? [], ...spec.containers]) { resources.requests.cpu = '10m'; }
    });
  }

  public async push(api: AirflowApi): Promise<number> {
    return this.git.push(api, 'dags');
  }

  /** The logs are in the bucket. */
  public async check(api: AirflowApi): Promise<void> {
    await api.waitForDag('pod_customization', 60);
    const keys = await this.s3.keys(BUCKET);
    const tasks = new Set(keys.map(key => /^airflow-logs\/dag_id=e2e\/run_id=e2e\/task_id=(\w+)\//.exec(key)?.[1]));
    assert.deepEqual([...tasks].sort(), ['deferred', 'numbers', 'square', 'total', 'waits', 'writes']);
    console.log(`  ${keys.length} logs are in S3`);
  }
}

export function production(version: string): Example {
  const dags = new Elsewhere(version);
  return {
    name: 'production', variant: version, version, taskPods: true, keepsLogs: true, dags, more: api => dags.check(api),
  };
}

async function startPostgres(): Promise<void> {
  await createWith(DATABASE);
  await startServer({
    namespace: DATABASE,
    name: 'postgres',
    image: 'postgres:17',
    user: 999,
    env: { POSTGRES_USER: 'airflow', POSTGRES_DB: 'airflow', POSTGRES_PASSWORD: PASSWORD, PGDATA: '/srv/data' },
    ports: { postgres: 5432 },
    folder: '/srv',
  });
}
