import { AirflowChartProps, AirflowVersion, Env, SecretKey } from '../../src';
import { airflowChart, building } from '../util';

const env = (texts: { [name: string]: string }) => Env.of(texts);
const PROXY = { HTTPS_PROXY: 'http://proxy.acme.com:3128' };
const proxied = (texts: { [name: string]: string }): AirflowChartProps => ({ pods: { env: env({ ...PROXY, ...texts }) } });
const lacks = (missing: string, all: string, prop = 'pods.env') => `'${prop}' sets a proxy, but its NO_PROXY lacks ${missing}, `
  + 'so that requests inside the cluster would go to the proxy; '
  + `set NO_PROXY to '${all}', and add the range of the pods' addresses, from which logs are fetched`;
const API = '$(KUBERNETES_SERVICE_HOST)';

test.each<[AirflowChartProps, string]>([
  [proxied({}), lacks(`localhost, 127.0.0.1, .svc, ${API}`, `localhost,127.0.0.1,.svc,${API}`)],
  [{ pods: { env: env({ http_proxy: 'http://proxy:3128', no_proxy: 'acme.com' }) } }, lacks(`localhost, 127.0.0.1, .svc, ${API}`, `acme.com,localhost,127.0.0.1,.svc,${API}`)],
  [proxied({ NO_PROXY: 'localhost, 127.0.0.1, .cluster.local,10.0.0.0/8' }), lacks('.svc', 'localhost,127.0.0.1,.cluster.local,10.0.0.0/8,.svc')],
  [proxied({ NO_PROXY: 'localhost,127.0.0.1,svc' }), lacks(API, `localhost,127.0.0.1,svc,${API}`)],
  [{ ...proxied({ NO_PROXY: 'localhost,127.0.0.1' }), version: AirflowVersion.V2_11 }, lacks(API, `localhost,127.0.0.1,${API}`)],
  [{ scheduler: { env: env({ ALL_PROXY: 'socks5://proxy:1080', NO_PROXY: 'localhost,127.0.0.1,.svc' }) } }, lacks(API, `localhost,127.0.0.1,.svc,${API}`, 'env')],
])('fails with a proxy for requests inside the cluster, and gives the list (%#)', (props, message) => {
  let got = '';
  try { building(props)(); } catch (error) { got = (error as Error).message; }
  expect(got.replace(/^test\/airflow\/[a-z-/]+: /, '')).toBe(message);
});

test.each<AirflowChartProps>([
  proxied({ NO_PROXY: `localhost,127.0.0.1,.svc,${API}` }),
  proxied({ NO_PROXY: 'localhost,127.0.0.1,.svc,.cluster.local,10.0.0.0/8' }),
  proxied({ no_proxy: 'localhost,127.0.0.1,airflow.svc,fd00::/8', NO_PROXY: 'acme.com' }),
  proxied({ NO_PROXY: `localhost,127.0.0.1,test-airflow-api-server.airflow.svc,${API}` }),
  proxied({ NO_PROXY: '*' }),
  { pods: { env: { ...env({ HTTP_PROXY: 'http://proxy:3128' }), NO_PROXY: SecretKey.of('proxy', 'no').toEnvValue() } } },
  { pods: { env: env({ NO_PROXY: 'acme.com' }) } },
])('passes a list that covers them, or that is not known (%#)', props => {
  expect(building(props)).not.toThrow();
});

test.each([[AirflowVersion.V3_1, true], [AirflowVersion.V3_2, true], [AirflowVersion.V3_3, false], [AirflowVersion.V2_11, false]])(
  'the notes warn of a client that ignores the list (%#)', (version, warns) => {
    const { notes } = airflowChart({ ...proxied({ NO_PROXY: `localhost,127.0.0.1,.svc,${API}` }), version }).airflow;
    expect(notes.includes('ignores NO_PROXY: its requests to the Kubernetes API go to the proxy')).toBe(warns);
    expect(airflowChart({ version }).airflow.notes).not.toContain('NO_PROXY');
  });
