import * as kplus from 'cdk8s-plus-27';
import { LifecycleOptions } from './container-options';
import { KerberosOptions } from './kerberos';
import { DnsOptions, ObjectMetadata, PodProps, SecurityContextOptions } from './pod-options';
import { Scaling } from './scaling';
import { Toleration } from './scheduling';
import { WorkloadIdentity } from './workload-identity';

/**
 * How many pods of a component the cluster may take away at once, when it drains nodes for example; one of the two is given.
 */
export interface DisruptionBudgetOptions {
  /**
   * How many pods may be missing, as a number or percentage.
   *
   * @default - `minAvailable` decides
   */
  readonly maxUnavailable?: string;

  /**
   * How many pods must stay, as a number or percentage; fewer than there are.
   *
   * @default - `maxUnavailable` decides
   */
  readonly minAvailable?: string;
}

/**
 * How a Deployment replaces its pods.
 */
export interface WorkloadOptions extends ObjectMetadata {
  /**
   * How many pods more than `replicas` an update may start, as a number or percentage.
   *
   * @default '1'
   */
  readonly maxSurge?: string;

  /**
   * How many pods fewer than `replicas` an update may leave, as a number or percentage.
   *
   * @default '0'
   */
  readonly maxUnavailable?: string;

  /**
   * End all pods before new ones start.
   *
   * @default false
   */
  readonly recreate?: boolean;

  /**
   * How many old revisions are kept for a rollback.
   *
   * @default 3
   */
  readonly revisionHistoryLimit?: number;

  /**
   * What decides how many pods run, instead of `replicas`.
   *
   * @default - `replicas` decides
   */
  readonly scaling?: Scaling;

  /**
   * A PodDisruptionBudget.
   *
   * @default - the cluster may take away all pods at once
   * @see https://kubernetes.io/docs/concepts/workloads/pods/disruptions/
   */
  readonly disruptionBudget?: DisruptionBudgetOptions;
}

/**
 * What every long-running component can be given, under the same name everywhere.
 */
export interface ComponentOptions extends PodProps {
  /**
   * How many pods run; 0 stops the component.
   *
   * @default 1
   */
  readonly replicas?: number;

  /**
   * Metadata, update strategy and history of the workload.
   *
   * @default - a rolling update without a gap
   */
  readonly workload?: WorkloadOptions;
}

/**
 * What reaches every pod of the instance, task pods and Jobs included.
 */
export interface CommonPodOptions extends ObjectMetadata {
  /**
   * Environment variables of every Airflow container; one that the library sets itself throws.
   *
   * @default - none
   */
  readonly env?: { readonly [name: string]: kplus.EnvValue };

  /**
   * ConfigMaps and Secrets whose entries become environment variables of every Airflow container.
   *
   * @default - none
   */
  readonly envFrom?: kplus.EnvFrom[];

  /**
   * Volumes and where every Airflow container mounts them.
   *
   * @default - none
   */
  readonly volumeMounts?: kplus.VolumeMount[];

  /**
   * As whom tasks, and the components that run users' code or read logs, DAG bundles or a secrets backend, call the services of a cloud;
   * `serviceAccount.identity` of a component or task pod is used instead of this.
   *
   * @default - none
   */
  readonly identity?: WorkloadIdentity;

  /**
   * Labels that the nodes of every pod must have; a component's own are used instead of these.
   *
   * @default - any node
   */
  readonly nodeSelector?: { readonly [label: string]: string };

  /**
   * Taints that every pod accepts; a component's own are used instead of these.
   *
   * @default - none
   */
  readonly tolerations?: Toleration[];

  /**
   * Under which user every Airflow pod runs; a component's own is used instead of this.
   *
   * @default - the image's user, with a read-only root file system
   */
  readonly securityContext?: SecurityContextOptions;

  /**
   * Commands after the start and before the end of every long-running container; a component's own are used instead.
   *
   * @default - none
   */
  readonly lifecycle?: LifecycleOptions;

  /**
   * The scheduler that places the pods.
   *
   * @default - Kubernetes' own (default-scheduler)
   */
  readonly schedulerName?: string;

  /**
   * How every pod resolves names; a component's own is used instead of this.
   *
   * @default - by the cluster's DNS
   */
  readonly dns?: DnsOptions;

  /**
   * A Kerberos ticket for tasks, which a sidecar renews: in task pods, Celery workers, the LocalExecutor's scheduler and the
   * triggerer.
   *
   * @default - none
   */
  readonly kerberos?: KerberosOptions;
}
