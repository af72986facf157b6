import * as fs from 'fs';
import * as path from 'path';
import { isWeb, kubernetesCalls, Needs, needsOf, Role, Traits } from '../../src/core/needs';
import { AirflowVersion } from '../../src/index';
import { ROOT } from '../markdown';

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
const { MIGRATION, SYNC_USERS, POOLS, AUTH_RESOURCES, BOOTSTRAP_SECRETS, JOB, CLEAN_DATABASE, CLEAN_TASK_PODS, CLEAN_XCOMS, CLEAN_JOBS } = Role;
const CLEANERS = [CLEAN_DATABASE, CLEAN_TASK_PODS, CLEAN_XCOMS];
const WITH_IDENTITY = [API_SERVER, EXECUTION_API, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, TASK, WORKER, JOB, CLEAN_XCOMS];
const TABLE: { [need in keyof Needs]: [three: Role[], two: Role[], local: Role[]] } = {
  airflow: [AIRFLOW, AIRFLOW, AIRFLOW],
  broker: [[WORKER, FLOWER], [WORKER, FLOWER], [WORKER, FLOWER]],
  results: [[WORKER], [WORKER], [WORKER]],
  database: [
    [API_SERVER, EXECUTION_API, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, MIGRATION, SYNC_USERS, POOLS, AUTH_RESOURCES, JOB, ...CLEANERS],
    WITH_DATABASE,
    [API_SERVER, EXECUTION_API, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, MIGRATION, SYNC_USERS, POOLS, AUTH_RESOURCES, JOB, ...CLEANERS],
  ],
  scripts: [WITHOUT_TASKS, WITHOUT_TASKS, WITHOUT_TASKS],
  metadata: [
    [API_SERVER, EXECUTION_API, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, MIGRATION, SYNC_USERS, POOLS, AUTH_RESOURCES, JOB, ...CLEANERS],
    WITH_DATABASE,
    [API_SERVER, EXECUTION_API, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, MIGRATION, SYNC_USERS, POOLS, AUTH_RESOURCES, JOB, ...CLEANERS],
  ],
  executionApi: [[TASK, WORKER], [], [SCHEDULER, TASK, WORKER]],
  fernetKey: [
    [API_SERVER, EXECUTION_API, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, MIGRATION, JOB, CLEAN_XCOMS],
    [API_SERVER, EXECUTION_API, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, TASK, WORKER, MIGRATION, JOB, CLEAN_XCOMS],
    [API_SERVER, EXECUTION_API, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, MIGRATION, JOB, CLEAN_XCOMS],
  ],
  jwtSecret: [[API_SERVER, EXECUTION_API, SCHEDULER], [], [API_SERVER, EXECUTION_API, SCHEDULER]],
  secretKey: [
    [API_SERVER, WEBSERVER, TRIGGERER, WORKER],
    [API_SERVER, WEBSERVER, TRIGGERER, WORKER],
    [API_SERVER, WEBSERVER, SCHEDULER, TRIGGERER, WORKER],
  ],
  dags: [
    [DAG_PROCESSOR, TRIGGERER, TASK, WORKER],
    [SCHEDULER, DAG_PROCESSOR, TRIGGERER, TASK, WORKER],
    [SCHEDULER, DAG_PROCESSOR, TRIGGERER, TASK, WORKER],
  ],
  plugins: [
    [API_SERVER, EXECUTION_API, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, TASK, WORKER],
    [API_SERVER, EXECUTION_API, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, TASK, WORKER],
    [API_SERVER, EXECUTION_API, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, TASK, WORKER],
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
    [API_SERVER, EXECUTION_API, WEBSERVER, DAG_PROCESSOR, TRIGGERER, JOB, CLEAN_XCOMS],
    [API_SERVER, EXECUTION_API, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, TASK, WORKER, JOB, CLEAN_XCOMS],
    [API_SERVER, EXECUTION_API, WEBSERVER, DAG_PROCESSOR, TRIGGERER, JOB, CLEAN_XCOMS],
  ],
  identity: [WITH_IDENTITY, WITH_IDENTITY, WITH_IDENTITY],
  telemetry: [
    [API_SERVER, EXECUTION_API, SCHEDULER, DAG_PROCESSOR, TRIGGERER, TASK, WORKER],
    [API_SERVER, EXECUTION_API, SCHEDULER, DAG_PROCESSOR, TRIGGERER, TASK, WORKER],
    [API_SERVER, EXECUTION_API, SCHEDULER, DAG_PROCESSOR, TRIGGERER, TASK, WORKER],
  ],
  createsSecrets: [[BOOTSTRAP_SECRETS], [BOOTSTRAP_SECRETS], [BOOTSTRAP_SECRETS]],
  deletes: [[CLEAN_TASK_PODS, CLEAN_JOBS], [CLEAN_TASK_PODS, CLEAN_JOBS], [CLEAN_TASK_PODS, CLEAN_JOBS]],
  runsOperators: [[TRIGGERER, TASK, WORKER], [TRIGGERER, TASK, WORKER], [SCHEDULER, TRIGGERER, TASK, WORKER]],
};

test.each(Object.entries(TABLE))('%s goes to who needs it and to nobody else', (need, [inThree, inTwo, inLocal]) => {
  expect(needing(need as keyof Needs, three)).toEqual(inThree);
  expect(needing(need as keyof Needs, two)).toEqual(inTwo);
  expect(needing(need as keyof Needs, local)).toEqual(inLocal);
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
  const calls = (role: Role, allowed: boolean) => kubernetesCalls(needsOf(role, three), allowed);
  expect([calls(SCHEDULER, true), calls(API_SERVER, true)]).toEqual([['starts task pods'], ['logs of task pods']]);
  expect([calls(TASK, true), calls(TRIGGERER, true)]).toEqual([['pods of KubernetesPodOperator'], ['pods of KubernetesPodOperator']]);
  expect(Object.values(Role).filter(role => calls(role, false).length > 0)).toEqual([
    API_SERVER, WEBSERVER, SCHEDULER, BOOTSTRAP_SECRETS, CLEAN_TASK_PODS, CLEAN_JOBS,
  ]);
  expect([calls(CLEAN_TASK_PODS, true), calls(CLEAN_JOBS, true)]).toEqual([['deletes old task pods'], ['deletes old Jobs']]);
  expect(calls(BOOTSTRAP_SECRETS, true)).toEqual(['creates Secrets']);
});

test('the UI is what the API server and the webserver serve', () => {
  expect(Object.values(Role).filter(isWeb)).toEqual([API_SERVER, WEBSERVER]);
});

describe('docs/security.md says who has which Secrets', () => {
  const [section] = fs.readFileSync(path.join(ROOT, 'docs/security.md'), 'utf8').split('\n## Secrets\n')[1].split('\n## ');
  const rows = new Map(section.split('\n').filter(line => line.startsWith('| ')).map(line => line.split('|').slice(1, -1).map(cell => cell.trim()))
    .map(([pod, ...cells]) => [pod, cells]));
  const secrets = (role: Role, traits: Traits) => {
    const { database, fernetKey, jwtSecret, secretKey } = needsOf(role, traits);
    return [database, fernetKey, jwtSecret, secretKey];
  };

  test.each<[string, Role, Traits]>([
    ['API server, webserver', API_SERVER, three],
    ['execution API', EXECUTION_API, three],
    ['scheduler', SCHEDULER, three],
    ['dag-processor', DAG_PROCESSOR, three],
    ['triggerer', TRIGGERER, three],
    ['task, 3.x', TASK, three],
    ['task, 2.x', TASK, two],
    ['Celery worker, 3.x', WORKER, { ...three, celery: true }],
    ['Celery worker, 2.x', WORKER, { ...two, celery: true }],
    ['migration', MIGRATION, three],
    ['creation of the user, pools', SYNC_USERS, three],
    ['creation of the user, pools', POOLS, three],
    ['creation of the user, pools', AUTH_RESOURCES, three],
    ['a Job of your own (`addJob`)', JOB, three],
    ['housekeeping of the database, of task pods', CLEAN_DATABASE, three],
    ['housekeeping of the database, of task pods', CLEAN_TASK_PODS, two],
    ['housekeeping of XComs', CLEAN_XCOMS, three],
    ['housekeeping of Jobs', CLEAN_JOBS, three],
  ])('%s', (row, role, traits) => {
    expect(rows.get(row)!.map(cell => cell === 'yes')).toEqual(secrets(role, traits));
  });

  test('and in which cases', () => {
    expect(rows.get('scheduler')![3]).toBe('with the LocalExecutor');
    expect(secrets(SCHEDULER, local)).toEqual([true, true, true, true]);
    expect(rows.get('Celery worker, 3.x')![0]).toBe('where it keeps the results; in 3.0 and 3.1.0 always');
    expect(secrets(WORKER, { ...three, celery: true, resultsInDatabase: true })).toEqual([true, false, false, true]);
  });
});
