import { execFileSync } from 'child_process';
import { gunzipSync } from 'zlib';
import { parseAllDocuments } from 'yaml';
import { asObject, isObject, Json, JsonObject } from './json';
import { objects } from './scalars';
import { UsageError } from './usage-error';

/** Runs kubectl and returns what it prints. Only reading commands come here. */
export type Kubectl = (args: readonly string[]) => string;

export const kubectl: Kubectl = args => {
  try {
    return execFileSync('kubectl', args, { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024, stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new UsageError(`kubectl ${args.slice(0, 3).join(' ')} failed: ${(stderr ?? message).trim()}`);
  }
};

/** Who installs a release by Helm: Flux, with the HelmRelease that it reads, or Argo CD, with the Application. */
export interface Manager { readonly kind: 'flux' | 'argocd'; readonly name: string; readonly namespace: string }

export interface ObjectName { readonly kind: string; readonly name: string }

/** What runs of a release. There is no value of a Secret in it, but for the values that its user gave to Helm. */
export interface ReleaseState {
  readonly name: string;
  readonly namespace: string;
  readonly revision: number;
  readonly chartVersion: string;
  readonly values: JsonObject;
  /** The objects of the manifest, which `helm uninstall` deletes, and those of hooks, which it leaves. */
  readonly objects: readonly ObjectName[];
  readonly hooks: readonly ObjectName[];
  /** The Secrets of the namespace, each with its keys. */
  readonly secrets: ReadonlyMap<string, readonly string[]>;
  readonly claims: readonly string[];
  readonly accounts: readonly { readonly name: string; readonly annotations: readonly string[] }[];
  readonly ingressHosts: readonly string[];
  readonly taskPods: number;
  /** Who would install the release again. */
  readonly managers: readonly Manager[];
}

/** Names and keys alone: the values of Secrets never leave the cluster. */
const SECRET_KEYS = '{{range .items}}{{.metadata.name}}{{range $key, $value := .data}} {{$key}}{{end}}{{"\\n"}}{{end}}';

/** Reads a release by commands that change nothing. */
export function readRelease(name: string, namespace: string, run: Kubectl = kubectl): ReleaseState {
  const get = (kind: string, ...more: string[]) => items(run(['get', kind, '--namespace', namespace, ...more, '--output', 'json']));
  const stored = get('secret', '--selector', `owner=helm,name=${name}`);
  const newest = stored.map(secret => ({ secret, labels: labelsOf(secret) }))
    .filter(({ labels }) => ['deployed', 'failed', 'pending-upgrade'].includes(String(labels.status)))
    .sort((a, b) => Number(b.labels.version) - Number(a.labels.version))[0];
  if (newest === undefined) {
    throw new UsageError(`the namespace '${namespace}' has no release '${name}' of Helm; see \`helm list --namespace ${namespace}\``);
  }
  const release = decode(newest.secret);
  const chart = asObject(asObject(release.chart).metadata);
  if (chart.name !== 'airflow') {
    throw new UsageError(`the release '${name}' is of the chart '${String(chart.name)}', not of 'airflow'`);
  }
  const secrets = run(['get', 'secret', '--namespace', namespace, '--output', `go-template=${SECRET_KEYS}`])
    .split('\n')
    .filter(line => line !== '')
    .map(line => line.split(' '))
    .map(([secret, ...keys]): [string, string[]] => [secret, keys]);
  const pods = get('pod', '--selector', 'kubernetes_executor=True');
  return {
    name,
    namespace,
    revision: Number(newest.labels.version),
    chartVersion: String(chart.version),
    values: asObject(release.config),
    objects: documents(String(release.manifest ?? '')).map(objectName),
    hooks: objects(release.hooks).map(hook => ({ kind: String(hook.kind), name: String(hook.name) })),
    secrets: new Map(secrets.filter(([secret]) => !secret.startsWith('sh.helm.release.'))),
    claims: get('persistentvolumeclaim').map(nameOf),
    accounts: get('serviceaccount').map(account => ({ name: nameOf(account), annotations: Object.keys(annotationsOf(account)) })),
    ingressHosts: get('ingress').filter(ingress => labelsOf(ingress).release === name)
      .flatMap(({ spec }) => objects(isObject(spec) ? spec.rules : []).map(({ host }) => String(host ?? '*'))),
    taskPods: pods.filter(({ status }) => isObject(status) && ['Pending', 'Running'].includes(String(status.phase))).length,
    managers: managersOf(get('deployment', '--selector', `release=${name}`)),
  };
}

function items(text: string): JsonObject[] {
  const parsed = JSON.parse(text) as JsonObject;
  return objects(parsed.items);
}

function metadataOf(object: JsonObject): JsonObject { return asObject(object.metadata); }
function nameOf(object: JsonObject): string { return String(metadataOf(object).name); }
function labelsOf(object: JsonObject): JsonObject { return asObject(metadataOf(object).labels); }

function annotationsOf(object: JsonObject): JsonObject { return asObject(metadataOf(object).annotations); }

/** Helm stores a release as JSON, packed by gzip, in base64, which the Secret has in base64 again. */
function decode(secret: JsonObject): JsonObject {
  const data = isObject(secret.data) ? String(secret.data.release) : '';
  const packed = Buffer.from(Buffer.from(data, 'base64').toString('utf8'), 'base64');
  const plain = packed[0] === 0x1f && packed[1] === 0x8b ? gunzipSync(packed) : packed;
  return JSON.parse(plain.toString('utf8')) as JsonObject;
}

export function objectName(object: JsonObject): ObjectName { return { kind: String(object.kind), name: nameOf(object) }; }

/** The objects of some YAML. */
export function documents(manifest: string): JsonObject[] {
  return parseAllDocuments(manifest, { version: '1.1' }).map(document => document.toJS() as Json).filter(isObject);
}

function manager(kind: Manager['kind'], name: string, namespace: string): Manager { return { kind, name, namespace }; }

/** Flux and Argo CD would install again what the plan takes away. They mark what they install. */
function managersOf(deployments: readonly JsonObject[]): Manager[] {
  const [marks = {}] = deployments.map(deployment => ({ ...annotationsOf(deployment), ...labelsOf(deployment) }));
  const flux = marks['helm.toolkit.fluxcd.io/name'];
  // Namespace and name of the Application, if it is in another namespace than Argo CD, then the kind and the name of the object.
  const [, namespace = 'argocd', application] =
    /^(?:([^:_]+)_)?([^:]+):/.exec(String(marks['argocd.argoproj.io/tracking-id'] ?? '')) ?? [];
  return [
    ...flux === undefined ? [] : [manager('flux', String(flux), String(marks['helm.toolkit.fluxcd.io/namespace']))],
    ...application === undefined ? [] : [manager('argocd', application, namespace)],
  ];
}
