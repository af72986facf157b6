import { Chart } from 'cdk8s';
import { AirflowProps } from './airflow-props';
import { AuthConfig } from '../auth/auth';
import { ApiServer } from '../components/api-server';
import { checkHeartbeats } from '../components/heartbeat';
import { WEB_PORT } from '../components/web-service';
import { BindContext } from '../core/bind-context';
import { defaultQueue } from '../core/default-queue';
import { BY_ADDRESS } from '../core/hostnames';
import { TASK_LOGS_PORT, TRIGGER_LOGS_PORT } from '../core/ports';
import { DagSourceConfig } from '../dags/dag-source-config';
import { ExecutorConfig } from '../executor/executor';
import { IAirflow } from '../instance/i-airflow';
import { gather } from '../kubernetes/problems';
import { TaskPods } from '../task-pods/task-pods';

/** What the options refer to that is only made after them. */
interface ConfiguredAirflow extends IAirflow {
  readonly apiServer?: ApiServer;
  readonly taskPods: TaskPods;
}

/** Sets the options of an Airflow: first what the choices decide, then the user's, which may not contradict it. */
export function configureAirflow(airflow: ConfiguredAirflow, props: AirflowProps, executor: ExecutorConfig, auth: AuthConfig): void {
  const { config, image, version } = airflow;
  const own = config._own.bind(config);
  own('core', 'executor', executor.setting, "'executor'");
  own('database', 'sql_alchemy_conn', undefined, "'database'");
  // The checks that do without Airflow read its tables by their plain names.
  own('database', 'sql_alchemy_schema', undefined, "'database'");
  own('logging', 'base_log_folder', `${image.airflowHome}/logs`, "'logs'");
  own('logging', 'worker_log_server_port', `${TASK_LOGS_PORT}`, 'the library');
  own('logging', 'trigger_log_server_port', `${TRIGGER_LOGS_PORT}`, 'the library');
  executor.configure(config);
  auth.configure(config, !props.external?.migration);
  if (executor.podExecutor !== undefined) { configureTaskPods(airflow); }
  // A Service sends requests here, whatever port it has itself.
  own(version.isAirflow3 ? 'api' : 'webserver', version.isAirflow3 ? 'port' : 'web_server_port', `${WEB_PORT}`,
    version.isAirflow3 ? "'apiServer.service'" : "'webserver.service'");
  if (version.isAirflow3) {
    const api = () => `${(props.external?.apiServerUrl ?? airflow.apiServer!.url).replace(/\/$/, '')}/execution/`;
    own('core', 'execution_api_server_url', api, "'apiServer' or 'external.apiServerUrl'");
  } else {
    own('scheduler', 'standalone_dag_processor', airflow._instance.traits.standaloneDagProcessor ? 'True' : 'False', "'dagProcessor'");
  }
  config._default('core', 'load_examples', 'False');
  config._default('logging', 'colored_console_log', 'False');
  config._default('core', 'hostname_callable', BY_ADDRESS);
  gather(airflow, problems => {
    for (const [section, options] of Object.entries(props.config ?? {})) {
      for (const [option, value] of Object.entries(options)) { problems.check(() => config.set(section, option, value)); }
    }
    problems.check(() => checkHeartbeats(airflow, config));
  });
  // From here on nothing else may decide what DAGs and workers are told.
  if (executor.celery !== undefined) { defaultQueue(config); }
  executor.podQueue?.(config);
}

/** Sets the options that follow from where the DAGs are. */
export function configureDags({ config, version }: BindContext, source: DagSourceConfig): void {
  config._own('core', 'dags_folder', source.folder, "'dags'");
  for (const [option, value] of Object.entries(source.options ?? {})) { config._own('dag_processor', option, value, "'dags'"); }
  if (source.refreshSeconds === undefined) { return; }
  const [section, option] = version.isAirflow3 ? ['dag_processor', 'refresh_interval'] : ['scheduler', 'dag_dir_list_interval'];
  config._default(section, option, `${source.refreshSeconds}`);
}

function configureTaskPods(airflow: ConfiguredAirflow): void {
  const own = (option: string, value: () => string | undefined, prop: string) => airflow.config._own('kubernetes_executor', option, value, prop);
  own('namespace', () => Chart.of(airflow).namespace!, "the Chart's 'namespace'");
  own('pod_template_file', () => airflow.taskPods.default._templateFile, "'taskPods'");
  own('multi_namespace_mode', () => (airflow.taskPods._namespaces.length > 0 ? 'True' : undefined), "'task.namespace'");
  own('multi_namespace_mode_namespace_list', () => airflow.taskPods._namespaceList, "'task.namespace'");
}
