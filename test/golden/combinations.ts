import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { TaskPodCases } from './case';
import { claim, configMap, cpu, elsewhere, helper, hosts, memory, models, spread, text, variable, zone } from './values';
import {
  AirflowImage, CommonPodOptions, ContainerOptions, DagSource, Gpu, MainContainerOptions, PodOptions, AirflowPodOptions, SpotNodes, TaskLogs,
  TaskPodOptions, TaskPodTemplate, Toleration, TuningLimits, WorkloadIdentity,
} from '../../src';
import { secretNamed } from '../util';

const own = { template: TaskPodTemplate.own() };
const adopted = { template: TaskPodTemplate.fromFile(`${__dirname}/adopted.yaml`) };
const git = DagSource.gitSync({ repo: 'https://git.example.com/dags.git' });
const most: TuningLimits = { cpu: kplus.Cpu.units(16), memory: Size.gibibytes(64), ephemeralStorage: Size.gibibytes(100) };
const limits: Required<TuningLimits> = { ...most as Required<TuningLimits>, gpus: 4 };
const shared = kplus.PersistentVolumeClaim.fromClaimName(elsewhere, 'shared-claim', 'airflow');

/** Where a container is among others, how it is watched and what it shares with the pod is the library's own, not Airflow's. */
type OfThePod = 'podVolumeMounts' | 'workingDir' | 'runsFirst' | 'livenessProbe' | 'readinessProbe' | 'startupProbe' | 'lifecycle';
const container: Required<Omit<ContainerOptions, OfThePod>> = {
  ...helper('fetch'),
  pullPolicy: kplus.ImagePullPolicy.ALWAYS,
  command: ['fetch'],
  args: ['--all'],
  env: variable(),
  envFrom: [new kplus.EnvFrom(configMap('fetch'))],
  volumeMounts: [{ path: '/models', volume: models }],
  ports: [{ number: 8080 }],
  resources: { cpu: cpu(1) },
  user: 1000,
  readOnlyRootFilesystem: false,
};
const main: Required<Omit<MainContainerOptions, 'args' | 'livenessProbe' | 'readinessProbe' | 'startupProbe'>> = {
  command: ['tini', '--'], ports: [{ number: 9100, name: 'metrics' }], lifecycle: { postStart: ['true'], preStop: ['sync'] },
};
/** Airflow merges `shareProcessNamespace` like `schedulerName`. */
const podOptions: Required<Omit<PodOptions, 'scratchSize' | 'shareProcessNamespace'>> = {
  labels: { team: 'ml' },
  annotations: { 'example.com/note': 'all' },
  runtimeClassName: 'nvidia',
  schedulerName: 'volcano',
  dns: hosts('10.0.0.2'),
  safeToEvict: true,
  ephemeralClaims: [{ name: 'work', mountPath: '/work', size: Size.gibibytes(50) }],
};
const task: Required<Pick<TaskPodOptions, 'description' | 'tuneUpTo' | 'startTimeout' | 'activeDeadline'>> = {
  description: 'Everything.', tuneUpTo: limits, startTimeout: Duration.minutes(30), activeDeadline: Duration.hours(2),
};
/** But for `extendedResources`, which are limits as `gpus` are. */
const podProps: Required<Omit<AirflowPodOptions, 'extendedResources'>> = {
  resources: { cpu: cpu(2, 4), memory: memory(4, 8), ephemeralStorage: { request: Size.gibibytes(5), limit: Size.gibibytes(9) } },
  env: { ...variable(), REFERENCE: text('$(VARIABLE)') },
  envFrom: [new kplus.EnvFrom(configMap('all')), new kplus.EnvFrom(undefined, 'S_', secretNamed('all'))],
  volumeMounts: [{ path: '/shared', volume: claim, subPath: 'all', readOnly: true, propagation: kplus.MountPropagation.HOST_TO_CONTAINER }],
  initContainers: [container],
  sidecars: [helper('proxy')],
  nodeSelector: { pool: 'gpu' },
  affinity: { requiredNodes: [{ matches: [zone] }], awayFromPods: [{ labels: { app: 'db' } }] },
  tolerations: [Toleration.exists('gpu')],
  topologySpread: [spread('kubernetes.io/hostname')],
  priorityClassName: 'high',
  serviceAccount: { annotations: { a: 'b' }, automountToken: true, projectedToken: { mountPath: '/token' } },
  terminationGracePeriod: Duration.hours(1),
  securityContext: { user: 1234, group: 0, fsGroup: 5678, supplementalGroups: [7], readOnlyRootFilesystem: false, userFromNamespace: false },
  pod: podOptions,
  container: main,
};
/** Every option at once; what is added to them has to be added here. */
const everything: Required<Omit<TaskPodOptions, 'basedOn' | 'image' | 'extendedResources' | 'namespace' | 'template'>> = {
  ...podProps, gpus: Gpu.of('habana.ai/gaudi', 2), spot: SpotNodes.aks({ required: true }), ...task,
};
/** But for Kerberos and the IP family, which are the same in every task pod, and what `taskPods` can say as well. */
const common: Required<Omit<CommonPodOptions, 'kerberos' | 'serviceAccount' | 'affinity' | 'topologySpread' | 'priorityClassName' | 'helperResources' | 'logGroomer' | 'ipFamily' | 'objects' | 'localSettingsFile'>> = {
  labels: { cost: 'data' },
  annotations: { 'example.com/common': 'yes' },
  env: { COMMON: text('$(AIRFLOW_HOME)/common') },
  envFrom: [new kplus.EnvFrom(configMap('common'), 'C_')],
  volumeMounts: [{ path: '/models', volume: models, readOnly: true }],
  identity: WorkloadIdentity.none(),
  nodeSelector: { pool: 'airflow' },
  tolerations: [Toleration.exists('airflow')],
  securityContext: { user: 4321, readOnlyRootFilesystem: false },
  lifecycle: { preStop: ['true'] },
  schedulerName: 'common',
  dns: hosts('10.0.0.9'),
};

/** Task pods that differ in several things, and Airflows that do. */
export const COMBINATIONS: TaskPodCases = {
  'everything': { pods: [everything] },
  'everything in the default': { airflow: { taskPods: everything } },
  'everything over everything': {
    airflow: { taskPods: { ...podProps, gpus: everything.gpus, tuneUpTo: limits } },
    pods: [{
      resources: { cpu: cpu(3) },
      env: { VARIABLE: text('again') },
      nodeSelector: { pool: 'cpu' },
      tolerations: [Toleration.exists('cpu')],
      affinity: { nearPods: [{ labels: { app: 'cache' } }] },
      pod: { labels: { team: 'bi' }, dns: hosts('10.0.0.3') },
      priorityClassName: 'low',
    }],
  },
  'three in a chain': {
    pods: [
      { env: { ...variable('first'), FIRST: text('1') }, nodeSelector: { pool: 'first' }, pod: { labels: { step: 'first', team: 'ml' } } },
      { env: variable('second'), resources: { memory: memory(4, 8) }, volumeMounts: [{ path: '/models', volume: models }] },
      { gpus: Gpu.nvidia(), pod: { labels: { step: 'third' } }, initContainers: [helper('fetch')], tolerations: [Toleration.exists('gpu')] },
    ],
  },
  'env that refers to another': {
    airflow: { taskPods: { env: { A_URL: text('http://$(HOST)/$(PATH_OF_IT)'), HOST: text('default'), Z: text('z') } } }, pods: [{ env: { HOST: text('own') } }],
  },
  'own template': { pods: [{ ...own, env: variable(), pod: { scratchSize: Size.gibibytes(99) }, tolerations: [Toleration.exists('own')] }] },
  'own template, without what the default has': {
    keepsZero: true,
    airflow: { taskPods: { priorityClassName: 'low', terminationGracePeriod: Duration.hours(1), serviceAccount: { automountToken: true } } },
    pods: [{ ...own, serviceAccount: { automountToken: false }, terminationGracePeriod: Duration.seconds(0) }],
  },
  'own template, extended': {
    pods: [{ ...own, env: variable('base'), pod: { scratchSize: Size.gibibytes(99) } }, { env: variable(), gpus: Gpu.nvidia() }, { priorityClassName: 'high' }],
  },
  'adopted as default': { airflow: { taskPods: adopted } },
  'adopted as default, extended': {
    airflow: { taskPods: adopted },
    pods: [{ resources: { memory: memory(4, 8) }, gpus: Gpu.nvidia(2), env: variable(), volumeMounts: [{ path: '/models', volume: models }], initContainers: [helper('fetch')] }],
  },
  'adopted for one': { pods: [{ ...adopted, env: variable(), priorityClassName: 'high' }] },
  'adopted for one, extended': { pods: [adopted, { nodeSelector: { pool: 'gpu' }, tolerations: [Toleration.exists('gpu')], pod: { labels: { more: 'yes' } } }] },
  'an init container of the same name': {
    mergesInitContainers: true,
    airflow: { taskPods: { initContainers: [{ ...helper('fetch'), env: { A: text('a') } }, helper('other')] } },
    pods: [{ initContainers: [{ ...helper('fetch', '1.3'), env: { A: text('b'), C: text('c') }, resources: { cpu: cpu(1) } }, helper('third')] }],
  },
  'git': { airflow: { dags: git }, pods: [{ env: variable(), gpus: Gpu.nvidia() }] },
  'git and an init container': { airflow: { dags: git }, pods: [{ initContainers: [helper('fetch')], sidecars: [helper('proxy')] }] },
  'claims for DAGs and logs': {
    airflow: { dags: DagSource.fromClaim(shared, { subPath: 'dags' }), logs: TaskLogs.fromClaim(shared, { subPath: 'logs' }) }, pods: [{ env: variable() }],
  },
  'the options of all pods': { airflow: { pods: common } },
  'own options over those of all pods': {
    airflow: { pods: common },
    pods: [{
      env: variable(),
      envFrom: [new kplus.EnvFrom(configMap('own'))],
      volumeMounts: [{ path: '/more', volume: models }],
      nodeSelector: { pool: 'own' },
      tolerations: [Toleration.exists('own')],
      pod: { schedulerName: 'own', dns: hosts('10.0.0.8'), labels: { team: 'own' } },
      securityContext: { user: 4322 },
    }],
  },
  'users of the namespace': { airflow: { pods: { securityContext: { userFromNamespace: true, supplementalGroups: [5] } } }, pods: [{ env: variable() }] },
  'policies of the platform': { airflow: { localSettings: 'def task_policy(task):\n    task.retries = 3\n' }, pods: [{ env: variable() }] },
  'operators that start pods': { prepare: airflow => airflow.allowPodOperator(), pods: [{ env: variable() }] },
  'another home of Airflow': version => ({
    airflow: { image: AirflowImage.of('registry.example.com/airflow:own', { version, airflowHome: '/srv/airflow', pullSecrets: [secretNamed('registry')] }) },
    pods: [own, { env: variable() }],
  }),
  'an image with its own secret and policy': version => ({
    pods: [{
      image: AirflowImage.of('registry.example.com/airflow:gpu', { version, pullPolicy: kplus.ImagePullPolicy.ALWAYS, pullSecrets: [secretNamed('gpu')] }),
    }],
  }),
  'another namespace': { only: 'airflow3', pods: [{ namespace: 'team', env: variable() }] },
  'another namespace, own template': { only: 'airflow3', pods: [{ ...own, namespace: 'team' }, { env: variable() }] },
  'spot, preferred': { pods: [{ spot: SpotNodes.gke() }] },
  'spot, required, beside others': {
    airflow: { pods: { nodeSelector: { pool: 'airflow' }, tolerations: [Toleration.exists('airflow')] } }, pods: [{ spot: SpotNodes.gke({ required: true }) }],
  },
  'spot, preferred, beside an affinity': {
    airflow: { taskPods: { affinity: { requiredNodes: [{ matches: [zone] }] } } }, pods: [{ spot: SpotNodes.karpenter(), nodeSelector: { pool: 'own' } }],
  },
  'spot in the default, none in the pod': { airflow: { taskPods: { spot: SpotNodes.eks() } }, pods: [{ env: variable() }] },
  'tuned memory': {
    pods: [{ tuneUpTo: most }],
    tuning: { memory: '64Gi' },
    tuned: { requests: { cpu: '100m', memory: '64Gi' }, limits: { memory: '64Gi' } },
  },
  'tuned CPU beyond the limit': {
    pods: [{ resources: { cpu: cpu(1, 2) }, tuneUpTo: most }],
    tuning: { cpu: 2.5 },
    tuned: { requests: { cpu: '2500m', memory: '256Mi' }, limits: { cpu: '2500m', memory: '2Gi' } },
  },
  'tuned in everything': {
    pods: [{ gpus: Gpu.nvidia(), env: variable(), tuneUpTo: limits }],
    tuning: { cpu: '4', memory: '8Gi', ephemeral_storage: '50Gi', gpus: 4 },
    tuned: {
      requests: { 'cpu': '4', 'memory': '8Gi', 'ephemeral-storage': '50Gi' },
      limits: { 'memory': '8Gi', 'ephemeral-storage': '50Gi', 'nvidia.com/gpu': '4' },
    },
  },
  'tuned default': {
    airflow: { taskPods: { tuneUpTo: most } },
    tuning: { memory: '1Gi' },
    tuned: { requests: { cpu: '100m', memory: '1Gi' }, limits: { memory: '1Gi' } },
  },
  'tuned own template': {
    pods: [{ ...own, tuneUpTo: most, env: variable() }],
    tuning: { cpu: 1 },
    tuned: { requests: { cpu: '1', memory: '256Mi' }, limits: { memory: '2Gi' } },
  },
  'tuned adopted template, extended': {
    airflow: { taskPods: adopted },
    pods: [{ env: variable(), tuneUpTo: most }],
    tuning: { memory: '3Gi' },
    tuned: { requests: { cpu: '1', memory: '3Gi' }, limits: { 'cpu': '2.5', 'memory': '3Gi', 'nvidia.com/gpu': '1' } },
  },
};
