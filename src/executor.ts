import { AirflowConfig } from './airflow-config';

/** What an executor means for the instance. */
export interface ExecutorConfig {
  /** The value of `[core] executor`. */
  readonly name: string;
  /** Tasks are pods that the scheduler makes from the pod template. */
  readonly launchesPods: boolean;
  /** Tasks are processes of the scheduler. */
  readonly tasksInScheduler: boolean;
  /** More options. */
  readonly configure: (config: AirflowConfig) => void;
}

/**
 * Options of the KubernetesExecutor.
 */
export interface KubernetesExecutorOptions {
  /**
   * How many pods the scheduler creates in one turn of its loop.
   *
   * @default 8
   */
  readonly creationBatchSize?: number;

  /**
   * Whether the pods of successful tasks are deleted.
   *
   * @default true
   */
  readonly deletePods?: boolean;

  /**
   * Whether the pods of failed tasks are deleted too.
   *
   * @default false
   */
  readonly deletePodsOnFailure?: boolean;
}

/**
 * Where tasks run.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/executor/index.html
 */
export abstract class Executor {
  /**
   * A pod for each task.
   *
   * @see https://airflow.apache.org/docs/apache-airflow-providers-cncf-kubernetes/stable/kubernetes_executor.html
   * @throws when `creationBatchSize` is below 1, or only the pods of failed tasks shall be deleted
   */
  public static kubernetes(options: KubernetesExecutorOptions = {}): Executor {
    return new KubernetesExecutor(options);
  }

  /**
   * Tasks are processes of the scheduler.
   *
   * @see https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/executor/local.html
   */
  public static local(): Executor {
    return new LocalExecutor();
  }

  /**
   * @internal
   */
  public abstract _bind(): ExecutorConfig;
}

class KubernetesExecutor extends Executor {
  constructor(private readonly options: KubernetesExecutorOptions) {
    super();
    const size = options.creationBatchSize;
    if (size !== undefined && !(Number.isInteger(size) && size >= 1)) {
      throw new Error(`'creationBatchSize' must be a whole number of at least 1, got ${size}`);
    }
    if (options.deletePods === false && options.deletePodsOnFailure) {
      throw new Error("'deletePodsOnFailure' adds failed pods to those that 'deletePods' deletes, which is false; leave one of them out");
    }
  }

  public _bind(): ExecutorConfig {
    return {
      name: 'KubernetesExecutor',
      launchesPods: true,
      tasksInScheduler: false,
      configure: config => {
        const own = (option: string, value: boolean | number) => config._own(
          'kubernetes_executor', option, typeof value === 'boolean' ? (value ? 'True' : 'False') : `${value}`, "'executor'");
        own('worker_pods_creation_batch_size', this.options.creationBatchSize ?? 8);
        own('delete_worker_pods', this.options.deletePods ?? true);
        own('delete_worker_pods_on_failure', this.options.deletePodsOnFailure ?? false);
      },
    };
  }
}

class LocalExecutor extends Executor {
  public _bind(): ExecutorConfig {
    return { name: 'LocalExecutor', launchesPods: false, tasksInScheduler: true, configure: () => {} };
  }
}
