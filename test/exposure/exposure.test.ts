import { Chart, Duration, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  AirflowProps, AirflowVersion, Executor, Exposure, ExternalTrafficPolicy, FlowerAuth, FlowerOptions, HttpRouteExposureOptions,
  IngressExposureOptions,
  IngressTimeout, IngressTls, LoadBalancerExposureOptions, NodePortExposureOptions,
} from '../../src';
import { airflowChart, building, env, find, findAll, main, Manifest, synth, synthAirflow } from '../util';

const url = 'https://data.example.com/team';
const gateway = { name: 'public', namespace: 'gateways' };
const V2_11 = AirflowVersion.V2_11;

/** An Airflow whose UI is exposed. */
function exposed(exposure: Exposure, props: AirflowProps = { url }): Manifest[] {
  return synthAirflow({ ...props, apiServer: { exposure, publicExecutionApi: true } });
}

function backend(name = 'test-airflow-api-server', port = 8080) {
  return { service: { name, port: { number: port } } };
}

describe('an Ingress', () => {
  const made = (options?: IngressExposureOptions, props?: AirflowProps) => find(exposed(Exposure.ingress(options), props), 'Ingress');

  test('leads the host and the path of the public URL to the component', () => {
    const { metadata, spec } = made();
    expect(metadata.name).toBe('test-airflow-api-server');
    expect(metadata.labels).toMatchObject({ 'app.kubernetes.io/component': 'api-server', 'app.kubernetes.io/instance': 'test-airflow' });
    expect(metadata.annotations).toBeUndefined();
    expect(spec).toEqual({ rules: [{ host: 'data.example.com', http: { paths: [{ path: '/team', pathType: 'Prefix', backend: backend() }] } }] });
  });

  test('leads to all of a host without a prefix, whatever the port of the URL', () => {
    expect(made({}, { url: 'https://data.example.com:8443' }).spec.rules).toEqual(
      [{ host: 'data.example.com', http: { paths: [{ path: '/', pathType: 'Prefix', backend: backend() }] } }]);
  });

  test('has all its options', () => {
    const chart = airflowChart();
    const docs = new kplus.Service(chart, 'docs', { metadata: { name: 'docs' }, ports: [{ port: 80 }] });
    const all: Required<IngressExposureOptions> = {
      className: 'nginx',
      tls: IngressTls.fromSecret(kplus.Secret.fromSecretName(chart, 'tls', 'data-tls')),
      timeout: IngressTimeout.nginx(Duration.minutes(5)),
      annotations: { 'nginx.ingress.kubernetes.io/proxy-body-size': '10m' },
      additionalHosts: ['*.example.org', 'airflow'],
      extraPaths: [{ path: '/team/docs', service: docs }],
    };
    const { metadata, spec } = made(all);
    expect(metadata.annotations).toEqual({
      'nginx.ingress.kubernetes.io/proxy-body-size': '10m',
      'nginx.ingress.kubernetes.io/proxy-read-timeout': '300',
      'nginx.ingress.kubernetes.io/proxy-send-timeout': '300',
    });
    const hosts = ['data.example.com', '*.example.org', 'airflow'];
    const paths = [{ path: '/team/docs', pathType: 'Prefix', backend: backend('docs', 80) }, { path: '/team', pathType: 'Prefix', backend: backend() }];
    expect(spec).toEqual({
      ingressClassName: 'nginx',
      tls: [{ hosts, secretName: 'data-tls' }],
      rules: hosts.map(host => ({ host, http: { paths } })),
    });
  });

  test.each<[string, IngressTls]>([
    ['cert-manager.io/issuer', IngressTls.certManagerIssuer('acme')], ['cert-manager.io/cluster-issuer', IngressTls.certManagerClusterIssuer('acme')],
  ])('gets a certificate by the annotation %s', (annotation, tls) => {
    const { metadata, spec } = made({ tls });
    expect(metadata.annotations).toEqual({ [annotation]: 'acme' });
    expect(spec.tls).toEqual([{ hosts: ['data.example.com'], secretName: 'test-airflow-api-server-tls' }]);
  });

  test.each<[IngressTimeout, { [name: string]: string }]>([
    [IngressTimeout.contour(Duration.minutes(5)), { 'projectcontour.io/response-timeout': '300s' }],
    [IngressTimeout.haproxy(Duration.minutes(5)), { 'haproxy.org/timeout-server': '300s' }],
  ])('has a timeout of its controller (%#)', (timeout, annotations) => {
    expect(made({ timeout }).metadata.annotations).toEqual(annotations);
  });
});

describe('an HTTPRoute', () => {
  const made = (options: Partial<HttpRouteExposureOptions> = {}, props?: AirflowProps) => exposed(Exposure.httpRoute({ gateway, ...options }), props);
  const reference = { name: 'test-airflow-api-server', port: 8080 };

  test('leads the host and the path of the public URL to the component', () => {
    const { metadata, spec } = find(made(), 'HTTPRoute');
    expect(metadata.name).toBe('test-airflow-api-server');
    expect(spec).toEqual({
      parentRefs: [gateway], hostnames: ['data.example.com'], rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/team' } }], backendRefs: [reference] }],
    });
    expect(findAll(made(), 'ReferenceGrant')).toEqual([]);
  });

  test('has all its options, and leave to use Services of other namespaces', () => {
    const docs = new kplus.Service(new Chart(Testing.app(), 'other', { namespace: 'docs' }), 'docs', { metadata: { name: 'docs' }, ports: [{ port: 80 }] });
    const all: Required<HttpRouteExposureOptions> = {
      gateway: { ...gateway, sectionName: 'https', port: 443 },
      namespace: 'gateways',
      timeout: Duration.minutes(5),
      annotations: { team: 'data' },
      additionalHosts: ['airflow.example.org'],
      extraPaths: [{ path: '/docs', service: docs }],
    };
    const manifest = made(all);
    const { metadata, spec } = find(manifest, 'HTTPRoute');
    expect([metadata.namespace, metadata.annotations]).toEqual(['gateways', { team: 'data' }]);
    const timeouts = { request: '300s' };
    expect(spec).toEqual({
      parentRefs: [{ name: 'public', namespace: 'gateways', sectionName: 'https', port: 443 }],
      hostnames: ['data.example.com', 'airflow.example.org'],
      rules: [
        { matches: [{ path: { type: 'PathPrefix', value: '/docs' } }], backendRefs: [{ name: 'docs', namespace: 'docs', port: 80 }], timeouts },
        { matches: [{ path: { type: 'PathPrefix', value: '/team' } }], backendRefs: [{ ...reference, namespace: 'airflow' }], timeouts },
      ],
    });
    expect(findAll(manifest, 'ReferenceGrant').map(grant => [grant.metadata.name, grant.metadata.namespace, grant.spec])).toEqual([
      ['test-airflow-api-server', 'docs', grantOf('docs')], ['test-airflow-api-server-2', 'airflow', grantOf('test-airflow-api-server')],
    ]);
  });

  function grantOf(name: string) {
    return { from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'gateways' }], to: [{ group: '', kind: 'Service', name }] };
  }
});

describe('a Service', () => {
  test('is a load balancer with all its options', () => {
    const all: Required<LoadBalancerExposureOptions> = {
      sourceRanges: ['10.0.0.0/8', 'fd00::/8'],
      className: 'service.k8s.aws/nlb',
      loadBalancerIP: '10.0.0.1',
      nodePort: 30080,
      externalTrafficPolicy: ExternalTrafficPolicy.LOCAL,
      annotations: { 'service.beta.kubernetes.io/aws-load-balancer-scheme': 'internal' },
    };
    const { metadata, spec } = find(exposed(Exposure.loadBalancer(all)), 'Service', 'api-server');
    expect(metadata.annotations).toEqual(all.annotations);
    expect(spec).toMatchObject({
      type: 'LoadBalancer',
      loadBalancerSourceRanges: all.sourceRanges,
      loadBalancerClass: all.className,
      loadBalancerIP: all.loadBalancerIP,
      externalTrafficPolicy: 'Local',
      ports: [{ name: 'http', port: 8080, targetPort: 8080, nodePort: 30080 }],
    });
  });

  test('is open on the nodes', () => {
    const all: Required<NodePortExposureOptions> = { nodePort: 30080, externalTrafficPolicy: ExternalTrafficPolicy.CLUSTER };
    expect(find(exposed(Exposure.nodePort(all), {}), 'Service', 'api-server').spec).toMatchObject(
      { type: 'NodePort', externalTrafficPolicy: 'Cluster', ports: [{ nodePort: 30080 }] });
  });

  test.each([undefined, Exposure.none()])('is only for the cluster otherwise', exposure => {
    const manifest = synthAirflow({ url, apiServer: { exposure } });
    expect(find(manifest, 'Service', 'api-server').spec.type).toBe('ClusterIP');
    expect(manifest.filter(({ kind }) => ['Ingress', 'HTTPRoute', 'ReferenceGrant'].includes(kind))).toEqual([]);
  });

  test('that passes on whole connections has no proxy, whose headers count', () => {
    const argsOf = (exposure: Exposure, more: AirflowProps) => main(exposed(exposure, { url, ...more }), 'api-server').args!;
    const headers = (exposure: Exposure, more: AirflowProps = {}) => argsOf(exposure, more).includes('--proxy-headers');
    const choices = [Exposure.nodePort(), Exposure.loadBalancer(), Exposure.none(), Exposure.ingress()];
    expect(choices.map(one => headers(one))).toEqual([false, false, true, true]);
    expect(headers(Exposure.loadBalancer(), { ui: { trustedProxies: 1 } })).toBe(true);
  });
});

describe('the execution API', () => {
  const guarded = (props: AirflowProps) => env(main(synthAirflow(props), 'api-server'), 'CDK8S_AIRFLOW_GUARD')?.value;
  const args = (apps: string) => ({ container: { args: ['airflow', 'api-server', '--apps', apps] } });

  test('refuses requests from outside, unless the program opens it or the server does not serve it', () => {
    expect(guarded({})).toBe('True');
    expect(guarded({ url, apiServer: { exposure: Exposure.ingress() } })).toBe('True');
    expect(guarded({ apiServer: args('$(APPS)') })).toBe('True');
    expect(guarded({ apiServer: { executionApi: {} } })).toBeUndefined();
    expect(guarded({ apiServer: { publicExecutionApi: true } })).toBeUndefined();
    expect(Object.keys(find(synthAirflow(), 'ConfigMap', 'local-settings').data!)).toContain('execution_guard.py');
    expect(Object.keys(find(synthAirflow({ version: V2_11 }), 'ConfigMap', 'local-settings').data!)).not.toContain('execution_guard.py');
  });

  test.each([['loadBalancer', Exposure.loadBalancer()], ['nodePort', Exposure.nodePort()]])('fails with %s, where it cannot refuse them', (name, exposure) => {
    expect(building({ apiServer: { exposure } })).toThrow(new Error(`test/airflow/api-server: 'exposure' Exposure.${name}() would also lead to the execution API, through `
      + "which tasks talk to Airflow; set 'apiServer.executionApi', which gives tasks a server of their own, or use Exposure.ingress() or Exposure.httpRoute(), "
      + "or set 'publicExecutionApi' to true"));
    expect(building({ apiServer: { exposure, executionApi: {} } })).not.toThrow();
    expect(building({ apiServer: { exposure, publicExecutionApi: true } })).not.toThrow();
    expect(building({ version: V2_11, webserver: { exposure } })).not.toThrow();
  });
});

test('a server of its own for the execution API is exposed below its path, if the program says so', () => {
  const places = (exposure?: Exposure) => findAll(synthAirflow({ url, apiServer: { exposure: Exposure.ingress(), executionApi: { exposure } } }), 'Ingress').map(
    ({ spec }) => (spec.rules as any[])[0].http.paths[0]);
  expect(places()).toEqual([{ path: '/team', pathType: 'Prefix', backend: backend() }]);
  expect(places(Exposure.ingress())[1]).toEqual({ path: '/team/execution', pathType: 'Prefix', backend: backend('test-airflow-execution-api') });
});

describe('Flower', () => {
  const made = (flower: FlowerOptions, props: AirflowProps = {}) => airflowChart({ executor: Executor.celery({ flower }), ...props });

  test('is exposed below the public URL of the Airflow, or at its own', () => {
    const paths = (flower: FlowerOptions, props?: AirflowProps) => {
      const { host, http } = (find(synth(made({ exposure: Exposure.ingress(), ...flower }, props)), 'Ingress').spec.rules as any[])[0];
      return [host, http.paths[0].path, http.paths[0].backend];
    };
    expect(paths({}, { url })).toEqual(['data.example.com', '/team/flower', backend('test-airflow-flower', 5555)]);
    expect(paths({ url: 'https://flower.example.com' }, { url })).toEqual(['flower.example.com', '/', backend('test-airflow-flower', 5555)]);
  });

  test('fails without a login', () => {
    for (const [name, exposure] of [['ingress', Exposure.ingress()], ['nodePort', Exposure.nodePort()]] as const) {
      expect(() => made({ auth: FlowerAuth.none(), exposure }, { url })).toThrow(new Error(`test/airflow/flower: 'exposure' Exposure.${name}() would let everyone see the `
        + "arguments of tasks, because 'auth' is FlowerAuth.none(); use another FlowerAuth, or lead users through a proxy of your own that has a log-in"));
    }
    expect(() => made({ auth: FlowerAuth.none(), exposure: Exposure.none() })).not.toThrow();
  });
});
