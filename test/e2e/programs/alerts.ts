import { App, Chart, Duration } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-27';
import {
  Airflow, AirflowAlerts, AirflowAlertsProps, AirflowDashboards, AirflowMonitoring, AirflowVersion, AlertOutput, Broker, DagSource, Database,
  Executor, Metrics, MetricsDiscovery, MetricsSource, SecretKey,
} from '../../../src';

/** What the test sets; `LIMITS` selects the thresholds. */
const {
  NAMESPACE, CHOICE, AIRFLOW_VERSION, LIMITS, GIT_URL, GIT_SYNC_IMAGE, E2E_POSTGRES_EXPORTER_IMAGE, E2E_REDIS_EXPORTER_IMAGE, E2E_X509_EXPORTER_IMAGE,
} = process.env as { [name: string]: string };
// A small node has room for it beside others.
const small = { resources: { cpu: { request: Cpu.millis(10) } } };
const seconds = (count: number) => Duration.seconds(count);
const SOURCES = [
  MetricsSource.KUBE_STATE_METRICS, MetricsSource.KUBELET,
  ...E2E_X509_EXPORTER_IMAGE === undefined ? [] : [MetricsSource.X509_CERTIFICATE_EXPORTER],
];
// Folders of a test node are volumes as full as its disk, which other things fill.
const VOLUME = 98;

const app = new App();
const chart = new Chart(app, 'airflow', { namespace: NAMESPACE });
const version = AirflowVersion.of(AIRFLOW_VERSION);
const timeout = version.isAirflow3 ? 'task_instance_heartbeat_timeout' : 'scheduler_zombie_task_threshold';
const metrics = CHOICE === 'statsd' ? Metrics.statsd(small) : Metrics.collector({ ...small, interval: seconds(10) });
// Without metrics, the same Airflow tells what they cost.
const exporter = (image?: string) => (CHOICE === 'none' ? undefined : { image });
const broker = Broker.redis({ ...small, exporter: exporter(E2E_REDIS_EXPORTER_IMAGE) });
const airflow = new Airflow(chart, 'airflow', {
  version,
  executor: Executor.multiple([Executor.celery({ broker, workers: { concurrency: 4, ...small } }), Executor.kubernetes()]),
  database: Database.inCluster({ ...small, exporter: exporter(E2E_POSTGRES_EXPORTER_IMAGE) }),
  pgBouncer: { replicas: 1, resultsPoolSize: 2, exporter: exporter(), ...small },
  dags: DagSource.gitSync({ repo: GIT_URL, ref: 'main', period: seconds(10), http: { metrics: true }, image: GIT_SYNC_IMAGE }),
  telemetry: CHOICE === 'none' ? undefined : { metrics, jsonLogs: version.isAirflow3 || undefined },
  pools: { small: { slots: 1 } },
  config: {
    // A DAG file may hang for minutes.
    core: { dagbag_import_timeout: '0', ...version.isAirflow3 ? {} : { dag_file_processor_timeout: '900' } },
    // With OpenTelemetry, Airflow 2 tells passes, not files: one that hangs must stop the pass.
    scheduler: { [timeout]: '60', ...CHOICE === 'otel' && !version.isAirflow3 ? { parsing_processes: '1' } : {} },
    triggerer: version.isAirflow3 ? { capacity: '3' } : { default_capacity: '3' },
    ...version.isAirflow3 ? { dag_processor: { dag_file_processor_timeout: '900' } } : {},
  },
  pods: LIMITS === 'kerberos' ? { kerberos: { keytab: SecretKey.of('keytab', 'keytab'), principal: 'airflow@EXAMPLE.COM' } } : undefined,
  scheduler: small,
  triggerer: small,
  taskPods: small,
  ...version.isAirflow3 ? { apiServer: small, dagProcessor: small } : { webserver: small },
});

/** Limits at which a fault shows within minutes. */
const SHORT: Partial<AirflowAlertsProps> = {
  thresholds: {
    heartbeat: seconds(30),
    queued: seconds(60),
    queueLength: 5,
    fullPool: seconds(60),
    pendingPod: seconds(60),
    heartbeatTimeouts: 0,
    scheduleDelay: seconds(30),
    unparsed: seconds(120),
    gitSync: seconds(120),
    migration: seconds(60),
    databaseConnectionsPercent: 60,
    volumePercent: VOLUME,
  },
  pendingPeriods: Object.fromEntries([
    'AirflowMetricsMissing', 'AirflowComponentUnavailable', 'AirflowTriggererFull', 'AirflowTaskPodsPending', 'AirflowTaskPodsRefused',
    'AirflowTaskHeartbeatTimeouts', 'AirflowScheduleDelay', 'AirflowDagImportErrors', 'AirflowDagFilesNotParsed', 'AirflowGitSyncFailing',
    'AirflowGitSyncStale', 'AirflowMigrationFailed', 'AirflowDatabaseConnectionsHigh', 'AirflowPgBouncerClientsWaiting', 'AirflowVolumeFilling',
    'AirflowVolumeFull', 'AirflowRedisFull', 'AirflowCertificateExpiring', 'AirflowKerberosTicketNotRenewed',
  ].map(name => [name, seconds(20)]).concat([['AirflowQueueGrowing', seconds(120)]])) as { [alert: string]: Duration },
};

if (CHOICE !== 'none') {
  new AirflowMonitoring(chart, 'monitoring', { airflow, discovery: MetricsDiscovery.ANNOTATIONS });
  new AirflowDashboards(chart, 'dashboards', { airflow, sources: SOURCES });
  new AirflowAlerts(chart, 'alerts', {
    airflow,
    sources: SOURCES,
    output: AlertOutput.configMap(),
    labels: { limits: LIMITS },
    ...LIMITS === 'default' ? { thresholds: { volumePercent: VOLUME } } : SHORT,
  });
}
app.synth();

console.log(airflow.notes);
