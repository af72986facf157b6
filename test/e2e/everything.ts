import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AirflowApi } from './airflow-api';
import { apply, createNamespace, kubectl, KubeObject, list, Pod, secret } from './kubectl';
import { password as passwordOf, withApi } from './log-in';
import { Manifest } from './manifest';
import { Pending, until } from './poll';
import { chosen, owning, READY_SECONDS, Row, teller } from './scenario';
import { WebLoad } from './web-load';
import { waitUntilReady } from './workloads';

const NAMESPACE = `${process.env.E2E_PREFIX ?? ''}everything`;
const DAG = 'sixty';
/** A password of the database may have any characters; that of a broker stands in a URL. */
const PASSWORDS = { database: 'p@ss:w%rd/ #é', redis: 'redis-~_.1' };
const SETTINGS = 'from airflow.sdk.definitions.dag import DAG\n\n\ndef dag_policy(dag: DAG):\n    dag.tags.add("by-the-platform")\n';

interface Scaled extends KubeObject {
  readonly spec: { readonly replicas?: number };
}

const say = teller('everything');

/** What it does after the objects are checked: scale the workers by KEDA, or the API server by its CPU. */
const PARTS = ['check', 'workers', 'servers'];

/**
 * One program with every option that no other test deploys: the API server checks its objects strictly, and then it runs.
 *
 * @param names `check` only checks the objects; by default, both autoscalers are tried
 */
export async function everything(names: string[]): Promise<Row[]> {
  const parts = chosen('part', PARTS, names, part => [part]);
  const manifest = await Manifest.synthesize('test/e2e/programs/everything.ts', { NAMESPACE });
  manifest.write();
  const test = { cells: { setup: 'everything' }, namespaces: [NAMESPACE], say, folder: () => manifest.folder };
  return [await owning(test, async () => {
    await createNamespace(NAMESPACE);
    await prepare();
    await kubectl(['apply', '--server-side', '--dry-run=server', '--validate=strict', '--filename', manifest.file]);
    say(`${manifest.objects.length} objects are valid`);
    return { objects: `${manifest.objects.length}`, ...await scale(manifest, parts) };
  })];
}

async function scale(manifest: Manifest, parts: string[]): Promise<Row> {
  if (!parts.includes('workers') && !parts.includes('servers')) { return {}; }
  await kubectl(['apply', '--server-side', '--validate=strict', '--filename', manifest.file]);
  await waitUntilReady(NAMESPACE, READY_SECONDS);
  say('Ready');
  await objectsAreAsTold();
  const row: Row = {};
  if (parts.includes('workers')) {
    row.workers = await withApi(manifest.notes, '3.3.2', scaleWorkers);
  }
  if (parts.includes('servers')) { row.servers = await scaleApiServer(manifest); }
  return row;
}

/** What exists before the program: a Secret with passwords and settings, and the volume of an old Redis. */
async function prepare(): Promise<void> {
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'redis-of-old', namespace: NAMESPACE },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '100Mi' } } },
  };
  await apply([secret('own', { ...PASSWORDS, 'local-settings': SETTINGS }, NAMESPACE), claim]);
}

async function objectsAreAsTold(): Promise<void> {
  const annotations = async (kind: string, name: string) => (
    await kubectl(['--namespace', NAMESPACE, 'get', kind, name, '--output', 'jsonpath={.metadata.annotations}'])).stdout;
  for (const [kind, name, wanted] of [
    ['secret', 'airflow-keys', 'example.com/copy'], ['configmap', 'airflow-dags', 'example.com/reload'], ['serviceaccount', 'airflow-celery-worker', 'example.com/owner'],
  ]) {
    const found = await annotations(kind, name);
    if (!found.includes(wanted)) { throw new Error(`${kind} ${name} has no annotation ${wanted}: ${found}`); }
  }
}

/** Queues sixty tasks, and answers how many workers KEDA let run, one number after the other. */
async function scaleWorkers(api: AirflowApi): Promise<string> {
  const counts: number[] = [];
  const count = async () => {
    const now = await replicas('statefulset', 'airflow-celery-worker');
    if (counts.at(-1) !== now) {
      counts.push(now);
      say(`${now} workers`);
    }
    return now;
  };
  await until('no worker', { seconds: 180 }, async () => { if (await count() > 0) { throw new Pending('workers without work'); } });
  await api.waitForDag(DAG, 300);
  const run = await api.trigger(DAG);
  let ended: string | undefined;
  const end = api.waitForEnd(run, 900).then(state => { ended = state; });
  await until('the end of the tasks', { seconds: 900, periodSeconds: 2 }, async () => {
    await count();
    if (ended === undefined) { throw new Pending(`${counts.at(-1)} workers`); }
  });
  await end;
  if (ended !== 'success') { throw new Error(`the run ended with ${ended}`); }
  await until('no worker again', { seconds: 300, periodSeconds: 2 }, async () => { if (await count() > 0) { throw new Pending(`${counts.at(-1)} workers`); } });
  if (Math.max(...counts) !== 3) { throw new Error(`KEDA let at most ${Math.max(...counts)} workers run: ${counts.join(', ')}`); }
  return counts.join(' -> ');
}

/** Loads the API server until the autoscaler adds a second pod. */
async function scaleApiServer(manifest: Manifest): Promise<string> {
  const before = await replicas('deployment', 'airflow-api-server');
  const load = await WebLoad.start({
    namespace: NAMESPACE, url: `http://airflow-api-server.${NAMESPACE}.svc:8080`, password: await passwordOf(manifest.notes), airflow3: true, concurrent: 20,
  });
  const after = await until('a second API server', { seconds: 300, periodSeconds: 2 }, async () => {
    const now = await replicas('deployment', 'airflow-api-server');
    if (now < 2) { throw new Pending(`${now} API server`); }
    return now;
  });
  await load.stop();
  const pods = await list<Pod>(NAMESPACE, 'pods', '--selector', 'app.kubernetes.io/component=api-server');
  writeFileSync(join(manifest.folder, 'api-servers.json'), JSON.stringify(pods, undefined, 1));
  return `${before} -> ${after}`;
}

async function replicas(kind: string, name: string): Promise<number> {
  return (await list<Scaled>(NAMESPACE, kind)).find(({ metadata }) => metadata.name === name)!.spec.replicas ?? 0;
}
