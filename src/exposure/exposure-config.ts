import { ApiObject } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';

/** The component that an exposure leads users to. */
export interface Exposed {
  readonly scope: Construct;
  readonly service: kplus.Service;
  /** The name and the labels of an object of a kind. */
  readonly metadata: (kind: string) => { readonly name?: string; readonly labels: { readonly [name: string]: string } };
  /** The name of the Secret that cert-manager creates. */
  readonly certificateSecret: () => string;
}

/** What an exposure decides in the Service of the component. */
export interface ServiceSpec {
  readonly type: kplus.ServiceType;
  readonly nodePort?: number;
  readonly annotations?: { readonly [name: string]: string };
  readonly loadBalancerClass?: string;
  readonly loadBalancerIP?: string;
  readonly loadBalancerSourceRanges?: string[];
  readonly externalTrafficPolicy?: string;
}

/** The result of a choice of exposure. */
export interface ExposureConfig {
  /** The factory that made the choice, for errors. */
  readonly choice: string;
  /**
   * How users reach the component: not at all, through a proxy that reads their HTTP requests, or through one that passes on whole
   * connections.
   */
  readonly through: 'nothing' | 'http' | 'connections';
  readonly service: ServiceSpec;
  /** Creates the objects beside the Service. */
  readonly create: (exposed: Exposed) => ApiObject[];
}

/** A path on the hosts of the exposure that leads to another Service. */
export interface ExtraPathOptions {
  /** The path, which matches all paths below it, too. */
  readonly path: string;

  /** The Service to which the path leads. */
  readonly service: kplus.Service;
}

/** An exposure with hosts and paths, whatever object holds them. */
export interface HostsOptions {
  /**
   * Further hosts that lead to the same component. Links and redirects of Airflow lead to the host of `url`.
   *
   * @default - only the host of `url`
   */
  readonly additionalHosts?: string[];

  /**
   * Paths on the same hosts that lead to other Services.
   *
   * @default - none
   */
  readonly extraPaths?: ExtraPathOptions[];
}

