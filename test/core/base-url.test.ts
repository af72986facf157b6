import { AirflowProps, AirflowVersion, Auth, Env } from '../../src';
import { airflowChart, building, env, main, synthAirflow } from '../util';

/** The options of Flask that follow from the public URL. */
function flask(props: AirflowProps): (string | undefined)[] {
  const { config, version } = airflowChart(props).airflow;
  const section = version.isAirflow3 ? 'fab' : 'webserver';
  return ['cookie_secure', 'enable_proxy_fix', 'proxy_fix_x_for', 'proxy_fix_x_proto', 'proxy_fix_x_host', 'proxy_fix_x_port', 'proxy_fix_x_prefix'].map(
    option => config.get(section, option));
}

const VERSIONS = [AirflowVersion.V2_10, AirflowVersion.V2_11, AirflowVersion.V3_0, AirflowVersion.V3_3];

describe.each(VERSIONS.map(version => ({ series: version.series, version })))(
  'the public URL of Airflow $series', ({ version }) => {
    test('decides the cookies and the proxies that Flask trusts', () => {
      expect(flask({ version, url: 'https://host' })).toEqual(['True', 'True', '1', '1', '0', '0', '0']);
      expect(flask({ version, url: 'http://host', ui: { trustedProxies: 2 } })).toEqual(['False', 'True', '2', '1', '0', '0', '0']);
      expect(flask({ version, url: 'https://host', ui: { trustedProxies: 0 } }).slice(0, 3)).toEqual(['True', 'False', '0']);
      expect(flask({ version }).every(value => value === undefined)).toBe(true);
    });

    test('leaves the other headers of proxies to the configuration', () => {
      const section = version.isAirflow3 ? 'fab' : 'webserver';
      expect(flask({ version, url: 'https://host', config: { [section]: { proxy_fix_x_host: '1' } } })[4]).toBe('1');
      expect(building({ version, url: 'https://host', config: { [section]: { cookie_secure: 'False' } } })).toThrow(
        new Error(`test/airflow: 'config.${section}.cookie_secure' cannot be set, got 'False'; 'url' decides it`));
      expect(building({ version, url: 'https://host', config: { [section]: { proxy_fix_x_for: '2' } } })).toThrow(
        new Error(`test/airflow: 'config.${section}.proxy_fix_x_for' cannot be set, got '2'; 'ui.trustedProxies' decides it`));
    });
  });

test('without FAB, no option of it is set', () => {
  expect(flask({ url: 'https://host', auth: Auth.simple({ everyoneIsAdmin: true }) }).every(value => value === undefined)).toBe(true);
});

describe('the API server behind proxies', () => {
  const forwarded = (props: AirflowProps) => env(main(synthAirflow(props), 'api-server'), 'FORWARDED_ALLOW_IPS')?.value;
  const args = (props: AirflowProps) => main(synthAirflow(props), 'api-server').args!.includes('--proxy-headers');

  test('trusts their headers', () => {
    const props = { url: 'https://host' };
    expect([args(props), forwarded(props)]).toEqual([true, '*']);
    for (const none of [{}, { ...props, ui: { trustedProxies: 0 } }]) { expect([args(none), forwarded(none)]).toEqual([false, undefined]); }
  });

  test('trusts only the addresses that a variable names', () => {
    const named = Env.of({ FORWARDED_ALLOW_IPS: '10.0.0.0/8' });
    for (const props of [{ apiServer: { env: named } }, { pods: { env: named } }]) { expect(forwarded({ url: 'https://host', ...props })).toBe('10.0.0.0/8'); }
  });

  test('fails with arguments by which it would not trust them', () => {
    const build = (...words: string[]) => building({ url: 'https://host', apiServer: { container: { args: ['airflow', 'api-server', ...words] } } });
    expect(build()).toThrow(new Error("test/airflow/api-server: 'container.args' must have '--proxy-headers', without which Airflow would not know from the proxy "
      + "that users come by https; add it, or set 'ui.trustedProxies' to 0"));
    expect(build('--proxy-headers')).not.toThrow();
    expect(build('--apps', 'execution')).not.toThrow();
  });
});
