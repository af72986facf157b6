import { App, Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Airflow, AirflowImage, AirflowProps, AirflowSecrets, AirflowVersion, Auth, Database, Executor, SecretKey } from '../../src/index';
import { airflowChart, building, cfg, find, init, main, Manifest, mount, pod, pods, servedBy, synth, synthAirflow } from '../util';

const { V2_10, V2_11, V3_0, V3_1, V3_2, V3_3 } = AirflowVersion;
const JOBS = ['bootstrap-secrets', 'sync-users', 'migration', 'postgres'];

function components(props?: AirflowProps): string[] {
  return [...pods(synthAirflow(props)).keys()].filter(name => !JOBS.includes(name)).sort();
}

describe('the components', () => {
  test.each([
    [V2_10, ['scheduler', 'task', 'triggerer', 'webserver']],
    [V2_11, ['scheduler', 'task', 'triggerer', 'webserver']],
    [V3_0, ['api-server', 'dag-processor', 'scheduler', 'task', 'triggerer']],
    [V3_1, ['api-server', 'dag-processor', 'scheduler', 'task', 'triggerer']],
    [V3_2, ['api-server', 'dag-processor', 'scheduler', 'task', 'triggerer']],
    [V3_3, ['api-server', 'dag-processor', 'scheduler', 'task', 'triggerer']],
  ])('of a version are these (%#)', (version, expected) => {
    expect(components({ version })).toEqual(expected);
    expect(main(synthAirflow({ version }), 'scheduler').image).toBe(`apache/airflow:${version.release}`);
  });

  test('are those of the newest version by default, with the Jobs that prepare it', () => {
    expect([...pods(synthAirflow()).keys()].sort()).toEqual(
      ['api-server', 'bootstrap-secrets', 'dag-processor', 'migration', 'postgres', 'scheduler', 'sync-users', 'task', 'triggerer']);
    expect(airflowChart().airflow.version.release).toBe('3.3.2');
  });

  test('in 2.x have a dag-processor when it is asked for, and the scheduler leaves it the files', () => {
    expect(components({ version: V2_11, dagProcessor: {} })).toContain('dag-processor');
    expect(cfg(synthAirflow({ version: V2_11, dagProcessor: {} }), 'scheduler', 'standalone_dag_processor')).toBe('True');
    expect(cfg(synthAirflow({ version: V2_11 }), 'scheduler', 'standalone_dag_processor')).toBe('False');
    expect(cfg(synthAirflow({ version: V3_3 }), 'scheduler', 'standalone_dag_processor')).toBeUndefined();
  });

  test('are public constructs, absent where they are not part of the version', () => {
    const { airflow } = airflowChart({ version: V2_11 });
    expect([airflow.apiServer, airflow.dagProcessor]).toEqual([undefined, undefined]);
    expect(airflow.webserver!.workload.kind).toBe('Deployment');
    expect(airflowChart().airflow.webserver).toBeUndefined();
  });

  test('of 3.x tell tasks where the execution API is', () => {
    const { airflow } = airflowChart();
    expect(airflow.apiServer!.url).toBe(`http://${airflow.apiServer!.service.name}.airflow.svc:8080`);
    expect(airflow.config.get('core', 'execution_api_server_url')).toBe(`${airflow.apiServer!.url}/execution/`);
    expect(cfg(synthAirflow({ version: V2_11 }), 'core', 'execution_api_server_url')).toBeUndefined();
  });
});

describe('a part that runs elsewhere', () => {
  test.each([
    ['scheduler', 'scheduler'], ['dagProcessor', 'dag-processor'], ['triggerer', 'triggerer'],
  ])('is left out (%s)', (prop, component) => {
    expect(components({ external: { [prop]: true } })).not.toContain(component);
    expect(components({ external: { [prop]: false } })).toContain(component);
  });

  test('is the API server, which tasks are told of', () => {
    const manifest = synthAirflow(servedBy('https://airflow.example.com/'));
    expect([...pods(manifest).keys()]).not.toContain('api-server');
    expect(cfg(manifest, 'core', 'execution_api_server_url')).toBe('https://airflow.example.com/execution/');
  });

  test('is the webserver of 2.x', () => {
    expect(components({ version: V2_11, external: { webserver: true } })).toEqual(['scheduler', 'task', 'triggerer']);
  });

  test('is the dag-processor of 2.x, so that the scheduler leaves it the files', () => {
    expect(cfg(synthAirflow({ version: V2_11, external: { dagProcessor: true } }), 'scheduler', 'standalone_dag_processor')).toBe('True');
  });

  test('is the migration, which the components still wait for', () => {
    const manifest = synthAirflow({ external: { migration: true } });
    expect([...pods(manifest).keys()]).not.toContain('migration');
    expect(init(manifest, 'scheduler', 'wait-for-migration').command!.slice(5, 7)).toEqual(['--migrated-by', 'that migrates the database']);
  });

  test.each<[AirflowProps, string, string]>([
    [{ scheduler: {}, external: { scheduler: true } }, 'scheduler', 'scheduler'],
    [{ dagProcessor: {}, external: { dagProcessor: true } }, 'dagProcessor', 'dagProcessor'],
    [{ triggerer: {}, external: { triggerer: true } }, 'triggerer', 'triggerer'],
    [{ apiServer: {}, ...servedBy('https://a.example.com') }, 'apiServer', 'apiServerUrl'],
    [{ version: V2_11, webserver: {}, external: { webserver: true } }, 'webserver', 'webserver'],
    [{ jobs: { migration: {} }, external: { migration: true } }, 'jobs.migration', 'migration'],
  ])('fails with options of it (%#)', (props, prop, external) => {
    expect(building(props)).toThrow(
      new Error(`test/airflow: '${prop}' has options, but 'external.${external}' says that it runs elsewhere; leave one of them out`));
  });

  test.each(['fernetKey', 'jwtSecret', 'secretKey'] as const)('fails without the %s that it shares with the API server', key => {
    const one = SecretKey.of('keys', 'one');
    const secrets = AirflowSecrets.fromSecrets({ fernetKey: { current: one }, jwtSecret: one, secretKey: one, [key]: undefined });
    expect(building({ ...servedBy('https://a.example.com'), secrets })).toThrow(
      new Error(`test/airflow: 'external.apiServerUrl' needs 'secrets.${key}', which the API server at 'https://a.example.com' has too; set it`));
  });

  const URL_MESSAGE = 'must be like https://airflow.example.com or https://example.com/airflow, without a login or a query, got';

  const NO_URLS = ['airflow.example.com', 'ftp://airflow', 'https://', 'https://:80', 'https://host?x=1', 'https://host/#x', 'https://host/a b', '/a b', '$URL'];

  test.each(['', '/execution', ...NO_URLS])('fails with the URL %j', apiServerUrl => {
    expect(building(servedBy(apiServerUrl))).toThrow(new Error(`test/airflow: 'external.apiServerUrl' ${URL_MESSAGE} '${apiServerUrl}'`));
  });

  test.each(['', '/team', 'https://$(HOST)', ...NO_URLS])('fails with the public URL %j', url => {
    expect(building({ url })).toThrow(new Error(`test/airflow: 'url' ${URL_MESSAGE} '${url}'`));
  });

  test.each(['https://host//team', 'https://host/a//b', 'https://host/a/../b', 'https://host/./a', 'https://host/%41', 'https://host/é', 'https://host/a;b'])(
    'fails with the path of the public URL %j', url => {
      expect(building({ url })).toThrow(new Error(
        `test/airflow: 'url' must have a path of letters, digits, '.', '_', '~' and '-' between single slashes, got '${url}'`));
    });

  test.each([['api', AirflowVersion.V3_3], ['webserver', V2_11]])('fails with a base_url of %s, which has a prop', (section, version) => {
    expect(building({ version, config: { [section]: { base_url: 'https://host' } } })).toThrow(
      new Error(`test/airflow: 'config.${section}.base_url' cannot be set, got 'https://host'; 'url' decides it`));
  });

  test('fails with proxies that trust nothing or lead nowhere', () => {
    expect(building({ ui: { trustedProxies: 1 } })).toThrow(
      new Error("test/airflow: 'ui.trustedProxies' needs 'url', the public URL that the proxies lead to Airflow, got 1; set 'url'"));
    expect(building({ url: 'https://host', ui: { trustedProxies: -1 } })).toThrow(new Error("test/airflow: 'ui.trustedProxies' must be a whole number of at least 0, got -1"));
  });

  test('fails with a login in the URL, without repeating it', () => {
    const { secrets, ...rest } = servedBy('https://me:hunter2@host');
    for (const props of [{ ...rest, secrets }, rest]) {
      expect(building(props)).toThrow(new Error(`test/airflow: 'external.apiServerUrl' ${URL_MESSAGE} 'https://...@host'`));
    }
    expect(building({ version: V2_11, url: 'https://me@host' })).toThrow(
      new Error(`test/airflow: 'url' ${URL_MESSAGE} 'https://...@host'`));
  });
});

describe('a Job that there is no need for', () => {
  const key = (name: string) => SecretKey.of('mine', name);

  test('fails with options of the Job that keeps users, but no user', () => {
    expect(building({ auth: Auth.fab({ createAdmin: false }), jobs: { syncUsers: {} } })).toThrow(
      new Error("test/airflow: 'jobs.syncUsers' has options, but 'auth' declares no role and no user; leave it out"));
  });

  test('fails with options of the Secrets that are all given', () => {
    expect(building({
      auth: Auth.simple({ everyoneIsAdmin: true }),
      database: Database.fromSecret(SecretKey.of('mine', 'connection')),
      secrets: AirflowSecrets.fromSecrets({ fernetKey: { current: key('a') }, jwtSecret: key('b'), secretKey: key('c') }),
      jobs: { bootstrapSecrets: {} },
    })).toThrow(new Error("test/airflow: 'jobs.bootstrapSecrets' has options, but every Secret is given, so that there is none to make; leave it out"));
  });
});

test('fails with a password in the local settings', () => {
  expect(building({ localSettings: "PROXY = 'http://me:hunter2@proxy'" })).toThrow(new Error("test/airflow: 'localSettings' would put a password into a ConfigMap; "
    + "give the pods a variable from a Secret in 'pods.env', and read it there"));
});

describe('a prop of another version', () => {
  test.each<[AirflowProps, string]>([
    [{ version: V3_3, webserver: {} }, "'webserver' exists in Airflow 2, but the version is 3.3.2; use 'apiServer'"],
    [{ version: V3_0, external: { webserver: true } }, "'external.webserver' exists in Airflow 2, but the version is 3.0.6; use 'external.apiServerUrl'"],
    [{ version: V2_11, apiServer: {} }, "'apiServer' exists in Airflow 3, but the version is 2.11.2; use 'webserver'"],
    [{ version: V2_10, external: { apiServerUrl: 'https://a' } }, "'external.apiServerUrl' exists in Airflow 3, but the version is 2.10.5; use 'external.webserver'"],
  ])('fails (%#)', (props, message) => {
    expect(building(props)).toThrow(new Error(`test/airflow: ${message}`));
  });
});

describe('the namespace', () => {
  test('is that of the Chart, for every object', () => {
    const chart = new Chart(new App(), 'mine', { namespace: 'data' });
    new Airflow(chart, 'Airflow');
    expect(new Set(synth(chart).map(object => object.metadata.namespace))).toEqual(new Set(['data']));
    expect(cfg(synth(chart), 'kubernetes_executor', 'namespace')).toBe('data');
  });

  test('fails when the Chart has none', () => {
    expect(() => new Airflow(new Chart(new App(), 'mine'), 'airflow')).toThrow(
      new Error("mine/airflow: 'namespace' of the Chart must be set, got none; give it one, or use an AirflowChart, which makes its own"));
  });

  test.each(['Data', 'a'.repeat(64), 'a.b', '-a', ''])('fails when it is %j', namespace => {
    expect(() => new Airflow(new Chart(new App(), 'mine', { namespace }), 'airflow')).toThrow(
      new Error("mine/airflow: 'namespace' must be at most 63 lowercase letters, digits and dashes, beginning and ending with a letter or digit, "
        + `got '${namespace}' (${namespace.length} characters)`));
  });
});

describe('names', () => {
  test('stay within the limits of their kinds, however long the path', () => {
    const manifest = synth(airflowChart({}, 'a-chart-with-a-very-long-name-'.repeat(8)));
    const longest = Math.max(...manifest.map(object => object.metadata.name.length));
    expect(longest).toBe(63);
    expect(find(manifest, 'StatefulSet').metadata.name.length).toBeLessThanOrEqual(52);
  });

  test('are in lowercase, whatever the path', () => {
    const chart = new Chart(new App(), 'MyChart', { namespace: 'data' });
    new Airflow(chart, 'Airflow');
    const manifest = synth(chart);
    expect(manifest.length).toBeGreaterThan(20);
    for (const { metadata } of manifest) { expect(metadata.name).toMatch(/^mychart-airflow-[-a-z0-9]*[a-z0-9]$/); }
  });

  test.each([['my_chart', 'my_chart-airflow'], ['my.chart', 'my.chart-airflow']])('fail where the path is %s, which no name may hold', (id, name) => {
    const chart = new Chart(new App(), id, { namespace: 'data' });
    expect(() => new Airflow(chart, 'airflow')).toThrow(new Error(`${id}/airflow: 'name' must be at most 63 lowercase letters, digits and dashes, `
      + `beginning and ending with a letter or digit, got '${name}' (${name.length} characters)`));
  });

  test('fail where the path begins with a digit, which the name of no Service may', () => {
    expect(() => airflowChart({}, '3-airflow')).toThrow(new Error("3-airflow/airflow/postgres/service: 'name' of the Airflow must begin with a letter, "
      + "since the name of a Service does, got '3-airflow-airflow-postgres'; set it, or use another id for the Chart"));
  });

  test('are pinned, since another name is another object', () => {
    const names = synthAirflow().map(({ kind, metadata }) => `${kind} ${metadata.name.replace(/-[0-9a-f]{6}$/, '-#')}`);
    expect(names.sort()).toMatchSnapshot();
  });
});

describe('local settings', () => {
  test('are a package, so that the image and the user can bring their own', () => {
    const text = 'def task_policy(task):\n    pass\n';
    const own = find(synthAirflow({ localSettings: text }), 'ConfigMap', 'local-settings').data;
    expect(Object.keys(own)).toEqual(['__init__.py', 'drain.py', 'execution_guard.py', 'response_headers.py', 'user_settings.py']);
    expect(own['user_settings.py']).toBe(text);
    expect(own['__init__.py']).toContain('def pod_mutation_hook(pod):');
    expect(Object.keys(find(synthAirflow(), 'ConfigMap', 'local-settings').data)).toEqual(['__init__.py', 'drain.py', 'execution_guard.py', 'response_headers.py']);
  });

  test('give the sidecar of XComs a user, unless the namespace gives it one', () => {
    const text = (userFromNamespace: boolean) =>
      find(synthAirflow({ pods: { securityContext: { userFromNamespace } } }), 'ConfigMap', 'local-settings').data['__init__.py'];
    expect(/^XCOM_SIDECAR_USER = (\w+)/m.exec(text(false))![1]).toBe('65534');
    expect(/^XCOM_SIDECAR_USER = (\w+)/m.exec(text(true))![1]).toBe('None');
  });

  test('are mounted where Airflow imports them', () => {
    for (const component of ['scheduler', 'api-server', 'task', 'migration']) {
      expect(mount(main(synthAirflow(), component), '/opt/airflow/config/airflow_local_settings')).toEqual(
        { name: 'local-settings', mountPath: '/opt/airflow/config/airflow_local_settings', readOnly: true });
    }
  });
});

test('the scripts are those that the pods run', () => {
  const names = Object.keys(find(synthAirflow(), 'ConfigMap', 'scripts').data);
  expect(names).toEqual([
    'bootstrap_secrets.py', 'database_token.py', 'database_url.py', 'downgrade.py', 'groom_logs.py', 'heartbeat.py', 'metadata_db.py', 'migrate.py', 'sync_users.py',
    'wait_for_database.py',
  ]);
  const commands = [...pods(synthAirflow())].flatMap(([, { spec }]) => [...spec.containers, ...spec.initContainers ?? []])
    .flatMap(container => [container.command, container.livenessProbe?.exec?.command, container.startupProbe?.exec?.command])
    .flatMap(command => command ?? []).filter(word => word.startsWith('/opt/cdk8s-airflow/'));
  expect(new Set(commands)).toEqual(new Set(['bootstrap_secrets.py', 'groom_logs.py', 'heartbeat.py', 'wait_for_database.py'].map(name => `/opt/cdk8s-airflow/${name}`)));
});

describe('the checksum', () => {
  const checksum = (props?: AirflowProps, component = 'scheduler') =>
    pod(synthAirflow(props), component).metadata.annotations?.['cdk8s-airflow/config-checksum'];

  test('changes with what the containers read at their start', () => {
    const sums = [{}, { config: { core: { parallelism: '1' } } }, { localSettings: 'X = 1' }, { auth: Auth.fab({ webserverConfig: 'X = 1' }) }].map(props => checksum(props));
    expect(new Set(sums).size).toBe(4);
  });

  test('does not change with the pods of tasks, nor with other components', () => {
    const env = { A: kplus.EnvValue.fromValue('b') };
    expect(checksum({ taskPods: { env }, triggerer: { env } })).toBe(checksum());
  });

  test('is on the pods of long-running components only', () => {
    const having = [...pods(synthAirflow()).keys()].filter(component => checksum({}, component) !== undefined);
    expect(having.sort()).toEqual(['api-server', 'dag-processor', 'scheduler', 'triggerer']);
  });
});

describe('the notes', () => {
  const LOST = "NOTE: the logs of tasks are lost with the pods of the tasks. To keep them, set 'logs' to a claim, a bucket or a search server.";

  test('say how to reach the UI and how to log in', () => {
    const { airflow } = airflowChart({ apiServer: { service: { port: 80 } } });
    expect(airflow.notes).toBe(`The UI, at http://localhost:8080:
  kubectl --namespace airflow port-forward service/${airflow.apiServer!.service.name} 8080:80
The password of the user 'admin':
  kubectl --namespace airflow get secret test-airflow-admin --output go-template='{{index .data "password" | base64decode}}'
${LOST}`);
  });

  test('say the path and the protocol of the UI', () => {
    const config = { api: { ssl_cert: '/certs/tls.crt' } };
    expect(airflowChart({ url: 'https://example.com/team/', config }).airflow.notes).toMatch(
      /^The UI: https:\/\/example.com\/team\nThe UI without its proxy, at https:\/\/localhost:8080\/team:\n/);
  });

  test('name the webserver in 2.x, and nothing that is not there', () => {
    const two = airflowChart({ version: V2_11, auth: Auth.fab({ createAdmin: false }) }).airflow;
    expect(two.notes).toBe(`The UI, at http://localhost:8080:\n  kubectl --namespace airflow port-forward service/${two.webserver!.service.name} 8080:8080\n${LOST}`);
    expect(airflowChart({ auth: Auth.simple({ everyoneIsAdmin: true }), ...servedBy('https://a.example.com') }).airflow.notes).toBe(LOST);
  });
});

test('two in one namespace share nothing', () => {
  const chart = new Chart(new App(), 'both', { namespace: 'data' });
  const names = (id: string, props: AirflowProps) => {
    new Airflow(chart, id, props);
    return synth(chart).map((object: Manifest) => `${object.kind}/${object.metadata.name}`);
  };
  const first = names('one', { executor: Executor.local() });
  const both = names('two', { image: AirflowImage.official(V2_11) });
  expect(new Set(both).size).toBe(both.length);
  expect(both).toEqual(expect.arrayContaining(first));
});
