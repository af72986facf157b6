// Written by `cdk8s-airflow import` from values.yaml, for version 1.15.0 of the chart.
import { App, Size } from 'cdk8s';
import { AirflowChart, AirflowHousekeeping, AirflowVersion, DagSource, Metrics, TaskLogs } from 'cdk8s-airflow';

const app = new App();

// Decide 'dags.persistence.accessMode': several pods mount the claim, which ReadWriteOnce allows on one node only;
//   the program has ReadWriteMany, which the storage class must support, otherwise use DagSource.gitSync() or
//   DagSource.fromImage()
const chart = new AirflowChart(app, 'airflow', {
  namespace: 'airflow-prod',
  version: AirflowVersion.of('2.10.5'),
  dags: DagSource.newClaim({ size: Size.gibibytes(2) }),
  logs: TaskLogs.newClaim({ size: Size.gibibytes(40), storageClassName: 'nfs' }),
  telemetry: { metrics: Metrics.statsd() },
  scheduler: { replicas: 2 },
});

new AirflowHousekeeping(chart, 'housekeeping', {
  airflow: chart.airflow,
  database: {},
  taskPods: { enabled: false },
  jobs: { enabled: false },
  xcoms: { enabled: false },
});

app.synth();
