import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AirflowApi } from './airflow-api';
import { GitServer } from './git-server';
import { kubectl, podOf } from './kubectl';
import { Manifest, PodTemplate } from './manifest';

const FOLDER = '/opt/airflow/dags';
const CONFIG_MAP = 'e2e-dags';

/** How the DAG files of the test get into an example. */
export interface DagDelivery {
  /** The program, where it is not that of the example. */
  readonly program?: string;
  /** What it makes beside the example. */
  readonly namespaces?: string[];
  /** Before the example is synthesized; answers the variables for it. */
  prepare?(): Promise<{ readonly [name: string]: string }>;
  /** Before it is applied. */
  patch?(manifest: Manifest): void;
  /** When it is Ready. */
  deliver?(namespace: string): Promise<void>;
  /** Brings a DAG that comes later, and answers after how many seconds it is in the list. */
  push?(api: AirflowApi): Promise<number>;
}

export function dagFile(name: string): string {
  return join(__dirname, 'dags', name);
}

/** DAGs that would be in the image: a ConfigMap is mounted over files of its folder. */
export class MountedDags implements DagDelivery {
  private readonly files: string[];

  /** @param runsInScheduler tasks run in the scheduler: the LocalExecutor */
  constructor(files: string[] = [], private readonly env: { readonly [name: string]: string } = {}, private readonly runsInScheduler = false) {
    this.files = [dagFile('e2e.py'), ...files];
  }

  public async prepare(): Promise<{ readonly [name: string]: string }> {
    return this.env;
  }

  /** Synthesizes a program, and writes what is applied. */
  public async synthesize(program: string): Promise<Manifest> {
    const manifest = await Manifest.synthesize(program, await this.prepare());
    this.patch(manifest);
    manifest.write();
    return manifest;
  }

  public patch(manifest: Manifest): void {
    const components = manifest.objects.filter(({ kind }) => kind === 'Deployment').map(object => object.metadata.labels?.['app.kubernetes.io/component']);
    // In Airflow 2 the scheduler may do the work of a dag-processor.
    const parses = components.includes('dag-processor') ? 'dag-processor' : 'scheduler';
    const reads = [parses, 'triggerer', 'worker', 'task', ...this.runsInScheduler ? ['scheduler'] : []];
    manifest.changePods((template, component) => { if (reads.includes(component)) { this.mount(template); } });
    const configMap = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: CONFIG_MAP },
      data: Object.fromEntries(this.files.map(file => [basename(file), readFileSync(file, 'utf8')])),
    };
    manifest.add([configMap]);
  }

  private mount(template: PodTemplate): void {
    template.spec.volumes.push({ name: CONFIG_MAP, configMap: { name: CONFIG_MAP } });
    // File by file, since a whole ConfigMap has each twice: behind a link and where it leads.
    for (const file of this.files.map(name => basename(name))) {
      template.spec.containers[0].volumeMounts.push({ name: CONFIG_MAP, mountPath: `${FOLDER}/${file}`, subPath: file, readOnly: true });
    }
  }
}

/** DAGs copied onto the claim through the pod of a component. */
export class CopiedDags implements DagDelivery {
  constructor(
    private readonly component: string, private readonly files: string[],
    private readonly env: { readonly [name: string]: string } = {}, public readonly program?: string,
  ) {}

  public async prepare(): Promise<{ readonly [name: string]: string }> {
    return this.env;
  }

  public async deliver(namespace: string): Promise<void> {
    const pod = await podOf(namespace, this.component);
    for (const file of this.files) {
      await kubectl(['cp', '--container', this.component, file, `${namespace}/${pod}:${FOLDER}/`]);
    }
  }
}

/** DAGs in a git repository that a pod in the cluster serves. */
export class PushedDags implements DagDelivery {
  public readonly namespaces = ['airflow-e2e-git'];
  private readonly server = new GitServer(this.namespaces[0]);

  public async prepare(): Promise<{ readonly [name: string]: string }> {
    await this.server.start();
    await this.server.commit('some/dags/e2e.py', readFileSync(dagFile('e2e.py'), 'utf8'));
    return { DAGS_REPO: this.server.url(), DAGS_REF: 'main', DAGS_PATH: 'some/dags' };
  }

  public async push(api: AirflowApi): Promise<number> {
    return this.server.push(api, 'some/dags');
  }
}
