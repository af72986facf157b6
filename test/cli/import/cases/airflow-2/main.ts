// Written by `cdk8s-airflow import` from values.yaml, for version 1.22.0 of the chart.
import { App, Duration, Size } from 'cdk8s';
import {
  AirflowChart, AirflowSecrets, AirflowVersion, Auth, Executor, Exposure, IngressTls, Metrics, Resources, SecretKey,
} from 'cdk8s-airflow';
import * as kplus from 'cdk8s-plus-27';

const app = new App();
const toolsTlsSecret = kplus.Secret.fromSecretName(app, 'tools-tls-secret', 'tools-tls');
const resources = Resources.of({ requests: { cpu: '1', memory: '4Gi' } });

const webserverConfig = `from flask_appbuilder.const import AUTH_DB

AUTH_TYPE = AUTH_DB
AUTH_ROLE_PUBLIC = "Viewer"
`;

new AirflowChart(app, 'airflow', {
  namespace: 'airflow',
  version: AirflowVersion.of('2.11.2'),
  url: 'https://tools.example.com/airflow',
  executor: Executor.celeryKubernetes({
    celery: {
      workers: {
        resources,
        replicas: 2,
        container: { livenessProbe: { period: Duration.minutes(2) } },
        logs: { size: Size.gibibytes(100) },
      },
    },
    kubernetes: { deletePods: false },
  }),
  auth: Auth.fab({
    webserverConfig,
    users: { boss: { roles: ['Op'], password: SecretKey.of('airflow-admin', 'password'), email: 'boss@example.com' } },
    createAdmin: false,
  }),
  secrets: AirflowSecrets.fromSecrets({ secretKey: SecretKey.of('airflow-webserver', 'webserver-secret-key') }),
  config: {
    core: { max_active_tasks_per_dag: '16', default_pool_task_slot_count: '128' },
    webserver: { dag_orientation: 'LR' },
  },
  pods: { logGroomer: { maxAge: Duration.days(7) } },
  taskPods: { resources, nodeSelector: { pool: 'tasks' } },
  telemetry: { metrics: Metrics.statsd() },
  webserver: {
    replicas: 2,
    container: {
      livenessProbe: { initialDelay: Duration.minutes(1) },
      startupProbe: { timeout: Duration.seconds(30) },
    },
    service: { annotations: { 'example.com/owner': 'data' } },
    exposure: Exposure.ingress({ className: 'contour', tls: IngressTls.fromSecret(toolsTlsSecret) }),
  },
  dagProcessor: {},
  triggerer: { logs: { size: Size.gibibytes(100) } },
});

app.synth();
