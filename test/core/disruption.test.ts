import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  AirflowChartProps, AirflowVersion, Broker, Disruption, DisruptionOptions, Executor, NamedPriorityClassesOptions, NewPriorityClassesOptions,
  PriorityClasses, Scaling, SpotDisruptionOptions, SpotNodes,
  TaskLogs,
} from '../../src';
import { airflowChart, building, cfg, find, findAll, main, Manifest, Pod, pod, pods, synthAirflow } from '../util';

const CELERY = Executor.celery({ broker: Broker.redis() });
/** Both executors, so that both kinds of pods with tasks exist. */
const BOTH = Executor.multiple([CELERY, Executor.kubernetes()]);
const all: Required<DisruptionOptions> = {
  taskGracePeriod: Duration.hours(2), taskRetries: 5, budgets: false, priorityClasses: PriorityClasses.named({ controlPlane: 'platform', tasks: 'batch' }),
};
const allOfSpot: Required<SpotDisruptionOptions> = { ...all, nodes: SpotNodes.gke() };

/** Whether the cluster autoscaler may evict the pod, and whether Karpenter may. */
function mayEvict({ metadata: { annotations = {} } }: Pod): (string | undefined)[] {
  return [annotations['cluster-autoscaler.kubernetes.io/safe-to-evict'], annotations['karpenter.sh/do-not-disrupt'] === 'true' ? 'false' : 'true'];
}

/** The grace period, and how long SIGTERM waits. */
function grace(of: Manifest[], component: string): unknown[] {
  const lifecycle = main(of, component).lifecycle as { preStop?: { exec: { command: string[] } } } | undefined;
  return [pod(of, component).spec.terminationGracePeriodSeconds, lifecycle?.preStop?.exec.command.join(' ')];
}

describe('the pods that run tasks', () => {
  const evicted = (props: AirflowChartProps) => {
    const manifest = synthAirflow({ executor: BOTH, ...props });
    return ['task', 'worker', 'scheduler'].map(component => mayEvict(pod(manifest, component)).join());
  };

  test('stay where they are, unless the nodes come and go', () => {
    expect(evicted({})).toEqual(['false,false', 'false,true', 'true,true']);
    expect(evicted({ disruption: Disruption.onDemand() })).toEqual(evicted({}));
    expect(evicted({ disruption: Disruption.karpenter() })).toEqual(['false,false', 'true,true', 'true,true']);
    expect(evicted({ disruption: Disruption.spot({ nodes: SpotNodes.karpenter() }) })).toEqual(['false,false', 'true,true', 'true,true']);
  });

  test.each<[string, AirflowChartProps, unknown[], unknown[]]>([
    ['ten minutes', {}, [600, 'sleep 570'], [600, undefined]],
    ['ten minutes with Karpenter', { disruption: Disruption.karpenter() }, [600, 'sleep 570'], [600, undefined]],
    ['what the program says', { disruption: Disruption.onDemand({ taskGracePeriod: Duration.hours(6) }) }, [21600, 'sleep 21570'], [21600, undefined]],
    ['the notice of Google', { disruption: Disruption.spot({ nodes: SpotNodes.gke() }) }, [30, 'sleep 0'], [30, undefined]],
    ['the notice of Amazon', { disruption: Disruption.spot({ nodes: SpotNodes.eks() }) }, [120, 'sleep 90'], [120, undefined]],
    ['the notice that the program knows', { disruption: Disruption.spot({ nodes: SpotNodes.aks(), taskGracePeriod: Duration.seconds(20) }) }, [20, 'sleep 0'], [20, undefined]],
    ['their own time', { taskPods: { terminationGracePeriod: Duration.minutes(1) }, disruption: Disruption.karpenter({ taskGracePeriod: Duration.minutes(5) }) },
      [60, 'sleep 30'], [300, undefined]],
  ])('have %s to end', (_, props, task, worker) => {
    const manifest = synthAirflow({ executor: BOTH, ...props });
    expect([grace(manifest, 'task'), grace(manifest, 'worker')]).toEqual([task, worker]);
  });

  test('include the scheduler of the LocalExecutor', () => {
    const manifest = synthAirflow({ executor: Executor.local(), disruption: Disruption.onDemand({ taskGracePeriod: Duration.minutes(20) }) });
    expect([grace(manifest, 'scheduler'), mayEvict(pod(manifest, 'scheduler'))]).toEqual([[1200, undefined], ['false', 'true']]);
  });

  test('keep the hook that they have', () => {
    const manifest = synthAirflow({ taskPods: { container: { lifecycle: { preStop: ['finish'] } } } });
    expect(grace(manifest, 'task')).toEqual([600, 'finish']);
  });

  test('of another name have their own time', () => {
    const chart = airflowChart();
    chart.airflow.addTaskPod('long', { terminationGracePeriod: Duration.hours(3) });
    const manifest = chart.toJson() as Manifest[];
    expect(grace(manifest, 'task/long')).toEqual([10800, 'sleep 10770']);
  });

  test('are on the spot nodes, and no other pod', () => {
    const disruption = Disruption.spot({ nodes: SpotNodes.gke({ required: true }) });
    const manifest = synthAirflow({ executor: BOTH, disruption, logs: TaskLogs.newClaim({ size: Size.gibibytes(1) }) });
    const there = [...pods(manifest)].filter(([, { spec }]) => spec.nodeSelector !== undefined)
      .map(([component, { spec }]) => [component, spec.nodeSelector, spec.tolerations]);
    const spot = [{ 'cloud.google.com/gke-spot': 'true' }, [{ key: 'cloud.google.com/gke-spot', operator: 'Equal', value: 'true', effect: 'NoSchedule' }]];
    expect(there).toEqual([['worker', ...spot], ['task', ...spot]]);
  });

  test('are on their own spot nodes', () => {
    const manifest = synthAirflow({
      executor: Executor.celery({ workers: { spot: SpotNodes.tainted('pool', 'cheap', { required: true }) } }), disruption: Disruption.spot({ nodes: SpotNodes.gke() }),
    });
    expect(pod(manifest, 'worker').spec.nodeSelector).toEqual({ pool: 'cheap' });
  });
});

describe('tasks without retries of their own', () => {
  test.each<[string | undefined, Disruption | undefined]>([
    [undefined, undefined],
    [undefined, Disruption.karpenter()],
    ['3', Disruption.spot({ nodes: SpotNodes.gke() })],
    ['0', Disruption.spot({ nodes: SpotNodes.gke(), taskRetries: 0 })],
    ['2', Disruption.onDemand({ taskRetries: 2 })],
  ])('are repeated %s times', (expected, disruption) => {
    expect(cfg(synthAirflow({ disruption }), 'core', 'default_task_retries')).toBe(expected);
  });

  test('are repeated as often as the configuration says, where no prop says it', () => {
    const manifest = synthAirflow({ disruption: Disruption.spot({ nodes: SpotNodes.gke() }), config: { core: { default_task_retries: '1' } } });
    expect(cfg(manifest, 'core', 'default_task_retries')).toBe('1');
  });
});

describe('the budgets', () => {
  const budgets = (props: AirflowChartProps) => findAll(synthAirflow(props), 'PodDisruptionBudget')
    .map(({ metadata: { name }, spec }) => [name, spec.maxUnavailable ?? spec.minAvailable]);

  test('are for components with several pods, since that of a single one would block its node', () => {
    expect(budgets({})).toEqual([]);
    expect(budgets({ apiServer: { replicas: 2 }, scheduler: { replicas: 3 }, triggerer: { replicas: 1 } })).toEqual([
      ['test-airflow-api-server', 1], ['test-airflow-scheduler', 1],
    ]);
  });

  test('let a quarter of the workers go, whose end takes long', () => {
    expect(budgets({ executor: Executor.celery({ workers: { replicas: 8 } }) })).toEqual([['test-airflow-celery-worker', '25%']]);
    const scaling = Scaling.keda({ minReplicas: 0, maxReplicas: 20 });
    expect(budgets({ executor: Executor.celery({ workers: { scaling } }) })).toEqual([['test-airflow-celery-worker', '25%']]);
    expect(budgets({ executor: Executor.celery({ workers: { scaling: Scaling.keda({ maxReplicas: 1 }) } }) })).toEqual([]);
  });

  test('are those of the component, where it has some', () => {
    const disruptionBudget = { minAvailable: kplus.PercentOrAbsolute.absolute(1) };
    const disruption = Disruption.onDemand({ budgets: false });
    expect(budgets({ scheduler: { replicas: 2, disruptionBudget }, disruption, apiServer: { replicas: 2 } })).toEqual([['test-airflow-scheduler', 1]]);
  });
});

describe('the priority', () => {
  const priorities = (props: AirflowChartProps) => Object.fromEntries([...pods(synthAirflow({ executor: BOTH, ...props }))].map(
    ([component, { spec }]) => [component, spec.priorityClassName]));

  test('is that of the cluster', () => {
    expect(new Set(Object.values(priorities({})))).toEqual(new Set([undefined]));
  });

  test('of everything but tasks is that of the control plane', () => {
    const priorityClasses = PriorityClasses.named({ controlPlane: 'platform', tasks: 'batch' });
    const { task, worker, ...others } = priorities({ disruption: Disruption.onDemand({ priorityClasses }) });
    expect([task, worker, new Set(Object.values(others))]).toEqual(['batch', 'batch', new Set(['platform'])]);
    expect(Object.keys(others)).toEqual(expect.arrayContaining(['postgres', 'redis', 'migration', 'scheduler', 'bootstrap-secrets']));
  });

  test('of tasks is that of the cluster, where none is named, and a component has its own', () => {
    const priorityClasses = PriorityClasses.named({ controlPlane: 'platform' });
    const found = priorities({ disruption: Disruption.onDemand({ priorityClasses }), scheduler: { priorityClassName: 'mine' } });
    expect([found.task, found.worker, found.scheduler, found.triggerer]).toEqual([undefined, undefined, 'mine', 'platform']);
  });

  test('of the LocalExecutor is that of its scheduler', () => {
    const priorityClasses = PriorityClasses.named({ controlPlane: 'platform', tasks: 'batch' });
    expect(priorities({ executor: Executor.local(), disruption: Disruption.onDemand({ priorityClasses }) }).scheduler).toBe('platform');
  });

  test('comes with classes only if the program says so', () => {
    const manifest = synthAirflow({ disruption: Disruption.onDemand({ priorityClasses: PriorityClasses.create({ controlPlane: 5, tasks: -5 }) }) });
    const classes = findAll(manifest, 'PriorityClass').map(({ apiVersion, metadata, ...fields }) => [apiVersion, metadata.namespace, metadata.name, fields]);
    expect(classes).toEqual([
      ['scheduling.k8s.io/v1', undefined, 'airflow-test-airflow-control-plane', { kind: 'PriorityClass', value: 5, description: 'The pods that Airflow needs to run tasks' }],
      ['scheduling.k8s.io/v1', undefined, 'airflow-test-airflow-tasks',
        { kind: 'PriorityClass', value: -5, description: 'The pods that run the tasks of Airflow', preemptionPolicy: 'Never' }],
    ]);
    expect([pod(manifest, 'scheduler'), pod(manifest, 'task')].map(({ spec }) => spec.priorityClassName)).toEqual(classes.map(([, , name]) => name));
    expect(findAll(synthAirflow({ disruption: Disruption.onDemand() }), 'PriorityClass')).toEqual([]);
  });
});

test('each choice takes all its options, in every version', () => {
  for (const version of [AirflowVersion.V2_11, AirflowVersion.V3_3]) {
    for (const disruption of [Disruption.onDemand(all), Disruption.karpenter(all), Disruption.spot(allOfSpot)]) {
      const manifest = synthAirflow({ version, executor: CELERY, disruption });
      const { spec } = pod(manifest, 'worker');
      expect([spec.terminationGracePeriodSeconds, cfg(manifest, 'core', 'default_task_retries'), spec.priorityClassName]).toEqual([7200, '5', 'batch']);
    }
  }
});

test('a worker has its own account of budgets, grace and nodes', () => {
  const manifest = synthAirflow({ executor: CELERY, disruption: Disruption.spot({ nodes: SpotNodes.eks() }) });
  expect(find(manifest, 'Deployment', 'celery-worker').spec.template.spec).toMatchObject({
    terminationGracePeriodSeconds: 120,
    affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100 }] } },
  });
});

describe('wrong', () => {
  const named = (options: NamedPriorityClassesOptions) => Disruption.onDemand({ priorityClasses: PriorityClasses.named(options) });
  const created = (options: NewPriorityClassesOptions) => Disruption.onDemand({ priorityClasses: PriorityClasses.create(options) });

  test.each<[string, AirflowChartProps, string]>([
    ['a time of no whole seconds', { disruption: Disruption.onDemand({ taskGracePeriod: Duration.millis(1500) }) },
      "'disruption.taskGracePeriod' must be a whole number of seconds of at least 1, got 1.5"],
    ['no time', { disruption: Disruption.karpenter({ taskGracePeriod: Duration.seconds(0) }) },
      "'disruption.taskGracePeriod' must be a whole number of seconds of at least 1, got 0"],
    ['fewer retries than none', { disruption: Disruption.spot({ nodes: SpotNodes.gke(), taskRetries: -1 }) },
      "'disruption.taskRetries' must be a whole number of at least 0, got -1"],
    ['half a retry', { disruption: Disruption.onDemand({ taskRetries: 0.5 }) }, "'disruption.taskRetries' must be a whole number of at least 0, got 0.5"],
    ['retries said twice', { disruption: Disruption.onDemand({ taskRetries: 2 }), config: { core: { default_task_retries: '1' } } },
      "'config.core.default_task_retries' cannot be set, got '1'; 'disruption.taskRetries' decides it"],
    ['priorities said twice', { disruption: named({ controlPlane: 'platform' }), pods: { priorityClassName: 'mine' } },
      "'pods.priorityClassName', 'mine', would give every pod the same class, but 'disruption.priorityClasses' has two; leave one of them out"],
    ['a class that has no name', { disruption: named({ controlPlane: 'Platform Team' }) },
      "'disruption.priorityClasses.controlPlane' must be the name of a PriorityClass, lowercase letters, digits, '-' and '.', got 'Platform Team'"],
    ['a class of tasks that has no name', { disruption: named({ controlPlane: 'platform', tasks: '' }) },
      "'disruption.priorityClasses.tasks' must be the name of a PriorityClass, lowercase letters, digits, '-' and '.', got ''"],
    ['tasks above the control plane', { disruption: created({ controlPlane: 10, tasks: 10 }) },
      "'disruption.priorityClasses.tasks' must be less than 'controlPlane', 10, got 10; tasks without a scheduler do not run, so lower it"],
    ['a value of the system', { disruption: created({ controlPlane: 2_000_000_000 }) },
      "'disruption.priorityClasses.controlPlane' must be a whole number from -1000000000 to 1000000000, got 2000000000"],
    ['a scheduler on spot nodes', { executor: Executor.local(), disruption: Disruption.spot({ nodes: SpotNodes.gke() }) },
      "'disruption' puts tasks on spot nodes, but with LocalExecutor they run in the scheduler, which must not disappear; use another executor, or Disruption.onDemand()"],
    ['several mistakes', { disruption: Disruption.onDemand({ taskRetries: -1, taskGracePeriod: Duration.seconds(0) }) },
      "2 mistakes:\n  'disruption.taskGracePeriod' must be a whole number of seconds of at least 1, got 0\n  'disruption.taskRetries' must be a whole number of at least 0, got -1"],
  ])('fails with %s', (_, props, message) => {
    expect(building(props)).toThrow(new Error(`test/airflow: ${message}`));
  });

  test('fails with more time than the broker leaves', () => {
    expect(building({ executor: CELERY, disruption: Disruption.onDemand({ taskGracePeriod: Duration.days(2) }) })).toThrow(new Error(
      "test/airflow/celery-workers: 'config.celery_broker_transport_options.visibility_timeout' must be more than 'disruption.taskGracePeriod', "
      + "172800 seconds, got '86400'; the broker would hand a task to another worker while the first one finishes it. 'longestTask' of Executor.celery() sets it"));
    const executor = Executor.celery({ broker: Broker.redis(), longestTask: Duration.days(3) });
    expect(building({ executor, disruption: Disruption.onDemand({ taskGracePeriod: Duration.days(2) }) })).not.toThrow();
  });

  test('fails with an unknown option', () => {
    expect(() => Disruption.onDemand({ taskGracePeriode: Duration.hours(1) } as DisruptionOptions)).toThrow(
      new Error("'taskGracePeriode' is no member of DisruptionOptions; did you mean 'taskGracePeriod'?"));
  });

  test('a mixture of executors may use spot nodes', () => {
    const executor = Executor.multiple([Executor.local(), Executor.kubernetes()]);
    expect(building({ executor, disruption: Disruption.spot({ nodes: SpotNodes.gke() }) })).not.toThrow();
  });
});
