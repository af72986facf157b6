// Written by `cdk8s-airflow import` from values.yaml, for version 1.22.0 of the chart.
import { App, Size } from 'cdk8s';
import {
  AirflowChart, AirflowSecrets, AirflowVersion, Auth, Broker, DagSource, Database, Executor, GitCredentials, Metrics,
  SecretKey, TaskLogs, WebserverConfigFile,
} from 'cdk8s-airflow';
import * as kplus from 'cdk8s-plus-27';

const app = new App();

// Decide 'dags.gitSync.knownHosts': git-sync checks no host key, so that an attacker on the way can deliver other
//   DAGs; use GitCredentials.sshKey() with the known hosts. The program has GitCredentials.sshKeyForAnyHost(), as
//   the chart does
new AirflowChart(app, 'airflow', {
  namespace: 'airflow',
  version: AirflowVersion.of('3.2.2'),
  // Everything that a password can stand in.
  executor: Executor.multiple([
    Executor.celery({
      broker: Broker.fromSecret(SecretKey.of('airflow-broker', 'connection')),
      workers: { logs: { size: Size.gibibytes(100) } },
      resultBackend: SecretKey.of('airflow-result-backend', 'connection'),
    }),
    Executor.kubernetes(),
  ]),
  dags: DagSource.gitSync({
    repo: 'git@git.example.com:dags.git',
    ref: 'main',
    subPath: 'tests/dags',
    credentials: GitCredentials.sshKeyForAnyHost(SecretKey.of('airflow-git-ssh', 'gitSshKey')),
  }),
  database: Database.postgres({
    host: 'postgres',
    name: 'airflow',
    user: 'airflow',
    password: SecretKey.of('airflow-database', 'password'),
  }),
  logs: TaskLogs.elasticsearch({
    url: 'https://search.example.com:9200',
    username: 'reader',
    password: SecretKey.of('airflow-logs', 'password'),
  }),
  auth: Auth.fab({
    webserverConfigFile: WebserverConfigFile.fromSecret(
      SecretKey.of('airflow-webserver-config', 'webserver_config.py'),
    ),
    admin: { username: 'root', password: SecretKey.of('airflow-admin', 'password') },
  }),
  secrets: AirflowSecrets.fromSecrets({
    fernetKey: { current: SecretKey.of('airflow-env', 'AIRFLOW__CORE__FERNET_KEY') },
    jwtSecret: SecretKey.of('airflow-keys', 'jwt-secret'),
    secretKey: SecretKey.of('airflow-keys', 'api-secret-key'),
  }),
  config: { smtp: { smtp_host: 'mail.example.com' } },
  pods: {
    securityContext: { user: 50002 },
    objects: { configMaps: { annotations: { reloader: 'yes' } }, secrets: { annotations: { replicator: 'yes' } } },
    env: {
      AIRFLOW_CONN_WAREHOUSE: SecretKey.of('airflow-env', 'AIRFLOW_CONN_WAREHOUSE').toEnvValue(),
      API_TOKEN: SecretKey.of('airflow-env', 'API_TOKEN').toEnvValue(),
      POD_IP: kplus.EnvValue.fromFieldRef(kplus.EnvFieldPaths.POD_IP),
      AIRFLOW__SENTRY__SENTRY_DSN: SecretKey.of('airflow-env', 'AIRFLOW__SENTRY__SENTRY_DSN').toEnvValue(),
      AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__SENTINEL_KWARGS: SecretKey.of(
        'airflow-env',
        'AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__SENTINEL_KWARGS',
      ).toEnvValue(),
    },
  },
  telemetry: { metrics: Metrics.statsd() },
});

app.synth();
