import { Construct } from 'constructs';
import { JobOptions } from './job';
import { RoleJob } from './role-job';
import { AirflowImage } from '../core/airflow-image';
import { Role } from '../core/needs';
import { checkSameAirflow } from '../core/same-airflow';
import { SCRIPTS_PATH } from '../core/scripts';
import { IAirflow } from '../instance/i-airflow';
import { checksum } from '../kubernetes/checksum';
import { gather } from '../kubernetes/problems';

/**
 * Options of the migration.
 */
export interface MigrationOptions extends JobOptions {
  /**
   * A text of your choice, whose change runs the migration again. Change it after the database was restored, replaced or emptied.
   *
   * @default '1'
   */
  readonly revision?: string;

  /**
   * The image of the Job, for example the official image beside a large image of your own. It must have the same version of Airflow. Its
   * providers, too, migrate the database: with another version of a provider than in `image` of the Airflow, the components may
   * wait for ever.
   *
   * @default - the image of the Airflow
   */
  readonly image?: AirflowImage;
}

/**
 * Properties of `Migration`.
 */
export interface MigrationProps extends MigrationOptions {
  /** The Airflow that this construct belongs to. */
  readonly airflow: IAirflow;
}

/**
 * The Job that migrates the metadata database and then writes the permissions of the auth manager. It runs again when its pod changes,
 * with every tool that applies YAML.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/howto/set-up-database.html
 */
export class Migration extends RoleJob {
  /**
   * @internal
   */
  public static _of(scope: Construct, id: string, props: MigrationProps): Migration {
    return new Migration(scope, id, props);
  }

  private constructor(scope: Construct, id: string, props: MigrationProps) {
    const { auth: { afterMigration, webserverConfig }, traits } = props.airflow._instance;
    const results = traits.migratesAsOther && traits.celery && traits.resultsInDatabase ? ['--celery-results'] : [];
    super(scope, id, props, Role.MIGRATION, job => {
      gather(job, problems => checkSameAirflow(problems, props.airflow.image, props.image));
      return {
        args: ['python', `${SCRIPTS_PATH}/migrate.py`, ...results, ...(afterMigration === undefined ? [] : [afterMigration])],
        env: [
          { name: 'CDK8S_AIRFLOW_REVISION', value: props.revision ?? '1' },
          // `webserver_config.py` decides roles and permissions. The command after the migration writes them, so the Job must run again
          // when the file changes.
          ...(afterMigration === undefined ? [] : [{ name: 'CDK8S_AIRFLOW_WEBSERVER_CONFIG', value: checksum(webserverConfig) }]),
        ],
        waitFor: 'database',
        image: props.image,
      };
    });
  }
}
