import { Conversion, Undecided } from './conversion';
import { asObject, isObject, Json, JsonObject } from './json';
import { call, Expr, list, lit, Maybe, name, someStruct, struct } from './program';
import { duration, objects, pullPolicy, resources, texts, whole } from './scalars';
import { Variables, variableSources } from './variables';
import { volumeMounts } from './volumes';

/** The volumes that the library's own pods have under the same names as the chart's. */
const OWN_VOLUMES = ['logs', 'dags', 'config'];

/** A sidecar or an init container of the user's. */
export function container(conversion: Conversion, value: JsonObject, volumes: readonly JsonObject[], key: string): Expr {
  const security = asObject(value.securityContext);
  if (value.image === undefined) { throw new Undecided(`the container '${String(value.name)}' has no image`); }
  if (
    security.privileged === true
    || security.runAsUser === 0
    || (isObject(security.capabilities) && security.capabilities.add !== undefined)
  ) {
    throw new Undecided(
      `the container '${String(value.name)}' is privileged, root, or has added capabilities, which the Pod Security level `
        + 'restricted refuses; '
        + 'run it in a DaemonSet or a Deployment of its own',
    );
  }
  const mounts = objects(value.volumeMounts);
  const own = mounts.filter(mount => OWN_VOLUMES.includes(String(mount.name)) && !volumes.some(volume => volume.name === mount.name));
  const others = mounts.filter(mount => !own.includes(mount));
  return struct('ContainerOptions', {
    name: lit(String(value.name)),
    image: lit(String(value.image)),
    pullPolicy: ['IfNotPresent', undefined].includes(value.imagePullPolicy as string) ? undefined : pullPolicy(value.imagePullPolicy, key),
    command: value.command === undefined ? undefined : texts(value.command, key),
    args: value.args === undefined ? undefined : texts(value.args, key),
    env: value.env === undefined ? undefined : new Variables(conversion).add(value.env, key).build(),
    envFrom: value.envFrom === undefined ? undefined : variableSources(conversion, value.envFrom),
    volumeMounts: volumeMounts(conversion, others, volumes),
    podVolumeMounts: own.length === 0 ? undefined : list(own.map(mount => struct('PodVolumeMount', {
      volume: lit(String(mount.name)),
      mountPath: lit(String(mount.mountPath)),
      subPath: mount.subPath === undefined ? undefined : lit(String(mount.subPath)),
      readOnly: mount.readOnly === true ? lit(true) : undefined,
    }))),
    workingDir: value.workingDir === undefined ? undefined : lit(String(value.workingDir)),
    livenessProbe: probe(value.livenessProbe),
    readinessProbe: probe(value.readinessProbe),
    startupProbe: probe(value.startupProbe),
    lifecycle: value.lifecycle === undefined ? undefined : lifecycle(value.lifecycle),
    ports: ports(value.ports),
    resources: value.resources === undefined ? undefined : resources(value.resources, key),
    user: security.runAsUser === undefined ? undefined : lit(whole(security.runAsUser)),
    readOnlyRootFilesystem: security.readOnlyRootFilesystem === true ? undefined : lit(false),
  });
}

export function ports(value: Json | undefined): Maybe<Expr> {
  const items = objects(value).map(({ name: port, containerPort, protocol }) => struct('cdk8s-plus-27.ContainerPort', {
    number: lit(whole(containerPort)),
    name: port === undefined ? undefined : lit(String(port)),
    protocol: protocol === 'UDP' ? name('kplus.Protocol.UDP') : undefined,
  }));
  return items.length === 0 ? undefined : list(items);
}

/** Commands after the start and before the end of a container. */
export function lifecycle(value: Json): Maybe<Expr> {
  const hook = (name_: string): { readonly [member: string]: Maybe<Expr> } => {
    const handler = isObject(value) ? value[name_] : undefined;
    if (!isObject(handler)) { return {}; }
    if (isObject(handler.exec) && handler.exec.command !== undefined) { return { [name_]: texts(handler.exec.command, '') }; }
    if (isObject(handler.sleep) && name_ === 'preStop') { return { preStopSleep: duration(whole(handler.sleep.seconds)) }; }
    if (!isObject(handler.httpGet)) {
      throw new Undecided(`'${name_}' must be a command or a request, got '${Object.keys(handler).join(', ')}'`);
    }
    const { path, port, scheme } = handler.httpGet;
    return {
      [`${name_}Http`]: struct('HttpHookOptions', {
        path: lit(String(path ?? '/')),
        port: lit(whole(port)),
        https: scheme === 'HTTPS' ? lit(true) : undefined,
      }),
    };
  };
  return someStruct('LifecycleOptions', { ...hook('postStart'), ...hook('preStop') });
}

function probe(value: Json | undefined): Maybe<Expr> {
  if (!isObject(value)) { return undefined; }
  const timings = {
    initialDelaySeconds: time(value.initialDelaySeconds),
    periodSeconds: time(value.periodSeconds),
    timeoutSeconds: time(value.timeoutSeconds),
    failureThreshold: value.failureThreshold === undefined ? undefined : lit(whole(value.failureThreshold)),
    successThreshold: value.successThreshold === undefined ? undefined : lit(whole(value.successThreshold)),
  };
  const { exec, httpGet, tcpSocket } = value;
  if (isObject(exec)) {
    return call('kplus.Probe.fromCommand', texts(exec.command ?? [], ''), someStruct('kplus.CommandProbeOptions', timings));
  }
  const port = (found: JsonObject) => {
    if (typeof found.port === 'string' && !/^\d+$/.test(found.port)) {
      throw new Undecided(`the probe must name its port by number, got '${found.port}'`);
    }
    return lit(whole(found.port));
  };
  if (isObject(httpGet)) {
    return call(
      'kplus.Probe.fromHttpGet',
      lit(String(httpGet.path ?? '/')),
      struct('kplus.HttpGetProbeOptions', { port: port(httpGet), ...timings }),
    );
  }
  if (isObject(tcpSocket)) {
    return call('kplus.Probe.fromTcpSocket', struct('kplus.TcpSocketProbeOptions', { port: port(tcpSocket), ...timings }));
  }
  throw new Undecided(`a probe of the kind '${Object.keys(value)[0]}' has no prop`);
}

function time(value: Json | undefined): Maybe<Expr> {
  return value === undefined || value === null ? undefined : duration(whole(value));
}
