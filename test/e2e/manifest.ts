import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { KubeObject } from './kubectl';
import { run } from './process';
import { ROOT } from '../markdown';
import { packageOf } from '../packages/checks';
import { PythonApp } from '../packages/python-app';

/** A pod of a workload or of a task, as far as the tests change it. */
export interface PodTemplate {
  metadata: { labels: { [name: string]: string } };
  spec: {
    nodeSelector?: object;
    volumes: object[];
    initContainers?: { resources: { requests: { cpu?: string } } }[];
    containers: { volumeMounts: object[]; resources: { requests: { cpu?: string } } }[];
  };
}

/** What an example synthesizes, and what it says to its user. */
export class Manifest {
  /** Synthesizes it as a user would. */
  public static async synthesize(program: string, env: { readonly [name: string]: string }): Promise<Manifest> {
    const folder = mkdtempSync(join(tmpdir(), 'cdk8s-airflow-e2e-'));
    const addOns = process.env.E2E_ADD_ONS === undefined ? [] : ['test/e2e/programs/with-add-ons.ts'];
    const tsx = [process.execPath, require.resolve('tsx/cli'), '--tsconfig', 'test/tsconfig.json', ...addOns];
    const [command, ...args] = program.endsWith('.py') ? [pythonWithWheel()] : tsx;
    const { stdout } = await run(command, [...args, program], { cwd: ROOT, env: { ...env, CDK8S_OUTDIR: folder } });
    const objects = readdirSync(folder).sort().flatMap(file =>
      parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map(document => document.toJS() as KubeObject));
    return new Manifest(folder, objects, stdout);
  }

  private constructor(
    /** A folder that is this run's own. */
    public readonly folder: string,
    public readonly objects: KubeObject[],
    /** What the example printed: how to reach it and how to log in. */
    public readonly notes: string,
  ) {}

  /** What it said of each Airflow in it. */
  public get instances(): string[] {
    return this.notes.split(/^(?=The UI, |The UI: )/m);
  }

  public get file(): string {
    return join(this.folder, 'applied.yaml');
  }

  /** The namespaces in which it puts objects; Airflow's own comes first. */
  public get namespaces(): string[] {
    const own = /--namespace (\S+)/.exec(this.notes)?.[1];
    if (own === undefined) { throw new Error(`no namespace in the notes: ${this.notes}`); }
    const others = this.objects.flatMap(object => object.metadata.namespace ?? []);
    return [...new Set([own, ...others])];
  }

  /** Puts objects beside Airflow's own. */
  public add(objects: KubeObject[]): void {
    const [namespace] = this.namespaces;
    this.objects.push(...objects.map(object => ({ ...object, metadata: { ...object.metadata, namespace } })));
  }

  /** Leaves out all other objects. */
  public keep(isKept: (object: KubeObject) => boolean): void {
    this.objects.splice(0, this.objects.length, ...this.objects.filter(isKept));
  }

  public find(kind: string, name: string): KubeObject | undefined {
    return this.objects.find(object => object.kind === kind && object.metadata.name === name);
  }

  public write(): void {
    // Kubernetes reads YAML 1.1, in which a plain yes is true.
    writeFileSync(this.file, this.objects.map(object => stringify(object, { version: '1.1' })).join('---\n'));
  }

  /** Changes the pods of the Deployments and StatefulSets, and those of tasks. */
  public changePods(change: (template: PodTemplate, component: string) => void): void {
    for (const object of this.objects) {
      if (['Deployment', 'StatefulSet'].includes(object.kind)) {
        const { template } = (object as unknown as { spec: { template: PodTemplate } }).spec;
        change(template, template.metadata.labels['app.kubernetes.io/component']);
      } else if (object.kind === 'ConfigMap') {
        const { data } = object as unknown as { data: { [file: string]: string } };
        const templates = data['default.yaml'] === undefined ? [] : Object.keys(data);
        for (const file of templates) {
          const template = parse(data[file]) as PodTemplate;
          change(template, 'task');
          data[file] = stringify(template, { version: '1.1' });
        }
      }
    }
  }
}

/** The interpreter of `E2E_PYTHON`, or of an environment that is made for this run from the wheel in dist. */
function pythonWithWheel(): string {
  if (process.env.E2E_PYTHON !== undefined) { return process.env.E2E_PYTHON; }
  const app = new PythonApp(mkdtempSync(join(tmpdir(), 'cdk8s-airflow-python-')));
  app.install(packageOf('python', '.whl'));
  return app.python;
}
