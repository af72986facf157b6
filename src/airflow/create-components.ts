import { AirflowProps } from './airflow-props';
import { unless } from './assemble';
import { ApiServer } from '../components/api-server';
import { CeleryWorkers } from '../components/celery-workers';
import { DagProcessor } from '../components/dag-processor';
import { ExecutionApi } from '../components/execution-api';
import { Scheduler } from '../components/scheduler';
import { Triggerer } from '../components/triggerer';
import { Webserver } from '../components/webserver';
import { ExecutorConfig } from '../executor/executor';
import { IAirflow } from '../instance/i-airflow';

/** The components that run for long; each is undefined when this Airflow does not have it or when it runs elsewhere. */
interface LongRunning {
  readonly apiServer?: ApiServer;
  readonly executionApi?: ExecutionApi;
  readonly webserver?: Webserver;
  readonly scheduler?: Scheduler;
  readonly dagProcessor?: DagProcessor;
  readonly celeryWorkers?: CeleryWorkers;
  readonly triggerer?: Triggerer;
}

/** Creates the components that run for long. */
export function createComponents(airflow: IAirflow, props: AirflowProps, { celery }: ExecutorConfig): LongRunning {
  const { external = {}, apiServer: { executionApi, ...apiServer } = {} } = props;
  const { version: { isAirflow3 }, _instance: { traits } } = airflow;
  return {
    apiServer: unless(!isAirflow3 || external.apiServerUrl !== undefined,
      () => new ApiServer(airflow, 'api-server', { ...apiServer, airflow })),
    executionApi: executionApi && new ExecutionApi(airflow, 'execution-api', { ...executionApi, airflow }),
    webserver: unless(isAirflow3 || external.webserver, () => new Webserver(airflow, 'webserver', { ...props.webserver, airflow })),
    scheduler: unless(external.scheduler, () => new Scheduler(airflow, 'scheduler', { ...props.scheduler, airflow })),
    dagProcessor: unless(external.dagProcessor || !traits.standaloneDagProcessor,
      () => new DagProcessor(airflow, 'dag-processor', { ...props.dagProcessor, airflow })),
    celeryWorkers: unless(external.celeryWorkers || celery === undefined,
      () => new CeleryWorkers(airflow, 'celery-workers', { ...celery!.workers, airflow })),
    triggerer: unless(external.triggerer, () => new Triggerer(airflow, 'triggerer', { ...props.triggerer, airflow })),
  };
}
