import { Duration, Lazy, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { checkPinned } from '../airflow-image';
import { CommonPodOptions } from '../component-options';
import { ContainerOptions, LifecycleOptions, ProbeTimings } from '../container-options';
import { PodProps, ProjectedTokenOptions, SecurityContextOptions } from '../pod-options';
import { Instance, PodParts } from './instance';
import {
  renderDns, renderEnv, renderEnvFrom, renderExtraContainer, renderLifecycle, renderMounts, renderPorts, renderProbe, renderResources,
  renderSize, renderVolumes,
} from './kube';
import { Container, EnvVar, Json, Mount, Pod, PodSecurity, Port, Volume } from './pod';
import { Needs, needsOf, Role } from './roles';
import { renderAffinity, renderTopologySpread } from './scheduling';
import { run, SCRIPTS_PATH } from './scripts';
import { checkAbsolutePath, checkDnsLabel, checkEnvName, checkLabels, checkPort, failure } from './validate';

const AIRFLOW_USER = 50000;
const AIRFLOW_GROUP = 0;
const USER_HOME = '/home/airflow';
const WAIT_RESOURCES: kplus.ContainerResources = {
  cpu: { request: kplus.Cpu.millis(10) },
  memory: { request: Size.mebibytes(32), limit: Size.mebibytes(128) },
};

/** A check and its usual timings. */
export interface Probe {
  readonly check: Json;
  readonly timings: ProbeTimings;
  readonly more?: Json;
}

/** What a component says of its own pod. */
export interface PodRequest {
  readonly role: Role;
  readonly containerName: string;
  readonly args?: string[];
  readonly ports?: Port[];
  readonly startup?: Probe;
  readonly readiness?: Probe;
  readonly liveness?: Probe;
  readonly env?: EnvVar[];
  readonly waitFor?: 'database' | 'migration';
  readonly restartPolicy?: 'OnFailure' | 'Never';
  readonly resources: kplus.ContainerResources;
  readonly terminationGracePeriod?: Duration;
  readonly serviceAccountName?: string;
  readonly labels: { readonly [name: string]: string };
  /** Whether the pod restarts when what it reads at its start changes. */
  readonly followsConfig: boolean;
  /** The labels to spread by, where there are several pods. */
  readonly spreadBy?: { readonly [name: string]: string };
}

/** The one place where an Airflow pod is put together: the role's needs, the choices, the instance's and the component's own options. */
export function airflowPod(scope: Construct, instance: Instance, request: PodRequest, own: PodProps): Pod {
  checkOptions(scope, instance, own);
  const needs = needsOf(request.role, instance.traits);
  const callsKubernetes = own.serviceAccount?.automountToken ?? instance.callsKubernetes(request.role);
  const parts = [
    baseParts(instance, needs, request, own.pod?.scratchSize),
    ...instance.parts(request.role),
    tokenParts(own.serviceAccount?.projectedToken),
    { volumes: [...renderVolumes(instance.common.volumeMounts), ...renderVolumes(own.volumeMounts)] },
    ...[...own.initContainers ?? [], ...own.sidecars ?? []].map(extra => ({ volumes: renderVolumes(extra.volumeMounts) })),
  ];
  const security = own.securityContext ?? instance.common.securityContext;
  const main = mainContainer(scope, instance, request, own, parts);
  const wait = request.waitFor === undefined ? [] : [waitContainer(instance, main, request.waitFor)];
  return {
    labels: { ...instance.common.labels, ...own.pod?.labels, ...instance.labels, ...request.labels },
    annotations: {
      ...instance.common.annotations,
      ...own.pod?.annotations,
      ...(own.pod?.safeToEvict === undefined ? {} : { 'cluster-autoscaler.kubernetes.io/safe-to-evict': `${own.pod.safeToEvict}` }),
      ...(request.followsConfig ? { 'cdk8s-airflow/config-checksum': Lazy.any({ produce: instance.checksum }) } : {}),
    },
    serviceAccountName: request.serviceAccountName,
    automountServiceAccountToken: callsKubernetes,
    imagePullSecrets: instance.image.pullSecrets.map(secret => secret.name),
    sidecars: [...owned(parts, 'sidecars', security), ...(own.sidecars ?? []).map(renderExtraContainer)],
    initContainers: [...wait, ...owned(parts, 'initContainers', security), ...(own.initContainers ?? []).map(renderExtraContainer)],
    containers: [main],
    volumes: collect(parts, 'volumes'),
    restartPolicy: request.restartPolicy,
    security: podSecurity(security),
    spec: podSpec(instance, request, own),
  };
}

function collect<K extends keyof PodParts>(parts: PodParts[], key: K): NonNullable<PodParts[K]> {
  return parts.flatMap(part => (part[key] ?? []) as unknown[]) as unknown as NonNullable<PodParts[K]>;
}

/** The library's own containers have their image's user, unless the namespace gives one. */
function owned(parts: PodParts[], key: 'sidecars' | 'initContainers', security: SecurityContextOptions | undefined): Container[] {
  return collect(parts, key).map(container => (security?.userFromNamespace ? { ...container, user: undefined } : container));
}

/** The user of a pod that runs the Airflow image. */
export function podSecurity(options: SecurityContextOptions | undefined): PodSecurity {
  if (options?.userFromNamespace) { return { supplementalGroups: options.supplementalGroups }; }
  const group = options?.group ?? AIRFLOW_GROUP;
  return {
    user: options?.user ?? AIRFLOW_USER,
    group,
    fsGroup: options?.fsGroup ?? group,
    supplementalGroups: options?.supplementalGroups,
  };
}

/** What every pod of the instance has in its spec, whatever it runs. */
export function commonSpec(common: CommonPodOptions): Json {
  return {
    nodeSelector: common.nodeSelector,
    tolerations: common.tolerations?.map(toleration => toleration._toKube()),
    schedulerName: common.schedulerName,
    ...renderDns(common.dns),
  };
}

function podSpec(instance: Instance, request: PodRequest, own: PodProps): Json {
  const spread = own.topologySpread ?? (request.spreadBy ? undefined : []);
  return {
    terminationGracePeriodSeconds: (own.terminationGracePeriod ?? request.terminationGracePeriod)?.toSeconds(),
    nodeSelector: own.nodeSelector ?? instance.common.nodeSelector,
    affinity: renderAffinity(own.affinity),
    tolerations: (own.tolerations ?? instance.common.tolerations)?.map(toleration => toleration._toKube()),
    topologySpreadConstraints: spread?.length === 0 ? undefined : renderTopologySpread(request.spreadBy ?? request.labels, spread),
    priorityClassName: own.priorityClassName,
    runtimeClassName: own.pod?.runtimeClassName,
    schedulerName: own.pod?.schedulerName ?? instance.common.schedulerName,
    ...renderDns(own.pod?.dns ?? instance.common.dns),
  };
}

function mainContainer(scope: Construct, instance: Instance, request: PodRequest, own: PodProps, parts: PodParts[]): Container {
  const options = own.container;
  const needs = needsOf(request.role, instance.traits);
  const security = own.securityContext ?? instance.common.securityContext;
  const probe = (kind: 'startup' | 'readiness' | 'liveness') => componentProbe(scope, kind, request[kind], options?.[`${kind}Probe`]);
  const longRunning = request.restartPolicy === undefined;
  const lifecycle: LifecycleOptions | undefined = options?.lifecycle ?? (longRunning ? instance.common.lifecycle : undefined);
  return {
    name: request.containerName,
    image: instance.image.reference,
    imagePullPolicy: instance.image.pullPolicy,
    command: options?.command,
    args: options?.args ?? (longRunning && needs.database ? afterDatabase(request.args) : request.args),
    workingDir: needs.runsTasks ? workingDirectory(instance) : undefined,
    env: [...airflowEnv(instance, needs), ...request.env ?? [], ...collect(parts, 'env'),
      ...renderEnv(instance.common.env), ...renderEnv(own.env)],
    envFrom: [...renderEnvFrom(instance.common.envFrom), ...renderEnvFrom(own.envFrom)],
    mounts: [...collect(parts, 'mounts'), ...renderMounts(instance.common.volumeMounts), ...renderMounts(own.volumeMounts)],
    ports: [...request.ports ?? [], ...renderPorts(options?.ports)],
    resources: renderResources(own.resources ?? request.resources),
    readOnlyRootFilesystem: security?.readOnlyRootFilesystem,
    startupProbe: probe('startup'),
    readinessProbe: probe('readiness'),
    livenessProbe: probe('liveness'),
    lifecycle: renderLifecycle(lifecycle),
  };
}

function componentProbe(scope: Construct, kind: string, own: Probe | undefined, timings: ProbeTimings | undefined): Json | undefined {
  if (own !== undefined) { return renderProbe(own.check, timings, own.timings, own.more); }
  if (timings === undefined || timings.enabled === false) { return undefined; }
  if (timings.command === undefined) {
    throw failure(scope, `'container.${kind}Probe' has no check of the component to time; give it a 'command', or leave it out`);
  }
  return renderProbe({}, timings, {});
}

function airflowEnv(instance: Instance, needs: Needs): EnvVar[] {
  const { secrets } = instance;
  return [
    { name: 'AIRFLOW_HOME', value: instance.image.airflowHome },
    // The init container has waited already, and a task of Airflow 3 has no database to wait for.
    { name: 'CONNECTION_CHECK_MAX_COUNT', value: '0' },
    // Signals go to Airflow alone, not to the tasks that it runs.
    { name: 'DUMB_INIT_SETSID', value: '0' },
    ...(needs.database ? secrets.database : []),
    ...(needs.fernetKey ? secrets.fernetKey : []),
    ...(needs.jwtSecret ? secrets.jwtSecret : []),
    ...(needs.secretKey ? secrets.secretKey : []),
  ];
}

function workingDirectory(instance: Instance): string {
  return `${instance.image.airflowHome}/work`;
}

/**
 * Airflow ends when its database goes away. Its container starts again without the init containers, so it waits by itself:
 * otherwise it would crash again and again, and Kubernetes would let it rest for minutes after the database is back.
 */
function afterDatabase(args: string[] = []): string[] {
  return ['bash', '-c', `${run('wait_for_database.py').join(' ')} && exec "$@"`, '--', ...args];
}

/** What every Airflow container mounts: its configuration, the scripts, and folders that it may write to. */
function baseParts(instance: Instance, needs: Needs, request: PodRequest, scratchSize: Size | undefined): PodParts {
  const home = instance.image.airflowHome;
  const size = scratchSize ?? (needs.runsTasks ? Size.gibibytes(10) : Size.gibibytes(1));
  const scratch = (mountPath: string, subPath: string): Mount => ({ name: 'scratch', mountPath, subPath });
  const file = (name: string): Mount => ({ name: 'config', mountPath: `${home}/${name}`, subPath: name, readOnly: true });
  const { configMaps } = instance;
  const configMap = (name: string, configMapName: string): Volume => ({ name, configMap: { name: configMapName } });
  const sharedLogs = needs.taskLogs && instance.parts(request.role).some(part => part.volumes?.some(volume => volume.name === 'logs'));
  return {
    volumes: [
      configMap('config', configMaps.config),
      configMap('local-settings', configMaps.localSettings),
      configMap('scripts', configMaps.scripts),
      { name: 'scratch', emptyDir: { sizeLimit: renderSize(size) } },
    ],
    mounts: [
      file('airflow.cfg'),
      ...(needs.webserverConfig ? [file('webserver_config.py')] : []),
      { name: 'local-settings', mountPath: `${home}/config/airflow_local_settings`, readOnly: true },
      { name: 'scripts', mountPath: SCRIPTS_PATH, readOnly: true },
      scratch('/tmp', 'tmp'),
      ...(sharedLogs ? [] : [scratch(`${home}/logs`, 'logs')]),
      ...(needs.runsTasks ? [scratch(`${USER_HOME}/.cache`, 'cache'), scratch(workingDirectory(instance), 'work')] : []),
    ],
  };
}

function tokenParts(token: ProjectedTokenOptions | undefined): PodParts {
  if (token === undefined) { return {}; }
  const source = {
    path: token.fileName ?? 'token',
    audience: token.audience,
    expirationSeconds: (token.expiration ?? Duration.hours(1)).toSeconds(),
  };
  return {
    volumes: [{ name: 'service-account-token', projected: { sources: [{ serviceAccountToken: source }] } }],
    mounts: [{ name: 'service-account-token', mountPath: token.mountPath, readOnly: true }],
  };
}

function waitContainer(instance: Instance, main: Container, waitFor: 'database' | 'migration'): Container {
  const needed = new Set(['config', 'scripts', 'scratch', 'local-settings']);
  const { common } = instance;
  return {
    name: waitFor === 'database' ? 'wait-for-database' : 'wait-for-migration',
    image: main.image,
    imagePullPolicy: main.imagePullPolicy,
    command: run('wait_for_database.py', ...(waitFor === 'migration' ? instance.migrationArgs() : [])),
    env: [{ name: 'AIRFLOW_HOME', value: instance.image.airflowHome }, ...instance.secrets.database, ...renderEnv(common.env)],
    envFrom: renderEnvFrom(common.envFrom),
    // What the platform gives every container may be the certificate of the database.
    mounts: [...(main.mounts ?? []).filter(mount => needed.has(mount.name)), ...renderMounts(common.volumeMounts)],
    resources: renderResources(WAIT_RESOURCES),
    readOnlyRootFilesystem: main.readOnlyRootFilesystem,
  };
}

function checkOptions(scope: Construct, instance: Instance, own: PodProps): void {
  for (const [prop, env] of [['pods.env', instance.common.env], ['env', own.env]] as const) {
    for (const name of Object.keys(env ?? {})) {
      checkEnvName(scope, prop, name);
      instance.config._checkVariable(scope, prop, name);
    }
  }
  checkLabels(scope, 'pods.labels', instance.common.labels, instance.labels);
  checkLabels(scope, 'pod.labels', own.pod?.labels, instance.labels);
  for (const mount of [...instance.common.volumeMounts ?? [], ...own.volumeMounts ?? []]) {
    checkAbsolutePath(scope, 'volumeMounts', mount.path);
  }
  checkPorts(scope, 'container.ports', own.container?.ports);
  for (const prop of ['initContainers', 'sidecars'] as const) {
    for (const extra of own[prop] ?? []) { checkExtra(scope, prop, extra); }
  }
}

function checkExtra(scope: Construct, prop: string, extra: ContainerOptions): void {
  checkPinned(`${prop}.image`, extra.image, scope);
  for (const name of Object.keys(extra.env ?? {})) { checkEnvName(scope, `${prop}.env`, name); }
  for (const mount of extra.volumeMounts ?? []) { checkAbsolutePath(scope, `${prop}.volumeMounts`, mount.path); }
  checkPorts(scope, `${prop}.ports`, extra.ports);
}

function checkPorts(scope: Construct, prop: string, ports: kplus.ContainerPort[] = []): void {
  for (const port of ports) {
    checkPort(scope, prop, port.number);
    if (port.name !== undefined) { checkDnsLabel(scope, `${prop}.name`, port.name, 15); }
  }
}
