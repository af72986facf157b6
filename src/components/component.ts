import { ApiObject, Lazy } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { ComponentOptions } from './component-options';
import type { Demand } from './demand';
import { limitDisruption, usualBudget } from './disruption-budget';
import { isStateful, LastingVolumes, LOGS } from './lasting-volumes';
import { deploymentSpec, statefulSetSpec } from './update-strategy';
import { selectorLabels } from '../core/labels';
import { DEFAULT_SET, partNamed } from '../core/names';
import { Role } from '../core/needs';
import { airflowPod, PodRequest } from '../instance/airflow-pod';
import { enlist } from '../instance/enlist';
import { IAirflow } from '../instance/i-airflow';
import { Instance } from '../instance/instance';
import { renderPod } from '../kubernetes/render-pod';
import { SelectablePods } from '../kubernetes/selectable-pods';
import { checkAnnotations, checkAtLeast, checkLabels, failure } from '../kubernetes/validate';

/** The pod, probes and options that a long-running component requests. */
export type ComponentRequest = Omit<
  PodRequest,
  'labels' | 'followsConfig' | 'serviceAccountName' | 'waitFor' | 'containerName' | 'spreadBy' | 'logsClaim' | 'claims'
> & {
  /** Volumes that outlive the pods, with which the component is a StatefulSet. */
  readonly volumes?: LastingVolumes;
  /** The demand by which KEDA scales the component. */
  readonly demand?: (scope: Construct) => Demand;
  /** The name of the set of Celery workers; undefined for the default set. */
  readonly set?: string;
};

/**
 * Properties of `Component`, only for the library. A subclass of your own extends a component and takes its props, for example
 * `SchedulerProps`.
 */
export interface ComponentProps extends ComponentOptions {
  /** The Airflow that the component is part of. */
  readonly airflow: IAirflow;

  /**
   * The pod and probes that the component requests. Only the library sets this.
   *
   * @internal
   */
  readonly _request: ComponentRequest;
}

/**
 * A long-running component of Airflow: a Deployment or StatefulSet with its service account.
 *
 * A `kplus.NetworkPolicy` can select its pods and can name it as a peer. Only the library extends it directly.
 */
export abstract class Component extends SelectablePods {
  /** The Deployment or StatefulSet object, for patches. */
  public readonly workload: ApiObject;

  /** The HorizontalPodAutoscaler or ScaledObject. Undefined if `replicas` decides. */
  public readonly autoscaler?: ApiObject;

  /** The PodDisruptionBudget. Undefined unless there is one. */
  public readonly disruptionBudget?: ApiObject;

  /** The service account of the pods. */
  public readonly serviceAccount: kplus.IServiceAccount;

  /**
   * The number of pods that maintenance stops.
   *
   * @internal
   */
  public readonly _stopped?: number;

  /**
   * Whether each pod has a volume for its logs that outlives it.
   *
   * @internal
   */
  public readonly _keepsLogs: boolean;
  /**
   * @internal
   */
  public readonly _role: Role;

  protected constructor(scope: Construct, id: string, props: ComponentProps) {
    const { airflow, _request: { volumes = {}, demand, set, ...request } = {} as ComponentRequest, ...options } = props;
    const part = partNamed(id, request.role);
    const isWorker = request.role === Role.WORKER;
    super(scope, id, selectorLabels(airflow._labels, isWorker ? request.role : part, isWorker ? set ?? DEFAULT_SET : undefined));
    if (request.role === undefined) {
      throw failure(this, 'a component can only be of the library, like Scheduler or ApiServer; use one of these, or extend it');
    }
    const named = (kind: string, suffix?: string) =>
      airflow._names.metadata({ scope: this, kind, part: suffix === undefined ? part : `${part}-${suffix}` });
    const instance = airflow._instance;
    const labels = { ...instance.labels, ...this.podLabels };
    this.checkWorkload(options, labels);
    this.serviceAccount = airflow.rbac._account(this, request.role, options.serviceAccount);
    const { scaling, disruptionBudget } = options;
    const { logs, claims } = volumes;
    [this._keepsLogs, this._role] = [logs !== undefined, request.role];
    const kind = isStateful(volumes) ? 'StatefulSet' : 'Deployment';
    if (logs !== undefined) { this.checkLogs(instance, request.role); }
    const replicas = scaling === undefined ? options.replicas ?? 1 : undefined;
    this._stopped = airflow.maintenance ? replicas : undefined;
    const updates = kind === 'Deployment' ? deploymentSpec(this, options.workload)
      : statefulSetSpec(this, options.workload, volumes, this.podLabels, () => this.workload);
    const template = () => renderPod(this, airflowPod(this, instance, {
      ...request,
      containerName: request.role,
      labels: this.podLabels,
      followsConfig: true,
      waitFor: 'migration',
      serviceAccountName: this.serviceAccount.name,
      spreadBy: replicas === undefined || replicas > 1 ? this.podLabels : undefined,
      logsClaim: logs && { name: LOGS, size: logs.size },
      claims,
    }, options));
    template(); // throws for invalid options now, not at synthesis
    this.workload = new ApiObject(this, 'Resource', {
      apiVersion: 'apps/v1',
      kind,
      metadata: { ...named(kind), labels: { ...options.workload?.labels, ...labels }, annotations: options.workload?.annotations },
      spec: {
        replicas: airflow.maintenance ? 0 : replicas,
        revisionHistoryLimit: options.workload?.revisionHistoryLimit ?? 3,
        selector: { matchLabels: this.podLabels },
        ...updates,
        template: Lazy.any({ produce: template }),
      },
    });
    const own = {
      serviceAccounts: () => [options.serviceAccount],
      ...(isWorker && { name: set ?? '' }),
      ownMetrics: request.parts?.metrics,
    };
    enlist(airflow, this, { role: request.role, podLabels: this.podLabels, object: this.workload, ...own });
    const scaled = scaling?._bind(this, { airflow, named, workload: this.workload, options, demand: demand?.(this) });
    this.autoscaler = scaled?.autoscaler;
    const budget = disruptionBudget ?? usualBudget(instance, request.role, replicas ?? scaled!.most);
    this.disruptionBudget = budget
      && limitDisruption(this, named('PodDisruptionBudget'), this.workload, this.podLabels, budget, replicas ?? scaled!.fewest);
  }

  private checkLogs({ parts }: Instance, role: Role): void {
    if (parts(role).some(added => added.volumes?.some(volume => volume.name === LOGS))) {
      throw failure(this, "'logs' keeps the logs of each pod, but the prop 'logs' of the Airflow keeps those of all tasks on one volume; "
        + 'leave one of them out');
    }
  }

  private checkWorkload({ replicas, scaling, workload }: ComponentOptions, labels: { readonly [name: string]: string }): void {
    checkAtLeast(this, 'replicas', replicas, 0);
    if (scaling !== undefined && replicas !== undefined) {
      throw failure(this, `'replicas' is decided by 'scaling', got ${replicas}; leave one of them out`);
    }
    checkAtLeast(this, 'workload.revisionHistoryLimit', workload?.revisionHistoryLimit, 0);
    checkLabels(this, 'workload.labels', workload?.labels, labels);
    checkAnnotations(this, 'workload.annotations', workload?.annotations);
  }
}
