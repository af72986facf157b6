import { App, Chart, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  Affinity, AirflowProps, AirflowVersion, ComponentOptions, ContainerOptions, DnsOptions, MainContainerOptions, PodOptions,
  AirflowPodOptions, ProbeTimings, Scaling, ServiceAccountOptions, TaintEffect, Toleration, TopologySpread, UnsatisfiableConstraint, WorkloadIdentity,
  WorkloadOptions,
} from '../../src/index';
import { building, find, findAll, Manifest, Pod, pod, synthAirflow, volume, workload } from '../util';

const elsewhere = new Chart(new App(), 'elsewhere');
const settings = kplus.ConfigMap.fromConfigMapName(elsewhere, 'settings', 'settings-of-mine');
const keys = kplus.Secret.fromSecretName(elsewhere, 'keys', 'keys-of-mine');

const probe = (seconds: number): Required<ProbeTimings> => ({
  initialDelay: Duration.seconds(seconds),
  period: Duration.seconds(seconds + 1),
  timeout: Duration.seconds(seconds + 2),
  failureThreshold: seconds + 3,
  command: ['check', `${seconds}`],
  enabled: true,
});
const rendered = (seconds: number) => expect.objectContaining({
  exec: { command: ['check', `${seconds}`] },
  initialDelaySeconds: seconds,
  periodSeconds: seconds + 1,
  timeoutSeconds: seconds + 2,
  failureThreshold: seconds + 3,
});

const container: Required<MainContainerOptions> = {
  command: ['/entry'],
  args: ['a', 'b'],
  ports: [{ name: 'extra', number: 9999, protocol: kplus.Protocol.UDP }],
  lifecycle: { postStart: ['up'], preStop: ['down'] },
  startupProbe: probe(10),
  readinessProbe: probe(20),
  livenessProbe: probe(30),
};

/** What is only for some of them has tests of its own. */
type OfSome = 'podVolumeMounts' | 'workingDir' | 'runsFirst' | 'livenessProbe' | 'readinessProbe' | 'startupProbe' | 'lifecycle';
const extra: Required<Omit<ContainerOptions, OfSome>> = {
  name: 'extra',
  image: 'acme/extra:1.2',
  pullPolicy: kplus.ImagePullPolicy.ALWAYS,
  command: ['/extra'],
  args: ['-v'],
  env: { B: kplus.EnvValue.fromValue('$(A)'), A: kplus.EnvValue.fromValue('1') },
  envFrom: [new kplus.EnvFrom(undefined, undefined, keys)],
  volumeMounts: [{ path: '/shared', volume: kplus.Volume.fromEmptyDir(elsewhere, 'empty', 'shared', { sizeLimit: Size.mebibytes(5) }) }],
  ports: [{ number: 8888 }],
  resources: { cpu: { request: kplus.Cpu.millis(5) } },
  user: 4321,
  readOnlyRootFilesystem: false,
};
const renderedExtra = (name: string) => ({
  name,
  image: 'acme/extra:1.2',
  imagePullPolicy: 'Always',
  command: ['/extra'],
  args: ['-v'],
  env: [{ name: 'A', value: '1' }, { name: 'B', value: '$(A)' }],
  envFrom: [{ secretRef: { name: 'keys-of-mine' } }],
  volumeMounts: [{ name: 'shared', mountPath: '/shared' }],
  ports: [{ containerPort: 8888 }],
  resources: { requests: { cpu: '5m' } },
  securityContext: {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    privileged: false,
    readOnlyRootFilesystem: false,
    runAsNonRoot: true,
    runAsUser: 4321,
    seccompProfile: { type: 'RuntimeDefault' },
  },
});

const dns: Required<DnsOptions> = {
  hostAliases: [{ ip: '10.1.2.3', hostnames: ['db', 'db.local'] }],
  policy: kplus.DnsPolicy.NONE,
  nameservers: ['10.0.0.10'],
  searches: ['acme.local'],
  resolverOptions: { 'ndots': '2', 'use-vc': '' },
};
const podOptions: Required<Omit<PodOptions, 'shareProcessNamespace'>> = {
  labels: { team: 'data' },
  annotations: { note: 'mine' },
  runtimeClassName: 'gvisor',
  schedulerName: 'volcano',
  dns,
  safeToEvict: true,
  scratchSize: Size.gibibytes(3),
  ephemeralClaims: [
    { name: 'plain', mountPath: '/plain', size: Size.gibibytes(1) },
    { name: 'fast', mountPath: '/fast', size: Size.gibibytes(2), storageClassName: 'nvme', accessMode: kplus.PersistentVolumeAccessMode.READ_WRITE_ONCE_POD },
  ],
};
const affinity: Required<Affinity> = {
  requiredNodes: [{ matches: [kplus.NodeLabelQuery.is('disk', 'ssd')] }],
  preferredNodes: [{ weight: 7, matches: [kplus.NodeLabelQuery.in('zone', ['a', 'b'])] }],
  nearPods: [{ labels: { app: 'db' }, namespaces: ['data'], topologyKey: 'zone' }],
  awayFromPods: [{ labels: { app: 'noisy' }, weight: 5 }, { labels: { app: 'worst' } }],
};
const renderedAffinity = {
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] }],
    },
    preferredDuringSchedulingIgnoredDuringExecution: [
      { weight: 7, preference: { matchExpressions: [{ key: 'zone', operator: 'In', values: ['a', 'b'] }] } },
    ],
  },
  podAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: { app: 'db' } }, namespaces: ['data'], topologyKey: 'zone' }],
  },
  podAntiAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: { app: 'worst' } }, topologyKey: 'kubernetes.io/hostname' }],
    preferredDuringSchedulingIgnoredDuringExecution: [
      { weight: 5, podAffinityTerm: { labelSelector: { matchLabels: { app: 'noisy' } }, topologyKey: 'kubernetes.io/hostname' } },
    ],
  },
};
const spread: Required<TopologySpread> = {
  topologyKey: 'zone', maxSkew: 2, whenUnsatisfiable: UnsatisfiableConstraint.DO_NOT_SCHEDULE, minDomains: 3,
};
const serviceAccount: Required<Omit<ServiceAccountOptions, 'existing' | 'name' | 'labels'>> = {
  annotations: { role: 'arn' },
  identity: WorkloadIdentity.gke('airflow@acme.iam.gserviceaccount.com'),
  automountToken: true,
  projectedToken: { mountPath: '/var/run/vault', audience: 'vault', expiration: Duration.minutes(20), fileName: 'vault-token' },
};

const podProps: Required<AirflowPodOptions> = {
  resources: {
    cpu: { request: kplus.Cpu.millis(1), limit: kplus.Cpu.units(2) },
    memory: { request: Size.mebibytes(3), limit: Size.gibibytes(4) },
    ephemeralStorage: { request: Size.kibibytes(5), limit: Size.gibibytes(6) },
  },
  extendedResources: { 'example.com/fpga': '2', 'hugepages-2Mi': '8Mi' },
  env: { PLAIN: kplus.EnvValue.fromValue('x'), SECRET: kplus.EnvValue.fromSecretValue({ secret: keys, key: 'k' }) },
  envFrom: [new kplus.EnvFrom(settings, 'P_')],
  volumeMounts: [{ path: '/settings', volume: kplus.Volume.fromConfigMap(elsewhere, 'volume', settings, { name: 'mine' }), readOnly: true, subPath: 's' }],
  initContainers: [{ ...extra, name: 'before' }],
  sidecars: [{ ...extra, name: 'beside' }],
  nodeSelector: { pool: 'airflow' },
  affinity,
  tolerations: [Toleration.any(), Toleration.exists('gpu', { effect: TaintEffect.NO_EXECUTE, evictAfter: Duration.minutes(1) })],
  topologySpread: [spread],
  priorityClassName: 'high',
  serviceAccount,
  terminationGracePeriod: Duration.seconds(17),
  securityContext: { user: 11, group: 0, fsGroup: 13, supplementalGroups: [14], userFromNamespace: false, readOnlyRootFilesystem: false },
  pod: podOptions,
  container,
};
const workloadOptions: Required<Omit<WorkloadOptions, 'recreate' | 'onDelete' | 'partition'>> = {
  labels: { tier: 'one' },
  annotations: { 'argocd.argoproj.io/sync-wave': '2' },
  maxSurge: kplus.PercentOrAbsolute.percent(25),
  maxUnavailable: kplus.PercentOrAbsolute.absolute(2),
  revisionHistoryLimit: 7,
};
const componentOptions: Required<Omit<ComponentOptions, 'scaling'>> = {
  ...podProps, replicas: 3, disruptionBudget: { maxUnavailable: kplus.PercentOrAbsolute.absolute(1) }, workload: workloadOptions,
};

/** For each prop, what it does to the pod of a component. */
const POD_CHECKS: { [P in keyof AirflowPodOptions]-?: (of: Pod) => void } = {
  resources: ({ spec }) => expect(spec.containers[0].resources).toMatchObject({
    requests: { 'cpu': '1m', 'memory': '3Mi', 'ephemeral-storage': '5Ki' }, limits: { 'cpu': '2', 'memory': '4Gi', 'ephemeral-storage': '6Gi' },
  }),
  extendedResources: ({ spec }) => expect(spec.containers[0].resources!.limits).toMatchObject({ 'example.com/fpga': '2', 'hugepages-2Mi': '8Mi' }),
  env: ({ spec }) => expect(spec.containers[0].env).toEqual(expect.arrayContaining([
    { name: 'PLAIN', value: 'x' }, { name: 'SECRET', valueFrom: { secretKeyRef: { name: 'keys-of-mine', key: 'k' } } },
  ])),
  envFrom: ({ spec }) => expect(spec.containers[0].envFrom).toEqual([{ configMapRef: { name: 'settings-of-mine' }, prefix: 'P_' }]),
  volumeMounts: of => {
    expect(of.spec.containers[0].volumeMounts).toContainEqual({ name: 'mine', mountPath: '/settings', readOnly: true, subPath: 's' });
    expect(volume(of, 'mine')).toEqual({ name: 'mine', configMap: { name: 'settings-of-mine' } });
    expect(volume(of, 'shared')).toEqual({ name: 'shared', emptyDir: { sizeLimit: '5Mi' } });
  },
  initContainers: ({ spec }) => expect(spec.initContainers!.slice(-1)).toEqual([renderedExtra('before')]),
  sidecars: ({ spec }) => {
    const waiting = spec.initContainers!.findIndex(({ restartPolicy }) => restartPolicy === undefined);
    expect(spec.initContainers!.slice(0, waiting).at(-1)).toEqual({ ...renderedExtra('beside'), restartPolicy: 'Always' });
  },
  nodeSelector: ({ spec }) => expect(spec.nodeSelector).toEqual({ pool: 'airflow' }),
  affinity: ({ spec }) => expect(spec.affinity).toEqual(renderedAffinity),
  tolerations: ({ spec }) => expect(spec.tolerations).toEqual(
    [{ operator: 'Exists' }, { key: 'gpu', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 }]),
  topologySpread: of => {
    const constraints = of.spec.topologySpreadConstraints as { labelSelector: { matchLabels: object } }[];
    expect(constraints).toEqual([expect.objectContaining({ maxSkew: 2, minDomains: 3, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' })]);
    expect(of.metadata.labels).toMatchObject(constraints[0].labelSelector.matchLabels);
  },
  priorityClassName: ({ spec }) => expect(spec.priorityClassName).toBe('high'),
  serviceAccount: of => {
    expect(of.spec.automountServiceAccountToken).toBe(true);
    expect(of.spec.containers[0].volumeMounts).toContainEqual({ name: 'service-account-token', mountPath: '/var/run/vault', readOnly: true });
    expect(volume(of, 'service-account-token')!.projected!.sources).toEqual(
      [{ serviceAccountToken: { audience: 'vault', expirationSeconds: 1200, path: 'vault-token' } }]);
  },
  terminationGracePeriod: ({ spec }) => expect(spec.terminationGracePeriodSeconds).toBe(17),
  securityContext: ({ spec }) => {
    expect(spec.securityContext).toMatchObject({ runAsUser: 11, runAsGroup: 0, fsGroup: 13, supplementalGroups: [14], runAsNonRoot: true });
    expect(spec.containers[0].securityContext.readOnlyRootFilesystem).toBe(false);
    expect(spec.containers[0].env).toEqual(expect.arrayContaining([{ name: 'USER', value: 'airflow' }, { name: 'HOME', value: '/home/airflow' }]));
  },
  pod: of => {
    expect(of.metadata.labels.team).toBe('data');
    expect(of.metadata.annotations).toMatchObject({ 'note': 'mine', 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true' });
    expect(of.spec).toMatchObject({
      runtimeClassName: 'gvisor',
      schedulerName: 'volcano',
      hostAliases: [{ ip: '10.1.2.3', hostnames: ['db', 'db.local'] }],
      dnsPolicy: 'None',
      dnsConfig: { nameservers: ['10.0.0.10'], searches: ['acme.local'], options: [{ name: 'ndots', value: '2' }, { name: 'use-vc' }] },
    });
    expect(volume(of, 'scratch')!.emptyDir).toEqual({ sizeLimit: '3Gi' });
    const claim = (name: string, spec: object) => ({ name, ephemeral: { volumeClaimTemplate: { spec } } });
    expect([volume(of, 'plain'), volume(of, 'fast')]).toEqual([
      claim('plain', { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }),
      claim('fast', { accessModes: ['ReadWriteOncePod'], storageClassName: 'nvme', resources: { requests: { storage: '2Gi' } } }),
    ]);
    expect(of.spec.containers[0].volumeMounts).toEqual(expect.arrayContaining([{ name: 'plain', mountPath: '/plain' }, { name: 'fast', mountPath: '/fast' }]));
  },
  container: ({ spec }) => {
    const [main] = spec.containers;
    expect(main).toMatchObject({ command: ['/entry'], args: ['a', 'b'] });
    expect(main.lifecycle).toEqual({ postStart: { exec: { command: ['up'] } }, preStop: { exec: { command: ['down'] } } });
    expect(main.ports).toContainEqual({ name: 'extra', containerPort: 9999, protocol: 'UDP' });
    expect([main.startupProbe, main.readinessProbe, main.livenessProbe]).toEqual([rendered(10), rendered(20), rendered(30)]);
  },
};

/** For each prop, what it does to the workload of a component. */
const WORKLOAD_CHECKS: { [P in Exclude<keyof ComponentOptions, keyof AirflowPodOptions | 'scaling' | 'disruptionBudget'>]-?: (of: Manifest) => void } = {
  replicas: ({ spec }) => expect(spec.replicas).toBe(3),
  workload: ({ metadata, spec }) => {
    expect(metadata.labels!.tier).toBe('one');
    expect(metadata.annotations).toEqual({ 'argocd.argoproj.io/sync-wave': '2' });
    expect(spec.strategy).toEqual({ type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 2 } });
    expect(spec.revisionHistoryLimit).toBe(7);
  },
};

type Component = [string, (options: ComponentOptions) => AirflowProps];
const COMPONENTS: Component[] = [
  ['api-server', apiServer => ({ apiServer })],
  ['webserver', webserver => ({ version: AirflowVersion.V2_11, webserver })],
  ['scheduler', scheduler => ({ scheduler })],
  ['dag-processor', dagProcessor => ({ dagProcessor })],
  ['triggerer', triggerer => ({ triggerer })],
];
const PODS: Component[] = [
  ...COMPONENTS,
  // A task has no probes, and its arguments are Airflow's.
  ['task', options => ({ taskPods: options === podProps ? { ...options, container: { command: ['/entry'] } } : options })],
  ['migration', of => ({ jobs: { migration: of } })],
  ['sync-users', of => ({ jobs: { syncUsers: of } })],
  ['pools', of => ({ pools: { etl: { slots: 1 } }, jobs: { pools: of } })],
  ['bootstrap-secrets', of => ({ jobs: { bootstrapSecrets: of } })],
];

describe.each(PODS)('%s', (component, propsWith) => {
  const manifest = synthAirflow(propsWith(podProps));

  test.each(Object.entries(POD_CHECKS).filter(([prop]) => component !== 'task' || prop !== 'container'))('takes the prop %s', (_, check) => check(pod(manifest, component)));

  test('annotates the account that it creates', () => {
    const name = pod(manifest, component).spec.serviceAccountName!;
    expect(find(manifest, 'ServiceAccount', name).metadata.annotations).toEqual({ 'role': 'arn', 'iam.gke.io/gcp-service-account': 'airflow@acme.iam.gserviceaccount.com' });
  });

  test('takes an account that exists', () => {
    const existing = kplus.ServiceAccount.fromServiceAccountName(new Chart(new App(), 'other'), 'account', 'account-of-mine');
    const given = synthAirflow(propsWith({ serviceAccount: { existing } }));
    expect(pod(given, component).spec.serviceAccountName).toBe('account-of-mine');
    expect(findAll(given, 'ServiceAccount')).toHaveLength(findAll(manifest, 'ServiceAccount').length - 1);
    expect(building(propsWith({ serviceAccount: { existing, annotations: { a: 'b' } } }))).toThrow(new Error(
      `test/airflow/${component === 'task' ? 'task-pods/default' : component}: 'serviceAccount.annotations' are for an account that is created, `
      + "but 'account-of-mine' exists; annotate it there"));
  });

  test('fails with timings of a check that it has not, or changes them', () => {
    const main = pod(synthAirflow(propsWith({})), component).spec.containers[0];
    for (const kind of ['startupProbe', 'readinessProbe', 'livenessProbe'] as const) {
      const timed = building(propsWith({ container: { [kind]: { period: Duration.seconds(7) } } }));
      if (main[kind] === undefined) {
        const why = "has no check of the component to time; give it a 'command', or leave it out";
        expect(timed).toThrow(new RegExp(`: 'container\\.${kind}' ${component === 'task' ? 'is for a pod that serves, not for one of a task; leave it out' : why}$`));
      } else {
        expect(pod(timed(), component).spec.containers[0][kind]).toEqual({ ...main[kind], periodSeconds: 7 });
      }
    }
  });

  test('runs with another group', () => {
    const { spec } = pod(synthAirflow(propsWith({ securityContext: { group: 12 } })), component);
    expect(spec.securityContext).toMatchObject({ runAsUser: 50000, runAsGroup: 12, fsGroup: 12 });
    expect((spec.containers[0].env ?? []).map(variable => variable.name)).not.toContain('HOME');
  });

  test.each<[AirflowPodOptions, string]>([
    [{ securityContext: { user: 11, group: 12 } },
      "'securityContext.group' must be 0 beside the user 11, got 12; the image lets other users write by that group alone"],
    [{ securityContext: { user: 0 } },
      "'securityContext.user' must not be 0, since the Pod Security level restricted refuses root; give the number of another user"],
    [{ sidecars: [{ name: 'x', image: 'acme/x:1', user: 0 }] },
      "'sidecars.user' must not be 0, since the Pod Security level restricted refuses root; give the number of another user"],
    [{ sidecars: [{ name: 'x', image: 'acme/x' }] },
      "'sidecars.image' must be an image with a tag other than 'latest' or with a sha256 digest, got 'acme/x'"],
    [{ initContainers: [{ name: 'x', image: 'acme/x:1', env: { 'A B': kplus.EnvValue.fromValue('') } }] },
      "'initContainers.env' must have names of letters, digits and '_' that do not begin with a digit, got 'A B'"],
    [{ sidecars: [{ name: 'x', image: 'acme/x:1', volumeMounts: [{ ...podProps.volumeMounts[0], path: 'x' }] }] },
      "'sidecars.volumeMounts' must be an absolute path without '..' and ':', got 'x'"],
    [{ sidecars: [{ name: 'x', image: 'acme/x:1', ports: [{ number: 0 }] }] }, "'sidecars.ports' must be a whole number from 1 to 65535, got 0"],
    [{ container: { ports: [{ number: 1, name: 'longer-than-fifteen' }] } }, "'container.ports.name' must be at most 15 lowercase letters, digits and "
      + "dashes, beginning and ending with a letter or digit, got 'longer-than-fifteen' (19 characters)"],
    [{ sidecars: [{ name: 'x', image: 'acme/x:1', ports: [{ number: 1, hostPort: 2 }] }] },
      "'ports.hostPort' of container 'x' is 2, which the Pod Security level restricted refuses; leave it out"],
    [{ pod: { ephemeralClaims: [{ name: 'none', mountPath: '/none', size: Size.gibibytes(0) }] } }, "'pod.ephemeralClaims.size' must be at least 1Mi, got 0Gi"],
    [{ env: { 'A B': kplus.EnvValue.fromValue('') } }, "'env' must have names of letters, digits and '_' that do not begin with a digit, got 'A B'"],
    [{ serviceAccount: { projectedToken: { mountPath: 'x' } } }, "'serviceAccount.projectedToken.mountPath' must be an absolute path without '..' and ':', got 'x'"],
    [{ serviceAccount: { projectedToken: { mountPath: '/x', expiration: Duration.seconds(5) } } },
      "'serviceAccount.projectedToken.expiration' must be a whole number of seconds of at least 600, got 5"],
    [{ serviceAccount: { projectedToken: { mountPath: '/x', fileName: '../a/b' } } },
      "'serviceAccount.projectedToken.fileName' must be a relative path without '..', got '../a/b'; leave it out for the root"],
    [{ pod: { labels: { 'app.kubernetes.io/instance': 'mine' } } },
      "'pod.labels' cannot set 'app.kubernetes.io/instance', which the library sets itself, got 'mine'; leave it out"],
  ])('fails with what no pod can have (%#)', (options, message) => {
    expect(building(propsWith(options))).toThrow(new Error(`test/airflow/${component === 'task' ? 'task-pods/default' : component}: ${message}`));
  });
});

test.each(PODS.filter(([component]) => component !== 'task'))('%s has no check that is disabled', (component, propsWith) => {
  const off = { enabled: false };
  const manifestWithout = synthAirflow(propsWith({ container: { startupProbe: off, readinessProbe: off, livenessProbe: off } }));
  const main = pod(manifestWithout, component).spec.containers[0];
  expect([main.startupProbe, main.readinessProbe, main.livenessProbe]).toEqual([undefined, undefined, undefined]);
});

describe.each(COMPONENTS)('the workload of %s', (component, propsWith) => {
  const manifest = synthAirflow(propsWith(componentOptions));

  test.each(Object.entries(WORKLOAD_CHECKS))('takes the prop %s', (_, check) => check(workload(manifest, component)));

  test('ends all pods first when told so', () => {
    expect(workload(synthAirflow(propsWith({ workload: { recreate: true } })), component).spec.strategy).toEqual({ type: 'Recreate' });
  });

  test('stops at no replicas', () => {
    expect(workload(synthAirflow(propsWith({ replicas: 0 })), component).spec.replicas).toBe(0);
  });

  test('has as many pods as the cluster decides, where it does', () => {
    const scaled = synthAirflow(propsWith({ scaling: Scaling.cpu({ maxReplicas: 5, minReplicas: 2, cpuUtilization: 60 }) }));
    const of = workload(scaled, component);
    expect(of.spec).not.toHaveProperty('replicas');
    expect(find(scaled, 'HorizontalPodAutoscaler').spec.scaleTargetRef).toEqual({ apiVersion: 'apps/v1', kind: 'Deployment', name: of.metadata.name });
    expect(of.spec.template.spec.topologySpreadConstraints).toHaveLength(2);
  });

  test('limits how many pods are taken away at once', () => {
    const { selector } = workload(manifest, component).spec;
    expect(find(manifest, 'PodDisruptionBudget').spec).toEqual({ maxUnavailable: 1, selector, unhealthyPodEvictionPolicy: 'AlwaysAllow' });
  });

  test('spreads the pods of each revision over nodes and zones where there are several', () => {
    const of = pod(synthAirflow(propsWith({ replicas: 2 })), component);
    const { matchLabels } = workload(synthAirflow(propsWith({})), component).spec.selector;
    const each = { maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway', labelSelector: { matchLabels }, matchLabelKeys: ['pod-template-hash'] };
    expect(of.spec.topologySpreadConstraints).toEqual(['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map(topologyKey => ({ ...each, topologyKey })));
    expect(pod(synthAirflow(propsWith({})), component).spec.topologySpreadConstraints).toBeUndefined();
    expect(pod(synthAirflow(propsWith({ replicas: 2, topologySpread: [] })), component).spec.topologySpreadConstraints).toBeUndefined();
  });

  test.each<[ComponentOptions, string]>([
    [{ replicas: -1 }, "'replicas' must be a whole number of at least 0, got -1"],
    [{ replicas: 1.5 }, "'replicas' must be a whole number of at least 0, got 1.5"],
    [{ workload: { revisionHistoryLimit: -1 } }, "'workload.revisionHistoryLimit' must be a whole number of at least 0, got -1"],
    [{ workload: { maxSurge: kplus.PercentOrAbsolute.absolute(1.5) } }, "'workload.maxSurge' must be a number or a percentage, got '1.5'"],
    [{ workload: { maxUnavailable: kplus.PercentOrAbsolute.absolute(-1) } }, "'workload.maxUnavailable' must be a number or a percentage of at most 100%, got '-1'"],
    [{ workload: { maxUnavailable: kplus.PercentOrAbsolute.percent(150) } }, "'workload.maxUnavailable' must be a number or a percentage of at most 100%, got '150%'"],
    [{ workload: { recreate: true, maxSurge: kplus.PercentOrAbsolute.absolute(1) } },
      "'workload.recreate' ends all pods at once, so 'maxSurge' and 'maxUnavailable' mean nothing beside it; leave them out"],
    [{ workload: { labels: { a: 'b c' } } },
      "'workload.labels' must have values of at most 63 letters, digits, '-', '_' and '.', got 'b c' (3 characters) for 'a'"],
    ...(['labels', 'annotations'] as const).map((prop): [ComponentOptions, string] => [{ workload: { [prop]: { 'a b/c/d': 'e' } } },
      `'workload.${prop}' must have names of at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit, alone or after `
      + "a DNS name and '/', got 'a b/c/d'"]),
    [{ workload: { labels: { 'app.kubernetes.io/component': 'mine' } } },
      "'workload.labels' cannot set 'app.kubernetes.io/component', which the library sets itself, got 'mine'; leave it out"],
    [{ replicas: 2, scaling: Scaling.cpu({ maxReplicas: 3 }) }, "'replicas' is decided by 'scaling', got 2; leave one of them out"],
    [{ workload: { maxSurge: kplus.PercentOrAbsolute.absolute(0), maxUnavailable: kplus.PercentOrAbsolute.percent(0) } },
      "'workload.maxSurge' and 'workload.maxUnavailable' must not both be 0, since no pod could be replaced; raise one of them"],
  ])('fails with what it cannot do (%#)', (options, message) => {
    expect(building(propsWith(options))).toThrow(new Error(`test/airflow/${component}: ${message}`));
  });
});
