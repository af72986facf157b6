// Written by `cdk8s-airflow import` from values.yaml, for version 1.22.0 of the chart.
import { App, Duration, Size } from 'cdk8s';
import {
  AirflowChart, AirflowVersion, Auth, DagSource, Database, Executor, Exposure, Metrics, Resources,
} from 'cdk8s-airflow';
import * as kplus from 'cdk8s-plus-27';

const app = new App();
const teamDagsClaim = kplus.PersistentVolumeClaim.fromClaimName(app, 'team-dags-claim', 'team-dags');

new AirflowChart(app, 'airflow', {
  namespace: 'airflow',
  version: AirflowVersion.of('3.2.2'),
  executor: Executor.local(),
  dags: DagSource.fromClaim(teamDagsClaim, { subPath: 'prod' }),
  database: Database.inCluster({ volumeSize: Size.gibibytes(50) }),
  auth: Auth.fab({ createAdmin: false }),
  telemetry: { metrics: Metrics.statsd() },
  apiServer: { service: { port: 8080 }, exposure: Exposure.nodePort({ nodePort: 30080 }), executionApi: {} },
  scheduler: {
    terminationGracePeriod: Duration.minutes(15),
    container: { args: ['bash', '-c', 'exec airflow scheduler --skip-serve-logs'] },
    workload: { onDelete: true },
    logs: { size: Size.gibibytes(30) },
  },
  jobs: {
    migration: {
      resources: Resources.of({ requests: { cpu: '200m', memory: '512Mi' } }),
      workload: { annotations: { 'argocd.argoproj.io/sync-wave': '1' } },
    },
  },
  external: { triggerer: true },
});

app.synth();
