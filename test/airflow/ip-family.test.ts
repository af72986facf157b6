import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AirflowChartProps, AirflowVersion, Broker, Executor, Exposure, IpFamily } from '../../src';
import { airflowChart, building, cfg, env, find, findAll, main, synth, synthAirflow } from '../util';

const { IPV4, IPV6, DUAL_STACK } = IpFamily;
const { V2_11, V3_0, V3_1, V3_3 } = AirflowVersion;
const CALLABLE = 'airflow_local_settings.ipv6.pod_address';

/** An Airflow with every kind of Service. */
function withServices(ipFamily?: IpFamily): AirflowChartProps {
  return { pods: { ipFamily }, executor: Executor.celery({ broker: Broker.redis(), flower: {}, workers: { logs: { size: Size.gibibytes(1) } } }) };
}

function families(props: AirflowChartProps): unknown[] {
  return findAll(synthAirflow(props), 'Service').map(({ spec: { ipFamilyPolicy, ipFamilies } }) => [ipFamilyPolicy, ipFamilies]);
}

test('every Service requests the addresses of the family, and none without one', () => {
  const every = (value: unknown[]) => Array.from({ length: 5 }, () => value);
  expect(families(withServices(IPV4))).toEqual(every(['SingleStack', ['IPv4']]));
  expect(families(withServices(IPV6))).toEqual(every(['SingleStack', ['IPv6']]));
  expect(families(withServices(DUAL_STACK))).toEqual(every(['RequireDualStack', undefined]));
  expect(families(withServices())).toEqual(every([undefined, undefined]));
  expect(families({ pods: { ipFamily: IPV6 }, executor: Executor.celery({ broker: Broker.rabbitMq() }) })).toEqual(every(['SingleStack', ['IPv6']]).slice(2));
});

const args = (...own: string[]): AirflowChartProps => ({ apiServer: { container: { args: ['airflow', 'api-server', ...own] } } });

test.each<[string, string, AirflowChartProps]>([
  ['with one process', '', { version: V3_3 }],
  ['with one process from 3.1 on', '', { version: V3_1 }],
  ['with the four processes of 3.0', '::', { version: V3_0 }],
  ['with one process by config', '', { version: V3_0, config: { api: { workers: '1' } } }],
  ['with several by config', '::', { config: { api: { workers: '4' } } }],
  ['with several by argument', '::', args('--workers', '4')],
  ['with several by a short argument', '::', args('-w', '2')],
  ['with one by argument', '', { config: { api: { workers: '4' } }, ...args('--workers=1') }],
  ['under gunicorn', '[::]', { config: { api: { server_type: 'gunicorn' } } }],
])('the API server answers both families %s', (_, host, props) => {
  const found = (ipFamily?: IpFamily) => env(main(synthAirflow({ ...props, pods: { ipFamily } }), 'api-server'), 'AIRFLOW__API__HOST')?.value;
  expect([IPV6, DUAL_STACK, undefined, IPV4].map(found)).toEqual([host, host, undefined, undefined]);
});

test('an API server for tasks alone has a host of its own', () => {
  const manifest = synthAirflow({ pods: { ipFamily: IPV6 }, apiServer: { executionApi: { container: { args: ['airflow', 'api-server', '--apps', 'execution', '--workers', '2'] } } } });
  expect(['api-server', 'execution-api'].map(name => env(main(manifest, name), 'AIRFLOW__API__HOST')?.value)).toEqual(['', '::']);
});

test('the webserver of 2.x answers both families', () => {
  const host = (ipFamily?: IpFamily) => cfg(synthAirflow({ version: V2_11, pods: { ipFamily } }), 'webserver', 'web_server_host');
  expect([host(IPV6), host(DUAL_STACK), host(IPV4), host()]).toEqual(['[::]', '[::]', undefined, undefined]);
});

test('pods announce an IPv6 address where they may have no other, by a function in their local settings', () => {
  const announced = (ipFamily?: IpFamily) => {
    const manifest = synthAirflow({ pods: { ipFamily } });
    return [
      cfg(manifest, 'core', 'hostname_callable'), cfg(manifest, 'metrics', 'statsd_ipv6'), find(manifest, 'ConfigMap', 'local-settings').data['ipv6.py'],
    ];
  };
  expect(announced(IPV6)).toEqual([CALLABLE, 'True', expect.stringContaining('def pod_address():')]);
  for (const family of [undefined, IPV4, DUAL_STACK]) {
    expect(announced(family)).toEqual(['airflow.utils.net.get_host_ip_address', undefined, undefined]);
  }
});

test('config may say another name of the pods, and another way to StatsD', () => {
  const manifest = synthAirflow({ pods: { ipFamily: IPV6 }, config: { core: { hostname_callable: 'acme.net.name' }, metrics: { statsd_ipv6: 'False' } } });
  expect([cfg(manifest, 'core', 'hostname_callable'), cfg(manifest, 'metrics', 'statsd_ipv6')]).toEqual(['acme.net.name', 'False']);
});

test('workers with a volume for their logs announce their name', () => {
  const variable = (ipFamily: IpFamily) => env(main(synthAirflow(withServices(ipFamily)), 'worker'), 'AIRFLOW__CORE__HOSTNAME_CALLABLE')?.value;
  expect([variable(IPV6), variable(DUAL_STACK)]).toEqual(['airflow.utils.net.getfqdn', 'airflow.utils.net.getfqdn']);
});

test('the number of processes cannot change after the host is decided', () => {
  const chart = airflowChart({ pods: { ipFamily: IPV6 } });
  expect(() => { synth(chart); chart.airflow.config.set('api', 'workers', '4'); }).toThrow(
    new Error("test/airflow: 'config.api.workers' is set too late, to '4': a component has read it; pass it in the prop 'config'"));
});

test.each<[string, AirflowChartProps, string]>([
  ['another host', { config: { api: { host: '0.0.0.0' } } }, "test/airflow: 'config.api.host' cannot be set, got '0.0.0.0'; 'pods.ipFamily' decides it"],
  ['another host in 2.x', { version: V2_11, config: { webserver: { web_server_host: '0.0.0.0' } } },
    "test/airflow: 'config.webserver.web_server_host' cannot be set, got '0.0.0.0'; 'pods.ipFamily' decides it"],
  ['another host by argument', args('--host', '0.0.0.0'),
    "test/airflow/api-server: 'container.args' must not have '--host', which the Service and the probes do not see; set 'pods.ipFamily' instead"],
  ['another host by argument in 2.x', { version: V2_11, webserver: { container: { args: ['airflow', 'webserver', '-H', '0.0.0.0'] } } },
    "test/airflow/webserver: 'container.args' must not have '-H', which the Service and the probes do not see; set 'pods.ipFamily' instead"],
  ['processes by variable', { apiServer: { env: { AIRFLOW__API__WORKERS: kplus.EnvValue.fromValue('4') } } },
    "test/airflow/api-server: 'env' cannot set 'AIRFLOW__API__WORKERS', which a component has to know; set 'config.api.workers' instead"],
  ['client addresses of IPv4 alone', { apiServer: { executionApi: {}, exposure: Exposure.loadBalancer({ sourceRanges: ['10.0.0.0/8'] }) } },
    "test/airflow/api-server: 'exposure.sourceRanges' must have a range of IPv6, the only family that 'pods.ipFamily' gives the Service, got '10.0.0.0/8'"],
])('fails with IPv6 and %s', (_, props, message) => {
  expect(building({ ...props, pods: { ...props.pods, ipFamily: IPV6 } })).toThrow(new Error(message));
  expect(building(props)).not.toThrow();
});

test('client addresses of both families are for any family', () => {
  const exposure = Exposure.loadBalancer({ sourceRanges: ['10.0.0.0/8', 'fd00::/8'] });
  for (const ipFamily of [IPV4, IPV6, DUAL_STACK]) {
    expect(building({ pods: { ipFamily }, apiServer: { executionApi: {}, exposure } })).not.toThrow();
  }
});
