import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { TaskPodTemplate } from './task-pod-template';
import { AirflowImage } from '../core/airflow-image';
import { TaskHardwareOptions } from '../core/task-hardware';
import { AirflowPodOptions } from '../kubernetes/pod-options';

/**
 * How far one task may go beyond a task pod, by keywords in Python; what is left out cannot be changed.
 */
export interface TuningLimits {
  /**
   * The most CPU.
   *
   * @default - no task changes it
   */
  readonly cpu?: kplus.Cpu;

  /**
   * The most memory.
   *
   * @default - no task changes it
   */
  readonly memory?: Size;

  /**
   * The most ephemeral storage.
   *
   * @default - no task changes it
   */
  readonly ephemeralStorage?: Size;

  /**
   * The most GPUs, of the kind that the task pod has.
   *
   * @default - no task changes it
   */
  readonly gpus?: number;
}

/**
 * The pods of tasks that name no other.
 */
export interface DefaultTaskPodOptions extends AirflowPodOptions, TaskHardwareOptions {
  /**
   * The image, with the same version of Airflow.
   *
   * @default - that of the Airflow
   */
  readonly image?: AirflowImage;

  /**
   * A sentence for DAG authors, who see it in their editor.
   *
   * @default - none
   */
  readonly description?: string;

  /**
   * How far one task may go by keywords, for example `gpu(memory="64Gi")`.
   *
   * @default - no keyword
   */
  readonly tuneUpTo?: TuningLimits;

  /**
   * How long the pod may take to start, for example where a node has to be made first; tasks then wait instead of
   * failing. The longest of all task pods holds for the instance.
   *
   * @default - 16 minutes (`[scheduler] task_queued_timeout`): Airflow's own 10 minutes, and the outage that tasks outlast
   */
  readonly startTimeout?: Duration;

  /**
   * After how long Kubernetes ends a running pod.
   *
   * @default - never
   */
  readonly activeDeadline?: Duration;

  /**
   * The namespace of the pod, which exists already; claims, and Secrets of this app, that the pod uses have to be there.
   *
   * @default - that of the Airflow
   */
  readonly namespace?: string;

  /**
   * From which file the pod is made.
   *
   * @default - the template of all task pods, which Airflow overrides by what is special to this one
   */
  readonly template?: TaskPodTemplate;
}
