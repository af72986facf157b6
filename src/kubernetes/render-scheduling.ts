import * as kplus from 'cdk8s-plus-27';
import { Affinity, PodAffinityTerm, TopologySpread, UnsatisfiableConstraint } from './scheduling';

const HOSTNAME = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';

/** The `affinity` of a pod, or undefined when there are no rules. */
export function renderAffinity(affinity?: Affinity): object | undefined {
  if (affinity === undefined) { return undefined; }
  return {
    nodeAffinity: renderNodeAffinity(affinity),
    podAffinity: renderPodTerms(affinity.nearPods),
    podAntiAffinity: renderPodTerms(affinity.awayFromPods),
  };
}

function renderNodeAffinity(affinity: Affinity): object | undefined {
  const required = affinity.requiredNodes?.map(term => ({ matchExpressions: term.matches.map(query) }));
  const preferred = affinity.preferredNodes?.map(term => ({
    weight: term.weight, preference: { matchExpressions: term.matches.map(query) },
  }));
  if (!required && !preferred) { return undefined; }
  return {
    requiredDuringSchedulingIgnoredDuringExecution: required && { nodeSelectorTerms: required },
    preferredDuringSchedulingIgnoredDuringExecution: preferred,
  };
}

function query(label: kplus.NodeLabelQuery): object {
  return label._toKube();
}

function renderPodTerms(terms: PodAffinityTerm[] | undefined): object | undefined {
  if (terms === undefined || terms.length === 0) { return undefined; }
  const render = (term: PodAffinityTerm) => ({
    labelSelector: { matchLabels: term.labels },
    topologyKey: term.topologyKey ?? HOSTNAME,
    namespaces: term.namespaces,
  });
  const required = terms.filter(term => term.weight === undefined).map(render);
  const preferred = terms.filter(term => term.weight !== undefined)
    .map(term => ({ weight: term.weight, podAffinityTerm: render(term) }));
  return {
    requiredDuringSchedulingIgnoredDuringExecution: required.length > 0 ? required : undefined,
    preferredDuringSchedulingIgnoredDuringExecution: preferred.length > 0 ? preferred : undefined,
  };
}

/**
 * Spreads the pods of a workload over nodes and zones, if possible; undefined for a single pod. Only the pods of the same revision count.
 * Otherwise the old pods push the new ones of a rolling update together.
 */
export function apart(selector: { readonly [name: string]: string } | undefined): object[] | undefined {
  return (
    selector && [HOSTNAME, ZONE].map(topologyKey => ({ ...constraint(selector, { topologyKey }), matchLabelKeys: ['pod-template-hash'] }))
  );
}

/** The topology spread constraints of the pods with these labels; undefined without one. */
export function renderTopologySpread(selector: { readonly [name: string]: string }, spread: TopologySpread[]): object[] | undefined {
  return spread.length === 0 ? undefined : spread.map(each => constraint(selector, each));
}

function constraint(selector: { readonly [name: string]: string }, spread: TopologySpread): object {
  const { topologyKey, maxSkew = 1, minDomains, whenUnsatisfiable = UnsatisfiableConstraint.SCHEDULE_ANYWAY } = spread;
  return { maxSkew, topologyKey, whenUnsatisfiable, minDomains, labelSelector: { matchLabels: selector } };
}
