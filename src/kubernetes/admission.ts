import { Construct } from 'constructs';
import type { Json, Volume } from './pod';
import { gather, Problems } from './problems';
import { parseQuantity } from './quantity';
import { checkDnsLabel, checkObjectName } from './validate';

/**
 * The Pod Security level of a namespace, which decides what its pods may do.
 *
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
export enum PodSecurityLevel {
  /** Forbids root, additional capabilities and privilege escalation. */
  RESTRICTED = 'restricted',
  /** Forbids known privilege escalations. */
  BASELINE = 'baseline',
  /** Allows everything. */
  PRIVILEGED = 'privileged',
}

interface Container extends Json {
  readonly name: string;
  readonly ports?: { readonly hostPort?: number }[];
  readonly volumeMounts?: { readonly name: string; readonly mountPath: string }[];
  readonly resources?: { readonly requests?: Json; readonly limits?: Json };
  readonly securityContext?: Json;
}

/** The volume types that the Pod Security level `restricted` admits. */
const VOLUME_TYPES = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'image', 'persistentVolumeClaim', 'projected', 'secret'];

const SELINUX_TYPES = ['container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'];
/** The sysctls that affect only the pod itself. */
const SYSCTLS = [
  'kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.ip_local_reserved_ports', 'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range', 'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl', 'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_syncookies', 'net.ipv4.tcp_wmem',
];

/**
 * Checks a rendered pod, and throws for everything that the API server or the Pod Security level `restricted` would
 * refuse.
 *
 * @param claims names of the volumes that the claim templates of a StatefulSet add
 */
export function checkRenderedPod(scope: Construct, pod: Json, claims: string[] = []): void {
  const spec = pod.spec as Json & { containers: Container[]; initContainers?: Container[]; volumes?: Volume[] };
  const all = [...spec.initContainers ?? [], ...spec.containers];
  gather(scope, problems => {
    const volumes = names(problems, scope, 'volumes', [...claims.map(name => ({ name })), ...spec.volumes ?? []]);
    names(problems, scope, 'containers', all);
    for (const container of all) { checkContainer(problems, container, volumes); }
    checkSleep(problems, all, spec.terminationGracePeriodSeconds as number | undefined);
    checkRestricted(problems, "the pod's spec", (spec.securityContext as Json | undefined) ?? {});
    for (const field of ['hostNetwork', 'hostPID', 'hostIPC'] as const) {
      if (spec[field]) { problems.add(`'spec.${field}' is true, which the Pod Security level restricted refuses; leave it out`); }
    }
    checkScheduling(problems, scope, spec);
    checkVolumeTypes(problems, spec.volumes ?? []);
    checkMeasured(problems, spec.volumes ?? [], all);
  });
}

function checkContainer(problems: Problems, container: Container, volumes: Set<string>): void {
  checkMounts(problems, container, volumes);
  checkQuantities(problems, container);
  checkRestricted(problems, `container '${container.name}'`, container.securityContext ?? {});
  for (const { hostPort } of container.ports ?? []) {
    if (hostPort) {
      problems.add(
        `'ports.hostPort' of container '${container.name}' is ${hostPort}, which the Pod Security level restricted refuses; leave it out`,
      );
    }
  }
}

/** Names that no object of the cluster can have, and values that the API server would refuse. */
function checkScheduling(problems: Problems, scope: Construct, spec: Json): void {
  for (const [field, kind] of [['priorityClassName', 'PriorityClass'], ['runtimeClassName', 'RuntimeClass']] as const) {
    problems.check(() => checkObjectName(scope, `spec.${field}`, kind, spec[field] as string | undefined));
  }
  const { sysctls = [] } = (spec.securityContext ?? {}) as { sysctls?: { name: string; value: unknown }[] };
  for (const { name, value } of sysctls) {
    if (typeof value !== 'string' || value === '') {
      problems.add(`'securityContext.sysctls' must have a text for '${name}', like '300', got ${JSON.stringify(value)}`);
    }
  }
}

function checkVolumeTypes(problems: Problems, volumes: Volume[]): void {
  for (const { name, ...types } of volumes) {
    const refused = Object.keys(types).find(type => !VOLUME_TYPES.includes(type));
    if (refused !== undefined) {
      problems.add(`the volume '${name}' is of type ${refused}, which the Pod Security level restricted refuses; `
        + `use one of ${VOLUME_TYPES.join(', ')}`);
    }
  }
}

/** Throws for a hook that sleeps longer than the pod may take to end. */
function checkSleep(problems: Problems, containers: Container[], grace = 30): void {
  for (const { name, lifecycle } of containers) {
    const { seconds } = (lifecycle as { preStop?: { sleep?: { seconds: number } } } | undefined)?.preStop?.sleep ?? {};
    if (seconds !== undefined && seconds > grace) {
      problems.add(`'lifecycle.preStopSleep' of container '${name}' must be at most the 'terminationGracePeriod', ${grace} seconds, `
        + `got ${seconds}; lower it, or raise that`);
    }
  }
}

/** The kubelet waits for ever to mount a volume that names a container which the pod does not have. */
function checkMeasured(problems: Problems, volumes: Volume[], containers: Container[]): void {
  const known = containers.map(({ name }) => name);
  for (const { name, downwardAPI, projected } of volumes) {
    const sources = [{ downwardAPI }, ...(projected as { sources: Json[] } | undefined)?.sources ?? []];
    const files = sources.flatMap(source => (source.downwardAPI as { items: Json[] } | undefined)?.items ?? []);
    for (const { path, resourceFieldRef } of files) {
      const { containerName } = (resourceFieldRef ?? {}) as { containerName?: string };
      if (containerName !== undefined && !known.includes(containerName)) {
        problems.add(`the file '${path as string}' of the volume '${name}' measures the container '${containerName}', `
          + `which the pod does not have (${known.join(', ')})`);
      }
    }
  }
}

function names(problems: Problems, scope: Construct, field: string, items: { readonly name: string }[]): Set<string> {
  const seen = new Set<string>();
  for (const { name } of items) {
    problems.check(() => checkDnsLabel(scope, `spec.${field}.name`, name));
    if (seen.has(name)) { problems.add(`'spec.${field}' of the pod has two of the name '${name}'; rename one of them`); }
    seen.add(name);
  }
  return seen;
}

function checkMounts(problems: Problems, container: Container, volumes: Set<string>): void {
  const paths = new Set<string>();
  for (const { name, mountPath } of container.volumeMounts ?? []) {
    const place = mountPath.replace(/\/+$/, '');
    if (!volumes.has(name)) {
      problems.add(
        `container '${container.name}' mounts '${name}' at '${mountPath}', which is not a volume of the pod (${[...volumes].join(', ')})`,
      );
    }
    if (paths.has(place)) { problems.add(`container '${container.name}' has two mounts at '${place || '/'}'; move one of them`); }
    paths.add(place);
  }
}

function checkQuantities(problems: Problems, container: Container): void {
  const { requests = {}, limits = {} } = container.resources ?? {};
  for (const [side, amounts] of Object.entries({ requests, limits })) {
    for (const [name, amount] of Object.entries(amounts)) {
      if (!((parseQuantity(amount) ?? -1) >= 0)) {
        problems.add(
          `'resources.${side}.${name}' of container '${container.name}' must be a quantity like 500m or 2Gi, got '${amount as string}'`,
        );
      }
    }
  }
  // Kubernetes cannot overcommit an extended resource: the request must equal the limit, or be left out.
  for (const [name, amount] of Object.entries(requests).filter(([key]) => key.includes('/'))) {
    if (parseQuantity(limits[name]) !== parseQuantity(amount)) {
      problems.add(`'resources.requests.${name}' of container '${container.name}' must be the same as the limit, got ${amount as string} `
        + `and ${limits[name] as string ?? 'no limit'}; leave the request out and set the limit`);
    }
  }
  for (const [name, limit] of Object.entries(limits)) {
    if (requests[name] !== undefined && parseQuantity(requests[name])! > parseQuantity(limit)!) {
      problems.add(`'resources.requests.${name}' of container '${container.name}' must be at most the limit ${limit as string}, `
        + `got ${requests[name] as string}; lower it, or raise the limit`);
    }
  }
}

/** @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted */
function checkRestricted(problems: Problems, where: string, context: Json): void {
  const of = (field: string) => (context[field] as Json | undefined) ?? {};
  const { add = [], drop } = of('capabilities') as { add?: string[]; drop?: string[] };
  const { type, user, role } = of('seLinuxOptions');
  const sysctls = ((context.sysctls as { name: string }[] | undefined) ?? []).map(({ name }) => name);
  const wrong: [string, unknown, boolean][] = [
    ['privileged', context.privileged, context.privileged === true],
    ['allowPrivilegeEscalation', context.allowPrivilegeEscalation, context.allowPrivilegeEscalation === true],
    ['runAsNonRoot', context.runAsNonRoot, context.runAsNonRoot === false],
    ['runAsUser', context.runAsUser, context.runAsUser === 0],
    ['procMount', context.procMount, (context.procMount ?? 'Default') !== 'Default'],
    ['seccompProfile.type', of('seccompProfile').type, of('seccompProfile').type === 'Unconfined'],
    ['appArmorProfile.type', of('appArmorProfile').type, of('appArmorProfile').type === 'Unconfined'],
    ['seLinuxOptions.type', type, Boolean(type) && !SELINUX_TYPES.includes(type as string)],
    ['seLinuxOptions.user', user, Boolean(user)],
    ['seLinuxOptions.role', role, Boolean(role)],
    ['windowsOptions.hostProcess', true, of('windowsOptions').hostProcess === true],
    ['capabilities.add', add, add.some(name => name !== 'NET_BIND_SERVICE')],
    ['capabilities.drop', drop, drop !== undefined && !drop.includes('ALL')],
    ['sysctls', sysctls, sysctls.some(name => !SYSCTLS.includes(name))],
  ];
  for (const [field, value, refused] of wrong) {
    if (refused) {
      problems.add(
        `'securityContext.${field}' of ${where} is ${JSON.stringify(value)}, `
          + 'which the Pod Security level restricted refuses; leave it out',
      );
    }
  }
}
