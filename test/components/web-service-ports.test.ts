import { Duration } from 'cdk8s';
import { ApiServerOptions, ServerTls, ServicePortOptions, WebServiceOptions } from '../../src';
import { airflowChart, building, find, synth, synthAirflow } from '../util';

const sidecars = [{ name: 'proxy', image: 'acme/proxy:1', ports: [{ number: 4180 }, { number: 9901 }] }];
const port: Required<ServicePortOptions> = { name: 'proxy', port: 80, targetPort: 4180, appProtocol: 'http' };
const all: Required<Pick<WebServiceOptions, 'sessionAffinity' | 'appProtocol' | 'ports'>> = {
  sessionAffinity: Duration.hours(1), appProtocol: 'kubernetes.io/h2c', ports: [port, { name: 'admin', port: 9901 }],
};

test('a Service leads to more ports, and keeps clients at one pod', () => {
  const chart = airflowChart({ apiServer: { sidecars, service: all } });
  const { spec } = find(synth(chart), 'Service', 'api-server');
  expect(spec).toMatchObject({ sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 3600 } } });
  expect(spec.ports).toEqual([
    { name: 'http', port: 8080, targetPort: 8080, appProtocol: 'kubernetes.io/h2c' },
    { name: 'proxy', port: 80, targetPort: 4180, appProtocol: 'http' },
    { name: 'admin', port: 9901, targetPort: 9901 },
  ]);
  expect(chart.airflow.apiServer!.service.port).toBe(8080);
});

test('without a wish, the Service has one port, and https is said with a certificate', () => {
  expect(find(synthAirflow(), 'Service', 'api-server').spec.ports).toEqual([{ name: 'http', port: 8080, targetPort: 8080 }]);
  const tls = ServerTls.certManager({ issuer: { name: 'internal' } });
  expect(find(synthAirflow({ apiServer: { tls } }), 'Service', 'api-server').spec.ports).toEqual([{ name: 'http', port: 8080, targetPort: 8080, appProtocol: 'https' }]);
});

test.each<[ApiServerOptions, string]>([
  [{ service: { ports: [port] } }, "'service.ports.proxy' leads to the port 4180, on which no container listens (8080); add it to 'ports' of a sidecar or of 'container'"],
  [{ sidecars, service: { ports: [{ ...port, name: 'http' }] } }, "'service.ports' must have other names and ports than 'http' and each other, got 'http' at 80 again"],
  [{ sidecars, service: { ports: [{ ...port, port: 8080 }] } }, "'service.ports' must have other names and ports than 'http' and each other, got 'proxy' at 8080 again"],
  [{ sidecars, service: { port: 80, ports: [port] } }, "'service.ports' must have other names and ports than 'http' and each other, got 'proxy' at 80 again"],
  [{ sidecars, service: { ports: [{ ...port, port: 0 }] } }, "'service.ports.port' must be a whole number from 1 to 65535, got 0"],
  [{ sidecars, service: { ports: [{ ...port, name: 'Proxy' }] } }, "'service.ports.name' must be at most 15 lowercase letters, digits and dashes, "
    + "beginning and ending with a letter or digit, got 'Proxy' (5 characters)"],
  [{ service: { sessionAffinity: Duration.days(2) } }, "'service.sessionAffinity' must be a whole number from 1 to 86400, got 172800"],
  [{ tls: ServerTls.certManager({ issuer: { name: 'internal' } }), service: { appProtocol: 'http' } },
    "'service.appProtocol' must be https, since the component has a certificate, got 'http'; leave it out"],
])('fails with a Service that Kubernetes refuses (%#)', (apiServer, message) => {
  expect(building({ apiServer })).toThrow(new Error(`test/airflow/api-server: ${message}`));
});
