import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { ContainerOptions, MainContainerOptions } from './container-options';
import { Affinity, Toleration, TopologySpread } from './scheduling';
import { ServiceAccountOptions } from './service-account-options';

/**
 * Labels and annotations of an object.
 */
export interface ObjectMetadata {
  /**
   * Labels, added to the library's own.
   *
   * @default - none
   */
  readonly labels?: { readonly [name: string]: string };

  /**
   * Annotations, added to the library's own.
   *
   * @default - none
   */
  readonly annotations?: { readonly [name: string]: string };
}

/**
 * Under which user a pod runs and what it may do, within the Pod Security level `restricted`.
 *
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
export interface SecurityContextOptions {
  /**
   * The numeric user.
   *
   * @default - the user of the image: 50000 for Airflow
   */
  readonly user?: number;

  /**
   * The numeric group.
   *
   * @default - the group of the image: 0 for Airflow
   */
  readonly group?: number;

  /**
   * The group that owns the volumes.
   *
   * @default - the same as `group`
   */
  readonly fsGroup?: number;

  /**
   * More groups of the process.
   *
   * @default - none
   */
  readonly supplementalGroups?: number[];

  /**
   * Leave users and groups to the namespace, as OpenShift wants it.
   *
   * @default false
   */
  readonly userFromNamespace?: boolean;

  /**
   * Whether the root file system is read-only.
   *
   * @default true
   */
  readonly readOnlyRootFilesystem?: boolean;
}

/**
 * A line of `/etc/hosts`.
 */
export interface HostAliasOptions {
  /** The address. */
  readonly ip: string;

  /** The names that it gets. */
  readonly hostnames: string[];
}

/**
 * How a pod resolves names.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
 */
export interface DnsOptions {
  /**
   * Lines for `/etc/hosts`.
   *
   * @default - none
   */
  readonly hostAliases?: HostAliasOptions[];

  /**
   * Whose resolver is asked.
   *
   * @default - Kubernetes' own (ClusterFirst)
   */
  readonly policy?: kplus.DnsPolicy;

  /**
   * Addresses of name servers.
   *
   * @default - none
   */
  readonly nameservers?: string[];

  /**
   * Search domains.
   *
   * @default - none
   */
  readonly searches?: string[];

  /**
   * Options of the resolver, for example `{ ndots: '2' }`; an empty value means the option alone.
   *
   * @default - none
   */
  readonly resolverOptions?: { readonly [name: string]: string };
}

/**
 * A volume that is made for a pod and goes with it, from a claim of its own.
 *
 * @see https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#generic-ephemeral-volumes
 */
export interface EphemeralClaimOptions {
  /** The name of the volume, unique in the pod. */
  readonly name: string;

  /** Where the main container mounts it. */
  readonly mountPath: string;

  /** Its size. */
  readonly size: Size;

  /**
   * The storage class.
   *
   * @default - the cluster's
   */
  readonly storageClassName?: string;

  /**
   * How it is mounted.
   *
   * @default PersistentVolumeAccessMode.READ_WRITE_ONCE
   */
  readonly accessMode?: kplus.PersistentVolumeAccessMode;
}

/**
 * Rarely set fields of a pod.
 */
export interface PodOptions extends ObjectMetadata {
  /**
   * The runtime class.
   *
   * @default - the cluster's
   */
  readonly runtimeClassName?: string;

  /**
   * The scheduler that places the pod.
   *
   * @default - Kubernetes' own (default-scheduler)
   */
  readonly schedulerName?: string;

  /**
   * How the pod resolves names.
   *
   * @default - by the cluster's DNS
   */
  readonly dns?: DnsOptions;

  /**
   * Whether the cluster autoscaler, or Karpenter, may evict the pod to remove a node.
   *
   * @default - false for pods that run tasks and for Jobs, otherwise true unless `pods.annotations` says it
   * @see https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md
   * @see https://karpenter.sh/docs/concepts/disruption/#pod-level-controls
   */
  readonly safeToEvict?: boolean;

  /**
   * The size limit of the pod's scratch volume, which holds `/tmp`, the working directory and `$HOME/.cache`.
   *
   * @default - 10Gi where tasks run, otherwise 1Gi
   */
  readonly scratchSize?: Size;

  /**
   * Volumes that are made for the pod and go with it.
   *
   * @default - none
   */
  readonly ephemeralClaims?: EphemeralClaimOptions[];
}

/**
 * What every pod of Airflow can be given, under the same name everywhere.
 */
export interface AirflowPodOptions {
  /**
   * CPU, memory and ephemeral storage of the main container. Each amount that is left out keeps its default: a limit alone
   * keeps the requests. A default request above the given limit becomes that limit, and a default limit below the given
   * request becomes that request.
   *
   * @default - see the component
   */
  readonly resources?: kplus.ContainerResources;

  /**
   * Extended resources and huge pages of the main container, by their names: `{ 'example.com/fpga': '2', 'hugepages-2Mi': '512Mi' }`.
   * The container requests what it may use at most. GPUs have a prop of their own where tasks run: `gpus`.
   *
   * @default - none
   * @see https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#extended-resources
   */
  readonly extendedResources?: { readonly [name: string]: string };

  /**
   * Environment variables of the main container; one that the library sets itself throws.
   *
   * @default - none
   */
  readonly env?: { readonly [name: string]: kplus.EnvValue };

  /**
   * ConfigMaps and Secrets whose entries become environment variables.
   *
   * @default - none
   */
  readonly envFrom?: kplus.EnvFrom[];

  /**
   * Volumes, added to the pod, and where the main container mounts them.
   *
   * @default - none
   */
  readonly volumeMounts?: kplus.VolumeMount[];

  /**
   * Containers that run one after the other before the main one, after the library's own.
   *
   * @default - none
   */
  readonly initContainers?: ContainerOptions[];

  /**
   * Native sidecars: they start before the main container and end after it (Kubernetes 1.29).
   *
   * @default - none
   */
  readonly sidecars?: ContainerOptions[];

  /**
   * Labels that a node must have.
   *
   * @default - any node
   */
  readonly nodeSelector?: { readonly [label: string]: string };

  /**
   * Where the pod may or should run.
   *
   * @default - anywhere
   */
  readonly affinity?: Affinity;

  /**
   * Taints that the pod accepts.
   *
   * @default - none
   */
  readonly tolerations?: Toleration[];

  /**
   * How the pods are spread.
   *
   * @default - over the nodes if possible, when the component has several pods
   */
  readonly topologySpread?: TopologySpread[];

  /**
   * The priority class.
   *
   * @default - the cluster's
   */
  readonly priorityClassName?: string;

  /**
   * Which service account the pod runs as.
   *
   * @default - one of the component's own
   */
  readonly serviceAccount?: ServiceAccountOptions;

  /**
   * How long the pod may take to end.
   *
   * @default - see the component
   */
  readonly terminationGracePeriod?: Duration;

  /**
   * Under which user the pod runs.
   *
   * @default - the image's user, with a read-only root file system
   */
  readonly securityContext?: SecurityContextOptions;

  /**
   * Labels, annotations and rarely set fields of the pod.
   *
   * @default - none
   */
  readonly pod?: PodOptions;

  /**
   * Command, ports, lifecycle and probes of the main container.
   *
   * @default - what the component needs
   */
  readonly container?: MainContainerOptions;
}
