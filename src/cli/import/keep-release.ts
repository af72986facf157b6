import { Conversion, secretKeyOf } from './conversion';
import { executorsOf } from './convert-executor';
import { isObject } from './json';
import { call, lit, struct } from './program';
import { ObjectName, ReleaseState } from './read-release';
import { objects } from './scalars';

/** A Secret that is copied under a name that Helm does not know. */
export interface Copy { readonly from: string; readonly to: string; readonly keys: readonly string[] }

/** What the program keeps of a release. */
export interface Kept {
  readonly copies: Copy[];
  readonly accounts: string[];
  readonly claims: string[];
  /** What both the release and the program have: accounts that keep their names, and the extra objects of the values. */
  readonly shared: readonly ObjectName[];
  /** Whether the data of the Postgres that the chart runs have to be moved. */
  readonly bundledPostgres: boolean;
  readonly bundledRedis: boolean;
  readonly pgBouncer: boolean;
}

const KEYS = [
  { prop: 'fernetKey', suffix: 'fernet-key', key: 'fernet-key', named: 'fernetKeySecretName' },
  { prop: 'jwtSecret', suffix: 'jwt-secret', key: 'jwt-secret', named: 'jwtSecretName', major: 3 },
  { prop: 'secretKey', suffix: 'api-secret-key', key: 'api-secret-key', named: 'apiSecretKeySecretName', major: 3 },
  { prop: 'secretKey', suffix: 'webserver-secret-key', key: 'webserver-secret-key', named: 'webserverSecretKeySecretName', major: 2 },
] as const;

/** Puts what must not be lost into the program, by reference to what exists. */
export function keepRelease(conversion: Conversion, state: ReleaseState): Kept {
  const { values, props: { builder } } = conversion;
  const copies: Copy[] = [];
  const copy = (suffix: string, key: string) => {
    const from = `${state.name}-${suffix}`;
    if (state.secrets.get(from)?.includes(key) !== true) { return undefined; }
    const to = `${state.name}-kept-${suffix}`;
    if (!copies.some(other => other.to === to)) { copies.push({ from, to, keys: state.secrets.get(from)! }); }
    return secretKeyOf(to, key);
  };
  for (const { prop, suffix, key, named, ...rest } of KEYS) {
    if (values.given(named) !== undefined || 'major' in rest && (rest.major === 3) !== conversion.isAirflow3) { continue; }
    const reference = copy(suffix, key);
    if (reference !== undefined) { conversion.keys.set(prop, reference); }
  }
  const pgBouncer = values.effective('pgbouncer.enabled') === true;
  const bundledPostgres = values.effective('postgresql.enabled') !== false && values.given('data.metadataSecretName') === undefined
    && values.given('data.metadataConnection.host') === undefined;
  // A server that serves users as well refuses tasks that come by the name of another Service. No task runs while a database is moved.
  const isServed = conversion.isAirflow3 && !bundledPostgres;
  if (isServed && !builder.has('apiServer.executionApi')) { builder.put('apiServer.executionApi', struct(undefined, {})); }
  keepDatabase(conversion, { pgBouncer, bundledPostgres }, copy);
  const { celery } = executorsOf(conversion);
  const bundledRedis = celery && values.given('data.brokerUrl') === undefined && values.given('data.brokerUrlSecretName') === undefined;
  if (bundledRedis && !bundledPostgres && conversion.isAirflow3) { keepQueueTimeout(conversion); }
  const accounts = keepAccounts(conversion, state);
  return {
    copies,
    accounts,
    shared: [...accounts.map(name => ({ kind: 'ServiceAccount', name })), ...extraObjects(conversion)],
    claims: keepClaims(conversion, state),
    bundledPostgres,
    bundledRedis,
    pgBouncer,
  };
}

/** Airflow's default, in seconds. */
const QUEUED = '600';

/**
 * The workers of the release take queued tasks, whose tokens live as long as this. A scheduler that waits for longer would see such a task
 * fail, instead of queueing it again.
 */
function keepQueueTimeout({ options }: Conversion): void {
  const name = 'scheduler.task_queued_timeout';
  if (options.get(name) === undefined) { options.set(name, `config.${name}`, QUEUED); }
}

function keepDatabase(conversion: Conversion, { pgBouncer, bundledPostgres }: Pick<Kept, 'pgBouncer' | 'bundledPostgres'>,
  copy: (suffix: string, key: string) => ReturnType<typeof secretKeyOf> | undefined): void {
  // Behind PgBouncer, the URL names its alias, not the database.
  const isWhole = conversion.values.given('data.metadataConnection.host') !== undefined && !pgBouncer && !bundledPostgres;
  const connection = isWhole ? copy('metadata', 'connection') : undefined;
  if (connection === undefined) { return; }
  conversion.props.builder.put('database', call('Database.fromSecret', connection));
  const needed = conversion.secrets.findIndex(({ secret }) => secret === `${conversion.name}-database`);
  if (needed >= 0) { conversion.secrets.splice(needed, 1); }
  const at = conversion.lines.findIndex(({ key, outcome }) => key === 'data.metadataConnection.pass' && outcome === 'secret');
  if (at >= 0) { conversion.lines.splice(at, 1); }
  conversion.line('data.metadataConnection.pass', 'prop', 'database: Database.fromSecret(), with the connection of the release');
}

const COMPONENTS: { readonly [suffix: string]: string } = {
  'scheduler': 'scheduler', 'api-server': 'apiServer', 'webserver': 'webserver', 'triggerer': 'triggerer', 'dag-processor': 'dagProcessor',
};

/** Clouds trust accounts by their names. */
function keepAccounts(conversion: Conversion, state: ReleaseState): string[] {
  const { builder } = conversion.props;
  const { celery, kubernetes } = executorsOf(conversion);
  const base = state.name.includes('airflow') ? state.name : `${state.name}-airflow`;
  const trusted = state.accounts.filter(
    ({ name, annotations }) =>
      name.startsWith(`${base}-`) && annotations.some(annotation => /amazonaws|gke\.io|azure\.workload/.test(annotation)),
  );
  return trusted.flatMap(({ name }) => {
    const suffix = name.slice(base.length + 1);
    const component = COMPONENTS[suffix];
    if (component !== undefined && builder.has(component)) {
      builder.put(`${component}.serviceAccount.name`, lit(name));
    } else if (component !== undefined) {
      builder.put(component, struct(undefined, { serviceAccount: struct('ServiceAccountOptions', { name: lit(name) }) }));
    } else if (suffix === 'worker' && kubernetes && !celery || suffix === 'worker-kubernetes') {
      builder.put('taskPods.serviceAccount.name', lit(name));
    } else { return []; }
    return [name];
  });
}

/** Objects beside Airflow, which have their names from the values or the release in both. */
function extraObjects({ values, name: release }: Conversion): ObjectName[] {
  const keysOf = (key: string) => { const found = values.given(key); return isObject(found) ? Object.keys(found) : []; };
  const some = (key: string, kind: string, suffix: string) =>
    (values.given(key) === undefined ? [] : [{ kind, name: `${release}-${suffix}` }]);
  return [
    ...keysOf('extraSecrets').map(name => ({ kind: 'Secret', name })),
    ...keysOf('extraConfigMaps').map(name => ({ kind: 'ConfigMap', name })),
    ...objects(values.given('priorityClasses')).map(({ name }) => ({ kind: 'PriorityClass', name: `${release}-${String(name)}` })),
    ...some('quotas', 'ResourceQuota', 'resource-quota'),
    ...some('limits', 'LimitRange', 'limit-range'),
  ];
}

/** Claims that uninstalling would delete. */
function keepClaims(conversion: Conversion, state: ReleaseState): string[] {
  const { values, props: { builder } } = conversion;
  return (['logs', 'dags'] as const).flatMap(kind => {
    const claim = `${state.name}-${kind}`;
    const isOwn =
      values.effective(`${kind}.persistence.enabled`) === true && values.given(`${kind}.persistence.existingClaim`) === undefined;
    const made = builder.get(kind);
    // Logs in a store stay there.
    const isElsewhere = kind === 'logs' && made?.kind === 'call' && made.callee !== 'TaskLogs.newClaim';
    const isSynced = kind === 'dags' && values.effective('dags.gitSync.enabled') === true;
    if (!isOwn || isElsewhere || isSynced || !state.claims.includes(claim)) { return []; }
    builder.put(
      kind,
      call(kind === 'logs' ? 'TaskLogs.fromClaim' : 'DagSource.fromClaim', conversion.existing('PersistentVolumeClaim', claim)),
    );
    return [claim];
  });
}
