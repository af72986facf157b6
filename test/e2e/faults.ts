import { setTimeout as pass } from 'node:timers/promises';
import { AirflowApi, DagRun, TaskInstance } from './airflow-api';
import { dagFile, MountedDags } from './dag-delivery';
import { kubectl, KubeObject, list } from './kubectl';
import { withApi } from './log-in';
import { Manifest } from './manifest';
import { Pending, until } from './poll';
import { chosen, deploy, owning, READY_SECONDS, Row, Say, teller } from './scenario';
import { waitUntilReady } from './workloads';

/** For how long a part is away. */
const AWAY = Number(process.env.E2E_FAULT_SECONDS ?? 300);
const DAG = 'faults';

interface Setup {
  readonly executor: string;
  readonly version: string;
  /** The parts that go away, by their component. */
  readonly parts: string[];
}

const SETUPS: Setup[] = [
  { executor: 'kubernetes', version: '3.3.2', parts: ['scheduler', 'api-server', 'postgres'] },
  { executor: 'celery', version: '3.3.2', parts: ['scheduler', 'api-server', 'redis', 'postgres'] },
  { executor: 'kubernetes', version: '2.11.2', parts: ['scheduler', 'postgres'] },
  { executor: 'celery', version: '2.11.2', parts: ['scheduler', 'redis', 'postgres'] },
];

const titleOf = ({ executor, version }: Setup) => `${executor}-${version}`;

/** Takes one part after the other away while tasks run, start and wait; the names select setups, like `kubernetes-3.3.2`, or `kubernetes-3.3.2/postgres` alone. */
export async function faults(names: string[]): Promise<Row[]> {
  const all = SETUPS.flatMap(setup => setup.parts.map(part => ({ setup, part })));
  const selected = chosen('setup', all, names, ({ setup, part }) => [titleOf(setup), `${titleOf(setup)}/${part}`]);
  const rows: Row[] = [];
  for (const setup of SETUPS) {
    const parts = selected.filter(each => each.setup === setup).map(({ part }) => part);
    if (parts.length > 0) { rows.push(...await new FaultRun({ ...setup, parts }).run()); }
  }
  return rows;
}

/** One Airflow, and what goes away of it. */
class FaultRun {
  private readonly say: Say;

  constructor(private readonly setup: Setup) {
    this.say = teller(`faults@${titleOf(setup)}`);
  }

  public async run(): Promise<Row[]> {
    const { executor, version, parts } = this.setup;
    const dags = new MountedDags([dagFile(`${DAG}.py`)], { PURPOSE: 'faults', EXECUTOR: executor, AIRFLOW_VERSION: version });
    const manifest = await dags.synthesize('test/e2e/programs/one-executor.ts');
    const [namespace] = manifest.namespaces;
    const rows: Row[] = [];
    const test = { cells: { setup: titleOf(this.setup) }, namespaces: [namespace], say: this.say, folder: () => manifest.folder };
    const last = await owning(test, async () => {
      await deploy(manifest, namespace, this.say);
      for (const part of parts) { rows.push(await this.fault(manifest, part)); }
      return rows.pop()!;
    });
    return [...rows, last];
  }

  private async fault(manifest: Manifest, part: string): Promise<Row> {
    const [namespace] = manifest.namespaces;
    const run = await withApi(manifest.notes, this.setup.version, api => this.begin(api, part));
    const bringBack = await takeAway(namespace, part);
    this.say(`${part} is away for ${AWAY} s`);
    await pass(AWAY * 1000);
    const back = Date.now();
    await bringBack();
    await waitUntilReady(namespace, READY_SECONDS);
    this.say(`${part} is Ready again after ${((Date.now() - back) / 1000).toFixed(0)} s`);
    const tasks = await withApi(manifest.notes, this.setup.version, async api => {
      await api.waitForEnd(run, READY_SECONDS);
      return api.taskInstances(run);
    });
    return this.row(part, tasks, back);
  }

  /** Some tasks have ended, some run or start, and some wait. */
  private async begin(api: AirflowApi, part: string): Promise<DagRun> {
    await api.waitForDag(DAG, 300);
    const run = await api.trigger(DAG, part);
    await until('tasks that have ended and tasks that run', { seconds: 600, periodSeconds: 1 }, async () => {
      const states = (await api.taskInstances(run)).map(({ state }) => state);
      const count = (state: string) => states.filter(other => other === state).length;
      if (count('success') < 2 || count('running') < 2) { throw new Pending(states.join(', ')); }
    });
    return run;
  }

  /** It has recovered when the first task ends after the part is back. */
  private row(part: string, tasks: TaskInstance[], back: number): Row {
    const burned = tasks.reduce((sum, task) => sum + task.try_number - 1, 0);
    const failed = tasks.filter(({ state }) => state !== 'success').length;
    const recovered = Math.min(...tasks.map(({ end_date: end }) => Date.parse(end ?? '')).filter(end => end > back));
    const row = {
      setup: titleOf(this.setup),
      fault: `${part} away for ${AWAY} s`,
      tries: `${burned} burned, ${failed} tasks failed`,
      recovered: Number.isFinite(recovered) ? `after ${((recovered - back) / 1000).toFixed(0)} s` : 'all ended before',
      result: burned === 0 && failed === 0 ? 'passed' : 'FAILED',
    };
    this.say(`${row.fault}: ${row.tries}`);
    return row;
  }

}

/** Ends the pods of a part as a crash does, and keeps new ones away; answers how to bring it back. */
async function takeAway(namespace: string, part: string): Promise<() => Promise<unknown>> {
  const selector = ['--selector', `app.kubernetes.io/component=${part}`];
  const [{ kind, metadata: { name }, spec }] = await list<KubeObject & { spec: { replicas: number } }>(namespace, 'deployments,statefulsets', ...selector);
  const scale = (replicas: number) => kubectl(['--namespace', namespace, 'scale', `${kind.toLowerCase()}/${name}`, `--replicas=${replicas}`]);
  await scale(0);
  // With a grace of 0, kubelet would still grant the pod's own, in which a Postgres serves its old sessions and refuses new ones.
  await kubectl(['--namespace', namespace, 'delete', 'pods', ...selector, '--grace-period=1']);
  return () => scale(spec.replicas);
}
