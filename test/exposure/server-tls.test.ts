import { Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  AirflowChartProps, AirflowVersion, ApiServer, CertificateAuthority, CertificateIssuer, CertManagerServerTlsOptions, DagSource, Executor, SecretKey,
  SecretServerTlsOptions, ServerTls,
} from '../../src';
import { airflowChart, building, Container, find, findAll, main, Manifest, pod, podList, secretNamed, synth, synthAirflow } from '../util';

const key = (secret: string, name: string) => SecretKey.of(secret, name);
const ca = CertificateAuthority.fromSecret(key('roots', 'ca.crt'));
const given: SecretServerTlsOptions = { certificate: key('server', 'tls.crt'), privateKey: key('server', 'tls.key'), ca };
const clientCertificate = { certificate: key('tasks', 'tls.crt'), privateKey: key('tasks', 'tls.key') };
const plain = ServerTls.fromSecret(given);
const mutual = ServerTls.fromSecret({ ...given, clientCertificate });
const issuer: CertificateIssuer = { name: 'internal' };

const EXECUTORS = { kubernetes: Executor.kubernetes(), celery: Executor.celery(), local: Executor.local() };
const V2 = AirflowVersion.V2_11;

function withTls(tls: ServerTls, version: AirflowVersion = AirflowVersion.V3_3, more: AirflowChartProps = {}): AirflowChartProps {
  return { version, ...version.isAirflow3 ? { apiServer: { tls } } : { webserver: { tls } }, ...more };
}

/** The variables that name TLS files. */
function variables({ env = [] }: Container): { [name: string]: string } {
  return Object.fromEntries(env.filter(({ name }) => /SSL|TLS/.test(name)).map(({ name, value }) => [name, value!]));
}

/** The keys of Secrets that a pod mounts, as `secret/key`. */
function mountedKeys({ spec }: ReturnType<typeof pod>): string[] {
  const sources = (spec.volumes ?? []).flatMap(({ projected }) => projected?.sources ?? []);
  const secrets = sources.flatMap(({ secret }) => (secret === undefined ? [] : [secret as { name: string; items: { key: string }[] }]));
  return [...new Set(secrets.flatMap(({ name, items }) => items.map(item => `${name}/${item.key}`)))].sort();
}

/** The pods that mount the key of a Secret, by their component; task pods are called `task`. */
function holders(manifest: Manifest[], name: string): string[] {
  return [...new Set(podList(manifest).filter(([, template]) => mountedKeys(template).includes(name)).map(([component]) => component))].sort();
}

describe('the API server', () => {
  test('serves HTTPS with the certificate', () => {
    const manifest = synthAirflow(withTls(plain));
    expect(variables(main(manifest, 'api-server'))).toEqual({
      AIRFLOW__API__SSL_CERT: '/run/secrets/server-tls/tls.crt',
      AIRFLOW__API__SSL_KEY: '/run/secrets/server-tls/tls.key',
      CDK8S_AIRFLOW_TLS_HOST: 'test-airflow-api-server.airflow.svc',
    });
    const { volumes } = pod(manifest, 'api-server').spec;
    expect(volumes!.find(({ name }) => name === 'server-tls')).toEqual({
      name: 'server-tls',
      projected: {
        defaultMode: 0o440,
        sources: [
          { secret: { name: 'server', items: [{ key: 'tls.crt', path: 'tls.crt' }, { key: 'tls.key', path: 'tls.key' }] } },
          { secret: { name: 'roots', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        ],
      },
    });
  });

  test('is reached by https, and checked by kubelet, which verifies nothing', () => {
    const chart = airflowChart(withTls(plain));
    expect(chart.airflow.apiServer!.url).toBe('https://test-airflow-api-server.airflow.svc:8080');
    expect(chart.airflow.apiServer!.localUrl).toBe('https://localhost:8080');
    expect(find(synth(chart), 'Service', 'api-server').spec.ports).toEqual([{ name: 'http', port: 8080, targetPort: 8080, appProtocol: 'https' }]);
    expect(chart.airflow.config.get('core', 'execution_api_server_url')).toBe('https://test-airflow-api-server.airflow.svc:8080/execution/');
    const { startupProbe, readinessProbe, livenessProbe } = main(synth(chart), 'api-server');
    expect([startupProbe, readinessProbe, livenessProbe].map(probe => probe!.httpGet)).toEqual([
      { path: '/execution/health', port: 'http', scheme: 'HTTPS' }, ...Array(2).fill({ path: '/api/v2/version', port: 'http', scheme: 'HTTPS' }),
    ]);
  });

  test('asks clients for a certificate, and a script with that of the tasks asks the server, since kubelet has none', () => {
    const manifest = synthAirflow(withTls(mutual, AirflowVersion.V3_3, { url: 'https://example.com/data' }));
    const container = main(manifest, 'api-server');
    expect(variables(container)).toMatchObject({
      AIRFLOW__API__SSL_CA_FILE: '/run/secrets/server-tls/clients-ca.crt', AIRFLOW__API__SSL_CERT_REQS: 'required',
    });
    const command = (path: string) => ({ exec: { command: ['python', '-S', '/opt/cdk8s-airflow/https_probe.py', '8080', path] } });
    expect(container.startupProbe).toEqual({ ...command('/data/execution/health'), periodSeconds: 2, timeoutSeconds: 20, failureThreshold: 150 });
    expect(container.livenessProbe).toEqual({
      ...command('/data/api/v2/version'), periodSeconds: 15, timeoutSeconds: 20, failureThreshold: 10, terminationGracePeriodSeconds: 10,
    });
    expect(Object.keys(find(manifest, 'ConfigMap', 'scripts').data)).toContain('https_probe.py');
    const { projected } = pod(manifest, 'api-server').spec.volumes!.find(({ name }) => name === 'server-tls')!;
    expect(projected!.sources.slice(2)).toEqual([
      { secret: { name: 'roots', items: [{ key: 'ca.crt', path: 'clients-ca.crt' }] } },
      { secret: { name: 'tasks', items: [{ key: 'tls.crt', path: 'client.crt' }, { key: 'tls.key', path: 'client.key' }] } },
    ]);
  });

  test('asks for certificates of another authority', () => {
    const clientCa = CertificateAuthority.fromConfigMap(kplus.ConfigMap.fromConfigMapName(airflowChart(), 'clients', 'clients'));
    const manifest = synthAirflow(withTls(ServerTls.fromSecret({ ...given, clientCertificate, clientCa })));
    const { projected } = pod(manifest, 'api-server').spec.volumes!.find(({ name }) => name === 'server-tls')!;
    expect(projected!.sources[2]).toEqual({ configMap: { name: 'clients', items: [{ key: 'ca.crt', path: 'clients-ca.crt' }] } });
  });

  test('has a certificate of its own if your own code constructs it', () => {
    const chart = airflowChart();
    const server = new ApiServer(chart, 'ui', { airflow: chart.airflow, tls: ServerTls.certManager({ issuer }) });
    const manifest = synth(chart);
    expect(server.url).toBe('https://test-airflow-ui.airflow.svc:8080');
    expect(find(manifest, 'Certificate').spec).toMatchObject({ secretName: 'test-airflow-ui-internal-tls', dnsNames: expect.arrayContaining(['test-airflow-ui']) as string[] });
    expect(chart.airflow.apiServer!.url).toMatch(/^http:/);
  });
});

describe('an execution API of its own', () => {
  test('asks tasks for a certificate, while users come without one', () => {
    const manifest = synthAirflow({ apiServer: { tls: plain, executionApi: { tls: ServerTls.certManager({ issuer, mutual: true }) } } });
    expect(main(manifest, 'api-server').livenessProbe!.httpGet).toEqual({ path: '/api/v2/version', port: 'http', scheme: 'HTTPS' });
    expect(main(manifest, 'execution-api').livenessProbe!.exec!.command).toContain('/execution/health');
    expect(holders(manifest, 'server/tls.key')).toEqual(['api-server']);
    expect(holders(manifest, 'roots/ca.crt')).toEqual(['api-server']);
    expect(holders(manifest, 'test-airflow-execution-api-internal-tls/tls.key')).toEqual(['execution-api']);
    expect(holders(manifest, 'test-airflow-execution-api-internal-tls/ca.crt')).toEqual(['execution-api', 'task']);
    expect(holders(manifest, 'test-airflow-execution-api-client-tls/tls.key')).toEqual(['execution-api', 'task']);
    expect(find(manifest, 'ConfigMap', '-config').data['airflow.cfg']).toContain('execution_api_server_url = https://test-airflow-execution-api.airflow.svc:8080/execution/');
  });

  test('without a certificate leaves tasks without TLS', () => {
    const manifest = synthAirflow({ apiServer: { tls: plain, executionApi: {} } });
    expect(holders(manifest, 'roots/ca.crt')).toEqual(['api-server']);
    expect(find(manifest, 'ConfigMap', '-config').data['airflow.cfg']).toContain('execution_api_server_url = http://test-airflow-execution-api.');
  });
});

test('the webserver of Airflow 2 serves HTTPS, and nobody else gets a file', () => {
  const manifest = synthAirflow(withTls(plain, V2));
  const container = main(manifest, 'webserver');
  expect(variables(container)).toEqual({
    AIRFLOW__WEBSERVER__WEB_SERVER_SSL_CERT: '/run/secrets/server-tls/tls.crt',
    AIRFLOW__WEBSERVER__WEB_SERVER_SSL_KEY: '/run/secrets/server-tls/tls.key',
    CDK8S_AIRFLOW_TLS_HOST: 'test-airflow-webserver.airflow.svc',
  });
  expect(container.livenessProbe!.httpGet).toEqual({ path: '/api/v1/version', port: 'http', scheme: 'HTTPS' });
  expect(holders(manifest, 'roots/ca.crt')).toEqual(['webserver']);
});

describe('the pods that run tasks', () => {
  test.each<[keyof typeof EXECUTORS, string]>([['kubernetes', 'task'], ['celery', 'worker'], ['local', 'scheduler']])('%s: %s trusts the authority', (executor, component) => {
    const manifest = synthAirflow(withTls(plain, AirflowVersion.V3_3, { executor: EXECUTORS[executor] }));
    expect(holders(manifest, 'roots/ca.crt')).toEqual(['api-server', component].sort());
    const [, template] = podList(manifest).find(([name]) => name === component)!;
    expect(variables(template.spec.containers[0])).toEqual({ AIRFLOW__API__SSL_CA_FILE: '/run/secrets/api-server-tls/ca.crt' });
  });

  test('present their certificate to a server that asks for it', () => {
    const manifest = synthAirflow(withTls(mutual));
    const [, template] = podList(manifest).find(([name]) => name === 'task')!;
    expect(variables(template.spec.containers[0])).toEqual({
      AIRFLOW__API__CLIENT_SSL_CERT: '/run/secrets/api-server-tls/tls.crt',
      AIRFLOW__API__CLIENT_SSL_KEY: '/run/secrets/api-server-tls/tls.key',
      AIRFLOW__API__SSL_CA_FILE: '/run/secrets/api-server-tls/ca.crt',
    });
    expect(holders(manifest, 'tasks/tls.key')).toEqual(['api-server', 'task']);
  });

  test.each(['3.0.6', '3.1.8', '3.2.2'])('trust the authority in Airflow %s by the option that this version has', release => {
    const manifest = synthAirflow(withTls(plain, AirflowVersion.of(release)));
    const [, template] = podList(manifest).find(([name]) => name === 'task')!;
    expect(variables(template.spec.containers[0])).toEqual({ AIRFLOW__API__SSL_CERT: '/run/secrets/api-server-tls/ca.crt' });
  });

  test('are in another namespace as well, with objects that you keep there', () => {
    const chart = airflowChart(withTls(mutual));
    chart.airflow.addTaskPod('elsewhere', { namespace: 'other' });
    expect(holders(synth(chart), 'roots/ca.crt')).toEqual(['api-server', 'task', 'task/elsewhere']);
  });
});

describe('the private key is in no pod but that of the server', () => {
  const all = [['3.3.2', plain], ['3.3.2', mutual], ['3.2.2', plain], ['3.0.6', plain], ['2.11.2', plain], ['2.10.5', plain]] as const;
  const cases = all.flatMap(([release, tls]) => Object.entries(EXECUTORS).map(([name, executor]) => [release, name, tls, executor] as const));

  test.each(cases)('%s, %s', (release, _name, tls, executor) => {
    const version = AirflowVersion.of(release);
    const chart = airflowChart(withTls(tls, version, { executor, dags: DagSource.fromImage() }));
    chart.airflow.addJob('report', { command: ['airflow', 'version'] });
    if (executor === EXECUTORS.kubernetes) { chart.airflow.addTaskPod('big'); }
    const manifest = synth(chart);
    expect(holders(manifest, 'server/tls.key')).toEqual([version.isAirflow3 ? 'api-server' : 'webserver']);
    // Not by a variable either.
    expect(JSON.stringify(manifest).match(/"secretKeyRef":\{[^}]*tls.key/)).toBeNull();
  });

  test('with a certificate of cert-manager', () => {
    const manifest = synthAirflow(withTls(ServerTls.certManager({ issuer, mutual: true })));
    expect(holders(manifest, 'test-airflow-api-server-internal-tls/tls.key')).toEqual(['api-server']);
    expect(holders(manifest, 'test-airflow-api-server-internal-tls/ca.crt')).toEqual(['api-server', 'task']);
    expect(holders(manifest, 'test-airflow-api-server-client-tls/tls.key')).toEqual(['api-server', 'task']);
  });
});

describe('cert-manager', () => {
  const NAMES = ['test-airflow-api-server', 'test-airflow-api-server.airflow', 'test-airflow-api-server.airflow.svc', 'test-airflow-api-server.airflow.svc.cluster.local'];

  test('issues a certificate for all names of the Service', () => {
    const options: Required<CertManagerServerTlsOptions> = {
      issuer: { name: 'pca', kind: 'AWSPCAClusterIssuer', group: 'awspca.cert-manager.io' },
      ca,
      mutual: true,
      dnsNames: ['airflow.example.com', '*.airflow.example.com', NAMES[0]],
      duration: Duration.hours(36),
      renewBefore: Duration.minutes(90),
    };
    const manifest = synthAirflow(withTls(ServerTls.certManager(options)));
    const labels = {
      'app.kubernetes.io/component': 'api-server',
      'app.kubernetes.io/instance': 'test-airflow',
      'app.kubernetes.io/managed-by': 'cdk8s-airflow',
      'app.kubernetes.io/name': 'airflow',
    };
    const shared = {
      secretTemplate: { labels },
      issuerRef: { name: 'pca', kind: 'AWSPCAClusterIssuer', group: 'awspca.cert-manager.io' },
      duration: '36h0m0s',
      renewBefore: '1h30m0s',
      privateKey: { rotationPolicy: 'Always' },
    };
    expect(findAll(manifest, 'Certificate').map(({ apiVersion, metadata, spec }) => ({ apiVersion, metadata, spec }))).toEqual([
      {
        apiVersion: 'cert-manager.io/v1',
        metadata: { name: 'test-airflow-api-server', namespace: 'airflow', labels },
        spec: {
          ...shared,
          secretName: 'test-airflow-api-server-internal-tls',
          dnsNames: [...NAMES, 'airflow.example.com', '*.airflow.example.com'],
          usages: ['digital signature', 'key encipherment', 'server auth'],
        },
      },
      {
        apiVersion: 'cert-manager.io/v1',
        metadata: { name: 'test-airflow-api-server-client', namespace: 'airflow', labels },
        spec: {
          ...shared,
          secretName: 'test-airflow-api-server-client-tls',
          dnsNames: ['test-airflow-api-server-client'],
          usages: ['digital signature', 'key encipherment', 'client auth'],
        },
      },
    ]);
    expect(holders(manifest, 'roots/ca.crt')).toEqual(['api-server', 'task']);
  });

  test('keeps its own times, and issues for tasks only if the server asks them', () => {
    const [only, ...more] = findAll(synthAirflow(withTls(ServerTls.certManager({ issuer }), V2)), 'Certificate');
    expect(more).toEqual([]);
    expect(only.metadata.name).toBe('test-airflow-webserver');
    expect(only.spec).toMatchObject({ secretName: 'test-airflow-webserver-internal-tls', issuerRef: { name: 'internal', kind: 'Issuer', group: 'cert-manager.io' } });
    expect(Object.keys(only.spec)).not.toContain('duration');
  });
});

test('files that change are followed in all processes of Airflow', () => {
  const files = (props?: AirflowChartProps) => Object.keys(find(synthAirflow(props), 'ConfigMap', 'local-settings').data);
  expect(files(withTls(plain))).toContain('tls_files.py');
  expect(files(withTls(plain, V2))).toContain('tls_files.py');
  expect(files()).not.toContain('tls_files.py');
});

describe('fails', () => {
  const secret = (options: Partial<SecretServerTlsOptions>) => withTls(ServerTls.fromSecret({ ...given, ...options }));
  const managed = (options: Partial<CertManagerServerTlsOptions>) => withTls(ServerTls.certManager({ issuer, ...options }));
  const shared = (name: string) => `test/airflow: 'apiServer.tls.${name}' goes to every task, but is the 'privateKey' of the server, got 'tls.key' of the Secret 'server'; `
    + 'use another key';
  const decided = (name: string, tls: string) => `'config.${name}' cannot be set, got '/tls'; '${tls}' decides it`;
  const variable = (prop: string, name: string) => `'${prop}' cannot set '${name}'; 'apiServer.tls' decides it`;
  const args = (argument: string) => `'container.args' must not have '${argument}', which the Service and the probes do not see; set 'tls' instead`;

  test.each<[string, AirflowChartProps, string]>([
    ['with tasks that would present the key of the server', secret({ clientCertificate: { ...clientCertificate, privateKey: given.privateKey } }), shared('clientCertificate.privateKey')],
    ['with tasks that would get the key in the place of their certificate', secret({ clientCertificate: { ...clientCertificate, certificate: given.privateKey } }), shared('clientCertificate.certificate')],
    ['with an authority that is the key of the server', secret({ ca: CertificateAuthority.fromSecret(given.privateKey) }), shared('ca')],
    ['with an authority of clients that have no certificate', secret({ clientCa: ca }),
      "test/airflow: 'apiServer.tls.clientCa' needs 'clientCertificate', with which tasks come through; set it, or leave 'clientCa' out"],
    ['with mutual TLS before 3.3', withTls(mutual, AirflowVersion.of('3.2.2')),
      "test/airflow: 'apiServer.tls.clientCertificate' needs Airflow 3.3 or newer, whose server can ask clients for a certificate, got 3.2.2; leave it out"],
    ['with mutual TLS in 2.x', withTls(ServerTls.certManager({ issuer, mutual: true }), V2),
      "test/airflow: 'webserver.tls.mutual' needs Airflow 3.3 or newer, whose server can ask clients for a certificate, got 2.11.2; leave it out"],
    ['with mutual TLS of the execution API before 3.3', { version: AirflowVersion.of('3.1.8'), apiServer: { executionApi: { tls: mutual } } },
      "test/airflow: 'apiServer.executionApi.tls.clientCertificate' needs Airflow 3.3 or newer, whose server can ask clients for a certificate, got 3.1.8; leave it out"],
    ['with an issuer that is none', managed({ issuer: { name: 'My Issuer' } }),
      "test/airflow: 'apiServer.tls.issuer.name' must be the name of an issuer, of lowercase letters, digits, '-' and '.', got 'My Issuer'"],
    ['with a kind that cert-manager does not have', managed({ issuer: { name: 'pca', kind: 'AWSPCAClusterIssuer' } }),
      "test/airflow: 'apiServer.tls.issuer.kind' must be Issuer or ClusterIssuer in the group cert-manager.io, got 'AWSPCAClusterIssuer'; set 'group' to that of the issuer"],
    ['with a kind and a group that are none', managed({ issuer: { name: 'ca', kind: 'clusterissuer', group: 'cert-manager.io/v1' } }), 'test/airflow: 2 mistakes:\n'
      + "  'apiServer.tls.issuer.group' must be an API group like awspca.cert-manager.io, got 'cert-manager.io/v1'\n"
      + "  'apiServer.tls.issuer.kind' must be a kind like Issuer or ClusterIssuer, got 'clusterissuer'"],
    ['with a name that is a URL', managed({ dnsNames: ['https://airflow.example.com'] }),
      "test/airflow: 'apiServer.tls.dnsNames' must be of DNS names like airflow.example.com or *.example.com, got 'https://airflow.example.com'"],
    ['with a certificate for minutes', managed({ duration: Duration.minutes(30), renewBefore: Duration.minutes(1) }), 'test/airflow: 2 mistakes:\n'
      + "  'apiServer.tls.duration' must be a whole number of seconds of at least 3600, got 1800\n"
      + "  'apiServer.tls.renewBefore' must be a whole number of seconds of at least 300, got 60"],
    ['with a renewal before the start', managed({ duration: Duration.days(1), renewBefore: Duration.days(2) }),
      "test/airflow: 'apiServer.tls.renewBefore' must be shorter than 'duration', 1 day, got 2 days"],
    ['with a renewal before the start of what cert-manager issues', managed({ renewBefore: Duration.days(90) }),
      "test/airflow: 'apiServer.tls.renewBefore' must be shorter than 'duration', 90 days, got 90 days"],
    ['with options that it decides', { ...withTls(plain), config: { api: { ssl_cert: '/tls', ssl_ca_file: '/tls', client_ssl_cert: '/tls' } } }, 'test/airflow: 3 mistakes:\n'
      + ['ssl_cert', 'ssl_ca_file', 'client_ssl_cert'].map(option => `  ${decided(`api.${option}`, 'apiServer.tls')}`).join('\n')],
    ['with options of the webserver that it decides', { ...withTls(plain, V2), config: { webserver: { web_server_ssl_key: '/tls' } } },
      `test/airflow: ${decided('webserver.web_server_ssl_key', 'webserver.tls')}`],
    ['with a variable of all pods', { ...withTls(plain), pods: { env: { AIRFLOW__API__SSL_CERT: kplus.EnvValue.fromValue('/tls') } } },
      `test/airflow/bootstrap-secrets: ${variable('pods.env', 'AIRFLOW__API__SSL_CERT')}`],
    ['with a variable of task pods', { ...withTls(plain), taskPods: { env: { AIRFLOW__API__SSL_CA_FILE: kplus.EnvValue.fromValue('/tls') } } },
      `test/airflow/task-pods/default: ${variable('env', 'AIRFLOW__API__SSL_CA_FILE')}`],
    ['with arguments that it decides', { apiServer: { tls: plain, container: { args: ['airflow', 'api-server', '--ssl-key=/tls', '--ssl-cert-reqs', 'none'] } } },
      `test/airflow/api-server: 2 mistakes:\n  ${args('--ssl-key')}\n  ${args('--ssl-cert-reqs')}`],
  ])('%s', (_title, props, message) => {
    expect(building(props)).toThrow(new Error(message));
  });

  test('with task pods where cert-manager makes no Secret', () => {
    const elsewhere = (options: Partial<CertManagerServerTlsOptions>) => {
      const chart = airflowChart(managed(options));
      chart.airflow.addTaskPod('elsewhere', { namespace: 'other' });
      return () => synth(chart);
    };
    const message = "Validation failed with the following errors:\n  [test/airflow] 'apiServer.tls' has its files in Secrets that cert-manager makes in the namespace 'airflow', "
      + "but task pods are in 'other' as well; give a 'ca' that is in both, and leave 'mutual' out, or use ServerTls.fromSecret";
    expect(elsewhere({})).toThrow(new Error(message));
    expect(elsewhere({ ca, mutual: true })).toThrow(new Error(message));
    expect(elsewhere({ ca })).not.toThrow();
  });

  test('with misspelled members', () => {
    expect(() => ServerTls.fromSecret({ ...given, clientCA: ca } as SecretServerTlsOptions)).toThrow(
      new Error("'clientCA' is no member of SecretServerTlsOptions; did you mean 'clientCa'?"));
    expect(() => ServerTls.certManager({ issuer, dnsName: [] } as CertManagerServerTlsOptions)).toThrow(
      new Error("'dnsName' is no member of CertManagerServerTlsOptions; did you mean 'dnsNames'?"));
  });
});

test('a certificate and its key may be one file, and an authority its own certificate', () => {
  const certificate = SecretKey.fromSecret(secretNamed('all'), 'tls.pem');
  expect(building(withTls(ServerTls.fromSecret({ ...given, certificate, privateKey: certificate })))).not.toThrow();
  expect(building(withTls(ServerTls.fromSecret({ ...given, ca: CertificateAuthority.fromSecret(given.certificate) })))).not.toThrow();
});
