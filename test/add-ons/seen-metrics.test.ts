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
/** The recorded runs start tasks without the Kubernetes executor, which alone sends these. */
const OF_KUBERNETES_EXECUTOR = ['kubernetes_executor.pod_creation', 'kubernetes_executor.pod_creation_status'].map(prometheusName);
const FOLDER = path.join(__dirname, '..', 'metrics');

function seen(run: string): Set<string> {
  return new Set(Object.keys(JSON.parse(fs.readFileSync(path.join(FOLDER, `seen-${run}.json`), 'utf8')) as object));
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
  const recorded = seen(run);
  expect(names.length).toBeGreaterThan(25);
  expect(names.filter(name => !recorded.has(name) && !OF_KUBERNETES_EXECUTOR.includes(name.replace(/_(sum|count)$/, '')))).toEqual([]);
});
