import { Conversion, secretKeyOf } from './conversion';
import { convertPgBouncer, inClusterDatabase, sslMode } from './convert-stores';
import { call, Expr, lit, Literal, Maybe, struct } from './program';

/** The metadata database, PgBouncer and the keys of Airflow. */
export function convertData(conversion: Conversion): void {
  const database = databaseOf(conversion);
  if (database !== undefined) {
    conversion.props.builder.put(
      'database',
      database,
      ['data', 'data.metadataConnection', 'data.metadataSecretName'].flatMap(key => conversion.commentsOf(key)),
    );
  }
  convertPgBouncer(conversion);
  convertKeys(conversion);
}

function databaseOf(conversion: Conversion): Maybe<Expr> {
  const { values } = conversion;
  const secret = values.given('data.metadataSecretName');
  const of = (name: string) =>
    conversion.references.get(`AIRFLOW__DATABASE__${name}`) ?? conversion.references.get(`AIRFLOW__CORE__${name}`);
  const pool = poolOf(conversion);
  if (secret !== undefined) {
    const isPooled = values.effective('pgbouncer.enabled') === true;
    conversion.line('data.metadataSecretName', isPooled ? 'decision' : 'prop', isPooled
      ? `database: the URL in the Secret '${String(secret)}' names the chart's PgBouncer; the library needs the URL of the database `
        + 'behind it, in a Secret of its own'
      : 'database: Database.fromSecret()');
    return call('Database.fromSecret', secretKeyOf(String(secret), 'connection'), pool);
  }
  const command = of('SQL_ALCHEMY_CONN_CMD') as Literal | undefined;
  if (command !== undefined) { return call('Database.fromCommand', command, pool); }
  const backend = of('SQL_ALCHEMY_CONN_SECRET');
  if (backend !== undefined) { return call('Database.fromSecretsBackend', backend, pool); }
  const url = of('SQL_ALCHEMY_CONN');
  if (url !== undefined) { return call('Database.fromSecret', url, pool); }
  return connection(conversion, pool);
}

/** The options of the pool of SQLAlchemy. */
function poolOf(conversion: Conversion): Maybe<Expr> {
  const members = ([['sql_alchemy_pool_size', 'size'], ['sql_alchemy_max_overflow', 'overflow']] as const).flatMap(([option, member]) => {
    const found = ['database', 'core'].map(section => conversion.options.take(`${section}.${option}`)).find(other => other !== undefined);
    if (found === undefined || Number.isNaN(Number(found.value))) { return []; }
    conversion.line(found.key, 'prop', `database: pool.${member}`);
    return [[member, lit(Number(found.value))]];
  });
  return members.length === 0
    ? undefined
    : struct('SecretDatabaseOptions', { pool: struct('DatabasePoolOptions', Object.fromEntries(members) as { [name: string]: Expr }) });
}

function connection(conversion: Conversion, pool: Maybe<Expr>): Maybe<Expr> {
  const { values } = conversion;
  const at = (name: string) => `data.metadataConnection.${name}`;
  const given = (name: string) => values.given(at(name));
  if (given('host') === undefined && values.effective('postgresql.enabled') !== false) {
    for (const name of ['user', 'pass', 'db', 'port', 'sslmode', 'protocol']) {
      if (given(name) !== undefined) {
        conversion.line(at(name), 'better', 'the library makes the login of its own Postgres in the cluster');
      }
    }
    return inClusterDatabase(conversion);
  }
  if (given('host') === undefined) {
    conversion.line(
      'postgresql.enabled',
      'decision',
      'the database runs elsewhere, but the values do not say where; set Database.postgres() or Database.fromSecret()',
    );
    return call('Database.fromSecret', secretKeyOf(conversion.secretName('database'), 'connection'));
  }
  for (const key of ['postgresql.enabled', ...['host', 'port', 'db', 'user', 'protocol', 'sslmode'].map(at)]) {
    if (values.given(key) !== undefined) { conversion.line(key, 'prop', 'database: Database.postgres()'); }
  }
  const protocol = String(values.effective(at('protocol')));
  if (!protocol.startsWith('postgresql')) {
    const [user, database] = ['user', 'db'].map(name => String(values.effective(at(name))));
    const text = `the URL '${protocol}://${user}:<password>@${String(given('host'))}/${database}'`;
    const url = conversion.secret(at('pass'), 'database', 'connection', text);
    conversion.line(at('protocol'), 'prop', 'database: Database.fromSecret()');
    return call('Database.fromSecret', url, pool);
  }
  const mode = String(values.effective(at('sslmode')));
  if (/^verify/.test(mode)) {
    conversion.line(at('sslmode'), 'decision', `database: '${mode}' needs the certificate of the authority: set 'tls.ca' to `
      + 'CertificateAuthority.fromSecret() or fromConfigMap(); the program has \'require\'');
  }
  const port = Number(values.effective(at('port')));
  return call('Database.postgres', struct('PostgresDatabaseOptions', {
    host: lit(String(given('host'))),
    port: port === 5432 ? undefined : lit(port),
    name: lit(String(values.effective(at('db')))),
    user: lit(String(values.effective(at('user')))),
    password: conversion.secret(at('pass'), 'database', 'password', "the password of 'data.metadataConnection.pass'"),
    tls: sslMode(/^verify/.test(mode) ? 'require' : mode),
    pool: pool?.kind === 'struct' ? pool.members[0].value : undefined,
  }));
}

/** The variable of the version comes first. */
const SESSION = ['AIRFLOW__API__SECRET_KEY', 'AIRFLOW__WEBSERVER__SECRET_KEY'];
const KEYS = [
  { prop: 'fernetKey', literal: 'fernetKey', secret: 'fernetKeySecretName', key: 'fernet-key', variables: ['AIRFLOW__CORE__FERNET_KEY'] },
  {
    prop: 'jwtSecret',
    major: 3,
    literal: 'jwtSecret',
    secret: 'jwtSecretName',
    key: 'jwt-secret',
    variables: ['AIRFLOW__API_AUTH__JWT_SECRET'],
  },
  { prop: 'secretKey', major: 3, literal: 'apiSecretKey', secret: 'apiSecretKeySecretName', key: 'api-secret-key', variables: SESSION },
  {
    prop: 'secretKey',
    major: 2,
    literal: 'webserverSecretKey',
    secret: 'webserverSecretKeySecretName',
    key: 'webserver-secret-key',
    variables: [...SESSION].reverse(),
  },
] as const;

/** Keys that Airflow signs and encrypts with. */
function convertKeys(conversion: Conversion): void {
  const { values } = conversion;
  for (const { prop, literal, secret, key, variables, ...rest } of KEYS) {
    const given = [literal, secret].filter(name => values.given(name) !== undefined);
    if ('major' in rest && (rest.major === 3) !== conversion.isAirflow3) {
      for (const name of given) { conversion.line(name, 'left out', `Airflow ${conversion.facts.airflow} has no such key`); }
      continue;
    }
    const variable = variables.map(name => conversion.references.get(name)).find(found => found !== undefined);
    const reference =
      values.given(secret) !== undefined
        ? secretKeyOf(String(values.given(secret)), key)
        : (variable
          ?? (values.given(literal) === undefined
            ? undefined
            : conversion.secret(literal, 'keys', key, `the text of '${literal}'`)));
    if (reference === undefined) { continue; }
    conversion.keys.set(prop, reference);
    for (const name of given.filter(other => other !== literal)) {
      conversion.line(name, 'prop', `secrets: AirflowSecrets.fromSecrets({ ${prop} })`);
    }
    if (given.includes(literal) && (given.length > 1 || variable !== undefined)) {
      conversion.line(literal, 'left out', 'a Secret replaces it');
    }
  }
}

/** Puts the keys into the program, when all who know of one have said so. */
export function putKeys({ keys, props }: Conversion): void {
  if (keys.size === 0) { return; }
  const fernet = keys.get('fernetKey');
  props.builder.put('secrets', call('AirflowSecrets.fromSecrets', struct('GivenKeysOptions', {
    fernetKey: fernet && struct(undefined, { current: fernet }), jwtSecret: keys.get('jwtSecret'), secretKey: keys.get('secretKey'),
  })));
}
