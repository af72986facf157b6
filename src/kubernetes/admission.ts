import { Construct } from 'constructs';
import type { Json, Volume } from './pod';
import { parseQuantity } from './quantity';
import { checkDnsLabel, failure } from './validate';

interface Container extends Json {
  readonly name: string;
  readonly ports?: { readonly hostPort?: number }[];
  readonly volumeMounts?: { readonly name: string; readonly mountPath: string }[];
  readonly resources?: { readonly requests?: Json; readonly limits?: Json };
  readonly securityContext?: Json;
}

/** The types of volumes that the Pod Security level restricted admits. */
const VOLUME_TYPES = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'image', 'persistentVolumeClaim', 'projected', 'secret'];

const SELINUX_TYPES = ['container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'];
/** Those that reach no further than the pod. */
const SYSCTLS = [
  'kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.ip_local_reserved_ports', 'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range', 'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl', 'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_syncookies',
];

/**
 * Throws for what the API server, or the Pod Security level restricted, refuses in a rendered pod.
 *
 * @param claims volumes that the claim templates of a StatefulSet bring
 */
export function checkRenderedPod(scope: Construct, pod: Json, claims: string[] = []): void {
  const spec = pod.spec as Json & { containers: Container[]; initContainers?: Container[]; volumes?: Volume[] };
  const all = [...spec.initContainers ?? [], ...spec.containers];
  const volumes = names(scope, 'volumes', [...claims.map(name => ({ name })), ...spec.volumes ?? []]);
  names(scope, 'containers', all);
  for (const container of all) {
    checkMounts(scope, container, volumes);
    checkQuantities(scope, container);
    checkRestricted(scope, `container '${container.name}'`, container.securityContext ?? {});
    const port = container.ports?.find(({ hostPort }) => hostPort);
    if (port !== undefined) {
      throw failure(scope, `'ports.hostPort' of container '${container.name}' is ${port.hostPort}, which the Pod Security level restricted refuses; leave it out`);
    }
  }
  checkRestricted(scope, "the pod's spec", (spec.securityContext as Json | undefined) ?? {});
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC'] as const) {
    if (spec[field]) { throw failure(scope, `'spec.${field}' is true, which the Pod Security level restricted refuses; leave it out`); }
  }
  for (const { name, ...types } of spec.volumes ?? []) {
    const refused = Object.keys(types).find(type => !VOLUME_TYPES.includes(type));
    if (refused !== undefined) {
      throw failure(scope, `the volume '${name}' is of type ${refused}, which the Pod Security level restricted refuses; use one of ${VOLUME_TYPES.join(', ')}`);
    }
  }
}

function names(scope: Construct, field: string, items: { readonly name: string }[]): Set<string> {
  const seen = new Set<string>();
  for (const { name } of items) {
    checkDnsLabel(scope, `spec.${field}.name`, name);
    if (seen.has(name)) { throw failure(scope, `'spec.${field}' of the pod has two of the name '${name}'; rename one of them`); }
    seen.add(name);
  }
  return seen;
}

function checkMounts(scope: Construct, container: Container, volumes: Set<string>): void {
  const paths = new Set<string>();
  for (const { name, mountPath } of container.volumeMounts ?? []) {
    const place = mountPath.replace(/\/+$/, '');
    if (!volumes.has(name)) {
      throw failure(scope, `container '${container.name}' mounts '${name}' at '${mountPath}', which is not a volume of the pod (${[...volumes].join(', ')})`);
    }
    if (paths.has(place)) { throw failure(scope, `container '${container.name}' has two mounts at '${place || '/'}'; move one of them`); }
    paths.add(place);
  }
}

function checkQuantities(scope: Construct, container: Container): void {
  const { requests = {}, limits = {} } = container.resources ?? {};
  for (const [side, amounts] of Object.entries({ requests, limits })) {
    for (const [name, amount] of Object.entries(amounts)) {
      if (!((parseQuantity(amount) ?? -1) >= 0)) {
        throw failure(scope, `'resources.${side}.${name}' of container '${container.name}' must be a quantity like 500m or 2Gi, got '${amount as string}'`);
      }
    }
  }
  // Of what cannot be shared Kubernetes takes the limit alone, or a request that is the same.
  for (const [name, amount] of Object.entries(requests).filter(([key]) => key.includes('/'))) {
    if (parseQuantity(limits[name]) !== parseQuantity(amount)) {
      throw failure(scope, `'resources.requests.${name}' of container '${container.name}' must be the same as the limit, got ${amount as string} `
        + `and ${limits[name] as string ?? 'no limit'}; leave the request out and set the limit`);
    }
  }
  for (const [name, limit] of Object.entries(limits)) {
    if (requests[name] !== undefined && parseQuantity(requests[name])! > parseQuantity(limit)!) {
      throw failure(scope, `'resources.requests.${name}' of container '${container.name}' must be at most the limit ${limit as string}, `
        + `got ${requests[name] as string}; lower it, or raise the limit`);
    }
  }
}

/** @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted */
function checkRestricted(scope: Construct, where: string, context: Json): void {
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
      throw failure(scope, `'securityContext.${field}' of ${where} is ${JSON.stringify(value)}, which the Pod Security level restricted refuses; leave it out`);
    }
  }
}
