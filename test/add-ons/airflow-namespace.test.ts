import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, App, Chart, Size } from 'cdk8s';
import { Cpu, Namespace, PercentOrAbsolute } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import {
  Airflow, AirflowChart, AirflowChartProps, AirflowNamespace, AirflowNamespaceProps, Broker, Executor, PodSecurityLevel, Resources, Scaling,
} from '../../src';
import { amountsOf, podAmounts } from '../../src/add-ons/pod-demand';
import { parseQuantity } from '../../src/kubernetes/quantity';
import { airflowChart, find, findAll, Manifest, synth, Texts } from '../util';

type Options = Omit<AirflowNamespaceProps, 'airflow'>;

const MI = 1024 ** 2;
const NONE = { requestsCpu: 0, requestsMemory: 0, limitsCpu: 0, limitsMemory: 0 };
const CELERY: AirflowChartProps = { executor: Executor.celery({ broker: Broker.redis() }) };

function planned(props: AirflowChartProps = {}, options: Options = {}): { chart: AirflowChart; namespace: AirflowNamespace } {
  const chart = airflowChart(props);
  return { chart, namespace: new AirflowNamespace(chart, 'namespace-of', { ...options, airflow: chart.airflow }) };
}

const manifestOf = (props?: AirflowChartProps, options?: Options) => synth(planned(props, options).chart);
const hard = (manifest: Manifest[]) => (find(manifest, 'ResourceQuota').spec as unknown as { hard: Texts }).hard;
const limit = (manifest: Manifest[]) => (find(manifest, 'LimitRange').spec as unknown as { limits: { [field: string]: Texts }[] }).limits[0];
const rowOf = (table: string, part: string) => table.split('\n').find(line => line.startsWith(part))!.trim().split(/ +/).slice(1);

describe('the sum', () => {
  test('has every part with the pods that an update adds, each Job once, and the task pods of all schedulers', () => {
    const { namespace } = planned({ scheduler: { replicas: 2 }, config: { core: { parallelism: '10' } } });
    const count = (part: string) => rowOf(namespace.demandTable, part)[0];
    expect(['postgres', 'migration', 'scheduler', 'api-server', 'task'].map(count)).toEqual(['1', '1', '3', '2', '20']);
  });

  test('has the most pods of an autoscaler, percents of a surge, and none for a workload that recreates its pods', () => {
    const scaling = Scaling.cpu({ minReplicas: 2, maxReplicas: 7 });
    const { namespace } = planned({
      ...CELERY,
      apiServer: { scaling },
      triggerer: { replicas: 4, workload: { maxSurge: PercentOrAbsolute.percent(30) } },
      dagProcessor: { workload: { recreate: true } },
    });
    expect(['api-server', 'triggerer', 'dag-processor'].map(part => rowOf(namespace.demandTable, part)[0])).toEqual(['8', '6', '1']);
    expect(namespace.demandTable).not.toContain('\ntask ');
  });

  test('has the autoscalers of its own namespace, not those of an Airflow of the same name in another', () => {
    const app = new App();
    const [staging, production] = ['staging', 'production'].map(namespace => new AirflowChart(app, namespace, {
      namespace, name: 'airflow', apiServer: { scaling: Scaling.cpu({ minReplicas: 2, maxReplicas: namespace === 'staging' ? 3 : 7 }) },
    }));
    const counts = [staging, production].map(chart => new AirflowNamespace(chart, 'namespace-of', { airflow: chart.airflow }))
      .map(({ demandTable }) => rowOf(demandTable, 'api-server')[0]);
    expect(counts).toEqual(['4', '8']);
  });

  test('has the largest task pod, and what is added later', () => {
    const { chart, namespace } = planned({ config: { core: { parallelism: '4' } } });
    chart.airflow.addTaskPod('large', { resources: Resources.of({ requests: { cpu: '3', memory: '8Gi' }, limits: { memory: '8Gi' } }) });
    expect(rowOf(namespace.demandTable, 'task').slice(0, 3)).toEqual(['4', '12', '32Gi']);
    const before = hard(synth(chart))['requests.cpu'];
    chart.airflow.addJob('more', { command: ['true'] });
    expect(Number.parseInt(hard(synth(chart)).pods)).toBeGreaterThan(0);
    expect(before).toMatch(/^\d+m?$/);
  });

  test('counts the namespace that it is given', () => {
    const chart = airflowChart({ config: { core: { parallelism: '4' } } });
    const far = new AirflowNamespace(chart, 'far', { airflow: chart.airflow, namespace: 'team' });
    chart.airflow.addTaskPod('far', { namespace: 'team', resources: Resources.of({ requests: { cpu: '2', memory: '1Gi' }, limits: { memory: '1Gi' } }) });
    expect(far.demandTable.split('\n').map(line => line.trim().split(/ +/).slice(0, 3))).toEqual([
      ['pods', 'requests.cpu', 'requests.memory'], ['task', '4', '8'], ['sum', '4', '8'],
    ]);
    const objects = synth(chart).filter(({ metadata }) => metadata.namespace === 'team' || metadata.name === 'team').map(({ kind }) => kind);
    expect(objects).toEqual(expect.arrayContaining(['Namespace', 'LimitRange', 'ResourceQuota']));
  });

  test('has the pods of all Airflows that share the namespace, since every quota counts them', () => {
    const app = new App();
    const chart = new Chart(app, 'teams', { namespace: 'teams' });
    const own = (name: string) => {
      const airflow = new Airflow(chart, name, { config: { core: { parallelism: '10' } } });
      return new AirflowNamespace(chart, `${name}-namespace`, { airflow });
    };
    const alone = Number(rowOf(own('blue').demandTable, 'sum')[0]);
    own('green');
    const quotas = findAll(synth(chart), 'ResourceQuota').map(({ metadata: { name }, spec }) => [name, (spec as unknown as { hard: Texts }).hard.pods]);
    const both = `${Math.ceil(2 * alone * 1.2)}`;
    expect(quotas).toEqual([['teams-blue-quota', both], ['teams-green-quota', both]]);
    expect((chart.node.findChild('blue-namespace') as AirflowNamespace).demandTable).toMatch(/^teams-green task +10 /m);
  });

  test('is that of Kubernetes: containers with sidecars, or an init container with the sidecars before it', () => {
    const resources = (cpu: string, memory: string) => ({ requests: { cpu, memory }, limits: { cpu, memory } });
    const pod = {
      initContainers: [
        { name: 'first', resources: resources('500m', '1Gi') },
        { name: 'sidecar', restartPolicy: 'Always', resources: resources('100m', '64Mi') },
        { name: 'second', resources: resources('2', '64Mi') },
      ],
      containers: [{ name: 'main', resources: resources('1', '512Mi') }],
    };
    expect(podAmounts(pod, NONE)).toEqual({ requestsCpu: 2100, requestsMemory: 1024 * MI, limitsCpu: 2100, limitsMemory: 1024 * MI });
  });

  test('has the defaults of the LimitRange, where a container says nothing', () => {
    const defaults = { requestsCpu: 100, requestsMemory: MI, limitsCpu: 1000, limitsMemory: 2 * MI };
    expect(amountsOf({ name: 'a' }, defaults)).toEqual(defaults);
    expect(amountsOf({ name: 'a', resources: { limits: { cpu: '2' } } }, defaults)).toMatchObject({ requestsCpu: 2000, limitsCpu: 2000 });
  });
});

describe('the time that it takes', () => {
  /** How often workloads are rendered, and how often the whole program is searched, beyond what an app without it does. */
  const counted = (count: number, named: boolean) => {
    const app = new App({ outdir: mkdtempSync(join(tmpdir(), 'cdk8s-airflow-test-')) });
    const probe = new Construct(app, 'probe');
    for (let index = 0; index < count; index++) {
      const { airflow } = new AirflowChart(app, `airflow-${index}`, { namespace: `airflow-${index}` });
      if (named) { new AirflowNamespace(Chart.of(airflow), 'namespace-of', { airflow }); }
    }
    const searches = jest.spyOn(probe.node, 'children', 'get');
    const renderings = jest.spyOn(ApiObject.prototype, 'toJson');
    app.synth();
    const result = [searches.mock.calls.length, renderings.mock.calls.length];
    renderings.mockRestore();
    return result;
  };
  const more = (count: number) => {
    const [without, all] = [counted(count, false), counted(count, true)];
    return all.map((number, index) => number - without[index]);
  };

  test('grows with the number of Airflows, although cdk8s validates the whole app again for each of its charts', () => {
    const [one, two, three] = [1, 2, 3].map(more);
    expect(one[0]).toBe(3);
    expect(three.map((number, index) => number - two[index])).toEqual(two.map((number, index) => number - one[index]));
  });

  test('does not hide a change after the validation', () => {
    const { chart } = planned({}, { quota: { pods: 50 } });
    const other = new Chart(chart.node.root as App, 'other');
    synth(other);
    const { kind, name } = chart.airflow.scheduler!.workload;
    new ApiObject(other, 'scaler', {
      apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', spec: { scaleTargetRef: { kind, name }, maxReplicas: 90 },
    });
    expect(() => synth(chart)).toThrow("'quota.pods' must be at least");
  });
});

describe('the ResourceQuota', () => {
  test('has the sum with headroom', () => {
    const { chart, namespace } = planned({}, { quota: { headroomPercent: 100, taskPods: 1 } });
    const [pods, ...sums] = rowOf(namespace.demandTable, 'sum');
    const quota = hard(synth(chart));
    expect(quota.pods).toBe(`${2 * Number(pods)}`);
    const amounts = [quota['requests.cpu'], quota['requests.memory'], quota['limits.cpu'], quota['limits.memory']];
    expect(amounts.map(amount => parseQuantity(amount))).toEqual(sums.map(amount => 2 * parseQuantity(amount)!));
    expect(Object.keys(quota)).toHaveLength(5);
  });

  test('has the amounts that it is given, if all pods have room', () => {
    const quota = {
      cpuRequests: Cpu.units(100), memoryRequests: Size.gibibytes(500), cpuLimits: Cpu.units(400), memoryLimits: Size.tebibytes(1), pods: 500,
    };
    expect(hard(manifestOf({}, { quota }))).toEqual({
      'requests.cpu': '100', 'requests.memory': '500Gi', 'limits.cpu': '400', 'limits.memory': '1024Gi', 'pods': '500',
    });
  });

  test('can be off, as can the LimitRange', () => {
    const kinds = (options: Options) => manifestOf({}, options).map(({ kind }) => kind).filter(kind => ['ResourceQuota', 'LimitRange'].includes(kind));
    expect(kinds({ quota: { enabled: false } })).toEqual(['LimitRange']);
    expect(kinds({ limits: { enabled: false }, quota: { enabled: false }, create: undefined })).toEqual([]);
  });
});

describe('the LimitRange', () => {
  test('gives limits that refuse no container of the Airflow', () => {
    const resources = Resources.of({ requests: { cpu: '3', memory: '1Gi' } });
    expect(limit(manifestOf({ scheduler: { resources } }))).toEqual({
      type: 'Container', default: { cpu: '3', memory: '512Mi' }, defaultRequest: { cpu: '100m', memory: '128Mi' },
    });
  });

  test('has the amounts that it is given', () => {
    const limits = {
      cpuLimit: Cpu.units(2),
      memoryLimit: Size.gibibytes(1),
      cpuRequest: Cpu.millis(50),
      memoryRequest: Size.mebibytes(64),
      maxCpu: Cpu.units(8),
      maxMemory: Size.gibibytes(64),
    };
    expect(limit(manifestOf({}, { limits }))).toEqual({
      type: 'Container',
      default: { cpu: '2', memory: '1Gi' },
      defaultRequest: { cpu: '50m', memory: '64Mi' },
      max: { cpu: '8', memory: '64Gi' },
    });
  });
});

describe('the Namespace', () => {
  const labels = (manifest: Manifest[]) => findAll(manifest, 'Namespace').map(({ metadata }) => metadata.labels);

  test('is that of the AirflowChart, which comes first', () => {
    const manifest = manifestOf();
    expect(labels(manifest)).toEqual([{ 'pod-security.kubernetes.io/enforce': 'restricted' }]);
    expect(manifest.slice(0, 3).map(({ kind }) => kind).sort()).toEqual(['LimitRange', 'Namespace', 'ResourceQuota']);
  });

  test('enforces levels, and has labels and annotations, where nothing else creates it', () => {
    const manifest = manifestOf({ namespace: 'data' }, {
      podSecurity: { enforce: PodSecurityLevel.BASELINE, warn: PodSecurityLevel.RESTRICTED }, labels: { team: 'data' }, annotations: { owner: 'me' },
    });
    expect(find(manifest, 'Namespace')).toEqual({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: 'data',
        labels: {
          'team': 'data',
          'pod-security.kubernetes.io/enforce': 'baseline',
          'pod-security.kubernetes.io/warn': 'restricted',
          'pod-security.kubernetes.io/audit': 'baseline',
        },
        annotations: { owner: 'me' },
      },
    });
    expect(labels(manifestOf({ namespace: 'data' }, { create: false }))).toEqual([]);
  });
});

describe('fails for', () => {
  const path = 'test/namespace-of';

  test.each<[string, AirflowChartProps, Options, string]>([
    ['a wrong name', {}, { namespace: 'Team' },
      `${path}: 'namespace' must be at most 63 lowercase letters, digits and dashes, beginning and ending with a letter or digit, got 'Team' (4 characters)`],
    ['a second Namespace', {}, { create: true },
      `${path}: 'create' must not be true, since 'test' creates the namespace 'airflow' already; leave it out, or give the AirflowChart a 'namespace'`],
    ['levels of a Namespace that the Chart creates', {}, { podSecurity: {} },
      `${path}: 'podSecurity' is of the Namespace object, but 'test' creates the Namespace; leave it out, or give the AirflowChart a 'namespace' and let this `
        + 'construct create it'],
    ['labels of a Namespace that exists', { namespace: 'data' }, { create: false, labels: { team: 'a' } },
      `${path}: 'labels' is of the Namespace object, but 'create' is false; leave it out, or give the AirflowChart a 'namespace' and let this construct create it`],
    ['a level as a label', { namespace: 'data' }, { labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } },
      `${path}: 'labels' cannot set 'pod-security.kubernetes.io/enforce', which the library sets itself, got 'privileged'; leave it out`],
    ['no pods', {}, { quota: { pods: 0 } }, `${path}: 'quota.pods' must be a whole number of at least 1, got 0`],
    ['less than no headroom', {}, { quota: { headroomPercent: -1 } }, `${path}: 'quota.headroomPercent' must be a whole number of at least 0, got -1`],
    ['half a task pod', {}, { quota: { taskPods: 0.5 } }, `${path}: 'quota.taskPods' must be a whole number of at least 0, got 0.5`],
    ['memory in kilobytes', {}, { limits: { memoryLimit: Size.kibibytes(5) } }, `${path}: 'limits.memoryLimit' must be at least 1Mi, got 5Ki`],
    ['amounts of a quota that is off', {}, { quota: { enabled: false, pods: 5 } },
      `${path}: 'quota.pods' has no effect when 'quota.enabled' is false; leave one of them out`],
    ['amounts of limits that are off', {}, { limits: { enabled: false, maxCpu: Cpu.units(1) } },
      `${path}: 'limits.maxCpu' has no effect when 'limits.enabled' is false; leave one of them out`],
    ['nothing to create', { namespace: 'data' }, { create: false, quota: { enabled: false }, limits: { enabled: false } },
      `${path}: 'create', 'quota.enabled' and 'limits.enabled' are all false, so nothing would be created; leave AirflowNamespace out`],
  ])('%s', (_, props, options, message) => {
    expect(() => planned(props, options)).toThrow(new Error(message));
  });

  const problem = (props: AirflowChartProps, options: Options) => {
    try {
      manifestOf(props, options);
    } catch (error) {
      return (error as Error).message.replace(/^[^]*\[test\/namespace-of\] /, '');
    }
    return undefined;
  };

  test('a scope inside the Airflow, whose objects all come after the namespace', () => {
    const { airflow } = airflowChart();
    expect(() => new AirflowNamespace(airflow, 'namespace', { airflow })).toThrow(new Error('test/airflow/namespace: must not be inside '
      + "'test/airflow', since all objects of that Airflow come after the namespace; give it the chart as scope"));
  });

  test('other limits than those of an Airflow in the same namespace', () => {
    const app = new App();
    const chart = new Chart(app, 'teams', { namespace: 'teams' });
    for (const [name, cpu] of [['blue', 1], ['green', 2]] as const) {
      const airflow = new Airflow(chart, name);
      new AirflowNamespace(chart, `${name}-namespace`, { airflow, limits: { cpuLimit: Cpu.units(cpu) } });
    }
    expect(() => synth(chart)).toThrow("[teams/green-namespace] 'limits' must be as in 'teams/blue-namespace', which is of the same namespace, since a "
      + "container gets the defaults of either LimitRange; pass the same, or 'enabled: false' to one of them");
  });

  test('a Namespace that is made later, whose labels would replace those of this one', () => {
    const { chart } = planned({ namespace: 'data' });
    new Namespace(new Chart(chart.node.root as App, 'platform'), 'data', { metadata: { name: 'data' } });
    expect(() => synth(chart)).toThrow("[test/namespace-of] 'create' must be false, since 'platform/data/Resource' is a Namespace 'data' too, and was made "
      + 'later; set it, or make that Namespace before this construct, which then leaves it alone');
  });

  test('a quota without room, with the sum as a table', () => {
    const message = problem({ ...CELERY }, { quota: { pods: 3, cpuRequests: Cpu.millis(500) } })!;
    const [first, head, ...rows] = message.split('\n');
    expect(first).toMatch(/^'quota.cpuRequests' must be at least \d+m?, got 500m; 'quota.pods' must be at least \d+, got 3, or not all pods could run at a time; raise it, or lower replicas, resources or '\[core\] parallelism':$/);
    expect(head.trim().split(/ +/)).toEqual(['pods', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory']);
    expect(rows.map(row => row.split(' ')[0])).toEqual([
      'postgres', 'redis', 'bootstrap-secrets', 'migration', 'sync-users', 'api-server', 'scheduler', 'dag-processor', 'celery-worker', 'triggerer', 'sum',
    ]);
  });

  test('tasks without a bound', () => {
    expect(problem({ config: { core: { parallelism: '0' } } }, {})).toBe(
      "'[core] parallelism' is 0, so tasks have no bound; give 'quota.taskPods' the number of task pods at a time");
    expect(problem({ config: { core: { parallelism: '0' } } }, { quota: { taskPods: 9 } })).toBeUndefined();
  });

  test('a default limit below a request', () => {
    const resources = Resources.of({ requests: { cpu: '2' } });
    expect(problem({ scheduler: { resources } }, { limits: { cpuLimit: Cpu.millis(1500) } })).toBe(
      "'limits.cpuLimit' must be at least the requests.cpu 2 of container 'scheduler' of scheduler, which has no limit, got 1500m");
  });

  test('a largest limit below that of a container', () => {
    const resources = Resources.of({ limits: { memory: '8Gi' } });
    expect(problem({ scheduler: { resources } }, { limits: { maxMemory: Size.gibibytes(4) } })).toBe(
      "'limits.maxMemory' must be at least the limits.memory 8Gi of container 'scheduler' of scheduler, got 4Gi");
  });

  test('limits that contradict each other', () => {
    expect(problem({}, { limits: { cpuRequest: Cpu.units(2), cpuLimit: Cpu.units(1) } })).toContain(
      "'limits.cpuRequest' must be at most 'limits.cpuLimit' 1, got 2");
    expect(problem({}, { limits: { memoryLimit: Size.gibibytes(9), maxMemory: Size.gibibytes(8) } })).toContain(
      "'limits.memoryLimit' must be at most 'limits.maxMemory' 8Gi, got 9Gi");
  });

  test('a quota that refuses what has no limits', () => {
    expect(problem({}, { limits: { enabled: false } })).toMatch(/^the ResourceQuota would refuse what has no limits: container '.*' of postgres \(limits\.cpu\), .*; leave 'limits.enabled' out, so that a LimitRange gives them$/);
  });

  test('another App, where the names are those of another instance', () => {
    const chart = airflowChart();
    const other = new Chart(new App(), 'other', { namespace: 'airflow' });
    expect(() => new AirflowNamespace(other, 'namespace-of', { airflow: chart.airflow, quotas: {} } as AirflowNamespaceProps)).toThrow(
      new Error("other/namespace-of: 'quotas' is no member of AirflowNamespaceProps; did you mean 'quota'?"));
  });
});
