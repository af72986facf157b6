import { AirflowVersion, CertificateAuthority, SearchLogsOptions, SecretKey, TaskLogs } from '../../src/index';
import { building, cfg, cfgText, env, main, Manifest, mount, pod, pods, synthAirflow, Volume, volume } from '../util';

const key = (name: string) => SecretKey.of('search', name);
const url = 'https://search.acme:9200';
const login = { username: 'elastic@acme', password: key('password') };
const ca = CertificateAuthority.fromSecret(SecretKey.of('search', 'ca.crt'));
const HOST = 'AIRFLOW__ELASTICSEARCH__HOST';

function section(manifest: Manifest[], name: string): string[] {
  return new RegExp(`^\\[${name}\\]\\n([^[]*)`, 'm').exec(cfgText(manifest))?.[1].trim().split('\n') ?? [];
}

/** The components that have a variable. */
function having(manifest: Manifest[], name: string): string[] {
  return [...pods(manifest)].filter(([, { spec }]) => env(spec.containers[0], name)).map(([component]) => component).sort();
}

describe('Elasticsearch', () => {
  test.each([AirflowVersion.V2_10, AirflowVersion.V2_11, AirflowVersion.V3_0, AirflowVersion.V3_3])('gets what the pods print, in %s', version => {
    const manifest = synthAirflow({ version, logs: TaskLogs.elasticsearch({ url }) });
    expect(section(manifest, 'elasticsearch')).toEqual(['host = https://search.acme:9200', 'json_format = True', 'write_stdout = True']);
    expect(cfg(manifest, 'logging', 'remote_logging')).toBe('True');
    // A log that a shipper has not read yet is not deleted.
    expect(cfg(manifest, 'logging', 'delete_local_logs')).toBeUndefined();
    expect(having(manifest, HOST)).toEqual([]);
  });

  test('is written to by Airflow itself, and no copy stays', () => {
    const manifest = synthAirflow({ logs: TaskLogs.elasticsearch({ url, direct: true }) });
    expect(section(manifest, 'elasticsearch')).toEqual([
      'host = https://search.acme:9200', 'index_patterns = airflow-logs', 'json_format = True', 'target_index = airflow-logs',
      'write_stdout = False', 'write_to_es = True',
    ]);
    expect(cfg(manifest, 'logging', 'delete_local_logs')).toBe('True');
  });

  test('is read where the logs are', () => {
    const index = (options: Partial<SearchLogsOptions>) => section(synthAirflow({ logs: TaskLogs.elasticsearch({ url, ...options }) }), 'elasticsearch');
    expect(index({ index: 'filebeat-*,logs' })).toContain('index_patterns = filebeat-*,logs');
    expect(index({ index: 'tasks', direct: true })).toEqual(expect.arrayContaining(['index_patterns = tasks', 'target_index = tasks']));
  });

  test('is logged in at by those that write or show logs, with a password that only the Secret knows', () => {
    const manifest = synthAirflow({ logs: TaskLogs.elasticsearch({ url, ...login }) });
    expect(having(manifest, HOST)).toEqual(['api-server', 'task', 'triggerer']);
    const task = main(manifest, 'task');
    expect(env(task, HOST)!.value).toBe('https://elastic%40acme:$(TASK_LOGS_PASSWORD)@search.acme:9200');
    expect(env(task, 'TASK_LOGS_PASSWORD')).toEqual({ name: 'TASK_LOGS_PASSWORD', valueFrom: { secretKeyRef: { name: 'search', key: 'password' } } });
    expect(cfg(manifest, 'elasticsearch', 'host')).toBe(url);
  });

  test('is known by the certificate of its authority, told to those that have it', () => {
    const manifest = synthAirflow({ logs: TaskLogs.elasticsearch({ url, ca: CertificateAuthority.fromSecret(SecretKey.of('search', 'tls.crt')) }) });
    expect(having(manifest, 'AIRFLOW__ELASTICSEARCH_CONFIGS__CA_CERTS')).toEqual(['api-server', 'task', 'triggerer']);
    expect(env(main(manifest, 'task'), 'AIRFLOW__ELASTICSEARCH_CONFIGS__CA_CERTS')!.value).toBe('/run/secrets/logs-tls/ca.crt');
    expect(mount(main(manifest, 'task'), '/run/secrets/logs-tls')).toEqual({ name: 'logs-tls', mountPath: '/run/secrets/logs-tls', readOnly: true });
    expect(volume(pod(manifest, 'task'), 'logs-tls')).toEqual(
      { name: 'logs-tls', projected: { defaultMode: 0o440, sources: [{ secret: { name: 'search', items: [{ key: 'tls.crt', path: 'ca.crt' }] } }] } } as unknown as Volume);
    // In a file, since Airflow sees no variables of a section that is in none; and without the certificate, which others do not have.
    expect(section(manifest, 'elasticsearch_configs')).toEqual(['verify_certs = True']);
  });

  test.each([
    [{ url: 'search.acme:9200' }, "'logs.url' must be like https://elasticsearch:9200, with a port and without a login or a path, got 'search.acme:9200'"],
    [{ url: 'https://search.acme' }, "'logs.url' must be like https://elasticsearch:9200, with a port and without a login or a path, got 'https://search.acme'"],
    [{ url: 'https://es:99999' }, "'logs.url' must be like https://elasticsearch:9200, with a port and without a login or a path, got 'https://es:99999'"],
    [{ url: 'https://elastic:secret@search.acme:9200' },
      "'logs.url' must be like https://elasticsearch:9200, with a port and without a login or a path, got 'https://...@search.acme:9200'"],
    [{ url, username: 'elastic' }, "'logs.username' and 'logs.password' go together, got only the username 'elastic'; give both, or none"],
    [{ url, password: key('password') }, "'logs.username' and 'logs.password' go together, got only the password; give both, or none"],
    [{ url: 'http://search.acme:9200', ca }, "'logs.ca' is for a server that is reached by https, got 'http://search.acme:9200'; correct one of them"],
    [{ url, index: 'Logs' }, "'logs.index' must be names of indices, of lowercase letters, digits, '._-', '*' and ',', got 'Logs'"],
    [{ url, index: 'logs-*', direct: true }, "'logs.index' must be the name of one index, of lowercase letters, digits and '._-', got 'logs-*'"],
  ])('fails with %j', (options, message) => {
    expect(building({ logs: TaskLogs.elasticsearch(options) })).toThrow(new Error(`test/airflow: ${message}`));
  });

  test('fails when 2.x should write itself', () => {
    expect(building({ version: AirflowVersion.V2_11, logs: TaskLogs.elasticsearch({ url, direct: true }) })).toThrow(
      new Error("test/airflow: 'logs.direct' exists from Airflow 3.0 on, but the version is 2.11.2; leave it out and use a log shipper"));
  });

  test.each([['elasticsearch', 'host'], ['elasticsearch', 'write_stdout'], ['elasticsearch', 'index_patterns'], ['logging', 'remote_base_log_folder']])(
    'leaves nothing of it to config: %s.%s', (name, option) => {
      expect(building({ logs: TaskLogs.elasticsearch({ url }), config: { [name]: { [option]: 'x' } } })).toThrow(
        new RegExp(`^test/airflow: 'config\\.${name}\\.${option}' cannot be set, got 'x'; 'logs.*' decides it$`));
    });
});

test('an http server has no certificate to look at', () => {
  const logs = TaskLogs.elasticsearch({ url: 'http://search.acme:9200' });
  expect(section(synthAirflow({ logs }), 'elasticsearch_configs')).toEqual([]);
  const config = { elasticsearch_configs: { verify_certs: 'False' } };
  expect(section(synthAirflow({ logs: TaskLogs.elasticsearch({ url }), config }), 'elasticsearch_configs')).toEqual(['verify_certs = False']);
});

describe('OpenSearch', () => {
  test('gets what the pods print', () => {
    const manifest = synthAirflow({ logs: TaskLogs.openSearch({ url: 'http://search.acme:9201' }) });
    expect(section(manifest, 'opensearch')).toEqual(['host = http://search.acme', 'json_format = True', 'port = 9201', 'write_stdout = True']);
    expect(section(manifest, 'opensearch_configs')).toEqual([]);
    expect(having(manifest, 'AIRFLOW__OPENSEARCH__PASSWORD')).toEqual([]);
  });

  test('is written to by Airflow itself', () => {
    expect(section(synthAirflow({ logs: TaskLogs.openSearch({ url, direct: true, index: 'tasks' }) }), 'opensearch')).toEqual([
      'host = https://search.acme', 'index_patterns = tasks', 'json_format = True', 'port = 9200', 'target_index = tasks', 'write_stdout = False', 'write_to_os = True',
    ]);
  });

  test('is looked at twice before it is trusted', () => {
    const manifest = synthAirflow({ logs: TaskLogs.openSearch({ url, ca }) });
    expect(section(manifest, 'opensearch_configs')).toEqual(['use_ssl = True', 'verify_certs = True']);
    expect(having(manifest, 'AIRFLOW__OPENSEARCH_CONFIGS__CA_CERTS')).toEqual(['api-server', 'task', 'triggerer']);
  });

  test('is logged in at by those that write or show logs', () => {
    const manifest = synthAirflow({ logs: TaskLogs.openSearch({ url, ...login }) });
    expect(having(manifest, 'AIRFLOW__OPENSEARCH__USERNAME')).toEqual(['api-server', 'task', 'triggerer']);
    expect(env(main(manifest, 'task'), 'AIRFLOW__OPENSEARCH__USERNAME')!.value).toBe('elastic@acme');
    expect(env(main(manifest, 'task'), 'AIRFLOW__OPENSEARCH__PASSWORD')!.valueFrom).toEqual({ secretKeyRef: { name: 'search', key: 'password' } });
  });

  test.each([AirflowVersion.V2_11, AirflowVersion.V3_1])('fails in %s, which writes nothing there', version => {
    expect(building({ version, logs: TaskLogs.openSearch({ url }) })).toThrow(
      new Error(`test/airflow: 'logs' can be in OpenSearch from Airflow 3.2 on, but the version is ${version.release}; use another store`));
  });
});
