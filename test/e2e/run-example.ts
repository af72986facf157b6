import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AirflowApi, DagRun } from './airflow-api';
import { diagnose } from './diagnostics';
import { Example, titleOf } from './examples';
import { createNamespace, deleteNamespaces, kubectl, list, PodWatch, PortForward, refuseExisting } from './kubectl';
import { logIn } from './log-in';
import { Manifest } from './manifest';
import { Pending, timed, until } from './poll';
import { send } from './send';
import { restartedContainers, runNow, snapshot, waitUntilReady } from './workloads';

// An image may have to be pulled first.
const READY_SECONDS = 900;
const DAG_SECONDS = 600;
const TASK_PODS = 'app.kubernetes.io/component=task';

/** How long things took, in seconds. */
export interface Times {
  ready?: number;
  dagRun?: number;
  podStart?: number;
  push?: number;
}

/** One example on the cluster, from its synthesis to its removal. */
export class ExampleRun {
  public readonly times: Times = {};
  private readonly start = Date.now();
  private manifest?: Manifest;

  constructor(private readonly example: Example) {}

  /** Leaves the namespaces and a folder with diagnostics where something fails; E2E_KEEP leaves the namespaces in any case. */
  public async run(): Promise<void> {
    await refuseExisting(...this.example.dags.namespaces ?? []);
    let touched = this.example.dags.namespaces ?? [];
    try {
      const manifest = await this.synthesize();
      await refuseExisting(...manifest.namespaces);
      touched = [...touched, ...manifest.namespaces];
      await this.deploy(manifest);
      await this.use(manifest);
    } catch (error) {
      await this.explain(touched);
      throw error;
    }
    await deleteNamespaces(touched);
  }

  private async synthesize(): Promise<Manifest> {
    const env = await this.example.dags.prepare?.() ?? {};
    this.manifest = await Manifest.synthesize(this.example.dags.program ?? join('examples', this.example.name, 'main.ts'), env);
    this.example.dags.patch?.(this.manifest);
    this.manifest.write();
    this.say(`synthesized into ${this.manifest.folder}`);
    return this.manifest;
  }

  private async deploy(manifest: Manifest): Promise<void> {
    for (const name of manifest.namespaces) { await this.createNamespace(manifest, name); }
    const { stderr } = await kubectl(['apply', '--dry-run=server', '--validate=strict', '--filename', manifest.file]);
    assert.equal(stderr, '', 'the API server warns of the YAML');
    this.times.ready = await timed(async () => {
      await kubectl(['apply', '--filename', manifest.file]);
      await waitUntilReady(manifest.namespaces[0], READY_SECONDS);
    });
    this.say(`Ready after ${this.times.ready.toFixed(0)} s`);
  }

  private async createNamespace(manifest: Manifest, name: string): Promise<void> {
    const own = manifest.find('Namespace', name);
    if (own === undefined) { return createNamespace(name); }
    assert.equal(own.metadata.labels?.['pod-security.kubernetes.io/enforce'], 'restricted', `the namespace ${name} enforces no level`);
    await kubectl(['apply', '--filename', '-'], { input: JSON.stringify(own) });
  }

  private async use(manifest: Manifest): Promise<void> {
    const { dags, more } = this.example;
    const [namespace] = manifest.namespaces;
    await dags.deliver?.(namespace);
    const [first, ...others] = manifest.instances;
    for (const notes of others) { await this.useOther(notes, namespace); }
    const { api, close } = await logIn(first, this.example.version);
    try {
      await this.runDag(api, namespace);
      if (dags.push) {
        this.times.push = await dags.push(api);
        this.say(`a pushed DAG is in the list after ${this.times.push.toFixed(0)} s`);
      }
      await more?.(api, manifest);
      await this.meter(manifest);
      await this.clean(manifest);
      await this.applyAgain(manifest);
    } finally {
      close();
    }
  }

  /** Another Airflow of the same example runs the DAG as well. */
  private async useOther(notes: string, namespace: string): Promise<void> {
    const { api, close } = await logIn(notes, this.example.version);
    try {
      await this.runDag(api, namespace);
    } finally {
      close();
    }
  }

  private async runDag(api: AirflowApi, namespace: string): Promise<void> {
    await api.waitForDag('e2e', 120);
    this.say('the DAG is in the list');
    const watch = new PodWatch(namespace, TASK_PODS);
    this.times.dagRun = await timed(async () => {
      const run = await api.trigger('e2e');
      await api.waitUntilRunning(run, 'waits', DAG_SECONDS);
      // It runs until the variable is set.
      await api.waitForLog(run, 'waits', 'e2e: waiting to be released', 120);
      this.say('the log of a running task can be read');
      await api.setVariable('e2e_release', 'yes');
      assert.equal(await api.waitForEnd(run, DAG_SECONDS), 'success');
      await this.checkResults(api, run);
    });
    watch.stop();
    this.checkPods(watch);
    await this.waitUntilDeleted(namespace);
    this.times.podStart = watch.slowestStart();
    this.say(`the DAG run took ${this.times.dagRun.toFixed(0)} s`);
  }

  private async checkResults(api: AirflowApi, run: DagRun): Promise<void> {
    assert.equal(await api.xcom(run, 'total'), '55');
    assert.equal(await api.xcom(run, 'deferred'), 'resumed');
    if (this.example.keepsLogs) {
      await api.waitForLog(run, 'waits', 'e2e: released', 60);
      await api.waitForLog(run, 'deferred', 'e2e: resumed by the triggerer', 60);
      this.say('the logs of finished tasks can be read');
    }
  }

  /** Under the KubernetesExecutor each task had a pod of its own, and the deferred one a second pod to resume in. */
  private checkPods(watch: PodWatch): void {
    const tasks = [...watch.pods.values()].map(({ metadata: { labels = {} } }) => [labels.task_id, labels.map_index].filter(Boolean).join(' '));
    const expected = ['deferred', 'deferred', 'numbers', ...[0, 1, 2, 3, 4].map(index => `square ${index}`), 'total', 'waits', 'writes'];
    assert.deepEqual(tasks.sort(), this.example.taskPods ? expected : []);
  }

  /** Nothing is left of successful tasks. */
  private async waitUntilDeleted(namespace: string): Promise<void> {
    await until('end of the task pods', { seconds: 120 }, async () => {
      const pods = await list(namespace, 'pods', '--selector', TASK_PODS);
      if (pods.length > 0) { throw new Pending(pods.map(pod => pod.metadata.name).join(', ')); }
    });
  }

  /** With E2E_ADD_ONS: what Prometheus would find has the tasks of the DAG. */
  private async meter(manifest: Manifest): Promise<void> {
    const exporters = manifest.objects.filter(({ kind, metadata: { name } }) => kind === 'Deployment' && name.endsWith('-statsd'));
    for (const { metadata: { name, namespace } } of exporters) {
      const exporter = await PortForward.open(namespace!, `deployment/${name}`, '9102');
      const { text } = await send(`${exporter.url}/metrics`, { method: 'GET', headers: {} }).finally(() => exporter.close());
      assert.match(text, /^airflow_ti_finish\{.*dag_id="e2e".*state="success".*\} [1-9]/m, `${name} has no task that succeeded`);
      this.say(`${name} has the tasks`);
    }
  }

  /** With E2E_ADD_ONS: the clean-up works under the policies and in the quota, and finds nothing that is old. */
  private async clean(manifest: Manifest): Promise<void> {
    const cleaners = manifest.objects.filter(({ kind, metadata: { name } }) => kind === 'CronJob' && name.includes('-clean-'));
    for (const { metadata: { name, namespace } } of cleaners) {
      assert.doesNotMatch(await runNow(namespace!, name, `${name}-now`, DAG_SECONDS), /deleted [1-9]/, `${name} has deleted something`);
      this.say(`${name} has run`);
    }
  }

  private async applyAgain(manifest: Manifest): Promise<void> {
    const [namespace] = manifest.namespaces;
    assert.deepEqual(await restartedContainers(namespace), [], 'containers have restarted');
    const before = await snapshot(namespace, manifest.file);
    await kubectl(['apply', '--filename', manifest.file]);
    await waitUntilReady(namespace, READY_SECONDS);
    assert.deepEqual(await snapshot(namespace, manifest.file), before, 'applying the same again has changed something');
    this.say('applied again: nothing restarted');
  }

  private async explain(namespaces: string[]): Promise<void> {
    if (namespaces.length === 0) { return; }
    const folder = this.manifest?.folder ?? mkdtempSync(join(tmpdir(), `cdk8s-airflow-e2e-${this.example.name}-`));
    for (const namespace of namespaces) { await diagnose(namespace, folder); }
    this.say(`failed; diagnostics are in ${folder}, and these namespaces are left: ${namespaces.join(' ')}`);
  }

  private say(text: string): void {
    console.log(`[${titleOf(this.example)} ${((Date.now() - this.start) / 1000).toFixed(0).padStart(3)} s] ${text}`);
  }
}
