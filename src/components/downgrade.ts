import { Construct } from 'constructs';
import { JobOptions } from './job';
import { RoleJob } from './role-job';
import { AirflowVersion } from '../core/airflow-version';
import { Role } from '../core/needs';
import { SCRIPTS_PATH } from '../core/scripts';
import { IAirflow } from '../instance/i-airflow';

/**
 * Options of the downgrade.
 */
export interface DowngradeOptions extends JobOptions {
  /**
   * The version whose database comes back, older than `version`. The image stays that of the version that migrated the database, because
   * only that image has the way back.
   */
  readonly toVersion: AirflowVersion;
}

/**
 * Properties of `Downgrade`.
 */
export interface DowngradeProps extends DowngradeOptions {
  /** The Airflow that this construct belongs to. */
  readonly airflow: IAirflow;
}

/**
 * The Job that takes the metadata database back to an older version, in place of the migration. It refuses a database that it cannot take
 * back before it changes anything.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/howto/usage-cli.html#downgrading-airflow
 */
export class Downgrade extends RoleJob {
  /**
   * @internal
   */
  public static _of(scope: Construct, id: string, props: DowngradeProps): Downgrade {
    return new Downgrade(scope, id, props);
  }

  private constructor(scope: Construct, id: string, props: DowngradeProps) {
    super(scope, id, props, Role.MIGRATION, () => ({
      args: ['python', `${SCRIPTS_PATH}/downgrade.py`, props.toVersion.release],
      waitFor: 'database',
    }));
  }
}
