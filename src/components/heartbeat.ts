import { Duration } from 'cdk8s';
import { Construct } from 'constructs';
import { AirflowConfig } from '../core/airflow-config';
import { run } from '../core/scripts';
import { Probes, HUNG } from '../kubernetes/probe';
import { gather } from '../kubernetes/problems';

/** How old the last heartbeat may be, in seconds. */
const OLDEST = 40;
/** A heartbeat that comes so many seconds after the start says that what a component does before its loop has ended. */
const BEATING = 10;
/** The longest interval of heartbeats with which one may be late without a restart, in seconds. */
const LONGEST_INTERVAL = 20;
const INTERVALS = [['scheduler', 'scheduler_heartbeat_sec'], ['scheduler', 'job_heartbeat_sec'], ['triggerer', 'job_heartbeat_sec']];

/** How long the start of a component may take, and what it fetches in it: a repository or a bucket of DAGs. */
const START = Duration.minutes(5);
const FETCH = Duration.minutes(10);
const PERIOD = Duration.seconds(2);

/** What differs between the probes of components. */
interface HeartbeatOptions {
  /** How old the last heartbeat may be. By default, what hangs is restarted within 2 minutes. */
  readonly oldest?: Duration;
  /** How many repositories and buckets it fetches before its loop runs. */
  readonly fetches?: number;
}

/** The probes of a component that enters heartbeats into the database. */
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

/** Throws when heartbeats are so rare that a healthy component would be restarted, or no number says how rare they are. */
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
