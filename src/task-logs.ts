import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { AirflowImage } from './airflow-image';
import { checkClaim, claimParts } from './private/claim';
import { PodParts } from './private/instance';
import { checkSubPath } from './private/validate';

/**
 * Options of task logs on a claim.
 */
export interface ClaimLogsOptions {
  /**
   * The folder of the volume that holds the logs.
   *
   * @default - its root
   */
  readonly subPath?: string;
}

/**
 * Options of a claim for task logs that the chart makes.
 */
export interface NewClaimLogsOptions extends ClaimLogsOptions {
  /**
   * The size of the volume.
   *
   * @default Size.gibibytes(20)
   */
  readonly size?: Size;

  /**
   * A storage class that gives ReadWriteMany volumes.
   *
   * @default - the cluster's default, which has to give them
   */
  readonly storageClassName?: string;
}

/**
 * Where the logs of tasks are kept.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/administration-and-deployment/logging-monitoring/logging-tasks.html
 */
export abstract class TaskLogs {
  /**
   * In the pod that ran the task: readable while the pod exists, gone with it.
   */
  public static ephemeral(): TaskLogs {
    return new EphemeralLogs();
  }

  /**
   * On a ReadWriteMany claim that exists.
   *
   * @throws when the claim is known not to be ReadWriteMany, or `subPath` is not a path below its root
   */
  public static fromClaim(claim: kplus.IPersistentVolumeClaim, options: ClaimLogsOptions = {}): TaskLogs {
    return new ClaimLogs(() => claim, options);
  }

  /**
   * On a new ReadWriteMany claim.
   */
  public static claim(options: NewClaimLogsOptions = {}): TaskLogs {
    return new ClaimLogs((scope, labels) => new kplus.PersistentVolumeClaim(scope, 'logs', {
      metadata: { labels },
      accessModes: [kplus.PersistentVolumeAccessMode.READ_WRITE_MANY],
      storage: options.size ?? Size.gibibytes(20),
      storageClassName: options.storageClassName,
    }), options);
  }

  /**
   * @internal
   */
  public abstract _bind(scope: Construct, image: AirflowImage, labels: { [name: string]: string }): PodParts;
}

class EphemeralLogs extends TaskLogs {
  public _bind(): PodParts {
    return {};
  }
}

class ClaimLogs extends TaskLogs {
  constructor(
    private readonly claim: (scope: Construct, labels: { [name: string]: string }) => kplus.IPersistentVolumeClaim,
    private readonly options: ClaimLogsOptions,
  ) {
    super();
  }

  public _bind(scope: Construct, image: AirflowImage, labels: { [name: string]: string }): PodParts {
    checkSubPath(scope, 'logs.subPath', this.options.subPath);
    const claim = this.claim(scope, labels);
    checkClaim(scope, 'logs', claim, [kplus.PersistentVolumeAccessMode.READ_WRITE_MANY]);
    return claimParts('logs', claim, `${image.airflowHome}/logs`, { subPath: this.options.subPath });
  }
}
