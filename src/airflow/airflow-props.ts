import { Auth } from '../auth/auth';
import { Database } from '../backends/database';
import { PgBouncerOptions } from '../backends/pg-bouncer-options';
import { ApiServerOptions } from '../components/api-server';
import { CheckDagsOptions } from '../components/check-dags';
import { DagProcessorOptions } from '../components/dag-processor';
import { DowngradeOptions } from '../components/downgrade';
import { JobOptions } from '../components/job';
import { MigrationOptions } from '../components/migration';
import { PoolOptions } from '../components/pools';
import { SchedulerOptions } from '../components/scheduler';
import { SyncUsersOptions } from '../components/sync-users';
import { TriggererOptions } from '../components/triggerer';
import { WebserverOptions } from '../components/webserver';
import { AirflowImage } from '../core/airflow-image';
import { AirflowVersion } from '../core/airflow-version';
import { CommonPodOptions } from '../core/common-pod-options';
import { Disruption } from '../core/disruption';
import { DagSource } from '../dags/dag-source';
import { Executor } from '../executor/executor';
import { UiOptions } from '../exposure/ui';
import { TelemetryOptions } from '../metrics/telemetry';
import { AirflowSecrets } from '../secrets/airflow-secrets';
import { TaskLogs } from '../task-logs/task-logs';
import { DefaultTaskPodOptions } from '../task-pods/task-pod-options';

/**
 * Options of the Jobs that prepare an Airflow.
 */
export interface AirflowJobs {
  /**
   * The Job that migrates the metadata database.
   *
   * @default - the Job runs once, and again when its pod changes
   */
  readonly migration?: MigrationOptions;

  /**
   * The Job that takes the metadata database back to an older version. It replaces the migration and needs `maintenance`.
   *
   * @default - no downgrade
   */
  readonly downgrade?: DowngradeOptions;

  /**
   * The Job that creates the Secrets in the cluster.
   *
   * @default - the Job runs once, and again when its pod changes
   */
  readonly bootstrapSecrets?: JobOptions;

  /**
   * The Job that keeps roles and users as `auth` declares them.
   *
   * @default - the Job runs once, and again when a role, a user or its pod changes
   */
  readonly syncUsers?: SyncUsersOptions;

  /**
   * A Job that parses all DAGs with the image before a rollout, and fails if one cannot be imported. The new pods of all components
   * wait for it, while the old ones go on.
   *
   * @default - no check
   */
  readonly checkDags?: CheckDagsOptions;

  /**
   * The Job that creates and changes the pools. It needs `pools` of the Airflow.
   *
   * @default - the Job runs once, and again when the pools or its pod change
   */
  readonly pools?: JobOptions;

  /**
   * The Job that encrypts everything with a new Fernet key. It needs `fernetKey.previous` of `secrets`.
   *
   * @default - the Job runs once, and again when its pod changes
   */
  readonly rotateFernetKey?: JobOptions;

  /**
   * The Job that creates what the auth manager needs elsewhere. It needs `admin` of `Auth.keycloak`.
   *
   * @default - the Job runs once, and again when its pod changes
   */
  readonly authResources?: JobOptions;
}

/**
 * The parts that the library leaves out because they run or exist elsewhere.
 */
export interface ExternalParts {
  /**
   * The URL of an API server that runs elsewhere (3.x), for example `https://airflow.example.com`. Tasks send their requests to this URL,
   * unless `apiServer.executionApi` or `executionApiUrl` is set.
   *
   * @default - this Airflow runs its own API server
   */
  readonly apiServerUrl?: string;

  /**
   * The URL of an execution API that runs elsewhere (3.x), for example `https://tasks.example.com`. Tasks send their requests to this URL
   * with `/execution/` at its end. The API server of this Airflow then serves only the UI and the REST API.
   *
   * @default - this Airflow serves the execution API, unless `apiServerUrl` is set
   */
  readonly executionApiUrl?: string;

  /**
   * Whether the webserver runs elsewhere (2.x).
   *
   * @default false
   */
  readonly webserver?: boolean;

  /**
   * Whether the scheduler runs elsewhere.
   *
   * @default false
   */
  readonly scheduler?: boolean;

  /**
   * Whether the Celery workers of the default queue run elsewhere.
   *
   * @default false
   */
  readonly celeryWorkers?: boolean;

  /**
   * Whether the dag-processor runs elsewhere.
   *
   * @default false
   */
  readonly dagProcessor?: boolean;

  /**
   * Whether to leave out the triggerer, because it runs elsewhere or no task is deferrable.
   *
   * @default false
   */
  readonly triggerer?: boolean;

  /**
   * Whether to leave out the migration Job, because something else migrates the metadata database.
   *
   * @default false
   */
  readonly migration?: boolean;

  /**
   * Whether to leave out all Roles and RoleBindings, those of the bootstrap Job included, because something else creates them.
   *
   * @default false
   */
  readonly roles?: boolean;
}

/**
 * Properties of `Airflow`.
 */
export interface AirflowProps {
  /**
   * The name of the instance. Every object name begins with it. It consists of lowercase letters, digits and dashes.
   *
   * @default - the path of the construct: `airflow` for `new AirflowChart(app, 'airflow')`, `data-airflow` in a Chart `data`
   */
  readonly name?: string;

  /**
   * The version of Airflow. Together with `image`, `AirflowVersion.V3_3` accepts any 3.3.x image; `AirflowVersion.of('3.3.1')` accepts
   * only that release.
   *
   * @default - the version of `image`; without `image`, AirflowVersion.V3_3
   */
  readonly version?: AirflowVersion;

  /**
   * The image that all Airflow containers run.
   *
   * @default - the official image of the version
   */
  readonly image?: AirflowImage;

  /**
   * The public URL of the UI: scheme, host and an optional path prefix, for example `https://example.com/airflow`. It decides Airflow's
   * `base_url`, the paths of the probes and of the execution API, the path of cookies and whether browsers send them only over https, and
   * the public URL of Flower.
   *
   * @default - none; the UI is at the root of its Service
   */
  readonly url?: string;

  /**
   * The executor, which decides where tasks run.
   *
   * @default Executor.kubernetes()
   */
  readonly executor?: Executor;

  /**
   * Where the DAG files come from.
   *
   * @default DagSource.fromImage()
   */
  readonly dags?: DagSource;

  /**
   * The metadata database.
   *
   * @default Database.inCluster()
   */
  readonly database?: Database;

  /**
   * PgBouncer between the pods of Airflow and the metadata database, so that they share few connections.
   *
   * @default - each process of Airflow has connections of its own
   */
  readonly pgBouncer?: PgBouncerOptions;

  /**
   * Where Airflow keeps the logs of tasks.
   *
   * @default TaskLogs.ephemeral()
   */
  readonly logs?: TaskLogs;

  /**
   * Metrics, traces and the form of logs.
   *
   * @default - Airflow sends no metrics and no traces
   */
  readonly telemetry?: TelemetryOptions;

  /**
   * How users log in, and who may log in.
   *
   * @default Auth.fab()
   */
  readonly auth?: Auth;

  /**
   * The keys that Airflow signs and encrypts with, and the store in which it looks up connections and variables.
   *
   * @default AirflowSecrets.bootstrap()
   */
  readonly secrets?: AirflowSecrets;

  /**
   * Options of `airflow.cfg`, as section, option and value. An option that has a prop of its own, or that the version does not know,
   * throws.
   *
   * @default - Airflow's own defaults
   */
  readonly config?: { readonly [section: string]: { readonly [option: string]: string } };

  /**
   * The Python text of your own `airflow_local_settings.py`: cluster policies and a `pod_mutation_hook`. Your hook runs before the
   * library's own hook.
   *
   * @default - none
   * @see https://airflow.apache.org/docs/apache-airflow/stable/howto/set-config.html#configuring-local-settings
   */
  readonly localSettings?: string;

  /**
   * The pools that a Job creates or changes, by their names. A pool that you remove here stays in Airflow until someone deletes it there.
   *
   * @default - only the `default_pool` that Airflow makes
   * @see https://airflow.apache.org/docs/apache-airflow/stable/administration-and-deployment/pools.html
   */
  readonly pools?: { readonly [name: string]: PoolOptions };

  /**
   * Options of every pod, task pods and Jobs included.
   *
   * @default - none
   */
  readonly pods?: CommonPodOptions;

  /**
   * The pods of tasks that choose no task pod by name. The KubernetesExecutor uses this pod as its template.
   *
   * @default - a pod with everything that a task needs
   */
  readonly taskPods?: DefaultTaskPodOptions;

  /**
   * The API server (3.x).
   *
   * @default - one pod
   */
  readonly apiServer?: ApiServerOptions;

  /**
   * The webserver (2.x).
   *
   * @default - one pod
   */
  readonly webserver?: WebserverOptions;

  /**
   * How the UI is protected in browsers: the lifetime of sessions, and security headers.
   *
   * @default - Airflow's own lifetimes; only pages of the same site may frame the UI
   */
  readonly ui?: UiOptions;

  /**
   * The scheduler.
   *
   * @default - one pod
   */
  readonly scheduler?: SchedulerOptions;

  /**
   * The dag-processor, which reads the DAG files. In 2.x, setting this prop adds a dag-processor; otherwise the scheduler reads the
   * files.
   *
   * @default - one pod in 3.x, no dag-processor in 2.x
   */
  readonly dagProcessor?: DagProcessorOptions;

  /**
   * The triggerer, which waits on behalf of deferred tasks.
   *
   * @default - one pod
   */
  readonly triggerer?: TriggererOptions;

  /**
   * How the cluster takes nodes away, and what the pods do then.
   *
   * @default Disruption.onDemand()
   */
  readonly disruption?: Disruption;

  /**
   * Whether only the database and the Jobs that migrate it run, for an upgrade, a downgrade or a restore. All components and
   * brokers have 0 replicas, autoscalers start none, and CronJobs and the other Jobs are suspended. Task pods that run continue.
   *
   * @default false
   */
  readonly maintenance?: boolean;

  /**
   * The Jobs that prepare the instance.
   *
   * @default - each Job runs once, and again when its pod changes
   */
  readonly jobs?: AirflowJobs;

  /**
   * The parts that the library leaves out because they run or exist elsewhere.
   *
   * @default - none
   */
  readonly external?: ExternalParts;
}
