import { ExecutorConfig } from './executor';
import { BrokerConfig } from '../backends/broker';
import { ConnectionAnswer, partsFor } from '../core/answer';
import { BindContext } from '../core/bind-context';

/** The connections of Celery. Without `results`, Celery keeps results in the metadata database. */
export interface CeleryConnections {
  readonly broker?: BrokerConfig;
  readonly results?: ConnectionAnswer;
}

/** Binds the broker and the result backend. */
export function bindCelery(context: BindContext, { celery }: ExecutorConfig): CeleryConnections {
  if (celery === undefined) { return {}; }
  const broker = celery.broker._bind(context, celery.longestTask);
  const { resultBackend } = celery;
  return {
    broker,
    results: resultBackend && {
      endpoint: { id: 'result-backend', label: 'database of results' },
      env: [resultBackend.address._variable('AIRFLOW__CELERY__RESULT_BACKEND')],
      parts: partsFor('results', resultBackend.tls?.parts),
    },
  };
}
