import { Instance } from './instance';
import { needsOf, Role } from '../core/needs';
import { choosesAccount } from '../core/shared-account';
import { ServiceAccountOptions } from '../kubernetes/service-account-options';
import { WorkloadIdentityConfig } from '../kubernetes/workload-identity';

/** As whom the pods of a role call the cloud, and the prop that says so: their own, else the instance's where the role needs one. */
export function identityOf(
  { common, traits }: Pick<Instance, 'common' | 'traits'>, role: Role, options: ServiceAccountOptions = {},
): (WorkloadIdentityConfig & { readonly prop: string }) | undefined {
  const { identity } = options;
  if (identity !== undefined) { return { ...identity._bind(), prop: 'serviceAccount.identity' }; }
  const shared = common.serviceAccount;
  // All pods have the account, so that all are trusted.
  if (shared?.identity !== undefined && !choosesAccount(options)) { return { ...shared.identity._bind(), prop: 'pods.serviceAccount.identity' }; }
  return common.identity && needsOf(role, traits).identity ? { ...common.identity._bind(), prop: 'pods.identity' } : undefined;
}
