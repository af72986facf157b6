import { Duration, Size } from 'cdk8s';
import {
  AirflowChartProps, AirflowVersion, CeleryWorkersOptions, ComponentOptions, CpuScalingOptions, Database, Executor, KedaScalingOptions, Scaling,
  SecretKey,
} from '../../src/index';
import { airflowChart, building, find, findAll, init, main, Manifest, synth, synthAirflow, workload } from '../util';

interface Trigger {
  readonly type: string;
  readonly metadata: { readonly [name: string]: string };
  readonly authenticationRef: { readonly name: string };
}

const keda = (options: Partial<KedaScalingOptions> = {}) => ({ scaling: Scaling.keda({ maxReplicas: 5, ...options }) });

/** An Airflow whose workers of the default queue are scaled by KEDA. */
function scaledWorkers(workers: CeleryWorkersOptions = {}, props: AirflowChartProps = {}): Manifest[] {
  return synthAirflow({ executor: Executor.celery({ workers: { ...keda(), ...workers } }), ...props });
}

function trigger(manifest: Manifest[], name = ''): Trigger {
  const triggers = find(manifest, 'ScaledObject', name).spec.triggers as Trigger[];
  expect(triggers).toHaveLength(1);
  return triggers[0];
}

const query = (manifest: Manifest[]) => trigger(manifest).metadata.query;

describe('scaling by CPU', () => {
  test('is a HorizontalPodAutoscaler with what is said', () => {
    const scaling = Scaling.cpu({ maxReplicas: 5, minReplicas: 2, cpuUtilization: 60 });
    const chart = airflowChart({ scheduler: { workload: { labels: { a: 'b' } }, scaling } });
    const hpa = find(synth(chart), 'HorizontalPodAutoscaler');
    expect(hpa.apiVersion).toBe('autoscaling/v2');
    expect(hpa.metadata.labels).toEqual({ ...chart.airflow._instance.labels, 'app.kubernetes.io/component': 'scheduler', 'a': 'b' });
    expect(hpa.spec).toEqual({
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: workload(synth(chart), 'scheduler').metadata.name },
      minReplicas: 2,
      maxReplicas: 5,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } }],
    });
    expect(chart.airflow.scheduler!.autoscaler!.name).toBe(hpa.metadata.name);
    expect(chart.airflow.triggerer!.autoscaler).toBeUndefined();
  });

  test('aims for 80 percent, with one pod or more, when only the most are said', () => {
    const { spec } = find(synthAirflow({ triggerer: { scaling: Scaling.cpu({ maxReplicas: 4 }) } }), 'HorizontalPodAutoscaler');
    expect(spec).toMatchObject({ minReplicas: 1, maxReplicas: 4, metrics: [{ resource: { target: { averageUtilization: 80 } } }] });
  });

  test('is there for Celery workers, too, be they a StatefulSet', () => {
    const workers = { scaling: Scaling.cpu({ maxReplicas: 4 }), logs: { size: Size.gibibytes(1) } };
    const manifest = synthAirflow({ executor: Executor.celery({ workers }) });
    expect(find(manifest, 'HorizontalPodAutoscaler').spec.scaleTargetRef).toEqual(
      { apiVersion: 'apps/v1', kind: 'StatefulSet', name: workload(manifest, 'worker').metadata.name });
    expect(workload(manifest, 'worker').spec).not.toHaveProperty('replicas');
  });

  test.each<[CpuScalingOptions, string]>([
    [{ maxReplicas: 1, minReplicas: 0 }, "'minReplicas' must be a whole number of at least 1, got 0; without a pod there is no CPU to measure, use Scaling.keda()"],
    [{ maxReplicas: 1, minReplicas: -1 }, "'minReplicas' must be a whole number of at least 1, got -1"],
    [{ maxReplicas: 1, minReplicas: 2 }, "'maxReplicas' must be a whole number of at least 2, got 1"],
    [{ maxReplicas: 0 }, "'maxReplicas' must be a whole number of at least 1, got 0"],
    [{ maxReplicas: 1.5 }, "'maxReplicas' must be a whole number of at least 1, got 1.5"],
    [{ maxReplicas: NaN }, "'maxReplicas' must be a whole number of at least 1, got NaN"],
    [{ maxReplicas: 1, cpuUtilization: 0 }, "'cpuUtilization' must be a whole number of at least 1, got 0"],
  ])('fails with what Kubernetes refuses (%#)', (options, message) => {
    expect(() => Scaling.cpu(options)).toThrow(new Error(message));
  });

  test.each<[ComponentOptions, string]>([
    [{ sidecars: [{ name: 'proxy', image: 'acme/proxy:1', resources: {} }] },
      "'scaling' measures CPU against what is requested, but 'sidecars.proxy.resources' requests none; set cpu.request there"],
    [{ replicas: 0 }, "'replicas' is decided by 'scaling', got 0; leave one of them out"],
  ])('fails with a pod that it cannot scale (%#)', (options, message) => {
    expect(building({ scheduler: { ...options, scaling: Scaling.cpu({ maxReplicas: 2 }) } })).toThrow(new Error(`test/airflow/scheduler: ${message}`));
  });

  test('has a request of CPU to measure against in every container, whatever is given of others', () => {
    const resources = { memory: { request: Size.gibibytes(1) } };
    const scheduler = { resources, sidecars: [{ name: 'proxy', image: 'acme/proxy:1' }], scaling: Scaling.cpu({ maxReplicas: 2 }) };
    const manifest = synthAirflow({ scheduler });
    expect(findAll(manifest, 'HorizontalPodAutoscaler')).toHaveLength(1);
    expect([main(manifest, 'scheduler'), init(manifest, 'scheduler', 'proxy')].map(container => container.resources!.requests!.cpu)).toEqual(['100m', '10m']);
  });
});

describe('scaling by KEDA', () => {
  test('is a ScaledObject, by the password that the bootstrap makes', () => {
    const chart = airflowChart({ executor: Executor.celery({ workers: keda() }) });
    const manifest = synth(chart);
    const { postgres, celeryWorkers } = chart.airflow;
    const login = find(manifest, 'TriggerAuthentication');
    const scaled = find(manifest, 'ScaledObject');
    expect([login.apiVersion, scaled.apiVersion]).toEqual(['keda.sh/v1alpha1', 'keda.sh/v1alpha1']);
    expect(login.spec).toEqual({ secretTargetRef: [{ parameter: 'password', name: 'test-airflow-database', key: 'password' }] });
    expect(scaled.spec).toEqual({
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: workload(manifest, 'worker').metadata.name },
      minReplicaCount: 0,
      maxReplicaCount: 5,
      pollingInterval: 10,
      cooldownPeriod: 300,
      advanced: { horizontalPodAutoscalerConfig: { behavior: { scaleDown: { stabilizationWindowSeconds: 300 } } } },
      triggers: [{
        type: 'postgresql',
        metadata: {
          host: `${postgres!.service.name}.airflow.svc`,
          port: '5432',
          userName: 'airflow',
          dbName: 'airflow',
          sslmode: 'prefer',
          query: expect.any(String) as string,
          targetQueryValue: '1',
        },
        authenticationRef: { name: login.metadata.name },
      }],
    });
    const labels = { ...chart.airflow._instance.labels, 'app.kubernetes.io/component': 'worker', 'cdk8s-airflow/worker-set': 'default' };
    expect([scaled.metadata.labels, login.metadata.labels]).toEqual([labels, labels]);
    expect(workload(manifest, 'worker').spec).not.toHaveProperty('replicas');
    expect(celeryWorkers!.autoscaler!.name).toBe(scaled.metadata.name);
    expect(chart.airflow.bootstrapSecrets!.secretNames).toContain('test-airflow-database');
  });

  test('has its numbers and times', () => {
    const { spec } = find(scaledWorkers(keda({
      minReplicas: 2, maxReplicas: 9, pollingInterval: Duration.minutes(1), cooldownPeriod: Duration.minutes(20),
    })), 'ScaledObject');
    expect(spec).toMatchObject({
      minReplicaCount: 2,
      maxReplicaCount: 9,
      pollingInterval: 60,
      cooldownPeriod: 1200,
      advanced: { horizontalPodAutoscalerConfig: { behavior: { scaleDown: { stabilizationWindowSeconds: 1200 } } } },
    });
  });

  test('scales a StatefulSet, whose workers keep their logs', () => {
    const manifest = scaledWorkers({ logs: { size: Size.gibibytes(1) } });
    const { metadata, spec } = workload(manifest, 'worker');
    expect(find(manifest, 'ScaledObject').spec.scaleTargetRef).toEqual({ apiVersion: 'apps/v1', kind: 'StatefulSet', name: metadata.name });
    expect(spec).not.toHaveProperty('replicas');
  });

  test('is there once for each set', () => {
    const chart = airflowChart({ executor: Executor.celery({ workers: keda() }), triggerer: keda() });
    chart.airflow.addCeleryWorkers('gpu', { ...keda({ maxReplicas: 2 }), queues: ['gpu'] });
    chart.airflow.addCeleryWorkers('fixed', { queues: ['fixed'], replicas: 3 });
    const manifest = synth(chart);
    const logins = findAll(manifest, 'TriggerAuthentication').map(({ metadata }) => metadata.name);
    const used = findAll(manifest, 'ScaledObject').map(({ spec }) => (spec.triggers as Trigger[])[0].authenticationRef.name);
    expect(new Set(used)).toEqual(new Set(logins));
    expect(used).toHaveLength(3);
  });

  test('reaches another database by a Secret', () => {
    const database = Database.fromSecret(SecretKey.of('database-of-mine', 'connection'));
    const manifest = scaledWorkers(keda({ connection: SecretKey.of('keda', 'url') }), { database });
    expect(find(manifest, 'TriggerAuthentication').spec).toEqual({ secretTargetRef: [{ parameter: 'connection', name: 'keda', key: 'url' }] });
    expect(Object.keys(trigger(manifest).metadata).sort()).toEqual(['query', 'targetQueryValue']);
  });

  test.each<[Partial<KedaScalingOptions>, string]>([
    [{ minReplicas: -1 }, "'minReplicas' must be a whole number of at least 0, got -1"],
    [{ maxReplicas: 0 }, "'maxReplicas' must be a whole number of at least 1, got 0"],
    [{ minReplicas: 0, maxReplicas: 0 }, "'maxReplicas' must be a whole number of at least 1, got 0"],
    [{ minReplicas: 6 }, "'maxReplicas' must be a whole number of at least 6, got 5"],
    [{ pollingInterval: Duration.seconds(0) }, "'pollingInterval' must be a whole number of seconds of at least 1, got 0"],
    [{ pollingInterval: Duration.millis(1500) }, "'pollingInterval' must be a whole number of seconds of at least 1, got 1.5"],
    [{ cooldownPeriod: Duration.hours(2) }, "'cooldownPeriod' must be a whole number of seconds from 0 to 3600, got 7200"],
  ])('fails with what KEDA refuses (%#)', (options, message) => {
    expect(() => keda(options)).toThrow(new Error(message));
  });

  test.each<Partial<KedaScalingOptions>>([{ maxReplicas: 1 }, { minReplicas: 0, maxReplicas: 1 }, { minReplicas: 2, maxReplicas: 2 }])(
    'takes as many pods at most as at least (%#)', options => {
      const { minReplicas = 0, maxReplicas } = options;
      expect(find(scaledWorkers(keda(options)), 'ScaledObject').spec).toMatchObject({ minReplicaCount: minReplicas, maxReplicaCount: maxReplicas });
    });

  test('fails with all mistakes at once', () => {
    expect(() => Scaling.keda({ maxReplicas: 0, query: ' ', triggers: [] })).toThrow(new Error([
      '3 mistakes:',
      "  'maxReplicas' must be a whole number of at least 1, got 0",
      "  'query' must be an SQL query that returns a number, got none; leave it out",
      "  'triggers' must have at least one trigger, got none; leave it out",
    ].join('\n')));
  });

  test.each(['scheduler', 'dagProcessor', 'apiServer'] as const)('fails for the component %s', prop => {
    const id = { scheduler: 'scheduler', dagProcessor: 'dag-processor', apiServer: 'api-server' }[prop];
    expect(building({ [prop]: keda() })).toThrow(new Error(
      `test/airflow/${id}: 'scaling' by KEDA knows by itself only the work of Celery workers and the triggerer; `
      + "give it a 'query' or 'triggers', or use Scaling.cpu()"));
  });

  test('fails without a way to reach the database, and with two', () => {
    const database = Database.fromSecret(SecretKey.of('database', 'connection'));
    expect(building({ triggerer: keda(), database })).toThrow(new Error(
      "test/airflow/triggerer: 'scaling' by KEDA needs 'connection', a Secret with the address of the Postgres that holds the metadata, like "
      + 'postgresql://user:password@host:5432/airflow?sslmode=require; it reads no other database, and no postgresql+psycopg2://, as Airflow does'));
    expect(building({ triggerer: keda({ connection: SecretKey.of('keda', 'connection') }) })).toThrow(new Error(
      "test/airflow/triggerer: 'connection' of 'scaling' is the Secret 'keda', but the address and the password of the Postgres of "
      + 'Database.inCluster() are known; leave it out, or give Airflow that database, too, by Database.fromSecret()'));
  });

  test('fails beside a number of pods', () => {
    expect(building({ triggerer: { ...keda(), replicas: 2 } })).toThrow(
      new Error("test/airflow/triggerer: 'replicas' is decided by 'scaling', got 2; leave one of them out"));
  });
});

describe('the workers that are needed', () => {
  const STATES = "state IN ('queued', 'running')";
  const CLASS = "'airflow.providers.celery.executors.celery_executor.CeleryExecutor'";
  const tasks = (where: string) => `FROM task_instance WHERE ${STATES} AND ${where}`;
  const withCallbacks = (where: string, callbacks = '') =>
    `SELECT CEIL(((SELECT COUNT(*) ${tasks(where)}) + (SELECT COUNT(*) FROM callback WHERE type = 'executor' AND ${STATES}${callbacks})) / 16.0)`;

  test('are those of the default queue, and of what is called there when a deadline is missed', () => {
    expect(query(scaledWorkers())).toBe(withCallbacks("queue IN ('default')"));
    expect(query(scaledWorkers({}, { version: AirflowVersion.V3_2 }))).toBe(withCallbacks("queue IN ('default')"));
  });

  const OLDER = [AirflowVersion.V2_10, AirflowVersion.V2_11, AirflowVersion.V3_0, AirflowVersion.V3_1];
  test.each(OLDER.map(version => [version.series, version] as const))('run only tasks in %s', (_, version) => {
    expect(query(scaledWorkers({}, { version }))).toBe(`SELECT CEIL(COUNT(*) / 16.0) ${tasks("queue IN ('default')")}`);
  });

  test('are those of the own queues by the own concurrency, with quotes doubled', () => {
    expect(query(scaledWorkers({ queues: ['gpu', "o'brien"], concurrency: 4 }))).toBe(
      `SELECT CEIL(COUNT(*) / 4.0) ${tasks("queue IN ('gpu', 'o''brien')")}`);
    expect(query(scaledWorkers({}, { config: { operators: { default_queue: 'usual' } } }))).toBe(
      `SELECT CEIL(COUNT(*) / 16.0) ${tasks("queue IN ('usual')")}`);
  });

  test.each<[string, (workers: CeleryWorkersOptions) => Executor, string]>([
    ['first', workers => Executor.multiple([Executor.celery({ workers }), Executor.kubernetes()]),
      `(executor IS NULL OR executor IN ('CeleryExecutor', ${CLASS}))`],
    ['second', workers => Executor.multiple([Executor.local(), Executor.celery({ workers })]), `executor IN ('CeleryExecutor', ${CLASS})`],
    ['called otherwise', workers => Executor.multiple([Executor.kubernetes({ alias: 'pods' }), Executor.celery({ workers, alias: 'workers' })]),
      `executor IN ('workers', 'CeleryExecutor', ${CLASS})`],
    ['robbed of its name', workers => Executor.multiple([Executor.celery({ workers, alias: 'workers' }), Executor.custom('acme.CeleryExecutor')]),
      `(executor IS NULL OR executor IN ('workers', ${CLASS}))`],
  ])('are those of the tasks that name it, where the CeleryExecutor of several is %s', (_, executor, condition) => {
    const queried = (queue: string) => query(synthAirflow({ executor: executor({ ...keda(), queues: [queue] }) }));
    expect(queried('etl')).toBe(`SELECT CEIL(COUNT(*) / 16.0) ${tasks(`queue IN ('etl') AND ${condition}`)}`);
    const ofCallbacks = condition.replace(/\bexecutor (IS|IN)/g, "data #>> '{__var,executor}' $1");
    expect(queried('default')).toBe(withCallbacks(`queue IN ('default') AND ${condition}`, ` AND ${ofCallbacks}`));
  });
});

describe('the triggerers that are needed', () => {
  test('are those of the triggers that have no queue', () => {
    const manifest = synthAirflow({ triggerer: keda() });
    expect(query(manifest)).toBe('SELECT CEIL(COUNT(*) / 1000.0) FROM trigger WHERE queue IS NULL');
    expect(find(manifest, 'ScaledObject').spec).toMatchObject({ minReplicaCount: 1, maxReplicaCount: 5 });
    expect(find(synthAirflow({ triggerer: keda({ minReplicas: 0 }) }), 'ScaledObject').spec.minReplicaCount).toBe(0);
  });

  test.each<[string, AirflowVersion, string]>([
    ['2.10', AirflowVersion.V2_10, 'default_capacity'],
    ['2.11', AirflowVersion.V2_11, 'default_capacity'],
    ['3.0', AirflowVersion.V3_0, 'capacity'],
    ['3.1', AirflowVersion.V3_1, 'capacity'],
  ])('are those of all triggers in %s, by what one runs', (_, version, option) => {
    expect(query(synthAirflow({ version, triggerer: keda() }))).toBe('SELECT CEIL(COUNT(*) / 1000.0) FROM trigger');
    expect(query(synthAirflow({ version, triggerer: keda(), config: { triggerer: { [option]: '250' } } }))).toBe('SELECT CEIL(COUNT(*) / 250.0) FROM trigger');
  });

  test('fails with a capacity that is no number, or is set where it is not seen', () => {
    expect(building({ triggerer: keda(), config: { triggerer: { capacity: 'many' } } })).toThrow(
      new Error("test/airflow/triggerer: 'config.triggerer.capacity' must be a whole number of at least 1 for 'scaling', got 'many'"));
    const chart = airflowChart({ triggerer: keda() });
    expect(() => chart.airflow.config.set('triggerer', 'capacity', '5')).toThrow(
      new Error("test/airflow: 'config.triggerer.capacity' is set too late, to '5': a component has read it; pass it in the prop 'config'"));
  });
});
