// Written by `cdk8s-airflow import` from values.yaml, for version 1.22.0 of the chart.
import { App, Duration } from 'cdk8s';
import {
  AirflowChart, AirflowConnection, AirflowImage, AirflowSecrets, AirflowVersion, DagSource, Database, Executor,
  Exposure, GitCredentials, IngressTls, Metrics, Resources, Scaling, SecretKey, TaintEffect, TaskLogs, Toleration,
} from 'cdk8s-airflow';
import * as kplus from 'cdk8s-plus-27';

const app = new App();
const registryLoginSecret = kplus.Secret.fromSecretName(app, 'registry-login-secret', 'registry-login');
const settingsConfigMap = kplus.ConfigMap.fromConfigMapName(app, 'settings-config-map', 'settings');

const airflowKnownHostsConfigMap = kplus.ConfigMap.fromConfigMapName(
  app,
  'airflow-known-hosts-config-map',
  'airflow-known-hosts',
);

const resources = Resources.of({ requests: { cpu: '500m', memory: '1Gi' }, limits: { memory: '2Gi' } });
const tolerations = [Toleration.equal('pool', 'airflow', { effect: TaintEffect.NO_SCHEDULE })];

const chart = new AirflowChart(app, 'airflow', {
  namespace: 'airflow',
  image: AirflowImage.of('registry.example.com/data/airflow:2026.11.2', {
    version: AirflowVersion.of('3.3.2'),
    pullPolicy: kplus.ImagePullPolicy.ALWAYS,
    pullSecrets: [registryLoginSecret],
  }),
  url: 'https://airflow.example.com',
  executor: Executor.kubernetes({ creationBatchSize: 8, deletePodsOnFailure: true }),
  dags: DagSource.gitSync({
    repo: 'git@git.example.com:data/dags.git',
    ref: 'main',
    subPath: 'dags',
    period: Duration.seconds(30),
    credentials: GitCredentials.sshKey(SecretKey.of('git-key', 'gitSshKey'), {
      knownHostsConfigMap: airflowKnownHostsConfigMap,
    }),
  }),
  database: Database.fromSecret(SecretKey.of('airflow-database', 'connection')),
  logs: TaskLogs.s3({ bucket: 'example-logs', prefix: 'airflow', connection: AirflowConnection.fromId('aws_default') }),
  secrets: AirflowSecrets.fromSecrets({
    fernetKey: { current: SecretKey.of('airflow-fernet', 'fernet-key') },
    jwtSecret: SecretKey.of('airflow-jwt', 'jwt-secret'),
    secretKey: SecretKey.of('airflow-api', 'api-secret-key'),
  }),
  config: {
    core: { max_active_runs_per_dag: '4', max_active_tasks_per_dag: '32', parallelism: '128' },
    api: { expose_config: 'True' },
  },
  labels: { team: 'data' },
  pods: {
    nodeSelector: { pool: 'airflow' },
    annotations: { 'prometheus.io/scrape': 'false' },
    labels: { team: 'data' },
    envFrom: [kplus.Env.fromConfigMap(settingsConfigMap)],
    securityContext: { fsGroup: 2000, user: 50001 },
    env: {
      REGION: kplus.EnvValue.fromValue('eu-central-1'),
      AIRFLOW_CONN_SNOWFLAKE: SecretKey.of('connections', 'snowflake').toEnvValue(),
    },
  },
  taskPods: {
    resources: Resources.of({ requests: { cpu: '1', memory: '2Gi' }, limits: { memory: '2Gi' } }),
    affinity: { requiredNodes: [{ matches: [kplus.NodeLabelQuery.in('disk', ['ssd'])] }] },
    topologySpread: [{ topologyKey: 'topology.kubernetes.io/zone' }],
    extendedResources: { 'nvidia.com/gpu': '1' },
  },
  telemetry: { metrics: Metrics.statsd() },
  apiServer: {
    resources,
    disruptionBudget: { minAvailable: kplus.PercentOrAbsolute.absolute(1) },
    scaling: Scaling.cpu({ minReplicas: 2, maxReplicas: 6, cpuUtilization: 50 }),
    exposure: Exposure.ingress({
      className: 'nginx',
      tls: IngressTls.certManagerClusterIssuer('letsencrypt'),
      annotations: { 'nginx.ingress.kubernetes.io/proxy-body-size': '16m' },
      additionalHosts: ['jobs.example.com'],
    }),
  },
  scheduler: {
    resources,
    tolerations,
    serviceAccount: { annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/airflow' } },
    // two, since one alone is not enough when a node goes
    replicas: 2,
  },
  dagProcessor: { resources },
  triggerer: { resources, tolerations },
});

new kplus.ConfigMap(chart, 'known-hosts', {
  metadata: { name: 'airflow-known-hosts' },
  data: { known_hosts: 'git.example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHvkY' },
});

app.synth();
