import { Condition, KubeObject, kubectl, list, Pod } from './kubectl';
import { Pending, until } from './poll';

interface Workload extends KubeObject {
  readonly spec: { readonly replicas?: number };
  readonly status: {
    readonly observedGeneration?: number;
    /** All pods, including old ones that have not ended yet. */
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly updatedReplicas?: number;
    readonly conditions?: Condition[];
  };
}

const KINDS = 'deployments,statefulsets,jobs';

/** What must not change when the same YAML is applied again. */
export interface Snapshot {
  /** The objects of the YAML, by the generation of their spec, or by their version where they have no status. */
  readonly objects: { readonly [name: string]: string };
  /** The Jobs, lest there be new ones. */
  readonly jobs: { readonly [name: string]: string };
  /** The pods and how often their containers have restarted. */
  readonly pods: { readonly [name: string]: string };
}

/** Waits until all Deployments and StatefulSets are Ready, without old pods, and all Jobs are Complete. */
export async function waitUntilReady(namespace: string, seconds: number): Promise<void> {
  await until('Ready', { seconds, periodSeconds: 1 }, async () => {
    const missing = (await list<Workload>(namespace, KINDS)).flatMap(workload => lacks(workload) ?? []);
    if (missing.length > 0) { throw new Pending(missing.join(', ')); }
  });
}

export async function snapshot(namespace: string, file: string): Promise<Snapshot> {
  const { stdout } = await kubectl(['get', '--filename', file, '--output', 'json']);
  const { items: objects } = JSON.parse(stdout) as { items: KubeObject[] };
  // Pods of tasks, and those that tasks start, belong to no workload and come and go.
  const pods = (await list<Pod>(namespace, 'pods')).filter(pod => pod.metadata.ownerReferences !== undefined);
  return {
    objects: named(objects, ({ metadata: { uid, generation, resourceVersion } }) => `${uid} ${generation ?? resourceVersion}`),
    jobs: named(await list(namespace, 'jobs'), job => job.metadata.uid!),
    pods: named(pods, pod => `${pod.metadata.uid} restarts ${restarts(pod)}`),
  };
}

/** The containers of long-running pods that have restarted, at all or since `before`. */
export async function restartedContainers(namespace: string, before: ReadonlyMap<string, number> = new Map()): Promise<string[]> {
  const counts = [...await restartCounts(namespace)];
  return counts.filter(([name, count]) => count > (before.get(name) ?? 0)).map(([name, count]) => `${name} (${count})`);
}

/** How often the containers of each long-running pod have restarted. */
export async function restartCounts(namespace: string): Promise<Map<string, number>> {
  const pods = (await list<Pod>(namespace, 'pods')).filter(pod => pod.status.phase === 'Running');
  return new Map(pods.map(pod => [pod.metadata.name, restarts(pod)]));
}

function lacks(workload: Workload): string | undefined {
  const { kind, metadata, spec, status } = workload;
  const name = `${kind} ${metadata.name}`;
  if (kind === 'Job') {
    const is = (type: string) => status.conditions?.find(condition => condition.type === type && condition.status === 'True');
    if (is('Failed')) { throw new Error(`${name} failed: ${is('Failed')!.message}`); }
    return is('Complete') ? undefined : name;
  }
  const wanted = spec.replicas ?? 1;
  const current = status.observedGeneration === metadata.generation;
  const are = (replicas = 0) => replicas === wanted;
  return current && are(status.replicas) && are(status.readyReplicas) && are(status.updatedReplicas) ? undefined : name;
}

function restarts(pod: Pod): number {
  const containers = [...pod.status.initContainerStatuses ?? [], ...pod.status.containerStatuses ?? []];
  return containers.reduce((sum, container) => sum + container.restartCount, 0);
}

function named<T extends KubeObject>(objects: T[], value: (object: T) => string): { [name: string]: string } {
  return Object.fromEntries(objects.map(object => [`${object.kind} ${object.metadata.name}`, value(object)]));
}

/** Runs a CronJob now, as the Job of that name, and answers its log. */
export async function runNow(namespace: string, cronJob: string, job: string, seconds: number): Promise<string> {
  const log = async () => (await kubectl(['--namespace', namespace, 'logs', `job/${job}`, '--tail', '-1'])).stdout;
  await kubectl(['--namespace', namespace, 'create', 'job', job, `--from=cronjob/${cronJob}`]);
  await until(`end of ${job}`, { seconds, periodSeconds: 1 }, async () => {
    const { stdout } = await kubectl(['--namespace', namespace, 'get', 'job', job, '--output', 'jsonpath={.status.succeeded}/{.status.failed}']);
    if (stdout === '/1') { throw new Error(`${job} failed: ${await log()}`); }
    if (!stdout.startsWith('1/')) { throw new Pending(stdout); }
  });
  return log();
}

/** Waits until pods run, and answers the addresses of their pods by namespace and name. */
export async function waitUntilRunning(namespaces: string[], count: number): Promise<Map<string, string>> {
  return until('running pods', { seconds: 300, periodSeconds: 1 }, async () => {
    const pods = (await Promise.all(namespaces.map(namespace => list<Pod & { status: { podIP?: string } }>(namespace, 'pods')))).flat();
    const running = pods.filter(({ status }) => status.phase === 'Running' && status.podIP !== undefined);
    if (running.length < count) { throw new Pending(`${running.length} of ${count}`); }
    return new Map(running.map(({ metadata: { namespace, name }, status }) => [`${namespace}/${name}`, status.podIP!]));
  });
}
