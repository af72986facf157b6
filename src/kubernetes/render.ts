import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { ContainerOptions, HttpHookOptions, LifecycleOptions } from './container-options';
import { Gpu } from './gpu';
import { Container, defined, EnvVar, Json, Mount, Port, Volume } from './pod';
import { DnsOptions } from './pod-options';
import { renderSize } from './quantity';

type Texts = { readonly [name: string]: string };

/** Unwraps quantities and ports of cdk8s-plus. An ApiObject needs the bare values. */
export function unwrap(value: unknown): unknown {
  if (value instanceof kplus.k8s.Quantity || value instanceof kplus.k8s.IntOrString) { return value.value; }
  if (Array.isArray(value)) { return value.map(unwrap); }
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unwrap(inner)]));
  }
  return value;
}

/**
 * A volume whose files only root and the group can read. ssh refuses a key that others can read, and libpq refuses a key
 * that root does not own.
 */
export function projectedFiles(name: string, sources: Json[]): Volume {
  return { name, projected: { defaultMode: 0o440, sources } };
}

export function renderResources(resources: kplus.ContainerResources, gpus?: Gpu, extended: Texts = {}): Json {
  const pick = (side: 'request' | 'limit') => {
    const amounts = defined({
      'cpu': resources.cpu?.[side]?.amount,
      'memory': resources.memory?.[side] && renderSize(resources.memory[side]!),
      'ephemeral-storage': resources.ephemeralStorage?.[side] && renderSize(resources.ephemeralStorage[side]!),
    });
    return Object.keys(amounts).length > 0 ? amounts : undefined;
  };
  // Kubernetes sets the request of an extended resource to its limit.
  const limits = { ...pick('limit'), ...gpus && { [gpus.resource]: `${gpus.count}` }, ...extended };
  return { requests: pick('request'), limits: Object.keys(limits).length > 0 ? limits : undefined };
}

export function renderEnv(env: { readonly [name: string]: kplus.EnvValue } = {}): EnvVar[] {
  return Object.entries(env).map(([name, { value, valueFrom }]) => ({ name, value, valueFrom: unwrap(valueFrom) }));
}

export function renderEnvFrom(sources: kplus.EnvFrom[] = []): Json[] {
  return sources.map(source => source._toKube() as Json);
}

export function renderPorts(ports: kplus.ContainerPort[] = []): Port[] {
  return ports.map(port => ({
    name: port.name, containerPort: port.number, protocol: port.protocol, hostPort: port.hostPort, hostIP: port.hostIp,
  }));
}

export function renderVolumes(mounts: kplus.VolumeMount[] = []): Volume[] {
  return mounts.map(mount => unwrap(mount.volume._toKube()) as Volume);
}

export function renderMounts(mounts: kplus.VolumeMount[] = []): Mount[] {
  return mounts.map(mount => ({
    name: mount.volume.name,
    mountPath: mount.path,
    subPath: mount.subPath,
    subPathExpr: mount.subPathExpr,
    readOnly: mount.readOnly,
    mountPropagation: mount.propagation,
  }));
}

export function renderLifecycle(lifecycle: LifecycleOptions | undefined): Json | undefined {
  if (lifecycle === undefined) { return undefined; }
  const { postStart, preStop, postStartHttp, preStopHttp, preStopSleep } = lifecycle;
  const sleep = preStopSleep && { sleep: { seconds: preStopSleep.toSeconds() } };
  return { postStart: renderHook(postStart, postStartHttp), preStop: renderHook(preStop, preStopHttp) ?? sleep };
}

function renderHook(command?: string[], http?: HttpHookOptions): Json | undefined {
  if (http === undefined) { return command && { exec: { command } }; }
  const { path, port, https, headers } = http;
  const httpHeaders = headers && Object.entries(headers).map(([name, value]) => ({ name, value }));
  return { httpGet: { path, port, scheme: https ? 'HTTPS' : 'HTTP', ...httpHeaders && { httpHeaders } } };
}

export function renderDns(dns: DnsOptions | undefined): Json {
  if (dns === undefined) { return {}; }
  const options = dns.resolverOptions && Object.entries(dns.resolverOptions)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => (value === '' ? { name } : { name, value }));
  const config = { nameservers: dns.nameservers, searches: dns.searches, options };
  return {
    hostAliases: dns.hostAliases?.map(({ ip, hostnames }) => ({ ip, hostnames })),
    dnsPolicy: dns.policy,
    dnsConfig: Object.values(config).some(value => value !== undefined) ? config : undefined,
  };
}

const EXTRA_CONTAINER_RESOURCES: kplus.ContainerResources = {
  cpu: { request: kplus.Cpu.millis(10) },
  memory: { request: Size.mebibytes(64), limit: Size.mebibytes(256) },
};

/** Without an explicit port, a probe of cdk8s-plus asks its container for the port. */
function renderOwnProbe(probe: kplus.Probe | undefined, { image, ports }: ContainerOptions): Json | undefined {
  return probe && unwrap(probe._toKube(new kplus.Container({ image, portNumber: ports?.[0]?.number }))) as Json;
}

/** Renders a user's additional container. `logs` is the path of the log folder in the main container. */
export function renderExtraContainer(
  options: ContainerOptions, { mounts = [] }: Pick<Container, 'mounts'> = {}, logs?: string,
): Container {
  const podMounts = (options.podVolumeMounts ?? []).map(({ volume, mountPath, subPath, readOnly }): Mount => {
    const same = volume === 'logs' ? mounts.filter(mount => mount.mountPath === logs) : mounts.filter(({ name }) => name === volume);
    const [folder] = same.length === 1 ? same : [];
    const below = [folder?.subPath, subPath].filter(part => part !== undefined).join('/');
    return { name: folder?.name ?? volume, mountPath, subPath: below === '' ? undefined : below, readOnly };
  });
  return {
    workingDir: options.workingDir,
    livenessProbe: renderOwnProbe(options.livenessProbe, options),
    readinessProbe: renderOwnProbe(options.readinessProbe, options),
    startupProbe: renderOwnProbe(options.startupProbe, options),
    lifecycle: renderLifecycle(options.lifecycle),
    name: options.name,
    image: options.image,
    imagePullPolicy: options.pullPolicy ?? kplus.ImagePullPolicy.IF_NOT_PRESENT,
    command: options.command,
    args: options.args,
    env: renderEnv(options.env),
    envFrom: renderEnvFrom(options.envFrom),
    mounts: [...renderMounts(options.volumeMounts), ...podMounts],
    ports: renderPorts(options.ports),
    resources: renderResources(options.resources ?? EXTRA_CONTAINER_RESOURCES),
    readOnlyRootFilesystem: options.readOnlyRootFilesystem,
    user: options.user,
  };
}
