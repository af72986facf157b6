import { AirflowVersion } from './airflow-version';
import { TASK_LOGS_PORT, TRIGGER_LOGS_PORT } from './ports';

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

/** The one table of who gets what. */
export function needsOf(role: Role, traits: Traits): Needs {
  const airflow2 = !traits.version.isAirflow3;
  const web = isWeb(role);
  const scheduler = role === Role.SCHEDULER;
  const parsesDags = role === Role.DAG_PROCESSOR || (scheduler && !traits.standaloneDagProcessor);
  const worker = role === Role.WORKER;
  const tasksHere = worker || (scheduler && traits.tasksInScheduler);
  const runsTasks = role === Role.TASK || tasksHere;
  const results = worker || (scheduler && traits.celery);
  const bootstrap = role === Role.BOOTSTRAP_SECRETS;
  // A task of Airflow 3 talks to the execution API instead.
  const metadata = worker ? airflow2 || looksAtDatabase(traits) : ![Role.FLOWER, Role.BOOTSTRAP_SECRETS].includes(role)
    && (role !== Role.TASK || airflow2);
  const servesLogs = tasksHere ? { name: 'task-logs', containerPort: TASK_LOGS_PORT }
    : role === Role.TRIGGERER ? { name: 'trigger-logs', containerPort: TRIGGER_LOGS_PORT } : undefined;
  return {
    airflow: !bootstrap,
    broker: worker || role === Role.FLOWER || (scheduler && traits.celery),
    results,
    database: metadata || (results && traits.resultsInDatabase),
    metadata,
    executionApi: runsTasks && !airflow2,
    fernetKey: ![Role.CREATE_USER, Role.POOLS, Role.FLOWER, Role.BOOTSTRAP_SECRETS].includes(role) && ((role !== Role.TASK && !worker) || airflow2),
    jwtSecret: !airflow2 && (role === Role.API_SERVER || scheduler),
    secretKey: web || servesLogs !== undefined,
    dags: parsesDags || runsTasks || role === Role.TRIGGERER,
    taskLogs: web || runsTasks || role === Role.TRIGGERER,
    servesLogs,
    webserverConfig: (airflow2 && !bootstrap) || web || role === Role.CREATE_USER || role === Role.MIGRATION,
    runsTasks,
    taskPods: !traits.launchesPods ? undefined : scheduler ? 'launch' : web ? 'read' : undefined,
    podTemplate: traits.launchesPods && (scheduler || role === Role.WEBSERVER || (role === Role.TASK && airflow2)),
    // A task of Airflow 3 asks the API server, which looks into its own environment.
    connections: web || parsesDags || role === Role.TRIGGERER || (runsTasks && airflow2),
    identity: ![Role.CREATE_USER, Role.POOLS, Role.FLOWER, Role.MIGRATION, Role.BOOTSTRAP_SECRETS].includes(role),
    createsSecrets: bootstrap,
    runsOperators: runsTasks || role === Role.TRIGGERER,
  };
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
