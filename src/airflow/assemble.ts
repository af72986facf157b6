import { Construct } from 'constructs';
import { AirflowProps } from './airflow-props';
import { InstanceFiles } from './instance-files';
import { AuthConfig } from '../auth/auth-config';
import { DatabaseConfig } from '../backends/database';
import { CheckDags } from '../components/check-dags';
import { Migration } from '../components/migration';
import { DEFAULT_POOL } from '../components/pools';
import { AirflowImage } from '../core/airflow-image';
import { AirflowVersion } from '../core/airflow-version';
import { Answer } from '../core/answer';
import { DEFAULT_QUEUE } from '../core/dag-names';
import { kubernetesCalls, needsOf, Role, Traits } from '../core/needs';
import { CeleryConnections } from '../executor/bind-celery';
import { ExecutorConfig } from '../executor/executor';
import { IAirflow } from '../instance/i-airflow';
import { ExecutionApiServer, Instance, KnownToDags } from '../instance/instance';
import { failure } from '../kubernetes/validate';
import { Connections } from '../secrets/connections';
import { KeysConfig } from '../secrets/keys';
import { hookComment } from '../task-pods/pod-yaml';

/** An Airflow whose Jobs come after its `Instance`. */
interface Assembled extends IAirflow {
  readonly migration?: Migration;
  readonly checkDags?: CheckDags;
}

type Bound = Pick<
  Instance, 'auth' | 'disruption' | 'traits' | 'executor' | 'logs' | keyof InstanceFiles | 'secrets' | 'endpoints' | 'databaseParts'
>;

/** The image that all Airflow containers run. */
export function settleImage(scope: Construct, { image, version }: AirflowProps): AirflowImage {
  const settled = image ?? AirflowImage.official(version ?? AirflowVersion.V3_3);
  if (version !== undefined && !version._admits(settled.version)) {
    throw failure(scope, `'version' ${version.release} contradicts the image '${settled.reference}', `
      + `which has Airflow ${settled.version.release}; correct one of them`);
  }
  return settled;
}

/** Derives from the choices the traits that decide the needs of each role. */
export function traitsOf(version: AirflowVersion, executor: ExecutorConfig, props: AirflowProps): Traits {
  const { podExecutor, hidesPodLogs, celery, tasksInScheduler } = executor;
  return {
    version,
    launchesPods: podExecutor !== undefined,
    hidesPodLogs,
    celery: celery !== undefined,
    resultsInDatabase: celery !== undefined && celery.resultBackend === undefined,
    tasksInScheduler,
    composesUrl: props.pgBouncer !== undefined || (props.database?._composed ?? false),
    databaseToken: props.database?._usesToken ?? false,
    keysByIdentity: props.secrets?._usesIdentity ?? false,
    migratesAsOther: props.database?._migratesAsOther ?? false,
    standaloneDagProcessor: version.isAirflow3 || props.dagProcessor !== undefined || props.external?.dagProcessor === true,
  };
}

/**
 * The settled facts, which components and task pods read.
 *
 * @param bound what the choices of the props settle
 */
export function assembleInstance(airflow: Assembled, props: AirflowProps, answers: Answer[], bound: Bound): Instance {
  return {
    ...bound,
    executionApi: executionApiOf(props),
    image: airflow.image,
    config: airflow.config,
    common: airflow._common,
    labels: airflow._labels,
    parts: partsOf(answers, bound.traits),
    kubernetesCalls: role => kubernetesCalls(needsOf(role, bound.traits), airflow.rbac._allowedOperators),
    migrationArgs: () => migrationArgs(bound.auth, airflow.migration),
    dagsCheckedBy: () => airflow.checkDags?.workload.name,
    hookComment: hookComment(props.localSettings),
    knownToDags: () => knownToDags(airflow),
  };
}

/** Which server tasks talk to. */
export function executionApiOf({ external = {}, apiServer }: AirflowProps): ExecutionApiServer {
  const { executionApiUrl, apiServerUrl } = external;
  if (apiServer?.executionApi !== undefined || executionApiUrl !== undefined) {
    return { role: Role.EXECUTION_API, external: executionApiUrl };
  }
  return { role: Role.API_SERVER, external: apiServerUrl };
}

/** Adds the connections that come with the keys, and collects the Secrets and the servers that the connections lead to. */
export function connect(
  keys: KeysConfig, database: DatabaseConfig, { broker, results }: CeleryConnections, connections: Connections,
): Pick<Instance, 'secrets' | 'endpoints' | 'databaseParts'> {
  keys.connect?.(connections);
  return {
    secrets: {
      ...keys.env,
      database: role => (role === Role.MIGRATION ? database.migrationEnv : undefined) ?? database.env,
      broker: broker?.env ?? [],
      results: results?.env ?? [],
      connections: () => connections.env,
    },
    databaseParts: database.inParts,
    endpoints: {
      database: database.endpoint,
      directDatabase: database.directEndpoint,
      broker: broker?.endpoint,
      results: results?.endpoint,
    },
  };
}

/** Collects what the choices add to a pod of each role. */
function partsOf(answers: Answer[], traits: Traits): Instance['parts'] {
  return role => {
    const needs = needsOf(role, traits);
    return answers.flatMap(answer => answer.parts?.(role, needs) ?? []);
  };
}

/**
 * The arguments of the script that waits for the migrated database: who migrates it, and the tables with the folders of their revisions.
 */
function migrationArgs({ migrations }: AuthConfig, migration: Migration | undefined): string[] {
  const tables = { alembic_version: 'airflow/migrations/versions', ...migrations };
  return [
    '--migrated-by',
    migration?.workload.name ?? 'that migrates the database',
    ...Object.entries(tables).map(([table, folder]) => `${table}=${folder}`),
  ];
}

/** The executors, queues and pools that DAGs may name. */
function knownToDags({ config, _dagNames, _instance: { executor } }: IAirflow): KnownToDags {
  const { podExecutor, podQueue, names } = executor;
  const queue = podQueue?.(config);
  return {
    executor: podExecutor,
    queue,
    executors: names,
    queues: [
      ...new Set([
        config.get('operators', 'default_queue') ?? DEFAULT_QUEUE,
        ...(queue === undefined ? [] : [queue]),
        ..._dagNames.queues,
      ]),
    ].sort(),
    pools: [...new Set([DEFAULT_POOL, ..._dagNames.pools])].sort(),
  };
}

/** What is created, or undefined if it is absent. */
export function unless<T>(absent: boolean | undefined, create: () => T): T | undefined {
  return absent ? undefined : create();
}
