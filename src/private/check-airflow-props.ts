import { Construct } from 'constructs';
import { AirflowProps, ExternalParts } from '../airflow-props';
import { AirflowVersion } from '../airflow-version';
import { checkUrl } from './endpoints';
import { failure } from './validate';

/** Throws for components that the version does not have, and for options of those that run elsewhere. */
export function checkComponents(scope: Construct, props: AirflowProps, version: AirflowVersion): void {
  const wrong = (prop: string, exists: string, instead: string) =>
    failure(scope, `'${prop}' exists in ${exists}, but the version is ${version.release}; ${instead}`);
  if (version.isAirflow3) {
    if (props.webserver !== undefined) { throw wrong('webserver', 'Airflow 2', "use 'apiServer'"); }
    if (props.external?.webserver !== undefined) { throw wrong('external.webserver', 'Airflow 2', "use 'external.apiServerUrl'"); }
  } else {
    if (props.apiServer !== undefined) { throw wrong('apiServer', 'Airflow 3', "use 'webserver'"); }
    if (props.external?.apiServerUrl !== undefined) { throw wrong('external.apiServerUrl', 'Airflow 3', "use 'external.webserver'"); }
  }
  checkExternal(scope, props);
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
  if (url !== undefined) { checkUrl(scope, 'external.apiServerUrl', url); }
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
