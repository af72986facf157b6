import { Auth } from '../auth/auth';
import { Database } from '../backends/database';
import { ApiServerOptions } from '../components/api-server';
import { DagProcessorOptions } from '../components/dag-processor';
import { JobOptions } from '../components/job';
import { MigrationOptions } from '../components/migration';
import { PoolOptions } from '../components/pools';
import { SchedulerOptions } from '../components/scheduler';
import { TriggererOptions } from '../components/triggerer';
import { WebserverOptions } from '../components/webserver';
import { AirflowImage } from '../core/airflow-image';
import { AirflowVersion } from '../core/airflow-version';
import { CommonPodOptions } from '../core/common-pod-options';
import { DagSource } from '../dags/dag-source';
import { Executor } from '../executor/executor';
import type { PodSecurityLevel } from '../kubernetes/admission';
import { AirflowSecrets } from '../secrets/airflow-secrets';
import { TaskLogs } from '../task-logs/task-logs';
import { DefaultTaskPodOptions } from '../task-pods/task-pod-options';

/**
 * The Jobs that prepare an Airflow.
 */
export interface AirflowJobs {
  /**
   * The migration of the metadata database.
   *
   * @default - runs again when what it runs changes
   */
  readonly migration?: MigrationOptions;

  /**
   * The bootstrap of the Secrets.
   *
   * @default - runs again when what it runs changes
   */
  readonly bootstrapSecrets?: JobOptions;

  /**
   * The creation of the first user.
   *
   * @default - runs again when what it runs changes
   */
  readonly createUser?: JobOptions;

  /**
   * The creation of the pools. Needs `pools` of the Airflow.
   *
   * @default - runs again when the pools or what it runs change
   */
  readonly pools?: JobOptions;
}

/**
 * Options of `Airflow.allowPodOperator`.
 */
export interface PodOperatorOptions {
  /**
   * The namespace in which tasks start pods.
   *
   * @default - that of the Airflow
   */
  readonly namespace?: string;

  /**
   * The Pod Security level that the namespace enforces. The `pod_mutation_hook` fills in what a pod leaves open: for `RESTRICTED` all that the
   * level demands, for `BASELINE` the seccomp profile and the XCom sidecar, for `PRIVILEGED` nothing. The namespace that an `AirflowChart` makes
   * enforces `RESTRICTED`.
   *
   * @default PodSecurityLevel.RESTRICTED
   */
  readonly level?: PodSecurityLevel;
}

/**
 * What is left out because it runs or exists elsewhere.
 */
export interface ExternalParts {
  /**
   * The URL of an API server that runs elsewhere (3.x), for example `https://airflow.example.com`; tasks talk to it.
   *
   * @default - the API server is part of this Airflow
   */
  readonly apiServerUrl?: string;

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
   * Whether the triggerer runs elsewhere, or no task is deferrable.
   *
   * @default false
   */
  readonly triggerer?: boolean;

  /**
   * Whether someone else migrates the database.
   *
   * @default false
   */
  readonly migration?: boolean;

  /**
   * Whether someone else creates the roles and bindings, that of the bootstrap Job included.
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
   * The name of the instance, with which the name of every object begins: lowercase letters, digits and dashes.
   *
   * @default - the path of the construct: `airflow` for `new AirflowChart(app, 'airflow')`, `data-airflow` in a Chart `data`
   */
  readonly name?: string;

  /**
   * The version of Airflow; beside `image`, a constant of `AirflowVersion` stands for any release of its series.
   *
   * @default - that of the image, else AirflowVersion.V3_3
   */
  readonly version?: AirflowVersion;

  /**
   * The image that all Airflow containers run.
   *
   * @default - the official image of the version
   */
  readonly image?: AirflowImage;

  /**
   * Where tasks run.
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
   * Where the logs of tasks are kept.
   *
   * @default TaskLogs.ephemeral()
   */
  readonly logs?: TaskLogs;

  /**
   * Who may log in.
   *
   * @default Auth.fab()
   */
  readonly auth?: Auth;

  /**
   * The keys that Airflow signs and encrypts with.
   *
   * @default - made once in the cluster
   */
  readonly secrets?: AirflowSecrets;

  /**
   * Options of Airflow: section, option, value. One that has a prop of its own, or that the version does not know, throws.
   *
   * @default - Airflow's own
   */
  readonly config?: { readonly [section: string]: { readonly [option: string]: string } };

  /**
   * The Python text of the platform's own `airflow_local_settings.py`: policies and a `pod_mutation_hook`, which runs before the library's own.
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
   * What reaches every pod, task pods and Jobs included.
   *
   * @default - nothing
   */
  readonly pods?: CommonPodOptions;

  /**
   * The pods of tasks that name no task pod of their own: the pod template of the KubernetesExecutor.
   *
   * @default - what a task needs
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
   * The scheduler.
   *
   * @default - one pod
   */
  readonly scheduler?: SchedulerOptions;

  /**
   * The dag-processor; in 2.x there is one when this is set.
   *
   * @default - one pod in 3.x
   */
  readonly dagProcessor?: DagProcessorOptions;

  /**
   * The triggerer.
   *
   * @default - one pod
   */
  readonly triggerer?: TriggererOptions;

  /**
   * The Jobs that prepare the instance.
   *
   * @default - each runs again when what it runs changes
   */
  readonly jobs?: AirflowJobs;

  /**
   * What is left out because it runs or exists elsewhere.
   *
   * @default - nothing
   */
  readonly external?: ExternalParts;
}
