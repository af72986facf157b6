import { Construct } from 'constructs';
import { Instance } from './instance';
import { TOKEN_VARIABLE } from '../core/database-parts';
import { needsOf, Role } from '../core/needs';
import { choosesAccount } from '../core/shared-account';
import { AirflowPodOptions } from '../kubernetes/pod-options';
import { ServiceAccountOptions } from '../kubernetes/service-account-options';
import { failure } from '../kubernetes/validate';
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
  if (shared?.identity !== undefined && !choosesAccount(options)) {
    return { ...shared.identity._bind(), prop: 'pods.serviceAccount.identity' };
  }
  return common.identity && needsOf(role, traits).identity ? { ...common.identity._bind(), prop: 'pods.identity' } : undefined;
}

/** Throws for a pod that cannot log in to the database, because it has no identity that could request a token. */
export function checkDatabaseIdentity(scope: Construct, instance: Instance, role: Role, own: AirflowPodOptions): void {
  const token = instance.databaseParts?.token;
  // The migration may have a user with a password.
  const asks = needsOf(role, instance.traits).database && instance.secrets.database(role).some(({ name }) => name === TOKEN_VARIABLE);
  if (token === undefined || !asks) { return; }
  const { cloud, identities, variables } = token;
  const given = { ...instance.common.env, ...own.env };
  if (variables.some(name => given[name] !== undefined)) { return; }
  const identity = identityOf(instance, role, own.serviceAccount);
  if (identity === undefined) {
    throw failure(scope, `'database' logs in with tokens of ${cloud}, but these pods have no cloud identity to request them; `
      + `set 'pods.identity' to ${identities}, or to WorkloadIdentity.none() if the nodes or an existing service account have one`);
  }
  if (identity.cloud !== undefined && identity.cloud !== cloud) {
    throw failure(
      scope,
      `'${identity.prop}' must be an identity of ${cloud}, because 'database' logs in with its tokens, got one of ${identity.cloud}; `
        + `use ${identities}, or set ${variables[0]} in 'pods.env'`,
    );
  }
}
