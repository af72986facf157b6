import { dagFile, MountedDags } from './dag-delivery';
import { createNamespace, kubectl, KubeObject, list, Pod, psql } from './kubectl';
import { withApi } from './log-in';
import { Manifest } from './manifest';
import { Pending, until } from './poll';
import { owning, READY_SECONDS, Row, teller } from './scenario';
import { waitUntilReady } from './workloads';

const DAG = 'ticking';
const [OLD, NEW] = ['2.11.2', '3.3.2'];
const CONNECTION = 'kept';
const USER = { username: 'kept', first_name: 'Kept', last_name: 'User', email: 'kept@example.com', password: 'kept', roles: [{ name: 'Viewer' }] };

/** From Airflow 2 to 3 and back on one database, as docs/operations.md says it. */
export async function upgrade(): Promise<Row[]> {
  return [await new UpgradeRun().run()];
}

class UpgradeRun {
  private readonly say = teller('upgrade');
  private readonly namespace = `${process.env.E2E_PREFIX ?? ''}upgrade`;
  private folder = '';

  public async run(): Promise<Row> {
    const cells = { setup: `${OLD} to ${NEW} and back` };
    return owning({ cells, namespaces: [this.namespace], say: this.say, folder: () => this.folder }, async () => {
      await createNamespace(this.namespace);
      const old = await this.apply(OLD);
      await waitUntilReady(this.namespace, READY_SECONDS);
      await this.fill(old);
      const up = await this.change({ from: OLD, to: NEW, job: 'migration' });
      const down = await this.change({ from: NEW, to: OLD, job: 'downgrade' });
      return { ...await this.gaps(), up, down };
    });
  }

  /** History, a connection and a user, which each step must keep. */
  private async fill(manifest: Manifest): Promise<void> {
    await withApi(manifest.notes, OLD, async api => {
      await api.waitForDag(DAG, 300);
      await api.call('PATCH', `/dags/${DAG}?update_mask=is_paused`, { is_paused: false });
      const { status, text } = await api.call('POST', '/connections', { connection_id: CONNECTION, conn_type: 'http', password: 'kept-password' });
      if (status !== 200) { throw new Error(`POST /connections: ${status} ${text}`); }
      await api.fab('POST', '/users', USER);
    });
    await this.ticks(3);
    this.say('three tasks have run');
  }

  /** Stops everything, lets the newer version change the database, and starts the other version. */
  private async change({ from, to, job }: { readonly from: string; readonly to: string; readonly job: string }): Promise<string> {
    const before = await this.kept();
    const began = Date.now();
    await this.apply(from, { MAINTENANCE: 'yes' });
    await this.stopped();
    this.say('all have stopped');
    const manifest = await this.apply(NEW, { MAINTENANCE: 'yes', ...job === 'downgrade' ? { DOWNGRADE_TO: to } : {} });
    const name = manifest.objects.find(({ kind, metadata }) => kind === 'Job' && metadata.name.includes(`-${job}-`))!.metadata.name;
    await kubectl(['--namespace', this.namespace, 'wait', '--for', 'condition=Complete', `job/${name}`, '--timeout', '10m']);
    this.say(`${name} is done`);
    await this.apply(to);
    await this.deleteSuspended();
    await waitUntilReady(this.namespace, READY_SECONDS);
    await this.ticks(2);
    const after = await this.kept();
    if (after.runs < before.runs || after.others !== before.others) { throw new Error(`kept ${JSON.stringify(after)} of ${JSON.stringify(before)}`); }
    const took = `to ${to} in ${((Date.now() - began) / 1000).toFixed(0)} s`;
    this.say(`${took}, ${after.runs} runs`);
    return took;
  }

  private async apply(version: string, env: { readonly [name: string]: string } = {}): Promise<Manifest> {
    const dags = new MountedDags([dagFile(`${DAG}.py`)], { NAMESPACE: this.namespace, EXECUTOR: 'kubernetes', AIRFLOW_VERSION: version, ...env });
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

  /** The longest times between two starts, and what has run twice or failed. */
  private async gaps(): Promise<Row> {
    const gap = await psql(this.namespace, `SELECT round(max(extract(epoch FROM gap))) FROM (SELECT start_date - lag(start_date) OVER (ORDER BY start_date) AS gap
      FROM task_instance WHERE dag_id = '${DAG}' AND start_date IS NOT NULL) AS gaps`);
    const twice = await psql(this.namespace, `SELECT count(*) FROM task_instance WHERE dag_id = '${DAG}' AND (try_number > 1 OR state = 'failed')`);
    if (twice !== '0') { throw new Error(`${twice} tasks ran twice or failed`); }
    return { gap: `${gap} s`, lost: `${twice} tasks ran twice or failed` };
  }

}
