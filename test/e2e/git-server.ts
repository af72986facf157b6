import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AirflowApi } from './airflow-api';
import { kubectl } from './kubectl';
import { timed } from './poll';
import { run } from './process';
import { createWith, startServer } from './server-pod';

const ROOT = '/srv/git';
const KEYS = '/srv/keys';
// The official Airflow image has git with its daemon; that of git-sync has it taken out.
const IMAGE = 'apache/airflow:3.3.2';

/** A pod that serves git repositories, which the test fills: by git://, by https, and by ssh where it is asked for. */
export class GitServer {
  /** Who may read by https. */
  public readonly user = { name: 'e2e', token: 'e2e-token' };
  public readonly host: string;

  constructor(private readonly namespace: string, private readonly ssh = false) {
    this.host = `git.${namespace}.svc`;
  }

  public url(repository = 'dags'): string {
    return `git://${this.host}/${repository}`;
  }

  public httpsUrl(repository = 'dags'): string {
    return `https://${this.host}:8443/${repository}`;
  }

  public sshUrl(repository = 'dags'): string {
    return `ssh://git@${this.host}:2222/${repository}`;
  }

  public async start(): Promise<void> {
    const { namespace, ssh, host } = this;
    await createWith(namespace, await this.files());
    await startServer({
      namespace,
      name: 'git',
      image: IMAGE,
      command: ['python', '/opt/server/git_server.py', host, ...ssh ? ['/opt/server/asyncssh.whl'] : []],
      ports: { git: 9418, https: 8443, ...ssh ? { ssh: 2222 } : {} },
      folder: '/srv',
      files: { configMap: 'git-server', path: '/opt/server' },
    });
  }

  /** A file that it made when it started: `user` and `host` are keys, `known_hosts`, `tls.crt`. */
  public async key(name: string): Promise<string> {
    return this.shell(`cat ${KEYS}/${name}`);
  }

  public async commit(path: string, text: string, repository = 'dags'): Promise<void> {
    await this.shell([
      `mkdir -p ${ROOT}/${repository}`,
      `cd ${ROOT}/${repository}`,
      '(test -d .git || git init --quiet --initial-branch main)',
      `mkdir -p "$(dirname ${path})"`,
      `cat > ${path}`,
      `git add ${path}`,
      `git -c user.name=e2e -c user.email=e2e@example.com commit --quiet --message ${path}`,
    ].join(' && '), text);
  }

  /** Brings a DAG that comes later, and answers after how many seconds it is in the list. */
  public async push(api: AirflowApi, folder: string): Promise<number> {
    await this.commit(`${folder}/pushed.py`, readFileSync(join(__dirname, 'dags', 'pushed.py'), 'utf8'));
    return timed(() => api.waitForDag('pushed', 120));
  }

  /** Runs git in a repository. */
  public async git(args: string, repository = 'dags'): Promise<string> {
    return this.shell(`cd ${ROOT}/${repository} && git -c user.name=e2e -c user.email=e2e@example.com ${args}`);
  }

  private async shell(script: string, input?: string): Promise<string> {
    return (await kubectl(['--namespace', this.namespace, 'exec', '--stdin', 'git', '--', 'bash', '-c', script], { input })).stdout;
  }

  private async files(): Promise<object> {
    const script = readFileSync(join(__dirname, 'servers', 'git_server.py'), 'utf8');
    return {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'git-server', namespace: this.namespace },
      data: { 'git_server.py': script },
      binaryData: this.ssh ? { 'asyncssh.whl': (await asyncssh()).toString('base64') } : {},
    };
  }
}

/** The ssh server in pure Python; the image has the library that it needs. */
async function asyncssh(): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'cdk8s-airflow-e2e-asyncssh-'));
  await run('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', folder, 'asyncssh==2.24.1']);
  return readFileSync(join(folder, readdirSync(folder)[0]));
}
