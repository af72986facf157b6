import { Construct } from 'constructs';
import type { AirflowProps, ExternalParts } from './airflow-props';
import { AirflowVersion, requireAirflow } from '../core/airflow-version';
import { BaseUrl } from '../core/base-url';
import type { ExecutorConfig } from '../executor/executor';
import { checkResources } from '../kubernetes/check-resources';
import { gather, Problems } from '../kubernetes/problems';
import { checkAtLeast, checkBaseUrl, checkSeconds, failure } from '../kubernetes/validate';

/**
 * Throws for components that the version does not have, for options of components that run elsewhere, and for invalid options of the
 * helper containers.
 */
export function checkComponents(scope: Construct, props: AirflowProps, version: AirflowVersion): void {
  gather(scope, problems => {
    const only = (major: 2 | 3, prop: string, value: unknown, instead: string) => {
      if (value !== undefined) { problems.check(() => requireAirflow(scope, version, major, prop, instead)); }
    };
    only(2, 'webserver', props.webserver, "use 'apiServer'");
    only(2, 'external.webserver', props.external?.webserver, "use 'external.apiServerUrl'");
    only(3, 'apiServer', props.apiServer, "use 'webserver'");
    only(3, 'external.apiServerUrl', props.external?.apiServerUrl, "use 'external.webserver'");
    checkExternal(problems, props);
    problems.check(() => checkResources(scope, 'pods.helperResources', props.pods?.helperResources));
    problems.check(() => checkSeconds(scope, 'pods.logGroomer.maxAge', props.pods?.logGroomer?.maxAge, 3600));
    if (version.isAirflow3) { problems.check(() => checkApiServerUrl(scope, props)); }
  });
}

/** Parses the public URL. */
export function settleUrl(scope: Construct, { url, trustedProxies }: AirflowProps): BaseUrl | undefined {
  checkAtLeast(scope, 'trustedProxies', trustedProxies, 0);
  if (url === undefined && trustedProxies !== undefined) {
    throw failure(scope, `'trustedProxies' needs 'url', the public URL that the proxies lead to Airflow, got ${trustedProxies}; set 'url'`);
  }
  return url === undefined ? undefined : new BaseUrl(scope, 'url', url, trustedProxies ?? 1);
}

/** Throws for options of task pods or workers that the executor never starts. */
export function checkExecutor(scope: Construct, { external, taskPods }: AirflowProps, { setting, celery, podExecutor }: ExecutorConfig): void {
  gather(scope, problems => {
    if (podExecutor === undefined && taskPods !== undefined) {
      problems.add(`'taskPods' has options, but the executor ${setting} starts no pods; leave it out, or use Executor.kubernetes()`);
    }
    if (!external?.celeryWorkers) { return; }
    if (celery === undefined) {
      problems.add(`'external.celeryWorkers' says where Celery workers run, but the executor ${setting} has none; leave it out`);
    } else if (celery.workers !== undefined) {
      problems.add("'executor' has options of 'workers', but 'external.celeryWorkers' says that they run elsewhere; leave one of them out");
    }
  });
}

function checkExternal(problems: Problems, { external, ...props }: AirflowProps): void {
  const elsewhere = (prop: string, options: object | undefined, name: keyof ExternalParts) => {
    if (options !== undefined && external?.[name] !== undefined && external[name] !== false) {
      problems.add(`'${prop}' has options, but 'external.${name}' says that it runs elsewhere; leave one of them out`);
    }
  };
  elsewhere('apiServer', props.apiServer, 'apiServerUrl');
  elsewhere('webserver', props.webserver, 'webserver');
  elsewhere('scheduler', props.scheduler, 'scheduler');
  elsewhere('dagProcessor', props.dagProcessor, 'dagProcessor');
  elsewhere('triggerer', props.triggerer, 'triggerer');
  elsewhere('jobs.migration', props.jobs?.migration, 'migration');
}

function checkApiServerUrl(scope: Construct, { external, secrets }: AirflowProps): void {
  const url = external?.apiServerUrl;
  // The check stops here for a text that is not a URL, because a later message would repeat credentials in it.
  checkBaseUrl(scope, 'external.apiServerUrl', url);
  gather(scope, problems => {
    for (const key of ['jwtSecret', 'secretKey', 'fernetKey'] as const) {
      if (url !== undefined && secrets?.[key] === undefined) {
        problems.add(`'external.apiServerUrl' needs 'secrets.${key}', which the API server at '${url}' has too; set it`);
      }
    }
  });
}

/** Throws for options of Jobs that do not exist because they have nothing to do. */
export function checkJobs(
  scope: Construct, { jobs, pools = {} }: AirflowProps, { makesSecrets, createsUser }: { makesSecrets: boolean; createsUser: boolean },
): void {
  gather(scope, problems => {
    if (!makesSecrets && jobs?.bootstrapSecrets !== undefined) {
      problems.add("'jobs.bootstrapSecrets' has options, but every Secret is given, so that there is none to make; leave it out");
    }
    if (!createsUser && jobs?.createUser !== undefined) {
      problems.add("'jobs.createUser' has options, but 'auth' creates no user; leave it out");
    }
    if (Object.keys(pools).length === 0 && jobs?.pools !== undefined) {
      problems.add("'jobs.pools' has options, but 'pools' has no pool; leave it out");
    }
  });
}
