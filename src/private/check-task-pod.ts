import { Construct } from 'constructs';
import { Json } from './pod';
import { parseQuantity } from './quantity';
import { checkDnsLabel, failure } from './validate';

interface Container extends Json {
  readonly name: string;
  readonly env?: { readonly name: string }[];
  readonly volumeMounts?: { readonly name: string; readonly mountPath: string }[];
  readonly resources?: { readonly requests?: Json; readonly limits?: Json };
  readonly securityContext?: Json;
}

/** Throws for what makes a task pod fail only when a task is started. */
export function checkTaskPod(scope: Construct, pod: Json): void {
  const spec = pod.spec as Json & { containers: Container[]; initContainers?: Container[] };
  if (spec.restartPolicy !== 'Never') {
    throw failure(scope, `'spec.restartPolicy' of a task pod must be Never, got '${spec.restartPolicy as string}'; Airflow decides when a task is tried again`);
  }
  const all = [...spec.initContainers ?? [], ...spec.containers];
  const volumes = names(scope, 'volumes', (spec.volumes as Json[] | undefined) ?? []);
  names(scope, 'containers', all);
  for (const container of all) {
    checkMounts(scope, container, volumes);
    checkQuantities(scope, container);
    checkRestricted(scope, `container '${container.name}'`, container.securityContext ?? {});
  }
  checkRestricted(scope, "the pod's spec", (spec.securityContext as Json | undefined) ?? {});
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC'] as const) {
    if (spec[field]) { throw failure(scope, `'spec.${field}' is true, which the Pod Security level restricted refuses; leave it out`); }
  }
  for (const volume of spec.volumes as Json[] | undefined ?? []) {
    if (volume.hostPath !== undefined) {
      throw failure(scope, `the volume '${volume.name as string}' is of type hostPath, which the Pod Security level restricted refuses; use another type`);
    }
  }
}

function names(scope: Construct, field: string, items: Json[]): Set<string> {
  const seen = new Set<string>();
  for (const name of items.map(item => `${item.name as string}`)) {
    checkDnsLabel(scope, `spec.${field}.name`, name);
    if (seen.has(name)) { throw failure(scope, `'spec.${field}' of a task pod has two of the name '${name}'; rename one of them`); }
    seen.add(name);
  }
  return seen;
}

function checkMounts(scope: Construct, container: Container, volumes: Set<string>): void {
  const paths = new Set<string>();
  for (const { name, mountPath } of container.volumeMounts ?? []) {
    if (!volumes.has(name)) {
      throw failure(scope, `container '${container.name}' mounts '${name}' at '${mountPath}', which is not a volume of the pod (${[...volumes].join(', ')})`);
    }
    if (paths.has(mountPath)) { throw failure(scope, `container '${container.name}' has two mounts at '${mountPath}'; move one of them`); }
    paths.add(mountPath);
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
  for (const [name, limit] of Object.entries(limits)) {
    if (requests[name] !== undefined && parseQuantity(requests[name])! > parseQuantity(limit)!) {
      throw failure(scope, `'resources.requests.${name}' of container '${container.name}' must be at most the limit ${limit as string}, `
        + `got ${requests[name] as string}; lower it, or raise the limit`);
    }
  }
}

/** @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted */
function checkRestricted(scope: Construct, where: string, context: Json): void {
  const capabilities = context.capabilities as { add?: string[]; drop?: string[] } | undefined;
  const wrong: [string, unknown, boolean][] = [
    ['privileged', context.privileged, context.privileged === true],
    ['allowPrivilegeEscalation', context.allowPrivilegeEscalation, context.allowPrivilegeEscalation === true],
    ['runAsNonRoot', context.runAsNonRoot, context.runAsNonRoot === false],
    ['runAsUser', context.runAsUser, context.runAsUser === 0],
    ['seccompProfile.type', (context.seccompProfile as Json | undefined)?.type, (context.seccompProfile as Json | undefined)?.type === 'Unconfined'],
    ['capabilities.add', capabilities?.add, capabilities?.add?.some(name => name !== 'NET_BIND_SERVICE') ?? false],
    ['capabilities.drop', capabilities?.drop, capabilities?.drop !== undefined && !capabilities.drop.includes('ALL')],
  ];
  for (const [field, value, refused] of wrong) {
    if (refused) {
      throw failure(scope, `'securityContext.${field}' of ${where} is ${JSON.stringify(value)}, which the Pod Security level restricted refuses; leave it out`);
    }
  }
}
