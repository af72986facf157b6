import { AirflowConfig } from '../core/airflow-config';
import { EnvVar } from '../kubernetes/pod';

/** Airflow's own defaults. */
const OWN = { execution_api_retries: '5', execution_api_retry_wait_min: '1' };

/**
 * The dag-processor and the triggerer of Airflow 3 run an execution API inside their own process, and call it from the loop that sends
 * their heartbeats. This API has no outages to wait for. With many retries, a lookup that never succeeds would stop the loop until the
 * probe restarts the component.
 */
export function ownExecutionApi(config: AirflowConfig): EnvVar[] {
  return Object.entries(OWN).filter(([option]) => config._isDefault('workers', option))
    .map(([option, value]) => ({ name: AirflowConfig.variableName('workers', option), value }));
}
