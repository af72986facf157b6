import { ApiObject, Chart, JsonPatch, Lazy, Size } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import { LimitRangeOptions, PodSecurityOptions, QuotaOptions } from './namespace-options';
import { NamespacePlan } from './namespace-plan';
import { demands, mostReplicas, PodDemand, Scaler, scalersAmong } from './pod-demand';
import { IAirflow, instanceOf } from '../instance/i-airflow';
import { PodSecurityLevel } from '../kubernetes/admission';
import { checkMembers } from '../kubernetes/members';
import { gather, Problems } from '../kubernetes/problems';
import { checkSize } from '../kubernetes/quantity';
import { checkAnnotations, checkAtLeast, checkDnsLabel, checkLabels, failure } from '../kubernetes/validate';

/**
 * Properties of `AirflowNamespace`.
 */
export interface AirflowNamespaceProps {
  /** The Airflow whose pods are counted. */
  readonly airflow: IAirflow;

  /**
   * The name of the namespace, for example one in which a task pod has its `namespace`.
   *
   * @default - the namespace of the Airflow
   */
  readonly namespace?: string;

  /**
   * Whether the Namespace object is created. It is deleted with the YAML, and with it everything in it.
   *
   * @default - true, unless the program creates it elsewhere, as an `AirflowChart` without `namespace` does
   */
  readonly create?: boolean;

  /**
   * The Pod Security levels of the Namespace.
   *
   * @default - it enforces `restricted`
   */
  readonly podSecurity?: PodSecurityOptions;

  /**
   * More labels of the Namespace, for example for a service mesh.
   *
   * @default - none
   */
  readonly labels?: { readonly [name: string]: string };

  /**
   * Annotations of the Namespace.
   *
   * @default - none
   */
  readonly annotations?: { readonly [name: string]: string };

  /**
   * The ResourceQuota.
   *
   * @default - computed from the pods of the Airflow
   */
  readonly quota?: QuotaOptions;

  /**
   * The LimitRange. A ResourceQuota for limits needs it, because it refuses every container without a limit.
   *
   * @default - computed from the pods of the Airflow
   */
  readonly limits?: LimitRangeOptions;
}

/** What one search of the program finds about a namespace. */
interface SharedPods {
  /** All that have the namespace, in the order of the program. */
  readonly sharing: AirflowNamespace[];
  /** The pods of their Airflows. */
  readonly demand: PodDemand[];
  /** The Namespace objects of that name. */
  readonly namespaces: IConstruct[];
}

const DEFAULT_PARALLELISM = '32';
const LEVEL = 'pod-security.kubernetes.io';

/**
 * The namespace of an Airflow: the Namespace object with its Pod Security levels, a ResourceQuota that has room for all its pods, and a
 * LimitRange for containers that say nothing.
 *
 * The sum contains every component with its replicas and the pods that an update adds, every Job and CronJob once, and the largest
 * task pod as often as tasks can run. It is computed at synthesis, so it contains what you add later. Airflows that share a namespace
 * each have an AirflowNamespace; the sum of each contains the pods of all of them.
 */
export class AirflowNamespace extends Construct {
  /** The Namespace object. Undefined if something else creates the namespace. */
  public readonly namespaceObject?: ApiObject;
  /** The ResourceQuota. Undefined if it is off. */
  public readonly resourceQuota?: ApiObject;
  /** The LimitRange. Undefined if it is off. */
  public readonly limitRange?: ApiObject;

  private readonly name: string;
  /** Whether the last validation found nothing, and nothing has been rendered since. */
  private sound = false;

  /**
   * @throws when the scope is inside the Airflow, or when a number or amount is not valid; at synthesis, when a given quota has no room
   * for all pods, with the sum as a table, when Airflows that share the namespace have different limits, or
   * when a limit would refuse a container
   */
  constructor(scope: Construct, id: string, private readonly props: AirflowNamespaceProps) {
    checkMembers('AirflowNamespaceProps', props, scope, id);
    super(scope, id);
    const { airflow, quota = {}, limits = {} } = props;
    if (this.node.scopes.includes(airflow)) {
      throw failure(this, `must not be inside '${airflow.node.path}', since all objects of that Airflow come after the namespace; `
        + 'give it the chart as scope');
    }
    this.name = props.namespace ?? Chart.of(airflow).namespace!;
    this.check();
    this.namespaceObject = this.createNamespace();
    this.limitRange = limits.enabled === false ? undefined : this.create('LimitRange', 'limits', plan => plan.limitRange());
    this.resourceQuota = quota.enabled === false ? undefined : this.create('ResourceQuota', 'quota', plan => plan.quota());
    this.node.addValidation({ validate: () => this.newProblems() });
  }

  /** What the pods of the Airflow in the namespace count, as a table for people. Each read returns the current state. */
  public get demandTable(): string {
    return this.plan(this.sharedPods()).table();
  }

  /** cdk8s validates the whole app again for each of its charts, and each sum renders all workloads. */
  private newProblems(): string[] {
    if (this.sound) { return []; }
    const problems = this.problems(this.sharedPods());
    this.sound = problems.length === 0;
    return problems;
  }

  /** The program may have changed since the validation, if another chart has been synthesized in between. */
  private render(spec: (plan: NamespacePlan) => object): object {
    this.sound = false;
    const shared = this.sharedPods();
    const problems = this.problems(shared);
    if (problems.length > 0) { throw failure(this, problems.join('; ')); }
    return spec(this.plan(shared));
  }

  private problems(shared: SharedPods): string[] {
    return [...this.plan(shared).problems(), ...this.otherLimits(shared), ...this.otherNamespaces(shared)];
  }

  /** Every ResourceQuota counts all pods of its namespace, so each has room for those of all Airflows that share the namespace. */
  private plan({ demand }: SharedPods): NamespacePlan {
    const { quota = {}, limits = {} } = this.props;
    return new NamespacePlan(demand, quota, limits);
  }

  private sharedPods(): SharedPods {
    const constructs = this.node.root.node.findAll();
    const sharing = constructs.filter(node => node instanceof AirflowNamespace && node.name === this.name) as AirflowNamespace[];
    const scalers = scalersAmong(constructs);
    const namespaces = constructs.filter(node => isNamespace(node, this.name));
    return { sharing, demand: sharing.flatMap(one => one.demand(scalers, sharing.length > 1)), namespaces };
  }

  /** Each apply of one Namespace object takes away the labels of the other, and with them the Pod Security level. */
  private otherNamespaces({ namespaces }: SharedPods): string[] {
    const other = namespaces.find(node => node !== this.namespaceObject);
    return this.namespaceObject === undefined || other === undefined ? []
      : [`'create' must be false, since '${other.node.path}' is a Namespace '${this.name}' too, and was made later; set it, `
        + 'or make that Namespace before this construct, which then leaves it alone'];
  }

  /** Kubernetes takes the defaults of any LimitRange of the namespace. */
  private otherLimits(shared: SharedPods): string[] {
    const first = shared.sharing.find(({ limitRange }) => limitRange !== undefined)!;
    const text = (one: AirflowNamespace) => JSON.stringify(one.plan(shared).limitRange());
    return this.limitRange === undefined || first === this || text(first) === text(this) ? []
      : [`'limits' must be as in '${first.node.path}', which is of the same namespace, since a container gets the defaults of either `
        + "LimitRange; pass the same, or 'enabled: false' to one of them"];
  }

  private demand(scalers: Scaler[], shared: boolean): PodDemand[] {
    const { airflow, quota: { taskPods = this.mostTasks(scalers) } = {} } = this.props;
    const own = demands(airflow.workloads, this.name, taskPods, scalers);
    return shared ? own.map(one => ({ ...one, part: `${instanceOf(airflow)} ${one.part}` })) : own;
  }

  /** How many tasks run at a time; undefined if they have no bound. */
  private mostTasks(scalers: Scaler[]): number | undefined {
    const { config, workloads } = this.props.airflow;
    const parallelism = Number(config.get('core', 'parallelism') ?? DEFAULT_PARALLELISM);
    if (parallelism === 0) { return undefined; }
    const schedulers = workloads.filter(({ role }) => role === 'scheduler').map(({ object }) => mostReplicas(object!, scalers));
    return parallelism * Math.max(1, schedulers.reduce((sum, count) => sum + count, 0));
  }

  private createNamespace(): ApiObject | undefined {
    const { airflow, create, podSecurity, labels, annotations } = this.props;
    const other = this.node.root.node.findAll().find(node => isNamespace(node, this.name));
    if (other !== undefined && create) {
      throw failure(
        this,
        `'create' must not be true, since '${Chart.of(other).node.path}' creates the namespace '${this.name}' already; leave it out, `
          + "or give the AirflowChart a 'namespace'",
      );
    }
    if (create ?? other === undefined) {
      const { enforce = PodSecurityLevel.RESTRICTED, warn = enforce, audit = enforce } = podSecurity ?? {};
      const namespace = new ApiObject(this, 'namespace', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: {
          name: this.name,
          labels: { ...labels, [`${LEVEL}/enforce`]: enforce, [`${LEVEL}/warn`]: warn, [`${LEVEL}/audit`]: audit },
          annotations,
        },
      });
      // The Chart sets `metadata.namespace` on every object, but a Namespace must not have one.
      namespace.addJsonPatch(JsonPatch.remove('/metadata/namespace'));
      airflow.node.addDependency(namespace);
      return namespace;
    }
    const set = Object.entries({ podSecurity, labels, annotations }).find(([, value]) => value !== undefined)?.[0];
    if (set !== undefined) {
      const where = other === undefined ? "'create' is false" : `'${Chart.of(other).node.path}' creates the Namespace`;
      throw failure(
        this,
        `'${set}' is of the Namespace object, but ${where}; leave it out, `
          + "or give the AirflowChart a 'namespace' and let this construct create it",
      );
    }
    return undefined;
  }

  private create(kind: string, part: string, spec: (plan: NamespacePlan) => object): ApiObject {
    const { airflow } = this.props;
    const object = new ApiObject(this, part, {
      apiVersion: 'v1',
      kind,
      metadata: { ...airflow.objectMetadata(this, kind, part), namespace: this.name },
      spec: Lazy.any({ produce: () => this.render(spec) }),
    });
    if (this.namespaceObject !== undefined) { object.addDependency(this.namespaceObject); }
    // A pod that comes before the LimitRange has no defaults, and a ResourceQuota would refuse it.
    airflow.node.addDependency(object);
    return object;
  }

  private check(): void {
    const { quota = {}, limits = {}, labels, annotations } = this.props;
    gather(this, problems => {
      problems.check(() => checkDnsLabel(this, 'namespace', this.name));
      const levels = Object.fromEntries(['enforce', 'warn', 'audit'].map(mode => [`${LEVEL}/${mode}`, "that 'podSecurity' sets"]));
      problems.check(() => checkLabels(this, 'labels', labels, levels));
      problems.check(() => checkAnnotations(this, 'annotations', annotations));
      problems.check(() => checkAtLeast(this, 'quota.pods', quota.pods, 1));
      problems.check(() => checkAtLeast(this, 'quota.headroomPercent', quota.headroomPercent, 0));
      problems.check(() => checkAtLeast(this, 'quota.taskPods', quota.taskPods, 0));
      const sizes: { [prop: string]: Size | undefined } = {
        'quota.memoryRequests': quota.memoryRequests,
        'quota.memoryLimits': quota.memoryLimits,
        'limits.memoryLimit': limits.memoryLimit,
        'limits.memoryRequest': limits.memoryRequest,
        'limits.maxMemory': limits.maxMemory,
      };
      for (const [prop, size] of Object.entries(sizes)) { problems.check(() => checkSize(this, prop, size)); }
      this.checkOff(problems);
    });
  }

  private checkOff(problems: Problems): void {
    const { quota = {}, limits = {}, create } = this.props;
    for (const [prop, options] of [['quota', quota], ['limits', limits]] as const) {
      const set = Object.entries(options).find(([name, value]) => value !== undefined && name !== 'enabled')?.[0];
      if (options.enabled === false && set !== undefined) {
        problems.add(`'${prop}.${set}' has no effect when '${prop}.enabled' is false; leave one of them out`);
      }
    }
    if (quota.enabled === false && limits.enabled === false && create === false) {
      problems.add("'create', 'quota.enabled' and 'limits.enabled' are all false, so nothing would be created; "
        + 'leave AirflowNamespace out');
    }
  }
}

function isNamespace(node: IConstruct, name: string): boolean {
  return ApiObject.isApiObject(node) && node.kind === 'Namespace' && node.name === name;
}
