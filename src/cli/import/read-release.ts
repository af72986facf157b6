import { execFileSync } from 'child_process';
import { HelmRecord, helmRecord } from './helm-record';
import { Installer, marksOf } from './installer';
import { asObject, isObject, Json, JsonObject } from './json';
import { annotationsOf, labelsOf, nameOf } from './kubernetes-objects';
import { applicationValues } from './read-input';
import { Quota, quotasOf } from './room';
import { objects } from './scalars';
import { UsageError } from './usage-error';

/** Runs kubectl and returns what it prints. Only reading commands come here. */
export type Kubectl = (args: readonly string[]) => string;

const NEEDED = 'the command reads the Secrets (Helm keeps a release in one), deployments, claims, service accounts and pods of the '
  + 'namespace; ask for these rights, or import the values from their file';

export const kubectl: Kubectl = args => {
  try {
    const { env } = process;
    return execFileSync('kubectl', args, { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024, stdio: ['ignore', 'pipe', 'pipe'], env });
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    // kubectl writes its own log in front of the reason.
    const text = (stderr ?? message).replace(/^[EWI]\d{4} .*\n/gm, '').trim();
    throw new UsageError(`kubectl ${args.slice(0, 2).join(' ')} failed: ${text}${text.includes('(Forbidden)') ? `; ${NEEDED}` : ''}`);
  }
};

/** What runs of a release. There is no value of a Secret in it, but for the values that its user gave to Helm. */
export interface ReleaseState extends Omit<HelmRecord, 'revision'> {
  readonly name: string;
  readonly namespace: string;
  readonly installer: Installer;
  /** The Secrets of the namespace, each with its keys. */
  readonly secrets: ReadonlyMap<string, readonly string[]>;
  readonly claims: readonly string[];
  readonly accounts: readonly { readonly name: string; readonly annotations: readonly string[] }[];
  readonly taskPods: number;
  readonly quotas: readonly Quota[];
  /** Claims that pods of one node, or one pod, can mount. */
  readonly narrowClaims: readonly string[];
  /** Values that are elsewhere. */
  readonly missing: readonly string[];
}

/** Names and keys alone: the values of Secrets never leave the cluster. */
const SECRET_KEYS = '{{range .items}}{{.metadata.name}}{{range $key, $value := .data}} {{$key}}{{end}}{{"\\n"}}{{end}}';
const OBJECT_NAMES = '{{range .items}}{{.kind}} {{.metadata.name}}{{"\\n"}}{{end}}';

/**
 * Reads a release by commands that change nothing.
 *
 * @param hasValues whether the values are given by a file as well, since only Helm stores them
 */
export function readRelease(name: string, namespace: string, hasValues: boolean, run: Kubectl = kubectl): ReleaseState {
  const get = (kind: string, ...more: string[]) => items(run(['get', kind, '--namespace', namespace, ...more, '--output', 'json']));
  const found = findRelease({ name, namespace, hasValues, run, deployments: get('deployment', '--selector', `release=${name}`) });
  const secrets = run(['get', 'secret', '--namespace', namespace, '--output', `go-template=${SECRET_KEYS}`])
    .split('\n')
    .filter(line => line !== '')
    .map(line => line.split(' '))
    .map(([secret, ...keys]): [string, string[]] => [secret, keys]);
  const [pods, claims] = [get('pod', '--selector', 'kubernetes_executor=True'), get('persistentvolumeclaim')];
  return {
    ...found,
    name,
    namespace,
    secrets: new Map(secrets.filter(([secret]) => !secret.startsWith('sh.helm.release.'))),
    claims: claims.map(nameOf),
    narrowClaims: claims.filter(({ spec }) => isNarrow(asObject(spec).accessModes)).map(nameOf),
    quotas: quotasOf(optional(() => get('resourcequota')) ?? []),
    accounts: get('serviceaccount').map(account => ({ name: nameOf(account), annotations: Object.keys(annotationsOf(account)) })),
    taskPods: pods.filter(({ status }) => isObject(status) && ['Pending', 'Running'].includes(String(status.phase))).length,
  };
}

function isNarrow(modes: Json | undefined): boolean {
  return Array.isArray(modes) && modes.every(mode => ['ReadWriteOnce', 'ReadWriteOncePod'].includes(String(mode)));
}

interface Search {
  readonly name: string;
  readonly namespace: string;
  readonly hasValues: boolean;
  readonly run: Kubectl;
  /** The Deployments that have the label of the release. */
  readonly deployments: readonly JsonObject[];
}

type Found = Omit<HelmRecord, 'revision'> & Pick<ReleaseState, 'installer' | 'missing'>;

/** Flux may keep what Helm stores in its own namespace, and Argo CD stores nothing. */
function findRelease(search: Search): Found {
  const { name, namespace, deployments } = search;
  const [marks] = deployments.map(marksOf);
  const flux = marks?.kind === 'flux' ? marks : undefined;
  for (const storage of new Set([namespace, ...flux === undefined ? [] : [flux.namespace]])) {
    const record = storedIn(storage, search);
    if (record !== undefined) { return { ...record, missing: [], installer: { kind: 'helm', revision: record.revision, storage, flux } }; }
  }
  if (deployments.length === 0) {
    throw new UsageError(`the namespace '${namespace}' has no release '${name}' of Helm, and no Deployment with the label release=${name}`
      + "; `helm list --all-namespaces` has all releases; give the namespace by '--namespace'");
  }
  return withoutHelm(search, marks?.kind === 'argocd' ? marks : { kind: 'manifests' });
}

function storedIn(storage: string, { name, deployments, run }: Search): HelmRecord | undefined {
  const selector = ['--selector', `owner=helm,name=${name}`];
  const record = helmRecord(name, items(run(['get', 'secret', '--namespace', storage, ...selector, '--output', 'json'])));
  const [label] = chartLabels(deployments);
  // An umbrella chart may depend on a range of versions.
  const isRange = record !== undefined && !/^\d+\.\d+\.\d+$/.test(record.chartVersion);
  return isRange && label !== undefined ? { ...record, chartVersion: label } : record;
}

const KINDS = 'deployment,statefulset,cronjob,job,service,configmap,secret,serviceaccount,role,rolebinding,ingress,networkpolicy,'
  + 'horizontalpodautoscaler,poddisruptionbudget,persistentvolumeclaim,resourcequota,limitrange';

/** A release whose manifest someone else has applied: its objects have labels. */
function withoutHelm({ name, namespace, hasValues, run, deployments }: Search, installer: Installer): Found {
  const values = installer.kind === 'argocd' ? applicationOf(installer, run) : undefined;
  if (values === undefined && !hasValues) {
    const by = installer.kind === 'argocd' ? `the Application '${installer.name}' of Argo CD` : '`kubectl apply`';
    throw new UsageError(`the release '${name}' was installed by ${by}, so that Helm has not stored its values; give them as well: `
      + `cdk8s-airflow import values.yaml --from-release ${name} --namespace ${namespace}`);
  }
  const named = (kinds: string, selector: string) =>
    run(['get', kinds, '--namespace', namespace, '--selector', selector, '--output', `go-template=${OBJECT_NAMES}`])
      .split('\n').filter(line => line !== '').map(line => line.split(' ')).map(([kind, object]) => ({ kind, name: object }));
  const [chartVersion = ''] = chartLabels(deployments);
  return {
    installer: installer.kind === 'argocd' ? { ...installer, automated: values?.automated } : installer,
    chart: 'airflow',
    chartVersion,
    values: values?.values ?? {},
    missing: values?.missing ?? [],
    objects: [
      ...named(KINDS, `release=${name}`),
      ...named(KINDS, `app.kubernetes.io/instance=${name},app.kubernetes.io/name=postgresql`),
      ...optional(() => named('scaledobject', `release=${name}`)) ?? [],
    ],
    hooks: [],
    others: [],
  };
}

/** The values in an Application, which may be in another cluster. */
function applicationOf({ name, namespace }: { readonly name: string; readonly namespace: string }, run: Kubectl) {
  return optional(() => {
    const found = run(['get', 'application.argoproj.io', name, '--namespace', namespace, '--output', 'json']);
    const application = JSON.parse(found) as JsonObject;
    const { automated } = asObject(asObject(application.spec).syncPolicy);
    return { ...applicationValues(application, `the Application '${name}'`), automated };
  });
}

function optional<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof UsageError) { return undefined; }
    throw error;
  }
}

/** The versions of the chart in the labels of its objects. */
function chartLabels(deployments: readonly JsonObject[]): string[] {
  return deployments.flatMap(deployment => /-(\d+\.\d+\.\d+)$/.exec(String(labelsOf(deployment).chart ?? ''))?.[1] ?? []);
}

function items(text: string): JsonObject[] {
  const parsed = JSON.parse(text) as JsonObject;
  return objects(parsed.items);
}

