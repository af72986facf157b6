import { App, Chart, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  AirflowProps, Broker, Database, Executor, KedaTrigger, LocalSettingsFile, ProjectedSource, Scaling, SecretKey, Toleration, Volumes,
} from '../src';
import { building } from './util';

const elsewhere = new Chart(new App(), 'elsewhere');
const claim = kplus.PersistentVolumeClaim.fromClaimName(elsewhere, 'claim', 'shared');
const settings = kplus.ConfigMap.fromConfigMapName(elsewhere, 'settings', 'settings');
const size = Size.gibibytes(1);
const proxy = { name: 'proxy', image: 'acme/proxy:1', ports: [{ number: 9901 }], resources: { cpu: { request: kplus.Cpu.millis(10) } } };
const memory = Scaling.metrics({ maxReplicas: 2, metrics: [kplus.Metric.resourceMemory(kplus.MetricTarget.averageUtilization(70))] });
const LABELS = "names of at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit, alone or after a DNS name and '/'";
const CLASS = "must be the name of a StorageClass, of lowercase letters, digits, '-' and '.'";
const workers = (options: object): AirflowProps => ({ executor: Executor.celery({ workers: options }) });
const sysctls = (value: unknown): AirflowProps => ({ pods: { securityContext: { sysctls: { 'net.ipv4.tcp_keepalive_time': value as string } } } });

test.each<[string, AirflowProps, string]>([
  ['a protocol of a Service', { apiServer: { service: { appProtocol: 'web socket' } } },
    "test/airflow/api-server: 'service.appProtocol' must be the name of a protocol, like http or kubernetes.io/h2c, got 'web socket'"],
  ['a protocol of a further port', { apiServer: { sidecars: [proxy], service: { ports: [{ name: 'proxy', port: 9901, appProtocol: 'x y' }] } } },
    "test/airflow/api-server: 'service.ports.proxy.appProtocol' must be the name of a protocol, like http or kubernetes.io/h2c, got 'x y'"],
  ['a port of a Service that no container has', { apiServer: { service: { ports: [{ name: 'proxy', port: 9901 }] } } },
    "test/airflow/api-server: 'service.ports.proxy' leads to the port 9901, on which no container listens (8080); add it to 'ports' of a sidecar or of 'container'"],
  ['less than a second of session affinity', { apiServer: { service: { sessionAffinity: Duration.millis(500) } } },
    "test/airflow/api-server: 'service.sessionAffinity' must be a whole number from 1 to 86400, got 0.5"],
  ['a storage class of logs', { triggerer: { logs: { size, storageClassName: 'Fast_SSD' } } }, `test/airflow/triggerer: 'logs.storageClassName' ${CLASS}, got 'Fast_SSD'`],
  ['a storage class of a store', { database: Database.inCluster({ storageClassName: 'Fast_SSD' }) }, `test/airflow/postgres: 'storageClassName' ${CLASS}, got 'Fast_SSD'`],
  ['a storage class of a claim', workers({ claims: [{ name: 'models', size, mountPath: '/models', storageClassName: 'Fast_SSD' }] }),
    `test/airflow/celery-workers: 'claims.storageClassName' ${CLASS}, got 'Fast_SSD'`],
  ['a storage class of an ephemeral claim', { scheduler: { pod: { ephemeralClaims: [{ name: 'work', size, mountPath: '/work', storageClassName: 'Fast_SSD' }] } } },
    `test/airflow/scheduler: 'pod.ephemeralClaims.storageClassName' ${CLASS}, got 'Fast_SSD'`],
  ['a volume without a size', { triggerer: { logs: { size: Size.kibibytes(0) } } }, "test/airflow/triggerer: 'logs.size' must be at least 1Mi, got 0Gi"],
  ['a claim with the name of the logs', workers({ logs: { size }, claims: [{ name: 'logs', size, mountPath: '/models' }] }),
    "test/airflow/celery-workers: 'spec.volumes' of the pod has two of the name 'logs'; rename one of them"],
  ['two claims at one path', workers({ claims: [{ name: 'a', size, mountPath: '/models' }, { name: 'b', size, mountPath: '/models/' }] }),
    "test/airflow/celery-workers: container 'worker' has two mounts at '/models'; move one of them"],
  ['one claim for two servers', { executor: Executor.celery({ broker: Broker.redis({ claim }) }), database: Database.inCluster({ claim }) },
    "test/airflow/redis: 'claim' is 'shared', on which 'test/airflow/postgres' keeps its data already; give each server a claim of its own"],
  ['an empty kernel parameter', sysctls(''), "test/airflow/postgres: 'securityContext.sysctls' must have a text for 'net.ipv4.tcp_keepalive_time', like '300', got \"\""],
  ['a number as a kernel parameter', sysctls(300), "test/airflow/postgres: 'securityContext.sysctls' must have a text for 'net.ipv4.tcp_keepalive_time', like '300', got 300"],
  ['a label of an account', { scheduler: { serviceAccount: { labels: { 'data team': 'a' } } } }, `test/airflow/scheduler: 'serviceAccount.labels' must have ${LABELS}, got 'data team'`],
  ['an annotation of the account of all pods', { pods: { serviceAccount: { annotations: { 'data team': 'a' } } } },
    `test/airflow: 'pods.serviceAccount.annotations' must have ${LABELS}, got 'data team'`],
  ['a node of a store', { database: Database.inCluster({ placement: { nodeSelector: { 'node pool': 'a' } } }) },
    `test/airflow/postgres: 'placement.nodeSelector' must have ${LABELS}, got 'node pool'`],
  ['a priority class of a store', { database: Database.inCluster({ placement: { priorityClassName: 'Very High' } }) },
    "test/airflow/postgres: 'spec.priorityClassName' must be the name of a PriorityClass, of lowercase letters, digits, '-' and '.', got 'Very High'"],
  ['a runtime class', { scheduler: { pod: { runtimeClassName: 'gVisor' } } },
    "test/airflow/scheduler: 'spec.runtimeClassName' must be the name of a RuntimeClass, of lowercase letters, digits, '-' and '.', got 'gVisor'"],
  ['the memory of a sidecar that requests none', { apiServer: { sidecars: [proxy], scaling: memory } },
    "test/airflow/api-server: 'scaling' measures memory against what is requested, but 'sidecars.proxy.resources' requests none; set memory.request there"],
  ['a hook that sleeps longer than the pod may', { scheduler: { terminationGracePeriod: Duration.seconds(5), container: { lifecycle: { preStopSleep: Duration.seconds(9) } } } },
    "test/airflow/scheduler: 'lifecycle.preStopSleep' of container 'scheduler' must be at most the 'terminationGracePeriod', 5 seconds, got 9; lower it, or raise that"],
  ['an update of a Deployment in parts', { triggerer: { workload: { partition: 1 } } },
    "test/airflow/triggerer: 'workload.partition' is for a StatefulSet, but pods without a volume of their own are a Deployment, got 1; leave it out"],
])('fails with %s that the cluster would refuse', (_, props, message) => {
  expect(building(props)).toThrow(new Error(message));
});

const cron = { timezone: 'UTC', start: '0 6 * * 1-5', end: '0 20 * * MON-FRI', replicas: 2 };
const CRON = "must be a cron expression of five fields, like '0 6 * * 1-5', with Sunday as 0";

test.each<[string, () => unknown, string]>([
  ['a minute that no hour has', () => KedaTrigger.cron({ ...cron, start: '61 6 * * *' }), `'start' ${CRON}, got '61 6 * * *'`],
  ['Sunday as 7', () => KedaTrigger.cron({ ...cron, end: '0 20 * * 7' }), `'end' ${CRON}, got '0 20 * * 7'`],
  ['a step of 0', () => KedaTrigger.cron({ ...cron, start: '*/0 * * * *' }), `'start' ${CRON}, got '*/0 * * * *'`],
  ['a range of three', () => KedaTrigger.cron({ ...cron, start: '0 1-2-3 * * *' }), `'start' ${CRON}, got '0 1-2-3 * * *'`],
  ['six fields', () => KedaTrigger.cron({ ...cron, start: '0 0 6 * * 1' }), `'start' ${CRON}, got '0 0 6 * * 1'`],
  ['more pods at a time than there may be', () => Scaling.keda({ maxReplicas: 1, triggers: [KedaTrigger.cron(cron)] }),
    "'triggers' has a cron trigger for 2 pods, but 'maxReplicas' is 1; raise it, or lower 'replicas' of the trigger"],
  ['a number as a parameter', () => KedaTrigger.of('redis', { metadata: { listLength: 16 as unknown as string } }), "'metadata' must have a text for 'listLength', got 16; put it into quotes"],
  ['a key that no ConfigMap has', () => LocalSettingsFile.fromConfigMap(settings, { key: 'etc/settings.py' }),
    "'key' must be at most 253 letters, digits, '-', '_' and '.', got 'etc/settings.py'"],
  ['a token for nobody', () => ProjectedSource.serviceAccountToken({ path: 'token', audience: '' }),
    "'audience' must be the name of who accepts the token, got none; leave it out for the Kubernetes API"],
  ['an absolute path of a fact', () => ProjectedSource.downwardApi({ '/name': { field: 'metadata.name' } }), "'path' must be a relative path without '..', got '/name'; leave it out for the root"],
  ['a taint that no node has', () => Toleration.exists('node pool'), `'key' must be ${LABELS.replace('names of ', '')}, got 'node pool'`],
  ['a misspelled placement', () => Database.inCluster({ placement: { nodeSelectors: {} } as object }), "'placement.nodeSelectors' is no member of PlacementOptions; did you mean 'nodeSelector'?"],
  ['a mode above 0777', () => Volumes.downwardApi(elsewhere, 'facts', 'facts', { name: { field: 'metadata.name' } }, { defaultMode: 0o1777 }),
    "elsewhere: 'defaultMode' must be a whole number from 0 to 511, got 1023"],
])('fails with %s at once', (_, make, message) => {
  expect(make).toThrow(new Error(message));
});

test.each(['0 6 * * 1-5', '*/15 8-18 1,15 JAN-jun,12 *', '0 0 ? * sun', '5/10 0-23/2 31 12 0,6'])('the cron expression %s is one of KEDA', start => {
  expect(() => KedaTrigger.cron({ ...cron, start })).not.toThrow();
});

test('names that the cluster accepts stay', () => {
  const { serviceAccount } = { serviceAccount: { labels: { 'example.com/team': 'data' } } };
  expect(building({
    scheduler: { serviceAccount, pod: { runtimeClassName: 'kata.qemu' } },
    triggerer: { logs: { size, storageClassName: '' } },
    database: Database.inCluster({ claim: kplus.PersistentVolumeClaim.fromClaimName(elsewhere, 'of-postgres', 'postgres'), password: SecretKey.of('own', 'database') }),
    apiServer: { sidecars: [{ ...proxy, resources: { ...proxy.resources, memory: { limit: size } } }], service: { appProtocol: 'kubernetes.io/ws' }, scaling: memory },
  })).not.toThrow();
});
