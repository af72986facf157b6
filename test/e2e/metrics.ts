import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AirflowApi, DagRun } from './airflow-api';
import { dagFile, MountedDags } from './dag-delivery';
import { kubectl, list, Pod, PortForward } from './kubectl';
import { withApi } from './log-in';
import { Manifest } from './manifest';
import { Pending, until } from './poll';
import { send } from './send';
import { ROOT } from '../markdown';
import { chosen, deploy, inOrder, owning, READY_SECONDS, Row, teller } from './scenario';
import { waitUntilReady } from './workloads';
import { Seen, seenIn } from '../metrics/seen';

const SETUPS = ['statsd-3.3.2', 'statsd-2.11.2', 'otel-3.3.2', 'otel-2.11.2'];
const RUN_SECONDS = 900;
const SERVERS: { readonly [choice: string]: string } = { statsd: 'airflow-statsd', otel: 'airflow-otel-collector' };
/** What no run may miss: components are alive, tasks end, a pool is full, a file has an error, pods are made. */
const NEEDED = ['scheduler_heartbeat', 'triggerer_heartbeat', 'ti_finish', 'pool_open_slots', 'pool_starving_tasks', 'dag_processing_import_errors', 'executor_open_slots'];

/** Makes every kind of event, and records the metrics that Prometheus would find; names select setups, like `statsd-3.3.2`. */
export async function metrics(names: string[]): Promise<Row[]> {
  return inOrder(chosen('setup', SETUPS, names, setup => [setup]), setup => new MetricsRun(setup).run());
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
    const say = teller(`metrics@${this.setup}`);
    return owning({ cells: { setup: this.setup }, namespaces: [namespace], say, folder: () => manifest.folder }, async () => {
      await deploy(manifest, namespace, say);
      return this.use(manifest, namespace);
    });
  }

  private async use(manifest: Manifest, namespace: string): Promise<Row> {
    const exporter = await PortForward.open(namespace, `deployment/${SERVERS[this.choice]}`, '9102');
    await withApi(manifest.notes, this.version, async api => {
      await api.waitForDag('metrics', 300);
      const [events, killed] = [await api.trigger('metrics'), await api.trigger('killed')];
      await this.killTask(namespace, api, killed);
      await this.during(exporter, async () => ended(await api.taskInstances(events)));
      await this.killScheduler(namespace);
      await this.during(exporter, async () => ended(await api.taskInstances(killed)));
    }).finally(() => exporter.close());
    const missing = NEEDED.filter(name => this.seen[`airflow_${name}`] === undefined);
    if (missing.length > 0) { throw new Error(`never seen: ${missing.join(', ')}; seen: ${Object.keys(this.seen).join(', ')}`); }
    writeFileSync(join(ROOT, 'test', 'metrics', `cluster-${this.version}-${this.choice}.json`), `${JSON.stringify(Object.fromEntries(Object.entries(this.seen).sort()), null, 1)}\n`);
    return { names: `${Object.keys(this.seen).length}` };
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
