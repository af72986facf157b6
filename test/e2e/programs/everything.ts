import { App, Chart, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  Airflow, AirflowImage, Broker, Database, DagSource, Executor, KedaTrigger, LocalSettingsFile, PlacementOptions, ProjectedSource, Scaling, SecretKey,
  ServiceAccountOptions, TaskLogs, Toleration, Volumes,
} from '../../../src';

/** What the test sets. */
const { NAMESPACE } = process.env as { [name: string]: string };
const small = { resources: { cpu: { request: kplus.Cpu.millis(10) } } };
const app = new App();
const chart = new Chart(app, 'airflow', { namespace: NAMESPACE });
const image = AirflowImage.of('apache/airflow:3.3.2');
const placement: PlacementOptions = { nodeSelector: { 'kubernetes.io/os': 'linux' }, tolerations: [Toleration.exists('e2e')], priorityClassName: 'system-cluster-critical' };
const serviceAccount: ServiceAccountOptions = { labels: { team: 'data' }, annotations: { 'example.com/owner': 'data' } };

const facts = Volumes.downwardApi(chart, 'facts', 'facts', { labels: { field: 'metadata.labels' }, team: { field: "metadata.annotations['example.com/team']" } });
const projected = Volumes.projected(chart, 'projected', 'projected', [
  ProjectedSource.serviceAccountToken({ path: 'token', audience: 'vault' }),
  ProjectedSource.secret(kplus.Secret.fromSecretName(chart, 'own', 'own'), { items: { 'local-settings': 'settings.py' } }),
  ProjectedSource.downwardApi({ cpu: { resource: kplus.ResourceFieldPaths.CPU_REQUEST, container: 'dag-processor', divisor: '1m' } }),
], { defaultMode: 0o440 });
/** A server of HTTP beside a component. */
const proxy = {
  name: 'proxy',
  image: image.reference,
  command: ['python', '-m', 'http.server', '9901', '--directory', '/tmp'],
  ports: [{ number: 9901 }],
  podVolumeMounts: [{ volume: 'scratch', mountPath: '/tmp', subPath: 'tmp' }],
  lifecycle: { preStopHttp: { path: '/', port: 9901, headers: { 'X-Reason': 'end' } } },
  resources: small.resources,
};
const volume = { size: Size.mebibytes(100), annotations: { 'example.com/backup': 'no' }, deleteWithSet: true, deleteWhenScaled: true };

const airflow = new Airflow(chart, 'airflow', {
  image,
  dags: DagSource.configMap('test/e2e/dags/everything'),
  logs: TaskLogs.ephemeral(),
  database: Database.inCluster({ ...small, password: SecretKey.of('own', 'database'), volumeAnnotations: { 'example.com/backup': 'daily' }, placement: {} }),
  pods: {
    annotations: { 'example.com/team': 'data' },
    securityContext: { fsGroupChangePolicy: kplus.FsGroupChangePolicy.ALWAYS, sysctls: { 'net.ipv4.tcp_keepalive_time': '300' } },
    localSettingsFile: LocalSettingsFile.fromSecret(SecretKey.of('own', 'local-settings')),
    objects: {
      configMaps: { labels: { kind: 'map' }, annotations: { 'example.com/reload': 'yes' } },
      secrets: { labels: { kind: 'secret' }, annotations: { 'example.com/copy': 'yes' } },
      serviceAccounts: { labels: { kind: 'account' }, annotations: { 'example.com/audit': 'yes' } },
    },
    volumeMounts: [{ path: '/etc/facts', volume: facts, readOnly: true }],
  },
  executor: Executor.celery({
    broker: Broker.redis({
      ...small,
      password: SecretKey.of('own', 'redis'),
      claim: kplus.PersistentVolumeClaim.fromClaimName(chart, 'redis-claim', 'redis-of-old'),
      placement: { nodeSelector: placement.nodeSelector, tolerations: placement.tolerations },
    }),
    flower: { ...small, image },
    workers: {
      ...small,
      serviceAccount,
      concurrency: 8,
      terminationGracePeriod: Duration.seconds(30),
      logs: volume,
      claims: [{ ...volume, name: 'models', mountPath: '/models' }],
      workload: { partition: 0 },
      scaling: Scaling.keda({
        maxReplicas: 3,
        pollingInterval: Duration.seconds(5),
        cooldownPeriod: Duration.seconds(20),
        triggers: [KedaTrigger.cron({ timezone: 'UTC', start: '0 0 1 1 *', end: '0 1 1 1 *', replicas: 1 })],
        fallback: { failureThreshold: 3, replicas: 1 },
        scaleUp: { policies: [{ replicas: kplus.Replicas.absolute(3), duration: Duration.seconds(15) }] },
        scaleDown: { policies: [{ replicas: kplus.Replicas.percent(100) }] },
        restoreOriginalReplicas: true,
      }),
    },
  }),
  jobs: { migration: { ...small, image } },
  scheduler: { ...small, pod: { shareProcessNamespace: true }, container: { lifecycle: { preStopSleep: Duration.seconds(1) } } },
  triggerer: { ...small, logs: volume, workload: { partition: 0 } },
  dagProcessor: { ...small, volumeMounts: [{ path: '/etc/projected', volume: projected, readOnly: true }] },
  apiServer: {
    resources: { cpu: { request: kplus.Cpu.millis(200) } },
    sidecars: [proxy],
    service: { sessionAffinity: Duration.hours(1), appProtocol: 'http', ports: [{ name: 'proxy', port: 9901, appProtocol: 'http' }] },
    scaling: Scaling.metrics({
      maxReplicas: 2,
      metrics: [
        kplus.Metric.resourceCpu(kplus.MetricTarget.averageUtilization(80)),
        kplus.Metric.resourceMemory(kplus.MetricTarget.averageValue(8 * 1024 ** 3)),
      ],
      scaleUp: { stabilizationWindow: Duration.seconds(0), policies: [{ replicas: kplus.Replicas.absolute(1), duration: Duration.seconds(15) }] },
      scaleDown: { stabilizationWindow: Duration.seconds(30) },
    }),
  },
});
app.synth();

console.log(airflow.notes);
