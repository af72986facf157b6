import { ApiObject, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import type { Demand } from './demand';
import { inParts, KedaConnection } from './keda-connection';
import { KedaTrigger } from './keda-trigger';
import { CpuScalingOptions, KedaScalingOptions, MetricsScalingOptions, ScalingBehavior } from './scaling-options';
import { labelsOf } from '../core/labels';
import { IAirflow } from '../instance/i-airflow';
import { checkMembers } from '../kubernetes/members';
import { defined, Json } from '../kubernetes/pod';
import { AirflowPodOptions } from '../kubernetes/pod-options';
import { gather, Problems } from '../kubernetes/problems';
import { unwrap } from '../kubernetes/render';
import { checkAtLeast, checkBetween, checkSeconds, failure } from '../kubernetes/validate';

/** The longest stabilization window that Kubernetes allows before it stops pods. */
const LONGEST_COOLDOWN = Duration.hours(1);
/** The longest period that Kubernetes allows in a policy. */
const LONGEST_POLICY = Duration.minutes(30);

/** The workload that an autoscaler scales. */
export interface ScaledWorkload {
  readonly airflow: IAirflow;
  /** The name for an object of a kind, as `metadata` takes it. */
  readonly named: (kind: string, suffix?: string) => { readonly name?: string };
  readonly workload: ApiObject;
  readonly options: AirflowPodOptions;
  /** The demand for pods; undefined if the metadata database does not tell it. */
  readonly demand?: Demand;
}

/** The result of a choice of scaling. */
export interface ScalingConfig {
  /** The HorizontalPodAutoscaler or ScaledObject. */
  readonly autoscaler: ApiObject;
  /** The lowest number of pods that the autoscaler may choose. */
  readonly fewest: number;
  /** The highest number of pods that the autoscaler may choose. */
  readonly most: number;
}

/**
 * The autoscaler that decides how many pods of a component run.
 */
export abstract class Scaling {
  /**
   * Scales by the CPU usage of the pods. It creates a HorizontalPodAutoscaler, which needs the metrics server in the cluster.
   *
   * @throws when `minReplicas` is less than 1, `maxReplicas` is less than `minReplicas`, or `cpuUtilization` is less than 1
   * @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
   */
  public static cpu(options: CpuScalingOptions): Scaling {
    checkMembers('CpuScalingOptions', options);
    const { cpuUtilization: averageUtilization = 80, ...others } = options;
    checkAtLeast(undefined, 'cpuUtilization', averageUtilization, 1);
    const metrics = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } } }];
    return new HpaScaling({ ...others, metrics });
  }

  /**
   * Scales by any metrics: memory, the CPU of one container, or metrics of your own. It creates a HorizontalPodAutoscaler. CPU and
   * memory need the metrics server in the cluster, other metrics an adapter such as that of Prometheus.
   *
   * @throws when there is no metric, when `minReplicas` is less than 1, or when `maxReplicas` is less than `minReplicas`
   * @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale-walkthrough/
   */
  public static metrics(options: MetricsScalingOptions): Scaling {
    checkMembers('MetricsScalingOptions', options);
    const metrics = options.metrics.map(metric => unwrap(metric._toKube()) as Json);
    if (metrics.length === 0) { throw new Error("'metrics' must have at least one metric, got none; use Scaling.cpu() for the CPU"); }
    return new HpaScaling({ ...options, metrics });
  }

  /**
   * Scales by the work that waits in the metadata database, down to 0 pods. It creates a ScaledObject, which needs KEDA in the cluster.
   * Celery workers scale by the queued and running tasks of their queues, the triggerer by its triggers. Any other component needs
   * a `query` or `triggers`.
   *
   * @throws when `minReplicas` is less than 0, when `maxReplicas` is less than 1 or `minReplicas`, or when KEDA does not accept a
   * duration
   * @see https://keda.sh/docs/latest/scalers/postgresql/
   */
  public static keda(options: KedaScalingOptions): Scaling {
    checkMembers('KedaScalingOptions', options);
    return new KedaScaling(options);
  }

  /**
   * @internal
   */
  public abstract _bind(scope: Construct, target: ScaledWorkload): ScalingConfig;
}

/** The HorizontalPodAutoscaler of a choice, with its metrics as Kubernetes has them. */
interface HpaOptions extends Omit<MetricsScalingOptions, 'metrics'> {
  readonly metrics: Json[];
}

class HpaScaling extends Scaling {
  constructor(private readonly options: HpaOptions) {
    super();
    const { minReplicas, maxReplicas, scaleUp, scaleDown } = options;
    if (minReplicas === 0) {
      throw new Error(
        "'minReplicas' must be a whole number of at least 1, got 0; without a pod there is no CPU to measure, use Scaling.keda()",
      );
    }
    gather(undefined, problems => {
      problems.check(() => checkAtLeast(undefined, 'minReplicas', minReplicas, 1));
      problems.check(() => checkAtLeast(undefined, 'maxReplicas', maxReplicas, minReplicas ?? 1));
      checkRules(problems, { scaleUp, scaleDown });
    });
  }

  public _bind(scope: Construct, target: ScaledWorkload): ScalingConfig {
    const { workload, options } = target;
    const { maxReplicas, minReplicas = 1, metrics, scaleUp, scaleDown } = this.options;
    for (const resource of new Set(metrics.flatMap(metric => measured(metric) ?? []))) { checkRequests(scope, resource, options); }
    const behavior = defined({ scaleUp: renderRules(scaleUp), scaleDown: renderRules(scaleDown) });
    const autoscaler = scalingObject(scope, 'autoscaler', target, {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      spec: {
        scaleTargetRef: { apiVersion: workload.apiVersion, kind: workload.kind, name: workload.name },
        minReplicas,
        maxReplicas,
        metrics,
        ...Object.keys(behavior).length > 0 && { behavior },
      },
    });
    return { autoscaler, fewest: minReplicas, most: maxReplicas };
  }
}

class KedaScaling extends Scaling {
  constructor(private readonly options: KedaScalingOptions) {
    super();
    const { minReplicas, maxReplicas, pollingInterval, cooldownPeriod, query, triggers, fallback, scaleUp, scaleDown } = options;
    gather(undefined, problems => {
      problems.check(() => checkAtLeast(undefined, 'minReplicas', minReplicas, 0));
      problems.check(() => checkAtLeast(undefined, 'maxReplicas', maxReplicas, Math.max(minReplicas ?? 1, 1)));
      problems.check(() => checkSeconds(undefined, 'pollingInterval', pollingInterval, 1));
      problems.check(() => checkSeconds(undefined, 'cooldownPeriod', cooldownPeriod, 0, LONGEST_COOLDOWN.toSeconds()));
      problems.check(() => checkAtLeast(undefined, 'fallback.failureThreshold', fallback?.failureThreshold, 1));
      problems.check(() => checkBetween(undefined, 'fallback.replicas', fallback?.replicas, 0, maxReplicas));
      if (query?.trim() === '') { problems.add("'query' must be an SQL query that returns a number, got none; leave it out"); }
      if (triggers?.length === 0) { problems.add("'triggers' must have at least one trigger, got none; leave it out"); }
      for (const { trigger: { type, metadata } } of (triggers ?? []).map(trigger => trigger._bind())) {
        const { desiredReplicas } = metadata as { readonly desiredReplicas?: string };
        if (type === 'cron' && Number(desiredReplicas) > maxReplicas) {
          problems.add(
            `'triggers' has a cron trigger for ${desiredReplicas} pods, but 'maxReplicas' is ${maxReplicas}; raise it, `
              + "or lower 'replicas' of the trigger",
          );
        }
      }
      checkRules(problems, { scaleUp, scaleDown });
    });
  }

  public _bind(scope: Construct, target: ScaledWorkload): ScalingConfig {
    const { demand, workload } = target;
    const { query = demand?.query, triggers: others = [] } = this.options;
    if (query === undefined && others.length === 0) {
      throw failure(
        scope,
        "'scaling' by KEDA knows by itself only the work of Celery workers and the triggerer; give it a 'query' or 'triggers', "
          + 'or use Scaling.cpu()',
      );
    }
    const { maxReplicas, minReplicas = demand?.fewest ?? 1, pollingInterval, cooldownPeriod, fallback } = this.options;
    const { scaleUp, scaleDown, restoreOriginalReplicas } = this.options;
    const cooldown = (cooldownPeriod ?? Duration.minutes(5)).toSeconds();
    const triggers = [
      ...query === undefined ? [] : [this.databaseTrigger(scope, target, query)],
      ...others.map((trigger, index) => otherTrigger(scope, target, trigger, index)),
    ];
    const behavior = { ...scaleUp && { scaleUp: renderRules(scaleUp) }, scaleDown: renderRules(scaleDown, cooldown) };
    const autoscaler = scalingObject(scope, 'autoscaler', target, {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'ScaledObject',
      // KEDA would otherwise start pods again. A HorizontalPodAutoscaler by itself leaves a workload alone that has 0 replicas.
      annotations: target.airflow.maintenance ? { 'autoscaling.keda.sh/paused-replicas': '0' } : undefined,
      spec: {
        scaleTargetRef: { apiVersion: workload.apiVersion, kind: workload.kind, name: workload.name },
        minReplicaCount: minReplicas,
        maxReplicaCount: maxReplicas,
        pollingInterval: (pollingInterval ?? Duration.seconds(10)).toSeconds(),
        // KEDA's own cooldown concerns only the last pod. For the others, the HorizontalPodAutoscaler uses a stabilization window of the
        // same length. A pod that is stopped may finish its work within its grace period, so several pods may stop at the same time.
        cooldownPeriod: cooldown,
        fallback: fallback && { failureThreshold: fallback.failureThreshold, replicas: fallback.replicas },
        advanced: {
          ...restoreOriginalReplicas !== undefined && { restoreToOriginalReplicaCount: restoreOriginalReplicas },
          horizontalPodAutoscalerConfig: { behavior },
        },
        triggers,
      },
    });
    return { autoscaler, fewest: minReplicas, most: maxReplicas };
  }

  private databaseTrigger(scope: Construct, target: ScaledWorkload, query: string): Json {
    const { login: secrets, server } = this.connect(scope, target.airflow);
    const { _registry: registry, _instance: { endpoints } } = target.airflow;
    registry.addClient('keda', 'KEDA', () => [{ ...endpoints.database, purpose: 'work that waits' }]);
    return {
      type: 'postgresql',
      // The query returns whole pods, because Kubernetes tolerates a deviation of up to 10 %. Otherwise a 17th task would wait while
      // one worker runs 16.
      metadata: { ...server, query, targetQueryValue: '1' },
      authenticationRef: { name: authentication(scope, 'autoscaler-login', target, secrets) },
    };
  }

  private connect(scope: Construct, { postgres, _instance: { databaseParts: parts } }: IAirflow): KedaConnection {
    const { connection } = this.options;
    if (connection === undefined) { return inParts(scope, parts); }
    if (postgres !== undefined) {
      throw failure(
        scope,
        `'connection' of 'scaling' is the Secret '${connection.secretName}', but the address and the password of the Postgres `
          + 'of Database.inCluster() are known; leave it out, or give Airflow that database, too, by Database.fromSecret()',
      );
    }
    return { login: [['connection', connection]], server: {} };
  }
}

function otherTrigger(scope: Construct, target: ScaledWorkload, chosen: KedaTrigger, index: number): Json {
  const { trigger, secrets } = chosen._bind();
  if (secrets.length === 0) { return trigger; }
  return {
    ...trigger,
    authenticationRef: { name: authentication(scope, `autoscaler-trigger-${index + 1}`, target, secrets, `trigger-${index + 1}`) },
  };
}

/** Creates the object by which KEDA reads the parameters of a trigger from Secrets. */
function authentication(scope: Construct, id: string, target: ScaledWorkload, secrets: KedaConnection['login'], suffix?: string): string {
  return scalingObject(scope, id, target, {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'TriggerAuthentication',
    spec: { secretTargetRef: secrets.map(([parameter, { secretName: name, key }]) => ({ parameter, name, key })) },
  }, suffix).name;
}

/** Creates an object with the labels of the workload that it scales. */
function scalingObject(
  scope: Construct,
  id: string,
  { named, workload }: ScaledWorkload,
  { annotations, ...object }: { apiVersion: string; kind: string; spec: Json; annotations?: { readonly [name: string]: string } },
  suffix?: string,
): ApiObject {
  return new ApiObject(scope, id, { ...object, metadata: { ...named(object.kind, suffix), labels: labelsOf(workload), annotations } });
}

/** The resource of which a metric is a percentage of what the pods request; undefined for other metrics. */
function measured({ resource }: Json): 'cpu' | 'memory' | undefined {
  const { name, target } = (resource ?? {}) as { name?: string; target?: { averageUtilization?: number } };
  return (name === 'cpu' || name === 'memory') && target?.averageUtilization !== undefined ? name : undefined;
}

/**
 * Throws if a sidecar does not request what the HorizontalPodAutoscaler measures in percents of requests. The main container always has
 * requests.
 */
function checkRequests(scope: Construct, resource: 'cpu' | 'memory', { sidecars = [] }: AirflowPodOptions): void {
  for (const { name, resources } of sidecars) {
    // Without a request, Kubernetes uses the limit as the request.
    if (resources !== undefined && (resources[resource]?.request ?? resources[resource]?.limit) === undefined) {
      throw failure(
        scope,
        `'scaling' measures ${resource === 'cpu' ? 'CPU' : resource} against what is requested, but `
          + `'sidecars.${name}.resources' requests none; `
          + `set ${resource}.request there`,
      );
    }
  }
}

/** Renders the rules by which a HorizontalPodAutoscaler starts or stops pods. */
function renderRules(rules: kplus.ScalingRules | undefined, stabilization?: number): Json | undefined {
  if (rules === undefined && stabilization === undefined) { return undefined; }
  const { stabilizationWindow, strategy, policies } = rules ?? {};
  return {
    stabilizationWindowSeconds: stabilizationWindow?.toSeconds() ?? stabilization,
    selectPolicy: strategy,
    policies: policies?.map(({ replicas, duration }) => ({ ...replicas._toKube(), periodSeconds: duration?.toSeconds() ?? 15 })),
  };
}

/** Finds the rules that the HorizontalPodAutoscaler does not accept. */
function checkRules(problems: Problems, behavior: ScalingBehavior): void {
  for (const [prop, { stabilizationWindow, policies } = {}] of Object.entries(behavior) as [string, kplus.ScalingRules | undefined][]) {
    const longest = LONGEST_COOLDOWN.toSeconds();
    problems.check(() => checkSeconds(undefined, `${prop}.stabilizationWindow`, stabilizationWindow, 0, longest));
    if (policies?.length === 0) { problems.add(`'${prop}.policies' must have at least one policy, got none; leave it out`); }
    for (const { duration } of policies ?? []) {
      problems.check(() => checkSeconds(undefined, `${prop}.policies.duration`, duration, 1, LONGEST_POLICY.toSeconds()));
    }
  }
}
