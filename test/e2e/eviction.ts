import { dagFile, MountedDags } from './dag-delivery';
import { kubectl, KubeObject, list, Pod } from './kubectl';
import { password as passwordOf, withApi } from './log-in';
import { Manifest } from './manifest';
import { Pending, until } from './poll';
import { chosen, deploy, inOrder, owning, READY_SECONDS, Row, Say, teller } from './scenario';
import { lostOf, outcomesOf, WebLoad } from './web-load';
import { waitUntilReady } from './workloads';

const DAG = 'eviction';
const SHORT = 50;

interface Setup {
  readonly executor: string;
  readonly version: string;
  /** The time for which an evicted pod protects its task. */
  readonly grace: number;
}

/** The long task takes 150 s: it outlasts the first grace period, and not the second. */
const SETUPS: Setup[] = [
  { executor: 'kubernetes', version: '3.3.2', grace: 60 },
  { executor: 'celery', version: '3.3.2', grace: 300 },
  { executor: 'kubernetes', version: '2.11.2', grace: 300 },
  { executor: 'celery', version: '2.11.2', grace: 300 },
];

const titleOf = ({ executor, version }: Setup) => `${executor}-${version}`;

/** Evicts every pod and replaces every pod while tasks run; the names select setups, like `kubernetes-3.3.2`. */
export async function eviction(names: string[]): Promise<Row[]> {
  return inOrder(chosen('setup', SETUPS, names, setup => [titleOf(setup)]), setup => new EvictionRun(setup).run());
}

class EvictionRun {
  private readonly say: Say;
  private readonly namespace: string;

  constructor(private readonly setup: Setup) {
    this.namespace = `${process.env.E2E_PREFIX ?? ''}eviction-${titleOf(setup)}`.replace(/\./g, '-');
    this.say = teller(`eviction@${titleOf(setup)}`);
  }

  public async run(): Promise<Row> {
    const { namespace } = this;
    const { executor, version, grace } = this.setup;
    const dags = new MountedDags([dagFile(`${DAG}.py`)], {
      NAMESPACE: namespace, EXECUTOR: executor, AIRFLOW_VERSION: version, REPLICAS: '2', TASK_GRACE: `${grace}`,
    });
    const manifest = await dags.synthesize('test/e2e/programs/availability.ts');
    return owning({ cells: { setup: titleOf(this.setup) }, namespaces: [namespace], say: this.say, folder: () => manifest.folder }, async () => {
      await deploy(manifest, namespace, this.say);
      return this.disrupt(manifest);
    });
  }

  private async disrupt(manifest: Manifest): Promise<Row> {
    const { version } = this.setup;
    const airflow3 = !version.startsWith('2.');
    const url = `http://airflow-${airflow3 ? 'api-server' : 'webserver'}.${this.namespace}.svc:8080`;
    const load = await WebLoad.start({ namespace: this.namespace, url, password: await passwordOf(manifest.notes), airflow3, rate: 2 });
    const run = await withApi(manifest.notes, version, async api => {
      await api.waitForDag(DAG, 300);
      const triggered = await api.trigger(DAG);
      await api.waitUntilRunning(triggered, 'long', 300);
      return triggered;
    });
    await this.evictTaskPods();
    await this.evictComponents();
    await this.replaceComponents();
    const tasks = await withApi(manifest.notes, version, async api => {
      await api.waitForEnd(run, READY_SECONDS);
      return api.taskInstances(run);
    });
    const report = await load.stop();
    const triesOf = (id: string) => tasks.filter(({ task_id: task }) => task === id).reduce((sum, task) => sum + task.try_number, 0);
    const lost = lostOf(report);
    if (lost > 0) { this.say(`lost requests: ${JSON.stringify(report.lost)}`); }
    const long = this.outlasts ? 2 : 1;
    const passed = tasks.every(({ state }) => state === 'success') && triesOf('short') === SHORT && triesOf('long') === long && lost === 0;
    return {
      short: `${triesOf('short')} tries of ${SHORT} tasks`,
      long: `${triesOf('long')} tries, expected ${long} with a grace period of ${this.setup.grace} s`,
      ui: outcomesOf(report),
      result: passed ? 'passed' : 'FAILED',
    };
  }

  private get outlasts(): boolean {
    return this.setup.grace < 150;
  }

  /** The pods of tasks, or the workers with tasks; a worker is a component as well. */
  private async evictTaskPods(): Promise<void> {
    if (this.setup.executor === 'celery') { return; }
    const pods = (await this.pods()).filter(({ metadata, status }) => componentOf({ metadata }) === 'task' && status.phase === 'Running');
    for (const { metadata: { name } } of pods) { await this.evict(name); }
    this.say(`evicted ${pods.length} task pods`);
  }

  /** One pod after the other, as the budgets allow it. The database is one pod, whose outage Airflow itself decides about. */
  private async evictComponents(): Promise<void> {
    const pods = (await this.pods()).filter(pod => pod.metadata.ownerReferences !== undefined
      && !['task', 'postgres', undefined].includes(componentOf(pod)) && pod.status.phase === 'Running');
    for (const pod of pods) {
      await this.evict(pod.metadata.name);
      this.say(`evicted ${pod.metadata.name}`);
    }
    await waitUntilReady(this.namespace, READY_SECONDS);
  }

  private async replaceComponents(): Promise<void> {
    await kubectl(['--namespace', this.namespace, 'rollout', 'restart', 'deployment']);
    await waitUntilReady(this.namespace, READY_SECONDS);
    this.say('replaced all components');
  }

  /** A budget answers 429 while too many pods are away. */
  private async evict(name: string): Promise<void> {
    const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: this.namespace } };
    await until(`eviction of ${name}`, { seconds: 600, periodSeconds: 2 }, async () => {
      await kubectl(['create', '--raw', `/api/v1/namespaces/${this.namespace}/pods/${name}/eviction`, '--filename', '-'], { input: JSON.stringify(body) })
        .catch((error: Error) => {
          if (/TooManyRequests|disruption budget/.test(error.message)) { throw new Pending(error.message); }
          if (!/NotFound/.test(error.message)) { throw error; }
        });
    });
  }

  private async pods(): Promise<Pod[]> {
    return list<Pod>(this.namespace, 'pods');
  }

}

function componentOf({ metadata: { labels } }: Pick<KubeObject, 'metadata'>): string | undefined {
  return labels?.['app.kubernetes.io/component'];
}
