import { AirflowVersion, Executor } from '../../src';
import * as references from '../references';
import * as rules from '../rules';
import { Manifest } from '../util';

const RULES: [string, rules.Rule][] = [
  ['every pod meets the Pod Security level restricted', rules.restricted],
  ['every root file system is read-only', rules.readOnlyRoot],
  ['every container requests CPU and memory and has a limit of memory', rules.resources],
  ['every image is pinned', rules.pinned],
  ['whatever goes on is checked for life', rules.liveness],
  ['no secret is a literal', rules.noSecret],
  ['every variable is set once, before it is used', rules.environment],
  ['no Service adds variables', rules.serviceLinks],
  ['every name is valid and short enough', rules.names],
  ['every selector selects the pods of one workload and none of a task', rules.selectors],
  ['every mount has a volume', rules.mounts],
  ['a token is mounted where a Role is bound, and nowhere else', rules.tokens],
  ['nothing is null or an empty list', rules.settled],
  ['everything is in a namespace', rules.namespaced],
  ['every ConfigMap, Secret, claim and account is there', references.objects],
  ['every Role and account of a binding is there', references.bindings],
  ['every workload that is scaled is there, and the Secret that it takes', references.scaling],
  ['every port is listened on', references.ports],
  ['every address is that of a Service', references.addresses],
  ['every file that airflow.cfg names is mounted', references.files],
];

export const VERSIONS = [
  AirflowVersion.V2_10, AirflowVersion.V2_11, AirflowVersion.V3_0, AirflowVersion.V3_1, AirflowVersion.V3_2, AirflowVersion.V3_3,
];
export const EXECUTORS: [string, () => Executor][] = [
  ['KubernetesExecutor', () => Executor.kubernetes()], ['LocalExecutor', () => Executor.local()], ['CeleryExecutor', () => Executor.celery({ flower: {} })],
];
const GIVEN: rules.Given = {
  secrets: [
    'airflow-db-app', 'airflow-db-ca',
    'git', 'keys', 'database', 'admin', 'registry', 'shared', 'broker', 'results', 'flower', 'store', 'ca', 'client', 'keytab', 'server', 'tasks',
    'test-airflow-api-server-internal-tls', // of cert-manager
    'airflow-gitsync-ssh-key', 'airflow-metadata-secret', 'airflow-connections',
  ],
  configMaps: ['known-hosts'],
  claims: ['dags', 'logs'],
  accounts: ['mine', 'airflow'],
};

/** What synthesizes objects, by the name of what is in them. */
export type Program = [string, () => Manifest[]];

/** Tests that every rule holds for what each program synthesizes. */
export function hold(programs: Program[]): void {
  describe.each(programs)('%s', (_, program) => {
    let manifest: Manifest[];
    beforeAll(() => {
      manifest = program();
    });

    test.each(RULES)('%s', (__, rule) => expect(rule(manifest, GIVEN)).toEqual([]));
  });
}
