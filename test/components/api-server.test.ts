import { Duration } from 'cdk8s';
import { AirflowChartProps, AirflowVersion, ApiServer, Executor, WebServiceOptions } from '../../src';
import { AFTER_DATABASE, airflowChart, building, env, find, main, Manifest, pod, synth, synthAirflow, workload } from '../util';

function service(options: WebServiceOptions, manifest = synthAirflow({ apiServer: { service: options } })): Manifest {
  return find(manifest, 'Service', 'api-server');
}

test('serves the UI and the execution API', () => {
  const manifest = synthAirflow();
  const container = main(manifest, 'api-server');
  expect(container.args).toEqual([...AFTER_DATABASE, 'airflow', 'api-server']);
  expect(container.ports).toEqual([{ name: 'http', containerPort: 8080 }]);
  expect(container.resources).toEqual({ requests: { cpu: '100m', memory: '512Mi' }, limits: { memory: '2Gi' } });
  expect(pod(manifest, 'api-server').spec.terminationGracePeriodSeconds).toBe(40);
});

test('has started when tasks reach it, and is then checked at an address that answers without the database', () => {
  const { startupProbe, readinessProbe, livenessProbe } = main(synthAirflow(), 'api-server');
  const check = { httpGet: { path: '/api/v2/version', port: 'http', scheme: 'HTTP' } };
  const first = { httpGet: { path: '/execution/health', port: 'http', scheme: 'HTTP' } };
  expect(startupProbe).toEqual({ ...first, periodSeconds: 2, timeoutSeconds: 5, failureThreshold: 150 });
  expect(readinessProbe).toEqual({ ...check, periodSeconds: 10, timeoutSeconds: 15, failureThreshold: 3 });
  expect(livenessProbe).toEqual({ ...check, periodSeconds: 15, timeoutSeconds: 15, failureThreshold: 10, terminationGracePeriodSeconds: 10 });
});

describe('the checks follow what the arguments let it serve', () => {
  const CORE = '/team/api/v2/version';
  const EXECUTION = '/team/execution/health';

  test.each<[string, string[], string[]]>([
    ['all', ['airflow', 'api-server'], [EXECUTION, CORE, CORE]],
    ['all by name', ['airflow', 'api-server', '--apps', 'all'], [EXECUTION, CORE, CORE]],
    ['both', ['api-server', '--apps=core,execution', '--workers', '2'], [EXECUTION, CORE, CORE]],
    ['the execution API', ['airflow', 'api-server', '--apps', 'execution'], [EXECUTION, EXECUTION, EXECUTION]],
    ['the execution API by a shell', ['bash', '-c', 'exec airflow api-server --apps execution'], [EXECUTION, EXECUTION, EXECUTION]],
    ['what a variable says', ['airflow', 'api-server', '--apps', '$(APPS)'], [EXECUTION, CORE, CORE]],
  ])('%s', (_name, args, paths) => {
    const { startupProbe, readinessProbe, livenessProbe } = main(synthAirflow({ url: 'https://example.com/team', ui: { trustedProxies: 0 }, apiServer: { container: { args } } }), 'api-server');
    expect([startupProbe, readinessProbe, livenessProbe].map(probe => probe?.httpGet?.path)).toEqual(paths);
  });

  test('the UI and the REST API, in a second one beside the execution API', () => {
    const chart = airflowChart({ url: 'https://example.com/team', ui: { trustedProxies: 0 } });
    new ApiServer(chart, 'more', { airflow: chart.airflow, container: { args: ['airflow', 'api-server', '--apps', 'core'] } });
    const { startupProbe, readinessProbe, livenessProbe } = main(synth(chart), 'more');
    expect([startupProbe, readinessProbe, livenessProbe].map(probe => probe?.httpGet?.path)).toEqual([CORE, CORE, CORE]);
  });

  test('fails with arguments that the Service and the checks do not follow', () => {
    const build = (args: string[], more: object = {}) => building({ apiServer: { container: { args: ['airflow', 'api-server', ...args] }, ...more } });
    expect(build(['-p', '9090'])).toThrow(new Error("test/airflow/api-server: 'container.args' must not have the port 9090, "
      + "since the Service and the probes look for 8080; leave it out and set 'service.port'"));
    expect(build(['--ssl-cert=/tls/tls.crt'])).toThrow(new Error("test/airflow/api-server: 'container.args' must not have '--ssl-cert', "
      + "which the Service and the probes do not see; set 'tls' instead"));
    expect(build(['--port=8080'])).not.toThrow();
    expect(build(['--port', '$(PORT)'])).not.toThrow();
    expect(build(['--port', '9090'], { sidecars: [{ name: 'proxy', image: 'nginx:1' }] })).not.toThrow();
  });
});

describe('ends after the last request has come', () => {
  const hooks = (props: AirflowChartProps) => main(synthAirflow(props), 'api-server').lifecycle;
  const exec = (...command: string[]) => ({ exec: { command } });

  const leave = (seconds: number | string) => exec('sh', '-c', `touch /tmp/draining; sleep ${seconds}`);

  test('lets clients leave before it closes its port', () => {
    expect(hooks({})).toEqual({ preStop: leave(10) });
    expect(env(main(synthAirflow({}), 'api-server'), 'CDK8S_AIRFLOW_DRAIN')!.value).toBe('/tmp/draining');
    expect(main(synthAirflow({ version: AirflowVersion.V2_11 }), 'webserver').lifecycle).toEqual({ preStop: exec('sleep', '10') });
    expect(main(synthAirflow({ executor: Executor.celery({ flower: {} }) }), 'flower').lifecycle).toEqual({ preStop: exec('sleep', '10') });
  });

  test.each([[60, '10'], [10, '5'], [3, '1']])('leaves time for the answers within a grace period of %d s', (grace, sleep) => {
    expect(hooks({ apiServer: { terminationGracePeriod: Duration.seconds(grace) } })).toEqual({ preStop: leave(sleep) });
  });

  test('has no time to sleep within a grace period of 1 s', () => {
    expect(hooks({ apiServer: { terminationGracePeriod: Duration.seconds(1) } })).toBeUndefined();
  });

  test('the user decides, for one or for all pods', () => {
    expect(hooks({ apiServer: { container: { lifecycle: { preStop: ['mine'] } } } })).toEqual({ preStop: exec('mine') });
    expect(hooks({ pods: { lifecycle: { preStop: ['mine'] } } })).toEqual({ preStop: exec('mine') });
    expect(hooks({ apiServer: { container: { lifecycle: { postStart: ['up'] } } } })).toEqual({ postStart: exec('up'), preStop: leave(10) });
  });
});

test('has a Deployment that updates without a gap', () => {
  expect(workload(synthAirflow(), 'api-server').spec).toMatchObject({
    replicas: 1, revisionHistoryLimit: 3, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
  });
});

describe('the Service', () => {
  test('stands in front of the pods', () => {
    const manifest = synthAirflow();
    const { spec, metadata } = find(manifest, 'Service', 'api-server');
    expect(spec).toMatchObject({ type: 'ClusterIP', ports: [{ name: 'http', port: 8080, targetPort: 8080 }] });
    expect(spec.selector).toEqual(workload(manifest, 'api-server').spec.selector.matchLabels);
    expect(metadata.labels!['app.kubernetes.io/component']).toBe('api-server');
  });

  test('has all its options', () => {
    const all: Required<Omit<WebServiceOptions, 'sessionAffinity' | 'appProtocol' | 'ports'>> = {
      port: 80,
      labels: { team: 'data' },
      annotations: { 'service.beta.kubernetes.io/aws-load-balancer-scheme': 'internal' },
    };
    const { spec, metadata } = service(all);
    expect(spec).toMatchObject({ type: 'ClusterIP', ports: [{ name: 'http', port: 80, targetPort: 8080 }] });
    expect(metadata.labels!.team).toBe('data');
    expect(metadata.annotations).toEqual(all.annotations);
  });

  test('has the port that the tasks are told of', () => {
    const { apiServer, config } = airflowChart({ apiServer: { service: { port: 80 } } }).airflow;
    expect(apiServer!.url).toMatch(/\.svc:80$/);
    expect(config.get('core', 'execution_api_server_url')).toBe(`${apiServer!.url}/execution/`);
  });

  test.each<[WebServiceOptions, string]>([
    [{ port: 0 }, "'service.port' must be a whole number from 1 to 65535, got 0"],
    [{ port: 70000 }, "'service.port' must be a whole number from 1 to 65535, got 70000"],
    [{ labels: { a: 'b c' } }, "'service.labels' must have values of at most 63 letters, digits, '-', '_' and '.', got 'b c' (3 characters) for 'a'"],
  ])('fails with what it cannot be (%#)', (options, message) => {
    expect(building({ apiServer: { service: options } })).toThrow(new Error(`test/airflow/api-server: ${message}`));
  });
});

describe('below the path of its public URL', () => {
  const chart = airflowChart({ url: 'https://example.com/team/airflow/' });

  test('is checked and reached there', () => {
    const { startupProbe, readinessProbe, livenessProbe } = main(synth(chart), 'api-server');
    expect([startupProbe, readinessProbe, livenessProbe].map(probe => probe!.httpGet!.path)).toEqual(
      ['/team/airflow/execution/health', '/team/airflow/api/v2/version', '/team/airflow/api/v2/version']);
    const { url, service: { name } } = chart.airflow.apiServer!;
    expect(url).toBe(`http://${name}.airflow.svc:8080/team/airflow`);
    expect(chart.airflow.config.get('core', 'execution_api_server_url')).toBe(`${url}/execution/`);
  });
});

test('is checked and reached by TLS where it has a certificate', () => {
  const chart = airflowChart({ url: 'https://example.com', config: { api: { ssl_cert: '/certs/tls.crt', ssl_key: '/certs/tls.key' } } });
  expect(main(synth(chart), 'api-server').livenessProbe!.httpGet).toEqual({ path: '/api/v2/version', port: 'http', scheme: 'HTTPS' });
  expect(chart.airflow.apiServer!.url).toMatch(/^https:\/\/.*\.svc:8080$/);
});

test('listens where its Service sends requests, whatever the configuration', () => {
  expect(airflowChart({ apiServer: { service: { port: 80 } } }).airflow.config.get('api', 'port')).toBe('8080');
  expect(building({ config: { api: { port: '9090' } } })).toThrow(
    new Error("test/airflow: 'config.api.port' cannot be set, got '9090'; the library decides it: 'apiServer.service.port' is what clients use"));
});

test('fails in Airflow 2', () => {
  const chart = airflowChart({ version: AirflowVersion.V2_11 });
  expect(() => new ApiServer(chart, 'more', { airflow: chart.airflow })).toThrow(
    new Error("test/more: 'apiServer' exists in Airflow 3, but the version is 2.11.2; use 'webserver'"));
});

test('a second one has its own pods', () => {
  const chart = airflowChart();
  const second = new ApiServer(chart, 'more', { airflow: chart.airflow });
  expect(second.podLabels).not.toEqual(chart.airflow.apiServer!.podLabels);
  expect(second.service.name).not.toBe(chart.airflow.apiServer!.service.name);
});
