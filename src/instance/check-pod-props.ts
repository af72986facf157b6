import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { checkLifecycle } from './check-lifecycle';
import { checkProxy, hasProxy } from './check-proxy';
import { Instance } from './instance';
import { CommonPodOptions } from '../core/common-pod-options';
import { evictionAnnotations } from '../core/labels';
import { AIRFLOW_GROUP, AIRFLOW_USER } from '../core/official-image';
import { checkLiteral, checkVariable } from '../core/secret-names';
import { checkResources } from '../kubernetes/check-resources';
import { checkStorageClass } from '../kubernetes/claim';
import { ContainerOptions, ProbeTimings } from '../kubernetes/container-options';
import { literalOf } from '../kubernetes/env';
import { checkPinned } from '../kubernetes/image';
import { Json } from '../kubernetes/pod';
import { AirflowPodOptions, PodOptions, SecurityContextOptions } from '../kubernetes/pod-options';
import { gather, Problems } from '../kubernetes/problems';
import { checkSize } from '../kubernetes/quantity';
import { Affinity, TopologySpread, UnsatisfiableConstraint } from '../kubernetes/scheduling';
import {
  checkAbsolutePath, checkAnnotations, checkAtLeast, checkBetween, checkDnsLabel, checkLabels, checkPort, checkSeconds, checkSubPath,
  failure,
} from '../kubernetes/validate';

/** The labels and annotations that the library sets on a pod independently of its props. */
interface OwnMetadata {
  readonly labels: { readonly [name: string]: string };
  readonly annotations: object;
}

/** Throws for options that contradict Airflow, and for options that the Kubernetes API would refuse only when the YAML is applied. */
export function checkPodProps(scope: Construct, instance: Instance, own: AirflowPodOptions, ours: OwnMetadata): void {
  gather(scope, problems => {
    checkShared(problems, scope, 'pods.', instance, instance.common);
    checkShared(problems, scope, '', instance, own);
    const proxied = hasProxy(instance.common.env) && own.env === undefined ? 'pods.env' : 'env';
    problems.check(() => checkProxy(scope, proxied, instance, { ...instance.common.env, ...own.env }));
    for (const [prop, said] of [
      ['pods', instance.common],
      ['pod', own.pod ?? {}],
    ] as const) {
      checkSaid(problems, scope, prop, said, own, ours);
    }
    problems.check(() => checkResources(scope, 'resources', own.resources));
    problems.check(() => checkSeconds(scope, 'terminationGracePeriod', own.terminationGracePeriod, 0));
    for (const prop of ['startupProbe', 'readinessProbe', 'livenessProbe'] as const) {
      checkTimings(problems, scope, `container.${prop}`, own.container?.[prop]);
    }
    problems.check(() => checkSize(scope, 'pod.scratchSize', own.pod?.scratchSize));
    for (const { name, mountPath, size, storageClassName } of own.pod?.ephemeralClaims ?? []) {
      problems.check(() => checkStorageClass(scope, 'pod.ephemeralClaims.storageClassName', storageClassName));
      problems.check(() => checkSize(scope, 'pod.ephemeralClaims.size', size));
      problems.check(() => checkDnsLabel(scope, 'pod.ephemeralClaims.name', name));
      problems.check(() => checkAbsolutePath(scope, 'pod.ephemeralClaims.mountPath', mountPath));
    }
    checkLifecycle(problems, scope, 'pods.lifecycle', instance.common.lifecycle);
    checkLifecycle(problems, scope, 'container.lifecycle', own.container?.lifecycle);
    checkPorts(problems, scope, 'container.ports', own.container?.ports);
    for (const prop of ['initContainers', 'sidecars'] as const) {
      for (const extra of own[prop] ?? []) { checkExtra(problems, scope, prop, extra); }
    }
  });
}

type Said = Pick<CommonPodOptions & PodOptions, 'labels' | 'annotations' | 'dns'>;

function checkSaid(
  problems: Problems,
  scope: Construct,
  prop: 'pods' | 'pod',
  said: Said,
  own: AirflowPodOptions,
  ours: OwnMetadata,
): void {
  const eviction = prop === 'pod' ? evictionAnnotations(own.pod?.safeToEvict) : {};
  problems.check(() => checkLabels(scope, `${prop}.labels`, said.labels, ours.labels));
  problems.check(() => checkAnnotations(scope, `${prop}.annotations`, said.annotations, eviction, "say it by 'pod.safeToEvict'"));
  problems.check(() => checkAnnotations(scope, `${prop}.annotations`, said.annotations, ours.annotations));
  if (said.dns?.policy === kplus.DnsPolicy.NONE && !said.dns.nameservers?.length) {
    problems.add(`'${prop}.dns.policy' NONE needs 'nameservers', got none; add one, or leave the policy out`);
  }
}

type SharedProps = Pick<AirflowPodOptions, 'env' | 'volumeMounts' | 'nodeSelector' | 'affinity' | 'topologySpread' | 'securityContext'>;

/** Checks the options that exist both for all pods and for one component. */
function checkShared(problems: Problems, scope: Construct, prefix: string, instance: Instance, said: SharedProps): void {
  for (const [name, value] of Object.entries(said.env ?? {})) {
    problems.check(() => {
      checkAirflowVariable(scope, `${prefix}env`, instance, name, literalOf(value));
      if (!instance.config._isIndirect(name)) { checkLiteral(scope, `${prefix}env`, name, value); }
    });
  }
  checkMountPaths(problems, scope, `${prefix}volumeMounts`, said.volumeMounts);
  // Airflow reads DAG bundles from its own copies, so it does not walk through the `dags` folder.
  const bundles = instance.config.get('dag_processor', 'dag_bundle_config_list') !== undefined;
  const walked = (bundles ? ['plugins'] : ['plugins', 'dags']).map(
    folder => instance.config.get('core', `${folder}_folder`) ?? `${instance.image.airflowHome}/${folder}`,
  );
  problems.check(() => checkLinkedMounts(scope, `${prefix}volumeMounts`, walked, said.volumeMounts));
  problems.check(() => checkUnreadMounts(scope, `${prefix}volumeMounts`, instance, said.volumeMounts));
  problems.check(() => checkLabels(scope, `${prefix}nodeSelector`, said.nodeSelector));
  checkAffinity(problems, scope, `${prefix}affinity`, said.affinity);
  problems.check(() => checkTopologySpread(scope, `${prefix}topologySpread`, said.topologySpread));
  checkSecurity(problems, scope, `${prefix}securityContext`, said.securityContext);
}

function checkMountPaths(problems: Problems, scope: Construct, prop: string, mounts: kplus.VolumeMount[] = []): void {
  for (const { path } of mounts) { problems.check(() => checkAbsolutePath(scope, prop, path)); }
}

function checkSecurity(problems: Problems, scope: Construct, prop: string, security: SecurityContextOptions = {}): void {
  const { user, group = AIRFLOW_GROUP, supplementalGroups = [], seLinux } = security;
  problems.check(() => checkUser(scope, `${prop}.user`, user));
  for (const name of ['group', 'fsGroup'] as const) { problems.check(() => checkId(scope, `${prop}.${name}`, security[name])); }
  for (const name of ['user', 'group', 'fsGroup'] as const) {
    if (security.userFromNamespace && security[name] !== undefined) {
      problems.add(`'${prop}.${name}' is ${security[name]}, but 'userFromNamespace' leaves it to the namespace; leave one of them out`);
    }
  }
  if (seLinux !== undefined && !seLinux.level && !seLinux.type) {
    problems.add(
      `'${prop}.seLinux' must have a 'level' or a 'type', got none; leave it out for the label that the container runtime chooses`,
    );
  }
  for (const id of supplementalGroups) { problems.check(() => checkId(scope, `${prop}.supplementalGroups`, id)); }
  if (user !== undefined && user !== AIRFLOW_USER && group !== AIRFLOW_GROUP) {
    problems.add(`'${prop}.group' must be ${AIRFLOW_GROUP} beside the user ${user}, got ${group}; `
      + 'the image lets other users write by that group alone');
  }
}

function checkUser(scope: Construct, prop: string, user: number | undefined): void {
  if (user === 0) {
    throw failure(scope, `'${prop}' must not be 0, since the Pod Security level restricted refuses root; give the number of another user`);
  }
  checkId(scope, prop, user);
}

/** Throws for an invalid id of a user or a group. */
function checkId(scope: Construct, prop: string, id: number | undefined): void {
  checkBetween(scope, prop, id, 0, 2 ** 31 - 1);
}

function checkExtra(problems: Problems, scope: Construct, prop: string, extra: ContainerOptions): void {
  problems.check(() => checkDnsLabel(scope, `${prop}.name`, extra.name));
  problems.check(() => checkPinned(`${prop}.image`, extra.image, scope));
  problems.check(() => checkUser(scope, `${prop}.user`, extra.user));
  problems.check(() => checkResources(scope, `${prop}.resources`, extra.resources));
  for (const [name, value] of Object.entries(extra.env ?? {})) {
    problems.check(() => {
      checkVariable(scope, `${prop}.env`, name, literalOf(value));
      checkLiteral(scope, `${prop}.env`, name, value);
    });
  }
  checkMountPaths(problems, scope, `${prop}.volumeMounts`, extra.volumeMounts);
  checkLifecycle(problems, scope, `${prop}.lifecycle`, extra.lifecycle);
  checkPorts(problems, scope, `${prop}.ports`, extra.ports);
  for (const { mountPath, subPath } of extra.podVolumeMounts ?? []) {
    problems.check(() => checkAbsolutePath(scope, `${prop}.podVolumeMounts.mountPath`, mountPath));
    problems.check(() => checkSubPath(scope, `${prop}.podVolumeMounts.subPath`, subPath));
  }
  const watched = (['livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle'] as const).find(member => extra[member] !== undefined);
  if (prop === 'initContainers' && watched !== undefined) {
    problems.add(`'${prop}.${watched}' of '${extra.name}' is for a container that stays; `
      + "leave it out, or add the container to 'sidecars'");
  }
}

function checkPorts(problems: Problems, scope: Construct, prop: string, ports: kplus.ContainerPort[] = []): void {
  for (const { number, name } of ports) {
    problems.check(() => checkPort(scope, prop, number));
    if (name !== undefined) { problems.check(() => checkDnsLabel(scope, `${prop}.name`, name, 15)); }
  }
}

function checkTimings(problems: Problems, scope: Construct, prop: string, timings: ProbeTimings = {}): void {
  problems.check(() => checkSeconds(scope, `${prop}.initialDelay`, timings.initialDelay, 0));
  problems.check(() => checkSeconds(scope, `${prop}.period`, timings.period, 1));
  problems.check(() => checkSeconds(scope, `${prop}.timeout`, timings.timeout, 1));
  problems.check(() => checkAtLeast(scope, `${prop}.failureThreshold`, timings.failureThreshold, 1));
}

function checkAffinity(problems: Problems, scope: Construct, prop: string, affinity: Affinity = {}): void {
  for (const kind of ['preferredNodes', 'nearPods', 'awayFromPods'] as const) {
    for (const { weight } of affinity[kind] ?? []) { problems.check(() => checkBetween(scope, `${prop}.${kind}.weight`, weight, 1, 100)); }
  }
  for (const kind of ['nearPods', 'awayFromPods'] as const) {
    for (const { labels } of affinity[kind] ?? []) { problems.check(() => checkLabels(scope, `${prop}.${kind}.labels`, labels)); }
  }
  const { requiredNodes } = affinity;
  if (requiredNodes?.length === 0 || requiredNodes?.some(({ matches }) => matches.length === 0)) {
    problems.add(`'${prop}.requiredNodes' must have 'matches' with at least one label each, `
      + `got ${requiredNodes.length === 0 ? 'none' : 'one without any'}; leave it out for any node`);
  }
}

function checkTopologySpread(scope: Construct, prop: string, spread: TopologySpread[] = []): void {
  const seen = new Set<string>();
  for (const { topologyKey, maxSkew, minDomains, whenUnsatisfiable = UnsatisfiableConstraint.SCHEDULE_ANYWAY } of spread) {
    checkAtLeast(scope, `${prop}.maxSkew`, maxSkew, 1);
    checkAtLeast(scope, `${prop}.minDomains`, minDomains, 1);
    if (minDomains !== undefined && whenUnsatisfiable !== UnsatisfiableConstraint.DO_NOT_SCHEDULE) {
      throw failure(
        scope,
        `'${prop}.minDomains' needs 'whenUnsatisfiable' to be DO_NOT_SCHEDULE, got ${minDomains} with ${whenUnsatisfiable}`,
      );
    }
    const both = `'${topologyKey}' with ${whenUnsatisfiable}`;
    if (seen.has(both)) {
      throw failure(
        scope,
        `'${prop}' must have one of each 'topologyKey' and 'whenUnsatisfiable', got ${both} twice; leave one of them out`,
      );
    }
    seen.add(both);
  }
}

/** Throws for an environment variable that a container of Airflow cannot have. */
export function checkAirflowVariable(scope: Construct, prop: string, { config, secrets }: Instance, name: string, value: unknown): void {
  checkVariable(scope, prop, name, value);
  if (name === '_PIP_ADDITIONAL_REQUIREMENTS') {
    throw failure(
      scope,
      `'${prop}' cannot set '${name}', since packages that every start of a pod installs come from the network as they are then; `
        + 'put them into an image, see docs/versions-and-image.md',
    );
  }
  config._checkVariable(scope, prop, name);
  if (secrets.connections().some(variable => variable.name === name)) {
    throw failure(
      scope,
      `'${prop}' cannot set '${name}', which the Airflow has by 'addConnection' or 'addVariable'; leave one of them out`,
    );
  }
}

/**
 * Throws for mounts that would keep Airflow from starting. Airflow walks through its plugins and DAGs, and refuses the mount of a whole
 * ConfigMap or Secret, because that mount has each file twice: as a symbolic link and as the target of that link.
 *
 * @param walked the folders that Airflow walks through
 */
export function checkLinkedMounts(scope: Construct, prop: string, walked: string[], mounts: kplus.VolumeMount[] = []): void {
  for (const { path, subPath, subPathExpr, volume } of mounts) {
    const { configMap, secret, projected, downwardAPI } = volume._toKube() as unknown as Json;
    const linked = subPath === undefined && subPathExpr === undefined && (configMap ?? secret ?? projected ?? downwardAPI) !== undefined;
    if (linked && walked.some(folder => `${path}/`.startsWith(`${folder}/`))) {
      throw failure(scope, `'${prop}' must have a 'subPath' for each file of plugins or DAGs that is in a ConfigMap or Secret, `
        + `got all of '${volume.name}' at '${path}'; Airflow refuses its links as a loop`);
    }
  }
}

/**
 * Throws for a mount over the usual configuration files in AIRFLOW_HOME, because Airflow reads the configuration of the library instead.
 */
function checkUnreadMounts(scope: Construct, prop: string, { config, image }: Instance, mounts: kplus.VolumeMount[] = []): void {
  const section = image.version.isAirflow3 ? 'fab' : 'webserver';
  for (const { path } of mounts) {
    const unread = `'${prop}' mounts '${path}', which Airflow does not read`;
    if (path === `${image.airflowHome}/airflow.cfg`) {
      throw failure(scope, `${unread}, since 'config' decides its options; leave it out, and set them there`);
    }
    if (path === `${image.airflowHome}/webserver_config.py` && config.get(section, 'config_file') !== path) {
      throw failure(
        scope,
        `${unread}; set 'config.${section}.config_file' to that path, or give the text as 'webserverConfig' of Auth.fab()`,
      );
    }
  }
}
