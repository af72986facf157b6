import { Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { WorkloadIdentity } from './workload-identity';

/**
 * A mounted token of the service account, with its own audience and lifetime.
 *
 * @see https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#serviceaccount-token-volume-projection
 */
export interface ProjectedTokenOptions {
  /**
   * The directory of the token. At `/var/run/secrets/kubernetes.io/serviceaccount`, where Kubernetes clients look, the token
   * replaces the default one, and `ca.crt` and `namespace` are mounted with it.
   */
  readonly mountPath: string;

  /**
   * The audience of the token.
   *
   * @default - the Kubernetes API
   */
  readonly audience?: string;

  /**
   * How long the token is valid, at least 10 minutes. The kubelet renews it in time.
   *
   * @default Duration.hours(1)
   */
  readonly expiration?: Duration;

  /**
   * The file name of the token.
   *
   * @default 'token'
   */
  readonly fileName?: string;
}

/**
 * The service account of a pod.
 */
export interface ServiceAccountOptions {
  /**
   * An existing service account.
   *
   * @default - a new service account with only the rights that the component needs
   */
  readonly existing?: kplus.IServiceAccount;

  /**
   * The name of the new service account, for a cloud that trusts exactly one name.
   *
   * @default - the name of the component; in `pods.serviceAccount`, the name of the instance
   */
  readonly name?: string;

  /**
   * Labels of the new service account.
   *
   * @default - the library's own labels
   */
  readonly labels?: { readonly [name: string]: string };

  /**
   * Annotations of the new service account.
   *
   * @default - none
   */
  readonly annotations?: { readonly [name: string]: string };

  /**
   * The cloud identity of the pods (IAM role, Google service account, Azure identity).
   *
   * @default - `pods.identity`, for components that need a cloud identity
   */
  readonly identity?: WorkloadIdentity;

  /**
   * Whether the default token is mounted. A scheduler that starts task pods needs it, or a projected token in its place;
   * otherwise `false` is an error.
   *
   * @default - true only for components that call the Kubernetes API
   */
  readonly automountToken?: boolean;

  /**
   * A token with its own audience and lifetime.
   *
   * @default - none
   */
  readonly projectedToken?: ProjectedTokenOptions;
}
