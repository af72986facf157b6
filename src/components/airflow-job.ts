import { ApiObject, Cron } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { airflowJobTemplate, cronJob, hashedJob, jobLabels, JobOptions } from './job';
import { Role } from '../core/needs';
import { enlist } from '../instance/enlist';
import { IAirflow } from '../instance/i-airflow';
import { checkMembers } from '../kubernetes/members';
import { SelectablePods } from '../kubernetes/selectable-pods';
import { failure } from '../kubernetes/validate';

/**
 * Options of a Job with a command of your own.
 */
export interface AirflowJobOptions extends JobOptions {
  /**
   * The command and its arguments, for example `['airflow', 'roles', 'create', 'Reader']`. The entry point of the image starts the
   * command.
   */
  readonly command: string[];

  /**
   * The schedule. With it, the library creates a CronJob. A run is skipped if the previous run has not ended.
   *
   * @default - a Job that runs once, and again when its pod changes
   */
  readonly schedule?: Cron;
}

/**
 * Properties of `AirflowJob`.
 */
export interface AirflowJobProps extends AirflowJobOptions {
  /** The Airflow that this construct belongs to. */
  readonly airflow: IAirflow;
}

/**
 * A Job or CronJob that runs a command of your own, for example to create roles or teams, or to import variables. It has the image, the
 * configuration, the database connection and the Fernet key of an Airflow. It waits until the database is migrated. It has neither the
 * DAG files nor the permissions of tasks.
 */
export class AirflowJob extends SelectablePods {
  /** The Job or CronJob object, for patches. */
  public readonly workload: ApiObject;
  /** The service account of the pod. */
  public readonly serviceAccount: kplus.IServiceAccount;

  /**
   * @throws when the command is empty
   */
  constructor(scope: Construct, id: string, props: AirflowJobProps) {
    checkMembers('AirflowJobProps', props, scope, id);
    super(scope, id, jobLabels(props.airflow, id));
    const { airflow, command, schedule } = props;
    if (command.length === 0) {
      throw failure(this, "'command' must have at least the name of a program, like ['airflow', 'version'], got nothing");
    }
    const { template, serviceAccount, labels } = airflowJobTemplate(
      this,
      airflow,
      Role.JOB,
      { args: command, waitFor: 'migration' },
      props,
    );
    this.serviceAccount = serviceAccount;
    this.workload = schedule === undefined
      ? hashedJob(this, airflow, template, labels, props, airflow.maintenance)
      : cronJob(this, airflow, schedule, template, labels, { ...props, keptFailures: 3 });
    enlist(airflow, this, {
      role: Role.JOB,
      podLabels: this.podLabels,
      object: this.workload,
      serviceAccounts: () => [props.serviceAccount],
    });
  }
}
