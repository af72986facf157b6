import * as fs from 'fs';
import * as path from 'path';
import { ApiObject, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { checkCoordinators } from './check-coordinators';
import { checkTaskPodName, DEFAULT_TASK_POD } from './check-options';
import { checkReferences, MadeObjects, providerClasses, references } from './check-references';
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

/** Airflow's default time limit for a task that waits for its pod, in seconds. */
const QUEUED_TIMEOUT = 600;

/**
 * Properties of `TaskPods`.
 */
export interface TaskPodsProps {
  /** The Airflow instance. */
  readonly airflow: IAirflow;

  /**
   * The options of the default task pod, for tasks that choose no other.
   *
   * @default - the settings that every task needs
   */
  readonly defaultPod?: DefaultTaskPodOptions;
}

/**
 * The task pods of an instance: the pod templates of the executor, and the Python module with which DAG authors choose a
 * task pod.
 *
 * Airflow reads the templates for every task, and the module whenever it parses a DAG. A change takes effect without a
 * restart.
 */
export class TaskPods extends SelectablePods {
  /**
   * @internal
   */
  public static _of(scope: Construct, id: string, props: TaskPodsProps): TaskPods {
    return new TaskPods(scope, id, props);
  }

  /** The task pod of tasks that choose no other. */
  public readonly defaultPod: TaskPod;
  /** The ConfigMap of the pod templates, for patches. Undefined if the executor starts no pods. */
  public readonly templatesConfigMap?: ApiObject;
  /**
   * @internal
   */
  public readonly _airflow: IAirflow;
  /**
   * @internal
   */
  public readonly _mergeRules: MergeRules;

  /** The namespaces of task pods other than that of the instance. */
  private readonly namespaces: string[] = [];
  private readonly added: TaskPod[] = [];

  private constructor(scope: Construct, id: string, props: TaskPodsProps) {
    super(scope, id, selectorLabels(props.airflow._labels, Role.TASK));
    this._airflow = props.airflow;
    const { image, traits } = this._airflow._instance;
    this._mergeRules = mergeRules(image.kubernetesProvider);
    if (traits.launchesPods) {
      enlist(this._airflow, this, {
        role: Role.TASK,
        name: '',
        podLabels: this.podLabels,
        moreNamespaces: () => this.namespaces,
        serviceAccounts: () => this.added.map(({ _options }) => _options.serviceAccount),
      });
      this.templatesConfigMap = this._airflow._configMaps.create('pod-templates', () => this.templateFiles());
      MadeObjects.forgetWhenValidated(this);
    }
    this.defaultPod = this.create(DEFAULT_TASK_POD, props.defaultPod ?? {});
  }

  /** All task pods in the order in which they were added, with the default one first. */
  public get pods(): TaskPod[] {
    return [...this.added];
  }

  /**
   * Writes the Python module `airflow_task_pods` to a folder, for the tests and checks of a DAG repository. Call it after
   * adding all task pods.
   *
   * @param folder the parent folder of the package; it is created if necessary
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
    if (this.added.some(pod => pod.name === name)) {
      const instead = name === DEFAULT_TASK_POD ? "its options are the prop 'taskPods'" : 'use another one';
      throw failure(this, `'name' must be that of one task pod, got '${name}' again; ${instead}`);
    }
    if (options.basedOn !== undefined && !this.added.includes(options.basedOn)) {
      throw failure(this, `'basedOn' of '${name}' must be a task pod of the same Airflow, got '${options.basedOn.node.path}'`);
    }
    return this.create(name, options);
  }

  /**
   * The files of the module, as the data of a ConfigMap.
   *
   * @internal
   */
  public _moduleFiles(): { [file: string]: string } {
    return taskPodModule({
      airflow: this._airflow.version.release,
      ...this._airflow._instance.knownToDags(),
      mergeRules: this._mergeRules,
      profiles: Object.fromEntries(this.added.map(pod => [pod.name, pod._profile()])),
    });
  }

  /**
   * Mounts the templates as a directory, so that Airflow reads a changed template without a restart.
   *
   * @internal
   */
  public _templateParts(): PodParts {
    return {
      volumes: [{ name: 'pod-templates', configMap: { name: this.templatesConfigMap!.name } }],
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
   * The namespaces in which the executor watches pods; undefined if it watches only its own.
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
    this.added.push(pod);
    const { startTimeout, namespace } = pod._options;
    const { launchesPods } = this._airflow._instance.traits;
    if (startTimeout !== undefined && launchesPods) { this.waitForStarts(); }
    if (namespace !== undefined && launchesPods) { this.useNamespace(pod, namespace); }
    pod._profile(); // throws for invalid options here instead of at synthesis
    return pod;
  }

  /** Gives task pods in another namespace the ConfigMaps that they mount, and allows the executor to start pods there. */
  private useNamespace(pod: TaskPod, namespace: string): void {
    const merged = pod._merged();
    const isLocal = (reference: string) => this._airflow._generated.names.includes(reference.replace(/^Secret(ProviderClass)?\//, ''));
    const generated = [...references(merged), ...providerClasses(merged)].find(isLocal);
    if (generated !== undefined) {
      throw failure(pod, `'namespace' is '${namespace}', where ${generated}, which Airflow 2 needs in every task, is not made; `
        + "give 'database' and 'secrets' by Secrets that you keep in both namespaces, or use Airflow 3");
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
      for (const pod of this.added) {
        const known = { ...pod._adopted, namespace: pod._options.namespace ?? namespace! };
        problems.check(() => checkReferences(pod, pod._merged(), known, made));
      }
    });
    this.checkTimeouts();
    checkCoordinators(this, this._airflow.config, this.added.filter(pod => pod._hasOwnTemplate).map(pod => pod._templateFile));
    const own = this.added.filter(pod => pod._hasOwnTemplate);
    return Object.fromEntries(own.map(pod => [pod._templateName, podYaml(pod._template())]));
  }

  /** Raises the time limits for tasks that wait for slow pods, and for their tokens. */
  private waitForStarts(): void {
    const longest = Math.max(...this.startTimeouts());
    this.raise('scheduler', 'task_queued_timeout', longest);
    // Before 3.3, the token of a waiting task expires like any other. From 3.3 on, it lives as long as the task may wait.
    if (this.tokenWaits()) { this.raise('execution_api', 'jwt_expiration_time', longest + QUEUED_TIMEOUT); }
  }

  /** Raises a default in seconds, unless it is longer already (tasks also have to outlast an outage). */
  private raise(section: string, option: string, seconds: number): void {
    const { config } = this._airflow;
    if (seconds > Number(config.get(section, option) ?? QUEUED_TIMEOUT)) { config._default(section, option, `${seconds}`); }
  }

  private startTimeouts(): number[] {
    return this.added.map(pod => pod._options.startTimeout?.toSeconds() ?? 0);
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
        throw failure(
          this,
          `'config.${section}.${option}' must be at least the longest 'startTimeout', ${longest} seconds, got '${value}'; leave it out`,
        );
      }
    }
  }
}
