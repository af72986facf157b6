import { apply, createNamespace, KubeObject, kubectl, list, PortForward } from './kubectl';
import { send } from './send';

const KUBE_STATE_METRICS = process.env.E2E_KUBE_STATE_METRICS_IMAGE ?? 'registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.18.0';
const PERIOD = '10s';
const TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount';

/** An alert as Prometheus lists it. */
export interface Alert {
  readonly labels: { readonly alertname: string; readonly [label: string]: string };
  readonly state: 'pending' | 'firing';
}

export interface Series {
  readonly metric: { readonly [label: string]: string };
  readonly values: [number, string][];
}

interface Target {
  readonly labels: { readonly [label: string]: string };
  readonly scrapeUrl: string;
  readonly health: string;
  readonly lastError: string;
}

/** A Prometheus of the cluster, with kube-state-metrics, that watches one namespace by the annotations of its Services. */
export class Prometheus {
  public static readonly IMAGE = process.env.E2E_PROMETHEUS_IMAGE ?? 'quay.io/prometheus/prometheus:v3.16.0';

  /** @param rules the rules files, by their names */
  public static async start(namespace: string, watched: string, rules: { readonly [file: string]: string }): Promise<Prometheus> {
    const [{ metadata: { name: node } }] = await list(namespace, 'nodes');
    await createNamespace(namespace);
    await apply([...rights(namespace), ...kubeStateMetrics(namespace, watched), ...server({ namespace, watched, node }, rules)]);
    for (const name of ['prometheus', 'kube-state-metrics']) {
      await kubectl(['--namespace', namespace, 'rollout', 'status', `deployment/${name}`, '--timeout', '5m']);
    }
    return Prometheus.at(namespace, 'deployment/prometheus');
  }

  /** A Prometheus that runs. */
  public static async at(namespace: string, object: string): Promise<Prometheus> {
    return new Prometheus(namespace, await PortForward.open(namespace, object, '9090'));
  }

  private constructor(private readonly namespace: string, private readonly forward: PortForward) {}

  public async alerts(): Promise<Alert[]> {
    return (await this.ask<{ alerts: Alert[] }>('/api/v1/alerts')).alerts;
  }

  /** The series of a query over the time since `start`. */
  public async range(query: string, start: number): Promise<Series[]> {
    const values = new URLSearchParams({ query, start: `${start / 1000}`, end: `${Date.now() / 1000}`, step: PERIOD });
    return (await this.ask<{ result: Series[] }>(`/api/v1/query_range?${values.toString()}`)).result;
  }

  /** The health of each rule: 'ok', 'err' or 'unknown'. */
  public async rules(): Promise<string[]> {
    const { groups } = await this.ask<{ groups: { readonly rules: { readonly health: string }[] }[] }>('/api/v1/rules');
    return groups.flatMap(({ rules }) => rules.map(({ health }) => health));
  }

  /** What it scrapes, with the health of each. */
  public async targets(): Promise<string[]> {
    const { activeTargets } = await this.ask<{ activeTargets: Target[] }>('/api/v1/targets?state=active');
    return activeTargets.map(({ labels, scrapeUrl, health, lastError }) => `${health} ${labels.service ?? labels.job} ${scrapeUrl} ${lastError}`.trim());
  }

  /** Removes what does not belong to a namespace. */
  public async stop(): Promise<void> {
    this.forward.close();
    if (process.env.E2E_KEEP === undefined) {
      await kubectl(['delete', 'clusterrole,clusterrolebinding', this.namespace]);
    }
  }

  private async ask<T>(path: string): Promise<T> {
    await this.forward.reopen();
    const { status, text } = await send(`${this.forward.url}${path}`, { method: 'GET', headers: {} });
    if (status !== 200) { throw new Error(`${path}: ${status} ${text}`); }
    return (JSON.parse(text) as { data: T }).data;
  }
}

interface Place {
  readonly namespace: string;
  readonly watched: string;
  readonly node: string;
}

/** How the chart of Prometheus without its operator configures it: targets by annotations of Services, and the kubelet through the API server. */
function configuration({ namespace, watched, node }: Place): object {
  const label = (source: string, target: string) => ({ source_labels: [source], target_label: target });
  const annotation = (name: string) => `__meta_kubernetes_service_annotation_prometheus_io_${name}`;
  const kubelet = (job: string, path: string) => ({
    job_name: job,
    scheme: 'https',
    tls_config: { ca_file: `${TOKEN}/ca.crt` },
    authorization: { credentials_file: `${TOKEN}/token` },
    static_configs: [{ targets: ['kubernetes.default.svc:443'] }],
    metrics_path: `/api/v1/nodes/${node}/proxy${path}`,
    metric_relabel_configs: [{ source_labels: ['namespace'], regex: watched, action: 'keep' }],
  });
  return {
    global: { scrape_interval: PERIOD, evaluation_interval: PERIOD },
    rule_files: ['/etc/prometheus/rules-*.yaml'],
    scrape_configs: [
      {
        job_name: 'kubernetes-service-endpoints',
        honor_labels: true,
        kubernetes_sd_configs: [{ role: 'endpoints', namespaces: { names: [watched, namespace] } }],
        relabel_configs: [
          { source_labels: [annotation('scrape')], action: 'keep', regex: 'true' },
          { source_labels: [annotation('path')], action: 'replace', target_label: '__metrics_path__', regex: '(.+)' },
          {
            source_labels: ['__address__', annotation('port')], action: 'replace', target_label: '__address__', regex: '(.+?)(?::\\d+)?;(\\d+)', replacement: '$1:$2',
          },
          label('__meta_kubernetes_namespace', 'namespace'),
          label('__meta_kubernetes_service_name', 'service'),
          label('__meta_kubernetes_pod_node_name', 'node'),
        ],
      },
      kubelet('kubernetes-nodes', '/metrics'),
      // Every kubelet tells the pods of containers here; /metrics/cadvisor, which has the same names, depends on the container runtime.
      kubelet('kubernetes-nodes-resource', '/metrics/resource'),
    ],
  };
}

function server(place: Place, rules: { readonly [file: string]: string }): object[] {
  const { namespace } = place;
  const files = Object.fromEntries(Object.entries(rules).map(([file, text]) => [`rules-${file}`, text]));
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'prometheus', namespace },
      data: { 'prometheus.yaml': JSON.stringify(configuration(place)), ...files },
    },
    deployment(namespace, 'prometheus', {
      image: Prometheus.IMAGE,
      args: ['--config.file=/etc/prometheus/prometheus.yaml', '--storage.tsdb.path=/prometheus', '--web.listen-address=:9090'],
      readinessProbe: { httpGet: { path: '/-/ready', port: 9090 }, periodSeconds: 1 },
      volumeMounts: [{ name: 'config', mountPath: '/etc/prometheus' }, { name: 'data', mountPath: '/prometheus' }],
    }, [{ name: 'config', configMap: { name: 'prometheus' } }, { name: 'data', emptyDir: {} }]),
  ];
}

function kubeStateMetrics(namespace: string, watched: string): object[] {
  const name = 'kube-state-metrics';
  return [
    deployment(namespace, name, {
      image: KUBE_STATE_METRICS,
      args: ['--resources=deployments,jobs,pods,statefulsets', `--namespaces=${watched}`, '--port=8080'],
      readinessProbe: { httpGet: { path: '/livez', port: 8080 }, periodSeconds: 1 },
    }),
    scrapedService(namespace, name, 8080),
  ];
}

function rights(namespace: string): object[] {
  const name = namespace;
  const read = ['get', 'list', 'watch'];
  return [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name },
      rules: [
        { apiGroups: [''], resources: ['nodes', 'nodes/proxy', 'services', 'endpoints', 'pods', 'persistentvolumeclaims', 'secrets'], verbs: read },
        { apiGroups: ['apps'], resources: ['deployments', 'statefulsets'], verbs: read },
        { apiGroups: ['batch'], resources: ['jobs'], verbs: read },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name: 'default', namespace }],
    },
  ];
}

/** A Service whose pods Prometheus scrapes. */
export function scrapedService(namespace: string, name: string, port: number): KubeObject & { readonly spec: object } {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': `${port}` } } as KubeObject['metadata'],
    spec: { selector: { app: name }, ports: [{ port }] },
  };
}

/** A Deployment of one pod of a program without a user of its own. */
export function deployment(namespace: string, name: string, container: object, volumes: object[] = []): object {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          securityContext: { runAsNonRoot: true, runAsUser: 65534, fsGroup: 65534, seccompProfile: { type: 'RuntimeDefault' } },
          terminationGracePeriodSeconds: 1,
          containers: [{
            name,
            imagePullPolicy: 'IfNotPresent',
            resources: { requests: { cpu: '0' } },
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
            ...container,
          }],
          volumes,
        },
      },
    },
  };
}
