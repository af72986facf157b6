import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { checkPinned, ImageOptions } from '../airflow-image';
import { GitCredentials } from '../git-credentials';
import { checkResources } from '../private/check-pod';
import { PodParts } from '../private/instance';
import { renderEnv, renderResources, renderSize } from '../private/kube';
import { Container, EnvVar } from '../private/pod';
import { checkAtLeast, checkEnvName, checkSubPath, failure } from '../private/validate';

const ROOT = '/git';
const LINK = 'repo';
const PORT = 1234;
const VOLUME = 'dags';
const USER = 65533;
const RESOURCES: kplus.ContainerResources = {
  cpu: { request: kplus.Cpu.millis(10) }, memory: { request: Size.mebibytes(64), limit: Size.mebibytes(512) },
};

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
   * How many failures in a row end the sidecar; -1 for any number.
   *
   * @default 3
   */
  readonly maxFailures?: number;

  /**
   * How git-sync logs in.
   *
   * @default - it does not
   */
  readonly credentials?: GitCredentials;

  /**
   * More environment variables, for example `HTTPS_PROXY`.
   *
   * @default - none
   */
  readonly env?: { readonly [name: string]: kplus.EnvValue };

  /**
   * The image with tag or digest.
   *
   * @default 'registry.k8s.io/git-sync/git-sync:v4.4.0'
   */
  readonly image?: string;

  /**
   * CPU and memory.
   *
   * @default - requests of 10m CPU and 64Mi memory, a limit of 512Mi memory
   */
  readonly resources?: kplus.ContainerResources;

  /**
   * The size limit of the volume that holds the clone.
   *
   * @default Size.gibibytes(2)
   */
  readonly storage?: Size;
}

/**
 * git-sync in a pod: as a native sidecar that goes on, or as an init container that clones once.
 */
export class GitSync extends Construct {
  /** How often it looks for a new commit. */
  public readonly period: Duration;

  constructor(scope: Construct, id: string, private readonly options: GitSyncOptions) {
    super(scope, id);
    this.period = options.period ?? Duration.seconds(60);
    checkPinned('image', this.image, this);
    checkAtLeast(this, 'depth', options.depth, 0);
    checkAtLeast(this, 'maxFailures', options.maxFailures, -1);
    checkAtLeast(this, 'period', this.period.toSeconds(), 1);
    checkSubPath(this, 'subPath', options.subPath);
    this.checkRef(options.ref ?? 'HEAD');
    this.checkRepo(options.repo);
    this.checkEnv(options.env);
    checkResources(this, 'resources', options.resources);
  }

  /**
   * The folder of the DAGs where the volume is mounted at that path.
   *
   * @internal
   */
  public _dagsFolder(mountPath: string): string {
    return [mountPath, LINK, ...(this.options.subPath === undefined ? [] : [this.options.subPath])].join('/');
  }

  /**
   * What a pod needs that reads the DAGs; a task's clones once, so that it can end.
   *
   * @internal
   */
  public _parts(mountPath: string, once: boolean): PodParts {
    const credentials = this.options.credentials?._bind();
    const container = this.container(once);
    return {
      volumes: [
        { name: VOLUME, emptyDir: { sizeLimit: renderSize(this.options.storage ?? Size.gibibytes(2)) } },
        ...credentials?.volumes ?? [],
      ],
      mounts: [{ name: VOLUME, mountPath, readOnly: true }],
      ...(once ? { initContainers: [container] } : { sidecars: [container] }),
    };
  }

  private get image(): string {
    return this.options.image ?? 'registry.k8s.io/git-sync/git-sync:v4.4.0';
  }

  private container(once: boolean): Container {
    const { options } = this;
    const credentials = options.credentials?._bind();
    const http = { httpGet: { path: '/', port: PORT } };
    return {
      name: once ? 'git-sync-init' : 'git-sync',
      image: this.image,
      imagePullPolicy: options.pullPolicy ?? kplus.ImagePullPolicy.IF_NOT_PRESENT,
      user: USER,
      env: [...this.settings(once), ...renderEnv(options.env)],
      mounts: [
        { name: VOLUME, mountPath: ROOT },
        { name: 'scratch', mountPath: '/tmp', subPath: 'git' },
        ...credentials?.mounts ?? [],
      ],
      ports: once ? undefined : [{ name: 'git-sync', containerPort: PORT }],
      resources: renderResources(options.resources ?? RESOURCES),
      // The containers after it start when the first clone is there.
      startupProbe: once ? undefined : { ...http, periodSeconds: 1, failureThreshold: 300 },
      livenessProbe: once ? undefined : { ...http, periodSeconds: 30, timeoutSeconds: 5, failureThreshold: 4 },
    };
  }

  private settings(once: boolean): EnvVar[] {
    const { options } = this;
    return [
      { name: 'GITSYNC_REPO', value: options.repo },
      { name: 'GITSYNC_REF', value: options.ref ?? 'HEAD' },
      { name: 'GITSYNC_DEPTH', value: `${options.depth ?? 1}` },
      { name: 'GITSYNC_ROOT', value: ROOT },
      { name: 'GITSYNC_LINK', value: LINK },
      { name: 'GITSYNC_PERIOD', value: `${this.period.toSeconds()}s` },
      { name: 'GITSYNC_MAX_FAILURES', value: `${options.maxFailures ?? 3}` },
      once ? { name: 'GITSYNC_ONE_TIME', value: 'true' } : { name: 'GITSYNC_HTTP_BIND', value: `:${PORT}` },
      ...options.credentials?._bind().env ?? [],
    ];
  }

  private checkEnv(env: GitSyncOptions['env'] = {}): void {
    const own = [...this.settings(true), ...this.settings(false)].map(variable => variable.name);
    for (const [name, { value }] of Object.entries(env)) {
      checkEnvName(this, 'env', name);
      if (own.includes(name)) {
        throw failure(this, `'env' cannot set '${name}', which the library sets from the other options; leave it out`);
      }
      // The second is the name that git-sync 3 had for it, which git-sync 4 still reads.
      if (value !== undefined && ['GITSYNC_PASSWORD', 'GIT_SYNC_PASSWORD'].includes(name)) {
        throw failure(this, `'env' must not hold a password, got a literal value for '${name}'; use GitCredentials.token`);
      }
    }
  }

  /**
   * The rules of `git check-ref-format`, as far as they can go wrong by hand.
   */
  private checkRef(ref: string): void {
    const bad = ref === '' || /[\s~^:?*[\\\x00-\x1f\x7f]/.test(ref) || /\.\.|@\{|\/\/|\.lock(\/|$)/.test(ref) || /^[-/.]|[/.]$/.test(ref);
    if (bad) {
      throw failure(this, `'ref' must be a branch, a tag or a commit by the rules of git check-ref-format, got '${ref}'`);
    }
  }

  private checkRepo(repo: string): void {
    const protocol = /^[\w.-]+@[\w.-]+:[^/].*$/.test(repo) ? 'ssh' : /^(ssh|https?|git):\/\/[^\s/]+\/\S+$/.exec(repo)?.[1];
    if (protocol === undefined) {
      throw failure(this, `'repo' must be like https://host/path, git://host/path, ssh://user@host/path or user@host:path, got '${repo}'`);
    }
    if (/^https?:\/\/[^/]*@/.test(repo)) {
      throw failure(this, "'repo' must not hold a user, password or token, got a URL with one; use GitCredentials.token");
    }
    const fitting = this.options.credentials?._bind().protocols;
    if (fitting !== undefined && !fitting.includes(protocol)) {
      throw failure(this, `'credentials' are for ${fitting.join(' or ')}, but the repo '${repo}' is reached by ${protocol}; change one of them`);
    }
    if (protocol === 'ssh' && fitting === undefined) {
      throw failure(this, `'credentials' are needed for '${repo}', which is reached by ssh; use GitCredentials.sshKey`);
    }
  }
}
