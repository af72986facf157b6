import { isWeb, Needs, Role } from './needs';

/** A pod that may read the file. */
export interface FileReader {
  readonly role: Role;
  readonly needs: Needs;
  /** The value that an option has in the pod. */
  readonly get: (section: string, option: string) => string | undefined;
}

/** An option that names a file or a folder, and who reads it. */
export interface FileOption {
  readonly section: string;
  readonly option: string;
  readonly isRead: (reader: FileReader) => boolean;
}

const isApiServer = ({ role }: FileReader) => role === Role.API_SERVER || role === Role.EXECUTION_API;
const isWebserver = ({ role }: FileReader) => role === Role.WEBSERVER;
const callsExecutionApi = ({ needs }: FileReader) => needs.executionApi;
const callsKubernetes = ({ needs }: FileReader) => needs.taskPods !== undefined;
const sendsMail = ({ needs }: FileReader) => needs.runsTasks;
const usesCeleryTls = ({ needs, get }: FileReader) => needs.broker && isTrue(get('celery', 'ssl_active'));

function isTrue(value: string | undefined): boolean {
  return ['t', 'true', '1'].includes(value?.toLowerCase() ?? '');
}

/** Who reads each, by Airflow's own code. Pods that read the file only sometimes, or do well without it, are not listed. */
const READERS: { readonly [option: string]: FileOption['isRead'] } = {
  // The client of the execution API trusts the certificate of the API server.
  'api.ssl_cert': reader => isApiServer(reader) || callsExecutionApi(reader),
  'api.ssl_key': isApiServer,
  'api.ssl_ca_file': reader => callsExecutionApi(reader) || (isApiServer(reader) && Boolean(reader.get('api', 'ssl_cert'))),
  'api.client_ssl_cert': callsExecutionApi,
  'api.client_ssl_key': callsExecutionApi,
  'api.log_config': reader => isApiServer(reader) && reader.get('api', 'server_type') !== 'gunicorn',
  'api_auth.jwt_private_key_path': ({ needs }) => needs.jwtSecret,
  'celery.ssl_cacert': usesCeleryTls,
  'celery.ssl_cert': usesCeleryTls,
  'celery.ssl_key': usesCeleryTls,
  'core.plugins_folder': ({ needs }) => needs.plugins,
  'email.html_content_template': sendsMail,
  'email.subject_template': sendsMail,
  // Without the file, the UI has other ways to log in than it should.
  'fab.config_file': ({ role }) => role === Role.API_SERVER,
  'kubernetes_executor.config_file': reader => (
    callsKubernetes(reader) && reader.get('kubernetes_executor', 'in_cluster')?.toLowerCase() === 'false'
  ),
  'kubernetes_executor.ssl_ca_cert': callsKubernetes,
  'logging.google_key_path': ({ needs, get }) => needs.taskLogs && get('logging', 'remote_base_log_folder')?.startsWith('gs://') === true,
  'openlineage.config_path': ({ role, needs }) => needs.runsTasks || role === Role.SCHEDULER,
  'webserver.config_file': ({ role }) => isWeb(role),
  'webserver.web_server_ssl_cert': isWebserver,
  'webserver.web_server_ssl_key': isWebserver,
};

/** The options that name files. */
export const FILE_OPTIONS: readonly FileOption[] = Object.entries(READERS).map(([name, isRead]) => {
  const [section, option] = name.split('.');
  return { section, option, isRead };
});
