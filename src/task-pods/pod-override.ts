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
 * The `pod_override` that makes the second pod of the first, under Airflow's rules of merging.
 *
 * @param template the pod that it will be merged into: the first one or, where it was adopted, one completed from it
 * @param remedy what to do where an override cannot make one pod of the other
 */
export function overrideBetween(scope: Construct, from: Json, to: Json, template: Json, rules: MergeRules, remedy: string): Json {
  return new Difference(scope, rules, template, remedy).ofPods(from, to);
}

/**
 * A pod with the fields that options say as they stand in the template: in one that was adopted they may have any value, whatever
 * the library would have made of them.
 */
export function withSaid(pod: Json, template: Json, options: DefaultTaskPodOptions): Json {
  const { serviceAccount, securityContext, resources, container, pod: podOptions } = options;
  const { user, group, fsGroup, supplementalGroups, readOnlyRootFilesystem, userFromNamespace } = securityContext ?? {};
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
    dnsPolicy: podOptions?.dns,
    dnsConfig: podOptions?.dns,
    hostAliases: podOptions?.dns,
  });
  take(base, { image: options.image, command: container?.command, ports: container?.ports, lifecycle: container?.lifecycle });
  take(['spec', 'securityContext'], { ...ids, fsGroup: fsGroup ?? userFromNamespace, supplementalGroups });
  take([...base, 'securityContext'], { ...ids, readOnlyRootFilesystem });
  for (const side of ['requests', 'limits']) {
    take([...base, 'resources', side], {
      'cpu': resources?.cpu, 'memory': resources?.memory, 'ephemeral-storage': resources?.ephemeralStorage, ...side === 'limits' && options.extendedResources,
    });
  }
  return said;
}

class Difference {
  constructor(
    private readonly scope: Construct, private readonly rules: MergeRules, private readonly template: Json, private readonly remedy: string,
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

  /** Fields that Airflow replaces whole. */
  private ofFields(from: Json, to: Json, except: string[]): Json {
    const fields = [...new Set([...Object.keys(from), ...Object.keys(to)])].filter(field => !except.includes(field) && !same(from[field], to[field]));
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

  /** Of two variables of a name Kubernetes takes the later one; what refers to it has been expanded by then and comes again. */
  private ofEnv(from: Json, to: Json, base: Json): EnvVar[] | undefined {
    const changed = this.added('env', from, to, ({ name }) => `${name}`, true);
    const names = new Set(changed?.map(({ name }) => name));
    const follows = ({ name, value = '' }: EnvVar) => {
      if ([...value.matchAll(/\$\(([^)]+)\)/g)].some(([, reference]) => names.has(reference))) { names.add(name); }
      return names.has(name);
    };
    // A variable stands behind those that it refers to. An adopted file may have more than the library knows.
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

  /** The members of a list that Airflow appends: only new ones can be told. */
  private added(field: string, from: Json, to: Json, key: (item: Json) => string, replaceable = false): Json[] | undefined {
    const [before, after] = [from, to].map(owner => new Map(((owner[field] as Json[] | undefined) ?? []).map(item => [key(item), item])));
    for (const [name, item] of before) {
      if (!after.has(name) || (!replaceable && !same(after.get(name), item))) { this.refuse(`${field}.${name}`); }
    }
    const items = [...after].filter(([name, item]) => !same(before.get(name), item)).map(([, item]) => item);
    return items.length === 0 ? undefined : items;
  }

  private refuse(field: string): void {
    throw failure(this.scope, `'${field}' of the default task pod cannot be changed or removed by the override that Airflow gets; ${this.remedy}`);
  }
}

/** The resources of the first container with what changes from the second to the third. */
function changeResources(containers: Json[]): Json {
  return defined(Object.fromEntries(['requests', 'limits'].map(side => {
    const amounts = change(containers.map(({ resources }) => ((resources as Json | undefined)?.[side] as Json | undefined) ?? {}));
    return [side, Object.keys(amounts).length === 0 ? undefined : amounts];
  })));
}

/** The first with what changes from the second to the third, for what Airflow replaces whole. */
function change([own, before, after]: Json[]): Json {
  const kept = Object.entries(own).filter(([name]) => before[name] === undefined || after[name] !== undefined);
  return Object.fromEntries([...kept, ...Object.entries(after).filter(([name, value]) => !same(before[name], value))]);
}

function same(one: unknown, other: unknown): boolean {
  return text(one) === text(other);
}
