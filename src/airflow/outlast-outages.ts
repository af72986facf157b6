import { OUTAGE } from '../core/outage';
import { IAirflow } from '../instance/i-airflow';
import { gather, Problems } from '../kubernetes/problems';

/**
 * The wait between two tries of a request, in seconds. A longer wait needs fewer tries, and so less time if every try ends in a timeout.
 */
const WAIT = 10;
/** The time from the first signal until Airflow has killed the process of a task, in seconds. */
const KILL = 15;
/** Airflow's default of `[scheduler] task_queued_timeout`, in seconds. */
const QUEUED = 600;
/** The fixed timeout of a request, in seconds, in versions without `[workers] execution_api_timeout`. */
const API_TIMEOUT = 5;
/** Airflow renews the token of a running task when less than a fifth of its lifetime is left. */
const TOKEN_RENEWAL = 5;

/** The options that depend on each other. The user's value wins; the library derives the others. */
class Numbers {
  constructor(private readonly airflow: IAirflow, private readonly problems: Problems) {}

  /** The number that the user sets; undefined if the user sets none. */
  public given(section: string, option: string): number | undefined {
    const { config } = this.airflow;
    if (!config._knows(section, option)) { return undefined; }
    const text = config._pin(section, option);
    if (text === undefined) { return undefined; }
    if (/^\d+(\.\d+)?$/.test(text)) { return Number(text); }
    this.problems.add(
      `'config.${section}.${option}' must be a number of at least 0, got '${text}'; other options of Airflow follow from it`,
    );
    return undefined;
  }

  /** Sets an option if the version has it and the user does not set it. */
  public settle(section: string, option: string, value: number): number {
    const given = this.given(section, option);
    const { config } = this.airflow;
    if (given === undefined) { config._default(section, option, `${value}`); }
    return given ?? value;
  }
}

/**
 * Lets tasks survive an outage of the API server, the scheduler, the broker or the database without a retry. Options that the user sets
 * stay, and the other options follow from them.
 */
export function outlastOutages(airflow: IAirflow): void {
  const { version, config, _instance: { traits } } = airflow;
  gather(airflow, problems => {
    const numbers = new Numbers(airflow, problems);
    const queued = numbers.settle('scheduler', 'task_queued_timeout', QUEUED + OUTAGE);
    if (version.isAirflow3) {
      const silence = executionApi(numbers, problems);
      // The token must stay valid during an outage, whenever that begins. Before 3.2 Airflow issues it when the task is queued.
      config._default('execution_api', 'jwt_expiration_time', `${Math.ceil(Math.max(TOKEN_RENEWAL * silence, queued))}`);
    }
    // A task of Airflow 2 writes its heartbeats into the database itself, and stops itself after this time without one.
    config._default('scheduler', 'scheduler_zombie_task_threshold', `${OUTAGE + 60}`);
    if (traits.celery) {
      // One turn of the scheduler's loop tries once, and waits up to this time.
      const once = numbers.given('celery', 'operation_timeout') ?? 1;
      config._default('celery', 'task_publish_max_retries', `${Math.ceil(OUTAGE / Math.max(once, 1))}`);
    }
    if (traits.launchesPods) {
      // An idle turn of the scheduler's loop takes one second.
      config._default('kubernetes_executor', 'task_publish_max_retries', `${OUTAGE}`);
    }
  });
}

/** Sets how long a task of Airflow 3 waits for the API server. Returns how long the scheduler waits for such a task, in seconds. */
function executionApi(numbers: Numbers, problems: Problems): number {
  const api = (option: string) => numbers.given('workers', option);
  const least = numbers.settle('workers', 'execution_api_retry_wait_min', Math.min(WAIT, api('execution_api_retry_wait_max') ?? WAIT));
  const most = numbers.settle('workers', 'execution_api_retry_wait_max', least);
  if (least > most) {
    problems.add(`'config.workers.execution_api_retry_wait_min' must be at most 'execution_api_retry_wait_max', ${most}, got '${least}'`);
  }
  const attempt = most + (api('execution_api_timeout') ?? API_TIMEOUT);
  const interval = api('min_heartbeat_interval') ?? 5;
  // Each heartbeat is a request with its own retries, so even the first failed heartbeat has covered the whole outage.
  const failures = numbers.settle('workers', 'max_failed_heartbeats', 1);
  const silence = (retries: number) => Math.ceil(failures * (retries * attempt + interval)) + KILL;
  const timeout = numbers.given('scheduler', 'task_instance_heartbeat_timeout');
  const wanted = Math.ceil(OUTAGE / Math.max(least, 1)) + 1;
  const fitting = timeout === undefined ? wanted : Math.floor(((timeout - KILL) / failures - interval) / attempt);
  const retries = numbers.settle('workers', 'execution_api_retries', Math.max(1, Math.min(wanted, fitting)));
  const patience = numbers.settle('scheduler', 'task_instance_heartbeat_timeout', Math.ceil(silence(retries) / 60) * 60);
  if (patience < silence(retries)) {
    problems.add(
      `'config.scheduler.task_instance_heartbeat_timeout' must be at least ${silence(retries)}, `
        + `the seconds for which a task tries to send ${failures} heartbeats, each ${retries} times, got '${patience}'; `
        + 'the scheduler would start the task again while it runs. Raise it, or lower '
        + "'config.workers.execution_api_retries' or 'max_failed_heartbeats'",
    );
  }
  return patience;
}
