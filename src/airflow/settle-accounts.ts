import { ExternalParts } from './airflow-props';
import { Accounts, UserAccount } from '../auth/fab-users';
import { BindContext } from '../core/bind-context';

/**
 * The roles and users that the Job of this Airflow keeps, with the Secrets of generated passwords. An Airflow whose UI runs elsewhere
 * has no first user by default: two Airflows with one database would give the same user two passwords.
 */
export function settleAccounts(context: BindContext, accounts: Accounts | undefined, external: ExternalParts): Accounts | undefined {
  const isWebElsewhere = context.version.isAirflow3 ? external.apiServerUrl !== undefined : external.webserver === true;
  if (accounts === undefined || (accounts.byDefault && isWebElsewhere)) { return undefined; }
  return { ...accounts, users: accounts.users.map(user => withPassword(context, user)) };
}

function withPassword(context: BindContext, user: UserAccount): UserAccount {
  if (user.generated === undefined) { return user; }
  return { ...user, password: context._generated.request(context, user.generated.purpose, user.generated.key, 'password') };
}
