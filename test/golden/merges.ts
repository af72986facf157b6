import { randomMerges } from './random-pods';
import { Json } from '../../src/kubernetes/pod';

/** Two pods that are merged by a function of the port. */
export interface MergeCase {
  /** `reconcile_pods` of two pods, or `construct_pod` of a template and an override. */
  readonly by: 'mergePods' | 'executorPod';
  readonly base: Json;
  readonly override: Json;
}

type Fields = { readonly [field: string]: unknown };

const pod = (spec: Fields, container: Fields = {}, metadata?: Fields): Json => (
  { ...metadata && { metadata }, spec: { ...spec, containers: [{ name: 'base', ...container }] } });
/** Fields of both pods' specs. */
const specs = (base: Fields, override: Fields): MergeCase => ({ by: 'mergePods', base: pod(base), override: pod(override) });
/** Fields of both pods' first containers. */
const bases = (base: Fields, override: Fields): MergeCase => ({ by: 'mergePods', base: pod({}, base), override: pod({}, override) });
const metadata = (base: Fields, override: Fields): MergeCase => ({ by: 'mergePods', base: pod({}, {}, base), override: pod({}, {}, override) });
const executed = (base: Json, override: Json): MergeCase => ({ by: 'executorPod', base, override });
const containers = (...names: string[]) => names.map((name, index) => ({ name, image: `${name}:${index}`, env: [{ name: 'AT', value: `${index}` }] }));
const owner = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', name, uid: name });
const whole: Json = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'template', namespace: 'elsewhere', labels: { a: 'b' }, annotations: { c: 'd' } },
  spec: { containers: [{ name: 'base', image: 'airflow:1', args: ['template'], env: [{ name: 'A', value: 'a' }] }], restartPolicy: 'Never' },
};

/** What the library itself never gives is among them: an override may come from anyone. */
const WRITTEN: { [name: string]: MergeCase } = {
  'env is appended': bases({ env: [{ name: 'A', value: '1' }, { name: 'B', value: '2' }] }, { env: [{ name: 'B', value: '3' }, { name: 'C', value: '' }] }),
  'envFrom is appended': bases({ envFrom: [{ configMapRef: { name: 'a' } }] }, { envFrom: [{ configMapRef: { name: 'a' } }, { secretRef: { name: 'b' }, prefix: 'B_' }] }),
  'mounts are appended': bases({ volumeMounts: [{ name: 'a', mountPath: '/a' }] }, { volumeMounts: [{ name: 'a', mountPath: '/a', readOnly: false }] }),
  'devices are appended': bases({ volumeDevices: [{ name: 'a', devicePath: '/dev/a' }] }, { volumeDevices: [{ name: 'a', devicePath: '/dev/b' }] }),
  'ports are appended': bases({ ports: [{ containerPort: 80, name: 'http' }] }, { ports: [{ containerPort: 80, name: 'http', hostPort: 0 }] }),
  'volumes are appended': specs({ volumes: [{ name: 'a', emptyDir: {} }] }, { volumes: [{ name: 'a', configMap: { name: 'b' } }] }),
  'an empty list removes nothing': bases({ env: [{ name: 'A', value: '1' }], command: ['a'], ports: [{ containerPort: 1 }] }, { env: [], command: [], ports: [] }),
  'an empty list of the pod removes nothing': specs(
    { volumes: [{ name: 'a' }], tolerations: [{ key: 'a' }], initContainers: containers('a') }, { volumes: [], tolerations: [], initContainers: [] }),
  'an empty list over nothing stays': specs({}, { tolerations: [], volumes: [] }),
  'a list over an empty one': specs({ tolerations: [], volumes: [] }, { tolerations: [{ key: 'a' }], volumes: [{ name: 'a' }] }),
  'empty lists on both sides': specs({ tolerations: [], volumes: [], initContainers: [] }, { tolerations: [], volumes: [], initContainers: [] }),
  'command and args are replaced': bases({ command: ['a', 'b'], args: ['c'] }, { command: ['d'], args: ['e', 'f'] }),
  'tolerations are replaced': specs({ tolerations: [{ key: 'a' }, { key: 'b' }] }, { tolerations: [{ key: 'c', tolerationSeconds: 0 }] }),
  'topology spread is replaced': specs(
    { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'a', whenUnsatisfiable: 'DoNotSchedule' }] },
    { topologySpreadConstraints: [{ maxSkew: 2, topologyKey: 'b', whenUnsatisfiable: 'ScheduleAnyway' }] }),
  'host aliases are replaced': specs({ hostAliases: [{ ip: '10.0.0.1', hostnames: ['a'] }] }, { hostAliases: [{ ip: '10.0.0.2', hostnames: ['b'] }] }),
  'pull secrets are replaced': specs({ imagePullSecrets: [{ name: 'a' }] }, { imagePullSecrets: [{ name: 'b' }] }),
  'node selector is replaced': specs({ nodeSelector: { a: '1', b: '2' } }, { nodeSelector: { b: '3' } }),
  'an empty node selector removes nothing': specs({ nodeSelector: { a: '1' } }, { nodeSelector: {} }),
  'an empty node selector over nothing stays': specs({}, { nodeSelector: {}, overhead: {} }),
  'resources are replaced whole': bases({ resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '2Gi' } } }, { resources: { requests: { cpu: '2' } } }),
  'empty resources replace': bases({ resources: { requests: { cpu: '1' } } }, { resources: {} }),
  'security contexts are replaced whole': {
    by: 'mergePods',
    base: pod({ securityContext: { runAsUser: 1, runAsNonRoot: true } }, { securityContext: { readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } } }),
    override: pod({ securityContext: { fsGroup: 0 } }, { securityContext: { readOnlyRootFilesystem: false } }),
  },
  'an empty security context replaces': specs({ securityContext: { runAsUser: 1 } }, { securityContext: {} }),
  'affinity is replaced whole': specs(
    { affinity: { nodeAffinity: {}, podAffinity: {} } },
    { affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } } }),
  'an empty affinity replaces': specs({ affinity: { nodeAffinity: {} } }, { affinity: {} }),
  'DNS is replaced whole': specs({ dnsConfig: { nameservers: ['10.0.0.1'], searches: ['a'] }, dnsPolicy: 'None' }, { dnsConfig: { options: [{ name: 'ndots', value: '1' }] } }),
  'lifecycle and probes are replaced whole': bases(
    { lifecycle: { preStop: { exec: { command: ['a'] } }, postStart: { exec: { command: ['b'] } } }, livenessProbe: { exec: { command: ['c'] }, periodSeconds: 5 } },
    { lifecycle: { preStop: { httpGet: { port: 'http', path: '/' } } }, livenessProbe: { tcpSocket: { port: 80 } } }),
  'false over true does not count': specs(
    { automountServiceAccountToken: true, enableServiceLinks: true, hostNetwork: true },
    { automountServiceAccountToken: false, enableServiceLinks: false, hostNetwork: false }),
  'true over false': specs({ automountServiceAccountToken: false, enableServiceLinks: false }, { automountServiceAccountToken: true, enableServiceLinks: true }),
  'false over nothing stays': { by: 'mergePods', base: pod({}), override: pod({ automountServiceAccountToken: false, enableServiceLinks: false }, { stdin: false, tty: false }) },
  'false under nothing': { by: 'mergePods', base: pod({ automountServiceAccountToken: false, enableServiceLinks: false }, { stdin: false }), override: pod({}) },
  'false on both sides': specs({ hostPID: false, shareProcessNamespace: false }, { hostPID: false, shareProcessNamespace: false }),
  '0 over a number does not count': specs({ terminationGracePeriodSeconds: 30, priority: 5 }, { terminationGracePeriodSeconds: 0, priority: 0 }),
  '0 over nothing stays': specs({}, { terminationGracePeriodSeconds: 0 }),
  '0 under nothing': specs({ terminationGracePeriodSeconds: 0 }, {}),
  'a number over 0': specs({ terminationGracePeriodSeconds: 0 }, { terminationGracePeriodSeconds: 30 }),
  'an empty text over a text does not count': {
    by: 'mergePods',
    base: pod({ serviceAccountName: 'a', nodeName: 'b' }, { image: 'a:1', workingDir: '/a' }),
    override: pod({ serviceAccountName: '', nodeName: '' }, { image: '', workingDir: '' }),
  },
  'an empty text under nothing': { by: 'mergePods', base: pod({ hostname: '' }, { workingDir: '' }), override: pod({}) },
  'nulls are nothing': {
    by: 'mergePods',
    base: pod({ hostname: null, nodeSelector: null, volumes: null }, { env: null }),
    override: pod({ hostname: 'a', tolerations: null }, { env: null, resources: null }),
  },
  'a null over something does not count': specs({ hostname: 'a', tolerations: [{ key: 'a' }], securityContext: { runAsUser: 1 } }, { hostname: null, tolerations: null, securityContext: null }),
  'nulls inside of what is replaced': bases({ resources: { requests: { cpu: '1' } } }, { resources: { requests: null, limits: { cpu: '1' } }, securityContext: { runAsUser: null } }),
  'labels and annotations are merged': metadata({ labels: { a: '1', b: '2' }, annotations: { c: '3', e: '6' } }, { labels: { b: '', d: '4' }, annotations: { c: '5' } }),
  'empty labels': metadata({ labels: { a: '1' }, annotations: {} }, { labels: {}, annotations: { b: '2' } }),
  'name and namespace are replaced': metadata({ name: 'a', namespace: 'b', generateName: 'c' }, { name: 'd', namespace: 'e' }),
  'owners and finalizers are replaced': metadata({ ownerReferences: [owner('a')], finalizers: ['example.com/a'] }, { ownerReferences: [owner('b')], finalizers: ['example.com/a', 'example.com/b'] }),
  'owners over nothing': metadata({ finalizers: ['example.com/a'], ownerReferences: [] }, { ownerReferences: [owner('b')], finalizers: [] }),
  'no metadata in the override': { by: 'mergePods', base: whole, override: pod({ hostname: 'a' }) },
  'no metadata in the base': { by: 'mergePods', base: pod({ hostname: 'a' }), override: whole },
  'no spec in the override': { by: 'mergePods', base: whole, override: { metadata: { labels: { e: 'f' } } } },
  'no spec in the base': { by: 'mergePods', base: { metadata: { labels: { e: 'f' } } }, override: whole },
  'nothing in the override': { by: 'mergePods', base: whole, override: {} },
  'containers are merged by their position': { by: 'mergePods', base: { spec: { containers: containers('base', 'second') } }, override: { spec: { containers: containers('second', 'base') } } },
  'more containers in the override': { by: 'mergePods', base: { spec: { containers: containers('base') } }, override: { spec: { containers: containers('base', 'second', 'third') } } },
  'more containers in the base': { by: 'mergePods', base: { spec: { containers: containers('base', 'second', 'third') } }, override: { spec: { containers: containers('base') } } },
  'no containers in the override': { by: 'mergePods', base: { spec: { containers: containers('base') } }, override: { spec: { containers: [], hostname: 'a' } } },
  'no containers in the base': { by: 'mergePods', base: { spec: { containers: [], hostname: 'a' } }, override: { spec: { containers: containers('base') } } },
  'init containers of other names': specs({ initContainers: containers('a', 'b') }, { initContainers: containers('c') }),
  'init containers of the same name': specs({ initContainers: containers('a', 'b') }, { initContainers: containers('c', 'b') }),
  'an init container of the same name, merged like any': specs(
    { initContainers: [{ name: 'a', image: 'a:1', command: ['a'], tty: false, restartPolicy: 'Always', resources: { requests: { cpu: '1' } }, ports: [{ containerPort: 1 }] }] },
    { initContainers: [{ name: 'a', image: '', command: [], stdin: false, resources: { limits: { cpu: '2' } }, ports: [{ containerPort: 2 }] }] }),
  'init containers twice of a name in the override': specs({ initContainers: containers('a') }, { initContainers: containers('a', 'b', 'a', 'b') }),
  'init containers twice of a name in the base': specs({ initContainers: containers('a', 'a') }, { initContainers: containers('a') }),
  'init containers of one side': specs({ initContainers: containers('a') }, {}),
  'init containers of the other side': specs({}, { initContainers: containers('a') }),
  'numbers where the client takes text': {
    by: 'executorPod',
    base: pod({ nodeSelector: { a: 1, b: true } }, { command: ['sleep', 5], env: [{ name: 'A', value: 1 }, { name: 'B', value: false }], resources: { limits: { cpu: 0.5, gpu: 1 } } }, { annotations: { d: 2 } }),
    override: pod({ tolerations: [{ key: 'a', value: 7 }] }, { resources: { requests: { cpu: 2 } } }, { labels: { c: 3.5 } }),
  },
  'a pod of the executor': executed(whole, pod({})),
  'the namespace of the override': executed(whole, pod({}, {}, { namespace: 'own', name: 'own' })),
  'the image of the override': executed(whole, pod({}, { image: 'own:1' })),
  'the image of another container': executed(whole, { spec: { containers: [{ name: 'first', image: 'own:1' }, { name: 'base', image: 'own:2' }] } }),
  'an override without containers': executed(whole, { spec: { containers: [], hostname: 'a' } }),
  'an override without spec': executed(whole, { metadata: { labels: { e: 'f' } } }),
  'args of the override': executed(whole, pod({}, { args: ['own'] })),
  'the variable of the executor in the override': executed(whole, pod({}, { env: [{ name: 'AIRFLOW_IS_K8S_EXECUTOR_POD', value: 'own' }] })),
  'a template whose base is not the first': executed({ spec: { containers: containers('first', 'base') } }, pod({})),
  'a template without metadata': executed(pod({ automountServiceAccountToken: false, priority: 0 }, { stdin: false }), pod({ priority: 7 })),
};

export const MERGES: { [name: string]: MergeCase } = { ...WRITTEN, ...randomMerges(60) };
