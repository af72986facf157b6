// Written by `cdk8s-airflow import` from values.yaml, for version 1.22.0 of the chart.
import { App, Duration, Size } from 'cdk8s';
import { AirflowChart, AirflowVersion, Executor, Exposure, Metrics, Resources, Scaling } from 'cdk8s-airflow';

const app = new App();

new AirflowChart(app, 'airflow', {
  namespace: 'airflow',
  version: AirflowVersion.of('3.3.2'),
  executor: Executor.celery({
    workers: {
      resources: Resources.of({ requests: { cpu: '1', memory: '2Gi' } }),
      scaling: Scaling.cpu({
        minReplicas: 2,
        maxReplicas: 8,
        cpuUtilization: 80,
        scaleDown: { stabilizationWindow: Duration.minutes(10) },
      }),
      logs: { size: Size.gibibytes(100) },
      claims: [{ name: 'cache', mountPath: '/cache', size: Size.gibibytes(5), storageClassName: 'fast' }],
    },
  }),
  telemetry: { metrics: Metrics.collector() },
  apiServer: { exposure: Exposure.loadBalancer({ sourceRanges: ['10.0.0.0/8'] }), executionApi: {} },
  triggerer: { logs: { size: Size.gibibytes(100) } },
});

app.synth();
