import { ApiObject, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { BindContext } from '../core/bind-context';
import { Endpoint } from '../core/endpoints';
import { labelsFor, selectorLabels, withGiven } from '../core/labels';
import { plainPod } from '../core/plain-pod';
import { checksum } from '../kubernetes/checksum';
import { Container, Json, Port } from '../kubernetes/pod';
import { renderPod } from '../kubernetes/render-pod';
import { SelectablePods } from '../kubernetes/selectable-pods';
import { plainService } from '../kubernetes/service';

/** The port on which Prometheus scrapes the metrics of Airflow. */
export const METRICS_PORT = 9102;

export const METRICS_RESOURCES: kplus.ContainerResources = {
  cpu: { request: kplus.Cpu.millis(20) }, memory: { request: Size.mebibytes(64), limit: Size.mebibytes(256) },
};

/** The inputs of a server. */
export interface MetricsServerRequest {
  /** The name of the component and of its container. */
  readonly role: string;
  /** The name for people. */
  readonly label: string;
  /** The user ID of the image. */
  readonly user: number;
  /** The ports that the Service has. Airflow sends to the first. */
  readonly ports: (Port & { readonly name: string })[];
  /** Ports for the kubelet alone. */
  readonly morePorts?: Port[];
  /** The name and the text of the file that configures the server. */
  readonly file: string;
  readonly config: string;
  /** The folder of the file. */
  readonly folder: string;
  readonly container: Omit<Container, 'name' | 'ports' | 'mounts'>;
}

/**
 * A server in the cluster that receives the metrics of Airflow, and that Prometheus scrapes: one pod behind a Service.
 *
 * @internal
 */
export abstract class MetricsServer extends SelectablePods {
  /** The Deployment, for patches. */
  public readonly workload: ApiObject;
  /** The Service to which Airflow sends its metrics. */
  public readonly service: kplus.Service;

  /**
   * @internal
   */
  public readonly _endpoint: Endpoint;

  protected constructor(private readonly context: BindContext, request: MetricsServerRequest) {
    super(context, request.role, selectorLabels(context._labels, request.role));
    const { role, label, ports: [first] } = request;
    const labels = labelsFor(context._labels, role);
    const named = (kind: string, part = role) => ({ ...context._names.metadata({ scope: this, kind, part }), labels });
    this._endpoint = { ...context._registry.endpoint(this, label, first.containerPort), protocol: first.protocol };
    // A client looks the host up once, when it starts, so the address must outlast the pods.
    this.service = plainService(
      new kplus.Service(this, 'service', {
        metadata: named('Service'),
        selector: kplus.Pods.select(this, 'pods', { labels: { ...this.podLabels } }),
        ports: request.ports.map(({ name, containerPort: port, protocol }) => ({
          name,
          port,
          protocol: protocol as kplus.Protocol | undefined,
        })),
      }),
      context._ipFamily,
    );
    const config = new ApiObject(this, 'config', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { ...named('ConfigMap', `${role}-config`), ...withGiven(context._common.objects?.configMaps, labels) },
      data: { [request.file]: request.config },
    });
    this.workload = new ApiObject(this, 'Resource', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: named('Deployment'),
      spec: {
        replicas: context.maintenance ? 0 : 1,
        revisionHistoryLimit: 3,
        // Two pods would each hold a part of every sum.
        strategy: { type: 'Recreate' },
        selector: { matchLabels: this.podLabels },
        template: this.template(request, labels, config.name),
      },
    });
    context._registry.enlist({
      scope: this,
      role,
      label,
      podLabels: this.podLabels,
      object: this.workload,
      metrics: () => [{ portName: 'metrics', port: METRICS_PORT, path: '/metrics' }],
    });
  }

  /** The host name inside the cluster. */
  public get host(): string {
    return `${this.service.name}.${Chart.of(this).namespace}.svc`;
  }

  private template(request: MetricsServerRequest, labels: { readonly [name: string]: string }, configMap: string): Json {
    return renderPod(this, plainPod(this.context, {
      labels: { ...labels, ...this.podLabels },
      annotations: { 'cdk8s-airflow/config-checksum': checksum(request.config) },
      user: request.user,
      containers: [{
        ...request.container,
        name: request.role,
        ports: [...request.ports, { name: 'metrics', containerPort: METRICS_PORT }, ...request.morePorts ?? []],
        mounts: [{ name: 'config', mountPath: request.folder, readOnly: true }],
      }],
      volumes: [{ name: 'config', configMap: { name: configMap } }],
      spec: { terminationGracePeriodSeconds: 30 },
    }));
  }
}
