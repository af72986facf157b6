import { App, Chart, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AirflowChartProps, AirflowImage, AirflowVersion, Broker, CeleryWorkers, CeleryWorkersOptions, Executor, SecretKey, TaskLogs } from '../../src';
import { scriptText } from '../python/python';
import {
  AFTER_DATABASE, airflowChart, building, cfg, componentOf, env, find, findAll, init, main, Manifest, mount, pod, secretNamed, synth, synthAirflow,
  volume, workload, workloads,
} from '../util';

function made(workers?: CeleryWorkersOptions, props: AirflowChartProps = {}): Manifest[] {
  return synthAirflow({ executor: Executor.celery({ workers }), ...props });
}

function failing(workers: CeleryWorkersOptions, props: AirflowChartProps = {}): () => Manifest[] {
  return building({ executor: Executor.celery({ workers }), ...props });
}

const command = (queues: string, concurrency: number) =>
  [...AFTER_DATABASE, 'airflow', 'celery', 'worker', '--queues', queues, '--concurrency', `${concurrency}`, '--without-gossip', '--without-mingle'];

describe('a set of Celery workers', () => {
  const manifest = made();
  const container = main(manifest, 'worker');

  test('is a Deployment of one worker for the default queue', () => {
    expect(workload(manifest, 'worker')).toMatchObject({ kind: 'Deployment', spec: { replicas: 1 } });
    expect(container.args).toEqual(command('default', 16));
    const { celeryWorkers } = airflowChart({ executor: Executor.celery() }).airflow;
    expect([celeryWorkers!.queues, celeryWorkers!.concurrency, celeryWorkers!.service]).toEqual([['default'], 16, undefined]);
  });

  test('serves the logs of its tasks by its address', () => {
    expect(container.ports).toEqual([{ name: 'task-logs', containerPort: 8793 }]);
    expect(cfg(manifest, 'core', 'hostname_callable')).toBe('airflow.utils.net.get_host_ip_address');
    expect(env(container, 'AIRFLOW__CORE__HOSTNAME_CALLABLE')).toBeUndefined();
    expect(findAll(manifest, 'Service').map(({ metadata }) => componentOf(metadata))).not.toContain('worker');
  });

  test('has room and time for tasks, and the folders that they write to', () => {
    expect(container.resources).toEqual({ requests: { cpu: '500m', memory: '2Gi' }, limits: { memory: '4Gi' } });
    expect(pod(manifest, 'worker').spec.terminationGracePeriodSeconds).toBe(600);
    expect(container.workingDir).toBe('/opt/airflow/work');
    expect(container.volumeMounts!.map(({ mountPath }) => mountPath)).toEqual(expect.arrayContaining(['/home/airflow/.cache', '/opt/airflow/work']));
  });

  test('is checked by its heartbeats', () => {
    const exec = { command: ['python', '-S', '/opt/cdk8s-airflow/celery_heartbeat.py', '/tmp/celery-heartbeat', '60'] };
    expect(container.startupProbe).toEqual({ exec, periodSeconds: 2, timeoutSeconds: 10, failureThreshold: 150 });
    expect(container.livenessProbe).toEqual({ exec, periodSeconds: 30, timeoutSeconds: 10, failureThreshold: 2, terminationGracePeriodSeconds: 10 });
    expect(container.readinessProbe).toBeUndefined();
    const scripts = (of: Manifest[]) => Object.keys(find(of, 'ConfigMap', 'scripts').data);
    expect(scripts(manifest)).toContain('celery_heartbeat.py');
    expect(scripts(synthAirflow())).not.toContain('celery_heartbeat.py');
  });

  test('touches with every heartbeat the file that its check looks at', () => {
    const file = container.livenessProbe!.exec!.command[3];
    expect(scriptText('airflow_local_settings.py')).toContain(`\nCELERY_HEARTBEAT = "${file}"\n`);
  });

  test('may do nothing in the cluster, unless its tasks start pods', () => {
    expect(pod(manifest, 'worker').spec.automountServiceAccountToken).toBe(false);
    const chart = airflowChart({ executor: Executor.celery() });
    chart.airflow.allowPodOperator();
    expect(pod(synth(chart), 'worker').spec.automountServiceAccountToken).toBe(true);
  });

  test('has the Fernet key in Airflow 2 alone, and in both the key that signs requests for logs', () => {
    const keys = (version: AirflowVersion) => main(made({}, { version }), 'worker').env!.map(({ name }) => name).filter(name => /_KEY$|JWT/.test(name)).sort();
    expect(keys(AirflowVersion.V2_11)).toEqual(['AIRFLOW__CORE__FERNET_KEY', 'AIRFLOW__WEBSERVER__SECRET_KEY']);
    expect(keys(AirflowVersion.V3_3)).toEqual(['AIRFLOW__API__SECRET_KEY']);
  });

  test('takes what every component takes', () => {
    const own = made({ replicas: 3, nodeSelector: { pool: 'workers' }, workload: { maxSurge: kplus.PercentOrAbsolute.absolute(0), maxUnavailable: kplus.PercentOrAbsolute.percent(50) } });
    expect(workload(own, 'worker').spec).toMatchObject({ replicas: 3, strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '50%' } } });
    expect(pod(own, 'worker').spec.nodeSelector).toEqual({ pool: 'workers' });
  });

  test('stays as it is', () => {
    expect(container).toMatchSnapshot();
  });
});

describe('queues', () => {
  test('are those that are named', () => {
    expect(main(made({ queues: ['big-1', 'gpu.a100'] }), 'worker').args).toEqual(command('big-1,gpu.a100', 16));
  });

  test('are the default one of the configuration', () => {
    expect(main(made({}, { config: { operators: { default_queue: 'main' } } }), 'worker').args).toEqual(command('main', 16));
  });

  test.each<[string, AirflowChartProps]>([
    ['named', { executor: Executor.celery({ workers: { queues: ['x'] } }) }], ['elsewhere', { executor: Executor.celery(), external: { celeryWorkers: true } }],
  ])('have no default by a variable, which DAGs would not know, where the workers are %s', (_, props) => {
    expect(building({ ...props, pods: { env: { AIRFLOW__OPERATORS__DEFAULT_QUEUE: kplus.EnvValue.fromValue('q') } } })).toThrow(
      /: 'pods\.env' cannot set 'AIRFLOW__OPERATORS__DEFAULT_QUEUE', which a component has to know; set 'config\.operators\.default_queue' instead$/);
  });

  test.each<[string[], string]>([[[], '[]'], [['a', 'b c'], '["a","b c"]'], [['a,b'], '["a,b"]'], [[''], '[""]'],
    [['$(BROKER_PASSWORD)'], '["$(BROKER_PASSWORD)"]'], [['--help'], '["--help"]']])('fail as %j', (queues, got) => {
    expect(failing({ queues })).toThrow(
      new Error(`test/airflow/celery-workers: 'queues' must be at least one name without blanks, commas and '$(' that does not begin with '-', got ${got}`));
  });

  test('fail with that of pods, where two executors are one', () => {
    const workers = { queues: ['default', 'kubernetes'] };
    expect(building({ version: AirflowVersion.V2_11, executor: Executor.celeryKubernetes({ celery: { workers } }) })).toThrow(
      new Error("test/airflow/celery-workers: 'queues' must not have 'kubernetes', whose tasks the CeleryKubernetesExecutor gives pods to; leave it out"));
  });
});

describe('how many tasks a worker runs at once', () => {
  const config = { celery: { worker_concurrency: '8' } };

  test('is said of the set, else of all by the configuration', () => {
    expect(main(made({ concurrency: 4 }, { config }), 'worker').args).toEqual(command('default', 4));
    expect(main(made({}, { config }), 'worker').args).toEqual(command('default', 8));
  });

  test.each([0, 1.5, NaN])('fails as %d', concurrency => {
    expect(failing({ concurrency })).toThrow(
      new Error(`test/airflow/celery-workers: 'concurrency' must be a whole number of at least 1, got ${concurrency}`));
  });

  test('fails as a text in the configuration', () => {
    expect(failing({}, { config: { celery: { worker_concurrency: 'many' } } })).toThrow(
      new Error("test/airflow/celery-workers: 'config.celery.worker_concurrency' must be a whole number of at least 1, got 'many'"));
  });
});

describe('processes that a worker starts and ends by what there is to do', () => {
  const autoscaled = (celery: { [option: string]: string }, options: CeleryWorkersOptions = {}) => failing(options, { config: { celery } });

  test('are at most as many as its tasks', () => {
    const props = { executor: Executor.celery(), config: { celery: { worker_autoscale: '12,4' } } };
    expect(airflowChart(props).airflow.celeryWorkers!.concurrency).toBe(12);
    expect(main(synthAirflow(props), 'worker').args).toEqual(command('default', 12));
    expect(cfg(synthAirflow(props), 'celery', 'worker_autoscale')).toBe('12,4');
  });

  test('fail beside a number of them', () => {
    const decides = "but 'config.celery.worker_autoscale', '12,4', decides how many tasks a worker runs at once; leave one of them out";
    expect(autoscaled({ worker_autoscale: '12,4' }, { concurrency: 8 })).toThrow(new Error(`test/airflow/celery-workers: 'concurrency' is 8, ${decides}`));
    expect(autoscaled({ worker_autoscale: '12,4', worker_concurrency: '8' })).toThrow(
      new Error(`test/airflow/celery-workers: 'config.celery.worker_concurrency' is 8, ${decides}`));
  });

  test.each(['', '0', '4,12', '12,', '12,4,1', 'many', '1.5'])("fail as '%s'", worker_autoscale => {
    expect(autoscaled({ worker_autoscale })).toThrow(new Error(
      `test/airflow/celery-workers: 'config.celery.worker_autoscale' must be the most and the least processes of a worker, like '16,4', got '${worker_autoscale}'`));
  });

  test('fail as a variable, which no one would see', () => {
    expect(failing({ env: { AIRFLOW__CELERY__WORKER_AUTOSCALE: kplus.EnvValue.fromValue('12,4') } })).toThrow(new Error(
      "test/airflow/celery-workers: 'env' cannot set 'AIRFLOW__CELERY__WORKER_AUTOSCALE', which a component has to know; set 'config.celery.worker_autoscale' instead"));
  });
});

test('what Airflow itself lets Celery do is set by the configuration', () => {
  const manifest = made({}, { config: { celery: { sync_parallelism: '4', worker_prefetch_multiplier: '2' } } });
  expect(cfg(manifest, 'celery', 'sync_parallelism')).toBe('4');
  expect(cfg(manifest, 'celery', 'worker_prefetch_multiplier')).toBe('2');
});

describe('an image of their own', () => {
  const image = AirflowImage.of('acme/airflow-gpu:3.3.2', { version: AirflowVersion.V3_3, pullSecrets: [secretNamed('registry')] });

  test('is that of the workers alone, and of the container that waits', () => {
    const manifest = made({ image });
    expect([main(manifest, 'worker').image, init(manifest, 'worker', 'wait-for-migration').image, main(manifest, 'scheduler').image]).toEqual(
      ['acme/airflow-gpu:3.3.2', 'acme/airflow-gpu:3.3.2', 'apache/airflow:3.3.2']);
    expect(pod(manifest, 'worker').spec.imagePullSecrets).toEqual([{ name: 'registry' }]);
  });

  test('fails with another Airflow, or one that is elsewhere in it', () => {
    const start = "test/airflow/celery-workers: 'image' must have Airflow 3.3.2 at /opt/airflow, as the scheduler has, got";
    expect(failing({ image: AirflowImage.of('acme/airflow:3.3.1', { version: AirflowVersion.of('3.3.1') }) })).toThrow(
      new Error(`${start} 'acme/airflow:3.3.1' with 3.3.1 at /opt/airflow`));
    expect(failing({ image: AirflowImage.of('acme/airflow:3.3.2', { version: AirflowVersion.V3_3, airflowHome: '/srv/airflow' }) })).toThrow(
      new Error(`${start} 'acme/airflow:3.3.2' with 3.3.2 at /srv/airflow`));
  });
});

describe('workers that keep their logs', () => {
  const logs = { size: Size.gibibytes(50) };
  const manifest = made({ replicas: 2, logs });
  const set = workload(manifest, 'worker');

  test('are a StatefulSet, whose pods start and end at once and whose volumes stay', () => {
    const { kind, spec } = set;
    expect(kind).toBe('StatefulSet');
    expect(spec).toMatchObject({
      replicas: 2,
      podManagementPolicy: 'Parallel',
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    });
    expect(spec.strategy).toBeUndefined();
    expect(spec.volumeClaimTemplates).toEqual([{
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'logs', labels: spec.selector.matchLabels },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '50Gi' } }, volumeMode: 'Filesystem' },
      status: { phase: 'Pending' },
    }]);
  });

  test('are of the class that is named, and are deleted when that is said', () => {
    const { spec } = workload(made({ logs: { ...logs, storageClassName: 'fast', deleteWithSet: true, deleteWhenScaled: true } }), 'worker');
    expect(spec.persistentVolumeClaimRetentionPolicy).toEqual({ whenDeleted: 'Delete', whenScaled: 'Delete' });
    expect(spec.volumeClaimTemplates[0].spec.storageClassName).toBe('fast');
  });

  test('are found by a name, while they end too', () => {
    const service = find(manifest, 'Service', set.metadata.name);
    expect(service.metadata.name).toBe(set.spec.serviceName);
    expect(service.metadata.name).toBe(set.metadata.name);
    expect(service.metadata.labels!['app.kubernetes.io/component']).toBe('worker');
    expect(service.spec).toEqual({
      type: 'ClusterIP', clusterIP: 'None', publishNotReadyAddresses: true, selector: set.spec.selector.matchLabels, ports: [{ name: 'task-logs', port: 8793 }],
    });
    expect(env(main(manifest, 'worker'), 'AIRFLOW__CORE__HOSTNAME_CALLABLE')!.value).toBe('airflow.utils.net.getfqdn');
    expect(env(main(manifest, 'scheduler'), 'AIRFLOW__CORE__HOSTNAME_CALLABLE')).toBeUndefined();
  });

  test('are found as the platform says, where it says so', () => {
    const own = made({ logs }, { config: { core: { hostname_callable: 'acme.net.name' } } });
    expect(env(main(own, 'worker'), 'AIRFLOW__CORE__HOSTNAME_CALLABLE')).toBeUndefined();
    expect(cfg(own, 'core', 'hostname_callable')).toBe('acme.net.name');
    expect(failing({ logs, env: { AIRFLOW__CORE__HOSTNAME_CALLABLE: kplus.EnvValue.fromValue('acme.net.name') } })).toThrow(
      new Error("test/airflow/celery-workers: 'env' cannot set 'AIRFLOW__CORE__HOSTNAME_CALLABLE', which a component has to know; set 'config.core.hostname_callable' instead"));
  });

  test('write them to the volume, half of which the groomer leaves to them', () => {
    expect(mount(main(manifest, 'worker'), '/opt/airflow/logs')).toEqual({ name: 'logs', mountPath: '/opt/airflow/logs' });
    const groomer = init(manifest, 'worker', 'log-groomer');
    expect(mount(groomer, '/opt/airflow/logs')).toEqual({ name: 'logs', mountPath: '/opt/airflow/logs' });
    expect(groomer.command!.slice(-2)).toEqual(['/opt/airflow/logs', '25600']);
    expect(volume(pod(manifest, 'worker'), 'logs')).toBeUndefined();
  });

  test('have a name of at most 52 characters', () => {
    const chart = airflowChart({ executor: Executor.celery() }, 'a-very-long-id-'.repeat(3));
    const { workload: { name } } = chart.airflow.addCeleryWorkers('a-set-with-a-very-long-name-of-its-own', { logs });
    expect(name.length).toBeLessThanOrEqual(52);
    expect(find(synth(chart), 'StatefulSet', name).spec.serviceName).toBe(name);
  });

  test.each<[string, CeleryWorkersOptions['workload'], string]>([
    ['maxSurge', { maxSurge: kplus.PercentOrAbsolute.absolute(1) }, '1'], ['maxUnavailable', { maxUnavailable: kplus.PercentOrAbsolute.percent(25) }, '25%'], ['recreate', { recreate: true }, 'true'],
  ])('fail with %s', (prop, options, got) => {
    expect(failing({ logs, workload: options })).toThrow(
      new Error(`test/airflow/celery-workers: 'workload.${prop}' is for a Deployment, but pods that keep their logs are a StatefulSet, got '${got}'; leave one of them out`));
  });

  test('fail beside another volume of that name', () => {
    const other = kplus.Volume.fromEmptyDir(new Chart(new App(), 'elsewhere'), 'logs', 'logs');
    expect(failing({ logs, volumeMounts: [{ path: '/data', volume: other }] })).toThrow(
      new Error("test/airflow/celery-workers: 'spec.volumes' of the pod has two of the name 'logs'; rename one of them"));
  });

  test('fail with a volume of nothing', () => {
    expect(failing({ logs: { size: Size.gibibytes(0) } })).toThrow(
      new Error("test/airflow/celery-workers: 'logs.size' must be at least 1Mi, got 0Gi"));
  });

  test('fail beside a volume for the logs of all tasks', () => {
    expect(failing({ logs }, { logs: TaskLogs.newClaim() })).toThrow(
      new Error("test/airflow/celery-workers: 'logs' keeps the logs of each pod, but the prop 'logs' of the Airflow keeps those of all tasks on one volume; leave one of them out"));
  });
});

describe('how long a worker may finish its tasks', () => {
  const timeout = (seconds: string) => ({ config: { celery_broker_transport_options: { visibility_timeout: seconds } } });
  const words = (grace: number, visible: string, prop = 'terminationGracePeriod') => new Error("test/airflow/celery-workers: 'config.celery_broker_transport_options.visibility_timeout' must be more "
    + `than '${prop}', ${grace} seconds, got '${visible}'; the broker would hand a task to another worker while the first one finishes it. 'longestTask' of Executor.celery() sets it`);

  test('is less than the time after which the broker hands them to another', () => {
    const terminationGracePeriod = Duration.hours(2);
    expect(pod(made({ terminationGracePeriod }, timeout('7201')), 'worker').spec.terminationGracePeriodSeconds).toBe(7200);
    expect(failing({ terminationGracePeriod }, timeout('7200'))).toThrow(words(7200, '7200'));
    expect(failing({}, timeout('600'))).toThrow(words(600, '600', 'disruption.taskGracePeriod'));
    expect(failing({}, timeout('a day'))).toThrow(words(600, 'a day', 'disruption.taskGracePeriod'));
  });

  test('is less than a day with the Redis in the cluster, unless that is said', () => {
    const terminationGracePeriod = Duration.days(1);
    expect(failing({ terminationGracePeriod })).toThrow(words(86400, '86400'));
    expect(failing({ terminationGracePeriod }, timeout('86401'))).not.toThrow();
  });

  test('is nothing to hold against a broker of which only a Secret knows', () => {
    const executor = Executor.celery({ broker: Broker.fromSecret(SecretKey.of('broker', 'connection')), workers: { terminationGracePeriod: Duration.days(2) } });
    const manifest = synthAirflow({ executor });
    expect(cfg(manifest, 'celery_broker_transport_options', 'visibility_timeout')).toBeUndefined();
    expect(pod(manifest, 'worker').spec.terminationGracePeriodSeconds).toBe(172800);
  });
});

describe('several sets', () => {
  function withSets(external = false): Manifest[] {
    const chart = airflowChart({ executor: Executor.celery(), external: { celeryWorkers: external } });
    chart.airflow.addCeleryWorkers('gpu', { replicas: 2, queues: ['gpu', 'big'], concurrency: 1 });
    chart.airflow.addCeleryWorkers('etl', { queues: ['etl'], logs: { size: Size.gibibytes(1) } });
    return synth(chart);
  }
  const sets = (manifest: Manifest[]) => workloads(manifest).filter(({ metadata }) => componentOf(metadata) === 'worker');
  const listening = ({ spec }: Manifest) => spec.template.spec.containers[0].args![spec.template.spec.containers[0].args!.indexOf('--queues') + 1];

  test('are beside that of the default queue, each with its own pods', () => {
    const manifest = withSets();
    expect(sets(manifest).map(listening)).toEqual(['default', 'gpu,big', 'etl']);
    expect(new Set(sets(manifest).map(({ spec }) => JSON.stringify(spec.selector))).size).toBe(3);
    expect(sets(manifest).map(({ kind, spec }) => [kind, spec.replicas])).toEqual([['Deployment', 1], ['Deployment', 2], ['StatefulSet', 1]]);
  });

  test('are there without it', () => {
    expect(sets(withSets(true)).map(listening)).toEqual(['gpu,big', 'etl']);
  });

  test('tell DAGs their queues, wherever they stand', () => {
    const known = (manifest: Manifest[]) => (JSON.parse(find(manifest, 'ConfigMap', 'task-pod-module').data['profiles.json']) as { queues: string[] }).queues;
    expect(known(withSets())).toEqual(['big', 'default', 'etl', 'gpu']);
    const chart = airflowChart({ executor: Executor.celery() });
    new CeleryWorkers(chart, 'gpu', { airflow: chart.airflow, queues: ['gpu'] });
    expect(known(synth(chart))).toEqual(['default', 'gpu']);
  });

  test('are beside task pods, where both executors are there', () => {
    const chart = airflowChart({ executor: Executor.multiple([Executor.kubernetes(), Executor.celery()]) });
    chart.airflow.addCeleryWorkers('gpu');
    expect(sets(synth(chart))).toHaveLength(2);
  });

  test('fail with a name that there is, or that cannot be one', () => {
    const { airflow } = airflowChart({ executor: Executor.celery() });
    airflow.addCeleryWorkers('gpu');
    expect(() => airflow.addCeleryWorkers('gpu')).toThrow(
      new Error("test/airflow: 'name' must be that of one set of Celery workers, got 'gpu' again; use another one"));
    expect(() => airflow.addCeleryWorkers('GPU')).toThrow(
      new Error("test/airflow: 'name' must be at most 63 lowercase letters, digits and dashes, beginning and ending with a letter or digit, got 'GPU' (3 characters)"));
  });

  test('fail where nothing uses Celery', () => {
    const chart = airflowChart();
    const words = "'executor' uses no Celery, whose workers these are; use Executor.celery(), alone or in Executor.multiple()";
    expect(() => chart.airflow.addCeleryWorkers('gpu')).toThrow(new Error(`test/airflow/celery-workers-gpu: ${words}`));
    expect(() => new CeleryWorkers(chart, 'more', { airflow: chart.airflow })).toThrow(new Error(`test/more: ${words}`));
  });
});
