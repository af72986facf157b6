import * as kplus from 'cdk8s-plus-27';
import { AirflowProps, AirflowVersion, CertificateAuthority, Executor, Exposure, SecretKey, ServerTls } from '../../src';
import { airflowChart, find, findAll, main, Manifest, pod, synth } from '../util';

const VERSIONS = [AirflowVersion.V2_11, AirflowVersion.V3_0, AirflowVersion.V3_3];
const EXPOSURES: [string, () => Exposure][] = [
  ['none', () => Exposure.none()],
  ['ingress', () => Exposure.ingress()],
  ['httpRoute', () => Exposure.httpRoute({ gateway: { name: 'public', namespace: 'gateways' } })],
  ['loadBalancer', () => Exposure.loadBalancer()],
  ['nodePort', () => Exposure.nodePort()],
];
const key = (name: string) => SecretKey.of('tls', name);

interface Case {
  readonly version: AirflowVersion;
  readonly series: string;
  readonly prefix: string;
  readonly scheme: string;
  readonly tls: boolean;
  readonly name: string;
  readonly exposure: () => Exposure;
}

const CASES = VERSIONS.flatMap(version => ['', '/data/blue'].flatMap(prefix => ['http', 'https'].flatMap(scheme => [false, true].flatMap(
  tls => EXPOSURES.map(([name, exposure]): Case => ({ version, series: version.series, prefix, scheme, tls, name, exposure }))))));

function made({ version, prefix, scheme, tls, exposure }: Case) {
  const web = {
    exposure: exposure(),
    tls: tls ? ServerTls.fromSecret({ certificate: key('tls.crt'), privateKey: key('tls.key'), ca: CertificateAuthority.fromSecret(key('ca.crt')) }) : undefined,
  };
  const props: AirflowProps = {
    version,
    url: `${scheme}://airflow.example.com${prefix}`,
    executor: Executor.celery({ flower: { exposure: exposure() } }),
    ...version.isAirflow3 ? { apiServer: { ...web, executionApi: {} } } : { webserver: web },
  };
  const chart = airflowChart(props);
  const { airflow } = chart;
  return { airflow, web: (airflow.apiServer ?? airflow.webserver)!, manifest: synth(chart) };
}

/** The places of all Ingresses and HTTPRoutes, as URLs without a scheme. */
function places(manifest: Manifest[]): string[] {
  return [
    ...findAll(manifest, 'Ingress').flatMap(({ spec }) => (spec.rules as any[]).map(({ host, http }) => `${host}${http.paths[0].path}`)),
    ...findAll(manifest, 'HTTPRoute').map(({ spec }) => `${(spec.hostnames as string[])[0]}${(spec.rules as any[])[0].matches[0].path.value}`),
  ].sort();
}

describe.each(CASES)('Airflow $series at $scheme, prefix "$prefix", TLS $tls, exposure $name:', one => {
  const { airflow, web, manifest } = made(one);
  const { config, version } = airflow;
  const { scheme, prefix, tls, name } = one;
  const url = `${scheme}://airflow.example.com${prefix}`;
  const [part, section, flask] = version.isAirflow3 ? ['api-server', 'api', 'fab'] : ['webserver', 'webserver', 'webserver'];
  const inside = `http${tls ? 's' : ''}://test-airflow-${part}.airflow.svc:8080${prefix}`;

  test('every URL agrees', () => {
    expect([web.publicUrl, config.get(section, 'base_url'), airflow.flower!.publicUrl]).toEqual([url, url, `${url}/flower`]);
    expect(airflow.notes).toContain(`The UI: ${url}\n`);
    expect(airflow.notes).toContain(`Flower: ${url}/flower\n`);
    expect([web.url, web.localUrl]).toEqual([inside, `http${tls ? 's' : ''}://localhost:8080${prefix}`]);
    if (version.isAirflow3) {
      expect(config.get('core', 'execution_api_server_url')).toBe(`http://test-airflow-execution-api.airflow.svc:8080${prefix}/execution/`);
    }
    expect(main(manifest, 'flower').args!.slice(-1)).toEqual([`--url-prefix=${prefix}/flower`]);
  });

  test('every probe agrees', () => {
    const paths = JSON.stringify(['startup', 'readiness', 'liveness'].map(kind => (main(manifest, part) as any)[`${kind}Probe`]));
    expect(paths).toContain(`${prefix}/api/${version.isAirflow3 ? 'v2' : 'v1'}/version`);
    if (prefix === '') { expect(paths).not.toContain('/data'); }
    expect(main(manifest, 'flower').livenessProbe!.httpGet!.path).toBe(`${prefix}/flower/healthcheck`);
  });

  test('cookies and proxies agree', () => {
    const direct = ['loadBalancer', 'nodePort'].includes(name);
    expect([config.get(flask, 'cookie_secure'), config.get(flask, 'enable_proxy_fix')]).toEqual([scheme === 'https' ? 'True' : 'False', direct ? 'False' : 'True']);
    const { data } = find(manifest, 'ConfigMap', 'test-airflow-config');
    expect(data!['webserver_config.py'].includes(`SESSION_COOKIE_PATH = globals().get("SESSION_COOKIE_PATH", "${prefix}")`)).toBe(!version.isAirflow3 && prefix !== '');
    if (version.isAirflow3) { expect(main(manifest, part).args!.includes('--proxy-headers')).toBe(!direct); }
  });

  test('what leads there agrees', () => {
    const host = 'airflow.example.com';
    expect(places(manifest)).toEqual(['ingress', 'httpRoute'].includes(name) ? [`${host}${prefix === '' ? '/' : prefix}`, `${host}${prefix}/flower`] : []);
    const types: { [name: string]: string } = { loadBalancer: kplus.ServiceType.LOAD_BALANCER, nodePort: kplus.ServiceType.NODE_PORT };
    expect(find(manifest, 'Service', part).spec.type).toBe(types[name] ?? 'ClusterIP');
    expect(pod(manifest, part).spec.containers[0].ports).toEqual([{ name: 'http', containerPort: 8080 }]);
    if (version.isAirflow3) { expect(find(manifest, 'Service', 'execution-api').spec.type).toBe('ClusterIP'); }
  });
});
