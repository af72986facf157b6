import assert from 'node:assert/strict';
import { dagFile, MountedDags } from './dag-delivery';
import { explainFailure } from './diagnostics';
import { deleteNamespaces, kubectl, KubeObject, list, Pod, refuseExisting } from './kubectl';
import { logIn } from './log-in';
import { Manifest } from './manifest';
import { Pending, until } from './poll';
import { waitUntilReady } from './workloads';

const VERSIONS = ['3.3.2', '2.11.2'];
const READY_SECONDS = 900;
/** What the constraint of OpenShift sets: a user of the range of the namespace, in the group 0. */
const USER = 1000650000;
/** PostgreSQL wants a user with a name. OpenShift writes one into the container, and the image of Docker has a library for it. */
const POSTGRES_USER = 999;
type Row = { [column: string]: string };
type Quota = KubeObject & { readonly status: { readonly [side in 'hard' | 'used']: { readonly [name: string]: string } } };

/** A default deployment under its own quota without headroom, at the level restricted, as a user without a name. */
export async function namespace(names: string[]): Promise<Row[]> {
  const unknown = names.find(name => !VERSIONS.includes(name));
  if (unknown !== undefined) { throw new Error(`no version '${unknown}'; there are ${VERSIONS.join(', ')}`); }
  const rows: Row[] = [];
  for (const version of names.length === 0 ? VERSIONS : names) { rows.push(await admit(version)); }
  return rows;
}

async function admit(version: string): Promise<Row> {
  const manifest = await new MountedDags([dagFile('held.py')], { AIRFLOW_VERSION: version }).synthesize('test/e2e/programs/namespace.ts');
  assignUser(manifest);
  const [own] = manifest.namespaces;
  await refuseExisting(own);
  const say = (text: string) => console.log(`[namespace@${version}] ${text}`);
  try {
    await kubectl(['apply', '--filename', manifest.file]);
    await waitUntilReady(own, READY_SECONDS);
    say('Ready');
    const used = await runDag(manifest, version, own);
    await clean(own);
    // An update of all components at a time has room, too.
    await kubectl(['--namespace', own, 'rollout', 'restart', 'deployments']);
    await waitUntilReady(own, READY_SECONDS);
    const refused = await refusals(own);
    refused.forEach(say);
    await deleteNamespaces([own]);
    return { version, used, refused: `${refused.length}`, result: refused.length === 0 ? 'passed' : 'FAILED' };
  } catch (error) {
    say(await explainFailure(error, own, manifest.folder));
    return { version, result: 'FAILED' };
  }
}

/** Sets what the admission of OpenShift would set in all pods. */
function assignUser(manifest: Manifest): void {
  const assign = (spec: { securityContext?: object }, user = USER) => {
    Object.assign(spec, { securityContext: { ...spec.securityContext, runAsUser: user, fsGroup: user } });
  };
  manifest.changePods(({ spec }, component) => assign(spec as { securityContext?: object }, component === 'postgres' ? POSTGRES_USER : USER));
  for (const object of manifest.objects.filter(({ kind }) => ['Job', 'CronJob'].includes(kind))) {
    const { spec } = object as unknown as { spec: { template?: { spec: object }; jobTemplate?: { spec: { template: { spec: object } } } } };
    assign((spec.template ?? spec.jobTemplate!.spec.template).spec);
  }
  manifest.write();
}

async function runDag(manifest: Manifest, version: string, own: string): Promise<string> {
  const { api, close } = await logIn(manifest.notes, version);
  try {
    await api.waitForDag('held', 300);
    const run = await api.trigger('held');
    await api.waitUntilRunning(run, 'holds', 300);
    const pods = await list<Pod>(own, 'pods', '--selector', 'dag_id=held');
    const containers = pods.flatMap(({ spec }) => spec.containers as unknown as { resources: { limits?: { cpu?: string } } }[]);
    assert(containers.length > 0 && containers.every(({ resources }) => resources.limits?.cpu !== undefined), 'a container of a task pod has no CPU limit');
    const [{ status: { hard, used } }] = await list<Quota>(own, 'resourcequotas');
    await api.setVariable('held_release', 'yes');
    assert.equal(await api.waitForEnd(run, 300), 'success');
    return ['requests.cpu', 'limits.cpu', 'requests.memory', 'pods'].map(name => `${name} ${used[name]} of ${hard[name]}`).join(', ');
  } finally {
    close();
  }
}

async function clean(own: string): Promise<void> {
  for (const part of ['clean-database', 'clean-task-pods', 'clean-jobs']) {
    await kubectl(['--namespace', own, 'create', 'job', `${part}-now`, `--from=cronjob/airflow-${part}`]);
    await until(`end of ${part}`, { seconds: 300 }, async () => {
      const { stdout } = await kubectl(['--namespace', own, 'get', 'job', `${part}-now`, '--output', 'jsonpath={.status.succeeded}/{.status.failed}']);
      if (stdout === '/1') { throw new Error(`${part} failed`); }
      if (!stdout.startsWith('1/')) { throw new Pending(stdout); }
    });
  }
}

/** Pods that were refused, as the events of their owners say. */
async function refusals(own: string): Promise<string[]> {
  const { stdout } = await kubectl(['--namespace', own, 'get', 'events', '--output', 'jsonpath={range .items[*]}{.reason}{": "}{.message}{"\\n"}{end}']);
  return stdout.split('\n').filter(line => /forbidden|exceeded quota|violates PodSecurity/i.test(line));
}
