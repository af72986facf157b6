import { Construct } from 'constructs';
import { DefaultTaskPodOptions } from '../task-pod-options';
import { renderSize } from './kube';
import { Json, Volume } from './pod';
import { parseQuantity } from './quantity';
import { checkDnsLabel, failure } from './validate';

interface Resources { readonly requests?: Json; readonly limits?: Json }
interface Container extends Json {
  readonly name: string;
  readonly ports?: { readonly hostPort?: number }[];
  readonly volumeMounts?: { readonly name: string; readonly mountPath: string }[];
  readonly resources?: Resources;
  readonly securityContext?: Json;
}

/** The types of volumes that the Pod Security level restricted admits. */
const VOLUME_TYPES = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'image', 'persistentVolumeClaim', 'projected', 'secret'];

/** Throws for what makes a task pod fail only when a task is started, and for limits of tuning that the pod is beyond. */
export function checkTaskPod(scope: Construct & { readonly _options: DefaultTaskPodOptions }, pod: Json): void {
  const spec = pod.spec as Json & { containers: Container[]; initContainers?: Container[]; volumes?: Volume[] };
  if (spec.restartPolicy !== 'Never') {
    throw failure(scope, `'spec.restartPolicy' of a task pod must be Never, got '${spec.restartPolicy as string}'; Airflow decides when a task is tried again`);
  }
  const all = [...spec.initContainers ?? [], ...spec.containers];
  const volumes = names(scope, 'volumes', spec.volumes ?? []);
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
  checkTuning(scope, scope._options, spec.containers[0].resources ?? {});
}

function checkTuning(scope: Construct, { task, gpus }: DefaultTaskPodOptions, { requests = {}, limits = {} }: Resources): void {
  const { cpu, memory, ephemeralStorage, gpus: most } = task?.tuneUpTo ?? {};
  const check = (keyword: string, limit: string | undefined, own: unknown[]) => {
    const beyond = own.find(amount => parseQuantity(amount)! > parseQuantity(limit)!);
    if (beyond !== undefined) {
      throw failure(scope, `'task.tuneUpTo.${keyword}' must be at least what the task pod has itself, ${beyond as string}, got ${limit}; raise it, or leave it out`);
    }
  };
  check('cpu', cpu?.amount, [requests.cpu]);
  check('memory', memory && renderSize(memory), [requests.memory, limits.memory]);
  check('ephemeralStorage', ephemeralStorage && renderSize(ephemeralStorage), [requests['ephemeral-storage'], limits['ephemeral-storage']]);
  check('gpus', most?.toString(), gpus === undefined ? [] : [limits[gpus.resource]]);
}

function names(scope: Construct, field: string, items: { readonly name: string }[]): Set<string> {
  const seen = new Set<string>();
  for (const { name } of items) {
    checkDnsLabel(scope, `spec.${field}.name`, name);
    if (seen.has(name)) { throw failure(scope, `'spec.${field}' of a task pod has two of the name '${name}'; rename one of them`); }
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
    if (paths.has(place)) { throw failure(scope, `container '${container.name}' has two mounts at '${place}'; move one of them`); }
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
