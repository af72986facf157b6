import { Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';

/**
 * When a probe gives up.
 */
export interface ProbeTimings {
  /**
   * How long the first check waits.
   *
   * @default - it does not wait
   */
  readonly initialDelay?: Duration;

  /**
   * How often it checks.
   *
   * @default - see the component
   */
  readonly period?: Duration;

  /**
   * How long a check may take.
   *
   * @default - see the component
   */
  readonly timeout?: Duration;

  /**
   * How many failures in a row count.
   *
   * @default - see the component
   */
  readonly failureThreshold?: number;

  /**
   * A command to run instead of the component's own check.
   *
   * @default - the component's own check
   */
  readonly command?: string[];

  /**
   * Whether there is such a probe at all.
   *
   * @default true
   */
  readonly enabled?: boolean;
}

/**
 * A command or request that runs after the start or before the end of a container.
 *
 * @see https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/
 */
export interface LifecycleOptions {
  /**
   * The command that runs after the start.
   *
   * @default - none
   */
  readonly postStart?: string[];

  /**
   * The command that runs before the end.
   *
   * @default - none
   */
  readonly preStop?: string[];
}

/**
 * Rarely set fields of a component's main container.
 */
export interface MainContainerOptions {
  /**
   * Replaces the entry point of the image.
   *
   * @default - the image's, told not to wait for the database itself
   */
  readonly command?: string[];

  /**
   * Replaces the arguments, and with them the wait for a database that went away.
   *
   * @default - what starts the component
   */
  readonly args?: string[];

  /**
   * More ports.
   *
   * @default - those that the component listens on
   */
  readonly ports?: kplus.ContainerPort[];

  /**
   * Commands after the start and before the end.
   *
   * @default - none
   */
  readonly lifecycle?: LifecycleOptions;

  /**
   * When a component that hangs is restarted.
   *
   * @default - every 30 seconds and two failures, every 15 seconds and three failures for HTTP
   */
  readonly livenessProbe?: ProbeTimings;

  /**
   * When a component gets requests.
   *
   * @default - every 10 seconds, three failures, where the component serves requests
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
 * Where a container mounts a volume that its pod has anyway.
 */
export interface PodVolumeMount {
  /**
   * The volume: `logs` is the log folder of Airflow, wherever it is kept; `dags`, `scratch` and others by their names in the pod. What the main container
   * mounts only once is the same folder here.
   */
  readonly volume: string;

  /** Where the container mounts it. */
  readonly path: string;

  /**
   * A folder of it.
   *
   * @default - all of it
   */
  readonly subPath?: string;

  /**
   * Whether the container only reads it.
   *
   * @default false
   */
  readonly readOnly?: boolean;
}

/**
 * A container beside or before the main one.
 */
export interface ContainerOptions {
  /** The name, unique in the pod. */
  readonly name: string;

  /** The image with tag or digest. */
  readonly image: string;

  /**
   * When the image is pulled.
   *
   * @default ImagePullPolicy.IF_NOT_PRESENT
   */
  readonly pullPolicy?: kplus.ImagePullPolicy;

  /**
   * Replaces the entry point of the image.
   *
   * @default - the image's
   */
  readonly command?: string[];

  /**
   * The arguments.
   *
   * @default - the image's
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
   * Volumes, added to the pod, and where they are mounted.
   *
   * @default - none
   */
  readonly volumeMounts?: kplus.VolumeMount[];

  /**
   * Volumes that the pod has anyway, and where they are mounted; for example `logs` for a container that ships them.
   *
   * @default - none
   */
  readonly podVolumeMounts?: PodVolumeMount[];

  /**
   * The folder that it starts in.
   *
   * @default - the image's
   */
  readonly workingDir?: string;

  /**
   * Whether it starts before the library's own of its kind: an init container before `wait-for-migration`, a sidecar before `git-sync`.
   *
   * @default false
   */
  readonly runsFirst?: boolean;

  /**
   * When a sidecar that hangs is restarted.
   *
   * @default - none
   */
  readonly livenessProbe?: kplus.Probe;

  /**
   * When a sidecar is ready, and with it the pod.
   *
   * @default - none
   */
  readonly readinessProbe?: kplus.Probe;

  /**
   * When a sidecar has started; what comes after it waits for that.
   *
   * @default - none
   */
  readonly startupProbe?: kplus.Probe;

  /**
   * Commands after the start and before the end of a sidecar.
   *
   * @default - none
   */
  readonly lifecycle?: LifecycleOptions;

  /**
   * Ports.
   *
   * @default - none
   */
  readonly ports?: kplus.ContainerPort[];

  /**
   * CPU, memory and ephemeral storage; what is given replaces the default as a whole.
   *
   * @default - requests of 10m CPU and 64Mi memory, a limit of 256Mi memory
   */
  readonly resources?: kplus.ContainerResources;

  /**
   * The numeric user.
   *
   * @default - that of the pod
   */
  readonly user?: number;

  /**
   * Whether the root file system is read-only.
   *
   * @default true
   */
  readonly readOnlyRootFilesystem?: boolean;
}
