import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { AirflowVersion } from '../core/airflow-version';
import { checkMembers } from '../kubernetes/members';
import { EnvVar, Json } from '../kubernetes/pod';
import { secretFiles, SecretKey } from '../kubernetes/secret-key';
import { checkAtLeast, checkUrl, failure } from '../kubernetes/validate';

/** The mount path of the credentials in git-sync. */
export const GIT_SECRET = '/etc/git-secret';

/** The parts that credentials add to an Airflow bundle. */
export interface BundleCredentials {
  /** The extra field of the connection. */
  readonly extra?: Json;
  /** The credential helper command of git. Helpers with the same `login` return the same name and password. */
  readonly helper?: { readonly command: string; readonly login: string };
  /** The sources of the projected volume with the credential files. */
  readonly sources: Json[];
}

/**
 * Options of `GitCredentials.sshKey`. Exactly one of `knownHosts` and `knownHostsConfigMap` is required.
 */
export interface SshKeyOptions {
  /**
   * The Secret key with the lines of `known_hosts`.
   *
   * @default - `knownHostsConfigMap` has the lines
   */
  readonly knownHosts?: SecretKey;

  /**
   * A ConfigMap with the lines in its key `known_hosts`.
   *
   * @default - `knownHosts` has the lines
   */
  readonly knownHostsConfigMap?: kplus.IConfigMap;
}

/**
 * Options of `GitCredentials.token`.
 */
export interface TokenOptions {
  /**
   * The user name for the token, for example `x-access-token` or `oauth2`. Excludes `usernameSecret`.
   *
   * @default - the user name in `usernameSecret`
   */
  readonly username?: string;

  /**
   * The Secret key with the user name. Excludes `username`.
   *
   * @default - the key `username` of the token's Secret, unless `username` is set
   */
  readonly usernameSecret?: SecretKey;
}

/**
 * Options of a GitHub App. Exactly one of `applicationId` and `clientId` is required.
 */
export interface GithubAppOptions {
  /**
   * The application ID.
   *
   * @default - `clientId` identifies the App
   */
  readonly applicationId?: number;

  /**
   * The client ID. Only git-sync supports it; DAG bundles do not.
   *
   * @default - `applicationId` identifies the App
   */
  readonly clientId?: string;

  /** The installation ID. */
  readonly installationId: number;

  /**
   * The API URL of a GitHub Enterprise Server. Only git-sync supports it; DAG bundles do not.
   *
   * @default 'https://api.github.com/'
   */
  readonly baseUrl?: string;
}

/**
 * The credentials with which git-sync or an Airflow DAG bundle logs in to a git server.
 *
 * @see https://github.com/kubernetes/git-sync#readme
 */
export abstract class GitCredentials {
  /**
   * A private SSH key, for a git server whose host key is known.
   *
   * @param privateKey the private key; `ssh-privatekey` in a Secret of type `kubernetes.io/ssh-auth`
   * @throws when the known hosts are missing or set twice
   */
  public static sshKey(privateKey: SecretKey, options: SshKeyOptions): GitCredentials {
    checkMembers('SshKeyOptions', options);
    if ((options.knownHosts === undefined) === (options.knownHostsConfigMap === undefined)) {
      throw new Error("'sshKey' must have one of 'knownHosts' and 'knownHostsConfigMap', "
        + `got ${options.knownHosts === undefined ? 'none; GitCredentials.sshKeyForAnyHost does without'
          : 'both; leave one of them out'}`);
    }
    return new SshKey(privateKey, options);
  }

  /**
   * A private SSH key, without a check of the host key. An attacker between the cluster and the git server can deliver other
   * DAGs.
   *
   * @param privateKey the private key; `ssh-privatekey` in a Secret of type `kubernetes.io/ssh-auth`
   */
  public static sshKeyForAnyHost(privateKey: SecretKey): GitCredentials {
    return new SshKey(privateKey, {});
  }

  /**
   * A user name and a password or token, for HTTPS.
   *
   * @param token the password or token; `password` in a Secret of type `kubernetes.io/basic-auth`
   * @throws when the user name is set twice or has invalid characters
   */
  public static token(token: SecretKey, options: TokenOptions = {}): GitCredentials {
    checkMembers('TokenOptions', options);
    return new Token(token, options);
  }

  /**
   * A GitHub App, for HTTPS. A DAG bundle needs Airflow 3.3 and an image with `PyGithub`, which the official image does not
   * have.
   *
   * @param privateKey the private key of the App
   * @throws when not exactly one of `applicationId` and `clientId` is set, or an ID is invalid
   */
  public static githubApp(privateKey: SecretKey, options: GithubAppOptions): GitCredentials {
    checkMembers('GithubAppOptions', options);
    return new GithubApp(privateKey, options);
  }

  /**
   * The URL protocols that the credentials work with.
   *
   * @internal
   */
  public abstract readonly _protocols: string[];

  /**
   * The URL that exchanges the credentials for a temporary token.
   *
   * @internal
   */
  public readonly _tokenUrl?: string;

  /**
   * The environment variables of git-sync.
   *
   * @internal
   */
  public abstract _env(): EnvVar[];

  /**
   * The credential files of git-sync, in a folder such as `a/`.
   *
   * @internal
   */
  public abstract _sources(folder?: string): Json[];

  /**
   * The parts that a DAG bundle needs. Its files are in the bundle's own folder below `folder`.
   *
   * @internal
   */
  public abstract _bundle(scope: Construct, version: AirflowVersion, folder: string, name: string): BundleCredentials;
}

class SshKey extends GitCredentials {
  public readonly _protocols = ['ssh'];

  constructor(private readonly privateKey: SecretKey, private readonly options: SshKeyOptions) {
    super();
  }

  public _env(): EnvVar[] {
    return [
      { name: 'GITSYNC_SSH_KEY_FILE', value: `${GIT_SECRET}/ssh` },
      this.checksHost
        ? { name: 'GITSYNC_SSH_KNOWN_HOSTS_FILE', value: `${GIT_SECRET}/known_hosts` }
        : { name: 'GITSYNC_SSH_KNOWN_HOSTS', value: 'false' },
    ];
  }

  public _sources(folder = ''): Json[] {
    const { knownHosts, knownHostsConfigMap } = this.options;
    const path = `${folder}known_hosts`;
    const hosts = knownHosts === undefined ? [] : [[knownHosts, path] as const];
    return [
      ...secretFiles([this.privateKey, `${folder}ssh`], ...hosts),
      ...(knownHostsConfigMap === undefined
        ? []
        : [{ configMap: { name: knownHostsConfigMap.name, items: [{ key: 'known_hosts', path }] } }]),
    ];
  }

  public _bundle(scope: Construct, version: AirflowVersion, folder: string, name: string): BundleCredentials {
    if (this.checksHost && !version._isFrom(3, 2)) {
      throw failure(
        scope,
        `'credentials' by an SSH key with known hosts exist for bundles from Airflow 3.2 on, but the version is ${version.release}; `
          + 'use DagSource.gitSync, or GitCredentials.token',
      );
    }
    const known = { strict_host_key_checking: 'yes', known_hosts_file: `${folder}/${name}/known_hosts` };
    return {
      extra: { key_file: `${folder}/${name}/ssh`, ...(this.checksHost ? known : { strict_host_key_checking: 'no' }) },
      sources: this._sources(`${name}/`),
    };
  }

  private get checksHost(): boolean {
    return this.options.knownHosts !== undefined || this.options.knownHostsConfigMap !== undefined;
  }
}

class Token extends GitCredentials {
  public readonly _protocols = ['https', 'http'];

  constructor(private readonly token: SecretKey, private readonly options: TokenOptions) {
    super();
    const { username, usernameSecret } = options;
    if (username !== undefined && usernameSecret !== undefined) {
      throw new Error("'username' and 'usernameSecret' both give the name of the token, "
        + `got '${username}' and the Secret '${usernameSecret.secretName}'; leave one of them out`);
    }
    if (username !== undefined && !/^[\w.@+-]+$/.test(username)) {
      throw new Error(`'username' must be letters, digits and '_.@+-', got '${username}'; put another one into the Secret`);
    }
  }

  public _env(): EnvVar[] {
    const { username } = this.options;
    return [
      username === undefined ? this.usernameSecret._variable('GITSYNC_USERNAME') : { name: 'GITSYNC_USERNAME', value: username },
      { name: 'GITSYNC_PASSWORD_FILE', value: `${GIT_SECRET}/password` },
    ];
  }

  public _sources(folder = ''): Json[] {
    return secretFiles([this.token, `${folder}password`]);
  }

  /** git asks the helper only when it needs the credentials. No variable, URL or git file holds them, and they may change. */
  public _bundle(_scope: Construct, _version: AirflowVersion, folder: string, name: string): BundleCredentials {
    const { username } = this.options;
    const names = username === undefined ? [[this.usernameSecret, `${name}/username`] as const] : [];
    const read = (variable: string, file: string) => `read -r ${variable} < ${folder}/${name}/${file}`;
    const user = username === undefined ? read('user', 'username') : `user=${username}`;
    return {
      helper: {
        command: `!f() { ${user}; ${read('password', 'password')}; printf 'username=%s\\npassword=%s\\n' "$user" "$password"; }; f`,
        login: JSON.stringify([this.token, username ?? this.usernameSecret]),
      },
      sources: secretFiles(...names, [this.token, `${name}/password`]),
    };
  }

  private get usernameSecret(): SecretKey {
    return this.options.usernameSecret ?? SecretKey.of(this.token.secretName, 'username');
  }
}

class GithubApp extends GitCredentials {
  public readonly _protocols = ['https'];
  public readonly _tokenUrl: string;

  constructor(private readonly privateKey: SecretKey, private readonly options: GithubAppOptions) {
    super();
    const { applicationId, clientId, installationId, baseUrl } = options;
    if ((applicationId === undefined) === (clientId === undefined)) {
      throw new Error(`'githubApp' must have one of 'applicationId' and 'clientId', got ${applicationId === undefined ? 'none' : 'both'}`);
    }
    checkAtLeast(undefined, 'applicationId', applicationId, 1);
    checkAtLeast(undefined, 'installationId', installationId, 1);
    if (clientId !== undefined && !/^[\w.]+$/.test(clientId)) {
      throw new Error(`'clientId' must be letters, digits, '_' and '.', got '${clientId}'`);
    }
    checkUrl(undefined, 'baseUrl', baseUrl, 'https://github.example.com/api/v3/, without a login', /^https:.*\/$/);
    this._tokenUrl = baseUrl ?? 'https://api.github.com/';
  }

  public _env(): EnvVar[] {
    const { applicationId, clientId, installationId, baseUrl } = this.options;
    return [
      clientId === undefined
        ? { name: 'GITSYNC_GITHUB_APP_APPLICATION_ID', value: `${applicationId}` }
        : { name: 'GITSYNC_GITHUB_APP_CLIENT_ID', value: clientId },
      { name: 'GITSYNC_GITHUB_APP_INSTALLATION_ID', value: `${installationId}` },
      { name: 'GITSYNC_GITHUB_APP_PRIVATE_KEY_FILE', value: `${GIT_SECRET}/private-key` },
      ...(baseUrl === undefined ? [] : [{ name: 'GITSYNC_GITHUB_BASE_URL', value: baseUrl }]),
    ];
  }

  public _sources(folder = ''): Json[] {
    return secretFiles([this.privateKey, `${folder}private-key`]);
  }

  public _bundle(scope: Construct, version: AirflowVersion, folder: string, name: string): BundleCredentials {
    const { applicationId, clientId, installationId, baseUrl } = this.options;
    if (!version._isFrom(3, 3)) {
      throw failure(
        scope,
        `'credentials' by a GitHub App exist for bundles from Airflow 3.3 on, but the version is ${version.release}; `
          + 'use DagSource.gitSync',
      );
    }
    const unknown = clientId !== undefined ? 'clientId' : baseUrl !== undefined ? 'baseUrl' : undefined;
    if (unknown !== undefined) {
      throw failure(scope, `'credentials' have a '${unknown}', which the bundles of Airflow do not know, got '${this.options[unknown]}'; `
        + `${unknown === 'clientId' ? "use 'applicationId'" : 'use DagSource.gitSync'}`);
    }
    return {
      extra: { github_app_id: `${applicationId}`, github_installation_id: `${installationId}`, key_file: `${folder}/${name}/private-key` },
      sources: this._sources(`${name}/`),
    };
  }
}
