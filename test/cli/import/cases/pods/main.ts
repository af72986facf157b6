// Written by `cdk8s-airflow import` from values.yaml, for version 1.22.0 of the chart.
import { App, Duration, Size } from 'cdk8s';
import {
  AirflowChart, AirflowVersion, Metrics, ProjectedSource, Resources, Toleration, UnsatisfiableConstraint, Volumes,
} from 'cdk8s-airflow';
import * as kplus from 'cdk8s-plus-27';

const app = new App();
const companyCaConfigMap = kplus.ConfigMap.fromConfigMapName(app, 'company-ca-config-map', 'company-ca');

const caVolume = kplus.Volume.fromConfigMap(app, 'ca-volume', companyCaConfigMap, {
  name: 'ca',
  items: { 'ca.pem': { path: 'ca.pem' } },
});

const sharedDataClaim = kplus.PersistentVolumeClaim.fromClaimName(app, 'shared-data-claim', 'shared-data');
const sharedVolume = kplus.Volume.fromPersistentVolumeClaim(app, 'shared-volume', sharedDataClaim, { name: 'shared' });
const settingsConfigMap = kplus.ConfigMap.fromConfigMapName(app, 'settings-config-map', 'settings');
const maybeSecret = kplus.Secret.fromSecretName(app, 'maybe-secret', 'maybe');
const schedulerFilesSecret = kplus.Secret.fromSecretName(app, 'scheduler-files-secret', 'scheduler-files');

const secretsVolume = kplus.Volume.fromSecret(app, 'secrets-volume', schedulerFilesSecret, {
  name: 'secrets',
  defaultMode: 0o400,
});

const ownScratchVolume = kplus.Volume.fromEmptyDir(app, 'own-scratch-volume', 'own-scratch', {
  medium: kplus.EmptyDirMedium.MEMORY,
  sizeLimit: Size.mebibytes(64),
});

const vaultVolume = kplus.Volume.fromCsi(app, 'vault-volume', 'secrets-store.csi.k8s.io', {
  name: 'vault',
  readOnly: true,
  attributes: { secretProviderClass: 'airflow' },
});

const whoVolume = Volumes.downwardApi(app, 'who-volume', 'who', { name: { field: 'metadata.name' } });

const tokenVolume = Volumes.projected(app, 'token-volume', 'token', [
  ProjectedSource.serviceAccountToken({ path: 'token', audience: 'vault' }),
]);

// Decide 'triggerer.extraContainers': the container 'root' is privileged, root, or has added capabilities, which
//   the Pod Security level restricted refuses; run it in a DaemonSet or a Deployment of its own
// Decide 'triggerer.securityContexts.container': root, privileges and added capabilities are refused by the Pod
//   Security level restricted, at which the library runs everything; the image runs as the user 50000 and needs
//   none of them
new AirflowChart(app, 'airflow', {
  namespace: 'airflow',
  version: AirflowVersion.of('3.2.2'),
  pods: {
    affinity: { awayFromPods: [{ labels: { app: 'database' }, weight: 50 }] },
    tolerations: [Toleration.any()],
    topologySpread: [
      {
        topologyKey: 'topology.kubernetes.io/zone',
        maxSkew: 2,
        whenUnsatisfiable: UnsatisfiableConstraint.DO_NOT_SCHEDULE,
      },
    ],
    schedulerName: 'volcano',
    volumeMounts: [
      { path: '/etc/company', volume: caVolume },
      { path: '/data', volume: sharedVolume, subPath: 'airflow' },
    ],
  },
  taskPods: {
    priorityClassName: 'low',
    terminationGracePeriod: Duration.minutes(2),
    pod: { runtimeClassName: 'gvisor' },
  },
  telemetry: { metrics: Metrics.statsd() },
  scheduler: {
    pod: {
      annotations: { 'sidecar.istio.io/inject': 'false' },
      labels: { 'tier-of-service': 'gold' },
      dns: { hostAliases: [{ ip: '10.1.2.3', hostnames: ['git.internal'] }] },
    },
    container: {
      lifecycle: { postStartHttp: { path: '/started', port: 8974 } },
      livenessProbe: { timeout: Duration.seconds(30), failureThreshold: 3 },
      startupProbe: { failureThreshold: 20 },
    },
    env: {
      FROM_MAP: kplus.EnvValue.fromConfigMap(settingsConfigMap, 'mode'),
      MAYBE: kplus.EnvValue.fromSecretValue({ secret: maybeSecret, key: 'it' }, { optional: true }),
    },
    volumeMounts: [
      { path: '/etc/files', volume: secretsVolume, readOnly: true },
      { path: '/scratch', volume: ownScratchVolume },
      { path: '/etc/vault', volume: vaultVolume },
      { path: '/etc/who', volume: whoVolume },
      { path: '/var/run/vault', volume: tokenVolume },
    ],
    sidecars: [
      {
        name: 'shipper',
        image: 'registry.example.com/shipper:1.2.0',
        args: ['--follow'],
        env: { NODE: kplus.EnvValue.fromFieldRef(kplus.EnvFieldPaths.NODE_NAME) },
        podVolumeMounts: [{ volume: 'logs', mountPath: '/logs', readOnly: true }],
        livenessProbe: kplus.Probe.fromHttpGet('/healthz', { port: 9100, periodSeconds: Duration.seconds(20) }),
        ports: [{ number: 9100, name: 'metrics' }],
        resources: Resources.of({ requests: { cpu: '10m', memory: '32Mi' } }),
        readOnlyRootFilesystem: false,
      },
    ],
    initContainers: [
      {
        name: 'fetch',
        image: 'registry.example.com/fetch:3',
        command: ['fetch', '--once'],
        readOnlyRootFilesystem: false,
      },
    ],
    workload: { annotations: { 'example.com/owner': 'data' } },
  },
  triggerer: {
    replicas: 2,
    disruptionBudget: { maxUnavailable: kplus.PercentOrAbsolute.absolute(1) },
    logs: { size: Size.gibibytes(100) },
  },
});

app.synth();
