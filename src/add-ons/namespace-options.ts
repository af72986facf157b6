import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { PodSecurityLevel } from '../kubernetes/admission';

/**
 * The Pod Security levels of a namespace.
 *
 * @see https://kubernetes.io/docs/concepts/security/pod-security-admission/
 */
export interface PodSecurityOptions {
  /**
   * The level that the namespace enforces. Pods of the library meet every level.
   *
   * @default PodSecurityLevel.RESTRICTED
   */
  readonly enforce?: PodSecurityLevel;

  /**
   * The level of which the API server warns who applies a workload.
   *
   * @default - the level of `enforce`
   */
  readonly warn?: PodSecurityLevel;

  /**
   * The level of which the API server writes to its audit log.
   *
   * @default - the level of `enforce`
   */
  readonly audit?: PodSecurityLevel;
}

/**
 * The ResourceQuota of a namespace. What is left out is computed from the pods of the Airflow.
 *
 * @see https://kubernetes.io/docs/concepts/policy/resource-quotas/
 */
export interface QuotaOptions {
  /**
   * Whether the ResourceQuota exists.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * The CPU that all pods may request together.
   *
   * @default - the computed sum with `headroomPercent`
   */
  readonly cpuRequests?: kplus.Cpu;

  /**
   * The memory that all pods may request together.
   *
   * @default - the computed sum with `headroomPercent`
   */
  readonly memoryRequests?: Size;

  /**
   * The sum of the CPU limits of all pods.
   *
   * @default - the computed sum with `headroomPercent`
   */
  readonly cpuLimits?: kplus.Cpu;

  /**
   * The sum of the memory limits of all pods.
   *
   * @default - the computed sum with `headroomPercent`
   */
  readonly memoryLimits?: Size;

  /**
   * The number of pods that have not ended.
   *
   * @default - the computed sum with `headroomPercent`
   */
  readonly pods?: number;

  /**
   * What computed amounts have on top of the sum, in percent, for example for the pods of KubernetesPodOperator.
   *
   * @default 20
   */
  readonly headroomPercent?: number;

  /**
   * The number of task pods at a time that the sum contains.
   *
   * @default - `[core] parallelism` for each scheduler
   */
  readonly taskPods?: number;
}

/**
 * The LimitRange of a namespace: what a container gets that says nothing, and the most that it may ask for.
 *
 * @see https://kubernetes.io/docs/concepts/policy/limit-range/
 */
export interface LimitRangeOptions {
  /**
   * Whether the LimitRange exists.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * The CPU limit of a container without one.
   *
   * @default - the largest CPU request of a container of the Airflow without a CPU limit, at least 1 CPU
   */
  readonly cpuLimit?: kplus.Cpu;

  /**
   * The memory limit of a container without one.
   *
   * @default - the largest memory request of a container of the Airflow without a memory limit, at least 512Mi
   */
  readonly memoryLimit?: Size;

  /**
   * The CPU request of a container with neither request nor limit.
   *
   * @default Cpu.millis(100)
   */
  readonly cpuRequest?: kplus.Cpu;

  /**
   * The memory request of a container with neither request nor limit.
   *
   * @default Size.mebibytes(128)
   */
  readonly memoryRequest?: Size;

  /**
   * The largest CPU limit of a container.
   *
   * @default - none
   */
  readonly maxCpu?: kplus.Cpu;

  /**
   * The largest memory limit of a container.
   *
   * @default - none
   */
  readonly maxMemory?: Size;
}
