import { Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { completeTemplate } from './adopted-template';
import { checkTaskPodOptions, DEFAULT_TASK_POD } from './check-options';
import { checkTaskPod } from './check-task-pod';
import { extendTaskPod } from './extend-task-pod';
import { operatorPod } from './operator-pod';
import { launchedPod, MergeRules } from './pod-merge';
import { overrideBetween, withSaid } from './pod-override';
import { podYaml } from './pod-yaml';
import { profileOf } from './profile';
import { ProfileModel } from './python-module';
import { DefaultTaskPodOptions } from './task-pod-options';
import { TemplateConfig } from './task-pod-template';
import { PodParts } from '../core/answer';
import { beforeTermination } from '../core/disruption';
import { labelsFor, selectorLabels, TASK_POD_LABEL } from '../core/labels';
import { needsOf, Role } from '../core/needs';
import { choosesAccount } from '../core/shared-account';
import { airflowPod } from '../instance/airflow-pod';
import { IAirflow } from '../instance/i-airflow';
import { identityOf } from '../instance/identity';
import { canonical } from '../kubernetes/checksum';
import { Json } from '../kubernetes/pod';
import { gather, Problems } from '../kubernetes/problems';
import { renderPod } from '../kubernetes/render-pod';
import { SelectablePods } from '../kubernetes/selectable-pods';

const RESOURCES: kplus.ContainerResources = {
  cpu: { request: kplus.Cpu.millis(100) }, memory: { request: Size.mebibytes(256), limit: Size.gibibytes(2) },
};

/**
 * The options of a kind of pod that tasks choose by name.
 *
 * Options that are left out come from the base task pod (`basedOn`). An option replaces that of the base, with these
 * exceptions: entries of `env`, labels, annotations, `resources` and option groups replace only entries of the same name;
 * `envFrom`, `volumeMounts`, `initContainers` and `sidecars` are added to those of the base, and a container replaces one
 * with the same name.
 */
export interface TaskPodOptions extends DefaultTaskPodOptions {
  /**
   * The task pod that this one extends.
   *
   * @default - the default task pod
   */
  readonly basedOn?: TaskPod;
}

/** All task pods of an instance. */
export interface TaskPodSet extends Construct {
  readonly defaultPod: TaskPod;
  readonly _airflow: IAirflow;
  readonly _mergeRules: MergeRules;
  readonly _templateFolder: string;
  _templateParts(): PodParts;
}

/**
 * A kind of pod that tasks run in, from `Airflow.addTaskPod`. DAG authors choose it by its name.
 */
export class TaskPod extends SelectablePods {
  /**
   * @internal
   */
  public static _of(scope: TaskPodSet, name: string, options: TaskPodOptions): TaskPod {
    return new TaskPod(scope, name, options);
  }

  /** The name that DAG authors import. */
  public readonly name: string;
  /** The service account of the pods. Undefined if the executor starts no pods. */
  public readonly serviceAccount?: kplus.IServiceAccount;
  /**
   * @internal
   */
  public readonly _options: DefaultTaskPodOptions;
  private readonly all: TaskPodSet;
  private readonly base?: TaskPod;
  private readonly own: DefaultTaskPodOptions;
  private readonly templateConfig?: TemplateConfig;

  private constructor(scope: TaskPodSet, name: string, options: TaskPodOptions) {
    // Kubernetes object names that come from the path must not contain '_'.
    super(scope, name.replace(/_/g, '-'), { ...selectorLabels(scope._airflow._labels, Role.TASK), [TASK_POD_LABEL]: name });
    const { basedOn, ...own } = options;
    this.all = scope;
    this.own = own;
    this.name = name;
    this.base = name === DEFAULT_TASK_POD ? undefined : basedOn ?? scope.defaultPod;
    this._options = extendTaskPod(this.base?._options ?? {}, own);
    this.templateConfig = own.template?._config;
    gather(this, problems => {
      problems.check(() => checkTaskPodOptions(this, this.airflow, this._options, own));
      if (!problems.isEmpty) { this.checkFile(problems); }
    });
    this.serviceAccount = this.settleAccount(own);
  }

  /**
   * The pod as Airflow creates it, without the parts of the single task: its name, identifying labels and annotations, and
   * arguments.
   *
   * Only Airflow can run a `pod_mutation_hook` of the platform or the image. The YAML then has a comment about it.
   *
   * @returns a Pod as YAML
   */
  public toYaml(): string {
    return this.airflow._instance.hookComment + podYaml(this._merged());
  }

  /**
   * The checked pod that the executor creates.
   *
   * @internal
   */
  public _merged(): Json {
    return this.made().pod;
  }

  /**
   * The pod template that the executor starts with.
   *
   * @internal
   */
  public _template(): Json {
    const source = this.templateSource;
    if (source !== this) { return source._template(); }
    const { file, pod } = this.templateConfig ?? {};
    if (pod === undefined) { return this.render(); }
    const problems = new Problems(this.node.path);
    const completed = this.completed(problems, file!, pod, this.render());
    problems.throwAny();
    return completed;
  }

  /**
   * The adopted file, and the objects that exist without the app.
   *
   * @internal
   */
  public get _adopted(): { file?: Json; existingObjects?: string[] } {
    const { pod, existingObjects } = this.templateSource.templateConfig ?? {};
    return { file: pod, existingObjects };
  }

  /**
   * Whether the task pod has its own template file.
   *
   * @internal
   */
  public get _hasOwnTemplate(): boolean {
    return this.templateConfig !== undefined || this.base === undefined;
  }

  /**
   * @internal
   */
  public get _templateName(): string {
    return `${this.name}.yaml`;
  }

  /**
   * @internal
   */
  public get _templateFile(): string {
    return `${this.all._templateFolder}/${this._templateName}`;
  }

  /**
   * The entry of the task pod in the Python module.
   *
   * @internal
   */
  public _profile(): ProfileModel {
    const { override, pod } = this.made();
    const source = this.templateSource;
    return profileOf(this._options, pod, {
      override,
      // Airflow finds the default template through its configuration.
      templateFile: source.base === undefined ? undefined : source._templateFile,
      operatorPod: operatorPod(pod, this.bare(), this._options.namespace),
    });
  }

  /**
   * @internal
   */
  protected override _podNamespaces(): string[] {
    return [this._options.namespace ?? Chart.of(this).namespace!];
  }

  /** The override and the checked pod that results from it. */
  private made(): { override?: Json; pod: Json } {
    const template = this._template();
    const override = this.override(template);
    const pod = this.launched(template, override);
    checkTaskPod(this, pod);
    return { override, pod };
  }

  /** The pod without any settings of the platform. */
  private bare(): Json {
    // Operator pods need the cloud identity too, so its service account counts as a setting of the platform, even if all tasks
    // have it.
    const hasIdentity = identityOf(this.airflow._instance, Role.TASK, this._options.serviceAccount)?.trust !== undefined;
    return this.launched(
      renderTaskPod(this, this.all, DEFAULT_TASK_POD, {}, hasIdentity ? undefined : this.all.defaultPod?.serviceAccount?.name),
    );
  }

  /** The pod that the executor makes of a template and an override, in the namespace of the instance. */
  private launched(template: Json, override?: Json): Json {
    return canonical(launchedPod(template, override, this.all._mergeRules, Chart.of(this).namespace!)) as Json;
  }

  private get airflow(): IAirflow {
    return this.all._airflow;
  }

  private completed(problems: Problems, file: string, pod: Json, rendered: Json): Json {
    const completed = canonical(completeTemplate(this, problems, file, pod, { rendered, instance: this.airflow._instance })) as Json;
    // Reports what Kubernetes would refuse in the same error.
    if (!problems.isEmpty) { problems.check(() => checkTaskPod(this, completed)); }
    return completed;
  }

  /** Adds the problems of an adopted file to those of the options, if the options are valid enough to render a pod. */
  private checkFile(problems: Problems): void {
    const { file, pod } = this.templateConfig ?? {};
    if (pod === undefined) { return; }
    let rendered: Json | undefined;
    const ofOptions = new Problems(this.node.path);
    ofOptions.check(() => { rendered = this.render(); });
    if (rendered !== undefined) { this.completed(problems, file!, pod, rendered); }
  }

  /** The task pod whose template this one uses. */
  private get templateSource(): TaskPod {
    return this._hasOwnTemplate ? this : this.base!.templateSource;
  }

  /** The override that turns the template into this pod; undefined if the template is the pod. */
  private override(template: Json): Json | undefined {
    const source = this.templateSource;
    const { namespace } = this._options;
    // The executor uses one namespace for all templates. Only an override can change it.
    if (source === this) {
      return namespace === undefined ? undefined : { metadata: { namespace }, spec: { containers: [{ name: 'base' }] } };
    }
    const adopted = source.templateConfig?.pod !== undefined;
    const from = adopted ? withSaid(source.render(), template, this.saidOver(source)) : template;
    const remedy = adopted
      ? `say it in ${source.templateConfig!.file}, or adopt a file for this one, too`
      : "give the task pod 'template' TaskPodTemplate.own()";
    const { metadata, ...override } = overrideBetween(this, from, this.render(), template, this.all._mergeRules, remedy);
    return canonical({ ...override, metadata: { ...metadata as Json, namespace } }) as Json;
  }

  /** The options of this task pod and of those between it and the source of its template. */
  private saidOver(source: TaskPod): DefaultTaskPodOptions {
    return this === source ? {} : extendTaskPod(this.base!.saidOver(source), this.own);
  }

  /** The pod that the library renders from the options alone. */
  private render(): Json {
    return renderTaskPod(this, this.all, this.name, this._options, this.serviceAccount?.name);
  }

  private settleAccount(own: DefaultTaskPodOptions): kplus.IServiceAccount | undefined {
    const adopted = (this.templateConfig?.pod?.spec as { serviceAccountName?: string } | undefined)?.serviceAccountName;
    if (adopted !== undefined) {
      const existing = kplus.ServiceAccount.fromServiceAccountName(this, 'adopted-account', adopted);
      return this.airflow.rbac._account(
        this,
        Role.TASK,
        { existing, identity: this._options.serviceAccount?.identity },
        this._options.namespace,
      );
    }
    const given = choosesAccount(own.serviceAccount);
    const elsewhere = this.base === undefined || this._options.namespace !== this.base._options.namespace;
    return given || (elsewhere && this.airflow._instance.traits.launchesPods)
      ? this.airflow.rbac._account(this, Role.TASK, this._options.serviceAccount, this._options.namespace)
      : this.base?.serviceAccount;
  }
}

/** Renders the pod of the options, as plain data. */
function renderTaskPod(
  scope: Construct, all: TaskPodSet, name: string, options: DefaultTaskPodOptions, serviceAccountName?: string,
): Json {
  const instance = all._airflow._instance;
  const { metadata, spec } = renderPod(scope, airflowPod(scope, instance, {
    role: Role.TASK,
    containerName: 'base',
    restartPolicy: 'Never',
    resources: RESOURCES,
    terminationGracePeriod: instance.disruption.taskGracePeriod,
    preStop: beforeTermination(options.terminationGracePeriod ?? instance.disruption.taskGracePeriod),
    serviceAccountName,
    labels: { ...labelsFor(instance.labels, Role.TASK), [TASK_POD_LABEL]: name },
    followsConfig: false,
    image: options.image,
    gpus: options.gpus,
    spot: options.spot ?? instance.disruption.spot,
    activeDeadline: options.activeDeadline,
    // Airflow 2 renders the pod again in the task itself, to show it in the UI.
    parts: needsOf(Role.TASK, instance.traits).podTemplate ? all._templateParts() : undefined,
  }, {
    ...options,
    pod: { ...options.pod, safeToEvict: options.pod?.safeToEvict ?? false },
  })) as { metadata: Json; spec: Json };
  // A placeholder name. The executor gives each pod its own name.
  return canonical({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'task', ...metadata }, spec }) as Json;
}
