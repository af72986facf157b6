import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { AirflowImage } from './airflow-image';
import { PodParts } from './answer';
import { BindContext } from './bind-context';
import { CommonPodOptions } from './common-pod-options';
import { AIRFLOW_GROUP, AIRFLOW_USER } from './official-image';
import { sharedAccount } from './shared-account';
import { completeResources } from '../kubernetes/complete-resources';
import { PlacementOptions } from '../kubernetes/placement';
import { defined, Json, Pod, PodSecurity } from '../kubernetes/pod';
import { SecurityContextOptions } from '../kubernetes/pod-options';
import { renderDns, renderResources } from '../kubernetes/render';
import { renderAffinity } from '../kubernetes/render-scheduling';
import { failure } from '../kubernetes/validate';

/** The fields that the spec of every pod of the instance has. */
export function commonSpec(common: CommonPodOptions): Json {
  return {
    nodeSelector: common.nodeSelector,
    affinity: renderAffinity(common.affinity),
    tolerations: common.tolerations?.map(toleration => toleration._toKube()),
    priorityClassName: common.priorityClassName,
    schedulerName: common.schedulerName,
    ...renderDns(common.dns),
  };
}

/** The fields that do not depend on the user of the image, so every pod has them. */
function securityOfAll({ fsGroupChangePolicy, seLinux, sysctls }: SecurityContextOptions = {}): PodSecurity {
  return {
    fsGroupChangePolicy,
    seLinuxOptions: seLinux && defined({ level: seLinux.level, type: seLinux.type }),
    sysctls: sysctls && Object.entries(sysctls).map(([name, value]) => ({ name, value })),
  };
}

/** The user of a pod that runs the Airflow image. */
export function podSecurity(options: SecurityContextOptions | undefined): PodSecurity {
  const all = securityOfAll(options);
  if (options?.userFromNamespace) { return { ...all, supplementalGroups: options.supplementalGroups }; }
  const group = options?.group ?? AIRFLOW_GROUP;
  return {
    ...all,
    user: options?.user ?? AIRFLOW_USER,
    group,
    fsGroup: options?.fsGroup ?? group,
    supplementalGroups: options?.supplementalGroups,
  };
}

/** A pod that runs no process of Airflow. */
export interface PlainPodRequest extends Pick<
  Pod,
  'labels' | 'annotations' | 'initContainers' | 'containers' | 'volumes' | 'claims' | 'restartPolicy' | 'spec'
> {
  /** Members that replace those of all pods. */
  readonly placement?: PlacementOptions;
  /** The number of the user and the group of the pod's image; by default, those of the Airflow image. */
  readonly user?: number;
}

/**
 * Builds a pod that runs no process of Airflow and never calls the Kubernetes API. It has the labels, the placement and the pull secrets
 * of the instance.
 */
export function plainPod(context: BindContext, { user, placement = {}, ...request }: PlainPodRequest): Pod {
  const { image, _common: common } = context;
  const fromNamespace = common.securityContext?.userFromNamespace === true;
  const ofImage = { ...securityOfAll(common.securityContext), ...fromNamespace ? {} : { user, group: user, fsGroup: user } };
  return {
    ...request,
    labels: { ...common.labels, ...request.labels },
    annotations: { ...common.annotations, ...request.annotations },
    serviceAccountName: sharedAccount(context)?.name,
    automountServiceAccountToken: false,
    imagePullSecrets: image.pullSecrets.map(secret => secret.name),
    security: user === undefined ? podSecurity(common.securityContext) : ofImage,
    containers: fromNamespace ? request.containers.map(container => ({ ...container, user: undefined })) : request.containers,
    spec: { ...request.spec, ...commonSpec({ ...common, ...defined({ ...placement }) }) },
  };
}

/**
 * Throws if ssh would run as a user without a name. git-sync runs as the user of its own image, unless the namespace assigns the user.
 */
export function checkSsh(
  scope: Construct, image: AirflowImage, prop: string, security: SecurityContextOptions | undefined, parts: PodParts[],
): void {
  if (security?.userFromNamespace && parts.some(({ ssh }) => ssh !== undefined)) {
    throw failure(
      scope,
      `'dags' by ssh needs a user with a name, but '${prop}.userFromNamespace' gives one without; reach the repository by https`,
    );
  }
  // The entry point of the official image names other users if it can write to /etc/passwd. A custom image may already have them.
  const nameless = image._isOfficial && security?.readOnlyRootFilesystem !== false && podSecurity(security).user !== AIRFLOW_USER;
  if (nameless && parts.some(({ ssh }) => ssh === 'main')) {
    throw failure(
      scope,
      `'dags' by ssh needs the user ${AIRFLOW_USER}, who alone has a name in the official image, got '${prop}.user' ${security!.user}; `
        + 'reach the repository by https',
    );
  }
}

/** The resources of a helper container: those of `pods.helperResources`, completed by the defaults. */
export function helperResources({ helperResources: own }: CommonPodOptions, defaults: kplus.ContainerResources): Json {
  return renderResources(completeResources(own, defaults));
}
