// Written by `cdk8s-airflow import` from values.yaml, for version 1.22.0 of the chart.
import { App, Duration } from 'cdk8s';
import {
  AirflowChart, AirflowVersion, Auth, DagBundle, DagSource, Env, Metrics, SimpleRole, TaskLogs, TaskPodTemplate,
} from 'cdk8s-airflow';

const app = new App();

// Decide 'config.scheduler.catchup_by_default': scheduler.catchup_by_default: the value has a template of Helm
//   that only Helm can fill in; write what it gives into config.scheduler.catchup_by_default
new AirflowChart(app, 'airflow', {
  namespace: 'airflow',
  version: AirflowVersion.of('3.3.2'),
  dags: DagSource.bundles([
    DagBundle.git('main', {
      repo: 'https://git.example.com/dags.git',
      ref: 'main',
      subPath: 'dags',
      refreshInterval: Duration.minutes(1),
    }),
    DagBundle.local('baked', '/opt/airflow/baked'),
  ]),
  logs: TaskLogs.openSearch({ url: 'http://search:9200' }),
  auth: Auth.simple({ users: { ann: { role: SimpleRole.ADMIN }, bob: { role: SimpleRole.VIEWER } } }),
  config: {
    logging: { log_filename_template: 'dag_id={{ ti.dag_id }}/{{ ti.run_id }}.log' },
    dag_processor: { refresh_interval: '60' },
  },
  labels: { region: 'eu' },
  pods: { labels: { region: 'eu' }, env: Env.of({ AIRFLOW__MY_PLUGIN__MODE: 'fast', AIRFLOW__CLOUD__REGION: 'eu' }) },
  taskPods: { template: TaskPodTemplate.fromFile('pod_template.yaml') },
  telemetry: { metrics: Metrics.statsd() },
});

app.synth();
