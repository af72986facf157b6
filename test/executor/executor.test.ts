import * as kplus from 'cdk8s-plus-27';
import { AirflowChartProps, AirflowVersion, Broker, CeleryExecutorOptions, Executor, SecretKey } from '../../src/index';
import { airflowChart, building, cfg, cfgText, env, find, findAll, main, Manifest, pods, synth, synthAirflow, workload } from '../util';

const KUBERNETES_OPTIONS = ['worker_pods_creation_batch_size', 'delete_worker_pods', 'delete_worker_pods_on_failure', 'namespace', 'pod_template_file'];

describe('the KubernetesExecutor', () => {
  test('is the default, with a pod template', () => {
    const manifest = synthAirflow();
    expect(cfg(manifest, 'core', 'executor')).toBe('KubernetesExecutor');
    expect(KUBERNETES_OPTIONS.map(option => cfg(manifest, 'kubernetes_executor', option))).toEqual(
      ['16', 'True', 'False', 'airflow', '/opt/airflow/pod_templates/default.yaml']);
    expect([...pods(manifest).keys()]).toContain('task');
  });

  test('has its options in airflow.cfg', () => {
    const manifest = synthAirflow({ executor: Executor.kubernetes({ creationBatchSize: 32, deletePods: true, deletePodsOnFailure: true }) });
    expect(KUBERNETES_OPTIONS.slice(0, 3).map(option => cfg(manifest, 'kubernetes_executor', option))).toEqual(['32', 'True', 'True']);
    const kept = synthAirflow({ executor: Executor.kubernetes({ deletePods: false }) });
    expect(cfg(kept, 'kubernetes_executor', 'delete_worker_pods')).toBe('False');
  });

  test('fails when it shall delete the pods of failed tasks alone', () => {
    expect(() => Executor.kubernetes({ deletePods: false, deletePodsOnFailure: true })).toThrow(
      new Error("'deletePodsOnFailure' adds failed pods to those that 'deletePods' deletes, which is false; leave one of them out"));
  });

  test.each([0, -1, 1.5, NaN])('fails with the batch size %d', creationBatchSize => {
    expect(() => Executor.kubernetes({ creationBatchSize })).toThrow(
      new Error(`'creationBatchSize' must be a whole number of at least 1, got ${creationBatchSize}`));
  });
});

describe('the LocalExecutor', () => {
  const manifest = synthAirflow({ executor: Executor.local() });

  test('has no pod template and no option of the other executor', () => {
    expect(cfg(manifest, 'core', 'executor')).toBe('LocalExecutor');
    expect(cfgText(manifest)).not.toContain('kubernetes_executor');
    expect([...pods(manifest).keys()]).not.toContain('task');
    expect(airflowChart({ executor: Executor.local() }).airflow.taskPods.templatesConfigMap).toBeUndefined();
  });

  test('runs the tasks in the scheduler, which has room and time for them and serves their logs', () => {
    const scheduler = main(manifest, 'scheduler');
    expect(scheduler.resources).toEqual({ requests: { cpu: '500m', memory: '1Gi' }, limits: { memory: '4Gi' } });
    expect(scheduler.ports).toEqual([{ name: 'task-logs', containerPort: 8793 }]);
    expect(scheduler.workingDir).toBe('/opt/airflow/work');
    expect(workload(manifest, 'scheduler').spec.template.spec.terminationGracePeriodSeconds).toBe(600);
    expect(scheduler.volumeMounts!.map(mount => mount.mountPath)).toEqual(expect.arrayContaining(['/home/airflow/.cache', '/opt/airflow/work']));
  });

  test('gives no component rights in the Kubernetes API', () => {
    const roles = findAll(manifest, 'Role').filter(role => !role.metadata.name.includes('bootstrap'));
    expect(roles).toEqual([]);
    const tokens = [...pods(manifest)].filter(([, pod]) => pod.spec.automountServiceAccountToken).map(([component]) => component);
    expect(tokens).toEqual(['bootstrap-secrets']);
  });

  test('fails with options of task pods', () => {
    expect(building({ executor: Executor.local(), taskPods: {} })).toThrow(
      new Error("test/airflow: 'taskPods' has options, but the executor LocalExecutor starts no pods; leave it out, or use Executor.kubernetes()"));
  });
});

const V2 = AirflowVersion.V2_11;
const CELERY_PATH = 'airflow.providers.celery.executors.celery_executor.CeleryExecutor';
const KUBERNETES_PATH = 'airflow.providers.cncf.kubernetes.executors.kubernetes_executor.KubernetesExecutor';
const LOCAL_PATH = 'airflow.executors.local_executor.LocalExecutor';

/** What Python knows of executors and queues. */
function known(manifest: Manifest[]): { [name: string]: unknown } {
  const { executor, executors, queue, queues } = JSON.parse(find(manifest, 'ConfigMap', 'task-pod-module').data['profiles.json']) as { [name: string]: unknown };
  return { executor, executors, queue, queues };
}

/** The variables by which a container reaches the broker, the results and the metadata. */
function connections(manifest: Manifest[], component: string): string[] {
  const names = ['BROKER_PASSWORD', 'AIRFLOW__CELERY__BROKER_URL', 'AIRFLOW__CELERY__RESULT_BACKEND', 'AIRFLOW__DATABASE__SQL_ALCHEMY_CONN'];
  return names.filter(name => env(main(manifest, component), name) !== undefined);
}

describe('the CeleryExecutor', () => {
  const made = (options?: CeleryExecutorOptions, props: AirflowChartProps = {}) => synthAirflow({ executor: Executor.celery(options), ...props });
  const manifest = made();

  test('has a Redis and one set of workers, and no pod template', () => {
    expect(cfg(manifest, 'core', 'executor')).toBe('CeleryExecutor');
    expect([...pods(manifest).keys()]).toEqual(expect.arrayContaining(['redis', 'worker']));
    expect([...pods(manifest).keys()]).not.toContain('task');
    expect(cfgText(manifest)).not.toContain('kubernetes_executor');
    expect(known(manifest)).toEqual({ executor: undefined, executors: ['CeleryExecutor'], queue: undefined, queues: ['default'] });
  });

  test('hands over tasks in one process, unless more are asked for', () => {
    expect(cfg(manifest, 'celery', 'sync_parallelism')).toBe('1');
    expect(cfg(manifest, 'celery', 'extra_celery_config')).toBe(
      '{"task_publish_retry_policy":{"max_retries":null,"interval_start":0.1,"interval_step":0.1,"interval_max":0.3}}');
    expect(cfg(made({}, { config: { celery: { sync_parallelism: '4' } } }), 'celery', 'sync_parallelism')).toBe('4');
  });

  test('has the address of its broker and its results in no file', () => {
    expect(cfgText(manifest)).not.toMatch(/^(broker_url|result_backend) = /m);
  });

  test('has a broker that exists', () => {
    const external = made({ broker: Broker.fromSecret(SecretKey.of('broker', 'url')) });
    expect([...pods(external).keys()]).not.toContain('redis');
    for (const component of ['scheduler', 'worker']) {
      expect(env(main(external, component), 'AIRFLOW__CELERY__BROKER_URL')).toEqual(
        { name: 'AIRFLOW__CELERY__BROKER_URL', valueFrom: { secretKeyRef: { name: 'broker', key: 'url' } } });
    }
  });

  test.each([['3.x', AirflowVersion.V3_3], ['2.x', V2]])('gives the broker in %s to those alone that hand over and take tasks', (_, version) => {
    const holders = [...pods(made({}, { version })).keys()].filter(component => component !== 'redis'
      && connections(made({}, { version }), component).some(name => name.includes('BROKER')));
    expect(holders.sort()).toEqual(['scheduler', 'worker']);
  });

  test('keeps results in the metadata database, which workers of Airflow 3 have for nothing else', () => {
    expect(connections(manifest, 'worker')).toEqual(['BROKER_PASSWORD', 'AIRFLOW__CELERY__BROKER_URL', 'AIRFLOW__DATABASE__SQL_ALCHEMY_CONN']);
    expect(connections(manifest, 'scheduler')).toEqual(['BROKER_PASSWORD', 'AIRFLOW__CELERY__BROKER_URL', 'AIRFLOW__DATABASE__SQL_ALCHEMY_CONN']);
  });

  const resultBackend = SecretKey.of('results', 'url');

  test('keeps results elsewhere, and then workers of Airflow 3 have no metadata database and do not wait for it', () => {
    const elsewhere = made({ resultBackend });
    expect(connections(elsewhere, 'worker')).toEqual(['BROKER_PASSWORD', 'AIRFLOW__CELERY__BROKER_URL', 'AIRFLOW__CELERY__RESULT_BACKEND']);
    expect(main(elsewhere, 'worker').args!.slice(0, 3)).toEqual(['airflow', 'celery', 'worker']);
    expect(pods(elsewhere).get('worker')!.spec.initContainers!.map(({ name }) => name)).toEqual(['log-groomer']);
    expect(connections(elsewhere, 'scheduler')).toEqual(
      ['BROKER_PASSWORD', 'AIRFLOW__CELERY__BROKER_URL', 'AIRFLOW__CELERY__RESULT_BACKEND', 'AIRFLOW__DATABASE__SQL_ALCHEMY_CONN']);
    expect(env(main(elsewhere, 'worker'), 'AIRFLOW__CELERY__RESULT_BACKEND')).toEqual(
      { name: 'AIRFLOW__CELERY__RESULT_BACKEND', valueFrom: { secretKeyRef: { name: 'results', key: 'url' } } });
  });

  test.each([
    ['2.x, whose tasks talk to it', V2], ['3.0, which look at it when they start', AirflowVersion.V3_0],
  ])('keeps the metadata database for workers of Airflow %s', (_, version) => {
    const elsewhere = made({ resultBackend }, { version });
    expect(connections(elsewhere, 'worker')).toEqual(
      ['BROKER_PASSWORD', 'AIRFLOW__CELERY__BROKER_URL', 'AIRFLOW__CELERY__RESULT_BACKEND', 'AIRFLOW__DATABASE__SQL_ALCHEMY_CONN']);
    expect(pods(elsewhere).get('worker')!.spec.initContainers!.map(({ name }) => name)).toEqual(['log-groomer', 'wait-for-migration']);
  });

  test('shows the results to Flower no more than the metadata', () => {
    expect(connections(made({ resultBackend, flower: {} }), 'flower')).toEqual(['BROKER_PASSWORD', 'AIRFLOW__CELERY__BROKER_URL']);
  });

  test.each(['broker_url', 'result_backend'])('fails when another place sets %s', option => {
    expect(building({ executor: Executor.celery(), config: { celery: { [option]: 'x' } } })).toThrow(
      new Error(`test/airflow: 'config.celery.${option}' cannot be set; 'executor' decides it`));
    const name = `AIRFLOW__CELERY__${option.toUpperCase()}`;
    expect(building({ executor: Executor.celery(), pods: { env: { [name]: kplus.EnvValue.fromValue('x') } } })).toThrow(
      new Error(`test/airflow/bootstrap-secrets: 'pods.env' cannot set '${name}'; 'executor' decides it`));
  });

  test('leaves workers to someone else', () => {
    const external = { celeryWorkers: true };
    expect([...pods(made({}, { external })).keys()]).not.toContain('worker');
    expect(airflowChart({ executor: Executor.celery(), external }).airflow.celeryWorkers).toBeUndefined();
    expect(building({ executor: Executor.celery({ workers: {} }), external })).toThrow(
      new Error("test/airflow: 'executor' has options of 'workers', but 'external.celeryWorkers' says that they run elsewhere; leave one of them out"));
    expect(building({ external })).toThrow(
      new Error("test/airflow: 'external.celeryWorkers' says where Celery workers run, but the executor KubernetesExecutor has none; leave it out"));
  });

  test('fails with options of task pods', () => {
    expect(building({ executor: Executor.celery(), taskPods: {} })).toThrow(
      new Error("test/airflow: 'taskPods' has options, but the executor CeleryExecutor starts no pods; leave it out, or use Executor.kubernetes()"));
  });
});

describe('an alias', () => {
  test.each<[string, Executor, string]>([
    ['LocalExecutor', Executor.local({ alias: 'mine' }), LOCAL_PATH],
    ['CeleryExecutor', Executor.celery({ alias: 'mine' }), CELERY_PATH],
    ['KubernetesExecutor', Executor.kubernetes({ alias: 'mine' }), KUBERNETES_PATH],
    ['ConsoleExecutor', Executor.custom('acme.executors.ConsoleExecutor', { alias: 'mine' }), 'acme.executors.ConsoleExecutor'],
  ])('of the %s is written with the path of the class', (_, executor, path) => {
    for (const version of [AirflowVersion.V2_10, AirflowVersion.V3_3]) {
      const manifest = synthAirflow({ version, executor });
      expect(cfg(manifest, 'core', 'executor')).toBe(`mine:${path}`);
      expect(known(manifest).executors).toEqual(['mine']);
    }
  });

  test('that is the name of the class changes nothing', () => {
    expect(cfg(synthAirflow({ executor: Executor.celery({ alias: 'CeleryExecutor' }) }), 'core', 'executor')).toBe('CeleryExecutor');
  });

  test.each(['', '1st', 'a-b', 'a:b', 'a,b'])("fails as '%s'", alias => {
    const error = new Error(`'alias' must be letters, digits and '_', not beginning with a digit, got '${alias}'`);
    expect(() => Executor.local({ alias })).toThrow(error);
    expect(() => Executor.custom('a.B', { alias })).toThrow(error);
  });

  test('fails as the name of another executor', () => {
    expect(() => Executor.celery({ alias: 'KubernetesExecutor' })).toThrow(
      new Error("'alias' must not be the name of another executor of Airflow, got 'KubernetesExecutor' for the CeleryExecutor; use another one"));
  });
});

describe('an executor by its class', () => {
  const ecs = 'airflow.providers.amazon.aws.executors.ecs.AwsEcsExecutor';

  test('is named by its class, and has neither task pods nor workers', () => {
    const manifest = synthAirflow({ executor: Executor.custom(ecs) });
    expect(cfg(manifest, 'core', 'executor')).toBe(ecs);
    expect(known(manifest)).toEqual({ executor: undefined, executors: ['AwsEcsExecutor'], queue: undefined, queues: ['default'] });
    expect([...pods(manifest).keys()]).not.toContain('worker');
    expect([...pods(manifest).keys()]).not.toContain('task');
  });

  test.each(['', 'MyExecutor', 'a.', '.B', 'a.b-c', 'a b.C', 'a:b.C'])("fails with the path '%s'", classPath => {
    expect(() => Executor.custom(classPath)).toThrow(
      new Error(`'classPath' must be a module and a class like my_company.executors.MyExecutor, got '${classPath}'`));
  });

  test.each([
    CELERY_PATH, KUBERNETES_PATH, LOCAL_PATH, 'airflow.providers.celery.executors.celery_kubernetes_executor.CeleryKubernetesExecutor',
    'airflow.providers.cncf.kubernetes.executors.local_kubernetes_executor.LocalKubernetesExecutor',
  ])('fails with %s, which has a factory', classPath => {
    expect(() => Executor.custom(classPath)).toThrow(
      new Error(`'classPath' must be that of an executor of your own or of a provider, got '${classPath}'; use Executor.kubernetes(), local(), celery(), celeryKubernetes() or localKubernetes()`));
  });
});

describe('several executors', () => {
  const three = () => Executor.multiple([Executor.celery(), Executor.kubernetes({ creationBatchSize: 2 }), Executor.custom('acme.executors.ConsoleExecutor', { alias: 'console' })]);

  test.each([AirflowVersion.V2_10, AirflowVersion.V3_3])('are all there, by their names (%#)', version => {
    const manifest = synthAirflow({ version, executor: three() });
    expect(cfg(manifest, 'core', 'executor')).toBe('CeleryExecutor,KubernetesExecutor,console:acme.executors.ConsoleExecutor');
    expect([...pods(manifest).keys()]).toEqual(expect.arrayContaining(['redis', 'worker', 'task', 'scheduler']));
    expect(cfg(manifest, 'kubernetes_executor', 'worker_pods_creation_batch_size')).toBe('2');
    expect(cfg(manifest, 'celery', 'sync_parallelism')).toBe('1');
    expect(known(manifest)).toEqual(
      { executor: 'KubernetesExecutor', executors: ['CeleryExecutor', 'KubernetesExecutor', 'console'], queue: undefined, queues: ['default'] });
  });

  test('have aliases, of which tasks name that of the one that starts pods', () => {
    const executor = Executor.multiple([Executor.local({ alias: 'here' }), Executor.kubernetes({ alias: 'pods' })]);
    const manifest = synthAirflow({ executor });
    expect(cfg(manifest, 'core', 'executor')).toBe(`here:${LOCAL_PATH},pods:${KUBERNETES_PATH}`);
    expect(known(manifest)).toMatchObject({ executor: 'pods', executors: ['here', 'pods'] });
  });

  test('let the scheduler run tasks where one of them does so', () => {
    const manifest = synthAirflow({ executor: Executor.multiple([Executor.kubernetes(), Executor.local()]) });
    expect(main(manifest, 'scheduler').workingDir).toBe('/opt/airflow/work');
    expect(main(synthAirflow({ executor: three() }), 'scheduler').workingDir).toBeUndefined();
  });

  test('may have classes of one name, which tasks tell apart by an alias', () => {
    const [mine, yours] = ['mine.Executor', 'yours.Executor'];
    const executor = Executor.multiple([Executor.custom(mine), Executor.custom(yours, { alias: 'yours' })]);
    expect(cfg(synthAirflow({ executor }), 'core', 'executor')).toBe('mine.Executor,yours:yours.Executor');
    expect(building({ executor: Executor.multiple([Executor.custom(mine), Executor.custom(yours)]) })).toThrow(
      new Error("test/airflow: 'executor' has two that tasks would call Executor; give one of them another 'alias'"));
  });

  test('fail where two are one', () => {
    expect(building({ executor: Executor.multiple([Executor.celery(), Executor.celery({ alias: 'more' })]) })).toThrow(
      new Error("test/airflow: 'executor' has CeleryExecutor twice, which Airflow refuses; leave one out"));
    expect(building({ executor: Executor.multiple([Executor.celery({ alias: 'a' }), Executor.local({ alias: 'a' })]) })).toThrow(
      new Error("test/airflow: 'executor' has two that tasks would call a; give one of them another 'alias'"));
  });

  test.each([0, 1])('fail when there are %d', count => {
    expect(() => Executor.multiple([Executor.local()].slice(0, count))).toThrow(
      new Error(`'executors' must be at least two, got ${count}; one alone is given as it is`));
  });

  test('fail when one of them is several', () => {
    const error = new Error("'executors' must be single ones, got one that is several already; name each of them here");
    expect(() => Executor.multiple([Executor.local(), three()])).toThrow(error);
    expect(() => Executor.multiple([Executor.celeryKubernetes(), Executor.local()])).toThrow(error);
  });
});

describe.each<[string, () => Executor, string, string[]]>([
  ['CeleryKubernetesExecutor', () => Executor.celeryKubernetes({ celery: { workers: { replicas: 3 } }, kubernetes: { creationBatchSize: 5 } }), 'celery_kubernetes_executor', ['redis', 'worker', 'task']],
  ['LocalKubernetesExecutor', () => Executor.localKubernetes({ creationBatchSize: 5 }), 'local_kubernetes_executor', ['task']],
])('the %s', (name, executor, section, components) => {
  test('is both of its parts in Airflow 2', () => {
    const manifest = synthAirflow({ version: V2, executor: executor() });
    expect(cfg(manifest, 'core', 'executor')).toBe(name);
    expect(cfg(manifest, 'kubernetes_executor', 'worker_pods_creation_batch_size')).toBe('5');
    expect([...pods(manifest).keys()]).toEqual(expect.arrayContaining(components));
    expect(main(manifest, 'scheduler').workingDir).toBe(name.startsWith('Local') ? '/opt/airflow/work' : undefined);
  });

  test('takes the pod of a task by its queue', () => {
    expect(known(synthAirflow({ version: V2, executor: executor() }))).toEqual({ executor: name, executors: [name], queue: 'kubernetes', queues: ['default', 'kubernetes'] });
    const renamed = synthAirflow({ version: V2, executor: executor(), config: { [section]: { kubernetes_queue: 'pods' } } });
    expect(cfg(renamed, section, 'kubernetes_queue')).toBe('pods');
    expect(known(renamed)).toMatchObject({ queue: 'pods', queues: ['default', 'pods'] });
  });

  test('fails when the queue is set where DAGs would not see it', () => {
    const variable = `AIRFLOW__${section.toUpperCase()}__KUBERNETES_QUEUE`;
    expect(building({ version: V2, executor: executor(), pods: { env: { [variable]: kplus.EnvValue.fromValue('pods') } } })).toThrow(
      new Error(`test/airflow/bootstrap-secrets: 'pods.env' cannot set '${variable}', which a component has to know; set 'config.${section}.kubernetes_queue' instead`));
  });

  test('fails in Airflow 3', () => {
    expect(building({ executor: executor() })).toThrow(
      new Error(`test/airflow: 'executor' ${name} exists in Airflow 2, but the version is 3.3.2; use Executor.multiple()`));
  });
});

test('a part of an executor that is two has no alias', () => {
  const error = (name: string) => new Error(`'alias' is for executors that tasks choose by name, but those of the ${name} choose by their queue, got 'mine'; leave it out`);
  expect(() => Executor.celeryKubernetes({ celery: { alias: 'mine' } })).toThrow(error('CeleryKubernetesExecutor'));
  expect(() => Executor.celeryKubernetes({ kubernetes: { alias: 'mine' } })).toThrow(error('CeleryKubernetesExecutor'));
  expect(() => Executor.localKubernetes({ alias: 'mine' })).toThrow(error('LocalKubernetesExecutor'));
});

test('one executor can serve several instances', () => {
  const executor = Executor.kubernetes({ creationBatchSize: 2 });
  for (const version of [AirflowVersion.V2_10, AirflowVersion.V3_3]) {
    expect(cfg(synth(airflowChart({ version, executor })), 'kubernetes_executor', 'worker_pods_creation_batch_size')).toBe('2');
  }
});
