import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { TaskPodCases } from './case';
import {
  cache, certificates, claim, configMap, cpu, elsewhere, helper, hosts, memory, models, spread, text, variable, zone,
} from './values';
import { AirflowImage, Gpu, SecretKey, TaintEffect, Toleration } from '../../src';

const { nvidia, nvidiaMig, amd } = Gpu;
/** Texts that YAML 1.1, as Python reads it, takes for something else unless they are quoted. */
const TRAPS = ['yes', 'off', 'null', '~', '', ' ', '1_000', '0x1F', '0o17', '017', '1e3', '.5', '12:30:45', '2026-01-02', '- a', '# b', 'c: d', '{e}', '%f',
  'two\nlines\n', 'ö€', "it's \"quoted\"", '!g', '&h', '*i', '@j', '`k', '|', 'true', '3.10'];

/** Task pods that differ from the default one in one thing. */
export const SINGLE: TaskPodCases = {
  'the default one': {},
  'nothing of its own': { pods: [{}] },
  'more memory': { pods: [{ resources: { memory: memory(4, 8) } }] },
  'more of everything': { pods: [{ resources: { cpu: cpu(2, 4), memory: memory(4, 4), ephemeralStorage: { request: Size.gibibytes(5), limit: Size.gibibytes(9) } } }] },
  'a limit that goes': { airflow: { taskPods: { resources: { cpu: cpu(1, 2) } } }, pods: [{ resources: { cpu: cpu(1) } }] },
  'a GPU': { pods: [{ gpus: nvidia() }] },
  'a slice of a GPU and memory': { pods: [{ gpus: nvidiaMig('1g.5gb', 2), resources: { memory: memory(4, 8) } }] },
  'another GPU than the default': { airflow: { taskPods: { gpus: nvidia() } }, pods: [{ gpus: amd(2) }] },
  'an image': version => ({ pods: [{ image: AirflowImage.of('registry.example.com/airflow:gpu', { version }) }] }),
  'env': { pods: [{ env: { ...variable(), EMPTY: text('') } }] },
  'env of the same name': { airflow: { taskPods: { env: variable('default') } }, pods: [{ env: variable() }] },
  'env of sources': {
    pods: [{
      env: {
        SECRET: SecretKey.of('warehouse', 'password').toEnvValue(),
        CONFIG: kplus.EnvValue.fromConfigMap(configMap('warehouse'), 'host', { optional: false }),
        FIELD: kplus.EnvValue.fromFieldRef(kplus.EnvFieldPaths.POD_IP),
      },
    }],
  },
  'envFrom': { pods: [{ envFrom: [new kplus.EnvFrom(configMap('own'), 'P_')] }] },
  'volumes': {
    pods: [{ volumeMounts: [{ path: '/models', volume: models, readOnly: true }, { path: '/cache', volume: cache }, { path: '/certificates', volume: certificates }] }],
  },
  'two mounts of a volume': { pods: [{ volumeMounts: [{ path: '/a', volume: claim, subPath: 'a' }, { path: '/b', volume: claim, subPathExpr: '$(VARIABLE)' }] }] },
  'another mount of a volume of the default': {
    airflow: { taskPods: { volumeMounts: [{ path: '/a', volume: claim, readOnly: false }] } }, pods: [{ volumeMounts: [{ path: '/b', volume: claim }] }],
  },
  'an init container': { pods: [{ initContainers: [{ ...helper('fetch'), command: ['fetch'], volumeMounts: [{ path: '/models', volume: models }] }] }] },
  'a sidecar': { pods: [{ sidecars: [{ ...helper('proxy'), ports: [{ number: 8080, name: 'http' }], user: 1000 }] }] },
  'node selector': { pods: [{ nodeSelector: { pool: 'gpu' } }] },
  'node selector, replaced': { airflow: { taskPods: { nodeSelector: { pool: 'tasks', arch: 'arm64' } } }, pods: [{ nodeSelector: { pool: 'gpu' } }] },
  'affinity': {
    pods: [{
      affinity: {
        requiredNodes: [{ matches: [zone] }],
        preferredNodes: [{ weight: 7, matches: [kplus.NodeLabelQuery.gt('cores', ['8'])] }],
        nearPods: [{ labels: { app: 'cache' } }],
        awayFromPods: [{ labels: { app: 'db' }, weight: 5, namespaces: ['data'] }],
      },
    }],
  },
  'affinity, replaced': { airflow: { taskPods: { affinity: { nearPods: [{ labels: { app: 'cache' } }] } } }, pods: [{ affinity: { requiredNodes: [{ matches: [zone] }] } }] },
  'tolerations': { pods: [{ tolerations: [Toleration.any({ effect: TaintEffect.NO_EXECUTE, evictAfter: Duration.seconds(0) }), Toleration.exists('gpu')] }] },
  'tolerations, replaced': { airflow: { taskPods: { tolerations: [Toleration.exists('tasks')] } }, pods: [{ tolerations: [Toleration.equal('pool', 'gpu')] }] },
  'tolerations, an empty list': { pods: [{ tolerations: [], envFrom: [], volumeMounts: [], initContainers: [], topologySpread: [] }] },
  'topology spread': { pods: [{ topologySpread: [spread('kubernetes.io/hostname')] }] },
  'topology spread, replaced': { airflow: { taskPods: { topologySpread: [spread('kubernetes.io/hostname')] } }, pods: [{ topologySpread: [spread('topology.kubernetes.io/zone')] }] },
  'priority class': { airflow: { taskPods: { priorityClassName: 'low' } }, pods: [{ priorityClassName: 'high' }] },
  'service account': { pods: [{ serviceAccount: { existing: kplus.ServiceAccount.fromServiceAccountName(elsewhere, 'account', 'trainer') } }] },
  'service account, token and a token of its own': {
    pods: [{ serviceAccount: { automountToken: true, annotations: { a: 'b' }, projectedToken: { mountPath: '/token', audience: 'vault' } } }],
  },
  'time to end': { pods: [{ terminationGracePeriod: Duration.hours(1) }] },
  'no time to end in the default': { keepsZero: true, airflow: { taskPods: { terminationGracePeriod: Duration.seconds(0) } }, pods: [{ env: variable() }] },
  'user and groups': { pods: [{ securityContext: { user: 1234, fsGroup: 5678, supplementalGroups: [7] } }] },
  'writable root': { pods: [{ securityContext: { readOnlyRootFilesystem: false } }] },
  'labels and annotations': {
    airflow: { taskPods: { pod: { labels: { team: 'default', keep: 'it' }, annotations: { 'example.com/note': 'default' } } } },
    pods: [{ pod: { labels: { team: 'own' }, annotations: { 'example.com/note': 'own', 'example.com/more': '' } } }],
  },
  'runtime class and scheduler': { pods: [{ pod: { runtimeClassName: 'nvidia', schedulerName: 'volcano' } }] },
  'names': {
    airflow: { taskPods: { pod: { dns: hosts('10.0.0.1') } } },
    pods: [{ pod: { dns: { ...hosts('10.0.0.2'), policy: kplus.DnsPolicy.NONE, nameservers: ['10.0.0.3'], searches: ['a.example.com'], resolverOptions: { ndots: '2', rotate: '' } } } }],
  },
  'may be evicted': { pods: [{ pod: { safeToEvict: true } }] },
  'a claim for the pod': { pods: [{ pod: { ephemeralClaims: [{ name: 'work', mountPath: '/work', size: Size.gibibytes(50), storageClassName: 'fast' }] } }] },
  'command, ports and lifecycle': {
    airflow: { taskPods: { container: { ports: [{ number: 9000, name: 'debug' }] } } },
    pods: [{ container: { command: ['tini', '--'], ports: [{ number: 9000, name: 'debug' }, { number: 9100, name: 'metrics', protocol: kplus.Protocol.TCP }], lifecycle: { preStop: ['sync'] } } }],
  },
  'deadline': { pods: [{ activeDeadline: Duration.hours(2), startTimeout: Duration.minutes(30), description: 'Long.' }] },
  'texts that YAML could take for others': {
    airflow: { taskPods: { env: Object.fromEntries(TRAPS.map((value, index) => [`DEFAULT_${index}`, text(value)])), pod: { annotations: { a: 'no', b: '2026-01-02', c: '1_0' } } } },
    pods: [{ env: Object.fromEntries(['=', '<<', 'a\tb', '\u2028', 'yes', ''].map((value, index) => [`OWN_${index}`, text(value)])), pod: { labels: { on: 'on', number: '1e3', empty: '' } } }],
  },
};
