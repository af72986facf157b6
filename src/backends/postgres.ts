import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { ExporterOptions, ExporterRequest, ServerExporter } from './server-exporter';
import { StatefulServerOptions } from './server-options';
import { StatefulServer } from './stateful-server';
import { BindContext } from '../core/bind-context';
import { completeResources } from '../kubernetes/complete-resources';
import { Json } from '../kubernetes/pod';

const ROLE = 'postgres';
const DATABASE = 'airflow';
const SECRET = '/run/secrets/database';
const DATA = '/var/lib/postgresql/data';
/**
 * There as long as the first start is not complete: the image takes a data folder for complete as soon as `initdb` has begun to fill it.
 */
const INITIALIZING = `${DATA}/initializing`;
const ASKS = ['pg_isready', '--quiet', '--host=127.0.0.1', `--username=${DATABASE}`];
/** Nothing is deleted, so that a mistake here could not cost data. */
const START = `if [ -e ${INITIALIZING} ] && [ -e "$PGDATA" ]; then
  echo "the first start was ended before it was complete and begins anew; $PGDATA.incomplete has what it left"
  rm -rf "$PGDATA.incomplete"
  mv "$PGDATA" "$PGDATA.incomplete"
fi
[ -s "$PGDATA/PG_VERSION" ] || touch ${INITIALIZING}
exec docker-entrypoint.sh postgres`;
const RESOURCES: kplus.ContainerResources = {
  cpu: { request: kplus.Cpu.millis(100) }, memory: { request: Size.mebibytes(256), limit: Size.gibibytes(1) },
};

/**
 * Options of the Postgres in the cluster.
 */
export interface PostgresOptions extends StatefulServerOptions {
  /**
   * The image, with a tag or digest. It must be compatible with the official image.
   *
   * @default 'postgres:17'
   * @see https://hub.docker.com/_/postgres
   */
  readonly image?: string;

  /**
   * The size of the volume.
   *
   * @default Size.gibibytes(8)
   */
  readonly volumeSize?: Size;

  /**
   * CPU and memory. Each amount that is left out keeps its default.
   *
   * @default - requests of 100m CPU and 256Mi memory, a limit of 1Gi memory
   */
  readonly resources?: kplus.ContainerResources;

  /**
   * An exporter of metrics for Prometheus, `postgres_exporter`, in a pod of its own, on port 9187.
   *
   * @default - none
   */
  readonly exporter?: ExporterOptions;
}

/**
 * A Postgres in the cluster, for development: one pod, one volume, no backup.
 */
export class Postgres extends StatefulServer {
  /**
   * @internal
   */
  public static _of(context: BindContext, id: string, options: PostgresOptions): Postgres {
    return new Postgres(context, id, options);
  }

  /** The name of the database and of its user. */
  public readonly databaseName = DATABASE;
  /** The exporter of metrics. Undefined if the options have none. */
  public readonly exporter?: ServerExporter;

  private constructor(context: BindContext, id: string, options: PostgresOptions) {
    super(context, id, {
      ...options,
      role: ROLE,
      label: 'Postgres',
      image: options.image ?? 'postgres:17',
      user: 999,
      port: 5432,
      portName: 'postgres',
      stops: false,
      secret: 'database',
      defaultVolumeSize: Size.gibibytes(8),
      resources: completeResources(options.resources, RESOURCES),
      // The image stops Postgres with SIGINT, a "fast" shutdown that ends the sessions.
      terminationGracePeriod: Duration.minutes(2),
      container: password => ({
        command: ['sh', '-ec', START],
        env: [
          { name: 'POSTGRES_USER', value: DATABASE },
          { name: 'POSTGRES_DB', value: DATABASE },
          { name: 'POSTGRES_PASSWORD_FILE', value: `${SECRET}/${password.key}` },
          { name: 'PGDATA', value: `${DATA}/pgdata` },
        ],
        mounts: [
          { name: 'data', mountPath: DATA },
          { name: 'password', mountPath: SECRET, readOnly: true },
          { name: 'scratch', mountPath: '/tmp', subPath: 'tmp' },
          { name: 'scratch', mountPath: '/var/run/postgresql', subPath: 'run' },
        ],
        volumes: [
          { name: 'password', secret: { secretName: password.secretName, defaultMode: 0o440 } },
          { name: 'scratch', emptyDir: { sizeLimit: '1Gi' } },
        ],
        // After a crash, Postgres first replays its log. A restart during the replay would start the replay again.
        startupProbe: completes({ periodSeconds: 1, failureThreshold: 3600 }),
        readinessProbe: answers({ periodSeconds: 10, failureThreshold: 3 }),
        livenessProbe: answers({ periodSeconds: 30, failureThreshold: 4 }),
      }),
    });
    this.exporter = options.exporter && ServerExporter._of(context, this.exporterRequest(options.exporter));
  }

  private exporterRequest(options: ExporterOptions): ExporterRequest {
    const { secretName, key } = this._password;
    return {
      options,
      role: `${ROLE}-exporter`,
      label: 'Postgres exporter',
      image: 'quay.io/prometheuscommunity/postgres-exporter:v0.20.1',
      port: 9187,
      server: { ...this._endpoint, purpose: 'metrics' },
      container: {
        env: [
          { name: 'DATA_SOURCE_URI', value: `${this.host}:${this.port}/${DATABASE}?sslmode=disable` },
          { name: 'DATA_SOURCE_USER', value: DATABASE },
          { name: 'DATA_SOURCE_PASS_FILE', value: `${SECRET}/${key}` },
        ],
        mounts: [{ name: 'password', mountPath: SECRET, readOnly: true }],
      },
      volumes: [{ name: 'password', secret: { secretName, defaultMode: 0o440 } }],
    };
  }
}

/**
 * During the first start, Postgres listens on its socket alone. When it listens here, that start is complete, and clients may come.
 *
 * A shell that is killed after its timeout would leave pg_isready to process 1, Postgres, which takes a foreign child that ends with 2 for
 * a crash of its own, and ends all connections. So probes run no shell. The one at the start needs a shell, and runs pg_isready in a
 * second shell, which ends with 1 at worst.
 */
function answers(timings: Json): Json {
  return { exec: { command: ASKS }, timeoutSeconds: 5, ...timings };
}

function completes(timings: Json): Json {
  const command = ['sh', '-c', `(${ASKS.join(' ')} || exit 1) && rm -f ${INITIALIZING}`];
  return { exec: { command }, timeoutSeconds: 5, ...timings };
}
