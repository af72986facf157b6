import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { GitCredentials } from './git-credentials';
import { ImageOptions } from '../kubernetes/image';
import { PlacementOptions } from '../kubernetes/placement';
import { CertificateAuthority } from '../kubernetes/tls';

/**
 * How git-sync handles the submodules of a repository.
 */
export enum GitSubmodules {
  /** Clones submodules and their submodules. */
  RECURSIVE = 'recursive',
  /** Clones submodules, but not their submodules. */
  SHALLOW = 'shallow',
  /** Clones no submodules. */
  OFF = 'off',
}

/**
 * The HTTP endpoint of git-sync.
 */
export interface GitSyncHttpOptions {
  /**
   * The port of the probes and the metrics.
   *
   * @default 1234
   */
  readonly port?: number;

  /**
   * Whether git-sync serves `/metrics` in addition to its health.
   *
   * @default false
   */
  readonly metrics?: boolean;
}

/**
 * An HTTP request that git-sync sends after each new commit.
 */
export interface GitSyncWebhookOptions {
  /** The URL of the request. Take it from a Secret if it contains a token. */
  readonly url: kplus.EnvValue;

  /**
   * The HTTP method.
   *
   * @default 'POST'
   */
  readonly method?: string;

  /**
   * The response status that means success. 0 accepts any status.
   *
   * @default 200
   */
  readonly successStatus?: number;

  /**
   * The time limit of one request, in whole seconds.
   *
   * @default Duration.seconds(1)
   */
  readonly timeout?: Duration;

  /**
   * The time between a failure and the next attempt, in whole seconds.
   *
   * @default Duration.seconds(3)
   */
  readonly backoff?: Duration;
}

/**
 * A command that git-sync runs in the folder of each new commit.
 */
export interface GitSyncExecHookOptions {
  /** The path of an executable file in the git-sync image, without arguments. Needs an `image` of your own that contains the file. */
  readonly command: string;

  /**
   * The time limit of the command, in whole seconds.
   *
   * @default Duration.seconds(30)
   */
  readonly timeout?: Duration;

  /**
   * The time between a failure and the next attempt, in whole seconds.
   *
   * @default Duration.seconds(3)
   */
  readonly backoff?: Duration;
}

/**
 * Actions after a new commit.
 */
export interface GitSyncHooks {
  /**
   * An HTTP request. Each long-running pod with git-sync sends it, or the shared git-sync sends it once.
   *
   * @default - none
   */
  readonly webhook?: GitSyncWebhookOptions;

  /**
   * A command. It runs wherever git-sync makes a clone, also in task pods.
   *
   * @default - none
   */
  readonly exec?: GitSyncExecHookOptions;
}

/**
 * One clone for all pods, on an existing or a new ReadWriteMany claim.
 */
export interface SharedCloneOptions {
  /**
   * An existing claim. Excludes `size` and `storageClassName`.
   *
   * @default - a new claim
   */
  readonly claim?: kplus.IPersistentVolumeClaim;

  /**
   * The size of the new claim.
   *
   * @default Size.gibibytes(2)
   */
  readonly size?: Size;

  /**
   * The storage class of the new claim. Its volumes must support ReadWriteMany.
   *
   * @default - the cluster's default, whose volumes must support ReadWriteMany
   */
  readonly storageClassName?: string;

  /**
   * Annotations of the new claim, for example for a backup tool.
   *
   * @default - none
   */
  readonly annotations?: { readonly [name: string]: string };

  /**
   * The nodes of the pod. Each of its members replaces the one of `pods`.
   *
   * @default - the placement of all pods
   */
  readonly placement?: PlacementOptions;
}

/**
 * Options of git-sync.
 *
 * @see https://github.com/kubernetes/git-sync#manual
 */
export interface GitSyncOptions extends ImageOptions {
  /** The URL of the repository, for example `https://github.com/acme/dags.git` or `git@github.com:acme/dags.git`. */
  readonly repo: string;

  /**
   * The branch, tag or commit to check out.
   *
   * @default 'HEAD'
   */
  readonly ref?: string;

  /**
   * The folder of the repository that holds the DAGs.
   *
   * @default - the root of the repository
   */
  readonly subPath?: string;

  /**
   * The folder of the repository that holds Airflow plugins, which becomes `[core] plugins_folder`. Every pod that loads plugins
   * then has the clone: in addition to the pods that read DAGs, also the API server or webserver and the scheduler. Airflow loads
   * plugins when a component starts, so restart the components after a change. At most one of several sources can have it.
   *
   * @default - `[core] plugins_folder` of `config`, or the folder `plugins` of `AIRFLOW_HOME`
   */
  readonly pluginsSubPath?: string;

  /**
   * The number of commits to fetch. 0 fetches the whole history.
   *
   * @default 1
   */
  readonly depth?: number;

  /**
   * How often git-sync looks for a new commit, in whole seconds.
   *
   * @default Duration.seconds(60)
   */
  readonly period?: Duration;

  /**
   * The time limit of one sync, in whole seconds.
   *
   * @default Duration.seconds(120)
   */
  readonly syncTimeout?: Duration;

  /**
   * The number of failures in a row after which git-sync exits. -1 never exits. In task pods -1 means 3, because the task
   * would wait forever.
   *
   * @default 3
   */
  readonly maxFailures?: number;

  /**
   * How git-sync handles submodules. The same credentials are used for them.
   *
   * @default GitSubmodules.RECURSIVE
   */
  readonly submodules?: GitSubmodules;

  /**
   * The lines of a sparse-checkout file, which select the folders and files to check out.
   *
   * @default - the whole repository
   * @see https://git-scm.com/docs/git-sparse-checkout#_internalsnon_cone_problems
   */
  readonly sparseCheckout?: string[];

  /**
   * How long an old commit stays on the volume after a newer one has arrived, for tasks that still read it. In whole
   * seconds.
   *
   * @default - the old commit is removed at once
   */
  readonly staleWorktreeTimeout?: Duration;

  /**
   * The credentials for the git server.
   *
   * @default - no login
   */
  readonly credentials?: GitCredentials;

  /**
   * Actions after a new commit.
   *
   * @default - none
   */
  readonly hooks?: GitSyncHooks;

  /**
   * The HTTP endpoint of git-sync.
   *
   * @default - serves the health at port 1234
   */
  readonly http?: GitSyncHttpOptions;

  /**
   * Additional environment variables, for example `HTTPS_PROXY` or `GITSYNC_GIT_CONFIG`.
   *
   * @default - none
   */
  readonly env?: { readonly [name: string]: kplus.EnvValue };

  /**
   * The private certificate authority of the git host. It replaces the public ones for this git-sync, submodules included.
   *
   * @default - the public authorities that the image trusts
   */
  readonly ca?: CertificateAuthority;

  /**
   * Volumes to add to the pod, and the paths at which git-sync mounts them, for example for a `.gitconfig` or a `.netrc`.
   *
   * @default - none
   */
  readonly volumeMounts?: kplus.VolumeMount[];

  /**
   * The image, with a tag or digest. It must contain `/git-sync` and `sh`, which git itself needs too.
   *
   * @default 'registry.k8s.io/git-sync/git-sync:v4.4.0'
   */
  readonly image?: string;

  /**
   * CPU and memory. Each amount that is left out keeps its default.
   *
   * @default - requests of 10m CPU and 64Mi memory, a limit of 1Gi memory
   */
  readonly resources?: kplus.ContainerResources;

  /**
   * The size limit of the clone's volume in each pod. Excludes `shared`.
   *
   * @default Size.gibibytes(2)
   */
  readonly cloneSize?: Size;

  /**
   * One git-sync whose clone all pods read, instead of one git-sync in each pod.
   *
   * @default - one git-sync in each pod
   */
  readonly shared?: SharedCloneOptions;
}
