import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AirflowApi, DagRun } from './airflow-api';
import { dagFile, MountedDags } from './dag-delivery';
import { explainFailure } from './diagnostics';
import { createNamespace, deleteNamespaces, kubectl, list, Pod, PortForward, refuseExisting } from './kubectl';
import { logIn } from './log-in';
import { Manifest } from './manifest';
import { Pending, until } from './poll';
import { send } from './send';
import { waitUntilReady } from './workloads';
import { ROOT } from '../markdown';
import { Seen, seenIn } from '../metrics/seen';

const SETUPS = ['statsd-3.3.2', 'statsd-2.11.2', 'otel-3.3.2', 'otel-2.11.2'];
const READY_SECONDS = 900;
const RUN_SECONDS = 900;
const SERVERS: { readonly [choice: string]: string } = { statsd: 'airflow-statsd', otel: 'airflow-otel-collector' };
/** What no run may miss: components are alive, tasks end, a pool is full, a file has an error, pods are made. */
const NEEDED = ['scheduler_heartbeat', 'triggerer_heartbeat', 'ti_finish', 'pool_open_slots', 'pool_starving_tasks', 'dag_processing_import_errors', 'executor_open_slots'];

type Row = { [column: string]: string };

/** Makes every kind of event, and records the metrics that Prometheus would find; names select setups, like `statsd-3.3.2`. */
export async function metrics(names: string[]): Promise<Row[]> {
  const unknown = names.find(name => !SETUPS.includes(name));
  if (unknown !== undefined) { throw new Error(`no setup '${unknown}'; there are ${SETUPS.join(', ')}`); }
  const rows: Row[] = [];
  for (const setup of names.length === 0 ? SETUPS : names) { rows.push(await new MetricsRun(setup).run()); }
  return rows;
}

class MetricsRun {
  private readonly choice: string;
  private readonly version: string;
  private seen: Seen = {};

  constructor(private readonly setup: string) {
    [this.choice, this.version] = setup.split('-');
  }

  public async run(): Promise<Row> {
    const dags = new MountedDags(['metrics.py', 'unknown_module.py'].map(dagFile), { CHOICE: this.choice, AIRFLOW_VERSION: this.version });
    const manifest = await dags.synthesize('test/e2e/programs/metrics.ts');
    const [namespace] = manifest.namespaces;
    await refuseExisting(namespace);
    await createNamespace(namespace);
    try {
      const row = await this.use(manifest, namespace);
      if (process.env.E2E_KEEP === undefined) { await deleteNamespaces([namespace]); }
      return row;
    } catch (error) {
      console.error(this.setup, await explainFailure(error, namespace, manifest.folder));
      return { setup: this.setup, result: 'FAILED' };
    }
  }

  private async use(manifest: Manifest, namespace: string): Promise<Row> {
    await kubectl(['apply', '--filename', manifest.file]);
    await waitUntilReady(namespace, READY_SECONDS);
    const { api, close } = await logIn(manifest.notes, this.version);
    const exporter = await PortForward.open(namespace, `deployment/${SERVERS[this.choice]}`, '9102');
    try {
      await api.waitForDag('metrics', 300);
      const [events, killed] = [await api.trigger('metrics'), await api.trigger('killed')];
      await this.killTask(namespace, api, killed);
      await this.during(exporter, async () => ended(await api.taskInstances(events)));
      await this.killScheduler(namespace);
      await this.during(exporter, async () => ended(await api.taskInstances(killed)));
    } finally {
      exporter.close();
      close();
    }
    const missing = NEEDED.filter(name => this.seen[`airflow_${name}`] === undefined);
    if (missing.length > 0) { throw new Error(`never seen: ${missing.join(', ')}; seen: ${Object.keys(this.seen).join(', ')}`); }
    writeFileSync(join(ROOT, 'test', 'metrics', `cluster-${this.version}-${this.choice}.json`), `${JSON.stringify(Object.fromEntries(Object.entries(this.seen).sort()), null, 1)}\n`);
    return { setup: this.setup, names: `${Object.keys(this.seen).length}`, result: 'passed' };
  }

  /** Reads what the exporter serves until it is done. */
  private async during(exporter: PortForward, done: () => Promise<boolean>): Promise<void> {
    await until('the events', { seconds: RUN_SECONDS, periodSeconds: 3 }, async () => {
      await exporter.reopen();
      this.seen = { ...this.seen, ...seenIn((await send(`${exporter.url}/metrics`, { method: 'GET', headers: {} })).text) };
      if (!await done()) { throw new Pending(`${Object.keys(this.seen).length} names so far`); }
    });
  }

  private async killTask(namespace: string, api: AirflowApi, run: DagRun): Promise<void> {
    await until('the task that is killed', { seconds: RUN_SECONDS }, async () => {
      if (!(await api.taskInstances(run)).some(({ state }) => state === 'running')) { throw new Pending('it does not run'); }
    });
    await kubectl(['--namespace', namespace, 'delete', 'pod', '--selector', 'dag_id=killed', '--grace-period', '0', '--force']);
  }

  private async killScheduler(namespace: string): Promise<void> {
    const [{ metadata: { name } }] = await list<Pod>(namespace, 'pods', '--selector', 'app.kubernetes.io/component=scheduler');
    await kubectl(['--namespace', namespace, 'delete', 'pod', name, '--grace-period', '0', '--force']);
    await waitUntilReady(namespace, READY_SECONDS);
  }
}

function ended(tasks: { readonly state: string | null }[]): boolean {
  return tasks.length > 0 && tasks.every(({ state }) => ['success', 'failed', 'upstream_failed', 'skipped'].includes(state ?? ''));
}
