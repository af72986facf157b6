import { ApiObject, Chart, Cron, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { BindContext } from '../core/bind-context';
import { selectorLabels } from '../core/labels';
import { partNamed, partOf } from '../core/names';
import { Role } from '../core/needs';
import { airflowPod, PodRequest } from '../instance/airflow-pod';
import { IAirflow } from '../instance/i-airflow';
import { checksum } from '../kubernetes/checksum';
import { Json } from '../kubernetes/pod';
import { ObjectMetadata, AirflowPodOptions } from '../kubernetes/pod-options';
import { renderPod } from '../kubernetes/render-pod';
import { SelectablePods } from '../kubernetes/selectable-pods';
import { checkAnnotations, checkAtLeast, checkLabels, checkSeconds } from '../kubernetes/validate';

/**
 * The options of every Job: those of its pod, with the same names as for components, and the limits of its retries.
 */
export interface JobOptions extends AirflowPodOptions {
  /**
   * How many times the Job starts a failed pod again.
   *
   * @default 10
   */
  readonly backoffLimit?: number;

  /**
   * The time after which Kubernetes stops the Job.
   *
   * @default - never
   */
  readonly activeDeadline?: Duration;

  /**
   * Labels and annotations of the Job, for example the hook annotations of a GitOps tool.
   *
   * @default - none
   */
  readonly workload?: ObjectMetadata;
}

/**
 * Creates a Job whose name ends with the hash of its pod. Applying the same Job again does nothing. A changed pod gives a new Job,
 * because Kubernetes does not let the pod of a Job change. The Job has no TTL, because a GitOps tool would create an expired Job again.
 */
export function hashedJob(
  scope: Construct, { _names: names }: BindContext, template: Json, labels: { readonly [name: string]: string }, options: JobOptions,
  suspend: boolean,
): ApiObject {
  const spec = jobSpec(scope, template, options);
  // The name is the same with and without `suspend`, so that the Job goes on after maintenance.
  const name = names.hashed({ scope, kind: 'Job', part: partOf(scope) }, checksum(spec).slice(0, 6));
  return batchObject(scope, 'Job', { name }, labels, { ...spec, suspend: suspend || undefined }, options);
}

/** The limits of a CronJob. */
interface CronJobOptions extends Pick<JobOptions, 'backoffLimit' | 'activeDeadline' | 'workload'> {
  /** The number of failed Jobs that stay, with their logs. */
  readonly keptFailures: number;
  /** How late a run may start. Without it, Kubernetes gives up a CronJob that has missed 100 runs. */
  readonly startingDeadline?: Duration;
}

/**
 * Creates a CronJob. A run is skipped if the previous run has not ended.
 * During maintenance, no run begins.
 */
export function cronJob(
  scope: Construct, { _names: names, maintenance }: BindContext, schedule: Cron, template: Json,
  labels: { readonly [name: string]: string },
  { keptFailures, startingDeadline, ...options }: CronJobOptions,
): ApiObject {
  // Kubernetes appends the start time to the names of the Jobs, so the name of a CronJob must be shorter.
  return batchObject(scope, 'CronJob', names.metadata({ scope, kind: 'CronJob', part: partOf(scope) }), labels, {
    schedule: schedule.expressionString,
    suspend: maintenance || undefined,
    concurrencyPolicy: 'Forbid',
    startingDeadlineSeconds: startingDeadline?.toSeconds(),
    successfulJobsHistoryLimit: 1,
    failedJobsHistoryLimit: keptFailures,
    jobTemplate: { metadata: { labels }, spec: jobSpec(scope, template, options) },
  }, options);
}

function batchObject(
  scope: Construct, kind: 'Job' | 'CronJob', name: { readonly name?: string }, labels: { readonly [name: string]: string }, spec: Json,
  { workload = {} }: Pick<JobOptions, 'workload'>,
): ApiObject {
  checkLabels(scope, 'workload.labels', workload.labels, labels);
  checkAnnotations(scope, 'workload.annotations', workload.annotations);
  return new ApiObject(scope, 'Resource', {
    apiVersion: 'batch/v1',
    kind,
    metadata: {
      ...name,
      namespace: Chart.of(scope).namespace,
      labels: { ...workload.labels, ...labels },
      annotations: workload.annotations,
    },
    spec,
  });
}

function jobSpec(scope: Construct, template: Json, { backoffLimit, activeDeadline }: JobOptions): Json {
  checkAtLeast(scope, 'backoffLimit', backoffLimit, 0);
  checkSeconds(scope, 'activeDeadline', activeDeadline, 1);
  return { backoffLimit: backoffLimit ?? 10, activeDeadlineSeconds: activeDeadline?.toSeconds(), template };
}

const AIRFLOW_RESOURCES: kplus.ContainerResources = {
  cpu: { request: kplus.Cpu.millis(100) }, memory: { request: Size.mebibytes(512), limit: Size.gibibytes(2) },
};

/** The labels that select the pods of a Job. They contain the name of the Job, because several Jobs can have the same role. */
export function jobLabels(airflow: IAirflow, id: string): { readonly [name: string]: string } {
  return selectorLabels(airflow._labels, partNamed(id));
}

/** The pod that a Job of the Airflow image requests. */
export type AirflowJobRequest = Pick<PodRequest, 'command' | 'args' | 'env' | 'waitFor' | 'makes'>
  & Partial<Pick<PodRequest, 'resources' | 'parts' | 'image'>>;

/** Creates the pod template of a Job that runs the Airflow image, and its service account. */
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
    // Each try is a pod of its own, so that the log of a failed try remains after a later try succeeds.
    restartPolicy: 'Never',
    serviceAccountName: serviceAccount.name,
    labels,
    followsConfig: false,
  }, options));
  return { template, serviceAccount, labels };
}
