import * as fs from 'fs';
import * as path from 'path';
import { AirflowAlerts, AirflowChartProps, AirflowDashboards, AirflowVersion, Metrics, MetricsSource } from '../../src';
import { airflowChart, find, findAll, synth, Texts } from '../util';

/** The recorded runs, each of a version and a way to Prometheus. */
const RUNS: { readonly [run: string]: AirflowChartProps } = {
  '3.3.2-statsd': { telemetry: { metrics: Metrics.statsd() } },
  '3.3.2-otel': { telemetry: { metrics: Metrics.collector() } },
  '2.11.2-statsd': { version: AirflowVersion.V2_11, telemetry: { metrics: Metrics.statsd() } },
  '2.11.2-otel': { version: AirflowVersion.V2_11, telemetry: { metrics: Metrics.collector() } },
};
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
  return [...new Set(texts.flatMap(text => text.match(/\bairflow_\w+(?=[{,(])/g) ?? []))].sort();
}

test.each(Object.keys(RUNS))('the run %s has every metric that alerts and dashboards name', run => {
  const names = named(RUNS[run]);
  // Only the runs on a cluster start tasks with the Kubernetes executor, whose metrics have the same names in both ways to Prometheus.
  const seen = new Set([...recorded(`seen-${run}.json`), ...recorded(`cluster-${run.split('-')[0]}-statsd.json`)]);
  expect(names.length).toBeGreaterThan(25);
  expect(names.filter(name => !seen.has(name))).toEqual([]);
});
