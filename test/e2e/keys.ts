import assert from 'node:assert/strict';
import { AirflowApi, DagRun } from './airflow-api';
import { dagFile, MountedDags } from './dag-delivery';
import { apply, createNamespace, kubectl, list, logOf, Pod, secret } from './kubectl';
import { forwardTo, logIn, withApi } from './log-in';
import { Manifest } from './manifest';
import { Pending, until } from './poll';
import { chosen, deploy, inOrder, owning, READY_SECONDS, Row, Say, teller, update } from './scenario';
import { waitUntilReady } from './workloads';

const VERSIONS = ['3.3.2', '2.11.2'];
const PLANTED = { password: 'planted-password-4711', api: 'planted-extra-4712', variable: 'planted-variable-4713' };
const AIRFLOW_SECRETS = ['airflow-keys', 'airflow-admin'];
const KINDS = 'pods,jobs,deployments,statefulsets,configmaps,secrets,services,events';

type Data = { readonly [key: string]: string };

/**
 * Keys are replaced while tasks read and write what they encrypt, and a backup is restored into an empty namespace; names select versions.
 */
export async function keys(names: string[]): Promise<Row[]> {
  return inOrder(chosen('version', VERSIONS, names, version => [version]), version => new KeysRun(version).run());
}

class KeysRun {
  private readonly say: Say;
  private readonly facts: Row;
  private readonly airflow3: boolean;
  private namespace = '';
  private component = '';

  constructor(private readonly version: string) {
    this.say = teller(`keys@${version}`);
    this.facts = { version };
    this.airflow3 = !version.startsWith('2.');
    this.component = this.airflow3 ? 'api-server' : 'webserver';
  }

  public async run(): Promise<Row> {
    const manifest = await this.synthesize(1);
    [this.namespace] = manifest.namespaces;
    const restored = `${this.namespace}-restored`;
    const namespaces = [this.namespace, restored];
    return owning({ cells: this.facts, namespaces, say: this.say, folder: () => manifest.folder }, async () => {
      const run = await this.rotate(manifest);
      await this.restore(restored, run);
      await this.searchOutputs(namespaces);
      return {};
    });
  }

  private async synthesize(step: number, more: { readonly [name: string]: string } = {}): Promise<Manifest> {
    const dags = new MountedDags([dagFile('keys.py')], { AIRFLOW_VERSION: this.version, STEP: `${step}`, ...more });
    return dags.synthesize('test/e2e/programs/keys.ts');
  }

  /** The three steps of the Fernet key under load, and then the other keys. */
  private async rotate(first: Manifest): Promise<DagRun> {
    await deploy(first, this.namespace, this.say);
    await this.plant();
    return withApi(first.notes, this.version, async api => {
      let run = await this.startTasks(api, 'first');
      await this.step(2);
      if (!this.airflow3) {
        // A task of Airflow 2 has the keys itself. One that does not know the next key must have ended before anything is encrypted with it.
        await this.stopTasks(api, run);
        run = await this.startTasks(api, 'with-both-keys');
      }
      await this.step(3, async () => {
        // The Job waits for tasks that encrypt with the old key.
        if (!this.airflow3) { await this.stopTasks(api, run); }
      });
      await this.step(4);
      if (this.airflow3) { await this.stopTasks(api, run); }
      await this.oldKeyIsUseless();
      await this.otherKeys(api, first.notes);
      return run;
    });
  }

  private async step(step: number, meanwhile?: () => Promise<void>): Promise<void> {
    const { file } = await this.synthesize(step);
    await kubectl(['apply', '--filename', file]);
    await kubectl(['--namespace', this.namespace, 'rollout', 'status', 'deployment', '--timeout', '10m']);
    await meanwhile?.();
    await waitUntilReady(this.namespace, READY_SECONDS);
    this.say(`step ${step}`);
  }

  private async plant(): Promise<void> {
    await this.airflow(this.namespace, 'connections', 'add', 'planted', '--conn-type', 'http', '--conn-host', 'example.com',
      '--conn-password', PLANTED.password, '--conn-extra', JSON.stringify({ api: PLANTED.api }));
    await this.airflow(this.namespace, 'variables', 'set', 'planted', PLANTED.variable);
  }

  private async airflow(namespace: string, ...args: string[]): Promise<string> {
    const { stdout } = await kubectl(['--namespace', namespace, 'exec', `deployment/airflow-${this.component}`, '--container', this.component, '--',
      'airflow', ...args]);
    return stdout;
  }

  private async startTasks(api: AirflowApi, name: string): Promise<DagRun> {
    await this.airflow(this.namespace, 'variables', 'set', 'stop', 'no');
    // The pod to which the way led may have been replaced; a question may be asked again, a trigger may not.
    await api.waitForDag('keys', 300);
    const run = await api.trigger('keys', name);
    await until('tasks that run', { seconds: 300 }, async () => {
      const states = (await api.taskInstances(run)).map(({ state }) => state);
      if (states.filter(state => state === 'running').length < 2) { throw new Pending(states.join(', ')); }
    });
    this.say('tasks read and write');
    return run;
  }

  private async stopTasks(api: AirflowApi, run: DagRun): Promise<void> {
    await this.airflow(this.namespace, 'variables', 'set', 'stop', 'yes');
    assert.equal(await api.waitForEnd(run, 300), 'success', 'a task failed while the Fernet key was replaced');
    this.facts['tasks failed by the Fernet key'] = '0';
    this.say('no task failed');
  }

  /** The values in the database, as a script with one key alone sees them. */
  private async oldKeyIsUseless(): Promise<void> {
    const keysOf = await this.secret(this.namespace, 'airflow-keys');
    const script = 'import sys; sys.path.insert(0, "/opt/cdk8s-airflow"); import rotate_fernet_key as rotate\n'
      + 'from airflow.utils.session import create_session; from cryptography.fernet import Fernet\n'
      + 'with create_session() as session:\n'
      + '  for key in sys.argv[1:]: left, read = rotate.unreadable(session, Fernet(key.encode())); print("RESULT", len(left), read)';
    // The script is not in the pods any more, so the step before lends its text.
    const { objects } = await this.synthesize(3);
    const scripts = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'airflow-scripts') as unknown as { data: Data };
    const text = scripts.data['rotate_fernet_key.py'].replace('from bootstrap_secrets import call, read\n', '');
    const { stdout } = await kubectl(['--namespace', this.namespace, 'exec', '-i', `deployment/airflow-${this.component}`, '--container', this.component, '--',
      'bash', '-c', `cat > /tmp/rotate_fernet_key.py && cd /tmp && python -c '${script.replace('/opt/cdk8s-airflow', '/tmp')}' "$@"`, '--',
      keysOf['fernet-key'], keysOf['fernet-key-2']], { input: text });
    const [old, current] = stdout.split('\n').filter(line => line.startsWith('RESULT')).map(line => line.split(' ').slice(1).map(Number));
    assert.equal(old[1], 0, 'the old key still decrypts something');
    assert.equal(current[0], 0, 'the current key does not decrypt everything');
    this.facts['values that the old key reads'] = `${old[1]} of ${current[1]}`;
    this.say(`the current key reads ${current[1]} values, the old one none`);
  }

  /** What the change of the keys for tokens and sessions costs. */
  private async otherKeys(api: AirflowApi, notes: string): Promise<void> {
    const run = await this.startTasks(api, 'second');
    await this.step(5);
    const { status } = await until('an answer', { seconds: 120 }, () => api.call('GET', '/dags'));
    this.facts['old login after the other keys'] = `${status}`;
    const { api: again, close } = await logIn(notes, this.version);
    try {
      await this.airflow(this.namespace, 'variables', 'set', 'stop', 'yes');
      const state = await again.waitForEnd(run, 900);
      const tasks = await again.taskInstances(run);
      this.facts['running tasks after the other keys'] = `${state}: ${tasks.map(task => task.state).join(', ')}`;
      this.say(`other keys: ${JSON.stringify(this.facts)}`);
    } finally {
      close();
    }
  }

  /** The commands of docs/operations.md. */
  private async restore(namespace: string, run: DagRun): Promise<void> {
    const { stdout: dump } = await kubectl(['--namespace', this.namespace, 'exec', 'airflow-postgres-0', '--', 'pg_dump', '--username', 'airflow', 'airflow']);
    const password = (await this.secret(this.namespace, 'airflow-admin')).password;
    await createNamespace(namespace);
    for (const name of AIRFLOW_SECRETS) { await apply([secret(name, await this.secret(this.namespace, name), namespace)]); }
    const before = await this.synthesize(5, { RESTORED: '1' });
    await kubectl(['apply', '--filename', before.file]);
    await kubectl(['--namespace', namespace, 'scale', 'deployment', '--all', '--replicas', '0']);
    await until('migrated', { seconds: 300 }, async () => {
      const jobs = await list<Pod>(namespace, 'jobs', '--selector', 'app.kubernetes.io/component in (migration,sync-users)');
      const done = jobs.filter(({ status }) => (status as unknown as { succeeded?: number }).succeeded === 1);
      if (done.length < 2) { throw new Pending(`${done.length} of 2 Jobs`); }
    });
    const empty = 'DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n';
    await kubectl(['--namespace', namespace, 'exec', '-i', 'airflow-postgres-0', '--', 'psql', '--quiet', '--username', 'airflow', 'airflow'], { input: empty + dump });
    const after = await this.synthesize(5, { RESTORED: '2' });
    await update(after, namespace, this.say);
    await this.isRestored(namespace, after, run, password);
  }

  private async isRestored(namespace: string, manifest: Manifest, run: DagRun, password: string): Promise<void> {
    const connection = await this.airflow(namespace, 'connections', 'get', 'planted', '--output', 'json');
    assert.match(connection, new RegExp(PLANTED.password), 'the connection cannot be read');
    assert.match(await this.airflow(namespace, 'variables', 'get', 'planted'), new RegExp(PLANTED.variable));
    const forward = await forwardTo(manifest.notes);
    try {
      const api = await AirflowApi.logIn(forward, this.airflow3, password);
      assert.equal(await api.waitForEnd(run, 60), 'success', 'the history is gone');
    } finally {
      forward.close();
    }
    this.facts.restored = 'connections, variables, history, users';
    this.say('restored');
  }

  private async secret(namespace: string, name: string): Promise<Data> {
    const { stdout } = await kubectl(['--namespace', namespace, 'get', 'secret', name, '--output', 'json']);
    const { data } = JSON.parse(stdout) as { data: Data };
    return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
  }

  /** No log and no description has a secret. */
  private async searchOutputs(namespaces: string[]): Promise<void> {
    const found: string[] = [];
    let size = 0;
    for (const namespace of namespaces) {
      const values = [...Object.values(PLANTED)];
      for (const { metadata: { name } } of await list(namespace, 'secrets')) { values.push(...Object.values(await this.secret(namespace, name))); }
      const texts = [(await kubectl(['--namespace', namespace, 'describe', KINDS])).stdout];
      for (const { metadata: { name } } of await list<Pod>(namespace, 'pods')) {
        texts.push(await logOf(namespace, name));
      }
      size += texts.join('').length;
      found.push(...values.filter(value => texts.some(text => text.includes(value))).map(value => `${namespace}: ${value.slice(0, 4)}...`));
    }
    assert.deepEqual(found, [], 'a log or a description has a secret');
    this.facts.searched = `${(size / 1e6).toFixed(1)} MB`;
  }
}
