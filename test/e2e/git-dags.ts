import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { AirflowApi, DagRun } from './airflow-api';
import { DagDelivery, dagFile } from './dag-delivery';
import { GitServer } from './git-server';
import { KubeObject, kubectl, list, Pod, secret } from './kubectl';
import { Manifest } from './manifest';
import { Pending, until } from './poll';
import { waitUntilReady } from './workloads';

const PROGRAM = 'test/e2e/programs/dag-sources.ts';
const FOLDER = 'some/dags';
const READY_SECONDS = 600;

/** What git-sync says of a setting that is wrong. */
interface Wrong {
  readonly env: { readonly [name: string]: string };
  readonly says: RegExp;
}

/** DAGs by one of the ways of the program, from repositories that a pod in the cluster serves. */
export class GitDags implements DagDelivery {
  public readonly namespaces = ['airflow-e2e-git'];
  public readonly program = PROGRAM;
  private readonly server = new GitServer(this.namespaces[0], true);
  private env: { readonly [name: string]: string } = {};
  private secrets: KubeObject[] = [];

  constructor(private readonly way: string, private readonly variables: { readonly [name: string]: string } = {}) {}

  public async prepare(): Promise<{ readonly [name: string]: string }> {
    const { server } = this;
    await server.start();
    await server.commit(`${FOLDER}/e2e.py`, text('e2e.py'));
    await server.commit(`${FOLDER}/held.py`, text('held.py'));
    await server.commit(`${FOLDER}/other.py`, renamed('other'), 'other');
    const [user, host, knownHosts] = await Promise.all(['user', 'host', 'known_hosts'].map(name => server.key(name)));
    this.secrets = [
      secret('ssh', { 'ssh-privatekey': user, 'known_hosts': knownHosts }),
      // Each is another key than the server knows.
      secret('ssh-wrong-key', { 'ssh-privatekey': host, 'known_hosts': knownHosts }),
      secret('ssh-wrong-host', { 'ssh-privatekey': user, 'known_hosts': `[${server.host}]:2222 ${(await server.key('user.pub')).trim()}\n` }),
      secret('token', { username: server.user.name, password: server.user.token }),
      secret('wrong-token', { username: server.user.name, password: 'wrong' }),
    ];
    this.env = {
      WAY: this.way, GIT_URL: server.url(), OTHER_URL: server.sshUrl('other'), SSH_URL: server.sshUrl(), HTTPS_URL: server.httpsUrl(), ...this.variables,
    };
    return this.env;
  }

  public patch(manifest: Manifest): void {
    manifest.add(this.secrets);
  }

  public async push(api: AirflowApi): Promise<number> {
    return this.server.push(api, FOLDER);
  }

  /** The DAG of the second repository is there as well, and runs. */
  public async second(api: AirflowApi): Promise<void> {
    await api.waitForDag('other', 120);
    assert.equal(await api.waitForEnd(await api.trigger('other'), 300), 'success');
    console.log('  the DAG of the second repository succeeds');
  }

  /** A run keeps the version that it began with, or does not, while the branch moves on. */
  public async movesOn(api: AirflowApi, versions: { readonly after: string }): Promise<void> {
    const run = await this.hold(api);
    await this.server.commit(`${FOLDER}/held.py`, text('held.py').replace('VERSION = "1"', 'VERSION = "2"'));
    await this.server.commit(`${FOLDER}/moved.py`, renamed('moved'));
    await api.waitForDag('moved', 120);
    await this.release(api, run);
    assert.deepEqual([await api.xcom(run, 'holds'), await api.xcom(run, 'after')], ['1', versions.after]);
    console.log(`  the branch has moved on during a run: its second task has version ${versions.after}`);
  }

  /** A task that runs goes on while its branch is overwritten, and while there is none. */
  public async losesBranch(api: AirflowApi, manifest: Manifest): Promise<void> {
    const run = await this.hold(api);
    await this.server.commit(`${FOLDER}/forced.py`, renamed('forced'));
    await this.server.git('commit --quiet --amend --message forced');
    await api.waitForDag('forced', 120);
    await this.server.git('branch --move main gone');
    await this.says(manifest, /couldn't find remote ref main/i);
    await api.setVariable('held_release', 'yes');
    await until('end of the task', { seconds: 60 }, async () => {
      const state = (await api.taskInstances(run)).find(task => task.task_id === 'holds')?.state;
      if (state !== 'success') { throw new Pending(`it is ${state}`); }
    });
    await this.server.git('branch --move gone main');
    assert.equal(await api.waitForEnd(run, 600), 'success');
    console.log('  a running task goes on when its branch is overwritten, and when it is deleted');
  }

  /** What is wrong is told by the new pod, while the old one goes on. */
  public async refuses(api: AirflowApi, manifest: Manifest, wrong: Wrong[]): Promise<void> {
    for (const { env, says } of wrong) {
      const other = await Manifest.synthesize(this.program, { ...this.env, ...env });
      this.patch(other);
      other.write();
      await kubectl(['apply', '--filename', other.file]);
      const message = await this.says(manifest, says);
      assert.equal((await api.importErrors()).length, 0);
      await api.waitForDag('e2e', 1);
      console.log(`  ${JSON.stringify(env)}: ${message.trim().slice(-300)}`);
    }
    await kubectl(['apply', '--filename', manifest.file]);
    await waitUntilReady(manifest.namespaces[0], READY_SECONDS);
  }

  /** A pod whose containers have restarted makes place for one whose have not. */
  public async renew(manifest: Manifest): Promise<void> {
    const [namespace] = manifest.namespaces;
    await kubectl(['--namespace', namespace, 'delete', 'pods', '--selector', 'app.kubernetes.io/component in (dag-processor, triggerer, scheduler)']);
    await waitUntilReady(namespace, READY_SECONDS);
  }

  private async hold(api: AirflowApi): Promise<DagRun> {
    await api.waitForDag('held', 120);
    const run = await api.trigger('held');
    await api.waitUntilRunning(run, 'holds', 300);
    await api.waitForLog(run, 'holds', 'held: begins', 120);
    return run;
  }

  private async release(api: AirflowApi, run: DagRun): Promise<void> {
    await api.setVariable('held_release', 'yes');
    assert.equal(await api.waitForEnd(run, 300), 'success');
  }

  /** Waits until a pod that reads DAGs has the words in the message of its git-sync. */
  private async says(manifest: Manifest, words: RegExp): Promise<string> {
    return until(`message ${words}`, { seconds: 300 }, async () => {
      const pods = await list<Pod>(manifest.namespaces[0], 'pods');
      const messages = pods.flatMap(pod => (pod.status.initContainerStatuses ?? []).filter(({ name }) => name.startsWith('git-sync'))
        .flatMap(({ state, lastState }) => [state.terminated?.message, lastState?.terminated?.message]));
      const found = messages.find(message => message !== undefined && words.test(message));
      if (found === undefined) { throw new Pending(JSON.stringify(messages.filter(Boolean))); }
      return found;
    });
  }
}

function text(file: string): string {
  return readFileSync(dagFile(file), 'utf8');
}

/** The DAG `pushed` under another name. */
function renamed(name: string): string {
  return text('pushed.py').replaceAll('pushed', name);
}
