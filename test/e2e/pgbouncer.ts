import { AirflowApi, DagRun } from './airflow-api';
import { dagFile, MountedDags } from './dag-delivery';
import { explainFailure } from './diagnostics';
import { createNamespace, deleteNamespaces, kubectl, list, Pod, refuseExisting } from './kubectl';
import { logIn } from './log-in';
import { Manifest } from './manifest';
import { Pending, until } from './poll';
import { waitUntilReady } from './workloads';

const SETUPS = ['celery-3.3.2', 'celery-2.11.2', 'kubernetes-3.3.2', 'kubernetes-2.11.2'];
const READY_SECONDS = 900;
const RUN_SECONDS = 3600;
/** What a driver or Airflow writes where a statement or a transaction got lost between two connections. */
const LOST = /prepared statement .* (does not exist|already exists)|InFailedSqlTransaction|no active transaction|DuplicatePreparedStatement/i;
const COUNT = "select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()";
/** Of each query: how long 200 of them take, in their own transactions, as a session of Airflow asks. */
const LATENCY = `
import os, sys, time
sys.path.insert(0, "/opt/cdk8s-airflow")
from airflow import settings
from sqlalchemy import text
with settings.engine.connect() as connection:
    times = []
    for _ in range(200):
        start = time.perf_counter()
        connection.execute(text("select 1")); connection.commit() if hasattr(connection, "commit") else None
        times.append(time.perf_counter() - start)
print(sorted(times)[100] * 1000)
`;

type Row = { [column: string]: string };

/** Many tasks through PgBouncer, one of whose pods ends meanwhile; names select setups, like `celery-3.3.2`. */
export async function pgbouncer(names: string[]): Promise<Row[]> {
  const unknown = names.find(name => !SETUPS.includes(name));
  if (unknown !== undefined) { throw new Error(`no setup '${unknown}'; there are ${SETUPS.join(', ')}`); }
  const rows: Row[] = [];
  for (const setup of names.length === 0 ? SETUPS : names) { rows.push(await new PooledRun(setup).run()); }
  return rows;
}

class PooledRun {
  private readonly executor: string;
  private readonly version: string;
  private readonly start = Date.now();
  private most = 0;
  private samples = 0;

  constructor(private readonly setup: string) {
    [this.executor, this.version] = setup.split('-');
  }

  public async run(): Promise<Row> {
    const dags = new MountedDags([dagFile('many.py')], { PURPOSE: 'pgbouncer', EXECUTOR: this.executor, AIRFLOW_VERSION: this.version });
    const manifest = await dags.synthesize('test/e2e/programs/one-executor.ts');
    const [namespace] = manifest.namespaces;
    await refuseExisting(namespace);
    await createNamespace(namespace);
    try {
      const row = await this.use(manifest, namespace);
      if (process.env.E2E_KEEP === undefined) { await deleteNamespaces([namespace]); }
      return row;
    } catch (error) {
      this.say(await explainFailure(error, namespace, manifest.folder));
      return { setup: this.setup, result: 'FAILED' };
    }
  }

  private async use(manifest: Manifest, namespace: string): Promise<Row> {
    await kubectl(['apply', '--filename', manifest.file]);
    await waitUntilReady(namespace, READY_SECONDS);
    this.say('Ready');
    const allowed = Number(/together: (\d+)/.exec(manifest.notes)![1]);
    const { api, close } = await logIn(manifest.notes, this.version);
    try {
      await api.waitForDag('many', 300);
      const run = await api.trigger('many');
      const sampling = this.sample(namespace, () => ended(api, run));
      await this.whenHalf(api, run);
      const gone = await this.endPooler(namespace);
      await sampling;
      const tasks = await api.taskInstances(run);
      const burned = tasks.reduce((sum, task) => sum + task.try_number - 1, 0);
      const failed = tasks.filter(({ state }) => state !== 'success').length;
      const lost = await this.lostStatements(namespace);
      const latency = await this.latency(namespace);
      for (const line of lost) { this.say(line); }
      const passed = burned === 0 && failed === 0 && lost.length === 0 && this.most <= allowed;
      const row = {
        setup: this.setup,
        tasks: `${tasks.length}, ${failed} failed, ${burned} tries burned`,
        connections: `${this.most} of ${allowed} at most, ${this.samples} samples`,
        pooler: `ended in ${gone.toFixed(0)} s`,
        query: latency,
        result: passed ? 'passed' : 'FAILED',
      };
      this.say(Object.values(row).join('; '));
      return row;
    } finally {
      close();
    }
  }

  /** Counts the connections at Postgres each second until the run has ended. */
  private async sample(namespace: string, done: () => Promise<boolean>): Promise<void> {
    await until('end of the run', { seconds: RUN_SECONDS, periodSeconds: 1 }, async () => {
      const { stdout } = await psql(namespace, COUNT);
      this.samples += 1;
      this.most = Math.max(this.most, Number(stdout));
      if (!await done()) { throw new Pending('tasks run'); }
    });
  }

  private async whenHalf(api: AirflowApi, run: DagRun): Promise<void> {
    await until('half of the tasks', { seconds: RUN_SECONDS, periodSeconds: 2 }, async () => {
      const tasks = await api.taskInstances(run);
      const ready = tasks.filter(({ state }) => state === 'success').length;
      if (tasks.length < 2 || ready < tasks.length / 2) { throw new Pending(`${ready} of ${tasks.length}`); }
    });
  }

  /** Ends one of the poolers as the eviction of a node does; answers how long that took. */
  private async endPooler(namespace: string): Promise<number> {
    const [{ metadata: { name } }] = await list<Pod>(namespace, 'pods', '--selector', 'app.kubernetes.io/component=pgbouncer');
    const start = Date.now();
    await kubectl(['--namespace', namespace, 'delete', 'pod', name, '--timeout', '6m']);
    await waitUntilReady(namespace, READY_SECONDS);
    this.say(`${name} is gone and replaced`);
    return (Date.now() - start) / 1000;
  }

  private async lostStatements(namespace: string): Promise<string[]> {
    const pods = await list<Pod>(namespace, 'pods', '--selector', 'app.kubernetes.io/name=airflow');
    const found = await Promise.all(pods.map(async ({ metadata: { name } }) => {
      // The executor deletes the pod of a task that has ended, also between the list and this call.
      const stdout = await kubectl(['--namespace', namespace, 'logs', name, '--all-containers', '--tail', '-1']).then(
        ({ stdout: text }) => text,
        (error: Error) => { if (error.message.includes('NotFound')) { return ''; } throw error; });
      return stdout.split('\n').filter(line => LOST.test(line)).map(line => `${name}: ${line}`);
    }));
    return found.flat();
  }

  /** The median of a query through PgBouncer, and directly. */
  private async latency(namespace: string): Promise<string> {
    const ask = async (...env: string[]) => {
      const { stdout } = await kubectl(['--namespace', namespace, 'exec', 'deployment/airflow-scheduler', '--container', 'scheduler', '--', 'env', ...env, 'python', '-c', LATENCY]);
      return Number(stdout.trim().split('\n').pop()).toFixed(2);
    };
    const direct = ['AIRFLOW_DATABASE_HOST=airflow-postgres', 'AIRFLOW_DATABASE_PORT=5432', 'AIRFLOW_DATABASE_NAME=airflow'];
    return `${await ask()} ms, ${await ask(...direct)} ms directly`;
  }

  private say(text: string): void {
    console.log(`[pgbouncer@${this.setup} ${((Date.now() - this.start) / 1000).toFixed(0).padStart(4)} s] ${text}`);
  }
}

async function ended(api: AirflowApi, run: DagRun): Promise<boolean> {
  const states = (await api.taskInstances(run)).map(({ state }) => state);
  return states.length > 1 && states.every(state => ['success', 'failed', 'upstream_failed'].includes(state ?? ''));
}

async function psql(namespace: string, query: string): Promise<{ stdout: string }> {
  return kubectl(['--namespace', namespace, 'exec', 'airflow-postgres-0', '--', 'psql', '--username', 'airflow', '--tuples-only', '--command', query]);
}
