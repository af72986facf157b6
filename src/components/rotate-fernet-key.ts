import { ApiObject } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { airflowJob, jobLabels, JobOptions } from './job';
import { Role } from '../core/needs';
import { SCRIPTS_PATH } from '../core/scripts';
import { IAirflow } from '../instance/i-airflow';
import { SelectablePods } from '../kubernetes/selectable-pods';

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
export class RotateFernetKey extends SelectablePods {
  /**
   * @internal
   */
  public static _of(scope: Construct, id: string, props: RotateFernetKeyProps): RotateFernetKey {
    return new RotateFernetKey(scope, id, props);
  }

  /** The Job object, for patches. */
  public readonly workload: ApiObject;
  /** The service account of the pod. */
  public readonly serviceAccount: kplus.IServiceAccount;

  private constructor(scope: Construct, id: string, props: RotateFernetKeyProps) {
    super(scope, id, jobLabels(props.airflow, id));
    const { airflow } = props;
    const selector = Object.entries(airflow._labels).map(([name, value]) => `${name}=${value}`).join(',');
    // Kubernetes would replace $(NAME) in an argument with the key itself.
    const variables = JSON.stringify(airflow._instance.secrets.fernetKey).replace(/\$\(/g, '$$$$(');
    const { workload, serviceAccount } = airflowJob(this, airflow, Role.ROTATE_FERNET_KEY, {
      args: ['python', `${SCRIPTS_PATH}/rotate_fernet_key.py`, selector, variables],
      waitFor: 'migration',
    }, props);
    this.workload = workload;
    this.serviceAccount = serviceAccount;
  }
}
