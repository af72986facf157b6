import { AirflowVersion } from '../../src';
import { Needs, needsOf, Role, Traits } from '../../src/private/roles';

const three: Traits = { version: AirflowVersion.V3_3, launchesPods: true, tasksInScheduler: false, standaloneDagProcessor: true };
const two: Traits = { ...three, version: AirflowVersion.V2_11, standaloneDagProcessor: false };
const local: Traits = { ...three, launchesPods: false, tasksInScheduler: true };

/** The roles that need it. */
function needing(what: keyof Needs, traits: Traits): Role[] {
  return Object.values(Role).filter(role => needsOf(role, traits)[what]);
}

const { API_SERVER, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, TASK, MIGRATION, CREATE_USER, POOLS } = Role;
const TABLE: { [need in keyof Needs]: [three: Role[], two: Role[], local: Role[]] } = {
  database: [
    [API_SERVER, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, MIGRATION, CREATE_USER, POOLS],
    Object.values(Role),
    [API_SERVER, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, MIGRATION, CREATE_USER, POOLS],
  ],
  fernetKey: [
    [API_SERVER, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, MIGRATION],
    [API_SERVER, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, TASK, MIGRATION],
    [API_SERVER, WEBSERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER, MIGRATION],
  ],
  jwtSecret: [[API_SERVER, SCHEDULER], [], [API_SERVER, SCHEDULER]],
  secretKey: [[API_SERVER, WEBSERVER, TRIGGERER], [API_SERVER, WEBSERVER, TRIGGERER], [API_SERVER, WEBSERVER, SCHEDULER, TRIGGERER]],
  dags: [[DAG_PROCESSOR, TRIGGERER, TASK], [SCHEDULER, DAG_PROCESSOR, TRIGGERER, TASK], [SCHEDULER, DAG_PROCESSOR, TRIGGERER, TASK]],
  taskLogs: [
    [API_SERVER, WEBSERVER, TRIGGERER, TASK], [API_SERVER, WEBSERVER, TRIGGERER, TASK], [API_SERVER, WEBSERVER, SCHEDULER, TRIGGERER, TASK],
  ],
  webserverConfig: [
    [API_SERVER, WEBSERVER, MIGRATION, CREATE_USER], Object.values(Role), [API_SERVER, WEBSERVER, MIGRATION, CREATE_USER],
  ],
  runsTasks: [[TASK], [TASK], [SCHEDULER, TASK]],
  taskPods: [[API_SERVER, WEBSERVER, SCHEDULER], [API_SERVER, WEBSERVER, SCHEDULER], []],
  podTemplate: [[WEBSERVER, SCHEDULER], [WEBSERVER, SCHEDULER, TASK], []],
  runsOperators: [[TRIGGERER, TASK], [TRIGGERER, TASK], [SCHEDULER, TRIGGERER, TASK]],
};

test.each(Object.entries(TABLE))('%s goes to who needs it and to nobody else', (need, [inThree, inTwo, inLocal]) => {
  expect(needing(need as keyof Needs, three)).toEqual(inThree);
  expect(needing(need as keyof Needs, two)).toEqual(inTwo);
  expect(needing(need as keyof Needs, local)).toEqual(inLocal);
});

test('the scheduler makes the pods of tasks, the web component shows their logs', () => {
  expect([needsOf(SCHEDULER, three).taskPods, needsOf(API_SERVER, three).taskPods]).toEqual(['launch', 'read']);
});
