import { AirflowProps, AirflowVersion, Exposure, Webserver } from '../../src';
import { AFTER_DATABASE, airflowChart, building, find, main, mount, pod, synthAirflow, workload } from '../util';

const version = AirflowVersion.V2_11;

function made(props: AirflowProps = {}) {
  return synthAirflow({ version, ...props });
}

test('serves the UI, with its process id where it may write', () => {
  const container = main(made(), 'webserver');
  expect(container.args).toEqual([...AFTER_DATABASE, 'airflow', 'webserver', '--pid', '/tmp/airflow-webserver.pid']);
  expect(container.ports).toEqual([{ name: 'http', containerPort: 8080 }]);
  expect(container.resources).toEqual({ requests: { cpu: '100m', memory: '1Gi' }, limits: { memory: '3Gi' } });
  expect(pod(made(), 'webserver').spec.terminationGracePeriodSeconds).toBe(40);
  expect(mount(container, '/etc/cdk8s-airflow')).toBeDefined();
});

test('is checked by its health, with time to start', () => {
  const { startupProbe, readinessProbe, livenessProbe } = main(made(), 'webserver');
  const check = { httpGet: { path: '/api/v1/version', port: 'http', scheme: 'HTTP' } };
  expect(startupProbe).toEqual({ ...check, periodSeconds: 2, timeoutSeconds: 5, failureThreshold: 150 });
  expect(readinessProbe).toEqual({ ...check, periodSeconds: 10, timeoutSeconds: 15, failureThreshold: 3 });
  expect(livenessProbe).toEqual({ ...check, periodSeconds: 15, timeoutSeconds: 15, failureThreshold: 10, terminationGracePeriodSeconds: 10 });
});

test('has a Service with its options', () => {
  const manifest = made({ webserver: { service: { port: 80 }, exposure: Exposure.nodePort({ nodePort: 30080 }) } });
  const { spec } = find(manifest, 'Service', 'webserver');
  expect(spec).toMatchObject({ type: 'NodePort', ports: [{ name: 'http', port: 80, targetPort: 8080, nodePort: 30080 }] });
  expect(spec.selector).toEqual(workload(manifest, 'webserver').spec.selector.matchLabels);
});

test('is checked below the path of its public URL, by TLS where it has a certificate', () => {
  const manifest = made({ url: 'https://example.com/airflow', config: { webserver: { web_server_ssl_cert: '/certs/tls.crt' } } });
  expect(main(manifest, 'webserver').readinessProbe!.httpGet).toEqual({ path: '/airflow/api/v1/version', port: 'http', scheme: 'HTTPS' });
});

test('listens where its Service sends requests, whatever the configuration', () => {
  expect(building({ version, config: { webserver: { web_server_port: '9090' } } })).toThrow(
    new Error("test/airflow: 'config.webserver.web_server_port' cannot be set, got '9090'; the library decides it: 'webserver.service.port' is what clients use"));
});

test('fails with arguments that the Service and the checks do not follow', () => {
  const args = ['airflow', 'webserver', '--port', '9090', '--ssl-cert', '/tls/tls.crt'];
  expect(building({ version: AirflowVersion.V2_11, webserver: { container: { args } } })).toThrow(new Error('test/airflow/webserver: 2 mistakes:\n'
    + "  'container.args' must not have the port 9090, since the Service and the probes look for 8080; leave it out and set 'service.port'\n"
    + "  'container.args' must not have '--ssl-cert', which the Service and the probes do not see; set 'tls' instead"));
});

test('fails in Airflow 3', () => {
  const chart = airflowChart();
  expect(() => new Webserver(chart, 'more', { airflow: chart.airflow })).toThrow(
    new Error("test/more: 'webserver' exists in Airflow 2, but the version is 3.3.2; use 'apiServer'"));
});
