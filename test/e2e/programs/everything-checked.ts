import { Chart, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  Airflow, AirflowImage, AirflowProps, Broker, CertificateAuthority, Database, DagSource, Executor, Exposure, ExternalTrafficPolicy, KedaTrigger,
  PlacementOptions, ProjectedSource, Scaling, SecretKey, ServiceAccountOptions, TaskLogs, Toleration, Volumes,
} from '../../../src';

export const BUSY_DAGS = 'test/e2e/dags/everything';
export const IMAGES = { airflow: (version: string) => `apache/airflow:${version}` };
export const SMALL = { resources: { cpu: { request: kplus.Cpu.millis(10) } } };
export const LABELLED: ServiceAccountOptions = { labels: { team: 'data' }, annotations: { 'example.com/owner': 'data' } };
export const NEW_VOLUME = { volumeSize: Size.mebibytes(500), storageClassName: 'standard', volumeAnnotations: { 'example.com/backup': 'daily' }, deleteWithSet: true };
/** Every node of a small cluster. */
export const PLACEMENT: PlacementOptions = {
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  affinity: { preferredNodes: [{ weight: 1, matches: [kplus.NodeLabelQuery.exists('kubernetes.io/hostname')] }] },
  tolerations: [Toleration.exists('e2e')],
  priorityClassName: 'system-cluster-critical',
};

/** What needs a load balancer, a git host, SELinux or a database that a test cluster does not have: the API server checks these objects. */
export function checkedAirflows(chart: Chart, version: string): void {
  keepsLogs(chart, version);
  isExposed(chart, version);
}

/** The logs of all tasks are on the volumes of the components that run them. */
function keepsLogs(chart: Chart, version: string): void {
  const volume = { size: Size.gibibytes(1), deleteWithSet: true };
  const model = Volumes.image(chart, 'model', 'model', 'registry.example.com/model:1', { pullPolicy: kplus.ImagePullPolicy.ALWAYS });
  const team = Volumes.projected(chart, 'team', 'team', [ProjectedSource.downwardApi({ team: { field: "metadata.labels['team']" } })]);
  const requestAfterStart = { postStartHttp: { path: '/started', port: 8443, https: true, headers: { 'X-Reason': 'start' } } };
  new Airflow(chart, 'logs', {
    image: AirflowImage.of(IMAGES.airflow(version)),
    executor: Executor.multiple([Executor.local(), Executor.kubernetes({ readPodLogs: false })]),
    logs: TaskLogs.ephemeral(),
    database: Database.inCluster({ placement: PLACEMENT }),
    scheduler: {
      logs: volume,
      workload: { onDelete: true },
      securityContext: { seLinux: { level: 's0:c123,c456', type: 'container_t' }, fsGroupChangePolicy: kplus.FsGroupChangePolicy.ON_ROOT_MISMATCH },
      container: { lifecycle: { preStop: ['sleep', '1'] } },
    },
    triggerer: {
      scaling: Scaling.cpu({
        minReplicas: 1, maxReplicas: 2, cpuUtilization: 60, scaleUp: { stabilizationWindow: Duration.minutes(1) }, scaleDown: { strategy: kplus.ScalingStrategy.DISABLED },
      }),
      sidecars: [{ name: 'proxy', image: 'envoyproxy/envoy:v1.31.0', ports: [{ number: 8443 }], lifecycle: requestAfterStart, ...SMALL }],
    },
    pods: {
      labels: { team: 'data' },
      volumeMounts: [{ path: '/model', volume: model, readOnly: true }, { path: '/etc/team', volume: team, readOnly: true }],
    },
    dags: DagSource.gitSync({
      repo: 'https://git.example.com/dags.git',
      ca: CertificateAuthority.fromSecret(SecretKey.of('git-ca', 'ca.crt')),
      volumeMounts: [{ path: '/etc/git', volume: kplus.Volume.fromConfigMap(chart, 'git', kplus.ConfigMap.fromConfigMapName(chart, 'git-config', 'git-config')) }],
      shared: { annotations: { 'example.com/backup': 'no' }, placement: PLACEMENT },
    }),
  });
}

/** Users come by a load balancer and by a port of the nodes; logs, DAGs and the database are elsewhere. */
function isExposed(chart: Chart, version: string): void {
  const exposure = Exposure.loadBalancer({ externalTrafficPolicy: ExternalTrafficPolicy.LOCAL });
  const web: AirflowProps = version.startsWith('3.') ? { apiServer: { exposure, executionApi: SMALL } } : { webserver: { exposure } };
  const annotations = { 'example.com/backup': 'no' };
  const queue = KedaTrigger.cron({ timezone: 'Europe/Berlin', start: '0 6 * * 1-5', end: '0 20 * * 1-5', replicas: 2 });
  const scaling = Scaling.keda({ maxReplicas: 4, connection: SecretKey.of('database', 'libpq'), query: 'SELECT 2', triggers: [queue] });
  new Airflow(chart, 'exposed', {
    ...web,
    image: AirflowImage.of(IMAGES.airflow(version)),
    url: 'https://airflow.example.com',
    executor: Executor.celery({
      broker: version.startsWith('3.') ? Broker.rabbitMq(NEW_VOLUME) : Broker.redis(NEW_VOLUME),
      workers: { scaling },
      flower: { url: 'https://flower.example.com', exposure: Exposure.nodePort({ nodePort: 30555, externalTrafficPolicy: ExternalTrafficPolicy.CLUSTER }) },
    }),
    database: Database.fromSecret(SecretKey.of('database', 'connection')),
    dags: DagSource.newClaim({ annotations }),
    logs: TaskLogs.newClaim({ annotations }),
  });
}
