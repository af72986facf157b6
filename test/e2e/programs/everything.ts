import { App, Chart, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { BUSY_DAGS, checkedAirflows, IMAGES, LABELLED, NEW_VOLUME, PLACEMENT, SMALL } from './everything-checked';
import {
  Airflow, AirflowImage, AirflowProps, Broker, Database, DagSource, Executor, KedaMetricType, KedaTrigger, LocalSettingsFile, ProjectedSource,
  Scaling, SecretKey, TaskLogs, Volumes,
} from '../../../src';

/** What the test sets. The objects of the other namespace are only checked. */
const { NAMESPACE, AIRFLOW = '3.3.2' } = process.env as { [name: string]: string };
const isAirflow3 = AIRFLOW.startsWith('3.');
const app = new App();
const chart = new Chart(app, 'airflow', { namespace: NAMESPACE });
const image = AirflowImage.of(IMAGES.airflow(AIRFLOW));
const volume = { size: Size.mebibytes(100), storageClassName: 'standard', annotations: { 'example.com/backup': 'no' }, deleteWithSet: true, deleteWhenScaled: true };
const claim = (name: string) => kplus.PersistentVolumeClaim.fromClaimName(chart, `claim-${name}`, name);

const facts = Volumes.downwardApi(chart, 'facts', 'facts', { labels: { field: 'metadata.labels' }, team: { field: "metadata.annotations['example.com/team']" } });
const projected = Volumes.projected(chart, 'projected', 'projected', [
  ProjectedSource.serviceAccountToken({ path: 'token', audience: 'vault', expiration: Duration.hours(2) }),
  ProjectedSource.secret(kplus.Secret.fromSecretName(chart, 'own', 'own'), { items: { 'local-settings': 'settings.py' } }),
  ProjectedSource.configMap(kplus.ConfigMap.fromConfigMapName(chart, 'absent', 'absent'), { optional: true }),
  ProjectedSource.downwardApi({ cpu: { resource: kplus.ResourceFieldPaths.CPU_REQUEST, container: 'scheduler', divisor: '1m' } }),
], { defaultMode: 0o440 });

/** A server of HTTP beside a component. */
const proxy = {
  ...SMALL,
  name: 'proxy',
  image: image.reference,
  command: ['python', '-m', 'http.server', '9901', '--directory', '/tmp'],
  ports: [{ number: 9901 }],
  podVolumeMounts: [{ volume: 'scratch', mountPath: '/tmp', subPath: 'tmp' }],
  lifecycle: { preStopHttp: { path: '/', port: 9901, headers: { 'X-Reason': 'end' } } },
};

/** Its volume is the one that an older server has left. */
const stored = { ...SMALL, placement: { nodeSelector: PLACEMENT.nodeSelector, tolerations: PLACEMENT.tolerations } };

/** The queue itself, for a trigger with a login: 16 messages are one worker. */
const broker = isAirflow3
  ? {
    server: Broker.redis({ ...stored, password: SecretKey.of('own', 'broker'), claim: claim('broker-of-old') }),
    queue: KedaTrigger.of('redis', {
      metadata: { address: `airflow-redis.${NAMESPACE}.svc:6379`, listName: 'default', listLength: '16' },
      authentication: { password: SecretKey.of('own', 'broker') },
      metricType: KedaMetricType.AVERAGE_VALUE,
    }),
  }
  : {
    server: Broker.rabbitMq({ ...stored, password: SecretKey.of('own', 'broker'), claim: claim('broker-of-old'), placement: PLACEMENT }),
    queue: KedaTrigger.of('rabbitmq', {
      metadata: { queueName: 'default', mode: 'QueueLength', value: '16' }, authentication: { host: SecretKey.of('own', 'broker-url') },
    }),
  };

const scaleUp = (pods: number) => ({
  strategy: kplus.ScalingStrategy.MAX_CHANGE,
  stabilizationWindow: Duration.seconds(0),
  policies: [{ replicas: kplus.Replicas.absolute(pods), duration: Duration.seconds(15) }],
});

const workers = {
  ...SMALL,
  serviceAccount: LABELLED,
  concurrency: 8,
  terminationGracePeriod: Duration.seconds(30),
  logs: volume,
  claims: [{ ...volume, name: 'models', mountPath: '/models', accessMode: kplus.PersistentVolumeAccessMode.READ_WRITE_ONCE }],
  workload: { partition: 0 },
  scaling: Scaling.keda({
    minReplicas: 0,
    maxReplicas: 3,
    pollingInterval: Duration.seconds(5),
    cooldownPeriod: Duration.seconds(20),
    triggers: [KedaTrigger.cron({ timezone: 'UTC', start: '0 0 1 1 *', end: '0 1 1 1 *', replicas: 1 }), broker.queue],
    fallback: { failureThreshold: 3, replicas: 1 },
    scaleUp: scaleUp(3),
    scaleDown: { policies: [{ replicas: kplus.Replicas.percent(100), duration: Duration.seconds(15) }] },
    restoreOriginalReplicas: true,
  }),
};

/** The component that serves the UI. */
const web = {
  resources: { cpu: { request: kplus.Cpu.millis(300) } },
  sidecars: [proxy],
  container: { lifecycle: { preStopSleep: Duration.seconds(5) } },
  service: { ...LABELLED, port: 8080, sessionAffinity: Duration.hours(1), appProtocol: 'http', ports: [{ name: 'proxy', port: 80, targetPort: 9901, appProtocol: 'http' }] },
  scaling: Scaling.metrics({
    minReplicas: 1,
    maxReplicas: 2,
    metrics: [
      kplus.Metric.resourceCpu(kplus.MetricTarget.averageUtilization(80)),
      kplus.Metric.resourceMemory(kplus.MetricTarget.averageValue(8 * 1024 ** 3)),
    ],
    scaleUp: scaleUp(1),
    scaleDown: { stabilizationWindow: Duration.seconds(30) },
  }),
};

const bySeries: AirflowProps = isAirflow3
  ? {
    database: Database.inCluster({ ...SMALL, ...NEW_VOLUME, password: SecretKey.of('own', 'database'), placement: {} }),
    pods: { localSettingsFile: LocalSettingsFile.fromSecret(SecretKey.of('own', 'local-settings')) },
    apiServer: web,
  }
  : {
    database: Database.inCluster({ ...stored, password: SecretKey.of('own', 'database'), claim: claim('database-of-old') }),
    pods: { localSettingsFile: LocalSettingsFile.fromConfigMap(kplus.ConfigMap.fromConfigMapName(chart, 'settings', 'settings'), { key: 'mine.py' }) },
    pgBouncer: { ...SMALL, placement: PLACEMENT, replicas: 1, poolSize: 30, resultsPoolSize: 6, maxConnections: 80 },
    webserver: web,
  };

const airflow = new Airflow(chart, 'airflow', {
  ...bySeries,
  image,
  dags: DagSource.configMap(BUSY_DAGS),
  logs: TaskLogs.ephemeral(),
  pods: {
    ...bySeries.pods,
    annotations: { 'example.com/team': 'data' },
    securityContext: { fsGroupChangePolicy: kplus.FsGroupChangePolicy.ALWAYS, sysctls: { 'net.ipv4.tcp_keepalive_time': '300' } },
    objects: {
      configMaps: { labels: { kind: 'map' }, annotations: { 'example.com/reload': 'yes' } },
      secrets: { labels: { kind: 'secret' }, annotations: { 'example.com/copy': 'yes' } },
      serviceAccounts: { labels: { kind: 'account' }, annotations: { 'example.com/audit': 'yes' } },
    },
    volumeMounts: [{ path: '/etc/facts', volume: facts, readOnly: true }],
  },
  executor: Executor.celery({ broker: broker.server, flower: { ...SMALL, image }, workers }),
  jobs: { migration: { ...SMALL, image }, checkDags: { ...SMALL, revision: '2' } },
  scheduler: {
    ...SMALL,
    pod: { shareProcessNamespace: true },
    container: { lifecycle: { postStart: ['true'] } },
    volumeMounts: [{ path: '/etc/projected', volume: projected, readOnly: true }],
  },
  triggerer: { ...SMALL, logs: volume, workload: { partition: 0 } },
  dagProcessor: SMALL,
});
checkedAirflows(new Chart(app, 'checked', { namespace: `${NAMESPACE}-checked` }), AIRFLOW);
app.synth();

console.log(airflow.notes);
