import { JsonPatch } from 'cdk8s';

/**
 * The IP addresses that Pods and Services have.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/dual-stack/
 */
export enum IpFamily {
  /** Only IPv4. */
  IPV4 = 'IPv4',
  /** Only IPv6. On a dual-stack cluster, Pods announce their IPv6 address. */
  IPV6 = 'IPv6',
  /** Both families. The order is that of the cluster. */
  DUAL_STACK = 'DualStack',
}

/** Whether servers must answer IPv6. */
export function answersIpv6(family: IpFamily | undefined): boolean {
  return family === IpFamily.IPV6 || family === IpFamily.DUAL_STACK;
}

/** Requests the addresses of a Service. Without a family, the cluster decides. */
export function familyPatches(family: IpFamily | undefined): JsonPatch[] {
  const policy = (value: string) => JsonPatch.add('/spec/ipFamilyPolicy', value);
  switch (family) {
    case undefined: return [];
    case IpFamily.DUAL_STACK: return [policy('RequireDualStack')];
    default: return [policy('SingleStack'), JsonPatch.add('/spec/ipFamilies', [family])];
  }
}
