import { AirflowConnection, AirflowVersion, Executor, SecretKey, TaskLogs } from '../../src/index';
import { building, cfg, env, main, Manifest, pods, synthAirflow } from '../util';

const VARIABLE = 'AIRFLOW_CONN_TASK_LOGS';
const ARN = 'arn:aws:logs:eu-central-1:123456789012:log-group:/acme/airflow';
const connection = AirflowConnection.fromSecret(SecretKey.of('store', 'connection'));
const s3 = TaskLogs.s3({ bucket: 'acme', prefix: 'airflow/logs', connection });

/** The options of remote logs. */
function logging(manifest: Manifest[]): { [option: string]: string | undefined } {
  return Object.fromEntries(['remote_logging', 'remote_base_log_folder', 'remote_log_conn_id', 'delete_local_logs', 'encrypt_s3_logs']
    .map(option => [option, cfg(manifest, 'logging', option)]));
}

/** The components that log in at the store. */
function users(manifest: Manifest[]): string[] {
  return [...pods(manifest)].filter(([, { spec }]) => env(spec.containers[0], VARIABLE)).map(([component]) => component).sort();
}

/** The connection that the pods have without a Secret. */
function plain(manifest: Manifest[]): object {
  return JSON.parse(env(main(manifest, 'task'), VARIABLE)!.value!) as object;
}

describe('a connection', () => {
  test('is a reference to a Secret', () => {
    const variable = (logs: TaskLogs) => env(main(synthAirflow({ logs }), 'task'), VARIABLE);
    expect(variable(s3)).toEqual({ name: VARIABLE, valueFrom: { secretKeyRef: { name: 'store', key: 'connection' } } });
    expect(variable(TaskLogs.gcs({ bucket: 'acme', connection: AirflowConnection.fromSecret(SecretKey.of('store', 'uri')) }))).toEqual(
      { name: VARIABLE, valueFrom: { secretKeyRef: { name: 'store', key: 'uri' } } });
  });

  test.each([
    ['3.x', {}, ['api-server', 'task', 'triggerer']],
    ['2.x', { version: AirflowVersion.V2_11 }, ['task', 'triggerer', 'webserver']],
    ['the LocalExecutor', { executor: Executor.local() }, ['api-server', 'scheduler', 'triggerer']],
    ['the CeleryExecutor', { executor: Executor.celery() }, ['api-server', 'triggerer', 'worker']],
  ])('reaches those that write or show logs, and nobody else, in %s', (_, props, components) => {
    expect(users(synthAirflow({ logs: s3, ...props }))).toEqual(components);
  });

  test('may be one that Airflow finds by its id', () => {
    const manifest = synthAirflow({ logs: TaskLogs.s3({ bucket: 'acme', connection: AirflowConnection.fromId('aws_logs') }) });
    expect(cfg(manifest, 'logging', 'remote_log_conn_id')).toBe('aws_logs');
    expect(users(manifest)).toEqual([]);
  });
});

describe('S3', () => {
  test('gets each log when its task ends, and no copy stays', () => {
    expect(logging(synthAirflow({ logs: s3 }))).toEqual({
      remote_logging: 'True', remote_base_log_folder: 's3://acme/airflow/logs', remote_log_conn_id: 'task_logs', delete_local_logs: 'True', encrypt_s3_logs: 'False',
    });
  });

  test('may be asked to encrypt, and copies may stay', () => {
    const manifest = synthAirflow({ logs: TaskLogs.s3({ bucket: 'acme', encrypt: true }), config: { logging: { delete_local_logs: 'False' } } });
    expect(logging(manifest)).toMatchObject({ remote_base_log_folder: 's3://acme', delete_local_logs: 'False', encrypt_s3_logs: 'True' });
  });

  test('is reached by the identity of the pods, where there is no connection', () => {
    expect(plain(synthAirflow({ logs: TaskLogs.s3({ bucket: 'acme' }) }))).toEqual({ conn_type: 'aws' });
    const manifest = synthAirflow({ logs: TaskLogs.s3({ bucket: 'acme', region: 'eu-central-1', endpointUrl: 'https://s3.acme.com:9000' }) });
    expect(plain(manifest)).toEqual({ conn_type: 'aws', extra: { region_name: 'eu-central-1', endpoint_url: 'https://s3.acme.com:9000' } });
    expect(users(manifest)).toEqual(['api-server', 'task', 'triggerer']);
    expect(plain(synthAirflow({ logs: TaskLogs.s3({ bucket: 'acme', region: 'auto' }) }))).toMatchObject({ extra: { region_name: 'auto' } });
  });

  test.each([
    [{ bucket: 's3://acme' }, "'logs.bucket' must be the name of a bucket, of 3 to 63 lowercase letters, digits, dots, dashes and _, got 's3://acme'"],
    [{ bucket: 'ac' }, "'logs.bucket' must be the name of a bucket, of 3 to 63 lowercase letters, digits, dots, dashes and _, got 'ac'"],
    [{ bucket: 'acme', prefix: '/logs' }, "'logs.prefix' must be a relative path of letters, digits and '._=-' without '..', got '/logs'"],
    [{ bucket: 'acme', prefix: 'logs/' }, "'logs.prefix' must be a relative path of letters, digits and '._=-' without '..', got 'logs/'"],
    [{ bucket: 'acme', prefix: 'a/../b' }, "'logs.prefix' must be a relative path of letters, digits and '._=-' without '..', got 'a/../b'"],
    [{ bucket: 'acme', region: 'Frankfurt' }, "'logs.region' must be of lowercase letters, digits and dashes, like eu-central-1, got 'Frankfurt'"],
    [{ bucket: 'acme', endpointUrl: 'https://me:secret@s3.acme.com' },
      "'logs.endpointUrl' must be like https://s3.example.com, without a login, got 'https://...@s3.acme.com'"],
    [{ bucket: 'acme', endpointUrl: 'https://s3:port' }, "'logs.endpointUrl' must be like https://s3.example.com, without a login, got 'https://s3:port'"],
    [{ bucket: 'acme', endpointUrl: 'https://s3.acme.com/logs' },
      "'logs.endpointUrl' must be like https://s3.example.com, without a login, got 'https://s3.acme.com/logs'"],
    [{ bucket: 'acme', endpointUrl: 's3.acme.com' }, "'logs.endpointUrl' must be like https://s3.example.com, without a login, got 's3.acme.com'"],
    [{ bucket: 'acme', connection, region: 'eu-central-1' },
      "'logs.region' is for logs without a 'connection', got 'eu-central-1' beside one; put it into the extra 'region_name' of the connection"],
    [{ bucket: 'acme', connection, endpointUrl: 'https://s3.acme.com' },
      "'logs.endpointUrl' is for logs without a 'connection', got 'https://s3.acme.com' beside one; put it into the extra 'endpoint_url' of the connection"],
  ])('fails with %j', (options, message) => {
    expect(building({ logs: TaskLogs.s3(options) })).toThrow(new Error(`test/airflow: ${message}`));
  });

  test.each([
    ['remote_logging', 'False', "'logs'"], ['remote_base_log_folder', 's3://other', "'logs'"], ['remote_log_conn_id', 'other', "'logs.connection'"],
    ['encrypt_s3_logs', 'True', "'logs.encrypt'"],
  ])('leaves nothing of it to config: %s', (option, value, prop) => {
    expect(building({ logs: s3, config: { logging: { [option]: value } } })).toThrow(
      new Error(`test/airflow: 'config.logging.${option}' cannot be set, got '${value}'; ${prop} decides it`));
  });
});

describe('Google Cloud Storage', () => {
  test('gets each log when its task ends', () => {
    const manifest = synthAirflow({ logs: TaskLogs.gcs({ bucket: 'acme_logs', prefix: 'a' }) });
    expect(logging(manifest)).toMatchObject({ remote_logging: 'True', remote_base_log_folder: 'gs://acme_logs/a', remote_log_conn_id: 'task_logs' });
    expect(plain(manifest)).toEqual({ conn_type: 'google_cloud_platform' });
  });

  test.each([
    [{ bucket: 'gs://acme' }, "'logs.bucket' must be the name of a bucket, of at least 3 lowercase letters, digits, dots, dashes and _, got 'gs://acme'"],
    [{ bucket: 'acme', prefix: '' }, "'logs.prefix' must be a relative path of letters, digits and '._=-' without '..', got ''"],
  ])('fails with %j', (options, message) => {
    expect(building({ logs: TaskLogs.gcs(options) })).toThrow(new Error(`test/airflow: ${message}`));
  });
});

describe('Azure Blob Storage', () => {
  const container = 'logs';

  test.each([[AirflowVersion.V2_11, 'wasb-logs'], [AirflowVersion.V3_0, 'wasb-logs'], [AirflowVersion.V3_1, 'wasb://wasb-logs'], [AirflowVersion.V3_3, 'wasb://wasb-logs']])(
    'has the same folder in every version: %s', (version, folder) => {
      const manifest = synthAirflow({ version, logs: TaskLogs.azureBlob({ container, account: 'acme' }) });
      expect(logging(manifest)).toMatchObject({ remote_logging: 'True', remote_base_log_folder: folder, remote_log_conn_id: 'task_logs', delete_local_logs: 'True' });
      expect(cfg(manifest, 'azure_remote_logging', 'remote_wasb_log_container')).toBe('logs');
    });

  test('is reached by the identity of the pods, at the account', () => {
    expect(plain(synthAirflow({ logs: TaskLogs.azureBlob({ container, account: 'acme' }) }))).toEqual({ conn_type: 'wasb', host: 'https://acme.blob.core.windows.net' });
  });

  test('is reached by a connection, which knows the account', () => {
    const manifest = synthAirflow({ logs: TaskLogs.azureBlob({ container, prefix: 'a/b', connection }) });
    expect(env(main(manifest, 'task'), VARIABLE)!.valueFrom).toEqual({ secretKeyRef: { name: 'store', key: 'connection' } });
    expect(cfg(manifest, 'logging', 'remote_base_log_folder')).toBe('wasb://a/b');
  });

  test.each([
    [{ container: 'Logs', account: 'acme' }, "'logs.container' must be the name of a container, of 3 to 63 lowercase letters, digits and single dashes, got 'Logs'"],
    [{ container, account: 'acme-logs' }, "'logs.account' must be the name of a storage account, of 3 to 24 lowercase letters and digits, got 'acme-logs'"],
    [{ container }, "'logs.account' must be given where there is no 'connection', and only there, got neither"],
    [{ container, account: 'acme', connection }, "'logs.account' must be given where there is no 'connection', and only there, got 'acme' and a connection"],
  ])('fails with %j', (options, message) => {
    expect(building({ logs: TaskLogs.azureBlob(options) })).toThrow(new Error(`test/airflow: ${message}`));
  });

  test('fails with another folder in a version that knows it by its name', () => {
    const logs = TaskLogs.azureBlob({ container, account: 'acme', prefix: 'a' });
    expect(building({ version: AirflowVersion.V2_11, logs })).toThrow(
      new Error("test/airflow: 'logs.prefix' must begin with 'wasb', by which Airflow 2.11 recognizes the store, got 'a'; use 'wasb-a'"));
  });
});

describe('CloudWatch', () => {
  const logs = TaskLogs.cloudWatch({ logGroupArn: ARN, connection });

  test('gets each line when it is written', () => {
    expect(logging(synthAirflow({ logs }))).toMatchObject({
      remote_logging: 'True', remote_base_log_folder: `cloudwatch://${ARN}`, remote_log_conn_id: 'task_logs', delete_local_logs: 'True',
    });
    expect(plain(synthAirflow({ logs: TaskLogs.cloudWatch({ logGroupArn: `${ARN}:*` }) }))).toEqual({ conn_type: 'aws' });
  });

  test('is asked by the dag-processor of 3.x, too', () => {
    expect(users(synthAirflow({ logs }))).toEqual(['api-server', 'dag-processor', 'task', 'triggerer']);
    expect(users(synthAirflow({ logs, version: AirflowVersion.V2_11, dagProcessor: {} }))).toEqual(['task', 'triggerer', 'webserver']);
  });

  test.each(['/acme/airflow', 'arn:aws:logs:eu-central-1:123:log-group:x', 'arn:aws:s3:::acme'])('fails with the group %s', logGroupArn => {
    expect(building({ logs: TaskLogs.cloudWatch({ logGroupArn }) })).toThrow(new Error(
      `test/airflow: 'logs.logGroupArn' must be like ${ARN}, got '${logGroupArn}'`));
  });
});
