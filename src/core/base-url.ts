import { Construct } from 'constructs';
import { AirflowVersion } from './airflow-version';
import { ConfigOption, byDefault, own } from './answer';
import { checkUrl, failure } from '../kubernetes/validate';

const LIKE = 'https://airflow.example.com or https://example.com/airflow, without a login or a query';

/** The public URL of a web component, and the number of proxies in front of it. */
export class BaseUrl {
  public readonly scheme: 'http' | 'https';
  /** The host, with the port if it is not the default port of the scheme. */
  public readonly host: string;
  /** The host without a port; an IPv6 address without its brackets. */
  public readonly hostname: string;
  /** The path prefix, without a slash at its end; empty for the root. */
  public readonly path: string;

  /** @throws when the text is not the URL of a server with an optional path */
  constructor(scope: Construct, prop: string, text: string, public readonly trustedProxies: number) {
    checkUrl(scope, prop, text, LIKE, /^[^?#$]*$/);
    // The parser resolves '..', so the path is taken from the text.
    const path = text.replace(/^https?:\/\/[^/]+/, '').replace(/\/$/, '');
    if (!/^(\/[\w~-][\w.~-]*)*$/.test(path)) {
      throw failure(scope, `'${prop}' must have a path of letters, digits, '.', '_', '~' and '-' between single slashes, got '${text}'`);
    }
    const { protocol, host, hostname } = new URL(text);
    this.scheme = protocol === 'https:' ? 'https' : 'http';
    this.host = host;
    this.hostname = hostname.replace(/^\[(.*)\]$/, '$1');
    this.path = path;
  }

  /** The URL without a slash at its end. Airflow 2 refuses one. */
  public get text(): string {
    return `${this.scheme}://${this.host}${this.path}`;
  }
}

/** The path for which browsers keep the log-in to Airflow 3. Before 3.1.8 they keep it for the whole host. */
export function loginPath({ major, minor, patch }: AirflowVersion, url: BaseUrl | undefined): string {
  const scoped = major > 3 || minor > 1 || (minor === 1 && patch >= 8);
  return scoped && url !== undefined && url.path !== '' ? url.path : '/';
}

/**
 * The line of `webserver_config.py` by which browsers keep the session of Airflow 2 for the path of the URL. Airflow 2 has no option for
 * it, and two instances behind one host would end each other's sessions.
 */
export function sessionPath({ isAirflow3 }: AirflowVersion, url: BaseUrl | undefined): string {
  if (isAirflow3 || url === undefined || url.path === '') { return ''; }
  return `SESSION_COOKIE_PATH = globals().get("SESSION_COOKIE_PATH", "${url.path}")\n`;
}

/**
 * The options of Flask, which serves all of Airflow 2 and the login of FAB in Airflow 3: cookies that browsers send only over https, and
 * the headers in which proxies pass on the address and the scheme of the client.
 */
export function flaskOptions(section: 'fab' | 'webserver', url: BaseUrl | undefined): ConfigOption[] {
  if (url === undefined) { return []; }
  const { scheme, trustedProxies } = url;
  return [
    own(section, 'cookie_secure', scheme === 'https' ? 'True' : 'False', "'url'"),
    own(section, 'enable_proxy_fix', trustedProxies > 0 ? 'True' : 'False', "'ui.trustedProxies'"),
    own(section, 'proxy_fix_x_for', `${trustedProxies}`, "'ui.trustedProxies'"),
    // Each proxy appends to X-Forwarded-For, but replaces X-Forwarded-Proto or passes it on.
    byDefault(section, 'proxy_fix_x_proto', '1'),
    // Proxies keep the Host of the request, and do not cut off the prefix. A client could write the other headers by itself.
    ...['host', 'port', 'prefix'].map(header => byDefault(section, `proxy_fix_x_${header}`, '0')),
  ];
}
