import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { checkMembers } from './members';
import { scaledQuantity } from './quantity';

/**
 * CPU, memory and storage of a container, as Kubernetes quantities.
 *
 * @see https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#resource-units-in-kubernetes
 */
export interface ResourceQuantities {
  /**
   * CPU, for example `500m`, `2` or `1.5`, in whole thousandths of a CPU.
   *
   * @default - no amount
   */
  readonly cpu?: string;

  /**
   * Memory, for example `512Mi`, `2Gi` or `1G`, in whole bytes.
   *
   * @default - no amount
   */
  readonly memory?: string;

  /**
   * Ephemeral storage (`ephemeral-storage`), for example `10Gi`, in whole bytes.
   *
   * @default - no amount
   */
  readonly ephemeralStorage?: string;
}

/**
 * The requests and limits of a container.
 */
export interface ResourcesOptions {
  /**
   * The amounts that a node must have free for the container.
   *
   * @default - the default of the prop that receives the resources
   */
  readonly requests?: ResourceQuantities;

  /**
   * The amounts that the container may use at most.
   *
   * @default - the default of the prop that receives the resources
   */
  readonly limits?: ResourceQuantities;
}

/**
 * The resources of a container, in Kubernetes notation.
 */
export class Resources {
  /**
   * Converts quantities, as in a manifest or a `values.yaml`, into `ContainerResources` of cdk8s-plus: `Resources.of({
   * requests: { cpu: '500m', memory: '1Gi' }, limits: { memory: '2Gi' } })`.
   *
   * @throws when a text is not a Kubernetes quantity, is negative, or is not a whole number of bytes or of thousandths of a
   * CPU
   */
  public static of(options: ResourcesOptions): kplus.ContainerResources {
    checkMembers('ResourcesOptions', options);
    const { requests = {}, limits = {} } = options;
    const both = <T>(
      name: keyof ResourceQuantities,
      make: (prop: string, quantity: string) => T,
    ): { request?: T; limit?: T } | undefined => {
      const request = requests[name] === undefined ? undefined : make(`requests.${name}`, requests[name]!);
      const limit = limits[name] === undefined ? undefined : make(`limits.${name}`, limits[name]!);
      if (request === undefined && limit === undefined) {
        return undefined;
      }
      return { ...(request !== undefined && { request }), ...(limit !== undefined && { limit }) };
    };
    const [cpu, memory, ephemeralStorage] = [both('cpu', cpuOf), both('memory', sizeOf), both('ephemeralStorage', sizeOf)];
    return { ...cpu && { cpu }, ...memory && { memory }, ...ephemeralStorage && { ephemeralStorage } };
  }

  private constructor() {}
}

function cpuOf(prop: string, quantity: string): kplus.Cpu {
  const millis = whole(prop, quantity, 3, '500m, 2 or 1.5', 'thousandths of a CPU');
  return millis % 1000 === 0 ? kplus.Cpu.units(millis / 1000) : kplus.Cpu.millis(millis);
}

function sizeOf(prop: string, quantity: string): Size {
  return Size.kibibytes(whole(prop, quantity, 0, '512Mi, 2Gi or 1G', 'bytes') / 1024);
}

/** The quantity as a number of units of ten to the power of minus `digits`. */
function whole(prop: string, quantity: string, digits: number, like: string, unit: string): number {
  const amount = scaledQuantity(quantity, digits);
  if (amount === undefined || amount < 0) {
    throw new Error(`'${prop}' must be a quantity of Kubernetes, like ${like}, got '${quantity}'`);
  }
  if (!Number.isInteger(amount)) {
    throw new Error(
      `'${prop}' must be a whole number of ${unit}, since Kubernetes cuts nothing smaller, got '${quantity}', `
        + `which is ${amount}; round it`,
    );
  }
  return amount;
}
