import * as kplus from 'cdk8s-plus-27';
import { EnvVar, Mount, Volume } from './private/pod';

const FOLDER = '/etc/git-secret';

/** What credentials add to git-sync. */
export interface GitCredentialsConfig {
  readonly protocols: string[];
  readonly env: EnvVar[];
  readonly volumes: Volume[];
  readonly mounts: Mount[];
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
 * Options of a name and password.
 */
export interface TokenOptions {
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
 * How git-sync logs in at the git server.
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
    return new SshKey(secret, options);
  }

  /**
   * A name and a password or token, for HTTPS.
   *
   * @param secret of type `kubernetes.io/basic-auth`, or with the keys that the options name
   */
  public static token(secret: kplus.ISecret, options: TokenOptions = {}): GitCredentials {
    return new Token(secret, options);
  }

  /**
   * @internal
   */
  public abstract _bind(): GitCredentialsConfig;
}

class SshKey extends GitCredentials {
  constructor(private readonly secret: kplus.ISecret, private readonly options: SshKeyOptions) {
    super();
  }

  public _bind(): GitCredentialsConfig {
    const { key, knownHostsKey, knownHostsConfigMap } = this.options;
    const keyItem = { key: key ?? 'ssh-privatekey', path: 'ssh' };
    const hostsItem = { key: knownHostsKey, path: 'known_hosts' };
    const sources = knownHostsConfigMap === undefined
      ? [{ secret: { name: this.secret.name, items: [keyItem, hostsItem] } }]
      : [{ secret: { name: this.secret.name, items: [keyItem] } }, { configMap: { name: knownHostsConfigMap.name, items: [hostsItem] } }];
    return {
      protocols: ['ssh'],
      env: [
        { name: 'GITSYNC_SSH_KEY_FILE', value: `${FOLDER}/ssh` },
        { name: 'GITSYNC_SSH_KNOWN_HOSTS_FILE', value: `${FOLDER}/known_hosts` },
      ],
      // ssh refuses a key that others can read, but the volume's group has to.
      volumes: [{ name: 'git-secret', projected: { defaultMode: 0o440, sources } }],
      mounts: [{ name: 'git-secret', mountPath: FOLDER, readOnly: true }],
    };
  }
}

class Token extends GitCredentials {
  constructor(private readonly secret: kplus.ISecret, private readonly options: TokenOptions) {
    super();
  }

  public _bind(): GitCredentialsConfig {
    const item = { key: this.options.passwordKey ?? 'password', path: 'password' };
    return {
      protocols: ['https', 'http'],
      env: [
        { name: 'GITSYNC_USERNAME', valueFrom: { secretKeyRef: { name: this.secret.name, key: this.options.usernameKey ?? 'username' } } },
        { name: 'GITSYNC_PASSWORD_FILE', value: `${FOLDER}/password` },
      ],
      volumes: [{ name: 'git-secret', projected: { defaultMode: 0o440, sources: [{ secret: { name: this.secret.name, items: [item] } }] } }],
      mounts: [{ name: 'git-secret', mountPath: FOLDER, readOnly: true }],
    };
  }
}
