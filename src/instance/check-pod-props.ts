import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { checkLinkedMounts } from './check-linked-mounts';
import { checkAirflowVariable } from './check-variable';
import { Instance } from './instance';
import { checkVariable } from '../core/check-env';
import { evictionAnnotations } from '../core/labels';
import { AIRFLOW_GROUP, AIRFLOW_USER } from '../core/official-image';
import { checkResources } from '../kubernetes/check-resources';
import { ContainerOptions, ProbeTimings } from '../kubernetes/container-options';
import { checkPinned } from '../kubernetes/image';
import { PodProps, SecurityContextOptions } from '../kubernetes/pod-options';
import { checkSize } from '../kubernetes/quantity';
import { Affinity, TopologySpread, UnsatisfiableConstraint } from '../kubernetes/scheduling';
import { checkAbsolutePath, checkAnnotations, checkAtLeast, checkBetween, checkDnsLabel, checkLabels, checkPort, checkSeconds, failure } from '../kubernetes/validate';

/** The labels and annotations that the library gives a pod, whatever its props. */
interface OwnMetadata {
  readonly labels: { readonly [name: string]: string };
  readonly annotations: object;
}

/** Throws for what a pod of the instance cannot have: what contradicts Airflow, and what the API server refuses only when it is applied. */
export function checkPodProps(scope: Construct, instance: Instance, own: PodProps, ours: OwnMetadata): void {
  checkShared(scope, 'pods.', instance, instance.common);
  checkShared(scope, '', instance, own);
  const eviction = evictionAnnotations(own.pod?.safeToEvict);
  for (const [prop, said] of [['pods', instance.common], ['pod', own.pod ?? {}]] as const) {
    checkLabels(scope, `${prop}.labels`, said.labels, ours.labels);
    checkAnnotations(scope, `${prop}.annotations`, said.annotations, prop === 'pod' ? eviction : {}, "say it by 'pod.safeToEvict'");
    checkAnnotations(scope, `${prop}.annotations`, said.annotations, ours.annotations);
    if (said.dns?.policy === kplus.DnsPolicy.NONE && !said.dns.nameservers?.length) {
      throw failure(scope, `'${prop}.dns.policy' NONE needs 'nameservers', got none; add one, or leave the policy out`);
    }
  }
  checkResources(scope, 'resources', own.resources);
  checkSeconds(scope, 'terminationGracePeriod', own.terminationGracePeriod, 0);
  for (const prop of ['startupProbe', 'readinessProbe', 'livenessProbe'] as const) {
    checkTimings(scope, `container.${prop}`, own.container?.[prop]);
  }
  checkAffinity(scope, own.affinity);
  checkTopologySpread(scope, own.topologySpread);
  checkSize(scope, 'pod.scratchSize', own.pod?.scratchSize);
  for (const { name, path, size } of own.pod?.ephemeralClaims ?? []) {
    checkSize(scope, 'pod.ephemeralClaims.size', size);
    checkDnsLabel(scope, 'pod.ephemeralClaims.name', name);
    checkAbsolutePath(scope, 'pod.ephemeralClaims.path', path);
  }
  checkPorts(scope, 'container.ports', own.container?.ports);
  for (const prop of ['initContainers', 'sidecars'] as const) {
    for (const extra of own[prop] ?? []) { checkExtra(scope, prop, extra); }
  }
}

type SharedProps = Pick<PodProps, 'env' | 'volumeMounts' | 'nodeSelector' | 'securityContext'>;

/** What can be said of all pods and of one. */
function checkShared(scope: Construct, prefix: string, instance: Instance, said: SharedProps): void {
  for (const [name, { value }] of Object.entries(said.env ?? {})) { checkAirflowVariable(scope, `${prefix}env`, instance, name, value); }
  checkMountPaths(scope, `${prefix}volumeMounts`, said.volumeMounts);
  // Of bundles Airflow walks through copies of its own.
  const bundles = instance.config.get('dag_processor', 'dag_bundle_config_list') !== undefined;
  const walked = (bundles ? ['plugins'] : ['plugins', 'dags']).map(folder => instance.config.get('core', `${folder}_folder`) ?? `${instance.image.airflowHome}/${folder}`);
  checkLinkedMounts(scope, `${prefix}volumeMounts`, walked, said.volumeMounts);
  checkLabels(scope, `${prefix}nodeSelector`, said.nodeSelector);
  checkSecurity(scope, `${prefix}securityContext`, said.securityContext);
}

function checkMountPaths(scope: Construct, prop: string, mounts: kplus.VolumeMount[] = []): void {
  for (const { path } of mounts) { checkAbsolutePath(scope, prop, path); }
}

function checkSecurity(scope: Construct, prop: string, security: SecurityContextOptions = {}): void {
  const { user, group = AIRFLOW_GROUP, supplementalGroups = [] } = security;
  checkUser(scope, `${prop}.user`, user);
  for (const name of ['user', 'group', 'fsGroup'] as const) {
    checkId(scope, `${prop}.${name}`, security[name]);
    if (security.userFromNamespace && security[name] !== undefined) {
      throw failure(scope, `'${prop}.${name}' is ${security[name]}, but 'userFromNamespace' leaves it to the namespace; leave one of them out`);
    }
  }
  for (const id of supplementalGroups) { checkId(scope, `${prop}.supplementalGroups`, id); }
  if (user !== undefined && user !== AIRFLOW_USER && group !== AIRFLOW_GROUP) {
    throw failure(scope, `'${prop}.group' must be ${AIRFLOW_GROUP} beside the user ${user}, got ${group}; the image lets other users write by that group alone`);
  }
}

function checkUser(scope: Construct, prop: string, user: number | undefined): void {
  if (user === 0) {
    throw failure(scope, `'${prop}' must not be 0, since the Pod Security level restricted refuses root; give the number of another user`);
  }
  checkId(scope, prop, user);
}

/** Of a user or a group. */
function checkId(scope: Construct, prop: string, id: number | undefined): void {
  checkBetween(scope, prop, id, 0, 2 ** 31 - 1);
}

function checkExtra(scope: Construct, prop: string, extra: ContainerOptions): void {
  checkDnsLabel(scope, `${prop}.name`, extra.name);
  checkPinned(`${prop}.image`, extra.image, scope);
  checkUser(scope, `${prop}.user`, extra.user);
  checkResources(scope, `${prop}.resources`, extra.resources);
  for (const [name, { value }] of Object.entries(extra.env ?? {})) { checkVariable(scope, `${prop}.env`, name, value); }
  checkMountPaths(scope, `${prop}.volumeMounts`, extra.volumeMounts);
  checkPorts(scope, `${prop}.ports`, extra.ports);
}

function checkPorts(scope: Construct, prop: string, ports: kplus.ContainerPort[] = []): void {
  for (const port of ports) {
    checkPort(scope, prop, port.number);
    if (port.name !== undefined) { checkDnsLabel(scope, `${prop}.name`, port.name, 15); }
  }
}

function checkTimings(scope: Construct, prop: string, timings: ProbeTimings = {}): void {
  checkSeconds(scope, `${prop}.initialDelay`, timings.initialDelay, 0);
  checkSeconds(scope, `${prop}.period`, timings.period, 1);
  checkSeconds(scope, `${prop}.timeout`, timings.timeout, 1);
  checkAtLeast(scope, `${prop}.failureThreshold`, timings.failureThreshold, 1);
}

function checkAffinity(scope: Construct, affinity: Affinity = {}): void {
  for (const prop of ['preferredNodes', 'nearPods', 'awayFromPods'] as const) {
    for (const { weight } of affinity[prop] ?? []) { checkBetween(scope, `affinity.${prop}.weight`, weight, 1, 100); }
  }
  for (const prop of ['nearPods', 'awayFromPods'] as const) {
    for (const { labels } of affinity[prop] ?? []) { checkLabels(scope, `affinity.${prop}.labels`, labels); }
  }
  const { requiredNodes } = affinity;
  if (requiredNodes?.length === 0 || requiredNodes?.some(({ matches }) => matches.length === 0)) {
    throw failure(scope, `'affinity.requiredNodes' must have 'matches' with at least one label each, got ${requiredNodes.length === 0 ? 'none' : 'one without any'}; `
      + 'leave it out for any node');
  }
}

function checkTopologySpread(scope: Construct, spread: TopologySpread[] = []): void {
  const seen = new Set<string>();
  for (const { topologyKey, maxSkew, minDomains, whenUnsatisfiable = UnsatisfiableConstraint.SCHEDULE_ANYWAY } of spread) {
    checkAtLeast(scope, 'topologySpread.maxSkew', maxSkew, 1);
    checkAtLeast(scope, 'topologySpread.minDomains', minDomains, 1);
    if (minDomains !== undefined && whenUnsatisfiable !== UnsatisfiableConstraint.DO_NOT_SCHEDULE) {
      throw failure(scope, `'topologySpread.minDomains' needs 'whenUnsatisfiable' to be DO_NOT_SCHEDULE, got ${minDomains} with ${whenUnsatisfiable}`);
    }
    const both = `'${topologyKey}' with ${whenUnsatisfiable}`;
    if (seen.has(both)) { throw failure(scope, `'topologySpread' must have one of each 'topologyKey' and 'whenUnsatisfiable', got ${both} twice; leave one of them out`); }
    seen.add(both);
  }
}
