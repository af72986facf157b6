import * as kplus from 'cdk8s-plus-27';
import { KerberosOptions } from './kerberos';
import { LifecycleOptions } from '../kubernetes/container-options';
import { DnsOptions, ObjectMetadata, SecurityContextOptions } from '../kubernetes/pod-options';
import { Toleration } from '../kubernetes/scheduling';
import { WorkloadIdentity } from '../kubernetes/workload-identity';

/**
 * What reaches every pod of the instance, task pods and Jobs included.
 */
export interface CommonPodOptions extends ObjectMetadata {
  /**
   * Environment variables of every Airflow container; a component's own of the same name is used instead. One that the library sets itself throws.
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
