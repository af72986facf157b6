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

/** The ID of the connection that the library defines. */
const CONNECTION = 'task_logs';

/**
 * Options of every remote log store.
 */
export interface LogStoreOptions {
  /**
   * The Airflow connection that logs in to the store.
   *
   * @default - no credentials: the pods use their cloud identity
   */
  readonly connection?: AirflowConnection;
}

/**
 * Options of task logs in an S3 bucket.
 */
export interface S3LogsOptions extends LogStoreOptions {
  /** The name of the bucket. */
  readonly bucket: string;

  /**
   * The prefix (folder) in the bucket.
   *
   * @default - the root of the bucket
   */
  readonly prefix?: string;

  /**
   * Whether S3 encrypts each log with its own key (SSE-S3), whatever the default encryption of the bucket is.
   *
   * @default false
   */
  readonly encrypt?: boolean;

  /**
   * The AWS region. Excludes `connection`, whose extra has `region_name`.
   *
   * @default - the region in the environment of the pod
   */
  readonly region?: string;

  /**
   * The URL of another S3-compatible server. Excludes `connection`, whose extra has `endpoint_url`.
   *
   * @default - the AWS endpoint
   */
  readonly endpointUrl?: string;
}

/**
 * Options of task logs in a Google Cloud Storage bucket.
 */
export interface GcsLogsOptions extends LogStoreOptions {
  /** The name of the bucket. */
  readonly bucket: string;

  /**
   * The prefix (folder) in the bucket.
   *
   * @default - the root of the bucket
   */
  readonly prefix?: string;
}

/**
 * Options of task logs in an Azure Blob Storage container.
 */
export interface AzureBlobLogsOptions extends LogStoreOptions {
  /** The name of the container. */
  readonly container: string;

  /**
   * The prefix (folder) in the container. In Airflow 2 and 3.0 it must begin with `wasb`.
   *
   * @default 'wasb-logs'
   */
  readonly prefix?: string;

  /**
   * The name of the storage account. Required without `connection`, and excludes it.
   *
   * @default - the account of the connection
   */
  readonly account?: string;
}

/**
 * Options of task logs in CloudWatch.
 */
export interface CloudWatchLogsOptions extends LogStoreOptions {
  /** The ARN of the log group, for example `arn:aws:logs:eu-central-1:123456789012:log-group:/acme/airflow`. */
  readonly logGroupArn: string;
}

/** Task logs in S3. */
export function s3Logs(scope: Construct, options: S3LogsOptions): TaskLogsConfig {
  const { bucket, prefix, connection, encrypt, region, endpointUrl } = options;
  const checkAlone = (prop: string, value: string | undefined, extra: string) => {
    if (connection !== undefined && value !== undefined) {
      throw failure(
        scope,
        `'logs.${prop}' is for logs without a 'connection', got '${value}' beside one; put it into the extra '${extra}' of the connection`,
      );
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
      // This check comes first, so that no later message repeats a URL with a login.
      checkUrl(scope, 'logs.endpointUrl', endpointUrl, 'https://s3.example.com, without a login', /^https?:\/\/[^/?#]+\/?$/);
      checkAlone('endpointUrl', endpointUrl, 'endpoint_url');
    });
  });
  const login = bind(connection, 'aws', {
    extra: region === undefined && endpointUrl === undefined ? undefined : { region_name: region, endpoint_url: endpointUrl },
  });
  const endpoint = endpointUrl === undefined ? cloudEndpoint(...S3, connection) : endpointAt(...S3, endpointUrl);
  return store(`s3://${join(bucket, prefix)}`, login, endpoint, [
    own('logging', 'encrypt_s3_logs', encrypt ? 'True' : 'False', "'logs.encrypt'"),
  ]);
}

/** Task logs in Google Cloud Storage. */
export function gcsLogs(scope: Construct, { bucket, prefix, connection }: GcsLogsOptions): TaskLogsConfig {
  gather(scope, problems => {
    problems.check(() => checkBucket(scope, 'logs.bucket', GCS, bucket));
    problems.check(() => checkPrefix(scope, 'logs.prefix', prefix));
  });
  return store(`gs://${join(bucket, prefix)}`, bind(connection, 'google_cloud_platform'), cloudEndpoint(...GCS, connection));
}

/** Task logs in Azure Blob Storage. */
export function azureBlobLogs(airflow: BindContext, options: AzureBlobLogsOptions): TaskLogsConfig {
  const { container, prefix = 'wasb-logs', connection, account } = options;
  // Airflow recognizes the store by the start of the folder, and removes `wasb://` only from 3.1 on.
  const hasScheme = airflow.version._isFrom(3, 1);
  gather(airflow, problems => {
    problems.check(() => check(airflow, 'container', container, /^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$/,
      'the name of a container, of 3 to 63 lowercase letters, digits and single dashes'));
    problems.check(() =>
      check(airflow, 'account', account, /^[a-z0-9]{3,24}$/, 'the name of a storage account, of 3 to 24 lowercase letters and digits'),
    );
    problems.check(() => checkPrefix(airflow, 'logs.prefix', prefix));
    if ((account === undefined) === (connection === undefined)) {
      problems.add("'logs.account' must be given where there is no 'connection', and only there, "
        + `got ${account === undefined ? 'neither' : `'${account}' and a connection`}`);
    }
    if (!hasScheme && !prefix.startsWith('wasb')) {
      problems.add(`'logs.prefix' must begin with 'wasb', by which Airflow ${airflow.version.series} recognizes the store, `
        + `got '${prefix}'; use 'wasb-${prefix}'`);
    }
  });
  const login = bind(connection, 'wasb', { host: `https://${account}.blob.core.windows.net` });
  return store(hasScheme ? `wasb://${prefix}` : prefix, login, cloudEndpoint('azure-blob', 'Azure Blob Storage', connection),
    [own('azure_remote_logging', 'remote_wasb_log_container', container, "'logs.container'")]);
}

/** Task logs in CloudWatch. */
export function cloudWatchLogs(airflow: BindContext, { logGroupArn, connection }: CloudWatchLogsOptions): TaskLogsConfig {
  check(airflow, 'logGroupArn', logGroupArn, /^arn:aws[a-z-]*:logs:[a-z0-9-]+:\d{12}:log-group:[\w./#-]+(:\*)?$/,
    'like arn:aws:logs:eu-central-1:123456789012:log-group:/acme/airflow');
  const login = bind(connection, 'aws');
  // The log handler calls CloudWatch for each log of a DAG file, and the dag-processor exits when the call is denied.
  const endpoint = cloudEndpoint('cloudwatch', 'CloudWatch', connection);
  return store(`cloudwatch://${logGroupArn}`, login, endpoint, [], airflow.version.isAirflow3 ? [Role.DAG_PROCESSOR] : []);
}

/**
 * Without a connection, pods log in with their own identity. The connection is defined in the environment, so that Airflow
 * does not look for it in the database.
 */
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
      // Otherwise a worker keeps a copy of every log that it uploads.
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
