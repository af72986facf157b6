import { Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { KerberosOptions } from './kerberos';
import { LifecycleOptions } from '../kubernetes/container-options';
import { DnsOptions, ObjectMetadata, SecurityContextOptions } from '../kubernetes/pod-options';
import { Affinity, Toleration, TopologySpread } from '../kubernetes/scheduling';
import { ServiceAccountOptions } from '../kubernetes/service-account-options';
import { WorkloadIdentity } from '../kubernetes/workload-identity';

/**
 * The `log-groomer`: the container beside a component that deletes the old logs of its pod. Without a volume of `logs`, each component has one that
 * writes logs for long.
 */
export interface LogGroomerSidecarOptions {
  /**
   * Whether there is one. Without it, logs pile up until the pod is evicted, unless something else deletes them.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * How long after its last write a log is deleted. The oldest are deleted earlier when the logs take up half of their volume.
   *
   * @default Duration.days(15)
   */
  readonly maxAge?: Duration;
}

/**
 * What is said once for all pods of the instance, task pods and Jobs included. A component's own option wins. A member that does not reach every
 * pod says whom it reaches.
 */
export interface CommonPodOptions extends ObjectMetadata {
  /**
   * Environment variables of the main container of every pod that runs the Airflow image, and of the containers that wait for the database. Postgres,
   * Redis, RabbitMQ and git-sync do not have them. The bootstrap Job leaves out what refers to a Secret that it makes. A component's own of the same
   * name is used instead. One that the library sets itself throws.
   *
   * @default - none
   */
  readonly env?: { readonly [name: string]: kplus.EnvValue };

  /**
   * ConfigMaps and Secrets whose entries become environment variables of the containers that `env` reaches.
   *
   * @default - none
   */
  readonly envFrom?: kplus.EnvFrom[];

  /**
   * Volumes, and where the containers mount them that `env` reaches.
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
   * One service account for all pods of the instance, databases and brokers included: it has the rights of all of them together.
   * A component or task pod whose own `serviceAccount` names, makes or annotates an account has that one.
   *
   * @default - each component has an account of its own, with no more rights than it needs
   */
  readonly serviceAccount?: ServiceAccountOptions;

  /**
   * Labels that the nodes of every pod must have; a component's own are used instead of these.
   *
   * @default - any node
   */
  readonly nodeSelector?: { readonly [label: string]: string };

  /**
   * Where every pod may or should run; a component's own is used instead of this.
   *
   * @default - anywhere
   */
  readonly affinity?: Affinity;

  /**
   * How the pods of each component, and of each task pod, are spread; a component's own is used instead of this. Jobs, Postgres, Redis, RabbitMQ and
   * a shared git-sync have one pod, so that there is nothing to spread.
   *
   * @default - over the nodes if possible, for components with several pods
   */
  readonly topologySpread?: TopologySpread[];

  /**
   * The priority class of every pod; a component's own is used instead of this.
   *
   * @default - the cluster's
   */
  readonly priorityClassName?: string;

  /**
   * CPU, memory and ephemeral storage of every helper container that has no `resources` of its own: `wait-for-migration`, `wait-for-database`,
   * `log-groomer`, `kerberos`, `link-dags` and that of the bootstrap Job. What is left out keeps its default. The containers that wait take up to
   * 192 MiB with a database that is not PostgreSQL.
   *
   * @default - requests of 10m CPU and 32Mi memory; a limit of 128Mi memory, 512Mi for the containers that wait
   */
  readonly helperResources?: kplus.ContainerResources;

  /**
   * The containers that delete old logs.
   *
   * @default - logs are deleted after 15 days, or when they take up half of their volume
   */
  readonly logGroomer?: LogGroomerSidecarOptions;

  /**
   * Taints that every pod accepts; a component's own are used instead of these.
   *
   * @default - none
   */
  readonly tolerations?: Toleration[];

  /**
   * The user of every pod that runs the Airflow image; a component's own is used instead of this. `userFromNamespace` reaches every pod.
   *
   * @default - the image's user, with a read-only root file system
   */
  readonly securityContext?: SecurityContextOptions;

  /**
   * Commands after the start and before the end of the main container of every long-running component; a component's own are used instead. Task pods,
   * Jobs, Postgres, Redis, RabbitMQ and a shared git-sync do not have them.
   *
   * @default - none
   */
  readonly lifecycle?: LifecycleOptions;

  /**
   * The scheduler that places every pod.
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
