import * as kplus from 'cdk8s-plus-27';
import { DagSource, Scaling } from '../src';
import * as references from './references';
import * as rules from './rules';
import { airflowChart, find, Manifest, synth, synthAirflow, workload } from './util';

const POD = 'spec.template.spec';
const MAIN = `${POD}.containers.0`;

/** Puts a value where the path says; undefined takes away what is there. */
function put(object: object, path: string, value: unknown): void {
  const steps = path.split('.');
  const last = steps.pop()!;
  const holder = steps.reduce((inner, step) => (inner as { [key: string]: unknown })[step], object as unknown) as { [key: string]: unknown };
  if (value === undefined) { delete holder[last]; } else { holder[last] = value; }
}

const CHART = airflowChart({
  dags: DagSource.gitSync({ repo: 'https://github.com/acme/dags.git' }),
  triggerer: { scaling: Scaling.keda({ maxReplicas: 2 }), disruptionBudget: { maxUnavailable: kplus.PercentOrAbsolute.absolute(1) } },
});
CHART.airflow.addTaskPod('sidecar', { sidecars: [{ name: 'sidecar', image: 'acme/sidecar:1' }] });
const SOUND = synth(CHART);

/** A sound manifest with one thing changed in one object. */
function broken(select: (manifest: Manifest[]) => object, path: string, value: unknown): Manifest[] {
  const manifest = structuredClone(SOUND);
  put(select(manifest), path, value);
  return manifest;
}

const scheduler = (manifest: Manifest[]) => workload(manifest, 'scheduler');
const template = (manifest: Manifest[]) => find(manifest, 'ConfigMap', 'pod-templates');
const profilesMap = (manifest: Manifest[]) => find(manifest, 'ConfigMap', 'task-pod-module');
const service = (manifest: Manifest[]) => find(manifest, 'Service', 'api-server');
const binding = (manifest: Manifest[]) => find(manifest, 'RoleBinding', 'pod-launcher');
const config = (manifest: Manifest[]) => find(manifest, 'ConfigMap', 'airflow-config');
const itself = (manifest: Manifest[]) => manifest;
const profiles = profilesMap(SOUND).data['profiles.json'];
const taskText = synthAirflow().find(object => object.data?.['default.yaml'])!.data['default.yaml'];

type Breakage = [keyof typeof rules | keyof typeof references, (manifest: Manifest[]) => object, string, unknown];
const BREAKAGES: Breakage[] = [
  ['restricted', scheduler, `${MAIN}.securityContext.allowPrivilegeEscalation`, true],
  ['restricted', scheduler, `${MAIN}.securityContext.capabilities`, { drop: ['ALL'], add: ['NET_ADMIN'] }],
  ['restricted', scheduler, `${MAIN}.securityContext.runAsUser`, 0],
  ['restricted', scheduler, `${MAIN}.ports`, [{ containerPort: 1, hostPort: 1 }]],
  ['restricted', scheduler, `${POD}.securityContext.runAsNonRoot`, undefined],
  ['restricted', scheduler, `${POD}.securityContext.seccompProfile`, undefined],
  ['restricted', scheduler, `${POD}.hostNetwork`, true],
  ['restricted', scheduler, `${POD}.volumes.0.hostPath`, { path: '/' }],
  ['restricted', template, 'data', { 'default.yaml': taskText.replace('privileged: false', 'privileged: true') }],
  ['restricted', profilesMap, 'data', { 'profiles.json': profiles.replaceAll('"privileged":false', '"privileged":true') }],
  ['readOnlyRoot', template, 'data', { 'default.yaml': taskText.replace('readOnlyRootFilesystem: true', 'readOnlyRootFilesystem: false') }],
  ['resources', scheduler, `${MAIN}.resources.requests.cpu`, undefined],
  ['resources', scheduler, `${POD}.initContainers.0.resources.requests.memory`, undefined],
  ['resources', scheduler, `${MAIN}.resources.limits`, undefined],
  ['pinned', scheduler, `${MAIN}.image`, 'apache/airflow'],
  ['pinned', scheduler, `${MAIN}.image`, 'apache/airflow:latest'],
  ['pinned', scheduler, `${MAIN}.image`, 'localhost:5000/airflow'],
  ['liveness', scheduler, `${MAIN}.livenessProbe`, undefined],
  ['liveness', manifest => workload(manifest, 'triggerer'), `${POD}.initContainers.1.livenessProbe`, undefined],
  ['noSecret', itself, '0', { kind: 'Secret', metadata: { name: 'x', namespace: 'y' } }],
  ['noSecret', scheduler, `${MAIN}.env.0`, { name: 'SMTP_PASSWORD', value: 'hunter2' }],
  ['noSecret', scheduler, `${MAIN}.env.0`, { name: 'AIRFLOW__API__SECRET_KEY', value: 'hunter2' }],
  ['noSecret', scheduler, `${MAIN}.env.0`, { name: 'AIRFLOW_CONN_X', value: 'postgres://me:hunter2@host/db' }],
  ['noSecret', scheduler, `${MAIN}.env.0`, { name: 'AIRFLOW_CONN_X', value: '{"password": "hunter2"}' }],
  ['noSecret', scheduler, `${MAIN}.env.0`, { name: 'FLOWER_BASIC_AUTH', value: 'me:$(PASSWORD),you:hunter2' }],
  ['noSecret', scheduler, `${MAIN}.args`, ['users', 'create', '--password', 'hunter2']],
  ['noSecret', config, 'data', { 'airflow.cfg': '[core]\nfernet_key = hunter2\n' }],
  ['environment', scheduler, `${MAIN}.env`, [{ name: 'A', value: '1' }, { name: 'A', value: '2' }]],
  ['environment', scheduler, `${MAIN}.env`, [{ name: 'A', value: '$(B)' }, { name: 'B', value: '2' }]],
  ['serviceLinks', scheduler, `${POD}.enableServiceLinks`, undefined],
  ['names', scheduler, 'metadata.name', 'x'.repeat(64)],
  ['names', scheduler, 'metadata.name', 'a_b'],
  ['names', service, 'metadata.name', '3-airflow'],
  ['names', manifest => find(manifest, 'StatefulSet'), 'metadata.name', 'x'.repeat(53)],
  ['names', scheduler, 'metadata.labels.team', 'x'.repeat(64)],
  ['names', scheduler, `${MAIN}.ports`, [{ name: 'longer-than-fifteen', containerPort: 1 }]],
  ['names', scheduler, `${MAIN}.name`, 'wait-for-migration'],
  ['names', scheduler, 'metadata.name', synthAirflow().find(object => object.kind === 'Deployment')!.metadata.name],
  ['selectors', scheduler, 'spec.selector.matchLabels', { 'app.kubernetes.io/name': 'airflow' }],
  ['selectors', scheduler, 'spec.selector.matchLabels', { a: 'b' }],
  ['selectors', service, 'spec.selector', { 'app.kubernetes.io/name': 'airflow' }],
  ['selectors', service, 'spec.selector', { 'app.kubernetes.io/component': 'task' }],
  ['mounts', scheduler, `${POD}.volumes.0.name`, 'another'],
  ['mounts', scheduler, `${MAIN}.volumeMounts.0.mountPath`, '/tmp'],
  ['mounts', scheduler, `${MAIN}.volumeMounts.0.subPath`, 'no-such.cfg'],
  ['tokens', scheduler, `${POD}.automountServiceAccountToken`, false],
  ['tokens', scheduler, `${POD}.automountServiceAccountToken`, undefined],
  ['tokens', manifest => workload(manifest, 'triggerer'), `${POD}.automountServiceAccountToken`, true],
  ['settled', service, 'spec.externalIPs', []],
  ['settled', template, 'data', { 'default.yaml': taskText.replace('restartPolicy: Never', 'restartPolicy: null') }],
  ['namespaced', scheduler, 'metadata.namespace', undefined],
  ['namespaced', binding, 'kind', 'ClusterRoleBinding'],
  ['objects', scheduler, `${MAIN}.env.0`, { name: 'X', valueFrom: { secretKeyRef: { name: 'nowhere', key: 'k' } } }],
  ['objects', scheduler, `${MAIN}.env.0`, { name: 'X', valueFrom: { secretKeyRef: { name: 'test-airflow-keys', key: 'no-such-key' } } }],
  ['objects', scheduler, `${MAIN}.envFrom`, [{ configMapRef: { name: 'nowhere' } }]],
  ['objects', scheduler, `${MAIN}.envFrom`, [{ secretRef: { name: 'nowhere' } }]],
  ['objects', scheduler, `${POD}.volumes.0.configMap.name`, 'nowhere'],
  ['objects', scheduler, `${POD}.volumes.0`, { name: 'x', persistentVolumeClaim: { claimName: 'nowhere' } }],
  ['objects', scheduler, `${POD}.volumes.0`, { name: 'x', projected: { sources: [{ secret: { name: 'nowhere' } }] } }],
  ['objects', scheduler, `${POD}.imagePullSecrets`, [{ name: 'nowhere' }]],
  ['objects', scheduler, `${POD}.serviceAccountName`, 'nowhere'],
  ['bindings', binding, 'roleRef.name', 'nowhere'],
  ['bindings', binding, 'subjects.0.name', 'nowhere'],
  ['selectors', manifest => find(manifest, 'PodDisruptionBudget'), 'spec.selector.matchLabels', { 'app.kubernetes.io/name': 'airflow' }],
  ['scaling', manifest => find(manifest, 'ScaledObject'), 'spec.scaleTargetRef.name', 'nowhere'],
  ['scaling', manifest => find(manifest, 'ScaledObject'), 'spec.scaleTargetRef.kind', 'StatefulSet'],
  ['scaling', manifest => find(manifest, 'ScaledObject'), 'spec.triggers.0.authenticationRef.name', 'nowhere'],
  ['scaling', manifest => find(manifest, 'TriggerAuthentication'), 'spec.secretTargetRef.0.name', 'nowhere'],
  ['scaling', manifest => find(manifest, 'TriggerAuthentication'), 'spec.secretTargetRef.0.key', 'no-such-key'],
  ['ports', service, 'spec.ports.0.targetPort', 9999],
  ['ports', manifest => workload(manifest, 'api-server'), `${MAIN}.livenessProbe.httpGet.port`, 'nowhere'],
  ['addresses', service, 'metadata.name', 'elsewhere'],
  ['addresses', service, 'spec.ports.0.port', 9999],
  ['addresses', manifest => find(manifest, 'StatefulSet'), 'spec.serviceName', 'nowhere'],
  ['files', template, 'data', { 'other.yaml': taskText }],
];

const ALL = { ...rules, ...references } as { readonly [rule: string]: rules.Rule };

test.each(Object.entries(ALL))('%s finds nothing in what is sound', (_, rule) => {
  expect(rule(SOUND)).toEqual([]);
});

test.each(BREAKAGES)('%s finds what is wrong (%#)', (name, select, path, value) => {
  expect(ALL[name](broken(select, path, value))).not.toEqual([]);
});

test('every rule is broken by something', () => {
  expect([...new Set<string>(BREAKAGES.map(([name]) => name))].sort()).toEqual(Object.keys(ALL).sort());
});
