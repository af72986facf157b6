import { ApiObject, Cron, Duration, Lazy } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { airflowJobTemplate, cronJob, jobLabels } from './job';
import { Peer } from '../core/endpoints';
import { needsOf, Role } from '../core/needs';
import { SCRIPT_RESOURCES } from '../core/official-image';
import { run, SCRIPTS_PATH } from '../core/scripts';
import { enlist } from '../instance/enlist';
import { IAirflow } from '../instance/i-airflow';
import { completeResources } from '../kubernetes/complete-resources';
import { AirflowPodOptions, ObjectMetadata } from '../kubernetes/pod-options';
import { SelectablePods } from '../kubernetes/selectable-pods';

/**
 * Options that all CronJobs of `AirflowHousekeeping` have, in addition to those of their pods.
 */
export interface HousekeepingJobOptions extends AirflowPodOptions {
  /**
   * Whether the CronJob exists.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * Whether each run only says what it would delete.
   *
   * @default false
   */
  readonly dryRun?: boolean;

  /**
   * The schedule. A run is skipped if the previous run has not ended.
   *
   * @default - at night, each CronJob at another minute; the pods of tasks each hour
   */
  readonly schedule?: Cron;

  /**
   * The time after which Kubernetes stops a run. The next run continues.
   *
   * @default Duration.hours(2)
   */
  readonly activeDeadline?: Duration;

  /**
   * Labels and annotations of the CronJob.
   *
   * @default - none
   */
  readonly workload?: ObjectMetadata;
}

/** What distinguishes one of the CronJobs. */
export interface HousekeepingRequest {
  readonly airflow: IAirflow;
  readonly role: Role;
  /** The script in `python/`. */
  readonly script: string;
  /** What the script gets as JSON, read at synthesis. */
  readonly settings: () => object;
  readonly schedule: Cron;
  readonly morePeers?: () => Peer[];
}

/** The time after which Kubernetes stops a run. */
export const DEADLINE = Duration.hours(2);

/** A run that could not start for so long is left out. It is longer than a restart of the control plane takes. */
const STARTING_DEADLINE = Duration.minutes(30);

/**
 * A CronJob that deletes what is old, made by `AirflowHousekeeping`.
 */
export class HousekeepingJob extends SelectablePods {
  /**
   * @internal
   */
  public static _of(scope: Construct, id: string, request: HousekeepingRequest, options: HousekeepingJobOptions): HousekeepingJob {
    return new HousekeepingJob(scope, id, request, options);
  }

  /** The CronJob object, for patches. */
  public readonly workload: ApiObject;
  /** The service account of the pod. */
  public readonly serviceAccount: kplus.IServiceAccount;

  private constructor(scope: Construct, id: string, request: HousekeepingRequest, options: HousekeepingJobOptions) {
    const { airflow, role, script, settings, schedule, morePeers } = request;
    super(scope, id, jobLabels(airflow, id));
    const needs = needsOf(role, airflow._instance.traits);
    const argument = Lazy.any({ produce: () => JSON.stringify({ ...settings(), dryRun: options.dryRun ?? false }) }) as unknown as string;
    const { template, serviceAccount, labels } = airflowJobTemplate(this, airflow, role, needs.airflow
      ? { args: ['python', `${SCRIPTS_PATH}/${script}`, argument], waitFor: 'migration' }
      : { command: run(script, argument), resources: completeResources(airflow._common.helperResources, SCRIPT_RESOURCES) }, options);
    this.serviceAccount = serviceAccount;
    this.workload = cronJob(this, airflow, options.schedule ?? schedule, template, labels, {
      // A failed run needs no second try, because the next run does the same.
      backoffLimit: 0,
      activeDeadline: options.activeDeadline ?? DEADLINE,
      startingDeadline: STARTING_DEADLINE,
      keptFailures: 3,
      workload: options.workload,
    });
    enlist(airflow, this, {
      role,
      name: '',
      podLabels: this.podLabels,
      object: this.workload,
      serviceAccounts: () => [options.serviceAccount],
      morePeers,
      scripts: ['housekeeping.py', script],
    });
  }
}
