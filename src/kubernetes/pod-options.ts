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
   * Labels in addition to the library's own.
   *
   * @default - none
   */
  readonly labels?: { readonly [name: string]: string };

  /**
   * Annotations in addition to the library's own.
   *
   * @default - none
   */
  readonly annotations?: { readonly [name: string]: string };
}

/**
 * The SELinux label of a pod, within the Pod Security level `restricted`.
 *
 * @see https://kubernetes.io/docs/tasks/configure-pod-container/security-context/#assign-selinux-labels-to-a-container
 */
export interface SeLinuxOptions {
  /**
   * The level, for example `s0:c123,c456`. Pods that share a volume need the same level.
   *
   * @default - the level that the container runtime chooses
   */
  readonly level?: string;

  /**
   * The type: `container_t`, `container_init_t`, `container_kvm_t` or `container_engine_t`.
   *
   * @default - the type that the container runtime chooses
   */
  readonly type?: string;
}

/**
 * The user, groups and file system rights of a pod, within the Pod Security level `restricted`.
 *
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
export interface SecurityContextOptions {
  /**
   * The numeric user ID.
   *
   * @default - the user of the image; 50000 in the official Airflow image
   */
  readonly user?: number;

  /**
   * The numeric group ID.
   *
   * @default - the group of the image; 0 in the official Airflow image
   */
  readonly group?: number;

  /**
   * The numeric ID of the group that owns the volumes.
   *
   * @default - the same as `group`
   */
  readonly fsGroup?: number;

  /**
   * Numeric IDs of additional groups of the process.
   *
   * @default - none
   */
  readonly supplementalGroups?: number[];

  /**
   * Whether the namespace sets users and groups, as OpenShift does. Excludes `user`, `group` and `fsGroup`.
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

  /**
   * When Kubernetes changes the group of all files on the volumes to `fsGroup`. `ALWAYS` delays the start of a pod whose volume has many
   * files.
   *
   * @default FsGroupChangePolicy.ON_ROOT_MISMATCH
   */
  readonly fsGroupChangePolicy?: kplus.FsGroupChangePolicy;

  /**
   * The SELinux label.
   *
   * @default - the label that the container runtime chooses
   */
  readonly seLinux?: SeLinuxOptions;

  /**
   * Kernel parameters of the pod's network and shared memory: `{ 'net.ipv4.tcp_keepalive_time': '300' }`. Only those that Kubernetes calls
   * safe; `net.ipv4.tcp_rmem` and `net.ipv4.tcp_wmem` are safe since Kubernetes 1.32.
   *
   * @default - those of the node
   * @see https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/
   */
  readonly sysctls?: { readonly [name: string]: string };
}

/**
 * A line of `/etc/hosts`.
 */
export interface HostAliasOptions {
  /** The IP address. */
  readonly ip: string;

  /** The host names of the address. */
  readonly hostnames: string[];
}

/**
 * How a pod resolves host names.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
 */
export interface DnsOptions {
  /**
   * Additional lines of `/etc/hosts`.
   *
   * @default - none
   */
  readonly hostAliases?: HostAliasOptions[];

  /**
   * The DNS policy of the pod.
   *
   * @default - the Kubernetes default (ClusterFirst)
   */
  readonly policy?: kplus.DnsPolicy;

  /**
   * IP addresses of DNS servers.
   *
   * @default - none
   */
  readonly nameservers?: string[];

  /**
   * DNS search domains.
   *
   * @default - none
   */
  readonly searches?: string[];

  /**
   * Options of the resolver, for example `{ ndots: '2' }`. An empty value writes the option without a value.
   *
   * @default - none
   */
  readonly resolverOptions?: { readonly [name: string]: string };
}

/**
 * A volume that Kubernetes creates with the pod, from a claim, and deletes with the pod.
 *
 * @see https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#generic-ephemeral-volumes
 */
export interface EphemeralClaimOptions {
  /** The name of the volume, unique in the pod. */
  readonly name: string;

  /** The path at which the main container mounts the volume. */
  readonly mountPath: string;

  /** The size of the volume. */
  readonly size: Size;

  /**
   * The storage class.
   *
   * @default - the cluster's default storage class
   */
  readonly storageClassName?: string;

  /**
   * The access mode of the claim.
   *
   * @default PersistentVolumeAccessMode.READ_WRITE_ONCE
   */
  readonly accessMode?: kplus.PersistentVolumeAccessMode;
}

/**
 * Rarely used settings of a pod.
 */
export interface PodOptions extends ObjectMetadata {
  /**
   * The runtime class.
   *
   * @default - the cluster's default
   */
  readonly runtimeClassName?: string;

  /**
   * The name of the scheduler that places the pod.
   *
   * @default - the Kubernetes default (default-scheduler)
   */
  readonly schedulerName?: string;

  /**
   * How the pod resolves host names.
   *
   * @default - through the cluster's DNS
   */
  readonly dns?: DnsOptions;

  /**
   * Whether the cluster autoscaler or Karpenter may evict the pod to remove a node.
   *
   * @default - false for pods that run tasks and for Jobs, otherwise true; an annotation in `pods.annotations` is stronger
   * @see https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md
   * @see https://karpenter.sh/docs/concepts/disruption/#pod-level-controls
   */
  readonly safeToEvict?: boolean;

  /**
   * The size limit of the pod's scratch volume, which holds `/tmp`, the working directory and `$HOME/.cache`.
   *
   * @default - 10Gi for pods that run tasks, otherwise 1Gi
   */
  readonly scratchSize?: Size;

  /**
   * Whether the containers of the pod see the processes of each other, for example for a sidecar that profiles Airflow. It can then also
   * read their environment with its passwords.
   *
   * @default false
   */
  readonly shareProcessNamespace?: boolean;

  /**
   * Volumes that Kubernetes creates with the pod and deletes with it.
   *
   * @default - none
   */
  readonly ephemeralClaims?: EphemeralClaimOptions[];
}

/**
 * Options that every Airflow pod has, under the same names for every component.
 */
export interface AirflowPodOptions {
  /**
   * CPU, memory and ephemeral storage of the main container. Each amount that is left out keeps its default: a limit alone
   * keeps the default request. A default request above the given limit becomes that limit, and a default limit below the
   * given request becomes that request.
   *
   * @default - depends on the component
   */
  readonly resources?: kplus.ContainerResources;

  /**
   * Extended resources and huge pages of the main container, by name: `{ 'example.com/fpga': '2', 'hugepages-2Mi': '512Mi'
   * }`. The amount is both the request and the limit. Use `gpus` for GPUs, in the pods that run tasks.
   *
   * @default - none
   * @see https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#extended-resources
   */
  readonly extendedResources?: { readonly [name: string]: string };

  /**
   * Environment variables of the main container. A variable that the library itself sets is an error.
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
   * Volumes to add to the pod, and the paths at which the main container mounts them.
   *
   * @default - none
   */
  readonly volumeMounts?: kplus.VolumeMount[];

  /**
   * Init containers. They run one after the other, after the library's own init containers and before the main container.
   *
   * @default - none
   */
  readonly initContainers?: ContainerOptions[];

  /**
   * Native sidecars (Kubernetes 1.29). They start before the main container and end after it.
   *
   * @default - none
   */
  readonly sidecars?: ContainerOptions[];

  /**
   * Labels that a node must have to run the pod.
   *
   * @default - any node
   */
  readonly nodeSelector?: { readonly [label: string]: string };

  /**
   * Rules and preferences for the nodes of the pod, and for the pods near it.
   *
   * @default - no rules
   */
  readonly affinity?: Affinity;

  /**
   * Taints that the pod tolerates.
   *
   * @default - none
   */
  readonly tolerations?: Toleration[];

  /**
   * How the pods of the component spread over nodes or zones.
   *
   * @default - over the nodes if possible, for a component with several pods
   */
  readonly topologySpread?: TopologySpread[];

  /**
   * The name of the priority class.
   *
   * @default - the cluster's default
   */
  readonly priorityClassName?: string;

  /**
   * The service account of the pod.
   *
   * @default - a new service account for the component
   */
  readonly serviceAccount?: ServiceAccountOptions;

  /**
   * The time between the request to end and the kill. A running task of a task pod or Celery worker may finish in this time. A task
   * pod gets SIGTERM only 30 seconds before the end of the time.
   *
   * @default - depends on the component
   */
  readonly terminationGracePeriod?: Duration;

  /**
   * The user, groups and file system rights of the pod.
   *
   * @default - the user of the image, with a read-only root file system
   */
  readonly securityContext?: SecurityContextOptions;

  /**
   * Labels, annotations and rarely used settings of the pod.
   *
   * @default - none
   */
  readonly pod?: PodOptions;

  /**
   * Command, ports, lifecycle and probes of the main container.
   *
   * @default - the settings that the component needs
   */
  readonly container?: MainContainerOptions;
}
