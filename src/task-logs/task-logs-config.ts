import { LogRetentionConfig } from './log-retention';
import { AirflowConfig } from '../core/airflow-config';
import { PodParts } from '../core/pod-parts';
import { Role } from '../core/roles';

/** What the logs mean for the instance. */
export interface TaskLogsConfig {
  /** What a pod needs that writes or shows logs of tasks. */
  readonly parts: PodParts;
  /** The roles beside those whose pods need it, too. */
  readonly alsoUsedBy?: Role[];
  /** Sets the options of Airflow. */
  readonly configure?: (config: AirflowConfig) => void;
  /** What the volume `logs` of `parts` may keep. */
  readonly retention?: LogRetentionConfig;
}
