import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  AirflowChartProps, AirflowVersion, Broker, Database, DagSource, Executor, LogRetention, SecretKey, TaskLogs, Toleration,
} from '../../src';
import { airflowChart, Container, init, Manifest, Pod, podList, pods, secretNamed, synth, synthAirflow, volume, workload } from '../util';

const resources: kplus.ContainerResources = {
  cpu: { request: kplus.Cpu.millis(300), limit: kplus.Cpu.millis(700) }, memory: { request: Size.mebibytes(300), limit: Size.mebibytes(700) },
};
const limited = { resources };
const jobs: AirflowChartProps['jobs'] = {
  migration: limited, syncUsers: limited, pools: limited,
};
const gitSync = { repo: 'https://git.example.com/dags.git', resources };
const kerberos = { principal: 'airflow@EXAMPLE.COM', keytab: SecretKey.of('keytab', 'keytab') };
const database = Database.inCluster({ resources });
const shared = { claim: kplus.PersistentVolumeClaim.fromClaimName(airflowChart(), 'dags-claim', 'dags') };

/** Instances that have every kind of pod and container between them. */
const instances = (pods_: AirflowChartProps['pods']): [string, AirflowChartProps][] => [
  ['KubernetesExecutor, git-sync', {
    pods: pods_,
    jobs,
    pools: { loads: { slots: 3 } },
    database,
    dags: DagSource.gitSync(gitSync),
    taskPods: limited,
    apiServer: limited,
    scheduler: limited,
    dagProcessor: limited,
    triggerer: limited,
  }],
  ['Redis, Flower, Kerberos, logs on a claim', {
    pods: { ...pods_, kerberos },
    jobs,
    pools: { loads: { slots: 3 } },
    database,
    dags: DagSource.gitSync({ ...gitSync, shared }),
    logs: TaskLogs.newClaim({ size: Size.gibibytes(10), retention: LogRetention.within() }),
    executor: Executor.celery({ broker: Broker.redis({ resources }), workers: limited, flower: limited }),
    apiServer: limited,
    scheduler: limited,
    dagProcessor: limited,
    triggerer: limited,
  }],
  ['RabbitMQ, 2.11', {
    pods: pods_,
    jobs,
    pools: { loads: { slots: 3 } },
    database,
    version: AirflowVersion.V2_11,
    webserver: limited,
    scheduler: limited,
    triggerer: limited,
    executor: Executor.celery({ broker: Broker.rabbitMq({ resources }), workers: limited }),
  }],
  ['LocalExecutor, several sources', {
    pods: { ...pods_, kerberos },
    jobs,
    pools: { loads: { slots: 3 } },
    database,
    executor: Executor.local(),
    apiServer: limited,
    scheduler: limited,
    dagProcessor: limited,
    triggerer: limited,
    dags: DagSource.multiple({ a: DagSource.fromImage({ path: '/a' }), b: DagSource.gitSync(gitSync) }),
  }],
];

const containersOf = ({ spec }: Pod) => [...spec.initContainers ?? [], ...spec.containers];

describe('with limits said for all, every container has both requests and both limits', () => {
  test.each(instances({ helperResources: resources }))('%s', (_, props) => {
    const found = podList(synthAirflow(props))
      .flatMap(([component, of]) => containersOf(of).map(container => [component, container.name, container.resources]));
    const amounts = { requests: { cpu: '300m', memory: '300Mi' }, limits: { cpu: '700m', memory: '700Mi' } };
    expect(found).toEqual(found.map(([component, name]) => [component, name, amounts]));
  });

  test('what is left out keeps its default, and the own resources of a helper win', () => {
    const limit = { cpu: { limit: kplus.Cpu.millis(50) } };
    const manifest = synthAirflow({
      pods: { helperResources: limit },
      jobs: { bootstrapSecrets: limited },
      logs: TaskLogs.newClaim({ size: Size.gibibytes(10), retention: LogRetention.within({ resources }) }),
    });
    const waits = init(manifest, 'triggerer', 'wait-for-migration').resources;
    expect(waits).toEqual({ requests: { cpu: '10m', memory: '32Mi' }, limits: { cpu: '50m', memory: '512Mi' } });
    for (const component of ['bootstrap-secrets', 'log-groomer']) {
      expect(pods(manifest).get(component)!.spec.containers[0].resources).toMatchObject({ limits: { cpu: '700m' } });
    }
  });
});

describe('every member of `pods` reaches', () => {
  const text = kplus.EnvValue.fromValue;
  const scope = airflowChart();
  const ca = kplus.Volume.fromConfigMap(scope, 'ca', kplus.ConfigMap.fromConfigMapName(scope, 'ca-map', 'ca'), { name: 'ca' });
  const options: NonNullable<AirflowChartProps['pods']> = {
    labels: { team: 'data' },
    annotations: { note: 'all' },
    env: { ALL: text('yes') },
    envFrom: [new kplus.EnvFrom(kplus.ConfigMap.fromConfigMapName(scope, 'environment', 'environment'))],
    volumeMounts: [{ path: '/etc/ca', volume: ca }],
    nodeSelector: { pool: 'airflow' },
    tolerations: [Toleration.exists('airflow')],
    affinity: { nearPods: [{ labels: { app: 'cache' } }] },
    topologySpread: [{ topologyKey: 'zone' }],
    priorityClassName: 'platform',
    securityContext: { user: 1234 },
    lifecycle: { preStop: ['true'] },
    schedulerName: 'volcano',
    dns: { hostAliases: [{ ip: '10.1.2.3', hostnames: ['db'] }] },
  };
  const OTHER_IMAGES = ['postgres', 'redis', 'rabbitmq', 'git-sync'];
  const JOBS = ['bootstrap-secrets', 'migration', 'sync-users', 'pools', 'log-groomer'];

  describe.each(instances(options))('%s', (_, props) => {
    const found = podList(synthAirflow(props));
    const each = (expected: object, has: (component: string) => boolean, of: (pod: Pod, component: string) => object) => {
      const all = found.map(([component, pod]) => [component, of(pod, component)]);
      const nothing = Object.fromEntries(Object.keys(expected).map(key => [key, undefined]));
      expect(all).toEqual(found.map(([component]) => [component, has(component) ? expected : nothing]));
    };

    test('every pod', () => {
      each({
        team: 'data',
        note: 'all',
        nodeSelector: { pool: 'airflow' },
        tolerations: [{ key: 'airflow', operator: 'Exists' }],
        priorityClassName: 'platform',
        schedulerName: 'volcano',
        hostAliases: [{ ip: '10.1.2.3', hostnames: ['db'] }],
        affinity: true,
      }, () => true, ({ metadata, spec: { nodeSelector, tolerations, priorityClassName, schedulerName, hostAliases, affinity } }) => ({
        team: metadata.labels.team,
        note: metadata.annotations?.note,
        nodeSelector,
        tolerations,
        priorityClassName,
        schedulerName,
        hostAliases,
        affinity: affinity !== undefined,
      }));
    });

    test('every pod of the Airflow image: variables, volumes and the user', () => {
      const expected = { ALL: 'yes', from: 'environment', mount: 'ca', volume: { name: 'ca', configMap: { name: 'ca' } }, user: 1234 };
      each(expected, component => !OTHER_IMAGES.includes(component), (of, component) => {
        const { env, envFrom, volumeMounts }: Container = of.spec.containers[0];
        return {
          ALL: env?.find(({ name }) => name === 'ALL')?.value,
          from: envFrom?.[0].configMapRef?.name,
          mount: volumeMounts?.find(({ mountPath }) => mountPath === '/etc/ca')?.name,
          volume: volume(of, 'ca'),
          user: OTHER_IMAGES.includes(component) ? undefined : of.spec.securityContext.runAsUser,
        };
      });
    });

    test('every component that runs for long, and all but Jobs', () => {
      const longRunning = (component: string) => ![...OTHER_IMAGES, ...JOBS].includes(component) && !component.startsWith('task');
      // RabbitMQ and task pods keep the hook of their own.
      const hookOf = (of: Pod, component: string) => (component === 'rabbitmq' || component.startsWith('task') ? undefined : of.spec.containers[0].lifecycle);
      each({ hook: { preStop: { exec: { command: ['true'] } } } }, longRunning, (of, component) => ({ hook: hookOf(of, component) }));
      each({ spread: 'zone' }, component => longRunning(component) || component.startsWith('task'), of => ({
        spread: (of.spec.topologySpreadConstraints as { topologyKey: string }[] | undefined)?.[0].topologyKey,
      }));
    });
  });
});

test('the Job that makes Secrets leaves out what refers to them, since it would wait for them for ever', () => {
  const chart = airflowChart();
  const [secret] = chart.airflow.bootstrapSecrets!.secretNames;
  const scope = airflowChart(undefined, 'elsewhere');
  const value = (name: string) => kplus.EnvValue.fromSecretValue({ secret: secretNamed(name), key: 'password' });
  const env = { OWN: value(secret), OTHER: value('other') };
  const manifest = synth(airflowChart({
    pods: {
      env,
      envFrom: [new kplus.EnvFrom(undefined, undefined, secretNamed(secret)), new kplus.EnvFrom(undefined, undefined, secretNamed('other'))],
      volumeMounts: [{ path: '/own', volume: kplus.Volume.fromSecret(scope, 'own', secretNamed(secret), { name: 'own' }) }],
    },
  }));
  const shown = (component: string, of: Manifest[]) => {
    const { spec } = workload(of, component).spec.template;
    const [{ env: variables, envFrom, volumeMounts }] = spec.containers;
    return [
      variables!.map(({ name }) => name).filter(name => name in env),
      envFrom!.map(({ secretRef }) => secretRef!.name),
      volumeMounts!.filter(({ mountPath }) => mountPath === '/own').length,
      spec.volumes!.filter(({ name }) => name === 'own').length,
    ];
  };
  expect(shown('bootstrap-secrets', manifest)).toEqual([['OTHER'], ['other'], 0, 0]);
  expect(shown('scheduler', manifest)).toEqual([['OTHER', 'OWN'], [secret, 'other'], 1, 1]);
});

describe('the sidecar that deletes old logs', () => {
  const groomers = (props: AirflowChartProps) => podList(synthAirflow(props)).flatMap(([component, of]) =>
    containersOf(of).filter(({ name }) => name === 'log-groomer').map(({ command }) => [component, command!.slice(4)] as [string, string[]]));

  test('is there unless it is switched off', () => {
    expect(groomers({}).map(([component]) => component).sort()).toEqual(['dag-processor', 'scheduler', 'triggerer']);
    expect(groomers({ pods: { logGroomer: { enabled: false } } })).toEqual([]);
  });

  test('keeps logs as long as it is told', () => {
    expect(groomers({ pods: { logGroomer: { maxAge: Duration.days(2) } } })[0][1]).toEqual(['512', '--age', '172800']);
    expect(groomers({})[0][1]).toEqual(['512']);
  });
});
