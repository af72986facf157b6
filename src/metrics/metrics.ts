import { Duration } from 'cdk8s';
import { Construct } from 'constructs';
import { blockedNames, knowsLegacyNames, LAST_RUN, namesFiles } from './legacy-names';
import { MetricsConfig, MetricsKind, sends } from './metrics-config';
import {
  CollectorMetricsOptions, ExternalMetricsOptions, MetricsFilterOptions, OpenTelemetryMetricsOptions, StatsdFormat,
  StatsdMetricsOptions,
} from './metrics-options';
import { OpenTelemetryCollector, OTLP_PORT } from './open-telemetry-collector';
import { bindOtlp, checkOtlp } from './otlp';
import { STATSD_PORT, StatsdExporter } from './statsd-exporter';
import { byDefault, ConfigOption, own } from '../core/answer';
import { BindContext } from '../core/bind-context';
import { checkResources } from '../kubernetes/check-resources';
import { checkPinned } from '../kubernetes/image';
import { IpFamily } from '../kubernetes/ip-family';
import { checkMembers } from '../kubernetes/members';
import { EnvVar } from '../kubernetes/pod';
import { gather, Problems } from '../kubernetes/problems';
import { renderEnv } from '../kubernetes/render';
import { checkAtLeast, checkPort, checkSeconds } from '../kubernetes/validate';

const PROP = "'telemetry.metrics'";
const PREFIX = 'airflow';
const INTERVAL = Duration.seconds(30);

/**
 * How Airflow sends its metrics.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/administration-and-deployment/logging-monitoring/metrics.html
 */
export abstract class Metrics {
  /**
   * By StatsD to an exporter in the cluster, which Prometheus scrapes.
   */
  public static statsd(options: StatsdMetricsOptions = {}): Metrics {
    checkMembers('StatsdMetricsOptions', options);
    return new StatsdMetrics(options);
  }

  /**
   * By OpenTelemetry to a collector that exists.
   */
  public static openTelemetry(options: OpenTelemetryMetricsOptions): Metrics {
    checkMembers('OpenTelemetryMetricsOptions', options);
    return new OpenTelemetryMetrics(options);
  }

  /**
   * By OpenTelemetry to a collector of the library's own, which Prometheus scrapes.
   */
  public static collector(options: CollectorMetricsOptions = {}): Metrics {
    checkMembers('CollectorMetricsOptions', options);
    return new CollectorMetrics(options);
  }

  /**
   * By StatsD to a server that exists, for example an agent on each node.
   */
  public static external(options: ExternalMetricsOptions): Metrics {
    checkMembers('ExternalMetricsOptions', options);
    return new ExternalMetrics(options);
  }

  /**
   * @internal
   */
  public abstract _bind(context: BindContext): MetricsConfig;
}

class StatsdMetrics extends Metrics {
  constructor(private readonly options: StatsdMetricsOptions) { super(); }

  public _bind(context: BindContext): MetricsConfig {
    gather(context, problems => {
      checkServer(context, problems, this.options);
      checkFilter(problems, this.options);
      if (!context.version.isAirflow3 && context._ipFamily === IpFamily.IPV6) {
        problems.add(
          `'telemetry.metrics' by StatsD needs IPv4 in Airflow 2, but 'pods.ipFamily' is ${IpFamily.IPV6}; use Metrics.collector()`,
        );
      }
    });
    const statsd = StatsdExporter._of(context, this.options);
    return {
      kind: MetricsKind.STATSD,
      statsd,
      options: [
        ...statsdOptions(PREFIX, StatsdFormat.INFLUXDB),
        own('metrics', 'statsd_host', statsd.host, PROP),
        own('metrics', 'statsd_port', `${STATSD_PORT}`, PROP),
        ...filterOptions(context, this.options),
      ],
      parts: sends('metrics', [{ name: 'AIRFLOW__METRICS__STATSD_ON', value: 'True' }], statsd._endpoint),
    };
  }
}

class ExternalMetrics extends Metrics {
  constructor(private readonly options: ExternalMetricsOptions) { super(); }

  public _bind(context: BindContext): MetricsConfig {
    const { host, port = 8125, format = StatsdFormat.INFLUXDB, prefix = PREFIX } = this.options;
    gather(context, problems => {
      problems.check(() => checkPort(context, 'telemetry.metrics.port', port));
      if (!/^[a-z][a-z0-9_.]*$/i.test(prefix)) {
        problems.add(`'telemetry.metrics.prefix' must consist of letters, digits, '_' and '.', beginning with a letter, got '${prefix}'`);
      }
      if (host.value !== undefined && !/^[\w.:-]+$/.test(host.value as string)) {
        problems.add(`'telemetry.metrics.host' must be the name or address of a host, without a scheme and a port, got '${host.value}'`);
      }
      checkFilter(problems, this.options);
    });
    const label = typeof host.value === 'string' ? `StatsD ${host.value}` : 'StatsD';
    const env = [
      { name: `AIRFLOW__METRICS__${format === StatsdFormat.DATADOG ? 'STATSD_DATADOG_ENABLED' : 'STATSD_ON'}`, value: 'True' },
      ...renderEnv({ AIRFLOW__METRICS__STATSD_HOST: host }),
    ];
    return {
      kind: format === StatsdFormat.INFLUXDB && prefix === PREFIX ? MetricsKind.STATSD : MetricsKind.NONE,
      options: [
        ...statsdOptions(prefix, format),
        own('metrics', 'statsd_host', undefined, PROP),
        own('metrics', 'statsd_port', `${port}`, PROP),
        // Without tags, the names with ids are the only ones that tell DAGs and tasks apart.
        ...format === StatsdFormat.PLAIN ? listOptions(this.options, []) : filterOptions(context, this.options),
      ],
      parts: sends('metrics', env, { id: 'statsd-server', label, port, protocol: 'UDP' }),
    };
  }
}

class OpenTelemetryMetrics extends Metrics {
  constructor(private readonly options: OpenTelemetryMetricsOptions) { super(); }

  public _bind(context: BindContext): MetricsConfig {
    const { interval, delta = false } = this.options;
    gather(context, problems => {
      checkOtlp(problems, 'telemetry.metrics', this.options, context.version);
      problems.check(() => checkSeconds(context, 'telemetry.metrics.interval', interval, 1));
      checkFilter(problems, this.options);
    });
    const { options, env, endpoint } = bindOtlp(context, 'metrics', this.options);
    return {
      kind: MetricsKind.OPEN_TELEMETRY,
      options: [...options, ...otelOptions(context, this.options, interval)],
      parts: sends('metrics', [...env, ...delta ? [DELTA] : []], endpoint),
    };
  }
}

class CollectorMetrics extends Metrics {
  constructor(private readonly options: CollectorMetricsOptions) { super(); }

  public _bind(context: BindContext): MetricsConfig {
    const { interval, maxSeries } = this.options;
    gather(context, problems => {
      checkServer(context, problems, this.options);
      problems.check(() => checkSeconds(context, 'telemetry.metrics.interval', interval, 1));
      problems.check(() => checkAtLeast(context, 'telemetry.metrics.maxSeries', maxSeries, 1));
      checkFilter(problems, this.options);
    });
    const collector = OpenTelemetryCollector._of(context, this.options);
    const { options, env } = bindOtlp(context, 'metrics', { endpoint: `http://${collector.host}:${OTLP_PORT}` });
    return {
      kind: MetricsKind.OPEN_TELEMETRY,
      collector,
      options: [...options, ...otelOptions(context, this.options, interval)],
      parts: sends('metrics', [...env, DELTA], collector._endpoint),
    };
  }
}

const DELTA: EnvVar = { name: 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', value: 'delta' };

/** Only one client can be on, and a name that changes would break alerts and dashboards. */
function statsdOptions(prefix: string, format: StatsdFormat): ConfigOption[] {
  return [
    ...['statsd_on', 'statsd_datadog_enabled', 'otel_on'].map(option => own('metrics', option, undefined, PROP)),
    own('metrics', 'statsd_prefix', prefix, PROP),
    own('metrics', 'statsd_influxdb_enabled', format === StatsdFormat.INFLUXDB ? 'True' : 'False', PROP),
  ];
}

function otelOptions(context: BindContext, filter: MetricsFilterOptions, interval = INTERVAL): ConfigOption[] {
  return [
    ...['statsd_on', 'statsd_datadog_enabled'].map(option => own('metrics', option, undefined, PROP)),
    own('metrics', 'otel_prefix', PREFIX, PROP),
    own('metrics', 'otel_interval_milliseconds', `${interval.toMilliseconds()}`, PROP),
    ...filterOptions(context, filter, namesFiles(context.version) ? [LAST_RUN] : []),
  ];
}

/** Leaves out names that contain ids. */
function filterOptions({ version }: BindContext, filter: MetricsFilterOptions, more: string[] = []): ConfigOption[] {
  return [
    ...knowsLegacyNames(version) ? [own('metrics', 'legacy_names_on', 'False', PROP)] : [],
    // Airflow 2.11 would send some durations in seconds and others in milliseconds.
    byDefault('metrics', 'timer_unit_consistency', 'True'),
    // In Airflow 2, entries would otherwise be the beginnings of names.
    ...version.isAirflow3 ? [] : [own('metrics', 'metrics_use_pattern_match', 'True', PROP)],
    ...listOptions(filter, [...blockedNames(version), ...more]),
  ];
}

function listOptions({ allowList, blockList = [] }: MetricsFilterOptions, blocked: string[]): ConfigOption[] {
  // Airflow ignores the block list next to an allow list.
  const left = allowList === undefined ? [...blocked, ...blockList] : [];
  return [
    own('metrics', 'metrics_allow_list', allowList?.join(','), PROP, "'allowList' is the list"),
    own('metrics', 'metrics_block_list', left.length === 0 ? undefined : left.join(','), PROP, "'blockList' is the list"),
  ];
}

function checkFilter(problems: Problems, { allowList, blockList }: MetricsFilterOptions): void {
  if (allowList !== undefined && blockList !== undefined) {
    problems.add(
      "'telemetry.metrics.blockList' must not be set together with 'allowList', since Airflow would ignore it; leave one of them out",
    );
  }
  for (const [name, list] of Object.entries({ allowList, blockList })) {
    if (list?.length === 0) { problems.add(`'telemetry.metrics.${name}' must not be empty; leave it out`); }
    for (const pattern of list ?? []) {
      if (pattern.includes(',') || !isPattern(pattern)) {
        problems.add(`'telemetry.metrics.${name}' must have regular expressions without a comma, like '^scheduler\\.', got '${pattern}'`);
      }
    }
  }
}

function isPattern(text: string): boolean {
  try {
    return text.trim() !== '' && new RegExp(text) !== undefined;
  } catch {
    return false;
  }
}

function checkServer(
  context: Construct,
  problems: Problems,
  { image, resources, ttl }: StatsdMetricsOptions | CollectorMetricsOptions,
): void {
  if (image !== undefined) {
    problems.check(() => checkPinned('telemetry.metrics.image', image, context));
  }
  problems.check(() => checkResources(context, 'telemetry.metrics.resources', resources));
  problems.check(() => checkSeconds(context, 'telemetry.metrics.ttl', ttl, 60));
}
