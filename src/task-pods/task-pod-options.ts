import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { TaskPodTemplate } from './task-pod-template';
import { AirflowImage } from '../core/airflow-image';
import { TaskHardwareOptions } from '../core/task-hardware';
import { AirflowPodOptions } from '../kubernetes/pod-options';

/**
 * The limits within which a single task may change a task pod, with keywords in Python. A task cannot change a resource
 * without a limit.
 */
export interface TuningLimits {
  /**
   * The CPU limit for tuning.
   *
   * @default - tasks cannot change the CPU
   */
  readonly cpu?: kplus.Cpu;

  /**
   * The memory limit for tuning.
   *
   * @default - tasks cannot change the memory
   */
  readonly memory?: Size;

  /**
   * The ephemeral storage limit for tuning.
   *
   * @default - tasks cannot change the ephemeral storage
   */
  readonly ephemeralStorage?: Size;

  /**
   * The limit for the number of GPUs. Needs `gpus`, which names their kind.
   *
   * @default - tasks cannot change the GPUs
   */
  readonly gpus?: number;
}

/**
 * The pods of tasks that choose no other task pod.
 */
export interface DefaultTaskPodOptions extends AirflowPodOptions, TaskHardwareOptions {
  /**
   * The image, with the Airflow version of the instance.
   *
   * @default - the image of the instance
   */
  readonly image?: AirflowImage;

  /**
   * A sentence for DAG authors, which their editor shows.
   *
   * @default - none
   */
  readonly description?: string;

  /**
   * The limits within which a single task may change the pod with keywords, for example `gpu(memory="64Gi")`.
   *
   * @default - no keywords
   */
  readonly tuneUpTo?: TuningLimits;

  /**
   * How long the pod may take to start, in whole seconds, for example while a new node starts. Tasks wait for this time
   * instead of failing. The longest value of all task pods applies to the whole instance.
   *
   * @default - 16 minutes (`[scheduler] task_queued_timeout`): Airflow's own 10 minutes plus six minutes for an outage
   */
  readonly startTimeout?: Duration;

  /**
   * The time after which Kubernetes ends a running pod, in whole seconds.
   *
   * @default - no limit
   */
  readonly activeDeadline?: Duration;

  /**
   * An existing namespace for the pod, other than that of the instance. The claims that the pod uses, and the Secrets that
   * this app refers to, must exist there too.
   *
   * @default - the namespace of the instance
   */
  readonly namespace?: string;

  /**
   * The pod template of this task pod.
   *
   * @default - the default template; Airflow merges the differences of this task pod into it
   */
  readonly template?: TaskPodTemplate;
}
