import assert from 'node:assert/strict';
import { AirflowApi } from './airflow-api';
import { dagFile, MountedDags } from './dag-delivery';
import { kubectl, KubeObject, list, Pod, psql } from './kubectl';
import { withApi } from './log-in';
import { Pending, timed, until } from './poll';
import { Background } from './process';
import { chosen, deploy, inOrder, owning, READY_SECONDS, Row, Say, teller } from './scenario';
import { send } from './send';
import { runNow, waitUntilReady } from './workloads';

const VERSIONS = ['3.3.2', '2.11.2'];
const CLEAN_SECONDS = 900;
const [FINISHED, ORPHANS, YOUNG] = [300, 200, 10];
const DEAD_SCHEDULER = '987654';
const PARTS = ['clean-database', 'clean-task-pods', 'clean-jobs'];
/** The kept last run of a DAG has its tasks still. */
const [RUNS, TASKS] = [1000, 100];

/** Old rows, pods and Jobs go while a DAG runs; nothing younger goes, and a second run does nothing. */
export async function housekeeping(names: string[]): Promise<Row[]> {
  return inOrder(chosen('version', VERSIONS, names, version => [version]), version => new CleanRun(version).run());
}

class CleanRun {
  private readonly say: Say;
  private readonly cells: Row;
  private namespace = '';

  constructor(private readonly version: string) {
    this.say = teller(`housekeeping@${version}`);
    this.cells = { version };
  }

  public async run(): Promise<Row> {
    const dags = new MountedDags([dagFile('held.py')], { AIRFLOW_VERSION: this.version });
    const manifest = await dags.synthesize('test/e2e/programs/housekeeping.ts');
    [this.namespace] = manifest.namespaces;
    return owning({ cells: this.cells, namespaces: [this.namespace], say: this.say, folder: () => manifest.folder }, async () => {
      await deploy(manifest, this.namespace, this.say);
      await withApi(manifest.notes, this.version, api => this.clean(api));
      return {};
    });
  }

  private async clean(api: AirflowApi): Promise<void> {
    await api.waitForDag('held', 300);
    const run = await api.trigger('held');
    await api.waitUntilRunning(run, 'holds', 300);
    await this.fill();
    // The run that goes on looks as old as what is deleted.
    await psql(this.namespace, "UPDATE dag_run SET start_date = now() - interval '400 days' WHERE dag_id = 'held'; "
      + "UPDATE task_instance SET start_date = now() - interval '399 days' WHERE dag_id = 'held' AND state = 'running'");
    this.say('old rows, pods and Jobs are there');
    for (const part of PARTS) { this.cells[part] = `${(await timed(() => this.runOnce(part, 'first'))).toFixed(0)} s`; }
    await this.expectYoung();
    for (const part of PARTS) {
      assert.doesNotMatch(await this.runOnce(part, 'second'), /deleted [1-9]/, `the second run of ${part} deleted something`);
    }
    await this.expectYoung();
    await api.setVariable('held_release', 'yes');
    assert.equal(await api.waitForEnd(run, 300), 'success');
    const tries = (await api.taskInstances(run)).map(({ try_number }) => try_number);
    assert.deepEqual(tries, [1, 1], 'tries of the DAG that ran meanwhile');
    this.say('the DAG has gone on');
  }

  private async fill(): Promise<void> {
    const [scheduler] = (await psql(this.namespace, "SELECT max(id) FROM job WHERE job_type = 'SchedulerJob' AND state = 'running'")).split('\n');
    await psql(this.namespace, rowsOf(this.version));
    const pods = [
      ...many(FINISHED, 'finished', DEAD_SCHEDULER), ...many(ORPHANS, 'orphan', DEAD_SCHEDULER),
      // Young, or of a scheduler that lives, or of a task that goes on.
      ...many(YOUNG, 'young', DEAD_SCHEDULER), ...many(YOUNG, 'adopted', scheduler.trim()), ...many(YOUNG, 'waiting', DEAD_SCHEDULER),
    ];
    const api = await Proxy.open();
    try {
      await inParallel(pods, async ({ name, kind, scheduler: id }) => {
        await api.send('POST', `/api/v1/namespaces/${this.namespace}/pods`, podOf(name, id, kind));
        await api.send('PATCH', `/api/v1/namespaces/${this.namespace}/pods/${name}/status`, { status: statusOf(kind) });
      });
    } finally {
      api.close();
    }
    await kubectl(['--namespace', this.namespace, 'apply', '--filename', '-'], {
      input: JSON.stringify({
        apiVersion: 'v1', kind: 'List', items: ['00000a', '00000b', '00000c'].map(jobOf),
      }),
    });
    await waitUntilReady(this.namespace, READY_SECONDS);
    await until('an age of all of it', { seconds: 120, periodSeconds: 5 }, async () => {
      const jobs = await list<KubeObject & { status: { completionTime: string } }>(this.namespace, 'jobs');
      const ages = jobs.map(({ status }) => Date.now() - Date.parse(status.completionTime));
      if (!ages.every(age => age > 65_000)) { throw new Pending('a Job has just ended'); }
    });
  }

  /** Runs a CronJob now, and answers its log. */
  private async runOnce(part: string, name: string): Promise<string> {
    const job = `${part}-${name}`;
    const log = await runNow(this.namespace, `airflow-${part}`, job, CLEAN_SECONDS);
    this.say(`${job}: ${log.trim().replace(/\n/g, '; ')}`);
    return log;
  }

  /** What is old has gone, and nothing else. */
  private async expectYoung(): Promise<void> {
    const rows = await psql(this.namespace, "SELECT run_id || ' ' || (SELECT count(*) FROM task_instance AS task WHERE task.dag_id = run.dag_id AND task.run_id = run.run_id) "
      + 'FROM dag_run AS run ORDER BY run_id');
    assert.deepEqual(rows.split('\n').map(row => row.trim()).filter(Boolean), ['e2e 2', `old__${RUNS} ${TASKS}`, `young ${YOUNG}`]);
    const pods = await list<Pod>(this.namespace, 'pods', '--selector', 'e2e-kind');
    const kinds = pods.filter(({ status }) => status.phase !== 'Succeeded').map(({ metadata: { labels } }) => labels!['e2e-kind']);
    assert.deepEqual(Object.fromEntries(['finished', 'orphan', 'young', 'adopted', 'waiting'].map(kind => [kind, kinds.filter(one => one === kind).length])),
      { finished: 0, orphan: 0, young: YOUNG, adopted: YOUNG, waiting: YOUNG });
    const jobs = (await list(this.namespace, 'jobs', '--selector', 'app.kubernetes.io/component=replaced')).map(({ metadata: { name } }) => name);
    assert.deepEqual(jobs, ['replaced-00000c']);
  }

}

/** 100,000 tasks of runs that ended 400 days ago, and a run of yesterday. */
function rowsOf(version: string): string {
  const three = !version.startsWith('2.');
  const old = "now() - interval '400 days'";
  const [date, more] = three ? ['logical_date', ', span_status'] : ['execution_date', ', external_trigger'];
  const id = three ? ['id, ', 'gen_random_uuid(), '] : ['', ''];
  const state = three ? [', span_status', ", 'ended'"] : ['', ''];
  const run = (ids: string, type: string, start: string) => `INSERT INTO dag_run (dag_id, run_id, run_type, state, start_date, ${three ? 'run_after, ' : ''}${date}, clear_number${more})
    SELECT 'old', ${ids}, '${type}', 'success', ${start}, ${three ? `${start}, ` : ''}${start}, 0, ${three ? "'ended'" : type === 'manual'} FROM generate_series(1, ${type === 'manual' ? 1 : RUNS}) AS n;`;
  return `
    ${run("'old__' || n", 'scheduled', `${old} + n * interval '1 minute'`)}
    ${run("'young'", 'manual', "now() - interval '1 day'")}
    INSERT INTO task_instance (${id[0]}task_id, dag_id, run_id, map_index, start_date, state, try_number, max_tries, pool, pool_slots${state[0]})
    SELECT ${id[1]}'t' || n, 'old', run_id, -1, start_date, 'success', 1, 0, 'default_pool', 1${state[1]} FROM dag_run, generate_series(1, ${TASKS}) AS n
    WHERE dag_id = 'old' AND (run_id <> 'young' OR n <= ${YOUNG});
    INSERT INTO job (job_type, state, latest_heartbeat) VALUES ('SchedulerJob', 'running', ${old});`;
}

interface Made {
  readonly name: string;
  readonly kind: string;
  readonly scheduler: string;
}

function many(count: number, kind: string, scheduler: string): Made[] {
  return [...Array(count).keys()].map(index => ({ name: `${kind}-${index}`, kind, scheduler }));
}

/** A pod as the executor makes it, which no node gets. */
function podOf(name: string, scheduler: string, kind: string): object {
  const task = kind === 'waiting' ? { dag_id: 'held', task_id: 'holds', run_id: 'e2e' } : { dag_id: 'old', task_id: 'gone', run_id: 'old__1' };
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      labels: {
        'app.kubernetes.io/name': 'airflow',
        'app.kubernetes.io/instance': 'airflow',
        'app.kubernetes.io/component': 'task',
        'kubernetes_executor': 'True',
        'airflow-worker': scheduler,
        'e2e-kind': kind,
      },
      annotations: { ...task, try_number: '1' },
    },
    spec: {
      schedulerName: 'nobody',
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'base', image: 'apache/airflow:3.3.2', securityContext }],
    },
  };
}

function statusOf(kind: string): object {
  if (kind !== 'finished' && kind !== 'young') { return { phase: 'Running' }; }
  const finishedAt = new Date(Date.now() - (kind === 'young' ? 600_000 : 7_200_000)).toISOString().replace(/\.\d+/, '');
  const terminated = { exitCode: 1, startedAt: finishedAt, finishedAt };
  return {
    phase: 'Failed',
    containerStatuses: [{ name: 'base', image: 'apache/airflow:3.3.2', imageID: '', ready: false, restartCount: 0, state: { terminated } }],
  };
}

/** A Job as the library would have made it once. */
function jobOf(hash: string): object {
  const labels = { 'app.kubernetes.io/instance': 'airflow', 'app.kubernetes.io/managed-by': 'cdk8s-airflow', 'app.kubernetes.io/component': 'replaced' };
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: `replaced-${hash}`, labels },
    spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'job', image: 'apache/airflow:3.3.2', command: ['true'], securityContext }] } } },
  };
}

/** The API of Kubernetes without the start of a program for each call. */
class Proxy {
  public static async open(): Promise<Proxy> {
    let port: string | undefined;
    const process = new Background('kubectl', ['proxy', '--port', '0'], line => { port ??= /127\.0\.0\.1:(\d+)/.exec(line)?.[1]; });
    return until('proxy', { seconds: 30, periodSeconds: 0.2 }, async () => {
      process.check();
      if (port === undefined) { throw new Pending('it says no port'); }
      return new Proxy(process, `http://127.0.0.1:${port}`);
    });
  }

  private constructor(private readonly process: Background, private readonly url: string) {}

  public async send(method: string, path: string, body: object): Promise<void> {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const { status, text } = await send(`${this.url}${path}`, { method, headers: { 'content-type': type }, body: JSON.stringify(body) });
    if (status >= 300) { throw new Error(`${method} ${path}: ${status} ${text}`); }
  }

  public close(): void {
    this.process.stop();
  }
}

async function inParallel<T>(items: T[], use: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) { await use(item); }
  };
  await Promise.all([...Array(8)].map(worker));
}
