import { ApiObject, Chart, Duration, Names } from 'cdk8s';
import { Construct } from 'constructs';
import { checksum } from '../private/checksum';
import { Json } from '../private/pod';
import { checkAtLeast } from '../private/validate';

/**
 * How often and how long a Job tries.
 */
export interface JobOptions {
  /**
   * How many times what fails is started again.
   *
   * @default 10
   */
  readonly backoffLimit?: number;

  /**
   * After how long the Job is given up.
   *
   * @default - never
   */
  readonly activeDeadline?: Duration;

  /**
   * Annotations of the Job object.
   *
   * @default - none
   */
  readonly jobAnnotations?: { readonly [name: string]: string };
}

/**
 * A Job named by the hash of what it runs: applying it again does nothing, and changing it makes a new one, since the
 * pod of a Job cannot be changed. It has no TTL, because a GitOps tool would create it anew.
 */
export function hashedJob(scope: Construct, template: Json, labels: { readonly [name: string]: string }, options: JobOptions): ApiObject {
  checkAtLeast(scope, 'backoffLimit', options.backoffLimit, 0);
  const spec = {
    backoffLimit: options.backoffLimit ?? 10,
    activeDeadlineSeconds: options.activeDeadline?.toSeconds(),
    template,
  };
  const hash = checksum(spec);
  const name = `${Names.toDnsLabel(scope, { maxLen: 63 - hash.length - 1, includeHash: true })}-${hash}`;
  return new ApiObject(scope, 'Resource', {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: Chart.of(scope).namespace, labels, annotations: options.jobAnnotations },
    spec,
  });
}
