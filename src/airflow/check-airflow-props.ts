import { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import type { AirflowProps, ExternalParts } from './airflow-props';
import { servedApps } from '../components/api-apps';
import { ApiServerOptions } from '../components/api-server';
import { argumentOf } from '../components/arguments';
import { WebComponentOptions } from '../components/web-component';
import { AirflowVersion, requireAirflow } from '../core/airflow-version';
import { BaseUrl } from '../core/base-url';
import { DisruptionConfig } from '../core/disruption';
import { instanceLabels } from '../core/labels';
import { checkUniqueObjects } from '../core/unique-objects';
import type { ExecutorConfig } from '../executor/executor';
import { checkResources } from '../kubernetes/check-resources';
import { gather, Problems } from '../kubernetes/problems';
import { checkAnnotations, checkAtLeast, checkBaseUrl, checkDnsLabel, checkLabels, checkSeconds, failure } from '../kubernetes/validate';
import { KeyEnv, KeysConfig } from '../secrets/keys';

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
    only(3, 'external.executionApiUrl', props.external?.executionApiUrl,
      'leave it out, since the tasks of Airflow 2 talk to the database');
    checkExternal(problems, props);
    checkDowngrade(problems, props, version);
    if (props.localSettings !== undefined && props.pods?.localSettingsFile !== undefined) {
      problems.add("'localSettings' is the text of the module that 'pods.localSettingsFile' has; leave one of them out");
    }
    for (const kind of ['configMaps', 'serviceAccounts', 'secrets'] as const) {
      const { labels, annotations } = props.pods?.objects?.[kind] ?? {};
      problems.check(() => checkLabels(scope, `pods.objects.${kind}.labels`, labels, instanceLabels('')));
      problems.check(() => checkAnnotations(scope, `pods.objects.${kind}.annotations`, annotations));
    }
    problems.check(() => checkResources(scope, 'pods.helperResources', props.pods?.helperResources));
    problems.check(() => checkSeconds(scope, 'pods.logGroomer.maxAge', props.pods?.logGroomer?.maxAge, 3600));
    if (version.isAirflow3) { problems.check(() => checkApiUrls(scope, props)); }
  });
}

/** Parses the public URL. */
export function settleUrl(
  scope: Construct, { url, ui: { trustedProxies } = {}, apiServer, webserver }: AirflowProps,
): BaseUrl | undefined {
  checkAtLeast(scope, 'ui.trustedProxies', trustedProxies, 0);
  if (url === undefined && trustedProxies !== undefined) {
    throw failure(
      scope,
      `'ui.trustedProxies' needs 'url', the public URL that the proxies lead to Airflow, got ${trustedProxies}; set 'url'`,
    );
  }
  return url === undefined
    ? undefined
    : new BaseUrl(scope, 'url', url, trustedProxies ?? ((apiServer ?? webserver)?.exposure?._isDirect ? 0 : 1));
}

/** Throws for options of task pods or workers that the executor never starts. */
export function checkExecutor(
  scope: Construct, { external, taskPods }: AirflowProps, { setting, celery, podExecutor }: ExecutorConfig, { spot }: DisruptionConfig,
): void {
  gather(scope, problems => {
    if (spot !== undefined && podExecutor === undefined && celery === undefined) {
      problems.add(`'disruption' puts tasks on spot nodes, but with ${setting} they run in the scheduler, which must not disappear; `
        + 'use another executor, or Disruption.onDemand()');
    }
    if (podExecutor === undefined && taskPods !== undefined) {
      problems.add(`'taskPods' has options, but the executor ${setting} starts no pods; leave it out, or use Executor.kubernetes()`);
    }
    if (!external?.celeryWorkers) { return; }
    if (celery === undefined) {
      problems.add(`'external.celeryWorkers' says where Celery workers run, but the executor ${setting} has none; leave it out`);
    } else if (celery.workers !== undefined) {
      problems.add("'executor' has options of 'workers', but 'external.celeryWorkers' says that they run elsewhere; "
        + 'leave one of them out');
    }
  });
}

/** Throws for a downgrade that Airflow has no way for, and for one beside components that use the database. */
function checkDowngrade(problems: Problems, { jobs, maintenance, external }: AirflowProps, version: AirflowVersion): void {
  const to = jobs?.downgrade?.toVersion;
  if (to === undefined) { return; }
  const prop = 'jobs.downgrade';
  if (!maintenance) {
    problems.add(`'${prop}' needs 'maintenance' to be true, since components of ${version.release} would use the database `
      + 'that it changes');
  }
  if (external?.migration) {
    problems.add(`'${prop}' takes the database back, but 'external.migration' says that something else migrates it; `
      + 'leave one of them out');
  }
  if (to._isFrom(version.major, version.minor) && (to.series !== version.series || to.patch >= version.patch)) {
    problems.add(`'${prop}.toVersion' must be older than ${version.release}, the version that migrated the database, got ${to.release}; `
      + "leave 'version' at the newer one until the Job has succeeded");
  }
}

function checkExternal(problems: Problems, { external, ...props }: AirflowProps): void {
  const elsewhere = (prop: string, options: object | undefined, name: keyof ExternalParts) => {
    if (options !== undefined && external?.[name] !== undefined && external[name] !== false) {
      problems.add(`'${prop}' has options, but 'external.${name}' says that it runs elsewhere; leave one of them out`);
    }
  };
  elsewhere('apiServer', ofUi(props.apiServer), 'apiServerUrl');
  elsewhere('apiServer.executionApi', props.apiServer?.executionApi, 'executionApiUrl');
  elsewhere('webserver', props.webserver, 'webserver');
  elsewhere('scheduler', props.scheduler, 'scheduler');
  elsewhere('dagProcessor', props.dagProcessor, 'dagProcessor');
  elsewhere('triggerer', props.triggerer, 'triggerer');
  elsewhere('jobs.migration', props.jobs?.migration, 'migration');
}

/** The options of the API server itself; undefined if only the execution API has options, which may run here without the UI. */
function ofUi(apiServer: ApiServerOptions | undefined): object | undefined {
  const { executionApi, ...own } = apiServer ?? {};
  return executionApi === undefined || Object.values(own).some(value => value !== undefined) ? apiServer : undefined;
}

function checkApiUrls(scope: Construct, props: AirflowProps): void {
  const { apiServerUrl, executionApiUrl } = props.external ?? {};
  // The checks stop here for a text that is not a URL, because a later message would repeat credentials in it.
  gather(scope, problems => {
    problems.check(() => checkBaseUrl(scope, 'external.apiServerUrl', apiServerUrl));
    problems.check(() => checkBaseUrl(scope, 'external.executionApiUrl', executionApiUrl));
  });
  gather(scope, problems => {
    for (const [prop, url] of Object.entries({ 'external.apiServerUrl': apiServerUrl, 'external.executionApiUrl': executionApiUrl })) {
      if (/\/execution\/*$/.test(url ?? '')) {
        problems.add(`'${prop}' must be without '/execution', which the library adds, got '${url}'; leave it out`);
      }
    }
    checkSharedKeys(problems, props);
    checkApps(problems, props);
  });
}

/** A server that runs elsewhere checks what the pods here sign, and decrypts what they encrypt. */
function checkSharedKeys(problems: Problems, { external = {}, apiServer, secrets }: AirflowProps): void {
  const { apiServerUrl, executionApiUrl } = external;
  const servesTasks = apiServer?.executionApi === undefined && executionApiUrl === undefined;
  const shared = (prop: string, server: string, url: string | undefined, keys: (keyof KeyEnv)[]) => {
    for (const key of keys) {
      if (url !== undefined && !secrets?._given.includes(key)) {
        problems.add(`'external.${prop}' needs 'secrets.${key}', which the ${server} at '${url}' has too; set it`);
      }
    }
  };
  shared('apiServerUrl', 'API server', apiServerUrl, [...servesTasks ? ['jwtSecret' as const] : [], 'secretKey', 'fernetKey']);
  shared('executionApiUrl', 'execution API', executionApiUrl, ['jwtSecret', ...apiServerUrl === undefined ? ['fernetKey' as const] : []]);
}

/** Throws for arguments by which nothing would serve the UI or the tasks. */
function checkApps(problems: Problems, { apiServer, external = {} }: AirflowProps): void {
  const executionApi = apiServer?.executionApi;
  const apps = (options?: WebComponentOptions) => servedApps(options?.container?.args);
  const got = (options?: WebComponentOptions) => `got '--apps ${argumentOf(options?.container?.args, '--apps')}'`;
  if (!apps(executionApi).includes('execution')) {
    problems.add(`'apiServer.executionApi.container.args' must serve the app 'execution', which tasks talk to, ${got(executionApi)}; `
      + "leave out '--apps'");
  }
  const isSplit = executionApi !== undefined || external.executionApiUrl !== undefined;
  if (isSplit && !apps(apiServer).includes('core')) {
    problems.add(`'apiServer.container.args' must serve the app 'core', the UI and the REST API, ${got(apiServer)}; leave out '--apps'`);
  }
  if (!isSplit && !apps(apiServer).includes('execution')) {
    problems.add(
      `'apiServer.container.args' leaves out the app 'execution', which tasks talk to, ${got(apiServer)}; `
        + "set 'apiServer.executionApi', or 'external.executionApiUrl' if it runs elsewhere",
    );
  }
}

/** Throws for options of Jobs that do not exist because they have nothing to do. */
export function checkJobs(
  scope: Construct, { jobs, pools = {} }: AirflowProps,
  { makesSecrets, accounts, authJob, keys }: {
    makesSecrets: boolean; accounts?: object; authJob?: object; keys: Pick<KeysConfig, 'rotatesFernetKey'>;
  },
): void {
  gather(scope, problems => {
    if (!makesSecrets && jobs?.bootstrapSecrets !== undefined) {
      problems.add("'jobs.bootstrapSecrets' has options, but every Secret is given, so that there is none to make; leave it out");
    }
    if (accounts === undefined && jobs?.syncUsers !== undefined) {
      problems.add("'jobs.syncUsers' has options, but 'auth' declares no role and no user; leave it out");
    }
    if (!keys.rotatesFernetKey && jobs?.rotateFernetKey !== undefined) {
      problems.add("'jobs.rotateFernetKey' has options, but 'secrets' has no previous Fernet key; leave it out");
    }
    if (authJob === undefined && jobs?.authResources !== undefined) {
      problems.add("'jobs.authResources' has options, but 'auth' creates nothing elsewhere; leave it out");
    }
    if (Object.keys(pools).length === 0 && jobs?.pools !== undefined) {
      problems.add("'jobs.pools' has options, but 'pools' has no pool; leave it out");
    }
  });
}

/** Throws unless the Chart of the Airflow has a namespace with a valid name, and at synthesis unless each object has a name of its own. */
export function checkNamespace(scope: Construct): void {
  const { namespace } = Chart.of(scope);
  if (namespace === undefined) {
    throw failure(scope, "'namespace' of the Chart must be set, got none; give it one, or use an AirflowChart, which makes its own");
  }
  checkDnsLabel(scope, 'namespace', namespace);
  checkUniqueObjects(scope);
}
