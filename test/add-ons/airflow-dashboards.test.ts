import * as fs from 'fs';
import * as path from 'path';
import type { LRParser } from '@lezer/lr';
import { Chart } from 'cdk8s';
import * as ts from 'typescript';
import { CONFIGURATIONS } from './alert-configurations';
import { DASHBOARDS_FILE, dashboardsText } from '../../projenrc/dashboards';
import {
  AirflowChartProps, AirflowDashboards, AirflowDashboardsProps, AirflowVersion, Broker, Executor, Metrics, MetricsSource,
} from '../../src';
import { Panel } from '../../src/add-ons/dashboard-template';
import { ROOT } from '../markdown';
import { airflowChart, findAll, Manifest, synth, Texts } from '../util';

type Options = Omit<AirflowDashboardsProps, 'airflow'>;

interface Variable {
  readonly name: string;
  readonly query: string;
  readonly current?: { readonly value: string };
}

interface Board {
  readonly title: string;
  readonly uid: string;
  readonly panels: Panel[];
  readonly templating: { readonly list: Variable[] };
}

const { parser } = jest.requireActual<{ parser: LRParser }>('@prometheus-io/lezer-promql');
const STATSD: AirflowChartProps = { telemetry: { metrics: Metrics.statsd() } };
const NAMES = ['overview', 'dags', 'scheduler', 'tasks', 'database'];

function dashboards(options: Options = {}, props: AirflowChartProps = STATSD): Chart {
  const chart = airflowChart(props);
  new AirflowDashboards(chart, 'dashboards', { ...options, airflow: chart.airflow });
  return chart;
}

const configMaps = (options?: Options, props?: AirflowChartProps): Manifest[] =>
  findAll(synth(dashboards(options, props)), 'ConfigMap', '-dashboard-');
const textsOf = (options?: Options, props?: AirflowChartProps) =>
  configMaps(options, props).map(({ data }) => Object.values(data as unknown as Texts)[0]);
const boardsOf = (options?: Options, props?: AirflowChartProps) => textsOf(options, props).map(text => JSON.parse(text) as Board);
const titlesOf = ({ panels }: Board) => panels.map(({ title }) => title);
const queriesOf = ({ panels }: Board) => panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

test('the templates are those of the Grafana Foundation SDK', () => {
  expect(fs.readFileSync(DASHBOARDS_FILE, 'utf8')).toBe(dashboardsText());
});

test('each dashboard is a ConfigMap that the sidecar of Grafana finds', () => {
  const facts = configMaps().map(({ metadata: { name, labels, annotations }, data }) => (
    [name, labels!.grafana_dashboard, annotations, Object.keys(data!)]));
  expect(facts).toEqual(
    NAMES.map(name => [`test-airflow-dashboard-${name}`, '1', { grafana_folder: 'Airflow' }, [`test-airflow-${name}.json`]]));
});

test('label, folder and annotations are the choice of the user', () => {
  const [{ metadata }] = configMaps({ labels: { 'grafana.com/dashboard': 'yes' }, folder: 'Data', annotations: { team: 'a' } });
  expect(metadata.labels).toMatchObject({ 'grafana.com/dashboard': 'yes', 'app.kubernetes.io/instance': 'test-airflow' });
  expect(metadata.annotations).toEqual({ grafana_folder: 'Data', team: 'a' });
});

test('the reader chooses the data source and the namespace, which begins with that of the Airflow', () => {
  const boards = boardsOf();
  expect(boards).toHaveLength(5);
  for (const { title, uid, templating: { list } } of boards) {
    expect(title).toMatch(/^Airflow .*\(test-airflow\)$/);
    expect(uid).toMatch(/^test-airflow-[a-z]+$/);
    expect(list.map(({ name, query, current }) => [name, query, current?.value])).toEqual([
      ['datasource', 'prometheus', undefined], ['namespace', 'label_values(airflow_scheduler_heartbeat, namespace)', 'airflow'],
    ]);
  }
});

test('a dashboard can be left out', () => {
  expect(configMaps({ exclude: ['database', 'tasks'] }).map(({ metadata }) => metadata.name)).toEqual(
    ['overview', 'dags', 'scheduler'].map(name => `test-airflow-dashboard-${name}`));
});

describe.each(Object.keys(CONFIGURATIONS))('of %s', name => {
  const { props } = CONFIGURATIONS[name];
  const boards = boardsOf({ sources: Object.values(MetricsSource) }, props);

  test('every query is PromQL without a placeholder', () => {
    const queries = boards.flatMap(queriesOf);
    expect(queries.length).toBeGreaterThan(20);
    for (const query of queries) {
      const errors: string[] = [];
      // Grafana puts the value of the variable in.
      parser.parse(query).iterate({ enter: ({ type }) => { if (type.isError) { errors.push(query); } } });
      expect(errors).toEqual([]);
      expect(query).not.toContain('@');
    }
  });

  test('the panels are numbered, and do not overlap', () => {
    expect(boards).toHaveLength(5);
    for (const { panels } of boards) {
      expect(panels.map(({ id }) => id)).toEqual(panels.map((_panel, index) => index + 1));
      const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => Array.from({ length: w * h }, (_cell, index) => `${x + index % w},${y + Math.floor(index / w)}`));
      expect(new Set(cells).size).toBe(cells.length);
      expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
    }
  });
});

describe('only panels with data', () => {
  const all = (version: AirflowVersion, options?: Options) => boardsOf(options, { ...STATSD, version }).flatMap(titlesOf);

  test('need metrics that the version emits', () => {
    expect(all(AirflowVersion.V3_3)).toEqual(expect.arrayContaining(['Tasks that are queued', 'Capacity left', 'DAG runs']));
    expect(all(AirflowVersion.V2_11)).not.toContain('Tasks that are queued');
    expect(all(AirflowVersion.V2_11)).not.toContain('Capacity left');
    expect(all(AirflowVersion.V3_1)).not.toContain('Creation of pods');
  });

  test('need their source, and a row needs a panel', () => {
    const titles = all(AirflowVersion.V3_3, { sources: [] });
    for (const title of ['PostgreSQL', 'PgBouncer', 'Volumes', 'Pods', 'CPU', 'Memory']) { expect(titles).not.toContain(title); }
    expect(all(AirflowVersion.V3_3, { sources: [MetricsSource.POSTGRES_EXPORTER] })).toContain('PostgreSQL');
  });

  test('need pods of that kind', () => {
    const celery = { ...STATSD, executor: Executor.celery({ broker: Broker.redis() }) };
    expect(boardsOf({}, celery).flatMap(titlesOf)).not.toContain('Creation of pods');
  });

  test('a line of a panel can be left out alone', () => {
    const lost = (version: AirflowVersion) => boardsOf({}, { ...STATSD, version }).flatMap(({ panels }) => panels)
      .find(({ title }) => title === 'Lost tasks in 5 minutes')!.targets!.map(({ legendFormat }) => legendFormat);
    expect(lost(AirflowVersion.V3_3)).toEqual(['without heartbeat']);
    expect(lost(AirflowVersion.V2_11)).toEqual(['zombies']);
  });
});

test('the slots of several executors are found, whose names Airflow appends', () => {
  expect(boardsOf().flatMap(queriesOf)).toContain('sum({__name__=~"airflow_executor_open_slots(_.+)?", namespace="$namespace"})');
});

test('names and units are those of the way to Prometheus', () => {
  const queries = (name: string) => boardsOf({}, CONFIGURATIONS[name].props).flatMap(queriesOf);
  expect(queries('openTelemetry-3.3')).toContain('sum(rate(airflow_scheduler_heartbeat_total{namespace="$namespace"}[5m]))');
  expect(queries('openTelemetry-3.1')).toContain('max by () (airflow_scheduler_scheduler_loop_duration{namespace="$namespace"}) / 1000');
  expect(boardsOf({ matchers: { job: 'a' } }).flatMap(queriesOf)).toContain('sum(rate(airflow_scheduler_heartbeat{job="a"}[5m]))');
});

test('the JSON has the types of the SDK', () => {
  const file = path.join(ROOT, 'test', 'add-ons', 'boards.ts');
  // A literal has the values of an enumeration, not the enumeration.
  const text = [
    "import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';",
    "import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus';",
    "type Query = Omit<Dataquery, '_implementsDataqueryVariant'>;",
    'type Plain<T> = T extends { _implementsDataqueryVariant: unknown } ? Plain<Query> : T extends string ? `${T}` : T extends number | boolean | null | undefined ? T : { [K in keyof T]: Plain<T[K]> };',
    `export const BOARDS: Plain<Dashboard>[] = [${textsOf({ sources: Object.values(MetricsSource) }).join(', ')}];`,
  ].join('\n');
  const config = path.join(ROOT, 'test', 'tsconfig.json');
  const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(config, name => ts.sys.readFile(name)).config, ts.sys, path.dirname(config));
  const compilerOptions = { ...options, noEmit: true, skipLibCheck: true, incremental: false };
  const host = ts.createCompilerHost(compilerOptions);
  const { getSourceFile, fileExists } = host;
  host.fileExists = name => name === file || fileExists(name);
  host.getSourceFile = (name, target, ...rest) => (name === file ? ts.createSourceFile(name, text, target) : getSourceFile(name, target, ...rest));
  const program = ts.createProgram([file], compilerOptions, host);
  const problems = program.getSemanticDiagnostics(program.getSourceFile(file)).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
  expect(problems).toEqual([]);
});

const failing = (options: object, props?: AirflowChartProps) => () => dashboards(options as Options, props);

test.each<[string, object, string]>([
  ['an unknown dashboard', { exclude: ['workers'] }, "'exclude' must have names of dashboards, got 'workers'; there are overview, dags, scheduler, tasks, database"],
  ['a misspelt dashboard', { exclude: ['overviev'] }, "'exclude' must have names of dashboards, got 'overviev'; did you mean 'overview'?"],
  ['no dashboard', { exclude: NAMES }, "'exclude' must leave a dashboard; leave out the construct instead"],
  ['no label', { labels: {} },
    "'labels' must have a label, by which the sidecar of Grafana finds the dashboards, got none; leave it out for grafana_dashboard=1"],
  ['a label of the library', { labels: { 'app.kubernetes.io/name': 'x' } },
    "'labels' cannot set 'app.kubernetes.io/name', which the library sets itself, got 'x'; leave it out"],
  ['a folder without a name', { folder: ' ' }, "'folder' must not be empty, got ' '; leave it out for 'Airflow'"],
  ['the annotation of the folder', { annotations: { grafana_folder: 'Data' } },
    "'annotations' cannot set 'grafana_folder', which the library sets itself, got 'Data'; set 'folder'"],
  ['a name of an annotation that is none', { annotations: { 'a b': 'x' } },
    "'annotations' must have names of at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit, alone or after a DNS name and '/', got 'a b'"],
  ['a matcher that is no label', { matchers: { 'a.b': 'x' } }, "'matchers' must have names of letters, digits and '_', beginning with a letter, got 'a.b'"],
  ['suffixes where the library decides them', { metricSuffixes: false },
    "'metricSuffixes' is for Metrics.openTelemetry(), whose collector decides the names, got false; leave it out"],
  ['a misspelt option', { folders: 'x' }, "'folders' is no member of AirflowDashboardsProps; did you mean 'folder'?"],
])('fails for %s', (_title, options, message) => {
  expect(failing(options)).toThrow(new Error(`test/dashboards: ${message}`));
});

test('fails for an Airflow without metrics', () => {
  expect(failing({}, {})).toThrow(new Error("test/dashboards: 'airflow' must send metrics whose names are known; set 'telemetry: { metrics: Metrics.statsd() }' of the "
    + 'Airflow, or Metrics.collector(), Metrics.openTelemetry(), or Metrics.external() with the format INFLUXDB'));
});
