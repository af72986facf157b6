import { Json } from './pod';

/** How a version of the provider cncf.kubernetes merges pods. */
export interface MergeRules {
  /** From 10.13 on init containers of the same name are merged; before they were all appended. */
  readonly initContainersByName: boolean;
}

const CONTAINER_LISTS = ['volumeMounts', 'env', 'envFrom', 'ports', 'volumeDevices'];
// Plain maps in the client's models: empty ones count as not given, while an empty object of any other kind counts.
const MAPS = ['labels', 'annotations', 'nodeSelector', 'overhead'];

/** Whether Airflow takes a field of an override for given: what is falsy in Python never overrides. */
export function counts(field: string, value: unknown): boolean {
  if (Array.isArray(value)) { return value.length > 0; }
  if (MAPS.includes(field)) { return Object.keys(value as object ?? {}).length > 0; }
  return Boolean(value);
}

/**
 * The pod that Airflow makes of a base and an override: `PodGenerator.reconcile_pods` on plain data.
 *
 * @see https://github.com/apache/airflow/blob/main/providers/cncf/kubernetes/src/airflow/providers/cncf/kubernetes/pod_generator.py
 */
export function mergePods(base: Json, override: Json | undefined, rules: MergeRules): Json {
  if (override === undefined) { return base; }
  return mergeFields(base, {
    ...override,
    metadata: mergeMetadata(base.metadata as Json | undefined, override.metadata as Json | undefined),
    spec: mergeSpecs(base.spec as Json | undefined, override.spec as Json | undefined, rules),
  });
}

/** What stands in the override, and from the base what the override does not give. */
function mergeFields(base: Json, override: Json): Json {
  const missing = Object.entries(base).filter(([field]) => !counts(field, override[field]));
  return { ...override, ...Object.fromEntries(missing) };
}

function mergeMetadata(base: Json | undefined, override: Json | undefined): Json | undefined {
  if (base === undefined || override === undefined) { return base ?? override; }
  const maps = ['labels', 'annotations'].filter(field => counts(field, base[field]) && counts(field, override[field]))
    .map(field => [field, { ...base[field] as object, ...override[field] as object }]);
  return mergeFields(base, { ...override, ...Object.fromEntries(maps) as Json, ...append(base, override, ['managedFields', 'finalizers', 'ownerReferences']) });
}

function mergeSpecs(base: Json | undefined, override: Json | undefined, rules: MergeRules): Json | undefined {
  if (base === undefined || override === undefined) { return base ?? override; }
  const [baseInit, overrideInit] = [containersOf(base, 'initContainers'), containersOf(override, 'initContainers')];
  return mergeFields(base, {
    ...override,
    containers: mergeByPosition(containersOf(base, 'containers'), containersOf(override, 'containers')),
    ...append(base, override, ['volumes']),
    ...(baseInit.length > 0 && overrideInit.length > 0
      ? { initContainers: rules.initContainersByName ? mergeByName(baseInit, overrideInit) : [...baseInit, ...overrideInit] } : {}),
  });
}

function containersOf(spec: Json, field: string): Json[] {
  return spec[field] as Json[] | undefined ?? [];
}

function mergeByPosition(base: Json[], override: Json[]): Json[] {
  const longest = Math.max(base.length, override.length);
  return Array.from({ length: longest }, (_, at) => (base[at] && override[at] ? mergeContainers(base[at], override[at]) : base[at] ?? override[at]));
}

function mergeByName(base: Json[], override: Json[]): Json[] {
  const merged = base.map(container => {
    const other = override.find(({ name }) => name === container.name);
    return other === undefined ? container : mergeContainers(container, other);
  });
  return [...merged, ...override.filter(({ name }) => !base.some(container => container.name === name))];
}

function mergeContainers(base: Json, override: Json): Json {
  return mergeFields(base, { ...override, ...append(base, override, CONTAINER_LISTS) });
}

/** The lists of which Airflow appends those of the override. */
function append(base: Json, override: Json, fields: string[]): Json {
  return Object.fromEntries(fields
    .filter(field => counts(field, base[field]) && counts(field, override[field]))
    .map(field => [field, [...base[field] as unknown[], ...override[field] as unknown[]]]));
}

/**
 * The pod of a task as the KubernetesExecutor makes it, but for what it adds per task: the name, labels and annotations
 * that identify the task, and the arguments.
 */
export function executorPod(template: Json, override: Json | undefined, rules: MergeRules, namespace: string): Json {
  const [overridden] = containersOf(override?.spec as Json ?? {}, 'containers');
  const added = {
    metadata: { namespace },
    spec: { containers: [{ name: 'base', image: overridden?.image, env: [{ name: 'AIRFLOW_IS_K8S_EXECUTOR_POD', value: 'True' }] }] },
  };
  return mergePods(mergePods(template, added, rules), override, rules);
}
