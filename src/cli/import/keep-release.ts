import { Conversion, secretKeyOf } from './conversion';
import { executorsOf } from './convert-executor';
import { isObject } from './json';
import { ObjectName } from './kubernetes-objects';
import { call, dict, Expr, lit, struct } from './program';
import { ReleaseState } from './read-release';
import { objects } from './scalars';

/** A Secret that is copied under a name that Helm does not know. */
export interface Copy { readonly from: string; readonly to: string }

/** Copies a Secret of the release, if it has the key, and returns the reference to the copy. */
type CopyOf = (suffix: string, key: string, to?: string) => Expr | undefined;

/** What the program keeps of a release. */
export interface Kept {
  readonly copies: Copy[];
  /** What the names of the release's objects begin with. */
  readonly fullName: string;
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
  const copy: CopyOf = (suffix, key, to = conversion.secretName(suffix)) => {
    const from = `${values.fullName}-${suffix}`;
    if (state.secrets.get(from)?.includes(key) !== true) { return undefined; }
    if (!copies.some(other => other.to === to)) { copies.push({ from, to }); }
    return secretKeyOf(to, key);
  };
  const pgBouncer = values.effective('pgbouncer.enabled') === true;
  const bundledPostgres = values.effective('postgresql.enabled') !== false && values.given('data.metadataSecretName') === undefined
    && values.given('data.metadataConnection.host') === undefined;
  // A server that serves users as well refuses tasks that come by the name of another Service. No task runs while a database is moved.
  const isServed = conversion.isAirflow3 && !bundledPostgres;
  if (isServed && !builder.has('apiServer.executionApi')) { builder.put('apiServer.executionApi', struct(undefined, {})); }
  if (isServed) { admitTasks(conversion, state); }
  keepKeys(conversion, copy);
  keepDatabase(conversion, { pgBouncer, bundledPostgres }, copy);
  keepOthers(conversion, pgBouncer, copy);
  const { celery, kubernetes } = executorsOf(conversion);
  const bundledRedis = celery && values.given('data.brokerUrl') === undefined && values.given('data.brokerUrlSecretName') === undefined;
  if (isServed && (celery || kubernetes)) { keepQueueTimeout(conversion); }
  const accounts = keepAccounts(conversion, state);
  return {
    copies,
    fullName: values.fullName,
    accounts,
    shared: [...accounts.map(name => ({ kind: 'ServiceAccount', name })), ...extraObjects(conversion)],
    claims: keepClaims(conversion, state),
    bundledPostgres,
    bundledRedis,
    pgBouncer,
  };
}

/** The policies of the program would keep the tasks that still run away from the execution API. */
function admitTasks({ after }: Conversion, { name, namespace }: ReleaseState): void {
  const at = after.findIndex(({ value }) => value.kind === 'call' && value.callee === 'AirflowNetworkPolicies');
  if (at < 0) { return; }
  const pods = (label: string, value: string) =>
    call('NetworkPeer.namespace', lit(namespace), struct('NamespacePeerOptions', { podLabels: dict({ [label]: lit(value) }) }));
  after[at] = { ...after[at], constant: 'networkPolicies' };
  after.push({
    comments: [`Pods of the release '${name}' call the execution API until their tasks have ended. Leave this out after the move.`],
    value: call('networkPolicies.allow', struct('AllowedConnection', {
      source: pods('release', name), target: pods('app.kubernetes.io/component', 'execution-api'), port: lit(EXECUTION_API_PORT),
    })),
  });
}

const EXECUTION_API_PORT = 8080;

/** Airflow's default, in seconds. */
const QUEUED = '600';

/**
 * Tasks that the release has queued have tokens that live as long as this, be they messages of a broker or pods that wait for a node. A
 * scheduler that waits for longer would see such a task fail, instead of queueing it again.
 */
function keepQueueTimeout({ options }: Conversion): void {
  const name = 'scheduler.task_queued_timeout';
  if (options.get(name) === undefined) { options.set(name, `config.${name}`, QUEUED); }
}

/** Without its Fernet key, nothing that a database has encrypted can be read. */
function keepKeys(conversion: Conversion, copy: CopyOf): void {
  for (const { prop, suffix, key, named, ...rest } of KEYS) {
    if (conversion.values.given(named) !== undefined || 'major' in rest && (rest.major === 3) !== conversion.isAirflow3) { continue; }
    const reference = copy(suffix, key);
    if (reference === undefined) { continue; }
    conversion.keys.set(prop, reference);
    const text = `secrets: AirflowSecrets.fromSecrets({ ${prop} }), with the key of the release`;
    conversion.hasSecret(conversion.secretName('keys'), key, text);
  }
  if (conversion.keys.has('fernetKey')) { return; }
  conversion.line('fernetKey', 'decision', `the namespace has no Secret '${conversion.values.fullName}-fernet-key', and the values name `
    + 'no other one: without the Fernet key of the release, its connections and variables cannot be read; set secrets: '
    + 'AirflowSecrets.fromSecrets({ fernetKey })');
}

function keepDatabase(
  conversion: Conversion, { pgBouncer, bundledPostgres }: Pick<Kept, 'pgBouncer' | 'bundledPostgres'>, copy: CopyOf,
): void {
  const { values, references, props: { builder } } = conversion;
  const isOther = [...references.keys()].some(variable => variable.includes('SQL_ALCHEMY_CONN'));
  if (values.given('data.metadataConnection.host') === undefined || bundledPostgres || isOther) { return; }
  // Behind PgBouncer, the URL names its alias, not the database. KEDA has an URL that leads past PgBouncer.
  const connection = copy('metadata', pgBouncer ? 'kedaConnection' : 'connection');
  if (connection === undefined) { return; }
  const text = 'database: Database.fromSecret(), with the connection of the release';
  builder.put('database', call('Database.fromSecret', connection, poolOf(builder.get('database'))));
  conversion.lines.forEach((line, index) => {
    if (line.text === 'database: Database.postgres()') { conversion.lines[index] = { ...line, text }; }
  });
  for (const key of ['password', 'connection']) { conversion.hasSecret(conversion.secretName('database'), key, text); }
}

/** The pool of a database that was to be found by host and password. */
function poolOf(database: Expr | undefined): Expr | undefined {
  const [, options = undefined] = [undefined, ...database?.kind === 'call' ? database.args : []];
  if (options?.kind !== 'struct') { return undefined; }
  const pool = options.members.find(({ name }) => name === 'pool')?.value;
  return pool && struct('SecretDatabaseOptions', { pool });
}

/** Secrets that the chart makes of values, each with the part of the program's name of it. */
const OTHERS = [
  { part: 'broker', suffix: 'broker-url', key: 'connection', text: 'executor: Executor.celery({ broker })' },
  {
    part: 'result-backend',
    suffix: 'result-backend',
    key: 'connection',
    text: 'executor: Executor.celery({ resultBackend })',
    isPooled: true,
  },
  { part: 'flower', suffix: 'flower', key: 'basicAuth', text: 'executor: Executor.celery({ flower }).auth' },
  { part: 'git-ssh', suffix: 'ssh-secret', key: 'gitSshKey', text: 'dags: GitCredentials.sshKey()' },
  { part: 'kerberos-keytab', suffix: 'kerberos-keytab', key: 'kerberos.keytab', text: 'pods.kerberos' },
] as const;

/** What the program needs and the release has already is copied, so that nobody has to make it. */
function keepOthers(conversion: Conversion, pgBouncer: boolean, copy: CopyOf): void {
  for (const { part, suffix, key, text, ...rest } of OTHERS) {
    const to = conversion.secretName(part);
    if ('isPooled' in rest && pgBouncer || !conversion.secrets.some(({ secret }) => secret === to)) { continue; }
    if (copy(suffix, key, to) !== undefined) { conversion.hasSecret(to, key, `${text}, with the Secret of the release`); }
  }
}

const COMPONENTS: { readonly [suffix: string]: string } = {
  'scheduler': 'scheduler', 'api-server': 'apiServer', 'webserver': 'webserver', 'triggerer': 'triggerer', 'dag-processor': 'dagProcessor',
};

/** Clouds trust accounts by their names, and so may whoever has given them a name. */
function keepAccounts(conversion: Conversion, state: ReleaseState): string[] {
  const { builder } = conversion.props;
  const { celery, kubernetes } = executorsOf(conversion);
  const base = conversion.values.accountName;
  const trusted = state.accounts.filter(
    ({ name, annotations }) =>
      name.startsWith(`${base}-`) && annotations.some(annotation => /amazonaws|gke\.io|azure\.workload/.test(annotation)),
  );
  const { values } = conversion;
  const named = values.leaves().filter(key => key.endsWith('serviceAccount.name')).map(key => String(values.given(key)));
  const own = named.filter(name => state.objects.some(object => object.kind === 'ServiceAccount' && object.name === name));
  const kept = trusted.filter(({ name }) => !own.includes(name)).flatMap(({ name }) => {
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
  return [...new Set([...own, ...kept])];
}

/** Objects beside Airflow, which have their names from the values or the release in both. */
function extraObjects({ values, name: release }: Conversion): ObjectName[] {
  const keysOf = (key: string) => { const found = values.given(key); return isObject(found) ? Object.keys(found) : []; };
  const some = (key: string, kind: string, suffix: string) =>
    (values.given(key) === undefined ? [] : [{ kind, name: `${values.fullName}-${suffix}` }]);
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
