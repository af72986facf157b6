import * as fs from 'fs';
import * as path from 'path';
import {
  AirflowChartProps, AirflowConfig, AirflowImage, AirflowSecrets, AirflowVersion, Auth, Broker, CertificateAuthority, DagBundle, DagSource,
  Database, Executor, FlowerAuth, PostgresSslMode, SecretKey, TaskLogs,
} from '../../src/index';
import { ROOT } from '../markdown';
import { airflowChart, building, podList, servedBy, synth } from '../util';

const key = SecretKey.of('given', 'key');
const ca = CertificateAuthority.fromSecret(SecretKey.of('ca', 'ca.crt'));
const { V2_11 } = AirflowVersion;

/** Programs that say each prop of which an error says that it decides an option. */
const PROGRAMS: { readonly [what: string]: AirflowChartProps } = {
  'nothing': {},
  'Airflow 2': { version: V2_11 },
  'Airflow 2 with a dag-processor': { version: V2_11, dagProcessor: {} },
  'keys': { secrets: AirflowSecrets.fromSecrets({ fernetKey: { current: key }, jwtSecret: key, secretKey: key }) },
  'keys of Airflow 2': { version: V2_11, secrets: AirflowSecrets.fromSecrets({ fernetKey: { current: key }, secretKey: key }) },
  'users': { auth: Auth.simple() },
  'public access': { auth: Auth.fab({ publicRole: 'Viewer' }) },
  'a public URL': { url: 'https://acme.com/airflow', executor: Executor.celery({ flower: { url: 'https://acme.com/flower' } }) },
  'a public URL of Airflow 2': { version: V2_11, url: 'https://acme.com/airflow' },
  'no login': { auth: Auth.simple({ everyoneIsAdmin: true }) },
  'an image': { image: AirflowImage.of('acme/airflow:3.3.2-1', { version: AirflowVersion.V3_3, airflowHome: '/srv/airflow' }) },
  'a database': { database: Database.fromSecret(key, { schema: 'airflow' }) },
  'a namespace': { namespace: 'other' },
  'an API server elsewhere': servedBy('https://airflow.example.com'),
  'pods that stay': { executor: Executor.kubernetes({ creationBatchSize: 3, deletePods: false }) },
  'pods that go': { executor: Executor.kubernetes({ deletePodsOnFailure: true }) },
  'Celery': {
    executor: Executor.celery({
      broker: Broker.fromSecret(key, { tls: { ca, clientCertificate: { certificate: key, privateKey: key } } }),
      resultBackend: key,
      resultBackendTls: { mode: PostgresSslMode.VERIFY_FULL, ca },
      flower: { auth: FlowerAuth.fromSecret(key) },
    }),
  },
  'Celery with less': { executor: Executor.celery({ broker: Broker.fromSecret(key, { tls: {} }), flower: { auth: FlowerAuth.none() } }) },
  'a folder': { dags: DagSource.fromImage({ path: '/dags' }) },
  'bundles': { dags: DagSource.bundles([DagBundle.local('one', '/one')], { versionedRuns: false }) },
  'Kerberos': { pods: { kerberos: { principal: 'airflow@EXAMPLE.COM', keytab: key } } },
  'logs in S3': { logs: TaskLogs.s3({ bucket: 'acme-logs', encrypt: true }) },
  'logs in Azure': { logs: TaskLogs.azureBlob({ container: 'logs', account: 'acme' }) },
  'logs in Elasticsearch': { logs: TaskLogs.elasticsearch({ url: 'http://search:9200', index: 'acme' }) },
  'logs in OpenSearch': { logs: TaskLogs.openSearch({ url: 'https://search:9200', username: 'reader', password: key, index: 'acme' }) },
};

interface Setting {
  readonly value?: () => string | undefined;
  readonly prop?: string;
  readonly instead?: string;
}

function inside(props: AirflowChartProps) {
  const chart = airflowChart(props);
  if (props.namespace !== undefined) { chart.airflow.addTaskPod('elsewhere', { namespace: 'elsewhere' }); }
  const { config } = chart.airflow;
  const { settings, defaults } = config as unknown as { settings: Map<string, Setting>; defaults: Map<string, string> };
  const names = (full: string) => [full.slice(0, full.lastIndexOf('.')), full.slice(full.lastIndexOf('.') + 1)] as const;
  const owned = [...settings].filter(([, { prop }]) => prop !== undefined)
    .map(([full, setting]) => ({ full, names: names(full), ...setting, prop: setting.prop! }));
  const variables = new Map(podList(synth(chart)).flatMap(([, { spec }]) => [...spec.initContainers ?? [], ...spec.containers])
    .flatMap(container => container.env ?? []).filter(({ name }) => name.startsWith('AIRFLOW__')).map(variable => [variable.name, variable]));
  return { chart, config, owned, variables, defaults: [...defaults].map(([full, value]) => ({ names: names(full), value })) };
}

const built = Object.entries(PROGRAMS).map(([what, props]) => [what, inside(props)] as const);

describe.each(built)('with %s', (_, { chart: { airflow }, config, owned, variables, defaults }) => {
  test('no option that a choice overrules can be set, by config or by a variable', () => {
    expect(owned.length).toBeGreaterThan(10);
    for (const { full, names: [section, option], prop, instead } of owned) {
      const decides = `${prop} decides it${instead === undefined ? '' : `: ${instead}`}`;
      const name = `AIRFLOW__${full.toUpperCase().replace('.', '__')}`;
      expect(() => config.set(section, option, 'mine')).toThrow(decides);
      for (const variable of [name, `${name}_CMD`, `${name}_SECRET`]) {
        expect(() => config._checkVariable(airflow, 'pods.env', variable)).toThrow(new Error(`${airflow.node.path}: 'pods.env' cannot set '${variable}'; ${decides}`));
      }
    }
  });

  test('no variable of the library overrules an option that can be set', () => {
    const decided = owned.map(({ full }) => `AIRFLOW__${full.toUpperCase().replace('.', '__')}`);
    // A component that differs from the default of the library has a variable, which goes when the user sets the option.
    const replaceable = defaults.map(({ names: [section, option] }) => AirflowConfig.variableName(section, option));
    const free = (name: string) => ![...decided, ...replaceable].includes(name);
    expect([...variables.keys()].filter(name => free(name) && free(name.replace(/_(CMD|SECRET)$/, '')))).toEqual([]);
  });

  test('every default of the library can be replaced', () => {
    expect(defaults.length).toBeGreaterThan(5);
    for (const { names: [section, option] } of defaults) {
      if (config.get(section, option) === undefined) { continue; }
      try { config.set(section, option, 'mine'); } catch (error) { expect(String(error)).toContain('is set too late'); continue; }
      expect(config.get(section, option)).toBe('mine');
    }
  });
});

/** The members of all props, and of what the factories take. */
const MEMBERS = JSON.parse(fs.readFileSync(path.join(ROOT, 'data', 'members.json'), 'utf8')) as { [struct: string]: { [member: string]: string } };
const STRUCTS = Object.entries(MEMBERS).filter(([name]) => !name.endsWith('Props')).map(([, members]) => members);

/** Whether a prop is one: `pods.kerberos` of the structs themselves, `logs.url` of what a factory takes. */
function exists(prop: string): boolean {
  const [first, ...rest] = prop.split('.');
  let type: string | undefined = MEMBERS.AirflowChartProps[first] ?? STRUCTS.find(members => members[first] !== undefined)?.[first];
  for (const member of rest) {
    type = type === '' ? STRUCTS.find(members => members[member] !== undefined)?.[member] : MEMBERS[type ?? '']?.[member];
  }
  return type !== undefined;
}

const decided = new Map(built.flatMap(([, { owned }]) => owned.map(option => [option.full, option])));

test.each([...decided])('whoever is told what decides %s finds a prop that does', (full, { names: [section, option], prop, instead }) => {
  const props = [...`${prop} ${instead ?? ''}`.matchAll(/'([\w.]+)'/g)].map(([, quoted]) => quoted);
  expect(props.filter(quoted => !exists(quoted))).toEqual([]);
  if (instead !== undefined || prop === 'the library') { return; }
  expect(props).not.toEqual([]);
  const variable = `AIRFLOW__${full.toUpperCase().replace('.', '__')}`;
  const values = built.map(([, { config, variables }]) => config.get(section, option) ?? JSON.stringify(variables.get(variable)));
  expect(new Set(values).size).toBeGreaterThan(1);
});

test('fails with options of users beside a choice that lets everyone in', () => {
  expect(building({ auth: Auth.simple({ everyoneIsAdmin: true }), config: { core: { simple_auth_manager_users: 'ann:admin' }, fab: { cookie_secure: 'True' } } })).toThrow(new Error([
    'test/airflow: 2 mistakes:',
    "  'config.core.simple_auth_manager_users' cannot be set, got 'ann:admin'; 'auth' decides it: "
    + 'Auth.simple() decides who may log in',
    "  'config.fab.cookie_secure' cannot be set, got 'True'; 'auth' decides it: Auth.simple() does not read it; use Auth.fab(), or leave it out",
  ].join('\n')));
});
