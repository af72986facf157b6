import { AirflowConfig } from '../core/airflow-config';
import { EnvVar } from '../kubernetes/pod';

/** Airflow's own values. */
const OWN = { execution_api_retries: '5', execution_api_retry_wait_min: '1' };

/**
 * The dag-processor and the triggerer of Airflow 3 have an execution API within their process, and ask it from the loop that sends
 * their heartbeats. There is no outage to wait for; a lookup that fails for good would stop the loop until the probe restarts it.
 */
export function ownExecutionApi(config: AirflowConfig): EnvVar[] {
  return Object.entries(OWN).filter(([option]) => config._isDefault('workers', option))
    .map(([option, value]) => ({ name: AirflowConfig.variableName('workers', option), value }));
}
