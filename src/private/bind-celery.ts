import { secretVariable } from './generated-secrets';
import type { Airflow } from '../airflow';
import type { ExecutorConfig } from '../executor';

/** Gives the broker to whom it is for, and where results are kept if that is not the metadata database. */
export function bindCelery(airflow: Airflow, { celery }: ExecutorConfig): void {
  if (celery === undefined) { return; }
  const { secrets, files } = airflow._instance;
  const { env, parts, usesVisibilityTimeout } = celery.broker._bind(airflow);
  secrets.broker.push(...env);
  files.broker = parts;
  // What Celery does by itself; said, so that grace periods can be held against it.
  if (usesVisibilityTimeout) { airflow.config._default('celery_broker_transport_options', 'visibility_timeout', '86400'); }
  if (celery.resultBackend === undefined) { return; }
  secrets.results.push(secretVariable('AIRFLOW__CELERY__RESULT_BACKEND', celery.resultBackend));
  files.results = celery.resultBackend.tls?.parts;
}
