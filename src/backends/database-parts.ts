import { DatabaseLoginOptions, DatabaseOptions, DatabasePoolOptions, PostgresDatabaseOptions } from './database-options';
import { ConfigOption, own } from '../core/answer';
import { DatabaseParts, Part } from '../core/database-parts';
import { run } from '../core/scripts';
import { checkPostgresTls } from '../core/tls-files';
import { EnvVar } from '../kubernetes/pod';
import { gather, Problems } from '../kubernetes/problems';
import { SecretKey } from '../kubernetes/secret-key';
import { PostgresSslMode, PostgresTlsOptions } from '../kubernetes/tls';
import { checkAtLeast, checkPort, checkSeconds } from '../kubernetes/validate';

/** The variable of the connection URL. */
export const CONNECTION = 'AIRFLOW__DATABASE__SQL_ALCHEMY_CONN';
/** The beginning of the variables that python/database_url.py reads. */
export const PREFIX = 'AIRFLOW_DATABASE_';
const PORT = 5432;
/** The longest name in Postgres, in bytes. */
const LONGEST = 63;
/** Addresses of the pod itself, at which a proxy logs in to the database. */
const OWN_POD = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/** The parts of the connection, with all defaults filled in. */
export function partsOf(options: PostgresDatabaseOptions): DatabaseParts {
  const { password, token } = options;
  const tls = tlsOf(options);
  return {
    host: { value: options.host, key: options.hostKey },
    port: { value: options.portKey === undefined ? `${options.port ?? PORT}` : undefined, key: options.portKey },
    name: { value: options.name, key: options.nameKey },
    user: { value: options.user, key: options.userKey },
    password,
    token: password === undefined ? token?._bind() : undefined,
    sslMode: tls === undefined ? 'prefer' : tls.mode ?? PostgresSslMode.VERIFY_FULL,
    ownCa: tls?.ca !== undefined,
    clientCertificate: tls?.clientCertificate !== undefined,
    ownPod: options.host !== undefined && OWN_POD.test(options.host),
  };
}

/** A token is as good as a password for its life, so the server that gets it must be the right one. */
export function tlsOf({ tls, token }: PostgresDatabaseOptions): PostgresTlsOptions | undefined {
  return tls ?? (token === undefined ? undefined : {});
}

/** TLS for every driver: psycopg 2, psycopg 3 and asyncpg read these variables. asyncpg cannot read the same parameters in the URL. */
export function tlsEnv(parameters: { readonly [parameter: string]: string }): EnvVar[] {
  return Object.entries(parameters).map(([name, value]) => ({ name: `PG${name.toUpperCase()}`, value }));
}

/**
 * The command with which an option of Airflow gets the URL of the parts.
 *
 * @param option the variable of the option
 * @param urlArguments the driver, and the pool of PgBouncer if it is not the one for metadata
 */
export function urlCommand(option: string, ...urlArguments: string[]): EnvVar {
  return { name: `${option}_CMD`, value: run('database_url.py', ...urlArguments).join(' ') };
}

/** The environment variables of the parts, which python/database_url.py reads. */
export function partsEnv(
  { host, port, name, user, password }: DatabaseParts,
  { connectTimeout, token }: Pick<PostgresDatabaseOptions, 'connectTimeout' | 'token'>,
): EnvVar[] {
  return [
    variable('HOST', host),
    variable('PORT', port),
    variable('NAME', name),
    variable('USER', user),
    ...(password === undefined ? [] : [variable('PASSWORD', { key: password })]),
    ...(token === undefined || password !== undefined ? [] : token._bind().env),
    ...(connectTimeout === undefined ? [] : [variable('CONNECT_TIMEOUT', { value: `${connectTimeout.toSeconds()}` })]),
  ];
}

function variable(name: string, { value, key }: Part): EnvVar {
  return key === undefined ? { name: `${PREFIX}${name}`, value } : key._variable(`${PREFIX}${name}`);
}

/** The options of `airflow.cfg` that the pool decides. */
export function poolOptions({ enabled, size, overflow, recycle, prePing }: DatabasePoolOptions = {}): ConfigOption[] {
  const values = {
    sql_alchemy_pool_enabled: enabled === undefined ? undefined : titled(enabled),
    sql_alchemy_pool_size: size?.toString(),
    sql_alchemy_max_overflow: overflow?.toString(),
    sql_alchemy_pool_recycle: recycle?.toSeconds().toString(),
    sql_alchemy_pool_pre_ping: prePing === undefined ? undefined : titled(prePing),
  };
  return Object.entries(values).flatMap(([option, value]) =>
    value === undefined ? [] : [own('database', option, value, "'pool' of 'database'")],
  );
}

function titled(value: boolean): string {
  return value ? 'True' : 'False';
}

/** Throws for options that every existing database has. */
export function checkDatabase({ schema, pool = {} }: DatabaseOptions, more?: (problems: Problems) => void): void {
  gather(undefined, problems => {
    more?.(problems);
    // The scripts quote the name, as SQLAlchemy does where necessary.
    if (schema !== undefined && !/^[A-Za-z_][\w$-]{0,62}$/.test(schema)) {
      problems.add(`'schema' must be the name of a schema, of at most 63 letters, digits, '_', '$' and '-', got '${schema}'`);
    }
    problems.check(() => checkAtLeast(undefined, 'pool.size', pool.size, 0));
    problems.check(() => checkAtLeast(undefined, 'pool.overflow', pool.overflow, -1));
    problems.check(() => checkSeconds(undefined, 'pool.recycle', pool.recycle, 1));
    const idle = (['size', 'overflow', 'recycle', 'prePing'] as const).find(member => pool[member] !== undefined);
    if (pool.enabled === false && idle !== undefined) {
      problems.add(`'pool.${idle}' describes connections that a process keeps, but 'pool.enabled' is false; leave one of them out`);
    }
  });
}

/** Throws for parts that make no connection. */
export function checkParts(options: PostgresDatabaseOptions): void {
  checkDatabase(options, problems => {
    checkHost(problems, options);
    one(problems, 'name', options.name, options.nameKey);
    checkName(problems, 'name', options.name);
    problems.check(() => checkPort(undefined, 'port', options.port));
    if (options.port !== undefined && options.portKey !== undefined) { problems.add(twice('port', options.port)); }
    checkUser(problems, '', options);
    checkPassword(problems, options);
    if (options.migrateAs !== undefined) { checkMigrateAs(problems, options, options.migrateAs); }
    problems.check(() => checkPostgresTls('tls', options.tls));
    problems.check(() => checkSeconds(undefined, 'connectTimeout', options.connectTimeout, 2));
  });
}

function checkHost(problems: Problems, { host, hostKey, port }: PostgresDatabaseOptions): void {
  one(problems, 'host', host, hostKey);
  if (host === undefined) { return; }
  const allowed = "'host' must be one DNS name or IP address";
  if (/:\/\/|@/.test(host)) {
    // It is not repeated, because a URL often has a password in it.
    problems.add(`${allowed}, got a URL; give its parts, or use Database.fromSecret() for a URL in a Secret`);
  } else if (host.startsWith('/')) {
    problems.add(`${allowed}, got '${host}'; Airflow cannot use a socket with all of its drivers, so let the proxy listen on a port`);
  } else if (host.includes(',')) {
    problems.add(`${allowed}, got '${host}'; name the one that leads to the primary, or use Database.fromSecret() for a URL with several`);
  } else if (/^[^:]+:\d+$/.test(host)) {
    problems.add(`${allowed}, got '${host}'${port === undefined ? "; give 'port' for the number after the colon" : ''}`);
  } else if (!/^([\w]([\w.-]*[\w.])?|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)$/.test(host)) {
    problems.add(`${allowed}, an IPv6 address without brackets, got '${host}'`);
  }
}

function checkUser(problems: Problems, prefix: string, { user, userKey }: DatabaseLoginOptions): void {
  one(problems, `${prefix}user`, user, userKey);
  checkName(problems, `${prefix}user`, user);
}

function checkPassword(problems: Problems, options: PostgresDatabaseOptions): void {
  const { ownPod, clientCertificate } = partsOf(options);
  if (options.token !== undefined) { return checkToken(problems, options, ownPod); }
  if (options.password === undefined && !clientCertificate && !ownPod) {
    problems.add("'password' or 'token' must be set; "
      + "without them, only a server that trusts 'tls.clientCertificate', or a proxy in the pod at the 'host' 127.0.0.1, lets Airflow in");
  }
}

function checkToken(problems: Problems, { password, token, tls, user }: PostgresDatabaseOptions, ownPod: boolean): void {
  if (password !== undefined) { problems.add("'password' and 'token' exclude each other; leave one of them out"); }
  if (ownPod) { problems.add("'token' is for a server, but the proxy in the pod at the 'host' logs in by itself; leave out 'token'"); }
  if (tls?.mode === PostgresSslMode.REQUIRE) {
    problems.add(
      "'tls.mode' must be verify-full, or verify-ca beside 'ca', with 'token', got 'require'; any server in between could take the token",
    );
  }
  const suffix = '.gserviceaccount.com';
  if (user?.endsWith(suffix) && token!._bind().cloud === 'Google Cloud') {
    problems.add(`'user' must be the address of the service account without '${suffix}', as Cloud SQL names it, got '${user}'`);
  }
}

function checkMigrateAs(problems: Problems, { user, userKey, password }: PostgresDatabaseOptions, login: DatabaseLoginOptions): void {
  checkUser(problems, 'migrateAs.', login);
  const same = login.user !== undefined ? login.user === user : login.userKey !== undefined && sameKey(login.userKey, userKey);
  if (same) {
    problems.add("'migrateAs.user' must be another user than 'user', got "
      + `${login.user === undefined ? 'the same key of a Secret' : `'${login.user}'`}; leave 'migrateAs' out`);
  }
  if (password !== undefined && login.password === undefined) {
    problems.add("'migrateAs.password' must be set, since the other user has a 'password' as well");
  }
}

function sameKey({ secretName, key }: SecretKey, other: SecretKey | undefined): boolean {
  return other !== undefined && other.secretName === secretName && other.key === key;
}

/** Throws unless there is a value or a key, but not both. */
function one(problems: Problems, prop: string, value: string | undefined, key: SecretKey | undefined): void {
  if (value !== undefined && key !== undefined) { problems.add(twice(prop, value)); }
  if (value === undefined && key === undefined) { problems.add(`'${prop}' must be set, or '${prop}Key' if a Secret holds it`); }
}

function twice(prop: string, value: string | number): string {
  return `'${prop}' is '${value}', but '${prop}Key' takes it from a Secret; leave one of them out`;
}

/** Throws for a name that Postgres or a URL of SQLAlchemy cannot have. Kubernetes would replace $(NAME) by a variable. */
function checkName(problems: Problems, prop: string, value: string | undefined): void {
  if (value === undefined) { return; }
  const forbidden = /[\x00-\x1f\x7f?]|\$\(/.test(value);
  if (value.trim() === '' || forbidden || Buffer.byteLength(value) > LONGEST) {
    problems.add(`'${prop}' must be a name of 1 to ${LONGEST} bytes without '?', '$(' and line breaks, got ${JSON.stringify(value)}`);
  }
}
