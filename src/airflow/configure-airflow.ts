import { Chart } from 'cdk8s';
import { AirflowProps } from './airflow-props';
import { ipFamilyOptions } from './ip-family-options';
import { outlastOutages } from './outlast-outages';
import { ApiServer } from '../components/api-server';
import { ExecutionApi } from '../components/execution-api';
import { checkHeartbeats } from '../components/heartbeat';
import { WEB_PORT } from '../components/web-service';
import { Answer, byDefault, ConfigOption, own } from '../core/answer';
import { defaultQueue } from '../core/dag-names';
import { TASK_LOGS_PORT, TRIGGER_LOGS_PORT } from '../core/endpoints';
import { BY_ADDRESS } from '../core/import-paths';
import { IAirflow } from '../instance/i-airflow';
import { gather } from '../kubernetes/problems';
import { TaskPods } from '../task-pods/task-pods';

/** The Airflow while its options are set. Some values refer to parts that are created later, so they are functions. */
interface ConfiguredAirflow extends IAirflow {
  readonly apiServer?: ApiServer;
  readonly executionApi?: ExecutionApi;
  readonly taskPods: TaskPods;
}

/** Sets the options of an Airflow: first those of the choices and the library, then those of the user, which must not contradict them. */
export function configureAirflow(airflow: ConfiguredAirflow, props: AirflowProps, answers: Answer[]): void {
  const { config } = airflow;
  config._apply([...answers.flatMap(({ options }) => options ?? []), ...libraryOptions(airflow)]);
  gather(airflow, problems => {
    for (const [section, options] of Object.entries(props.config ?? {})) {
      for (const [option, value] of Object.entries(options)) { problems.check(() => config.set(section, option, value)); }
    }
    problems.check(() => checkHeartbeats(airflow, config));
    problems.check(() => outlastOutages(airflow));
  });
  // DAGs and workers rely on these options, so nothing may set them from here on.
  const { traits, executor } = airflow._instance;
  if (traits.celery) { defaultQueue(config); }
  if (traits.launchesPods) { config._pin('sdk', 'coordinators'); }
  executor.podQueue?.(config);
}

/** The options that the library sets for every choice. */
function libraryOptions(airflow: ConfiguredAirflow): ConfigOption[] {
  const { image, version, _url: url, _instance: { traits, executor } } = airflow;
  return [
    own('core', 'executor', executor.setting, "'executor'"),
    own('database', 'sql_alchemy_conn', undefined, "'database'"),
    own('logging', 'base_log_folder', `${image.airflowHome}/logs`, "'airflowHome' of 'image'"),
    own('logging', 'worker_log_server_port', `${TASK_LOGS_PORT}`, 'the library'),
    own('logging', 'trigger_log_server_port', `${TRIGGER_LOGS_PORT}`, 'the library'),
    ...traits.launchesPods ? taskPodOptions(airflow) : [],
    ...version.isAirflow3 ? [
      // The Service forwards to this port, whatever its own port is.
      own('api', 'base_url', url?.text, "'url'"),
      own('api', 'port', `${WEB_PORT}`, 'the library', "'apiServer.service.port' is what clients use"),
      own('core', 'execution_api_server_url', () => `${executionApiUrl(airflow)}/execution/`, "'apiServer.executionApi', "
        + "'apiServer' or 'external'"),
    ] : [
      own('webserver', 'base_url', url?.text, "'url'"),
      own('webserver', 'web_server_port', `${WEB_PORT}`, 'the library', "'webserver.service.port' is what clients use"),
      own('scheduler', 'standalone_dag_processor', traits.standaloneDagProcessor ? 'True' : 'False', "'dagProcessor'"),
    ],
    byDefault('core', 'load_examples', 'False'),
    byDefault('logging', 'colored_console_log', 'False'),
    byDefault('core', 'hostname_callable', BY_ADDRESS),
    ...ipFamilyOptions(airflow),
  ];
}

/** The URL of the server that tasks talk to, without `/execution`. */
function executionApiUrl({ apiServer, executionApi, _instance: { executionApi: { external } } }: ConfiguredAirflow): string {
  return (external ?? (executionApi ?? apiServer!).url).replace(/\/$/, '');
}

function taskPodOptions(airflow: ConfiguredAirflow): ConfigOption[] {
  const option = (name: string, value: () => string | undefined, prop: string) => own('kubernetes_executor', name, value, prop);
  return [
    option('namespace', () => Chart.of(airflow).namespace!, "the Chart's 'namespace'"),
    option('pod_template_file', () => airflow.taskPods.defaultPod._templateFile, "'taskPods'"),
    // The executor would replace the image of every pod template with this image, unless the task overrides the pod.
    ...['worker_container_repository', 'worker_container_tag'].map(name =>
      own('kubernetes_executor', name, undefined, "'taskPods.image'", 'each pod template has its image'),
    ),
    option(
      'multi_namespace_mode',
      () => (airflow.taskPods._namespaceList !== undefined ? 'True' : undefined),
      "'namespace' of a task pod",
    ),
    option('multi_namespace_mode_namespace_list', () => airflow.taskPods._namespaceList, "'namespace' of a task pod"),
  ];
}
