import { App, Chart, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AirflowChartProps, AirflowVersion, CommonPodOptions, Executor, IpFamily, TaintEffect, Toleration, WorkloadIdentity } from '../../src/index';
import { building, Container, init, main, Manifest, Pod, pods, synthAirflow } from '../util';

const LONG_RUNNING = ['api-server', 'scheduler', 'dag-processor', 'triggerer'];
const AIRFLOW = [...LONG_RUNNING, 'task', 'migration', 'sync-users'];
const elsewhere = new Chart(new App(), 'elsewhere');
const certificates = kplus.Volume.fromConfigMap(elsewhere, 'volume', kplus.ConfigMap.fromConfigMapName(elsewhere, 'certificates', 'ca-of-mine'), { name: 'ca' });
const environment = kplus.ConfigMap.fromConfigMapName(elsewhere, 'environment', 'proxy-of-mine');

/** But for Kerberos, which is for pods that run tasks. */
const all: Required<Omit<CommonPodOptions, 'kerberos' | 'serviceAccount' | 'objects' | 'localSettingsFile'>> = {
  ipFamily: IpFamily.DUAL_STACK,
  labels: { team: 'data' },
  annotations: { 'sidecar.istio.io/inject': 'false' },
  env: { PGSSLROOTCERT: kplus.EnvValue.fromValue('/etc/ca/ca.pem') },
  envFrom: [new kplus.EnvFrom(environment, 'P_')],
  volumeMounts: [{ path: '/etc/ca', volume: certificates, readOnly: true }],
  identity: WorkloadIdentity.eksIrsa('arn:aws:iam::123456789012:role/airflow'),
  nodeSelector: { pool: 'airflow' },
  affinity: { preferredNodes: [{ weight: 7, matches: [kplus.NodeLabelQuery.is('disk', 'ssd')] }] },
  topologySpread: [{ topologyKey: 'topology.kubernetes.io/zone', maxSkew: 2 }],
  priorityClassName: 'platform',
  helperResources: { cpu: { limit: kplus.Cpu.millis(200) }, memory: { limit: Size.gibibytes(1) } },
  logGroomer: { enabled: true, maxAge: Duration.days(3) },
  tolerations: [Toleration.equal('pool', 'airflow', { effect: TaintEffect.NO_SCHEDULE })],
  securityContext: { user: 1234, fsGroup: 5678, readOnlyRootFilesystem: false },
  lifecycle: { preStop: ['sleep', '5'] },
  schedulerName: 'volcano',
  dns: { nameservers: ['10.0.0.10'], hostAliases: [{ ip: '10.1.2.3', hostnames: ['db'] }] },
};
const manifest = synthAirflow({ pods: all });

/** The pods, and that of every component is among them. */
function each(check: (pod: Pod, component: string) => void, components?: string[]): void {
  const found = [...pods(manifest)].filter(([component]) => components?.includes(component) ?? true);
  expect(found.map(([component]) => component).sort()).toEqual([...components ?? [...AIRFLOW, 'bootstrap-secrets', 'postgres']].sort());
  for (const [component, pod] of found) { check(pod, component); }
}

/** The containers that run Airflow or wait for its database; what deletes old logs does neither. */
function airflowContainers(): [string, Container][] {
  return AIRFLOW.flatMap(component => {
    const { spec } = pods(manifest).get(component)!;
    const waiting = (spec.initContainers ?? []).filter(({ name }) => name !== 'log-groomer');
    return [...spec.containers, ...waiting].map(container => [`${component}/${container.name}`, container] as [string, Container]);
  });
}

describe('every pod, those of tasks, Jobs and the database included', () => {
  test('has the labels and annotations', () => {
    each(({ metadata }, component) => {
      expect([component, metadata.labels]).toEqual([component, expect.objectContaining({ team: 'data' })]);
      expect([component, metadata.annotations]).toEqual([component, expect.objectContaining({ 'sidecar.istio.io/inject': 'false' })]);
    });
  });

  test('is placed as told', () => {
    each(({ spec }, component) => {
      expect({ component, ...spec }).toMatchObject({
        component,
        nodeSelector: { pool: 'airflow' },
        tolerations: [{ key: 'pool', operator: 'Equal', value: 'airflow', effect: 'NoSchedule' }],
        schedulerName: 'volcano',
        priorityClassName: 'platform',
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 7, preference: { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] } },
            ],
          },
        },
      });
    });
  });

  test('is spread as told, where there can be several of it', () => {
    each(({ spec, metadata }, component) => {
      const [constraint] = (spec.topologySpreadConstraints ?? []) as { labelSelector: { matchLabels: object } }[];
      const expected = [...LONG_RUNNING, 'task'].includes(component)
        ? { topologyKey: 'topology.kubernetes.io/zone', maxSkew: 2, whenUnsatisfiable: 'ScheduleAnyway' } : undefined;
      expect([component, constraint]).toEqual([component, expected && expect.objectContaining(expected)]);
      if (expected !== undefined) { expect(metadata.labels).toMatchObject(constraint.labelSelector.matchLabels); }
    });
  });

  test('resolves names as told', () => {
    each(({ spec }, component) => {
      expect({ component, ...spec }).toMatchObject({
        component, dnsConfig: { nameservers: ['10.0.0.10'] }, hostAliases: [{ ip: '10.1.2.3', hostnames: ['db'] }],
      });
    });
  });
});

describe('every container of Airflow', () => {
  test('has the variables, those that wait for the database included', () => {
    for (const [name, container] of airflowContainers()) {
      expect([name, container.env]).toEqual([name, expect.arrayContaining([{ name: 'PGSSLROOTCERT', value: '/etc/ca/ca.pem' }])]);
      expect([name, container.envFrom]).toEqual([name, [{ configMapRef: { name: 'proxy-of-mine' }, prefix: 'P_' }]]);
    }
    expect(airflowContainers()).toHaveLength(13);
  });

  test('has the volumes', () => {
    for (const [name, container] of airflowContainers()) {
      expect([name, container.volumeMounts]).toEqual([name, expect.arrayContaining([{ name: 'ca', mountPath: '/etc/ca', readOnly: true }])]);
    }
    each(pod => expect(pod.spec.volumes).toContainEqual({ name: 'ca', configMap: { name: 'ca-of-mine' } }), AIRFLOW);
  });

  test('runs as the user, as does the bootstrap', () => {
    each(({ spec }, component) => {
      const { runAsUser, runAsGroup, fsGroup, runAsNonRoot } = spec.securityContext;
      expect([component, runAsUser, runAsGroup, fsGroup, runAsNonRoot]).toEqual([component, 1234, 0, 5678, true]);
      expect([component, spec.containers[0].securityContext.readOnlyRootFilesystem]).toEqual([component, false]);
    }, [...AIRFLOW, 'bootstrap-secrets']);
  });
});

test('long-running containers have the commands before their end, others have none', () => {
  each(({ spec }, component) => {
    // A task has the time before its own end.
    const seconds = component === 'task' ? '570' : '5';
    const expected = [...LONG_RUNNING, 'task'].includes(component) ? { preStop: { exec: { command: ['sleep', seconds] } } } : undefined;
    expect([component, spec.containers[0].lifecycle]).toEqual([component, expected]);
  });
});

test('users and groups are left to the namespace, where it gives them', () => {
  const open = synthAirflow({ pods: { securityContext: { userFromNamespace: true, supplementalGroups: [7] } } });
  for (const [component, { spec }] of pods(open)) {
    const { runAsUser, runAsGroup, fsGroup, runAsNonRoot } = spec.securityContext;
    expect([component, runAsUser, runAsGroup, fsGroup, runAsNonRoot]).toEqual([component, undefined, undefined, undefined, true]);
    for (const container of [...spec.containers, ...spec.initContainers ?? []]) { expect(container.securityContext.runAsUser).toBeUndefined(); }
  }
  expect(pods(open).get('scheduler')!.spec.securityContext.supplementalGroups).toEqual([7]);
});

test('reach the pods of 2.x and of the LocalExecutor as well', () => {
  const others = [synthAirflow({ pods: all, version: AirflowVersion.V2_11 }), synthAirflow({ pods: all, executor: Executor.local() })];
  const placed = (of: Manifest[]) => [...pods(of).values()].map(({ spec }) => spec.schedulerName);
  for (const other of others) { expect(new Set(placed(other))).toEqual(new Set(['volcano'])); }
});

describe('a component', () => {
  const own = synthAirflow({
    pods: all,
    scheduler: {
      nodeSelector: { pool: 'own' },
      affinity: { nearPods: [{ labels: { app: 'cache' } }] },
      topologySpread: [],
      priorityClassName: 'own',
      tolerations: [],
      securityContext: { user: 77 },
      container: { lifecycle: { preStop: ['true'] } },
      env: { OWN: kplus.EnvValue.fromValue('x') },
      pod: { schedulerName: 'own', dns: { policy: kplus.DnsPolicy.DEFAULT }, labels: { team: 'own' } },
    },
  });
  const { metadata, spec } = pods(own).get('scheduler')!;

  test('has its own instead, where there can be one only', () => {
    expect(spec).toMatchObject({ nodeSelector: { pool: 'own' }, tolerations: [], schedulerName: 'own', dnsPolicy: 'Default', priorityClassName: 'own' });
    expect(spec.affinity).toEqual({
      podAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { labelSelector: { matchLabels: { app: 'cache' } }, topologyKey: 'kubernetes.io/hostname' },
        ],
      },
    });
    expect(spec.topologySpreadConstraints).toBeUndefined();
    expect(spec.dnsConfig).toBeUndefined();
    expect(spec.securityContext).toMatchObject({ runAsUser: 77, runAsGroup: 0 });
    expect(spec.containers[0].lifecycle).toEqual({ preStop: { exec: { command: ['true'] } } });
    expect(metadata.labels.team).toBe('own');
  });

  test('has its own beside them, where there can be many', () => {
    expect(spec.containers[0].env).toEqual(expect.arrayContaining([{ name: 'OWN', value: 'x' }, { name: 'PGSSLROOTCERT', value: '/etc/ca/ca.pem' }]));
  });
});

test('a variable of a component wins over that of all pods, in what waits for the database as well', () => {
  const text = kplus.EnvValue.fromValue;
  const env = { ZONE: text('all'), PROXY: text('all') };
  const own = synthAirflow({ pods: { env }, scheduler: { env: { ZONE: text('own'), ONLY: text('own') } }, taskPods: { env: { ZONE: text('own') } } });
  const values = (of: Container) => ['ZONE', 'PROXY', 'ONLY'].map(name => of.env!.find(variable => variable.name === name)?.value);
  expect(values(main(own, 'scheduler'))).toEqual(['own', 'all', 'own']);
  expect(values(init(own, 'scheduler', 'wait-for-migration'))).toEqual(['own', 'all', undefined]);
  expect(values(main(own, 'task'))).toEqual(['own', 'all', undefined]);
  expect(values(main(own, 'triggerer'))).toEqual(['all', 'all', undefined]);
});

describe('fail', () => {
  test.each<[CommonPodOptions, RegExp]>([
    [{ env: { '1X': kplus.EnvValue.fromValue('x') } }, /: 'pods\.env' must have names of letters, digits and '_' that do not begin with a digit, got '1X'$/],
    [{ env: { AIRFLOW_HOME: kplus.EnvValue.fromValue('x') } }, /: 'env' of container '[a-z-]+' sets 'AIRFLOW_HOME' twice, or the library sets it already; leave one out$/],
    [{ securityContext: { user: 7, group: 8 } },
      /: 'pods\.securityContext\.group' must be 0 beside the user 7, got 8; the image lets other users write by that group alone$/],
    [{ labels: { team: 'a b' } }, /: 'pods\.labels' must have values of at most 63 letters, digits, '-', '_' and '\.', got 'a b' \(3 characters\) for 'team'$/],
    [{ labels: { 'app.kubernetes.io/name': 'mine' } },
      /: 'pods\.labels' cannot set 'app\.kubernetes\.io\/name', which the library sets itself, got 'mine'; leave it out$/],
    [{ affinity: { requiredNodes: [] } },
      /: 'pods\.affinity\.requiredNodes' must have 'matches' with at least one label each, got none; leave it out for any node$/],
    [{ topologySpread: [{ topologyKey: 'zone', maxSkew: 0 }] }, /: 'pods\.topologySpread\.maxSkew' must be a whole number of at least 1, got 0$/],
    [{ helperResources: { cpu: { request: kplus.Cpu.units(2), limit: kplus.Cpu.units(1) } } },
      /: 'pods\.helperResources\.cpu\.request' must be at most the limit 1, got 2; lower it, or raise 'pods\.helperResources\.cpu\.limit'$/],
    [{ logGroomer: { maxAge: Duration.minutes(5) } }, /: 'pods\.logGroomer\.maxAge' must be a whole number of seconds of at least 3600, got 300$/],
    [{ nodeSelector: { a: 'b c' } }, /: 'pods\.nodeSelector' must have values of at most 63 letters, digits, '-', '_' and '\.', got 'b c' \(3 characters\) for 'a'$/],
    [{ dns: { policy: kplus.DnsPolicy.NONE } }, /: 'pods\.dns\.policy' NONE needs 'nameservers', got none; add one, or leave the policy out$/],
    [{ securityContext: { userFromNamespace: true, user: 7 } },
      /: 'pods\.securityContext\.user' is 7, but 'userFromNamespace' leaves it to the namespace; leave one of them out$/],
    [{ volumeMounts: [{ path: 'etc/ca', volume: certificates }] }, /: 'pods\.volumeMounts' must be an absolute path without '\.\.' and ':', got 'etc\/ca'$/],
    [{ volumeMounts: [{ path: '/tmp', volume: certificates }] }, /: container '[a-z-]+' has two mounts at '\/tmp'; move one of them$/],
    [{ volumeMounts: [{ path: '/tmp/', volume: certificates }] }, /: container '[a-z-]+' has two mounts at '\/tmp'; move one of them$/],
    [{ volumeMounts: [{ path: '/node', volume: kplus.Volume.fromHostPath(elsewhere, 'node', 'node', { path: '/' }) }] },
      /: the volume 'node' is of type hostPath, which the Pod Security level restricted refuses; use one of configMap, csi, [a-zA-Z, ]+, secret$/],
    [{ volumeMounts: [{ path: '/x', volume: kplus.Volume.fromEmptyDir(elsewhere, 'e', 'scratch') }] }, /: 'volumeMounts' has two different volumes named 'scratch'; rename one of them$/],
  ])('with what no pod can have (%#)', (options, message) => {
    expect(building({ pods: options })).toThrow(message);
  });

  test('with a time to end that is no number of seconds', () => {
    expect(building({ scheduler: { terminationGracePeriod: Duration.millis(500) } })).toThrow(
      new Error("test/airflow/scheduler: 'terminationGracePeriod' must be a whole number of seconds of at least 0, got 0.5"));
  });
});

describe('labels and annotations that the library sets', () => {
  const AZURE = WorkloadIdentity.aks('00000000-0000-0000-0000-000000000001');
  const refusal = (path: string, prop: string, name: string, instead = 'leave it out') => new Error(
    `test/airflow/${path}: '${prop}' cannot set '${name}', which the library sets itself, got 'x'; ${instead}`);

  test.each<[string, AirflowChartProps, string, string]>([
    ['cdk8s-airflow/task-pod', { pods: { labels: { 'cdk8s-airflow/task-pod': 'x' } } }, 'task-pods/default', 'pods.labels'],
    ['cdk8s-airflow/task-pod', { taskPods: { pod: { labels: { 'cdk8s-airflow/task-pod': 'x' } } } }, 'task-pods/default', 'pod.labels'],
    ['cdk8s-airflow/worker-set', { executor: Executor.celery({ workers: { pod: { labels: { 'cdk8s-airflow/worker-set': 'x' } } } }) }, 'celery-workers', 'pod.labels'],
    ['azure.workload.identity/use', { taskPods: { serviceAccount: { identity: AZURE }, pod: { labels: { 'azure.workload.identity/use': 'x' } } } },
      'task-pods/default', 'pod.labels'],
    ['cdk8s-airflow/config-checksum', { scheduler: { pod: { annotations: { 'cdk8s-airflow/config-checksum': 'x' } } } }, 'scheduler', 'pod.annotations'],
  ])('cannot be replaced: %s (%#)', (name, props, path, prop) => {
    expect(building(props)).toThrow(refusal(path, prop, name));
  });

  test.each(['cluster-autoscaler.kubernetes.io/safe-to-evict', 'karpenter.sh/do-not-disrupt'])('have a prop of their own: %s', name => {
    const annotations = { [name]: 'x' };
    expect(building({ taskPods: { pod: { annotations } } })).toThrow(refusal('task-pods/default', 'pod.annotations', name, "say it by 'pod.safeToEvict'"));
    expect(building({ scheduler: { pod: { annotations } } })).not.toThrow();
  });

  test('may be set where the library does not', () => {
    expect(building({ scheduler: { pod: { labels: { 'azure.workload.identity/use': 'x', 'cdk8s-airflow/task-pod': 'x' } } } })).not.toThrow();
    expect(building({ taskPods: { pod: { annotations: { 'cdk8s-airflow/config-checksum': 'x' } } } })).not.toThrow();
  });
});

test('packages are not installed when pods start', () => {
  const env = { _PIP_ADDITIONAL_REQUIREMENTS: kplus.EnvValue.fromValue('pandas') };
  for (const [props, prop, scope] of [[{ pods: { env } }, 'pods.env', 'bootstrap-secrets'], [{ scheduler: { env } }, 'env', 'scheduler']] as const) {
    expect(building(props)).toThrow(new Error(`test/airflow/${scope}: '${prop}' cannot set '_PIP_ADDITIONAL_REQUIREMENTS', since packages that every start `
      + 'of a pod installs come from the network as they are then; put them into an image, see docs/versions-and-image.md'));
  }
});

describe('a password', () => {
  const withVariable = (value: string, name = 'UPSTREAM') => building({ scheduler: { env: { [name]: kplus.EnvValue.fromValue(value) } } });
  const refusal = (name: string, more = '') => new Error(
    `test/airflow/scheduler: 'env' must not have a password in '${name}', since everyone who reads the YAML would have it; `
    + `take it from a Secret (SecretKey.of(...).toEnvValue(), in a file 'secretKeyRef')${more}`);

  test('is not in the YAML', () => {
    expect(withVariable('http://me:pw@proxy:3128')).toThrow(refusal('UPSTREAM'));
    expect(withVariable('postgres://me:pw@db/d', 'AIRFLOW_CONN_DB')).toThrow(refusal('AIRFLOW_CONN_DB', ", or use 'addConnection'"));
    expect(withVariable('{"conn_type": "http", "password": "pw"}', 'AIRFLOW_CONN_WEB')).toThrow(refusal('AIRFLOW_CONN_WEB', ", or use 'addConnection'"));
    expect(building({ scheduler: { sidecars: [{ name: 'proxy', image: 'acme/proxy:1', env: { UP: kplus.EnvValue.fromValue('http://me:pw@up') } }] } })).toThrow(
      /: 'sidecars\.env' must not have a password in 'UP', since/);
  });

  test('may come from another variable, and not every URL has one', () => {
    for (const value of ['http://me:$(PASSWORD)@proxy:3128', 'http://proxy:3128', 'http://proxy:3128/a:b@c', 'me:pw@proxy', '{"password": "$(PASSWORD)"}']) {
      expect(withVariable(value)).not.toThrow();
    }
  });
});
