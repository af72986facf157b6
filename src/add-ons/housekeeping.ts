import { Chart, Cron, Duration } from 'cdk8s';
import { Construct } from 'constructs';
import { CLEANED_TABLES } from './cleaned-tables';
import {
  DatabaseHousekeepingOptions, JobHousekeepingOptions, TaskPodHousekeepingOptions, XComHousekeepingOptions,
} from './housekeeping-options';
import { DEADLINE, HousekeepingJob, HousekeepingJobOptions, HousekeepingRequest } from '../components/housekeeping-job';
import { AirflowWorkload } from '../core/airflow-workload';
import { cloudEndpoint, GCS, Peer, S3 } from '../core/endpoints';
import { Role } from '../core/needs';
import { IAirflow, instanceOf } from '../instance/i-airflow';
import { checkMembers } from '../kubernetes/members';
import { gather } from '../kubernetes/problems';
import { checkBetween, checkSeconds, failure } from '../kubernetes/validate';

/**
 * Properties of `AirflowHousekeeping`.
 */
export interface AirflowHousekeepingProps {
  /** The Airflow that is kept clean. */
  readonly airflow: IAirflow;

  /**
   * Deletes old rows of the metadata database.
   *
   * @default - rows older than 90 days
   */
  readonly database?: DatabaseHousekeepingOptions;

  /**
   * Deletes old pods of tasks. Only for executors that start pods.
   *
   * @default - one day after their end, and orphans, if the executor starts pods
   */
  readonly taskPods?: TaskPodHousekeepingOptions;

  /**
   * Deletes old Jobs of the library. Each change of a Job leaves the Job before it, because the name of a Job contains the hash of
   * its pod.
   *
   * @default - one week after their end
   */
  readonly jobs?: JobHousekeepingOptions;

  /**
   * Deletes XComs (values that tasks pass on) in object storage whose DAG run is gone. The path of `XComObjectStorageBackend` must
   * belong to this Airflow alone.
   *
   * @default - one week old, if `config` sets `[common.io] xcom_objectstorage_path`
   */
  readonly xcoms?: XComHousekeepingOptions;
}

/** A part of the housekeeping, which has a CronJob unless it is off or not `wanted`. */
interface Part {
  readonly options?: HousekeepingJobOptions;
  readonly wanted: boolean;
  readonly request: Omit<HousekeepingRequest, 'airflow'>;
}

const DAY = Duration.days(1);
const MINUTE = Duration.minutes(1);
const XCOM_PATH: [section: string, option: string] = ['common.io', 'xcom_objectstorage_path'];
const BATCHES = { least: 50, most: 10000 };
/** A run ends by itself before Kubernetes stops it, after most of its time. */
const SHARE = 0.8;

/**
 * CronJobs that delete what an Airflow leaves behind: old rows of the metadata database, finished and orphaned pods of tasks, old Jobs of
 * the library, and XComs in object storage. Nothing younger than its retention is deleted, and nothing that still runs.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/howto/usage-cli.html#purge-history-from-metadata-database
 */
export class AirflowHousekeeping extends Construct {
  /** The CronJob that cleans the metadata database. Undefined if it is off. */
  public readonly database?: HousekeepingJob;
  /** The CronJob that deletes pods of tasks. Undefined if it is off or the executor starts no pods. */
  public readonly taskPods?: HousekeepingJob;
  /** The CronJob that deletes old Jobs. Undefined if it is off. */
  public readonly jobs?: HousekeepingJob;
  /** The CronJob that deletes XComs in object storage. Undefined if it is off or no path is configured. */
  public readonly xcoms?: HousekeepingJob;

  /**
   * @throws when a retention is too short, when a table is unknown, when `taskPods` has an executor that starts no pods, or when
   * everything is off; at synthesis, when `xcoms` has no path
   */
  constructor(scope: Construct, id: string, private readonly props: AirflowHousekeepingProps) {
    checkMembers('AirflowHousekeepingProps', props, scope, id);
    super(scope, id);
    this.check();
    this.database = this.create('clean-database', this.databasePart());
    this.taskPods = this.create('clean-task-pods', this.taskPodsPart());
    this.jobs = this.create('clean-jobs', this.jobsPart());
    this.xcoms = this.create('clean-xcoms', this.xcomsPart());
    if ([this.database, this.taskPods, this.jobs, this.xcoms].every(job => job === undefined)) {
      throw failure(
        this,
        "'database', 'taskPods', 'jobs' and 'xcoms' are all off, so nothing would be cleaned; leave AirflowHousekeeping out",
      );
    }
    if (this.xcoms !== undefined) { this.node.addValidation({ validate: () => this.pathProblems() }); }
  }

  private create(id: string, { options = {}, wanted, request }: Part): HousekeepingJob | undefined {
    if (!wanted || options.enabled === false) { return undefined; }
    return HousekeepingJob._of(this, id, { ...request, airflow: this.props.airflow }, options);
  }

  private databasePart(): Part {
    const { airflow, database: options = {} } = this.props;
    const {
      retention = Duration.days(90),
      tables = {},
      exclude = [],
      batchSize = 1000,
      dropArchives = false,
      activeDeadline = DEADLINE,
    } = options;
    const settings = {
      retention: retention.toSeconds(),
      tables: Object.fromEntries(Object.entries(tables).map(([name, time]) => [name, time.toSeconds()])),
      exclude,
      batch: batchSize,
      seconds: Math.floor(activeDeadline.toSeconds() * SHARE),
      dropArchives,
    };
    if (dropArchives && !airflow.ownsTables) {
      throw failure(this, "'database.dropArchives' needs a database user that owns the tables, "
        + "but here the migration alone has that user; leave it out, and run 'airflow db drop-archived' as the user of the migration");
    }
    const schedule = Cron.schedule({ minute: '12', hour: '3' });
    return {
      options,
      wanted: true,
      request: { role: Role.CLEAN_DATABASE, script: 'clean_database.py', settings: () => settings, schedule },
    };
  }

  private taskPodsPart(): Part {
    const { airflow, taskPods: options = {} } = this.props;
    const { retention = DAY, orphans = true, orphanAge = Duration.hours(1) } = options;
    const settings = () => ({
      instance: instanceOf(airflow),
      namespaces: [...new Set(this.startedPods().flatMap(({ namespaces }) => namespaces))],
      finished: retention.toSeconds(),
      orphans: orphans ? orphanAge.toSeconds() : null,
    });
    const schedule = Cron.schedule({ minute: '27' });
    return {
      options, wanted: this.startedPods().length > 0, request: { role: Role.CLEAN_TASK_PODS, script: 'clean_pods.py', settings, schedule },
    };
  }

  private jobsPart(): Part {
    const { airflow, jobs: options = {} } = this.props;
    const { retention = Duration.days(7) } = options;
    const settings = () => ({
      instance: instanceOf(airflow),
      namespace: Chart.of(airflow).namespace,
      retention: retention.toSeconds(),
      keep: airflow.workloads.flatMap(({ object }) => (object?.kind === 'Job' ? [object.name] : [])),
    });
    const schedule = Cron.schedule({ minute: '42', hour: '4' });
    return { options, wanted: true, request: { role: Role.CLEAN_JOBS, script: 'clean_jobs.py', settings, schedule } };
  }

  private xcomsPart(): Part {
    const { airflow, xcoms: options } = this.props;
    const { retention = Duration.days(7) } = options ?? {};
    return {
      options,
      wanted: options !== undefined || airflow.config.get(...XCOM_PATH) !== undefined,
      request: {
        role: Role.CLEAN_XCOMS,
        script: 'clean_xcoms.py',
        settings: () => ({ retention: retention.toSeconds() }),
        schedule: Cron.schedule({ minute: '57', hour: '4' }),
        morePeers: () => this.storage(),
      },
    };
  }

  /** The pods that the executor starts for tasks; none if tasks run elsewhere. */
  private startedPods(): AirflowWorkload[] {
    return this.props.airflow.workloads.filter(({ role }) => role === Role.TASK);
  }

  /** The server of the bucket, as far as the path tells it. A connection may lead elsewhere. */
  private storage(): Peer[] {
    const [, scheme, connection] = /^(\w+):\/\/([^/]*@)?/.exec(this.props.airflow.config.get(...XCOM_PATH) ?? '') ?? [];
    if (scheme === 'file') { return []; }
    const [id, label] = { s3: S3, gs: GCS }[scheme] ?? ['xcoms', 'object storage'];
    return [{ ...cloudEndpoint(id, label, connection === undefined ? undefined : {}), purpose: 'XComs' }];
  }

  private pathProblems(): string[] {
    const { config } = this.props.airflow;
    if (config.get(...XCOM_PATH) !== undefined || config.hasVariable(...XCOM_PATH)) { return []; }
    return ["'xcoms' cleans the place of XComObjectStorageBackend, but 'config' sets no '[common.io] xcom_objectstorage_path'; "
      + "set it, or leave 'xcoms' out"];
  }

  private check(): void {
    const { airflow, database = {}, taskPods, jobs = {}, xcoms = {} } = this.props;
    gather(this, problems => {
      const check = (prop: string, time: Duration | undefined, least: Duration) =>
        problems.check(() => checkSeconds(this, prop, time, least.toSeconds()));
      check('database.retention', database.retention, DAY);
      for (const [name, time] of Object.entries(database.tables ?? {})) { check(`database.tables.${name}`, time, DAY); }
      check('database.activeDeadline', database.activeDeadline, Duration.minutes(5));
      problems.check(() => checkBetween(this, 'database.batchSize', database.batchSize, BATCHES.least, BATCHES.most));
      problems.check(() => this.checkTables(database));
      check('taskPods.retention', taskPods?.retention, MINUTE);
      check('taskPods.orphanAge', taskPods?.orphanAge, MINUTE);
      if (taskPods?.orphans === false && taskPods.orphanAge !== undefined) {
        problems.add("'taskPods.orphanAge' has no effect when 'taskPods.orphans' is false; leave one of them out");
      }
      if (taskPods !== undefined && taskPods.enabled !== false && this.startedPods().length === 0) {
        problems.add(
          `'taskPods' deletes pods that an executor starts, but '${airflow.config.get('core', 'executor')}' starts none; leave it out`,
        );
      }
      check('jobs.retention', jobs.retention, MINUTE);
      check('xcoms.retention', xcoms.retention, DAY);
    });
  }

  private checkTables({ tables = {}, exclude = [] }: DatabaseHousekeepingOptions): void {
    const { version } = this.props.airflow;
    const known = CLEANED_TABLES[version.knownSeries];
    gather(this, problems => {
      for (const [prop, names] of [['tables', Object.keys(tables)], ['exclude', exclude]] as const) {
        for (const name of names.filter(one => !known.includes(one))) {
          problems.add(`'database.${prop}' must be of tables that Airflow ${version.knownSeries} cleans (${known.join(', ')}), `
            + `got '${name}'`);
        }
      }
      for (const name of exclude.filter(one => tables[one] !== undefined)) {
        problems.add(`'database.exclude' and 'database.tables' both have '${name}'; leave it out of one`);
      }
    });
  }
}
