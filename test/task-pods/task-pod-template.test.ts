import { Chart, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { parse } from 'yaml';
import { AirflowChartProps, AirflowImage, AirflowVersion, DagSource, Database, DefaultTaskPodOptions, Gpu, SecretKey, TaskLogs, TaskPodTemplate, Toleration } from '../../src/index';
import { baseFile, blogFile, podFile, specFile } from '../pod-file';
import { airflowChart, cfg, env, find, findAll, main, Manifest, mount, Pod, pod, secretNamed, synth, synthAirflow, volume } from '../util';

/** What cdk8s says first of an error at synthesis. */
const AT_SYNTH = "Failed serializing construct at path 'test/airflow/pod-templates' with name 'test-airflow-pod-templates': Error: ";
const BLOG = { existingObjects: ['ServiceAccount/airflow'] };

function adopting(file: string, options: DefaultTaskPodOptions = {}, props: AirflowChartProps = {}): Manifest[] {
  return synthAirflow({ ...props, taskPods: { ...options, template: TaskPodTemplate.fromFile(file) } });
}

describe('a file as teams write it', () => {
  const adoption = (release?: string) => ({ template: TaskPodTemplate.fromFile(blogFile(release), BLOG) });
  const blog = (version: AirflowVersion) => synthAirflow({ version, taskPods: adoption(version.release) });

  test.each([AirflowVersion.V2_10, AirflowVersion.V2_11, AirflowVersion.V3_0, AirflowVersion.V3_3])('is adopted as it is (%#)', version => {
    const manifest = blog(version);
    const { metadata, spec } = pod(manifest, 'task');
    expect(metadata.labels).toEqual({
      'app.kubernetes.io/component': 'task',
      'app.kubernetes.io/instance': 'test-airflow',
      'app.kubernetes.io/managed-by': 'cdk8s-airflow',
      'app.kubernetes.io/name': 'airflow',
      'cdk8s-airflow/task-pod': 'default',
      'component': 'worker',
      'tier': 'airflow',
    });
    expect(spec).toMatchObject({
      serviceAccountName: 'airflow',
      automountServiceAccountToken: false,
      nodeSelector: { pool: 'workers' },
      tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'airflow', effect: 'NoSchedule' }],
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 600,
    });
    expect(spec.containers).toHaveLength(1);
    expect(main(manifest, 'task')).toMatchObject({
      name: 'base',
      image: `apache/airflow:${version.release}-python3.11`,
      resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { cpu: '2', memory: '4Gi' } },
    });
    expect(env(main(manifest, 'task'), 'AIRFLOW__CORE__EXECUTOR')).toBeUndefined();
    expect(cfg(manifest, 'core', 'executor')).toBe('KubernetesExecutor');
  });

  test('has the folders of the library instead of its empty ones, and the DAGs of the image', () => {
    const manifest = blog(AirflowVersion.V3_3);
    expect(mount(main(manifest, 'task'), '/opt/airflow/logs')).toEqual({ name: 'scratch', mountPath: '/opt/airflow/logs', subPath: 'logs' });
    expect(mount(main(manifest, 'task'), '/opt/airflow/dags')).toBeUndefined();
    expect(pod(manifest, 'task').spec.volumes!.map(({ name }) => name)).toEqual(['config', 'local-settings', 'task-pods', 'scratch']);
  });

  test('is otherwise the pod that the library makes', () => {
    const [adopted, own] = [pod(blog(AirflowVersion.V3_3), 'task'), pod(synthAirflow(), 'task')];
    const { serviceAccountName, nodeSelector, tolerations, containers: [{ image, resources, ...base }], ...rest } = adopted.spec;
    const { serviceAccountName: _, containers: [{ image: __, resources: ___, ...ownBase }], ...ownRest } = own.spec;
    expect([rest, base]).toEqual([ownRest, ownBase]);
    expect(adopted.metadata.annotations).toEqual(own.metadata.annotations);
  });

  test('has its account instead of one that is made', () => {
    expect(findAll(blog(AirflowVersion.V3_3), 'ServiceAccount', 'task')).toEqual([]);
  });

  test('has the rights of a task, where tasks start pods', () => {
    const chart = airflowChart({ taskPods: adoption() });
    chart.airflow.allowPodOperator();
    expect(find(synth(chart), 'RoleBinding', 'pod-operator').subjects[0]).toEqual({ kind: 'ServiceAccount', name: 'airflow', namespace: 'airflow' });
    expect(pod(synth(chart), 'task').spec.automountServiceAccountToken).toBe(true);
  });

  test('takes DAGs and logs from where the Airflow has them', () => {
    const manifest = synthAirflow({ dags: DagSource.gitSync({ repo: 'https://github.com/acme/dags.git' }), logs: TaskLogs.newClaim(), taskPods: adoption() });
    expect(mount(main(manifest, 'task'), '/opt/airflow/dags')).toEqual({ name: 'dags', mountPath: '/opt/airflow/dags', readOnly: true });
    expect(volume(pod(manifest, 'task'), 'dags')!.emptyDir).toEqual({ sizeLimit: '2Gi' });
    expect(volume(pod(manifest, 'task'), 'logs')!.persistentVolumeClaim).toEqual({ claimName: 'test-airflow-logs' });
    expect(pod(manifest, 'task').spec.initContainers!.map(({ name }) => name)).toEqual(['git-sync-init']);
  });

  test('fails when what it refers to is neither made nor said to exist', () => {
    expect(() => adopting(blogFile())).toThrow(new Error(
      `${AT_SYNTH}test/airflow/task-pods/default: 'template' refers to ServiceAccount/airflow, which this app does not make; make it, or name it in 'existingObjects'`));
  });

  test('may refer to what the app makes in the same namespace', () => {
    const chart = airflowChart({ taskPods: { template: TaskPodTemplate.fromFile(blogFile()) } });
    new kplus.ServiceAccount(chart, 'account', { metadata: { name: 'airflow' } });
    expect(pod(synth(chart), 'task').spec.serviceAccountName).toBe('airflow');
  });

  test('fails when the app makes it in another namespace', () => {
    const chart = airflowChart({ taskPods: { template: TaskPodTemplate.fromFile(blogFile()) } });
    new kplus.ServiceAccount(new Chart(chart.node.root, 'other', { namespace: 'other' }), 'account', { metadata: { name: 'airflow' } });
    expect(() => synth(chart)).toThrow(new Error(
      `${AT_SYNTH}test/airflow/task-pods/default: the pod is in the namespace 'airflow', but ServiceAccount/airflow is made in 'other'; make it in both, or leave it out`));
  });
});

describe('completes', () => {
  const database = Database.fromSecret(SecretKey.of('database', 'connection'));

  test('what the file leaves out', () => {
    expect(pod(adopting(baseFile({})), 'task')).toEqual(pod(synthAirflow(), 'task'));
    expect(pod(adopting(baseFile({}), {}, { version: AirflowVersion.V2_11 }), 'task')).toEqual(pod(synthAirflow({ version: AirflowVersion.V2_11 }), 'task'));
  });

  test('the connection to the database in 2.x, which may be in the file just the same', () => {
    const variable = { name: 'AIRFLOW__DATABASE__SQL_ALCHEMY_CONN', valueFrom: { secretKeyRef: { key: 'connection', name: 'database' } } };
    const own = { name: 'WAREHOUSE', value: 'x' };
    const template = TaskPodTemplate.fromFile(baseFile({ env: [variable, own] }), { existingObjects: ['Secret/database'] });
    const manifest = synthAirflow({ version: AirflowVersion.V2_11, database, taskPods: { template } });
    const [expected] = pod(synthAirflow({ version: AirflowVersion.V2_11, database }), 'task').spec.containers;
    expect(main(manifest, 'task').env).toEqual([...expected.env!, own]);
    expect(main(manifest, 'task').env).toContainEqual(variable);
  });

  test('empty lists, nulls and empty fields as if they were not there', () => {
    const file = specFile({
      containers: [{ name: 'base', args: [], command: [], env: null, envFrom: [], resources: {}, securityContext: null, volumeMounts: null, image: null }],
      initContainers: null,
      volumes: [],
      nodeSelector: null,
      tolerations: [],
      securityContext: {},
      serviceAccountName: null,
      affinity: null,
    }, { labels: null, annotations: null, creationTimestamp: null, namespace: null });
    expect(pod(adopting(file), 'task')).toEqual(pod(synthAirflow(), 'task'));
    expect(pod(adopting(podFile('apiVersion: v1\nkind: Pod\nspec: { containers: [{ name: base }] }\n')), 'task')).toEqual(pod(synthAirflow(), 'task'));
  });

  test('GPUs of the prop, beside the resources of the file', () => {
    const resources = { requests: { cpu: 1 }, limits: { 'memory': '1Gi', 'nvidia.com/gpu': 2 } };
    const limits = { 'memory': '1Gi', 'nvidia.com/gpu': '2' };
    const gpus = Gpu.nvidia(2);
    expect(main(adopting(baseFile({ resources }), { gpus, tuneUpTo: { gpus: 4 } }), 'task').resources).toEqual({ requests: { cpu: 1 }, limits });
    expect(main(adopting(baseFile({ resources: { limits: { memory: '1Gi' } } }), { gpus }), 'task').resources).toEqual({ limits });
    expect(main(adopting(baseFile({ resources: {} }), { gpus }), 'task').resources).toEqual(main(synthAirflow({ taskPods: { gpus } }), 'task').resources);
  });

  test('security contexts, which may say more or other things', () => {
    const securityContext = { runAsUser: 50000, fsGroup: 50000, sysctls: [{ name: 'net.ipv4.tcp_syncookies', value: '1' }] };
    const base = { securityContext: { readOnlyRootFilesystem: false, capabilities: { add: ['NET_BIND_SERVICE'] } } };
    const { spec } = pod(adopting(baseFile(base, { securityContext })), 'task');
    const own = pod(synthAirflow(), 'task').spec;
    expect(spec.securityContext).toEqual({ ...own.securityContext, ...securityContext });
    expect(spec.containers[0].securityContext).toEqual(
      { ...own.containers[0].securityContext, readOnlyRootFilesystem: false, capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] } });
  });

  test('what the Pod Security level demands of other containers', () => {
    const restricted = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
    const other = (name: string, securityContext?: object) => ({ name, image: 'acme/other:1', securityContext });
    const file = specFile({
      containers: [{ name: 'base' }, other('proxy', { runAsUser: 7 })], initContainers: [other('first'), other('second', { capabilities: { add: ['NET_BIND_SERVICE'] } })],
    });
    const { containers: [, proxy], initContainers } = pod(adopting(file, {}, { dags: DagSource.gitSync({ repo: 'https://github.com/acme/dags.git' }) }), 'task').spec;
    expect(proxy).toEqual({ name: 'proxy', image: 'acme/other:1', securityContext: { ...restricted, runAsUser: 7 } });
    expect(initContainers!.slice(1)).toEqual([
      { name: 'first', image: 'acme/other:1', securityContext: restricted },
      { name: 'second', image: 'acme/other:1', securityContext: { ...restricted, capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] } } },
    ]);
    expect(initContainers![0].name).toBe('git-sync-init');
  });

  test('fields that the library knows nothing of, which it leaves alone', () => {
    const spec = { hostUsers: false, resourceClaims: [{ name: 'gpu', resourceClaimTemplateName: 'gpu' }], overhead: { cpu: '10m' }, preemptionPolicy: 'Never' };
    const base = { imagePullPolicy: 'Always', workingDir: '/srv', command: ['/entry'], resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }], tty: true };
    const data = { name: 'data', csi: { driver: 'acme.com', volumeAttributes: { secret: 'x' } } };
    const volumeMounts = [{ name: 'data', mountPath: '/data/', recursiveReadOnly: 'Disabled' }];
    const file = specFile({ containers: [{ name: 'base', ...base, volumeMounts }], volumes: [data], ...spec }, { annotations: { a: 'b' }, finalizers: ['acme.com/f'] });
    const found = pod(adopting(file), 'task');
    expect(found.metadata).toMatchObject({ name: 'task', finalizers: ['acme.com/f'], annotations: { 'a': 'b', 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' } });
    expect(found.spec).toMatchObject(spec);
    expect(found.spec.containers[0]).toMatchObject(base);
    expect(found.spec.containers[0].volumeMounts!.at(-1)).toEqual(volumeMounts[0]);
    expect(found.spec.volumes!.at(-1)).toEqual(data);
  });

  test('lists that both have, each item once', () => {
    const pullSecrets = [secretNamed('registry')];
    const from = new kplus.EnvFrom(undefined, undefined, secretNamed('shared'));
    const file = baseFile(
      { envFrom: [{ secretRef: { name: 'shared' } }, { configMapRef: { name: 'own', optional: true } }] }, { imagePullSecrets: [{ name: 'mirror' }, { name: 'registry' }] });
    const template = TaskPodTemplate.fromFile(file, { existingObjects: ['Secret/registry', 'Secret/mirror', 'Secret/shared'] });
    const { spec } = pod(synthAirflow({ image: AirflowImage.official(AirflowVersion.V3_3, { pullSecrets }), pods: { envFrom: [from] }, taskPods: { template } }), 'task');
    expect(spec.imagePullSecrets).toEqual([{ name: 'registry' }, { name: 'mirror' }]);
    expect(spec.containers[0].envFrom).toEqual([{ secretRef: { name: 'shared' } }, { configMapRef: { name: 'own', optional: true } }]);
  });
});

describe('a task pod that extends an adopted one', () => {
  const extended = (file: string, own: DefaultTaskPodOptions, props?: AirflowChartProps) => {
    const chart = airflowChart({ ...props, taskPods: { template: TaskPodTemplate.fromFile(file) } });
    return parse(chart.airflow.addTaskPod('own', own).toYaml()) as Pod;
  };
  const preferred = { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: { matchExpressions: [{ key: 'a', operator: 'Exists' }] } }] };
  const ports = [{ containerPort: 9100, name: 'metrics' }];

  test.each<[string, string, DefaultTaskPodOptions]>([
    ['terminationGracePeriodSeconds', specFile({ terminationGracePeriodSeconds: 30 }), { terminationGracePeriod: Duration.seconds(0) }],
    ['automountServiceAccountToken', specFile({ automountServiceAccountToken: true }), { serviceAccount: { automountToken: false } }],
    ['nodeSelector', specFile({ nodeSelector: { pool: 'a' } }), { nodeSelector: {} }],
    ['tolerations', specFile({ tolerations: [{ operator: 'Exists' }] }), { tolerations: [] }],
    ['topologySpreadConstraints', specFile({ topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone' }] }), { topologySpread: [] }],
    ['hostAliases', specFile({ hostAliases: [{ ip: '10.0.0.1', hostnames: ['a'] }] }), { pod: { dns: { searches: ['b'] } } }],
    ['volumes.scratch', specFile({}), { pod: { scratchSize: Size.gibibytes(3) } }],
    ['command', baseFile({ command: ['/entry'] }), { container: { command: [] } }],
    ['ports.{"containerPort":9100,"name":"metrics"}', baseFile({ ports }), { container: { ports: [] } }],
  ])('cannot take %s from it (%#)', (field, file, own) => {
    expect(() => extended(file, own)).toThrow(new Error(`test/airflow/task-pods/own: '${field}' of the default task pod cannot be changed or removed by the `
      + `override that Airflow gets; say it in ${file}, or adopt a file for this one, too`));
  });

  test.each<[string, DefaultTaskPodOptions, (found: Pod) => unknown, unknown, AirflowChartProps?]>([
    [specFile({ terminationGracePeriodSeconds: 30 }), { terminationGracePeriod: Duration.minutes(10) },
      ({ spec }) => spec.terminationGracePeriodSeconds, 600],
    [baseFile({ securityContext: { readOnlyRootFilesystem: false } }), { securityContext: { readOnlyRootFilesystem: true } },
      ({ spec }) => spec.containers[0].securityContext, expect.objectContaining({ readOnlyRootFilesystem: true })],
    [specFile({ securityContext: { fsGroup: 7 } }), { securityContext: { fsGroup: 0 } }, ({ spec }) => spec.securityContext!.fsGroup, 0],
    [specFile({ securityContext: { supplementalGroups: [7] } }), { securityContext: { supplementalGroups: [] } },
      ({ spec }) => spec.securityContext!.supplementalGroups, undefined],
    [baseFile({ securityContext: { runAsUser: 50000 } }), { securityContext: { user: 1234 } },
      ({ spec }) => [spec.securityContext!.runAsUser, spec.containers[0].securityContext!.runAsUser], [1234, undefined]],
    [baseFile({ securityContext: { runAsUser: 50000 } }), { securityContext: { userFromNamespace: true } },
      ({ spec }) => [spec.securityContext!.runAsUser, spec.containers[0].securityContext!.runAsUser], [undefined, undefined]],
    [baseFile({ resources: { requests: { memory: '9Gi' }, limits: { memory: '9Gi' } } }), { resources: { memory: { request: Size.gibibytes(1) } } },
      ({ spec }) => spec.containers[0].resources, { requests: { memory: '1Gi' }, limits: { memory: '2Gi' } }],
    [baseFile({ resources: { requests: { cpu: 1 }, limits: { cpu: 2, memory: '4Gi' } } }), { resources: { memory: { request: Size.mebibytes(256), limit: Size.gibibytes(2) } } },
      ({ spec }) => spec.containers[0].resources, { requests: { cpu: '1', memory: '256Mi' }, limits: { cpu: '2', memory: '2Gi' } }],
    [specFile({ affinity: { nodeAffinity: preferred } }), { affinity: {} }, ({ spec }) => spec.affinity, {}],
    [specFile({ tolerations: [{ operator: 'Exists' }] }), { tolerations: [Toleration.exists('a')] }, ({ spec }) => spec.tolerations, [{ key: 'a', operator: 'Exists' }],
      { pods: { tolerations: [Toleration.exists('a')] } }],
    [specFile({ schedulerName: 'theirs' }), { pod: { schedulerName: 'ours' } }, ({ spec }) => spec.schedulerName, 'ours', { pods: { schedulerName: 'ours' } }],
    [specFile({}, { annotations: { a: 'theirs' } }), { pod: { annotations: { a: 'ours' } } }, ({ metadata }) => metadata.annotations!.a, 'ours', { pods: { annotations: { a: 'ours' } } }],
  ])('has what it says, though the library says the same (%#)', (file, own, field, expected, props = {}) => {
    expect(field(extended(file, own, props))).toEqual(expected);
  });

  test('keeps what it does not say', () => {
    const base = { securityContext: { readOnlyRootFilesystem: false } };
    const { spec } = extended(baseFile(base, { terminationGracePeriodSeconds: 30, tolerations: [{ operator: 'Exists' }], securityContext: { fsGroup: 7 } }),
      { securityContext: { supplementalGroups: [5] }, resources: { cpu: undefined } });
    expect(spec).toMatchObject({ terminationGracePeriodSeconds: 30, tolerations: [{ operator: 'Exists' }], securityContext: { fsGroup: 7, supplementalGroups: [5] } });
    expect(spec.containers[0].securityContext!.readOnlyRootFilesystem).toBe(false);
  });

  test('has the variables of the file that refer to one of its own', () => {
    const file = baseFile({ env: [{ name: 'URL', value: 'http://$(HOST)' }] });
    const value = kplus.EnvValue.fromValue;
    const chart = airflowChart({ taskPods: { env: { HOST: value('default') }, template: TaskPodTemplate.fromFile(file) } });
    const { spec } = parse(chart.airflow.addTaskPod('own', { env: { HOST: value('own') } }).toYaml()) as Pod;
    expect(spec.containers[0].env!.slice(-2)).toEqual([{ name: 'HOST', value: 'own' }, { name: 'URL', value: 'http://$(HOST)' }]);
  });
});
