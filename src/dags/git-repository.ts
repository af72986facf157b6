import { Construct } from 'constructs';
import { GitCredentials } from './git-credentials';
import { Peer, endpointAt } from '../core/endpoints';
import { failure } from '../kubernetes/validate';

/** Checks the rules of `git check-ref-format` that a typing error can break. */
export function checkRef(scope: Construct, prop: string, ref: string): void {
  const bad = ref === '' || /[\s~^:?*[\\\x00-\x1f\x7f]/.test(ref) || /\.\.|@\{|\/\/|\.lock(\/|$)/.test(ref) || /^[-/.]|[/.]$/.test(ref);
  if (bad) {
    throw failure(scope, `'${prop}' must be a branch, a tag or a commit by the rules of git check-ref-format, got '${ref}'`);
  }
}

/** The scp-like form of an SSH repository, user@host:path. */
export const SCP = /^[\w.-]+@([\w.-]+):\/?[^\s/]\S*$/;

/** Whether git fetches the repository over SSH. */
export function isBySsh(repo: string): boolean {
  return repo.startsWith('ssh:') || SCP.test(repo);
}

/** Throws unless the URL of the repository fits the credentials, or a connection logs in. The message does not repeat a password. */
export function checkRepo(scope: Construct, prop: string, repo: string, credentials?: GitCredentials, connected = false): void {
  if (/^https?:\/\/[^/]*@|^([\w+.-]+:\/\/)?[^/@]*:[^/]*@/.test(repo)) {
    throw failure(scope, `'${prop}' must not hold a user, password or token, got a URL with one; use 'credentials'`);
  }
  const url = URL.canParse(repo) ? /^(ssh|https?|git):\/\/[^\s/]+\/\S+$/.exec(repo)?.[1] : undefined;
  const protocol = SCP.test(repo) ? 'ssh' : url;
  // A connection may bring an SSH configuration with its own host aliases.
  if (protocol === undefined && connected && /^\S+$/.test(repo)) { return; }
  if (protocol === undefined) {
    throw failure(
      scope,
      `'${prop}' must be like https://host/path, git://host/path, ssh://user@host/path or user@host:path, got '${repo}'`,
    );
  }
  const fitting = credentials?._protocols;
  if (fitting !== undefined && !fitting.includes(protocol)) {
    throw failure(
      scope,
      `'credentials' are for ${fitting.join(' or ')}, but the repo '${repo}' is reached by ${protocol}; change one of them`,
    );
  }
  if (protocol === 'ssh' && fitting === undefined && !connected) {
    throw failure(scope, `'credentials' are needed for '${repo}', which is reached by ssh; use GitCredentials.sshKey`);
  }
}

/**
 * The endpoints of a git repository: its server (unknown if only an Airflow connection has the URL) and the server that
 * issues tokens.
 */
export function gitPeers(repo: string | undefined, tokenUrl?: string): Peer[] {
  const [, host] = SCP.exec(repo ?? '') ?? [];
  const url = host === undefined ? repo : `ssh://${host}`;
  const server = (of: string) => endpointAt('git', 'git server', of);
  return [
    { ...(url !== undefined && URL.canParse(url) ? server(url) : { id: 'git', label: 'git server' }), purpose: 'DAGs' },
    ...tokenUrl === undefined ? [] : [{ ...server(tokenUrl), purpose: 'token' }],
  ];
}
