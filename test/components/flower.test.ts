import * as kplus from 'cdk8s-plus-27';
import {
  AirflowProps, AirflowSecrets, AirflowVersion, Auth, Broker, Database, Executor, Exposure, Flower, FlowerAuth, FlowerOAuthProvider, FlowerOptions,
  SecretKey,
} from '../../src';
import { airflowChart, building, env, find, findAll, main, Manifest, pod, pods, synthAirflow, workload, workloads } from '../util';

function made(flower: FlowerOptions = {}, props: AirflowProps = {}): Manifest[] {
  return synthAirflow({ executor: Executor.celery({ flower }), ...props });
}

const ownKey = (key: string) => SecretKey.of('keys', key);
const VERSIONS = [AirflowVersion.V2_10, AirflowVersion.V2_11, AirflowVersion.V3_0, AirflowVersion.V3_3];
const COMMAND = ['python', '-m', 'celery', '--app', 'airflow.providers.celery.executors.celery_executor.app', 'flower', '--port=5555'];

describe.each(VERSIONS.map(version => ({ series: version.series, version })))('Flower of Airflow $series', ({ version }) => {
  const manifest = made({}, { version });

  test('runs as a Deployment, where its Service sends requests', () => {
    const container = main(manifest, 'flower');
    expect(workload(manifest, 'flower')).toMatchObject({ kind: 'Deployment', spec: { replicas: 1 } });
    expect(container.args).toEqual(COMMAND);
    expect(container.ports).toEqual([{ name: 'http', containerPort: 5555 }]);
    expect(container.resources).toEqual({ requests: { cpu: '50m', memory: '384Mi' }, limits: { memory: '2Gi' } });
    expect(pod(manifest, 'flower').spec.terminationGracePeriodSeconds).toBe(40);
  });

  test('has the broker and its password, but no other secret', () => {
    const secrets = main(manifest, 'flower').env!.filter(({ valueFrom }) => valueFrom !== undefined).map(({ name }) => name).sort();
    expect(secrets).toEqual(['BASIC_AUTH_PASSWORD', 'BROKER_PASSWORD']);
    expect(env(main(manifest, 'flower'), 'AIRFLOW__CELERY__BROKER_URL')!.value).toMatch(/^redis:\/\/:\$\(BROKER_PASSWORD\)@/);
  });

  test('waits for nothing, writes no logs and may do nothing in the cluster', () => {
    const { spec } = pod(manifest, 'flower');
    expect(spec.initContainers).toBeUndefined();
    expect(spec.containers.map(({ name }) => name)).toEqual(['flower']);
    expect(spec.automountServiceAccountToken).toBe(false);
    expect(spec.containers[0].securityContext.readOnlyRootFilesystem).toBe(true);
  });
});

test('is checked by a page that needs no login', () => {
  const check = { httpGet: { path: '/healthcheck', port: 'http', scheme: 'HTTP' } };
  const { startupProbe, readinessProbe, livenessProbe } = main(made(), 'flower');
  expect(startupProbe).toEqual({ ...check, periodSeconds: 2, timeoutSeconds: 5, failureThreshold: 150 });
  expect(readinessProbe).toEqual({ ...check, periodSeconds: 10, timeoutSeconds: 15, failureThreshold: 3 });
  expect(livenessProbe).toEqual({ ...check, periodSeconds: 15, timeoutSeconds: 15, failureThreshold: 10, terminationGracePeriodSeconds: 10 });
});

test.each<[FlowerOptions, AirflowProps]>([
  [{ url: 'https://example.com/team/flower' }, {}],
  [{ url: 'https://example.com/team/flower/' }, { url: 'https://other.example.com' }],
  [{}, { url: 'https://example.com/team' }],
])('is below the path of its public URL (%#)', (options, props) => {
  const manifest = made(options, props);
  expect(main(manifest, 'flower').args).toEqual([...COMMAND, '--url-prefix=/team/flower']);
  expect(main(manifest, 'flower').livenessProbe!.httpGet!.path).toBe('/team/flower/healthcheck');
  const { flower } = airflowChart({ executor: Executor.celery({ flower: { ...options, service: { port: 80 } } }), ...props }).airflow;
  expect(flower!.publicUrl).toBe('https://example.com/team/flower');
  expect([flower!.url, flower!.localUrl]).toEqual(['http://test-airflow-flower.airflow.svc:80/team/flower/', 'http://localhost:5555/team/flower/']);
});

test('has a Service with its options', () => {
  const plain = find(made(), 'Service', 'flower');
  expect(plain.metadata.labels!['app.kubernetes.io/component']).toBe('flower');
  expect(plain.spec).toEqual({ type: 'ClusterIP', selector: workload(made(), 'flower').spec.selector.matchLabels, ports: [{ name: 'http', port: 5555, targetPort: 5555 }] });
  const exposure = Exposure.nodePort({ nodePort: 30555 });
  expect(find(made({ exposure, service: { port: 80 } }), 'Service', 'flower').spec).toMatchObject({ type: 'NodePort', ports: [{ name: 'http', port: 80, targetPort: 5555, nodePort: 30555 }] });
});

test('takes what every component takes', () => {
  const manifest = made({ replicas: 2, env: { FLOWER_MAX_TASKS: kplus.EnvValue.fromValue('1000') }, priorityClassName: 'low' });
  expect(workload(manifest, 'flower').spec.replicas).toBe(2);
  expect(env(main(manifest, 'flower'), 'FLOWER_MAX_TASKS')).toEqual({ name: 'FLOWER_MAX_TASKS', value: '1000' });
  expect(pod(manifest, 'flower').spec.priorityClassName).toBe('low');
});

test('is there when it is asked for, beside other executors too', () => {
  const celery = Executor.celery({ flower: {} });
  expect([...pods(synthAirflow({ executor: Executor.celery() })).keys()]).not.toContain('flower');
  expect(airflowChart({ executor: Executor.celery() }).airflow.flower).toBeUndefined();
  expect([...pods(synthAirflow({ executor: Executor.multiple([Executor.kubernetes(), celery]) })).keys()]).toContain('flower');
  const hybrid = Executor.celeryKubernetes({ celery: { flower: {} } });
  expect([...pods(synthAirflow({ version: AirflowVersion.V2_11, executor: hybrid })).keys()]).toContain('flower');
});

describe('the notes', () => {
  const notes = (auth?: FlowerAuth) => airflowChart({ executor: Executor.celery({ flower: { auth } }), auth: Auth.simple({ everyoneIsAdmin: true }) }).airflow.notes.split('\n').slice(2, -1);
  const ADDRESS = ['Flower, at http://localhost:5555:', '  kubectl --namespace airflow port-forward service/test-airflow-flower 5555:5555'];

  test('say how to reach it and how to log in', () => {
    expect(notes()).toEqual([...ADDRESS, "The password of the user 'admin' of Flower:",
      "  kubectl --namespace airflow get secret test-airflow-flower --output go-template='{{index .data \"password\" | base64decode}}'"]);
  });

  test('name no password that someone else made', () => {
    expect(notes(FlowerAuth.fromSecret(SecretKey.of('flower', 'basicAuth')))).toEqual(ADDRESS);
    expect(notes(FlowerAuth.none())).toEqual(ADDRESS);
  });
});

test('its password is made by the bootstrap, and nothing where it has none', () => {
  const bootstrap = (auth?: FlowerAuth) => JSON.stringify(main(made({ auth }), 'bootstrap-secrets').command);
  expect(bootstrap()).toContain('{\\"password\\":\\"password\\"}');
  expect(bootstrap()).toContain('test-airflow-flower');
  expect(bootstrap(FlowerAuth.none())).not.toContain('test-airflow-flower');
});

test.each([
  ['flower_host', ", got 'mine'", 'the library decides it'],
  ['flower_port', ", got 'mine'", 'the library decides it'],
  ['flower_basic_auth', '', "'flower' of 'executor' decides it: its 'auth' says who may log in"],
])('fails with the option %s, which is not free', (option, got, decides) => {
  const config = { celery: { [option]: 'mine' } };
  expect(building({ executor: Executor.celery({ flower: {} }), config })).toThrow(
    new Error(`test/airflow: 'config.celery.${option}' cannot be set${got}; ${decides}`));
  const variable = { [`AIRFLOW__CELERY__${option.toUpperCase()}`]: kplus.EnvValue.fromValue('mine') };
  expect(building({ executor: Executor.celery({ flower: {} }), pods: { env: variable } })).toThrow(
    new Error(`test/airflow/flower: 'pods.env' cannot set 'AIRFLOW__CELERY__${option.toUpperCase()}'; ${decides}`));
});

test('fails with arguments that the Service and the checks do not follow', () => {
  const args = ['celery', 'flower', '--url-prefix=/team'];
  expect(building({ executor: Executor.celery({ flower: { container: { args } } }) })).toThrow(new Error("test/airflow/flower: 'container.args' must not have '--url-prefix', "
    + "which the Service and the probes do not see; set 'url' instead"));
});

test('fails without Celery', () => {
  const chart = airflowChart();
  expect(() => new Flower(chart, 'more', { airflow: chart.airflow, auth: FlowerAuth.none() })).toThrow(
    new Error("test/more: 'executor' uses no Celery, whose workers Flower shows; use Executor.celery(), alone or in Executor.multiple()"));
});

test('fails with its path in the configuration', () => {
  expect(building({ executor: Executor.celery(), config: { celery: { flower_url_prefix: '/flower' } } })).toThrow(new Error(
    "test/airflow: 'config.celery.flower_url_prefix' cannot be set, got '/flower'; 'url' of 'flower' decides it: its path is the prefix"));
});

test('fails with a public URL that is none', () => {
  expect(building({ executor: Executor.celery({ flower: { url: 'example.com/flower' } }) })).toThrow(new Error(
    "test/airflow: 'flower.url' must be like https://airflow.example.com or https://example.com/airflow, without a login or a query, got 'example.com/flower'"));
});

describe('made beside an Airflow', () => {
  const more = (own: AirflowProps, auth?: FlowerAuth) => {
    const chart = airflowChart(own);
    return () => new Flower(chart, 'more', { airflow: chart.airflow, auth, url: 'https://example.com' });
  };
  const secrets = AirflowSecrets.fromSecrets({ fernetKey: { current: ownKey('fernet') }, jwtSecret: ownKey('jwt'), secretKey: ownKey('session') });
  const nothingToMake = { auth: Auth.simple({ everyoneIsAdmin: true }), database: Database.fromSecret(SecretKey.of('db', 'connection')), secrets };
  const oauth = FlowerAuth.oauth({
    provider: FlowerOAuthProvider.GOOGLE, clientId: SecretKey.of('google', 'id'), clientSecret: SecretKey.of('google', 'secret'), emailDomain: 'example.com',
  });
  const missing = (key: string) => new Error(`test: 'airflow' is complete, and nothing would make '${key}' of the Secret 'test-airflow-flower'; `
    + 'let the Airflow make by its own props what needs it');

  test('fails where nothing would make its Secret', () => {
    expect(more({ executor: Executor.celery() })).toThrow(missing('password'));
    expect(more({ executor: Executor.celery() }, oauth)).toThrow(missing('cookie-secret'));
    expect(more({ executor: Executor.celery({ flower: {} }) }, oauth)).toThrow(missing('cookie-secret'));
    expect(more({ ...nothingToMake, executor: Executor.celery({ broker: Broker.fromSecret(SecretKey.of('broker', 'connection')) }) })).toThrow(missing('password'));
  });

  test('has the password of the Flower of the Airflow, or a Secret that exists', () => {
    const password = (flower: Flower) => (flower.workload.toJson() as Manifest).spec.template.spec.containers[0].env!.filter(({ name }) => /AUTH/.test(name));
    expect(password(more({ executor: Executor.celery({ flower: {} }) })())[0]).toEqual(
      { name: 'BASIC_AUTH_PASSWORD', valueFrom: { secretKeyRef: { name: 'test-airflow-flower', key: 'password' } } });
    expect(password(more({ executor: Executor.celery() }, FlowerAuth.fromSecret(SecretKey.of('mine', 'basicAuth')))())).toEqual(
      [{ name: 'FLOWER_BASIC_AUTH', valueFrom: { secretKeyRef: { name: 'mine', key: 'basicAuth' } } }]);
  });
});

test('stays as it is', () => {
  const manifest = made();
  expect(workloads(manifest).map(({ metadata: { name } }) => name)).toContain('test-airflow-flower');
  expect(findAll(manifest, 'ServiceAccount', 'flower')).toHaveLength(1);
  expect(main(manifest, 'flower')).toMatchSnapshot();
});
