import { App } from 'cdk8s';
import {
  AirflowAlerts, AirflowAlertsProps, AirflowChart, AirflowChartProps, AirflowVersion, Broker, Executor, Metrics, MetricsSource, SecretKey,
} from '../../src';
import { RenderedGroup } from '../../src/add-ons/alert-output';
import { find, synth } from '../util';

/** What is installed around an Airflow in whose rules every alert is. */
export const ALL_SOURCES = Object.values(MetricsSource);

const KERBEROS = { keytab: SecretKey.of('keytab', 'keytab'), principal: 'airflow@EXAMPLE.COM' };

/** One of each kind whose rules differ; the tests of promtool are written for them. */
export const CONFIGURATIONS: { readonly [name: string]: { readonly props: AirflowChartProps; readonly alerts?: Omit<AirflowAlertsProps, 'airflow'> } } = {
  // All alerts, with the newest names.
  'statsd-3.3': {
    props: { telemetry: { metrics: Metrics.statsd() }, pods: { kerberos: KERBEROS } },
    alerts: { sources: ALL_SOURCES },
  },
  'collector-3.3': { props: { telemetry: { metrics: Metrics.collector() } } },
  'openTelemetry-3.3': { props: { telemetry: { metrics: Metrics.openTelemetry({ endpoint: 'http://collector.monitoring:4318' }) } } },
  'openTelemetry-3.1': {
    props: { version: AirflowVersion.V3_1, telemetry: { metrics: Metrics.openTelemetry({ endpoint: 'http://collector.monitoring:4318' }) } },
  },
  'statsd-2.11': {
    props: {
      version: AirflowVersion.V2_11,
      executor: Executor.celery({ broker: Broker.redis() }),
      telemetry: { metrics: Metrics.statsd() },
    },
  },
};

/** The rules of a configuration, as Prometheus reads them. */
export function groupsOf(name: string): RenderedGroup[] {
  const { props, alerts } = CONFIGURATIONS[name];
  const chart = new AirflowChart(new App(), 'airflow', props);
  new AirflowAlerts(chart, 'alerts', { ...alerts, airflow: chart.airflow });
  return (find(synth(chart), 'PrometheusRule').spec as unknown as { groups: RenderedGroup[] }).groups;
}
