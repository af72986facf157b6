import { Json } from '../kubernetes/pod';

/** How a version of the provider cncf.kubernetes merges pods. */
export interface MergeRules {
  /** From 10.13 on, the provider merges init containers of the same name. Earlier versions append all of them. */
  readonly initContainersByName: boolean;
  /** Before 10.5, falsy values of the template are lost as soon as something is merged into it. */
  readonly dropsFalsy: boolean;
}

/** The rules of a provider version. For an unknown version, the strictest rules. */
export function mergeRules(provider: string | undefined): MergeRules {
  const [major, minor] = (provider ?? '0.0').split('.').map(Number);
  const isAtLeast = (least: number) => major > 10 || (major === 10 && minor >= least);
  return { initContainersByName: isAtLeast(13), dropsFalsy: !isAtLeast(5) };
}

const CONTAINER_LISTS = ['volumeMounts', 'env', 'envFrom', 'ports', 'volumeDevices'];
// Plain maps in the Kubernetes client's models. Empty maps count as not set; empty objects of other kinds count as set.
const MAPS = ['labels', 'annotations', 'nodeSelector', 'overhead'];
// Fields that the Kubernetes client's models treat as text or as maps of texts.
const TEXTS = ['value', 'values', 'command', 'args'];
const MAPS_OF_TEXTS = [...MAPS, 'requests', 'limits', 'matchLabels'];

/** Whether Airflow treats a field of an override as set. A value that is falsy in Python never overrides. */
export function counts(field: string, value: unknown): boolean {
  if (Array.isArray(value)) { return value.length > 0; }
  if (MAPS.includes(field)) { return Object.keys(value as object ?? {}).length > 0; }
  return Boolean(value);
}

/**
 * Merges a base pod and an override like Airflow's `PodGenerator.reconcile_pods`, on plain data.
 *
 * @see https://github.com/apache/airflow/blob/main/providers/cncf/kubernetes/src/airflow/providers/cncf/kubernetes/pod_generator.py
 */
export function mergePods(base: Json, override: Json | undefined, rules: MergeRules): Json {
  const read = asRead(base) as Json;
  return override === undefined ? read : new Merge(rules).ofPods(read, asRead(override) as Json);
}

/** Reads a pod like the Kubernetes client: removes null, and turns YAML numbers into text where a field is text. */
function asRead(value: unknown, field = ''): unknown {
  if (Array.isArray(value)) { return value.map(item => asRead(item, field)); }
  if (typeof value !== 'object' || value === null) { return TEXTS.includes(field) ? asText(value) : value; }
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== null && inner !== undefined)
    .map(([name, inner]) => [name, MAPS_OF_TEXTS.includes(field) ? asText(inner) : asRead(inner, name)]));
}

/** Converts like `str` in Python. */
function asText(value: unknown): string {
  return typeof value === 'boolean' ? (value ? 'True' : 'False') : `${value as string}`;
}

class Merge {
  constructor(private readonly rules: MergeRules) {}

  public ofPods(base: Json, override: Json): Json {
    return this.ofFields(base, {
      ...override,
      metadata: this.ofMetadata(base.metadata as Json | undefined, override.metadata as Json | undefined),
      spec: this.ofSpecs(base.spec as Json | undefined, override.spec as Json | undefined),
    });
  }

  /** Takes the fields of the override, and those fields of the base that the override does not set. */
  private ofFields(base: Json, override: Json): Json {
    const stays = (field: string, value: unknown) => !counts(field, override[field]) && (!this.rules.dropsFalsy || counts(field, value));
    const missing = Object.entries(base).filter(([field, value]) => stays(field, value));
    return { ...override, ...Object.fromEntries(missing) };
  }

  private ofMetadata(base: Json | undefined, override: Json | undefined): Json | undefined {
    if (base === undefined || override === undefined) { return base ?? override; }
    const maps = ['labels', 'annotations'].filter(field => counts(field, base[field]) && counts(field, override[field]))
      .map(field => [field, { ...base[field] as object, ...override[field] as object }]);
    // Airflow intends to append owners and finalizers too, but discards the result.
    return this.ofFields(base, { ...override, ...Object.fromEntries(maps) as Json });
  }

  private ofSpecs(base: Json | undefined, override: Json | undefined): Json | undefined {
    if (base === undefined || override === undefined) { return base ?? override; }
    const [baseInit, overrideInit] = [containersOf(base, 'initContainers'), containersOf(override, 'initContainers')];
    return this.ofFields(base, {
      ...override,
      containers: this.byPosition(containersOf(base, 'containers'), containersOf(override, 'containers')),
      ...append(base, override, ['volumes']),
      ...(baseInit.length > 0 && overrideInit.length > 0
        ? { initContainers: this.rules.initContainersByName ? this.byName(baseInit, overrideInit) : [...baseInit, ...overrideInit] } : {}),
    });
  }

  private byPosition(base: Json[], override: Json[]): Json[] {
    const longest = Math.max(base.length, override.length);
    return Array.from({ length: longest }, (_, at) => (
      base[at] && override[at] ? this.ofContainers(base[at], override[at]) : base[at] ?? override[at]));
  }

  private byName(base: Json[], override: Json[]): Json[] {
    const others = new Map(override.map(container => [container.name, container]));
    const merged = base.map(container =>
      others.has(container.name) ? this.ofContainers(container, others.get(container.name)!) : container,
    );
    return [...merged, ...override.filter(({ name }) => !base.some(container => container.name === name))];
  }

  private ofContainers(base: Json, override: Json): Json {
    return this.ofFields(base, { ...override, ...append(base, override, CONTAINER_LISTS) });
  }
}

function containersOf(spec: Json, field: string): Json[] {
  return spec[field] as Json[] | undefined ?? [];
}

/** Appends the lists of an override to those of the base, like Airflow. */
function append(base: Json, override: Json, fields: string[]): Json {
  return Object.fromEntries(fields
    .filter(field => counts(field, base[field]) && counts(field, override[field]))
    .map(field => [field, [...base[field] as unknown[], ...override[field] as unknown[]]]));
}

/**
 * The pod of a task as the KubernetesExecutor creates it, without the parts of the single task: its name, identifying
 * labels and annotations, and arguments.
 */
export function executorPod(template: Json, override: Json | undefined, rules: MergeRules, namespace: string): Json {
  const [overridden] = containersOf(override?.spec as Json ?? {}, 'containers');
  const added = {
    metadata: { namespace },
    spec: { containers: [{ name: 'base', image: overridden?.image, env: [{ name: 'AIRFLOW_IS_K8S_EXECUTOR_POD', value: 'True' }] }] },
  };
  return mergePods(mergePods(template, added, rules), override, rules);
}

/** The pod that the executor launches. The library's hook restores values that an old provider loses. */
export function launchedPod(template: Json, override: Json | undefined, rules: MergeRules, namespace: string): Json {
  const pod = executorPod(template, override, rules, namespace);
  return rules.dropsFalsy
    ? { ...pod, spec: { automountServiceAccountToken: false, enableServiceLinks: false, ...(pod.spec as Json) } }
    : pod;
}
