import { Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { LAST_RUN, namesFiles } from './legacy-names';
import { StatsdMetricsOptions } from './metrics-options';
import { METRICS_PORT, METRICS_RESOURCES, MetricsServer } from './metrics-server';
import { BindContext } from '../core/bind-context';
import { completeResources } from '../kubernetes/complete-resources';
import { renderResources } from '../kubernetes/render';

/** The role and the name of the exporter. */
const ROLE = 'statsd';
const DEFAULT_IMAGE = 'quay.io/prometheus/statsd-exporter:v0.31.0';
/** The UDP port of the exporter. */
export const STATSD_PORT = 9125;
const FOLDER = '/etc/statsd-exporter';
const FILE = 'mapping.yaml';
/** The user `nobody`. */
const USER = 65534;
/** A gauge of a component that is gone would keep its last value. Airflow sends every gauge much more often than this. */
const GAUGE_TTL = Duration.minutes(10);
/** The bounds of histograms in seconds: loops of the scheduler take parts of a second, tasks take hours. */
const BUCKETS = [0.1, 1, 10, 60, 600, 3600];

/**
 * The StatsD exporter of Prometheus: it receives the metrics of Airflow by UDP, and Prometheus scrapes it.
 *
 * @see https://github.com/prometheus/statsd_exporter
 */
export class StatsdExporter extends MetricsServer {
  /**
   * @internal
   */
  public static _of(context: BindContext, options: StatsdMetricsOptions): StatsdExporter {
    return new StatsdExporter(context, options);
  }

  private constructor(context: BindContext, { image, pullPolicy, resources, ttl = Duration.days(1) }: StatsdMetricsOptions) {
    const check = (path: string) => ({ httpGet: { path, port: 'metrics' } });
    super(context, {
      role: ROLE,
      label: 'StatsD exporter',
      user: USER,
      ports: [{ name: ROLE, containerPort: STATSD_PORT, protocol: 'UDP' }],
      folder: FOLDER,
      file: FILE,
      config: mapping(context, ttl),
      container: {
        image: image ?? DEFAULT_IMAGE,
        imagePullPolicy: pullPolicy ?? kplus.ImagePullPolicy.IF_NOT_PRESENT,
        args: [
          `--statsd.mapping-config=${FOLDER}/${FILE}`,
          `--statsd.listen-udp=:${STATSD_PORT}`,
          // Nobody sends by TCP, so the port stays closed.
          '--statsd.listen-tcp=',
          `--web.listen-address=:${METRICS_PORT}`,
        ],
        resources: renderResources(completeResources(resources, METRICS_RESOURCES)),
        startupProbe: { ...check('/-/healthy'), periodSeconds: 1, failureThreshold: 60 },
        readinessProbe: { ...check('/-/ready'), periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
        livenessProbe: { ...check('/-/healthy'), periodSeconds: 20, timeoutSeconds: 5, failureThreshold: 6 },
      },
    });
  }
}

/** The rules of the exporter. Names and tags need none: the exporter reads the tags itself. */
function mapping({ version }: BindContext, ttl: Duration): string {
  const lastRun = LAST_RUN.replace('^', String.raw`^airflow\.`);
  const rules = [
    ...!namesFiles(version) ? [] : [{
      match: `${lastRun}(.+)$`,
      match_type: 'regex',
      name: 'airflow_dag_processing_last_run_seconds_ago',
      labels: { file_name: '$1' },
      ttl: seconds(GAUGE_TTL),
    }],
    { match: '^(.+)$', match_type: 'regex', match_metric_type: 'gauge', name: '$1', ttl: seconds(GAUGE_TTL) },
  ];
  // JSON is YAML. Histograms can be added up over tasks, unlike the quantiles of summaries, and take a quarter of the memory.
  return JSON.stringify({
    defaults: { ttl: seconds(ttl), observer_type: 'histogram', histogram_options: { buckets: BUCKETS } }, mappings: rules,
  }, null, 2);
}

function seconds(duration: Duration): string {
  return `${duration.toSeconds()}s`;
}
