import { Duration } from 'cdk8s';
import { Construct } from 'constructs';
import { gather } from '../kubernetes/problems';
import { checkAtLeast, checkBetween, checkSeconds } from '../kubernetes/validate';

/**
 * The limits beyond which alerts fire.
 */
export interface AlertThresholds {
  /**
   * How long all schedulers, dag-processors or triggerers may be silent. Prometheus notices the silence within 3 minutes.
   *
   * @default Duration.minutes(5)
   */
  readonly heartbeat?: Duration;

  /**
   * How long tasks may be queued while no task of their queue runs.
   *
   * @default Duration.minutes(10)
   */
  readonly queued?: Duration;

  /**
   * How many tasks may wait (queued or scheduled) while their number grows.
   *
   * @default 100
   */
  readonly queueLength?: number;

  /**
   * How long a pool may be full while tasks wait for it.
   *
   * @default Duration.minutes(30)
   */
  readonly fullPool?: Duration;

  /**
   * How long a task pod may be Pending.
   *
   * @default Duration.minutes(10)
   */
  readonly pendingPod?: Duration;

  /**
   * How many tasks may lose their heartbeat within 30 minutes.
   *
   * @default 3
   */
  readonly heartbeatTimeouts?: number;

  /**
   * How late the runs of a DAG may start.
   *
   * @default Duration.minutes(5)
   */
  readonly scheduleDelay?: Duration;

  /**
   * How many DAG files may have import errors.
   *
   * @default 0
   */
  readonly importErrors?: number;

  /**
   * How long DAG files may stay unread. Must be longer than a pass over all files.
   *
   * @default Duration.minutes(30)
   */
  readonly unparsed?: Duration;

  /**
   * How long git-sync may be without a successful synchronization. Must be longer than the period of git-sync.
   *
   * @default Duration.minutes(15)
   */
  readonly gitSync?: Duration;

  /**
   * How long the migration of the metadata database may take.
   *
   * @default Duration.minutes(30)
   */
  readonly migration?: Duration;

  /**
   * How many percent of its connections the metadata database may have in use.
   *
   * @default 80
   */
  readonly databaseConnectionsPercent?: number;

  /**
   * How many percent of a volume may be used.
   *
   * @default 85
   */
  readonly volumePercent?: number;

  /**
   * How many percent of the memory that Redis may use can be in use.
   *
   * @default 80
   */
  readonly redisMemoryPercent?: number;

  /**
   * How long before its end a certificate must be renewed.
   *
   * @default Duration.days(14)
   */
  readonly certificate?: Duration;
}

/** The thresholds with the defaults filled in. */
export function completeThresholds(given: AlertThresholds): Required<AlertThresholds> {
  const minutes = (count: number) => Duration.minutes(count);
  const defaults: Required<AlertThresholds> = {
    heartbeat: minutes(5),
    queued: minutes(10),
    queueLength: 100,
    fullPool: minutes(30),
    pendingPod: minutes(10),
    heartbeatTimeouts: 3,
    scheduleDelay: minutes(5),
    importErrors: 0,
    unparsed: minutes(30),
    gitSync: minutes(15),
    migration: minutes(30),
    databaseConnectionsPercent: 80,
    volumePercent: 85,
    redisMemoryPercent: 80,
    certificate: Duration.days(14),
  };
  return { ...defaults, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
}

/** Throws for limits that no alert can have. */
export function checkThresholds(scope: Construct, given: AlertThresholds): void {
  const { heartbeat, queued, queueLength, fullPool, pendingPod, heartbeatTimeouts } = given;
  const { scheduleDelay, importErrors, unparsed, gitSync } = given;
  const { migration, databaseConnectionsPercent, volumePercent, redisMemoryPercent, certificate } = given;
  gather(scope, problems => {
    const durations = { heartbeat, queued, fullPool, pendingPod, scheduleDelay, unparsed, gitSync, migration, certificate };
    const least: { readonly [name: string]: number } = { unparsed: 120, gitSync: 120 };
    for (const [name, duration] of Object.entries(durations)) {
      problems.check(() => checkSeconds(scope, `thresholds.${name}`, duration, least[name] ?? 1));
    }
    for (const [name, count] of Object.entries({ queueLength, heartbeatTimeouts, importErrors })) {
      problems.check(() => checkAtLeast(scope, `thresholds.${name}`, count, 0));
    }
    for (const [name, percent] of Object.entries({ databaseConnectionsPercent, volumePercent, redisMemoryPercent })) {
      problems.check(() => checkBetween(scope, `thresholds.${name}`, percent, 1, 99));
    }
  });
}

/** A duration in the form of PromQL: `5m`, `14d`. */
export function promDuration(duration: Duration): string {
  const seconds = duration.toSeconds();
  for (const [unit, size] of [['d', 86_400], ['h', 3600], ['m', 60]] as const) {
    if (seconds % size === 0) { return `${seconds / size}${unit}`; }
  }
  return `${seconds}s`;
}
