import { AirflowApi, DagRun } from './airflow-api';
import { GitServer } from './git-server';
import { apply, KubeObject, kubectl, list } from './kubectl';
import { Manifest } from './manifest';

/** A workload with its replicas. */
interface Scalable extends KubeObject {
  readonly spec: { readonly replicas: number };
}

/** An Airflow in which faults are made. */
export class AlertLab {
  private readonly runs = new Map<string, DagRun[]>();

  constructor(
    public readonly namespace: string, public readonly manifest: Manifest, public readonly git: GitServer, public readonly api: AirflowApi,
    /** The component that receives the metrics. */
    public readonly exporter: string,
  ) {}

  public kubectl(...args: string[]): Promise<string> {
    return kubectl(['--namespace', this.namespace, ...args]).then(({ stdout }) => stdout);
  }

  public async apply(...objects: object[]): Promise<void> {
    await apply(objects.map(object => {
      const { metadata } = object as KubeObject;
      return { ...object, metadata: { ...metadata, namespace: this.namespace } };
    }));
  }

  /** Starts a run of a DAG. */
  public async trigger(dagId: string): Promise<void> {
    const earlier = this.runs.get(dagId) ?? [];
    this.runs.set(dagId, [...earlier, await this.api.trigger(dagId, `e2e-${earlier.length}`)]);
  }

  public async unpause(dagId: string): Promise<void> {
    await this.api.call('PATCH', `/dags/${dagId}?update_mask=is_paused`, { is_paused: false });
  }

  /** Ends the runs of a DAG. */
  public async end(dagId: string): Promise<void> {
    for (const run of this.runs.get(dagId) ?? []) { await this.api.fail(run); }
  }

  /** Takes all pods of a component away. */
  public async takeAway(component: string): Promise<void> {
    await this.scale(component, 0);
  }

  /** Gives a component the pods that its YAML says. */
  public async bringBack(component: string): Promise<void> {
    const [{ kind, metadata: { name } }] = await this.workloads(component);
    await this.scale(component, (this.manifest.find(kind, name) as Scalable).spec.replicas);
  }

  /** Changes the pods of a component: the old ones end at once. */
  public async patchPods(component: string, spec: object): Promise<void> {
    const [{ kind, metadata: { name } }] = await this.workloads(component);
    await this.takeAway(component);
    await this.kubectl('patch', kind.toLowerCase(), name, '--patch', JSON.stringify({ spec: { template: { spec } } }));
    await this.bringBack(component);
  }

  /** Replaces a Job by one with another command. */
  public async replaceJob(component: string, command: string[] | undefined): Promise<void> {
    const job = this.manifest.objects.find(({ kind, metadata }) => kind === 'Job' && metadata.labels?.['app.kubernetes.io/component'] === component)!;
    const copy = JSON.parse(JSON.stringify(job)) as KubeObject & { spec: { backoffLimit: number; template: { spec: { containers: object[] } } } };
    if (command !== undefined) {
      const { spec } = copy.spec.template;
      spec.containers = spec.containers.map(container => ({ ...container, command, args: [] }));
      copy.spec.backoffLimit = 0;
    }
    await this.kubectl('delete', 'job', job.metadata.name, '--wait');
    await this.apply(copy);
  }

  /** Commits a DAG file. */
  public async commit(file: string, text: string): Promise<void> {
    await this.git.commit(file, text);
  }

  public async remove(file: string): Promise<void> {
    await this.git.git(`rm --quiet ${file}`);
    await this.git.git(`commit --quiet --message ${file}`);
  }

  private workloads(component: string): Promise<Scalable[]> {
    return list<Scalable>(this.namespace, 'deployments,statefulsets', '--selector', `app.kubernetes.io/component=${component}`);
  }

  private async scale(component: string, replicas: number): Promise<void> {
    for (const { kind, metadata: { name } } of await this.workloads(component)) {
      await this.kubectl('scale', `${kind.toLowerCase()}/${name}`, `--replicas=${replicas}`);
    }
    if (replicas === 0) {
      // A worker would end its tasks first.
      await this.kubectl('delete', 'pods', '--selector', `app.kubernetes.io/component=${component}`, '--grace-period=0', '--force');
    }
  }
}
