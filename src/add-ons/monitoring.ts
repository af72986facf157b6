import { ApiObject, Duration } from 'cdk8s';
import { Construct } from 'constructs';
import { NetworkPeer } from './network-peer';
import { AirflowNetworkPolicies } from './network-policies';
import { AirflowWorkload, WorkloadMetrics } from '../core/airflow-workload';
import { checkSameNamespace, IAirflow } from '../instance/i-airflow';
import { checkMembers } from '../kubernetes/members';
import { gather } from '../kubernetes/problems';
import { checkLabels, checkSeconds } from '../kubernetes/validate';

/**
 * How Prometheus finds what it scrapes.
 */
export enum MetricsDiscovery {
  /** By PodMonitors of the Prometheus Operator. */
  POD_MONITOR = 'podMonitor',
  /** By the annotations `prometheus.io/scrape`, `port` and `path` of Services, as in the usual configuration without the operator. */
  ANNOTATIONS = 'annotations',
}

/**
 * Properties of `AirflowMonitoring`.
 */
export interface AirflowMonitoringProps {
  /** The Airflow whose metrics Prometheus scrapes. */
  readonly airflow: IAirflow;

  /**
   * How Prometheus finds what it scrapes.
   *
   * @default MetricsDiscovery.POD_MONITOR
   */
  readonly discovery?: MetricsDiscovery;

  /**
   * Labels of all objects, for example `{ release: 'kube-prometheus-stack' }`, by which a Prometheus of the operator selects its
   * PodMonitors.
   *
   * @default - only those of the instance
   */
  readonly labels?: { readonly [name: string]: string };

  /**
   * How often Prometheus scrapes. The annotations cannot tell it.
   *
   * @default - that of Prometheus
   */
  readonly interval?: Duration;

  /**
   * Policies that then let `prometheus` in.
   *
   * @default - nothing is opened
   */
  readonly policies?: AirflowNetworkPolicies;

  /**
   * The pods of Prometheus, for example `NetworkPeer.namespace('monitoring')`. Needs `policies`.
   *
   * @default - nothing is opened
   */
  readonly prometheus?: NetworkPeer;
}

interface MonitoringObject {
  readonly apiVersion: string;
  readonly annotations?: { [name: string]: string };
  readonly spec: object;
}

/**
 * Tells Prometheus where the metrics of an Airflow are: those of the StatsD exporter or the collector, of the exporters of
 * PostgreSQL, PgBouncer and Redis, and of RabbitMQ, git-sync and Flower.
 *
 * @see https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PodMonitor
 */
export class AirflowMonitoring extends Construct {
  private readonly props: AirflowMonitoringProps;
  private readonly known = new Set<string>();

  /**
   * @throws when the Chart has another namespace, when only one of `policies` and `prometheus` is set, and at synthesis when no pod serves
   * metrics
   */
  constructor(scope: Construct, id: string, props: AirflowMonitoringProps) {
    checkMembers('AirflowMonitoringProps', props, scope, id);
    super(scope, id);
    this.props = props;
    this.check();
    this.complete();
    // Workloads may be added later.
    this.node.addValidation({ validate: () => this.finish() });
  }

  private check(): void {
    const { airflow, discovery, interval, labels, policies, prometheus } = this.props;
    checkSameNamespace(this, airflow, 'monitoring');
    gather(this, problems => {
      problems.check(() => checkLabels(this, 'labels', labels, airflow.objectMetadata(this, 'PodMonitor', 'monitoring').labels));
      problems.check(() => checkSeconds(this, 'interval', interval, 1));
      if (interval !== undefined && discovery === MetricsDiscovery.ANNOTATIONS) {
        problems.add(
          `'interval' cannot be told by annotations, got ${interval.toSeconds()} seconds; set it in the configuration of Prometheus`,
        );
      }
      if ((policies === undefined) !== (prometheus === undefined)) {
        const [given, missing] = policies === undefined ? ['prometheus', 'policies'] : ['policies', 'prometheus'];
        problems.add(`'${given}' needs '${missing}', since the policies let the pods of Prometheus in; set both`);
      }
    });
  }

  private finish(): string[] {
    this.complete();
    if (this.known.size > 0) { return []; }
    return [
      "'airflow' has no pod that serves metrics; set 'telemetry.metrics' of the Airflow to "
        + 'Metrics.statsd() or Metrics.collector(), or leave the monitoring out',
    ];
  }

  /** Creates the objects that do not exist yet. */
  private complete(): void {
    const { airflow: { workloads }, policies, prometheus, discovery = MetricsDiscovery.POD_MONITOR } = this.props;
    for (const workload of workloads.filter(({ id, metrics }) => metrics.length > 0 && !this.known.has(id))) {
      this.known.add(workload.id);
      if (discovery === MetricsDiscovery.POD_MONITOR) {
        this.monitor(workload);
      } else {
        workload.metrics.forEach((metrics, index) => this.annotatedService(workload, metrics, index));
      }
      for (const { port } of workload.metrics) {
        policies?.allow({
          source: prometheus!,
          target: NetworkPeer.namespace(workload.namespaces[0], { podLabels: workload.podLabels }),
          port,
        });
      }
    }
  }

  private monitor({ part, podLabels, metrics }: AirflowWorkload): void {
    const { interval } = this.props;
    this.create('PodMonitor', part, {
      apiVersion: 'monitoring.coreos.com/v1',
      spec: {
        selector: { matchLabels: podLabels },
        podMetricsEndpoints: metrics.map(({ portName: port, path }) => ({
          port,
          path,
          ...(interval && { interval: `${interval.toSeconds()}s` }),
        })),
      },
    });
  }

  /** A Service without an address of its own, so that Prometheus scrapes each pod, even one that is not ready. */
  private annotatedService({ part, podLabels }: AirflowWorkload, { port, portName, path }: WorkloadMetrics, index: number): void {
    this.create('Service', `${part}-metrics${index === 0 ? '' : `-${index}`}`, {
      apiVersion: 'v1',
      annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': `${port}`, 'prometheus.io/path': path },
      spec: {
        clusterIP: 'None', publishNotReadyAddresses: true, selector: podLabels, ports: [{ name: portName, port, targetPort: port }],
      },
    });
  }

  private create(kind: string, part: string, { apiVersion, annotations, spec }: MonitoringObject): void {
    const { airflow, labels } = this.props;
    const own = airflow.objectMetadata(this, kind, part);
    const metadata = { ...own, labels: { ...own.labels, ...labels }, ...annotations && { annotations } };
    new ApiObject(this, part, { apiVersion, kind, metadata, spec });
  }
}
