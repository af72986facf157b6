import { Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { WorkloadIdentity } from './workload-identity';

/**
 * A token of the service account, mounted with an audience and a life of its own.
 *
 * @see https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#serviceaccount-token-volume-projection
 */
export interface ProjectedTokenOptions {
  /**
   * The directory at which it is mounted. At `/var/run/secrets/kubernetes.io/serviceaccount`, where clients of the Kubernetes API look, `ca.crt` and
   * `namespace` are beside the token, so that it replaces the default one.
   */
  readonly mountPath: string;

  /**
   * Whom the token is for.
   *
   * @default - the Kubernetes API
   */
  readonly audience?: string;

  /**
   * How long the token is valid, at least 10 minutes; the kubelet renews it in time.
   *
   * @default Duration.hours(1)
   */
  readonly expiration?: Duration;

  /**
   * The name of the file.
   *
   * @default 'token'
   */
  readonly fileName?: string;
}

/**
 * Which service account a pod runs as.
 */
export interface ServiceAccountOptions {
  /**
   * An account that exists already.
   *
   * @default - one is created, with no more rights than the component needs
   */
  readonly existing?: kplus.IServiceAccount;

  /**
   * The name of the created account, for the one identity that a cloud trusts.
   *
   * @default - that of the component; with `pods.serviceAccount`, that of the instance
   */
  readonly name?: string;

  /**
   * Annotations of the created account.
   *
   * @default - none
   */
  readonly annotations?: { readonly [name: string]: string };

  /**
   * As whom the pods call the services of a cloud.
   *
   * @default - `pods.identity`, if they need one
   */
  readonly identity?: WorkloadIdentity;

  /**
   * Whether the default token is mounted. False throws for a scheduler that starts task pods, unless a projected token takes its place.
   *
   * @default - only where the Kubernetes API is called
   */
  readonly automountToken?: boolean;

  /**
   * A token with an audience and a life of its own.
   *
   * @default - none
   */
  readonly projectedToken?: ProjectedTokenOptions;
}
