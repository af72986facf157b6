import { App, Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { parse } from 'yaml';
import { AirflowChart, AirflowChartProps, AirflowSecrets, SecretKey } from '../src';
import { Json } from '../src/kubernetes/pod';
import { launchedPod, MergeRules } from '../src/task-pods/pod-merge';

/** A table of texts: labels, annotations, data. */
export type Texts = { readonly [name: string]: string };

export interface Env {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string; readonly key: string }; readonly [source: string]: unknown };
}

export interface Mount {
  readonly name: string;
  readonly mountPath: string;
  readonly subPath?: string;
  readonly readOnly?: boolean;
}

export interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: string | number };
  readonly exec?: { readonly command: string[] };
  readonly [timing: string]: unknown;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly imagePullPolicy?: string;
  readonly command?: string[];
  readonly args?: string[];
  readonly workingDir?: string;
  readonly env?: Env[];
  readonly envFrom?: { readonly configMapRef?: { readonly name: string }; readonly secretRef?: { readonly name: string } }[];
  readonly ports?: { readonly name?: string; readonly containerPort: number }[];
  readonly resources?: { readonly requests?: Texts; readonly limits?: Texts };
  readonly restartPolicy?: string;
  readonly securityContext: { readonly [field: string]: unknown };
  readonly startupProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly lifecycle?: object;
  readonly terminationMessagePolicy?: string;
  readonly volumeMounts?: Mount[];
}

export interface Volume {
  readonly name: string;
  readonly configMap?: { readonly name: string; readonly items?: object[] };
  readonly secret?: { readonly secretName: string };
  readonly persistentVolumeClaim?: { readonly claimName: string };
  readonly projected?: { readonly sources: { readonly secret?: { readonly name: string }; readonly configMap?: { readonly name: string } }[] };
  readonly emptyDir?: { readonly sizeLimit?: string };
}

export interface PodSpec {
  readonly serviceAccountName?: string;
  readonly automountServiceAccountToken?: boolean;
  readonly enableServiceLinks?: boolean;
  readonly restartPolicy?: string;
  readonly securityContext: { readonly [field: string]: unknown };
  readonly imagePullSecrets?: { readonly name: string }[];
  readonly initContainers?: Container[];
  readonly containers: Container[];
  readonly volumes?: Volume[];
  readonly [field: string]: unknown;
}

export interface Pod {
  readonly metadata: { readonly labels: Texts; readonly annotations?: Texts };
  readonly spec: PodSpec;
}

/** What the tests read of an object's spec; each kind has some of it. */
export interface Spec {
  readonly template: Pod;
  readonly selector: { readonly matchLabels: Texts } & Texts;
  readonly ports: { readonly name: string; readonly port: number; readonly targetPort: string | number; readonly nodePort?: number }[];
  readonly volumeClaimTemplates: Manifest[];
  readonly [field: string]: unknown;
}

/** A synthesized object. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Texts; readonly annotations?: Texts };
  readonly spec: Spec;
  readonly data: Texts;
  readonly rules: { readonly apiGroups: string[]; readonly resources: string[]; readonly verbs: string[]; readonly resourceNames?: string[] }[];
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects: { readonly kind: string; readonly name: string; readonly namespace: string }[];
}

/** How a long-running component waits for a database that went away, before its command. */
export const AFTER_DATABASE = ['bash', '-c', 'python -S /opt/cdk8s-airflow/wait_for_database.py && exec "$@"', '--'];

const TEMPLATE_FILE = 'default.yaml';
/** What PyYAML reads. */
const AS_AIRFLOW = { version: '1.1' } as const;
const PROFILES_FILE = 'profiles.json';
/** What `profiles.json` says of the pods of tasks. */
interface Module {
  readonly mergeRules: MergeRules;
  readonly profiles: { readonly [name: string]: { readonly override?: Json; readonly templateFile?: string } };
}

const WORKLOADS = ['Deployment', 'StatefulSet', 'Job'];

/** The objects of a chart, validated. */
export function synth(chart: Chart): Manifest[] {
  return chart.toJson() as Manifest[];
}

/** A chart with one Airflow, in an app of its own. */
export function airflowChart(props?: AirflowChartProps, id = 'test'): AirflowChart {
  return new AirflowChart(new App(), id, props);
}

/** The objects of an Airflow with these props. */
export function synthAirflow(props?: AirflowChartProps): Manifest[] {
  return synth(airflowChart(props));
}

/** A Secret that exists. */
export function secretNamed(name: string): kplus.ISecret {
  return kplus.Secret.fromSecretName(new Chart(new App(), 'elsewhere'), name, name);
}

/** An Airflow 3 whose API server runs elsewhere. */
export function servedBy(apiServerUrl: string): AirflowChartProps {
  const key = (name: string) => SecretKey.of('shared', name);
  return { external: { apiServerUrl }, secrets: AirflowSecrets.fromSecrets({ fernetKey: { current: key('fernet') }, jwtSecret: key('jwt'), secretKey: key('session') }) };
}

/** Makes the chart and throws what its constructor or its synthesis throws. */
export function building(props: AirflowChartProps): () => Manifest[] {
  return () => synthAirflow(props);
}

export function findAll(manifest: Manifest[], kind: string, nameContains = ''): Manifest[] {
  return manifest.filter(object => object.kind === kind && object.metadata.name.includes(nameContains));
}

/** The one object of that kind whose name contains the text. */
export function find(manifest: Manifest[], kind: string, nameContains = ''): Manifest {
  const found = findAll(manifest, kind, nameContains);
  if (found.length !== 1) {
    const names = manifest.map(object => `${object.kind}/${object.metadata.name}`);
    throw new Error(`${found.length} objects of kind ${kind} have '${nameContains}' in their name, of: ${names.join(', ')}`);
  }
  return found[0];
}

/** The workloads, without the pod template. */
export function workloads(manifest: Manifest[]): Manifest[] {
  return manifest.filter(object => WORKLOADS.includes(object.kind));
}

/** The workload of a component. */
export function workload(manifest: Manifest[], component: string): Manifest {
  const found = workloads(manifest).filter(object => componentOf(object.metadata) === component);
  if (found.length !== 1) { throw new Error(`${found.length} workloads are of the component ${component}`); }
  return found[0];
}

export function componentOf(metadata: { readonly labels?: Texts }): string | undefined {
  return metadata.labels?.['app.kubernetes.io/component'];
}

/** The pods of tasks by their names, as Airflow makes them of its templates; `task` is the default one. */
function taskPods(manifest: Manifest[], templates: Texts): [string, Pod][] {
  const instance = (labels?: Texts) => labels?.['app.kubernetes.io/instance'];
  const template = parse(templates[TEMPLATE_FILE], AS_AIRFLOW) as Pod;
  const modules = manifest.filter(({ data }) => data?.[PROFILES_FILE] !== undefined);
  const { data } = modules.find(({ metadata }) => instance(metadata.labels) === instance(template.metadata.labels))!;
  const { profiles, mergeRules } = JSON.parse(data[PROFILES_FILE]) as Module;
  return Object.entries(profiles).map(([name, { override, templateFile }]) => {
    const own = parse(templates[templateFile?.split('/').pop() ?? TEMPLATE_FILE], AS_AIRFLOW) as Json;
    return [name === 'default' ? 'task' : `task/${name}`, (override === undefined ? own : launchedPod(own, override, mergeRules, 'airflow')) as unknown as Pod];
  });
}

const listed = new WeakMap<Manifest[], [string, Pod][]>();

/** Every pod with its component, those of tasks included; of a manifest that is asked again, the same ones. */
export function podList(manifest: Manifest[]): [string, Pod][] {
  const list = listed.get(manifest) ?? listPods(manifest);
  listed.set(manifest, list);
  return list;
}

function listPods(manifest: Manifest[]): [string, Pod][] {
  const templates = new Map(manifest.filter(object => object.kind === 'ConfigMap' && object.data[TEMPLATE_FILE] !== undefined)
    .map(object => [JSON.stringify(object.data), object.data])); // a copy in another namespace is the same
  const scheduled = findAll(manifest, 'CronJob').map(({ spec: { jobTemplate } }) => (jobTemplate as { spec: Spec }).spec.template);
  const own = [...workloads(manifest).map(({ spec }) => spec.template), ...scheduled].map((of): [string, Pod] => [componentOf(of.metadata) ?? '?', of]);
  return [...own, ...[...templates.values()].flatMap(data => taskPods(manifest, data))];
}

/** Every pod of one instance by its component; `task` is that of the pod template, and `task/gpu` the one that is called so. */
export function pods(manifest: Manifest[]): Map<string, Pod> {
  return new Map(podList(manifest));
}

/** The pod of a component. */
export function pod(manifest: Manifest[], component: string): Pod {
  const found = pods(manifest).get(component);
  if (found === undefined) { throw new Error(`no pod is of the component ${component}, only ${[...pods(manifest).keys()].join(', ')}`); }
  return found;
}

/** The container that gives the pod its purpose. */
export function main(manifest: Manifest[], component: string): Container {
  return pod(manifest, component).spec.containers[0];
}

/** An init container or sidecar of a pod. */
export function init(manifest: Manifest[], component: string, name: string): Container {
  const all = pod(manifest, component).spec.initContainers ?? [];
  const found = all.find(container => container.name === name);
  if (found === undefined) { throw new Error(`no init container is called ${name}, only ${all.map(container => container.name).join(', ')}`); }
  return found;
}

export function env(container: Container, name: string): Env | undefined {
  return container.env?.find(variable => variable.name === name);
}

export function mount(container: Container, mountPath: string): Mount | undefined {
  return container.volumeMounts?.find(other => other.mountPath === mountPath);
}

export function volume(of: Pod, name: string): Volume | undefined {
  return of.spec.volumes?.find(other => other.name === name);
}

/** The Secrets that a volume reads. */
export function secretsOf(of: Volume): string[] {
  return [of.secret?.secretName, ...(of.projected?.sources ?? []).map(source => source.secret?.name)].filter(name => name !== undefined);
}

/** The ConfigMaps that a volume reads. */
export function configMapsOf(of: Volume): string[] {
  return [of.configMap?.name, ...(of.projected?.sources ?? []).map(source => source.configMap?.name)].filter(name => name !== undefined);
}

/** The text of the rendered `airflow.cfg`. */
export function cfgText(manifest: Manifest[]): string {
  const holder = manifest.find(object => object.kind === 'ConfigMap' && object.data['airflow.cfg'] !== undefined);
  return holder!.data['airflow.cfg'];
}

/** An option of the rendered `airflow.cfg`. */
export function cfg(manifest: Manifest[], section: string, option: string): string | undefined {
  const [, body] = new RegExp(`^\\[${section}\\]\\n((?:[^[].*\\n)*)`, 'm').exec(cfgText(manifest)) ?? [];
  return new RegExp(`^${option} = (.*)$`, 'm').exec(body ?? '')?.[1];
}

/** The bundles of the rendered `airflow.cfg`. */
export function bundleListOf(manifest: Manifest[]): { name: string; classpath: string; kwargs: { [name: string]: unknown } }[] {
  return JSON.parse(/^dag_bundle_config_list = (.*)$/m.exec(cfgText(manifest))![1].replace(/%%/g, '%')) as ReturnType<typeof bundleListOf>;
}
