import { ApiObject, Duration } from 'cdk8s';
import { Construct } from 'constructs';
import type { Demand } from './demand';
import { DatabaseParts } from '../core/database-parts';
import { labelsOf } from '../core/labels';
import { IAirflow } from '../instance/i-airflow';
import { checkMembers } from '../kubernetes/members';
import { Json } from '../kubernetes/pod';
import { AirflowPodOptions } from '../kubernetes/pod-options';
import { SecretKey } from '../kubernetes/secret-key';
import { PostgresSslMode } from '../kubernetes/tls';
import { failure } from '../kubernetes/validate';

/** The longest stabilization window that Kubernetes allows before it stops pods. */
const LONGEST_COOLDOWN = Duration.hours(1);

/** The workload that an autoscaler scales. */
export interface ScaledWorkload {
  readonly airflow: IAirflow;
  /** The name for an object of a kind, as `metadata` takes it. */
  readonly named: (kind: string) => { readonly name?: string };
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
}

/**
 * Options of `Scaling.cpu`.
 */
export interface CpuScalingOptions {
  /**
   * The highest number of pods.
   */
  readonly maxReplicas: number;

  /**
   * The lowest number of pods.
   *
   * @default 1
   */
  readonly minReplicas?: number;

  /**
   * The target for the mean CPU usage of the pods, in percent of their CPU requests.
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
   * The highest number of pods.
   */
  readonly maxReplicas: number;

  /**
   * The lowest number of pods. It may be 0.
   *
   * @default - 0 for Celery workers, 1 for the triggerer
   */
  readonly minReplicas?: number;

  /**
   * How often KEDA checks whether a first pod is needed.
   *
   * @default Duration.seconds(10)
   */
  readonly pollingInterval?: Duration;

  /**
   * How long a lower number of pods must be enough before Kubernetes stops pods. At most one hour.
   *
   * @default Duration.minutes(5)
   */
  readonly cooldownPeriod?: Duration;

  /**
   * The connection URL of the PostgreSQL metadata database, in the format of libpq:
   * `postgresql://user:password@host:5432/database?sslmode=require`.
   *
   * @default - the parts of `Database.inCluster()` or `Database.postgres()`; required with any other database, with a client certificate,
   * and with a proxy in the pods
   */
  readonly connection?: SecretKey;
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
    return new CpuScaling(options);
  }

  /**
   * Scales by the work that waits in the metadata database, down to 0 pods. It creates a ScaledObject, which needs KEDA in the cluster.
   * Celery workers scale by the queued and running tasks of their queues, the triggerer by its triggers. No other component supports it.
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
    const { login: secrets, server } = this.connect(scope, target.airflow);
    const { _registry: registry, _instance: { endpoints } } = target.airflow;
    registry.addClient('keda', 'KEDA', () => [{ ...endpoints.database, purpose: 'work that waits' }]);
    const login = scalingObject(scope, 'autoscaler-login', target, {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'TriggerAuthentication',
      spec: { secretTargetRef: secrets.map(([parameter, { secretName: name, key }]) => ({ parameter, name, key })) },
    });
    const autoscaler = scalingObject(scope, 'autoscaler', target, {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'ScaledObject',
      spec: {
        scaleTargetRef: { apiVersion: workload.apiVersion, kind: workload.kind, name: workload.name },
        minReplicaCount: minReplicas,
        maxReplicaCount: maxReplicas,
        pollingInterval: (pollingInterval ?? Duration.seconds(10)).toSeconds(),
        // KEDA's own cooldown concerns only the last pod. For the others, the HorizontalPodAutoscaler uses a stabilization window of the
        // same length. A pod that is stopped may finish its work within its grace period, so several pods may stop at the same time.
        cooldownPeriod: cooldown,
        advanced: { horizontalPodAutoscalerConfig: { behavior: { scaleDown: { stabilizationWindowSeconds: cooldown } } } },
        triggers: [{
          type: 'postgresql',
          // The query returns whole pods, because Kubernetes tolerates a deviation of up to 10 %. Otherwise a 17th task would wait while
          // one worker runs 16.
          metadata: { ...server, query: demand.query, targetQueryValue: '1' },
          authenticationRef: { name: login.name },
        }],
      },
    });
    return { autoscaler, fewest: minReplicas };
  }

  private connect(scope: Construct, { postgres, _instance: { databaseParts: parts } }: IAirflow): KedaConnection {
    const { connection } = this.options;
    if (connection === undefined) { return inParts(scope, parts); }
    if (postgres !== undefined) {
      throw failure(scope, `'connection' of 'scaling' is the Secret '${connection.secretName}', but the address and the password of the Postgres `
        + 'of Database.inCluster() are known; leave it out, or give Airflow that database, too, by Database.fromSecret()');
    }
    return { login: [['connection', connection]], server: {} };
  }
}

/** The connection of KEDA: parameters from Secrets, and parameters that are literal. */
interface KedaConnection {
  readonly login: [parameter: string, key: SecretKey][];
  readonly server: Json;
}

/** The parameters of the scaler, from the parts of Airflow's own connection. */
function inParts(scope: Construct, parts: DatabaseParts | undefined): KedaConnection {
  const because = parts && kedaObstacle(parts);
  if (parts === undefined || because !== undefined) {
    throw failure(scope, `'scaling' by KEDA needs 'connection'${because === undefined ? '' : ` (${because})`}, a Secret with the address of the Postgres `
      + 'that holds the metadata, like postgresql://user:password@host:5432/airflow?sslmode=require; it reads no other database, '
      + 'and no postgresql+psycopg2://, as Airflow does');
  }
  const { host, port, user: userName, name: dbName, password } = parts;
  const named = Object.entries({ host, port, userName, dbName, password: { key: password, value: undefined } });
  return {
    login: named.flatMap(([parameter, { key }]): [string, SecretKey][] => (key === undefined ? [] : [[parameter, key]])),
    server: {
      ...Object.fromEntries(named.flatMap(([parameter, { value }]) => (value === undefined ? [] : [[parameter, value]]))),
      // KEDA has the public authorities in its image, and no file of another.
      sslmode: parts.ownCa ? PostgresSslMode.REQUIRE : parts.sslMode,
    },
  };
}

/** What keeps KEDA from a connection that Airflow can open; undefined if nothing does. */
function kedaObstacle({ ownPod, clientCertificate, password, token }: DatabaseParts): string | undefined {
  if (token !== undefined) { return 'KEDA cannot request the tokens of the database'; }
  if (ownPod) { return "the proxy at the 'host' of the database is in the pods of Airflow alone"; }
  if (clientCertificate) { return 'KEDA cannot show the client certificate of the database'; }
  return password === undefined ? 'the database has no password' : undefined;
}

/** Creates an object with the labels of the workload that it scales. */
function scalingObject(
  scope: Construct, id: string, { named, workload }: ScaledWorkload, object: { apiVersion: string; kind: string; spec: Json },
): ApiObject {
  return new ApiObject(scope, id, { ...object, metadata: { ...named(object.kind), labels: labelsOf(workload) } });
}

/**
 * Throws if a sidecar requests no CPU, because the HorizontalPodAutoscaler measures percents of requests. The main container always has a
 * request.
 */
function checkRequests(scope: Construct, { sidecars = [] }: AirflowPodOptions): void {
  for (const { name, resources } of sidecars) {
    // Without a request, Kubernetes uses the limit as the request.
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
