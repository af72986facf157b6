// Written by `cdk8s-airflow import` from values.yaml, for version 1.18.0 of the chart.
import { App } from 'cdk8s';
import { AirflowChart, AirflowVersion, Metrics, Resources, TaskLogs } from 'cdk8s-airflow';

const app = new App();

// Decide 'values': the values of the Secret 'etl-values' of 'valuesFrom' are missing; give the file as well
// Decide 'scheduler.podAnnotations': the value has a template of Helm that only Helm can fill in:
//   '{"checksum/settings":"{{ include (print $.Template.BasePath \"/settings.yaml\") '; write what it gives
new AirflowChart(app, 'airflow', {
  namespace: 'data',
  name: 'etl',
  version: AirflowVersion.of('3.0.6'),
  logs: TaskLogs.gcs({ bucket: 'etl-logs', prefix: 'etl' }),
  telemetry: { metrics: Metrics.statsd() },
  scheduler: { resources: Resources.of({ requests: { cpu: '250m' } }) },
});

app.synth();
