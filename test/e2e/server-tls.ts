import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { AirflowApi, DagRun } from './airflow-api';
import { Authority, Pair } from './authority';
import { dagFile, MountedDags } from './dag-delivery';
import { apply, createNamespace, kubectl, list, Pod, podOf, secret } from './kubectl';
import { forwardTo, withApi } from './log-in';
import { Manifest } from './manifest';
import { Pending, timed, until } from './poll';
import { chosen, inOrder, owning, READY_SECONDS, Row, Say, teller } from './scenario';
import { restartCounts, restartedContainers, waitUntilReady } from './workloads';

const DAG = 'server_tls';
/** After a Secret has changed, new connections must use the new certificate within this time. */
const LIMIT = 120;

/** Each has all three executors side by side. */
interface Setup {
  readonly version: string;
  readonly mutual?: boolean;
  /** Whether the certificate and its authority change while tasks run. */
  readonly rotates?: boolean;
}

const EXECUTORS = ['LocalExecutor', 'CeleryExecutor', 'KubernetesExecutor'];
const SETUPS: Setup[] = [{ version: '3.3.2', mutual: true, rotates: true }, { version: '2.11.2', rotates: true }, { version: '3.3.2' }];

const titleOf = ({ version, mutual }: Setup) => `${mutual ? 'mutual' : 'plain'}-${version}`;

/** Runs DAGs while the API server or webserver serves HTTPS; the names select setups, like `mutual-3.3.2`. */
export async function serverTls(names: string[]): Promise<Row[]> {
  return inOrder(chosen('setup', SETUPS, names, setup => [titleOf(setup)]), setup => new TlsRun(setup).run());
}

/** One Airflow whose server has a certificate. */
class TlsRun {
  private readonly say: Say;
  private readonly namespace: string;
  private readonly server: string;
  private readonly results: Row;
  private authority!: Authority;
  /** What the Secret has, and what the server uses. */
  private pair!: Pair;
  private used!: Pair;
  private client!: Pair;
  private manifest!: Manifest;

  constructor(private readonly setup: Setup) {
    this.say = teller(`server-tls@${titleOf(setup)}`);
    this.results = { setup: titleOf(setup) };
    this.namespace = `tls-${titleOf(setup).replace(/\./g, '-')}`;
    this.server = setup.version.startsWith('2.') ? 'webserver' : 'api-server';
  }

  public async run(): Promise<Row> {
    const test = { cells: this.results, namespaces: [this.namespace], say: this.say, folder: () => this.manifest.folder };
    return owning(test, async () => {
      await this.deploy();
      await this.use();
      return {};
    });
  }

  private async deploy(): Promise<void> {
    const { namespace, setup: { version, mutual } } = this;
    const dags = new MountedDags([dagFile(`${DAG}.py`)], { NAMESPACE: namespace, AIRFLOW_VERSION: version, ...mutual && { MUTUAL: 'yes' } }, true);
    this.manifest = await dags.synthesize('test/e2e/programs/server-tls.ts');
    this.authority = await Authority.create('first authority');
    await createNamespace(namespace);
    await this.trust(this.authority);
    await this.present(await this.issue(this.authority));
    this.client = await this.authority.issue('clientAuth', 'tasks');
    await apply([secret('tasks', { 'tls.crt': this.client.certificate, 'tls.key': this.client.key }, namespace)]);
    await kubectl(['apply', '--filename', this.manifest.file]);
    this.results.ready = `${(await timed(() => waitUntilReady(namespace, READY_SECONDS))).toFixed(0)} s`;
    this.say('Ready');
  }

  private async use(): Promise<void> {
    // A busy machine may be too slow for a first start.
    const restarts = await restartCounts(this.namespace);
    const runs = [await this.begin('first')];
    await this.checkPrivateKey();
    if (this.setup.rotates) { runs.push(...await this.rotate()); }
    await this.withApi(async api => {
      await api.setVariable('e2e_release', 'yes');
      for (const run of runs) { assert.equal(await api.waitForEnd(run, READY_SECONDS), 'success', run.runId); }
      const tasks = (await Promise.all(runs.map(run => api.taskInstances(run)))).flat();
      this.results.tries = `${tasks.filter(task => task.try_number > 1).map(({ task_id: id }) => id).join(', ') || 'none'} burned of ${tasks.length} tasks`;
      assert.deepEqual(tasks.filter(task => task.state !== 'success' || task.try_number > 1), []);
    });
    this.say('all tasks succeeded at their first try');
    assert.deepEqual(await restartedContainers(this.namespace, restarts), [], 'containers have restarted');
  }

  /** Begins a run, in which a task of each executor waits to be released. */
  private async begin(id: string): Promise<DagRun> {
    return this.withApi(async api => {
      await api.waitForDag(DAG, 300);
      const run = await api.trigger(DAG, id);
      for (const executor of EXECUTORS) { await api.waitUntilRunning(run, `waits-${executor}`, 600); }
      return run;
    });
  }

  private async rotate(): Promise<DagRun[]> {
    const runs: DagRun[] = [];
    const change = async (what: string, authority: Authority) => {
      await this.present(await this.issue(authority));
      this.results[what] = `after ${(await timed(() => this.untilPresented())).toFixed(0)} s`;
      this.say(`${what}: ${this.results[what]}`);
      runs.push(await this.begin(what.replace(/ /g, '-')));
    };
    await change('new certificate', this.authority);
    await this.refuse('whose key is another', { ...await this.issue(this.authority), key: this.pair.key });
    const next = await Authority.create('next authority');
    await this.refuse('of an unknown authority', await this.issue(next));
    await this.trust(this.authority, next);
    this.results['authority added'] = `after ${(await timed(() => this.untilPresented())).toFixed(0)} s`;
    this.say(`the certificate of the new authority is used ${this.results['authority added']}`);
    // Running tasks connect again, with an authority that they did not know when they began.
    await kubectl(['--namespace', this.namespace, 'delete', 'pod', await podOf(this.namespace, this.server)]);
    await waitUntilReady(this.namespace, READY_SECONDS);
    runs.push(await this.begin('next-authority'));
    return runs;
  }

  /** A certificate that does not fit changes nothing, and the log says so. */
  private async refuse(what: string, pair: Pair): Promise<void> {
    const since = new Date().toISOString();
    const { used } = this;
    await this.present(pair);
    const pod = await podOf(this.namespace, this.server);
    const seconds = await timed(() => until('word of the refused certificate', { seconds: LIMIT }, async () => {
      await presented(this.manifest.notes);
      const { stdout } = await kubectl(['--namespace', this.namespace, 'logs', pod, '--container', this.server, '--since-time', since]);
      if (!stdout.includes('cannot be used, so the old ones stay in use')) { throw new Pending('the log does not say so'); }
    }));
    assert.equal(await presented(this.manifest.notes), fingerprint(used), 'the old certificate stays');
    this.say(`a certificate ${what} is refused after ${seconds.toFixed(0)} s`);
  }

  private async untilPresented(): Promise<void> {
    await until('new certificate', { seconds: LIMIT, periodSeconds: 1 }, async () => {
      if (await presented(this.manifest.notes) !== fingerprint(this.pair)) { throw new Pending('the old one is in use'); }
    });
    this.used = this.pair;
  }

  /** Looks into every running pod for a file that is the key of the server. */
  private async checkPrivateKey(): Promise<void> {
    const hash = createHash('sha256').update(this.pair.key).digest('hex');
    const pods = (await list<Pod>(this.namespace, 'pods', '--selector', 'app.kubernetes.io/name=airflow'))
      .filter(({ status: { phase }, metadata: { labels = {} } }) => phase === 'Running' && !/^(postgres|redis)$/.test(labels['app.kubernetes.io/component']));
    const holders: string[] = [];
    for (const { metadata: { name, labels = {} }, spec: { containers } } of pods) {
      const { stdout } = await kubectl(['--namespace', this.namespace, 'exec', name, '--container', containers[0].name, '--',
        'sh', '-c', 'find /run /tmp /opt/airflow /etc/cdk8s-airflow -type f -size -64k -exec sha256sum {} + 2>/dev/null || true']);
      if (stdout.includes(hash)) { holders.push(labels['app.kubernetes.io/component']); }
    }
    assert.deepEqual(holders, [this.server], 'pods with the private key');
    this.results.key = `in 1 of ${pods.length} pods`;
    this.say(`the private key is in the pod of the ${this.server} alone, of ${pods.length} pods`);
  }

  private async issue(authority: Authority): Promise<Pair> {
    const host = `airflow-${this.server}`;
    return authority.issue('serverAuth', `${host}.${this.namespace}.svc`, host);
  }

  private async present(pair: Pair): Promise<void> {
    this.pair = pair;
    await apply([secret('server', { 'tls.crt': pair.certificate, 'tls.key': pair.key }, this.namespace)]);
  }

  private async trust(...authorities: Authority[]): Promise<void> {
    const data = { 'ca.crt': authorities.map(({ certificate }) => certificate).join('') };
    await apply([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'authority', namespace: this.namespace }, data }]);
  }

  private async withApi<T>(use: (api: AirflowApi) => Promise<T>): Promise<T> {
    return withApi(this.manifest.notes, this.setup.version, use, this.setup.mutual ? this.client : undefined);
  }
}

function fingerprint({ certificate }: Pair): string {
  return new X509Certificate(certificate).fingerprint256;
}

/** The fingerprint of the certificate that a new connection sees; another connection is made where one breaks. */
async function presented(notes: string): Promise<string> {
  return until('certificate', { seconds: 60 }, async () => {
    const forward = await forwardTo(notes);
    try {
      const { hostname: host, port } = new URL(forward.url);
      return await new Promise<string>((resolve, reject) => {
        const socket = connect({ host, port: Number(port), rejectUnauthorized: false }, () => {
          resolve(socket.getPeerX509Certificate()!.fingerprint256);
          socket.destroy();
        });
        socket.on('error', error => reject(new Pending(error.message)));
      });
    } finally {
      forward.close();
    }
  });
}
