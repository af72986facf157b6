import { Duration } from 'cdk8s';
import { Broker } from '../backends/broker';
import { CeleryWorkersOptions } from '../components/celery-workers';
import { FlowerOptions } from '../components/flower';
import { SecretKey } from '../kubernetes/secret-key';
import { PostgresTlsOptions } from '../kubernetes/tls';

/**
 * Options of every executor.
 */
export interface ExecutorOptions {
  /**
   * The name with which tasks choose this executor (`@task(executor="fast")`) when several run side by side. It must not be
   * the name of another Airflow executor.
   *
   * @default - the class name, for example `CeleryExecutor`
   */
  readonly alias?: string;
}

/**
 * Options of the KubernetesExecutor.
 */
export interface KubernetesExecutorOptions extends ExecutorOptions {
  /**
   * The number of pods that the scheduler creates in one loop. If the scheduler ends, each task that still waits for its pod
   * loses a try.
   *
   * @default - 16, the number of tasks that one loop queues (`[scheduler] max_tis_per_query`)
   */
  readonly creationBatchSize?: number;

  /**
   * Whether the executor deletes the pods of successful tasks.
   *
   * @default true
   */
  readonly deletePods?: boolean;

  /**
   * Whether the executor also deletes the pods of failed tasks. Needs `deletePods`.
   *
   * @default false
   */
  readonly deletePodsOnFailure?: boolean;

  /**
   * Whether the UI may read the logs of running tasks from their pods. Without this right, the API server or webserver has no
   * access to the Kubernetes API, and the UI shows the log of a task when the store of `logs` has it.
   *
   * @default true
   */
  readonly readPodLogs?: boolean;
}

/**
 * Options of the CeleryExecutor.
 */
export interface CeleryExecutorOptions extends ExecutorOptions {
  /**
   * The message broker between the scheduler and the workers.
   *
   * @default Broker.redis()
   */
  readonly broker?: Broker;

  /**
   * The workers of the default queue. `airflow.addCeleryWorkers` adds workers of other queues.
   *
   * @default - one worker that runs 16 tasks at once
   */
  readonly workers?: CeleryWorkersOptions;

  /**
   * The duration of the longest task, in whole seconds. Redis and SQS hand a longer task to a second worker while the first
   * one still runs it. So the library sets `[celery_broker_transport_options] visibility_timeout` to this duration plus six
   * minutes for an outage. `Broker.rabbitMq()` has no such limit and does not accept `longestTask`.
   *
   * @default - Airflow's own limit of one day, with a warning in its logs
   * @throws when the duration is not a whole number of seconds or is below one second, and with `Broker.rabbitMq()`
   */
  readonly longestTask?: Duration;

  /**
   * Flower, which shows the workers and their tasks. `{}` makes one with a generated password.
   *
   * @default - no Flower
   */
  readonly flower?: FlowerOptions;

  /**
   * The key that holds the URL of the result database in Celery's form, `db+postgresql://...`.
   *
   * @default - the metadata database
   */
  readonly resultBackend?: SecretKey;

  /**
   * TLS for the PostgreSQL result database. Needs `resultBackend`.
   *
   * @default - the settings of the URL; in pods with the metadata database (scheduler, some workers), its `tls` fills the gaps
   */
  readonly resultBackendTls?: PostgresTlsOptions;
}

/**
 * Options of the CeleryKubernetesExecutor.
 */
export interface CeleryKubernetesExecutorOptions {
  /**
   * The options of its Celery part.
   *
   * @default - those of `Executor.celery()`
   */
  readonly celery?: CeleryExecutorOptions;

  /**
   * The options of its Kubernetes part.
   *
   * @default - those of `Executor.kubernetes()`
   */
  readonly kubernetes?: KubernetesExecutorOptions;
}
