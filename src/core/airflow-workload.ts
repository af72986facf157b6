import { ApiObject } from 'cdk8s';
import { IConstruct } from 'constructs';

/**
 * A port that a container of a pod listens on.
 */
export interface WorkloadPort {
  /** The port number. */
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
 * A place where a pod serves metrics for Prometheus.
 */
export interface WorkloadMetrics {
  /** The name of the port. */
  readonly portName: string;

  /** The number of the port. */
  readonly port: number;

  /** The path of the URL. */
  readonly path: string;
}

/**
 * A set of equal pods that belong to an Airflow, for example the scheduler, the task pods, the PostgreSQL or the migration.
 */
export interface AirflowWorkload {
  /** The `id` of its node in `networkGraph`: the path of `scope` below the Airflow. */
  readonly id: string;

  /** The part of the Airflow, which is the end of the names of its objects: `scheduler`, `celery-worker-heavy`, `task`, `migration` ... */
  readonly part: string;

  /** The name for people, for example in diagrams. */
  readonly label: string;

  /** The role of the pods: `api-server`, `worker`, `task`, `migration`, `postgres` ... Several components can have the same role. */
  readonly role: string;

  /** Whether the pods run code of the users, in DAG files or tasks, which may connect to any server. */
  readonly runsUserCode: boolean;

  /** The construct that makes the pods. */
  readonly scope: IConstruct;

  /** The labels that select the pods. */
  readonly podLabels: { readonly [name: string]: string };

  /** The namespaces of the pods. The namespace of the Airflow comes first. Only task pods can have more. */
  readonly namespaces: string[];

  /** The ports that the containers declare. None for task pods. */
  readonly ports: WorkloadPort[];

  /** Where the pods serve metrics for Prometheus. Airflow itself serves none: it sends them. */
  readonly metrics: WorkloadMetrics[];

  /**
   * The Deployment, StatefulSet, Job or CronJob.
   *
   * @default - none, because the scheduler creates the task pods
   */
  readonly object?: ApiObject;
}
