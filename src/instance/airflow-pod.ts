import { Duration, Lazy, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { baseParts, workingDirectory } from './base-parts';
import { checkPodProps } from './check-pod-props';
import { Environment, environmentOf } from './common-environment';
import { checkDatabaseIdentity, identityOf } from './identity';
import { Instance } from './instance';
import { onSpotNodes } from './on-spot-nodes';
import { AirflowImage } from '../core/airflow-image';
import { PodParts } from '../core/answer';
import { CommonPodOptions } from '../core/common-pod-options';
import { evictionAnnotations, saysEviction } from '../core/labels';
import { Needs, needsOf, Role } from '../core/needs';
import { AIRFLOW_USER, NAMELESS, WAIT_RESOURCES } from '../core/official-image';
import { checkSsh, commonSpec, helperResources, podSecurity } from '../core/plain-pod';
import { homeEnv, run } from '../core/scripts';
import { DATABASE_TLS } from '../core/tls-files';
import { checkExtendedResources } from '../kubernetes/check-resources';
import { ephemeralClaimParts } from '../kubernetes/claim';
import { completeResources } from '../kubernetes/complete-resources';
import { ContainerOptions, LifecycleOptions, ProbeTimings } from '../kubernetes/container-options';
import { Gpu } from '../kubernetes/gpu';
import { Container, EnvVar, Json, Mount, Pod, Port } from '../kubernetes/pod';
import { AirflowPodOptions, SecurityContextOptions } from '../kubernetes/pod-options';
import { renderProbe, Probe, Probes } from '../kubernetes/probe';
import {
  renderEnv, renderEnvFrom, renderExtraContainer, renderLifecycle, renderMounts, renderPorts, renderResources,
  renderVolumes,
} from '../kubernetes/render';
import { apart, renderTopologySpread } from '../kubernetes/render-scheduling';
import { ProjectedTokenOptions } from '../kubernetes/service-account-options';
import { SpotNodes } from '../kubernetes/spot-nodes';
import { checkAbsolutePath, checkSeconds, checkSubPath, failure } from '../kubernetes/validate';

/** The pod that a component requests. */
export interface PodRequest {
  readonly role: Role;
  readonly containerName: string;
  /** The command that replaces the entry point of the image. */
  readonly command?: string[];
  readonly args?: string[];
  readonly ports?: Port[];
  readonly probes?: Probes;
  readonly env?: EnvVar[];
  /** The names of the Secrets that the pod itself creates. */
  readonly makes?: string[];
  readonly waitFor?: 'database' | 'migration';
  readonly restartPolicy?: 'OnFailure' | 'Never';
  readonly resources: kplus.ContainerResources;
  readonly terminationGracePeriod?: Duration;
  /** The command before the container gets SIGTERM, unless the options have one. */
  readonly preStop?: string[];
  readonly serviceAccountName?: string;
  readonly labels: { readonly [name: string]: string };
  /** Whether the pods are replaced when a file changes that they read only at their start. */
  readonly followsConfig: boolean;
  /** The volumes, containers and variables that the component itself adds. */
  readonly parts?: PodParts;
  /** An image that replaces the image of the instance. */
  readonly image?: AirflowImage;
  readonly gpus?: Gpu;
  readonly spot?: SpotNodes;
  readonly activeDeadline?: Duration;
  /** The labels that topology spread counts by, when the component can have several pods. */
  readonly spreadBy?: { readonly [name: string]: string };
  /** The claim template of a StatefulSet that stores the logs, and its size. */
  readonly logsClaim?: { readonly name: string; readonly size: Size };
  /** The other claim templates of a StatefulSet, and the paths at which the main container mounts them. */
  readonly claims?: { readonly name: string; readonly mountPath: string }[];
}

/** Builds every Airflow pod, from the needs of the role, the choices, the options of the instance and the options of the component. */
export function airflowPod(scope: Construct, instance: Instance, request: PodRequest, options: AirflowPodOptions): Pod {
  const own = onSpotNodes(options, instance.common, request.spot);
  const ours = {
    labels: {
      // A task pod without a service account of this Airflow gets no identity labels, because the cloud would not trust its account.
      ...(request.serviceAccountName === undefined ? {} : identityOf(instance, request.role, own.serviceAccount)?.podLabels),
      ...instance.labels,
      ...request.labels,
    },
    annotations: request.followsConfig ? { 'cdk8s-airflow/config-checksum': Lazy.any({ produce: instance.checksum }) } : {},
  };
  checkPodProps(scope, instance, own, ours);
  checkExtendedResources(scope, own.extendedResources, request.gpus);
  if (request.serviceAccountName !== undefined) { checkDatabaseIdentity(scope, instance, request.role, own); }
  const needs = needsOf(request.role, instance.traits);
  const callsKubernetes = own.serviceAccount?.automountToken ?? instance.common.serviceAccount?.automountToken
    ?? instance.kubernetesCalls(request.role).length > 0;
  if (needs.taskPods === 'launch') { checkToken(scope, own, instance.common); }
  const chosen = instance.parts(request.role);
  const environment = environmentOf(instance.common, own, request.makes);
  const parts = [
    baseParts(instance, needs, request.role, {
      longRunning: request.restartPolicy === undefined, scratchSize: own.pod?.scratchSize, shared: chosen, logsClaim: request.logsClaim,
    }),
    ...chosen,
    request.parts ?? {},
    tokenParts(scope, own.serviceAccount?.projectedToken ?? instance.common.serviceAccount?.projectedToken),
    ephemeralClaimParts(own.pod?.ephemeralClaims),
    { mounts: request.claims?.map(({ name, mountPath }) => ({ name, mountPath })) },
    { volumes: environment.volumes },
    ...[...own.initContainers ?? [], ...own.sidecars ?? []].map(extra => ({ volumes: renderVolumes(extra.volumeMounts) })),
  ];
  const security = own.securityContext ?? instance.common.securityContext;
  checkSsh(scope, instance.image, own.securityContext === undefined ? 'pods.securityContext' : 'securityContext', security, parts);
  const main = mainContainer(scope, instance, request, own, parts, environment);
  const extra = (container: ContainerOptions) => renderExtraContainer(container, main, `${instance.image.airflowHome}/logs`);
  const around = (library: Container[], containers: ContainerOptions[] = []) => [
    ...containers.filter(({ runsFirst }) => runsFirst).map(extra),
    ...library,
    ...containers.filter(({ runsFirst }) => !runsFirst).map(extra),
  ];
  const wait = request.waitFor === undefined || !needs.database ? [] : [waitContainer(instance, main, request, own)];
  return {
    labels: { ...instance.common.labels, ...own.pod?.labels, ...ours.labels },
    annotations: {
      ...instance.common.annotations, ...own.pod?.annotations, ...eviction(instance, request, own), ...ours.annotations,
    },
    serviceAccountName: request.serviceAccountName,
    automountServiceAccountToken: callsKubernetes,
    imagePullSecrets: [...new Set([...instance.image.pullSecrets, ...request.image?.pullSecrets ?? []].map(secret => secret.name))],
    sidecars: around(owned(parts, 'sidecars', security), own.sidecars),
    initContainers: around([...wait, ...owned(parts, 'initContainers', security)], own.initContainers),
    containers: [main],
    volumes: collect(parts, part => part.volumes),
    claims: [...request.logsClaim === undefined ? [] : [request.logsClaim], ...request.claims ?? []].map(({ name }) => name),
    restartPolicy: request.restartPolicy,
    security: podSecurity(security),
    spec: podSpec(instance, request, own),
  };
}

/**
 * Tasks and Jobs would lose their work, so autoscalers must not evict them. All other pods can start again elsewhere. Without the
 * annotation their scratch volume would keep the cluster autoscaler from removing the node. Karpenter may always evict a worker: it waits
 * for pods that it must not evict even when a node has to go, and a worker never ends by itself.
 */
function eviction({ common, traits, disruption }: Instance, request: PodRequest, own: AirflowPodOptions): { [name: string]: string } {
  if (own.pod?.safeToEvict !== undefined) { return evictionAnnotations(own.pod.safeToEvict); }
  if (saysEviction(own.pod)) { return {}; }
  if (request.restartPolicy !== undefined) { return evictionAnnotations(false); }
  if (needsOf(request.role, traits).runsTasks) { return evictionAnnotations(!disruption.pinsWorkers, true); }
  return saysEviction(common) ? {} : evictionAnnotations(true);
}

/** The class of tasks is for pods that run nothing else. */
function priorityOf({ traits, disruption }: Instance, { role }: PodRequest, own: AirflowPodOptions): string | undefined {
  const onlyTasks = needsOf(role, traits).runsTasks && role !== Role.SCHEDULER;
  return own.priorityClassName ?? (onlyTasks ? disruption.taskPriority : disruption.controlPlanePriority);
}

function collect<T>(parts: PodParts[], pick: (part: PodParts) => T[] | undefined): T[] {
  return parts.flatMap(part => pick(part) ?? []);
}

/** The library's own containers run as the user of their image, unless the namespace assigns the user. */
function owned(parts: PodParts[], key: 'sidecars' | 'initContainers', security: SecurityContextOptions | undefined): Container[] {
  return collect(parts, part => part[key]).map(container => (security?.userFromNamespace ? { ...container, user: undefined } : container));
}

function podSpec(instance: Instance, request: PodRequest, own: AirflowPodOptions): Json {
  const { common } = instance;
  // A Job has one pod, so there is nothing to spread.
  const shared = request.restartPolicy === undefined || request.role === Role.TASK ? common.topologySpread : undefined;
  const spread = own.topologySpread ?? shared;
  return {
    terminationGracePeriodSeconds: (own.terminationGracePeriod ?? request.terminationGracePeriod)?.toSeconds(),
    ...commonSpec({
      nodeSelector: own.nodeSelector ?? common.nodeSelector,
      affinity: own.affinity ?? common.affinity,
      tolerations: own.tolerations ?? common.tolerations,
      priorityClassName: priorityOf(instance, request, own),
      schedulerName: own.pod?.schedulerName ?? common.schedulerName,
      dns: own.pod?.dns ?? common.dns,
    }),
    topologySpreadConstraints: spread === undefined ? apart(request.spreadBy)
      : renderTopologySpread(request.spreadBy ?? request.labels, spread),
    activeDeadlineSeconds: request.activeDeadline?.toSeconds(),
    runtimeClassName: own.pod?.runtimeClassName,
    shareProcessNamespace: own.pod?.shareProcessNamespace,
  };
}

function mainContainer(scope: Construct, instance: Instance, request: PodRequest, own: AirflowPodOptions, parts: PodParts[],
  environment: Environment): Container {
  const options = own.container;
  const needs = needsOf(request.role, instance.traits);
  const security = own.securityContext ?? instance.common.securityContext;
  const probe = (kind: keyof Probes) => componentProbe(scope, kind, request.probes?.[kind], options?.[`${kind}Probe`]);
  const longRunning = request.restartPolicy === undefined;
  const lifecycle: LifecycleOptions | undefined = options?.lifecycle ?? (longRunning ? instance.common.lifecycle : undefined);
  return {
    name: request.containerName,
    image: (request.image ?? instance.image).reference,
    imagePullPolicy: (request.image ?? instance.image).pullPolicy,
    command: options?.command ?? request.command,
    args: options?.args ?? after(longRunning ? atStart(parts, needs) : [], request.args),
    workingDir: needs.runsTasks ? workingDirectory(instance) : undefined,
    env: [...airflowEnv(instance, request.role, security), ...request.env ?? [], ...collect(parts, part => part.env), ...environment.env],
    envFrom: environment.envFrom,
    mounts: [...collect(parts, part => part.mounts), ...environment.mounts],
    ports: [...needs.servesLogs === undefined ? [] : [needs.servesLogs], ...request.ports ?? [], ...renderPorts(options?.ports)],
    resources: renderResources(completeResources(own.resources, request.resources), request.gpus, own.extendedResources),
    readOnlyRootFilesystem: security?.readOnlyRootFilesystem,
    startupProbe: probe('startup'),
    readinessProbe: probe('readiness'),
    livenessProbe: probe('liveness'),
    lifecycle: renderLifecycle(request.preStop === undefined || stops(lifecycle) ? lifecycle : { ...lifecycle, preStop: request.preStop }),
  };
}

/** Whether the options say what the container does before it ends. */
function stops({ preStop, preStopHttp, preStopSleep }: LifecycleOptions = {}): boolean {
  return (preStop ?? preStopHttp ?? preStopSleep) !== undefined;
}

function componentProbe(scope: Construct, kind: string, own: Probe | undefined, timings: ProbeTimings | undefined): Json | undefined {
  if (own !== undefined) { return renderProbe(own.check, timings, own.timings, own.more); }
  if (timings === undefined || timings.enabled === false) { return undefined; }
  if (timings.command === undefined) {
    throw failure(scope, `'container.${kind}Probe' has no check of the component to time; give it a 'command', or leave it out`);
  }
  return renderProbe({}, timings, {});
}

function airflowEnv(instance: Instance, role: Role, security: SecurityContextOptions | undefined): EnvVar[] {
  const { secrets } = instance;
  const needs = needsOf(role, instance.traits);
  const nameless = podSecurity(security).user === AIRFLOW_USER ? [] : NAMELESS;
  if (!needs.airflow) { return nameless; }
  return [
    ...homeEnv(instance.image.airflowHome),
    // The entry point need not wait: the init container has waited already, and a task of Airflow 3 uses no database.
    { name: 'CONNECTION_CHECK_MAX_COUNT', value: '0' },
    // `dumb-init` sends signals only to Airflow, not to the tasks that Airflow runs.
    { name: 'DUMB_INIT_SETSID', value: '0' },
    ...nameless,
    ...(needs.database ? secrets.database(role) : []),
    ...(needs.fernetKey ? secrets.fernetKey : []),
    ...(needs.jwtSecret ? secrets.jwtSecret : []),
    ...(needs.secretKey ? secrets.secretKey : []),
    ...(needs.broker ? secrets.broker : []),
    ...(needs.results ? secrets.results : []),
    ...(needs.connections ? secrets.connections() : []),
  ];
}

/**
 * Airflow exits when its database goes away. Kubernetes restarts the container without the init containers, so the container waits for
 * the database by itself. Otherwise it would crash again and again, and the back-off of Kubernetes would delay it for minutes after the
 * database is back.
 */
const AFTER_DATABASE = run('wait_for_database.py').join(' ');

/** The shell commands of a component before its own command. */
function atStart(parts: PodParts[], { database }: Needs): string[] {
  return [...collect(parts, part => part.atStart), ...database ? [AFTER_DATABASE] : []];
}

/** Runs shell commands before the command of a container. */
function after(commands: string[], args?: string[]): string[] | undefined {
  return commands.length === 0 ? args : ['bash', '-c', [...commands, 'exec "$@"'].join(' && '), '--', ...args ?? []];
}

const TOKEN_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';
const TOKEN_FILE = 'token';
const TOKEN_VOLUME = 'service-account-token';
/** The files that clients of the Kubernetes API read besides the token. The default mount of a token includes them. */
const BESIDE_TOKEN: Json[] = [
  { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
  { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
];

/** Whether clients of the Kubernetes API find the token at this path. */
function isStandard({ mountPath, fileName = TOKEN_FILE }: ProjectedTokenOptions): boolean {
  return mountPath.replace(/\/+$/, '') === TOKEN_FOLDER && fileName === TOKEN_FILE;
}

/** Throws for a pod that starts task pods but has no token for the Kubernetes API. */
function checkToken(scope: Construct, { serviceAccount = {} }: AirflowPodOptions, common: CommonPodOptions): void {
  const { automountToken, projectedToken } = serviceAccount;
  const own = projectedToken !== undefined && projectedToken.audience === undefined && isStandard(projectedToken);
  if ((automountToken ?? common.serviceAccount?.automountToken) === false && !own) {
    const [prop, instead] =
      automountToken === false
        ? ['serviceAccount', 'leave it out']
        : ['pods.serviceAccount', "set 'serviceAccount.automountToken' to true"];
    throw failure(scope, `'${prop}.automountToken' is false, but the scheduler starts task pods by that token; ${instead}, `
      + `or give 'serviceAccount.projectedToken' the 'mountPath' ${TOKEN_FOLDER}, without 'audience' and 'fileName'`);
  }
}

function tokenParts(scope: Construct, token: ProjectedTokenOptions | undefined): PodParts {
  if (token === undefined) { return {}; }
  checkAbsolutePath(scope, 'serviceAccount.projectedToken.mountPath', token.mountPath);
  checkSeconds(scope, 'serviceAccount.projectedToken.expiration', token.expiration, 600);
  checkSubPath(scope, 'serviceAccount.projectedToken.fileName', token.fileName);
  const serviceAccountToken = {
    path: token.fileName ?? TOKEN_FILE,
    audience: token.audience,
    expirationSeconds: (token.expiration ?? Duration.hours(1)).toSeconds(),
  };
  const sources = [{ serviceAccountToken }, ...isStandard(token) ? BESIDE_TOKEN : []];
  return {
    volumes: [{ name: TOKEN_VOLUME, projected: { sources } }],
    mounts: [{ name: TOKEN_VOLUME, mountPath: token.mountPath, readOnly: true }],
  };
}

/** The Job that long-running components wait for, besides the migration. The other Jobs do not use the DAGs. */
function checkedArgs(instance: Instance, { waitFor, restartPolicy }: PodRequest): string[] {
  const job = waitFor === 'migration' && restartPolicy === undefined ? instance.dagsCheckedBy() : undefined;
  return job === undefined ? [] : ['--dags-checked', job];
}

function waitContainer(instance: Instance, main: Container, request: PodRequest, own: AirflowPodOptions): Container {
  const { role, waitFor, image } = request;
  // The container needs Airflow's own files, because the script falls back on Airflow's commands for some databases.
  const names = ['config', 'scripts', 'local-settings', DATABASE_TLS, ...instance.traits.databaseToken ? [TOKEN_VOLUME] : []];
  const needed = (mount: Mount) => names.includes(mount.name) || mount.mountPath === '/tmp';
  const { common } = instance;
  const commonEnv = Object.fromEntries(Object.entries(common.env ?? {}).map(([name, value]) => [name, own.env?.[name] ?? value]));
  const database = instance.secrets.database(role);
  const tls = database.some(({ name }) => name === 'PGSSLMODE');
  return {
    name: waitFor === 'database' ? 'wait-for-database' : 'wait-for-migration',
    image: main.image,
    imagePullPolicy: main.imagePullPolicy,
    command: run('wait_for_database.py', ...(tls ? ['--tls'] : []), '--airflow', (image ?? instance.image).version.release,
      ...checkedArgs(instance, request), ...(waitFor === 'migration' ? instance.migrationArgs() : [])),
    env: [...homeEnv(instance.image.airflowHome), ...database, ...renderEnv(commonEnv)],
    envFrom: renderEnvFrom(common.envFrom),
    // The mounts of `pods.volumeMounts` may contain the certificate of the database.
    mounts: [...(main.mounts ?? []).filter(needed), ...renderMounts(common.volumeMounts)],
    resources: helperResources(common, WAIT_RESOURCES),
    readOnlyRootFilesystem: main.readOnlyRootFilesystem,
    // `kubectl describe` then shows why the container exited.
    terminationMessagePolicy: 'FallbackToLogsOnError',
  };
}
