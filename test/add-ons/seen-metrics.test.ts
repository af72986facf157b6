import * as fs from 'fs';
import * as path from 'path';
import { AirflowAlerts, AirflowChartProps, AirflowDashboards, AirflowVersion, Metrics, MetricsSource } from '../../src';
import { prometheusName } from '../../src/add-ons/metric-names';
import { airflowChart, find, findAll, synth, Texts } from '../util';

/** The recorded runs, each of a version and a way to Prometheus. */
const RUNS: { readonly [run: string]: AirflowChartProps } = {
  '3.3.2-statsd': { telemetry: { metrics: Metrics.statsd() } },
  '3.3.2-otel': { telemetry: { metrics: Metrics.collector() } },
  '2.11.2-statsd': { version: AirflowVersion.V2_11, telemetry: { metrics: Metrics.statsd() } },
  '2.11.2-otel': { version: AirflowVersion.V2_11, telemetry: { metrics: Metrics.collector() } },
};
/** Only the runs on a cluster start tasks with the Kubernetes executor, which alone sends these. */
const OF_KUBERNETES_EXECUTOR = ['kubernetes_executor.pod_creation', 'kubernetes_executor.pod_creation_status'].map(prometheusName);
const FOLDER = path.join(__dirname, '..', 'metrics');

function recorded(file: string): string[] {
  return Object.keys(JSON.parse(fs.readFileSync(path.join(FOLDER, file), 'utf8')) as object);
}

/** The metrics of Airflow that alerts and dashboards name. */
function named(props: AirflowChartProps): string[] {
  const chart = airflowChart(props);
  const sources = Object.values(MetricsSource);
  new AirflowAlerts(chart, 'alerts', { airflow: chart.airflow, sources });
  new AirflowDashboards(chart, 'dashboards', { airflow: chart.airflow, sources });
  const manifest = synth(chart);
  const { groups } = find(manifest, 'PrometheusRule').spec as unknown as { groups: { rules: { expr: string }[] }[] };
  const boards = findAll(manifest, 'ConfigMap', '-dashboard-').flatMap(({ data }) => Object.values(data as unknown as Texts));
  const queries = boards.flatMap(text => [...text.matchAll(/"(?:expr|query)": "((?:[^"\\]|\\.)*)"/g)].map(([, query]) => query));
  const texts = [...groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)), ...queries];
  return [...new Set(texts.flatMap(text => text.match(/\bairflow_\w+(?=[{,])/g) ?? []))].sort();
}

test.each(Object.keys(RUNS))('the run %s has every metric that alerts and dashboards name', run => {
  const names = named(RUNS[run]);
  const seen = new Set(recorded(`seen-${run}.json`));
  expect(names.length).toBeGreaterThan(25);
  expect(names.filter(name => !seen.has(name) && !OF_KUBERNETES_EXECUTOR.includes(name.replace(/_(sum|count)$/, '')))).toEqual([]);
});

test('a run on a cluster has the metrics of the Kubernetes executor', () => {
  const seen = new Set(recorded('cluster-3.3.2-statsd.json').map(name => name.replace(/_(sum|count|bucket)$/, '')));
  expect(OF_KUBERNETES_EXECUTOR.filter(name => !seen.has(name))).toEqual([]);
});
