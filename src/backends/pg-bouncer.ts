import { ApiObject, Chart, Lazy, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import type { DatabaseConfig } from './database';
import { CONNECTION, partsEnv, PREFIX, tlsEnv, urlCommand } from './database-parts';
import { PgBouncerOptions } from './pg-bouncer-options';
import { checkExporter, exporterContainer } from './server-exporter';
import { partsFor } from '../core/answer';
import { BindContext } from '../core/bind-context';
import { Endpoint } from '../core/endpoints';
import { labelsFor, selectorLabels } from '../core/labels';
import { Needs, Role } from '../core/needs';
import { SCRIPT_RESOURCES } from '../core/official-image';
import { helperResources, plainPod } from '../core/plain-pod';
import { run, SCRIPTS_PATH } from '../core/scripts';
import { DATABASE_TLS, postgresParameters, tlsFiles, TlsFiles } from '../core/tls-files';
import { checkResources } from '../kubernetes/check-resources';
import { completeResources } from '../kubernetes/complete-resources';
import { checkPinned } from '../kubernetes/image';
import { Container, EnvVar, Json, Volume } from '../kubernetes/pod';
import { gather } from '../kubernetes/problems';
import { projectedFiles, renderResources } from '../kubernetes/render';
import { renderPod } from '../kubernetes/render-pod';
import { apart } from '../kubernetes/render-scheduling';
import { secretFiles, SecretKey } from '../kubernetes/secret-key';
import { SelectablePods } from '../kubernetes/selectable-pods';
import { plainService } from '../kubernetes/service';
import { checkAtLeast, checkLabels } from '../kubernetes/validate';

const ROLE = 'pgbouncer';
const DEFAULT_IMAGE = 'apache/airflow:airflow-pgbouncer-2025.03.05-1.23.1';
const DEFAULT_EXPORTER = 'prometheuscommunity/pgbouncer-exporter:v0.11.0';
const PORT = 6432;
const EXPORTER_PORT = 9127;
/** The user `nobody` of most images. */
const USER = 65534;
const FOLDER = '/run/pgbouncer';
const OWN_TLS = 'pgbouncer-tls';
/** The names under which PgBouncer knows the database: each has a pool of its own. */
const [METADATA, RESULTS] = ['metadata', 'results'];
/** A transaction of Airflow takes less; a clean-up of old rows may take longer. */
const DRAIN_SECONDS = 300;
const RESOURCES: kplus.ContainerResources = {
  cpu: { request: kplus.Cpu.millis(50) }, memory: { request: Size.mebibytes(32), limit: Size.mebibytes(256) },
};
/**
 * Lets the Service forget the pod, then lets transactions end. SIGINT pauses PgBouncer and ends it when no connection to the database is
 * in use. SIGTERM, which Kubernetes sends after this command, would cut them off in old releases, and wait for ever in new ones.
 */
const DRAIN = 'sleep 5; kill -INT 1; while kill -0 1 2>/dev/null; do sleep 1; done';

/** The sizes of the pools, and the connections of all pods of Airflow. */
export interface PoolSizes {
  readonly metadata: number;
  /** Undefined if Celery keeps no results in the metadata database. */
  readonly results?: number;
  readonly clients: number;
}

/** The inputs of a PgBouncer. */
export interface PgBouncerRequest {
  readonly airflow: BindContext;
  readonly options: PgBouncerOptions;
  /** The database that the connections lead to in the end. */
  readonly database: DatabaseConfig;
  /** The name of the ConfigMap with the scripts. */
  readonly scripts: string;
  /** Read at synthesis, since components may be added until then. */
  readonly sizes: () => PoolSizes;
  /** Whether Celery keeps results in the metadata database. */
  readonly hasResults: boolean;
}

/**
 * A PgBouncer in front of the metadata database. The pods of Airflow share few connections to the database.
 *
 * @see https://www.pgbouncer.org
 */
export class PgBouncer extends SelectablePods {
  /**
   * @internal
   */
  public static _of(request: PgBouncerRequest): PgBouncer {
    return new PgBouncer(request);
  }

  /** The Deployment, for patches. */
  public readonly workload: ApiObject;
  /** The Service in front of the pods. */
  public readonly service: kplus.Service;
  /** The PodDisruptionBudget. Undefined for a single pod. */
  public readonly disruptionBudget?: ApiObject;

  /**
   * @internal
   */
  public readonly _replicas: number;

  private readonly endpoint: Endpoint;
  private readonly stats?: SecretKey;
  private readonly serverFiles?: TlsFiles;

  private constructor(private readonly request: PgBouncerRequest) {
    const { airflow, options, database } = request;
    super(airflow, ROLE, selectorLabels(airflow._labels, ROLE));
    checkOptions(this, request);
    this._replicas = options.replicas ?? 2;
    this.endpoint = airflow._registry.endpoint(this, 'PgBouncer', PORT);
    this.stats = options.exporter && airflow._generated.request(this, ROLE, 'password', 'password');
    this.serverFiles = database.tls && tlsFiles(DATABASE_TLS, database.tls);
    const labels = labelsFor(airflow._labels, ROLE);
    const named = (kind: string) => ({ ...airflow._names.metadata({ scope: this, kind, part: ROLE }), labels });
    this.service = plainService(new kplus.Service(this, 'service', {
      metadata: named('Service'),
      selector: kplus.Pods.select(this, 'pods', { labels: { ...this.podLabels } }),
      ports: [{ name: ROLE, port: PORT }],
    }), airflow._ipFamily);
    this.workload = new ApiObject(this, 'Resource', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: named('Deployment'),
      spec: {
        replicas: this._replicas,
        revisionHistoryLimit: 3,
        // Another pod more would need more connections at the database than were computed. A single pod needs one to take over from it.
        strategy: {
          type: 'RollingUpdate',
          rollingUpdate: this._replicas > 1 ? { maxSurge: 0, maxUnavailable: 1 } : { maxSurge: 1, maxUnavailable: 0 },
        },
        selector: { matchLabels: this.podLabels },
        template: Lazy.any({ produce: () => this.template(labels) }),
      },
    });
    this.disruptionBudget = this._replicas < 2 ? undefined : new ApiObject(this, 'disruption-budget', {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: named('PodDisruptionBudget'),
      spec: { maxUnavailable: 1, selector: { matchLabels: this.podLabels }, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
    });
    airflow._registry.enlist({
      scope: this,
      role: ROLE,
      label: 'PgBouncer',
      podLabels: this.podLabels,
      object: this.workload,
      peers: () => [{ ...database.endpoint, purpose: 'pools' }],
      metrics: () => (options.exporter === undefined ? [] : [{ portName: 'metrics', port: EXPORTER_PORT, path: '/metrics' }]),
    });
  }

  /**
   * The number of pods that run at one time at most. Each has its part of the pools.
   *
   * @internal
   */
  public get _mostPods(): number {
    return Math.max(this._replicas, 2);
  }

  /**
   * The database as the pods of Airflow see it. The migration goes past PgBouncer, because its locks belong to a connection and not to a
   * transaction.
   *
   * @param driver the driver in the connection URL
   * @internal
   */
  public _pooled(driver: string): DatabaseConfig {
    const { request: { database, hasResults, options: { tls } }, service } = this;
    const host = { value: `${service.name}.${Chart.of(this).namespace}.svc` };
    const [port, name] = [{ value: `${PORT}` }, { value: METADATA }];
    const files = tls && tlsFiles(OWN_TLS, { ca: tls.ca });
    const clientTls = tls === undefined ? { sslmode: 'disable' } : postgresParameters({}, files!);
    const results = urlCommand('AIRFLOW__CELERY__RESULT_BACKEND', `db+${driver}`, RESULTS);
    const { inParts } = database;
    return {
      ...database,
      endpoint: this.endpoint,
      directEndpoint: database.endpoint,
      migrationEnv: database.migrationEnv ?? database.env,
      env: [
        ...this.loginEnv({ host, port, name }),
        ...database.env.filter(({ name: variable }) => variable === `${PREFIX}CONNECT_TIMEOUT`),
        { name: `${PREFIX}POOLED`, value: [METADATA, ...hasResults ? [RESULTS] : []].join(' ') },
        urlCommand(CONNECTION, driver),
        ...tlsEnv(clientTls),
      ],
      inParts: inParts && {
        ...inParts, host, port, name, sslMode: clientTls.sslmode, ownCa: tls !== undefined, clientCertificate: false, ownPod: false,
      },
      parts: (role: Role, needs: Needs) => {
        if (role === Role.MIGRATION) { return database.parts?.(role, needs) ?? {}; }
        const own = partsFor('database', files?.parts)(role, needs);
        return needs.results && hasResults ? { ...own, env: [...own.env ?? [], results] } : own;
      },
    };
  }

  /** The login of the database, with other values in place of some of its parts. */
  private loginEnv(replaced: { readonly [part: string]: { readonly value: string } } = {}): EnvVar[] {
    const { inParts, url } = this.request.database;
    if (inParts !== undefined) { return partsEnv({ ...inParts, ...replaced }, {}); }
    const literal = Object.entries(replaced).map(([part, { value }]) => ({ name: `${PREFIX}${part.toUpperCase()}`, value }));
    return [url!._variable(`${PREFIX}URL`), ...literal];
  }

  private template(labels: { readonly [name: string]: string }): Json {
    const { airflow, options: { tls, exporter }, scripts, sizes } = this.request;
    const pair = tls === undefined ? [] : secretFiles([tls.certificate, 'tls.crt'], [tls.privateKey, 'tls.key']);
    const ownTls: Volume[] = tls === undefined ? [] : [projectedFiles(OWN_TLS, pair)];
    return renderPod(this, plainPod(airflow, {
      labels: { ...labels, ...this.podLabels },
      user: USER,
      placement: this.request.options.placement,
      initContainers: [this.configurator(sizes())],
      containers: [this.container(), ...exporter === undefined ? [] : [this.exporter()]],
      volumes: [
        // It has passwords, which no node should write to a disk.
        { name: ROLE, emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
        { name: 'scripts', configMap: { name: scripts } },
        ...ownTls,
        ...this.serverFiles?.parts.volumes ?? [],
      ],
      spec: {
        terminationGracePeriodSeconds: DRAIN_SECONDS,
        ...this._replicas > 1 && { topologySpreadConstraints: apart(this.podLabels) },
      },
    }));
  }

  /** Writes the configuration and the passwords, which only the pod knows. */
  private configurator(sizes: PoolSizes): Container {
    const { image, _common: common } = this.request.airflow;
    return {
      name: 'configure',
      image: image.reference,
      imagePullPolicy: image.pullPolicy,
      command: run('pgbouncer_config.py', FOLDER),
      env: [
        ...this.loginEnv(),
        ...this.stats === undefined ? [] : [this.stats._variable('PGBOUNCER_STATS_PASSWORD')],
        { name: 'PGBOUNCER_POOLS', value: JSON.stringify(this.pools(sizes)) },
        { name: 'PGBOUNCER_SETTINGS', value: JSON.stringify(this.settings(sizes)) },
      ],
      mounts: [{ name: 'scripts', mountPath: SCRIPTS_PATH, readOnly: true }, { name: ROLE, mountPath: FOLDER }],
      resources: helperResources(common, SCRIPT_RESOURCES),
    };
  }

  /** The part of each pool that one pod has. */
  private pools({ metadata, results }: PoolSizes): { [name: string]: number } {
    const part = (size: number) => Math.max(1, Math.ceil(size / this._replicas));
    return { [METADATA]: part(metadata), ...results !== undefined && { [RESULTS]: part(results) } };
  }

  private settings({ clients }: PoolSizes): { [name: string]: string } {
    const { options: { tls }, database } = this.request;
    const server = this.serverFiles && postgresParameters(database.tls!, this.serverFiles);
    return {
      listen_addr: '*',
      listen_port: `${PORT}`,
      unix_socket_dir: '',
      auth_type: 'scram-sha-256',
      auth_file: `${FOLDER}/users.txt`,
      pool_mode: 'transaction',
      max_client_conn: `${clients}`,
      // KEDA's driver sends it.
      ignore_startup_parameters: 'extra_float_digits',
      // After an outage, the default would refuse connections for another 15 seconds.
      server_login_retry: '1',
      log_connections: '0',
      log_disconnections: '0',
      ...this.stats && { stats_users: 'stats' },
      ...tls && {
        client_tls_sslmode: 'require',
        client_tls_cert_file: `/run/secrets/${OWN_TLS}/tls.crt`,
        client_tls_key_file: `/run/secrets/${OWN_TLS}/tls.key`,
      },
      ...server && {
        server_tls_sslmode: server.sslmode,
        ...server.sslrootcert && { server_tls_ca_file: server.sslrootcert },
        ...server.sslcert && { server_tls_cert_file: server.sslcert, server_tls_key_file: server.sslkey },
      },
    };
  }

  private container(): Container {
    const { options } = this.request;
    const check = { tcpSocket: { port: ROLE } };
    return {
      name: ROLE,
      image: options.image ?? DEFAULT_IMAGE,
      imagePullPolicy: options.pullPolicy ?? kplus.ImagePullPolicy.IF_NOT_PRESENT,
      command: ['pgbouncer', `${FOLDER}/pgbouncer.ini`],
      ports: [{ name: ROLE, containerPort: PORT }],
      mounts: [
        { name: ROLE, mountPath: FOLDER, readOnly: true },
        ...options.tls === undefined ? [] : [{ name: OWN_TLS, mountPath: `/run/secrets/${OWN_TLS}`, readOnly: true }],
        ...this.serverFiles?.parts.mounts ?? [],
      ],
      resources: renderResources(completeResources(options.resources, RESOURCES)),
      lifecycle: { preStop: { exec: { command: ['sh', '-c', DRAIN] } } },
      startupProbe: { ...check, periodSeconds: 1, failureThreshold: 60 },
      readinessProbe: { ...check, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 3 },
      livenessProbe: { ...check, periodSeconds: 20, timeoutSeconds: 5, failureThreshold: 6 },
    };
  }

  private exporter(): Container {
    const { options: { exporter, tls } } = this.request;
    const sslmode = tls === undefined ? 'disable' : 'require';
    return {
      ...exporterContainer(exporter!, DEFAULT_EXPORTER, EXPORTER_PORT),
      env: [
        this.stats!._variable('STATS_PASSWORD'),
        {
          name: 'PGBOUNCER_EXPORTER_CONNECTION_STRING',
          value: `postgres://stats:$(STATS_PASSWORD)@127.0.0.1:${PORT}/pgbouncer?sslmode=${sslmode}`,
        },
      ],
    };
  }
}

function checkOptions(scope: PgBouncer, { options, database, hasResults }: PgBouncerRequest): void {
  const { image, exporter, replicas, poolSize, resultsPoolSize, maxConnections, resources, placement } = options;
  gather(scope, problems => {
    if (image !== undefined) { problems.check(() => checkPinned('pgBouncer.image', image, scope)); }
    if (exporter !== undefined) { checkExporter(problems, scope, 'pgBouncer.exporter', exporter); }
    for (const [prop, value] of Object.entries({ replicas, poolSize, resultsPoolSize, maxConnections })) {
      problems.check(() => checkAtLeast(scope, `pgBouncer.${prop}`, value, 1));
    }
    problems.check(() => checkResources(scope, 'pgBouncer.resources', resources));
    problems.check(() => checkLabels(scope, 'pgBouncer.placement.nodeSelector', placement?.nodeSelector));
    if (resultsPoolSize !== undefined && !hasResults) {
      problems.add("'pgBouncer.resultsPoolSize' is for results of Celery in the metadata database, of which there are none, "
        + `got ${resultsPoolSize}; leave it out`);
    }
    const because = obstacle(database);
    if (because !== undefined) { problems.add(because); }
  });
}

/** What keeps PgBouncer from the database; undefined if nothing does. */
function obstacle({ inParts, url }: DatabaseConfig): string | undefined {
  if (inParts === undefined && url === undefined) {
    return "'pgBouncer' needs a database whose login it can know, but a command or a secrets backend gives Airflow the URL; "
      + 'use Database.postgres() or Database.fromSecret()';
  }
  if (inParts?.ownPod) {
    return "'pgBouncer' reaches the database from a pod of its own, but the 'host' is a proxy in the pods of Airflow; "
      + 'give the address of the database';
  }
  if (inParts !== undefined && inParts.password === undefined) {
    return "'pgBouncer' logs users in by their password, but the database has none; give 'database' a 'password', "
      + "or leave 'pgBouncer' out";
  }
  return undefined;
}
