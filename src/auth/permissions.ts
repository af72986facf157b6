import * as fs from 'fs';
import * as path from 'path';
import { AirflowVersion } from '../core/airflow-version';
import { nearest } from '../kubernetes/nearest';

/** What the FAB auth manager of one version has; see `data/README.md`. */
interface PermissionTable {
  /** The prefix of a resource that belongs to one DAG, and its actions. */
  readonly dags: { readonly [prefix: string]: string[] };
  /** The actions of each resource. */
  readonly permissions: { readonly [resource: string]: string[] };
}

/** The longest names that the columns of the database hold. */
const LONGEST = { action: 100, resource: 250 };

let tables: { readonly [series: string]: PermissionTable } | undefined;

function allTables(): { readonly [series: string]: PermissionTable } {
  const file = path.join(__dirname, '..', '..', 'data', 'permissions.json');
  tables ??= JSON.parse(fs.readFileSync(file, 'utf8')) as { [series: string]: PermissionTable };
  return tables;
}

/** Whether somebody has to create the permission: that of one DAG exists only once a DAG or a role has it. */
export function isOfOneDag(version: AirflowVersion, permission: string): boolean {
  const { resource = '' } = split(permission) ?? {};
  return Object.keys(allTables()[version.knownSeries].dags).some(prefix => resource.startsWith(prefix));
}

/** What is wrong with a permission that the version should have; undefined if nothing is. */
export function permissionProblem(version: AirflowVersion, permission: string): string | undefined {
  const table = allTables()[version.knownSeries];
  const parts = split(permission);
  if (parts === undefined) { return shapeProblem(permission, suggestion(table, permission)); }
  const prefix = Object.keys(table.dags).find(start => parts.resource.startsWith(start));
  const actions = prefix === undefined ? table.permissions[parts.resource] : table.dags[prefix];
  // An untested version may have more than the tables of the newest known one.
  if (actions?.includes(parts.action) || version._isUntested) { return undefined; }
  const has = `has '${permission}', which Airflow ${version.series} does not have`;
  const near = suggestion(table, permission);
  if (near !== undefined) { return `${has}; did you mean '${near}'?`; }
  const custom = "for a permission of a plugin, use 'customPermissions'";
  if (actions !== undefined) { return `${has}; '${parts.resource}' has ${actions.join(', ')}; ${custom}`; }
  const others = Object.entries(allTables()).filter(([, other]) => other.permissions[parts.resource]?.includes(parts.action));
  if (others.length > 0) { return `${has}, but ${others.map(([series]) => series).join(', ')}; leave it out`; }
  return `${has}; ${custom}`;
}

/** What is wrong with a permission of a plugin; undefined if nothing is. */
export function customPermissionProblem(permission: string): string | undefined {
  return split(permission) === undefined ? shapeProblem(permission) : undefined;
}

function shapeProblem(permission: string, near?: string): string {
  return `must have permissions like 'can_read on DAGs', an action of at most ${LONGEST.action} characters and a resource of at most `
    + `${LONGEST.resource}, got '${permission}'${near === undefined ? '' : `; did you mean '${near}'?`}`;
}

function split(permission: string): { action: string; resource: string } | undefined {
  const [, action, resource] = /^(\S+) on (\S|\S.*\S)$/.exec(permission) ?? [];
  return action === undefined || action.length > LONGEST.action || resource.length > LONGEST.resource ? undefined : { action, resource };
}

/** The permission that is meant, whatever the case. */
function suggestion({ permissions }: PermissionTable, permission: string): string | undefined {
  const known = Object.entries(permissions).flatMap(([resource, actions]) => actions.map(action => `${action} on ${resource}`));
  const near = nearest(permission.toLowerCase(), known.map(other => other.toLowerCase()));
  return known.find(other => other.toLowerCase() === near);
}
