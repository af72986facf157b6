import { logParts, TaskLogsConfig } from './task-logs-config';
import { AirflowConfig } from '../core/airflow-config';
import { byDefault, ConfigOption, own, PodParts } from '../core/answer';
import { BindContext } from '../core/bind-context';
import { endpointAt } from '../core/endpoints';
import { isWeb } from '../core/needs';
import { tlsFiles } from '../core/tls-files';
import { EnvVar } from '../kubernetes/pod';
import { gather } from '../kubernetes/problems';
import { SecretKey } from '../kubernetes/secret-key';
import { CertificateAuthority } from '../kubernetes/tls';
import { checkUrl, failure } from '../kubernetes/validate';

const PASSWORD = 'TASK_LOGS_PASSWORD';
const ADDRESS = /^(https?):\/\/([A-Za-z0-9.-]+):(\d+)$/;

/**
 * Options of task logs in Elasticsearch or OpenSearch.
 */
export interface SearchLogsOptions {
  /** The URL of the server with its port and without a login, for example `https://elasticsearch:9200`. */
  readonly url: string;

  /**
   * The user name. Needs `password`.
   *
   * @default - no login
   */
  readonly username?: string;

  /**
   * The password. Needs `username`. For Elasticsearch, Airflow puts the password into a URL, so percent-encode its special
   * characters in the Secret.
   *
   * @default - no login
   */
  readonly password?: SecretKey;

  /**
   * The authority that signed the server's certificate. Needs an https URL.
   *
   * @default - the authorities that the image trusts
   */
  readonly ca?: CertificateAuthority;

  /**
   * The index that tasks write to, or the pattern of the indices that the log shipper writes to.
   *
   * @default - `airflow-logs` with `direct`, all indices otherwise
   */
  readonly index?: string;

  /**
   * Whether Airflow 3 itself writes a log to the server when the task ends. Otherwise the pods print the logs for a log
   * shipper.
   *
   * @default false
   */
  readonly direct?: boolean;
}

interface Address {
  readonly scheme: string;
  readonly host: string;
  readonly port: string;
}

/** Task logs in Elasticsearch. */
export function elasticsearchLogs(airflow: BindContext, options: SearchLogsOptions): TaskLogsConfig {
  const { username, password } = options;
  const { scheme, host, port } = checkOptions(airflow, options);
  const login = password === undefined ? [] : [
    password._variable(PASSWORD),
    { name: variable('elasticsearch', 'host'), value: `${scheme}://${encodeURIComponent(username!)}:$(${PASSWORD})@${host}:${port}` },
  ];
  return {
    parts: logParts(merge(login, certificate('elasticsearch', options), peers('elasticsearch', 'Elasticsearch', options))),
    options: [
      // The host is set even with a login, because Airflow does not start without it.
      own('elasticsearch', 'host', `${scheme}://${host}:${port}`, "'logs.url'"),
      ...configOptions('elasticsearch', 'write_to_es', options),
    ],
  };
}

/** Task logs in OpenSearch. */
export function openSearchLogs(airflow: BindContext, options: SearchLogsOptions): TaskLogsConfig {
  const { version } = airflow;
  if (!version._isFrom(3, 2)) {
    throw failure(airflow, `'logs' can be in OpenSearch from Airflow 3.2 on, but the version is ${version.release}; use another store`);
  }
  const { username, password } = options;
  const { scheme, host, port } = checkOptions(airflow, options);
  const login = password === undefined ? [] : [
    { name: variable('opensearch', 'username'), value: username! }, password._variable(variable('opensearch', 'password')),
  ];
  return {
    parts: logParts(merge(login, certificate('opensearch', options), peers('opensearch', 'OpenSearch', options))),
    options: [
      own('opensearch', 'host', `${scheme}://${host}`, "'logs.url'"),
      own('opensearch', 'port', port, "'logs.url'"),
      own('opensearch', 'username', undefined, "'logs.username'"),
      own('opensearch', 'password', undefined, "'logs.password'"),
      ...scheme === 'https' ? [own('opensearch_configs', 'use_ssl', 'True', "'logs.url'")] : [],
      ...configOptions('opensearch', 'write_to_os', options),
    ],
  };
}

function checkOptions(airflow: BindContext, { url, username, password, ca, index, direct }: SearchLogsOptions): Address {
  checkUrl(airflow, 'logs.url', url, 'https://elasticsearch:9200, with a port and without a login or a path', ADDRESS);
  const [, scheme, host, port] = ADDRESS.exec(url)!;
  gather(airflow, problems => {
    if ((username === undefined) !== (password === undefined)) {
      problems.add("'logs.username' and 'logs.password' go together, got only the "
        + `${username === undefined ? 'password' : `username '${username}'`}; give both, or none`);
    }
    if (ca !== undefined && scheme !== 'https') {
      problems.add(`'logs.ca' is for a server that is reached by https, got '${url}'; correct one of them`);
    }
    if (index !== undefined && !(direct ? /^[a-z0-9][a-z0-9._-]*$/ : /^[a-z0-9.*][a-z0-9._*,-]*$/).test(index)) {
      problems.add(direct ? `'logs.index' must be the name of one index, of lowercase letters, digits and '._-', got '${index}'`
        : `'logs.index' must be names of indices, of lowercase letters, digits, '._-', '*' and ',', got '${index}'`);
    }
    if (direct && !airflow.version.isAirflow3) {
      problems.add(
        `'logs.direct' exists from Airflow 3.0 on, but the version is ${airflow.version.release}; leave it out and use a log shipper`,
      );
    }
  });
  return { scheme, host, port };
}

function configOptions(section: string, writing: string, { url, index, direct }: SearchLogsOptions): ConfigOption[] {
  return [
    own('logging', 'remote_logging', 'True', "'logs'"),
    own('logging', 'remote_base_log_folder', undefined, "'logs'"),
    own(section, 'write_stdout', direct ? 'False' : 'True', "'logs.direct'"),
    own(section, 'json_format', 'True', "'logs'"),
    ...direct ? [
      own(section, writing, 'True', "'logs.direct'"),
      own(section, 'target_index', index ?? 'airflow-logs', "'logs.index'"),
      byDefault('logging', 'delete_local_logs', 'True'),
    ] : [],
    // OpenSearch does not verify certificates by default. The option goes into the file, because Airflow ignores the variables
    // of a section that no file has.
    ...url.startsWith('https:') ? [byDefault(`${section}_configs`, 'verify_certs', 'True')] : [],
    own(section, 'index_patterns', index ?? (direct ? 'airflow-logs' : undefined), "'logs.index'"),
  ];
}

/** The certificate, only where it is mounted. A client fails if the file is missing. */
function certificate(section: string, { ca }: SearchLogsOptions): PodParts {
  if (ca === undefined) { return {}; }
  const files = tlsFiles('logs-tls', { ca });
  return { ...files.parts, env: [{ name: variable(`${section}_configs`, 'ca_certs'), value: files.ca }] };
}

function merge(login: EnvVar[], tls: PodParts, server: PodParts): PodParts {
  return { ...tls, ...server, env: [...login, ...tls.env ?? []] };
}

/** The endpoints of a pod. Only Airflow with `direct` writes to the server; otherwise a log shipper does. */
function peers(id: string, label: string, { url, direct }: SearchLogsOptions): PodParts {
  const endpoint = endpointAt(id, label, url);
  return {
    peers: role => (isWeb(role) ? [{ ...endpoint, purpose: 'reads logs' }] : direct ? [{ ...endpoint, purpose: 'writes logs' }] : []),
  };
}

function variable(section: string, option: string): string {
  return AirflowConfig.variableName(section, option);
}
