import { AirflowVersion } from './airflow-version';
import { TASK_LOGS_PORT, TRIGGER_LOGS_PORT } from './endpoints';

/** The role of a pod, which is the value of its label `app.kubernetes.io/component`. */
export enum Role {
  API_SERVER = 'api-server',
  EXECUTION_API = 'execution-api',
  WEBSERVER = 'webserver',
  SCHEDULER = 'scheduler',
  DAG_PROCESSOR = 'dag-processor',
  TRIGGERER = 'triggerer',
  TASK = 'task',
  WORKER = 'worker',
  FLOWER = 'flower',
  CHECK_DAGS = 'check-dags',
  MIGRATION = 'migration',
  SYNC_USERS = 'sync-users',
  POOLS = 'pools',
  AUTH_RESOURCES = 'auth-resources',
  ROTATE_FERNET_KEY = 'rotate-fernet-key',
  BOOTSTRAP_SECRETS = 'bootstrap-secrets',
  JOB = 'job',
  CLEAN_DATABASE = 'clean-database',
  CLEAN_TASK_PODS = 'clean-task-pods',
  CLEAN_XCOMS = 'clean-xcoms',
  CLEAN_JOBS = 'clean-jobs',
}

/** The traits of an instance, from which the needs of its roles follow. */
export interface Traits {
  readonly version: AirflowVersion;
  /** CeleryExecutor: tasks are processes of workers. */
  readonly celery: boolean;
  /** Celery keeps the results of tasks in the metadata database. */
  readonly resultsInDatabase: boolean;
  /** KubernetesExecutor: tasks are pods that the scheduler creates. */
  readonly launchesPods: boolean;
  /** The UI may not read the logs of these pods. */
  readonly hidesPodLogs?: boolean;
  /** LocalExecutor: tasks are processes of the scheduler. */
  readonly tasksInScheduler: boolean;
  /** A script of the library composes the connection URL of the metadata database. */
  readonly composesUrl: boolean;
  /** The migration has a database user of its own, and the other pods may not create tables. */
  readonly migratesAsOther: boolean;
  /** Pods log in to the metadata database with tokens, which their cloud identity requests. */
  readonly databaseToken: boolean;
  /** The cloud identity of the pods reads their keys. */
  readonly keysByIdentity: boolean;
  /** Whether a dag-processor reads the DAG files instead of the scheduler; always true in 3.x. */
  readonly standaloneDagProcessor: boolean;
}

/** What the pods of a role get. Everything that is not set, they do not get. */
export interface Needs {
  /** Runs Airflow, so it gets the configuration, the local settings and the module of task pods. */
  readonly airflow: boolean;
  /** Celery: the broker. */
  readonly broker: boolean;
  /** Celery: the backend that stores the results of tasks. */
  readonly results: boolean;
  /** The connection to the metadata database. */
  readonly database: boolean;
  /** The scripts of `python/`. */
  readonly scripts: boolean;
  /** Uses the database for metadata, not only for the results of tasks. */
  readonly metadata: boolean;
  /** 3.x: the execution API, through which tasks talk to Airflow. */
  readonly executionApi: boolean;
  readonly fernetKey: boolean;
  /** 3.x: the key that signs and checks the tokens of tasks. */
  readonly jwtSecret: boolean;
  /** The key that signs sessions, and the requests of a web component to the pods that serve logs. */
  readonly secretKey: boolean;
  /** The DAG files. */
  readonly dags: boolean;
  /** Airflow's plugins: UI pages, timetables, listeners, macros. */
  readonly plugins: boolean;
  /** The shared task logs, to write or to show them. */
  readonly taskLogs: boolean;
  /** The port on which it serves the logs that it writes. */
  readonly servesLogs: { readonly name: string; readonly containerPort: number } | undefined;
  /** `webserver_config.py`. Airflow 2.x would write the file itself if it did not exist. */
  readonly webserverConfig: boolean;
  /** Runs the code of tasks, so it gets their writable folders. */
  readonly runsTasks: boolean;
  /** Creates the pods of tasks, or reads their logs. */
  readonly taskPods: 'launch' | 'read' | undefined;
  /** Reads the pod templates, to start pods or, in 2.x, to show them in the UI. */
  readonly podTemplate: boolean;
  /** Looks up Airflow connections and variables, for itself or, in Airflow 3, for tasks that request them. */
  readonly connections: boolean;
  /**
   * Calls cloud services: it runs user code, reads logs, DAG bundles, a secrets backend or keys, or logs in to the database with tokens.
   */
  readonly identity: boolean;
  /** Lists the pods of the instance, to wait until none has the old Fernet key alone. */
  readonly listsPods: boolean;
  /** Creates the Secrets of the instance. */
  readonly createsSecrets: boolean;
  /** Deletes old objects of this kind from Kubernetes. */
  readonly deletes: 'task pods' | 'Jobs' | undefined;
  /** Sends metrics and traces. */
  readonly telemetry: boolean;
  /** Runs operators or their deferred part, so it calls the Kubernetes API if the KubernetesPodOperator is allowed. */
  readonly runsOperators: boolean;
}

const NOTHING: Needs = {
  airflow: false,
  broker: false,
  results: false,
  database: false,
  scripts: false,
  metadata: false,
  executionApi: false,
  fernetKey: false,
  jwtSecret: false,
  secretKey: false,
  dags: false,
  plugins: false,
  taskLogs: false,
  servesLogs: undefined,
  webserverConfig: false,
  runsTasks: false,
  taskPods: undefined,
  podTemplate: false,
  connections: false,
  identity: false,
  listsPods: false,
  createsSecrets: false,
  deletes: undefined,
  telemetry: false,
  runsOperators: false,
};

/** The needs of every role that runs Airflow. */
function everyAirflow({ version }: Traits): Partial<Needs> {
  return { airflow: true, webserverConfig: !version.isAirflow3 };
}

/**
 * The needs of roles that run the code of tasks. A task of Airflow 3 requests connections and variables from the execution API instead of
 * looking them up by itself.
 */
function tasks({ version: { isAirflow3 } }: Traits): Partial<Needs> {
  return {
    telemetry: true,
    executionApi: isAirflow3,
    connections: !isAirflow3,
    dags: true,
    plugins: true,
    taskLogs: true,
    runsTasks: true,
    identity: true,
    runsOperators: true,
  };
}

/** The needs of a component that outlives its tasks, and so serves their logs. */
const SERVED: Partial<Needs> = { servesLogs: { name: 'task-logs', containerPort: TASK_LOGS_PORT }, secretKey: true };

/** The needs of the roles that serve the UI. */
function web({ launchesPods, hidesPodLogs }: Traits): Partial<Needs> {
  return {
    metadata: true,
    fernetKey: true,
    secretKey: true,
    plugins: true,
    taskLogs: true,
    webserverConfig: true,
    connections: true,
    identity: true,
    taskPods: launchesPods && !hidesPodLogs ? 'read' : undefined,
  };
}

/** The only table of what each role gets, with one row for each role. A role does not get what its row does not list. */
const ROWS: { readonly [role in Role]: (traits: Traits) => Partial<Needs> } = {
  [Role.API_SERVER]: traits => ({ ...everyAirflow(traits), ...web(traits), jwtSecret: traits.version.isAirflow3, telemetry: true }),
  // It serves tasks alone: no session, no login, no logs. Its DAGs are deserialized, which needs the timetables and listeners of plugins.
  [Role.EXECUTION_API]: traits => ({
    ...everyAirflow(traits),
    telemetry: true,
    metadata: true,
    fernetKey: true,
    jwtSecret: traits.version.isAirflow3,
    plugins: true,
    connections: true,
    identity: true,
  }),
  [Role.WEBSERVER]: traits => ({ ...everyAirflow(traits), ...web(traits), podTemplate: traits.launchesPods }),
  [Role.SCHEDULER]: traits => ({
    ...everyAirflow(traits),
    telemetry: true,
    metadata: true,
    fernetKey: true,
    jwtSecret: traits.version.isAirflow3,
    plugins: true,
    identity: true,
    broker: traits.celery,
    results: traits.celery,
    taskPods: traits.launchesPods ? 'launch' : undefined,
    podTemplate: traits.launchesPods,
    ...traits.tasksInScheduler ? { ...tasks(traits), ...SERVED } : {},
    ...traits.standaloneDagProcessor ? {} : { dags: true, connections: true },
  }),
  [Role.DAG_PROCESSOR]: traits => ({
    ...everyAirflow(traits),
    telemetry: true,
    metadata: true,
    fernetKey: true,
    dags: true,
    plugins: true,
    connections: true,
    identity: true,
  }),
  [Role.TRIGGERER]: traits => ({
    ...everyAirflow(traits),
    telemetry: true,
    metadata: true,
    fernetKey: true,
    secretKey: true,
    dags: true,
    plugins: true,
    taskLogs: true,
    connections: true,
    identity: true,
    runsOperators: true,
    servesLogs: { name: 'trigger-logs', containerPort: TRIGGER_LOGS_PORT },
  }),
  [Role.TASK]: traits => ({
    ...everyAirflow(traits),
    ...tasks(traits),
    metadata: !traits.version.isAirflow3,
    fernetKey: !traits.version.isAirflow3,
    podTemplate: traits.launchesPods && !traits.version.isAirflow3,
  }),
  [Role.WORKER]: traits => ({
    ...everyAirflow(traits),
    ...tasks(traits),
    ...SERVED,
    broker: true,
    results: true,
    metadata: !traits.version.isAirflow3 || looksAtDatabase(traits),
    fernetKey: !traits.version.isAirflow3,
  }),
  [Role.FLOWER]: traits => ({ ...everyAirflow(traits), broker: true }),
  [Role.MIGRATION]: traits => ({ ...everyAirflow(traits), metadata: true, fernetKey: true, webserverConfig: true }),
  [Role.SYNC_USERS]: traits => ({ ...everyAirflow(traits), metadata: true, webserverConfig: true }),
  // It parses DAGs as the dag-processor does.
  [Role.CHECK_DAGS]: traits => ({
    ...everyAirflow(traits), metadata: true, fernetKey: true, dags: true, plugins: true, connections: true, identity: true,
  }),
  [Role.POOLS]: traits => ({ ...everyAirflow(traits), metadata: true }),
  [Role.AUTH_RESOURCES]: traits => ({ ...everyAirflow(traits), metadata: true }),
  [Role.ROTATE_FERNET_KEY]: traits => ({ ...everyAirflow(traits), metadata: true, fernetKey: true, listsPods: true }),
  [Role.BOOTSTRAP_SECRETS]: () => ({ createsSecrets: true }),
  [Role.JOB]: traits => ({
    ...everyAirflow(traits), metadata: true, fernetKey: true, webserverConfig: true, connections: true, identity: true,
  }),
  [Role.CLEAN_DATABASE]: traits => ({ ...everyAirflow(traits), metadata: true }),
  // The database says whether a task still waits for its pod.
  [Role.CLEAN_TASK_PODS]: traits => ({ ...everyAirflow(traits), metadata: true, deletes: 'task pods' }),
  // The path of the bucket may name a connection, which the database keeps encrypted.
  [Role.CLEAN_XCOMS]: traits => ({ ...everyAirflow(traits), metadata: true, fernetKey: true, connections: true, identity: true }),
  [Role.CLEAN_JOBS]: () => ({ deletes: 'Jobs' }),
};

/** The needs of a role. */
export function needsOf(role: Role, traits: Traits): Needs {
  const needs = { ...NOTHING, ...ROWS[role](traits) };
  const database = needs.metadata || (needs.results && traits.resultsInDatabase);
  const keys = needs.fernetKey || needs.jwtSecret || needs.secretKey;
  return {
    ...needs,
    database,
    identity: needs.identity || (database && traits.databaseToken) || (keys && traits.keysByIdentity),
    // A task pod needs no script for its start and its probes.
    scripts: role !== Role.TASK || (database && traits.composesUrl),
  };
}

/** Whether the name is a role of the table. Servers and small scripts have other names. */
export function isRole(name: string): name is Role {
  return name in ROWS;
}

/** Whether the role serves the UI, and so shows logs. */
export function isWeb(role: Role): boolean {
  return role === Role.API_SERVER || role === Role.WEBSERVER;
}

/**
 * The purposes for which pods call the Kubernetes API; empty if they do not call it.
 *
 * @param operators what operators of tasks may start
 */
export function kubernetesCalls(
  { taskPods, runsOperators, listsPods, createsSecrets, deletes }: Needs, operators: readonly string[],
): string[] {
  return [
    ...taskPods === 'launch' ? ['starts task pods'] : taskPods === 'read' ? ['logs of task pods'] : [],
    ...listsPods ? ['pods with the old Fernet key'] : [],
    ...createsSecrets ? ['creates Secrets'] : [],
    ...deletes === undefined ? [] : [`deletes old ${deletes}`],
    ...runsOperators ? operators : [],
  ];
}

/** Whether a worker checks the database before it starts. The Celery provider before 3.12.4 does so; images up to 3.1.0 contain it. */
function looksAtDatabase({ version: { major, minor, patch } }: Traits): boolean {
  return major === 3 && (minor === 0 || (minor === 1 && patch === 0));
}
