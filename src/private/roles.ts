import { AirflowVersion } from '../airflow-version';

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
  /** Celery: the broker. */
  readonly broker: boolean;
  /** Celery: where the results of tasks are kept. */
  readonly results: boolean;
  /** The connection to the metadata database. */
  readonly database: boolean;
  readonly fernetKey: boolean;
  /** 3.x: signs and checks the tokens of tasks. */
  readonly jwtSecret: boolean;
  /** Signs sessions, and the requests for logs between web server and whoever serves them. */
  readonly secretKey: boolean;
  /** The DAG files. */
  readonly dags: boolean;
  /** The shared logs, to write or to show. */
  readonly taskLogs: boolean;
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
  /** Runs operators, or their deferred part: calls the Kubernetes API where KubernetesPodOperator is allowed. */
  readonly runsOperators: boolean;
}

/** The one table of who gets what. */
export function needsOf(role: Role, traits: Traits): Needs {
  const airflow2 = !traits.version.isAirflow3;
  const web = role === Role.API_SERVER || role === Role.WEBSERVER;
  const scheduler = role === Role.SCHEDULER;
  const parsesDags = role === Role.DAG_PROCESSOR || (scheduler && !traits.standaloneDagProcessor);
  const worker = role === Role.WORKER;
  const runsTasks = role === Role.TASK || worker || (scheduler && traits.tasksInScheduler);
  return {
    broker: worker || role === Role.FLOWER || (scheduler && traits.celery),
    results: worker || (scheduler && traits.celery),
    // A task of Airflow 3 talks to the execution API instead.
    database: worker ? airflow2 || traits.resultsInDatabase || looksAtDatabase(traits) : role !== Role.FLOWER && (role !== Role.TASK || airflow2),
    fernetKey: ![Role.CREATE_USER, Role.POOLS, Role.FLOWER].includes(role) && ((role !== Role.TASK && !worker) || airflow2),
    jwtSecret: !airflow2 && (role === Role.API_SERVER || scheduler),
    secretKey: web || worker || role === Role.TRIGGERER || (scheduler && traits.tasksInScheduler),
    dags: parsesDags || runsTasks || role === Role.TRIGGERER,
    taskLogs: web || runsTasks || role === Role.TRIGGERER,
    webserverConfig: airflow2 || web || role === Role.CREATE_USER || role === Role.MIGRATION,
    runsTasks,
    taskPods: !traits.launchesPods ? undefined : scheduler ? 'launch' : web ? 'read' : undefined,
    podTemplate: traits.launchesPods && (scheduler || role === Role.WEBSERVER || (role === Role.TASK && airflow2)),
    // A task of Airflow 3 asks the API server, which looks into its own environment.
    connections: web || parsesDags || role === Role.TRIGGERER || (runsTasks && airflow2),
    identity: ![Role.CREATE_USER, Role.POOLS, Role.FLOWER, Role.MIGRATION].includes(role),
    runsOperators: runsTasks || role === Role.TRIGGERER,
  };
}

/** The Celery provider of the images until 3.1.0, which is older than 3.12.4, looks at the database before a worker starts. */
function looksAtDatabase({ version: { major, minor, patch } }: Traits): boolean {
  return major === 3 && (minor === 0 || (minor === 1 && patch === 0));
}
