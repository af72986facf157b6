import type { AuthConfig } from '../auth/auth';
import { AirflowConfig } from '../core/airflow-config';
import { AirflowImage } from '../core/airflow-image';
import { CommonPodOptions } from '../core/common-pod-options';
import { PodParts, ConnectionTarget } from '../core/pod-parts';
import { Role, Traits } from '../core/roles';
import type { SharedGitSync } from '../dags/shared-git-sync';
import type { ExecutorConfig } from '../executor/executor';
import { EnvVar } from '../kubernetes/pod';
import type { TaskLogsConfig } from '../task-logs/task-logs';
import { ModuleModel } from '../task-pods/python-module';

/** The Secrets of an instance, each as an environment variable. */
export interface SecretEnv {
  readonly database: EnvVar[];
  readonly fernetKey: EnvVar[];
  readonly jwtSecret: EnvVar[];
  readonly secretKey: EnvVar[];
  /** Celery's broker. */
  readonly broker: EnvVar[];
  /** Where Celery keeps results, where that is not the database. */
  readonly results: EnvVar[];
  /** Connections and variables of Airflow. */
  readonly connections: EnvVar[];
}

/** Without results, they are kept in the database. */
export type ConnectionTargets = { [kind in 'database' | 'broker' | 'results']?: ConnectionTarget };

/** The names of the ConfigMaps that every Airflow container mounts. */
export interface ConfigMapNames {
  readonly config: string;
  readonly localSettings: string;
  readonly scripts: string;
  readonly taskPods: string;
}

/** The settled facts of one Airflow, from which its components are made. */
export interface Instance {
  readonly image: AirflowImage;
  readonly traits: Traits;
  readonly executor: ExecutorConfig;
  readonly auth: AuthConfig;
  readonly config: AirflowConfig;
  readonly common: CommonPodOptions;
  readonly secrets: SecretEnv;
  readonly targets: ConnectionTargets;
  readonly logs: TaskLogsConfig;
  /** The one clone that all pods read from. */
  readonly gitSync?: SharedGitSync;
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
  readonly knownToDags: () => Pick<ModuleModel, 'executor' | 'queue' | 'executors' | 'queues' | 'pools'>;
}
