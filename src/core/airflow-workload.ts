import { ApiObject } from 'cdk8s';
import { IConstruct } from 'constructs';

/**
 * A port that a container of a pod listens on.
 */
export interface WorkloadPort {
  /** The number. */
  readonly port: number;

  /** `TCP`, `UDP` or `SCTP`. */
  readonly protocol: string;

  /**
   * The name, by which a Service or a monitor can refer to it.
   *
   * @default - none
   */
  readonly name?: string;
}

/**
 * A set of equal pods that belong to an Airflow: the scheduler, the task pods, the Postgres, the migration and so on.
 */
export interface AirflowWorkload {
  /** The `id` of its node in `networkGraph`: the path of `scope` below the Airflow. */
  readonly id: string;

  /** What people call it. */
  readonly label: string;

  /** What the pods are for: `api-server`, `worker`, `task`, `migration`, `postgres` ... Several components can have the same role. */
  readonly role: string;

  /** The construct that makes the pods. */
  readonly scope: IConstruct;

  /** The labels that select the pods. */
  readonly podLabels: { readonly [name: string]: string };

  /** The namespaces that the pods run in: that of the Airflow first. Only task pods can have others. */
  readonly namespaces: string[];

  /** The ports that the containers declare; none for task pods. */
  readonly ports: WorkloadPort[];

  /**
   * The Deployment, StatefulSet, Job or CronJob.
   *
   * @default - none: the scheduler creates task pods
   */
  readonly object?: ApiObject;
}
