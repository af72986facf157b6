import { python, withFiles } from './python';
import { ModuleModel, taskPodModule } from '../../src/task-pods/python-module';

const SMALL = { requests: { cpu: '200m', memory: '512Mi' }, limits: { memory: '1Gi' } };
const GPU = { requests: { cpu: '4', memory: '16Gi' }, limits: { 'cpu': '4', 'memory': '16Gi', 'nvidia.com/gpu': 1 } };

/** The pod that KubernetesPodOperator gets. */
export const operatorPod = (resources: object, spec: object = {}) => ({ apiVersion: 'v1', kind: 'Pod', spec: { ...spec, containers: [{ name: 'base', resources }] } });

/** The pod template itself, one with an override, and one with a template of its own. */
export const MODEL: ModuleModel = {
  airflow: '3.3.2',
  executor: 'KubernetesExecutor',
  executors: ['LocalExecutor', 'KubernetesExecutor'],
  queues: ['default'],
  pools: ['default_pool', 'warehouse'],
  mergeRules: { initContainersByName: true, dropsFalsy: false },
  profiles: {
    default: { resources: SMALL, limits: {}, operatorPod: operatorPod(SMALL) },
    gpu: {
      description: 'One A100.',
      override: { metadata: { labels: { team: 'ml' } }, spec: { nodeSelector: { card: 'a100' }, containers: [{ name: 'base', resources: GPU }] } },
      resources: GPU,
      limits: { cpu: '16', memory: '64Gi', gpus: 4 },
      gpuResource: 'nvidia.com/gpu',
      operatorPod: operatorPod(GPU, { nodeSelector: { card: 'a100' } }),
    },
    highmem: {
      description: 'Much memory.\nAsk the platform first.',
      templateFile: '/opt/airflow/pod_templates/highmem.yaml',
      resources: SMALL,
      limits: { ephemeral_storage: '100Gi', memory: '256Gi' },
      operatorPod: operatorPod(SMALL),
    },
  },
};

/** The client of Kubernetes, as far as it makes pods; and what turns them, and errors, to what can be answered. */
const START = `
import sys, types
class Configuration: pass
class V1Pod:
    def __init__(self, data, configuration): self.data, self.configuration = data, configuration
class ApiClient:
    def __init__(self, configuration): self.configuration = configuration
    def _ApiClient__deserialize_model(self, data, kind): return kind(data, self.configuration)
models, client = types.ModuleType("kubernetes.client.models"), types.ModuleType("kubernetes.client")
models.V1Pod, client.ApiClient, client.Configuration, client.models = V1Pod, ApiClient, Configuration, models
sys.modules.update({"kubernetes": types.ModuleType("kubernetes"), "kubernetes.client": client, "kubernetes.client.models": models})
def plain(value):
    if isinstance(value, V1Pod): return {"V1Pod": value.data}
    return {key: plain(inner) for key, inner in value.items()} if isinstance(value, dict) else value
def error(make):
    try: return ["nothing raised", repr(make())]
    except Exception as raised: return [type(raised).__name__, str(raised)]
`;

/** A deployment like the usual one, but for some profiles. */
export function having(profiles: { readonly [name: string]: Partial<ModuleModel['profiles'][string]> }): ModuleModel {
  return { ...MODEL, profiles: Object.fromEntries(Object.entries(profiles).map(([name, own]) => [name, { ...MODEL.profiles.default, ...own }])) };
}

/** Runs code of Python where the package of a deployment can be imported, and other files are. */
export function withTaskPods(code: string, model: ModuleModel = MODEL, files: { readonly [file: string]: string } = {}): unknown {
  const all = Object.fromEntries(Object.entries(taskPodModule(model)).map(([file, text]) => [`airflow_task_pods/${file}`, text]));
  return withFiles({ ...all, ...files }, folder => python(`${START}\nfolder = "${folder}"\nsys.path.insert(0, folder)\n${code}`).value);
}
