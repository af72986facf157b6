import type { ExecutorConfig } from './executor';
import type { BrokerConfig } from '../backends/broker';
import { IAirflow } from '../instance/i-airflow';

/** Gives the broker to whom it is for, and where results are kept if that is not the metadata database. What it makes is returned. */
export function bindCelery(airflow: IAirflow, { celery }: ExecutorConfig): Pick<BrokerConfig, 'redis' | 'rabbitMq'> {
  if (celery === undefined) { return {}; }
  const { secrets, targets } = airflow._instance;
  const broker = celery.broker._bind(airflow);
  secrets.broker.push(...broker.env);
  targets.broker = broker;
  // The default of Airflow's provider; said, so that grace periods can be held against it.
  if (broker.usesVisibilityTimeout) { airflow.config._default('celery_broker_transport_options', 'visibility_timeout', '86400'); }
  if (celery.resultBackend === undefined) { return broker; }
  secrets.results.push(celery.resultBackend.address._variable('AIRFLOW__CELERY__RESULT_BACKEND'));
  targets.results = { endpoint: { id: 'result-backend', label: 'database of results' }, parts: celery.resultBackend.tls?.parts };
  return broker;
}
