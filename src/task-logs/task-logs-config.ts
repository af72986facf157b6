import { LogRetentionConfig } from './log-retention';
import { Answer, PodParts } from '../core/answer';
import { Needs, Role } from '../core/needs';

/** What the logs mean for the instance. */
export interface TaskLogsConfig extends Answer {
  readonly parts: (role: Role, needs: Needs) => PodParts;
  /** What the volume `logs` of `parts` may keep. */
  readonly retention?: LogRetentionConfig;
}

/** The parts of the pods that write or show logs of tasks, and of other roles that need them. */
export function logParts(parts: PodParts, alsoUsedBy: Role[] = []): TaskLogsConfig['parts'] {
  return (role, needs) => (needs.taskLogs || alsoUsedBy.includes(role) ? parts : {});
}
