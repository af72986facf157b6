import { AirflowVersion } from '../../src';
import { Needs, needsOf, Role, Traits } from '../../src/private/roles';

const three: Traits = {
  version: AirflowVersion.V3_3, launchesPods: true, tasksInScheduler: false, standaloneDagProcessor: true, celery: false, resultsInDatabase: false,
};
const two: Traits = { ...three, version: AirflowVersion.V2_11, standaloneDagProcessor: false };
const local: Traits = { ...three, launchesPods: false, tasksInScheduler: true };

/** The roles that need it. */
function needing(what: keyof Needs, traits: Traits): Role[] {
  return Object.values(Role).filter(role => needsOf(role, traits)[what]);
}

const WITH_DATABASE = Object.values(Role).filter(role => role !== Role.FLOWER);
const { API_SERVER, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, TASK, MIGRATION, CREATE_USER, POOLS, WORKER, FLOWER } = Role;
const WITH_IDENTITY = [API_SERVER, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, TASK, WORKER];
const TABLE: { [need in keyof Needs]: [three: Role[], two: Role[], local: Role[]] } = {
  broker: [[WORKER, FLOWER], [WORKER, FLOWER], [WORKER, FLOWER]],
  results: [[WORKER], [WORKER], [WORKER]],
  database: [
    [API_SERVER, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, MIGRATION, CREATE_USER, POOLS],
    WITH_DATABASE,
    [API_SERVER, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, MIGRATION, CREATE_USER, POOLS],
  ],
  fernetKey: [
    [API_SERVER, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, MIGRATION],
    [API_SERVER, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, TASK, WORKER, MIGRATION],
    [API_SERVER, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, MIGRATION],
  ],
  jwtSecret: [[API_SERVER, SCHEDULER], [], [API_SERVER, SCHEDULER]],
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
  taskLogs: [
    [API_SERVER, WEBSERVER, TRIGGERER, TASK, WORKER],
    [API_SERVER, WEBSERVER, TRIGGERER, TASK, WORKER],
    [API_SERVER, WEBSERVER, SCHEDULER, TRIGGERER, TASK, WORKER],
  ],
  webserverConfig: [
    [API_SERVER, WEBSERVER, MIGRATION, CREATE_USER], Object.values(Role), [API_SERVER, WEBSERVER, MIGRATION, CREATE_USER],
  ],
  runsTasks: [[TASK, WORKER], [TASK, WORKER], [SCHEDULER, TASK, WORKER]],
  taskPods: [[API_SERVER, WEBSERVER, SCHEDULER], [API_SERVER, WEBSERVER, SCHEDULER], []],
  podTemplate: [[WEBSERVER, SCHEDULER], [WEBSERVER, SCHEDULER, TASK], []],
  connections: [
    [API_SERVER, WEBSERVER, DAG_PROCESSOR, TRIGGERER],
    [API_SERVER, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, TASK, WORKER],
    [API_SERVER, WEBSERVER, DAG_PROCESSOR, TRIGGERER],
  ],
  identity: [WITH_IDENTITY, WITH_IDENTITY, WITH_IDENTITY],
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
});

test.each([['3.0.2', true], ['3.0.6', true], ['3.1.0', true], ['3.1.1', false], ['3.2.0', false]])('a worker of %s looks at the database: %s', (release, looks) => {
  expect(needsOf(WORKER, { ...three, version: AirflowVersion.of(release), celery: true }).database).toBe(looks);
});
