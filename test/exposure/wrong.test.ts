import { App, Chart, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  Airflow, AirflowProps, AirflowVersion, Executor, Exposure, HttpRouteExposureOptions, IngressExposureOptions, IngressTimeout, IngressTls,
  LoadBalancerExposureOptions,
} from '../../src';
import { building } from '../util';

const url = 'https://data.example.com/team';

describe('fails with', () => {
  const wrong = (exposure: Exposure, message: string, props: AirflowProps = { url }) => {
    expect(building({ ...props, apiServer: { exposure, publicExecutionApi: true } })).toThrow(new Error(`test/airflow/api-server: ${message}`));
  };
  const ingress = (options: IngressExposureOptions, message: string, props?: AirflowProps) => wrong(Exposure.ingress(options), message, props);
  const service = new kplus.Service(new Chart(new App(), 'docs', { namespace: 'docs' }), 'docs', { metadata: { name: 'docs' }, ports: [{ port: 80 }] });

  test('no public URL', () => {
    ingress({}, "'exposure' Exposure.ingress() needs the public URL, of which it takes the host and the path; set 'url'", {});
    wrong(Exposure.httpRoute({ gateway: { name: 'public' } }),
      "'exposure' Exposure.httpRoute() needs the public URL, of which it takes the host and the path; set 'url'", {});
  });

  test.each(['10.0.0.1', 'fd00::1', 'my_host'])('the host %s, which is no DNS name', host => {
    ingress({}, `'exposure' Exposure.ingress() needs a DNS name of lowercase letters, digits, '-' and '.' in 'url', got '${host}'; use Exposure.loadBalancer() for an address`,
      { url: `https://${host.includes(':') ? `[${host}]` : host}` });
  });

  test.each(['a_b', 'https://host', 'Host', '10.0.0.1', '*', 'a.*.com', 'host:80'])('the additional host %s', host => {
    ingress({ additionalHosts: [host] }, `'exposure.additionalHosts' must be DNS names like airflow.example.com or *.example.com, got '${host}'`);
  });

  test('a host twice', () => {
    const message = (host: string) => `'exposure.additionalHosts' must be hosts other than that of 'url', each once, got '${host}' again`;
    ingress({ additionalHosts: ['data.example.com'] }, message('data.example.com'));
    ingress({ additionalHosts: ['a.com', 'a.com'] }, message('a.com'));
  });

  test.each(['docs', '/', '', '/a b', '/docs/', '/docs?x', '/a//b', '/../b'])("the extra path '%s'", path => {
    ingress({ extraPaths: [{ path, service }] }, `'exposure.extraPaths' must be paths like /docs of letters, digits, '.', '_', '~' and '-', got '${path}'`);
  });

  test('a path twice', () => {
    ingress({ extraPaths: [{ path: '/team', service }] }, "'exposure.extraPaths' must be other paths than that of 'url', each once, got '/team' again");
  });

  test('a Service of another namespace behind an Ingress', () => {
    ingress({ extraPaths: [{ path: '/docs', service }] }, "'exposure.extraPaths' must lead to Services of the namespace 'airflow', since an Ingress knows no other, got "
      + "'/docs' to the namespace 'docs'; use Exposure.httpRoute()");
  });

  test('a certificate for a URL without TLS', () => {
    ingress({ tls: IngressTls.certManagerIssuer('acme') }, "'exposure.tls' has a certificate, but 'url' is without TLS, got 'http://data.example.com'; "
      + "begin 'url' with https, or leave 'tls' out", { url: 'http://data.example.com' });
  });

  test.each(['', 'my issuer', 'Acme'])("the issuer '%s'", name => {
    expect(() => IngressTls.certManagerClusterIssuer(name)).toThrow(
      new Error(`'name' must be the name of an issuer, of lowercase letters, digits, '-' and '.', got '${name}'`));
  });

  test('annotations that the library sets, or that a prop stands for', () => {
    ingress({ annotations: { 'cert-manager.io/issuer': 'other' }, tls: IngressTls.certManagerIssuer('acme') },
      "'exposure.annotations' cannot set 'cert-manager.io/issuer', which the library sets itself, got 'other'; leave it out");
    ingress({ annotations: { 'kubernetes.io/ingress.class': 'nginx' } },
      "'exposure.annotations' cannot set 'kubernetes.io/ingress.class', got 'nginx'; use 'className'");
  });

  test('a class and a timeout that cannot be', () => {
    ingress({ className: 'Nginx', timeout: IngressTimeout.nginx(Duration.millis(500)) }, [
      '2 mistakes:',
      "  'exposure.className' must be the name of an IngressClass, of lowercase letters, digits, '-' and '.', got 'Nginx'",
      "  'exposure.timeout' must be a whole number of seconds of at least 1, got 0.5",
    ].join('\n'));
  });

  test.each<[Partial<HttpRouteExposureOptions>, string]>([
    [{ gateway: { name: 'Public' } }, "'exposure.gateway.name' must be a name of lowercase letters, digits, '-' and '.', got 'Public'"],
    [{ gateway: { name: 'public', sectionName: 'HTTPS' } }, "'exposure.gateway.sectionName' must be a name of lowercase letters, digits, '-' and '.', got 'HTTPS'"],
    [{ gateway: { name: 'public', port: 0 } }, "'exposure.gateway.port' must be a whole number from 1 to 65535, got 0"],
    [{ gateway: { name: 'public', namespace: 'a.b' } }, "'exposure.gateway.namespace' must be at most 63 lowercase letters, digits and dashes, beginning and ending "
      + "with a letter or digit, got 'a.b' (3 characters)"],
    [{ timeout: Duration.seconds(0) }, "'exposure.timeout' must be a whole number of seconds of at least 1, got 0"],
  ])('an HTTPRoute that cannot be (%#)', (options, message) => {
    wrong(Exposure.httpRoute({ gateway: { name: 'public' }, ...options }), message);
  });

  test.each<[LoadBalancerExposureOptions, string]>([
    ...['foo', '10.0.0.0', '10.0.0.0/33', '10.0.0/8', 'fd00::/129', '10.0.0.0/8,10.1.0.0/16'].map<[LoadBalancerExposureOptions, string]>(range => (
      [{ sourceRanges: ['fd00::/8', range] }, `'exposure.sourceRanges' must be of CIDR ranges like 10.0.0.0/8 or fd00::/8, got '${range}'`])),
    [{ sourceRanges: [] }, "'exposure.sourceRanges' must have a range, got none, which Kubernetes takes for all addresses; leave it out"],
    [{ loadBalancerIP: 'lb.example.com' }, "'exposure.loadBalancerIP' must be an IP address, got 'lb.example.com'"],
    [{ className: 'my class' }, "'exposure.className' must be the class of a load balancer, like service.k8s.aws/nlb, got 'my class'"],
    [{ nodePort: 80.5 }, "'exposure.nodePort' must be a whole number from 1 to 65535, got 80.5"],
  ])('a load balancer that cannot be (%#)', (options, message) => {
    wrong(Exposure.loadBalancer(options), message, {});
  });

  test('an annotation of the Service that the exposure sets, too', () => {
    const annotations = (value: string) => ({ 'service.beta.kubernetes.io/aws-load-balancer-scheme': value });
    expect(building({ version: AirflowVersion.V2_11, webserver: { service: { annotations: annotations('a') }, exposure: Exposure.loadBalancer({ annotations: annotations('b') }) } })).toThrow(
      new Error("test/airflow/webserver: 'service.annotations' cannot set 'service.beta.kubernetes.io/aws-load-balancer-scheme', which the library sets itself, got 'a'; "
        + "leave it out here or in 'exposure'"));
  });
});

/** Airflows of one app, each with its public URL. */
function several(urls: string[], version?: AirflowVersion, exposure: (index: number) => Exposure = () => Exposure.ingress()) {
  return () => {
    const app = new App();
    urls.forEach((each, index) => {
      const web = { exposure: exposure(index) };
      const chart = new Chart(app, `c${index}`, { namespace: `c${index}` });
      new Airflow(chart, 'airflow', { url: each, version, ...version?.isAirflow3 === false ? { webserver: web } : { apiServer: web } });
    });
  };
}

describe('several Airflows of one host', () => {
  test('fail at one path', () => {
    expect(several([url, `${url}/`])).toThrow(new Error("c1/airflow/api-server: 'exposure' would lead 'data.example.com/team' to two components, and 'c0/airflow/api-server' "
      + "has it already; give one of them another 'url'"));
    const flower = { url, exposure: Exposure.ingress() };
    expect(building({ url, executor: Executor.celery({ flower }), apiServer: { exposure: Exposure.ingress() } })).toThrow(
      new Error("test/airflow/api-server: 'exposure' would lead 'data.example.com/team' to two components, and 'test/airflow/flower' has it already; give one of them another 'url'"));
  });

  const login = (a: string, b: string) => new Error(`c1/airflow/api-server: 'exposure' would put two Airflows at 'h${a}' and 'h${b}' ('c0/airflow/api-server'), and browsers would `
    + 'send the log-in of one to both, so that each log-in ends the other; give each a host of its own, or, from Airflow 3.1.8 on, prefixes of which none begins with the other');

  test('fail where browsers would send the log-in of one to the other', () => {
    expect(several(['https://h', 'https://h/team'])).toThrow(login('/team', '/'));
    expect(several(['https://h/team/a', 'https://h/team'])).toThrow(login('/team', '/team/a'));
    expect(several(['https://h/a', 'https://h/b'], AirflowVersion.V3_0)).toThrow(login('/b', '/a'));
    expect(several(['https://h/a', 'https://h/b'], AirflowVersion.of('3.1.7'))).toThrow(login('/b', '/a'));
  });

  test('stand below two prefixes', () => {
    for (const version of [undefined, AirflowVersion.V3_1, AirflowVersion.V2_11]) {
      expect(several(['https://h/a', 'https://h/ab', 'https://g'], version)).not.toThrow();
    }
    expect(several(['https://h', 'https://h/team'], AirflowVersion.V2_11)).not.toThrow();
  });

  test('stand at one place of two controllers', () => {
    expect(several([url, url], undefined, index => Exposure.ingress({ className: ['inside', 'outside'][index] }))).not.toThrow();
  });

  test('fail at one port of the nodes', () => {
    const made = several(['https://a', 'https://b'], AirflowVersion.V2_11, () => Exposure.nodePort({ nodePort: 30080 }));
    expect(made).toThrow(new Error("c1/airflow/webserver: 'exposure' would give the node port 30080 to two Services, and 'c0/airflow/webserver' has it already; "
      + 'give one of them another port'));
  });
});

test('passes what real teams write', () => {
  for (const props of [
    // The controller or a load balancer before it has the certificate.
    { url: 'https://airflow.example.com', apiServer: { exposure: Exposure.ingress({ className: 'alb' }) } },
    { url: 'http://airflow.localhost', apiServer: { exposure: Exposure.ingress() } },
    { url: 'https://airflow.example.com', apiServer: { exposure: Exposure.ingress({ additionalHosts: ['airflow.example.org', '*.internal'] }) } },
    { url: 'https://AIRFLOW.example.com:8443/A_b-1.0', apiServer: { exposure: Exposure.httpRoute({ gateway: { name: 'istio', namespace: 'istio-ingress' } }) } },
    { apiServer: { exposure: Exposure.loadBalancer({ sourceRanges: ['10.0.0.0/8'] }), publicExecutionApi: true } },
    { url: 'https://airflow.example.com', version: AirflowVersion.V2_11, webserver: { exposure: Exposure.nodePort() } },
    { url: 'https://airflow.example.com', executor: Executor.celery({ flower: { exposure: Exposure.ingress() } }), apiServer: { exposure: Exposure.ingress() } },
  ] as AirflowProps[]) { expect(building(props)).not.toThrow(); }
});
