/**
 * Compares by meaning what the official chart renders of some values with what the imported program synthesizes, and prints each difference:
 *
 *     HELM_CHART=<chart> npx tsx --tsconfig test/tsconfig.json test/cli/import/compare.ts values.yaml
 */
import { execFileSync } from 'child_process';
import { parseAllDocuments } from 'yaml';
import { importValues } from '../../../src/cli/import/import-values';
import { isObject, Json, JsonObject } from '../../../src/cli/import/json';
import { readInput } from '../../../src/cli/import/read-input';
import { objects } from '../../../src/cli/import/scalars';

/** The main container of each component: the name in the chart, and here. */
const COMPONENTS: readonly (readonly [component: string, chart: string, here: string])[] = [
  ['scheduler', 'scheduler', 'scheduler'], ['api-server', 'api-server', 'api-server'], ['webserver', 'webserver', 'webserver'],
  ['triggerer', 'triggerer', 'triggerer'], ['dag-processor', 'dag-processor', 'dag-processor'], ['worker', 'worker', 'celery-worker'],
];

interface Facts { readonly [fact: string]: Json | undefined }

function documents(text: string): JsonObject[] {
  return parseAllDocuments(text, { version: '1.1' }).map(document => document.toJS() as Json).filter(isObject);
}

function at(value: Json | undefined, ...path: string[]): Json | undefined {
  return path.reduce<Json | undefined>((inner, key) => (isObject(inner) ? inner[key] : undefined), value);
}

/** What counts of a workload. */
function factsOf(all: readonly JsonObject[], suffix: string): Facts | undefined {
  const workload = all.find(({ kind, metadata }) => ['Deployment', 'StatefulSet'].includes(String(kind)) && String(at(metadata, 'name')).endsWith(`-${suffix}`));
  if (workload === undefined) { return undefined; }
  const pod = at(workload, 'spec', 'template', 'spec');
  const [container] = objects(at(pod, 'containers'));
  const account = String(at(pod, 'serviceAccountName'));
  const budget = all.find(({ kind, metadata }) => kind === 'PodDisruptionBudget' && String(at(metadata, 'name')).startsWith(String(at(workload, 'metadata', 'name'))));
  return {
    replicas: at(workload, 'spec', 'replicas'),
    image: container.image,
    resources: container.resources,
    nodeSelector: at(pod, 'nodeSelector'),
    tolerations: at(pod, 'tolerations'),
    priority: at(pod, 'priorityClassName'),
    grace: at(pod, 'terminationGracePeriodSeconds'),
    variables: objects(container.env).map(({ name }) => String(name)).filter(name => !/^AIRFLOW__|^AIRFLOW_HOME|KEDA|DUMB_INIT|AIRFLOW_CONN_AIRFLOW_DB/.test(name)).sort(),
    mounts: objects(container.volumeMounts).map(({ mountPath }) => String(mountPath)).filter(path => !/airflow\.cfg|local_settings|pod_template|^\/(opt\/airflow|tmp|etc\/cdk8s|opt\/cdk8s)/.test(path)).sort(),
    identity: at(all.find(({ kind, metadata }) => kind === 'ServiceAccount' && at(metadata, 'name') === account), 'metadata', 'annotations'),
    ports: objects(at(all.find(({ kind, metadata }) => kind === 'Service' && String(at(metadata, 'name')).endsWith(`-${suffix}`)), 'spec', 'ports'))
      .map(({ port }) => String(port)).filter(port => ['8080', '80', '443'].includes(port)),
    budget: at(budget, 'spec', 'maxUnavailable') ?? at(budget, 'spec', 'minAvailable'),
  };
}

/** The options of airflow.cfg. */
function optionsOf(all: readonly JsonObject[]): Map<string, string> {
  const cfg = all.filter(({ kind }) => kind === 'ConfigMap').map(({ data }) => at(data, 'airflow.cfg')).find(text => typeof text === 'string') ?? '';
  let section = '';
  return new Map(String(cfg).split('\n').flatMap((line): [string, string][] => {
    section = /^\[(.+)\]$/.exec(line)?.[1] ?? section;
    const [, option, value] = /^(\w+) = ?(.*)$/.exec(line) ?? [];
    return option === undefined ? [] : [[`${section}.${option}`, value]];
  }));
}

/** What counts of the CronJobs. */
function schedulesOf(all: readonly JsonObject[]): { readonly [name: string]: Json } {
  const jobs = all.filter(({ kind }) => kind === 'CronJob').map(job => [String(at(job, 'metadata', 'name')), at(job, 'spec', 'schedule')!] as const);
  const part = (name: string) => (/database|db/.test(name) ? 'database' : 'task pods');
  return Object.fromEntries(jobs.filter(([name]) => /clean/.test(name)).map(([name, schedule]) => [part(name), schedule]));
}

/** What the library has beside the chart's is no difference. */
const SUBSETS = ['variables', 'mounts'];

/** The same quantity in the shortest words, and what Kubernetes fills in. */
function normal(value: Json | undefined): string {
  return JSON.stringify(value ?? null).replace(/"(\d+)000m"/g, '"$1"').replace(/"operator":"Equal",/g, '').replace(/:(\d+)([,}])/g, ':"$1"$2');
}

const empty = (value: Json | undefined) => value === undefined || value === null || JSON.stringify(value) === '{}' || JSON.stringify(value) === '[]';

/** What the library does in any program, where the values say nothing. */
const BETTER: { readonly [fact: string]: string } = {
  resources: 'every container has requests and a limit of memory',
  grace: 'a pod has the time that its processes need to end',
  budget: 'more than one replica has a disruption budget',
};

const [file] = process.argv.slice(2);
const input = readInput(file);
const { conversion, yaml } = importValues({ inputs: [input] });
const { name, namespace } = conversion.facts.release;
const rendered = (values: JsonObject) => documents(execFileSync('helm', ['template', name, process.env.HELM_CHART!, '--namespace', namespace, '--values', '-'], {
  input: JSON.stringify(values), encoding: 'utf8', maxBuffer: 2 ** 28,
}));
const [chart, plain] = [rendered(input.values), rendered({})];
const here = documents(yaml);
const counts = { explained: 0, faults: 0 };

/** Says a difference, with the line of the report that explains it. */
function differ(what: string, theirs: Json | undefined, ours: Json | undefined, key: RegExp, usual?: string): void {
  if (empty(theirs) && empty(ours) || normal(theirs) === normal(ours)) { return; }
  const line = conversion.lines.find(other => key.test(other.key) && ['better', 'left out', 'decision', 'secret'].includes(other.outcome));
  const reason = line === undefined ? usual && `better: ${usual}` : `${line.outcome}: ${line.key}: ${line.text}`;
  counts[reason === undefined ? 'faults' : 'explained'] += 1;
  console.log(`${reason === undefined ? 'FAULT ' : ''}${what}: chart ${JSON.stringify(theirs ?? null)}, here ${JSON.stringify(ours ?? null)}; ${reason ?? 'no reason'}`);
}

for (const [component, inChart, inHere] of COMPONENTS) {
  const [theirs, ours] = [factsOf(chart, inChart), factsOf(here, inHere)];
  const section = component.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()).replace('worker', 'workers');
  if (theirs === undefined || ours === undefined) {
    const there = (facts: Facts | undefined) => (facts === undefined ? 'none' : 'there');
    differ(component, there(theirs), there(ours), new RegExp(`^(${section}\\.enabled|airflowVersion|defaultAirflowTag|images\\.airflow\\.tag)$`));
    continue;
  }
  const usual = factsOf(plain, inChart);
  for (const fact of Object.keys(theirs)) {
    const mine = SUBSETS.includes(fact) ? (theirs[fact] as string[]).filter(item => (ours[fact] as string[]).includes(item)) : ours[fact];
    // A reason of the library's own is one only where the values say nothing.
    const isUsual = empty(theirs[fact]) || normal(usual?.[fact]) === normal(theirs[fact]);
    const keys = fact === 'image' ? /^(defaultAirflow|images\.airflow|airflowVersion)/ : new RegExp(`^${section}\\..*${fact.slice(0, 6)}`, 'i');
    differ(`${component}.${fact}`, theirs[fact], mine, keys, isUsual ? BETTER[fact] : undefined);
  }
}
const [theirJobs, ourJobs] = [schedulesOf(chart), schedulesOf(here)];
for (const part of Object.keys({ ...theirJobs, ...ourJobs })) { differ(`schedule of ${part}`, theirJobs[part], ourJobs[part], /leanup/); }
// What the chart sets for everyone is the business of the library.
const [options, usual, own] = [optionsOf(chart), optionsOf(plain), optionsOf(here)];
const text = (value: string | undefined) => value?.toLowerCase().replace(/\/$/, '');
for (const [option, value] of options) {
  if (value === usual.get(option)) { continue; }
  const reason = option.startsWith('kubernetes_executor.worker_container_') ? 'the template of task pods has the image' : undefined;
  differ(`config.${option}`, text(value), text(own.get(option)), new RegExp(`^config\\.${option}$`), reason);
}
console.log(`${counts.explained} differences with a reason, ${counts.faults} faults`);
process.exitCode = counts.faults === 0 ? 0 : 1;
