import { Construct } from 'constructs';
import { JobOptions } from './job';
import { RoleJob } from './role-job';
import { Role } from '../core/needs';
import { SCRIPTS_PATH } from '../core/scripts';
import { IAirflow } from '../instance/i-airflow';

/**
 * Options of the Job that checks the DAGs. A failed check has three tries unless `backoffLimit` says otherwise.
 */
export interface CheckDagsOptions extends JobOptions {
  /**
   * A text of your choice, whose change runs the check again with the same image, for example after DAGs were corrected.
   *
   * @default '1'
   */
  readonly revision?: string;
}

/**
 * Properties of `CheckDags`.
 */
export interface CheckDagsProps extends CheckDagsOptions {
  /** The Airflow that this construct belongs to. */
  readonly airflow: IAirflow;
}

/**
 * A Job that parses all DAGs with the image of a rollout, and fails if one cannot be imported. The components wait for it, so that the old
 * ones go on. It runs again when its pod changes, for example by another image.
 */
export class CheckDags extends RoleJob {
  /**
   * @internal
   */
  public static _of(scope: Construct, id: string, props: CheckDagsProps): CheckDags {
    return new CheckDags(scope, id, props);
  }

  private constructor(scope: Construct, id: string, props: CheckDagsProps) {
    super(scope, id, { ...props, backoffLimit: props.backoffLimit ?? 3 }, Role.CHECK_DAGS, () => ({
      args: ['python', `${SCRIPTS_PATH}/check_dags.py`],
      env: [
        // The name of the Job is the hash of this pod, so only the cluster can tell it.
        { name: 'CDK8S_AIRFLOW_JOB', valueFrom: { fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/job-name']" } } },
        { name: 'CDK8S_AIRFLOW_REVISION', value: props.revision ?? '1' },
      ],
      waitFor: 'migration',
    }));
  }
}
