import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { LogRetention, LogRetentionConfig } from './log-retention';
import { elasticsearchLogs, openSearchLogs, SearchLogsOptions } from './log-search';
import { AzureBlobLogsOptions, azureBlobLogs, CloudWatchLogsOptions, cloudWatchLogs, GcsLogsOptions, gcsLogs, S3LogsOptions, s3Logs } from './log-stores';
import { logParts, TaskLogsConfig } from './task-logs-config';
import { BindContext } from '../core/bind-context';
import { sharedMetadata } from '../core/labels';
import { checkClaim, claimParts, newClaim } from '../kubernetes/claim';
import { checkMembers } from '../kubernetes/members';
import { gather } from '../kubernetes/problems';
import { checkSubPath } from '../kubernetes/validate';

const { READ_WRITE_MANY } = kplus.PersistentVolumeAccessMode;

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

  /**
   * How long logs are kept: a CronJob deletes them, and whatever else is in the folder.
   *
   * @default - 15 days and 80 percent of the size on a new volume, for ever on a claim or volume that exists
   */
  readonly retention?: LogRetention;
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
   * @default - the cluster's default, which has to give them; with a `volume`, that of the volume
   */
  readonly storageClassName?: string;

  /**
   * A volume that exists, in place of one that the storage class makes.
   *
   * @default - the storage class makes one
   */
  readonly volume?: kplus.IPersistentVolume;
}

/**
 * Where the logs of tasks are kept.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/administration-and-deployment/logging-monitoring/logging-tasks.html
 */
export abstract class TaskLogs {
  /**
   * In the pod that ran the task: readable while the pod exists, gone with it. They share its scratch volume, which `pod.scratchSize` limits.
   */
  public static ephemeral(): TaskLogs {
    return new StoredLogs(() => ({ parts: () => ({}) }));
  }

  /**
   * On a ReadWriteMany claim that exists.
   *
   * @throws when the claim is known not to be ReadWriteMany, or `subPath` is not a path below its root
   */
  public static fromClaim(claim: kplus.IPersistentVolumeClaim, options: ClaimLogsOptions = {}): TaskLogs {
    checkMembers('ClaimLogsOptions', options);
    return new StoredLogs(airflow => claimLogs(airflow, claim, options, undefined));
  }

  /**
   * On a new ReadWriteMany claim, where logs are kept for 15 days unless `retention` says otherwise.
   *
   * @throws when the size is not of whole GiB, or `subPath` is not a path below its root
   */
  public static newClaim(options: NewClaimLogsOptions = {}): TaskLogs {
    checkMembers('NewClaimLogsOptions', options);
    return new StoredLogs(airflow => newClaimLogs(airflow, options));
  }

  /**
   * In an S3 bucket, to which each log is uploaded when its task ends.
   *
   * @throws when a name is not one, or `region` or `endpointUrl` is given beside a `connection`
   */
  public static s3(options: S3LogsOptions): TaskLogs {
    checkMembers('S3LogsOptions', options);
    return new StoredLogs(airflow => s3Logs(airflow, options));
  }

  /**
   * In a bucket of Google Cloud Storage, to which each log is uploaded when its task ends.
   *
   * @throws when a name is not one
   */
  public static gcs(options: GcsLogsOptions): TaskLogs {
    checkMembers('GcsLogsOptions', options);
    return new StoredLogs(airflow => gcsLogs(airflow, options));
  }

  /**
   * In a container of Azure Blob Storage, to which each log is uploaded when its task ends.
   *
   * @throws when a name is not one, or not exactly one of `account` and `connection` is given
   */
  public static azureBlob(options: AzureBlobLogsOptions): TaskLogs {
    checkMembers('AzureBlobLogsOptions', options);
    return new StoredLogs(airflow => azureBlobLogs(airflow, options));
  }

  /**
   * In a log group of CloudWatch, to which each line is sent when it is written.
   *
   * @throws when the ARN is not that of a log group
   */
  public static cloudWatch(options: CloudWatchLogsOptions): TaskLogs {
    checkMembers('CloudWatchLogsOptions', options);
    return new StoredLogs(airflow => cloudWatchLogs(airflow, options));
  }

  /**
   * In Elasticsearch, to which a log shipper takes the JSON lines that the pods print, or Airflow itself writes with `direct`.
   *
   * @throws when the URL is not one, the login is not complete, or the version does not write directly
   */
  public static elasticsearch(options: SearchLogsOptions): TaskLogs {
    checkMembers('SearchLogsOptions', options);
    return new StoredLogs(airflow => elasticsearchLogs(airflow, options));
  }

  /**
   * In OpenSearch (from 3.2 on), to which a log shipper takes the JSON lines that the pods print, or Airflow itself writes with `direct`.
   *
   * @throws when the URL is not one, the login is not complete, or the version does not know OpenSearch
   */
  public static openSearch(options: SearchLogsOptions): TaskLogs {
    checkMembers('SearchLogsOptions', options);
    return new StoredLogs(airflow => openSearchLogs(airflow, options));
  }

  /**
   * @internal
   */
  public abstract _bind(airflow: BindContext): TaskLogsConfig;
}

class StoredLogs extends TaskLogs {
  constructor(private readonly store: TaskLogs['_bind']) {
    super();
  }

  public _bind(airflow: BindContext): TaskLogsConfig {
    return this.store(airflow);
  }
}

function newClaimLogs(airflow: BindContext, options: NewClaimLogsOptions): TaskLogsConfig {
  const { size = Size.gibibytes(20), storageClassName, volume } = options;
  const claim = newClaim(airflow, 'logs', { prop: 'logs.size', metadata: sharedMetadata(airflow, 'PersistentVolumeClaim', 'logs'), size, storageClassName, volume });
  // What is on a volume that exists may be someone else's.
  const retention = options.retention ?? (volume === undefined ? LogRetention.within() : undefined);
  return claimLogs(airflow, claim, { ...options, retention }, size);
}

function claimLogs(
  airflow: BindContext, claim: kplus.IPersistentVolumeClaim, { subPath, retention }: ClaimLogsOptions, size: Size | undefined,
): TaskLogsConfig {
  let kept: LogRetentionConfig | undefined;
  gather(airflow, problems => {
    problems.check(() => checkSubPath(airflow, 'logs.subPath', subPath));
    problems.check(() => checkClaim(airflow, 'logs', claim, [READ_WRITE_MANY]));
    kept = retention?._bind(airflow, size);
  });
  return { parts: logParts(claimParts('logs', claim, `${airflow.image.airflowHome}/logs`, { subPath })), retention: kept };
}
