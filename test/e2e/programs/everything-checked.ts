import { Chart, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  Airflow, AirflowImage, AirflowProps, Broker, CertificateAuthority, CommonPodOptions, DagSource, Database, Executor, Exposure,
  ExternalTrafficPolicy, GitCredentials, GitSubmodules, GitSyncOptions, Gpu, IpFamily, KedaTrigger, PlacementOptions, ProjectedSource,
  Scaling, SchedulerOptions, SecretKey, ServiceAccountOptions, TaintEffect, TaskLogs, Toleration, UnsatisfiableConstraint, Volumes,
  WorkloadIdentity,
} from '../../../src';

export const BUSY_DAGS = 'test/e2e/dags/everything';
export const IMAGES = { airflow: (version: string) => `apache/airflow:${version}` };
export const SMALL = { resources: { cpu: { request: kplus.Cpu.millis(10) } } };
const METADATA = { labels: { team: 'data' }, annotations: { 'example.com/owner': 'data' } };
export const LABELLED: ServiceAccountOptions = { labels: { team: 'data' }, annotations: { 'example.com/owner': 'data' } };
export const NEW_VOLUME = { volumeSize: Size.mebibytes(500), storageClassName: 'standard', volumeAnnotations: { 'example.com/backup': 'daily' }, deleteWithSet: true };
/** Every node of a small cluster. */
export const PLACEMENT: PlacementOptions = {
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  affinity: {
    preferredNodes: [{ weight: 1, matches: [kplus.NodeLabelQuery.exists('kubernetes.io/hostname')] }],
    requiredNodes: [{ matches: [kplus.NodeLabelQuery.in('kubernetes.io/os', ['linux'])] }],
    awayFromPods: [{ labels: { team: 'noisy' }, topologyKey: 'kubernetes.io/hostname', weight: 50, namespaces: ['noisy'] }],
  },
  tolerations: [Toleration.exists('e2e', { effect: TaintEffect.NO_EXECUTE, evictAfter: Duration.minutes(5) })],
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
    database: Database.inCluster({
      placement: PLACEMENT,
      exporter: { image: 'quay.io/prometheuscommunity/postgres-exporter:v0.20.1', pullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT, ...SMALL },
    }),
    scheduler: {
      logs: volume,
      workload: { onDelete: true },
      ...anyPod(chart),
      gpus: Gpu.nvidia(),
      securityContext: { user: 50001, group: 0, fsGroup: 0, supplementalGroups: [1234], readOnlyRootFilesystem: true, seLinux: { level: 's0:c123,c456', type: 'container_t' }, fsGroupChangePolicy: kplus.FsGroupChangePolicy.ON_ROOT_MISMATCH },
    },
    triggerer: {
      scaling: Scaling.cpu({
        minReplicas: 1,
        maxReplicas: 2,
        cpuUtilization: 60,
        scaleUp: { stabilizationWindow: Duration.minutes(1) },
        scaleDown: { strategy: kplus.ScalingStrategy.DISABLED },
      }),
      sidecars: [{ name: 'proxy', image: 'envoyproxy/envoy:v1.31.0', ports: [{ number: 8443 }], lifecycle: requestAfterStart, ...SMALL }],
    },
    pods: {
      labels: { team: 'data' },
      volumeMounts: [{ path: '/model', volume: model, readOnly: true }, { path: '/etc/team', volume: team, readOnly: true }],
    },
    dags: DagSource.gitSync(clonedOnce(chart)),
  });
}

/** git-sync with a private git host. */
function clonedOnce(chart: Chart): GitSyncOptions {
  const config = kplus.Volume.fromConfigMap(chart, 'git', kplus.ConfigMap.fromConfigMapName(chart, 'git-config', 'git-config'));
  const [timeout, backoff] = [Duration.seconds(5), Duration.seconds(10)];
  return {
    ...SMALL,
    repo: 'https://git.example.com/dags.git',
    ref: 'main',
    subPath: 'dags',
    pluginsSubPath: 'plugins',
    depth: 1,
    period: Duration.seconds(30),
    syncTimeout: Duration.seconds(90),
    maxFailures: 5,
    submodules: GitSubmodules.SHALLOW,
    sparseCheckout: ['/dags/', '/plugins/'],
    staleWorktreeTimeout: Duration.minutes(10),
    credentials: GitCredentials.token(SecretKey.of('git', 'token')),
    hooks: {
      webhook: { url: kplus.EnvValue.fromValue('https://hooks.example.com'), method: 'PUT', successStatus: 0, timeout, backoff },
      exec: { command: '/notify', timeout, backoff },
    },
    http: { port: 2345, metrics: true },
    env: { GITSYNC_VERBOSE: kplus.EnvValue.fromValue('1') },
    ca: CertificateAuthority.fromSecret(SecretKey.of('git-ca', 'ca.crt')),
    volumeMounts: [{ path: '/etc/git', volume: config }],
    image: 'registry.k8s.io/git-sync/git-sync:v4.4.0',
    pullPolicy: kplus.ImagePullPolicy.ALWAYS,
    shared: { size: Size.gibibytes(1), storageClassName: 'standard', annotations: { 'example.com/backup': 'no' }, placement: PLACEMENT },
  };
}

/** The members that every pod has. */
function anyPod(chart: Chart): SchedulerOptions {
  const probe = { initialDelay: Duration.seconds(1), period: Duration.seconds(40), timeout: Duration.seconds(20), failureThreshold: 4 };
  const cache = kplus.Volume.fromEmptyDir(chart, 'cache', 'cache', { sizeLimit: Size.mebibytes(10) });
  const env = { TEAM: kplus.EnvValue.fromValue('data') };
  const envFrom = [new kplus.EnvFrom(kplus.ConfigMap.fromConfigMapName(chart, 'variables', 'variables'))];
  return {
    ...PLACEMENT,
    env,
    envFrom,
    replicas: 1,
    extendedResources: { 'example.com/fpga': '1' },
    topologySpread: [{ topologyKey: 'topology.kubernetes.io/zone', maxSkew: 2, minDomains: 2, whenUnsatisfiable: UnsatisfiableConstraint.DO_NOT_SCHEDULE }],
    terminationGracePeriod: Duration.minutes(2),
    disruptionBudget: { maxUnavailable: kplus.PercentOrAbsolute.absolute(1) },
    serviceAccount: {
      name: 'scheduler',
      automountToken: true,
      identity: WorkloadIdentity.eksIrsa('arn:aws:iam::123456789012:role/airflow'),
      projectedToken: { audience: 'vault', expiration: Duration.hours(1), fileName: 'token', mountPath: '/var/run/vault' },
    },
    pod: {
      labels: { tier: 'core' },
      annotations: { 'example.com/tier': 'core' },
      runtimeClassName: 'runc',
      schedulerName: 'default-scheduler',
      safeToEvict: false,
      scratchSize: Size.gibibytes(2),
      ephemeralClaims: [{
        name: 'work', mountPath: '/work', size: Size.gibibytes(1), storageClassName: 'standard', accessMode: kplus.PersistentVolumeAccessMode.READ_WRITE_ONCE,
      }],
      dns: {
        policy: kplus.DnsPolicy.NONE,
        nameservers: ['10.96.0.10'],
        searches: ['svc.cluster.local'],
        resolverOptions: { ndots: '2' },
        hostAliases: [{ ip: '10.0.0.1', hostnames: ['git.example.com'] }],
      },
    },
    container: {
      args: ['scheduler'],
      command: ['airflow'],
      ports: [{ name: 'extra', number: 9000, protocol: kplus.Protocol.TCP }],
      lifecycle: { preStop: ['sleep', '1'] },
      livenessProbe: probe,
      readinessProbe: { ...probe, command: ['true'] },
      startupProbe: { enabled: false },
    },
    initContainers: [{
      ...SMALL,
      name: 'first',
      image: 'busybox:1.36',
      pullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT,
      args: ['true'],
      env,
      envFrom,
      workingDir: '/tmp',
      runsFirst: true,
      user: 1234,
      readOnlyRootFilesystem: false,
      volumeMounts: [{ path: '/cache', volume: cache }],
      podVolumeMounts: [{ volume: 'scratch', mountPath: '/scratch', subPath: 'tmp', readOnly: true }],
    }],
    sidecars: [{
      ...SMALL,
      name: 'shipper',
      image: 'busybox:1.36',
      command: ['sleep', 'infinity'],
      livenessProbe: kplus.Probe.fromCommand(['true']),
      readinessProbe: kplus.Probe.fromCommand(['true']),
      startupProbe: kplus.Probe.fromCommand(['true']),
    }],
  };
}

/** What all pods have, stores and Jobs included. */
function ofAllPods(chart: Chart): CommonPodOptions {
  const files = kplus.Volume.fromConfigMap(chart, 'files', kplus.ConfigMap.fromConfigMapName(chart, 'all-files', 'files'));
  return {
    ...PLACEMENT,
    ...METADATA,
    dns: { hostAliases: [{ ip: '10.0.0.1', hostnames: ['proxy.example.com'] }] },
    env: { REGION: kplus.EnvValue.fromValue('eu') },
    envFrom: [new kplus.EnvFrom(kplus.ConfigMap.fromConfigMapName(chart, 'all-variables', 'variables'))],
    helperResources: {
      cpu: { request: kplus.Cpu.millis(5), limit: kplus.Cpu.millis(100) },
      memory: { limit: Size.mebibytes(64) },
      ephemeralStorage: { limit: Size.mebibytes(64) },
    },
    ipFamily: IpFamily.IPV4,
    lifecycle: { preStopSleep: Duration.seconds(2) },
    logGroomer: { enabled: true, maxAge: Duration.days(3) },
    schedulerName: 'default-scheduler',
    serviceAccount: { existing: kplus.ServiceAccount.fromServiceAccountName(chart, 'account', 'default') },
    topologySpread: [{ topologyKey: 'topology.kubernetes.io/zone' }],
    volumeMounts: [{ path: '/etc/files/a', volume: files, subPath: 'a', propagation: kplus.MountPropagation.HOST_TO_CONTAINER }],
  };
}

/** Users come by a load balancer and by a port of the nodes; logs, DAGs and the database are elsewhere. */
function isExposed(chart: Chart, version: string): void {
  const exposure = Exposure.loadBalancer({
    annotations: { 'example.com/balancer': 'internal' },
    className: 'example.com/internal',
    loadBalancerIP: '10.0.0.9',
    nodePort: 30556,
    sourceRanges: ['10.0.0.0/8'],
    externalTrafficPolicy: ExternalTrafficPolicy.LOCAL,
  });
  const web: AirflowProps = version.startsWith('3.') ? { apiServer: { exposure, executionApi: SMALL } } : { webserver: { exposure } };
  const claim = { annotations: { 'example.com/backup': 'no' }, size: Size.gibibytes(5), storageClassName: 'standard', subPath: 'airflow' };
  const queue = KedaTrigger.cron({ timezone: 'Europe/Berlin', start: '0 6 * * 1-5', end: '0 20 * * 1-5', replicas: 2 });
  const scaling = Scaling.keda({ maxReplicas: 4, connection: SecretKey.of('database', 'libpq'), query: 'SELECT 2', triggers: [queue] });
  new Airflow(chart, 'exposed', {
    ...web,
    image: AirflowImage.of(IMAGES.airflow(version)),
    url: 'https://airflow.example.com',
    pods: ofAllPods(chart),
    jobs: { checkDags: { backoffLimit: 1, activeDeadline: Duration.minutes(20) }, migration: { backoffLimit: 1, activeDeadline: Duration.hours(2) } },
    scheduler: {
      workload: {
        ...METADATA, maxSurge: kplus.PercentOrAbsolute.percent(50), maxUnavailable: kplus.PercentOrAbsolute.absolute(0), revisionHistoryLimit: 1,
      },
    },
    triggerer: { workload: { recreate: true } },
    executor: Executor.celery({
      broker: version.startsWith('3.') ? Broker.rabbitMq({ ...NEW_VOLUME, metrics: true }) : Broker.redis({ ...NEW_VOLUME, exporter: {} }),
      workers: { scaling },
      flower: { url: 'https://flower.example.com', exposure: Exposure.nodePort({ nodePort: 30555, externalTrafficPolicy: ExternalTrafficPolicy.CLUSTER }) },
    }),
    database: Database.fromSecret(SecretKey.of('database', 'connection')),
    dags: DagSource.newClaim({ ...claim, accessMode: kplus.PersistentVolumeAccessMode.READ_WRITE_MANY, mountPath: '/srv/dags', readOnly: true }),
    logs: TaskLogs.newClaim(claim),
  });
}
