import { AirflowConfig } from '../airflow-config';
import { AirflowImage } from '../airflow-image';
import type { AuthConfig } from '../auth';
import { CommonPodOptions } from '../component-options';
import type { SharedGitSync } from '../components/shared-git-sync';
import type { ExecutorConfig } from '../executor';
import type { TaskLogsConfig } from '../task-logs';
import type { Endpoint, Peer } from './endpoints';
import { Container, EnvVar, Mount, Volume } from './pod';
import { Role, Traits } from './roles';
import { ModuleModel } from './task-pod-module';

/** What a choice (DAG source, task logs, ...) adds to a pod. */
export interface PodParts {
  readonly env?: EnvVar[];
  readonly mounts?: Mount[];
  readonly volumes?: Volume[];
  readonly initContainers?: Container[];
  readonly sidecars?: Container[];
  /** Which container runs ssh, which works only under a user that has a name in its image. */
  readonly ssh?: 'main' | 'git-sync';
  /** To whom a pod of the role then talks. */
  readonly peers?: (role: Role) => Peer[];
}

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

/** Where a connection leads to, and the files that it needs; who gets the one gets the other. */
export interface ConnectionTarget {
  readonly endpoint: Endpoint;
  readonly parts?: PodParts;
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
