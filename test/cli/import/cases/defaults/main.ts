// Written by `cdk8s-airflow import` from values.yaml, for version 1.22.0 of the chart.
import { App, Size } from 'cdk8s';
import { AirflowChart, AirflowVersion, Executor, Metrics } from 'cdk8s-airflow';

const app = new App();

new AirflowChart(app, 'airflow', {
  namespace: 'airflow',
  version: AirflowVersion.of('3.2.2'),
  executor: Executor.celery({ workers: { logs: { size: Size.gibibytes(100) } } }),
  telemetry: { metrics: Metrics.statsd() },
  triggerer: { logs: { size: Size.gibibytes(100) } },
});

app.synth();
