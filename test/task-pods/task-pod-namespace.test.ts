import { Chart, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { parse } from 'yaml';
import { Airflow, AirflowChartProps, AirflowSecrets, AirflowVersion, Database, Executor, SecretKey, TaskLogs, TaskPodTemplate } from '../../src/index';
import { airflowChart, cfg, find, findAll, Manifest, pod, Pod, synth } from '../util';

const { V2_10, V2_11, V3_0, V3_1, V3_2, V3_3 } = AirflowVersion;

/** An Airflow of which some task pods are in other namespaces. */
function inNamespaces(namespaces: string[], props?: AirflowChartProps): Airflow {
  const { airflow } = airflowChart(props);
  namespaces.forEach((namespace, index) => airflow.addTaskPod(`pod${index}`, { namespace }));
  return airflow;
}

function manifestOf(airflow: Airflow): Manifest[] {
  return synth(Chart.of(airflow));
}

/** The objects of a namespace by kind and name, but for the suffix of the name. */
function objectsIn(manifest: Manifest[], namespace: string): string[] {
  return manifest.filter(({ metadata }) => metadata.namespace === namespace).map(({ kind, metadata }) => `${kind} ${metadata.name.replace(/-c8[0-9a-f]{6}$/, '')}`);
}

describe('pods in another namespace', () => {
  test('are made there, by the account that is there', () => {
    const airflow = inNamespaces(['jobs']);
    const { metadata, spec } = parse(airflow.taskPods.pods[1].toYaml()) as { metadata: { namespace: string }; spec: Pod['spec'] };
    expect(metadata.namespace).toBe('jobs');
    const account = manifestOf(airflow).find(object => object.kind === 'ServiceAccount' && object.metadata.namespace === 'jobs')!;
    expect(account).toMatchObject({ automountServiceAccountToken: false, metadata: { name: spec.serviceAccountName, labels: { 'app.kubernetes.io/component': 'task' } } });
    expect(airflow.taskPods.pods[1].serviceAccount!.name).toBe(account.metadata.name);
    expect((parse(airflow.taskPods.defaultPod.toYaml()) as { metadata: object }).metadata).toMatchObject({ namespace: 'airflow' });
  });

  test('have copies of the ConfigMaps that they mount, and rights for scheduler and UI, there and no more', () => {
    const manifest = manifestOf(inNamespaces(['jobs']));
    expect(objectsIn(manifest, 'jobs')).toEqual(expect.arrayContaining([
      'ServiceAccount test-airflow-task-pod0', 'Role test-airflow-pod-launcher-jobs', 'RoleBinding test-airflow-pod-launcher-jobs',
      'Role test-airflow-pod-log-reader-jobs', 'RoleBinding test-airflow-pod-log-reader-jobs',
      'ConfigMap test-airflow-config', 'ConfigMap test-airflow-local-settings', 'ConfigMap test-airflow-task-pod-module',
    ]));
    const maps = findAll(manifest, 'ConfigMap');
    for (const copy of maps.filter(({ metadata }) => metadata.namespace === 'jobs')) {
      const { data, metadata } = maps.find(other => other.metadata.name === copy.metadata.name && other.metadata.namespace === 'airflow')!;
      expect([copy.data, copy.metadata.labels]).toEqual([data, metadata.labels]);
    }
    const mounted = pod(manifest, 'task/pod0').spec.volumes!.flatMap(({ configMap }) => configMap?.name ?? []);
    expect(mounted).toHaveLength(3);
    expect(maps.filter(({ metadata }) => metadata.namespace === 'jobs').map(({ metadata }) => metadata.name)).toEqual(expect.arrayContaining(mounted));
  });

  test('are started and watched by the scheduler, and read by the API server', () => {
    const manifest = manifestOf(inNamespaces(['jobs']));
    const account = (component: string) => ({ kind: 'ServiceAccount', name: pod(manifest, component).spec.serviceAccountName, namespace: 'airflow' });
    const rules = (name: string) => find(manifest, 'Role', name).rules;
    expect(find(manifest, 'RoleBinding', 'pod-launcher-jobs').subjects).toEqual([account('scheduler')]);
    expect(find(manifest, 'RoleBinding', 'pod-log-reader-jobs').subjects).toEqual([account('api-server')]);
    expect(rules('pod-launcher-jobs')).toEqual([{ apiGroups: [''], resources: ['pods'], verbs: ['create', 'delete', 'get', 'list', 'patch', 'watch'] }]);
    expect(rules('pod-log-reader-jobs')).toEqual([
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }, { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
    ]);
    expect([cfg(manifest, 'kubernetes_executor', 'multi_namespace_mode'), cfg(manifest, 'kubernetes_executor', 'multi_namespace_mode_namespace_list')]).toEqual(
      ['True', 'airflow,jobs']);
    expect(cfg(manifest, 'kubernetes_executor', 'namespace')).toBe('airflow');
  });

  test('are told so to Airflow by an override, with a template of their own as well', () => {
    const { airflow } = airflowChart();
    const override = (index: number) => airflow.taskPods.pods[index]._profile().override;
    airflow.addTaskPod('other', { namespace: 'jobs' });
    airflow.addTaskPod('own', { namespace: 'jobs', template: TaskPodTemplate.own() });
    expect(override(1)).toMatchObject({ metadata: { namespace: 'jobs', labels: { 'cdk8s-airflow/task-pod': 'other' } } });
    expect(override(2)).toEqual({ metadata: { namespace: 'jobs' }, spec: { containers: [{ name: 'base' }] } });
    expect(airflow.taskPods.pods[2]._profile().operatorPod.metadata).toMatchObject({ namespace: 'jobs' });
  });

  test('of several are each listed once; those of one share what is there, but for their accounts', () => {
    const manifest = manifestOf(inNamespaces(['jobs', 'other', 'jobs']));
    expect(cfg(manifest, 'kubernetes_executor', 'multi_namespace_mode_namespace_list')).toBe('airflow,jobs,other');
    expect(objectsIn(manifest, 'jobs').filter(name => name.includes('Role '))).toHaveLength(2);
    expect(objectsIn(manifest, 'jobs').filter(name => name.startsWith('ServiceAccount'))).toEqual(
      ['ServiceAccount test-airflow-task-pod0', 'ServiceAccount test-airflow-task-pod2']);
    expect(objectsIn(manifest, 'jobs').filter(name => name.startsWith('ConfigMap'))).toEqual(objectsIn(manifest, 'other').filter(name => name.startsWith('ConfigMap')));
  });

  test('share the account of their base', () => {
    const { airflow } = airflowChart();
    const base = airflow.addTaskPod('base', { namespace: 'jobs' });
    const based = airflow.addTaskPod('based', { basedOn: base, env: { A: kplus.EnvValue.fromValue('b') } });
    expect((parse(based.toYaml()) as { metadata: object }).metadata).toMatchObject({ namespace: 'jobs' });
    expect(based.serviceAccount!.name).toBe(base.serviceAccount!.name);
  });

  test('have no roles where someone else makes them', () => {
    const manifest = manifestOf(inNamespaces(['jobs'], { external: { roles: true } }));
    expect(findAll(manifest, 'Role')).toEqual([]);
    expect(findAll(manifest, 'RoleBinding')).toEqual([]);
  });

  test('start pods where operators may, whichever was said first', () => {
    const before = inNamespaces(['jobs']);
    before.allowPodOperator({ namespace: 'jobs' });
    const { airflow: after } = airflowChart();
    after.allowPodOperator({ namespace: 'jobs' });
    after.addTaskPod('pod0', { namespace: 'jobs' });
    for (const airflow of [before, after]) {
      const { subjects } = find(manifestOf(airflow), 'RoleBinding', 'pod-operator-jobs');
      expect(subjects).toContainEqual({ kind: 'ServiceAccount', name: airflow.taskPods.pods[1].serviceAccount!.name, namespace: 'jobs' });
      expect(subjects).toHaveLength(3);
    }
  });

  test('are none without one: Airflow watches its own namespace alone', () => {
    const manifest = manifestOf(inNamespaces([]));
    expect(cfg(manifest, 'kubernetes_executor', 'multi_namespace_mode')).toBeUndefined();
    expect(cfg(manifest, 'kubernetes_executor', 'multi_namespace_mode_namespace_list')).toBeUndefined();
  });
});

describe('in Airflow 2', () => {
  const key = (name: string) => SecretKey.of('keys', name);
  const given = { version: V2_11, database: Database.fromSecret(SecretKey.of('database', 'connection')), secrets: AirflowSecrets.fromSecrets({ fernetKey: { current: key('fernet') }, secretKey: key('session') }) };

  test('work where every Secret is given, with a copy of the templates, which the tasks read', () => {
    const manifest = manifestOf(inNamespaces(['jobs'], given));
    expect(objectsIn(manifest, 'jobs')).toContain('ConfigMap test-airflow-pod-templates');
    expect(find(manifest, 'RoleBinding', 'pod-log-reader-jobs').subjects.map(({ name }) => name)).toEqual([pod(manifest, 'webserver').spec.serviceAccountName]);
  });

  test('fail where a Secret is made in the namespace of the Airflow', () => {
    expect(() => inNamespaces(['jobs'], { version: V2_11 })).toThrow(/^test\/airflow\/task-pods\/pod0: 'namespace' is 'jobs', where Secret\/test-airflow-[a-z]+, /);
    expect(() => inNamespaces(['jobs'], { ...given, secrets: undefined })).toThrow(new Error("test/airflow/task-pods/pod0: 'namespace' is 'jobs', where "
      + "Secret/test-airflow-keys, which Airflow 2 needs in every task, is not made; give 'database' and 'secrets' by Secrets that you keep in both namespaces, or use Airflow 3"));
  });
});

describe('fail', () => {
  test.each([['Jobs', 4], ['a.b', 3], ['', 0]])('with the namespace %j', (namespace, length) => {
    expect(() => inNamespaces([namespace])).toThrow(new Error("test/airflow/task-pods/pod0: 'namespace' must be at most 63 lowercase letters, digits and dashes, "
      + `beginning and ending with a letter or digit, got '${namespace}' (${length} characters)`));
  });

  test('with the namespace of the Airflow itself', () => {
    expect(() => inNamespaces(['airflow'])).toThrow(new Error("test/airflow/task-pods/pod0: 'namespace' is 'airflow', that of the Airflow itself; leave it out"));
  });

  test('as pods of tasks that name none', () => {
    expect(() => airflowChart({ taskPods: { namespace: 'jobs' } })).toThrow(new Error("test/airflow/task-pods/default: 'namespace' is 'jobs', "
      + "but Airflow starts tasks that name no task pod in its own; give it to one that is added by 'addTaskPod'"));
  });

  test('with logs on a claim, which is in the namespace of the Airflow', () => {
    expect(() => manifestOf(inNamespaces(['jobs'], { logs: TaskLogs.newClaim() }))).toThrow(/: Error: test\/airflow\/task-pods\/pod0: the pod is in the namespace 'jobs', /);
  });
});

describe('a time to start', () => {
  /** What Airflow is told to wait for, in seconds. */
  function waiting(minutes: number[], props?: AirflowChartProps): (string | undefined)[] {
    const { airflow } = airflowChart(props);
    minutes.forEach((time, index) => airflow.addTaskPod(`pod${index}`, { startTimeout: Duration.minutes(time) }));
    const manifest = manifestOf(airflow);
    return [cfg(manifest, 'scheduler', 'task_queued_timeout'), cfg(manifest, 'execution_api', 'jwt_expiration_time')];
  }

  /** What outlasts an outage anyway. */
  const [QUEUED, TOKEN] = waiting([]);

  test.each([[V2_10, undefined], [V2_11, undefined], [V3_0, '6000'], [V3_1, '6000'], [V3_2, '6000'], [V3_3, TOKEN]])(
    'is how long tasks and, before 3.3, their tokens wait (%#)', (version, expiration) => {
      expect(waiting([90], { version })).toEqual(['5400', expiration]);
      expect(waiting([], { version, taskPods: { startTimeout: Duration.minutes(90) } })).toEqual(['5400', expiration]);
    });

  test.each<[number[], string | undefined]>([[[10], QUEUED], [[1, 5], QUEUED], [[15], QUEUED], [[17], '1020'], [[20, 60, 30], '3600']])(
    'of %j minutes is the longest, from what outlasts an outage on', (minutes, seconds) => {
      expect(waiting(minutes)).toEqual([seconds, TOKEN]);
    });

  test('leaves tokens the life that outlasts an outage', () => {
    expect(waiting([20], { version: V3_1 })).toEqual(['1200', waiting([], { version: V3_1 })[1]]);
  });

  test('may be longer by the configuration', () => {
    expect(waiting([30], { config: { scheduler: { task_queued_timeout: '1800.5' } } })[0]).toBe('1800.5');
    expect(waiting([90], { version: V3_1, config: { execution_api: { jwt_expiration_time: '7000' } } })).toEqual(['5400', '7000']);
  });

  test.each<[string, AirflowChartProps, number]>([
    ['scheduler.task_queued_timeout', { config: { scheduler: { task_queued_timeout: '600' } } }, 600],
    ['execution_api.jwt_expiration_time', { version: V3_2, config: { execution_api: { jwt_expiration_time: '1799' } } }, 1799],
  ])('fails where %s is shorter', (option, props, got) => {
    expect(() => waiting([30], props)).toThrow(new Error(
      "Failed serializing construct at path 'test/airflow/pod-templates' with name 'test-airflow-pod-templates': Error: test/airflow/task-pods: "
      + `'config.${option}' must be at least the longest 'startTimeout', 1800 seconds, got '${got}'; leave it out`));
  });

  test('counts for operators of the LocalExecutor alone', () => {
    const { airflow } = airflowChart({ executor: Executor.local() });
    expect(airflow.addTaskPod('slow', { startTimeout: Duration.minutes(5) })._profile().startTimeout).toBe(300);
  });
});
