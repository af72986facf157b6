import { AirflowApi } from './airflow-api';
import { apply, createNamespace, kubectl, KubeObject, list, psql, secret } from './kubectl';
import { password as passwordOf, withApi } from './log-in';
import { Manifest } from './manifest';
import { Pending, until } from './poll';
import { chosen, inOrder, owning, READY_SECONDS, Row, Say, teller } from './scenario';
import { WebLoad } from './web-load';
import { waitUntilReady } from './workloads';

const VERSIONS = ['3.3.2', '2.11.2'];
/** What the test does after the API server has checked the objects: KEDA scales the workers, and an HPA the server of the UI. */
const PARTS = ['check', 'workers', 'servers'];
const NAMESPACE = `${process.env.E2E_PREFIX ?? ''}everything`;
/** The objects of this namespace are only checked. */
const CHECKED = `${NAMESPACE}-checked`;
const DAG = 'sixty';
/** A password of the database may have any characters; that of a broker stands in a URL. */
const PASSWORDS = { database: 'p@ss:w%rd/ #é', broker: 'broker-~_.1' };
const SETTINGS = 'def dag_policy(dag):\n    dag.tags = type(dag.tags)([*dag.tags, "by-the-platform"])\n';

interface Scaled extends KubeObject {
  readonly spec: { readonly replicas?: number };
}

/**
 * One program with every option that no other test deploys: the API server checks its objects strictly, and then Airflow runs.
 *
 * @param names versions, by default all, and parts, by default both autoscalers; `check` only checks the objects
 */
export async function everything(names: string[]): Promise<Row[]> {
  const isVersion = (name: string) => /^\d/.test(name);
  const versions = chosen('version', VERSIONS, names.filter(isVersion), version => [version]);
  const parts = chosen('part', PARTS, names.filter(name => !isVersion(name)), part => [part]);
  return inOrder(versions, version => new EverythingRun(version, parts).run());
}

class EverythingRun {
  private readonly say: Say;
  private readonly web: string;

  constructor(private readonly version: string, private readonly parts: string[]) {
    this.say = teller(`everything@${version}`);
    this.web = version.startsWith('3.') ? 'airflow-api-server' : 'airflow-webserver';
  }

  public async run(): Promise<Row> {
    const manifest = await Manifest.synthesize('test/e2e/programs/everything.ts', { NAMESPACE, AIRFLOW: this.version });
    manifest.write();
    const test = { cells: { setup: this.version }, namespaces: [NAMESPACE, CHECKED], say: this.say, folder: () => manifest.folder };
    return owning(test, async () => {
      await createNamespace(NAMESPACE);
      await createNamespace(CHECKED);
      await prepare();
      await applyStrictly(manifest.file, '--dry-run=server');
      this.say(`${manifest.objects.length} objects are valid`);
      return { objects: `${manifest.objects.length}`, ...await this.scale(manifest) };
    });
  }

  private async scale(manifest: Manifest): Promise<Row> {
    const [workers, servers] = ['workers', 'servers'].map(part => this.parts.includes(part));
    if (!workers && !servers) { return {}; }
    manifest.keep(({ metadata: { namespace } }) => namespace === NAMESPACE);
    manifest.write();
    await applyStrictly(manifest.file);
    await waitUntilReady(NAMESPACE, READY_SECONDS);
    this.say('Ready');
    await hasMetadata();
    await hasFiles();
    await this.servesSidecar();
    return {
      ...workers && { workers: await withApi(manifest.notes, this.version, api => this.scaleWorkers(api)) },
      ...servers && { servers: await this.scaleServers(manifest) },
    };
  }

  /** The Service has a port for the sidecar. */
  private async servesSidecar(): Promise<void> {
    const code = `import urllib.request; print(urllib.request.urlopen("http://${this.web}").status)`;
    const { stdout } = await kubectl(['--namespace', NAMESPACE, 'exec', 'deployment/airflow-scheduler', '--', 'python', '-c', code]);
    if (stdout.trim() !== '200') { throw new Error(`the sidecar behind the Service answered ${stdout}`); }
  }

  /** Queues sixty tasks, and answers how many workers KEDA let run, one number after the other. */
  private async scaleWorkers(api: AirflowApi): Promise<string> {
    const counts: number[] = [];
    const count = async () => {
      const now = await replicas('statefulset', 'airflow-celery-worker');
      if (counts.at(-1) !== now) {
        counts.push(now);
        this.say(`${now} workers`);
      }
      return now;
    };
    const none = async () => { if (await count() > 0) { throw new Pending(`${counts.at(-1)} workers`); } };
    await until('no worker', { seconds: 180 }, none);
    await api.waitForDag(DAG, 300);
    const tags = await psql(NAMESPACE, `select name from dag_tag where dag_id = '${DAG}'`);
    if (tags !== 'by-the-platform') { throw new Error(`the local settings gave the DAG the tags '${tags}'`); }
    const run = await api.trigger(DAG);
    let ended: string | undefined;
    const end = api.waitForEnd(run, 900).then(state => { ended = state; });
    await until('the end of the tasks', { seconds: 900, periodSeconds: 2 }, async () => {
      await count();
      if (ended === undefined) { throw new Pending(`${counts.at(-1)} workers`); }
    });
    await end;
    if (ended !== 'success') { throw new Error(`the run ended with ${ended}`); }
    await until('no worker again', { seconds: 300, periodSeconds: 2 }, none);
    if (Math.max(...counts) !== 3) { throw new Error(`KEDA let at most ${Math.max(...counts)} workers run: ${counts.join(', ')}`); }
    await until('the end of the volumes of workers', { seconds: 120 }, async () => {
      const left = (await list(NAMESPACE, 'persistentvolumeclaims')).map(({ metadata }) => metadata.name).filter(name => name.includes('celery-worker'));
      if (left.length > 0) { throw new Pending(left.join(', ')); }
    });
    return counts.join(' -> ');
  }

  /** Loads the server of the UI until the autoscaler adds a second pod, which becomes Ready. */
  private async scaleServers(manifest: Manifest): Promise<string> {
    const count = () => replicas('deployment', this.web);
    await until('one server', { seconds: 300 }, async () => { if (await count() !== 1) { throw new Pending(`${await count()} servers`); } });
    const load = await WebLoad.start({
      namespace: NAMESPACE,
      url: `http://${this.web}.${NAMESPACE}.svc:8080`,
      password: await passwordOf(manifest.notes),
      airflow3: this.version.startsWith('3.'),
      concurrent: 20,
    });
    await until('a second server', { seconds: 300, periodSeconds: 2 }, async () => { if (await count() < 2) { throw new Pending('one server'); } });
    this.say('2 servers');
    await load.stop();
    await waitUntilReady(NAMESPACE, READY_SECONDS);
    return '1 -> 2';
  }
}

/** The API server refuses unknown fields, and a warning is an error. */
async function applyStrictly(file: string, ...options: string[]): Promise<void> {
  await kubectl(['apply', '--server-side', '--validate=strict', '--warnings-as-errors', ...options, '--filename', file]);
}

/** What exists before the program: passwords, settings, and the volumes that older servers have left. */
async function prepare(): Promise<void> {
  const claim = (name: string) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: NAMESPACE },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '100Mi' } } },
  });
  const url = `amqp://airflow:${PASSWORDS.broker}@airflow-rabbitmq.${NAMESPACE}.svc:5672/airflow`;
  await apply([
    secret('own', { ...PASSWORDS, 'broker-url': url, 'local-settings': SETTINGS }, NAMESPACE),
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: NAMESPACE }, data: { 'mine.py': SETTINGS } },
    claim('broker-of-old'),
    claim('database-of-old'),
  ]);
}

async function hasMetadata(): Promise<void> {
  for (const [kind, name, wanted] of [
    ['secret', 'airflow-keys', 'example.com/copy'],
    ['configmap', 'airflow-dags', 'example.com/reload'],
    ['serviceaccount', 'airflow-celery-worker', 'example.com/owner'],
    ['persistentvolumeclaim', 'logs-airflow-triggerer-0', 'example.com/backup'],
  ]) {
    const { stdout } = await kubectl(['--namespace', NAMESPACE, 'get', kind, name, '--output', 'jsonpath={.metadata.annotations}']);
    if (!stdout.includes(wanted)) { throw new Error(`${kind} ${name} has no annotation ${wanted}: ${stdout}`); }
  }
}

/** What the pod of the scheduler sees: its volumes, the settings of its kernel, and the first process of all its containers. */
async function hasFiles(): Promise<void> {
  const files = ['/proc/sys/net/ipv4/tcp_keepalive_time', '/proc/1/comm', '/etc/facts/team', '/etc/projected/cpu', '/etc/projected/settings.py'];
  const { stdout } = await kubectl([
    '--namespace', NAMESPACE, 'exec', 'deployment/airflow-scheduler', '--container', 'scheduler', '--', 'bash', '-c',
    `set -e; for file in ${files.join(' ')}; do cat $file; echo; done; stat --dereference --format %a /etc/projected/{settings.py,token}`,
  ]);
  const seen = stdout.split('\n').filter(line => line !== '');
  // Kubernetes gives a token to the user of the pod, whatever mode the volume has.
  const wanted = ['300', 'pause', 'data', '10', ...SETTINGS.trim().split('\n'), '440', '640'];
  if (seen.join('\n') !== wanted.join('\n')) { throw new Error(`the scheduler sees ${JSON.stringify(seen)}, not ${JSON.stringify(wanted)}`); }
}

async function replicas(kind: string, name: string): Promise<number> {
  return (await list<Scaled>(NAMESPACE, kind)).find(({ metadata }) => metadata.name === name)!.spec.replicas ?? 0;
}
