import { App, Chart, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  Airflow, AirflowChart, AirflowChartProps, AirflowPodOptions, AirflowVersion, Auth, DagSource, Database, Executor,
  GitCredentials, Gpu, Scaling, SecretKey,
  SpotNodes, TaskLogs, TaskPodOptions, TaskPodTemplate, Toleration,
} from '../src';
import { podFile } from './pod-file';
import { airflowChart, Manifest, podList, secretNamed, synth, workloads } from './util';

const text = kplus.EnvValue.fromValue;
const fromSecret = (key: string) => kplus.EnvValue.fromSecretValue({ secret: secretNamed('keys'), key });

function podProps(): AirflowPodOptions {
  return {
    env: { ZULU: text('$(ALPHA)'), ALPHA: text('1'), MIKE: fromSecret('m') },
    nodeSelector: { zone: 'a', disk: 'ssd' },
    resources: { memory: { limit: Size.gibibytes(2), request: Size.gibibytes(1) }, cpu: { request: kplus.Cpu.millis(200) } },
    tolerations: [Toleration.exists('z'), Toleration.exists('a')],
    affinity: { nearPods: [{ labels: { z: '1', a: '2' } }] },
    serviceAccount: { annotations: { z: '1', a: '2' } },
    pod: { labels: { z: '1', a: '2' }, annotations: { z: '1', a: '2' }, dns: { resolverOptions: { timeout: '3', attempts: '2' } } },
    sidecars: [{ name: 'extra', image: 'acme/extra:1', env: { Z: text('1'), A: text('$(Z)') } }],
    container: { livenessProbe: { timeout: Duration.seconds(9), period: Duration.seconds(20) } },
  };
}

/** Props of every kind whose keys could come in another order. */
function everything(): AirflowChartProps {
  return {
    namespace: 'data',
    executor: Executor.kubernetes({ deletePods: false, creationBatchSize: 3 }),
    dags: DagSource.gitSync({ repo: 'https://github.com/acme/dags.git', ref: 'main', credentials: GitCredentials.token(SecretKey.of('git', 'password')) }),
    database: Database.inCluster({ volumeSize: Size.gibibytes(1) }),
    logs: TaskLogs.newClaim({ subPath: 'logs', size: Size.gibibytes(1) }),
    auth: Auth.fab({ admin: { username: 'jane', email: 'jane@acme.com' } }),
    config: { scheduler: { max_tis_per_query: '8', job_heartbeat_sec: '6' }, core: { parallelism: '1', max_active_runs_per_dag: '2' } },
    pods: { labels: { z: '1', a: '2' }, annotations: { z: '1', a: '2' }, env: { ZERO: text('0'), ACE: text('1') }, nodeSelector: { y: '1', b: '2' } },
    scheduler: { ...podProps(), replicas: 2, workload: { labels: { z: '1', a: '2' }, annotations: { z: '1', a: '2' }, maxSurge: kplus.PercentOrAbsolute.absolute(2) } },
    apiServer: { ...podProps(), service: { annotations: { z: '1', a: '2' }, labels: { z: '1', a: '2' }, port: 80 } },
    dagProcessor: podProps(),
    triggerer: {
      ...podProps(),
      workload: { labels: { z: '1', a: '2' } },
      scaling: Scaling.keda({ maxReplicas: 3, minReplicas: 2 }),
      disruptionBudget: { minAvailable: kplus.PercentOrAbsolute.absolute(1) },
    },
    taskPods: { ...podProps(), container: undefined },
    jobs: {
      migration: { workload: { annotations: { z: '1', a: '2' } }, backoffLimit: 2, ...podProps(), container: undefined },
      syncUsers: { ...podProps(), container: undefined },
    },
    pools: { z: { slots: 1, description: 'last' }, a: { description: 'first', slots: 2 } },
    localSettings: 'X = 1\n',
  };
}

function isPlain(value: unknown): value is { [key: string]: unknown } {
  return value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;
}

/** The same data with the keys of every plain object in reverse; `count` says how many objects had several. */
function reversed<T>(value: T, count: { objects: number } = { objects: 0 }): T {
  if (Array.isArray(value)) { return value.map(inner => reversed(inner as unknown, count)) as T; }
  if (!isPlain(value)) { return value; }
  const entries = Object.entries(value);
  if (entries.length > 1) { count.objects += 1; }
  return Object.fromEntries(entries.reverse().map(([key, inner]) => [key, reversed(inner, count)])) as T;
}

/** A pod as a file has it, with everything in it whose keys could come in another order. */
const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { labels: { y: '1', b: '2' }, annotations: { y: '1', b: '2' } },
  spec: {
    nodeSelector: { y: '1', b: '2' },
    containers: [{ name: 'base', resources: { requests: { memory: '1Gi', cpu: '1' }, limits: { memory: '1Gi', cpu: '2' } }, securityContext: { privileged: false, allowPrivilegeEscalation: false } }],
    initContainers: [{ name: 'first', image: 'acme/first:1', env: [{ name: 'A', value: 'b' }] }],
    volumes: [{ name: 'y', emptyDir: { sizeLimit: '1Gi', medium: 'Memory' } }],
  },
};

/** Task pods of every kind, by name, of which the last one is of a file. */
function taskPods(): [string, TaskPodOptions][] {
  const options = (): TaskPodOptions => ({
    ...podProps(),
    container: undefined,
    gpus: Gpu.nvidia(),
    securityContext: { user: 7, fsGroup: 8 },
    spot: SpotNodes.gke({ required: true }),
    startTimeout: Duration.minutes(20),
    tuneUpTo: { memory: Size.gibibytes(9), gpus: 2 },
    description: 'x',
  });
  return [['gpu', options()], ['own', { ...options(), template: TaskPodTemplate.own(), activeDeadline: Duration.hours(1) }], ['adopted', {}]];
}

function yaml(props: AirflowChartProps, pods = taskPods(), file: object = POD): string {
  const app = new App();
  const chart = new AirflowChart(app, 'airflow', props);
  chart.airflow.allowPodOperator();
  const adopted = { template: TaskPodTemplate.fromFile(podFile(file)) };
  for (const [name, options] of pods) { chart.airflow.addTaskPod(name, name === 'adopted' ? adopted : options); }
  return app.synthYaml();
}

test('the same program writes the same bytes', () => {
  expect(yaml(everything())).toBe(yaml(everything()));
});

test('the order of keys does not matter', () => {
  const count = { objects: 0 };
  const other = reversed(everything(), count);
  expect(count.objects).toBeGreaterThan(80);
  expect(Object.keys(other)[0]).toBe('localSettings');
  expect(yaml(other)).toBe(yaml(everything()));
});

test('the order of keys of task pods and of their files does not matter', () => {
  const count = { objects: 0 };
  const [pods, file] = [reversed(taskPods(), count), reversed(POD, count)];
  expect(count.objects).toBeGreaterThan(40);
  expect([Object.keys(pods[0][1])[0], Object.keys(file)[0]]).toEqual(['description', 'spec']);
  expect(yaml(everything(), pods, file)).toBe(yaml(everything()));
});

test('what differs is seen', () => {
  expect(yaml({ ...everything(), localSettings: 'X = 2\n' })).not.toBe(yaml(everything()));
});

test('synthesizing twice changes nothing', () => {
  const chart = airflowChart(everything());
  expect(synth(chart)).toEqual(synth(chart));
});

test('the bytes do not depend on the day or on chance', () => {
  const before = yaml(everything());
  const now = jest.spyOn(Date, 'now').mockReturnValue(0);
  const random = jest.spyOn(Math, 'random').mockReturnValue(0.5);
  try {
    expect(yaml(everything())).toBe(before);
    expect(random).not.toHaveBeenCalled();
  } finally {
    now.mockRestore();
    random.mockRestore();
  }
});

describe('two instances', () => {
  /** What tells the objects of an instance apart, and what selects its pods. */
  function identity(manifest: Manifest[]): { names: string[]; selectors: string[]; instances: string[] } {
    return {
      names: manifest.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`),
      selectors: workloads(manifest).filter(object => object.kind !== 'Job').map(object => JSON.stringify(object.spec.selector.matchLabels)),
      instances: [...new Set(podList(manifest).map(([, of]) => of.metadata.labels['app.kubernetes.io/instance']))],
    };
  }

  function expectDisjoint(first: Manifest[], second: Manifest[]): void {
    for (const what of ['names', 'selectors', 'instances'] as const) {
      const [one, two] = [identity(first)[what], identity(second)[what]];
      expect(one.length).toBeGreaterThan(0);
      expect(one.filter(each => two.includes(each))).toEqual([]);
    }
  }

  test('in one chart share no name and no selector', () => {
    const alone = (id: string) => {
      const chart = new Chart(new App(), 'both', { namespace: 'data' });
      new Airflow(chart, id);
      return synth(chart);
    };
    const chart = new Chart(new App(), 'both', { namespace: 'data' });
    new Airflow(chart, 'one');
    new Airflow(chart, 'two');
    expectDisjoint(alone('one'), alone('two'));
    expect(new Set(identity(synth(chart)).names)).toEqual(new Set([...identity(alone('one')).names, ...identity(alone('two')).names]));
  });

  test('in two charts of one namespace share no name and no selector', () => {
    const app = new App();
    const charts = ['one', 'two'].map(id => new AirflowChart(app, id, { namespace: 'data', version: AirflowVersion.V3_3 }));
    expectDisjoint(synth(charts[0]), synth(charts[1]));
  });

  test('stay apart where their paths are so long that names are cut', () => {
    const long = 'x'.repeat(80);
    expectDisjoint(synth(airflowChart({ namespace: 'data' }, `${long}a`)), synth(airflowChart({ namespace: 'data' }, `${long}b`)));
  });
});
