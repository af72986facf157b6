import { Duration } from 'cdk8s';
import { Answer, ConfigOption, own } from '../core/answer';
import { BindContext } from '../core/bind-context';
import { isWeb } from '../core/needs';
import { holdsPassword } from '../core/secret-names';
import { checkMembers } from '../kubernetes/members';
import { gather, Problems } from '../kubernetes/problems';

/**
 * How the UI is protected in browsers, and how many proxies it trusts.
 */
export interface UiOptions {
  /**
   * How many proxies stand between the users and the UI, the Ingress controller included. Airflow takes the scheme and the address of a
   * client from the `X-Forwarded-*` headers of that many proxies. Set 0 if clients reach the pods without a proxy that sets these headers.
   *
   * @default - 1 with `url`; 0 without it and with `Exposure.loadBalancer()` and `Exposure.nodePort()`
   */
  readonly trustedProxies?: number;

  /**
   * The time after which users must log in again, in whole minutes. In 2.x and for the login pages of 3.x, it begins with the last
   * request; in 3.x, the token that a login gives is valid for this time, for programs as well.
   *
   * @default - Airflow's own: one day in 3.x, after which FAB gives a new token without a login for 30 days; 30 days in 2.x
   */
  readonly sessionLifetime?: Duration;

  /**
   * HTTP headers of every response of the API server or webserver, in addition to the default headers or instead of them. An empty value
   * leaves a default header out, for example
   * `{ 'X-Frame-Options': '', 'Content-Security-Policy': "frame-ancestors https://portal.example.com" }`.
   *
   * @default - `X-Frame-Options: SAMEORIGIN`, `Content-Security-Policy: frame-ancestors 'self'`, `X-Content-Type-Options: nosniff` and
   * `Referrer-Policy: same-origin`
   */
  readonly headers?: { readonly [name: string]: string };
}

/** The variable with the headers, which `response_headers.py` reads. */
const VARIABLE = 'CDK8S_AIRFLOW_HEADERS';

/** They change nothing for the UI of any version. Airflow 3 shows the pages of FAB and of plugins in frames of its own. */
const DEFAULTS: { readonly [name: string]: string } = {
  'Content-Security-Policy': "frame-ancestors 'self'",
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'SAMEORIGIN',
};

/** Headers that follow from each response, so that a fixed value would break it. */
const OF_A_RESPONSE = [
  'cache-control', 'connection', 'content-encoding', 'content-length', 'content-type', 'date', 'etag', 'keep-alive', 'location', 'server',
  'set-cookie', 'transfer-encoding', 'upgrade', 'vary',
];

/** Answers with the options of the session and with the headers. */
export function bindUi(context: BindContext, options: UiOptions = {}): Answer {
  checkMembers('UiOptions', options, context);
  gather(context, problems => {
    checkLifetime(problems, options.sessionLifetime);
    checkHeaders(problems, context, options.headers ?? {});
  });
  const { version } = context;
  const frames: ConfigOption[] = version.isAirflow3 ? []
    // By its own value, Airflow 2 would set DENY beside the header here.
    : [own('webserver', 'x_frame_enabled', 'True', "'ui.headers'", "'X-Frame-Options' says who may frame the UI")];
  return {
    options: [...frames, ...lifetimeOptions(context, options.sessionLifetime)],
    parts: role => (isWeb(role) ? { env: [{ name: VARIABLE, value: JSON.stringify(headersOf(options.headers)) }] } : {}),
  };
}

/** The login of FAB has a session of its own, which would give a new token without a login. */
function lifetimeOptions({ version, config }: BindContext, lifetime: Duration | undefined): ConfigOption[] {
  if (lifetime === undefined) { return []; }
  const option = (section: string, name: string, value: number) => own(section, name, `${value}`, "'ui.sessionLifetime'");
  if (!version.isAirflow3) { return [option('webserver', 'session_lifetime_minutes', lifetime.toMinutes())]; }
  return [
    option('api_auth', 'jwt_expiration_time', lifetime.toSeconds()),
    ...config._knows('fab', 'session_lifetime_minutes') ? [option('fab', 'session_lifetime_minutes', lifetime.toMinutes())] : [],
  ];
}

function headersOf(given: UiOptions['headers'] = {}): { readonly [name: string]: string } {
  const replaced = Object.keys(given).map(name => name.toLowerCase());
  const kept = Object.entries(DEFAULTS).filter(([name]) => !replaced.includes(name.toLowerCase()));
  return Object.fromEntries([...kept, ...Object.entries(given).filter(([, value]) => value !== '')].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function checkLifetime(problems: Problems, lifetime: Duration | undefined): void {
  const seconds = lifetime?.toSeconds({ integral: false });
  if (seconds !== undefined && (seconds < 60 || seconds % 60 !== 0)) {
    problems.add(
      `'ui.sessionLifetime' must be a whole number of minutes of at least 1, got ${seconds} seconds; Airflow counts sessions in minutes`,
    );
  }
}

function checkHeaders(problems: Problems, context: BindContext, headers: { readonly [name: string]: string }): void {
  const prop = "'ui.headers'";
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (!/^[A-Za-z0-9-]+$/.test(name)) {
      problems.add(`${prop} must have names of letters, digits and '-', got '${name}'`);
    } else if (seen.has(lower)) {
      problems.add(
        `${prop} must have each header once, got '${name}' again, since upper and lower case are the same; leave one of them out`,
      );
    } else if (OF_A_RESPONSE.includes(lower)) {
      problems.add(`${prop} must not have '${name}', which differs between responses; leave it out`);
    } else if (lower.startsWith('access-control-')) {
      problems.add(
        `${prop} must not have '${name}', which depends on the request; set 'config.api.access_control_allow_origins' and its like`,
      );
    } else {
      checkValue(problems, prop, context, name, value);
    }
    seen.add(lower);
  }
}

function checkValue(problems: Problems, prop: string, { _url: url }: BindContext, name: string, value: string): void {
  const at = `${prop}: '${name}'`;
  // A password is looked for first, because the other messages repeat the value.
  if (holdsPassword(value, /^$/g)) {
    problems.add(`${at} would show a password to every browser; leave it out`);
    return;
  }
  if (!/^[\x20-\x7e]*$/.test(value) || value !== value.trim()) {
    problems.add(`${at} must be one line of ASCII without blanks around it, got ${JSON.stringify(value)}`);
    return;
  }
  if (value === '') { return; }
  switch (name.toLowerCase()) {
    case 'x-frame-options':
      if (!/^(DENY|SAMEORIGIN)$/i.test(value)) {
        problems.add(`${at} must be SAMEORIGIN or DENY, got '${value}'; `
          + "for other sites, leave it empty and set 'frame-ancestors' of 'Content-Security-Policy'");
      }
      break;
    case 'x-content-type-options':
      if (value.toLowerCase() !== 'nosniff') { problems.add(`${at} must be nosniff, got '${value}'; leave it empty for none`); }
      break;
    case 'strict-transport-security':
      if (!/^max-age=\d+(; *(includeSubDomains|preload))*$/i.test(value)) {
        problems.add(`${at} must be like 'max-age=31536000; includeSubDomains', got '${value}'`);
      } else if (url?.scheme === 'http') {
        problems.add(`${at} works only with https, but 'url' is '${url.text}'; leave it out, or use an https URL`);
      }
      break;
    default:
  }
}
