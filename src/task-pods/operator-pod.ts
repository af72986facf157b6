import { TASK_POD_LABEL } from '../core/labels';
import { NAMELESS } from '../core/official-image';
import { text } from '../kubernetes/checksum';
import { defined, EnvVar, Json, Mount } from '../kubernetes/pod';

interface Item extends Json { readonly name: string }
interface Container extends Item { readonly volumeMounts?: Mount[] }
interface Constraint extends Json { readonly labelSelector?: { readonly matchLabels?: Json } }
interface Spec extends Json {
  readonly containers: Container[];
  readonly initContainers?: Container[];
  readonly volumes?: Item[];
  readonly topologySpreadConstraints?: Constraint[];
}
interface Pod extends Json {
  readonly metadata: { readonly labels: Json; readonly annotations?: Json };
  readonly spec: Spec;
}

// Fields for the placement and lifetime of a pod, whatever the pod runs.
const PLACEMENT = [
  'nodeSelector', 'affinity', 'tolerations', 'priorityClassName', 'runtimeClassName', 'schedulerName', 'dnsPolicy', 'dnsConfig',
  'hostAliases', 'activeDeadlineSeconds', 'imagePullSecrets', 'resourceClaims',
];
// The operator pod has these fields only if they differ from Airflow's own needs.
const SPECIAL = ['serviceAccountName', 'automountServiceAccountToken', 'securityContext', 'terminationGracePeriodSeconds'];
// The library selects its own pods by these labels.
const LIBRARY_LABEL = /^app\.kubernetes\.io\/(name|instance|managed-by|component)$/;

/**
 * A task pod for KubernetesPodOperator, which runs any image. It keeps the platform's settings and leaves out what only
 * Airflow needs.
 *
 * @param pod the pod of a task
 * @param bare the pod of a task without any settings of the platform
 * @param namespace the namespace of the task pod, if it has its own
 */
export function operatorPod(pod: Json, bare: Json, namespace?: string): Json {
  const { metadata: { labels, annotations }, spec } = pod as Pod;
  const { spec: bareSpec } = bare as Pod;
  const [[base, ...others], [bareBase]] = [spec.containers, bareSpec.containers];
  const initContainers = spec.initContainers?.filter(({ name }) => !bareSpec.initContainers?.some(container => container.name === name));
  const containers = [
    defined({
      name: 'base',
      resources: base.resources,
      env: minus(base.env as EnvVar[], [...bareBase.env as EnvVar[], ...NAMELESS]),
      envFrom: minus(base.envFrom as Json[], bareBase.envFrom as Json[]),
      volumeMounts: minus(base.volumeMounts, bareBase.volumeMounts),
    }) as Container,
    ...others,
  ];
  const mounted = [...containers, ...initContainers ?? []].flatMap(({ volumeMounts }) => volumeMounts ?? []).map(({ name }) => name);
  const volumes = spec.volumes?.filter(({ name }) => mounted.includes(name));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: defined({
      namespace,
      labels: Object.fromEntries(Object.entries(labels).filter(([name]) => !LIBRARY_LABEL.test(name))),
      annotations,
    }),
    spec: defined({
      ...pick(spec, PLACEMENT),
      ...pick(spec, SPECIAL.filter(field => text(spec[field]) !== text(bareSpec[field]))),
      topologySpreadConstraints: spec.topologySpreadConstraints?.map(spreadByTaskPod),
      containers,
      initContainers: nonEmpty(initContainers),
      volumes: nonEmpty(volumes),
    }),
  };
}

/** Removes the library's labels from the selector of a constraint, because operator pods do not have these labels. */
function spreadByTaskPod(constraint: Constraint): Constraint {
  const value = constraint.labelSelector?.matchLabels?.[TASK_POD_LABEL];
  return value === undefined ? constraint : { ...constraint, labelSelector: { matchLabels: { [TASK_POD_LABEL]: value } } };
}

/** The items that are not equal to an item of the other list; undefined for an empty result. */
function minus<T extends object>(items: T[] = [], others: T[] = []): T[] | undefined {
  const known = others.map(text);
  return nonEmpty(items.filter(item => !known.includes(text(item))));
}

function nonEmpty<T>(items: T[] | undefined): T[] | undefined {
  return items?.length === 0 ? undefined : items;
}

function pick(json: Json, fields: string[]): Json {
  return Object.fromEntries(fields.map(field => [field, json[field]]));
}
