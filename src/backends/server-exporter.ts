import { ApiObject, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { BindContext } from '../core/bind-context';
import { Peer } from '../core/endpoints';
import { labelsFor, selectorLabels } from '../core/labels';
import { plainPod } from '../core/plain-pod';
import { checkResources } from '../kubernetes/check-resources';
import { completeResources } from '../kubernetes/complete-resources';
import { checkPinned, ImageOptions } from '../kubernetes/image';
import { Container, Json, Volume } from '../kubernetes/pod';
import { gather, Problems } from '../kubernetes/problems';
import { renderResources } from '../kubernetes/render';
import { renderPod } from '../kubernetes/render-pod';
import { SelectablePods } from '../kubernetes/selectable-pods';

const RESOURCES: kplus.ContainerResources = {
  cpu: { request: kplus.Cpu.millis(10) }, memory: { request: Size.mebibytes(32), limit: Size.mebibytes(128) },
};
/** The user `nobody`. */
const USER = 65534;

/**
 * Options of the exporter that shows the metrics of a server to Prometheus.
 */
export interface ExporterOptions extends ImageOptions {
  /**
   * The image, with a tag or digest. Its entry point is the exporter.
   *
   * @default - for PostgreSQL `quay.io/prometheuscommunity/postgres-exporter:v0.20.1`, for Redis
   * `quay.io/oliver006/redis_exporter:v1.88.0`, for PgBouncer `prometheuscommunity/pgbouncer-exporter:v0.11.0`
   */
  readonly image?: string;

  /**
   * CPU and memory. Each amount that is left out keeps its default.
   *
   * @default - requests of 10m CPU and 32Mi memory, a limit of 128Mi memory
   */
  readonly resources?: kplus.ContainerResources;
}

const CHECK = { httpGet: { path: '/', port: 'metrics' }, timeoutSeconds: 5 };

/** An exporter of any server. Without a readiness probe, since the pod may be that of the server, which must not wait for its exporter. */
export function exporterContainer(options: ExporterOptions, image: string, port: number): Container {
  return {
    name: 'exporter',
    image: options.image ?? image,
    imagePullPolicy: options.pullPolicy ?? kplus.ImagePullPolicy.IF_NOT_PRESENT,
    ports: [{ name: 'metrics', containerPort: port }],
    resources: renderResources(completeResources(options.resources, RESOURCES)),
    livenessProbe: { ...CHECK, periodSeconds: 20, failureThreshold: 6 },
  };
}

/** Adds the mistakes in the options of an exporter, whose prop is given. */
export function checkExporter(problems: Problems, scope: Construct, prop: string, { image, resources }: ExporterOptions): void {
  if (image !== undefined) { problems.check(() => checkPinned(`${prop}.image`, image, scope)); }
  problems.check(() => checkResources(scope, `${prop}.resources`, resources));
}

/** The inputs of an exporter. */
export interface ExporterRequest {
  readonly options: ExporterOptions;
  /** The component, such as `redis-exporter`. */
  readonly role: string;
  /** The name for people. */
  readonly label: string;
  readonly image: string;
  readonly port: number;
  /** The server. */
  readonly server: Peer;
  /** How the container finds the server and logs in. */
  readonly container: Pick<Container, 'env' | 'mounts'>;
  readonly volumes?: Volume[];
}

/**
 * The exporter of a server. It is a pod of its own: in the pod of the server, an image that cannot be pulled would keep the server from
 * being ready.
 */
export class ServerExporter extends SelectablePods {
  /**
   * @internal
   */
  public static _of(context: BindContext, request: ExporterRequest): ServerExporter {
    return new ServerExporter(context, request);
  }

  /** The Deployment, for patches. */
  public readonly workload: ApiObject;

  private constructor(private readonly context: BindContext, request: ExporterRequest) {
    const { role, label, options, server, port } = request;
    super(context, role, selectorLabels(context._labels, role));
    gather(this, problems => checkExporter(problems, this, 'exporter', options));
    const labels = labelsFor(context._labels, role);
    this.workload = new ApiObject(this, 'Resource', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { ...context._names.metadata({ scope: this, kind: 'Deployment', part: role }), labels },
      spec: {
        replicas: context.maintenance ? 0 : 1,
        revisionHistoryLimit: 3,
        selector: { matchLabels: this.podLabels },
        template: this.template(request, labels),
      },
    });
    context._registry.enlist({
      scope: this,
      role,
      label,
      podLabels: this.podLabels,
      object: this.workload,
      peers: () => [server],
      metrics: () => [{ portName: 'metrics', port, path: '/metrics' }],
    });
  }

  private template({ options, image, port, container, volumes }: ExporterRequest, labels: { readonly [name: string]: string }): Json {
    return renderPod(this, plainPod(this.context, {
      labels: { ...labels, ...this.podLabels },
      user: USER,
      containers: [{
        ...exporterContainer(options, image, port),
        ...container,
        readinessProbe: { ...CHECK, periodSeconds: 10, failureThreshold: 3 },
      }],
      volumes,
      spec: { terminationGracePeriodSeconds: 30 },
    }));
  }
}
