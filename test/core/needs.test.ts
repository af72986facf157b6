import { isWeb, kubernetesCalls, Needs, needsOf, Role, Traits } from '../../src/core/needs';
import { AirflowVersion } from '../../src/index';

const three: Traits = {
  version: AirflowVersion.V3_3,
  launchesPods: true,
  tasksInScheduler: false,
  standaloneDagProcessor: true,
  celery: false,
  resultsInDatabase: false,
  composesUrl: false,
  migratesAsOther: false,
  databaseToken: false,
  keysByIdentity: false,
};
const two: Traits = { ...three, version: AirflowVersion.V2_11, standaloneDagProcessor: false };
const local: Traits = { ...three, launchesPods: false, tasksInScheduler: true };

/** The roles that need it. */
function needing(what: keyof Needs, traits: Traits): Role[] {
  return Object.values(Role).filter(role => needsOf(role, traits)[what]);
}

const AIRFLOW = Object.values(Role).filter(role => role !== Role.BOOTSTRAP_SECRETS && role !== Role.CLEAN_JOBS);
const WITHOUT_TASKS = Object.values(Role).filter(role => role !== Role.TASK);
const WITH_DATABASE = AIRFLOW.filter(role => role !== Role.FLOWER);
const { API_SERVER, EXECUTION_API, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, TASK, WORKER, FLOWER } = Role;
const { CHECK_DAGS, MIGRATION, SYNC_USERS, POOLS, AUTH_RESOURCES, ROTATE_FERNET_KEY, BOOTSTRAP_SECRETS, JOB } = Role;
const { CLEAN_DATABASE, CLEAN_TASK_PODS, CLEAN_XCOMS, CLEAN_JOBS } = Role;
const CLEANERS = [CLEAN_DATABASE, CLEAN_TASK_PODS, CLEAN_XCOMS];
/** Jobs that use the database. */
const LATER = [AUTH_RESOURCES, ROTATE_FERNET_KEY, JOB, ...CLEANERS];
const WITH_IDENTITY = [API_SERVER, EXECUTION_API, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, TASK, WORKER, CHECK_DAGS, JOB, CLEAN_XCOMS];
const TABLE: { [need in keyof Needs]: [three: Role[], two: Role[], local: Role[]] } = {
  airflow: [AIRFLOW, AIRFLOW, AIRFLOW],
  broker: [[WORKER, FLOWER], [WORKER, FLOWER], [WORKER, FLOWER]],
  results: [[WORKER], [WORKER], [WORKER]],
  database: [
    [API_SERVER, EXECUTION_API, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, CHECK_DAGS, MIGRATION, SYNC_USERS, POOLS, ...LATER],
    WITH_DATABASE,
    [API_SERVER, EXECUTION_API, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, CHECK_DAGS, MIGRATION, SYNC_USERS, POOLS, ...LATER],
  ],
  scripts: [WITHOUT_TASKS, WITHOUT_TASKS, WITHOUT_TASKS],
  metadata: [
    [API_SERVER, EXECUTION_API, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, CHECK_DAGS, MIGRATION, SYNC_USERS, POOLS, ...LATER],
    WITH_DATABASE,
    [API_SERVER, EXECUTION_API, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, CHECK_DAGS, MIGRATION, SYNC_USERS, POOLS, ...LATER],
  ],
  executionApi: [[TASK, WORKER], [], [SCHEDULER, TASK, WORKER]],
  fernetKey: [
    [API_SERVER, EXECUTION_API, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, CHECK_DAGS, MIGRATION, ROTATE_FERNET_KEY, JOB, CLEAN_XCOMS],
    [
      API_SERVER, EXECUTION_API, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, TASK, WORKER, CHECK_DAGS, MIGRATION, ROTATE_FERNET_KEY,
      JOB, CLEAN_XCOMS,
    ],
    [API_SERVER, EXECUTION_API, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, CHECK_DAGS, MIGRATION, ROTATE_FERNET_KEY, JOB, CLEAN_XCOMS],
  ],
  jwtSecret: [[API_SERVER, EXECUTION_API, SCHEDULER], [], [API_SERVER, EXECUTION_API, SCHEDULER]],
  secretKey: [
    [API_SERVER, WEBSERVER, TRIGGERER, WORKER],
    [API_SERVER, WEBSERVER, TRIGGERER, WORKER],
    [API_SERVER, WEBSERVER, SCHEDULER, TRIGGERER, WORKER],
  ],
  dags: [
    [DAG_PROCESSOR, TRIGGERER, TASK, WORKER, CHECK_DAGS],
    [SCHEDULER, DAG_PROCESSOR, TRIGGERER, TASK, WORKER, CHECK_DAGS],
    [SCHEDULER, DAG_PROCESSOR, TRIGGERER, TASK, WORKER, CHECK_DAGS],
  ],
  plugins: [
    [API_SERVER, EXECUTION_API, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, TASK, WORKER, CHECK_DAGS],
    [API_SERVER, EXECUTION_API, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, TASK, WORKER, CHECK_DAGS],
    [API_SERVER, EXECUTION_API, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, TASK, WORKER, CHECK_DAGS],
  ],
  taskLogs: [
    [API_SERVER, WEBSERVER, TRIGGERER, TASK, WORKER],
    [API_SERVER, WEBSERVER, TRIGGERER, TASK, WORKER],
    [API_SERVER, WEBSERVER, SCHEDULER, TRIGGERER, TASK, WORKER],
  ],
  servesLogs: [[TRIGGERER, WORKER], [TRIGGERER, WORKER], [SCHEDULER, TRIGGERER, WORKER]],
  webserverConfig: [
    [API_SERVER, WEBSERVER, MIGRATION, SYNC_USERS, JOB], AIRFLOW, [API_SERVER, WEBSERVER, MIGRATION, SYNC_USERS, JOB],
  ],
  runsTasks: [[TASK, WORKER], [TASK, WORKER], [SCHEDULER, TASK, WORKER]],
  taskPods: [[API_SERVER, WEBSERVER, SCHEDULER], [API_SERVER, WEBSERVER, SCHEDULER], []],
  podTemplate: [[WEBSERVER, SCHEDULER], [WEBSERVER, SCHEDULER, TASK], []],
  connections: [
    [API_SERVER, EXECUTION_API, WEBSERVER, DAG_PROCESSOR, TRIGGERER, CHECK_DAGS, JOB, CLEAN_XCOMS],
    [API_SERVER, EXECUTION_API, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, TASK, WORKER, CHECK_DAGS, JOB, CLEAN_XCOMS],
    [API_SERVER, EXECUTION_API, WEBSERVER, DAG_PROCESSOR, TRIGGERER, CHECK_DAGS, JOB, CLEAN_XCOMS],
  ],
  identity: [WITH_IDENTITY, WITH_IDENTITY, WITH_IDENTITY],
  telemetry: [
    [API_SERVER, EXECUTION_API, SCHEDULER, DAG_PROCESSOR, TRIGGERER, TASK, WORKER],
    [API_SERVER, EXECUTION_API, SCHEDULER, DAG_PROCESSOR, TRIGGERER, TASK, WORKER],
    [API_SERVER, EXECUTION_API, SCHEDULER, DAG_PROCESSOR, TRIGGERER, TASK, WORKER],
  ],
  listsPods: [[ROTATE_FERNET_KEY], [ROTATE_FERNET_KEY], [ROTATE_FERNET_KEY]],
  createsSecrets: [[BOOTSTRAP_SECRETS], [BOOTSTRAP_SECRETS], [BOOTSTRAP_SECRETS]],
  deletes: [[CLEAN_TASK_PODS, CLEAN_JOBS], [CLEAN_TASK_PODS, CLEAN_JOBS], [CLEAN_TASK_PODS, CLEAN_JOBS]],
  runsOperators: [[TRIGGERER, TASK, WORKER], [TRIGGERER, TASK, WORKER], [SCHEDULER, TRIGGERER, TASK, WORKER]],
};

test.each(Object.entries(TABLE))('%s goes to who needs it and to nobody else', (need, [inThree, inTwo, inLocal]) => {
  expect(needing(need as keyof Needs, three)).toEqual(inThree);
  expect(needing(need as keyof Needs, two)).toEqual(inTwo);
  expect(needing(need as keyof Needs, local)).toEqual(inLocal);
});

test('all pods with a key have the identity, if it reads the keys', () => {
  const others = WITH_IDENTITY.filter(role => role !== JOB && role !== CLEAN_XCOMS);
  expect(needing('identity', { ...three, keysByIdentity: true })).toEqual([...others, MIGRATION, ROTATE_FERNET_KEY, JOB, CLEAN_XCOMS]);
});

test('the scheduler makes the pods of tasks, the web component shows their logs', () => {
  expect([needsOf(SCHEDULER, three).taskPods, needsOf(API_SERVER, three).taskPods]).toEqual(['launch', 'read']);
});

test('the scheduler hands tasks to Celery over the broker, and workers have the database for results alone', () => {
  const celery = { ...three, launchesPods: false, celery: true };
  expect(needing('broker', celery)).toEqual([SCHEDULER, WORKER, FLOWER]);
  expect(needing('results', celery)).toEqual([SCHEDULER, WORKER]);
  expect([needsOf(WORKER, celery).database, needsOf(WORKER, { ...celery, resultsInDatabase: true }).database]).toEqual([false, true]);
  expect(needsOf(WORKER, { ...celery, resultsInDatabase: true }).metadata).toBe(false);
});

test('tasks have the scripts where a script composes the URL of their database', () => {
  expect([needsOf(TASK, { ...two, composesUrl: true }).scripts, needsOf(TASK, { ...three, composesUrl: true }).scripts]).toEqual([true, false]);
});

test.each([['3.0.2', true], ['3.0.6', true], ['3.1.0', true], ['3.1.1', false], ['3.2.0', false]])('a worker of %s looks at the database: %s', (release, looks) => {
  expect(needsOf(WORKER, { ...three, version: AirflowVersion.of(release), celery: true }).database).toBe(looks);
});

test('tasks serve their logs at 8793, and the triggerer at 8794', () => {
  expect([WORKER, SCHEDULER, TRIGGERER].map(role => needsOf(role, local).servesLogs)).toEqual([
    { name: 'task-logs', containerPort: 8793 }, { name: 'task-logs', containerPort: 8793 }, { name: 'trigger-logs', containerPort: 8794 },
  ]);
});

test('the Kubernetes API is called for task pods, and for those of operators where they are allowed', () => {
  const calls = (role: Role, allowed: boolean) => kubernetesCalls(needsOf(role, three), allowed ? ['pods of KubernetesPodOperator'] : []);
  expect([calls(SCHEDULER, true), calls(API_SERVER, true)]).toEqual([['starts task pods'], ['logs of task pods']]);
  expect([calls(TASK, true), calls(TRIGGERER, true)]).toEqual([['pods of KubernetesPodOperator'], ['pods of KubernetesPodOperator']]);
  const callers = Object.values(Role).filter(role => calls(role, false).length > 0);
  expect(callers).toEqual([API_SERVER, WEBSERVER, SCHEDULER, ROTATE_FERNET_KEY, BOOTSTRAP_SECRETS, CLEAN_TASK_PODS, CLEAN_JOBS]);
  expect([calls(CLEAN_TASK_PODS, true), calls(CLEAN_JOBS, true)]).toEqual([['deletes old task pods'], ['deletes old Jobs']]);
  expect(calls(BOOTSTRAP_SECRETS, true)).toEqual(['creates Secrets']);
});

test('the UI is what the API server and the webserver serve', () => {
  expect(Object.values(Role).filter(isWeb)).toEqual([API_SERVER, WEBSERVER]);
});
