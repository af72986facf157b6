import { Construct } from 'constructs';
import { JobOptions } from './job';
import { RoleJob } from './role-job';
import { Role } from '../core/needs';
import { IAirflow } from '../instance/i-airflow';

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
export class AuthResources extends RoleJob {
  /**
   * @internal
   */
  public static _of(scope: Construct, id: string, props: AuthResourcesProps): AuthResources {
    return new AuthResources(scope, id, props);
  }

  private constructor(scope: Construct, id: string, props: AuthResourcesProps) {
    const { args, env } = props.airflow._instance.auth.job!;
    // The command writes a line to the log of the database.
    super(scope, id, props, Role.AUTH_RESOURCES, () => ({ args, env, waitFor: 'migration' }));
  }
}
