import { mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { AirflowApi, DagRun } from './airflow-api';
import { dagFile } from './dag-delivery';
import { apply, kubectl, KubeObject, list, PortForward } from './kubectl';
import { PlanRun, PlanStep, stepsIn } from './move-plan';
import { helm, installOfficialChart } from './official-release';
import { Pending, until } from './poll';
import { run } from './process';
import { chosen, inOrder, owning, READY_SECONDS, Row, Say, teller } from './scenario';
import { startServer } from './server-pod';
import { UiWatch } from './ui-watch';
import { waitUntilReady } from './workloads';
import { ROOT } from '../markdown';

interface Setup {
  readonly name: string;
  readonly version: string;
  readonly executor: string;
  /** Whether the chart runs the database, which the plan has to move. */
  readonly bundled?: boolean;
  /** Whether the namespace has policies and a quota, and the release other names. */
  readonly locked?: boolean;
}

const SETUPS: Setup[] = [
  { name: 'kubernetes', version: '3.3.2', executor: 'KubernetesExecutor' },
  { name: 'celery', version: '3.3.2', executor: 'CeleryExecutor' },
  { name: 'bundled', version: '3.3.2', executor: 'CeleryExecutor', bundled: true },
  { name: 'locked', version: '3.3.2', executor: 'KubernetesExecutor', locked: true },
  { name: 'kubernetes', version: '2.11.2', executor: 'KubernetesExecutor' },
];

const DATABASE = 'airflow-postgres-0';
// As many as test/e2e/dags/move.py has.
const [RUNNING, QUEUED] = [20, 30];
const LABEL = 'cdk8s-airflow-e2e-move';
const USER = { username: 'kept', first_name: 'Kept', last_name: 'User', email: 'kept@example.com', password: 'kept', roles: [{ name: 'Viewer' }] };
const SECRETS = 'kept-password kept-value';

/** From a release of the official chart to an instance of this library, while tasks run, by the commands of the plan alone. */
export async function move(names: string[]): Promise<Row[]> {
  return inOrder(chosen('setup', SETUPS, names, ({ name, version }) => [name, `${name}-${version}`]), async setup => new MoveRun(setup).run());
}

class MoveRun {
  private readonly say: Say;
  private readonly namespace: string;
  private readonly release: string;
  /** What the names of the release's objects begin with. */
  private readonly fullName: string;
  private readonly instance: string;
  private readonly airflow3: boolean;
  private readonly server: string;
  private readonly folder = mkdtempSync(join(tmpdir(), 'cdk8s-airflow-move-'));
  private readonly plan: PlanRun;
  /** Where the metadata database is by now. */
  private database: { readonly pod: string; readonly login: string };
  /** The job of the last known scheduler. */
  private scheduler = 0;

  constructor(private readonly setup: Setup) {
    const title = `${setup.name}-${setup.version}`;
    this.say = teller(title);
    this.namespace = `${process.env.E2E_PREFIX ?? ''}move-${title.replace(/\./g, '-')}`;
    // The names of a release without `airflow` in its name are free for the instance, if the chart adds it.
    [this.release, this.fullName, this.instance] = setup.locked ? ['prod', 'prod-airflow', 'prod'] : ['airflow', 'airflow', 'airflow-v2'];
    this.airflow3 = !setup.version.startsWith('2.');
    this.server = this.airflow3 ? 'api-server' : 'webserver';
    this.plan = new PlanRun(this.folder, this.say);
    this.database = setup.bundled
      ? { pod: `${this.release}-postgresql-0`, login: 'PGPASSWORD=postgres psql --username postgres' }
      : { pod: DATABASE, login: 'psql --username airflow' };
  }

  public async run(): Promise<Row> {
    const cells = { setup: `${this.setup.name}-${this.setup.version}` };
    return owning({ cells, namespaces: [this.namespace], say: this.say, folder: () => this.folder }, async () => {
      await this.install();
      const before = await this.withApi(this.fullName, 'admin', async api => this.fill(api));
      const held = await this.withApi(this.fullName, 'admin', async api => api.trigger('held'));
      await this.waitForCounts(RUNNING, QUEUED);
      await this.takenOver(this.release);
      const steps = await this.import();
      const ui = await UiWatch.start(this.namespace, [`${this.fullName}-${this.server}`, `${this.instance}-${this.server}`],
        this.airflow3 ? 'api/v2/version' : 'health');
      await this.follow(steps).finally(() => ui.stop());
      const gap = await this.schedulerGap();
      this.say(`without a scheduler for ${gap}, without a UI for ${ui.longestGap.toFixed(0)} s`);
      await this.check(before, held);
      await this.releaseIsGone();
      return { 'without scheduler': gap, 'without UI': `${ui.longestGap.toFixed(0)} s` };
    }).finally(async () => this.unlabel());
  }

  private async install(): Promise<void> {
    const { version, executor, bundled, locked } = this.setup;
    const labels = locked ? { 'pod-security.kubernetes.io/enforce': 'restricted' } : {};
    await apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: this.namespace, labels } }]);
    if (locked) { await apply([{ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'team', namespace: this.namespace }, spec: { hard: { pods: '100' } } }]); }
    if (!bundled) {
      const env = { POSTGRES_USER: 'airflow', POSTGRES_PASSWORD: 'airflow', PGDATA: '/var/lib/postgresql/data/pgdata' };
      await startServer({
        namespace: this.namespace,
        name: DATABASE,
        image: 'postgres:17',
        user: 999,
        env,
        cpu: '50m',
        ports: { postgres: 5432 },
        folder: '/var/lib/postgresql/data',
      });
    }
    await installOfficialChart(this.namespace, {
      release: this.release, version, executor, locked, database: bundled ? undefined : DATABASE,
    });
    await apply([filesPod(this.namespace, this.release, `apache/airflow:${version}`)]);
    await kubectl(['--namespace', this.namespace, 'wait', '--for', 'condition=Ready', 'pod/files', '--timeout', '5m']);
    await this.shell('tee /opt/airflow/dags/move.py', readFileSync(dagFile('move.py'), 'utf8'));
    await waitUntilReady(this.namespace, READY_SECONDS);
    this.say('the release is Ready');
  }

  /** What must be there after the move: a connection, a variable, a user and a finished run. */
  private async fill(api: AirflowApi): Promise<DagRun> {
    const { status, text } = await api.call('POST', '/connections', { connection_id: 'kept', conn_type: 'http', password: 'kept-password' });
    if (status !== 201) { throw new Error(`POST /connections: ${status} ${text}`); }
    await api.setVariable('kept', 'kept-value');
    await api.fab('POST', '/users', USER);
    await api.waitForDag('reads', 300);
    await api.waitForDag('held', 60);
    const before = await api.trigger('reads', 'before');
    await this.judge(api, before);
    this.say('a run has finished');
    return before;
  }

  private async judge(api: AirflowApi, reads: DagRun): Promise<void> {
    const state = await api.waitForEnd(reads, 600);
    const value = await api.xcom(reads, 'read');
    if (state !== 'success' || value !== SECRETS) { throw new Error(`the run ${reads.runId} is ${state}, its task has read '${value}'`); }
    await api.waitForLog(reads, 'read', 'read: the log of the task', 60);
  }

  /** Imports the release, and synthesizes the program. */
  private async import(): Promise<PlanStep[]> {
    const tsx = [require.resolve('tsx/cli'), '--tsconfig', join(ROOT, 'test', 'tsconfig.json')];
    const options = ['--from-release', this.release, '--namespace', this.namespace, '--report', 'import.md', '--accept'];
    const { stdout } = await run(process.execPath, [...tsx, join(ROOT, 'src', 'cli', 'cli.ts'), 'import', ...options], { cwd: this.folder });
    this.say(stdout.trim());
    symlinkSync(join(ROOT, 'node_modules'), join(this.folder, 'node_modules'));
    await run(process.execPath, [...tsx, 'main.ts'], { cwd: this.folder });
    this.say(`the program is in ${this.folder}`);
    return stepsIn(readFileSync(join(this.folder, 'import.md'), 'utf8'));
  }

  /** To the middle, back, and to the end; a database that is moved goes to the end at once. */
  private async follow(steps: PlanStep[]): Promise<void> {
    const start = steps.findIndex(({ title }) => title === 'Start the new instance');
    const middle = steps.slice(0, start + 1);
    if (!this.setup.bundled) {
      for (const step of middle) { await this.plan.forward(step); }
      await this.takenOver(this.instance);
      for (const step of [...middle].reverse()) { await this.plan.back(step); }
      await waitUntilReady(this.namespace, READY_SECONDS);
      await this.takenOver(this.release);
      await this.waitForCounts(RUNNING, QUEUED);
      this.say('the release is back');
    }
    for (const step of steps) {
      // The drain in front of a dump ends when the tasks end.
      if (this.setup.bundled && step.title === 'Let the tasks of the release end') { await this.letEnd(); }
      await this.plan.forward(step);
      if (step.title === 'Move the database') { this.database = { pod: `${this.instance}-postgres-0`, login: 'psql --username airflow' }; }
      if (!this.setup.bundled && step === steps[start]) {
        await this.takenOver(this.instance);
        await this.letEnd();
      }
      if (step.title === 'Let Helm forget the release') {
        await this.plan.back(step);
        await helm(['status', this.release, '--namespace', this.namespace]);
        await this.plan.forward(step);
      }
    }
  }

  /** Waits until a scheduler that is newer than the last known one has taken over the tasks. It looks again every five minutes. */
  private async takenOver(installation: string): Promise<void> {
    const newest = `SELECT max(id) FROM job WHERE job_type = 'SchedulerJob' AND state = 'running' AND id > ${this.scheduler}`;
    const left = `SELECT count(*) FROM task_instance WHERE state IN ('running', 'queued') AND queued_by_job_id <= ${this.scheduler}`;
    this.scheduler = await until(`tasks of the scheduler of ${installation}`, { seconds: 660 }, async () => {
      const [id, others] = [await this.psql(newest), await this.psql(left)];
      if (id === '' || others !== '0') { throw new Pending(`the scheduler is ${id}, another one has ${others} tasks`); }
      return Number(id);
    });
    this.say(`the scheduler of ${installation} has taken over the tasks`);
  }

  /** Lets the tasks end, and the pods begin that wait for a node. */
  private async letEnd(): Promise<void> {
    await this.shell('touch /opt/airflow/logs/released');
    await kubectl(['label', 'node', '--all', `${LABEL}=yes`, '--overwrite']);
    this.say('the tasks may end');
  }

  private async unlabel(): Promise<void> {
    await kubectl(['label', 'node', '--all', `${LABEL}-`]);
  }

  private async waitForCounts(running: number, queued: number): Promise<void> {
    const wanted = `${running} ${queued}`;
    const counts = "SELECT count(*) FILTER (WHERE state = 'running') || ' ' || count(*) FILTER (WHERE state = 'queued') FROM task_instance WHERE dag_id = 'held'";
    await until(`${running} running and ${queued} queued tasks`, { seconds: 900 }, async () => {
      const found = await this.psql(counts);
      if (found !== wanted) { throw new Pending(found); }
    });
    this.say(`${running} tasks run, ${queued} are queued`);
  }

  /** Between the last sign of one scheduler and the first of the next one, the last time that the scheduler changed. */
  private async schedulerGap(): Promise<string> {
    const seconds = await this.psql(`SELECT round(extract(epoch FROM start_date - before)) FROM (
      SELECT start_date, lag(coalesce(end_date, latest_heartbeat)) OVER (ORDER BY id) AS before FROM job WHERE job_type = 'SchedulerJob'
    ) AS jobs ORDER BY start_date DESC LIMIT 1`);
    return `${seconds} s`;
  }

  private async check(before: DagRun, held: DagRun): Promise<void> {
    await this.withApi(this.instance, 'admin', async api => {
      const state = await api.waitForEnd(held, 900);
      if (state !== 'success') { throw new Error(`the held run is ${state}`); }
      await this.judge(api, before);
      await api.waitForLog(held, 'task_0', 'held: begins', 60);
      await this.judge(api, await api.trigger('reads', 'after'));
    });
    await this.withApi(this.instance, USER.username, async api => {
      const { status, text } = await api.call('GET', '/dags');
      if (status !== 200) { throw new Error(`GET /dags as ${USER.username}: ${status} ${text}`); }
    });
    const started = (await this.shell('cat /opt/airflow/logs/started')).trim().split('\n');
    const tries = await this.psql("SELECT count(*), max(try_number) FROM task_instance WHERE state = 'success' AND dag_id = 'held'");
    const all = RUNNING + QUEUED;
    if (started.length !== all || new Set(started).size !== all || tries !== `${all}|1`) {
      throw new Error(`${started.length} starts of ${new Set(started).size} tasks; successes and tries: ${tries}`);
    }
    this.say('all tasks have run once, and users log in');
  }

  /** Neither Helm knows the release nor is an object of it left, and Helm deletes nothing of ours. */
  private async releaseIsGone(): Promise<void> {
    const gone = await helm(['uninstall', this.release, '--namespace', this.namespace]).then(() => 'uninstalled', (error: Error) => error.message);
    if (!gone.includes('not found')) { throw new Error(`helm uninstall: ${gone}`); }
    const kinds = 'deployments,statefulsets,jobs,pods,services,configmaps,secrets,serviceaccounts,roles,rolebindings';
    await until('end of the release', { seconds: 120 }, async () => {
      const left = await list<KubeObject>(this.namespace, kinds, '--selector', `release=${this.release}`);
      if (left.length > 0) { throw new Pending(left.map(({ kind, metadata }) => `${kind} ${metadata.name}`).join(', ')); }
    });
    const program = join(this.folder, 'dist', 'airflow.k8s.yaml');
    const { stdout } = await kubectl(['get', '--filename', program, '--ignore-not-found', '--output', 'name']);
    const wanted = parseAllDocuments(readFileSync(program, 'utf8')).length;
    const found = stdout.trim().split('\n').length;
    if (found !== wanted) { throw new Error(`${found} of ${wanted} objects of the program are there: ${stdout}`); }
    await waitUntilReady(this.namespace, READY_SECONDS);
  }

  private async withApi<T>(installation: string, username: string, use: (api: AirflowApi) => Promise<T>): Promise<T> {
    const forward = await PortForward.open(this.namespace, `service/${installation}-${this.server}`, '8080');
    try {
      return await use(await AirflowApi.logIn(forward, this.airflow3, username, { username }));
    } finally { forward.close(); }
  }

  /** Runs a command in the pod that has the claims. */
  private async shell(command: string, input?: string): Promise<string> {
    return (await kubectl(['--namespace', this.namespace, 'exec', '--stdin', 'files', '--', 'sh', '-c', command], { input })).stdout;
  }

  private async psql(statement: string): Promise<string> {
    const { pod, login } = this.database;
    const command = `${login} --quiet --tuples-only --no-align --set ON_ERROR_STOP=1`;
    return (await kubectl(['--namespace', this.namespace, 'exec', '--stdin', pod, '--', 'sh', '-c', command], { input: statement })).stdout.trim();
  }
}

/** A pod of neither installation that has the claims of both. */
function filesPod(namespace: string, release: string, image: string): object {
  const mounts = { logs: '/opt/airflow/logs', dags: '/opt/airflow/dags' };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'files', namespace },
    spec: {
      securityContext: { runAsNonRoot: true, runAsUser: 50000, fsGroup: 0, seccompProfile: { type: 'RuntimeDefault' } },
      terminationGracePeriodSeconds: 1,
      containers: [{
        name: 'files',
        image,
        imagePullPolicy: 'IfNotPresent',
        command: ['sleep', 'infinity'],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        volumeMounts: Object.entries(mounts).map(([name, mountPath]) => ({ name, mountPath })),
      }],
      volumes: Object.keys(mounts).map(name => ({ name, persistentVolumeClaim: { claimName: `${release}-${name}` } })),
    },
  };
}
