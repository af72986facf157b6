import type { AuthConfig } from '../auth/auth-config';
import { AirflowConfig } from '../core/airflow-config';
import { AirflowImage } from '../core/airflow-image';
import { PodParts } from '../core/answer';
import { CommonPodOptions } from '../core/common-pod-options';
import { DatabaseParts } from '../core/database-parts';
import { DisruptionConfig } from '../core/disruption';
import { Endpoint } from '../core/endpoints';
import { Role, Traits } from '../core/needs';
import { EnvVar } from '../kubernetes/pod';
import { KeyEnv } from '../secrets/keys';
import { TaskLogsConfig } from '../task-logs/task-logs-config';

/** The Secrets of an instance, each as an environment variable. */
export interface SecretEnv extends KeyEnv {
  readonly database: (role: Role) => EnvVar[];
  /** Celery's broker. */
  readonly broker: EnvVar[];
  /** Where Celery keeps results, if not in the metadata database. */
  readonly results: EnvVar[];
  /** The Airflow connections and variables that have been added so far. */
  readonly connections: () => EnvVar[];
}

/** The servers that the connections lead to. Without `results`, Celery keeps results in the metadata database. */
export interface Endpoints {
  readonly database: Endpoint;
  /** The server behind a pooler, with which the migration talks. */
  readonly directDatabase?: Endpoint;
  readonly broker?: Endpoint;
  readonly results?: Endpoint;
}

/** The names of the ConfigMaps that every Airflow container mounts. */
export interface ConfigMapNames {
  readonly config: string;
  readonly localSettings: string;
  readonly scripts: string;
  readonly taskPods: string;
}

/** The executor, and the names that tasks use for it. */
export interface ExecutorFacts {
  /** The value of `[core] executor`. */
  readonly setting: string;
  /** The names that tasks use for each executor. The first is the default executor. */
  readonly names: string[];
  /** The name that tasks use for the executor that starts pods. */
  readonly podExecutor?: string;
  /** The name that tasks use for the executor that uses Celery. */
  readonly celeryExecutor?: string;
  /** The queue whose tasks run as pods, for an executor that combines two (2.x). */
  readonly podQueue?: (config: AirflowConfig) => string;
}

/** The names that DAGs may use. */
export interface KnownToDags {
  /** The name that tasks use for the executor that starts task pods; undefined if no executor starts pods. */
  readonly executor?: string;
  /** The queue that a task names to run as a pod, for an executor that combines two (2.x). */
  readonly queue?: string;
  readonly executors: string[];
  readonly queues: string[];
  readonly pools: string[];
}

/** The server of the execution API, through which tasks of Airflow 3 talk to Airflow. */
export interface ExecutionApiServer {
  /** The component that serves it: the API server, or a component that serves nothing else. */
  readonly role: Role.API_SERVER | Role.EXECUTION_API;
  /** Its URL without `/execution`, if it runs elsewhere. */
  readonly external?: string;
}

/** The settled facts of one Airflow. Its components are built from them. */
export interface Instance {
  readonly image: AirflowImage;
  readonly traits: Traits;
  readonly executor: ExecutorFacts;
  readonly auth: AuthConfig;
  readonly config: AirflowConfig;
  readonly common: CommonPodOptions;
  /** What the pods do when the cluster wants their node. */
  readonly disruption: DisruptionConfig;
  readonly secrets: SecretEnv;
  readonly endpoints: Endpoints;
  /** The connection to the metadata database in parts; undefined if only a Secret or a command knows it. */
  readonly databaseParts?: DatabaseParts;
  readonly executionApi: ExecutionApiServer;
  readonly logs: TaskLogsConfig;
  readonly configMaps: ConfigMapNames;
  /** The labels that all objects share. */
  readonly labels: { readonly [name: string]: string };
  /** The hash of the files that the containers read when they start. */
  readonly checksum: () => string;
  /** The parts that the choices add to the pods of a role. */
  readonly parts: (role: Role) => PodParts[];
  /** The purposes for which pods of this role call the Kubernetes API; empty if they do not call it. */
  readonly kubernetesCalls: (role: Role) => string[];
  /** The arguments of the script that waits for the migrated database. */
  readonly migrationArgs: () => string[];
  /** The name of the Job that checks the DAGs before components start; undefined if there is none. */
  readonly dagsCheckedBy: () => string | undefined;
  /** The comment of a pod preview that warns about a `pod_mutation_hook` of your own, which may change the pod when it is created. */
  readonly hookComment: string;
  /** The names that DAGs may use. */
  readonly knownToDags: () => KnownToDags;
}
