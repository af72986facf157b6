import { Construct } from 'constructs';
import { GitCredentials } from './git-credentials';
import { Peer, endpointAt } from '../core/endpoints';
import { failure } from '../kubernetes/validate';

/** The rules of `git check-ref-format`, as far as they can go wrong by hand. */
export function checkRef(scope: Construct, prop: string, ref: string): void {
  const bad = ref === '' || /[\s~^:?*[\\\x00-\x1f\x7f]/.test(ref) || /\.\.|@\{|\/\/|\.lock(\/|$)/.test(ref) || /^[-/.]|[/.]$/.test(ref);
  if (bad) {
    throw failure(scope, `'${prop}' must be a branch, a tag or a commit by the rules of git check-ref-format, got '${ref}'`);
  }
}

/** The short form of a repository by ssh. */
export const SCP = /^[\w.-]+@([\w.-]+):\/?[^\s/]\S*$/;

/** Whether `ssh` fetches the repository. */
export function isBySsh(repo: string): boolean {
  return repo.startsWith('ssh:') || SCP.test(repo);
}

/** Throws unless the repository has a URL that the credentials fit, or a connection logs in; one that holds a password is not repeated. */
export function checkRepo(scope: Construct, prop: string, repo: string, credentials?: GitCredentials, connected = false): void {
  if (/^https?:\/\/[^/]*@|^([\w+.-]+:\/\/)?[^/@]*:[^/]*@/.test(repo)) {
    throw failure(scope, `'${prop}' must not hold a user, password or token, got a URL with one; use 'credentials'`);
  }
  const url = URL.canParse(repo) ? /^(ssh|https?|git):\/\/[^\s/]+\/\S+$/.exec(repo)?.[1] : undefined;
  const protocol = SCP.test(repo) ? 'ssh' : url;
  // A connection may bring a configuration of ssh with names of its own for hosts.
  if (protocol === undefined && connected && /^\S+$/.test(repo)) { return; }
  if (protocol === undefined) {
    throw failure(scope, `'${prop}' must be like https://host/path, git://host/path, ssh://user@host/path or user@host:path, got '${repo}'`);
  }
  const fitting = credentials?._protocols;
  if (fitting !== undefined && !fitting.includes(protocol)) {
    throw failure(scope, `'credentials' are for ${fitting.join(' or ')}, but the repo '${repo}' is reached by ${protocol}; change one of them`);
  }
  if (protocol === 'ssh' && fitting === undefined && !connected) {
    throw failure(scope, `'credentials' are needed for '${repo}', which is reached by ssh; use GitCredentials.sshKey`);
  }
}

/** The server of a git repository, which a connection of Airflow may be the only one to know, and who gives tokens for it. */
export function gitPeers(repo: string | undefined, tokenUrl?: string): Peer[] {
  const [, host] = SCP.exec(repo ?? '') ?? [];
  const url = host === undefined ? repo : `ssh://${host}`;
  const server = (of: string) => endpointAt('git', 'git server', of);
  return [
    { ...(url !== undefined && URL.canParse(url) ? server(url) : { id: 'git', label: 'git server' }), purpose: 'DAGs' },
    ...tokenUrl === undefined ? [] : [{ ...server(tokenUrl), purpose: 'token' }],
  ];
}
