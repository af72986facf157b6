import { AirflowVersion } from './airflow-version';
import { TASK_LOGS_PORT, TRIGGER_LOGS_PORT } from './endpoints';

/** What a pod is for; the value of `app.kubernetes.io/component`. */
export enum Role {
  API_SERVER = 'api-server',
  WEBSERVER = 'webserver',
  SCHEDULER = 'scheduler',
  DAG_PROCESSOR = 'dag-processor',
  TRIGGERER = 'triggerer',
  TASK = 'task',
  WORKER = 'worker',
  FLOWER = 'flower',
  MIGRATION = 'migration',
  CREATE_USER = 'create-user',
  POOLS = 'pools',
  BOOTSTRAP_SECRETS = 'bootstrap-secrets',
  JOB = 'job',
}

/** What the choices of an instance mean for its roles. */
export interface Traits {
  readonly version: AirflowVersion;
  /** CeleryExecutor: tasks are processes of workers. */
  readonly celery: boolean;
  /** Celery keeps the results of tasks in the metadata database. */
  readonly resultsInDatabase: boolean;
  /** KubernetesExecutor: tasks are pods that the scheduler makes. */
  readonly launchesPods: boolean;
  /** LocalExecutor: tasks are processes of the scheduler. */
  readonly tasksInScheduler: boolean;
  /** 2.x: whether the scheduler leaves the DAG files to a dag-processor; always so in 3.x. */
  readonly standaloneDagProcessor: boolean;
}

/** What a role gets, and so what it does not get. */
export interface Needs {
  /** Runs Airflow: its configuration, its settings and the module of task pods. */
  readonly airflow: boolean;
  /** Celery: the broker. */
  readonly broker: boolean;
  /** Celery: where the results of tasks are kept. */
  readonly results: boolean;
  /** The connection to the metadata database. */
  readonly database: boolean;
  /** What it connects to the database for, unless it is for the results of tasks alone. */
  readonly metadata: boolean;
  /** 3.x: the API by which tasks talk to Airflow. */
  readonly executionApi: boolean;
  readonly fernetKey: boolean;
  /** 3.x: signs and checks the tokens of tasks. */
  readonly jwtSecret: boolean;
  /** Signs sessions, and the requests for logs between web server and whoever serves them. */
  readonly secretKey: boolean;
  /** The DAG files. */
  readonly dags: boolean;
  /** The shared logs, to write or to show. */
  readonly taskLogs: boolean;
  /** Where it serves logs that it writes. */
  readonly servesLogs: { readonly name: string; readonly containerPort: number } | undefined;
  /** `webserver_config.py`, which Airflow 2.x writes itself unless it is there. */
  readonly webserverConfig: boolean;
  /** Runs the code of tasks: gets their writable folders. */
  readonly runsTasks: boolean;
  /** Makes the pods of tasks, or shows their logs. */
  readonly taskPods: 'launch' | 'read' | undefined;
  /** Reads the pod template: to start pods or, in 2.x, to show them. */
  readonly podTemplate: boolean;
  /** Looks up connections and variables: for itself, or in Airflow 3 for the tasks that ask it. */
  readonly connections: boolean;
  /** Calls the services of a cloud: runs users' code, or reads logs, DAG bundles or a secrets backend. */
  readonly identity: boolean;
  /** Makes the Secrets of the instance. */
  readonly createsSecrets: boolean;
  /** Runs operators, or their deferred part: calls the Kubernetes API where KubernetesPodOperator is allowed. */
  readonly runsOperators: boolean;
}

const NOTHING: Needs = {
  airflow: false,
  broker: false,
  results: false,
  database: false,
  metadata: false,
  executionApi: false,
  fernetKey: false,
  jwtSecret: false,
  secretKey: false,
  dags: false,
  taskLogs: false,
  servesLogs: undefined,
  webserverConfig: false,
  runsTasks: false,
  taskPods: undefined,
  podTemplate: false,
  connections: false,
  identity: false,
  createsSecrets: false,
  runsOperators: false,
};

/** The same for all that runs Airflow. */
function everyAirflow({ version }: Traits): Partial<Needs> {
  return { airflow: true, webserverConfig: !version.isAirflow3 };
}

/** The code of tasks. A task of Airflow 3 asks the execution API for what it would else look up by itself. */
function tasks({ version: { isAirflow3 } }: Traits): Partial<Needs> {
  return { executionApi: isAirflow3, connections: !isAirflow3, dags: true, taskLogs: true, runsTasks: true, identity: true, runsOperators: true };
}

/** Tasks in a component that outlives them serve their logs. */
const SERVED: Partial<Needs> = { servesLogs: { name: 'task-logs', containerPort: TASK_LOGS_PORT }, secretKey: true };

/** The UI. */
function web({ launchesPods }: Traits): Partial<Needs> {
  return {
    metadata: true,
    fernetKey: true,
    secretKey: true,
    taskLogs: true,
    webserverConfig: true,
    connections: true,
    identity: true,
    taskPods: launchesPods ? 'read' : undefined,
  };
}

/** The one table of who gets what: one row for each role. What a row does not list, the role does not get. */
const ROWS: { readonly [role in Role]: (traits: Traits) => Partial<Needs> } = {
  [Role.API_SERVER]: traits => ({ ...everyAirflow(traits), ...web(traits), jwtSecret: traits.version.isAirflow3 }),
  [Role.WEBSERVER]: traits => ({ ...everyAirflow(traits), ...web(traits), podTemplate: traits.launchesPods }),
  [Role.SCHEDULER]: traits => ({
    ...everyAirflow(traits),
    metadata: true,
    fernetKey: true,
    jwtSecret: traits.version.isAirflow3,
    identity: true,
    broker: traits.celery,
    results: traits.celery,
    taskPods: traits.launchesPods ? 'launch' : undefined,
    podTemplate: traits.launchesPods,
    ...traits.tasksInScheduler ? { ...tasks(traits), ...SERVED } : {},
    ...traits.standaloneDagProcessor ? {} : { dags: true, connections: true },
  }),
  [Role.DAG_PROCESSOR]: traits => ({ ...everyAirflow(traits), metadata: true, fernetKey: true, dags: true, connections: true, identity: true }),
  [Role.TRIGGERER]: traits => ({
    ...everyAirflow(traits),
    metadata: true,
    fernetKey: true,
    secretKey: true,
    dags: true,
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
  [Role.CREATE_USER]: traits => ({ ...everyAirflow(traits), metadata: true, webserverConfig: true }),
  [Role.POOLS]: traits => ({ ...everyAirflow(traits), metadata: true }),
  [Role.BOOTSTRAP_SECRETS]: () => ({ createsSecrets: true }),
  [Role.JOB]: traits => ({ ...everyAirflow(traits), metadata: true, fernetKey: true, webserverConfig: true, connections: true, identity: true }),
};

/** What a role gets. */
export function needsOf(role: Role, traits: Traits): Needs {
  const needs = { ...NOTHING, ...ROWS[role](traits) };
  return { ...needs, database: needs.metadata || (needs.results && traits.resultsInDatabase) };
}

/** Whether pods of that role run Airflow; those of servers and small scripts have other names. */
export function isRole(name: string): name is Role {
  return name in ROWS;
}

/** Serves the UI, and so shows logs. */
export function isWeb(role: Role): boolean {
  return role === Role.API_SERVER || role === Role.WEBSERVER;
}

/** What pods call the Kubernetes API for, if they do. */
export function kubernetesCalls({ taskPods, runsOperators, createsSecrets }: Needs, podOperatorIsAllowed: boolean): string[] {
  return [
    ...taskPods === 'launch' ? ['starts task pods'] : taskPods === 'read' ? ['logs of task pods'] : [],
    ...createsSecrets ? ['creates Secrets'] : [],
    ...runsOperators && podOperatorIsAllowed ? ['pods of KubernetesPodOperator'] : [],
  ];
}

/** The Celery provider of the images until 3.1.0, which is older than 3.12.4, looks at the database before a worker starts. */
function looksAtDatabase({ version: { major, minor, patch } }: Traits): boolean {
  return major === 3 && (minor === 0 || (minor === 1 && patch === 0));
}
