import { Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';

/**
 * The timings of a probe, and its command.
 */
export interface ProbeTimings {
  /**
   * The delay between the start of the container and the first check.
   *
   * @default - no delay
   */
  readonly initialDelay?: Duration;

  /**
   * The time between two checks.
   *
   * @default - depends on the component, see `livenessProbe`, `readinessProbe` and `startupProbe`
   */
  readonly period?: Duration;

  /**
   * The time that one check may take.
   *
   * @default - depends on the component
   */
  readonly timeout?: Duration;

  /**
   * The number of failures in a row after which the probe fails.
   *
   * @default - depends on the component
   */
  readonly failureThreshold?: number;

  /**
   * A command that replaces the component's own check.
   *
   * @default - the component's own check
   */
  readonly command?: string[];

  /**
   * Whether the container has this probe.
   *
   * @default true
   */
  readonly enabled?: boolean;
}

/**
 * An HTTP request of the kubelet to a container. A lifecycle hook fails if the answer is no success.
 */
export interface HttpHookOptions {
  /** The path of the request, for example `/drain`. */
  readonly path: string;

  /** The port of the request. */
  readonly port: number;

  /**
   * Whether the request uses HTTPS. The kubelet does not check the certificate.
   *
   * @default false
   */
  readonly https?: boolean;

  /**
   * Headers of the request. A literal header holds no password, because everyone who can read the pod can read it.
   *
   * @default - none
   */
  readonly headers?: { readonly [name: string]: string };
}

/**
 * What a container does after it starts and before it ends. Each of the two moments has one action at most. There is no TCP action: the
 * Kubernetes API accepts one, but the kubelet never runs it.
 *
 * @see https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/
 */
export interface LifecycleOptions {
  /**
   * The command that runs after the container starts (`postStart`).
   *
   * @default - none
   */
  readonly postStart?: string[];

  /**
   * The command that runs before the container ends (`preStop`).
   *
   * @default - components that serve HTTP sleep 10 seconds, so that no more requests come when they end; none for all others
   */
  readonly preStop?: string[];

  /**
   * The HTTP request after the container starts. Excludes `postStart`.
   *
   * @default - none
   */
  readonly postStartHttp?: HttpHookOptions;

  /**
   * The HTTP request before the container ends. Excludes `preStop` and `preStopSleep`.
   *
   * @default - none
   */
  readonly preStopHttp?: HttpHookOptions;

  /**
   * How long the container goes on before it ends, for an image without the program `sleep` (Kubernetes 1.30). At most the grace period of
   * the pod. Excludes `preStop` and `preStopHttp`.
   *
   * @default - none
   */
  readonly preStopSleep?: Duration;
}

/**
 * Rarely used settings of a component's main container.
 */
export interface MainContainerOptions {
  /**
   * Replaces the entry point of the image.
   *
   * @default - the entry point of the image; its own wait for the database is switched off
   */
  readonly command?: string[];

  /**
   * Replaces the arguments. The library's wait for a database that is unavailable is part of the default arguments, so it is
   * lost.
   *
   * @default - the arguments that start the component
   */
  readonly args?: string[];

  /**
   * Additional container ports.
   *
   * @default - only the ports that the component listens on
   */
  readonly ports?: kplus.ContainerPort[];

  /**
   * What runs after the container starts and before it ends.
   *
   * @default - none
   */
  readonly lifecycle?: LifecycleOptions;

  /**
   * When Kubernetes restarts a component that hangs.
   *
   * @default - a command every 30 seconds, restart after two failures in a row; HTTP every 15 seconds, restart after three
   */
  readonly livenessProbe?: ProbeTimings;

  /**
   * When a component receives requests.
   *
   * @default - a check every 10 seconds for components that serve requests; three failures in a row stop the requests
   */
  readonly readinessProbe?: ProbeTimings;

  /**
   * How long a component may take to start.
   *
   * @default - five minutes
   */
  readonly startupProbe?: ProbeTimings;
}

/**
 * Mounts a volume of the pod into an additional container.
 */
export interface PodVolumeMount {
  /**
   * The name of the volume in the pod, for example `dags` or `scratch`. `logs` is always the log folder of Airflow, whatever
   * stores it. If the main container mounts the volume exactly once, this container sees the same folder of the volume.
   */
  readonly volume: string;

  /** The path at which the container mounts the volume. */
  readonly mountPath: string;

  /**
   * The folder of the volume to mount.
   *
   * @default - the whole volume
   */
  readonly subPath?: string;

  /**
   * Whether the mount is read-only.
   *
   * @default false
   */
  readonly readOnly?: boolean;
}

/**
 * An additional container of a pod: a sidecar or an init container.
 */
export interface ContainerOptions {
  /** The name of the container, unique in the pod. */
  readonly name: string;

  /** The image, with a tag or digest. */
  readonly image: string;

  /**
   * When the kubelet pulls the image.
   *
   * @default ImagePullPolicy.IF_NOT_PRESENT
   */
  readonly pullPolicy?: kplus.ImagePullPolicy;

  /**
   * Replaces the entry point of the image.
   *
   * @default - the entry point of the image
   */
  readonly command?: string[];

  /**
   * Replaces the arguments of the image.
   *
   * @default - the arguments of the image
   */
  readonly args?: string[];

  /**
   * Environment variables.
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
   * Volumes to add to the pod, and the paths at which this container mounts them.
   *
   * @default - none
   */
  readonly volumeMounts?: kplus.VolumeMount[];

  /**
   * Volumes that the pod already has, and the paths at which this container mounts them. A container that
   * ships logs mounts `logs`.
   *
   * @default - none
   */
  readonly podVolumeMounts?: PodVolumeMount[];

  /**
   * The working directory.
   *
   * @default - the working directory of the image
   */
  readonly workingDir?: string;

  /**
   * Whether the container starts before the library's own containers of the same kind: an init container before
   * `wait-for-migration`, a sidecar before `git-sync`.
   *
   * @default false
   */
  readonly runsFirst?: boolean;

  /**
   * When Kubernetes restarts a sidecar that hangs.
   *
   * @default - none
   */
  readonly livenessProbe?: kplus.Probe;

  /**
   * When a sidecar is ready. The pod is ready only if its sidecars are.
   *
   * @default - none
   */
  readonly readinessProbe?: kplus.Probe;

  /**
   * When a sidecar has started. The containers after it wait for that.
   *
   * @default - none
   */
  readonly startupProbe?: kplus.Probe;

  /**
   * What runs after a sidecar starts and before it ends.
   *
   * @default - none
   */
  readonly lifecycle?: LifecycleOptions;

  /**
   * The container ports.
   *
   * @default - none
   */
  readonly ports?: kplus.ContainerPort[];

  /**
   * CPU, memory and ephemeral storage. The given value replaces the whole default.
   *
   * @default - requests of 10m CPU and 64Mi memory, a limit of 256Mi memory
   */
  readonly resources?: kplus.ContainerResources;

  /**
   * The numeric user ID.
   *
   * @default - the user of the pod
   */
  readonly user?: number;

  /**
   * Whether the root file system is read-only.
   *
   * @default true
   */
  readonly readOnlyRootFilesystem?: boolean;
}
