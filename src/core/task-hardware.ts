import { Gpu } from '../kubernetes/gpu';
import { SpotNodes } from '../kubernetes/spot-nodes';

/**
 * Devices and nodes of a pod that runs tasks.
 */
export interface TaskHardwareOptions {
  /**
   * GPUs or other devices of the main container.
   *
   * @default - none
   */
  readonly gpus?: Gpu;

  /**
   * Spot nodes that the pod prefers, or is bound to.
   *
   * @default - none
   */
  readonly spot?: SpotNodes;
}
