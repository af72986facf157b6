import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { AirflowImage } from './airflow-image';
import { PodParts } from './answer';
import { BindContext } from './bind-context';
import { CommonPodOptions } from './common-pod-options';
import { AIRFLOW_GROUP, AIRFLOW_USER } from './official-image';
import { sharedAccount } from './shared-account';
import { completeResources } from '../kubernetes/complete-resources';
import { Json, Pod, PodSecurity } from '../kubernetes/pod';
import { SecurityContextOptions } from '../kubernetes/pod-options';
import { renderDns, renderResources } from '../kubernetes/render';
import { renderAffinity } from '../kubernetes/render-scheduling';
import { failure } from '../kubernetes/validate';

/** What every pod of the instance has in its spec, whatever it runs. */
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

/** The user of a pod that runs the Airflow image. */
export function podSecurity(options: SecurityContextOptions | undefined): PodSecurity {
  if (options?.userFromNamespace) { return { supplementalGroups: options.supplementalGroups }; }
  const group = options?.group ?? AIRFLOW_GROUP;
  return {
    user: options?.user ?? AIRFLOW_USER,
    group,
    fsGroup: options?.fsGroup ?? group,
    supplementalGroups: options?.supplementalGroups,
  };
}

/** What a pod that runs no process of Airflow says of itself. */
export interface PlainPodRequest extends Pick<Pod, 'labels' | 'annotations' | 'containers' | 'volumes' | 'claims' | 'restartPolicy' | 'spec'> {
  /** The user and the group of its image; without one, those of the Airflow image. */
  readonly user?: number;
}

/** A pod that runs no process of Airflow and never calls the Kubernetes API: it has the instance's labels, placement and pull secrets. */
export function plainPod(context: BindContext, { user, ...request }: PlainPodRequest): Pod {
  const { image, _common: common } = context;
  const fromNamespace = common.securityContext?.userFromNamespace === true;
  const ofImage = fromNamespace ? {} : { user, group: user, fsGroup: user };
  return {
    ...request,
    labels: { ...common.labels, ...request.labels },
    annotations: { ...common.annotations, ...request.annotations },
    serviceAccountName: sharedAccount(context)?.name,
    automountServiceAccountToken: false,
    imagePullSecrets: image.pullSecrets.map(secret => secret.name),
    security: user === undefined ? podSecurity(common.securityContext) : ofImage,
    containers: fromNamespace ? request.containers.map(container => ({ ...container, user: undefined })) : request.containers,
    spec: { ...request.spec, ...commonSpec(common) },
  };
}

/** Throws where ssh would run under a user without a name; that of git-sync is its image's, unless the namespace gives one. */
export function checkSsh(scope: Construct, image: AirflowImage, prop: string, security: SecurityContextOptions | undefined, parts: PodParts[]): void {
  if (security?.userFromNamespace && parts.some(({ ssh }) => ssh !== undefined)) {
    throw failure(scope, `'dags' by ssh needs a user with a name, but '${prop}.userFromNamespace' gives one without; reach the repository by https`);
  }
  // Its entry point gives others a name where it can write; an image of the user's own may have them.
  const nameless = image._isOfficial && security?.readOnlyRootFilesystem !== false && podSecurity(security).user !== AIRFLOW_USER;
  if (nameless && parts.some(({ ssh }) => ssh === 'main')) {
    throw failure(scope, `'dags' by ssh needs the user ${AIRFLOW_USER}, who alone has a name in the official image, got '${prop}.user' ${security!.user}; `
      + 'reach the repository by https');
  }
}

/** The resources of a helper container: the default, completed by what the instance says of all helpers. */
export function helperResources({ helperResources: own }: CommonPodOptions, defaults: kplus.ContainerResources): Json {
  return renderResources(completeResources(own, defaults));
}
