import { Cron, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { checkResources } from '../kubernetes/check-resources';
import { checkMembers } from '../kubernetes/members';
import { gather } from '../kubernetes/problems';
import { bytesOf, checkSize, renderSize } from '../kubernetes/quantity';
import { checkSeconds } from '../kubernetes/validate';

/** What a volume of logs may keep. */
export interface LogRetentionConfig {
  readonly maxAge: Duration;
  readonly maxSize?: Size;
  readonly schedule: Cron;
  readonly resources?: kplus.ContainerResources;
}

/**
 * Options of logs that are deleted at some time.
 */
export interface LogRetentionOptions {
  /**
   * After how long without a write a log is deleted.
   *
   * @default Duration.days(15)
   */
  readonly maxAge?: Duration;

  /**
   * What the logs may take up: the oldest beyond it are deleted, whatever their age.
   *
   * @default - 80 percent of the size of a claim that is made, no limit on one that exists
   */
  readonly maxSize?: Size;

  /**
   * When it is looked at; what is written in between has to fit beside `maxSize`.
   *
   * @default - once an hour
   */
  readonly schedule?: Cron;

  /**
   * CPU and memory of the pod that looks at it.
   *
   * @default - requests of 10m CPU and 32Mi memory, a limit of 128Mi memory
   */
  readonly resources?: kplus.ContainerResources;
}

/**
 * How long logs on a claim are kept.
 */
export abstract class LogRetention {
  /**
   * Within an age and a size: a CronJob deletes what is beyond. What was written to within 15 minutes always stays.
   *
   * @throws when the age is below an hour, or the size is not below that of the claim
   */
  public static within(options: LogRetentionOptions = {}): LogRetention {
    checkMembers('LogRetentionOptions', options);
    return new LimitedRetention(options);
  }

  /**
   * For ever: something else sees to it that the volume does not fill up.
   */
  public static forever(): LogRetention {
    return new UnlimitedRetention();
  }

  /**
   * @param size that of the claim, where it is known
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
