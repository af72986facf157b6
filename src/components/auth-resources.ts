import { ApiObject } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { airflowJob, jobLabels, JobOptions } from './job';
import { Role } from '../core/needs';
import { IAirflow } from '../instance/i-airflow';
import { SelectablePods } from '../kubernetes/selectable-pods';

/**
 * Properties of `AuthResources`.
 */
export interface AuthResourcesProps extends JobOptions {
  /** The Airflow that this construct belongs to. */
  readonly airflow: IAirflow;
}

/**
 * The Job that creates what the auth manager needs elsewhere, for example the scopes and permissions of Airflow in Keycloak. It runs again
 * when its pod changes.
 */
export class AuthResources extends SelectablePods {
  /**
   * @internal
   */
  public static _of(scope: Construct, id: string, props: AuthResourcesProps): AuthResources {
    return new AuthResources(scope, id, props);
  }

  /** The Job object, for patches. */
  public readonly workload: ApiObject;
  /** The service account of the pod. */
  public readonly serviceAccount: kplus.IServiceAccount;

  private constructor(scope: Construct, id: string, props: AuthResourcesProps) {
    super(scope, id, jobLabels(props.airflow, id));
    const { args, env } = props.airflow._instance.auth.job!;
    // The command writes a line to the log of the database.
    const { workload, serviceAccount } = airflowJob(this, props.airflow, Role.AUTH_RESOURCES, { args, env, waitFor: 'migration' }, props);
    this.workload = workload;
    this.serviceAccount = serviceAccount;
  }
}
