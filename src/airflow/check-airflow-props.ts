import { Construct } from 'constructs';
import type { AirflowProps, ExternalParts } from './airflow-props';
import { AirflowVersion } from '../core/airflow-version';
import { requireAirflow } from '../core/require-airflow';
import type { ExecutorConfig } from '../executor/executor';
import { checkBaseUrl, failure } from '../kubernetes/validate';

/** Throws for components that the version does not have, and for options of those that run elsewhere. */
export function checkComponents(scope: Construct, props: AirflowProps, version: AirflowVersion): void {
  const only = (major: 2 | 3, prop: string, value: unknown, instead: string) => {
    if (value !== undefined) { requireAirflow(scope, version, major, prop, instead); }
  };
  only(2, 'webserver', props.webserver, "use 'apiServer'");
  only(2, 'external.webserver', props.external?.webserver, "use 'external.apiServerUrl'");
  only(3, 'apiServer', props.apiServer, "use 'webserver'");
  only(3, 'external.apiServerUrl', props.external?.apiServerUrl, "use 'external.webserver'");
  checkExternal(scope, props);
}

/** Throws for options of pods and workers that the executor does not start. */
export function checkExecutor(scope: Construct, { external, taskPods }: AirflowProps, { setting, celery, podExecutor }: ExecutorConfig): void {
  if (podExecutor === undefined && taskPods !== undefined) {
    throw failure(scope, `'taskPods' has options, but the executor ${setting} starts no pods; leave it out, or use Executor.kubernetes()`);
  }
  if (!external?.celeryWorkers) { return; }
  if (celery === undefined) {
    throw failure(scope, `'external.celeryWorkers' says where Celery workers run, but the executor ${setting} has none; leave it out`);
  }
  if (celery.workers !== undefined) {
    throw failure(scope, "'executor' has options of 'workers', but 'external.celeryWorkers' says that they run elsewhere; leave one of them out");
  }
}

function checkExternal(scope: Construct, { external, ...props }: AirflowProps): void {
  const elsewhere = (prop: string, options: object | undefined, name: keyof ExternalParts) => {
    if (options !== undefined && external?.[name] !== undefined && external[name] !== false) {
      throw failure(scope, `'${prop}' has options, but 'external.${name}' says that it runs elsewhere; leave one of them out`);
    }
  };
  elsewhere('apiServer', props.apiServer, 'apiServerUrl');
  elsewhere('webserver', props.webserver, 'webserver');
  elsewhere('scheduler', props.scheduler, 'scheduler');
  elsewhere('dagProcessor', props.dagProcessor, 'dagProcessor');
  elsewhere('triggerer', props.triggerer, 'triggerer');
  elsewhere('jobs.migration', props.jobs?.migration, 'migration');
  const url = external?.apiServerUrl;
  checkBaseUrl(scope, 'external.apiServerUrl', url);
  for (const key of ['jwtSecret', 'secretKey', 'fernetKey'] as const) {
    if (url !== undefined && props.secrets?.[key] === undefined) {
      throw failure(scope, `'external.apiServerUrl' needs 'secrets.${key}', which the API server at '${url}' has too; set it`);
    }
  }
}

/** Throws for options of Jobs that there is nothing to do for. */
export function checkJobs(scope: Construct, jobs: AirflowProps['jobs'], { makesSecrets, createsUser }: { makesSecrets: boolean; createsUser: boolean }): void {
  if (!makesSecrets && jobs?.bootstrapSecrets !== undefined) {
    throw failure(scope, "'jobs.bootstrapSecrets' has options, but every Secret is given, so that there is none to make; leave it out");
  }
  if (!createsUser && jobs?.createUser !== undefined) {
    throw failure(scope, "'jobs.createUser' has options, but 'auth' creates no user; leave it out");
  }
  if (Object.keys(jobs?.pools ?? {}).length === 0 && jobs?.importPools !== undefined) {
    throw failure(scope, "'jobs.importPools' has options, but 'jobs.pools' has no pool; leave it out");
  }
}
