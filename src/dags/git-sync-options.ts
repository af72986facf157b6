import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { GitCredentials } from './git-credentials';
import { ImageOptions } from '../kubernetes/image';

/**
 * What git-sync does about the submodules of a repository.
 */
export enum GitSubmodules {
  /** They are cloned, and theirs too. */
  RECURSIVE = 'recursive',
  /** They are cloned, but not theirs. */
  SHALLOW = 'shallow',
  /** They are left out. */
  OFF = 'off',
}

/**
 * What git-sync serves by HTTP.
 */
export interface GitSyncHttpOptions {
  /**
   * The port, for the probes and the metrics.
   *
   * @default 1234
   */
  readonly port?: number;

  /**
   * Whether `/metrics` is served beside the health.
   *
   * @default false
   */
  readonly metrics?: boolean;
}

/**
 * A request that git-sync sends after each new commit.
 */
export interface GitSyncWebhookOptions {
  /** The URL; from a Secret where it holds a token. */
  readonly url: kplus.EnvValue;

  /**
   * The HTTP method.
   *
   * @default 'POST'
   */
  readonly method?: string;

  /**
   * The status that means success; 0 for any.
   *
   * @default 200
   */
  readonly successStatus?: number;

  /**
   * How long one request may take.
   *
   * @default Duration.seconds(1)
   */
  readonly timeout?: Duration;

  /**
   * How long it waits before it tries again.
   *
   * @default Duration.seconds(3)
   */
  readonly backoff?: Duration;
}

/**
 * A command that git-sync runs in the folder of each new commit.
 */
export interface GitSyncExecHookOptions {
  /** A file that can be run, without arguments: in the git-sync image, which then is one of your own. */
  readonly command: string;

  /**
   * How long it may run.
   *
   * @default Duration.seconds(30)
   */
  readonly timeout?: Duration;

  /**
   * How long git-sync waits before it tries again.
   *
   * @default Duration.seconds(3)
   */
  readonly backoff?: Duration;
}

/**
 * What follows a new commit.
 */
export interface GitSyncHooks {
  /**
   * A request: from each long-running pod that has git-sync, or once where the clone is shared.
   *
   * @default - none
   */
  readonly webhook?: GitSyncWebhookOptions;

  /**
   * A command: wherever a clone is made, in the pods of tasks too.
   *
   * @default - none
   */
  readonly exec?: GitSyncExecHookOptions;
}

/**
 * One clone for all pods, on a ReadWriteMany claim: one that exists, or a new one.
 */
export interface SharedCloneOptions {
  /**
   * A claim that exists.
   *
   * @default - a new one
   */
  readonly claim?: kplus.IPersistentVolumeClaim;

  /**
   * The size of the new claim.
   *
   * @default Size.gibibytes(2)
   */
  readonly size?: Size;

  /**
   * A storage class that gives ReadWriteMany volumes, for the new claim.
   *
   * @default - the cluster's default, which has to give them
   */
  readonly storageClassName?: string;
}

/**
 * Options of git-sync.
 *
 * @see https://github.com/kubernetes/git-sync#manual
 */
export interface GitSyncOptions extends ImageOptions {
  /** The repository, for example `https://github.com/acme/dags.git` or `git@github.com:acme/dags.git`. */
  readonly repo: string;

  /**
   * The branch, tag or commit.
   *
   * @default 'HEAD'
   */
  readonly ref?: string;

  /**
   * The folder of the repository that holds the DAGs.
   *
   * @default - its root
   */
  readonly subPath?: string;

  /**
   * How many commits are fetched; 0 for all.
   *
   * @default 1
   */
  readonly depth?: number;

  /**
   * How often git-sync looks for a new commit.
   *
   * @default Duration.seconds(60)
   */
  readonly period?: Duration;

  /**
   * How long one sync may take.
   *
   * @default Duration.seconds(120)
   */
  readonly syncTimeout?: Duration;

  /**
   * How many failures in a row end git-sync; -1 for any number, but 3 in the pod of a task, which would wait for ever.
   *
   * @default 3
   */
  readonly maxFailures?: number;

  /**
   * Whether the submodules are cloned, with the same credentials.
   *
   * @default GitSubmodules.RECURSIVE
   */
  readonly submodules?: GitSubmodules;

  /**
   * The lines of a sparse-checkout file: which folders and files are checked out.
   *
   * @default - all
   * @see https://git-scm.com/docs/git-sparse-checkout#_internalsnon_cone_problems
   */
  readonly sparseCheckout?: string[];

  /**
   * How long a commit stays on the volume after a newer one has come, for tasks that still read it.
   *
   * @default - it goes at once
   */
  readonly staleWorktreeTimeout?: Duration;

  /**
   * How git-sync logs in.
   *
   * @default - it does not
   */
  readonly credentials?: GitCredentials;

  /**
   * What follows a new commit.
   *
   * @default - nothing
   */
  readonly hooks?: GitSyncHooks;

  /**
   * What git-sync serves by HTTP.
   *
   * @default - its health, at port 1234
   */
  readonly http?: GitSyncHttpOptions;

  /**
   * More environment variables, for example `HTTPS_PROXY` or `GITSYNC_GIT_CONFIG`.
   *
   * @default - none
   */
  readonly env?: { readonly [name: string]: kplus.EnvValue };

  /**
   * The image with tag or digest; it has `/git-sync` and, as git itself needs it, `sh`.
   *
   * @default 'registry.k8s.io/git-sync/git-sync:v4.4.0'
   */
  readonly image?: string;

  /**
   * CPU and memory.
   *
   * @default - requests of 10m CPU and 64Mi memory, a limit of 1Gi memory
   */
  readonly resources?: kplus.ContainerResources;

  /**
   * The size limit of the volume that holds the clone of a pod.
   *
   * @default Size.gibibytes(2)
   */
  readonly cloneSize?: Size;

  /**
   * One git-sync that all pods read from, instead of one in each.
   *
   * @default - each pod has its own
   */
  readonly shared?: SharedCloneOptions;
}
