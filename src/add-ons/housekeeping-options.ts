import { Duration } from 'cdk8s';
import { HousekeepingJobOptions } from '../components/housekeeping-job';

/**
 * Options of the CronJob that deletes old rows of the metadata database.
 */
export interface DatabaseHousekeepingOptions extends HousekeepingJobOptions {
  /**
   * How long rows are kept. At least one day.
   *
   * @default Duration.days(90)
   */
  readonly retention?: Duration;

  /**
   * Tables whose rows are kept for another time, by the names of `airflow db clean --tables`, for example
   * `{ log: Duration.days(365) }`.
   *
   * @default - none
   */
  readonly tables?: { readonly [table: string]: Duration };

  /**
   * Tables whose rows are kept for ever. Rows of other tables that they belong to then stay, too.
   *
   * @default - none
   */
  readonly exclude?: string[];

  /**
   * The largest number of rows that one transaction deletes, from 50 to 10000. Rows of other tables that belong to them go with them.
   *
   * @default 1000
   */
  readonly batchSize?: number;

  /**
   * Whether tables are dropped in which `airflow db clean` has archived rows, when they are as old as `retention`. The database user must
   * own these tables.
   *
   * @default false
   */
  readonly dropArchives?: boolean;
}

/**
 * Options of the CronJob that deletes old pods of tasks.
 */
export interface TaskPodHousekeepingOptions extends HousekeepingJobOptions {
  /**
   * How long a pod is kept after its end. At least one minute.
   *
   * @default Duration.days(1)
   */
  readonly retention?: Duration;

  /**
   * Whether orphans are deleted: pods that have not ended, whose scheduler is gone, and whose task is over in the database.
   *
   * @default true
   */
  readonly orphans?: boolean;

  /**
   * The age from which a pod can be an orphan. At least one minute.
   *
   * @default Duration.hours(1)
   */
  readonly orphanAge?: Duration;
}

/**
 * Options of the CronJob that deletes old Jobs of the library.
 */
export interface JobHousekeepingOptions extends HousekeepingJobOptions {
  /**
   * How long a Job is kept after its end, with its log. At least one minute. The Jobs of the YAML stay for ever, because a GitOps
   * tool would create them again.
   *
   * @default Duration.days(7)
   */
  readonly retention?: Duration;
}

/**
 * Options of the CronJob that deletes XComs in object storage.
 */
export interface XComHousekeepingOptions extends HousekeepingJobOptions {
  /**
   * How long the XComs of a deleted DAG run are kept. At least one day.
   *
   * @default Duration.days(7)
   */
  readonly retention?: Duration;
}
