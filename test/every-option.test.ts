import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { ROOT } from './markdown';
import * as api from '../src';
import type { Members } from '../src/kubernetes/members';

/** Structs by name with the members that the program gives them. */
const mockUsed = new Map<string, Set<string>>();
const mockTable = JSON.parse(fs.readFileSync(path.join(ROOT, 'data', 'members.json'), 'utf8')) as Members;

jest.mock('../src/kubernetes/members', () => {
  const actual = jest.requireActual<typeof import('../src/kubernetes/members')>('../src/kubernetes/members');
  const record = (type: string, value: unknown): void => {
    const inner = type.slice(1, -1);
    if (Array.isArray(value)) { value.forEach(item => record(inner, item)); }
    if (mockTable[type] === undefined || value === undefined) {
      if (type.startsWith('{')) { Object.values(value as object).forEach(item => record(inner, item)); }
      return;
    }
    const members = mockUsed.get(type) ?? new Set();
    mockUsed.set(type, members);
    for (const [member, held] of Object.entries(value as object)) {
      if (held === undefined) { continue; }
      members.add(member);
      record(mockTable[type][member] ?? '', held);
    }
  };
  return {
    ...actual,
    checkMembers: (struct: string, value: object | undefined, ...others: []) => {
      record(struct, value);
      actual.checkMembers(struct, value, ...others);
    },
  };
});

beforeAll(() => {
  const { env } = process;
  jest.spyOn(console, 'log').mockImplementation(() => {});
  for (const AIRFLOW of ['3.3.2', '2.11.2']) {
    const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'everything-'));
    process.env = { CDK8S_OUTDIR: outdir, NAMESPACE: 'everything', AIRFLOW };
    jest.isolateModules(() => { jest.requireActual(path.join(ROOT, 'test/e2e/programs/everything.ts')); });
    fs.rmSync(outdir, { recursive: true });
  }
  process.env = env;
});

/** Structs of other subjects: the program gives them only what it needs. */
const OTHER_SUBJECTS = {
  'the scenarios auth and users try each way to log in': ['FabAuthOptions', 'FlowerPasswordOptions'],
  'the scenario keys tries them': ['GeneratedKeysOptions'],
  'the scenario groom-logs tries them': ['LogRetentionOptions'],
  'the scenario metrics tries them': ['TelemetryOptions'],
  'the scenario eviction tries them': ['DisruptionOptions'],
  'the scenario entrance tries them': ['UiOptions'],
  'the examples and the scenarios have them, each for its subject': ['AirflowProps', 'AirflowImageOptions', 'CeleryExecutorOptions', 'ExecutorOptions', 'SecretDatabaseOptions'],
};

/** Members that the program leaves out, by the reason. */
const ELSEWHERE = {
  'it excludes a member that the program uses': [
    'DisruptionBudgetOptions.minAvailable', 'SecurityContextOptions.userFromNamespace', 'GitSyncOptions.cloneSize', 'SharedCloneOptions.claim',
    'RedisOptions.persistent', 'ApiServerOptions.publicExecutionApi', 'TokenOptions.usernameSecret', 'cdk8s-plus-27.VolumeMount.subPathExpr',
  ],
  'the level restricted refuses it': ['cdk8s-plus-27.ContainerPort.hostIp', 'cdk8s-plus-27.ContainerPort.hostPort'],
  'the default is what the cluster has loaded': [
    'PostgresOptions.image', 'PostgresOptions.pullPolicy', 'RabbitMqOptions.image', 'RabbitMqOptions.pullPolicy', 'RedisOptions.image', 'RedisOptions.pullPolicy',
    'PgBouncerOptions.image', 'PgBouncerOptions.pullPolicy', 'PgBouncerOptions.exporter',
  ],
  'the scenario server-tls tries it': ['ApiServerOptions.tls', 'ExecutionApiOptions.tls', 'WebserverOptions.tls'],
  'the scenario pgbouncer tries it': ['PgBouncerOptions.tls'],
  'the scenarios keys, users, upgrade and auth try these Jobs': [
    'AirflowJobs.authResources', 'AirflowJobs.bootstrapSecrets', 'AirflowJobs.downgrade', 'AirflowJobs.pools', 'AirflowJobs.rotateFernetKey', 'AirflowJobs.syncUsers',
  ],
  'the examples of the executors have it': [
    'CeleryWorkersOptions.queues', 'CeleryWorkersOptions.spot', 'SchedulerOptions.spot', 'FlowerOptions.auth', 'KubernetesExecutorOptions.alias',
    'KubernetesExecutorOptions.creationBatchSize', 'KubernetesExecutorOptions.deletePods', 'KubernetesExecutorOptions.deletePodsOnFailure',
  ],
  'the examples of volumes have it': ['NewClaimDagsOptions.volume', 'NewClaimLogsOptions.volume', 'NewClaimLogsOptions.retention'],
  'it needs a service outside of the cluster': ['CommonPodOptions.identity', 'CommonPodOptions.kerberos'],
  'it is the same as a sibling that the program uses': [
    'Affinity.nearPods', 'TokenOptions.username', 'cdk8s-plus-27.MemoryResources.request', 'cdk8s-plus-27.EphemeralStorageResources.request',
  ],
};

/** The structs whose members describe a whole pod. One renderer makes all pods, so that a member of one component counts for all. */
function podStructs(): string[] {
  return Object.keys(mockTable).filter(struct => Object.keys(mockTable.AirflowPodOptions).every(member => Object.hasOwn(mockTable[struct], member)));
}

/** The members of the structs in the program that the program does not use. */
function leftOut(): string[] {
  const ofPods = new Set(podStructs().flatMap(struct => [...mockUsed.get(struct) ?? []]));
  const others = Object.values(OTHER_SUBJECTS).flat();
  // The props of a component are its options together with its Airflow.
  const structs = [...mockUsed.keys()].filter(struct => !others.includes(struct) && (!struct.endsWith('Props') || mockTable[struct.replace(/Props$/, 'Options')] === undefined));
  return structs.flatMap(struct => Object.keys(mockTable[struct])
    .filter(member => !mockUsed.get(struct)!.has(member) && !(podStructs().includes(struct) && ofPods.has(member)))
    .map(member => `${struct}.${member}`));
}

test('the end-to-end program of every option has each member of its structs, or there is a reason why not', () => {
  expect(leftOut().sort()).toEqual(Object.values(ELSEWHERE).flat().sort());
});

test('no struct stands for another subject that the program does not have', () => {
  expect(Object.values(OTHER_SUBJECTS).flat().filter(struct => !mockUsed.has(struct))).toEqual([]);
});

test.each([
  ['ProjectedSource', ['secret', 'configMap', 'downwardApi', 'serviceAccountToken']],
  ['Volumes', ['projected', 'downwardApi', 'image']],
  ['KedaTrigger', ['cron', 'of']],
  ['Scaling', ['cpu', 'metrics', 'keda']],
  ['LocalSettingsFile', ['fromSecret', 'fromConfigMap']],
])('the program has every factory of %s', (name, factories) => {
  const texts = ['everything.ts', 'everything-checked.ts'].map(file => fs.readFileSync(path.join(ROOT, 'test/e2e/programs', file), 'utf8')).join('\n');
  expect(Object.getOwnPropertyNames(api[name as keyof typeof api]).filter(member => !['length', 'name', 'prototype'].includes(member) && !member.startsWith('_'))).toEqual(factories);
  expect(factories.filter(factory => !texts.includes(`${name}.${factory}(`))).toEqual([]);
});
