import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { AirflowVersion } from '../core/airflow-version';
import { checkMembers } from '../kubernetes/members';
import { EnvVar, Json } from '../kubernetes/pod';
import { checkUrl, failure } from '../kubernetes/validate';

/** Where git-sync has the files. */
export const GIT_SECRET = '/etc/git-secret';

/** What credentials add to a bundle of Airflow. */
export interface BundleCredentials {
  /** The extra of the connection. */
  readonly extra?: Json;
  /** The command by which git gets name and password, and what is the same in those that give the same. */
  readonly helper?: { readonly command: string; readonly login: string };
  /** The sources of a projected volume that is mounted at the folder. */
  readonly sources: Json[];
}

/** A key of a Secret as a file. */
interface Item {
  readonly key: string;
  readonly path: string;
}

/**
 * Options of an SSH key.
 */
export interface SshKeyOptions {
  /**
   * The key of the Secret that holds the private SSH key.
   *
   * @default 'ssh-privatekey'
   */
  readonly key?: string;

  /** The key of the same Secret, or of `knownHostsConfigMap`, that holds the lines of `known_hosts`. */
  readonly knownHostsKey: string;

  /**
   * A ConfigMap that holds the lines of `known_hosts` instead of the Secret.
   *
   * @default - they are in the Secret
   */
  readonly knownHostsConfigMap?: kplus.IConfigMap;
}

/**
 * Options of an SSH key that is used with whatever host answers.
 */
export interface UncheckedSshKeyOptions {
  /**
   * The key of the Secret that holds the private SSH key.
   *
   * @default 'ssh-privatekey'
   */
  readonly key?: string;
}

/**
 * Options of a name and password.
 */
export interface TokenOptions {
  /**
   * The name itself, where the Secret holds the token alone: `x-access-token` or `oauth2`, for example.
   *
   * @default - it is in the Secret
   */
  readonly username?: string;

  /**
   * The key of the Secret that holds the name.
   *
   * @default 'username'
   */
  readonly usernameKey?: string;

  /**
   * The key of the Secret that holds the password or token.
   *
   * @default 'password'
   */
  readonly passwordKey?: string;
}

/**
 * Options of a GitHub App; it has either an application ID or a client ID.
 */
export interface GitHubAppOptions {
  /**
   * The application ID.
   *
   * @default - `clientId` says which App it is
   */
  readonly applicationId?: number;

  /**
   * The client ID; git-sync knows it, a DAG bundle does not.
   *
   * @default - `applicationId` says which App it is
   */
  readonly clientId?: string;

  /** The installation ID. */
  readonly installationId: number;

  /**
   * The key of the Secret that holds the App's private key.
   *
   * @default 'private-key'
   */
  readonly key?: string;

  /**
   * The API of a GitHub Enterprise Server; git-sync knows it, a DAG bundle does not.
   *
   * @default 'https://api.github.com/'
   */
  readonly baseUrl?: string;
}

/**
 * How git-sync, or a DAG bundle of Airflow, logs in at the git server.
 *
 * @see https://github.com/kubernetes/git-sync#readme
 */
export abstract class GitCredentials {
  /**
   * A private SSH key; the server's key must be known.
   *
   * @param secret of type `kubernetes.io/ssh-auth`, or with the keys that the options name
   */
  public static sshKey(secret: kplus.ISecret, options: SshKeyOptions): GitCredentials {
    checkMembers('SshKeyOptions', options);
    return new SshKey(secret, options);
  }

  /**
   * A private SSH key that is used with whatever host answers: who stands between them gives the DAGs.
   *
   * @param secret of type `kubernetes.io/ssh-auth`, or with the key that the options name
   */
  public static sshKeyForAnyHost(secret: kplus.ISecret, options: UncheckedSshKeyOptions = {}): GitCredentials {
    checkMembers('UncheckedSshKeyOptions', options);
    return new SshKey(secret, options);
  }

  /**
   * A name and a password or token, for HTTPS.
   *
   * @param secret of type `kubernetes.io/basic-auth`, or with the keys that the options name
   * @throws when the name is given twice, or could not be one
   */
  public static token(secret: kplus.ISecret, options: TokenOptions = {}): GitCredentials {
    checkMembers('TokenOptions', options);
    return new Token(secret, options);
  }

  /**
   * A GitHub App, for HTTPS. For a DAG bundle it needs Airflow 3.3 and an image with `PyGithub`, which the official one has not.
   *
   * @param secret with the App's private key
   * @throws when it has not exactly one of application ID and client ID, or an ID is not one
   */
  public static gitHubApp(secret: kplus.ISecret, options: GitHubAppOptions): GitCredentials {
    checkMembers('GitHubAppOptions', options);
    return new GitHubApp(secret, options);
  }

  /**
   * The protocols that they are for.
   *
   * @internal
   */
  public abstract readonly _protocols: string[];

  /**
   * Where they are exchanged for a token that lasts for a while.
   *
   * @internal
   */
  public readonly _tokenUrl?: string;

  /**
   * The variables of git-sync.
   *
   * @internal
   */
  public abstract _env(): EnvVar[];

  /**
   * The files of git-sync, in a folder like `a/`.
   *
   * @internal
   */
  public abstract _sources(folder?: string): Json[];

  /**
   * What a DAG bundle needs, its files in a folder of their own below that of all bundles.
   *
   * @internal
   */
  public abstract _bundle(scope: Construct, version: AirflowVersion, folder: string, name: string): BundleCredentials;
}

function fromSecret(secret: kplus.ISecret, ...items: Item[]): Json {
  return { secret: { name: secret.name, items } };
}

class SshKey extends GitCredentials {
  public readonly _protocols = ['ssh'];

  constructor(private readonly secret: kplus.ISecret, private readonly options: Partial<SshKeyOptions>) {
    super();
  }

  public _env(): EnvVar[] {
    return [
      { name: 'GITSYNC_SSH_KEY_FILE', value: `${GIT_SECRET}/ssh` },
      this.checksHost ? { name: 'GITSYNC_SSH_KNOWN_HOSTS_FILE', value: `${GIT_SECRET}/known_hosts` } : { name: 'GITSYNC_SSH_KNOWN_HOSTS', value: 'false' },
    ];
  }

  public _sources(folder = ''): Json[] {
    const { key, knownHostsKey, knownHostsConfigMap } = this.options;
    const keyItem = { key: key ?? 'ssh-privatekey', path: `${folder}ssh` };
    if (knownHostsKey === undefined) { return [fromSecret(this.secret, keyItem)]; }
    const hostsItem = { key: knownHostsKey, path: `${folder}known_hosts` };
    return knownHostsConfigMap === undefined
      ? [fromSecret(this.secret, keyItem, hostsItem)]
      : [fromSecret(this.secret, keyItem), { configMap: { name: knownHostsConfigMap.name, items: [hostsItem] } }];
  }

  public _bundle(scope: Construct, version: AirflowVersion, folder: string, name: string): BundleCredentials {
    if (this.checksHost && !version._isFrom(3, 2)) {
      throw failure(scope, `'credentials' by an SSH key with known hosts exist for bundles from Airflow 3.2 on, but the version is ${version.release}; `
        + 'use DagSource.gitSync, or GitCredentials.token');
    }
    const known = { strict_host_key_checking: 'yes', known_hosts_file: `${folder}/${name}/known_hosts` };
    return {
      extra: { key_file: `${folder}/${name}/ssh`, ...(this.checksHost ? known : { strict_host_key_checking: 'no' }) },
      sources: this._sources(`${name}/`),
    };
  }

  private get checksHost(): boolean {
    return this.options.knownHostsKey !== undefined;
  }
}

class Token extends GitCredentials {
  public readonly _protocols = ['https', 'http'];

  constructor(private readonly secret: kplus.ISecret, private readonly options: TokenOptions) {
    super();
    const { username, usernameKey } = options;
    if (username !== undefined && usernameKey !== undefined) {
      throw new Error(`'username' and 'usernameKey' both give the name of the token, got '${username}' and '${usernameKey}'; leave one of them out`);
    }
    if (username !== undefined && !/^[\w.@+-]+$/.test(username)) {
      throw new Error(`'username' must be letters, digits and '_.@+-', got '${username}'; put another one into the Secret`);
    }
  }

  public _env(): EnvVar[] {
    const { username } = this.options;
    const from = { valueFrom: { secretKeyRef: { name: this.secret.name, key: this.usernameKey } } };
    return [
      { name: 'GITSYNC_USERNAME', ...(username === undefined ? from : { value: username }) },
      { name: 'GITSYNC_PASSWORD_FILE', value: `${GIT_SECRET}/password` },
    ];
  }

  public _sources(folder = ''): Json[] {
    return [fromSecret(this.secret, { key: this.passwordKey, path: `${folder}password` })];
  }

  /** git asks for them when it needs them, so that they are in no variable, no URL and no file of git, and may change. */
  public _bundle(_scope: Construct, _version: AirflowVersion, folder: string, name: string): BundleCredentials {
    const { username } = this.options;
    const names = username === undefined ? [{ key: this.usernameKey, path: `${name}/username` }] : [];
    const read = (variable: string, file: string) => `read -r ${variable} < ${folder}/${name}/${file}`;
    const user = username === undefined ? read('user', 'username') : `user=${username}`;
    return {
      helper: {
        command: `!f() { ${user}; ${read('password', 'password')}; printf 'username=%s\\npassword=%s\\n' "$user" "$password"; }; f`,
        login: JSON.stringify([this.secret.name, { username, usernameKey: this.usernameKey }, this.passwordKey]),
      },
      sources: [fromSecret(this.secret, ...names, { key: this.passwordKey, path: `${name}/password` })],
    };
  }

  private get usernameKey(): string {
    return this.options.usernameKey ?? 'username';
  }

  private get passwordKey(): string {
    return this.options.passwordKey ?? 'password';
  }
}

class GitHubApp extends GitCredentials {
  public readonly _protocols = ['https'];
  public readonly _tokenUrl: string;

  constructor(private readonly secret: kplus.ISecret, private readonly options: GitHubAppOptions) {
    super();
    const { applicationId, clientId, installationId, baseUrl } = options;
    if ((applicationId === undefined) === (clientId === undefined)) {
      throw new Error(`'gitHubApp' must have one of 'applicationId' and 'clientId', got ${applicationId === undefined ? 'none' : 'both'}`);
    }
    for (const [prop, id] of Object.entries({ applicationId, installationId })) {
      if (id !== undefined && (!Number.isInteger(id) || id < 1)) { throw new Error(`'${prop}' must be a whole number of at least 1, got ${id}`); }
    }
    if (clientId !== undefined && !/^[\w.]+$/.test(clientId)) { throw new Error(`'clientId' must be letters, digits, '_' and '.', got '${clientId}'`); }
    checkUrl(undefined, 'baseUrl', baseUrl, 'https://github.example.com/api/v3/, without a login', /^https:.*\/$/);
    this._tokenUrl = baseUrl ?? 'https://api.github.com/';
  }

  public _env(): EnvVar[] {
    const { applicationId, clientId, installationId, baseUrl } = this.options;
    return [
      clientId === undefined
        ? { name: 'GITSYNC_GITHUB_APP_APPLICATION_ID', value: `${applicationId}` } : { name: 'GITSYNC_GITHUB_APP_CLIENT_ID', value: clientId },
      { name: 'GITSYNC_GITHUB_APP_INSTALLATION_ID', value: `${installationId}` },
      { name: 'GITSYNC_GITHUB_APP_PRIVATE_KEY_FILE', value: `${GIT_SECRET}/private-key` },
      ...(baseUrl === undefined ? [] : [{ name: 'GITSYNC_GITHUB_BASE_URL', value: baseUrl }]),
    ];
  }

  public _sources(folder = ''): Json[] {
    return [fromSecret(this.secret, { key: this.options.key ?? 'private-key', path: `${folder}private-key` })];
  }

  public _bundle(scope: Construct, version: AirflowVersion, folder: string, name: string): BundleCredentials {
    const { applicationId, clientId, installationId, baseUrl } = this.options;
    if (!version._isFrom(3, 3)) {
      throw failure(scope, `'credentials' by a GitHub App exist for bundles from Airflow 3.3 on, but the version is ${version.release}; use DagSource.gitSync`);
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
