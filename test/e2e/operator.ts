import { apply, createNamespace, KubeObject, kubectl } from './kubectl';
import { Manifest } from './manifest';
import { Pending, until } from './poll';
import { Prometheus } from './prometheus';
import { chosen, deploy, inOrder, owning, Row, teller } from './scenario';

const VERSIONS = ['3.3.2', '2.11.2'];
/** The label by which the program and the Prometheus find each other. */
const LABELS = { release: 'e2e' };
const NAME = 'airflow';
const FIRES_SECONDS = 600;

interface PodMonitor extends KubeObject {
  readonly spec: { readonly podMetricsEndpoints: object[] };
}

/** The Prometheus Operator of the cluster takes the PodMonitors and the rules of an Airflow; names select versions of it. */
export async function operator(names: string[]): Promise<Row[]> {
  return inOrder(chosen('version', VERSIONS, names, version => [version]), run);
}

async function run(version: string): Promise<Row> {
  const namespace = `${process.env.E2E_PREFIX ?? ''}operator-${version.replace(/\./g, '-')}`;
  const monitoring = `${namespace}-prometheus`;
  const manifest = await Manifest.synthesize('test/e2e/programs/operator.ts', { NAMESPACE: namespace, AIRFLOW_VERSION: version });
  manifest.write();
  const say = teller(`operator@${version}`);
  return owning({ cells: { version }, namespaces: [namespace, monitoring], say, folder: () => manifest.folder }, async () => {
    await kubectl(['get', 'crd', 'prometheuses.monitoring.coreos.com']).catch(() => {
      throw new Error('the cluster has no Prometheus Operator');
    });
    await deploy(manifest, namespace, say);
    await startPrometheus(monitoring);
    const prometheus = await Prometheus.at(monitoring, `pod/prometheus-${NAME}-0`);
    try {
      return await use(prometheus, manifest, namespace);
    } finally {
      await prometheus.stop();
    }
  });
}

async function use(prometheus: Prometheus, manifest: Manifest, namespace: string): Promise<Row> {
  const monitors = manifest.objects.filter(({ kind }) => kind === 'PodMonitor') as PodMonitor[];
  const wanted = monitors.flatMap(({ spec }) => spec.podMetricsEndpoints).length;
  await until('targets that are up', { seconds: 300 }, async () => {
    const found = await prometheus.targets();
    if (found.length !== wanted || found.some(target => !target.startsWith('up '))) { throw new Pending(`${found.join('; ')}; not ${wanted}`); }
  });
  const { rules } = await until('rules that were evaluated', { seconds: 300 }, async () => {
    const health = await prometheus.rules();
    if (health.length === 0 || health.some(each => each !== 'ok')) { throw new Pending(health.join(', ')); }
    return { rules: health.length };
  });
  await until('a heartbeat', { seconds: 300 }, () => expectAlert(prometheus, false));
  const scheduler = ['--namespace', namespace, 'scale', 'deployment/airflow-scheduler'];
  await kubectl([...scheduler, '--replicas=0']);
  await until('AirflowSchedulerDown that fires', { seconds: FIRES_SECONDS, periodSeconds: 3 }, () => expectAlert(prometheus, true));
  await kubectl([...scheduler, '--replicas=1']);
  await until('AirflowSchedulerDown that has ended', { seconds: FIRES_SECONDS, periodSeconds: 3 }, () => expectAlert(prometheus, false));
  return { podMonitors: `${monitors.length}`, targets: `${wanted}`, rules: `${rules}` };
}

async function expectAlert(prometheus: Prometheus, firing: boolean): Promise<void> {
  const found = (await prometheus.alerts()).filter(({ labels }) => labels.alertname === 'AirflowSchedulerDown');
  if (found.some(({ state }) => state === 'firing') !== firing || (!firing && found.length > 0)) { throw new Pending(JSON.stringify(found)); }
}

/** A Prometheus of the operator, which selects by label in all namespaces, as kube-prometheus-stack makes it. */
async function startPrometheus(namespace: string): Promise<void> {
  const rbac = (kind: string, rest: object) => ({ apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata: { name: namespace }, ...rest });
  const selector = { matchLabels: LABELS };
  await createNamespace(namespace);
  await apply([
    rbac('ClusterRole', { rules: [{ apiGroups: [''], resources: ['pods', 'services', 'endpoints'], verbs: ['get', 'list', 'watch'] }] }),
    rbac('ClusterRoleBinding', {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: namespace }, subjects: [{ kind: 'ServiceAccount', name: 'default', namespace }],
    }),
    {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'Prometheus',
      metadata: { name: NAME, namespace },
      spec: {
        image: Prometheus.IMAGE,
        imagePullPolicy: 'IfNotPresent',
        scrapeInterval: '10s',
        evaluationInterval: '10s',
        serviceAccountName: 'default',
        securityContext: { runAsNonRoot: true, runAsUser: 65534, fsGroup: 65534, seccompProfile: { type: 'RuntimeDefault' } },
        podMonitorSelector: selector,
        podMonitorNamespaceSelector: {},
        ruleSelector: selector,
        ruleNamespaceSelector: {},
      },
    },
  ]);
  await until('the Prometheus of the operator', { seconds: 300 }, async () => {
    await kubectl(['--namespace', namespace, 'rollout', 'status', `statefulset/prometheus-${NAME}`, '--timeout', '5s']).catch((error: Error) => {
      throw new Pending(error.message);
    });
  });
}
