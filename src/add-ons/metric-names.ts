import * as fs from 'fs';
import * as path from 'path';
import { AirflowVersion } from '../core/airflow-version';
import { namesFiles } from '../metrics/legacy-names';
import { MetricsKind } from '../metrics/metrics-config';

/** A metric that Airflow emits. */
interface EmittedMetric {
  readonly type: 'counter' | 'gauge' | 'timer';
  readonly labels: string[];
}

type Table = { readonly [name: string]: EmittedMetric };

/** Airflow adds and subtracts, so it only looks like a counter. */
const UP_AND_DOWN = 'dag_processing.processes';
/** Task processes of Airflow 2 are forks that end without the last message of OpenTelemetry. What only they send never arrives. */
const LOST = new Set([
  'operator_failures', 'operator_successes', 'task.duration', 'ti_failures', 'ti_successes', 'dataset.updates', 'local_task_job.task_exit',
]);
/** With several executors, Airflow appends the class of the executor to the names. */
const OF_EXECUTOR = /^executor\.(open_slots|queued_tasks|running_tasks)$/;
/** Before 3.3, the name has the file. The StatsD exporter of the library makes it a label, and another may leave it in the name. */
const OF_FILE = 'dag_processing.last_run.seconds_ago';
const tables = new Map<string, Table>();

/** The inputs of `MetricNames`. */
export interface MetricNamesRequest {
  readonly version: AirflowVersion;
  readonly kind: MetricsKind;
  /** Whether names have the suffixes that OpenTelemetry gives them: `_total`, `_milliseconds`. */
  readonly suffixes: boolean;
  /** PromQL matchers of the series of this Airflow, for example `namespace="airflow"`. */
  readonly matchers: string;
}

/** The names of Airflow's metrics in Prometheus, for one version and one choice of metrics. */
export class MetricNames {
  private readonly emitted: Table;
  private readonly filesInNames: boolean;

  constructor(private readonly request: MetricNamesRequest) {
    const { version, kind } = request;
    this.filesInNames = kind === MetricsKind.STATSD && namesFiles(version);
    this.emitted = { ...emittedBy(version), ...this.filesInNames && { [OF_FILE]: { type: 'gauge', labels: ['file_name'] } } };
  }

  /** Whether the metrics of the version reach Prometheus. */
  public has(...names: string[]): boolean {
    const { version, kind } = this.request;
    const losing = kind === MetricsKind.OPEN_TELEMETRY && !version.isAirflow3;
    return names.every(name => this.emitted[name] !== undefined && !(losing && LOST.has(name)));
  }

  /** The series of a counter or a gauge. */
  public series(name: string, more = ''): string {
    const { type } = this.emitted[name];
    if (OF_EXECUTOR.test(name) || (name === OF_FILE && this.filesInNames)) {
      return this.select('', [`__name__=~"${prometheusName(name)}(_.+)?"`, more].filter(Boolean).join(', '));
    }
    const suffix = this.request.suffixes && type === 'counter' && name !== UP_AND_DOWN ? '_total' : '';
    return this.select(`${prometheusName(name)}${suffix}`, more);
  }

  /** The series of every metric of this Airflow. */
  public any(): string {
    return this.select('', '__name__=~"airflow_.+"');
  }

  /** The average of a timer in seconds over the observations of the window. */
  public average(name: string, window: string, by: string): string {
    const scale = this.request.kind === MetricsKind.OPEN_TELEMETRY ? ' / 1000' : '';
    if (!this.hasHistograms) { return `max by (${by}) (${this.select(prometheusName(name))})${scale}`; }
    const part = (end: string) =>
      grown(this.select(`${prometheusName(name)}${this.request.suffixes ? '_milliseconds' : ''}_${end}`), window, by);
    return `${part('sum')} / (${part('count')} > 0)${scale}`;
  }

  /** A timer is a histogram, except with OpenTelemetry before Airflow 3.3, which remembers the last observation alone. */
  private get hasHistograms(): boolean {
    const { version, kind } = this.request;
    return kind === MetricsKind.STATSD || version.major > 3 || (version.major === 3 && version.minor >= 3);
  }

  private select(name: string, more = ''): string {
    return `${name}{${[more, this.request.matchers].filter(Boolean).join(', ')}}`;
  }
}

/**
 * How much a counter has grown. A series that begins inside the window has grown by its value; `increase` alone would miss it, and a
 * labelled counter of Airflow begins with its first event.
 */
export function grown(series: string, window: string, by: string): string {
  const before = `last_over_time(${series}[${window}] offset ${window})`;
  return `sum by (${by}) ((increase(${series}[${window}]) and ${before}) or (${series} unless ${before}))`;
}

/** The name that both the StatsD exporter and the OpenTelemetry Collector make. */
export function prometheusName(name: string): string {
  return `airflow_${name.replace(/\W/g, '_')}`;
}

function emittedBy(version: AirflowVersion): Table {
  const series = version.knownSeries;
  let table = tables.get(series);
  if (table === undefined) {
    table = (JSON.parse(fs.readFileSync(path.join(__dirname, '..', '..', 'data', `metrics-${series}.json`), 'utf8')) as { metrics: Table })
      .metrics;
    tables.set(series, table);
  }
  return table;
}
