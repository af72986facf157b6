import { Pending, until } from './poll';
import { Background, Output, run, RunOptions } from './process';

/** An object of Kubernetes, as far as the tests read it. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly generation?: number;
    readonly resourceVersion?: string;
    readonly ownerReferences?: object[];
    readonly labels?: { readonly [name: string]: string };
  };
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message?: string;
  readonly lastTransitionTime: string;
}

interface ContainerStatus {
  readonly name: string;
  readonly restartCount: number;
  readonly state: ContainerState;
  readonly lastState?: ContainerState;
}

interface ContainerState {
  readonly running?: { readonly startedAt: string };
  readonly terminated?: { readonly startedAt: string; readonly reason?: string; readonly exitCode?: number; readonly message?: string };
}

export interface Pod extends KubeObject {
  readonly spec: { readonly containers: { readonly name: string; readonly image: string }[] };
  readonly status: {
    readonly phase: string;
    readonly conditions?: Condition[];
    readonly containerStatuses?: ContainerStatus[];
    readonly initContainerStatuses?: ContainerStatus[];
  };
}

export async function kubectl(args: string[], options: RunOptions = {}): Promise<Output> {
  return run('kubectl', args, options);
}

/** The objects of a kind in a namespace. */
export async function list<T extends KubeObject>(namespace: string, kinds: string, ...args: string[]): Promise<T[]> {
  const { stdout } = await kubectl(['--namespace', namespace, 'get', kinds, '--output', 'json', ...args]);
  return (JSON.parse(stdout) as { items: T[] }).items;
}

async function namespaceExists(name: string): Promise<boolean> {
  const { stdout } = await kubectl(['get', 'namespace', name, '--ignore-not-found', '--output', 'name']);
  return stdout !== '';
}

/** Throws for a namespace that is there already, since what is in it is not the test's to delete. */
export async function refuseExisting(...namespaces: string[]): Promise<void> {
  for (const name of namespaces) {
    if (await namespaceExists(name)) { throw new Error(`the namespace ${name} exists; delete it first: kubectl delete namespace ${name}`); }
  }
}

/** Pods that break the Pod Security level restricted are refused; a workload whose pods would is warned of. */
export async function createNamespace(name: string): Promise<void> {
  const labels = Object.fromEntries(['enforce', 'warn'].map(mode => [`pod-security.kubernetes.io/${mode}`, 'restricted']));
  await apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }]);
}

export function secret(name: string, stringData: { readonly [key: string]: string }, namespace?: string): KubeObject & { stringData: object } {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData };
}

export async function apply(objects: object[]): Promise<void> {
  await kubectl(['apply', '--filename', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }) });
}

/**
 * Deletes namespaces, unless E2E_KEEP keeps them. What uses the database goes before it, since a scheduler that has lost its database takes
 * its whole grace period to end.
 */
export async function deleteNamespaces(names: string[]): Promise<void> {
  if (process.env.E2E_KEEP !== undefined) { return; }
  for (const name of names) {
    await kubectl(['--namespace', name, 'delete', 'deployments', '--all', '--cascade=foreground', '--timeout', '5m']);
  }
  await kubectl(['delete', 'namespace', ...names, '--ignore-not-found', '--timeout', '5m']);
}

export async function podOf(namespace: string, component: string): Promise<string> {
  const pods = await list<Pod>(namespace, 'pods', '--selector', `app.kubernetes.io/component=${component}`);
  if (pods.length !== 1) { throw new Error(`expected one pod of ${component} in ${namespace}, got ${pods.length}`); }
  return pods[0].metadata.name;
}

/** The log of all containers of a pod; empty if the pod has gone, as those of tasks do when the task has ended. */
export async function logOf(namespace: string, pod: string): Promise<string> {
  return kubectl(['--namespace', namespace, 'logs', pod, '--all-containers', '--tail', '-1']).then(({ stdout }) => stdout, (error: Error) => {
    if (error.message.includes('NotFound')) { return ''; }
    throw error;
  });
}

/** What a statement answers in the database of an Airflow, one row a line, with `|` between the columns. */
export async function psql(namespace: string, statement: string): Promise<string> {
  const command = ['psql', '--username', 'airflow', '--quiet', '--tuples-only', '--no-align', '--set', 'ON_ERROR_STOP=1'];
  const { stdout } = await kubectl(['--namespace', namespace, 'exec', '--stdin', 'airflow-postgres-0', '--', ...command], { input: statement });
  return stdout.trim();
}

/** A port of this machine that leads to a Service. It ends with the pod that it leads to, and sometimes before. */
export class PortForward {
  public static async open(namespace: string, service: string, port: string, path = '', scheme = 'http'): Promise<PortForward> {
    const open = async (local: string) => startForward(['--namespace', namespace, 'port-forward', service, `${local}:${port}`]);
    const { process, local } = await open('');
    return new PortForward(process, `${scheme}://127.0.0.1:${local}${path}`, async () => (await open(local)).process);
  }

  private opening?: Promise<void>;

  private constructor(private process: Background, public readonly url: string, private readonly again: () => Promise<Background>) {}

  /** The address and the port on this machine. */
  public get address(): string {
    return new URL(this.url).host;
  }

  /** Opens the same port again where it has ended. */
  public async reopen(): Promise<void> {
    if (!this.process.hasEnded) { return; }
    // Several may ask at once.
    this.opening ??= this.again().then(process => { this.process = process; }).finally(() => { this.opening = undefined; });
    await this.opening;
  }

  public close(): void {
    this.process.stop();
  }
}

async function startForward(args: string[]): Promise<{ readonly process: Background; readonly local: string }> {
  let local: string | undefined;
  const process = new Background('kubectl', args, line => { local ??= /^Forwarding from 127\.0\.0\.1:(\d+)/.exec(line)?.[1]; });
  return until('port-forward', { seconds: 30, periodSeconds: 0.2 }, async () => {
    process.check();
    if (local === undefined) { throw new Pending(args.join(' ')); }
    return { process, local };
  });
}

/** Every pod of a selector that there was while it watched, since the pods of successful tasks are deleted. */
export class PodWatch {
  public readonly pods = new Map<string, Pod>();
  private readonly process: Background;
  private lines: string[] = [];

  constructor(namespace: string, selector: string) {
    this.process = new Background('kubectl',
      ['--namespace', namespace, 'get', 'pods', '--selector', selector, '--watch', '--output', 'json'], line => this.read(line));
  }

  public stop(): void {
    this.process.check();
    this.process.stop();
  }

  /** From the decision on a node to the running main container: the longest, in seconds. */
  public slowestStart(): number | undefined {
    const starts = [...this.pods.values()].flatMap(pod => {
      const scheduled = pod.status.conditions?.find(condition => condition.type === 'PodScheduled')?.lastTransitionTime;
      const state = pod.status.containerStatuses?.[0].state;
      const started = (state?.running ?? state?.terminated)?.startedAt;
      return scheduled === undefined || !started ? [] : [(Date.parse(started) - Date.parse(scheduled)) / 1000];
    });
    return starts.length === 0 ? undefined : Math.max(...starts);
  }

  /** kubectl prints one indented object after the other. */
  private read(line: string): void {
    this.lines.push(line);
    if (line !== '}') { return; }
    const object = JSON.parse(this.lines.join('\n')) as Pod & { items?: Pod[] };
    this.lines = [];
    for (const pod of object.items ?? [object]) { this.pods.set(pod.metadata.uid!, pod); }
  }
}
