import { didYouMean } from '../kubernetes/nearest';
import { Problems } from '../kubernetes/problems';

/** Airflow's own roles in the FAB auth manager. */
export const AIRFLOW_ROLES: readonly string[] = ['Admin', 'Op', 'User', 'Viewer', 'Public'];

/** The roles that users get at each login. */
export interface GroupRoles {
  /** The prop that maps: `groups`, or `users` for a provider that tells no groups. */
  readonly prop: 'groups' | 'users';
  readonly mapping: { readonly [name: string]: string[] };
  readonly defaultRole?: string;
}

/** Adds a mistake unless the role exists. `declared` are the roles that the program declares. */
export function checkRole(problems: Problems, prop: string, role: string, declared: readonly string[]): void {
  const known = [...AIRFLOW_ROLES, ...declared];
  if (known.includes(role)) { return; }
  problems.add(`'${prop}' must be a role of Airflow (${AIRFLOW_ROLES.join(', ')}) or of 'roles', got '${role}'; `
    + didYouMean(role, known, "declare it in 'roles' of Auth.fab(), with {} if somebody makes it by hand"));
}

/** Adds the mistakes of a mapping. `declared` are the roles that the program declares. */
export function checkGroupRoles(
  problems: Problems, at: string, { prop, mapping, defaultRole }: GroupRoles, declared: readonly string[],
): void {
  for (const [name, roles] of Object.entries(mapping)) {
    if (name.trim() === '') { problems.add(`'${at}.${prop}' must have names that are not empty, got '${name}'`); }
    if (roles.length === 0) { problems.add(`'${at}.${prop}' must give '${name}' at least one role, got none; leave it out`); }
    roles.forEach(role => checkRole(problems, `${at}.${prop}[${name}]`, role, declared));
  }
  if (defaultRole !== undefined) { checkRole(problems, `${at}.defaultRole`, defaultRole, declared); }
  if (Object.keys(mapping).length === 0 && defaultRole === undefined) {
    problems.add(`'${at}.${prop}' must give at least one of them a role, got none, so nobody could log in; `
      + "name one, or set 'defaultRole'");
  }
}
