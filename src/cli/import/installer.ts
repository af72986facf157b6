import { Json, JsonObject } from './json';
import { annotationsOf, labelsOf } from './kubernetes-objects';

interface Named { readonly name: string; readonly namespace: string }
/** Flux, with the HelmRelease that it reads. */
export interface Flux extends Named { readonly kind: 'flux' }
/** Argo CD, with its Application. It fills in the templates of the chart, and Helm stores nothing. */
export interface ArgoCd extends Named { readonly kind: 'argocd'; readonly automated?: Json }
/** Helm, alone or run by Flux. `storage` is the namespace in which it stores the release. */
export interface Helm { readonly kind: 'helm'; readonly revision: number; readonly storage: string; readonly flux?: Flux }
/** Someone who has applied what `helm template` prints. */
export interface Manifests { readonly kind: 'manifests' }

/** Who has installed a release, and would install it again. */
export type Installer = Helm | ArgoCd | Manifests;

/** Flux and Argo CD mark what they install. */
export function marksOf(deployment: JsonObject): Flux | ArgoCd | undefined {
  const marks = { ...annotationsOf(deployment), ...labelsOf(deployment) };
  const flux = marks['helm.toolkit.fluxcd.io/name'];
  if (flux !== undefined) { return { kind: 'flux', name: String(flux), namespace: String(marks['helm.toolkit.fluxcd.io/namespace']) }; }
  // Namespace and name of the Application, if it is in another namespace than Argo CD, then the kind and the name of the object.
  const [, namespace = 'argocd', tracked] = /^(?:([^:_]+)_)?([^:]+):/.exec(String(marks['argocd.argoproj.io/tracking-id'] ?? '')) ?? [];
  // Argo CD may mark by the label alone, which the chart itself does not set.
  const name = tracked ?? marks['app.kubernetes.io/instance'];
  return name === undefined ? undefined : { kind: 'argocd', name: String(name), namespace };
}
