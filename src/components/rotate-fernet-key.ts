import { Construct } from 'constructs';
import { JobOptions } from './job';
import { RoleJob } from './role-job';
import { Role } from '../core/needs';
import { SCRIPTS_PATH } from '../core/scripts';
import { IAirflow } from '../instance/i-airflow';

/**
 * Properties of `RotateFernetKey`.
 */
export interface RotateFernetKeyProps extends JobOptions {
  /** The Airflow that this construct belongs to. */
  readonly airflow: IAirflow;
}

/**
 * The Job that encrypts all connections, variables and triggers with the current Fernet key. It waits until the database is migrated and
 * until no pod encrypts with the old key, and then checks that every value is readable with the current key alone.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/security/secrets/fernet.html#rotating-encryption-keys
 */
export class RotateFernetKey extends RoleJob {
  /**
   * @internal
   */
  public static _of(scope: Construct, id: string, props: RotateFernetKeyProps): RotateFernetKey {
    return new RotateFernetKey(scope, id, props);
  }

  private constructor(scope: Construct, id: string, props: RotateFernetKeyProps) {
    const { airflow } = props;
    const selector = Object.entries(airflow._labels).map(([name, value]) => `${name}=${value}`).join(',');
    // Kubernetes would replace $(NAME) in an argument with the key itself.
    const variables = JSON.stringify(airflow._instance.secrets.fernetKey).replace(/\$\(/g, '$$$$(');
    super(scope, id, props, Role.ROTATE_FERNET_KEY, () => ({
      args: ['python', `${SCRIPTS_PATH}/rotate_fernet_key.py`, selector, variables],
      waitFor: 'migration',
    }));
  }
}
