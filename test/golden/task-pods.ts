import { TaskPodCases } from './case';
import { COMBINATIONS } from './combinations';
import { SINGLE } from './one-option';

/** Every case by its name. */
export const TASK_PODS: TaskPodCases = { ...SINGLE, ...COMBINATIONS };
