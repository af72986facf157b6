import { Cron, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { checkResources } from '../kubernetes/check-resources';
import { checkMembers } from '../kubernetes/members';
import { gather } from '../kubernetes/problems';
import { bytesOf, checkSize, renderSize } from '../kubernetes/quantity';
import { checkSeconds } from '../kubernetes/validate';

/** The limits for the logs on a volume. */
export interface LogRetentionConfig {
  readonly maxAge: Duration;
  readonly maxSize?: Size;
  readonly schedule: Cron;
  readonly resources?: kplus.ContainerResources;
}

/**
 * The limits of `LogRetention.within`.
 */
export interface LogRetentionOptions {
  /**
   * The time without a write after which a log is deleted, at least one hour.
   *
   * @default Duration.days(15)
   */
  readonly maxAge?: Duration;

  /**
   * The size limit of all logs together. The oldest logs above it are deleted, whatever their age.
   *
   * @default - 80 percent of the size of a new claim, no limit on an existing claim
   */
  readonly maxSize?: Size;

  /**
   * When the cleanup runs. Logs that are written between two runs need space in addition to `maxSize`.
   *
   * @default - once an hour
   */
  readonly schedule?: Cron;

  /**
   * CPU and memory of the cleanup pod. Each amount that is left out keeps its default.
   *
   * @default - requests of 10m CPU and 32Mi memory, a limit of 128Mi memory
   */
  readonly resources?: kplus.ContainerResources;
}

/**
 * How long logs stay on a claim.
 */
export abstract class LogRetention {
  /**
   * Deletes logs beyond an age and a size, with a CronJob. Logs that were written in the last 15 minutes always stay.
   *
   * @throws at the instance, when the age is below one hour, or the size limit is not below the size of the claim
   */
  public static within(options: LogRetentionOptions = {}): LogRetention {
    checkMembers('LogRetentionOptions', options);
    return new LimitedRetention(options);
  }

  /**
   * Never deletes logs. Make sure that something else keeps the volume from filling up.
   */
  public static forever(): LogRetention {
    return new UnlimitedRetention();
  }

  /**
   * @param size the size of the claim, if known
   * @internal
   */
  public abstract _bind(scope: Construct, size: Size | undefined): LogRetentionConfig | undefined;
}

class LimitedRetention extends LogRetention {
  constructor(private readonly options: LogRetentionOptions) {
    super();
  }

  public _bind(scope: Construct, size: Size | undefined): LogRetentionConfig {
    const { maxAge, maxSize, schedule, resources } = this.options;
    gather(scope, problems => {
      problems.check(() => checkSeconds(scope, 'logs.retention.maxAge', maxAge, 3600));
      problems.check(() => checkResources(scope, 'logs.retention.resources', resources));
      checkSize(scope, 'logs.retention.maxSize', maxSize);
      if (maxSize !== undefined && size !== undefined && bytesOf(maxSize) >= bytesOf(size)) {
        problems.add(`'logs.retention.maxSize' must be less than the size of the claim, ${renderSize(size)}, got ${renderSize(maxSize)}; `
        + 'what is written until the next run needs room, too');
      }
    });
    return {
      maxAge: maxAge ?? Duration.days(15),
      maxSize: maxSize ?? (size && Size.mebibytes(Math.floor(bytesOf(size) / 1024 ** 2 * 0.8))),
      schedule: schedule ?? Cron.schedule({ minute: '17' }),
      resources,
    };
  }
}

class UnlimitedRetention extends LogRetention {
  public _bind(): undefined {
    return undefined;
  }
}
