import { ApiObject } from 'cdk8s';
import { EnvVar, Json, Mount, Port } from './pod';

/** A container of a rendered pod. */
export interface RenderedContainer {
  readonly name: string;
  readonly env?: EnvVar[];
  readonly volumeMounts?: Mount[];
  readonly ports?: Port[];
  readonly restartPolicy?: string;
  readonly resources?: { readonly requests?: Json; readonly limits?: Json };
}

/** The `spec` of a rendered pod. */
export interface RenderedPodSpec {
  readonly containers: RenderedContainer[];
  readonly initContainers?: RenderedContainer[];
}

interface Template {
  readonly template: { readonly spec: RenderedPodSpec };
}

/** A rendered workload. In a CronJob the pod is one level deeper. */
export interface RenderedWorkload {
  readonly spec: Template | { readonly jobTemplate: { readonly spec: Template } };
}

/** The pod that a workload makes, with the patches of the user. */
export function podSpecOf(workload: ApiObject): RenderedPodSpec {
  return podSpecIn(workload.toJson() as RenderedWorkload);
}

/** The pod of a workload that is rendered already. */
export function podSpecIn({ spec }: RenderedWorkload): RenderedPodSpec {
  return 'jobTemplate' in spec ? spec.jobTemplate.spec.template.spec : spec.template.spec;
}
