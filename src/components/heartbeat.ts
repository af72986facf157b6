import { Duration } from 'cdk8s';
import { Construct } from 'constructs';
import { AirflowConfig } from '../core/airflow-config';
import { run } from '../core/scripts';
import { Probes, HUNG } from '../kubernetes/probe';
import { gather } from '../kubernetes/problems';

/** The greatest age of a healthy heartbeat, in seconds. */
const OLDEST = 40;
/** A heartbeat that comes at least this many seconds after the start shows that the component's loop runs. */
const BEATING = 10;
/** The longest interval between heartbeats at which one late heartbeat does not restart the component, in seconds. */
const LONGEST_INTERVAL = 20;
const INTERVALS = [['scheduler', 'scheduler_heartbeat_sec'], ['scheduler', 'job_heartbeat_sec'], ['triggerer', 'job_heartbeat_sec']];

/** The time limits for the start of a component, and for the fetch of one repository or bucket of DAGs during the start. */
const START = Duration.minutes(5);
const FETCH = Duration.minutes(10);
const PERIOD = Duration.seconds(2);

/** The options in which the probes of components differ. */
interface HeartbeatOptions {
  /** The greatest age of a healthy heartbeat. By default, a component that hangs is restarted within 2 minutes. */
  readonly oldest?: Duration;
  /** How many repositories and buckets the component fetches before its loop runs. */
  readonly fetches?: number;
}

/** The probes of a component that writes its heartbeats into the metadata database. */
export function heartbeatProbes(jobType: string, { oldest, fetches = 0 }: HeartbeatOptions = {}): Probes {
  const check = (...more: string[]) => ({ exec: { command: run('heartbeat.py', jobType, `${oldest?.toSeconds() ?? OLDEST}`, ...more) } });
  return {
    startup: {
      check: check('--starting', `${BEATING}`),
      timings: {
        period: PERIOD,
        timeout: Duration.seconds(20),
        failureThreshold: (START.toSeconds() + fetches * FETCH.toSeconds()) / PERIOD.toSeconds(),
      },
    },
    liveness: {
      check: check(),
      timings: { period: Duration.seconds(30), timeout: Duration.seconds(20), failureThreshold: 2 },
      more: HUNG,
    },
  };
}

/** Throws when the heartbeat interval is so long that a healthy component would be restarted, or when the interval is not a number. */
export function checkHeartbeats(scope: Construct, config: AirflowConfig): void {
  gather(scope, problems => {
    for (const [section, option] of INTERVALS) {
      const interval = config._pin(section, option);
      if (interval !== undefined && !(/^\d+(\.\d+)?$/.test(interval) && Number(interval) > 0 && Number(interval) <= LONGEST_INTERVAL)) {
        problems.add(`'config.${section}.${option}' must be a number above 0 and at most ${LONGEST_INTERVAL}, got '${interval}'; `
          + `a component is restarted when its last heartbeat is ${OLDEST} seconds old`);
      }
    }
  });
}
