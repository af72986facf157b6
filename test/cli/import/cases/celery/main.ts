// Written by `cdk8s-airflow import` from values.yaml, for version 1.22.0 of the chart.
import { App, Duration, Size } from 'cdk8s';
import {
  AirflowChart, AirflowVersion, Broker, Database, Executor, Exposure, FlowerAuth, PostgresSslMode, Resources,
  Scaling, SecretKey, Toleration,
} from 'cdk8s-airflow';

const app = new App();

const chart = new AirflowChart(app, 'airflow', {
  namespace: 'airflow',
  version: AirflowVersion.of('3.3.2'),
  executor: Executor.celery({
    broker: Broker.redis({
      image: 'redis:7.4-bookworm',
      volumeSize: Size.gibibytes(5),
      storageClassName: 'fast',
      resources: Resources.of({ limits: { memory: '1Gi' } }),
      placement: { tolerations: [Toleration.exists('pool')] },
    }),
    workers: {
      terminationGracePeriod: Duration.minutes(60),
      workload: { partition: 1 },
      scaling: Scaling.keda({ maxReplicas: 12, pollingInterval: Duration.seconds(15) }),
      queues: ['default', 'reports'],
      logs: { size: Size.gibibytes(20), deleteWithSet: true },
    },
    resultBackend: SecretKey.of('airflow-results', 'connection'),
    flower: {
      resources: Resources.of({ requests: { cpu: '100m', memory: '256Mi' } }),
      auth: FlowerAuth.fromSecret(SecretKey.of('airflow-flower', 'basicAuth')),
      exposure: Exposure.ingress(),
      url: 'http://flower.example.com',
    },
  }),
  database: Database.postgres({
    host: 'postgres.example.com',
    name: 'airflow',
    user: 'airflow',
    password: SecretKey.of('airflow-database', 'password'),
    tls: { mode: PostgresSslMode.REQUIRE },
  }),
  pgBouncer: { replicas: 2, poolSize: 20, exporter: { resources: Resources.of({ limits: { memory: '64Mi' } }) } },
  config: {
    celery: { worker_concurrency: '8', worker_prefetch_multiplier: '1' },
    celery_broker_transport_options: { visibility_timeout: '43200' },
  },
  triggerer: { logs: { size: Size.gibibytes(100) } },
});

chart.airflow.addCeleryWorkers('big', {
  resources: Resources.of({ requests: { cpu: '4', memory: '16Gi' } }),
  replicas: 3,
  queues: ['big'],
});

app.synth();
