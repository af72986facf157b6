import { Construct } from 'constructs';
import { canonical } from './checksum';
import { Json } from './pod';
import { counts, MergeRules } from './pod-merge';
import { failure } from './validate';

type Named = Json & { readonly name: string };

/** What to give where an override cannot make one pod of the other. */
const REMEDY = "give the task pod 'task.template' TaskPodTemplate.own()";

/**
 * The `pod_override` that makes the second pod of the first, under Airflow's rules of merging.
 *
 * @param template the pod that it will be merged into: the first one or, where it was adopted, one completed from it
 */
export function overrideBetween(scope: Construct, from: Json, to: Json, template: Json, rules: MergeRules): Json {
  return new Difference(scope, rules, template).ofPods(from, to);
}

class Difference {
  constructor(private readonly scope: Construct, private readonly rules: MergeRules, private readonly template: Json) {}

  public ofPods(from: Json, to: Json): Json {
    return drop({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: drop({
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
      ...this.ofFields(from, to, ['containers', 'initContainers', 'volumes']),
      containers: [this.ofContainers((from.containers as Named[])[0], (to.containers as Named[])[0], base)],
      initContainers: this.ofInitContainers(from, to),
      volumes: this.added('volumes', from, to, volume => `${volume.name}`),
    };
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
    return drop({
      name: to.name,
      ...this.ofFields(from, to, ['name', 'env', 'envFrom', 'ports', 'volumeMounts', 'resources']),
      env: this.ofEnv(from, to),
      envFrom: this.added('envFrom', from, to, text),
      ports: this.added('ports', from, to, text),
      volumeMounts: this.added('volumeMounts', from, to, ({ mountPath }) => `${mountPath}`),
      resources: same(from.resources, to.resources) ? undefined : changeResources([base, from, to]),
    });
  }

  /** Of two variables of a name Kubernetes takes the later one; what refers to it has been expanded by then and comes again. */
  private ofEnv(from: Json, to: Json): Json[] | undefined {
    const changed = this.added('env', from, to, ({ name }) => `${name}`, true);
    const names = new Set(changed?.map(({ name }) => name));
    const follows = ({ name, value = '' }: Json) => {
      if ([...`${value as string}`.matchAll(/\$\(([^)]+)\)/g)].some(([, reference]) => names.has(reference))) { names.add(name); }
      return names.has(name);
    };
    // A variable stands behind those that it refers to.
    return changed && (to.env as Json[]).filter(follows);
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
    throw failure(this.scope, `'${field}' of the default task pod cannot be changed or removed by the override that Airflow gets; ${REMEDY}`);
  }
}

/** The resources of the first container with what changes from the second to the third, since Airflow replaces them whole. */
function changeResources(containers: Json[]): Json {
  return drop(Object.fromEntries(['requests', 'limits'].map(side => {
    const [own, before, after] = containers.map(({ resources }) => ((resources as Json)[side] as Json | undefined) ?? {});
    const kept = Object.entries(own).filter(([name]) => before[name] === undefined || after[name] !== undefined);
    const changed = Object.entries(after).filter(([name, amount]) => before[name] !== amount);
    const amounts = Object.fromEntries([...kept, ...changed]);
    return [side, Object.keys(amounts).length === 0 ? undefined : amounts];
  })));
}

function drop(json: Json): Json {
  return Object.fromEntries(Object.entries(json).filter(([, value]) => value !== undefined));
}

function text(value: unknown): string {
  return JSON.stringify(canonical(value));
}

function same(one: unknown, other: unknown): boolean {
  return text(one) === text(other);
}
