import { Json } from '../kubernetes/pod';

/** How a version of the provider cncf.kubernetes merges pods. */
export interface MergeRules {
  /** From 10.13 on init containers of the same name are merged; before they were all appended. */
  readonly initContainersByName: boolean;
  /** Until 10.4 what is falsy in the template is lost as soon as something is merged into it. */
  readonly dropsFalsy: boolean;
}

/** The rules of a version of the provider; where it is not known, those that promise least. */
export function mergeRules(provider: string | undefined): MergeRules {
  const [major, minor] = (provider ?? '0.0').split('.').map(Number);
  const isAtLeast = (least: number) => major > 10 || (major === 10 && minor >= least);
  return { initContainersByName: isAtLeast(13), dropsFalsy: !isAtLeast(5) };
}

const CONTAINER_LISTS = ['volumeMounts', 'env', 'envFrom', 'ports', 'volumeDevices'];
// Plain maps in the client's models: empty ones count as not given, while an empty object of any other kind counts.
const MAPS = ['labels', 'annotations', 'nodeSelector', 'overhead'];
// What the client's models take for text, or for maps of texts.
const TEXTS = ['value', 'values', 'command', 'args'];
const MAPS_OF_TEXTS = [...MAPS, 'requests', 'limits', 'matchLabels'];

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
  const read = asRead(base) as Json;
  return override === undefined ? read : new Merge(rules).ofPods(read, asRead(override) as Json);
}

/** A pod as the client of Kubernetes reads it: nothing where null stands, and text where YAML had a number but text is meant. */
function asRead(value: unknown, field = ''): unknown {
  if (Array.isArray(value)) { return value.map(item => asRead(item, field)); }
  if (typeof value !== 'object' || value === null) { return TEXTS.includes(field) ? asText(value) : value; }
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== null && inner !== undefined)
    .map(([name, inner]) => [name, MAPS_OF_TEXTS.includes(field) ? asText(inner) : asRead(inner, name)]));
}

/** `str` of Python. */
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

  /** What stands in the override, and from the base what the override does not give. */
  private ofFields(base: Json, override: Json): Json {
    const stays = (field: string, value: unknown) => !counts(field, override[field]) && (!this.rules.dropsFalsy || counts(field, value));
    const missing = Object.entries(base).filter(([field, value]) => stays(field, value));
    return { ...override, ...Object.fromEntries(missing) };
  }

  private ofMetadata(base: Json | undefined, override: Json | undefined): Json | undefined {
    if (base === undefined || override === undefined) { return base ?? override; }
    const maps = ['labels', 'annotations'].filter(field => counts(field, base[field]) && counts(field, override[field]))
      .map(field => [field, { ...base[field] as object, ...override[field] as object }]);
    // Airflow means to append owners and finalizers as well, but throws away what it appended.
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
    const merged = base.map(container => (others.has(container.name) ? this.ofContainers(container, others.get(container.name)!) : container));
    return [...merged, ...override.filter(({ name }) => !base.some(container => container.name === name))];
  }

  private ofContainers(base: Json, override: Json): Json {
    return this.ofFields(base, { ...override, ...append(base, override, CONTAINER_LISTS) });
  }
}

function containersOf(spec: Json, field: string): Json[] {
  return spec[field] as Json[] | undefined ?? [];
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

/** The pod that the executor launches: what it makes, after the library's hook, which gives back what an old executor has lost. */
export function launchedPod(template: Json, override: Json | undefined, rules: MergeRules, namespace: string): Json {
  const pod = executorPod(template, override, rules, namespace);
  return rules.dropsFalsy ? { ...pod, spec: { automountServiceAccountToken: false, enableServiceLinks: false, ...pod.spec as Json } } : pod;
}
