import { App, Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AirflowConfig, AirflowVersion, AirflowProps } from '../../src/index';
import { airflowChart, building, cfg, cfgText, pod, synth, synthAirflow } from '../util';

const { V2_10, V2_11, V3_0, V3_1, V3_3 } = AirflowVersion;

function config(version = V3_3): AirflowConfig {
  return new AirflowConfig(new Chart(new App(), 'chart'), version);
}

function variable(name: string): AirflowProps {
  return { pods: { env: { [name]: kplus.EnvValue.fromValue('x') } } };
}

test('an option has a variable of its name in capitals', () => {
  expect(AirflowConfig.variableName('core', 'load_examples')).toBe('AIRFLOW__CORE__LOAD_EXAMPLES');
  expect(AirflowConfig.variableName('common.io', 'xcom_objectstorage_path')).toBe('AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_PATH');
});

test('options are rendered by section and name', () => {
  const options = config();
  options.set('scheduler', 'max_tis_per_query', '64');
  options.set('core', 'parallelism', '32');
  options.set('core', 'load_examples', 'True');
  expect(options.toCfg()).toBe('[core]\nload_examples = True\nparallelism = 32\n\n[scheduler]\nmax_tis_per_query = 64\n');
});

test('a percent sign is doubled, and the lines of a value are indented', () => {
  const options = config();
  options.set('logging', 'log_format', '%(asctime)s 100%');
  options.set('email', 'subject_template', 'one\ntwo\n\nthree');
  expect(options.toCfg()).toBe('[email]\nsubject_template = one\n    two\n    \n    three\n\n[logging]\nlog_format = %%(asctime)s 100%%\n');
});

test('get answers with what is rendered', () => {
  const options = config();
  options.set('core', 'parallelism', '32');
  expect(options.get('core', 'parallelism')).toBe('32');
  expect(options.get('core', 'load_examples')).toBeUndefined();
});

test('an empty value is a value', () => {
  const options = config();
  options.set('core', 'parallelism', '');
  expect(options.get('core', 'parallelism')).toBe('');
  expect(options.toCfg()).toBe('[core]\nparallelism = \n');
});

test.each([
  ['an unknown option', V3_3, 'core', 'nonsense_of_mine', 'is not an option of Airflow 3.3'],
  ['a misspelt option', V3_3, 'core', 'paralelism', "is not an option of Airflow 3.3; did you mean 'core.parallelism'?"],
  ['an option in capitals', V3_3, 'core', 'PARALLELISM', 'is not an option of Airflow 3.3'],
  ['a renamed option', V3_3, 'webserver', 'base_url', "is not an option of Airflow 3.3: it is now 'api.base_url'"],
  ['an option renamed long ago', V2_10, 'core', 'dag_concurrency', "is not an option of Airflow 2.10: it is now 'core.max_active_tasks_per_dag'"],
  ['an option that moved', V3_0, 'scheduler', 'dag_dir_list_interval', "is not an option of Airflow 3.0: it is now 'dag_processor.refresh_interval'"],
  ['a removed option', V3_3, 'core', 'dag_default_view', 'is not an option of Airflow 3.3: it was removed.'],
  ['an option of a later version', V2_11, 'api', 'base_url', 'is not an option of Airflow 2.11: it exists from 3.0 on'],
  ['an option of the next version', V3_0, 'api', 'auto_refresh_interval', 'is not an option of Airflow 3.0: it exists from 3.1 on'],
  ['an unknown section', V3_3, 'my_plugin', 'level', "is not an option of Airflow 3.3, which has no section 'my_plugin'; "
    + "a section of your own plugin goes into 'pods.env' as AIRFLOW__MY_PLUGIN__LEVEL"],
])('fails with %s', (_, version, section, option, problem) => {
  expect(() => config(version).set(section, option, 'x')).toThrow(
    new Error(`chart: 'config.${section}.${option}': '${section}.${option}' ${problem}`));
});

test.each(['a b\n[core]', 'a=b', 'Release', ''])('fails with the option %j of a section that Airflow hands on whole', option => {
  expect(() => config().set('sentry', option, 'x')).toThrow(new Error(
    `chart: 'config.sentry.${option}': 'sentry.${option}' must be called by lowercase letters, digits and '_'`));
});

test.each([[32, 'number'], [true, 'boolean'], [undefined, 'undefined'], [{}, 'object']])('fails with the value %j, which is no string', (value, got) => {
  expect(() => config().set('core', 'parallelism', value as unknown as string)).toThrow(
    new Error(`chart: 'config.core.parallelism' must be a string, got ${got}; put the value into quotes`));
});

test('fails with a removed option and gives the reason that Airflow gives', () => {
  expect(() => config(V2_11).set('core', 'check_slas', 'False')).not.toThrow();
  expect(() => config(V3_1).set('core', 'check_slas', 'False')).toThrow(
    /'core\.check_slas' is not an option of Airflow 3\.1: it was removed\. The SLA feature is removed in Airflow 3\.0/);
});

test.each([
  [V3_3, 'sentry', 'sentry_dsn', 'AIRFLOW__SENTRY__SENTRY_DSN'],
  [V3_3, 'secrets', 'backend_kwargs', 'AIRFLOW__SECRETS__BACKEND_KWARGS'],
  [V3_3, 'celery_broker_transport_options', 'sentinel_kwargs', 'AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__SENTINEL_KWARGS'],
  [V2_11, 'smtp', 'smtp_password', 'AIRFLOW__SMTP__SMTP_PASSWORD'],
])('fails in %s with the secret %s.%s, without repeating it', (version, section, option, name) => {
  const options = config(version);
  expect(() => options.set(section, option, 'hunter2')).toThrow(new Error(`chart: 'config.${section}.${option}' would put a secret into a ConfigMap; `
    + `set ${name} in 'pods.env' from a Secret, or use ${option}_cmd or ${option}_secret`));
  options.set(section, `${option}_cmd`, 'cat /run/secrets/x');
  options.set(section, `${option}_secret`, 'x');
  expect(options.toCfg()).toBe(`[${section}]\n${option}_cmd = cat /run/secrets/x\n${option}_secret = x\n`);
});

test.each([
  ['secrets', 'backend_kwargs', '{"connections_path": "airflow", "auth_type": "kubernetes", "kubernetes_role": "airflow", "url": "http://vault:8200"}'],
  ['secrets', 'backend_kwargs', '{"connections_file_path": "/files/connections.yaml"}'],
  ['secrets', 'backend_kwargs', '{"url": "http://vault:8200", "token": "$VAULT_TOKEN", "token_path": "/x"}'],
  ['workers', 'secrets_backend_kwargs', '{}'],
  ['database', 'sql_alchemy_engine_args', '{"pool_size": 5}'],
  ['logging', 'remote_task_handler_kwargs', '{"delete_local_copy": true}'],
  ['celery_broker_transport_options', 'sentinel_kwargs', '{"username": "airflow"}'],
])('takes the arguments of %s.%s that have no secret in them', (section, option, value) => {
  const options = config();
  options.set(section, option, value);
  expect(options.get(section, option)).toBe(value);
});

test.each([
  '{"url": "http://vault:8200", "token": "hunter2"}', '{"auth_type": "approle", "role_id": "x", "secret_id": "hunter2"}', '{"gcp_keyfile_dict": "hunter2"}',
  '{"url": "http://me:hunter2@vault"}', '{"client": {"secret": "hunter2"}}', '{"token": "hunter2"', '"hunter2"',
])('fails with arguments that have a secret in them, or cannot be read, without repeating it (%#)', value => {
  expect(() => config().set('secrets', 'backend_kwargs', value)).toThrow(new Error("chart: 'config.secrets.backend_kwargs' would put a secret into a ConfigMap; "
    + "set AIRFLOW__SECRETS__BACKEND_KWARGS in 'pods.env' from a Secret, or use backend_kwargs_cmd or backend_kwargs_secret"));
});

test.each([
  ['elasticsearch', 'host', 'https://elastic:hunter2@es:9200'],
  ['api', 'base_url', 'https://me:hunter2@example.com'],
  ['logging', 'remote_base_log_folder', 'https://me:hunter2@example.com/logs'],
  ['elasticsearch_configs', 'api_key', 'hunter2'],
  ['elasticsearch_configs', 'http_auth', 'me:hunter2'],
  ['elasticsearch_configs', 'basic_auth', 'me:hunter2'],
  ['celery_broker_transport_options', 'password', 'hunter2'],
  ['sentry', 'access_token', 'x'],
])('fails with what only can be a secret, or has a password in it (%s.%s), without repeating it', (section, option, value) => {
  expect(() => config().set(section, option, value)).toThrow(new Error(`chart: 'config.${section}.${option}' would put a secret into a ConfigMap; `
    + `set AIRFLOW__${section.toUpperCase()}__${option.toUpperCase()} in 'pods.env' from a Secret`));
});

test('a URL may have the name of a variable for its password, and an option of Airflow may be called like a secret', () => {
  const options = config();
  options.set('elasticsearch', 'host', 'https://elastic:$ES_PASSWORD@es:9200');
  options.set('elasticsearch', 'frontend', 'https://elastic:${ES_PASSWORD}@es:9200');
  options.set('fab', 'proxy_fix_x_for', '1');
  expect(options.toCfg()).toBe('[elasticsearch]\nfrontend = https://elastic:${ES_PASSWORD}@es:9200\nhost = https://elastic:$ES_PASSWORD@es:9200\n\n'
    + '[fab]\nproxy_fix_x_for = 1\n');
});

test('an option can be set after it was asked for', () => {
  const options = config();
  expect(options.get('core', 'parallelism')).toBeUndefined();
  options.set('core', 'parallelism', '64');
  expect(options.get('core', 'parallelism')).toBe('64');
});

test('fails with an option that a component has read already', () => {
  const options = config();
  options._pin('core', 'parallelism');
  expect(() => options.set('core', 'parallelism', '64')).toThrow(
    new Error("chart: 'config.core.parallelism' is set too late, to '64': a component has read it; pass it in the prop 'config'"));
});

test('fails when an option is set twice', () => {
  const options = config();
  options.set('core', 'parallelism', '32');
  expect(() => options.set('core', 'parallelism', '64')).toThrow(
    new Error("chart: 'config.core.parallelism' is set twice, to '32' and to '64'; leave one of them out"));
});

describe('in an Airflow', () => {
  test('the options of the user are rendered beside those of the library', () => {
    const manifest = synthAirflow({ config: { core: { parallelism: '64' }, scheduler: { max_tis_per_query: '8' } } });
    expect(cfg(manifest, 'core', 'parallelism')).toBe('64');
    expect(cfg(manifest, 'core', 'executor')).toBe('KubernetesExecutor');
    expect(cfg(manifest, 'scheduler', 'max_tis_per_query')).toBe('8');
  });

  test('a default of the library can be replaced', () => {
    expect(cfg(synthAirflow(), 'core', 'load_examples')).toBe('False');
    expect(cfg(synthAirflow({ config: { core: { load_examples: 'True' } } }), 'core', 'load_examples')).toBe('True');
  });

  test('an option set after the construction is rendered and restarts the pods', () => {
    const chart = airflowChart();
    const checksum = () => pod(synth(chart), 'scheduler').metadata.annotations!['cdk8s-airflow/config-checksum'];
    const before = checksum();
    chart.airflow.config.set('core', 'parallelism', '7');
    expect(cfg(synth(chart), 'core', 'parallelism')).toBe('7');
    expect(checksum()).not.toBe(before);
    expect(checksum()).toMatch(/^[0-9a-f]{10}$/);
  });

  test('the rendered defaults are these', () => {
    expect(cfgText(synthAirflow())).toBe(`[api]
port = 8080

[core]
auth_manager = airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager
dags_folder = /opt/airflow/dags
execution_api_server_url = http://test-airflow-api-server.airflow.svc:8080/execution/
executor = KubernetesExecutor
hostname_callable = airflow.utils.net.get_host_ip_address
load_examples = False

[execution_api]
jwt_expiration_time = 3000

[fab]
config_file = /etc/cdk8s-airflow/webserver_config.py
update_fab_perms = False

[kubernetes_executor]
delete_worker_pods = True
delete_worker_pods_on_failure = False
namespace = airflow
pod_template_file = /opt/airflow/pod_templates/default.yaml
task_publish_max_retries = 360
worker_pods_creation_batch_size = 16

[logging]
base_log_folder = /opt/airflow/logs
colored_console_log = False
trigger_log_server_port = 8794
worker_log_server_port = 8793

[scheduler]
task_instance_heartbeat_timeout = 600
task_queued_timeout = 960

[workers]
execution_api_retries = 37
execution_api_retry_wait_max = 10
execution_api_retry_wait_min = 10
max_failed_heartbeats = 1
`);
  });

  test.each([
    ['core', 'executor', "'executor'"],
    ['core', 'dags_folder', "'dags'"],
    ['core', 'auth_manager', "'auth'"],
    ['core', 'execution_api_server_url', "'apiServer.executionApi', 'apiServer' or 'external'"],
    ['kubernetes_executor', 'namespace', "the Chart's 'namespace'"],
    ['kubernetes_executor', 'pod_template_file', "'taskPods'"],
    ['kubernetes_executor', 'worker_pods_creation_batch_size', "'executor'"],
  ])('fails with %s.%s, which %s decides', (section, option, prop) => {
    expect(building({ config: { [section]: { [option]: 'mine' } } })).toThrow(
      new Error(`test/airflow: 'config.${section}.${option}' cannot be set, got 'mine'; ${prop} decides it`));
  });

  test.each([
    ['core', 'fernet_key', "'secrets'"],
    ['api', 'secret_key', "'secrets'"],
    ['api_auth', 'jwt_secret', "'secrets'"],
    ['database', 'sql_alchemy_conn', "'database'"],
  ])('fails with the secret %s.%s, which %s decides, without repeating it', (section, option, prop) => {
    expect(building({ config: { [section]: { [option]: 'hunter2' } } })).toThrow(
      new Error(`test/airflow: 'config.${section}.${option}' cannot be set; ${prop} decides it`));
  });

  test.each([['scheduler', 'scheduler_heartbeat_sec'], ['scheduler', 'job_heartbeat_sec'], ['triggerer', 'job_heartbeat_sec']])(
    'fails with heartbeats so rare that a healthy component would be restarted (%s.%s)', (section, option) => {
      for (const interval of ['21', '-5', '', '0', '1s']) {
        expect(building({ config: { [section]: { [option]: interval } } })).toThrow(new Error(`test/airflow: 'config.${section}.${option}' must be a number `
          + `above 0 and at most 20, got '${interval}'; a component is restarted when its last heartbeat is 40 seconds old`));
      }
      expect(cfg(synthAirflow({ config: { [section]: { [option]: '20' } } }), section, option)).toBe('20');
    });

  test('fails with a password for an option that a prop decides, without repeating it', () => {
    expect(building({ config: { core: { execution_api_server_url: 'https://me:hunter2@host' } } })).toThrow(new Error(
      "test/airflow: 'config.core.execution_api_server_url' cannot be set; 'apiServer.executionApi', 'apiServer' or 'external' decides it"));
  });

  test('fails with the _cmd of an option that a prop decides', () => {
    expect(building({ config: { database: { sql_alchemy_conn_cmd: 'cat /x' } } })).toThrow(
      new Error("test/airflow: 'config.database.sql_alchemy_conn_cmd' cannot be set, got 'cat /x'; 'database' decides it"));
  });

  test('fails in 2.x with the option that says whether the dag-processor stands alone', () => {
    expect(building({ version: V2_11, config: { scheduler: { standalone_dag_processor: 'True' } } })).toThrow(
      new Error("test/airflow: 'config.scheduler.standalone_dag_processor' cannot be set, got 'True'; 'dagProcessor' decides it"));
  });

  test('fails with an unknown option and names the construct', () => {
    expect(building({ config: { core: { paralelism: '1' } } })).toThrow(
      new Error("test/airflow: 'config.core.paralelism': 'core.paralelism' is not an option of Airflow 3.3; did you mean 'core.parallelism'?"));
  });
});

describe('an environment variable', () => {
  test.each([
    ['AIRFLOW__CORE__EXECUTOR', "'executor'"],
    ['AIRFLOW__DATABASE__SQL_ALCHEMY_CONN', "'database'"],
    ['AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_CMD', "'database'"],
    ['AIRFLOW__CORE__FERNET_KEY_SECRET', "'secrets'"],
    ['AIRFLOW__API_AUTH__JWT_SECRET', "'secrets'"],
    ['AIRFLOW__KUBERNETES_EXECUTOR__NAMESPACE', "the Chart's 'namespace'"],
  ])('fails when it is %s, which %s decides', (name, prop) => {
    expect(building(variable(name))).toThrow(new RegExp(`^test/airflow/bootstrap-secrets: 'pods\\.env' cannot set '${name}'; ${prop} decides it$`));
  });

  test('fails when a component, too, gets one that a prop decides', () => {
    const env = { AIRFLOW__API_AUTH__JWT_SECRET: kplus.EnvValue.fromValue('x') };
    expect(building({ triggerer: { env } })).toThrow(
      new Error("test/airflow/triggerer: 'env' cannot set 'AIRFLOW__API_AUTH__JWT_SECRET'; 'secrets' decides it"));
  });

  test.each(['AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC', 'AIRFLOW__API__SSL_CERT'])('fails when it is %s, which a component has to know', name => {
    const option = name.slice('AIRFLOW__'.length).toLowerCase().replace('__', '.');
    expect(building({ scheduler: { env: { [name]: kplus.EnvValue.fromValue('x') } } })).toThrow(new Error(
      `test/airflow/scheduler: 'env' cannot set '${name}', which a component has to know; set 'config.${option}' instead`));
  });

  test('fails when config sets the same option', () => {
    expect(building({ config: { core: { parallelism: '1' } }, ...variable('AIRFLOW__CORE__PARALLELISM') })).toThrow(
      new Error("test/airflow/bootstrap-secrets: 'pods.env' cannot set 'AIRFLOW__CORE__PARALLELISM'; 'config.core.parallelism' decides it"));
  });

  test.each([
    ['AIRFLOW__CORE__PARALELISM', "'core.paralelism' is not an option of Airflow 3.3; did you mean 'core.parallelism'?"],
    ['AIRFLOW__WEBSERVER__BASE_URL', "'webserver.base_url' is not an option of Airflow 3.3: it is now 'api.base_url'"],
    ['AIRFLOW__CORE__DAG_DEFAULT_VIEW', "'core.dag_default_view' is not an option of Airflow 3.3: it was removed."],
  ])('fails when it is %s, which the version does not know', (name, problem) => {
    expect(building(variable(name))).toThrow(new Error(`test/airflow/bootstrap-secrets: 'pods.env' cannot set '${name}': ${problem}`));
  });

  test.each(['AIRFLOW__CORE__PARALLELISM', 'AIRFLOW__SENTRY__SENTRY_DSN_CMD', 'AIRFLOW__MY_PLUGIN__LEVEL', 'AIRFLOW_CONN_AWS', 'AIRFLOW__CORE__LOAD_EXAMPLES'])(
    'is %s, which nothing else decides', name => {
      expect(pod(synthAirflow(variable(name)), 'scheduler').spec.containers[0].env).toContainEqual({ name, value: 'x' });
    });
});

test('fails when a variable replaces an option of a section with a dot in its name', () => {
  const pods = { env: { AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_PATH: kplus.EnvValue.fromValue('s3://aws_default@other/xcoms') } };
  const props = { config: { 'common.io': { xcom_objectstorage_path: 's3://aws_default@acme/xcoms' } }, pods };
  expect(() => synthAirflow(props)).toThrow("'pods.env' cannot set 'AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_PATH'; "
    + "'config.common.io.xcom_objectstorage_path' decides it");
});

test('fails when a variable misspells an option of a section with a dot in its name', () => {
  expect(() => synthAirflow(variable('AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_PAHT'))).toThrow("'pods.env' cannot set "
    + "'AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_PAHT': 'common.io.xcom_objectstorage_paht' is not an option of Airflow 3.3; "
    + "did you mean 'common.io.xcom_objectstorage_path'?");
});
