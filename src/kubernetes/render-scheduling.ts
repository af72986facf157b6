import * as kplus from 'cdk8s-plus-27';
import { Affinity, PodAffinityTerm, TopologySpread, UnsatisfiableConstraint } from './scheduling';

export const HOSTNAME = 'kubernetes.io/hostname';

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

/** The topology spread constraints of the pods with these labels. */
export function renderTopologySpread(selector: { [name: string]: string }, spread: TopologySpread[]): object[] {
  return spread.map(constraint => ({
    maxSkew: constraint.maxSkew ?? 1,
    topologyKey: constraint.topologyKey,
    whenUnsatisfiable: constraint.whenUnsatisfiable ?? UnsatisfiableConstraint.SCHEDULE_ANYWAY,
    minDomains: constraint.minDomains,
    labelSelector: { matchLabels: selector },
  }));
}
