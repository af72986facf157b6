import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { LogRetention, LogRetentionConfig } from './log-retention';
import { elasticsearchLogs, openSearchLogs, SearchLogsOptions } from './log-search';
import {
  AzureBlobLogsOptions, azureBlobLogs, CloudWatchLogsOptions, cloudWatchLogs, GcsLogsOptions, gcsLogs, S3LogsOptions, s3Logs,
} from './log-stores';
import { logParts, TaskLogsConfig } from './task-logs-config';
import { BindContext } from '../core/bind-context';
import { sharedMetadata } from '../core/labels';
import { checkClaim, claimParts, newClaim } from '../kubernetes/claim';
import { checkMembers } from '../kubernetes/members';
import { gather } from '../kubernetes/problems';
import { checkSubPath } from '../kubernetes/validate';

const { READ_WRITE_MANY } = kplus.PersistentVolumeAccessMode;

/**
 * Options of task logs on a PersistentVolumeClaim.
 */
export interface ClaimLogsOptions {
  /**
   * The folder of the volume that holds the logs.
   *
   * @default - the root of the volume
   */
  readonly subPath?: string;

  /**
   * How long logs are kept. The cleanup also deletes other files in the folder.
   *
   * @default - 15 days and 80 percent of the size on a new volume; without limit on an existing claim or volume
   */
  readonly retention?: LogRetention;
}

/**
 * Options of a new PersistentVolumeClaim for task logs.
 */
export interface NewClaimLogsOptions extends ClaimLogsOptions {
  /**
   * The size of the volume.
   *
   * @default Size.gibibytes(20)
   */
  readonly size?: Size;

  /**
   * The storage class of the claim. Its volumes must support ReadWriteMany.
   *
   * @default - the cluster's default, whose volumes must support ReadWriteMany; with `volume`, the class of that volume
   */
  readonly storageClassName?: string;

  /**
   * An existing volume to bind the claim to.
   *
   * @default - a new volume of the storage class
   */
  readonly volume?: kplus.IPersistentVolume;

  /**
   * Annotations of the claim, for example for a backup tool.
   *
   * @default - none
   */
  readonly annotations?: { readonly [name: string]: string };
}

/**
 * The store of the task logs.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/administration-and-deployment/logging-monitoring/logging-tasks.html
 */
export abstract class TaskLogs {
  /**
   * Keeps logs in the scratch volume of the pod that ran the task, which `pod.scratchSize` limits. The logs are lost with
   * the pod.
   */
  public static ephemeral(): TaskLogs {
    return new StoredLogs(() => ({ parts: () => ({}), ephemeral: true }));
  }

  /**
   * Keeps logs on an existing ReadWriteMany claim.
   *
   * @throws when the claim is known not to be ReadWriteMany, or `subPath` is not a path below its root
   */
  public static fromClaim(claim: kplus.IPersistentVolumeClaim, options: ClaimLogsOptions = {}): TaskLogs {
    checkMembers('ClaimLogsOptions', options);
    return new StoredLogs(airflow => claimLogs(airflow, claim, options, undefined));
  }

  /**
   * Keeps logs on a new ReadWriteMany claim, for 15 days unless `retention` changes it.
   *
   * @throws when the size is not in whole bytes or below 1Mi, or `subPath` is not a path below its root
   */
  public static newClaim(options: NewClaimLogsOptions = {}): TaskLogs {
    checkMembers('NewClaimLogsOptions', options);
    return new StoredLogs(airflow => newClaimLogs(airflow, options));
  }

  /**
   * Uploads each log to an S3 bucket when the task ends.
   *
   * @throws when a name is invalid, or `region` or `endpointUrl` is set together with `connection`
   */
  public static s3(options: S3LogsOptions): TaskLogs {
    checkMembers('S3LogsOptions', options);
    return new StoredLogs(airflow => s3Logs(airflow, options));
  }

  /**
   * Uploads each log to a Google Cloud Storage bucket when the task ends.
   *
   * @throws when a name is invalid
   */
  public static gcs(options: GcsLogsOptions): TaskLogs {
    checkMembers('GcsLogsOptions', options);
    return new StoredLogs(airflow => gcsLogs(airflow, options));
  }

  /**
   * Uploads each log to an Azure Blob Storage container when the task ends.
   *
   * @throws when a name is invalid, or not exactly one of `account` and `connection` is set
   */
  public static azureBlob(options: AzureBlobLogsOptions): TaskLogs {
    checkMembers('AzureBlobLogsOptions', options);
    return new StoredLogs(airflow => azureBlobLogs(airflow, options));
  }

  /**
   * Sends each log line to a CloudWatch log group when it is written.
   *
   * @throws when the ARN is not the ARN of a log group
   */
  public static cloudWatch(options: CloudWatchLogsOptions): TaskLogs {
    checkMembers('CloudWatchLogsOptions', options);
    return new StoredLogs(airflow => cloudWatchLogs(airflow, options));
  }

  /**
   * Reads logs from Elasticsearch. Airflow writes them there itself (`direct`), or prints JSON lines that a log shipper
   * sends there.
   *
   * @throws when the URL is invalid, the login is incomplete, or the Airflow version does not support `direct`
   */
  public static elasticsearch(options: SearchLogsOptions): TaskLogs {
    checkMembers('SearchLogsOptions', options);
    return new StoredLogs(airflow => elasticsearchLogs(airflow, options));
  }

  /**
   * Reads logs from OpenSearch, from Airflow 3.2 on. Airflow writes them there itself (`direct`), or prints JSON lines that
   * a log shipper sends there.
   *
   * @throws when the URL is invalid, the login is incomplete, or the Airflow version does not support OpenSearch
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
  const claim = newClaim(airflow, 'logs', {
    prop: 'logs.size',
    metadata: sharedMetadata(airflow, 'PersistentVolumeClaim', 'logs'),
    size,
    storageClassName,
    volume,
    annotations: options.annotations,
  });
  // An existing volume may hold files of others.
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
