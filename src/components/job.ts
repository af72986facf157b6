import { ApiObject, Chart, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { selectorLabels } from '../core/labels';
import { ObjectNames, partNamed, partOf } from '../core/names';
import { Role } from '../core/needs';
import { airflowPod, PodRequest } from '../instance/airflow-pod';
import { enlist } from '../instance/enlist';
import { IAirflow } from '../instance/i-airflow';
import { checksum } from '../kubernetes/checksum';
import { Json } from '../kubernetes/pod';
import { ObjectMetadata, AirflowPodOptions } from '../kubernetes/pod-options';
import { renderPod } from '../kubernetes/render-pod';
import { SelectablePods } from '../kubernetes/selectable-pods';
import { checkAnnotations, checkAtLeast, checkLabels, checkSeconds } from '../kubernetes/validate';

/**
 * What every Job can be given: that of its pod, under the same names as a component's, and how often and how long it tries.
 */
export interface JobOptions extends AirflowPodOptions {
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
   * Labels and annotations of the Job, such as the hooks of a GitOps tool.
   *
   * @default - none
   */
  readonly workload?: ObjectMetadata;
}

/**
 * A Job named by the hash of what it runs: applying it again does nothing, and changing it makes a new one, since the
 * pod of a Job cannot be changed. It has no TTL, because a GitOps tool would create it anew.
 */
export function hashedJob(
  scope: Construct, names: ObjectNames, template: Json, labels: { readonly [name: string]: string }, options: JobOptions,
): ApiObject {
  const { workload = {} } = options;
  checkLabels(scope, 'workload.labels', workload.labels, labels);
  checkAnnotations(scope, 'workload.annotations', workload.annotations);
  const spec = jobSpec(scope, template, options);
  const name = names.job(scope, partOf(scope), checksum(spec).slice(0, 6));
  return new ApiObject(scope, 'Resource', {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: Chart.of(scope).namespace, labels: { ...workload.labels, ...labels }, annotations: workload.annotations },
    spec,
  });
}

/** What a Job is, and every Job of a CronJob. */
export function jobSpec(scope: Construct, template: Json, { backoffLimit, activeDeadline }: JobOptions): Json {
  checkAtLeast(scope, 'backoffLimit', backoffLimit, 0);
  checkSeconds(scope, 'activeDeadline', activeDeadline, 1);
  return { backoffLimit: backoffLimit ?? 10, activeDeadlineSeconds: activeDeadline?.toSeconds(), template };
}

const AIRFLOW_RESOURCES: kplus.ContainerResources = {
  cpu: { request: kplus.Cpu.millis(100) }, memory: { request: Size.mebibytes(512), limit: Size.gibibytes(2) },
};

/** What selects the pods of a Job: its own part of the instance, since several Jobs can have one role. */
export function jobLabels(airflow: IAirflow, id: string): { readonly [name: string]: string } {
  return selectorLabels(airflow._labels, partNamed(id));
}

/** What a Job that runs the image says of itself. */
export type AirflowJobRequest = Pick<PodRequest, 'command' | 'args' | 'env' | 'waitFor' | 'makes'> & Partial<Pick<PodRequest, 'resources'>>;

/** A Job that runs the image of Airflow once in a role, and the account that it runs as. */
export function airflowJob(
  scope: SelectablePods, airflow: IAirflow, role: Role, request: AirflowJobRequest, options: JobOptions,
): { workload: ApiObject; serviceAccount: kplus.IServiceAccount } {
  const { template, serviceAccount, labels } = airflowJobTemplate(scope, airflow, role, request, options);
  const workload = hashedJob(scope, airflow._names, template, labels, options);
  enlist(airflow, scope, { role, podLabels: scope.podLabels, object: workload });
  return { serviceAccount, workload };
}

/** The pod of a Job that runs the image of Airflow, and the account that it runs as. */
export function airflowJobTemplate(
  scope: SelectablePods, airflow: IAirflow, role: Role, request: AirflowJobRequest, options: JobOptions,
): { template: Json; serviceAccount: kplus.IServiceAccount; labels: { readonly [name: string]: string } } {
  const labels = { ...airflow._labels, ...scope.podLabels };
  const serviceAccount = airflow.rbac._account(scope, role, options.serviceAccount);
  const template = renderPod(scope, airflowPod(scope, airflow._instance, {
    resources: AIRFLOW_RESOURCES,
    ...request,
    role,
    containerName: role,
    // Each try is a pod of its own, so that the log of one that failed is still there when another has succeeded.
    restartPolicy: 'Never',
    serviceAccountName: serviceAccount.name,
    labels,
    followsConfig: false,
  }, options));
  return { template, serviceAccount, labels };
}
