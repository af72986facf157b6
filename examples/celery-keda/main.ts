import { App, Duration } from 'cdk8s';
import { AirflowChart, Broker, Executor, Resources, Scaling, TaskLogs } from 'cdk8s-airflow';

const app = new App();
const chart = new AirflowChart(app, 'airflow', {
  namespace: 'airflow-celery-keda',
  executor: Executor.celery({
    broker: Broker.redis(),
    // The default queue: none to eight workers of 16 tasks.
    workers: { scaling: Scaling.keda({ maxReplicas: 8 }), terminationGracePeriod: Duration.hours(1) },
  }),
  // As many tasks as all workers run at once: 8 x 16 and 4 x 2.
  config: { core: { parallelism: '136' } },
  // Workers come and go, and their logs stay.
  logs: TaskLogs.newClaim(),
  triggerer: { scaling: Scaling.keda({ maxReplicas: 3 }) },
});
chart.airflow.addCeleryWorkers('highmem', {
  queues: ['highmem'],
  concurrency: 2,
  resources: Resources.of({ requests: { cpu: '1', memory: '16Gi' }, limits: { memory: '16Gi' } }),
  scaling: Scaling.keda({ maxReplicas: 4 }),
  terminationGracePeriod: Duration.hours(1),
});
app.synth();

console.log(chart.airflow.notes);
