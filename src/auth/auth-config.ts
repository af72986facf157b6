import { Accounts } from './fab-users';
import { AirflowConfig } from '../core/airflow-config';
import { Answer, ConfigOption, own } from '../core/answer';
import { EnvVar } from '../kubernetes/pod';

/** The configuration of the instance that results from an auth manager. */
export interface AuthConfig extends Answer {
  /** The roles and users that a Job keeps as declared; undefined if the auth manager has none of its own, or none is declared. */
  readonly accounts?: Accounts;
  /** The text of `webserver_config.py`, which defines logins, roles and permissions. */
  readonly webserverConfig: string;
  /** Files beside `webserver_config.py`, which it reads. */
  readonly files?: { readonly [name: string]: string };
  /** The scripts of `python/` that `webserver_config.py` imports. */
  readonly scripts?: readonly string[];
  /** Instructions for after the YAML has been applied, by the URL at which users open Airflow, if it is known. */
  readonly notes?: (url: string | undefined) => string[];
  /** The Alembic version table of the manager's own migrations, and the folder of these migrations. */
  readonly migrations: { readonly [table: string]: string };
  /** The Airflow command that runs after the migration. */
  readonly afterMigration?: string;
  /** The Job that creates what the auth manager needs elsewhere. */
  readonly job?: { readonly args: string[]; readonly env: EnvVar[] };
  /** Options for an instance that includes the migration, and therefore `afterMigration`. */
  readonly migrationOptions?: ConfigOption[];
}

/** Options that the chosen auth manager does not read. A user who sets one gets an error. */
export function unread(config: AirflowConfig, section: string, names: string[], instead: string): ConfigOption[] {
  return names.filter(name => config._knows(section, name)).map(name => own(section, name, undefined, "'auth'", instead));
}
