import { Duration } from 'cdk8s';
import { AirflowChartProps, AirflowVersion, Executor, UiOptions } from '../../src';
import { airflowChart, building, main, synthAirflow } from '../util';

const { V2_11, V3_3 } = AirflowVersion;
const DEFAULTS = {
  'Content-Security-Policy': "frame-ancestors 'self'",
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'SAMEORIGIN',
};

/** The headers that a component sends; undefined if it gets none. */
function headersOf(props: AirflowChartProps, component = props.version === V2_11 ? 'webserver' : 'api-server'): unknown {
  const value = main(synthAirflow(props), component).env!.find(({ name }) => name === 'CDK8S_AIRFLOW_HEADERS')?.value;
  return value === undefined ? undefined : JSON.parse(value);
}

test.each([V3_3, V2_11])('only pages of the same site may frame the UI of %s', version => {
  expect(headersOf({ version })).toEqual(DEFAULTS);
});

test('only what serves the UI sends the headers', () => {
  const props = { executor: Executor.celery({ flower: {} }), apiServer: { executionApi: {} } };
  expect(['execution-api', 'worker', 'scheduler', 'flower'].map(component => headersOf(props, component))).toEqual(Array(4).fill(undefined));
});

test('other headers join the defaults, replace them in any case, or leave them out', () => {
  const hsts = { 'Strict-Transport-Security': 'max-age=31536000; includeSubDomains' };
  const framed = { 'x-frame-options': '', 'Content-Security-Policy': 'frame-ancestors https://portal.example.com' };
  expect(headersOf({ ui: { headers: hsts } })).toEqual({ ...DEFAULTS, ...hsts });
  expect(headersOf({ ui: { headers: framed } })).toEqual({
    'Content-Security-Policy': framed['Content-Security-Policy'], 'Referrer-Policy': 'same-origin', 'X-Content-Type-Options': 'nosniff',
  });
});

describe('a session ends', () => {
  const ui = { sessionLifetime: Duration.hours(8) };

  test('in 3.x with the token, and with the login of FAB, which would give a new one', () => {
    const { config } = airflowChart({ ui }).airflow;
    expect([config.get('api_auth', 'jwt_expiration_time'), config.get('fab', 'session_lifetime_minutes')]).toEqual(['28800', '480']);
    expect(config.get('execution_api', 'jwt_expiration_time')).toBe(airflowChart().airflow.config.get('execution_api', 'jwt_expiration_time'));
  });

  test('in 2.x with the cookie', () => {
    expect(airflowChart({ ui, version: V2_11 }).airflow.config.get('webserver', 'session_lifetime_minutes')).toBe('480');
  });

  test('as Airflow says, unless the program says when', () => {
    const { config } = airflowChart().airflow;
    expect([config.get('api_auth', 'jwt_expiration_time'), config.get('fab', 'session_lifetime_minutes')]).toEqual([undefined, undefined]);
  });
});

test('the configuration is hidden from users, as Airflow has it', () => {
  expect(airflowChart().airflow.config.get('api', 'expose_config')).toBeUndefined();
});

describe('wrong', () => {
  const headers = (given: UiOptions['headers'], more: AirflowChartProps = {}) => ({ ui: { headers: given }, ...more });
  const lifetime = (sessionLifetime: Duration) => ({ ui: { sessionLifetime } });
  const LIFETIME = "'ui.sessionLifetime' must be a whole number of minutes of at least 1, got";

  test.each<[AirflowChartProps, string]>([
    [lifetime(Duration.seconds(30)), `${LIFETIME} 30 seconds; Airflow counts sessions in minutes`],
    [lifetime(Duration.seconds(90)), `${LIFETIME} 90 seconds; Airflow counts sessions in minutes`],
    [lifetime(Duration.millis(60500)), `${LIFETIME} 60.5 seconds; Airflow counts sessions in minutes`],
    [{ ...lifetime(Duration.hours(1)), config: { api_auth: { jwt_expiration_time: '60' } } },
      "'config.api_auth.jwt_expiration_time' cannot be set, got '60'; 'ui.sessionLifetime' decides it"],
    [{ ...lifetime(Duration.hours(1)), version: V2_11, config: { webserver: { session_lifetime_minutes: '60' } } },
      "'config.webserver.session_lifetime_minutes' cannot be set, got '60'; 'ui.sessionLifetime' decides it"],
    [{ version: V2_11, config: { webserver: { x_frame_enabled: 'False' } } },
      "'config.webserver.x_frame_enabled' cannot be set, got 'False'; 'ui.headers' decides it: 'X-Frame-Options' says who may frame the UI"],
    [headers({ 'X Frame': 'DENY' }), "'ui.headers' must have names of letters, digits and '-', got 'X Frame'"],
    [headers({ 'X-Frame-Options': 'DENY', 'x-frame-options': 'DENY' }),
      "'ui.headers' must have each header once, got 'x-frame-options' again, since upper and lower case are the same; leave one of them out"],
    [headers({ 'Content-Type': 'text/html' }), "'ui.headers' must not have 'Content-Type', which differs between responses; leave it out"],
    [headers({ 'Access-Control-Allow-Origin': 'https://a.example.com' }),
      "'ui.headers' must not have 'Access-Control-Allow-Origin', which depends on the request; set 'config.api.access_control_allow_origins' and its like"],
    [headers({ 'X-Frame-Options': 'ALLOW-FROM https://a' }), "'ui.headers': 'X-Frame-Options' must be SAMEORIGIN or DENY, got 'ALLOW-FROM https://a'; "
      + "for other sites, leave it empty and set 'frame-ancestors' of 'Content-Security-Policy'"],
    [headers({ 'X-Content-Type-Options': 'on' }), "'ui.headers': 'X-Content-Type-Options' must be nosniff, got 'on'; leave it empty for none"],
    [headers({ 'Strict-Transport-Security': '31536000' }),
      "'ui.headers': 'Strict-Transport-Security' must be like 'max-age=31536000; includeSubDomains', got '31536000'"],
    [headers({ 'Strict-Transport-Security': 'max-age=60' }, { url: 'http://airflow.example.com' }),
      "'ui.headers': 'Strict-Transport-Security' works only with https, but 'url' is 'http://airflow.example.com'; leave it out, or use an https URL"],
    [headers({ 'Referrer-Policy': 'no-referrer\r\nSet-Cookie: a=b' }),
      "'ui.headers': 'Referrer-Policy' must be one line of ASCII without blanks around it, got \"no-referrer\\r\\nSet-Cookie: a=b\""],
    [headers({ 'X-Team': 'Überblick' }), "'ui.headers': 'X-Team' must be one line of ASCII without blanks around it, got \"Überblick\""],
    [headers({ 'Content-Security-Policy': 'report-uri https://user:hunter2@example.com' }),
      "'ui.headers': 'Content-Security-Policy' would show a password to every browser; leave it out"],
  ])('fails with %j', (props, message) => {
    expect(building(props)).toThrow(new Error(`test/airflow: ${message}`));
  });

  test('fails with all mistakes at once', () => {
    expect(building({ ui: { sessionLifetime: Duration.seconds(0), headers: { Date: 'now' } } })).toThrow(new Error([
      'test/airflow: 2 mistakes:',
      `  ${LIFETIME} 0 seconds; Airflow counts sessions in minutes`,
      "  'ui.headers' must not have 'Date', which differs between responses; leave it out",
    ].join('\n')));
  });

  test.each<AirflowChartProps>([
    lifetime(Duration.days(365)),
    { ...lifetime(Duration.minutes(1)), config: { api_auth: { jwt_cli_expiration_time: '600' } } },
    { version: V2_11, config: { webserver: { session_lifetime_minutes: '60' } } },
    headers({ 'Strict-Transport-Security': 'max-age=63072000; includeSubDomains; preload', 'Permissions-Policy': 'camera=(), geolocation=()' }),
    headers({ 'X-Frame-Options': 'deny', 'Content-Security-Policy': "default-src 'self'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'" }),
    headers({ 'Strict-Transport-Security': 'max-age=0' }, { url: 'https://airflow.example.com' }),
    { ui: {} },
  ])('but not %j', props => {
    expect(building(props)).not.toThrow();
  });
});
