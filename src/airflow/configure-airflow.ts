import { Chart } from 'cdk8s';
import { AirflowProps } from './airflow-props';
import { outlastOutages } from './outlast-outages';
import { ApiServer } from '../components/api-server';
import { checkHeartbeats } from '../components/heartbeat';
import { WEB_PORT } from '../components/web-service';
import { Answer, byDefault, ConfigOption, own } from '../core/answer';
import { defaultQueue } from '../core/dag-names';
import { TASK_LOGS_PORT, TRIGGER_LOGS_PORT } from '../core/endpoints';
import { BY_ADDRESS } from '../core/import-paths';
import { IAirflow } from '../instance/i-airflow';
import { gather } from '../kubernetes/problems';
import { TaskPods } from '../task-pods/task-pods';

/** What the options refer to that is only made after them. */
interface ConfiguredAirflow extends IAirflow {
  readonly apiServer?: ApiServer;
  readonly taskPods: TaskPods;
}

/** Sets the options of an Airflow: first what the choices and the library decide, then the user's, which may not contradict it. */
export function configureAirflow(airflow: ConfiguredAirflow, props: AirflowProps, answers: Answer[]): void {
  const { config } = airflow;
  config._apply([...answers.flatMap(({ options }) => options ?? []), ...libraryOptions(airflow, props)]);
  gather(airflow, problems => {
    for (const [section, options] of Object.entries(props.config ?? {})) {
      for (const [option, value] of Object.entries(options)) { problems.check(() => config.set(section, option, value)); }
    }
    problems.check(() => checkHeartbeats(airflow, config));
    problems.check(() => outlastOutages(airflow));
  });
  // From here on nothing else may decide what DAGs and workers are told.
  const { traits, executor } = airflow._instance;
  if (traits.celery) { defaultQueue(config); }
  if (traits.launchesPods) { config._pin('sdk', 'coordinators'); }
  executor.podQueue?.(config);
}

/** The options that the library sets whatever is chosen. */
function libraryOptions(airflow: ConfiguredAirflow, props: AirflowProps): ConfigOption[] {
  const { image, version, _instance: { traits, executor } } = airflow;
  return [
    own('core', 'executor', executor.setting, "'executor'"),
    own('database', 'sql_alchemy_conn', undefined, "'database'"),
    own('logging', 'base_log_folder', `${image.airflowHome}/logs`, "'airflowHome' of 'image'"),
    own('logging', 'worker_log_server_port', `${TASK_LOGS_PORT}`, 'the library'),
    own('logging', 'trigger_log_server_port', `${TRIGGER_LOGS_PORT}`, 'the library'),
    ...traits.launchesPods ? taskPodOptions(airflow) : [],
    ...version.isAirflow3 ? [
      // A Service sends requests here, whatever port it has itself.
      own('api', 'port', `${WEB_PORT}`, 'the library', "'apiServer.service.port' is what clients use"),
      own('core', 'execution_api_server_url', () => `${(props.external?.apiServerUrl ?? airflow.apiServer!.url).replace(/\/$/, '')}/execution/`,
        "'apiServer' or 'external.apiServerUrl'"),
    ] : [
      own('webserver', 'web_server_port', `${WEB_PORT}`, 'the library', "'webserver.service.port' is what clients use"),
      own('scheduler', 'standalone_dag_processor', traits.standaloneDagProcessor ? 'True' : 'False', "'dagProcessor'"),
    ],
    byDefault('core', 'load_examples', 'False'),
    byDefault('logging', 'colored_console_log', 'False'),
    byDefault('core', 'hostname_callable', BY_ADDRESS),
  ];
}

function taskPodOptions(airflow: ConfiguredAirflow): ConfigOption[] {
  const option = (name: string, value: () => string | undefined, prop: string) => own('kubernetes_executor', name, value, prop);
  return [
    option('namespace', () => Chart.of(airflow).namespace!, "the Chart's 'namespace'"),
    option('pod_template_file', () => airflow.taskPods.defaultPod._templateFile, "'taskPods'"),
    // The executor puts it over the image of every template that no task overrides.
    ...['worker_container_repository', 'worker_container_tag'].map(name =>
      own('kubernetes_executor', name, undefined, "'taskPods.image'", 'each pod template has its image')),
    option('multi_namespace_mode', () => (airflow.taskPods._namespaceList !== undefined ? 'True' : undefined), "'namespace' of a task pod"),
    option('multi_namespace_mode_namespace_list', () => airflow.taskPods._namespaceList, "'namespace' of a task pod"),
  ];
}
