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

/** The pod that a workload makes, with the patches of the user. In a CronJob it is one level deeper. */
export function podSpecOf(workload: ApiObject): RenderedPodSpec {
  const { spec } = workload.toJson() as { readonly spec: Template | { readonly jobTemplate: { readonly spec: Template } } };
  return 'jobTemplate' in spec ? spec.jobTemplate.spec.template.spec : spec.template.spec;
}
