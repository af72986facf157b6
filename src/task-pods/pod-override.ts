import { Construct } from 'constructs';
import { counts, MergeRules } from './pod-merge';
import { DefaultTaskPodOptions } from './task-pod-options';
import { evictionAnnotations } from '../core/labels';
import { text } from '../kubernetes/checksum';
import { defined, EnvVar, Json } from '../kubernetes/pod';
import { orderEnv } from '../kubernetes/render-pod';
import { failure } from '../kubernetes/validate';

type Named = Json & { readonly name: string };
type Fields = { [field: string]: unknown };

/**
 * Computes the `pod_override` that turns the first pod into the second under Airflow's merge rules.
 *
 * @param template the pod that Airflow merges the override into: the first pod, or an adopted file that was completed from
 * it
 * @param remedy the advice for a difference that an override cannot express
 */
export function overrideBetween(scope: Construct, from: Json, to: Json, template: Json, rules: MergeRules, remedy: string): Json {
  return new Difference(scope, rules, template, remedy).ofPods(from, to);
}

/**
 * Copies the fields that the options set from the template into the pod. An adopted template may have other values there
 * than the library would render.
 */
export function withSaid(pod: Json, template: Json, options: DefaultTaskPodOptions): Json {
  const { serviceAccount, securityContext, resources, container, pod: podOptions } = options;
  const { user, group, fsGroup, supplementalGroups, readOnlyRootFilesystem, userFromNamespace } = securityContext ?? {};
  const { fsGroupChangePolicy, seLinux, sysctls } = securityContext ?? {};
  const [said, other] = [structuredClone(pod), structuredClone(template)];
  const take = (owner: string[], fields: Json) => {
    for (const field of Object.keys(defined(fields))) {
      const [to, from] = [said, other].map(root => owner.reduce((inner: Fields, key) => (inner[key] ??= {}) as Fields, root));
      if (from[field] === undefined) { delete to[field]; } else { to[field] = from[field]; }
    }
  };
  const base = ['spec', 'containers', '0'];
  const ids = { runAsUser: user ?? userFromNamespace, runAsGroup: group ?? userFromNamespace };
  take(['metadata', 'annotations'], { ...podOptions?.annotations, ...evictionAnnotations(podOptions?.safeToEvict) });
  take(['spec'], {
    terminationGracePeriodSeconds: options.terminationGracePeriod,
    automountServiceAccountToken: serviceAccount?.automountToken,
    nodeSelector: options.nodeSelector,
    tolerations: options.tolerations,
    affinity: options.affinity,
    topologySpreadConstraints: options.topologySpread,
    schedulerName: podOptions?.schedulerName,
    shareProcessNamespace: podOptions?.shareProcessNamespace,
    dnsPolicy: podOptions?.dns,
    dnsConfig: podOptions?.dns,
    hostAliases: podOptions?.dns,
  });
  take(base, { image: options.image, command: container?.command, ports: container?.ports, lifecycle: container?.lifecycle });
  take(['spec', 'securityContext'], {
    ...ids, fsGroup: fsGroup ?? userFromNamespace, supplementalGroups, fsGroupChangePolicy, seLinuxOptions: seLinux, sysctls,
  });
  take([...base, 'securityContext'], { ...ids, readOnlyRootFilesystem });
  for (const side of ['requests', 'limits']) {
    take([...base, 'resources', side], {
      'cpu': resources?.cpu,
      'memory': resources?.memory,
      'ephemeral-storage': resources?.ephemeralStorage,
      ...(side === 'limits' && options.extendedResources),
    });
  }
  return said;
}

class Difference {
  constructor(
    private readonly scope: Construct,
    private readonly rules: MergeRules,
    private readonly template: Json,
    private readonly remedy: string,
  ) {}

  public ofPods(from: Json, to: Json): Json {
    return defined({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: defined({
        labels: this.ofMaps('labels', from.metadata as Json, to.metadata as Json),
        annotations: this.ofMaps('annotations', from.metadata as Json, to.metadata as Json),
      }),
      spec: this.ofSpecs(from.spec as Json, to.spec as Json),
    });
  }

  private ofMaps(field: string, from: Json, to: Json): Json | undefined {
    const [before, after] = [from[field] as Json ?? {}, to[field] as Json ?? {}];
    Object.keys(before).filter(name => after[name] === undefined).forEach(name => this.refuse(`${field}.${name}`));
    const changed = Object.entries(after).filter(([name, value]) => before[name] !== value);
    return changed.length === 0 ? undefined : Object.fromEntries(changed);
  }

  private ofSpecs(from: Json, to: Json): Json {
    const [base] = (this.template.spec as { containers: Json[] }).containers;
    return {
      ...this.ofFields(from, to, ['containers', 'initContainers', 'volumes', 'securityContext']),
      ...this.ofSecurity(from, to, this.template.spec as Json),
      containers: [this.ofContainers((from.containers as Named[])[0], (to.containers as Named[])[0], base)],
      initContainers: this.ofInitContainers(from, to),
      volumes: this.added('volumes', from, to, volume => `${volume.name}`),
    };
  }

  private ofSecurity(from: Json, to: Json, template: Json): Json {
    const contexts = [template, from, to].map(({ securityContext }) => (securityContext as Json | undefined) ?? {});
    return same(from.securityContext, to.securityContext) ? {} : { securityContext: change(contexts) };
  }

  /** The fields that Airflow replaces as a whole. */
  private ofFields(from: Json, to: Json, except: string[]): Json {
    const fields = [...new Set([...Object.keys(from), ...Object.keys(to)])].filter(
      field => !except.includes(field) && !same(from[field], to[field]),
    );
    for (const field of fields) {
      if (counts(field, from[field]) && !counts(field, to[field])) { this.refuse(field); }
    }
    return Object.fromEntries(fields.map(field => [field, to[field]]));
  }

  private ofContainers(from: Named, to: Named, base: Json): Json {
    return defined({
      name: to.name,
      ...this.ofFields(from, to, ['name', 'env', 'envFrom', 'ports', 'volumeMounts', 'resources', 'securityContext']),
      ...this.ofSecurity(from, to, base),
      env: this.ofEnv(from, to, base),
      envFrom: this.added('envFrom', from, to, text),
      ports: this.added('ports', from, to, text),
      volumeMounts: this.added('volumeMounts', from, to, ({ mountPath }) => `${mountPath}`),
      resources: same(from.resources, to.resources) ? undefined : changeResources([base, from, to]),
    });
  }

  /**
   * Of two variables with the same name, Kubernetes uses the later one. A variable that refers to a changed one is repeated,
   * because Kubernetes has expanded it already.
   */
  private ofEnv(from: Json, to: Json, base: Json): EnvVar[] | undefined {
    const changed = this.added('env', from, to, ({ name }) => `${name}`, true);
    const names = new Set(changed?.map(({ name }) => name));
    const follows = ({ name, value = '' }: EnvVar) => {
      if ([...value.matchAll(/\$\(([^)]+)\)/g)].some(([, reference]) => names.has(reference))) { names.add(name); }
      return names.has(name);
    };
    // A variable must come after those that it refers to. An adopted file may have variables that the library does not know.
    const all = new Map([base, to].flatMap(({ env = [] }) => (env as EnvVar[]).map(variable => [variable.name, variable])));
    return changed && orderEnv([...all.values()]).filter(follows);
  }

  private ofInitContainers(from: Json, to: Json): Json[] | undefined {
    const [before, after] = [from, to].map(spec => (spec.initContainers as Named[] | undefined) ?? []);
    before.filter(({ name }) => !after.some(other => other.name === name)).forEach(({ name }) => this.refuse(`initContainers.${name}`));
    const changed = after.flatMap(container => {
      const other = before.find(({ name }) => name === container.name);
      if (other === undefined) { return [container]; }
      if (same(other, container)) { return []; }
      if (!this.rules.initContainersByName) { this.refuse(`initContainers.${container.name}`); }
      return [this.ofContainers(other, container, other)];
    });
    return changed.length === 0 ? undefined : changed;
  }

  /** The new items of a list that Airflow appends to. An override cannot change or remove the other items. */
  private added(field: string, from: Json, to: Json, key: (item: Json) => string, replaceable = false): Json[] | undefined {
    const [before, after] = [from, to].map(owner => new Map(((owner[field] as Json[] | undefined) ?? []).map(item => [key(item), item])));
    for (const [name, item] of before) {
      if (!after.has(name) || (!replaceable && !same(after.get(name), item))) { this.refuse(`${field}.${name}`); }
    }
    const items = [...after].filter(([name, item]) => !same(before.get(name), item)).map(([, item]) => item);
    return items.length === 0 ? undefined : items;
  }

  private refuse(field: string): void {
    throw failure(
      this.scope,
      `'${field}' of the default task pod cannot be changed or removed by the override that Airflow gets; ${this.remedy}`,
    );
  }
}

/** The resources of the first container, with the changes between the second and the third. */
function changeResources(containers: Json[]): Json {
  return defined(Object.fromEntries(['requests', 'limits'].map(side => {
    const amounts = change(containers.map(({ resources }) => ((resources as Json | undefined)?.[side] as Json | undefined) ?? {}));
    return [side, Object.keys(amounts).length === 0 ? undefined : amounts];
  })));
}

/** The first object with the changes between the second and the third, for a field that Airflow replaces as a whole. */
function change([own, before, after]: Json[]): Json {
  const kept = Object.entries(own).filter(([name]) => before[name] === undefined || after[name] !== undefined);
  return Object.fromEntries([...kept, ...Object.entries(after).filter(([name, value]) => !same(before[name], value))]);
}

function same(one: unknown, other: unknown): boolean {
  return text(one) === text(other);
}
