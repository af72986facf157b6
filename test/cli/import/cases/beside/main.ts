// Written by `cdk8s-airflow import` from values.yaml, for version 1.22.0 of the chart.
import { ApiObject, App, Cron, Duration, JsonPatch, Size } from 'cdk8s';
import {
  AirflowChart, AirflowHousekeeping, AirflowNetworkPolicies, AirflowVersion, Metrics, NetworkPeer, Resources,
  SecretKey,
} from 'cdk8s-airflow';
import * as kplus from 'cdk8s-plus-27';

const app = new App();

const localSettings = `def task_policy(task):
    task.retries = max(task.retries, 2)
`;

// Decide 'networkPolicies.enabled': only a Secret has the address of 'kdc'; the program has
//   NetworkPeer.anywhere(), better is NetworkPeer.cidr(), namespace() or host()
const chart = new AirflowChart(app, 'airflow', {
  namespace: 'airflow',
  version: AirflowVersion.of('3.2.2'),
  localSettings,
  pods: {
    lifecycle: { preStop: ['sleep', '5'] },
    securityContext: { userFromNamespace: true },
    kerberos: {
      principal: 'airflow@EXAMPLE.COM',
      keytab: SecretKey.of('airflow-kerberos-keytab', 'kerberos.keytab'),
      reinitFrequency: Duration.seconds(1800),
    },
  },
  telemetry: { metrics: Metrics.statsd() },
  scheduler: { priorityClassName: 'airflow-high' },
  triggerer: { logs: { size: Size.gibibytes(100) } },
});

new kplus.ConfigMap(chart, 'team-settings', {
  metadata: { name: 'team-settings', labels: { team: 'data' } },
  data: { mode: 'strict', region: 'eu' },
});

new ApiObject(chart, 'priority-class-airflow-high', {
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name: 'airflow-high' },
}).addJsonPatch(
  JsonPatch.add('/value', 1000),
  JsonPatch.add('/preemptionPolicy', 'PreemptLowerPriority'),
);

new ApiObject(chart, 'data-airflow-resource-quota', {
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'data-airflow-resource-quota' },
}).addJsonPatch(
  JsonPatch.add('/spec', { hard: { 'pods': '60', 'requests.cpu': '40' } }),
);

new ApiObject(chart, 'data-airflow-limit-range', {
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata: { name: 'data-airflow-limit-range' },
}).addJsonPatch(
  JsonPatch.add('/spec', { limits: [{ type: 'Container', defaultRequest: { memory: '128Mi' } }] }),
);

new AirflowHousekeeping(chart, 'housekeeping', {
  airflow: chart.airflow,
  taskPods: {
    resources: Resources.of({ requests: { cpu: '50m', memory: '128Mi' } }),
    schedule: Cron.schedule({ minute: '*/30' }),
  },
  database: { schedule: Cron.schedule({ minute: '0', hour: '3', weekDay: '0' }), retention: Duration.days(60) },
  jobs: { enabled: false },
  xcoms: { enabled: false },
});

chart.airflow.allowJobs();

new AirflowNetworkPolicies(chart, 'network-policies', {
  airflow: chart.airflow,
  peers: { kdc: [NetworkPeer.anywhere({ ports: [88] })] },
});

app.synth();
