import { Json } from './pod';

interface Item extends Json { readonly name: string }

// Where a pod runs and for how long, whatever it runs.
const PLACEMENT = [
  'nodeSelector', 'affinity', 'tolerations', 'topologySpreadConstraints', 'priorityClassName', 'runtimeClassName', 'schedulerName',
  'dnsPolicy', 'dnsConfig', 'hostAliases', 'activeDeadlineSeconds', 'imagePullSecrets',
];
// Said by a task pod only if it differs from what Airflow itself needs.
const SPECIAL = ['serviceAccountName', 'automountServiceAccountToken', 'securityContext', 'terminationGracePeriodSeconds'];

/**
 * A task pod for KubernetesPodOperator, which runs any image: what the platform says of the pod, without what only Airflow needs.
 *
 * @param bare the pod of a task of which the platform says nothing
 * @param own the label that tells the task pod, and the namespace if it has one
 */
export function operatorPod(pod: Json, bare: Json, own: { readonly label: string; readonly namespace?: string }): Json {
  const [spec, bareSpec] = [pod.spec, bare.spec] as Json[];
  const { labels, annotations } = pod.metadata as { labels: Json; annotations?: Json };
  const { labels: bareLabels } = bare.metadata as { labels: Json };
  const mine = { [own.label]: labels[own.label] };
  const [base, bareBase] = [spec, bareSpec].map(({ containers }) => (containers as Item[])[0]);
  const ownLabels = Object.entries(labels).filter(([name]) => bareLabels[name] === undefined);
  const constraints = spec.topologySpreadConstraints as Json[] | undefined;
  const list = (from: Json, without: Json, field: string) => nonEmpty(minus(from[field] as Json[] | undefined, without[field] as Json[] | undefined));
  return defined({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: defined({ namespace: own.namespace, labels: { ...Object.fromEntries(ownLabels), ...mine }, annotations }),
    spec: defined({
      ...pick(spec, PLACEMENT.filter(field => field !== 'topologySpreadConstraints')),
      ...pick(spec, SPECIAL.filter(field => JSON.stringify(spec[field]) !== JSON.stringify(bareSpec[field]))),
      topologySpreadConstraints: constraints?.map(constraint => ({ ...constraint, labelSelector: { matchLabels: mine } })),
      containers: [defined({
        name: 'base',
        resources: base.resources,
        env: list(base, bareBase, 'env'),
        envFrom: list(base, bareBase, 'envFrom'),
        volumeMounts: list(base, bareBase, 'volumeMounts'),
      })],
      initContainers: list(spec, bareSpec, 'initContainers'),
      volumes: list(spec, bareSpec, 'volumes'),
    }),
  });
}

/** The items without those that are in the other list just the same. */
function minus(items: Json[] = [], others: Json[] = []): Json[] {
  const known = others.map(item => JSON.stringify(item));
  return items.filter(item => !known.includes(JSON.stringify(item)));
}

function pick(json: Json, fields: string[]): Json {
  return Object.fromEntries(fields.map(field => [field, json[field]]));
}

function nonEmpty<T>(list: T[]): T[] | undefined {
  return list.length === 0 ? undefined : list;
}

function defined(json: Json): Json {
  return Object.fromEntries(Object.entries(json).filter(([, value]) => value !== undefined));
}
