import { AirflowProps } from './airflow-props';
import { budgetTable, databaseBudget, DatabaseBudget } from './database-load';
import { Database, DatabaseConfig, schemeOf } from '../backends/database';
import { PgBouncer } from '../backends/pg-bouncer';
import { Traits } from '../core/needs';
import { IAirflow } from '../instance/i-airflow';

/** The metadata database as the pods see it, and the pooler in front of it. */
export interface SettledDatabase {
  readonly database: DatabaseConfig;
  readonly pgBouncer?: PgBouncer;
  /** The connections that the pooler needs, of the components that exist now; undefined without a pooler. */
  readonly budget?: () => DatabaseBudget;
}

/** Binds the database, and puts a PgBouncer in front of it if the program wants one. */
export function settleDatabase(airflow: IAirflow, props: AirflowProps, traits: Traits, scripts: string): SettledDatabase {
  const direct = (props.database ?? Database.inCluster())._bind(airflow);
  const { pgBouncer: options } = props;
  if (options === undefined) { return { database: direct }; }
  const hasResults = traits.celery && traits.resultsInDatabase;
  const pgBouncer: PgBouncer = PgBouncer._of({ airflow, options, database: direct, scripts, hasResults, sizes: () => budget() });
  const budget = () => databaseBudget(airflow, options, pgBouncer);
  const { maxConnections: most } = options;
  if (most !== undefined) { pgBouncer.node.addValidation({ validate: () => tooMany(budget(), most) }); }
  return { database: pgBouncer._pooled(schemeOf(airflow)), pgBouncer, budget };
}

function tooMany(budget: DatabaseBudget, most: number): string[] {
  if (budget.total <= most) { return []; }
  return [`'pgBouncer.maxConnections' is ${most}, but these connections need ${budget.total}; `
    + `lower 'poolSize' or the replicas, or raise the limit of the database:\n${budgetTable(budget).join('\n')}`];
}
