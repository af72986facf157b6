import type { AuthConfig } from '../auth/auth';
import { AirflowConfig } from '../core/airflow-config';
import { AirflowImage } from '../core/airflow-image';
import { PodParts } from '../core/answer';
import { CommonPodOptions } from '../core/common-pod-options';
import { Endpoint } from '../core/endpoints';
import { Role, Traits } from '../core/needs';
import { EnvVar } from '../kubernetes/pod';
import { KeyEnv } from '../secrets/airflow-secrets';
import { TaskLogsConfig } from '../task-logs/task-logs-config';

/** The Secrets of an instance, each as an environment variable. */
export interface SecretEnv extends KeyEnv {
  readonly database: EnvVar[];
  /** Celery's broker. */
  readonly broker: EnvVar[];
  /** Where Celery keeps results, where that is not the database. */
  readonly results: EnvVar[];
  /** Connections and variables of Airflow, as they are now. */
  readonly connections: () => EnvVar[];
}

/** Where the connections lead to; without results, they are kept in the database. */
export interface Endpoints {
  readonly database: Endpoint;
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

/** Which executor runs, and by which names tasks know it. */
export interface ExecutorFacts {
  /** The value of `[core] executor`. */
  readonly setting: string;
  /** By which tasks name it, or each of several; the first is the default. */
  readonly names: string[];
  /** By which tasks name the one that starts pods. */
  readonly podExecutor?: string;
  /** By which tasks name the one that uses Celery. */
  readonly celeryExecutor?: string;
  /** The queue whose tasks are pods, where a task names no executor. */
  readonly podQueue?: (config: AirflowConfig) => string;
}

/** What DAGs may name. */
export interface KnownToDags {
  /** How a task names the executor that starts task pods; undefined where none does. */
  readonly executor?: string;
  /** The queue by which a task chooses a pod, where its executor is two in one. */
  readonly queue?: string;
  readonly executors: string[];
  readonly queues: string[];
  readonly pools: string[];
}

/** The settled facts of one Airflow, from which its components are made. */
export interface Instance {
  readonly image: AirflowImage;
  readonly traits: Traits;
  readonly executor: ExecutorFacts;
  readonly auth: AuthConfig;
  readonly config: AirflowConfig;
  readonly common: CommonPodOptions;
  readonly secrets: SecretEnv;
  readonly endpoints: Endpoints;
  readonly logs: TaskLogsConfig;
  readonly configMaps: ConfigMapNames;
  /** The labels that all objects share. */
  readonly labels: { readonly [name: string]: string };
  /** Hash of what the containers read when they start. */
  readonly checksum: () => string;
  /** What the choices add to the pods of a role. */
  readonly parts: (role: Role) => PodParts[];
  /** What pods of this role call the Kubernetes API for, if they do. */
  readonly kubernetesCalls: (role: Role) => string[];
  /** The arguments of the script that waits for the migrated database. */
  readonly migrationArgs: () => string[];
  /** What the preview of a pod says of the platform's own settings, which may change it when it is made. */
  readonly hookComment: string;
  /** What DAGs may name. */
  readonly knownToDags: () => KnownToDags;
}
