import { DRIVER } from './driver';
import { describe, python, test, withFiles } from './python';

const ENV = {
  AIRFLOW_DATABASE_HOST: 'db.example.com',
  AIRFLOW_DATABASE_PORT: '5432',
  AIRFLOW_DATABASE_NAME: 'airflow',
  AIRFLOW_DATABASE_USER: 'me',
  AIRFLOW_DATABASE_TOKEN_SOURCE: 'aws-rds-iam',
  AIRFLOW_DATABASE_TOKEN_REGION: 'eu-central-1',
};

/** A cloud whose tokens last 900 seconds, or that fails; a clock that the test moves; the script runs in this process. */
const CLOUD = `
import database_token, os, sys, types
now, asked, broken = [1000.0], [], []
database_token.time = types.SimpleNamespace(time=lambda: now[0])
database_token.signal = types.SimpleNamespace(alarm=lambda seconds: None, signal=lambda *_: None, SIGALRM=None)
def fetch():
    asked.append(now[0])
    if broken: raise broken[0]
    return f"token-{len(asked)}", now[0] + 900
database_token.fetch = fetch
def start():
    status = database_token.main()
    return types.SimpleNamespace(wait=lambda timeout: status)
database_token._start = start
def at(seconds):
    now[0] = 1000.0 + seconds
    try: return database_token.token()
    except database_token.TokenError as error: return f"failed: {error}"
`;

function tokens(code: string, env: { [name: string]: string } = ENV): { value: unknown; printed: string[] } {
  return withFiles({ x: '' }, folder => python(`${CLOUD}\ndatabase_token.FILE = "${folder}/token"\n${code}`, env));
}

describe('a token', () => {
  test('serves until it ends soon; then the old one serves once more while a new one is fetched', () => {
    expect(tokens('answer([[at(s) for s in (0, 1, 599, 601, 602, 1200, 1202)], [a - 1000 for a in asked]])').value).toEqual([
      ['token-1', 'token-1', 'token-1', 'token-1', 'token-2', 'token-2', 'token-2'], [0, 601, 1202],
    ]);
  });

  test('that has ended is fetched before it is used', () => {
    expect(tokens('answer([at(0), at(2000), at(2001)])').value).toEqual(['token-1', 'token-2', 'token-2']);
  });

  test('is in a file that nobody else reads', () => {
    expect(tokens('at(0)\nanswer([oct(os.stat(database_token.FILE).st_mode & 0o777), len(os.listdir(os.path.dirname(database_token.FILE)))])').value).toEqual(['0o600', 3]);
  });

  test('is not that of another user of the database', () => {
    expect(tokens('first = at(0)\nos.environ["AIRFLOW_DATABASE_USER"] = "owner"\nanswer([first, at(1)])').value).toEqual(['token-1', 'token-2']);
  });

  test('serves for as long as it is valid where no new one can be had; the cloud is asked every 15 seconds', () => {
    const { value } = tokens('first = at(0)\nbroken.append(ValueError("away\\n  for now"))\nanswer([first, [at(s) for s in (601, 602, 610, 617, 880)], at(891), [a - 1000 for a in asked]])');
    expect(value).toEqual(['token-1', Array(5).fill('token-1'), 'failed: no token for the database: ValueError: away for now', [0, 601, 617, 880]]);
  });

  test('comes back after a failure', () => {
    const { value } = tokens('broken.append(ValueError("away"))\nfirst = at(0)\nbroken.clear()\nanswer([first, at(1), at(16), len(asked)])');
    expect(value).toEqual([...Array<string>(2).fill('failed: no token for the database: ValueError: away'), 'token-2', 2]);
  });

  test('fails where the service does not answer in time', () => {
    const { value } = tokens(`import subprocess
def wait(timeout): raise subprocess.TimeoutExpired("x", timeout)
database_token._start = lambda: types.SimpleNamespace(wait=wait)
answer(at(0))`);
    expect(value).toBe("failed: no token for the database: the cloud's token service did not answer within 25 s");
  });

  test('fails where the process that fetches it was killed', () => {
    expect(tokens('database_token._start = lambda: types.SimpleNamespace(wait=lambda timeout: -9)\nanswer(at(0))').value).toBe(
      'failed: no token for the database: database_token.py ended with -9');
  });

  test('fails where it has ended already, as clocks that differ have it', () => {
    expect(tokens('database_token.fetch = lambda: ("old", now[0] - 1)\nanswer(at(0))').value).toBe(
      'failed: no token for the database: the one that the cloud gave has ended already; are the clocks right?');
  });

  test('is dropped where the database refuses it, unless it is new', () => {
    const code = (age: number) => `first = at(0)\nnow[0] += ${age}\ndatabase_token.forget()\nanswer([first, at(${age} + 1)])`;
    expect(tokens(code(30)).value).toEqual(['token-1', 'token-1']);
    expect(tokens(code(61)).value).toEqual(['token-1', 'token-2']);
  });
});

describe('the drivers', () => {
  test('get the token, asyncpg a function that fetches it beside its loop', () => {
    const { value } = tokens(`import asyncio
class OperationalError(Exception): pass
dialect = lambda name: types.SimpleNamespace(driver=name, dbapi=types.SimpleNamespace(OperationalError=OperationalError))
answer([database_token.password(dialect("psycopg2")), database_token.password(dialect("psycopg")), asyncio.run(database_token.password(dialect("asyncpg"))())])`);
    expect(value).toEqual(['token-1', 'token-1', 'token-1']);
  });

  test('fail as if the database were away', () => {
    const { value } = tokens(`broken.append(ValueError("away"))
class OperationalError(Exception): pass
try: database_token.password(types.SimpleNamespace(driver="psycopg2", dbapi=types.SimpleNamespace(OperationalError=OperationalError)))
except OperationalError as error: answer(str(error))`);
    expect(value).toBe('no token for the database: ValueError: away');
  });

  test('of the scripts get it too, and do not ask Airflow where it is refused', () => {
    const { value } = tokens(`${DRIVER}
import metadata_db
driver.connect = lambda **options: options["password"]
dropped = []
database_token.forget = lambda: dropped.append(True)
first = metadata_db.connect()
refused = metadata_db.refused(OperationalError("FATAL:  PAM authentication failed"))
broken.append(ValueError("away"))
os.unlink(database_token.FILE)
try: metadata_db.connect()
except OperationalError as error: answer([first, refused, dropped, str(error), metadata_db.refused(error)])`);
    expect(value).toEqual(['token-1', false, [true], 'no token for the database: ValueError: away', false]);
  });
});

describe('the clouds', () => {
  const module = (name: string, members: string) => `sys.modules["${name}"] = types.SimpleNamespace(${members})\n`;

  function fetched(provider: string, modules: string, env: { [name: string]: string } = {}): unknown {
    const { value } = python(`import database_token, datetime, os, sys, types
database_token.time = types.SimpleNamespace(time=lambda: 1000.0)
seen = []
${modules}
try: answer([*database_token.fetch(), seen])
except database_token.TokenError as error: answer(str(error))`, { ...ENV, AIRFLOW_DATABASE_TOKEN_SOURCE: provider, ...env });
    return value;
  }

  /** boto3, whose keys end at a time. */
  const boto = (end: string) => `
class Keys: _expiry_time = ${end}
class Session:
    def __init__(self, **options): seen.append(options["region_name"])
    def get_credentials(self): return ${end === 'missing' ? 'None' : 'Keys()'}
    def client(self, name): return types.SimpleNamespace(generate_db_auth_token=lambda **options: [name, options])
${module('boto3', 'Session=Session')}${module('botocore', '')}${module('botocore.config', 'Config=lambda **options: None')}
${module('botocore.session', 'get_session=lambda: types.SimpleNamespace(set_default_client_config=lambda config: None)')}`;
  const SIGNED = ['rds', { DBHostname: 'db.example.com', Port: 5432, DBUsername: 'me', Region: 'eu-central-1' }];

  test('AWS: boto3 signs, for 15 minutes or as long as its keys last', () => {
    expect(fetched('aws-rds-iam', boto('None'))).toEqual([SIGNED, 1900, ['eu-central-1']]);
    expect(fetched('aws-rds-iam', boto('datetime.datetime.fromtimestamp(1300)'))).toEqual([SIGNED, 1300, ['eu-central-1']]);
    expect(fetched('aws-rds-iam', boto('missing').replace('class Keys: _expiry_time = missing', ''))).toBe(
      'the pod has no identity of AWS: no role is on its service account, or the webhook of EKS did not see the pod');
  });

  const azure = `
class Credential:
    def __init__(self, **options): seen.append(options.get("client_id", "workload"))
    def get_token(self, scope): return types.SimpleNamespace(token=scope, expires_on=4600)
${module('azure', '')}${module('azure.identity', 'ManagedIdentityCredential=Credential, WorkloadIdentityCredential=Credential')}`;

  test.each([
    [{}, 'windows.net', null], [{ AZURE_CLIENT_ID: 'mine' }, 'windows.net', 'mine'], [{ AZURE_FEDERATED_TOKEN_FILE: '/token' }, 'windows.net', 'workload'],
    [{ AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.us/' }, 'usgovcloudapi.net', null], [{ AZURE_AUTHORITY_HOST: 'https://login.chinacloudapi.cn' }, 'chinacloudapi.cn', null],
  ])('Azure: the identity of %j asks for the database in %s', (env, cloud, identity) => {
    expect(fetched('azure-entra', azure, env as { [name: string]: string })).toEqual([`https://ossrdbms-aad.database.${cloud}/.default`, 4600, [identity]]);
  });

  test('Google Cloud: the default credentials are refreshed', () => {
    const google = `
class Credentials:
    token, expiry = "token", datetime.datetime.fromtimestamp(4600, datetime.timezone.utc).replace(tzinfo=None)
    def refresh(self, request): seen.append(request.keywords)
def default(scopes):
    seen.append(scopes)
    return Credentials(), "project"
${['google', 'google.auth.transport'].map(name => module(name, '')).join('')}${module('google.auth', 'default=default')}sys.modules["google"].auth = sys.modules["google.auth"]
${module('google.auth.transport.requests', 'Request=lambda: print')}`;
    expect(fetched('gcp-cloud-sql', google)).toEqual(['token', 4600, [['https://www.googleapis.com/auth/sqlservice.login'], { timeout: 5 }]]);
  });

  test.each([['aws-rds-iam', 'boto3', 'amazon'], ['azure-entra', 'azure', 'microsoft-azure'], ['gcp-cloud-sql', 'google', 'google']])(
    'fails where the image lacks the library of %s', (provider, name, package_) => {
      expect(fetched(provider, `sys.modules["${name}"] = None\nsys.modules["${name}.identity"] = None\nsys.modules["google.auth"] = None`)).toMatch(
        new RegExp(`^the image lacks ${name}[.\\w]*; install apache-airflow-providers-${package_}$`));
    });
});
