import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { ChartWeb } from './chart-web';
import { dagFile, MountedDags } from './dag-delivery';
import { kubectl, psql } from './kubectl';
import { password as passwordOf, withApi } from './log-in';
import { Manifest } from './manifest';
import { Pending, until } from './poll';
import { chosen, deploy, inOrder, owning, READY_SECONDS, Row, Say, teller } from './scenario';
import { LoadReport, lostOf, outcomesOf, WebLoad } from './web-load';
import { waitUntilReady } from './workloads';

const DAG = 'web_load';
/** The time between two kills of the UI's pods, long enough for the new ones to get requests. */
const KILL_SECONDS = 30;
/** After so many kills, tasks that could not go on meanwhile get their chance. */
const KILLS = 10;

/** An Airflow for one test of its web component. */
class WebRun {
  public readonly namespace: string;
  public readonly say: Say;
  private manifest?: Manifest;

  constructor(protected readonly title: string, private readonly version: string, private readonly env: { readonly [name: string]: string } = {}) {
    this.namespace = `${process.env.E2E_PREFIX ?? ''}${title}`.replace(/\./g, '-');
    this.say = teller(title);
  }

  /** Deploys it, tests it, and deletes it. */
  public async run(test: (run: WebRun) => Promise<Row>): Promise<Row> {
    const dags = new MountedDags(this.is3 ? [dagFile(`${DAG}.py`)] : [], { AIRFLOW_VERSION: this.version, NAMESPACE: this.namespace, ...this.env });
    const manifest = await dags.synthesize('test/e2e/programs/web.ts');
    this.manifest = manifest;
    const { namespace } = this;
    return owning({ cells: { setup: this.title }, namespaces: [namespace], say: this.say, folder: () => manifest.folder }, async () => {
      await deploy(manifest, namespace, this.say);
      return test(this);
    });
  }

  public get is3(): boolean {
    return !this.version.startsWith('2.');
  }

  public get component(): string {
    return this.is3 ? 'api-server' : 'webserver';
  }

  /** Lets a pod send requests to the Service of the UI. */
  public async load(amount: { readonly rate?: number; readonly concurrent?: number }): Promise<WebLoad> {
    const url = `http://airflow-${this.component}.${this.namespace}.svc:8080`;
    const password = await this.password();
    const load = await WebLoad.start({ namespace: this.namespace, url, password, airflow3: this.is3, ...amount });
    this.say(`load: ${JSON.stringify(amount)}`);
    return load;
  }

  public async trigger(dag: string): Promise<void> {
    await withApi(this.manifest!.notes, this.version, async api => {
      await api.waitForDag(dag, 300);
      await api.trigger(dag);
    });
  }

  /** Asks the database, because the API may be overloaded. */
  public async query(sql: string): Promise<string> {
    return psql(this.namespace, sql);
  }

  /** What selects the pods of a component. */
  public selectorOf(component: string): string {
    return `app.kubernetes.io/component=${component}`;
  }

  protected async password(): Promise<string> {
    return passwordOf(this.manifest!.notes);
  }
}

/** The same by the official chart. */
class ChartRun extends WebRun {
  public override async run(test: (run: WebRun) => Promise<Row>): Promise<Row> {
    const { namespace } = this;
    const folder = () => mkdtempSync(join(tmpdir(), 'cdk8s-airflow-e2e-'));
    return owning({ cells: { setup: this.title }, namespaces: [namespace], say: this.say, folder }, async () => {
      await ChartWeb.install(namespace, DAG);
      await waitUntilReady(namespace, READY_SECONDS);
      this.say('Ready');
      return test(this);
    });
  }

  public override async trigger(dag: string): Promise<void> {
    await ChartWeb.trigger(this.namespace, dag);
  }

  public override selectorOf(component: string): string {
    return `component=${component}`;
  }

  protected override async password(): Promise<string> {
    return ChartWeb.password;
  }
}

/** Replaces the pods of a web component that has two, under 20 requests a second. None may be lost, and nobody logged out. */
export async function rollingUpdate(names: string[]): Promise<Row[]> {
  return inOrder(chosen('version', ['3.3.2', '2.11.2'], names, version => [version]), version =>
    new WebRun(`rolling-update-${version}`, version, { WEB: 'two' }).run(async run => {
      const load = await run.load({ rate: 20 });
      await pass(10_000);
      const deployment = `deployment/airflow-${run.component}`;
      await kubectl(['--namespace', run.namespace, 'rollout', 'restart', deployment]);
      await kubectl(['--namespace', run.namespace, 'rollout', 'status', deployment, '--timeout', '10m']);
      run.say('replaced');
      // The last old pod still ends.
      await pass(45_000);
      const report = await load.stop();
      const lost = lostOf(report);
      return { ...columns(report), result: lost === 0 ? 'passed' : 'FAILED' };
    }));
}

/** One API server for users and tasks, two of them, and the official chart. */
const API_SERVERS: { readonly [setup: string]: () => WebRun } = {
  split: () => new WebRun('api-server-split', '3.3.2', { WEB: 'busy', SPLIT: 'yes' }),
  one: () => new WebRun('api-server-one', '3.3.2', { WEB: 'busy', SPLIT: 'no' }),
  chart: () => new ChartRun('api-server-chart', '3.3.2'),
};

/** Overloads and kills the UI, which has half a CPU, while tasks run. With the split, tasks must not notice. */
export async function splitApiServer(names: string[]): Promise<Row[]> {
  const asked = names.length === 0 && process.env.HELM_CHART === undefined ? ['split', 'one'] : names;
  return inOrder(chosen('setup', Object.keys(API_SERVERS), asked, setup => [setup]), setup =>
    API_SERVERS[setup]().run(async run => {
      await run.trigger(DAG);
      await until('running tasks', { seconds: 300 }, async () => {
        if (await run.query(`SELECT count(*) FROM task_instance WHERE state = 'running' AND dag_id = '${DAG}'`) === '0') { throw new Pending('none'); }
      });
      const load = await run.load({ concurrent: 300 });
      const tasks = await watchTasks(run);
      const report = await load.stop();
      const { stdout: logs } = await kubectl(['--namespace', run.namespace, 'logs', '--selector', run.selectorOf('worker'), '--container', 'worker', '--tail', '-1']);
      const failedHeartbeats = logs.split('\n').filter(line => /Failed to send heartbeat/i.test(line)).length;
      const retries = logs.split('\n').filter(line => /this is the \d+(st|nd|rd|th) time calling it/.test(line)).length;
      const missed = failedHeartbeats + tasks.burned + tasks.failed;
      return {
        tasks: `${tasks.ended} ended, ${tasks.failed} failed, ${tasks.burned} tries burned, ${tasks.seconds.toFixed(0)} s`,
        heartbeats: `${failedHeartbeats} failed, oldest ${tasks.oldest.toFixed(0)} s`,
        requests: `${retries} repeated by tasks`,
        kills: `${tasks.kills}`,
        ...columns(report),
        result: missed === 0 || setup !== 'split' ? 'passed' : 'FAILED',
      };
    }));
}

interface Tasks {
  readonly ended: number;
  readonly failed: number;
  readonly burned: number;
  readonly seconds: number;
  readonly kills: number;
  /** The greatest age of the last heartbeat of a running task, in seconds. */
  readonly oldest: number;
}

/** Kills the UI's pods again and again, and waits until all tasks have ended. */
async function watchTasks(run: WebRun): Promise<Tasks> {
  const start = Date.now();
  let [oldest, kills] = [0, 0];
  for (;;) {
    const [age, ended, all, failed, burned] = (await run.query('SELECT '
      + "coalesce(max(extract(epoch FROM now() - last_heartbeat_at)) FILTER (WHERE state = 'running'), 0), "
      + "count(*) FILTER (WHERE state IN ('success', 'failed')), count(*), count(*) FILTER (WHERE state = 'failed'), coalesce(sum(greatest(try_number - 1, 0)), 0) "
      + `FROM task_instance WHERE dag_id = '${DAG}'`)).split('|').map(Number);
    oldest = Math.max(oldest, age);
    const seconds = (Date.now() - start) / 1000;
    if (ended === all) { return { ended, failed, burned, seconds, kills, oldest }; }
    if (seconds > 1500) { throw new Error(`after ${seconds} s only ${ended} of ${all} tasks have ended`); }
    if (kills < KILLS && seconds > (kills + 1) * KILL_SECONDS) {
      await kubectl(['--namespace', run.namespace, 'delete', 'pods', '--selector', run.selectorOf(run.component), '--force', '--grace-period=0']);
      kills += 1;
      run.say(`killed the UI, ${ended} of ${all} tasks have ended, ${failed} failed, ${burned} tries burned, oldest heartbeat ${oldest.toFixed(0)} s`);
    }
    await pass(2000);
  }
}

function columns(report: LoadReport): Row {
  return {
    load: outcomesOf(report),
    latency: `median ${report.median} s, p99 ${report.p99} s in ${report.seconds} s`,
    first: report.first ?? '-',
  };
}
