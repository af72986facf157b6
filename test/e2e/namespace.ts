import assert from 'node:assert/strict';
import { dagFile, MountedDags } from './dag-delivery';
import { kubectl, KubeObject, list, Pod } from './kubectl';
import { withApi } from './log-in';
import { Manifest } from './manifest';
import { chosen, inOrder, owning, READY_SECONDS, Row, teller, update } from './scenario';
import { runNow, waitUntilReady } from './workloads';

const VERSIONS = ['3.3.2', '2.11.2'];
/** What the constraint of OpenShift sets: a user of the range of the namespace, in the group 0. */
const USER = 1000650000;
/** PostgreSQL wants a user with a name. OpenShift writes one into the container, and the image of Docker has a library for it. */
const POSTGRES_USER = 999;
type Quota = KubeObject & { readonly status: { readonly [side in 'hard' | 'used']: { readonly [name: string]: string } } };

/** A default deployment under its own quota without headroom, at the level restricted, as a user without a name. */
export async function namespace(names: string[]): Promise<Row[]> {
  return inOrder(chosen('version', VERSIONS, names, version => [version]), version => admit(version));
}

async function admit(version: string): Promise<Row> {
  const manifest = await new MountedDags([dagFile('held.py')], { AIRFLOW_VERSION: version }).synthesize('test/e2e/programs/namespace.ts');
  assignUser(manifest);
  const [own] = manifest.namespaces;
  const say = teller(`namespace@${version}`);
  return owning({ cells: { version }, namespaces: [own], say, folder: () => manifest.folder }, async () => {
    await update(manifest, own, say);
    const used = await runDag(manifest, version, own);
    await clean(own);
    // An update of all components at a time has room, too.
    await kubectl(['--namespace', own, 'rollout', 'restart', 'deployments']);
    await waitUntilReady(own, READY_SECONDS);
    const refused = await refusals(own);
    refused.forEach(say);
    return { used, refused: `${refused.length}`, result: refused.length === 0 ? 'passed' : 'FAILED' };
  });
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
  return withApi(manifest.notes, version, async api => {
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
  });
}

async function clean(own: string): Promise<void> {
  for (const part of ['clean-database', 'clean-task-pods', 'clean-jobs']) {
    await runNow(own, `airflow-${part}`, `${part}-now`, 300);
  }
}

/** Pods that were refused, as the events of their owners say. */
async function refusals(own: string): Promise<string[]> {
  const { stdout } = await kubectl(['--namespace', own, 'get', 'events', '--output', 'jsonpath={range .items[*]}{.reason}{": "}{.message}{"\\n"}{end}']);
  return stdout.split('\n').filter(line => /forbidden|exceeded quota|violates PodSecurity/i.test(line));
}
