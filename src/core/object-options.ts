import { ObjectMetadata } from '../kubernetes/pod-options';

/**
 * Labels and annotations of the objects that the pods use, for example for a tool that copies Secrets or restarts pods.
 */
export interface PodObjectsOptions {
  /**
   * The ConfigMaps, their copies in other namespaces included.
   *
   * @default - only the library's own labels
   */
  readonly configMaps?: ObjectMetadata;

  /**
   * The service accounts that the library creates.
   *
   * @default - only the library's own labels
   */
  readonly serviceAccounts?: ObjectMetadata;

  /**
   * The Secrets that the bootstrap Job creates. The Job adds a label or annotation to existing Secrets as well, but removes none.
   *
   * @default - only the library's own labels
   */
  readonly secrets?: ObjectMetadata;
}
