import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AirflowApi } from './airflow-api';
import { Authority } from './authority';
import { MountedDags } from './dag-delivery';
import type { Example } from './examples';
import { apply, kubectl } from './kubectl';
import { Manifest } from './manifest';
import { Pending, until } from './poll';
import { createWith, startServer } from './server-pod';
import { waitUntilReady } from './workloads';

const SERVERS = 'airflow-token-cloud';
const HOST = `database.${SERVERS}.svc`;
const LIFE = 120;
const DAG_SECONDS = 600;
/** Everyone who is not in the pod of the database itself needs a token, the administrator included. */
const HBA = `local all all trust
hostssl all all all ldap ldapserver=cloud.${SERVERS}.svc ldapport=3890 ldapprefix="cn=" ldapsuffix=""
`;
const START = 'install -m 600 /etc/tls/tls.key /tmp/tls.key && exec docker-entrypoint.sh postgres -c hba_file=/etc/e2e/pg_hba.conf '
  + '-c ssl=on -c ssl_cert_file=/etc/tls/tls.crt -c ssl_key_file=/tmp/tls.key';

/** A Postgres that takes tokens alone, and the cloud that issues them for 2 minutes. */
class TokenServers extends MountedDags {
  public readonly program = 'test/e2e/programs/database-token.ts';
  public readonly namespaces = [SERVERS];

  constructor(private readonly version: string) {
    super();
  }

  public async prepare(): Promise<{ readonly [name: string]: string }> {
    const authority = await Authority.create('database e2e');
    const { certificate, key } = await authority.issue('serverAuth', HOST);
    const configMap = (name: string, data: object) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: SERVERS }, data });
    await createWith(SERVERS, configMap('cloud', { 'token_cloud.py': readFileSync(join(__dirname, 'servers', 'token_cloud.py'), 'utf8') }),
      configMap('database', { 'pg_hba.conf': HBA }));
    await apply([{
      apiVersion: 'v1', kind: 'Secret', metadata: { name: 'database-tls', namespace: SERVERS }, stringData: { 'tls.crt': certificate, 'tls.key': key },
    }]);
    await startServer({
      namespace: SERVERS,
      name: 'cloud',
      image: 'apache/airflow:3.3.2',
      command: ['python', '-u', '/opt/server/token_cloud.py', `${LIFE}`, 'airflow'],
      ports: { http: 8080, ldap: 3890 },
      folder: '/srv',
      files: { configMap: 'cloud', path: '/opt/server' },
    });
    await startServer({
      namespace: SERVERS,
      name: 'database',
      image: 'postgres:17',
      user: 999,
      command: ['bash', '-c', START],
      env: { POSTGRES_PASSWORD: 'nobody-logs-in-with-it', POSTGRES_DB: 'airflow', PGDATA: '/var/lib/postgresql/data/pgdata' },
      ports: { postgres: 5432 },
      folder: '/var/lib/postgresql/data',
      files: { configMap: 'database', path: '/etc/e2e' },
      secret: { name: 'database-tls', path: '/etc/tls' },
    });
    await kubectl(['--namespace', SERVERS, 'exec', 'database', '--', 'psql', '-U', 'postgres', '-c', 'CREATE ROLE airflow LOGIN',
      '-c', 'ALTER DATABASE airflow OWNER TO airflow']);
    return { AIRFLOW_VERSION: this.version, DATABASE_HOST: HOST, DATABASE_CA: authority.certificate, STS_URL: `http://cloud.${SERVERS}.svc:8080` };
  }
}

/** An Airflow without a password of its database: it lives through the end of tokens, and restarts after it. */
export function databaseToken(version: string): Example {
  return {
    name: 'database-token', variant: version, version, taskPods: true, keepsLogs: false, dags: new TokenServers(version), more: livesOn,
  };
}

async function livesOn(api: AirflowApi, manifest: Manifest): Promise<void> {
  const [namespace] = manifest.namespaces;
  const first = Date.now() / 1000;
  await until('a login after two lives of tokens', { seconds: 4 * LIFE, periodSeconds: 5 }, async () => {
    const { at } = (await logins()).at(-1)!;
    if (at < first + 2 * LIFE) { throw new Pending(`the last login is of ${(at - first).toFixed(0)} s after the start`); }
  });
  await runs(api);
  await kubectl(['--namespace', namespace, 'rollout', 'restart', 'deployment']);
  await kubectl(['--namespace', namespace, 'rollout', 'status', 'deployment', '--timeout', '15m']);
  await waitUntilReady(namespace, 900);
  const refused = (await logins()).filter(({ answer }) => answer !== 'accepted');
  assert.deepEqual(refused, [], 'logins with a token that is not valid');
  const { stdout } = await kubectl(['--namespace', namespace, 'get', 'secrets,configmaps,pods,jobs,deployments', '--output', 'json']);
  assert.doesNotMatch(stdout, /AIRFLOW_DATABASE_PASSWORD|X-Amz-Signature/, 'an object has a password of the database');
}

/** The DAG of all examples, whose variable is set already. */
async function runs(api: AirflowApi): Promise<void> {
  assert.equal(await api.waitForEnd(await api.trigger('e2e', 'later'), DAG_SECONDS), 'success');
}

/** What the database asked the cloud so far. */
async function logins(): Promise<{ at: number; answer: string }[]> {
  const { stdout } = await kubectl(['--namespace', SERVERS, 'logs', 'cloud', '--tail', '-1']);
  return stdout.split('\n').filter(line => line.includes(' login ')).map(line => {
    const [at, , , ...answer] = line.split(' ');
    return { at: Number(at), answer: answer.join(' ') };
  });
}
