import { Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { KerberosOptions } from './kerberos';
import { LocalSettingsFile } from './local-settings-file';
import { PodObjectsOptions } from './object-options';
import { LifecycleOptions } from '../kubernetes/container-options';
import { IpFamily } from '../kubernetes/ip-family';
import { DnsOptions, ObjectMetadata, SecurityContextOptions } from '../kubernetes/pod-options';
import { Affinity, Toleration, TopologySpread } from '../kubernetes/scheduling';
import { ServiceAccountOptions } from '../kubernetes/service-account-options';
import { WorkloadIdentity } from '../kubernetes/workload-identity';

/**
 * Options of the `log-groomer`, the sidecar that deletes the old logs of its pod. If `logs` has no volume, each long-running component
 * that writes logs has this sidecar.
 */
export interface LogGroomerSidecarOptions {
  /**
   * Whether components have the sidecar. Without it, the logs fill the volume until kubelet evicts the pod, unless something else deletes
   * them.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * The age at which a log is deleted, counted from its last write. The oldest logs are deleted earlier if the logs take up half of their
   * volume.
   *
   * @default Duration.days(15)
   */
  readonly maxAge?: Duration;
}

/**
 * Options of all pods of the instance, task pods and Jobs included. An option of a component takes precedence. If an option does not
 * apply to every pod, its description names the pods.
 */
export interface CommonPodOptions extends ObjectMetadata {
  /**
   * The IP addresses of the cluster's Pods and Services. With `IPV6` and `DUAL_STACK`, the API server or webserver answers IPv6 as
   * well, and every Service requests the family. A cluster that has no IPv4 needs `IPV6`.
   *
   * @default - the servers of Airflow answer IPv4; the cluster decides the addresses of Services
   */
  readonly ipFamily?: IpFamily;

  /**
   * Environment variables of the main container of every pod that runs the Airflow image, and of the containers that wait for the
   * database. PostgreSQL, Redis, RabbitMQ and git-sync do not get them. The bootstrap Job leaves out variables that refer to a Secret
   * that it creates. A component's variable with the same name takes precedence. A variable that the library sets itself throws.
   *
   * @default - none
   */
  readonly env?: { readonly [name: string]: kplus.EnvValue };

  /**
   * ConfigMaps and Secrets whose entries become environment variables of the same containers as `env`.
   *
   * @default - none
   */
  readonly envFrom?: kplus.EnvFrom[];

  /**
   * Volumes, and their mount paths in the same containers as `env`.
   *
   * @default - none
   */
  readonly volumeMounts?: kplus.VolumeMount[];

  /**
   * The cloud identity (IAM role, Google service account, Azure identity) of task pods and of the components that run user code or read
   * logs, DAG bundles or a secrets backend. If the database takes tokens, all pods that connect to it have the identity. The
   * `serviceAccount.identity` of a component or task pod takes precedence.
   *
   * @default - none
   */
  readonly identity?: WorkloadIdentity;

  /**
   * One service account for all pods of the instance, databases and brokers included. It has the permissions of all pods together. A
   * component or task pod whose own `serviceAccount` names, creates or annotates an account uses that account instead.
   *
   * @default - each component has its own service account, with only the permissions that it needs
   */
  readonly serviceAccount?: ServiceAccountOptions;

  /**
   * Labels that the nodes of every pod must have. A component's own labels replace these.
   *
   * @default - any node
   */
  readonly nodeSelector?: { readonly [label: string]: string };

  /**
   * The nodes and neighbors that every pod requires or prefers. A component's own affinity replaces this one.
   *
   * @default - anywhere
   */
  readonly affinity?: Affinity;

  /**
   * How Kubernetes spreads the pods of each component and of each task pod. A component's own constraints replace these. It does not
   * apply to Jobs, PostgreSQL, Redis, RabbitMQ and a shared git-sync, because each of them has one pod.
   *
   * @default - the pods of a component with several pods are spread over the nodes if possible
   */
  readonly topologySpread?: TopologySpread[];

  /**
   * The priority class of every pod. A component's own class replaces this one.
   *
   * @default - the default priority class of the cluster
   */
  readonly priorityClassName?: string;

  /**
   * CPU, memory and ephemeral storage of every helper container that has no `resources` option of its own: `wait-for-migration`,
   * `wait-for-database`, `log-groomer`, `kerberos`, `link-dags` and the container of the bootstrap Job. Values that you leave out keep
   * their defaults. The waiting containers use up to 192 MiB of memory if the database is not PostgreSQL.
   *
   * @default - requests of 10m CPU and 32Mi memory; a limit of 128Mi memory, 512Mi for the waiting containers
   */
  readonly helperResources?: kplus.ContainerResources;

  /**
   * The sidecars that delete old logs.
   *
   * @default - the sidecars delete logs after 15 days, or earlier if the logs take up half of their volume
   */
  readonly logGroomer?: LogGroomerSidecarOptions;

  /**
   * Taints that every pod tolerates. A component's own tolerations replace these.
   *
   * @default - none
   */
  readonly tolerations?: Toleration[];

  /**
   * The user, the groups and the root file system of every pod that runs the Airflow image. A component's own security context replaces
   * this one. `userFromNamespace`, `fsGroupChangePolicy`, `seLinux` and `sysctls` apply to every pod.
   *
   * @default - the image's user, with a read-only root file system
   */
  readonly securityContext?: SecurityContextOptions;

  /**
   * What the main container of every long-running component does after its start and before its stop. A component's own options replace
   * these. They do not apply to task pods, Jobs, PostgreSQL, Redis, RabbitMQ and a shared git-sync.
   *
   * @default - none
   */
  readonly lifecycle?: LifecycleOptions;

  /**
   * A module `airflow_local_settings.py` that exists in the cluster, which every pod of Airflow loads. Excludes `localSettings` of
   * the Airflow. A task pod in another namespace needs the Secret or ConfigMap there.
   *
   * @default - `localSettings` of the Airflow
   */
  readonly localSettingsFile?: LocalSettingsFile;

  /**
   * Labels and annotations of the ConfigMaps, service accounts and generated Secrets.
   *
   * @default - only the library's own labels
   */
  readonly objects?: PodObjectsOptions;

  /**
   * The Kubernetes scheduler that places every pod.
   *
   * @default - the scheduler of Kubernetes (default-scheduler)
   */
  readonly schedulerName?: string;

  /**
   * The DNS options of every pod. A component's own options replace these.
   *
   * @default - the DNS of the cluster
   */
  readonly dns?: DnsOptions;

  /**
   * A Kerberos ticket for tasks. A sidecar renews it in task pods, Celery workers, the scheduler of the LocalExecutor and the triggerer.
   *
   * @default - none
   */
  readonly kerberos?: KerberosOptions;
}
