import * as fs from 'fs';
import * as path from 'path';
import { ApiObject, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { checkCoordinators } from './check-coordinators';
import { checkTaskPodName, DEFAULT_TASK_POD } from './check-options';
import { checkReferences, MadeObjects, references } from './check-references';
import { MergeRules, mergeRules } from './pod-merge';
import { podYaml } from './pod-yaml';
import { taskPodModule } from './python-module';
import { TaskPod, TaskPodOptions } from './task-pod';
import { DefaultTaskPodOptions } from './task-pod-options';
import { PodParts } from '../core/answer';
import { selectorLabels } from '../core/labels';
import { Role } from '../core/needs';
import { MODULE } from '../core/scripts';
import { enlist } from '../instance/enlist';
import { IAirflow } from '../instance/i-airflow';
import { gather } from '../kubernetes/problems';
import { SelectablePods } from '../kubernetes/selectable-pods';
import { failure } from '../kubernetes/validate';

/** After how long Airflow gives up a task that waits for its pod, unless told otherwise, in seconds. */
const QUEUED_TIMEOUT = 600;

/**
 * Properties of `TaskPods`.
 */
export interface TaskPodsProps {
  /** The Airflow that it serves. */
  readonly airflow: IAirflow;

  /**
   * The pods of tasks that name no other.
   *
   * @default - what a task needs
   */
  readonly defaultPod?: DefaultTaskPodOptions;
}

/**
 * The pods that tasks run in: the templates that the executor makes them of, and the Python module by which DAG authors choose one.
 *
 * Both are read for every task, or when a DAG is parsed, so a change reaches the next one without a restart.
 */
export class TaskPods extends SelectablePods {
  /**
   * @internal
   */
  public static _of(scope: Construct, id: string, props: TaskPodsProps): TaskPods {
    return new TaskPods(scope, id, props);
  }

  /** The pod of tasks that name no other. */
  public readonly defaultPod: TaskPod;
  /** The ConfigMap of the pod templates: the way out, for a patch; undefined unless the executor starts pods. */
  public readonly templates?: ApiObject;
  /**
   * @internal
   */
  public readonly _airflow: IAirflow;
  /**
   * @internal
   */
  public readonly _mergeRules: MergeRules;

  /** Namespaces of task pods, other than the Airflow's own. */
  private readonly namespaces: string[] = [];
  private readonly pods: TaskPod[] = [];

  private constructor(scope: Construct, id: string, props: TaskPodsProps) {
    super(scope, id, selectorLabels(props.airflow._labels, Role.TASK));
    this._airflow = props.airflow;
    const { image, traits } = this._airflow._instance;
    this._mergeRules = mergeRules(image.kubernetesProvider);
    if (traits.launchesPods) {
      enlist(this._airflow, this, {
        role: Role.TASK, name: '', podLabels: this.podLabels, moreNamespaces: () => this.namespaces,
      });
      this.templates = this._airflow._configMaps.create('pod-templates', () => this.templateFiles());
      MadeObjects.forgetWhenValidated(this);
    }
    this.defaultPod = this.create(DEFAULT_TASK_POD, props.defaultPod ?? {});
  }

  /** Every task pod by the order in which it was added, the default one first. */
  public get all(): TaskPod[] {
    return [...this.pods];
  }

  /**
   * Writes the Python module `airflow_task_pods` into a folder, for the tests and checks of a DAG repository; call it after
   * everything has been added.
   *
   * @param folder the folder of the package; it is made if necessary
   */
  public writeModule(folder: string): void {
    const target = path.join(folder, MODULE);
    fs.mkdirSync(target, { recursive: true });
    for (const [file, text] of Object.entries(this._moduleFiles())) { fs.writeFileSync(path.join(target, file), text); }
  }

  /**
   * @internal
   */
  public _add(name: string, options: TaskPodOptions): TaskPod {
    checkTaskPodName(this, name);
    if (this.pods.some(pod => pod.name === name)) {
      const instead = name === DEFAULT_TASK_POD ? "its options are the prop 'taskPods'" : 'use another one';
      throw failure(this, `'name' must be that of one task pod, got '${name}' again; ${instead}`);
    }
    if (options.basedOn !== undefined && !this.pods.includes(options.basedOn)) {
      throw failure(this, `'basedOn' of '${name}' must be a task pod of the same Airflow, got '${options.basedOn.node.path}'`);
    }
    return this.create(name, options);
  }

  /**
   * The module as the data of a ConfigMap.
   *
   * @internal
   */
  public _moduleFiles(): { [file: string]: string } {
    return taskPodModule({
      airflow: this._airflow.version.release,
      ...this._airflow._instance.knownToDags(),
      mergeRules: this._mergeRules,
      profiles: Object.fromEntries(this.pods.map(pod => [pod.name, pod._profile()])),
    });
  }

  /**
   * The templates where they are read; as a directory, so that a changed one is read without a restart.
   *
   * @internal
   */
  public _templateParts(): PodParts {
    return {
      volumes: [{ name: 'pod-templates', configMap: { name: this.templates!.name } }],
      mounts: [{ name: 'pod-templates', mountPath: this._templateFolder, readOnly: true }],
    };
  }

  /**
   * @internal
   */
  public get _templateFolder(): string {
    return `${this._airflow.image.airflowHome}/pod_templates`;
  }

  /**
   * Where the executor watches for pods, if not in its own namespace alone.
   *
   * @internal
   */
  public get _namespaceList(): string | undefined {
    return this.namespaces.length === 0 ? undefined : this._podNamespaces().join(',');
  }

  /**
   * @internal
   */
  protected override _podNamespaces(): string[] {
    return [Chart.of(this).namespace!, ...this.namespaces];
  }

  private create(name: string, options: TaskPodOptions): TaskPod {
    const pod = TaskPod._of(this, name, options);
    this.pods.push(pod);
    const { startTimeout, namespace } = pod._options;
    const { launchesPods } = this._airflow._instance.traits;
    if (startTimeout !== undefined && launchesPods) { this.waitForStarts(); }
    if (namespace !== undefined && launchesPods) { this.useNamespace(pod, namespace); }
    pod._profile(); // what is wrong throws here, not at synth
    return pod;
  }

  /** Pods in another namespace find there what they mount, and the executor may start them. */
  private useNamespace(pod: TaskPod, namespace: string): void {
    const generated = references(pod._merged()).find(reference => this._airflow._generated.names.includes(reference.replace(/^Secret\//, '')));
    if (generated !== undefined) {
      throw failure(pod, `'namespace' is '${namespace}', where ${generated}, which Airflow 2 needs in every task, is not made; give 'database' and 'secrets' by Secrets `
        + 'that you keep in both namespaces, or use Airflow 3');
    }
    if (this.namespaces.includes(namespace)) { return; }
    this.namespaces.push(namespace);
    this._airflow.rbac._allowTaskPods(namespace);
    this._airflow._configMaps.copyTo(namespace);
  }

  private templateFiles(): { [file: string]: string } {
    const { namespace } = Chart.of(this);
    const made = new MadeObjects(this._airflow);
    gather(this, problems => {
      for (const pod of this.pods) {
        const known = { ...pod._adopted, namespace: pod._options.namespace ?? namespace! };
        problems.check(() => checkReferences(pod, pod._merged(), known, made));
      }
    });
    this.checkTimeouts();
    checkCoordinators(this, this._airflow.config, this.pods.filter(pod => pod._hasOwnTemplate).map(pod => pod._templateFile));
    const own = this.pods.filter(pod => pod._hasOwnTemplate);
    return Object.fromEntries(own.map(pod => [pod._templateName, podYaml(pod._template())]));
  }

  /** Tasks wait for slow pods, and their tokens live as long. */
  private waitForStarts(): void {
    const longest = Math.max(...this.startTimeouts());
    this.raise('scheduler', 'task_queued_timeout', longest);
    // From 3.3 on a token that waits lives as long as the task may wait; before, it was as short as any.
    if (this.tokenWaits()) { this.raise('execution_api', 'jwt_expiration_time', longest + QUEUED_TIMEOUT); }
  }

  /** Raises a default in seconds, which may be longer already so that tasks outlast an outage. */
  private raise(section: string, option: string, seconds: number): void {
    const { config } = this._airflow;
    if (seconds > Number(config.get(section, option) ?? QUEUED_TIMEOUT)) { config._default(section, option, `${seconds}`); }
  }

  private startTimeouts(): number[] {
    return this.pods.map(pod => pod._options.startTimeout?.toSeconds() ?? 0);
  }

  private tokenWaits(): boolean {
    const { version } = this._airflow;
    return version.isAirflow3 && !version._isFrom(3, 3);
  }

  private checkTimeouts(): void {
    const { config } = this._airflow;
    const longest = Math.max(...this.startTimeouts());
    const options = [['scheduler', 'task_queued_timeout'], ...(this.tokenWaits() ? [['execution_api', 'jwt_expiration_time']] : [])];
    for (const [section, option] of options) {
      const value = config.get(section, option) ?? `${QUEUED_TIMEOUT}`;
      if (!(Number(value) >= longest)) {
        throw failure(this, `'config.${section}.${option}' must be at least the longest 'startTimeout', ${longest} seconds, got '${value}'; leave it out`);
      }
    }
  }
}
