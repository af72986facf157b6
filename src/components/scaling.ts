import { ApiObject, Duration } from 'cdk8s';
import { Construct } from 'constructs';
import type { Demand } from './demand';
import { labelsOf } from '../core/labels';
import { IAirflow } from '../instance/i-airflow';
import { checkMembers } from '../kubernetes/members';
import { Json } from '../kubernetes/pod';
import { AirflowPodOptions } from '../kubernetes/pod-options';
import { SecretKey } from '../kubernetes/secret-key';
import { failure } from '../kubernetes/validate';

/** The most that Kubernetes looks back before it ends pods. */
const LONGEST_COOLDOWN = Duration.hours(1);

/** What is scaled. */
export interface ScaledWorkload {
  readonly airflow: IAirflow;
  /** The name of an object of that kind. */
  readonly named: (kind: string) => { readonly name?: string };
  readonly workload: ApiObject;
  readonly options: AirflowPodOptions;
  /** Undefined where the database does not know how many pods are needed. */
  readonly demand?: Demand;
}

/** What makes an object of another kind scale the workload. */
export interface ScalingConfig {
  /** The object that decides, a HorizontalPodAutoscaler or ScaledObject. */
  readonly autoscaler: ApiObject;
  /** How few pods it may decide for. */
  readonly fewest: number;
}

/**
 * Options of `Scaling.cpu`.
 */
export interface CpuScalingOptions {
  /**
   * The most pods.
   */
  readonly maxReplicas: number;

  /**
   * The fewest pods.
   *
   * @default 1
   */
  readonly minReplicas?: number;

  /**
   * The mean CPU of the pods that is aimed for, in percent of what they request.
   *
   * @default 80
   */
  readonly cpuUtilization?: number;
}

/**
 * Options of `Scaling.keda`.
 */
export interface KedaScalingOptions {
  /**
   * The most pods.
   */
  readonly maxReplicas: number;

  /**
   * The fewest pods, which may be 0.
   *
   * @default - 0 for Celery workers, 1 for the triggerer
   */
  readonly minReplicas?: number;

  /**
   * How often KEDA looks whether a first pod is needed.
   *
   * @default Duration.seconds(10)
   */
  readonly pollingInterval?: Duration;

  /**
   * How long fewer pods have to be enough before some are ended, at most an hour.
   *
   * @default Duration.minutes(5)
   */
  readonly cooldownPeriod?: Duration;

  /**
   * The address of the PostgreSQL that holds the metadata, as libpq writes it:
   * `postgresql://user:password@host:5432/database?sslmode=require`.
   *
   * @default - the Postgres of `Database.inCluster()`; with another database it must be given
   */
  readonly connection?: SecretKey;
}

/**
 * What decides how many pods of a component run.
 */
export abstract class Scaling {
  /**
   * By the CPU of the pods: a HorizontalPodAutoscaler, which needs the metrics server.
   *
   * @throws when `minReplicas` is below 1, `maxReplicas` below that, or `cpuUtilization` below 1
   * @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
   */
  public static cpu(options: CpuScalingOptions): Scaling {
    checkMembers('CpuScalingOptions', options);
    return new CpuScaling(options);
  }

  /**
   * By the work that waits in the metadata database, down to no pod: a ScaledObject, which needs KEDA in the cluster. It is for
   * Celery workers, by the queued and running tasks of their queues, and for the triggerer, by the triggers.
   *
   * @throws when `minReplicas` is below 0, `maxReplicas` below 1 or `minReplicas`, or a time is not one that KEDA takes
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

class CpuScaling extends Scaling {
  constructor(private readonly options: CpuScalingOptions) {
    super();
    const { minReplicas, maxReplicas, cpuUtilization } = options;
    if (minReplicas === 0) {
      throw new Error("'minReplicas' must be a whole number of at least 1, got 0; without a pod there is no CPU to measure, use Scaling.keda()");
    }
    checkWhole('minReplicas', minReplicas, 1);
    checkWhole('maxReplicas', maxReplicas, minReplicas ?? 1);
    checkWhole('cpuUtilization', cpuUtilization, 1);
  }

  public _bind(scope: Construct, target: ScaledWorkload): ScalingConfig {
    const { workload, options } = target;
    checkRequests(scope, options);
    const { maxReplicas, minReplicas = 1, cpuUtilization = 80 } = this.options;
    const autoscaler = scalingObject(scope, 'autoscaler', target, {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      spec: {
        scaleTargetRef: { apiVersion: workload.apiVersion, kind: workload.kind, name: workload.name },
        minReplicas,
        maxReplicas,
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpuUtilization } } }],
      },
    });
    return { autoscaler, fewest: minReplicas };
  }
}

class KedaScaling extends Scaling {
  constructor(private readonly options: KedaScalingOptions) {
    super();
    const { minReplicas, maxReplicas, pollingInterval, cooldownPeriod } = options;
    checkWhole('minReplicas', minReplicas, 0);
    checkWhole('maxReplicas', maxReplicas, Math.max(minReplicas ?? 1, 1));
    checkWhole('pollingInterval', pollingInterval?.toSeconds({ integral: false }), 1, 'seconds');
    checkWhole('cooldownPeriod', cooldownPeriod?.toSeconds({ integral: false }), 0, 'seconds', LONGEST_COOLDOWN.toSeconds());
  }

  public _bind(scope: Construct, target: ScaledWorkload): ScalingConfig {
    const { demand, workload } = target;
    if (demand === undefined) {
      throw failure(scope, "'scaling' by KEDA is for Celery workers and the triggerer, whose work the database knows; use Scaling.cpu()");
    }
    const { maxReplicas, minReplicas = demand.fewest, pollingInterval, cooldownPeriod } = this.options;
    const cooldown = (cooldownPeriod ?? Duration.minutes(5)).toSeconds();
    const { parameter, secret, server } = this.connect(scope, target.airflow);
    const { _registry: registry, _instance: { endpoints } } = target.airflow;
    registry.addClient('keda', 'KEDA', () => [{ ...endpoints.database, purpose: 'work that waits' }]);
    const login = scalingObject(scope, 'autoscaler-login', target, {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'TriggerAuthentication',
      spec: { secretTargetRef: [{ parameter, ...secret }] },
    });
    const autoscaler = scalingObject(scope, 'autoscaler', target, {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'ScaledObject',
      spec: {
        scaleTargetRef: { apiVersion: workload.apiVersion, kind: workload.kind, name: workload.name },
        minReplicaCount: minReplicas,
        maxReplicaCount: maxReplicas,
        pollingInterval: (pollingInterval ?? Duration.seconds(10)).toSeconds(),
        // KEDA's own is for the last pod only; the others are the HorizontalPodAutoscaler's, which looks back as long. What a
        // pod runs when it is ended it may finish, in the grace period of the pod, so that several may end at once.
        cooldownPeriod: cooldown,
        advanced: { horizontalPodAutoscalerConfig: { behavior: { scaleDown: { stabilizationWindowSeconds: cooldown } } } },
        triggers: [{
          type: 'postgresql',
          // The query answers with whole pods, since Kubernetes does nothing about up to a tenth too many: beside 16 tasks of one
          // worker, a 17th would wait.
          metadata: { ...server, query: demand.query, targetQueryValue: '1' },
          authenticationRef: { name: login.name },
        }],
      },
    });
    return { autoscaler, fewest: minReplicas };
  }

  private connect(scope: Construct, { postgres }: IAirflow): { parameter: string; secret: { name: string; key: string }; server: Json } {
    const { connection } = this.options;
    if (postgres === undefined && connection === undefined) {
      throw failure(scope, "'scaling' by KEDA needs 'connection', a Secret with the address of the Postgres that holds the metadata, like "
        + 'postgresql://user:password@host:5432/airflow?sslmode=require; it reads no other database, and no postgresql+psycopg2://, as Airflow does');
    }
    if (postgres !== undefined && connection !== undefined) {
      throw failure(scope, `'connection' of 'scaling' is the Secret '${connection.secretName}', but the address and the password of the Postgres `
        + 'of Database.inCluster() are known; leave it out, or give Airflow that database, too, by Database.fromSecret()');
    }
    const { secretName, key } = connection ?? postgres!._password;
    if (postgres === undefined) { return { parameter: 'connection', secret: { name: secretName, key }, server: {} }; }
    return {
      parameter: 'password',
      secret: { name: secretName, key },
      // TLS where the server has it, as Airflow itself does.
      server: { host: postgres.host, port: `${postgres.port}`, userName: postgres.databaseName, dbName: postgres.databaseName, sslmode: 'prefer' },
    };
  }
}

/** An object with the labels of what it scales. */
function scalingObject(
  scope: Construct, id: string, { named, workload }: ScaledWorkload, object: { apiVersion: string; kind: string; spec: Json },
): ApiObject {
  return new ApiObject(scope, id, { ...object, metadata: { ...named(object.kind), labels: labelsOf(workload) } });
}

/** Throws where a sidecar requests no CPU, of which the HorizontalPodAutoscaler could take percents; the main container always does. */
function checkRequests(scope: Construct, { sidecars = [] }: AirflowPodOptions): void {
  for (const { name, resources } of sidecars) {
    // Kubernetes takes the limit for the request where there is none.
    if (resources !== undefined && (resources.cpu?.request ?? resources.cpu?.limit) === undefined) {
      throw failure(scope, `'scaling' measures CPU against what is requested, but 'sidecars.${name}.resources' requests none; set cpu.request there`);
    }
  }
}

function checkWhole(prop: string, value: number | undefined, least: number, unit = '', most?: number): void {
  if (value !== undefined && (!Number.isInteger(value) || value < least || (most !== undefined && value > most))) {
    throw new Error(`'${prop}' must be a whole number ${unit && `of ${unit} `}${most === undefined ? `of at least ${least}` : `from ${least} to ${most}`}, got ${value}`);
  }
}
