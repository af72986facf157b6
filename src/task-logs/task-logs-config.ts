import { LogRetentionConfig } from './log-retention';
import { Answer, PodParts } from '../core/answer';
import { Needs, Role } from '../core/needs';

/** The configuration of the instance that results from the task logs. */
export interface TaskLogsConfig extends Answer {
  readonly parts: (role: Role, needs: Needs) => PodParts;
  /** Whether the logs are lost with the pod that wrote them, unless it has a volume of its own. */
  readonly ephemeral?: boolean;
  /** The limits for the volume `logs` of `parts`. */
  readonly retention?: LogRetentionConfig;
}

/** The parts of the pods that write or show task logs, and of other roles that need them. */
export function logParts(parts: PodParts, alsoUsedBy: Role[] = []): TaskLogsConfig['parts'] {
  return (role, needs) => (needs.taskLogs || alsoUsedBy.includes(role) ? parts : {});
}
