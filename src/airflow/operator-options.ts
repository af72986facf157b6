import type { PodSecurityLevel } from '../kubernetes/admission';

/**
 * Options of `Airflow.allowPodOperator` and `Airflow.allowJobs`.
 */
export interface OperatorOptions {
  /**
   * The namespace in which tasks start pods.
   *
   * @default - the namespace of the Airflow
   */
  readonly namespace?: string;

  /**
   * The Pod Security level that the namespace enforces. The library's `pod_mutation_hook` completes the pods for this level and keeps the
   * fields that a pod already sets. `RESTRICTED`: it adds everything that the level demands. `BASELINE`: it adds the seccomp profile and
   * the settings of the XCom sidecar, the container that hands a pod's result to Airflow. `PRIVILEGED`: it adds nothing. The namespace
   * that an `AirflowChart` creates enforces `RESTRICTED`.
   *
   * @default PodSecurityLevel.RESTRICTED
   */
  readonly level?: PodSecurityLevel;
}

/**
 * Options of `Airflow.allowSparkApplications`.
 */
export interface SparkApplicationsOptions {
  /**
   * The namespace in which tasks start Spark applications. The Spark operator must watch it.
   *
   * @default - the namespace of the Airflow
   */
  readonly namespace?: string;
}
