import { App, Chart, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { parse } from 'yaml';
import {
  AirflowChartProps, AirflowImage, AirflowVersion, DagSource, DefaultTaskPodOptions, Executor, Gpu, SpotNodes, TaskPod, TaskPodOptions,
  TaskPodTemplate, Toleration, TuningLimits,
} from '../../src/index';
import { specFile } from '../pod-file';
import { airflowChart, building, Container, env, find, findAll, Manifest, Pod, secretNamed, synth, Texts } from '../util';

const elsewhere = new Chart(new App(), 'elsewhere');
const text = kplus.EnvValue.fromValue;
const trainer = kplus.ServiceAccount.fromServiceAccountName(elsewhere, 'account', 'trainer');
const gibibytes = (request: number, limit?: number) => ({ request: Size.gibibytes(request), ...limit && { limit: Size.gibibytes(limit) } });
const own = { template: TaskPodTemplate.own() };

interface Profile {
  readonly description?: string;
  readonly override?: { readonly metadata: { readonly labels: Texts; readonly namespace?: string }; readonly spec: Pod['spec'] };
  readonly templateFile?: string;
  readonly resources: Container['resources'];
  readonly limits: { readonly [keyword: string]: string | number };
  readonly gpuResource?: string;
  readonly operatorPod: Pod;
  readonly startTimeout?: number;
}

/** The pod as Airflow makes it. */
function made(of: TaskPod): Pod {
  return parse(of.toYaml()) as Pod;
}

/** A task pod in an Airflow of its own. */
function added(options: TaskPodOptions, props?: AirflowChartProps): TaskPod {
  return airflowChart(props).airflow.addTaskPod('own', options);
}

function adding(options: TaskPodOptions, props?: AirflowChartProps): () => TaskPod {
  return () => added(options, props);
}

/** What Python gets. */
function profiles(manifest: Manifest[]): { readonly [name: string]: Profile } {
  const [{ data }] = findAll(manifest, 'ConfigMap', 'task-pod-module');
  return (JSON.parse(data['profiles.json']) as { profiles: { [name: string]: Profile } }).profiles;
}

function profile(of: TaskPod): Profile {
  return profiles(synth(Chart.of(of)))[of.name];
}

const refused = (message: string, name = 'own') => new Error(`test/airflow/task-pods/${name}: ${message}`);

describe('a task pod', () => {
  test('is the default one but for what it says, and for its name', () => {
    const { airflow } = airflowChart({ taskPods: { nodeSelector: { pool: 'tasks' }, env: { A: text('default') } } });
    const [mine, other] = [made(airflow.addTaskPod('own', {})), made(airflow.taskPods.defaultPod)];
    expect(mine).toEqual({ ...other, metadata: { ...other.metadata, labels: { ...other.metadata.labels, 'cdk8s-airflow/task-pod': 'own' } } });
    expect(other.spec.nodeSelector).toEqual({ pool: 'tasks' });
  });

  test('is made in the namespace of the Airflow, with the variable that Airflow adds', () => {
    const { metadata, spec } = made(added({}));
    expect(metadata).toMatchObject({ name: 'task', namespace: 'airflow' });
    expect(spec.containers[0].env).toContainEqual({ name: 'AIRFLOW_IS_K8S_EXECUTOR_POD', value: 'True' });
  });

  test('has what it says', () => {
    const image = AirflowImage.of('acme/airflow:3.3.2-gpu', { version: AirflowVersion.V3_3, pullPolicy: kplus.ImagePullPolicy.ALWAYS, pullSecrets: [secretNamed('registry')] });
    const { spec } = made(added({
      image,
      gpus: Gpu.nvidia(2),
      resources: { memory: gibibytes(4, 8) },
      tolerations: [Toleration.exists('gpu')],
      env: { A: text('b') },
      activeDeadline: Duration.hours(2),
    }));
    expect(spec).toMatchObject({ tolerations: [{ key: 'gpu', operator: 'Exists' }], activeDeadlineSeconds: 7200, imagePullSecrets: [{ name: 'registry' }] });
    expect(spec.containers[0]).toMatchObject({
      image: 'acme/airflow:3.3.2-gpu',
      imagePullPolicy: 'Always',
      resources: { requests: { cpu: '100m', memory: '4Gi' }, limits: { 'memory': '8Gi', 'nvidia.com/gpu': '2' } },
      env: expect.arrayContaining([{ name: 'A', value: 'b' }]) as unknown,
    });
  });

  test('tells that a hook of the platform may change it', () => {
    expect(added({}).toYaml()).toMatch(/^apiVersion: v1\nkind: Pod\nmetadata:\n/);
    expect(added({}, { localSettings: 'X = 1\n' }).toYaml()).toMatch(/^apiVersion: v1\n/);
    expect(added({}, { localSettings: 'def pod_mutation_hook(pod): ...\n' }).toYaml()).toMatch(
      /^# The pod_mutation_hook of 'localSettings' may change this pod\.\napiVersion: v1\n/);
  });

  test('is one of all, in the order in which they were added', () => {
    const { airflow } = airflowChart();
    const [b, a] = [airflow.addTaskPod('b2'), airflow.addTaskPod('a1', {})];
    expect(airflow.taskPods.pods).toEqual([airflow.taskPods.defaultPod, b, a]);
    airflow.taskPods.pods.pop();
    expect(airflow.taskPods.pods).toHaveLength(3);
    expect([b.name, a.name, airflow.taskPods.defaultPod.name]).toEqual(['b2', 'a1', 'default']);
  });
});

describe('what Airflow gets', () => {
  test('is nothing for the default one, which is the template', () => {
    const { airflow } = airflowChart();
    expect(profile(airflow.taskPods.defaultPod)).toEqual({
      resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '2Gi' } },
      limits: {},
      operatorPod: expect.anything() as unknown,
    });
  });

  test('is the difference, container base first', () => {
    const { override } = profile(added({ resources: { memory: gibibytes(4, 8) }, env: { A: text('b') }, nodeSelector: { a: 'b' }, pod: { labels: { team: 'own' } } }));
    expect(override).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { labels: { 'cdk8s-airflow/task-pod': 'own', 'team': 'own' } },
      spec: {
        nodeSelector: { a: 'b' },
        containers: [{ name: 'base', env: [{ name: 'A', value: 'b' }], resources: { requests: { cpu: '100m', memory: '4Gi' }, limits: { memory: '8Gi' } } }],
      },
    });
  });

  test('replaces the resources as a whole, as Airflow does', () => {
    const { airflow } = airflowChart({ taskPods: { resources: { cpu: { request: kplus.Cpu.units(1), limit: kplus.Cpu.units(2) } } } });
    const less = airflow.addTaskPod('less', { resources: { cpu: { request: kplus.Cpu.units(3) }, memory: gibibytes(4) } });
    const resources = { requests: { cpu: '3', memory: '4Gi' }, limits: { memory: '4Gi' } };
    expect([made(less).spec.containers[0].resources, profile(less).resources]).toEqual([resources, resources]);
    expect(profile(less).override!.spec.containers[0].resources).toEqual(resources);
  });

  test('is a file where the template is its own, which pods that are based on it start from', () => {
    const { airflow } = airflowChart();
    const mine = airflow.addTaskPod('own', { pod: { scratchSize: Size.gibibytes(50) }, ...own });
    const based = airflow.addTaskPod('based', { basedOn: mine, env: { A: text('b') } });
    expect([profile(mine).templateFile, profile(mine).override]).toEqual(['/opt/airflow/pod_templates/own.yaml', undefined]);
    expect(profile(based).templateFile).toBe('/opt/airflow/pod_templates/own.yaml');
    expect(profile(based).override!.spec).toEqual({ containers: [{ name: 'base', env: [{ name: 'A', value: 'b' }] }] });
    const { data } = find(synth(Chart.of(airflow)), 'ConfigMap', 'pod-templates');
    expect(Object.keys(data)).toEqual(['default.yaml', 'own.yaml']);
    expect((parse(data['own.yaml']) as Pod).spec.volumes).toContainEqual({ name: 'scratch', emptyDir: { sizeLimit: '50Gi' } });
    expect(made(based).spec.volumes).toEqual((parse(data['own.yaml']) as Pod).spec.volumes);
  });

  test('are words, limits and times that were said', () => {
    const tuneUpTo: Required<TuningLimits> = { cpu: kplus.Cpu.units(8), memory: Size.gibibytes(64), ephemeralStorage: Size.gibibytes(100), gpus: 4 };
    expect(profile(added({ gpus: Gpu.amd(), description: 'Fast.', tuneUpTo, startTimeout: Duration.minutes(30) }))).toMatchObject({
      description: 'Fast.',
      limits: { cpu: '8', memory: '64Gi', ephemeral_storage: '100Gi', gpus: 4 },
      gpuResource: 'amd.com/gpu',
      startTimeout: 1800,
      resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { 'memory': '2Gi', 'amd.com/gpu': '1' } },
    });
  });

  test('is a pod for operators without what only Airflow needs', () => {
    const { operatorPod } = profile(added({
      gpus: Gpu.nvidia(),
      env: { A: text('b') },
      securityContext: { user: 1234 },
      pod: { labels: { team: 'own' } },
      topologySpread: [{ topologyKey: 'zone' }],
      sidecars: [{ name: 'proxy', image: 'acme/proxy:1' }],
    }, { pods: { labels: { company: 'acme' }, env: { B: text('c') } } }));
    expect(operatorPod.metadata).toEqual({
      labels: { 'cdk8s-airflow/task-pod': 'own', 'company': 'acme', 'team': 'own' }, annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false', 'karpenter.sh/do-not-disrupt': 'true' },
    });
    expect(operatorPod.spec.containers).toEqual([{
      name: 'base', env: [{ name: 'A', value: 'b' }], resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { 'memory': '2Gi', 'nvidia.com/gpu': '1' } },
    }]);
    expect(operatorPod.spec.initContainers!.map(({ name }) => name)).toEqual(['proxy']);
    expect(operatorPod.spec.topologySpreadConstraints).toMatchObject([{ labelSelector: { matchLabels: { 'cdk8s-airflow/task-pod': 'own' } } }]);
    expect(operatorPod.spec.securityContext).toMatchObject({ runAsUser: 1234 });
    expect(operatorPod.spec.volumes).toBeUndefined();
  });

  test('is a pod for operators without the init containers of the library, whatever user it has', () => {
    const dags = DagSource.gitSync({ repo: 'https://github.com/acme/dags.git' });
    const { initContainers, volumes } = profile(added({ securityContext: { userFromNamespace: true } }, { dags })).operatorPod.spec;
    expect([initContainers, volumes]).toEqual([undefined, undefined]);
  });
});

describe('based on another', () => {
  test('has what each of them says, the nearest first', () => {
    const { airflow } = airflowChart({ taskPods: { env: { A: text('default'), B: text('default') }, priorityClassName: 'default' } });
    const one = airflow.addTaskPod('one', { env: { B: text('one'), C: text('one') }, gpus: Gpu.nvidia(), pod: { labels: { a: 'one', b: 'one' } } });
    const two = airflow.addTaskPod('two', { basedOn: one, env: { C: text('two') }, priorityClassName: 'two', pod: { labels: { b: 'two' } } });
    const { metadata, spec } = made(two);
    expect(metadata.labels).toMatchObject({ 'a': 'one', 'b': 'two', 'cdk8s-airflow/task-pod': 'two' });
    expect(spec.priorityClassName).toBe('two');
    expect(spec.containers[0].resources!.limits).toEqual({ 'memory': '2Gi', 'nvidia.com/gpu': '1' });
    const last = Object.fromEntries(spec.containers[0].env!.map(({ name, value }) => [name, value]));
    expect(last).toMatchObject({ A: 'default', B: 'one', C: 'two' });
    expect(made(one).spec).toMatchObject({ priorityClassName: 'default' });
    expect(profile(two).override!.spec.containers[0].env).toEqual([{ name: 'B', value: 'one' }, { name: 'C', value: 'two' }]);
  });

  test('has spot nodes, limits of tuning and times, but no words of it', () => {
    const { airflow } = airflowChart();
    const task = { tuneUpTo: { memory: Size.gibibytes(64) }, startTimeout: Duration.minutes(20), description: 'One.' };
    const two = airflow.addTaskPod('two', { basedOn: airflow.addTaskPod('one', { spot: SpotNodes.gke({ required: true }), ...task }), nodeSelector: { a: 'b' } });
    expect(made(two).spec.nodeSelector).toEqual({ 'a': 'b', 'cloud.google.com/gke-spot': 'true' });
    expect(profile(two)).toMatchObject({ limits: { memory: '64Gi' }, startTimeout: 1200 });
    expect(profile(two).description).toBeUndefined();
  });

  test('fails where the base is of another Airflow', () => {
    const other = airflowChart({}, 'other').airflow.addTaskPod('one', {});
    expect(adding({ basedOn: other })).toThrow(
      new Error("test/airflow/task-pods: 'basedOn' of 'own' must be a task pod of the same Airflow, got 'other/airflow/task-pods/one'"));
  });

  test('fails beyond limits that it takes over', () => {
    const { airflow } = airflowChart();
    const one = airflow.addTaskPod('one', { tuneUpTo: { memory: Size.gibibytes(16) } });
    expect(() => airflow.addTaskPod('two', { basedOn: one, resources: { memory: gibibytes(32) } })).toThrow(
      refused("'tuneUpTo.memory' must be at least what the task pod has itself, 32Gi, got 16Gi; raise it, or leave it out", 'two'));
  });
});

describe('an account', () => {
  const accounts = (of: TaskPod) => findAll(synth(Chart.of(of)), 'ServiceAccount', 'task').map(({ metadata }) => metadata);

  test('is that of all tasks, unless it is given or has annotations', () => {
    const { airflow } = airflowChart();
    const role = { serviceAccount: { annotations: { role: 'arn' } } };
    const [plain, token, mine] = [airflow.addTaskPod('plain'), airflow.addTaskPod('token', { serviceAccount: { automountToken: true } }), airflow.addTaskPod('mine', role)];
    const given = airflow.addTaskPod('given', { serviceAccount: { existing: trainer } });
    const all = accounts(plain);
    expect(all.map(({ annotations }) => annotations)).toEqual([undefined, { role: 'arn' }]);
    const [shared, own2] = all.map(({ name }) => name);
    expect([plain, token, mine, given].map(of => made(of).spec.serviceAccountName)).toEqual([shared, shared, own2, 'trainer']);
    expect([plain, token].map(of => made(of).spec.automountServiceAccountToken)).toEqual([false, true]);
    expect([plain.serviceAccount, mine.serviceAccount, given.serviceAccount].map(of => of!.name)).toEqual([shared, own2, 'trainer']);
  });

  test('is taken from the base, or made where the base has an existing one', () => {
    const { airflow } = airflowChart();
    const given = airflow.addTaskPod('given', { serviceAccount: { existing: trainer } });
    expect(made(airflow.addTaskPod('same', { basedOn: given })).spec.serviceAccountName).toBe('trainer');
    const mine = airflow.addTaskPod('mine', { basedOn: given, serviceAccount: { annotations: { role: 'arn' } } });
    expect(accounts(mine).map(({ name }) => name)).toContain(made(mine).spec.serviceAccountName);
  });

  test('may start pods where operators may, with a token', () => {
    const { airflow } = airflowChart();
    airflow.allowPodOperator();
    const mine = airflow.addTaskPod('mine', { serviceAccount: { annotations: { role: 'arn' } } });
    const { subjects } = find(synth(Chart.of(airflow)), 'RoleBinding', 'pod-operator');
    expect(subjects.map(({ name }) => name)).toContain(mine.serviceAccount!.name);
    expect(subjects).toHaveLength(3);
    expect(made(mine).spec.automountServiceAccountToken).toBe(true);
  });

  test('fails where it exists and shall have annotations', () => {
    expect(adding({ serviceAccount: { existing: trainer, annotations: { role: 'arn' } } })).toThrow(
      refused("'serviceAccount.annotations' are for an account that is created, but 'trainer' exists; annotate it there"));
  });
});

describe('without an executor that starts pods', () => {
  const executor = Executor.local();

  test('is there for operators, and makes nothing else', () => {
    const { airflow } = airflowChart({ executor });
    const gpu = airflow.addTaskPod('gpu', { gpus: Gpu.nvidia(), startTimeout: Duration.minutes(5) });
    const manifest = synth(Chart.of(airflow));
    expect(findAll(manifest, 'ConfigMap', 'pod-templates')).toEqual([]);
    expect(findAll(manifest, 'ServiceAccount', 'task')).toEqual([]);
    expect([gpu.serviceAccount, airflow.taskPods.templatesConfigMap]).toEqual([undefined, undefined]);
    expect(profile(gpu).operatorPod.spec).toEqual(
      { containers: [{ name: 'base', resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { 'memory': '2Gi', 'nvidia.com/gpu': '1' } } }] });
  });

  test('fails with options of the default one, which nothing starts', () => {
    expect(building({ executor, taskPods: {} })).toThrow(
      new Error("test/airflow: 'taskPods' has options, but the executor LocalExecutor starts no pods; leave it out, or use Executor.kubernetes()"));
  });
});

describe('in Airflow 2', () => {
  test.each([AirflowVersion.V2_10, AirflowVersion.V2_11])('has the database, keys and the templates, of which the override says nothing (%#)', version => {
    const gpu = added({ gpus: Gpu.nvidia() }, { version });
    const [base] = made(gpu).spec.containers;
    expect(env(base, 'AIRFLOW__DATABASE__SQL_ALCHEMY_CONN')).toBeDefined();
    expect(env(base, 'AIRFLOW__CORE__FERNET_KEY')).toBeDefined();
    expect(base.volumeMounts).toContainEqual({ name: 'pod-templates', mountPath: '/opt/airflow/pod_templates', readOnly: true });
    expect(Object.keys(profile(gpu).override!.spec)).toEqual(['containers']);
    expect(Object.keys(profile(gpu).override!.spec.containers[0])).toEqual(['name', 'resources']);
  });
});

describe('fails', () => {
  test.each(['', 'a', 'A1', 'gpu-large', '1gpu', '_gpu', 'gpu_', 'gpu large', 'größe', 'lambda', 'class', 'x'.repeat(64)])('with the name %j', name => {
    expect(() => airflowChart().airflow.addTaskPod(name)).toThrow(new Error("test/airflow/task-pods: 'name' must be 2 to 63 lowercase letters, digits and '_', "
      + `beginning with a letter, and no keyword or type of Python, since DAGs import it, got '${name}'`));
  });

  test.each(['gpu_large', 'gpu2', 'match', 'x'.repeat(63)])('not with the name %s', name => {
    expect(airflowChart().airflow.addTaskPod(name).name).toBe(name);
  });

  test('with a name that is taken', () => {
    const { airflow } = airflowChart();
    airflow.addTaskPod('gpu');
    expect(() => airflow.addTaskPod('gpu')).toThrow(new Error("test/airflow/task-pods: 'name' must be that of one task pod, got 'gpu' again; use another one"));
    expect(() => airflow.addTaskPod('default')).toThrow(
      new Error("test/airflow/task-pods: 'name' must be that of one task pod, got 'default' again; its options are the prop 'taskPods'"));
  });

  test.each<[DefaultTaskPodOptions, string]>([
    [{ image: AirflowImage.of('acme/airflow:3.3.1', { version: AirflowVersion.of('3.3.1') }) }, "'image' must have Airflow 3.3.2, the version of the scheduler, got 'acme/airflow:3.3.1' with 3.3.1"],
    [{ image: AirflowImage.official(AirflowVersion.V3_2) }, "'image' must have Airflow 3.3.2, the version of the scheduler, got 'apache/airflow:3.2.2' with 3.2.2"],
    [{ image: AirflowImage.official(AirflowVersion.V3_3, { airflowHome: '/srv' }) },
      "'image' must have its 'airflowHome' at /opt/airflow, where everything is mounted, got /srv"],
    [{ container: { args: ['true'] } }, "'container.args' cannot be set, since Airflow gives each task its own; leave it out"],
    [{ container: { startupProbe: {} } }, "'container.startupProbe' is for a pod that serves, not for one of a task; leave it out"],
    [{ container: { livenessProbe: { enabled: false } } }, "'container.livenessProbe' is for a pod that serves, not for one of a task; leave it out"],
    [{ container: { readinessProbe: { command: ['true'] } } }, "'container.readinessProbe' is for a pod that serves, not for one of a task; leave it out"],
    [{ container: { livenessProbe: { period: Duration.seconds(1) } } }, "'container.livenessProbe' is for a pod that serves, not for one of a task; leave it out"],
    [{ startTimeout: Duration.millis(500) }, "'startTimeout' must be a whole number of seconds of at least 1, got 0.5"],
    [{ startTimeout: Duration.seconds(0) }, "'startTimeout' must be a whole number of seconds of at least 1, got 0"],
    [{ activeDeadline: Duration.millis(1500) }, "'activeDeadline' must be a whole number of seconds of at least 1, got 1.5"],
    [{ tuneUpTo: { gpus: 1 } }, "'tuneUpTo.gpus' is 1, but the task pod has no 'gpus', which says of what kind they are; set it"],
    [{ gpus: Gpu.nvidia(), tuneUpTo: { gpus: 1.5 } }, "'tuneUpTo.gpus' must be a whole number of at least 1, got 1.5"],
    [{ gpus: Gpu.nvidia(4), tuneUpTo: { gpus: 2 } }, "'tuneUpTo.gpus' must be at least what the task pod has itself, 4, got 2; raise it, or leave it out"],
    [{ tuneUpTo: { memory: Size.gibibytes(1) } },
      "'tuneUpTo.memory' must be at least what the task pod has itself, 2Gi, got 1Gi; raise it, or leave it out"],
    [{ tuneUpTo: { cpu: kplus.Cpu.millis(50) } },
      "'tuneUpTo.cpu' must be at least what the task pod has itself, 100m, got 50m; raise it, or leave it out"],
    [{ env: { AIRFLOW__CORE__EXECUTOR: text('x') } }, "'env' cannot set 'AIRFLOW__CORE__EXECUTOR'; 'executor' decides it"],
    [{ initContainers: [{ name: 'base', image: 'x:1' }] }, "'spec.containers' of the pod has two of the name 'base'; rename one of them"],
    [{ resources: { cpu: { request: kplus.Cpu.units(2), limit: kplus.Cpu.units(1) } } },
      "'resources.cpu.request' must be at most the limit 1, got 2; lower it, or raise 'resources.cpu.limit'"],
  ])('with options that no task pod can have (%#)', (options, message) => {
    expect(adding(options)).toThrow(refused(message));
    expect(building({ taskPods: options })).toThrow(refused(message, 'default'));
  });
});

describe('without time to end, which an old provider loses', () => {
  const none = { terminationGracePeriod: Duration.seconds(0) };
  const message = (what: string, image: string) => `${what} must be at least 1 second, got 0, which the provider cncf.kubernetes loses before 10.5, and the image has ${image}; `
    + "raise it, or use an image with a newer one, said by 'kubernetesProvider' of AirflowImage.of";

  test.each<[AirflowChartProps, string]>([
    [{ version: AirflowVersion.V2_10 }, '10.1.0'],
    [{ image: AirflowImage.of('apache/airflow:2.10.0') }, 'one of an unknown version'],
    [{ image: AirflowImage.of('apache/airflow:3.3.2', { kubernetesProvider: '10.4.3' }) }, '10.4.3'],
  ])('fails (%#)', (props, image) => {
    expect(adding({ ...none, ...own }, props)).toThrow(refused(message("'terminationGracePeriod'", image)));
    expect(building({ ...props, taskPods: none })).toThrow(refused(message("'terminationGracePeriod'", image), 'default'));
  });

  test('fails where a file says it', () => {
    const file = specFile({ terminationGracePeriodSeconds: 0 });
    expect(building({ version: AirflowVersion.V2_10, taskPods: { template: TaskPodTemplate.fromFile(file) } })).toThrow(
      refused(message(`'terminationGracePeriodSeconds' of ${file}, the 'template',`, '10.1.0'), 'default'));
  });

  test('ends at once with a newer one', () => {
    const image = AirflowImage.of('apache/airflow:2.10.5', { kubernetesProvider: '10.5.0' });
    expect(made(added({ ...none, ...own }, { image })).spec.terminationGracePeriodSeconds).toBe(0);
    expect(made(added({}, { image, taskPods: none })).spec.terminationGracePeriodSeconds).toBe(0);
  });
});

test('a name with an underscore names objects that Kubernetes takes', () => {
  const chart = airflowChart();
  chart.airflow.addTaskPod('pod_a', { serviceAccount: { annotations: { role: 'arn' } } });
  const accounts = findAll(synth(chart), 'ServiceAccount', 'pod-a').map(({ metadata }) => metadata.name);
  expect(accounts).toHaveLength(1);
  expect(accounts[0]).toMatch(/^[-a-z0-9]+$/);
});

test.each(['labels', 'annotations'] as const)('its %s leave those of the task alone', prop => {
  expect(() => airflowChart().airflow.addTaskPod('pod_a', { pod: { [prop]: { run_id: 'mine' } } })).toThrow(
    new Error(`test/airflow/task-pods/pod-a: 'pod.${prop}' cannot set 'run_id', by which Airflow finds the pod of a task, got 'mine'; use another name`));
});
