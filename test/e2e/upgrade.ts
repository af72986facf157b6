import { dagFile, MountedDags } from './dag-delivery';
import { createNamespace, kubectl, KubeObject, list, Pod, psql } from './kubectl';
import { withApi } from './log-in';
import { Manifest } from './manifest';
import { Pending, until } from './poll';
import { chosen, inOrder, owning, READY_SECONDS, Row, Say, teller } from './scenario';
import { waitUntilReady } from './workloads';

const DAG = 'ticking';
const CONNECTION = 'kept';
const USER = { username: 'kept', first_name: 'Kept', last_name: 'User', email: 'kept@example.com', password: 'kept', roles: [{ name: 'Viewer' }] };

/** A change of the version on one database: as a rolling update, or in maintenance with the Job that changes the database. */
interface Step {
  readonly to: string;
  readonly job?: 'migration' | 'downgrade';
}

/** The ways of docs/operations.md, by the series with which they begin. */
const WAYS: { readonly [series: string]: { readonly from: string; readonly steps: Step[] } } = {
  '2.11': { from: '2.11.2', steps: [{ to: '3.3.2', job: 'migration' }, { to: '2.11.2', job: 'downgrade' }] },
  '2.10': { from: '2.10.5', steps: [{ to: '2.11.2' }, { to: '3.3.2', job: 'migration' }] },
  '3.2': { from: '3.2.2', steps: [{ to: '3.3.2' }] },
};

interface Setup {
  readonly series: string;
  readonly executor: string;
}

const SETUPS: Setup[] = Object.keys(WAYS).flatMap(series => ['kubernetes', 'celery'].map(executor => ({ series, executor })));

const titleOf = ({ series, executor }: Setup) => `${series}-${executor}`;

/** Changes the version on one database while tasks run; the names select ways or setups, like `2.10` or `3.2-celery`. */
export async function upgrade(names: string[]): Promise<Row[]> {
  return inOrder(chosen('setup', SETUPS, names, setup => [setup.series, titleOf(setup)]), setup => new UpgradeRun(setup).run());
}

class UpgradeRun {
  private readonly say: Say;
  private readonly namespace: string;
  private folder = '';

  constructor(private readonly setup: Setup) {
    this.namespace = `${process.env.E2E_PREFIX ?? ''}upgrade-${titleOf(setup)}`.replace(/\./g, '-');
    this.say = teller(`upgrade@${titleOf(setup)}`);
  }

  public async run(): Promise<Row> {
    const { from, steps } = WAYS[this.setup.series];
    const cells = { setup: titleOf(this.setup), from };
    return owning({ cells, namespaces: [this.namespace], say: this.say, folder: () => this.folder }, async () => {
      await createNamespace(this.namespace);
      const manifest = await this.apply(from);
      await waitUntilReady(this.namespace, READY_SECONDS);
      await this.fill(manifest, from);
      const took: { [step: string]: string } = {};
      let current = from;
      for (const [index, step] of steps.entries()) {
        took[`step ${index + 1}`] = await this.change(current, step);
        current = step.to;
      }
      return { ...took, tasks: await this.tasks() };
    });
  }

  /** History, a connection and a user, which each step must keep. */
  private async fill(manifest: Manifest, version: string): Promise<void> {
    await withApi(manifest.notes, version, async api => {
      await api.waitForDag(DAG, 300);
      await api.call('PATCH', `/dags/${DAG}?update_mask=is_paused`, { is_paused: false });
      const { status, text } = await api.call('POST', '/connections', { connection_id: CONNECTION, conn_type: 'http', password: 'kept-password' });
      if (status >= 300) { throw new Error(`POST /connections: ${status} ${text}`); }
      await api.fab('POST', '/users', USER);
    });
    await this.ticks(3);
    this.say('three tasks have run');
  }

  private async change(from: string, step: Step): Promise<string> {
    const before = await this.kept();
    const began = await psql(this.namespace, 'SELECT now()');
    const start = Date.now();
    await (step.job === undefined ? this.apply(step.to) : this.maintain(from, step.to, step.job));
    await waitUntilReady(this.namespace, READY_SECONDS);
    const seconds = ((Date.now() - start) / 1000).toFixed(0);
    await this.ticks(3);
    const after = await this.kept();
    if (after.runs < before.runs || after.others !== before.others) { throw new Error(`kept ${JSON.stringify(after)} of ${JSON.stringify(before)}`); }
    const took = `to ${step.to} in ${seconds} s, longest gap ${await this.gapSince(began)} s`;
    this.say(`${took}, ${after.runs} runs`);
    return took;
  }

  /** Lets all runs end, stops everything, lets the newer version change the database, and starts the other version. */
  private async maintain(from: string, to: string, job: string): Promise<void> {
    await this.apply(from, { NEW_RUNS: 'no' });
    await waitUntilReady(this.namespace, READY_SECONDS);
    await this.runsEnded();
    this.say('all runs have ended');
    await this.apply(from, { NEW_RUNS: 'no', MAINTENANCE: 'yes' });
    await this.stopped();
    this.say('all have stopped');
    const downgrade = job === 'downgrade';
    const manifest = await this.apply(downgrade ? from : to, { MAINTENANCE: 'yes', ...downgrade ? { DOWNGRADE_TO: to } : {} });
    const name = manifest.objects.find(({ kind, metadata }) => kind === 'Job' && metadata.name.includes(`-${job}-`))!.metadata.name;
    await kubectl(['--namespace', this.namespace, 'wait', '--for', 'condition=Complete', `job/${name}`, '--timeout', '10m']);
    this.say(`${name} is done`);
    await this.apply(to);
    await this.deleteSuspended();
  }

  private async apply(version: string, env: { readonly [name: string]: string } = {}): Promise<Manifest> {
    const dags = new MountedDags([dagFile(`${DAG}.py`)], { NAMESPACE: this.namespace, EXECUTOR: this.setup.executor, AIRFLOW_VERSION: version, ...env });
    const manifest = await dags.synthesize('test/e2e/programs/availability.ts');
    this.folder = manifest.folder;
    await kubectl(['apply', '--filename', manifest.file]);
    this.say(`applied ${version} ${JSON.stringify(env)}`);
    return manifest;
  }

  /** The Jobs of the newer version that wait for the end of maintenance, after a downgrade without an end. */
  private async deleteSuspended(): Promise<void> {
    const jobs = await list<KubeObject & { spec: { suspend?: boolean } }>(this.namespace, 'jobs');
    for (const { metadata: { name } } of jobs.filter(({ spec }) => spec.suspend)) {
      await kubectl(['--namespace', this.namespace, 'delete', 'job', name]);
    }
  }

  /** No pod but the database is left; task pods have ended by themselves. */
  private async stopped(): Promise<void> {
    await until('end of all pods', { seconds: 600 }, async () => {
      const running = (await list<Pod>(this.namespace, 'pods')).filter(({ metadata: { labels }, status: { phase } }) =>
        !['Succeeded', 'Failed'].includes(phase) && labels?.['app.kubernetes.io/component'] !== 'postgres');
      if (running.length > 0) { throw new Pending(running.map(({ metadata }) => metadata.name).join(', ')); }
    });
  }

  private async runsEnded(which = 'true'): Promise<void> {
    await until('end of all runs', { seconds: 300 }, async () => {
      const states = await psql(this.namespace, `SELECT run_id || ' ' || state FROM dag_run WHERE ${which} AND state IN ('queued', 'running')`);
      if (states !== '') { throw new Pending(states); }
    });
  }

  /** Waits for tasks that end from now on. */
  private async ticks(count: number): Promise<void> {
    const ended = async () => Number(await psql(this.namespace, `SELECT count(*) FROM task_instance WHERE dag_id = '${DAG}' AND state = 'success'`));
    const before = await ended();
    await until(`${count} tasks`, { seconds: 600 }, async () => {
      const now = await ended();
      if (now < before + count) { throw new Pending(`${now - before}`); }
    });
  }

  private async kept(): Promise<{ readonly runs: number; readonly others: string }> {
    const runs = Number(await psql(this.namespace, 'SELECT count(*) FROM dag_run'));
    const others = await psql(this.namespace, `SELECT (SELECT password FROM connection WHERE conn_id = '${CONNECTION}'), (SELECT email FROM ab_user WHERE username = '${USER.username}')`);
    return { runs, others };
  }

  /** The longest time between the starts of two tasks, in seconds. */
  private async gapSince(began: string): Promise<string> {
    return psql(this.namespace, `SELECT round(max(extract(epoch FROM gap))) FROM (SELECT start_date, start_date - lag(start_date) OVER (ORDER BY start_date) AS gap
      FROM task_instance WHERE dag_id = '${DAG}' AND start_date IS NOT NULL) AS gaps WHERE start_date > '${began}'`);
  }

  /** Throws unless each run until now has a task that ran once and succeeded. */
  private async tasks(): Promise<string> {
    const now = await psql(this.namespace, 'SELECT now()');
    await this.runsEnded(`queued_at < '${now}'`);
    const own = `dag_id = '${DAG}' AND run_id IN (SELECT run_id FROM dag_run WHERE queued_at < '${now}')`;
    const counts = await psql(this.namespace, `
      SELECT count(*) FROM dag_run WHERE ${own};
      SELECT count(*) FROM task_instance WHERE ${own} AND state = 'success' AND try_number = 1;
      SELECT count(*) FROM log WHERE ${own} AND event = 'running';`);
    const [runs, succeeded, starts] = counts.split('\n');
    if (succeeded !== runs || starts !== runs) { throw new Error(`of ${runs} tasks ${succeeded} succeeded at once, after ${starts} starts`); }
    return `${runs} of ${runs} ran once`;
  }

}
