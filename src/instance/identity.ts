import { Instance } from './instance';
import { needsOf, Role } from '../core/needs';
import { choosesAccount } from '../core/shared-account';
import { ServiceAccountOptions } from '../kubernetes/service-account-options';
import { WorkloadIdentityConfig } from '../kubernetes/workload-identity';

/**
 * The cloud identity of the pods of a role, and the prop that sets it. A component's own identity comes first, then the identity of the
 * instance, if the role needs one.
 */
export function identityOf(
  { common, traits }: Pick<Instance, 'common' | 'traits'>, role: Role, options: ServiceAccountOptions = {},
): (WorkloadIdentityConfig & { readonly prop: string }) | undefined {
  const { identity } = options;
  if (identity !== undefined) { return { ...identity._bind(), prop: 'serviceAccount.identity' }; }
  const shared = common.serviceAccount;
  // All pods share this account, so the cloud trusts all of them.
  if (shared?.identity !== undefined && !choosesAccount(options)) { return { ...shared.identity._bind(), prop: 'pods.serviceAccount.identity' }; }
  return common.identity && needsOf(role, traits).identity ? { ...common.identity._bind(), prop: 'pods.identity' } : undefined;
}
