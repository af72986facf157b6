import { App, Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  AirflowChartProps, AirflowVersion, Broker, CertificateAuthority, ClientCertificateOptions, Database, Executor,
  PostgresSslMode, PostgresTlsOptions, SecretKey, TlsOptions,
} from '../../src/index';
import { building, cfg, env, init, main, Manifest, mount, pod, pods, synthAirflow, volume } from '../util';

const elsewhere = new Chart(new App(), 'elsewhere');
const ca = CertificateAuthority.fromConfigMap(kplus.ConfigMap.fromConfigMapName(elsewhere, 'ca', 'ca-of-mine'));
const clientCertificate: ClientCertificateOptions = { certificate: SecretKey.of('client-of-mine', 'tls.crt'), privateKey: SecretKey.of('client-of-mine', 'tls.key') };
const CLIENT = { secret: { name: 'client-of-mine', items: [{ key: 'tls.crt', path: 'tls.crt' }, { key: 'tls.key', path: 'tls.key' }] } };
const CA = { configMap: { name: 'ca-of-mine', items: [{ key: 'ca.crt', path: 'ca.crt' }] } };
const KNOWN = '/etc/ssl/certs/ca-certificates.crt';

function variables(manifest: Manifest[], component: string, container = main(manifest, component)): object {
  return Object.fromEntries((container.env ?? []).filter(({ name }) => name.startsWith('PG')).map(({ name, value }) => [name, value]));
}

/** The pods with a volume of that name. */
function having(manifest: Manifest[], name: string): string[] {
  return [...pods(manifest)].filter(([, of]) => volume(of, name) !== undefined).map(([component]) => component).sort();
}

describe('a Postgres by TLS', () => {
  const made = (tls: PostgresTlsOptions, props: AirflowChartProps = {}) => synthAirflow({ ...props, database: Database.fromSecret(SecretKey.of('database', 'connection'), { tls }) });
  const manifest = made({ ca, clientCertificate });
  const all = {
    PGSSLMODE: 'verify-full',
    PGSSLROOTCERT: '/run/secrets/database-tls/ca.crt',
    PGSSLCERT: '/run/secrets/database-tls/tls.crt',
    PGSSLKEY: '/run/secrets/database-tls/tls.key',
  };

  test('is checked by all that connects, those that wait included', () => {
    for (const component of ['api-server', 'scheduler', 'dag-processor', 'triggerer', 'sync-users', 'migration']) {
      const wait = init(manifest, component, component === 'migration' ? 'wait-for-database' : 'wait-for-migration');
      for (const container of [main(manifest, component), wait]) {
        expect([component, variables(manifest, component, container)]).toEqual([component, all]);
        expect(mount(container, '/run/secrets/database-tls')).toEqual({ name: 'database-tls', mountPath: '/run/secrets/database-tls', readOnly: true });
      }
      expect(wait.command!.slice(0, 4)).toEqual(['python', '-S', '/opt/cdk8s-airflow/wait_for_database.py', '--tls']);
    }
  });

  test('has its files where the connection is, in a volume whose key libpq takes', () => {
    expect(having(manifest, 'database-tls')).toEqual(['api-server', 'dag-processor', 'migration', 'scheduler', 'sync-users', 'triggerer']);
    expect(volume(pod(manifest, 'scheduler'), 'database-tls')).toEqual({ name: 'database-tls', projected: { defaultMode: 0o440, sources: [CA, CLIENT] } });
    expect(variables(manifest, 'task')).toEqual({});
  });

  test('is for the tasks of Airflow 2 too, and for Celery workers that keep results there', () => {
    expect(having(made({ ca }, { version: AirflowVersion.V2_11 }), 'database-tls')).toContain('task');
    const workers = made({ ca }, { executor: Executor.celery({ flower: {} }) });
    expect(having(workers, 'database-tls')).toContain('worker');
    expect(having(workers, 'database-tls')).not.toContain('flower');
    expect(having(made({ ca }, { executor: Executor.celery({ resultBackend: SecretKey.of('results', 'connection'), resultBackendTls: {} }) }), 'database-tls')).not.toContain('worker');
  });

  test('trusts the authorities of the image where none is given, without a volume', () => {
    const known = made({});
    expect(variables(known, 'scheduler')).toEqual({ PGSSLMODE: 'verify-full', PGSSLROOTCERT: KNOWN });
    expect(having(known, 'database-tls')).toEqual([]);
  });

  test('has its files under other keys', () => {
    const client: Required<ClientCertificateOptions> = { certificate: SecretKey.of('client-of-mine', 'cert'), privateKey: SecretKey.of('keys-of-mine', 'key') };
    const own = made({ ca: CertificateAuthority.fromSecret(SecretKey.of('secret-ca', 'root.pem')), clientCertificate: client });
    expect(volume(pod(own, 'scheduler'), 'database-tls')!.projected!.sources).toEqual([
      { secret: { name: 'secret-ca', items: [{ key: 'root.pem', path: 'ca.crt' }] } },
      { secret: { name: 'client-of-mine', items: [{ key: 'cert', path: 'tls.crt' }] } },
      { secret: { name: 'keys-of-mine', items: [{ key: 'key', path: 'tls.key' }] } },
    ]);
  });

  test('is checked less where that is said', () => {
    expect(variables(made({ mode: PostgresSslMode.REQUIRE }), 'scheduler')).toEqual({ PGSSLMODE: 'require' });
    expect(variables(made({ mode: PostgresSslMode.VERIFY_CA, ca }), 'scheduler')).toEqual({ PGSSLMODE: 'verify-ca', PGSSLROOTCERT: all.PGSSLROOTCERT });
  });

  test('says nothing where it is not asked for', () => {
    const plain = synthAirflow({ database: Database.fromSecret(SecretKey.of('database', 'connection')) });
    expect(variables(plain, 'scheduler')).toEqual({});
    expect(init(plain, 'scheduler', 'wait-for-migration').command).not.toContain('--tls');
  });

  test('fails in a mode that does not go with its authority', () => {
    expect(() => made({ mode: PostgresSslMode.REQUIRE, ca })).toThrow(
      new Error("'tls.mode' must be verify-ca or verify-full beside 'ca', got 'require', which looks at no certificate; leave one of them out"));
    expect(() => made({ mode: PostgresSslMode.VERIFY_CA })).toThrow(new Error(
      "'tls.mode' must be verify-full without 'ca', got 'verify-ca', which takes any certificate of the web; give the 'ca', or leave out the 'mode'"));
  });

  test('fails where another variable says it', () => {
    const database = Database.fromSecret(SecretKey.of('database', 'connection'), { tls: {} });
    expect(building({ database, pods: { env: { PGSSLMODE: kplus.EnvValue.fromValue('disable') } } })).toThrow(
      /'env' of container '[-\w]+' sets 'PGSSLMODE' twice, or the library sets it already; leave one out$/);
  });
});

describe('a broker by TLS', () => {
  const made = (tls: TlsOptions, props: AirflowChartProps = {}) => synthAirflow({
    ...props, executor: Executor.celery({ flower: {}, broker: Broker.fromSecret(SecretKey.of('broker', 'connection'), { tls }) }),
  });
  const settings = (manifest: Manifest[]) => ['active', 'cacert', 'cert', 'key', 'mutual_tls'].map(option => cfg(manifest, 'celery', `ssl_${option}`));

  test('has its files where its URL is', () => {
    const manifest = made({ ca, clientCertificate });
    expect(having(manifest, 'broker-tls')).toEqual(['flower', 'scheduler', 'worker']);
    for (const component of ['flower', 'scheduler', 'worker']) {
      expect(env(main(manifest, component), 'AIRFLOW__CELERY__BROKER_URL')!.valueFrom!.secretKeyRef!.name).toBe('broker');
      expect(mount(main(manifest, component), '/run/secrets/broker-tls')).toEqual({ name: 'broker-tls', mountPath: '/run/secrets/broker-tls', readOnly: true });
    }
    expect(volume(pod(manifest, 'worker'), 'broker-tls')).toEqual({ name: 'broker-tls', projected: { defaultMode: 0o440, sources: [CA, CLIENT] } });
  });

  test('is known to Celery by the options of the version', () => {
    const paths = ['ca.crt', 'tls.crt', 'tls.key'].map(file => `/run/secrets/broker-tls/${file}`);
    expect(settings(made({ ca, clientCertificate }))).toEqual(['True', ...paths, 'True']);
    expect(settings(made({ ca, clientCertificate }, { version: AirflowVersion.V3_1 }))).toEqual(['True', ...paths, undefined]);
    expect(settings(made({ ca }, { version: AirflowVersion.V3_2 }))).toEqual(['True', paths[0], '', '', 'False']);
    expect(settings(made({}, { version: AirflowVersion.V2_11 }))).toEqual(['True', KNOWN, '', '', undefined]);
  });

  test('fails where the configuration says it', () => {
    const broker = Broker.fromSecret(SecretKey.of('broker', 'connection'), { tls: {} });
    expect(building({ executor: Executor.celery({ broker }), config: { celery: { ssl_active: 'False' } } })).toThrow(
      new Error("test/airflow: 'config.celery.ssl_active' cannot be set, got 'False'; 'tls' of the broker of 'executor' decides it"));
  });
});

describe('a Postgres of results by TLS', () => {
  const resultBackend = SecretKey.of('results', 'connection');
  const engine = (manifest: Manifest[]) => JSON.parse(cfg(manifest, 'celery', 'result_backend_sqlalchemy_engine_options')!) as unknown;
  const made = (resultBackendTls: PostgresTlsOptions) => synthAirflow({ executor: Executor.celery({ resultBackend, resultBackendTls }) });

  test('is checked by the arguments of its own connections, not by what others read', () => {
    const manifest = made({ ca, clientCertificate });
    const folder = '/run/secrets/results-tls';
    expect(engine(manifest)).toEqual(
      { connect_args: { sslmode: 'verify-full', sslrootcert: `${folder}/ca.crt`, sslcert: `${folder}/tls.crt`, sslkey: `${folder}/tls.key` } });
    expect(having(manifest, 'results-tls')).toEqual(['scheduler', 'worker']);
    expect(variables(manifest, 'worker')).toEqual({});
    expect(engine(made({ mode: PostgresSslMode.REQUIRE }))).toEqual({ connect_args: { sslmode: 'require' } });
  });

  test('fails without that Postgres, and in a mode that does not go with its authority', () => {
    expect(() => Executor.celery({ resultBackendTls: {} })).toThrow(new Error(
      "'resultBackendTls' is given, but there is no 'resultBackend' that it could be for; set it, or use 'tls' of Database.fromSecret()"));
    expect(() => made({ mode: PostgresSslMode.VERIFY_CA })).toThrow(new Error(
      "'resultBackendTls.mode' must be verify-full without 'ca', got 'verify-ca', which takes any certificate of the web; give the 'ca', or leave out the 'mode'"));
  });
});
