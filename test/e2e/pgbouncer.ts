import { AirflowApi, DagRun } from './airflow-api';
import { dagFile, MountedDags } from './dag-delivery';
import { kubectl, list, logOf, Pod, psql } from './kubectl';
import { withApi } from './log-in';
import { Manifest } from './manifest';
import { Pending, timed, until } from './poll';
import { chosen, deploy, inOrder, owning, READY_SECONDS, Row, Say, teller } from './scenario';
import { waitUntilReady } from './workloads';

const SETUPS = ['celery-3.3.2', 'celery-2.11.2', 'kubernetes-3.3.2', 'kubernetes-2.11.2'];
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

/** Many tasks through PgBouncer, one of whose pods ends meanwhile; names select setups, like `celery-3.3.2`. */
export async function pgbouncer(names: string[]): Promise<Row[]> {
  return inOrder(chosen('setup', SETUPS, names, setup => [setup]), setup => new PooledRun(setup).run());
}

class PooledRun {
  private readonly executor: string;
  private readonly version: string;
  private readonly say: Say;
  private most = 0;
  private samples = 0;

  constructor(private readonly setup: string) {
    [this.executor, this.version] = setup.split('-');
    this.say = teller(`pgbouncer@${setup}`);
  }

  public async run(): Promise<Row> {
    const dags = new MountedDags([dagFile('many.py')], { PURPOSE: 'pgbouncer', EXECUTOR: this.executor, AIRFLOW_VERSION: this.version });
    const manifest = await dags.synthesize('test/e2e/programs/one-executor.ts');
    const [namespace] = manifest.namespaces;
    return owning({ cells: { setup: this.setup }, namespaces: [namespace], say: this.say, folder: () => manifest.folder }, async () => {
      await deploy(manifest, namespace, this.say);
      return this.use(manifest, namespace);
    });
  }

  private async use(manifest: Manifest, namespace: string): Promise<Row> {
    const allowed = Number(/together: (\d+)/.exec(manifest.notes)![1]);
    return withApi(manifest.notes, this.version, async api => {
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
      return {
        tasks: `${tasks.length}, ${failed} failed, ${burned} tries burned`,
        connections: `${this.most} of ${allowed} at most, ${this.samples} samples`,
        pooler: `ended in ${gone.toFixed(0)} s`,
        query: latency,
        result: passed ? 'passed' : 'FAILED',
      };
    });
  }

  /** Counts the connections at Postgres each second until the run has ended. */
  private async sample(namespace: string, done: () => Promise<boolean>): Promise<void> {
    await until('end of the run', { seconds: RUN_SECONDS, periodSeconds: 1 }, async () => {
      this.most = Math.max(this.most, Number(await psql(namespace, COUNT)));
      this.samples += 1;
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
    const seconds = await timed(async () => {
      await kubectl(['--namespace', namespace, 'delete', 'pod', name, '--timeout', '6m']);
      await waitUntilReady(namespace, READY_SECONDS);
    });
    this.say(`${name} is gone and replaced`);
    return seconds;
  }

  private async lostStatements(namespace: string): Promise<string[]> {
    const pods = await list<Pod>(namespace, 'pods', '--selector', 'app.kubernetes.io/name=airflow');
    const found = await Promise.all(pods.map(async ({ metadata: { name } }) => {
      const log = await logOf(namespace, name);
      return log.split('\n').filter(line => LOST.test(line)).map(line => `${name}: ${line}`);
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
}

async function ended(api: AirflowApi, run: DagRun): Promise<boolean> {
  const states = (await api.taskInstances(run)).map(({ state }) => state);
  return states.length > 1 && states.every(state => ['success', 'failed', 'upstream_failed'].includes(state ?? ''));
}
