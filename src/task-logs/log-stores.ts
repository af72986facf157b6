import { Construct } from 'constructs';
import { logParts, TaskLogsConfig } from './task-logs-config';
import { byDefault, ConfigOption, own } from '../core/answer';
import { BindContext } from '../core/bind-context';
import { checkBucket, checkPrefix, cloudEndpoint, Endpoint, endpointAt, GCS, S3 } from '../core/endpoints';
import { isWeb, Role } from '../core/needs';
import { Json } from '../kubernetes/pod';
import { gather } from '../kubernetes/problems';
import { checkUrl, failure } from '../kubernetes/validate';
import { AirflowConnection, ConnectionConfig, plainConnection } from '../secrets/airflow-connection';

/** The id of the connection that the library itself defines. */
const CONNECTION = 'task_logs';

/**
 * What every store of logs has.
 */
export interface LogStoreOptions {
  /**
   * With what Airflow logs in.
   *
   * @default - without credentials: by the workload identity of the pods
   */
  readonly connection?: AirflowConnection;
}

/**
 * Options of logs in an S3 bucket.
 */
export interface S3LogsOptions extends LogStoreOptions {
  /** The bucket. */
  readonly bucket: string;

  /**
   * The folder of the bucket.
   *
   * @default - its root
   */
  readonly prefix?: string;

  /**
   * Whether S3 is told to encrypt each log by its own key (SSE-S3), whatever the bucket does by default.
   *
   * @default false
   */
  readonly encrypt?: boolean;

  /**
   * The region; a `connection` has its own in its extra `region_name`.
   *
   * @default - that of the pod's environment
   */
  readonly region?: string;

  /**
   * The URL of another server that speaks S3; a `connection` has its own in its extra `endpoint_url`.
   *
   * @default - AWS
   */
  readonly endpointUrl?: string;
}

/**
 * Options of logs in a bucket of Google Cloud Storage.
 */
export interface GcsLogsOptions extends LogStoreOptions {
  /** The bucket. */
  readonly bucket: string;

  /**
   * The folder of the bucket.
   *
   * @default - its root
   */
  readonly prefix?: string;
}

/**
 * Options of logs in a container of Azure Blob Storage.
 */
export interface AzureBlobLogsOptions extends LogStoreOptions {
  /** The container. */
  readonly container: string;

  /**
   * The folder of the container; in 2.x and 3.0 its name has to begin with `wasb`.
   *
   * @default 'wasb-logs'
   */
  readonly prefix?: string;

  /**
   * The storage account, where there is no `connection` to say it.
   *
   * @default - that of the connection
   */
  readonly account?: string;
}

/**
 * Options of logs in CloudWatch.
 */
export interface CloudWatchLogsOptions extends LogStoreOptions {
  /** The ARN of the log group: `arn:aws:logs:eu-central-1:123456789012:log-group:/acme/airflow`. */
  readonly logGroupArn: string;
}

/** Logs in S3. */
export function s3Logs(scope: Construct, options: S3LogsOptions): TaskLogsConfig {
  const { bucket, prefix, connection, encrypt, region, endpointUrl } = options;
  const checkAlone = (prop: string, value: string | undefined, extra: string) => {
    if (connection !== undefined && value !== undefined) {
      throw failure(scope, `'logs.${prop}' is for logs without a 'connection', got '${value}' beside one; put it into the extra '${extra}' of the connection`);
    }
  };
  gather(scope, problems => {
    problems.check(() => checkBucket(scope, 'logs.bucket', S3, bucket));
    problems.check(() => checkPrefix(scope, 'logs.prefix', prefix));
    problems.check(() => {
      check(scope, 'region', region, /^[a-z0-9]+(-[a-z0-9]+)*$/, 'of lowercase letters, digits and dashes, like eu-central-1');
      checkAlone('region', region, 'region_name');
    });
    problems.check(() => {
      // Ends here for a URL with a login, which must not be repeated.
      checkUrl(scope, 'logs.endpointUrl', endpointUrl, 'https://s3.example.com, without a login', /^https?:\/\/[^/?#]+\/?$/);
      checkAlone('endpointUrl', endpointUrl, 'endpoint_url');
    });
  });
  const login = bind(connection, 'aws', {
    extra: region === undefined && endpointUrl === undefined ? undefined : { region_name: region, endpoint_url: endpointUrl },
  });
  const endpoint = endpointUrl === undefined ? cloudEndpoint(...S3, connection) : endpointAt(...S3, endpointUrl);
  return store(`s3://${join(bucket, prefix)}`, login, endpoint, [own('logging', 'encrypt_s3_logs', encrypt ? 'True' : 'False', "'logs.encrypt'")]);
}

/** Logs in Google Cloud Storage. */
export function gcsLogs(scope: Construct, { bucket, prefix, connection }: GcsLogsOptions): TaskLogsConfig {
  gather(scope, problems => {
    problems.check(() => checkBucket(scope, 'logs.bucket', GCS, bucket));
    problems.check(() => checkPrefix(scope, 'logs.prefix', prefix));
  });
  return store(`gs://${join(bucket, prefix)}`, bind(connection, 'google_cloud_platform'), cloudEndpoint(...GCS, connection));
}

/** Logs in Azure Blob Storage. */
export function azureBlobLogs(airflow: BindContext, options: AzureBlobLogsOptions): TaskLogsConfig {
  const { container, prefix = 'wasb-logs', connection, account } = options;
  // Airflow recognizes the store by what the folder begins with, and takes off `wasb://` only from 3.1 on.
  const hasScheme = airflow.version._isFrom(3, 1);
  gather(airflow, problems => {
    problems.check(() => check(airflow, 'container', container, /^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$/,
      'the name of a container, of 3 to 63 lowercase letters, digits and single dashes'));
    problems.check(() => check(airflow, 'account', account, /^[a-z0-9]{3,24}$/, 'the name of a storage account, of 3 to 24 lowercase letters and digits'));
    problems.check(() => checkPrefix(airflow, 'logs.prefix', prefix));
    if ((account === undefined) === (connection === undefined)) {
      problems.add(`'logs.account' must be given where there is no 'connection', and only there, got ${account === undefined ? 'neither' : `'${account}' and a connection`}`);
    }
    if (!hasScheme && !prefix.startsWith('wasb')) {
      problems.add(`'logs.prefix' must begin with 'wasb', by which Airflow ${airflow.version.series} recognizes the store, got '${prefix}'; use 'wasb-${prefix}'`);
    }
  });
  const login = bind(connection, 'wasb', { host: `https://${account}.blob.core.windows.net` });
  return store(hasScheme ? `wasb://${prefix}` : prefix, login, cloudEndpoint('azure-blob', 'Azure Blob Storage', connection),
    [own('azure_remote_logging', 'remote_wasb_log_container', container, "'logs.container'")]);
}

/** Logs in CloudWatch. */
export function cloudWatchLogs(airflow: BindContext, { logGroupArn, connection }: CloudWatchLogsOptions): TaskLogsConfig {
  check(airflow, 'logGroupArn', logGroupArn, /^arn:aws[a-z-]*:logs:[a-z0-9-]+:\d{12}:log-group:[\w./#-]+(:\*)?$/,
    'like arn:aws:logs:eu-central-1:123456789012:log-group:/acme/airflow');
  const login = bind(connection, 'aws');
  // It asks CloudWatch for the group whenever it opens a log of a DAG file, and ends when it may not.
  const endpoint = cloudEndpoint('cloudwatch', 'CloudWatch', connection);
  return store(`cloudwatch://${logGroupArn}`, login, endpoint, [], airflow.version.isAirflow3 ? [Role.DAG_PROCESSOR] : []);
}

/** Without credentials pods log in by the identity that they have; it is in the environment, so that nobody looks for it elsewhere. */
function bind(connection: AirflowConnection | undefined, type: string, details: Json = {}): ConnectionConfig {
  return connection?._bind(CONNECTION, type) ?? plainConnection(CONNECTION, { conn_type: type, ...details });
}

function store(
  folder: string, { id, env }: ConnectionConfig, endpoint: Endpoint, more: ConfigOption[] = [], alsoUsedBy: Role[] = [],
): TaskLogsConfig {
  return {
    parts: logParts({ env, peers: role => [{ ...endpoint, purpose: isWeb(role) ? 'reads logs' : 'writes logs' }] }, alsoUsedBy),
    options: [
      own('logging', 'remote_logging', 'True', "'logs'"),
      own('logging', 'remote_base_log_folder', folder, "'logs'"),
      own('logging', 'remote_log_conn_id', id, "'logs.connection'"),
      ...more,
      // Else a worker keeps a copy of every log that it has uploaded.
      byDefault('logging', 'delete_local_logs', 'True'),
    ],
  };
}

function join(bucket: string, prefix: string | undefined): string {
  return prefix === undefined ? bucket : `${bucket}/${prefix}`;
}

function check(scope: Construct, prop: string, value: string | undefined, pattern: RegExp, allowed: string): void {
  if (value !== undefined && !pattern.test(value)) { throw failure(scope, `'logs.${prop}' must be ${allowed}, got '${value}'`); }
}
