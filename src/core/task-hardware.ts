import { Gpu } from '../kubernetes/gpu';
import { SpotNodes } from '../kubernetes/spot-nodes';

/**
 * The devices and the nodes of a pod that runs tasks.
 */
export interface TaskHardwareOptions {
  /**
   * GPUs or other devices of the main container.
   *
   * @default - none
   */
  readonly gpus?: Gpu;

  /**
   * The spot nodes that the pod prefers or requires.
   *
   * @default - none
   */
  readonly spot?: SpotNodes;
}
