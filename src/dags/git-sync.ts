import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { GIT_SECRET } from './git-credentials';
import { checkRef, checkRepo, isBySsh, gitPeers } from './git-repository';
import { GitSyncOptions, GitSyncWebhookOptions } from './git-sync-options';
import { WorkloadMetrics } from '../core/airflow-workload';
import { PodParts } from '../core/answer';
import { endpointAt, Peer, TASK_LOGS_PORT, TRIGGER_LOGS_PORT } from '../core/endpoints';
import { checkLiteral, checkVariable } from '../core/secret-names';
import { checkResources } from '../kubernetes/check-resources';
import { checksum } from '../kubernetes/checksum';
import { completeResources } from '../kubernetes/complete-resources';
import { literalOf } from '../kubernetes/env';
import { checkPinned } from '../kubernetes/image';
import { Container, EnvVar, Mount, Volume } from '../kubernetes/pod';
import { gather, Problems } from '../kubernetes/problems';
import { checkSize, renderSize } from '../kubernetes/quantity';
import { projectedFiles, renderEnv, renderMounts, renderResources, renderVolumes } from '../kubernetes/render';
import { checkAbsolutePath, checkAtLeast, checkPort, checkSeconds, checkSubPath, failure, isUrl } from '../kubernetes/validate';

const ROOT = '/git';
const LINK = 'repo';
const PORT = 1234;
const SPARSE = '/etc/git-sync';
const CA = '/etc/git-ca';
const CA_FILE = 'ca.crt';
/** The user and group ID of the official image. */
export const GIT_SYNC_USER = 65533;
/** A fetch needs as much memory as the largest file. Data written to the volume also counts as memory until it is on the disk. */
const RESOURCES: kplus.ContainerResources = {
  cpu: { request: kplus.Cpu.millis(10) }, memory: { request: Size.mebibytes(64), limit: Size.gibibytes(1) },
};
/** Lock files that a killed git leaves behind. git-sync never removes them, and would fail forever. */
const LOCKS = ['*.lock', 'refs/heads/*.lock', 'refs/remotes/*/*.lock', 'refs/tags/*.lock', 'objects/info/*.lock',
  'worktrees/*/*.lock', 'worktrees/*/modules/*/*.lock', 'modules/*/*.lock'].map(path => `${ROOT}/.git/${path}`);
/** Only this container writes to the clone, so no other git process can hold a lock at the start. */
const START = ['sh', '-c', `rm -f ${LOCKS.join(' ')}; exec /git-sync`];
const MAX_FAILURES = 3;
const SYNC_TIMEOUT = Duration.seconds(120);

/** The mount path, name and position of a git-sync. Several git-syncs in one pod have different names and ports. */
export interface GitSyncPlace {
  readonly mountPath: string;
  /** Undefined for the only git-sync of a pod. */
  readonly name?: string;
  readonly index: number;
  /** The ConfigMap that holds the sparse-checkout file. */
  readonly sparseConfigMap?: string;
}

/**
 * git-sync in a pod: a native sidecar that keeps syncing, or an init container that clones once.
 */
export class GitSync extends Construct {
  /** How often git-sync looks for a new commit. */
  public readonly period: Duration;

  /**
   * @throws when an option is invalid, for example the repository, the reference, the sub-path or a time limit, or when the
   * credentials do not fit the protocol
   */
  constructor(scope: Construct, id: string, private readonly options: GitSyncOptions) {
    super(scope, id);
    this.period = options.period ?? Duration.seconds(60);
    gather(this, problems => {
      problems.check(() => checkPinned('image', this.image, this));
      problems.check(() => checkAtLeast(this, 'depth', options.depth, 0));
      problems.check(() => checkAtLeast(this, 'maxFailures', options.maxFailures, -1));
      problems.check(() => checkSeconds(this, 'period', this.period, 1));
      problems.check(() => checkSeconds(this, 'syncTimeout', options.syncTimeout, 1));
      problems.check(() => checkSeconds(this, 'staleWorktreeTimeout', options.staleWorktreeTimeout, 1));
      for (const prop of ['subPath', 'pluginsSubPath'] as const) { problems.check(() => checkSubPath(this, prop, options[prop])); }
      problems.check(() => checkRef(this, 'ref', options.ref ?? 'HEAD'));
      problems.check(() => checkRepo(this, 'repo', options.repo, options.credentials));
      this.checkHooks(problems);
      this.checkHttp(problems);
      problems.check(() => checkResources(this, 'resources', options.resources));
      problems.check(() => checkSize(this, 'cloneSize', options.cloneSize));
      if (options.sparseCheckout?.some(line => line.includes('\n')) || options.sparseCheckout?.length === 0) {
        problems.add(
          `'sparseCheckout' must be lines of a sparse-checkout file, at least one, got ${JSON.stringify(options.sparseCheckout)}`,
        );
      }
      this.checkEnv(problems, options.env);
      for (const { path } of options.volumeMounts ?? []) { problems.check(() => checkAbsolutePath(this, 'volumeMounts', path)); }
      if (options.ca !== undefined && !options.repo.startsWith('https://')) {
        problems.add(`'ca' is for a repository that is reached by https, got '${options.repo}'; leave it out, or use the https URL`);
      }
    });
  }

  /**
   * The path of a folder of the repository, for a volume that is mounted at `mountPath`.
   *
   * @internal
   */
  public _folder(mountPath: string, subPath?: string): string {
    return [mountPath, LINK, ...(subPath === undefined ? [] : [subPath])].join('/');
  }

  /**
   * The parts of a pod that reads the DAGs. In a task pod git-sync clones once, so that the pod can end.
   *
   * @internal
   */
  public _parts(place: GitSyncPlace, once: boolean): PodParts {
    const name = volumeName(place);
    const container = this._container(place, once);
    return {
      volumes: [{ name, emptyDir: { sizeLimit: renderSize(this.options.cloneSize ?? Size.gibibytes(2)) } }, ...this._volumes(place)],
      mounts: [{ name, mountPath: place.mountPath, readOnly: true }],
      ...(once ? { initContainers: [container] } : { sidecars: [container] }),
      ...this._ssh(),
      metrics: once ? [] : this._metrics(place),
      peers: () => this._peers(once),
    };
  }

  /**
   * The need for an SSH client, if the repository uses SSH.
   *
   * @internal
   */
  public _ssh(): PodParts {
    return isBySsh(this.options.repo) ? { ssh: 'git-sync' } : {};
  }

  /**
   * Where a git-sync that keeps running serves its metrics.
   *
   * @internal
   */
  public _metrics(place: GitSyncPlace): WorkloadMetrics[] {
    return this.options.http?.metrics ? [{ portName: portName(place), port: this._port(place), path: '/metrics' }] : [];
  }

  /**
   * The endpoints that git-sync connects to, with the webhook only for a git-sync that keeps running.
   *
   * @internal
   */
  public _peers(once = false): Peer[] {
    const { repo, credentials, hooks } = this.options;
    return [...gitPeers(repo, credentials?._tokenUrl), ...once || hooks?.webhook === undefined ? [] : [webhookPeer(hooks.webhook)]];
  }

  /**
   * The volumes in addition to the volume of the clone.
   *
   * @internal
   */
  public _volumes(place: GitSyncPlace): Volume[] {
    const { credentials, ca, volumeMounts } = this.options;
    const items = () => [{ key: 'sparse-checkout', path: this.sparseFile }];
    return [
      ...(place.sparseConfigMap === undefined
        ? []
        : [{ name: `git-config${suffix(place)}`, configMap: { name: place.sparseConfigMap, items: items() } }]),
      ...(credentials === undefined ? [] : [projectedFiles(`git-secret${suffix(place)}`, credentials._sources())]),
      ...(ca === undefined ? [] : [projectedFiles(`git-ca${suffix(place)}`, ca._bind(CA_FILE))]),
      ...renderVolumes(volumeMounts),
    ];
  }

  /**
   * @internal
   */
  public _port({ index }: GitSyncPlace): number {
    return this.options.http?.port ?? PORT + index;
  }

  /**
   * @internal
   */
  public _container(place: GitSyncPlace, once: boolean): Container {
    const { options } = this;
    const port = this._port(place);
    const http = { httpGet: { path: '/', port } };
    return {
      name: `${once ? 'git-sync-init' : 'git-sync'}${suffix(place)}`,
      image: this.image,
      imagePullPolicy: options.pullPolicy ?? kplus.ImagePullPolicy.IF_NOT_PRESENT,
      user: GIT_SYNC_USER,
      command: START,
      env: [...this.settings(place, once), ...renderEnv(options.env)],
      mounts: this.mounts(place),
      ports: once ? undefined : [{ name: portName(place), containerPort: port }],
      resources: renderResources(completeResources(options.resources, RESOURCES)),
      // The following containers start after the first clone.
      startupProbe: once ? undefined : { ...http, periodSeconds: 1, failureThreshold: Math.max(300, this.longestStart) },
      livenessProbe: once ? undefined : { ...http, periodSeconds: 30, timeoutSeconds: 5, failureThreshold: 4 },
      // `kubectl describe` then shows the last output of git.
      terminationMessagePolicy: 'FallbackToLogsOnError',
    };
  }

  private get image(): string {
    return this.options.image ?? 'registry.k8s.io/git-sync/git-sync:v4.4.0';
  }

  /** Changed lines change the file name, so Kubernetes replaces the pods that read the file. */
  private get sparseFile(): string {
    return `sparse-checkout-${checksum(this.options.sparseCheckout)}`;
  }

  /** The longest time until the first clone or the last allowed attempt, in seconds. The kubelet must not kill a slow clone. */
  private get longestStart(): number {
    const { maxFailures = MAX_FAILURES, syncTimeout = SYNC_TIMEOUT } = this.options;
    return Math.max(1, maxFailures) * (syncTimeout.toSeconds() + this.period.toSeconds());
  }

  private mounts(place: GitSyncPlace): Mount[] {
    const { sparseCheckout, credentials, ca, volumeMounts } = this.options;
    return [
      { name: volumeName(place), mountPath: ROOT },
      { name: 'scratch', mountPath: '/tmp', subPath: `git${suffix(place)}` },
      ...(sparseCheckout === undefined ? [] : [{ name: `git-config${suffix(place)}`, mountPath: SPARSE, readOnly: true }]),
      ...(credentials === undefined ? [] : [{ name: `git-secret${suffix(place)}`, mountPath: GIT_SECRET, readOnly: true }]),
      ...(ca === undefined ? [] : [{ name: `git-ca${suffix(place)}`, mountPath: CA, readOnly: true }]),
      ...renderMounts(volumeMounts),
    ];
  }

  private settings(place: GitSyncPlace, once: boolean): EnvVar[] {
    const { options } = this;
    const given = (name: string, value: string | undefined) => (value === undefined ? [] : [{ name, value }]);
    const seconds = (name: string, value: Duration | undefined) => given(name, value && `${value.toSeconds()}s`);
    const failures = options.maxFailures ?? MAX_FAILURES;
    return [
      { name: 'GITSYNC_REPO', value: options.repo },
      { name: 'GITSYNC_REF', value: options.ref ?? 'HEAD' },
      { name: 'GITSYNC_DEPTH', value: `${options.depth ?? 1}` },
      { name: 'GITSYNC_ROOT', value: ROOT },
      { name: 'GITSYNC_LINK', value: LINK },
      { name: 'GITSYNC_PERIOD', value: `${this.period.toSeconds()}s` },
      { name: 'GITSYNC_MAX_FAILURES', value: `${once && failures === -1 ? MAX_FAILURES : failures}` },
      ...seconds('GITSYNC_SYNC_TIMEOUT', options.syncTimeout),
      ...given('GITSYNC_SUBMODULES', options.submodules),
      ...given('GITSYNC_SPARSE_CHECKOUT_FILE', options.sparseCheckout && `${SPARSE}/${this.sparseFile}`),
      ...(once ? [{ name: 'GITSYNC_ONE_TIME', value: 'true' }] : [
        { name: 'GITSYNC_HTTP_BIND', value: `:${this._port(place)}` },
        ...given('GITSYNC_HTTP_METRICS', options.http?.metrics ? 'true' : undefined),
        ...seconds('GITSYNC_STALE_WORKTREE_TIMEOUT', options.staleWorktreeTimeout),
        ...this.webhook(),
      ]),
      ...given('GITSYNC_EXECHOOK_COMMAND', options.hooks?.exec?.command),
      ...seconds('GITSYNC_EXECHOOK_TIMEOUT', options.hooks?.exec?.timeout),
      ...seconds('GITSYNC_EXECHOOK_BACKOFF', options.hooks?.exec?.backoff),
      ...given('GIT_SSL_CAINFO', options.ca && `${CA}/${CA_FILE}`),
      ...options.credentials?._env() ?? [],
    ];
  }

  private webhook(): EnvVar[] {
    const webhook = this.options.hooks?.webhook;
    if (webhook === undefined) { return []; }
    const { url, method, successStatus, timeout, backoff } = webhook;
    const values = {
      GITSYNC_WEBHOOK_METHOD: method,
      GITSYNC_WEBHOOK_SUCCESS_STATUS: successStatus === undefined ? undefined : `${successStatus}`,
      GITSYNC_WEBHOOK_TIMEOUT: timeout && `${timeout.toSeconds()}s`,
      GITSYNC_WEBHOOK_BACKOFF: backoff && `${backoff.toSeconds()}s`,
    };
    return [
      ...renderEnv({ GITSYNC_WEBHOOK_URL: url }),
      ...Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }])),
    ];
  }

  private checkHooks(problems: Problems): void {
    const { webhook, exec } = this.options.hooks ?? {};
    for (const [prop, hook] of [['webhook', webhook], ['exec', exec]] as const) {
      problems.check(() => checkSeconds(this, `hooks.${prop}.timeout`, hook?.timeout, 1));
      problems.check(() => checkSeconds(this, `hooks.${prop}.backoff`, hook?.backoff, 1));
    }
    problems.check(() => checkAtLeast(this, 'hooks.webhook.successStatus', webhook?.successStatus, 0));
    const { value } = webhook?.url ?? {};
    // The path of a webhook URL often contains a password, so the message does not repeat the URL.
    if (value !== undefined && !isUrl(value)) {
      problems.add("'hooks.webhook.url' must be like https://host/path, without a login, or come from a Secret, got another literal");
    }
    if (webhook?.method !== undefined && !/^[A-Z]+$/.test(webhook.method)) {
      problems.add(`'hooks.webhook.method' must be an HTTP method in capitals, got '${webhook.method}'`);
    }
    if (exec !== undefined && !/^\S+$/.test(exec.command)) {
      problems.add(
        `'hooks.exec.command' must be the path of one file without arguments, got '${exec.command}'; put them into a script in the image`,
      );
    }
    if (exec !== undefined && this.options.image === undefined) {
      problems.add(`'hooks.exec' needs an 'image' that has '${exec.command}', which git-sync's own has not; set it`);
    }
  }

  private checkHttp(problems: Problems): void {
    const port = this.options.http?.port;
    problems.check(() => checkPort(this, 'http.port', port));
    if (port !== undefined && [TASK_LOGS_PORT, TRIGGER_LOGS_PORT].includes(port)) {
      problems.add(`'http.port' must not be ${port}, by which Airflow serves logs in the same pod; use another one`);
    }
  }

  private checkEnv(problems: Problems, env: GitSyncOptions['env'] = {}): void {
    const place = { mountPath: ROOT, index: 0 };
    const own = [...this.settings(place, true), ...this.settings(place, false)].map(variable => variable.name);
    for (const [name, value] of Object.entries(env)) { problems.check(() => this.checkEnvOf(own, name, value)); }
  }

  private checkEnvOf(own: string[], name: string, value: kplus.EnvValue): void {
    checkVariable(this, 'env', name, literalOf(value));
    if (own.includes(name)) {
      throw failure(this, `'env' cannot set '${name}', which the library sets from the other options; leave it out`);
    }
    // GIT_SYNC_PASSWORD is the name in git-sync 3, and git-sync 4 still reads it.
    if (value.value !== undefined && ['GITSYNC_PASSWORD', 'GIT_SYNC_PASSWORD', 'GITSYNC_GITHUB_APP_PRIVATE_KEY'].includes(name)) {
      throw failure(
        this,
        `'env' must not hold a password, got a literal value for '${name}'; use GitCredentials.token or GitCredentials.githubApp`,
      );
    }
    checkLiteral(this, 'env', name, value);
  }
}

function webhookPeer({ url: { value } }: GitSyncWebhookOptions): Peer {
  const endpoint = value === undefined ? { id: 'webhook', label: 'webhook' } : endpointAt('webhook', 'webhook', value);
  return { ...endpoint, purpose: 'new commit' };
}

function portName({ index }: GitSyncPlace): string {
  return index === 0 ? 'git-sync' : `git-sync-${index}`;
}

function suffix({ name }: GitSyncPlace): string {
  return name === undefined ? '' : `-${name}`;
}

/** The name of the clone's volume. */
export function volumeName(place: GitSyncPlace): string {
  return `dags${suffix(place)}`;
}
