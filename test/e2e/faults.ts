import { setTimeout as pass } from 'node:timers/promises';
import { AirflowApi, DagRun, TaskInstance } from './airflow-api';
import { dagFile, MountedDags } from './dag-delivery';
import { explainFailure } from './diagnostics';
import { createNamespace, deleteNamespaces, kubectl, KubeObject, list, refuseExisting } from './kubectl';
import { logIn } from './log-in';
import { Manifest } from './manifest';
import { Pending, until } from './poll';
import { waitUntilReady } from './workloads';

/** For how long a part is away. */
const AWAY = Number(process.env.E2E_FAULT_SECONDS ?? 300);
const READY_SECONDS = 900;
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

type Row = { [column: string]: string };

const titleOf = ({ executor, version }: Setup) => `${executor}-${version}`;

/** Takes one part after the other away while tasks run, start and wait; the names select setups, like `kubernetes-3.3.2`, or `kubernetes-3.3.2/postgres` alone. */
export async function faults(names: string[]): Promise<Row[]> {
  const all = SETUPS.flatMap(setup => setup.parts.map(part => ({ setup, part, titles: [titleOf(setup), `${titleOf(setup)}/${part}`] })));
  const unknown = names.find(name => !all.some(({ titles }) => titles.includes(name)));
  if (unknown !== undefined) { throw new Error(`no setup '${unknown}'; there are ${all.map(({ titles }) => titles[1]).join(', ')}`); }
  const rows: Row[] = [];
  for (const setup of SETUPS) {
    const chosen = all.filter(each => each.setup === setup && (names.length === 0 || each.titles.some(title => names.includes(title))));
    if (chosen.length > 0) { rows.push(...await new FaultRun({ ...setup, parts: chosen.map(({ part }) => part) }).run()); }
  }
  return rows;
}

/** One Airflow, and what goes away of it. */
class FaultRun {
  private readonly start = Date.now();

  constructor(private readonly setup: Setup) {}

  public async run(): Promise<Row[]> {
    const { executor, version, parts } = this.setup;
    const dags = new MountedDags([dagFile(`${DAG}.py`)], { PURPOSE: 'faults', EXECUTOR: executor, AIRFLOW_VERSION: version });
    const manifest = await dags.synthesize('test/e2e/programs/one-executor.ts');
    const [namespace] = manifest.namespaces;
    await refuseExisting(namespace);
    await createNamespace(namespace);
    const rows: Row[] = [];
    try {
      await kubectl(['apply', '--filename', manifest.file]);
      await waitUntilReady(namespace, READY_SECONDS);
      this.say('Ready');
      for (const part of parts) { rows.push(await this.fault(manifest, part)); }
      await deleteNamespaces([namespace]);
    } catch (error) {
      this.say(await explainFailure(error, namespace, manifest.folder));
      rows.push({ setup: titleOf(this.setup), result: 'FAILED' });
    }
    return rows;
  }

  private async fault(manifest: Manifest, part: string): Promise<Row> {
    const [namespace] = manifest.namespaces;
    const run = await this.withApi(manifest, api => this.begin(api, part));
    const bringBack = await takeAway(namespace, part);
    this.say(`${part} is away for ${AWAY} s`);
    await pass(AWAY * 1000);
    const back = Date.now();
    await bringBack();
    await waitUntilReady(namespace, READY_SECONDS);
    this.say(`${part} is Ready again after ${((Date.now() - back) / 1000).toFixed(0)} s`);
    const tasks = await this.withApi(manifest, async api => {
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
    this.say(Object.values(row).join(', '));
    return row;
  }

  /** Each time anew, since the way to the API goes away with the API server. */
  private async withApi<T>(manifest: Manifest, use: (api: AirflowApi) => Promise<T>): Promise<T> {
    const { api, close } = await logIn(manifest.notes, this.setup.version);
    try {
      return await use(api);
    } finally {
      close();
    }
  }

  private say(text: string): void {
    console.log(`[faults@${titleOf(this.setup)} ${((Date.now() - this.start) / 1000).toFixed(0).padStart(4)} s] ${text}`);
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
